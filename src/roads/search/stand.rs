//! Few candidates, found by the nodes that they come to.

use super::super::NodeNo;

/// Somebody comes to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stand {
    node: NodeNo,
    way: u8,
    pub(super) who: u32,
    /// How long until then, milliseconds, the delay included.
    pub(super) ms: u32,
}

/// Who comes to which node first. A bit for each node says whether anybody does: of the many nodes that a search settles few
/// have somebody, and the bits stay in the nearest cache.
#[derive(Debug, Default)]
pub(super) struct Stands {
    stands: Vec<Stand>,
    marks: Vec<u64>,
}

impl Stands {
    fn mark(&mut self, node: NodeNo) -> Option<&mut u64> {
        self.marks.get_mut(node as usize / 64)
    }

    /// Begins anew, for so many nodes.
    pub(super) fn begin(&mut self, nodes: usize) {
        let mut stands = std::mem::take(&mut self.stands);
        for stand in stands.drain(..) {
            if let Some(mark) = self.mark(stand.node) {
                *mark = 0;
            }
        }
        self.stands = stands;
        if self.marks.len() * 64 < nodes {
            self.marks.resize(nodes.div_ceil(64), 0);
        }
    }

    /// Notes that somebody comes to a node.
    pub(super) fn note(&mut self, node: NodeNo, way: usize, who: u32, ms: u32) {
        self.stands.push(Stand { node, way: way as u8, who, ms });
        if let Some(mark) = self.mark(node) {
            *mark |= 1 << (node % 64);
        }
    }

    /// After the last note.
    pub(super) fn sort(&mut self) {
        self.stands.sort_unstable();
    }

    /// Who comes to a node by a way.
    pub(super) fn at(&self, node: NodeNo, way: usize) -> impl Iterator<Item = &Stand> {
        let is_marked = self.marks.get(node as usize / 64).is_some_and(|mark| mark & (1 << (node % 64)) != 0);
        let key = (node, way as u8);
        let first = if is_marked { self.stands.partition_point(|stand| (stand.node, stand.way) < key) } else { self.stands.len() };
        self.stands.iter().skip(first).take_while(move |stand| (stand.node, stand.way) == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_noted_is_found_until_the_next_beginning() {
        let mut stands = Stands::default();
        stands.begin(200);
        for (node, way, who) in [(130, 1, 5), (130, 0, 6), (3, 1, 7), (130, 1, 4)] {
            stands.note(node, way, who, 10);
        }
        stands.sort();
        let at = |stands: &Stands, node, way| stands.at(node, way).map(|stand| stand.who).collect::<Vec<_>>();
        assert_eq!((at(&stands, 130, 1), at(&stands, 130, 0), at(&stands, 3, 1)), (vec![4, 5], vec![6], vec![7]));
        assert!(at(&stands, 3, 0).is_empty() && at(&stands, 131, 1).is_empty() && at(&stands, 9_999, 1).is_empty());
        stands.begin(100);
        stands.sort();
        assert!(at(&stands, 130, 1).is_empty() && stands.marks.iter().all(|mark| *mark == 0));
    }
}
