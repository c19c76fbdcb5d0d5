//! How far somebody gets: forwards from a place.

use super::{
    super::{Costs, NodeNo, RoadGraph, RoadPlace, Travel},
    Search, plus,
    way::Way,
};

/// Where somebody gets to, and when.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    search: &'a Search,
}

impl<'a> Reach<'a> {
    /// The nodes in order of time, milliseconds.
    #[must_use]
    pub fn nodes(&self) -> &'a [(NodeNo, u32)] {
        &self.search.settled
    }

    /// The time to a node, milliseconds; none when it lies beyond.
    #[must_use]
    pub fn ms(&self, node: NodeNo) -> Option<u32> {
        self.search.frontier.ms(node)
    }
}

impl Search {
    /// The nodes that somebody reaches within a time, milliseconds. Dijkstra's algorithm forwards; linear in what is reached, some
    /// 50 ns a node. What is reached of the place's own edge without passing a node, [`RoadPlace::ms_to`] says.
    pub fn reach(&mut self, graph: &RoadGraph, costs: &Costs, travel: Travel, from: RoadPlace, most_ms: u32) -> Reach<'_> {
        let way = Way { travel, least_ms: 0, costs: costs.of(travel) };
        self.frontier.begin(graph.len());
        self.settled.clear();
        for drive in [false, true].map(|backward| from.drive(backward)) {
            let (Some(cost), Some(head)) = (way.cost(drive.no()), graph.head(drive.no())) else { continue };
            let ms = from.ms_to_end(drive.backward, cost);
            if ms <= most_ms {
                self.frontier.offer(head, ms);
            }
        }
        while let Some((ms, node)) = self.frontier.settle() {
            self.settled.push((node, ms));
            for link in graph.ways_out(node) {
                let Some(cost) = way.cost(link.drive) else { continue };
                let ms = plus(ms, cost);
                if ms <= most_ms {
                    self.frontier.offer(link.node, ms);
                }
            }
        }
        Reach { search: self }
    }
}
