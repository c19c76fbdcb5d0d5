//! Where everybody was, and what was held.

use super::{CordonReport, GateReport, OrderReport, SuspectReport, TrackPoint, UnitReport, s};
use crate::{
    drill::{
        cordons::{Cordon, Gate},
        journey::Point,
        orders::{Order, Task},
        play::Drill,
    },
    geodesy::{LatLng, bearing_deg, haversine_m},
    model::UnitNo,
    roads::JunctionNo,
};

/// What a unit reported longer before the offence is not shown, milliseconds.
const BEFORE_MS: i64 = 30_000;

/// To a millionth of a degree, to a tenth of a second.
fn point(&(ms, at): &Point) -> TrackPoint {
    let round = |deg: f64| (deg * 1e6).round() / 1e6;
    ((s(ms) * 10.0).round() / 10.0, round(at.lng_deg()), round(at.lat_deg()))
}

/// The points of a track without those that say nothing new.
fn points(track: &[Point]) -> Vec<TrackPoint> {
    let mut points: Vec<TrackPoint> = track.iter().map(point).collect();
    points.dedup();
    points
}

/// The suspect's track, and how he went.
pub(super) fn suspect(drill: &Drill<'_>) -> SuspectReport {
    let given = &drill.scenario.suspect;
    let until_ms = drill.end.as_ref().map_or(drill.now_ms, |end| end.ms);
    let changes = given.changes.iter().filter(|change| change.at_ms < until_ms);
    let travels =
        std::iter::once((0.0, given.travel.to_string())).chain(changes.map(|change| (s(change.at_ms), change.travel.to_string())));
    SuspectReport { track: points(drill.suspect.track()), travels: travels.collect() }
}

/// The units that were sent.
pub(super) fn units(drill: &Drill<'_>) -> Vec<UnitReport> {
    let mut sent: Vec<UnitNo> = Vec::new();
    for order in &drill.orders.list {
        if !sent.contains(&order.unit) {
            sent.push(order.unit);
        }
    }
    sent.iter().filter_map(|unit| one(drill, *unit)).collect()
}

fn one(drill: &Drill<'_>, unit: UnitNo) -> Option<UnitReport> {
    let member = drill.force.member(unit)?;
    let network = &drill.stage.city.roads;
    let mut track = Vec::new();
    for (journey, until_ms) in &member.drives {
        track.extend(journey.track(network, *until_ms));
        // It stands where that ended until something else begins.
        track.push((*until_ms, journey.at(network, *until_ms).at));
    }
    track.sort_by_key(|(ms, _)| *ms);
    let driven_m = track.windows(2).map(|pair| match pair {
        [(_, from), (_, to)] => haversine_m(*from, *to),
        _ => 0.0,
    });
    let patrol: Vec<Point> = member.patrol.iter().filter(|(ms, _)| *ms >= -BEFORE_MS).copied().collect();
    Some(UnitReport {
        id: member.view.spec.id.clone(),
        callsign: member.view.spec.callsign.to_string(),
        kind: member.view.spec.kind,
        driven_m: driven_m.sum::<f64>().round(),
        patrol: points(&patrol),
        track: points(&track),
        statuses: member.statuses.iter().map(|(ms, status)| (s(*ms), status.to_string())).collect(),
    })
}

/// An order.
pub(super) fn order(drill: &Drill<'_>, order: &Order) -> Option<OrderReport> {
    let pair = |planned, real| (s(planned), s(real));
    Some(OrderReport {
        unit: drill.force.member(order.unit)?.view.spec.id.clone(),
        task: match order.task {
            Task::Scene => "scene",
            Task::Look => "look",
            Task::Gate { .. } => "gate",
        },
        issued_s: s(order.issued_ms),
        departs_s: pair(order.planned.departs_ms, order.real.departs_ms),
        arrives_s: pair(order.planned.arrives_ms, order.real.arrives_ms),
        ready_s: pair(order.planned.ready_ms, order.real.ready_ms),
        ended_s: order.ended_ms.map(s),
    })
}

/// The cordons.
pub(super) fn cordons(drill: &Drill<'_>) -> Vec<CordonReport> {
    drill.cordons.iter().filter_map(|cordon| self::cordon(drill, cordon)).collect()
}

