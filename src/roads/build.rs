//! A network while it is made: edge by edge, then what nobody could leave or reach taken out.

use super::{
    Ban, Drive, EDGES_MAX, END_GAP_M_MAX, EdgeNo, JUNCTIONS_MAX, JunctionNo, NAME_BYTES_MAX, POINTS_MAX, RoadClass, RoadEdge, RoadError,
    RoadNetwork,
    connected::strongest,
    line::{Point, Shape},
    names::{NamesWriter, RoadName},
    nearest,
    packed::{BRIDGE, ONE_WAY, PackedEdge, WaysOut},
};
use crate::geodesy::{LatLng, haversine_m};

/// A name that a builder knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameNo(u32);

/// What an edge is beside its line.
#[derive(Debug, Clone, Copy)]
pub struct Road {
    /// What kind of road it is.
    pub class: RoadClass,
    /// Speed on it in km/h, at least 1.
    pub speed_kmh: u8,
    /// Only along its line.
    pub one_way: bool,
    /// Over water.
    pub bridge: bool,
    /// Its name, as the same builder knows it.
    pub name: NameNo,
}

/// Junctions, names and edges so far.
#[derive(Debug, Default)]
pub struct NetworkBuilder {
    junctions: Vec<Point>,
    edges: Vec<PackedEdge>,
    points: Vec<Point>,
    names: NamesWriter,
    bans: Vec<Ban>,
}

/// A part of the roads that could not be reached from the rest and left again, and was taken out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Island {
    /// How many edges.
    pub edges: usize,
    /// How long all of them are.
    pub length_m: f64,
    /// A place in it.
    pub at: LatLng,
}

fn within(what: &'static str, count: usize, max: usize) -> Result<(), RoadError> {
    if count > max { Err(RoadError::TooMany { what, count, max }) } else { Ok(()) }
}

impl NetworkBuilder {
    /// Adds a junction.
    ///
    /// # Errors
    /// [`RoadError::TooMany`].
    pub fn junction(&mut self, at: Point) -> Result<JunctionNo, RoadError> {
        within("junctions", self.junctions.len() + 1, JUNCTIONS_MAX)?;
        self.junctions.push(at);
        Ok(self.junctions.len() as JunctionNo - 1)
    }

    /// Keeps a name, once.
    ///
    /// # Errors
    /// [`RoadError::TooMany`].
    pub fn name(&mut self, name: RoadName<'_>) -> Result<NameNo, RoadError> {
        let no = self.names.no(name);
        within("bytes of names", self.names.bytes(), NAME_BYTES_MAX)?;
        Ok(NameNo(no))
    }

    /// How many edges there are.
    #[must_use]
    pub const fn edges(&self) -> usize {
        self.edges.len()
    }

    /// The junctions that an edge joins.
    #[must_use]
    pub fn ends(&self, edge: EdgeNo) -> Option<[JunctionNo; 2]> {
        self.edges.get(edge as usize).map(|edge| [edge.from, edge.to])
    }

    /// Whether an edge leads one way only.
    #[must_use]
    pub fn one_way(&self, edge: EdgeNo) -> bool {
        self.edges.get(edge as usize).is_some_and(|edge| edge.flags & ONE_WAY != 0)
    }

    /// Adds an edge whose line has its ends, too.
    pub(super) fn add(&mut self, edge: &RoadEdge) -> Result<(), RoadError> {
        let n = self.edges.len();
        let [first, inner @ .., last] = &*edge.shape else { return Err(RoadError::Short { edge: n, count: edge.shape.len() }) };
        for (junction, end) in [(edge.from, first), (edge.to, last)] {
            let at = self.place(junction)?.at();
            let gap_m = haversine_m(at, *end);
            if gap_m > END_GAP_M_MAX {
                return Err(RoadError::EndGap { edge: n, junction, at, gap_m });
            }
        }
        let RoadEdge { class, speed_kmh, one_way, bridge, .. } = *edge;
        let road = Road { class, speed_kmh, one_way, bridge, name: self.name(RoadName::from(&*edge.name))? };
        self.push([edge.from, edge.to], road, inner.iter().map(|at| Point::from(*at))).map(|_| ())
    }

    fn place(&self, junction: JunctionNo) -> Result<Point, RoadError> {
        let found = self.junctions.get(junction as usize).copied();
        found.ok_or(RoadError::NoJunction { edge: self.edges.len(), junction, count: self.junctions.len() })
    }

    /// Adds an edge between two junctions, with the points of its line between its ends.
    ///
    /// # Errors
    /// [`RoadError`] when it does not fit the junctions or a limit.
    pub fn push(&mut self, ends: [JunctionNo; 2], road: Road, inner: impl Iterator<Item = Point>) -> Result<EdgeNo, RoadError> {
        let n = self.edges.len();
        let (first, last) = (self.place(ends[0])?, self.place(ends[1])?);
        if road.speed_kmh == 0 {
            return Err(RoadError::NoSpeed { edge: n });
        }
        let start = self.points.len();
        self.points.extend(inner);
        within("edges", n + 1, EDGES_MAX)?;
        within("points of lines", self.points.len(), POINTS_MAX)?;
        let length_m = Shape { first, inner: self.points.get(start..).unwrap_or_default(), last }.length_m();
        let length_mm = (length_m * 1_000.0).round();
        if length_mm > f64::from(u32::MAX) {
            return Err(RoadError::TooLong { edge: n, length_m });
        }
        self.edges.push(PackedEdge {
            from: ends[0],
            to: ends[1],
            name: road.name.0,
            length_mm: length_mm as u32,
            points_end: self.points.len() as u32,
            class: road.class,
            speed_kmh: road.speed_kmh,
            flags: if road.one_way { ONE_WAY } else { 0 } | if road.bridge { BRIDGE } else { 0 },
        });
        Ok(n as EdgeNo)
    }

