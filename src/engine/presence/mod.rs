//! Which zones each unit stands in, and what a move entered, left or crossed.
//!
//! # Words
//! A unit is *inside* or *outside* of a zone. It **enters** or **exits** between two positions that are known of it. It
//! **crosses** when both are outside and its way leads through: the straight line between two fixes at most
//! [`WAY_MS_MAX`] apart. What nobody saw is not told: a first fix enters nothing, nor does a zone that is new, changed,
//! removed, or whose unit has its first fix.
//!
//! # Dwell
//! A zone with a dwell is entered by the first fix that shows the unit inside that long after the fix that first showed it
//! inside. A unit that left before was never in: neither enter nor exit is told, and nobody crosses such a zone. Time is
//! that of the fixes, so nothing is entered while no fix comes: a unit that is silent is not known to be there still.
//!
//! # Zones that follow a unit
//! A fence is where [`crate::model::ZoneShape::carry`] puts it by the last fix of its unit. When that unit moves, the units
//! around are told what the fence did to them, at the time of that fix: what they cross is the way that they made as seen
//! from the fence. The unit itself is told nothing of its own fence.
//!
//! # Cost
//! A unit's past is a cache line (`past.rs`). While it stays in the box around it in which no border runs, four comparisons.
//! Otherwise a look at one cell of [`Geography`] and, for the crossing, at those along the way, mostly the same one. Fences
//! cost one more look-up where there are any: those of one cell are tested by their boxes. A followed unit tests the units in
//! the cells around its fences. Nothing is allocated once the tables have grown. What a move waits for is memory, so a turn's
//! moves are expected together ([`Presence::expect`]).

mod buckets;
mod fences;
mod past;

use super::{Crossing, UnitNo};
use crate::{
    geodesy::LatLng,
    geography::{Bounds, Geography, ZoneNo},
    model::{Timestamp, carried_position},
};
use buckets::{Buckets, Cover, key};
use fences::{Fence, Fences};
use past::Past;

/// Two fixes further apart in time than this say nothing of the way between them: what lies between is not crossed.
pub const WAY_MS_MAX: i64 = 60_000;

/// The level of cells that units are in while there are fences: 600 m.
const UNIT_SHIFT: u32 = 6;
/// So many units and what they ask for are in the caches anyway.
const CACHED_UNITS: usize = 4_096;
/// The level of cells that are about as large as those of the geography where fences crowd: 150 m.
const LOOK_SHIFT: u32 = 4;
/// More cells than this to look at: all units are.
const CELLS_MAX: u32 = 64;
/// When more zones change at once, everybody's zones are looked up anew.
const CHANGES_MAX: usize = 16;

/// What happened to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The unit.
    pub unit: UnitNo,
    /// The zone.
    pub zone: ZoneNo,
    /// What happened.
    pub action: Crossing,
}

fn dwell_ms(geography: &Geography, zone: ZoneNo) -> i64 {
    geography.zone_by_no(zone).map_or(0, |zone| i64::from(zone.dwell_s) * 1_000)
}

/// The writer's own memory of the zones that each unit stands in. No reader needs it, so no lock covers it.
#[derive(Debug, Default)]
pub struct Presence {
    /// By unit number.
    units: Vec<Past>,
    fences: Fences,
    /// Units by cell while there are fences.
    cells: Buckets,
    /// Kept between calls, so that a move allocates nothing.
    scratch: Scratch,
    near: Vec<u32>,
}

#[derive(Debug, Default)]
struct Scratch {
    was: Vec<ZoneNo>,
    now: Vec<ZoneNo>,
    way: Vec<ZoneNo>,
}

impl Presence {
    /// Knows nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves a unit, and the fences that follow it, and tells what happened.
    pub fn step(&mut self, geography: &Geography, unit: UnitNo, at: LatLng, time: Timestamp, mut tell: impl FnMut(Told)) {
        if self.units.len() <= unit.index() {
            self.units.resize_with(unit.index() + 1, Past::default);
        }
        let mut tell_of = |zone, action| tell(Told { unit, zone, action });
        let Self { units, fences, cells, scratch, near } = self;
        let Some(past) = units.get_mut(unit.index()) else { return };
        if !past.is_clear(at) {
            past.look(geography, at, time, scratch, &mut tell_of);
        }
        if !fences.is_empty() {
            move_bucket(cells, unit, past.last().map(|(from, _)| from), at);
            past.look_at_fences(geography, fences, unit, at, time, near, &mut tell_of);
        }
        past.stay(geography, time, &mut tell_of);
        past.set_last(at, time);
        let mut next = past.leads();
        while let Some(fence) = self.fences.get(next) {
            let after = fence.next;
            self.carry(geography, next, at, time, &mut tell);
            next = after;
        }
    }

