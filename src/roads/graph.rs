//! The network as searches walk it: nodes, and the drives between them, both ways.
//!
//! A node is a junction. Where turns are banned, each drive that may not go on as it likes ends at a node of its own, from
//! which only what is allowed leads on; so a search over nodes keeps every ban without knowing of any. The nodes of junctions
//! come first and have their numbers.

use super::{Ban, DriveNo, JunctionNo, RoadNetwork, lists::Lists};

/// A node's number.
pub type NodeNo = u32;

/// A step from a node, or to one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Link {
    /// The node at the other end.
    pub node: NodeNo,
    /// The drive that leads there, or from there.
    pub drive: DriveNo,
}

/// The network as a graph of nodes. Every drive of every edge is in it, against a one-way street, too: what may not be driven
/// costs [`NEVER`](super::NEVER), for whoever may not.
#[derive(Debug, Default)]
pub struct RoadGraph {
    junctions: usize,
    nodes: usize,
    out: Lists<Link>,
    into: Lists<Link>,
    /// By drive: the node that it ends at.
    heads: Vec<NodeNo>,
    /// The junctions of the nodes that are not junctions.
    extra: Vec<JunctionNo>,
}

impl RoadGraph {
    /// The graph of a network. Linear but for sorting the bans.
    #[must_use]
    pub fn new(network: &RoadNetwork) -> Self {
        Self::of(network, network.bans())
    }

    /// The graph for whoever does not mind banned turns.
    #[must_use]
    pub fn without_bans(network: &RoadNetwork) -> Self {
        Self::of(network, &[])
    }

    fn of(network: &RoadNetwork, bans: &[Ban]) -> Self {
        let (junctions, drives) = (network.junctions().len(), 2 * network.edges().len() as DriveNo);
        let mut bans: Vec<(DriveNo, DriveNo)> = bans.iter().map(|ban| (ban.from.no(), ban.to.no())).collect();
        bans.sort_unstable();
        let ends = |drive: DriveNo| network.ends(drive).unwrap_or_default();
        // A node for each drive after which something is banned.
        let mut heads: Vec<NodeNo> = (0..drives).map(|drive| ends(drive).1).collect();
        let mut extra: Vec<(JunctionNo, DriveNo)> = Vec::new();
        for (from, _) in &bans {
            if extra.last().is_none_or(|(_, last)| last != from) {
                if let Some(head) = heads.get_mut(*from as usize) {
                    *head = (junctions + extra.len()) as NodeNo;
                }
                extra.push((ends(*from).1, *from));
            }
        }
        let head = |drive: DriveNo| heads.get(drive as usize).copied().unwrap_or_default();
        let plain = Lists::new(junctions, (0..drives).map(|drive| (ends(drive).0, Link { node: head(drive), drive })));
        let after = extra.iter().zip(junctions as NodeNo..).flat_map(|((junction, from), node)| {
            let allowed = |link: &&Link| bans.binary_search(&(*from, link.drive)).is_err();
            plain.of(*junction).iter().filter(allowed).map(move |link| (node, *link))
        });
        let before = (0..drives).map(|drive| (ends(drive).0, Link { node: head(drive), drive }));
        let all: Vec<(NodeNo, Link)> = before.chain(after).collect();
        let nodes = junctions + extra.len();
        let into = all.iter().map(|(from, link)| (link.node, Link { node: *from, drive: link.drive }));
        Self {
            junctions,
            nodes,
            out: Lists::new(nodes, all.iter().copied()),
            into: Lists::new(nodes, into),
            extra: extra.iter().map(|(junction, _)| *junction).collect(),
            heads,
        }
    }

    /// How many nodes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.nodes
    }

    /// Whether there are no nodes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.nodes == 0
    }

    /// The ways on from a node.
    #[must_use]
    pub fn ways_out(&self, node: NodeNo) -> &[Link] {
        self.out.of(node)
    }

    /// The ways that lead to a node, each with the node that it may be taken from.
    #[must_use]
    pub fn ways_in(&self, node: NodeNo) -> &[Link] {
        self.into.of(node)
    }

    /// The node that a drive ends at.
    #[must_use]
    pub fn head(&self, drive: DriveNo) -> Option<NodeNo> {
        self.heads.get(drive as usize).copied()
    }

    /// The junction that a node is of.
    #[must_use]
    pub fn junction(&self, node: NodeNo) -> Option<JunctionNo> {
        match (node as usize).checked_sub(self.junctions) {
            None => Some(node),
            Some(extra) => self.extra.get(extra).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geodesy::LatLng,
        model::Name,
        roads::{Ban, Drive, RoadClass, RoadEdge, RoadError},
    };

    fn edge(from: u32, to: u32) -> RoadEdge {
        let at = |n: u32| LatLng::new(22.8, 108.3 + 0.01 * f64::from(n)).unwrap();
        RoadEdge {
            from,
            to,
            class: RoadClass::Street,
            speed_kmh: 36,
            one_way: false,
            bridge: false,
            name: std::sync::Arc::new(Name::default()),
            shape: [at(from), at(to)].into(),
        }
    }

    /// Three junctions in a row, a fourth beyond the second; from the first one may not go on to the third.
    fn network() -> RoadNetwork {
        let junctions = (0..4).map(|n| LatLng::new(22.8, 108.3 + 0.01 * f64::from(n)).unwrap()).collect();
        RoadNetwork::new(junctions, vec![edge(0, 1), edge(1, 2), edge(1, 3)]).unwrap()
    }

    const fn forward(edge: u32) -> Drive {
        Drive { edge, backward: false }
    }

    #[test]
    fn without_bans_nodes_are_junctions() {
        let graph = RoadGraph::new(&network());
        let out = |n| graph.ways_out(n).iter().map(|link| (link.node, link.drive)).collect::<Vec<_>>();
        assert_eq!((graph.len(), out(0), out(1)), (4, vec![(1, 0)], vec![(0, 1), (2, 2), (3, 4)]));
        let into = |n| graph.ways_in(n).iter().map(|link| (link.node, link.drive)).collect::<Vec<_>>();
        assert_eq!((into(1), into(2)), (vec![(0, 0), (2, 3), (3, 5)], vec![(1, 2)]));
    }

    #[test]
    fn a_banned_turn_has_no_link_and_the_others_do() {
        let graph = RoadGraph::new(&network().with_bans(vec![Ban { from: forward(0), to: forward(1) }]).unwrap());
        assert_eq!((graph.len(), graph.head(0), graph.junction(4)), (5, Some(4), Some(1)));
        let out = |n| graph.ways_out(n).iter().map(|link| (link.node, link.drive)).collect::<Vec<_>>();
        // From the first junction: back, or on to the fourth. Whoever starts at the second may go anywhere.
        assert_eq!((out(0), out(4), out(1)), (vec![(4, 0)], vec![(0, 1), (3, 4)], vec![(0, 1), (2, 2), (3, 4)]));
        let into = |n| graph.ways_in(n).iter().map(|link| (link.node, link.drive)).collect::<Vec<_>>();
        assert_eq!((into(2), into(3)), (vec![(1, 2)], vec![(1, 4), (4, 4)]));
    }

    #[test]
    fn a_ban_must_be_of_a_turn() {
        let wrong = network().with_bans(vec![Ban { from: forward(1), to: forward(0) }]).unwrap_err();
        assert_eq!(wrong, RoadError::NoTurn { from: 2, to: 0 });
        assert!(matches!(network().with_bans(vec![Ban { from: forward(9), to: forward(0) }]), Err(RoadError::NoTurn { .. })));
    }
}