    /// Bans a turn.
    ///
    /// # Errors
    /// [`RoadError::NoTurn`] when the second drive does not begin where the first ends.
    pub fn ban(&mut self, ban: Ban) -> Result<(), RoadError> {
        let ends = |drive: Drive| self.ends(drive.edge).map(|[from, to]| if drive.backward { [to, from] } else { [from, to] });
        let meet = ends(ban.from).zip(ends(ban.to)).is_some_and(|([_, end], [start, _])| end == start);
        if !meet {
            return Err(RoadError::NoTurn { from: ban.from.no(), to: ban.to.no() });
        }
        self.bans.push(ban);
        Ok(())
    }

    /// The drives that lead out of each junction, of the edges so far. Linear.
    #[must_use]
    pub fn ways_out(&self) -> WaysOut {
        WaysOut::new(self.junctions.len(), &self.edges)
    }

    /// Takes out everything but the largest part in which every junction reaches every other, one-way streets respected and turns
    /// that are banned not; tells of the islands that went, the longest first. What is left keeps its order. Linear, with 20 bytes
    /// a junction and 10 an edge more while it works.
    pub fn keep_strongest(&mut self) -> Vec<Island> {
        let keep = strongest(self.junctions.len(), &self.edges);
        let islands = self.islands(&keep);
        const GONE: u32 = u32::MAX;
        let mut kept = 0;
        let renumbered: Vec<u32> = keep
            .iter()
            .map(|keep| {
                kept += u32::from(*keep);
                if *keep { kept - 1 } else { GONE }
            })
            .collect();
        let new = |junction: JunctionNo| renumbered.get(junction as usize).copied().filter(|no| *no != GONE);
        let (mut start, mut edges_kept, mut points_kept) = (0, 0, 0);
        let mut edge_numbers = vec![GONE; self.edges.len()];
        for (n, number) in edge_numbers.iter_mut().enumerate() {
            let Some(&edge) = self.edges.get(n) else { break };
            let inner = start..edge.points_end as usize;
            start = inner.end;
            let Some((from, to)) = new(edge.from).zip(new(edge.to)) else { continue };
            let count = inner.len();
            self.points.copy_within(inner, points_kept);
            points_kept += count;
            if let Some(slot) = self.edges.get_mut(edges_kept) {
                *slot = PackedEdge { from, to, points_end: points_kept as u32, ..edge };
            }
            *number = edges_kept as u32;
            edges_kept += 1;
        }
        self.points.truncate(points_kept);
        self.edges.truncate(edges_kept);
        let mut keep = keep.into_iter();
        self.junctions.retain(|_| keep.next().unwrap_or(false));
        let new = |drive: Drive| edge_numbers.get(drive.edge as usize).filter(|no| **no != GONE).map(|no| Drive { edge: *no, ..drive });
        self.bans = self.bans.iter().filter_map(|ban| Some(Ban { from: new(ban.from)?, to: new(ban.to)? })).collect();
        islands
    }

    /// What hangs together among the junctions that go.
    fn islands(&self, keep: &[bool]) -> Vec<Island> {
        // Each points towards the one that stands for its island.
        let mut towards: Vec<u32> = (0..keep.len() as u32).collect();
        fn root(towards: &mut [u32], mut of: u32) -> u32 {
            while let Some(&next) = towards.get(of as usize) {
                if next == of {
                    break;
                }
                let after = towards.get(next as usize).copied().unwrap_or(next);
                if let Some(slot) = towards.get_mut(of as usize) {
                    *slot = after;
                }
                of = next;
            }
            of
        }
        let goes = |junction: JunctionNo| !keep.get(junction as usize).copied().unwrap_or(true);
        for edge in &self.edges {
            if goes(edge.from) && goes(edge.to) {
                let (a, b) = (root(&mut towards, edge.from), root(&mut towards, edge.to));
                if let Some(slot) = towards.get_mut(a as usize) {
                    *slot = b;
                }
            }
        }
        let mut found: std::collections::BTreeMap<u32, Island> = std::collections::BTreeMap::new();
        for edge in &self.edges {
            let Some(outer) = [edge.from, edge.to].into_iter().find(|end| goes(*end)) else { continue };
            let at = || self.junctions.get(outer as usize).map_or_else(LatLng::default, |point| point.at());
            let island = found.entry(root(&mut towards, outer)).or_insert_with(|| Island { edges: 0, length_m: 0.0, at: at() });
            island.edges += 1;
            island.length_m += f64::from(edge.length_mm) / 1_000.0;
        }
        let mut islands: Vec<Island> = found.into_values().collect();
        islands.sort_by(|a, b| b.length_m.total_cmp(&a.length_m));
        islands
    }

    /// The network. O(junctions log junctions).
    #[must_use]
    pub fn finish(mut self) -> RoadNetwork {
        self.bans.sort_unstable();
        self.bans.dedup();
        let order = nearest::order(&self.junctions);
        let network = RoadNetwork::of(self.junctions.into(), self.edges.into(), self.points.into(), self.names.finish(), order);
        RoadNetwork { bans: self.bans.into(), ..network }
    }
}
