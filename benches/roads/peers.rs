//! What ours is measured beside: from one place to every junction.

use std::{cmp::Reverse, collections::BinaryHeap};

use citygate::roads::{NEVER, NodeNo, RoadGraph, RoadPlace, Travel};
use petgraph::{
    algo::dijkstra,
    graph::{DiGraph, NodeIndex},
};

use crate::town::Town;

/// The textbook's search, written as well as one would: backwards over our own graph, from the end that the place's edge begins
/// at, for one way of travelling, to every node.
pub(crate) struct OneToAll {
    labels: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, NodeNo)>>,
}

impl OneToAll {
    pub(crate) fn new(graph: &RoadGraph) -> Self {
        Self { labels: vec![NEVER; graph.len()], heap: BinaryHeap::new() }
    }

    pub(crate) fn search(&mut self, town: &Town, travel: Travel, to: RoadPlace) -> usize {
        let costs = town.costs.of(travel);
        self.labels.fill(NEVER);
        self.heap.clear();
        let (start, _) = town.network.ends(to.drive(false).no()).unwrap();
        self.labels[start as usize] = 0;
        self.heap.push(Reverse((0, start)));
        let mut settled = 0;
        while let Some(Reverse((ms, node))) = self.heap.pop() {
            if ms > self.labels[node as usize] {
                continue;
            }
            settled += 1;
            for link in town.graph.ways_in(node) {
                let cost = costs[link.drive as usize];
                if cost != NEVER && ms + cost < self.labels[link.node as usize] {
                    self.labels[link.node as usize] = ms + cost;
                    self.heap.push(Reverse((ms + cost, link.node)));
                }
            }
        }
        settled
    }
}

/// petgraph's, over a graph of its own, turned round; it knows no banned turns.
pub(crate) struct Petgraph(DiGraph<(), u32>);

impl Petgraph {
    pub(crate) fn new(town: &Town, travel: Travel) -> Self {
        let costs = town.costs.of(travel).iter().zip(0..).filter(|(cost, _)| **cost != NEVER);
        let links = costs.map(|(cost, drive)| {
            let (from, to) = town.network.ends(drive).unwrap();
            (to, from, *cost)
        });
        Self(DiGraph::from_edges(links))
    }

    pub(crate) fn search(&self, town: &Town, to: RoadPlace) -> usize {
        let (start, _) = town.network.ends(to.drive(false).no()).unwrap();
        dijkstra(&self.0, NodeIndex::new(start as usize), None, |link| *link.weight()).len()
    }
}
