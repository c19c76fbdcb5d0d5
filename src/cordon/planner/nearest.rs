//! Which units are ready first at a junction: searched backwards from it, when somebody asks.

use std::sync::Arc;

use super::{
    super::{Going, PointNo, Scene, Unit},
    reached::Reached,
    work::{Meter, Stopped},
};
use crate::roads::{Frontier, JunctionNo};

/// No unit is ready then: later than any other time.
pub(super) const NEVER: u32 = u32::MAX;
const NONE: u32 = u32::MAX;

/// A unit, and when it is ready at a junction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ready {
    pub(super) ms: u32,
    pub(super) unit: u32,
}

/// Where a unit may begin, in the list of its point.
#[derive(Debug)]
struct Posted {
    unit: u32,
    ms: u32,
    next: u32,
}

/// The units of one way of going.
#[derive(Debug, Default)]
struct Side {
    /// By point: the first of the units that begin there.
    heads: Vec<u32>,
    /// The points that have one.
    points: Vec<PointNo>,
    posted: Vec<Posted>,
    /// The earliest that any of them begins.
    least_ms: u32,
    /// The points after the last junction, by junction.
    extras: Vec<(JunctionNo, PointNo)>,
    /// What `extras` was made from.
    extras_of: Option<Arc<[JunctionNo]>>,
}

/// What is known of a junction: the first `most` units that are ready by `limit_ms`.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    start: u32,
    len: u32,
    /// 0 when nothing is known.
    most: u32,
    limit_ms: u32,
}

/// The units of a scene as they are asked for from junctions. What was found is kept until [`Nearest::begin`].
#[derive(Debug, Default)]
pub(super) struct Nearest {
    sides: Vec<Side>,
    units: usize,
    frontier: Frontier,
    known: Vec<Known>,
    asked: Vec<JunctionNo>,
    found: Vec<Ready>,
    settled: usize,

    /// What is known of all junctions at once.
    reached: Option<Reached>,
}

/// Who searches forwards from every unit has so many junctions a unit at least.
const JUNCTIONS_A_UNIT: usize = 64;
/// Points of each junction that are settled one by one before all is searched at once.
const PATIENCE: usize = 8;

impl Side {
    fn post(&mut self, going: &Going) {
        for point in self.points.drain(..) {
            if let Some(head) = self.heads.get_mut(point as usize) {
                *head = NONE;
            }
        }
        self.posted.clear();
        self.least_ms = NEVER;
        if self.heads.len() < going.streets.len() {
            self.heads.resize(going.streets.len(), NONE);
        }
        if self.extras_of.as_ref().is_none_or(|of| !Arc::ptr_eq(of, &going.extra)) {
            self.extras.clear();
            let first = going.streets.len().saturating_sub(going.extra.len()) as PointNo;
            self.extras.extend(going.extra.iter().zip(first..).map(|(junction, point)| (*junction, point)));
            self.extras.sort_unstable();
            self.extras_of = Some(Arc::clone(&going.extra));
        }
    }

    fn add(&mut self, going: &Going, unit: u32, point: PointNo, ms: u32) {
        let Some(head) = self.heads.get_mut(point as usize).filter(|_| (point as usize) < going.streets.len()) else { return };
        if *head == NONE {
            self.points.push(point);
        }
        self.least_ms = self.least_ms.min(ms);
        self.posted.push(Posted { unit, ms, next: std::mem::replace(head, self.posted.len() as u32) });
    }

    /// Those who begin at a point: unit and time.
    fn at(&self, point: PointNo) -> impl Iterator<Item = (u32, u32)> {
        let mut next = self.heads.get(point as usize).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let posted = self.posted.get(next as usize)?;
            next = posted.next;
            Some((posted.unit, posted.ms))
        })
    }

    /// The points after the last junction that are of a junction.
    fn extras(&self, junction: JunctionNo) -> impl Iterator<Item = PointNo> {
        let start = self.extras.partition_point(|(of, _)| *of < junction);
        self.extras.get(start..).unwrap_or_default().iter().take_while(move |(of, _)| *of == junction).map(|(_, point)| *point)
    }
}

impl Nearest {
    /// Begins with other units. Linear in the units.
    pub(super) fn begin(&mut self, goings: &[Going], units: &[Unit]) {
        for junction in self.asked.drain(..) {
            if let Some(known) = self.known.get_mut(junction as usize) {
                *known = Known::default();
            }
        }
        self.found.clear();
        (self.units, self.settled) = (units.len(), 0);
        self.reached = None;
        self.sides.resize_with(goings.len(), Side::default);
        for (side, going) in self.sides.iter_mut().zip(goings) {
            side.post(going);
        }
        for (number, unit) in units.iter().enumerate() {
            let going = usize::from(unit.going);
            let (Some(side), Some(going)) = (self.sides.get_mut(going), goings.get(going)) else { continue };
            for entry in unit.entries.iter().flatten() {
                side.add(going, number as u32, entry.point, entry.ms);
            }
        }
    }

