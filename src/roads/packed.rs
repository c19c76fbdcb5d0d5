//! Junctions and edges as they lie in memory, and as they are seen.

use super::{
    DriveNo, JunctionNo, RoadClass, RoadNetwork,
    line::{Point, Shape},
    names::RoadName,
};
use crate::geodesy::LatLng;

/// One-way: only from `from` to `to`.
pub(super) const ONE_WAY: u8 = 1;
/// Over water.
pub(super) const BRIDGE: u8 = 2;

/// An edge: 24 bytes. Its line's inner points end at `points_end` of the network's, and start where those of the edge before end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PackedEdge {
    pub(super) from: JunctionNo,
    pub(super) to: JunctionNo,
    pub(super) name: u32,
    pub(super) length_mm: u32,
    pub(super) points_end: u32,
    pub(super) class: RoadClass,
    pub(super) speed_kmh: u8,
    pub(super) flags: u8,
}

/// One stretch of road between two junctions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge<'a> {
    /// The junction that its line starts at.
    pub from: JunctionNo,
    /// The junction that its line ends at.
    pub to: JunctionNo,
    /// What kind of road it is.
    pub class: RoadClass,
    /// Speed on it in km/h, at least 1.
    pub speed_kmh: u8,
    /// Only from `from` to `to`.
    pub one_way: bool,
    /// Over water.
    pub bridge: bool,
    /// Its name; edges of one road share it.
    pub name: RoadName<'a>,
    /// Its line, both ends included.
    pub shape: Shape<'a>,
}

/// The edges of a network.
#[derive(Debug, Clone, Copy)]
pub struct Edges<'a>(pub(super) &'a RoadNetwork);

impl<'a> Edges<'a> {
    /// How many there are.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.edges.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.edges.is_empty()
    }

    /// An edge by its number. Constant time.
    #[must_use]
    pub fn get(self, edge: usize) -> Option<Edge<'a>> {
        let RoadNetwork { junctions, edges, points, names, .. } = self.0;
        let packed = edges.get(edge)?;
        let start = edge.checked_sub(1).and_then(|before| edges.get(before)).map_or(0, |before| before.points_end);
        Some(Edge {
            from: packed.from,
            to: packed.to,
            class: packed.class,
            speed_kmh: packed.speed_kmh,
            one_way: packed.flags & ONE_WAY != 0,
            bridge: packed.flags & BRIDGE != 0,
            name: names.get(packed.name),
            shape: Shape {
                first: *junctions.get(packed.from as usize)?,
                inner: points.get(start as usize..packed.points_end as usize)?,
                last: *junctions.get(packed.to as usize)?,
            },
        })
    }

    /// All of them, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Edge<'a>> + Clone {
        (0..self.len()).filter_map(move |edge| self.get(edge))
    }
}

/// The junctions of a network.
#[derive(Debug, Clone, Copy)]
pub struct Junctions<'a>(pub(super) &'a [Point]);

impl<'a> Junctions<'a> {
    /// How many there are.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Where a junction is.
    #[must_use]
    pub fn get(self, junction: usize) -> Option<LatLng> {
        self.0.get(junction).map(|point| point.at())
    }

    /// Where each is, in the order of their numbers.
    pub fn iter(self) -> impl ExactSizeIterator<Item = LatLng> + Clone + use<'a> {
        self.0.iter().map(|point| point.at())
    }
}

/// The drives that lead out of each junction, one-way respected, side by side.
#[derive(Debug, Default, Clone)]
pub struct WaysOut {
    /// Where those of each junction start; one more than there are junctions.
    starts: Box<[u32]>,
    drives: Box<[DriveNo]>,
}

impl WaysOut {
    /// Linear.
    pub(super) fn new(junctions: usize, edges: &[PackedEdge]) -> Self {
        let out = |(no, edge): (usize, &PackedEdge)| {
            let back = (edge.flags & ONE_WAY == 0).then_some((edge.to, 2 * no as DriveNo + 1));
            std::iter::once((edge.from, 2 * no as DriveNo)).chain(back)
        };
        let all = || edges.iter().enumerate().flat_map(out);
        let mut starts = vec![0_u32; junctions + 1];
        for (from, _) in all() {
            if let Some(slot) = starts.get_mut(from as usize) {
                *slot += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut starts {
            sum += std::mem::replace(slot, sum);
        }
        let (mut free, mut drives) = (starts.clone(), vec![0; sum as usize]);
        for (from, drive) in all() {
            if let Some(at) = free.get_mut(from as usize) {
                if let Some(slot) = drives.get_mut(*at as usize) {
                    *slot = drive;
                }
                *at += 1;
            }
        }
        Self { starts: starts.into(), drives: drives.into() }
    }

    /// Out of one; none for a number that is no junction.
    #[must_use]
    pub fn of(&self, junction: JunctionNo) -> &[DriveNo] {
        let junction = junction as usize;
        match (self.starts.get(junction), self.starts.get(junction + 1)) {
            (Some(&start), Some(&end)) => self.drives.get(start as usize..end as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}
