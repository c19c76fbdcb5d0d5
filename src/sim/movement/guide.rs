//! The way to a place: what a driver's navigation says.

use crate::{
    engine::{Movement, Way},
    geodesy::LatLng,
    model::UnitKind,
    roads::{Costs, NEVER, Paces, RoadGraph, RoadNetwork, RoadPlace, Route, Search, Snapper},
};

/// A place that is farther than this from every road that may be driven has no way, metres.
const TO_ROAD_M_MAX: f64 = 1_000.0;

/// Ways along a network, all of it open.
#[derive(Debug)]
pub struct Guide {
    graph: RoadGraph,
    costs: Costs,
    snapper: Snapper,
    movement: Movement,
    search: Search,
}

impl Guide {
    /// Of a network. Linear: some 30 ms for the sample city.
    #[must_use]
    pub fn new(roads: &RoadNetwork) -> Self {
        let (graph, costs) = (RoadGraph::new(roads), Costs::new(roads, &Paces::default()));
        Self { graph, costs, snapper: Snapper::new(roads), movement: Movement::default(), search: Search::default() }
    }

    /// The fastest way of a kind of unit that hurries; none where there is no way or it does not go along roads.
    pub fn way(&mut self, kind: UnitKind, from: RoadPlace, to: LatLng, roads: &RoadNetwork) -> Option<Route> {
        let Way::Road(travel) = self.movement.way(kind, true) else { return None };
        let costs = self.costs.of(travel);
        let may_go = |edge: u32| [0, 1].iter().any(|way| costs.get((2 * edge + way) as usize).is_some_and(|cost| *cost != NEVER));
        let (to, _) = self.snapper.nearest(to, TO_ROAD_M_MAX, may_go)?;
        self.search.route(roads, &self.graph, &self.costs, travel, from, to)
    }
}
