//! What is remembered of one unit: a cache line, and a little more of the few that need it.

use super::{dwell_ms, fences::NONE};
use crate::{
    engine::Crossing,
    geodesy::LatLng,
    geography::{Bounds, Geography, ZoneNo},
    model::Timestamp,
};

/// So many zones that a unit stands in are kept with it, more of them apart.
const NEAR_ZONES: usize = 4;
/// No zone: fills the rest of the list.
const NO_ZONE: ZoneNo = ZoneNo::MAX;
/// In place of the first zone: the list is kept apart.
const APART: ZoneNo = ZoneNo::MAX - 1;
/// The time of a unit that was never seen.
const NEVER: Timestamp = Timestamp::from_unix_ms(i64::MIN);

/// A box in which no border of a zone that stands still runs, in 1e-7 degrees (11 mm) from the west and from the south: a
/// position in it is in the box that it was made of, which is larger by 11 to 22 mm on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clear {
    west: u32,
    south: u32,
    east: u32,
    north: u32,
}

const CLEAR_A_DEGREE: f64 = 1e7;

/// Rounded down. What rounding of the sum may add is a thousandth of a unit.
const fn clear_number(deg: f64) -> u32 {
    (deg * CLEAR_A_DEGREE) as u32
}

impl Clear {
    const NOWHERE: Self = Self { west: 1, south: 1, east: 0, north: 0 };

    fn within(bounds: &Bounds) -> Self {
        if *bounds == Bounds::NOWHERE {
            return Self::NOWHERE;
        }
        Self {
            west: clear_number(bounds.west + 180.0).saturating_add(2),
            south: clear_number(bounds.south + 90.0).saturating_add(2),
            east: clear_number(bounds.east + 180.0).saturating_sub(2),
            north: clear_number(bounds.north + 90.0).saturating_sub(2),
        }
    }

    #[inline]
    const fn holds(&self, at: LatLng) -> bool {
        let (x, y) = (clear_number(at.lng_deg() + 180.0), clear_number(at.lat_deg() + 90.0));
        // All four at once: which of them fails is not to be guessed.
        (self.west <= x) & (x <= self.east) & (self.south <= y) & (y <= self.north)
    }
}

/// What most units have nothing of.
#[derive(Debug, Clone)]
struct Rare {
    /// Zones that stand still, ascending, where they are too many to be kept with the unit.
    inside: Vec<ZoneNo>,
    /// Fences, ascending by their numbers here.
    fences: Vec<u32>,
    /// Zones with a dwell that it has not entered yet, and since when it is inside.
    pending: Vec<(ZoneNo, Timestamp)>,
    /// The first of the fences that follow it.
    leads: u32,
}

/// What is remembered of one unit. One cache line, since a city's units are more than a cache holds.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub(super) struct Past {
    clear: Clear,
    at: LatLng,
    time: Timestamp,
    /// Zones that stand still, ascending.
    inside: [ZoneNo; NEAR_ZONES],
    rare: Option<Box<Rare>>,
}

impl Default for Past {
    fn default() -> Self {
        Self { clear: Clear::NOWHERE, at: LatLng::NORTH_POLE, time: NEVER, inside: [NO_ZONE; NEAR_ZONES], rare: None }
    }
}

impl Past {
    /// Where it was last, and when.
    #[inline]
    pub(super) fn last(&self) -> Option<(LatLng, Timestamp)> {
        (self.time != NEVER).then_some((self.at, self.time))
    }

    pub(super) const fn set_last(&mut self, at: LatLng, time: Timestamp) {
        (self.at, self.time) = (at, time);
    }

    /// Whether no border of a zone that stands still lies between where it was last looked at and a position.
    #[inline]
    pub(super) const fn is_clear(&self, at: LatLng) -> bool {
        self.clear.holds(at)
    }

    pub(super) fn set_clear(&mut self, bounds: &Bounds) {
        self.clear = Clear::within(bounds);
    }

    /// The zones that stand still and that it stands in, ascending.
    #[inline]
    pub(super) fn inside(&self) -> &[ZoneNo] {
        if self.inside.first() == Some(&APART) {
            return self.rare.as_ref().map_or(&[], |rare| &rare.inside);
        }
        let len = self.inside.iter().position(|zone| *zone == NO_ZONE).unwrap_or(NEAR_ZONES);
        self.inside.get(..len).unwrap_or_default()
    }

    pub(super) fn set_inside(&mut self, zones: &[ZoneNo]) {
        self.inside = [NO_ZONE; NEAR_ZONES];
        match self.inside.get_mut(..zones.len()) {
            Some(places) => places.copy_from_slice(zones),
            None => {
                self.inside = [APART, NO_ZONE, NO_ZONE, NO_ZONE];
                let rare = self.rare();
                rare.inside.clear();
                rare.inside.extend_from_slice(zones);
            }
        }
    }

