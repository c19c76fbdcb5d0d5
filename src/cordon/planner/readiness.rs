//! When a junction can be held at the earliest, whoever else is needed elsewhere.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    super::{NEED_MAX, Scene},
    nearest::{NEVER, Nearest},
    work::{Meter, Stopped},
};
use crate::roads::{Frontier, JunctionNo};

/// When each junction can be held. Junctions are looked up one by one while they are few; when that has cost as much as to know all of
/// them, all are searched at once.
#[derive(Debug, Default)]
pub(super) struct Readiness {
    pub(super) nearest: Nearest,
    frontier: Frontier,
    /// By junction, once all are known.
    all: Vec<u32>,
    has_all: bool,
}

impl Readiness {
    /// Begins with another scene.
    pub(super) fn begin(&mut self, scene: &Scene) {
        self.nearest.begin(&scene.goings, &scene.units);
        self.has_all = false;
    }

    /// When the last of the units that a junction takes can be there, were it the only one; none when later than `limit_ms`.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn by(&mut self, scene: &Scene, junction: JunctionNo, limit_ms: u32, meter: &mut Meter<'_>) -> Result<Option<u32>, Stopped> {
        let need = scene.need(junction);
        if need == 0 {
            return Ok(None);
        }
        if !self.has_all && self.nearest.settled() > 4 * scene.junctions() {
            self.search_all(scene, meter)?;
        }
        if self.has_all {
            return Ok(self.all.get(junction as usize).copied().filter(|ms| *ms <= limit_ms && *ms < NEVER));
        }
        let first = self.nearest.at(&scene.goings, junction, need, limit_ms, meter)?;
        Ok(first.get(need - 1).map(|last| last.ms))
    }

    /// The same for every junction, by junction; [`NEVER`] where nobody can hold it.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn all(&mut self, scene: &Scene, meter: &mut Meter<'_>) -> Result<&[u32], Stopped> {
        if !self.has_all {
            self.search_all(scene, meter)?;
        }
        Ok(&self.all)
    }

    fn search_all(&mut self, scene: &Scene, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        self.all.clear();
        self.all.resize(scene.junctions(), NEVER);
        match scene.needs.iter().copied().max().unwrap_or_default() {
            0 => {}
            1 => self.search_first(scene, meter)?,
            most => self.search_several(scene, usize::from(most.min(NEED_MAX)), meter)?,
        }
        for (junction, ms) in (0..).zip(&mut self.all) {
            if scene.need(junction) == 0 {
                *ms = NEVER;
            }
        }
        self.has_all = true;
        Ok(())
    }

    /// The first unit at each junction: Dijkstra's algorithm from all units at once.
    fn search_first(&mut self, scene: &Scene, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        for (number, going) in scene.goings.iter().enumerate() {
            self.frontier.begin(going.streets.len());
            for entry in scene.units.iter().filter(|unit| usize::from(unit.going) == number).flat_map(|unit| unit.entries).flatten() {
                self.frontier.offer(entry.point, entry.ms);
            }
            let mut settled = 0;
            while let Some((ms, point)) = self.frontier.settle() {
                settled += 1;
                if settled % 4_096 == 0 {
                    meter.work(4_096)?;
                }
                if let Some(known) = going.junction(point).and_then(|junction| self.all.get_mut(junction as usize)) {
                    *known = ms.min(*known);
                }
                for step in going.streets.steps_out(point) {
                    let there_ms = ms.saturating_add(step.ms);
                    if there_ms < NEVER {
                        self.frontier.offer(step.point, there_ms);
                    }
                }
            }
        }
        Ok(())
    }

    /// The first `most` units at each junction: as before, but a point is settled once for each of the first units there.
    fn search_several(&mut self, scene: &Scene, most: usize, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        // By junction the first units of all goings; by point those of one.
        let mut firsts = vec![Firsts::default(); scene.junctions()];
        let mut queue = BinaryHeap::new();
        for (number, going) in scene.goings.iter().enumerate() {
            let mut settled = vec![Firsts::default(); going.streets.len()];
            for (unit, of) in (0_u32..).zip(&scene.units).filter(|(_, of)| usize::from(of.going) == number) {
                queue.extend(of.entries.iter().flatten().map(|entry| Reverse((entry.ms, entry.point, unit))));
            }
            let mut count = 0;
            while let Some(Reverse((ms, point, unit))) = queue.pop() {
                let Some(slot) = settled.get_mut(point as usize).filter(|slot| slot.takes(most, unit)) else { continue };
                slot.put(most, ms, unit);
                count += 1;
                if count % 4_096 == 0 {
                    meter.work(4_096)?;
                }
                if let Some(slot) = going.junction(point).and_then(|junction| firsts.get_mut(junction as usize)) {
                    slot.put(most, ms, unit);
                }
                for step in going.streets.steps_out(point) {
                    let there_ms = ms.saturating_add(step.ms);
                    if there_ms < NEVER && settled.get(step.point as usize).is_some_and(|slot| slot.takes(most, unit)) {
                        queue.push(Reverse((there_ms, step.point, unit)));
                    }
                }
            }
        }
        for ((ms, firsts), need) in self.all.iter_mut().zip(&firsts).zip(scene.needs.iter()) {
            *ms = usize::from(*need).checked_sub(1).and_then(|last| firsts.at(last)).unwrap_or(NEVER);
        }
        Ok(())
    }
}

/// The first units at a place, in order of time.
#[derive(Debug, Clone, Copy, Default)]
struct Firsts {
    units: [(u32, u32); NEED_MAX as usize],
    count: u8,
}

impl Firsts {
    fn known(&self) -> &[(u32, u32)] {
        self.units.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// Whether a unit that comes later than all before is one of the first.
    fn takes(&self, most: usize, unit: u32) -> bool {
        self.known().len() < most && self.known().iter().all(|(_, known)| *known != unit)
    }

    fn put(&mut self, most: usize, ms: u32, unit: u32) {
        if let Some(same) = self.units.iter_mut().take(usize::from(self.count)).find(|(_, known)| *known == unit) {
            same.0 = ms.min(same.0);
        } else if usize::from(self.count) < most {
            if let Some(slot) = self.units.get_mut(usize::from(self.count)) {
                *slot = (ms, unit);
                self.count += 1;
            }
        } else if let Some(last) = self.units.get_mut(most - 1).filter(|last| ms < last.0) {
            *last = (ms, unit);
        }
        if let Some(known) = self.units.get_mut(..usize::from(self.count)) {
            known.sort_unstable();
        }
    }

    fn at(&self, place: usize) -> Option<u32> {
        self.known().get(place).map(|(ms, _)| *ms)
    }
}
