//! The k earliest: backwards from the place asked for.

use super::{
    super::{Costs, Drive, EdgeNo, NodeNo, RoadGraph, RoadPlace},
    Arrival, Candidate, Question, Search,
    best::Best,
    frontier::Frontier,
    plus, straight_ms,
    way::{Way, Ways},
};

impl Search {
    /// The k who arrive earliest, by time and then number. `on_edge` is given an edge and shows who stands on it and is wanted;
    /// it is asked once for each drive and way of travelling that the search comes by. Exact; linear in the states nearer than
    /// the k-th arrival (see `search`), so it is for when those who are wanted are many. When there are fewer than k
    /// it goes as far as `most_ms`.
    #[must_use]
    pub fn earliest(
        &mut self,
        graph: &RoadGraph,
        costs: &Costs,
        question: &Question<'_>,
        mut on_edge: impl FnMut(EdgeNo, &mut dyn FnMut(Candidate)),
    ) -> Vec<Arrival> {
        if question.k == 0 {
            return Vec::new();
        }
        let ways = Ways::new(costs, question.ways.iter().copied());
        let mut best = Best::new(question.k, question.most_ms);
        on_edge(question.to.edge, &mut |candidate| go_straight(&candidate, question.to, &ways, &mut best));
        walk_back(&mut self.frontier, graph, &ways, question.to, &mut best, |(_, way), node, ms, best| {
            for link in graph.ways_in(node) {
                // Where turns are banned a drive leads to its end from several nodes, of which one is a junction.
                if graph.junction(link.node) != Some(link.node) {
                    continue;
                }
                let Some(cost) = way.cost(link.drive) else { continue };
                let Drive { edge, backward } = Drive::from_no(link.drive);
                on_edge(edge, &mut |Candidate { who, place, travel, delay_ms }| {
                    if travel == way.travel && place.edge == edge {
                        best.offer(who, plus(plus(ms, delay_ms), place.ms_to_end(backward, cost)), way);
                    }
                });
            }
        });
        best.into_arrivals()
    }
}

fn go_straight(candidate: &Candidate, to: RoadPlace, ways: &Ways<'_>, best: &mut Best) {
    let Some((_, way)) = ways.find(candidate.travel) else { return };
    if let Some((ms, _)) = straight_ms(candidate.place, to, way) {
        best.offer(candidate.who, plus(candidate.delay_ms, ms), way);
    }
}

/// Settles the states that are not later than the bound, in order of time, and says of each its way, its node and the time from
/// there to the place.
fn walk_back<'a>(
    frontier: &mut Frontier,
    graph: &RoadGraph,
    ways: &Ways<'a>,
    to: RoadPlace,
    best: &mut Best,
    mut settled: impl FnMut((usize, &Way<'a>), NodeNo, u32, &mut Best),
) {
    // A node's states lie side by side, as many as a power of two.
    let bits = ways.all().len().next_power_of_two().trailing_zeros();
    let state = |node: NodeNo, n: usize| (node << bits) | n as u32;
    frontier.begin(graph.len() << bits);
    for (n, way) in ways.all().iter().enumerate() {
        for drive in [false, true].map(|backward| to.drive(backward)) {
            let (Some(cost), Some(head)) = (way.cost(drive.no()), graph.head(drive.no())) else { continue };
            let ms = plus(way.least_ms, to.ms_from_start(drive.backward, cost));
            for link in graph.ways_in(head).iter().filter(|link| link.drive == drive.no()) {
                frontier.offer(state(link.node, n), ms);
            }
        }
    }
    while let Some((ms, at)) = frontier.settle() {
        if ms > best.bound_ms() {
            return;
        }
        let (node, n) = (at >> bits, (at & ((1 << bits) - 1)) as usize);
        let Some(way) = ways.all().get(n) else { continue };
        settled((n, way), node, ms - way.least_ms, best);
        let bound_ms = best.bound_ms();
        for link in graph.ways_in(node) {
            let Some(cost) = way.cost(link.drive) else { continue };
            let ms = plus(ms, cost);
            if ms <= bound_ms {
                frontier.offer(state(link.node, n), ms);
            }
        }
    }
}