    /// Points settled so far.
    pub(super) const fn settled(&self) -> usize {
        self.settled
    }

    /// Searches forwards from all units at once, where they are so few that each lookup goes far, and lookups have cost some. By junction,
    /// `wanted_ms` says until when units will be asked for most often.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn reach(
        &mut self,
        scene: &Scene,
        wanted_ms: impl FnOnce() -> Vec<Option<u32>>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Stopped> {
        let is_worth_it = self.units * JUNCTIONS_A_UNIT <= scene.junctions() && self.settled >= PATIENCE * scene.junctions();
        if is_worth_it && self.reached.is_none() {
            self.reached = Some(Reached::new(scene, &wanted_ms(), &mut self.frontier, meter)?);
        }
        Ok(())
    }

    /// The first `most` units at a junction that are ready there by a time, in order. Dijkstra's algorithm backwards from the junction;
    /// where units begin they are states of it too. Linear in what is nearer than the last of them, at first; then a look.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn at(
        &mut self,
        goings: &[Going],
        junction: JunctionNo,
        most: usize,
        limit_ms: u32,
        meter: &mut Meter<'_>,
    ) -> Result<&[Ready], Stopped> {
        let most = most.min(self.units) as u32;
        if self.reached.as_ref().is_some_and(|reached| reached.knows(junction, most as usize, limit_ms)) {
            return Ok(self.reached.as_ref().map_or(&[], |reached| reached.at(junction, most as usize, limit_ms)));
        }
        let known = self.known.get(junction as usize).copied().unwrap_or_default();
        let is_known = known.most > 0
            && ((known.len == known.most && most <= known.most)
                || (limit_ms <= known.limit_ms && (most <= known.most || known.len < known.most)));
        let known = if is_known || most == 0 { known } else { self.search(goings, junction, most, limit_ms, meter)? };
        let all = self.found.get(known.start as usize..(known.start + known.len) as usize).unwrap_or_default();
        let end = all.partition_point(|ready| ready.ms <= limit_ms).min(most as usize);
        Ok(all.get(..end).unwrap_or_default())
    }

    fn search(
        &mut self,
        goings: &[Going],
        junction: JunctionNo,
        most: u32,
        limit_ms: u32,
        meter: &mut Meter<'_>,
    ) -> Result<Known, Stopped> {
        let start = self.found.len();
        let mut settled = 0;
        let known = Known { start: start as u32, len: 0, most, limit_ms };
        let mut limit_ms = limit_ms;
        for (side, going) in self.sides.iter().zip(goings) {
            if limit_ms < side.least_ms {
                continue;
            }
            let (points, mut left) = (going.streets.len() as u32, most);
            self.frontier.begin(points as usize + self.units);
            for point in (junction < points).then_some(junction).into_iter().chain(side.extras(junction)) {
                self.frontier.offer(point, side.least_ms);
            }
            // Points are settled as if everybody began there with the least time, so that whoever begins later is in time to be a state.
            while let Some((ms, state)) = self.frontier.settle() {
                settled += 1;
                if state >= points {
                    self.found.push(Ready { ms, unit: state - points });
                    left -= 1;
                    if left == 0 {
                        break;
                    }
                    continue;
                }
                for (unit, begins_ms) in side.at(state) {
                    let ready_ms = (ms - side.least_ms).saturating_add(begins_ms);
                    if ready_ms <= limit_ms && ready_ms < NEVER {
                        self.frontier.offer(points + unit, ready_ms);
                    }
                }
                for step in going.streets.steps_in(state) {
                    let before_ms = ms.saturating_add(step.ms);
                    if before_ms <= limit_ms && before_ms < NEVER {
                        self.frontier.offer(step.point, before_ms);
                    }
                }
            }
            if let Some(list) = self.found.get_mut(start..) {
                list.sort_unstable();
            }
            self.found.truncate(start + most as usize);
            // Whoever goes otherwise counts only where it is no later than all of these.
            if let Some(last) = self.found.get(start + most as usize - 1) {
                limit_ms = last.ms;
            }
        }
        let known = Known { len: (self.found.len() - start) as u32, ..known };
        if self.known.len() <= junction as usize {
            self.known.resize(junction as usize + 1, Known::default());
        }
        if let Some(slot) = self.known.get_mut(junction as usize) {
            *slot = known;
            self.asked.push(junction);
        }
        self.settled += settled;
        meter.work(settled)?;
        Ok(known)
    }
}
