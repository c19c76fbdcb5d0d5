//! Which groups an edge counts for: zones, cells.

use crate::{
    geodesy::LatLng,
    roads::{Drive, EdgeNo, RoadNetwork},
};

/// A group's number.
pub type GroupNo = u32;

/// The groups of every edge. An edge counts as a whole for each of its groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    len: usize,
    /// Where the groups of each edge begin in `of_edges`; one more than there are edges.
    offsets: Vec<u32>,
    of_edges: Vec<GroupNo>,
}

impl Groups {
    /// From a list for each edge, in the order of the edges. Linear.
    #[must_use]
    pub fn new<L: IntoIterator<Item = GroupNo>>(of_edges: impl IntoIterator<Item = L>) -> Self {
        let (mut offsets, mut all) = (vec![0], Vec::new());
        for groups in of_edges {
            let mut groups: Vec<GroupNo> = groups.into_iter().collect();
            groups.sort_unstable();
            groups.dedup();
            all.append(&mut groups);
            offsets.push(all.len() as u32);
        }
        let len = all.iter().max().map_or(0, |most| *most as usize + 1);
        Self { len, offsets, of_edges: all }
    }

    /// Each edge counts for the groups of the middle of its line.
    #[must_use]
    pub fn by_middle<L: IntoIterator<Item = GroupNo>>(network: &RoadNetwork, mut groups_at: impl FnMut(LatLng) -> L) -> Self {
        let middle = |edge: EdgeNo| network.spot(Drive { edge, backward: false }, network.length_m(edge)? / 2.0);
        let edges = 0..network.edges().len() as EdgeNo;
        Self::new(edges.map(|edge| middle(edge).map(|spot| groups_at(spot.at)).into_iter().flatten().collect::<Vec<_>>()))
    }

    /// One more than the highest number.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The groups of an edge.
    #[must_use]
    pub fn of(&self, edge: EdgeNo) -> &[GroupNo] {
        let edge = edge as usize;
        match (self.offsets.get(edge), self.offsets.get(edge + 1)) {
            (Some(&start), Some(&end)) => self.of_edges.get(start as usize..end as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}
