//! What a driver's navigation knows: the way to a place, and what is closed.

use crate::{
    engine::{Closure, Movement, Roads, Way},
    geodesy::LatLng,
    model::{Timestamp, UnitKind},
    roads::{Drive, NEVER, Paces, RoadNetwork, RoadPlace, Route, Search},
};

/// A place that is farther than this from every road that may be driven has no way, metres.
const TO_ROAD_M_MAX: f64 = 1_000.0;

/// Ways along a network.
#[derive(Debug)]
pub struct Guide {
    roads: Roads,
    search: Search,
    closures: Vec<Closure>,
}

impl Guide {
    /// Of a network, all of it open. Linear: some 30 ms for the sample city.
    #[must_use]
    pub fn new(network: RoadNetwork) -> Self {
        let roads = Roads::new(network, &Paces::default(), Movement::default());
        Self { roads, search: Search::default(), closures: Vec::new() }
    }

    /// The network.
    #[must_use]
    pub const fn network(&self) -> &RoadNetwork {
        &self.roads.network
    }

    /// Hears what is closed or slow now, all of it; whether that is news.
    pub fn hear(&mut self, closures: Vec<Closure>) -> bool {
        if closures == self.closures {
            return false;
        }
        for over in self.closures.iter().filter(|known| !closures.iter().any(|closure| closure.id == known.id)) {
            self.roads.lift(&over.id);
        }
        for closure in closures.iter().filter(|closure| !self.closures.contains(closure)) {
            self.roads.close(closure.clone(), Timestamp::default());
        }
        self.closures = closures;
        true
    }

    /// Whether a way along an edge is closed for everybody.
    #[must_use]
    pub fn is_closed(&self, drive: Drive) -> bool {
        self.roads.is_closed(drive)
    }

    /// The fastest way of a kind of unit that hurries; none where there is no way or it does not go along roads.
    pub fn way(&mut self, kind: UnitKind, from: RoadPlace, to: LatLng) -> Option<Route> {
        let Way::Road(travel) = self.roads.movement.way(kind, true) else { return None };
        let all = self.roads.costs();
        let costs = all.of(travel);
        let may_go = |edge: u32| [0, 1].iter().any(|way| costs.get((2 * edge + way) as usize).is_some_and(|cost| *cost != NEVER));
        let (to, _) = self.roads.snapper.nearest(to, TO_ROAD_M_MAX, may_go)?;
        self.search.route(&self.roads.network, &self.roads.graph, &all, travel, from, to)
    }
}
