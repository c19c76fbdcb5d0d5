//! Where the suspect may be, as far as is known: after each sighting an area that grows with the time.

use geo::{Coord, MapCoords};

use super::{
    cordons::Seen,
    play::Drill,
    report::{MayBe, s},
    scenario::OnTheRun,
};
use crate::{
    model::ZoneShape,
    reach::{Isochrone, LIMIT_MS_MAX, Outline, Start},
    roads::{RoadGraph, Travel},
};

/// An area holds until so long after the sighting was reported, then the next one does, seconds. Later he may be nearly anywhere.
const STEPS_S: [i64; 9] = [15, 30, 60, 90, 120, 180, 240, 300, 420];
/// He is thought to be at least so many times as fast as everybody: as cordons are, unless said.
const FASTER: f64 = 1.2;
/// How wide the areas are drawn around the roads, metres.
const WIDTH_M: f64 = 80.0;
/// Corners are in this part of a degree: 1.1 m.
const UNITS_PER_DEG: f64 = 1e5;

/// The areas of a whole drill, in order; none where he was not heard of for too long. One search and at most nine outlines a sighting.
pub(super) fn may_be(drill: &Drill<'_>) -> Vec<MayBe> {
    let until_ms = drill.end.as_ref().map_or(drill.now_ms, |end| end.ms);
    // What was seen before something that is known already tells nothing new.
    let mut news: Vec<Seen> = Vec::new();
    for seen in &drill.seen {
        if news.last().is_none_or(|last| last.ms < seen.ms) {
            news.push(*seen);
        }
    }
    let next_ms = news.iter().skip(1).map(|next| next.told_ms).chain([until_ms]);
    news.iter().zip(next_ms).flat_map(|(seen, next_ms)| since(drill, *seen, next_ms.min(until_ms))).collect()
}

/// From one sighting to the next.
fn since(drill: &Drill<'_>, seen: Seen, next_ms: i64) -> Vec<MayBe> {
    let roads = drill.force.world().roads();
    let travel = fastest(drill, seen.ms, next_ms);
    let costs = roads.costs().unruled(travel, drill.scenario.suspect.faster.max(FASTER));
    // Banned turns are not for him.
    let unruled = (!roads.network.bans().is_empty()).then(|| RoadGraph::without_bans(&roads.network));
    let graph = unruled.as_ref().unwrap_or(&roads.graph);
    let mut spans = Vec::new();
    let mut from_ms = seen.told_ms;
    for until_ms in STEPS_S.map(|step| seen.told_ms + step * 1_000) {
        let known = u32::try_from(until_ms - seen.ms).ok().filter(|ms| *ms <= LIMIT_MS_MAX);
        if let (true, Some(ms)) = (from_ms < next_ms, known) {
            spans.push((from_ms, until_ms.min(next_ms), ms));
        }
        from_ms = until_ms;
    }
    let most_ms = spans.last().map_or(0, |(_, _, ms)| *ms);
    let Ok(reached) = Isochrone::new(graph, &costs, travel, &[Start { place: seen.place, delay_ms: 0 }], most_ms) else {
        return Vec::new();
    };
    let grain = |deg: f64| (deg * UNITS_PER_DEG).round() / UNITS_PER_DEG;
    let area = |ms| {
        let area = Outline::new(&roads.network, &reached.stretches(ms), WIDTH_M).area;
        area.map_coords(|Coord { x, y }| Coord { x: grain(x), y: grain(y) })
    };
    let step = |(from_ms, until_ms, ms)| MayBe { from_s: s(from_ms), until_s: s(until_ms), area: ZoneShape::Polygon(area(ms)) };
    spans.into_iter().map(step).collect()
}

/// The fastest way that he goes between two moments.
fn fastest(drill: &Drill<'_>, from_ms: i64, until_ms: i64) -> Travel {
    let given = &drill.scenario.suspect;
    let mut ways = vec![given.travel];
    for change in given.changes.iter().filter(|change| change.at_ms < until_ms) {
        if change.at_ms <= from_ms {
            ways.clear();
        }
        ways.push(change.travel);
    }
    ways.iter().rev().find(|way| **way != OnTheRun::Foot).unwrap_or(&OnTheRun::Foot).travel()
}
