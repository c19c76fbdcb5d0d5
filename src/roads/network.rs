//! Junctions and edges with their adjacency.

use super::{
    Drive, DriveNo, EdgeNo, JunctionNo, RoadEdge, RoadError, Spot,
    build::NetworkBuilder,
    line::Point,
    names::Names,
    nearest,
    packed::{Edges, Junctions, PackedEdge, WaysOut},
};
use crate::geodesy::LatLng;

/// One way out of a junction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arc {
    /// The edge and the direction along it.
    pub drive: Drive,
    /// The junction at the other end.
    pub to: JunctionNo,
    /// The edge's length in metres.
    pub length_m: f64,
}

/// A turn that may not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ban {
    /// Whoever comes along this,
    pub from: Drive,
    /// may not go on along this.
    pub to: Drive,
}

/// Junctions and the edges between them, in flat tables: some 80 bytes an edge with four inner points, names and all.
#[derive(Debug, Default, Clone)]
pub struct RoadNetwork {
    pub(super) junctions: Box<[Point]>,
    pub(super) edges: Box<[PackedEdge]>,
    /// The inner points of all lines, edge by edge.
    pub(super) points: Box<[Point]>,
    pub(super) names: Names,
    pub(super) bans: Box<[Ban]>,
    /// The junctions as a tree of positions.
    pub(super) order: Box<[JunctionNo]>,
    pub(super) out: WaysOut,
}

impl RoadNetwork {
    /// Builds the network. O((junctions + edges) log junctions); 15,000 junctions take some milliseconds.
    ///
    /// # Errors
    /// [`RoadError`] names the first edge that does not fit its junctions.
    pub fn new(junctions: Vec<LatLng>, edges: Vec<RoadEdge>) -> Result<Self, RoadError> {
        let mut builder = NetworkBuilder::default();
        for at in junctions {
            builder.junction(at.into())?;
        }
        for edge in &edges {
            builder.add(edge)?;
        }
        Ok(builder.finish())
    }

    /// Of tables that fit one another.
    pub(super) fn of(
        junctions: Box<[Point]>,
        edges: Box<[PackedEdge]>,
        points: Box<[Point]>,
        names: Names,
        order: Box<[JunctionNo]>,
    ) -> Self {
        let out = WaysOut::new(junctions.len(), &edges);
        Self { junctions, edges, points, names, bans: Box::default(), order, out }
    }

    /// Bans turns. Linear.
    ///
    /// # Errors
    /// [`RoadError::NoTurn`] for the first that is no turn.
    pub fn with_bans(self, bans: Vec<Ban>) -> Result<Self, RoadError> {
        for Ban { from, to } in &bans {
            let (from, to) = (from.no(), to.no());
            let meet = self.ends(from).zip(self.ends(to)).is_some_and(|((_, end), (start, _))| end == start);
            if !meet {
                return Err(RoadError::NoTurn { from, to });
            }
        }
        Ok(Self { bans: bans.into(), ..self })
    }

    /// The turns that may not be made.
    #[must_use]
    pub fn bans(&self) -> &[Ban] {
        &self.bans
    }

    /// The junctions that a drive leads from and to; none for a drive that does not exist.
    #[must_use]
    pub fn ends(&self, drive: DriveNo) -> Option<(JunctionNo, JunctionNo)> {
        let Drive { edge, backward } = Drive::from_no(drive);
        let edge = self.edges.get(edge as usize)?;
        Some(if backward { (edge.to, edge.from) } else { (edge.from, edge.to) })
    }

    /// The length of an edge, millimetres.
    pub(super) fn length_mm(&self, edge: EdgeNo) -> Option<u32> {
        self.edges.get(edge as usize).map(|edge| edge.length_mm)
    }

    /// The length of an edge, metres, to the millimetre; none for one that does not exist.
    #[must_use]
    pub fn length_m(&self, edge: EdgeNo) -> Option<f64> {
        self.length_mm(edge).map(|length_mm| f64::from(length_mm) / 1_000.0)
    }

