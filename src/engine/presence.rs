//! Which zones each unit stands in, and what its last move entered, left or crossed.

use crate::{
    delta::Crossing,
    geodesy::LatLng,
    geography::{Bounds, Geography, ZoneNo},
    model::{Timestamp, UnitNo},
};

/// Two fixes further apart in time than this say nothing of the way between them: what lies between is not crossed.
pub const WAY_MS_MAX: i64 = 60_000;

/// What is remembered of one unit.
#[derive(Debug, Clone, Default)]
struct Past {
    last: Option<(LatLng, Timestamp)>,
    /// Ascending.
    inside: Vec<ZoneNo>,
    /// A circle in which no border runs: while the unit stays in it, no zone need be looked at.
    clear: Option<Bounds>,
}

/// The writer's own memory of the zones that each unit stands in. No reader needs it, so no lock covers it.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// By unit number.
    units: Vec<Past>,
    /// Kept between calls, so that a move allocates nothing.
    now: Vec<ZoneNo>,
    way: Vec<ZoneNo>,
}

impl Presence {
    /// Moves a unit and tells what it entered, left or crossed, by zone number. A first fix enters nothing: nobody saw
    /// it outside.
    pub(super) fn step(
        &mut self,
        geography: &Geography,
        unit: UnitNo,
        at: LatLng,
        time: Timestamp,
        mut tell: impl FnMut(ZoneNo, Crossing),
    ) {
        if self.units.len() <= unit.index() {
            self.units.resize_with(unit.index() + 1, Past::default);
        }
        let Some(past) = self.units.get_mut(unit.index()) else { return };
        if past.clear.is_some_and(|clear| clear.holds(at)) {
            past.last = Some((at, time));
            return;
        }
        past.clear = Some(geography.look(at, &mut self.now));
        if let Some((from, seen)) = past.last {
            for zone in past.inside.iter().filter(|zone| self.now.binary_search(zone).is_err()) {
                tell(*zone, Crossing::Exit);
            }
            if from != at && time.ms_since(seen) <= WAY_MS_MAX {
                geography.zones_on_way(from, at, [&past.inside, &self.now], &mut self.way);
                for zone in &self.way {
                    tell(*zone, Crossing::Cross);
                }
            }
            for zone in self.now.iter().filter(|zone| past.inside.binary_search(zone).is_err()) {
                tell(*zone, Crossing::Enter);
            }
        }
        std::mem::swap(&mut past.inside, &mut self.now);
        past.last = Some((at, time));
    }

    /// Looks again at where everybody stands after the zones changed. A zone that changed moved nobody: nothing is told.
    pub(super) fn renew(&mut self, geography: &Geography, _changed: &[ZoneNo]) {
        for past in &mut self.units {
            past.clear = None;
            if let Some((at, _)) = past.last {
                geography.zones_at(at, &mut past.inside);
            }
        }
    }
}
