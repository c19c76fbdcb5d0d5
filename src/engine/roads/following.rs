//! Units are followed on the roads beside the writer: it hands over their fixes, a thread of its own looks for them on the roads.
//!
//! A question never sees an old place: before it looks at who is where it does itself whatever is not done. So the thread only
//! makes questions and the writer faster, and without one all answers are the same.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Condvar, Mutex, MutexGuard, RwLockReadGuard};

use super::Roads;
use crate::{
    model::{Fix, UnitNo},
    roads::{OnRoads, RoadPlace, Sighting},
};

/// What may wait. Beyond it the writer works too, so that memory is bounded.
const WAITING_MAX: usize = 1 << 15;
/// How many are looked for before the lock is let go: a question that finds the thread at work waits for at most so many, some 10 us.
const AT_ONCE: usize = 64;
/// A unit that went less than this in a second, degrees of latitude or longitude, some 30 m, need not be looked for again.
const LOOK_DEG: f32 = 3e-4;

/// A unit that was seen; none when it is to be taken off the roads.
type Seen = (UnitNo, Option<Sighted>);

/// What there is to say of a fix to those who look for a unit.
#[derive(Debug, Clone, Copy)]
struct Sighted {
    sighting: Sighting,
    /// The second of the fix.
    second: i64,
}

/// What is handed over, and what is being done with it.
#[derive(Debug, Default)]
pub(super) struct Following {
    /// How many are handed over and not done.
    behind: AtomicUsize,
    /// What nobody works at yet.
    waiting: Mutex<Vec<Seen>>,
    has_come: Condvar,
    work: Mutex<Work>,
}

/// What is done in turns.
#[derive(Debug, Default)]
struct Work {
    batch: Vec<Seen>,
    /// How many of the batch are done.
    done: usize,
    /// Empty between turns.
    moves: Vec<(UnitNo, Option<RoadPlace>)>,
    looks: Looks,
}

/// When and where each unit was last looked for on the roads, by unit number: the second, and degrees. One that reports many times
/// a second is looked for once, so that its place is at most a second and [`LOOK_DEG`] behind its fix.
#[derive(Debug, Default)]
struct Looks(Vec<(i64, [f32; 2])>);

impl Looks {
    /// Whether a unit is to be looked for; notes that it was.
    fn is_due(&mut self, unit: UnitNo, Sighted { sighting, second }: &Sighted) -> bool {
        if self.0.len() <= unit.index() {
            self.0.resize(unit.index() + 1, (i64::MIN, [0.0; 2]));
        }
        let at = [sighting.at.lat_deg() as f32, sighting.at.lng_deg() as f32];
        let Some(last) = self.0.get_mut(unit.index()) else { return true };
        let is_near = last.1.iter().zip(at).all(|(a, b)| (a - b).abs() < LOOK_DEG);
        let is_due = last.0 != *second || !is_near;
        if is_due {
            *last = (*second, at);
        }
        is_due
    }
}

/// Fixes gathered by the writer until it hands them over.
#[derive(Debug, Default)]
pub(in crate::engine) struct Sightings(Vec<Seen>);

impl Sightings {
    /// A unit that does not fly gave a fix.
    pub(in crate::engine) fn push(&mut self, unit: UnitNo, fix: &Fix) {
        let sighting = Sighting { at: fix.at, speed_mps: fix.speed_mps, heading_deg: fix.heading_deg };
        self.0.push((unit, Some(Sighted { sighting, second: fix.time.unix_ms().div_euclid(1_000) })));
    }

    /// A unit flies now.
    pub(in crate::engine) fn push_off_roads(&mut self, unit: UnitNo) {
        self.0.push((unit, None));
    }
}

impl Roads {
    /// Takes over what the writer saw, and leaves nothing of it. Waits only for another hand-over, or when too much waits.
    pub(in crate::engine) fn hand_over(&self, sightings: &mut Sightings) {
        let Sightings(seen) = sightings;
        if seen.is_empty() || self.network.edges().is_empty() {
            seen.clear();
            return;
        }
        let following = &self.following;
        let mut waiting = following.waiting.lock();
        let was_empty = waiting.is_empty();
        // Before it can be done, so that the count never falls below nothing.
        following.behind.fetch_add(seen.len(), Ordering::Release);
        waiting.append(seen);
        let is_full = waiting.len() >= WAITING_MAX;
        drop(waiting);
        if was_empty {
            following.has_come.notify_one();
        }
        if is_full {
            self.catch_up();
        }
    }

    /// Who is on which edge, all fixes counted that were handed over before.
    pub(in crate::engine) fn on_roads(&self) -> RwLockReadGuard<'_, OnRoads> {
        self.catch_up();
        self.on_roads.read()
    }

    /// Does all that is not done.
    fn catch_up(&self) {
        if self.following.behind.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut work = self.following.work.lock();
        while self.work_on(&mut work) {}
        self.take_waiting(&mut work, &mut self.following.waiting.lock());
        while self.work_on(&mut work) {}
    }

    /// Waits until fixes come and looks for their units on the roads: for a thread of its own, again and again. Let it rest a millisecond or
    /// two between: to wake it for every few fixes would cost the writer more than the fixes themselves.
    pub fn follow(&self) {
        let mut waiting = self.following.waiting.lock();
        self.following.has_come.wait_while(&mut waiting, |waiting| waiting.is_empty());
        drop(waiting);
        let mut work = self.following.work.lock();
        if work.done == work.batch.len() {
            self.take_waiting(&mut work, &mut self.following.waiting.lock());
        }
        while self.work_on(&mut work) {
            MutexGuard::bump(&mut work);
        }
    }

    /// Makes the next batch of what waits. Only when the one before is done.
    fn take_waiting(&self, work: &mut Work, waiting: &mut Vec<Seen>) {
        work.batch.clear();
        work.done = 0;
        std::mem::swap(&mut work.batch, waiting);
    }

    /// Looks for the next few of the batch, then writes where they are in one turn; false when all are done.
    fn work_on(&self, Work { batch, done, moves, looks }: &mut Work) -> bool {
        let next = batch.get(*done..).unwrap_or_default();
        let next = next.get(..AT_ONCE).unwrap_or(next);
        if next.is_empty() {
            return false;
        }
        moves.clear();
        {
            let on_roads = self.on_roads.read();
            moves.extend(next.iter().filter_map(|(unit, seen)| {
                let Some(seen) = seen else { return Some((*unit, None)) };
                looks.is_due(*unit, seen).then(|| (*unit, self.snapper.snap(&seen.sighting, on_roads.place(unit.0))))
            }));
        }
        if !moves.is_empty() {
            let mut on_roads = self.on_roads.write();
            for (unit, place) in moves.iter() {
                on_roads.put(unit.0, *place);
            }
        }
        *done += next.len();
        self.following.behind.fetch_sub(next.len(), Ordering::Release);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LatLng;

    #[test]
    fn a_unit_is_looked_for_once_a_second_or_when_it_went_far() {
        let mut looks = Looks::default();
        let mut is_due = |unit: u32, second: i64, lat: f64| {
            let sighting = Sighting { at: LatLng::new(lat, 108.3).unwrap(), speed_mps: None, heading_deg: None };
            looks.is_due(UnitNo(unit), &Sighted { sighting, second })
        };
        assert!(is_due(3, 10, 22.8) && is_due(2, 10, 22.8), "never looked for before");
        assert!(!is_due(3, 10, 22.8001) && !is_due(3, 10, 22.8002), "the same second, near");
        assert!(is_due(3, 10, 22.801), "the same second, far");
        assert!(is_due(3, 11, 22.801), "the next second");
    }
}