    /// Where each junction is.
    #[must_use]
    pub const fn junctions(&self) -> Junctions<'_> {
        Junctions(&self.junctions)
    }

    /// Every edge.
    #[must_use]
    pub const fn edges(&self) -> Edges<'_> {
        Edges(self)
    }

    /// The ways out of a junction, one-way respected; none for a number that is no junction. O(1).
    pub fn arcs(&self, from: JunctionNo) -> impl Iterator<Item = Arc> + Clone {
        self.out.of(from).iter().filter_map(|&drive| {
            let (_, to) = self.ends(drive)?;
            let drive = Drive::from_no(drive);
            Some(Arc { drive, to, length_m: self.length_m(drive.edge)? })
        })
    }

    /// The junction nearest to a position; none in an empty network. O(log junctions), a few microseconds.
    #[must_use]
    pub fn nearest_junction(&self, at: LatLng) -> Option<JunctionNo> {
        nearest::nearest(&self.junctions, &self.order, at)
    }

    /// Where one is after `distance_m` metres of a drive along an edge, and which way one faces; held to the
    /// edge's ends. `None` for an edge that does not exist. Linear in the edge's shape points, 4 on average
    /// in the sample city.
    #[must_use]
    pub fn spot(&self, drive: Drive, distance_m: f64) -> Option<Spot> {
        Some(self.edges().get(drive.edge as usize)?.shape.along(drive.backward, distance_m))
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::SmallRng};

    use super::*;
    use crate::{geodesy::haversine_m, model::Name, roads::RoadClass};

    fn at(lat: f64, lng: f64) -> LatLng {
        LatLng::new(lat, lng).unwrap()
    }

    fn edge(from: u32, to: u32, shape: &[LatLng]) -> RoadEdge {
        RoadEdge {
            from,
            to,
            class: RoadClass::Street,
            speed_kmh: 36,
            one_way: false,
            bridge: false,
            name: std::sync::Arc::new(Name::default()),
            shape: shape.into(),
        }
    }

    /// A triangle with one one-way side, and a dead end from its first corner with a bend.
    fn triangle() -> RoadNetwork {
        let p = [at(22.80, 108.30), at(22.81, 108.30), at(22.80, 108.31), at(22.79, 108.29)];
        let bend = at(22.79, 108.30);
        let one_way = RoadEdge { one_way: true, ..edge(1, 2, &[p[1], p[2]]) };
        let edges = vec![edge(0, 1, &[p[0], p[1]]), one_way, edge(2, 0, &[p[2], p[0]]), edge(0, 3, &[p[0], bend, p[3]])];
        RoadNetwork::new(p.to_vec(), edges).unwrap()
    }

    #[test]
    fn a_one_way_street_leads_one_way() {
        let roads = triangle();
        let out = |n| roads.arcs(n).map(|a| (a.to, a.drive.backward)).collect::<Vec<_>>();
        assert_eq!(out(0), [(1, false), (2, true), (3, false)]);
        assert_eq!(out(1), [(0, true), (2, false)]);
        assert_eq!(out(2), [(0, false)]);
        assert_eq!(out(3), [(0, true)]);
        assert!(out(4).is_empty() && out(u32::MAX).is_empty());
    }

    #[test]
    fn an_edge_is_as_long_as_its_line() {
        let roads = triangle();
        for n in 0..4 {
            let line_m = roads.edges().get(n).unwrap().shape.length_m();
            assert!((roads.length_m(n as u32).unwrap() - line_m).abs() <= 0.0005, "{n}");
        }
        assert!((roads.length_m(0).unwrap() - 1_111.95).abs() < 0.01);
        assert_eq!(roads.length_m(4), None);
    }

    #[test]
    fn a_drive_passes_its_bend_and_stops_at_its_ends() {
        let roads = triangle();
        let arc = roads.arcs(0).nth(2).unwrap();
        let there = |m| roads.spot(arc.drive, m).unwrap();
        assert_eq!(there(0.0).at, roads.junctions().get(0).unwrap());
        assert!((there(0.0).heading_deg - 180.0).abs() < 1e-6);
        assert!((there(arc.length_m - 1.0).heading_deg - 270.0).abs() < 0.01);
        for over in [arc.length_m + 0.001, arc.length_m + 500.0, f64::INFINITY] {
            assert!(haversine_m(there(over).at, roads.junctions().get(3).unwrap()) < 1e-6);
        }
        assert_eq!(there(-5.0), there(0.0));
        let back = Drive { backward: true, ..arc.drive };
        let home = roads.spot(back, arc.length_m + 0.001).unwrap();
        assert!(haversine_m(home.at, roads.junctions().get(0).unwrap()) < 1e-6);
        assert!(home.heading_deg.abs() < 1e-6);
        let (a, b) = (there(700.0).at, roads.spot(back, arc.length_m - 700.0).unwrap().at);
        assert!(haversine_m(a, b) < 0.002);
        assert_eq!(roads.spot(Drive { edge: 99, backward: false }, 1.0), None);
    }

    #[test]
    fn the_nearest_junction_is_that_of_brute_force() {
        let mut rng = SmallRng::seed_from_u64(7);
        let mut spread = |south: f64, north: f64, west: f64, east: f64, n: usize| -> Vec<LatLng> {
            (0..n).map(|_| at(rng.random_range(south..=north), rng.random_range(west..=east))).collect()
        };
        for (south, north, west, east) in [(22.7, 23.0, 108.2, 108.6), (-90.0, 90.0, -180.0, 180.0), (89.0, 90.0, -180.0, 180.0)] {
            let junctions = spread(south, north, west, east, 300);
            let roads = RoadNetwork::new(junctions.clone(), vec![]).unwrap();
            for q in spread(south, north, west, east, 300) {
                let best = junctions.iter().map(|j| haversine_m(*j, q)).fold(f64::MAX, f64::min);
                let found = roads.nearest_junction(q).unwrap();
                // Junctions are kept to the centimetre.
                assert!((haversine_m(junctions[found as usize], q) - best).abs() < 0.03);
            }
        }
        assert_eq!(RoadNetwork::new(vec![], vec![]).unwrap().nearest_junction(at(0.0, 0.0)), None);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let (p, q) = (at(22.8, 108.3), at(22.81, 108.3));
        let new = |e: RoadEdge| RoadNetwork::new(vec![p, q], vec![e]).unwrap_err();
        assert_eq!(new(edge(0, 2, &[p, q])), RoadError::NoJunction { edge: 0, junction: 2, count: 2 });
        assert_eq!(new(edge(0, 1, &[p])), RoadError::Short { edge: 0, count: 1 });
        assert_eq!(new(RoadEdge { speed_kmh: 0, ..edge(0, 1, &[p, q]) }), RoadError::NoSpeed { edge: 0 });
        let gap = new(edge(0, 1, &[p, p]));
        assert!(matches!(gap, RoadError::EndGap { junction: 1, .. }), "{gap}");
        assert!(gap.to_string().contains("junction 1"), "{gap}");
    }
}
