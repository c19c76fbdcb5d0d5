//! The roads as the engine knows them: the network, what it costs to drive, who is where on it, what is closed.

mod closures;
mod following;
mod movement;
mod on_drives;
mod senders;

use std::sync::Arc;

use parking_lot::RwLock;

pub use closures::{CLOSURE_EDGES_MAX, CLOSURES_MAX, Closed, Closure, ClosureError, REASON_CHARS_MAX, TO_ROAD_M_MAX};
pub(super) use following::Sightings;
pub use movement::{Movement, Way};

use crate::roads::{Costs, Landmarks, OnRoads, Paces, RoadGraph, RoadNetwork, Snapper};
use closures::Closures;
use following::Following;

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
    /// How each kind of unit moves.
    pub movement: Movement,
    pub(super) closures: RwLock<Closures>,
    /// What every drive costs now.
    pub(super) costs: RwLock<Costs>,
    following: Following,
    /// Who is on which edge: see [`Roads::on_roads`].
    on_roads: RwLock<OnRoads>,
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
            movement,
            closures: RwLock::default(),
            costs: RwLock::new(costs),
            following: Following::default(),
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
}
