//! The earliest arrivals at every node for one way of travelling, kept while sources and costs change.
//!
//! Many sources at once: Dijkstra's search (E. W. Dijkstra, "A note on two problems in connexion with graphs", Numerische Mathematik 1,
//! 1959) from all of them, its labels the least (arrival, number of the unit).
//!
//! # A change
//! Every label is the least over the ways that lead to its node and the units whose drive ends there; call *tight* a way or a
//! unit that gives it. When one goes or grows dearer, the nodes whose label may hang on it are those that tight ways lead to from
//! it: they lose their label ([`Front::lose`]). Each other node has a shortest way that avoids all of them (every drive takes a
//! millisecond or more, so tight ways make no circle), and what remains has only grown dearer: its label stands. Then every node that lost its
//! label, and every node that something new or cheaper leads to, asks its ways and units anew, and what is better spreads
//! ([`Front::win`]): Dijkstra's search again, from the border inwards. This is the dynamic shortest path of G. Ramalingam and T. Reps ("On the
//! computational complexity of dynamic graph problems", Theoretical Computer Science 158, 1996): the cost is that of the nodes that change and
//! their ways, times a logarithm.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    key::{Key, NOBODY, after, ms},
    source::{Source, Sources},
};
use crate::roads::{Drive, DriveNo, NEVER, NodeNo, RoadGraph, Travel};

/// The arrivals of one way of travelling.
#[derive(Debug, Clone)]
pub(super) struct Front {
    pub(super) travel: Travel,
    /// Later is nobody, milliseconds.
    most_ms: u32,
    /// By node.
    keys: Vec<Key>,
    /// Nodes that must ask anew before the labels are right.
    asked: Vec<NodeNo>,
    /// Nodes whose label changed since somebody last looked.
    changed: Vec<NodeNo>,
    heap: BinaryHeap<Reverse<(Key, NodeNo)>>,
    stack: Vec<NodeNo>,
}

/// What a front searches over: the graph, and what each drive costs its way of travelling.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) graph: &'a RoadGraph,
    pub(super) costs: &'a [u32],
    pub(super) sources: &'a Sources,
}

impl Ground<'_> {
    fn cost(&self, drive: DriveNo) -> u32 {
        self.costs.get(drive as usize).copied().unwrap_or(NEVER)
    }
}

impl Front {
    /// With nobody.
    pub(super) fn new(travel: Travel, nodes: usize, most_ms: u32) -> Self {
        let (asked, changed, heap, stack) = (Vec::new(), Vec::new(), BinaryHeap::new(), Vec::new());
        Self { travel, most_ms: most_ms.min(NEVER - 1), keys: vec![NOBODY; nodes], asked, changed, heap, stack }
    }

    /// The earliest arrival at a node.
    pub(super) fn key(&self, node: NodeNo) -> Key {
        self.keys.get(node as usize).copied().unwrap_or(NOBODY)
    }

    /// The earliest arrival at the start of a drive, from where it may be taken.
    pub(super) fn entry(&self, graph: &RoadGraph, drive: DriveNo) -> Key {
        let Some(head) = graph.head(drive) else { return NOBODY };
        graph.ways_in(head).iter().filter(|link| link.drive == drive).map(|link| self.key(link.node)).min().unwrap_or(NOBODY)
    }

    /// The nodes whose label changed since this was last asked; some may be there twice.
    pub(super) fn take_changed(&mut self) -> impl Iterator<Item = NodeNo> {
        self.changed.drain(..)
    }

    /// Before a unit goes: what hangs on it is lost.
    pub(super) fn lose_source(&mut self, ground: Ground<'_>, source: Source) {
        for backward in [false, true] {
            let end = source.at_end(backward, ground.costs);
            self.lose(ground, source.place.drive(backward).no(), end);
        }
    }

    /// Before a drive's cost changes: what hangs on it is lost.
    pub(super) fn lose_drive(&mut self, ground: Ground<'_>, drive: DriveNo) {
        let Drive { edge, backward } = Drive::from_no(drive);
        let here = ground.sources.on_edge(edge).iter().filter(|source| source.travel == self.travel);
        let first = here.map(|source| source.at_end(backward, ground.costs)).min().unwrap_or(NOBODY);
        let end = self.through(self.entry(ground.graph, drive), ground.cost(drive)).min(first);
        self.lose(ground, drive, end);
    }

    /// The node at the end of a drive must ask anew.
    pub(super) fn ask(&mut self, graph: &RoadGraph, drive: DriveNo) {
        self.asked.extend(graph.head(drive));
    }

    /// An arrival by a drive; nobody's when it is too late.
    fn through(&self, start: Key, cost_ms: u32) -> Key {
        self.in_time(after(start, cost_ms))
    }

    fn in_time(&self, key: Key) -> Key {
        if ms(key) > self.most_ms { NOBODY } else { key }
    }

    /// If the label at the end of a drive is this arrival, it is lost, and all that tight ways lead to from there.
    fn lose(&mut self, ground: Ground<'_>, drive: DriveNo, end: Key) {
        let Some(head) = ground.graph.head(drive).filter(|head| end != NOBODY && self.key(*head) == end) else { return };
        self.stack.push(head);
        while let Some(node) = self.stack.pop() {
            let Some(slot) = self.keys.get_mut(node as usize) else { continue };
            let key = std::mem::replace(slot, NOBODY);
            if key == NOBODY {
                continue;
            }
            self.asked.push(node);
            self.changed.push(node);
            for link in ground.graph.ways_out(node) {
                let next = self.through(key, ground.cost(link.drive));
                if next != NOBODY && self.key(link.node) == next {
                    self.stack.push(link.node);
                }
            }
        }
    }

    /// The best that leads to a node now.
    fn best(&self, ground: Ground<'_>, node: NodeNo) -> Key {
        let by = |drive: DriveNo, from: NodeNo| {
            let Drive { edge, backward } = Drive::from_no(drive);
            let here = ground.sources.on_edge(edge).iter().filter(|source| source.travel == self.travel);
            let first = here.map(|source| self.in_time(source.at_end(backward, ground.costs))).min().unwrap_or(NOBODY);
            self.through(self.key(from), ground.cost(drive)).min(first)
        };
        ground.graph.ways_in(node).iter().map(|link| by(link.drive, link.node)).min().unwrap_or(NOBODY)
    }

    /// All that were asked ask anew, and what is better spreads. After it every label is right.
    pub(super) fn win(&mut self, ground: Ground<'_>) {
        // Many units may set out on one edge.
        self.asked.sort_unstable();
        self.asked.dedup();
        while let Some(node) = self.asked.pop() {
            let key = self.best(ground, node);
            if key < self.key(node) {
                self.heap.push(Reverse((key, node)));
            }
        }
        while let Some(Reverse((key, node))) = self.heap.pop() {
            let Some(slot) = self.keys.get_mut(node as usize).filter(|slot| key < **slot) else { continue };
            *slot = key;
            self.changed.push(node);
            for link in ground.graph.ways_out(node) {
                let next = self.through(key, ground.cost(link.drive));
                if next < self.key(link.node) {
                    self.heap.push(Reverse((next, link.node)));
                }
            }
        }
    }
}
