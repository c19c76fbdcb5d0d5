//! When units are ready at junctions.

use std::collections::BTreeMap;

use super::{
    super::{Entry, PointNo, Scene, Unit},
    search::{NEVER, Search},
};
use crate::roads::JunctionNo;

/// Times of units, from the scene alone.
#[derive(Debug)]
pub(super) struct Approach<'a> {
    scene: &'a Scene,
    search: Search,
    /// By way of going: its points that are not junctions, by the junction that they are of.
    extra: Vec<Vec<(JunctionNo, PointNo)>>,
    /// By junction: when the first of all units is ready there; made when it is first asked for.
    first_ms: Option<Vec<u64>>,
}

/// Where a unit may come from.
struct Origin {
    entry: Entry,
    /// Whose it is.
    who: usize,
}

impl<'a> Approach<'a> {
    pub(super) fn new(scene: &'a Scene) -> Self {
        let extra = scene.goings.iter().map(|going| {
            let first = going.streets.len().saturating_sub(going.extra.len()) as PointNo;
            let mut points: Vec<(JunctionNo, PointNo)> = going.extra.iter().copied().zip(first..).collect();
            points.sort_unstable();
            points
        });
        Self { scene, search: Search::default(), extra: extra.collect(), first_ms: None }
    }

    /// When each of some units is ready at a junction; none for one that cannot get there, or that there is not. One search
    /// backwards from the junction for each way of going, as far as the last of the units.
    pub(super) fn ready_ms(&mut self, junction: JunctionNo, units: &[u32]) -> Vec<Option<u64>> {
        let mut best = vec![NEVER; units.len()];
        for going in 0..self.scene.goings.len() {
            let of_unit = |(who, unit): (usize, &u32)| Some((who, self.scene.units.get(*unit as usize)?));
            let goes_so = units.iter().enumerate().filter_map(of_unit).filter(|(_, unit)| usize::from(unit.going) == going);
            let mut origins: Vec<Origin> = goes_so.flat_map(|(who, unit)| origins(who, unit)).collect();
            if !origins.is_empty() {
                self.back(going, junction, |point, ms| {
                    origins.retain(|Origin { entry, who }| {
                        let ready_ms = ms.saturating_add(u64::from(entry.ms));
                        let Some(best) = best.get_mut(*who) else { return false };
                        if entry.point == point {
                            *best = (*best).min(ready_ms);
                        }
                        // From an origin that is met no sooner than this, it is not there earlier than is known.
                        entry.point != point && ready_ms < *best
                    });
                    !origins.is_empty()
                });
            }
        }
        best.into_iter().map(|ms| (ms != NEVER).then_some(ms)).collect()
    }

    /// When a junction could be held at the earliest, were it alone to be held. Where one unit does, one search from all units
    /// answers for all junctions.
    pub(super) fn held_ms(&mut self, junction: JunctionNo) -> Option<u64> {
        let need = self.scene.need(junction).checked_sub(1)?;
        let ms = if need == 0 {
            let first_ms = self.first_ms.take().unwrap_or_else(|| self.first_everywhere());
            let ms = first_ms.get(junction as usize).copied();
            self.first_ms = Some(first_ms);
            ms?
        } else {
            self.last_of(junction, need)
        };
        (ms != NEVER).then_some(ms)
    }

    /// When the first unit is ready at each junction.
    fn first_everywhere(&mut self) -> Vec<u64> {
        let scene = self.scene;
        let mut first_ms = vec![NEVER; scene.junctions()];
        for (number, going) in scene.goings.iter().enumerate() {
            let units = scene.units.iter().filter(|unit| usize::from(unit.going) == number);
            let starts = units.flat_map(|unit| unit.entries.into_iter().flatten().map(|entry| (entry.point, u64::from(entry.ms))));
            self.search.run(going.streets.len(), starts, |point, ms| {
                if let Some(first) = going.junction(point).and_then(|junction| first_ms.get_mut(junction as usize)) {
                    *first = (*first).min(ms);
                }
                Some(going.streets.steps_out(point))
            });
        }
        first_ms
    }

    /// When so many units, and one more, are ready at a junction.
    fn last_of(&mut self, junction: JunctionNo, before: usize) -> u64 {
        let scene = self.scene;
        let mut ready: BTreeMap<usize, u64> = BTreeMap::new();
        let mut last_ms = NEVER;
        for going in 0..scene.goings.len() {
            let units = scene.units.iter().enumerate().filter(|(_, unit)| usize::from(unit.going) == going);
            let mut all: Vec<Origin> = units.flat_map(|(who, unit)| origins(who, unit)).collect();
            all.sort_unstable_by_key(|origin| origin.entry.point);
            let Some(least_ms) = all.iter().map(|origin| u64::from(origin.entry.ms)).min() else { continue };
            self.back(going, junction, |point, ms| {
                let first = all.partition_point(|origin| origin.entry.point < point);
                let here = all.iter().skip(first).take_while(|origin| origin.entry.point == point);
                for Origin { entry, who } in here {
                    let ready_ms = ms.saturating_add(u64::from(entry.ms));
                    let known = ready.entry(*who).or_insert(NEVER);
                    if ready_ms < *known {
                        *known = ready_ms;
                        let mut times: Vec<u64> = ready.values().copied().collect();
                        times.sort_unstable();
                        last_ms = times.get(before).copied().unwrap_or(NEVER);
                    }
                }
                ms.saturating_add(least_ms) < last_ms
            });
        }
        last_ms
    }

    /// Points and how long it takes from them to a junction, in order of time, while `settled` says to go on.
    fn back(&mut self, going: usize, junction: JunctionNo, mut settled: impl FnMut(PointNo, u64) -> bool) {
        let (Some(streets), Some(extra)) = (self.scene.goings.get(going).map(|going| &going.streets), self.extra.get(going)) else {
            return;
        };
        let first = extra.partition_point(|(of, _)| *of < junction);
        let others = extra.iter().skip(first).take_while(|(of, _)| *of == junction).map(|(_, point)| *point);
        let starts = std::iter::once(junction).chain(others).map(|point| (point, 0));
        self.search.run(streets.len(), starts, |point, ms| settled(point, ms).then(|| streets.steps_in(point)));
    }
}

fn origins(who: usize, unit: &Unit) -> impl Iterator<Item = Origin> + use<> {
    unit.entries.into_iter().flatten().map(move |entry| Origin { entry, who })
}
