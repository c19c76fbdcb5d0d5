//! The roads as the engine knows them: the network, what it costs to drive, who is where on it, what is closed.

mod closures;
mod movement;
mod on_drives;
mod senders;

use std::sync::Arc;

use parking_lot::RwLock;

pub use closures::{CLOSURE_EDGES_MAX, CLOSURES_MAX, Closed, Closure, ClosureError, REASON_CHARS_MAX, TO_ROAD_M_MAX};
pub use movement::{Movement, Way};

use super::{UnitFix, unit::Unit};
use crate::{
    model::{Fix, UnitNo},
    roads::{Costs, Landmarks, OnRoads, Paces, RoadGraph, RoadNetwork, RoadPlace, Sighting, Snapper},
};
use closures::Closures;

/// The roads, and what happens on them. Without any, nobody is on a road and nobody arrives by road.
///
/// Locks are taken in the order of the fields, each for the search or the write alone.
#[derive(Debug, Default)]
pub struct Roads {
    /// The network.
    pub network: RoadNetwork,
    /// The network as searches walk it.
    pub graph: Arc<RoadGraph>,
    /// From positions to places.
    pub snapper: Snapper,
    /// How fast who goes on which road when it is free.
    pub paces: Paces,
    /// How each kind of unit moves.
    pub movement: Movement,
    pub(super) closures: RwLock<Closures>,
    /// What every drive costs now.
    pub(super) costs: RwLock<Costs>,
    /// Who is on which edge.
    pub(super) on_roads: RwLock<OnRoads>,
}

/// A unit and where on the roads it is now.
type Move = (UnitNo, Option<RoadPlace>);

/// What the writer keeps from one turn to the next.
#[derive(Debug, Default)]
pub(super) struct Following {
    /// Empty between turns.
    moves: Vec<Move>,
    looks: Looks,
}

/// A unit that went less than this in a second, degrees of latitude or longitude, some 30 m, need not be looked for again.
const LOOK_DEG: f32 = 3e-4;

/// When and where each unit was last looked for on the roads, by unit number: the second, and degrees. One that reports many times
/// a second is looked for once, so that its place is at most a second and [`LOOK_DEG`] behind its fix.
#[derive(Debug, Default)]
struct Looks(Vec<(i64, [f32; 2])>);

impl Looks {
    /// Whether a unit is to be looked for; notes that it was.
    fn is_due(&mut self, unit: UnitNo, fix: &Fix) -> bool {
        if self.0.len() <= unit.index() {
            self.0.resize(unit.index() + 1, (i64::MIN, [0.0; 2]));
        }
        let (second, at) = (fix.time.unix_ms().div_euclid(1_000), [fix.at.lat_deg() as f32, fix.at.lng_deg() as f32]);
        let Some(last) = self.0.get_mut(unit.index()) else { return true };
        let is_near = last.1.iter().zip(at).all(|(a, b)| (a - b).abs() < LOOK_DEG);
        let is_due = last.0 != second || !is_near;
        if is_due {
            *last = (second, at);
        }
        is_due
    }
}

impl Roads {
    /// The roads, all open and without units. Linear: some 30 ms for the sample city.
    #[must_use]
    pub fn new(network: RoadNetwork, paces: &Paces, movement: Movement) -> Self {
        let (graph, snapper) = (Arc::new(RoadGraph::new(&network)), Snapper::new(&network));
        let (costs, on_roads) = (Costs::new(&network, paces), OnRoads::new(network.edges().len()));
        Self {
            network,
            graph,
            snapper,
            paces: paces.clone(),
            movement,
            closures: RwLock::default(),
            costs: RwLock::new(costs),
            on_roads: RwLock::new(on_roads),
        }
    }

    /// What every drive costs now, without jams and closures that have ended.
    pub fn costs(&self) -> impl std::ops::Deref<Target = Costs> {
        self.costs.read()
    }

    /// Finds landmarks for the ways that units go by: from then on searches look in the right direction. Until then each answers the
    /// same, later. Takes long ([`Landmarks::new`]) and holds up nobody.
    pub fn find_landmarks(&self) {
        let costs = self.costs().clone();
        let landmarks = Landmarks::new(&self.graph, &costs, self.movement.travels());
        self.costs.write().set_landmarks(Arc::new(landmarks));
    }

    /// Follows units that do not fly: finds their places first, then writes them in one turn.
    pub(super) fn follow(&self, units: &[Unit], fixes: &[UnitFix], Following { moves, looks }: &mut Following) {
        if self.network.edges().is_empty() {
            return;
        }
        moves.clear();
        {
            let on_roads = self.on_roads.read();
            let on_ground = |fix: &&UnitFix| units.get(fix.unit.index()).is_some_and(|unit| !unit.spec().kind.flies());
            let found = fixes.iter().filter(on_ground).filter(|UnitFix { unit, fix, .. }| looks.is_due(*unit, fix));
            moves.extend(found.map(|UnitFix { unit, fix, .. }| {
                let sighting = Sighting { at: fix.at, speed_mps: fix.speed_mps, heading_deg: fix.heading_deg };
                (*unit, self.snapper.snap(&sighting, on_roads.place(unit.0)))
            }));
        }
        if !moves.is_empty() {
            self.put(moves);
        }
    }

    /// Writes where units are.
    pub(super) fn put(&self, moves: &[Move]) {
        let mut on_roads = self.on_roads.write();
        for (unit, place) in moves {
            on_roads.put(unit.0, *place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geodesy::LatLng, model::Timestamp};

    #[test]
    fn a_unit_is_looked_for_once_a_second_or_when_it_went_far() {
        let mut looks = Looks::default();
        let mut is_due = |unit: u32, ms: i64, lat: f64| {
            let fix = Fix {
                at: LatLng::new(lat, 108.3).unwrap(),
                time: Timestamp::from_unix_ms(ms),
                speed_mps: None,
                heading_deg: None,
                accuracy_m: None,
            };
            looks.is_due(UnitNo(unit), &fix)
        };
        assert!(is_due(3, 10_000, 22.8) && is_due(2, 10_000, 22.8), "never looked for before");
        assert!(!is_due(3, 10_400, 22.8001) && !is_due(3, 10_999, 22.8002), "the same second, near");
        assert!(is_due(3, 10_999, 22.801), "the same second, far");
        assert!(is_due(3, 11_000, 22.801), "the next second");
    }
}
