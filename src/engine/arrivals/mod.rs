//! Who is there first: along the roads as they are now, and straight through the air.
//!
//! Exact over all kinds: those who go by road are found by one search backwards from the place ([`Search::earliest`]), those
//! who fly by distance, kind by kind and status by status, since all of one kind and status fly alike. Each kind has its own
//! way and its own time to move off ([`super::Movement`]).

mod why;

pub use why::{LATER_S_MAX, PassedOver, WhyNot};

use super::{Freshness, Roads, SeenWorld, UnitView, Way, unit::Unit};
use crate::{
    geodesy::{LatLng, haversine_m},
    index::Filter,
    model::{KindSet, Timestamp, UnitNo},
    roads::{Arrival, Candidate, Costs, EdgeNo, NEVER, Question, RoadPlace, Route, Search, Travel},
};

/// A place that is farther than this from every road that may be used is reached by nobody who does not fly, metres.
pub const TO_ROADS_M_MAX: f64 = 2_000.0;
/// When no more units than this are eligible, they are looked up beforehand and searched for one after another; nobody waits for
/// that.
const FEW: usize = 64;

/// Who is there first?
#[derive(Debug, Clone, PartialEq)]
pub struct ArrivalsQuery {
    /// Where.
    pub at: LatLng,
    /// How many.
    pub k: usize,
    /// Nobody who arrives later than this, milliseconds.
    pub most_ms: u32,
    /// Of whom; its `seen_since` is set from `freshness`.
    pub filter: Filter,
    /// How new the fix must be.
    pub freshness: Freshness,
    /// Under blue light.
    pub urgent: bool,
    /// Of how many who are nearer and lost is said why.
    pub explain: usize,
}

/// A unit and when it can be there.
#[derive(Debug, Clone)]
pub struct Arriving {
    /// The unit.
    pub unit: UnitView,
    /// As the crow flies, metres.
    pub distance_m: f64,
    /// When it is there, milliseconds from now, moving off included.
    pub eta_ms: u32,
    /// Until it moves off, milliseconds.
    pub turn_out_ms: u32,
    /// How it goes.
    pub way: Way,
    /// Its route; none through the air.
    pub route: Option<Route>,
}

/// Who is there first, and why not those who are nearer.
#[derive(Debug, Clone)]
pub struct ArrivalsAnswer {
    /// The place on the roads that units go to, and the metres from there; none when no road that may be used is near.
    pub to: Option<(RoadPlace, f64)>,
    /// By time, then number.
    pub units: Vec<Arriving>,
    /// Units of the kinds, capabilities and organisation asked for that are nearer, as the crow flies, than somebody of the
    /// answer; where it has fewer than k, than nobody. Nearest first.
    pub passed_over: Vec<PassedOver>,
}

/// Somebody found, before its unit and its route are looked up.
#[derive(Debug, Clone, Copy)]
struct Found {
    unit: UnitNo,
    eta_ms: u32,
    /// Where it is on the roads; none in the air.
    place: Option<RoadPlace>,
}

impl ArrivalsQuery {
    /// The ways that anybody goes by who is eligible, each with the least time to move off.
    fn ways(&self, roads: &Roads) -> Vec<(Travel, u32)> {
        let mut ways: Vec<(Travel, u32)> = Vec::new();
        for kind in self.filter.kinds.iter() {
            let Way::Road(travel) = roads.movement.way(kind, self.urgent) else { continue };
            let least_ms = self.filter.statuses.iter().map(|status| roads.movement.turn_out_ms(kind, status)).min();
            match (least_ms, ways.iter_mut().find(|(known, _)| *known == travel)) {
                (Some(ms), Some((_, least))) => *least = ms.min(*least),
                (Some(ms), None) => ways.push((travel, ms)),
                (None, _) => {}
            }
        }
        ways
    }

    /// The unit as somebody who may be sent by road.
    fn candidate(&self, roads: &Roads, filter: &Filter, unit: &Unit, no: u32, place: RoadPlace) -> Option<Candidate> {
        let (device, _) = unit.last.state();
        let tag = unit.tag(device, unit.last.time()?);
        let Way::Road(travel) = roads.movement.way(tag.kind, self.urgent) else { return None };
        let delay_ms = roads.movement.turn_out_ms(tag.kind, tag.status);
        filter.wants(&tag).then_some(Candidate { who: no, place, travel, delay_ms })
    }
}

