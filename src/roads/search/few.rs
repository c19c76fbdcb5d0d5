//! The k earliest of few: one after another, who may be earliest first.

use super::{
    super::{Costs, RoadGraph},
    Arrival, Candidate, Question, Search,
    best::Best,
    toward::Comer,
};

impl Search {
    /// The k earliest, as [`Search::earliest`], of few candidates who are known. Exact. Landmarks say when each can be there at the
    /// earliest; in that order each is searched for by itself, in the direction in which they are, until nobody who is left can be
    /// among the k. Linear in the candidates, and in what is looked at for hardly more than k of them; without
    /// [`Costs::landmarks`] for all of them.
    #[must_use]
    pub fn earliest_of(&mut self, graph: &RoadGraph, costs: &Costs, question: &Question<'_>, candidates: &[Candidate]) -> Vec<Arrival> {
        let wanted = candidates.iter().filter(|candidate| question.ways.iter().any(|(travel, _)| *travel == candidate.travel));
        let comers: Vec<Comer<'_>> = wanted.map(|candidate| Comer::new(*candidate, graph, costs)).collect();
        let may_be = comers.iter().filter_map(|comer| Some((comer.least_eta_ms(graph, question.to)?, comer)));
        let mut order: Vec<(u32, &Comer<'_>)> = may_be.collect();
        order.sort_unstable_by_key(|(least_ms, comer)| (*least_ms, comer.candidate.who));
        let mut best = Best::new(question.k, question.most_ms);
        for (least_ms, comer) in order {
            if question.k == 0 || least_ms > best.bound_ms() {
                break;
            }
            if let Some(found) = self.toward(graph, comer, question.to, best.bound_ms()) {
                best.offer(comer.candidate.who, found.ms, &comer.way);
            }
        }
        best.into_arrivals()
    }
}