    fn rare(&mut self) -> &mut Rare {
        let new = || Box::new(Rare { inside: Vec::new(), fences: Vec::new(), pending: Vec::new(), leads: NONE });
        self.rare.get_or_insert_with(new)
    }

    /// The fences that it stands in, ascending by their numbers.
    pub(super) fn fences(&self) -> &[u32] {
        self.rare.as_ref().map_or(&[], |rare| &rare.fences)
    }

    pub(super) fn insert_fence(&mut self, place: usize, fence: u32) {
        self.rare().fences.insert(place, fence);
    }

    pub(super) fn remove_fence(&mut self, place: usize) {
        self.rare().fences.remove(place);
    }

    /// The first of the fences that follow it.
    pub(super) fn leads(&self) -> u32 {
        self.rare.as_ref().map_or(NONE, |rare| rare.leads)
    }

    pub(super) fn set_leads(&mut self, fence: u32) {
        self.rare().leads = fence;
    }

    /// Forgets what it had to do with zones and fences that are gone.
    pub(super) fn forget(&mut self, is_zone: impl Fn(&ZoneNo) -> bool, is_fence: impl Fn(&u32) -> bool) {
        if let Some(rare) = &mut self.rare {
            rare.pending.retain(|(zone, _)| !is_zone(zone));
            rare.fences.retain(|fence| !is_fence(fence));
        }
    }

    /// It came in: entered at once, or pending where the zone has a dwell.
    pub(super) fn come(&mut self, geography: &Geography, zone: ZoneNo, time: Timestamp, tell: impl FnOnce(Crossing)) {
        if dwell_ms(geography, zone) > 0 {
            self.rare().pending.push((zone, time));
        } else {
            tell(Crossing::Enter);
        }
    }

    /// It went out: left, unless it never entered.
    pub(super) fn go(&mut self, zone: ZoneNo, tell: impl FnOnce(Crossing)) {
        if let Some(rare) = &mut self.rare
            && let Some(place) = rare.pending.iter().position(|(pending, _)| *pending == zone)
        {
            rare.pending.swap_remove(place);
        } else {
            tell(Crossing::Exit);
        }
    }

    /// Enters the zones that it was inside for long enough.
    pub(super) fn stay(&mut self, geography: &Geography, time: Timestamp, mut tell: impl FnMut(ZoneNo, Crossing)) {
        let Some(rare) = &mut self.rare else { return };
        rare.pending.retain(|(zone, since)| {
            let is_over = time.ms_since(*since) >= dwell_ms(geography, *zone);
            if is_over {
                tell(*zone, Crossing::Enter);
            }
            !is_over
        });
    }

    /// It is still inside a fence that moved: enters it when it has been so for long enough.
    pub(super) fn stay_in(&mut self, geography: &Geography, zone: ZoneNo, time: Timestamp, tell: impl FnOnce(Crossing)) {
        let Some(rare) = &mut self.rare else { return };
        let is_over = |(pending, since): &(ZoneNo, Timestamp)| *pending == zone && time.ms_since(*since) >= dwell_ms(geography, zone);
        if let Some(place) = rare.pending.iter().position(is_over) {
            rare.pending.swap_remove(place);
            tell(Crossing::Enter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_one_cache_line() {
        assert_eq!(size_of::<Past>(), 64);
    }

    #[test]
    fn zones_are_kept_however_many() {
        let mut past = Past::default();
        for count in [0, 1, 4, 5, 9, 3, 6, 0] {
            let zones: Vec<ZoneNo> = (0..count).collect();
            past.set_inside(&zones);
            assert_eq!(past.inside(), zones);
        }
    }

    #[test]
    fn the_clear_box_is_no_larger_than_what_it_is_made_of() {
        let at = |lat, lng| LatLng::new(lat, lng).unwrap_or(LatLng::NORTH_POLE);
        let bounds = Bounds { west: 108.300_000_05, south: 22.8, east: 108.300_2, north: 22.800_1 };
        let clear = Clear::within(&bounds);
        assert!(clear.holds(at(22.800_05, 108.300_1)));
        for (lat, lng) in [(22.800_05, 108.300_000_04), (22.800_05, 108.300_200_01), (22.799_999_99, 108.300_1), (22.800_100_01, 108.300_1)]
        {
            assert!(!clear.holds(at(lat, lng)));
        }
        assert!(!Clear::within(&Bounds::NOWHERE).holds(at(-89.0, -179.0)));
        assert!(!Clear::within(&Bounds { west: -180.0, south: -90.0, east: -180.0, north: -90.0 }).holds(at(-90.0, -180.0)));
    }
}