    /// Fetches what moving these units will need, all of it at once: memory answers many questions in the time of one. Worth
    /// its few nanoseconds a unit before many moves; where few units are, all lies in the caches anyway.
    pub fn expect(&self, geography: &Geography, moves: impl Iterator<Item = (UnitNo, LatLng)> + Clone) {
        if self.units.len() <= CACHED_UNITS {
            return;
        }
        let past = |unit: UnitNo| self.units.get(unit.index());
        let is_clear = |(unit, at): (UnitNo, LatLng)| past(unit).is_some_and(|past| past.is_clear(at));
        std::hint::black_box(moves.clone().filter(|step| is_clear(*step)).count());
        // Where it goes, and where it comes from: its way is looked at, too.
        let looked_at = moves.filter(|step| !is_clear(*step)).flat_map(|(unit, at)| {
            let from = past(unit).and_then(Past::last).map(|(from, _)| from).filter(|from| key(*from, LOOK_SHIFT) != key(at, LOOK_SHIFT));
            std::iter::once(at).chain(from)
        });
        geography.expect(looked_at);
    }

    /// Moves a fence with its unit and looks at everybody around.
    fn carry(&mut self, geography: &Geography, no: u32, at: LatLng, time: Timestamp, tell: &mut impl FnMut(Told)) {
        let Some(Fence { zone, unit, at: was, bounds: old, .. }) = self.fences.get(no) else { return };
        let (zone, leader, was, old) = (*zone, *unit, *was, *old);
        let Some(drawn) = geography.zone_by_no(zone) else { return };
        self.fences.carry(no, drawn, at, time);
        let Some(fence) = self.fences.get(no) else { return };
        let is_way = was.is_some_and(|(_, seen)| time.ms_since(seen) <= WAY_MS_MAX) && drawn.dwell_s == 0;
        // What it swept over lies between the two boxes.
        let boxes = if is_way { [old.union(&fence.bounds), Bounds::NOWHERE] } else { [old, fence.bounds] };
        near_units(&self.units, &self.cells, boxes, &mut self.near);
        // All of them at once, as in `expect`.
        std::hint::black_box(self.near.iter().filter(|unit| self.units.get(**unit as usize).is_some_and(|past| past.is_clear(at))).count());
        for unit in self.near.iter().map(|unit| UnitNo(*unit)).filter(|unit| *unit != leader) {
            let Some(past) = self.units.get_mut(unit.index()) else { continue };
            let Some((here, _)) = past.last() else { continue };
            let mut tell = |action| tell(Told { unit, zone, action });
            match (past.fences().binary_search(&no), fence.holds(here)) {
                (Ok(_), true) => past.stay_in(geography, zone, time, tell),
                (Ok(place), false) => {
                    past.remove_fence(place);
                    past.go(zone, tell);
                }
                (Err(place), true) => {
                    past.insert_fence(place, no);
                    // A fence that appears moved nobody.
                    if was.is_some() {
                        past.come(geography, zone, time, tell);
                    }
                }
                (Err(_), false) => {
                    // As seen from the fence, the unit came from where the fence would have carried it.
                    let from = was.filter(|_| is_way).and_then(|(was, _)| carried_position(was, at, here));
                    if from.is_some_and(|from| fence.is_crossed(from, here)) {
                        tell(Crossing::Cross);
                    }
                }
            }
        }
    }

    /// Looks again at where everybody stands after zones changed: those of `changed`, ascending, were added, replaced or removed. A zone
    /// that changed moved nobody: nothing is told, and who stands in it is inside. Linear in the units.
    pub fn renew(&mut self, geography: &Geography, changed: &[ZoneNo]) {
        let is_changed = |zone: &ZoneNo| changed.binary_search(zone).is_ok();
        let gone: Vec<u32> = self.fences.all().filter(|(_, fence)| is_changed(&fence.zone)).map(|(no, _)| no).collect();
        for no in &gone {
            self.remove_fence(*no);
        }
        let is_few = changed.len() <= CHANGES_MAX;
        let is_still = |zone: &ZoneNo| geography.zone_by_no(*zone).is_some_and(|zone| zone.follows.is_none());
        let stands = &mut self.scratch.now;
        for past in &mut self.units {
            past.set_clear(&Bounds::NOWHERE);
            past.forget(is_changed, |fence| gone.binary_search(fence).is_ok());
            let Some((at, _)) = past.last() else { continue };
            if is_few {
                stands.clear();
                stands.extend(past.inside().iter().copied().filter(|zone| !is_changed(zone)));
                stands.extend(changed.iter().copied().filter(|zone| is_still(zone) && geography.holds(*zone, at)));
                stands.sort_unstable();
            } else {
                geography.zones_at(at, stands);
            }
            past.set_inside(stands);
        }
        for moving in geography.moving().iter().filter(|moving| is_changed(&moving.zone)) {
            let Some(zone) = geography.zone_by_no(moving.zone) else { continue };
            let Some(follows) = &zone.follows else { continue };
            if self.units.len() <= moving.unit.index() {
                self.units.resize_with(moving.unit.index() + 1, Past::default);
            }
            if self.fences.is_empty() {
                self.fill_cells();
            }
            let Some(leader) = self.units.get_mut(moving.unit.index()) else { continue };
            let no = self.fences.insert(Fence::new(*moving, follows, zone, leader.leads()));
            leader.set_leads(no);
            if let Some((at, time)) = leader.last() {
                self.carry(geography, no, at, time, &mut |_| {});
            }
        }
        if self.fences.is_empty() {
            self.cells.clear();
        }
    }