fn cordon(drill: &Drill<'_>, cordon: &Cordon) -> Option<CordonReport> {
    let ask = drill.scenario.cordons.get(cordon.ask)?;
    let junctions = drill.stage.city.roads.junctions();
    let enclosed: Vec<LatLng> = cordon.enclosed.iter().filter_map(|junction| junctions.get(*junction as usize)).collect();
    let gates: Vec<LatLng> = cordon.gates.iter().filter_map(|gate| junctions.get(gate.junction as usize)).collect();
    Some(CordonReport {
        name: ask.name.clone(),
        objective: ask.objective,
        optimal: cordon.is_optimal,
        ordered_s: s(cordon.ordered_ms),
        planned_closed_s: s(cordon.planned_closed_ms),
        closed_s: cordon.closed_ms.map(s),
        ended_s: cordon.ended_ms.map(s),
        broken_s: cordon.broken_ms.map(s),
        leaks_s: cordon.leaks_ms.map(s),
        enclosed_m: cordon.enclosed_m,
        gates: labelled(drill, cordon).into_iter().filter_map(|(label, gate)| self::gate(drill, gate, label)).collect(),
        inside: around(&enclosed, &gates),
    })
}

/// The gates of a cordon, the one with the least slack first, and what each is called on the map: as the city calls it, else by its place.
pub(super) fn labelled<'a>(drill: &Drill<'_>, cordon: &'a Cordon) -> Vec<(String, &'a Gate)> {
    let mut gates: Vec<&Gate> = cordon.gates.iter().collect();
    gates.sort_by_key(|gate| (gate.suspect_ms.map_or(i64::MAX, |ms| ms - gate.planned_ms), gate.junction));
    let label = |(n, gate): (usize, &Gate)| drill.stage.gate(gate.junction).map_or_else(|| format!("G{:02}", n + 1), str::to_owned);
    gates.into_iter().enumerate().map(|(n, gate)| (label((n, gate)), gate)).collect()
}

fn gate(drill: &Drill<'_>, gate: &Gate, label: String) -> Option<GateReport> {
    let orders = gate.orders.iter().filter_map(|order| drill.orders.get(*order));
    Some(GateReport {
        junction: gate.junction,
        gate: drill.stage.gate(gate.junction).map(str::to_owned),
        label,
        place: drill.stage.junction_name(gate.junction),
        at: drill.stage.city.roads.junctions().get(gate.junction as usize)?,
        bearing_deg: outwards_deg(drill, gate.junction),
        units: orders.filter_map(|order| Some(drill.force.member(order.unit)?.view.spec.id.clone())).collect(),
        planned_s: s(gate.planned_ms),
        held_s: gate.held_ms.map(s),
        suspect_s: gate.suspect_ms.map(s),
        slack_s: gate.suspect_ms.map(|ms| s(ms - gate.planned_ms)),
        opened_s: gate.opened_ms.map(s),
        passed_s: gate.passed_ms.map(s),
    })
}

/// The direction of a junction's widest road, the way out of the city where it is a gate.
fn outwards_deg(drill: &Drill<'_>, junction: JunctionNo) -> f64 {
    if let Some(gate) = drill.stage.city.gates.iter().find(|gate| gate.junction == junction) {
        return gate.bearing_deg;
    }
    let network = &drill.stage.city.roads;
    let arcs = network.arcs(junction).filter_map(|arc| Some((network.edges().get(arc.drive.edge as usize)?.speed_kmh, arc)));
    let widest = arcs.max_by_key(|(speed_kmh, _)| *speed_kmh);
    widest.and_then(|(_, arc)| network.spot(arc.drive, 1.0)).map_or(0.0, |spot| spot.heading_deg)
}

/// The line of a cordon through its gates, in the order of their directions from the middle of the ground that it encloses.
fn around(enclosed: &[LatLng], gates: &[LatLng]) -> Vec<(f64, f64)> {
    let count = enclosed.len().max(1) as f64;
    let mean = |deg: fn(LatLng) -> f64| enclosed.iter().map(|at| deg(*at)).sum::<f64>() / count;
    let Ok(middle) = LatLng::new(mean(LatLng::lat_deg), mean(LatLng::lng_deg)) else { return Vec::new() };
    let mut line: Vec<(f64, LatLng)> = gates.iter().map(|at| (bearing_deg(middle, *at), *at)).collect();
    line.sort_by(|a, b| a.0.total_cmp(&b.0));
    line.iter().map(|(_, at)| (at.lng_deg(), at.lat_deg())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_round_through_every_gate() {
        let at = |lat: f64, lng: f64| LatLng::new(lat, lng).unwrap();
        let line = around(&[at(1.0, 1.0)], &[at(2.0, 1.0), at(0.0, 1.0), at(1.0, 2.0), at(1.0, 0.0)]);
        assert_eq!(line, [(1.0, 2.0), (2.0, 1.0), (1.0, 0.0), (0.0, 1.0)]);
        assert!(around(&[], &[]).is_empty());
    }
}
