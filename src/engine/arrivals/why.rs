//! Why not the nearer one?

use super::{ArrivalsQuery, Arriving, in_the_air_ms};
use crate::{
    engine::{LeftOut, SeenWorld, UnitView, Way},
    index::{Filter, Hit, SeenSince},
    model::StatusSet,
    roads::{Arrival, Candidate, Costs, Question, RoadPlace, Route, Search},
};

/// Whoever is later than the answer by more than this is not looked for any longer, seconds.
pub const LATER_S_MAX: u32 = 1_200;

/// Why somebody who is nearer is not in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// Its status or the age of its fix excludes it.
    LeftOut(LeftOut),
    /// It is on no road.
    OffRoads,
    /// There is no way by road, or it is later than the last of the answer by more than [`LATER_S_MAX`].
    NoWay,
    /// It is there later than the last of the answer.
    Later {
        /// When it is there, milliseconds from now.
        eta_ms: u32,
        /// Whether its route leads over water.
        over_water: bool,
    },
}

impl WhyNot {
    /// The reason in one word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeftOut(reason) => reason.as_str(),
            Self::OffRoads => "off_roads",
            Self::NoWay => "no_way",
            Self::Later { .. } => "later",
        }
    }
}

/// Somebody who is nearer and is not in the answer.
#[derive(Debug, Clone)]
pub struct PassedOver {
    /// The unit.
    pub unit: UnitView,
    /// As the crow flies, metres.
    pub distance_m: f64,
    /// Why.
    pub why: WhyNot,
}

impl SeenWorld<'_> {
    /// Those who are nearer than somebody of the answer. A search for a few units, and a route for each of them.
    pub(super) fn passed_over(
        &self,
        search: &mut Search,
        query: &ArrivalsQuery,
        filter: &Filter,
        to: Option<RoadPlace>,
        costs: &Costs,
        answer: &[Arriving],
    ) -> Vec<PassedOver> {
        if query.explain == 0 {
            return Vec::new();
        }
        let asked_for = Filter { statuses: StatusSet::ALL, seen_since: SeenSince::ANY, ..*filter };
        let is_full = answer.len() == query.k;
        let reach_m = is_full.then(|| answer.iter().map(|arriving| arriving.distance_m).fold(0.0, f64::max));
        let units = self.world.units.read();
        let search_of = (query.at, answer.len() + query.explain, reach_m);
        let mut hits = self.world.index.read(|view| self.nearest_of(view, &units, search_of, &asked_for));
        drop(units);
        hits.retain(|hit| !answer.iter().any(|arriving| arriving.unit.no == hit.unit));
        hits.truncate(query.explain);
        let candidates = self.candidates(query, filter, &hits);
        let last_ms = answer.iter().map(|arriving| arriving.eta_ms).max().unwrap_or(query.most_ms);
        let most_ms = last_ms.saturating_add(LATER_S_MAX * 1_000).min(crate::roads::NEVER - 1);
        let later = to.map(|to| self.later(search, to, most_ms, costs, &candidates)).unwrap_or_default();
        let why = |hit: &Hit| {
            let unit = self.unit_by_no(hit.unit)?;
            let why = self.why(query, filter, hit, &unit, &candidates, &later);
            Some(PassedOver { unit, distance_m: hit.distance_m, why })
        };
        hits.iter().filter_map(why).collect()
    }

    /// Those of the hits who are eligible and on a road.
    fn candidates(&self, query: &ArrivalsQuery, filter: &Filter, hits: &[Hit]) -> Vec<Candidate> {
        let (units, on_roads) = (self.world.units.read(), self.roads().on_roads());
        let candidate = |hit: &Hit| {
            let place = on_roads.place(hit.unit.0)?;
            query.candidate(self.roads(), filter, units.get(hit.unit.index())?, hit.unit.0, place)
        };
        hits.iter().filter_map(candidate).collect()
    }

    /// When they are there, and by which route.
    fn later(
        &self,
        search: &mut Search,
        to: RoadPlace,
        most_ms: u32,
        costs: &Costs,
        candidates: &[Candidate],
    ) -> Vec<(Arrival, Option<Route>)> {
        let roads = self.roads();
        let ways: Vec<_> = candidates.iter().map(|candidate| (candidate.travel, candidate.delay_ms)).collect();
        let question = Question { to, k: candidates.len(), most_ms, ways: &ways };
        let arrivals = search.earliest_of(&roads.graph, costs, &question, candidates);
        let with_route = |arrival: Arrival| {
            let from = candidates.iter().find(|candidate| candidate.who == arrival.who)?.place;
            let route = search.route(&roads.network, &roads.graph, costs, arrival.travel, from, to);
            Some((arrival, route))
        };
        arrivals.into_iter().filter_map(with_route).collect()
    }

    fn why(
        &self,
        query: &ArrivalsQuery,
        filter: &Filter,
        hit: &Hit,
        unit: &UnitView,
        candidates: &[Candidate],
        later: &[(Arrival, Option<Route>)],
    ) -> WhyNot {
        if !filter.statuses.contains(unit.spec.status) {
            return WhyNot::LeftOut(LeftOut::Status(unit.spec.status));
        }
        if filter.seen_since.0.get(usize::from(unit.device.code())).is_some_and(|since| hit.seen < *since) {
            // Any limit on age may have been asked for: then it is too old, though it be live.
            return WhyNot::LeftOut(LeftOut::Contact(unit.contact));
        }
        let movement = &self.roads().movement;
        if let Way::Air(mps) = movement.way(unit.spec.kind, query.urgent) {
            let turn_out_ms = movement.turn_out_ms(unit.spec.kind, unit.spec.status);
            return WhyNot::Later { eta_ms: in_the_air_ms(turn_out_ms, hit.distance_m, mps), over_water: false };
        }
        if let Some((arrival, route)) = later.iter().find(|(arrival, _)| arrival.who == hit.unit.0) {
            let is_bridge =
                |drive: &crate::roads::Drive| self.roads().network.edges().get(drive.edge as usize).is_some_and(|edge| edge.bridge);
            let over_water = route.as_ref().is_some_and(|route| route.drives.iter().any(is_bridge));
            return WhyNot::Later { eta_ms: arrival.eta_ms, over_water };
        }
        if candidates.iter().any(|candidate| candidate.who == hit.unit.0) { WhyNot::NoWay } else { WhyNot::OffRoads }
    }
}
