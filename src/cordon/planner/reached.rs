//! Which units are ready where in time: searched forwards from each, where they are few.

use super::{
    super::{Going, PointNo, Scene},
    nearest::{NEVER, Ready},
    work::{Meter, Stopped},
};
use crate::roads::{Frontier, JunctionNo, Lists};

/// Units that are ready at junctions by a time, which each junction has of its own.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// By junction: in order of time.
    lists: Lists<Ready>,
    /// By junction: all units that are ready before then are listed.
    until_ms: Vec<u32>,
}

impl Reached {
    /// Searches from every unit as long as it can be in time somewhere: by junction, `wanted_ms` says until when units are asked for.
    /// Linear in the junctions that each unit passes on its way to those, some 100 ns each.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn new(scene: &Scene, wanted_ms: &[Option<u32>], frontier: &mut Frontier, meter: &mut Meter<'_>) -> Result<Self, Stopped> {
        let junctions = scene.junctions();
        let mut until_ms = vec![NEVER; junctions];
        let mut all: Vec<(JunctionNo, Ready)> = Vec::new();
        // By junction: the last unit that was found there.
        let mut last = vec![NEVER; junctions];
        for (number, going) in scene.goings.iter().enumerate() {
            let last_call_ms = last_calls(going, wanted_ms, frontier, meter)?;
            for (point, ms) in (0..).zip(&last_call_ms) {
                if let Some(until) = going.junction(point).and_then(|junction| until_ms.get_mut(junction as usize)) {
                    *until = ms.map_or(0, |ms| ms + 1).min(*until);
                }
            }
            let is_in_time = |point: PointNo, ms: u32| last_call_ms.get(point as usize).copied().flatten().is_some_and(|last| ms <= last);
            for (unit, of) in (0..).zip(&scene.units).filter(|(_, of)| usize::from(of.going) == number) {
                let before = all.len();
                frontier.begin(going.streets.len());
                for entry in of.entries.iter().flatten().filter(|entry| is_in_time(entry.point, entry.ms)) {
                    frontier.offer(entry.point, entry.ms);
                }
                while let Some((ms, point)) = frontier.settle() {
                    if let Some(junction) = going.junction(point)
                        && let Some(last) = last.get_mut(junction as usize).filter(|last| **last != unit)
                    {
                        *last = unit;
                        all.push((junction, Ready { ms, unit }));
                    }
                    for step in going.streets.steps_out(point) {
                        let there_ms = ms.saturating_add(step.ms);
                        if is_in_time(step.point, there_ms) {
                            frontier.offer(step.point, there_ms);
                        }
                    }
                }
                meter.work(all.len() - before)?;
            }
        }
        all.sort_unstable_by_key(|(_, ready)| *ready);
        meter.work(all.len())?;
        Ok(Self { lists: Lists::new(junctions, all.iter().copied()), until_ms })
    }

    /// The first `most` units at a junction that are ready there by a time, of those known.
    pub(super) fn at(&self, junction: JunctionNo, most: usize, limit_ms: u32) -> &[Ready] {
        let all = self.lists.of(junction);
        let end = all.partition_point(|ready| ready.ms <= limit_ms);
        all.get(..end.min(most)).unwrap_or_default()
    }

    /// Whether those are all.
    pub(super) fn knows(&self, junction: JunctionNo, most: usize, limit_ms: u32) -> bool {
        let until_ms = self.until_ms.get(junction as usize).copied().unwrap_or_default();
        limit_ms < until_ms || self.at(junction, most, limit_ms.min(until_ms)).len() >= most
    }
}

/// By point: until when whoever is there may still be in time somewhere; none where nobody is. Dijkstra's algorithm backwards from everywhere.
fn last_calls(
    going: &Going,
    wanted_ms: &[Option<u32>],
    frontier: &mut Frontier,
    meter: &mut Meter<'_>,
) -> Result<Vec<Option<u32>>, Stopped> {
    let points = going.streets.len();
    let wanted = |point: PointNo| wanted_ms.get(going.junction(point)? as usize).copied().flatten().filter(|ms| *ms < NEVER);
    let latest_ms = wanted_ms.iter().copied().flatten().filter(|ms| *ms < NEVER).max().unwrap_or_default();
    let mut last_call_ms = vec![None; points];
    frontier.begin(points);
    for point in 0..points as PointNo {
        if let Some(ms) = wanted(point) {
            frontier.offer(point, latest_ms - ms);
        }
    }
    while let Some((before_ms, point)) = frontier.settle() {
        if let Some(last) = last_call_ms.get_mut(point as usize) {
            *last = Some(latest_ms - before_ms);
        }
        for step in going.streets.steps_in(point) {
            let before_ms = before_ms.saturating_add(step.ms);
            if before_ms <= latest_ms {
                frontier.offer(step.point, before_ms);
            }
        }
    }
    meter.work(points)?;
    Ok(last_call_ms)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{
        super::{
            super::{Entry, Streets, Unit},
            nearest::Nearest,
        },
        *,
    };

    #[test]
    fn forwards_from_all_units_is_backwards_from_each_junction() {
        // A street of 20 junctions, along which the second way of going knows a point more of junction 7.
        let street = |ms: u32| (0..19).flat_map(move |at| [(at, at + 1, ms + at % 3), (at + 1, at, ms)]);
        let going = |points, ms, extra: Vec<JunctionNo>| {
            let steps: Vec<_> = street(ms).chain([(6, 20, 1), (20, 8, 0)]).collect();
            Going { streets: Arc::new(Streets::new(points, steps.into_iter())), extra: extra.into() }
        };
        let unit = |who, going, point, ms| Unit { who, going, entries: [Some(Entry { point, ms }), Some(Entry { point: 19, ms: 90 })] };
        let scene = Scene {
            suspect: Arc::new(Streets::new(20, street(5))),
            starts: Vec::new(),
            protected: Vec::new(),
            needs: vec![1; 20].into(),
            weights: Arc::default(),
            goings: vec![going(20, 4, Vec::new()), going(21, 3, vec![7])],
            units: vec![unit(0, 0, 2, 7), unit(1, 1, 5, 0), unit(2, 1, 18, 3), unit(3, 0, 400, 0)],
            margin_ms: 0,
        };
        let wanted_ms: Vec<Option<u32>> = (0..20).map(|at| (at % 4 != 1).then_some(3 * at)).collect();
        let (mut budget, mut nearest) = (|| false, Nearest::default());
        let mut meter = Meter::new(&mut budget);
        let reached = Reached::new(&scene, &wanted_ms, &mut Frontier::default(), &mut meter).unwrap_or_default();
        nearest.begin(&scene.goings, &scene.units);
        let mut known = 0;
        for (at, wanted) in (0..20).zip(wanted_ms) {
            for (most, limit_ms) in [(1, 10), (2, 40), (4, 100), (4, wanted.unwrap_or_default())] {
                let told = nearest.at(&scene.goings, at, most, limit_ms, &mut meter).unwrap_or_default();
                if reached.knows(at, most, limit_ms) {
                    known += 1;
                    assert_eq!(reached.at(at, most, limit_ms), told, "{at} {most} {limit_ms}");
                }
                assert!(reached.knows(at, most, limit_ms) || wanted != Some(limit_ms));
            }
        }
        assert!(known > 20, "{known}");
    }
}