    fn fill_cells(&mut self) {
        for (past, unit) in self.units.iter().zip(0..) {
            if let Some((at, _)) = past.last() {
                self.cells.insert(key(at, UNIT_SHIFT), unit);
            }
        }
    }

    fn remove_fence(&mut self, no: u32) {
        let Some(Fence { unit, next, .. }) = self.fences.remove(no) else { return };
        let Some(leader) = self.units.get_mut(unit.index()) else { return };
        if leader.leads() == no {
            leader.set_leads(next);
            return;
        }
        let mut before = leader.leads();
        while let Some(fence) = self.fences.get(before) {
            if fence.next == no {
                return self.fences.set_next(before, next);
            }
            before = fence.next;
        }
    }
}

impl Past {
    /// Looks at the zones that stand still.
    fn look(
        &mut self,
        geography: &Geography,
        at: LatLng,
        time: Timestamp,
        Scratch { was, now, way }: &mut Scratch,
        tell: &mut impl FnMut(ZoneNo, Crossing),
    ) {
        self.set_clear(&geography.look(at, now));
        let is_other = self.inside() != *now;
        if let Some((from, seen)) = self.last() {
            was.clear();
            was.extend_from_slice(self.inside());
            if is_other {
                for zone in was.iter().filter(|zone| now.binary_search(zone).is_err()) {
                    self.go(*zone, |action| tell(*zone, action));
                }
            }
            if !self.is_clear(from) && from != at && time.ms_since(seen) <= WAY_MS_MAX {
                geography.zones_on_way(from, at, [was, now], way);
                for zone in way.iter().filter(|zone| dwell_ms(geography, **zone) == 0) {
                    tell(*zone, Crossing::Cross);
                }
            }
            if is_other {
                for zone in now.iter().filter(|zone| was.binary_search(zone).is_err()) {
                    self.come(geography, *zone, time, |action| tell(*zone, action));
                }
            }
        }
        if is_other {
            self.set_inside(now);
        }
    }

    /// Looks at the fences, where they are now.
    #[allow(clippy::too_many_arguments, reason = "parts of one structure, borrowed apart")]
    fn look_at_fences(
        &mut self,
        geography: &Geography,
        fences: &Fences,
        unit: UnitNo,
        at: LatLng,
        time: Timestamp,
        near: &mut Vec<u32>,
        tell: &mut impl FnMut(ZoneNo, Crossing),
    ) {
        let last = self.last();
        let way = last.filter(|(from, seen)| *from != at && time.ms_since(*seen) <= WAY_MS_MAX).map(|(from, _)| from);
        fences.near(way.unwrap_or(at), at, near);
        if near.is_empty() && self.fences().is_empty() {
            return;
        }
        let left = |no: &u32| fences.get(*no).is_none_or(|fence| !fence.holds(at));
        let mut place = 0;
        while let Some(no) = self.fences().get(place).copied() {
            if left(&no) {
                self.remove_fence(place);
                if let Some(fence) = fences.get(no) {
                    self.go(fence.zone, |action| tell(fence.zone, action));
                    // It was inside: this is no crossing.
                    near.retain(|other| *other != no);
                }
            } else {
                place += 1;
            }
        }
        for no in near.iter() {
            let Some(fence) = fences.get(*no).filter(|fence| fence.unit != unit) else { continue };
            let Err(place) = self.fences().binary_search(no) else { continue };
            if fence.holds(at) {
                self.insert_fence(place, *no);
                if last.is_some() {
                    self.come(geography, fence.zone, time, |action| tell(fence.zone, action));
                }
            } else if way.is_some_and(|from| fence.is_crossed(from, at)) && dwell_ms(geography, fence.zone) == 0 {
                tell(fence.zone, Crossing::Cross);
            }
        }
    }
}

/// The bucket of a unit is that of where it was last.
fn move_bucket(cells: &mut Buckets, unit: UnitNo, from: Option<LatLng>, to: LatLng) {
    let (old, new) = (from.map(|from| key(from, UNIT_SHIFT)), key(to, UNIT_SHIFT));
    if old != Some(new) {
        if let Some(old) = old {
            cells.remove(old, unit.0);
        }
        cells.insert(new, unit.0);
    }
}

/// Writes the units that may be in either of two boxes into `found`, ascending, each once.
fn near_units(units: &[Past], cells: &Buckets, boxes: [Bounds; 2], found: &mut Vec<u32>) {
    found.clear();
    for bounds in boxes.into_iter().filter(|bounds| *bounds != Bounds::NOWHERE) {
        let cover = Cover::new(&bounds, 0.0, UNIT_SHIFT);
        if cover.width() > CELLS_MAX {
            found.clear();
            found.extend(units.iter().zip(0..).filter(|(past, _)| past.last().is_some()).map(|(_, unit)| unit));
            return;
        }
        for key in cover.keys() {
            found.extend(cells.get(key));
        }
    }
    found.sort_unstable();
    found.dedup();
}