impl SeenWorld<'_> {
    /// The units that are there first, exact in order, and why not the nearer ones. The scratch is used again and again by its
    /// thread. The search holds up commands and changes of edges only where many units are eligible, and is then short.
    #[must_use]
    pub fn arrivals(&self, search: &mut Search, query: &ArrivalsQuery, now: Timestamp) -> ArrivalsAnswer {
        let filter = Filter { seen_since: self.world.seen_since(query.freshness, now), ..query.filter };
        let (roads, ways) = (self.roads(), query.ways(self.roads()));
        // All of one answer is true of the same costs.
        let costs = roads.costs();
        let may_be_used = |edge: EdgeNo| ways.iter().any(|(travel, _)| is_open(&costs, *travel, edge));
        let to = roads.snapper.nearest(query.at, TO_ROADS_M_MAX, may_be_used);
        let mut found = self.through_the_air(query, &filter);
        if let Some((to, _)) = to {
            let question = Question { to, k: query.k, most_ms: query.most_ms, ways: &ways };
            found.extend(self.along_roads(search, query, &filter, &question, &costs));
        }
        found.sort_unstable_by_key(|found| (found.eta_ms, found.unit));
        found.truncate(query.k);
        let mut units: Vec<Arriving> = found.iter().filter_map(|found| self.arriving(query, found)).collect();
        for (arriving, found) in units.iter_mut().zip(&found) {
            if let (Way::Road(travel), Some(from), Some((to, _))) = (arriving.way, found.place, to) {
                arriving.route = search.route(&roads.network, &roads.graph, &costs, travel, from, to);
            }
        }
        let passed_over = self.passed_over(search, query, &filter, to.map(|(to, _)| to), &costs, &units);
        ArrivalsAnswer { to, units, passed_over }
    }

    /// The first of those who go by road.
    fn along_roads(
        &self,
        search: &mut Search,
        query: &ArrivalsQuery,
        filter: &Filter,
        question: &Question<'_>,
        costs: &Costs,
    ) -> Vec<Found> {
        let roads = self.roads();
        let units = self.world.units.read();
        let candidate = |no: u32, place| {
            let unit = units.get(no as usize).filter(|unit| self.sight.sees(UnitNo(no), unit.spec().org_no()))?;
            query.candidate(roads, filter, unit, no, place)
        };
        let on_ground = Filter { kinds: filter.kinds.iter().filter(|kind| !kind.flies()).collect::<KindSet>(), ..*filter };
        let near = self.world.index.read(|view| self.nearest_of(view, &units, (query.at, FEW + 1, None), &on_ground));
        let on_roads = roads.on_roads();
        // Without landmarks one search for all is faster than one for each of few.
        if near.len() > FEW || costs.landmarks().is_empty() {
            let on_edge = |edge, visit: &mut dyn FnMut(Candidate)| {
                on_roads.on(edge).filter_map(|(no, place)| candidate(no, place)).for_each(visit);
            };
            let arrivals = search.earliest(&roads.graph, costs, question, on_edge);
            return arrivals
                .iter()
                .map(|Arrival { who, eta_ms, .. }| Found { unit: UnitNo(*who), eta_ms: *eta_ms, place: on_roads.place(*who) })
                .collect();
        }
        let few: Vec<_> = near.iter().filter_map(|hit| candidate(hit.unit.0, on_roads.place(hit.unit.0)?)).collect();
        drop((on_roads, units));
        let place = |who| few.iter().find(|candidate| candidate.who == who).map(|candidate| candidate.place);
        let arrivals = search.earliest_of(&roads.graph, costs, question, &few);
        arrivals.iter().map(|Arrival { who, eta_ms, .. }| Found { unit: UnitNo(*who), eta_ms: *eta_ms, place: place(*who) }).collect()
    }

    /// The first of each kind that flies and each status.
    fn through_the_air(&self, query: &ArrivalsQuery, filter: &Filter) -> Vec<Found> {
        let movement = &self.roads().movement;
        let units = self.world.units.read();
        let mut found = Vec::new();
        for kind in filter.kinds.iter() {
            let Way::Air(mps) = movement.way(kind, query.urgent) else { continue };
            for status in filter.statuses.iter() {
                let turn_out_ms = movement.turn_out_ms(kind, status);
                let alike = Filter { kinds: std::iter::once(kind).collect(), statuses: std::iter::once(status).collect(), ..*filter };
                let hits = self.world.index.read(|view| self.nearest_of(view, &units, (query.at, query.k, None), &alike));
                found.extend(hits.iter().filter_map(|hit| {
                    let eta_ms = in_the_air_ms(turn_out_ms, hit.distance_m, mps);
                    (eta_ms <= query.most_ms).then_some(Found { unit: hit.unit, eta_ms, place: None })
                }));
            }
        }
        found
    }

    fn arriving(&self, query: &ArrivalsQuery, found: &Found) -> Option<Arriving> {
        let unit = self.unit_by_no(found.unit)?;
        let movement = &self.roads().movement;
        Some(Arriving {
            distance_m: haversine_m(query.at, unit.fix?.at),
            eta_ms: found.eta_ms,
            turn_out_ms: movement.turn_out_ms(unit.spec.kind, unit.spec.status),
            way: movement.way(unit.spec.kind, query.urgent),
            route: None,
            unit,
        })
    }
}

/// Whether somebody may drive an edge in any direction.
fn is_open(costs: &Costs, travel: Travel, edge: EdgeNo) -> bool {
    let drives = 2 * edge as usize..2 * edge as usize + 2;
    costs.of(travel).get(drives).is_some_and(|drives| drives.iter().any(|ms| *ms != NEVER))
}

/// The time to move off and to fly so far, in whole milliseconds.
fn in_the_air_ms(turn_out_ms: u32, distance_m: f64, mps: f64) -> u32 {
    // Conversions saturate.
    turn_out_ms.saturating_add((distance_m / mps * 1_000.0).round() as u32).min(NEVER - 1)
}
