//! The k earliest of few: one after another, who may be earliest first.

use super::{
    super::{Costs, Link, NodeNo, RoadGraph, RoadPlace},
    Arrival, Candidate, Question, Search,
    best::Best,
    landmarks::{Bounds, Landmarks, Post},
    plus, straight_ms,
    way::Way,
};

/// Somebody on the way to the place.
#[derive(Debug)]
struct Comer<'a> {
    candidate: Candidate,
    way: Way<'a>,
    bounds: Bounds<'a>,
    /// The nodes that they may come to first, and when, milliseconds.
    starts: [Option<(NodeNo, Post<'a>, u32)>; 2],
}

impl<'a> Comer<'a> {
    fn new(candidate: Candidate, graph: &RoadGraph, costs: &'a Costs, landmarks: &'a Landmarks) -> Self {
        let Candidate { place, travel, delay_ms, .. } = candidate;
        let way = Way { travel, least_ms: delay_ms, costs: costs.of(travel) };
        let bounds = landmarks.of(travel, costs);
        let starts = [false, true].map(|backward| {
            let drive = place.drive(backward).no();
            let ms = plus(delay_ms, place.ms_to_end(backward, way.cost(drive)?));
            let node = graph.head(drive)?;
            Some((node, bounds.post(node), ms))
        });
        Self { candidate, way, bounds, starts }
    }

    /// They are not at a node sooner, milliseconds; none when they cannot move.
    fn least_ms(&self, node: NodeNo) -> Option<u32> {
        let post = self.bounds.post(node);
        self.starts.iter().flatten().map(|(_, start, ms)| plus(*ms, self.bounds.least_ms(*start, post))).min()
    }

    /// The nodes that the place is driven to from, each with the time and the drive.
    fn last_links(&self, graph: &RoadGraph, to: RoadPlace) -> impl Iterator<Item = (Link, u32)> {
        [false, true].into_iter().flat_map(move |backward| {
            let drive = to.drive(backward).no();
            let last = self.way.cost(drive).zip(graph.head(drive));
            last.into_iter().flat_map(move |(cost, head)| {
                let links = graph.ways_in(head).iter().filter(move |link| link.drive == drive);
                links.map(move |link| (*link, to.ms_from_start(backward, cost)))
            })
        })
    }

    /// They are there straight along the edge, milliseconds.
    fn straight_ms(&self, to: RoadPlace) -> Option<u32> {
        straight_ms(self.candidate.place, to, &self.way).map(|(ms, _)| plus(self.candidate.delay_ms, ms))
    }

    /// They are not there sooner, milliseconds; none when they never are.
    fn least_eta_ms(&self, graph: &RoadGraph, to: RoadPlace) -> Option<u32> {
        let round = self.last_links(graph, to).filter_map(|(link, ms)| Some(plus(self.least_ms(link.node)?, ms)));
        round.chain(self.straight_ms(to)).min()
    }
}

impl Search {
    /// The k earliest, as [`Search::earliest`], of few candidates who are known. Exact. Landmarks say when each can be there at the
    /// earliest; in that order each is searched for by itself, in the direction in which they are (A*), until nobody who is left can
    /// be among the k. Linear in the candidates, and in what is looked at for hardly more than k of them.
    #[must_use]
    pub fn earliest_of_few(
        &mut self,
        graph: &RoadGraph,
        costs: &Costs,
        landmarks: &Landmarks,
        question: &Question<'_>,
        candidates: &[Candidate],
    ) -> Vec<Arrival> {
        let wanted = candidates.iter().filter(|candidate| question.ways.iter().any(|(travel, _)| *travel == candidate.travel));
        let comers: Vec<Comer<'_>> = wanted.map(|candidate| Comer::new(*candidate, graph, costs, landmarks)).collect();
        let may_be = comers.iter().filter_map(|comer| Some((comer.least_eta_ms(graph, question.to)?, comer)));
        let mut order: Vec<(u32, &Comer<'_>)> = may_be.collect();
        order.sort_unstable_by_key(|(least_ms, comer)| (*least_ms, comer.candidate.who));
        let mut best = Best::new(question.k, question.most_ms);
        for (least_ms, comer) in order {
            if question.k == 0 || least_ms > best.bound_ms() {
                break;
            }
            if let Some(ms) = self.eta_ms(graph, comer, question.to, best.bound_ms()) {
                best.offer(comer.candidate.who, ms, &comer.way);
            }
        }
        best.into_arrivals()
    }

    /// When somebody is there; none when that is later than a bound. States are in order of the earliest arrival that is possible
    /// by them.
    fn eta_ms(&mut self, graph: &RoadGraph, comer: &Comer<'_>, to: RoadPlace, bound_ms: u32) -> Option<u32> {
        self.frontier.begin(graph.len());
        self.ahead_ms.resize(graph.len().max(self.ahead_ms.len()), 0);
        let mut bound_ms = bound_ms;
        let mut best = comer.straight_ms(to).filter(|ms| *ms <= bound_ms);
        for (link, ms) in comer.last_links(graph, to) {
            self.offer_by(comer, link.node, ms, bound_ms);
        }
        while let Some((least_ms, node)) = self.frontier.settle() {
            bound_ms = best.unwrap_or(bound_ms);
            if best.is_some() && least_ms >= bound_ms {
                break;
            }
            let ms = least_ms - self.ahead_ms.get(node as usize).copied().unwrap_or_default();
            for (_, _, start_ms) in comer.starts.iter().flatten().filter(|(start, ..)| *start == node) {
                let ms = plus(ms, *start_ms);
                if ms <= bound_ms {
                    best = Some(best.map_or(ms, |best| best.min(ms)));
                }
            }
            for link in graph.ways_in(node) {
                if let Some(cost) = comer.way.cost(link.drive) {
                    self.offer_by(comer, link.node, plus(ms, cost), bound_ms);
                }
            }
        }
        best
    }

    /// A way from a node to the place, unless nobody who comes by it can be there in time.
    fn offer_by(&mut self, comer: &Comer<'_>, node: NodeNo, ms: u32, bound_ms: u32) {
        let Some(slot) = self.ahead_ms.get_mut(node as usize) else { return };
        if self.frontier.ms(node).is_none() {
            let Some(least_ms) = comer.least_ms(node) else { return };
            *slot = least_ms;
        }
        let least_ms = plus(ms, *slot);
        if least_ms <= bound_ms {
            self.frontier.offer(node, least_ms);
        }
    }
}
