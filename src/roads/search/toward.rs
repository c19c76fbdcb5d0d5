//! From one place to another, in the direction in which it lies.

use super::{
    super::{Costs, Drive, Link, NodeNo, RoadGraph, RoadPlace},
    Candidate, Search,
    landmarks::{Bounds, Post},
    plus, straight_ms,
    way::Way,
};

/// Where the last drive begins nothing follows.
pub(super) const END: NodeNo = NodeNo::MAX;

/// How somebody may begin: along a drive to the node at its end.
#[derive(Debug, Clone, Copy)]
struct Start<'a> {
    drive: Drive,
    node: NodeNo,
    post: Post<'a>,
    /// When they are at the node, milliseconds.
    ms: u32,
}

/// Somebody on the way to a place.
#[derive(Debug)]
pub(super) struct Comer<'a> {
    pub(super) candidate: Candidate,
    pub(super) way: Way<'a>,
    bounds: Bounds<'a>,
    starts: [Option<Start<'a>>; 2],
}

impl<'a> Comer<'a> {
    pub(super) fn new(candidate: Candidate, graph: &RoadGraph, costs: &'a Costs) -> Self {
        let Candidate { place, travel, delay_ms, .. } = candidate;
        let way = Way { travel, least_ms: delay_ms, costs: costs.of(travel) };
        let bounds = costs.bounds(travel);
        let starts = [false, true].map(|backward| {
            let drive = place.drive(backward);
            let ms = plus(delay_ms, place.ms_to_end(backward, way.cost(drive.no())?));
            let node = graph.head(drive.no())?;
            Some(Start { drive, node, post: bounds.post(node), ms })
        });
        Self { candidate, way, bounds, starts }
    }

    /// They are not at a node sooner, milliseconds; none when they cannot move.
    fn least_ms(&self, node: NodeNo) -> Option<u32> {
        let post = self.bounds.post(node);
        self.starts.iter().flatten().map(|start| plus(start.ms, self.bounds.least_ms(start.post, post))).min()
    }

    /// The nodes that the place is driven to from, each with the drive and the time.
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

    /// Straight along the edge.
    fn straight(&self, to: RoadPlace) -> Option<Best> {
        let (ms, backward) = straight_ms(self.candidate.place, to, &self.way)?;
        Some(Best { ms: plus(self.candidate.delay_ms, ms), first: self.candidate.place.drive(backward), is_straight: true })
    }

    /// They are not there sooner, milliseconds; none when they never are.
    pub(super) fn least_eta_ms(&self, graph: &RoadGraph, to: RoadPlace) -> Option<u32> {
        let round = self.last_links(graph, to).filter_map(|(link, ms)| Some(plus(self.least_ms(link.node)?, ms)));
        round.chain(self.straight(to).map(|best| best.ms)).min()
    }
}

/// The best way of all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Best {
    /// When somebody is there, the delay included, milliseconds.
    pub(super) ms: u32,
    /// The first drive.
    pub(super) first: Drive,
    /// Whether it is the only one.
    pub(super) is_straight: bool,
}

impl Search {
    /// The best way of somebody to a place; none when that is later than a bound. Backwards from the place; nodes are settled in order
    /// of the earliest arrival that is possible by them (A*). How it goes on from each node stays in `onward`.
    pub(super) fn toward(&mut self, graph: &RoadGraph, comer: &Comer<'_>, to: RoadPlace, most_ms: u32) -> Option<Best> {
        self.frontier.begin(graph.len());
        self.ahead_ms.resize(graph.len().max(self.ahead_ms.len()), 0);
        self.onward.resize(graph.len().max(self.onward.len()), Link { node: END, drive: 0 });
        let mut most_ms = most_ms;
        let mut best = comer.straight(to).filter(|best| best.ms <= most_ms);
        for (link, ms) in comer.last_links(graph, to) {
            self.come(comer, link.node, ms, Link { node: END, drive: link.drive }, most_ms);
        }
        while let Some((least_ms, node)) = self.frontier.settle() {
            most_ms = best.map_or(most_ms, |best| best.ms);
            if best.is_some() && least_ms >= most_ms {
                break;
            }
            let ms = least_ms - self.ahead_ms.get(node as usize).copied().unwrap_or_default();
            for start in comer.starts.iter().flatten().filter(|start| start.node == node) {
                let ms = plus(ms, start.ms);
                if ms <= most_ms && best.is_none_or(|best| ms < best.ms) {
                    best = Some(Best { ms, first: start.drive, is_straight: false });
                }
            }
            for link in graph.ways_in(node) {
                if let Some(cost) = comer.way.cost(link.drive) {
                    self.come(comer, link.node, plus(ms, cost), Link { node, drive: link.drive }, most_ms);
                }
            }
        }
        best
    }

    /// Comes to a node from where it leads on, unless nobody who goes by it can be there in time.
    fn come(&mut self, comer: &Comer<'_>, node: NodeNo, ms: u32, onward: Link, most_ms: u32) {
        let (Some(ahead_ms), Some(slot)) = (self.ahead_ms.get_mut(node as usize), self.onward.get_mut(node as usize)) else { return };
        if self.frontier.ms(node).is_none() {
            let Some(least_ms) = comer.least_ms(node) else { return };
            *ahead_ms = least_ms;
        }
        let least_ms = plus(ms, *ahead_ms);
        if least_ms <= most_ms && self.frontier.offer(node, least_ms) {
            *slot = onward;
        }
    }
}
