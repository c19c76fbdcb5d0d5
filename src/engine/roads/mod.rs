//! The roads as the engine knows them: the network, what it costs to drive, who is where on it, what is closed.

mod closures;
mod movement;

use parking_lot::RwLock;

pub use closures::{CLOSURE_EDGES_MAX, CLOSURES_MAX, Closed, Closure, ClosureError, REASON_CHARS_MAX, TO_ROAD_M_MAX};
pub use movement::{Movement, Way};

use super::{UnitFix, unit::Unit};
use crate::{
    model::UnitNo,
    roads::{Costs, OnRoads, Paces, RoadGraph, RoadNetwork, RoadPlace, Sighting, Snapper},
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
    pub graph: RoadGraph,
    /// From positions to places.
    pub snapper: Snapper,
    /// How each kind of unit moves.
    pub movement: Movement,
    pub(super) closures: RwLock<Closures>,
    /// What every drive costs now.
    pub(super) costs: RwLock<Costs>,
    /// Who is on which edge.
    pub(super) on_roads: RwLock<OnRoads>,
}

/// A unit and where on the roads it is now.
pub(super) type Move = (UnitNo, Option<RoadPlace>);

impl Roads {
    /// The roads, all open and without units. Linear: some 30 ms for the sample city.
    #[must_use]
    pub fn new(network: RoadNetwork, paces: &Paces, movement: Movement) -> Self {
        let (graph, snapper) = (RoadGraph::new(&network), Snapper::new(&network));
        let (costs, on_roads) = (Costs::new(&network, paces), OnRoads::new(network.edges().len()));
        Self { network, graph, snapper, movement, closures: RwLock::default(), costs: RwLock::new(costs), on_roads: RwLock::new(on_roads) }
    }

    /// What every drive costs now, without jams and closures that have ended.
    pub fn costs(&self) -> impl std::ops::Deref<Target = Costs> {
        self.costs.read()
    }

    /// Follows units that do not fly: finds their places first, then writes them in one turn. `moves` is kept between calls.
    pub(super) fn follow(&self, units: &[Unit], fixes: &[UnitFix], moves: &mut Vec<Move>) {
        if self.network.edges().is_empty() {
            return;
        }
        moves.clear();
        {
            let on_roads = self.on_roads.read();
            let found = fixes.iter().filter(|fix| units.get(fix.unit.index()).is_some_and(|unit| !unit.spec().kind.flies()));
            moves.extend(found.map(|UnitFix { unit, fix, .. }| {
                let sighting = Sighting { at: fix.at, speed_mps: fix.speed_mps, heading_deg: fix.heading_deg };
                (*unit, self.snapper.snap(&sighting, on_roads.place(unit.0)))
            }));
        }
        self.put(moves);
    }

    /// Writes where units are.
    pub(super) fn put(&self, moves: &[Move]) {
        let mut on_roads = self.on_roads.write();
        for (unit, place) in moves {
            on_roads.put(unit.0, *place);
        }
    }
}
