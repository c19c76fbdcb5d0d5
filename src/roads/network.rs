//! Junctions and edges with their adjacency.

use rstar::{RTree, primitives::GeomWithData};

use super::{Drive, DriveNo, EDGES_MAX, END_GAP_M_MAX, EdgeNo, JUNCTIONS_MAX, JunctionNo, RoadEdge, RoadError, Spot, edge::along};
use crate::geodesy::{LatLng, haversine_m};

/// A junction on the unit sphere. Straight distance there grows with distance on the ground, so the nearest
/// by one is the nearest by the other, at every latitude and across the antimeridian.
type Leaf = GeomWithData<[f64; 3], JunctionNo>;

/// One way out of a junction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arc {
    /// The edge and the direction along it.
    pub drive: Drive,
    /// The junction at the other end.
    pub to: JunctionNo,
    /// The edge's length in metres.
    pub length_m: f64,
    /// The time to drive it, milliseconds.
    pub travel_ms: u32,
}

/// A turn that may not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ban {
    /// Whoever comes along this,
    pub from: Drive,
    /// may not go on along this.
    pub to: Drive,
}

/// Junctions and the edges between them.
#[derive(Debug, Default)]
pub struct RoadNetwork {
    junctions: Vec<LatLng>,
    edges: Vec<RoadEdge>,
    lengths_m: Vec<f64>,
    /// Where the arcs of each junction begin in `arcs`; one more than there are junctions.
    offsets: Vec<u32>,
    arcs: Vec<Arc>,
    tree: RTree<Leaf>,
    bans: Vec<Ban>,
}

impl RoadNetwork {
    /// Builds the network. O((junctions + edges) log junctions); 15,000 junctions take some milliseconds.
    ///
    /// # Errors
    /// [`RoadError`] names the first edge that does not fit its junctions.
    pub fn new(junctions: Vec<LatLng>, edges: Vec<RoadEdge>) -> Result<Self, RoadError> {
        let limits = [("junctions", junctions.len(), JUNCTIONS_MAX), ("edges", edges.len(), EDGES_MAX)];
        for (what, count, max) in limits {
            if count > max {
                return Err(RoadError::TooMany { what, count, max });
            }
        }
        let mut lengths_m = Vec::with_capacity(edges.len());
        for (n, edge) in edges.iter().enumerate() {
            check(n, edge, &junctions)?;
            lengths_m.push(edge.length_m());
        }

        let mut offsets = vec![0_u32; junctions.len() + 1];
        for edge in &edges {
            count(&mut offsets, edge.from);
            if !edge.one_way {
                count(&mut offsets, edge.to);
            }
        }
        let mut sum = 0;
        for slot in &mut offsets {
            sum += std::mem::replace(slot, sum);
        }
        let nothing = Arc { drive: Drive { edge: 0, backward: false }, to: 0, length_m: 0.0, travel_ms: 0 };
        let mut arcs = vec![nothing; sum as usize];
        let mut free = offsets.clone();
        for (n, (edge, &length_m)) in edges.iter().zip(&lengths_m).enumerate() {
            let travel_ms = edge.travel_ms(length_m);
            let mut put = |from: JunctionNo, to, backward| {
                if let Some(at) = free.get_mut(from as usize) {
                    if let Some(slot) = arcs.get_mut(*at as usize) {
                        *slot = Arc { drive: Drive { edge: n as EdgeNo, backward }, to, length_m, travel_ms };
                    }
                    *at += 1;
                }
            };
            put(edge.from, edge.to, false);
            if !edge.one_way {
                put(edge.to, edge.from, true);
            }
        }
        let leaves = junctions.iter().enumerate().map(|(n, at)| Leaf::new(unit_sphere(*at), n as JunctionNo)).collect();
        Ok(Self { junctions, edges, lengths_m, offsets, arcs, tree: RTree::bulk_load(leaves), bans: Vec::new() })
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
        Ok(Self { bans, ..self })
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

    /// The length of an edge, metres; none for one that does not exist.
    #[must_use]
    pub fn length_m(&self, edge: EdgeNo) -> Option<f64> {
        self.lengths_m.get(edge as usize).copied()
    }

    /// Where each junction is.
    #[must_use]
    pub fn junctions(&self) -> &[LatLng] {
        &self.junctions
    }

    /// Every edge.
    #[must_use]
    pub fn edges(&self) -> &[RoadEdge] {
        &self.edges
    }

    /// The ways out of a junction, one-way respected; none for a number that is no junction. O(1).
    #[must_use]
    pub fn arcs(&self, from: JunctionNo) -> &[Arc] {
        let from = from as usize;
        match (self.offsets.get(from), self.offsets.get(from + 1)) {
            (Some(&start), Some(&end)) => self.arcs.get(start as usize..end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The junction nearest to a position; none in an empty network. O(log junctions), about a microsecond.
    #[must_use]
    pub fn nearest_junction(&self, at: LatLng) -> Option<JunctionNo> {
        self.tree.nearest_neighbor(unit_sphere(at)).map(|leaf| leaf.data)
    }

    /// Where one is after `distance_m` metres of a drive along an edge, and which way one faces; held to the
    /// edge's ends. `None` for an edge that does not exist. Linear in the edge's shape points, 4 on average
    /// in the sample city.
    #[must_use]
    pub fn spot(&self, drive: Drive, distance_m: f64) -> Option<Spot> {
        along(&self.edges.get(drive.edge as usize)?.shape, drive.backward, distance_m)
    }
}

fn check(n: usize, edge: &RoadEdge, junctions: &[LatLng]) -> Result<(), RoadError> {
    let [first, .., last] = edge.shape[..] else {
        return Err(RoadError::Short { edge: n, count: edge.shape.len() });
    };
    if edge.speed_kmh == 0 {
        return Err(RoadError::NoSpeed { edge: n });
    }
    for (junction, end) in [(edge.from, first), (edge.to, last)] {
        let Some(&at) = junctions.get(junction as usize) else {
            return Err(RoadError::NoJunction { edge: n, junction, count: junctions.len() });
        };
        let gap_m = haversine_m(at, end);
        if gap_m > END_GAP_M_MAX {
            return Err(RoadError::EndGap { edge: n, junction, at, gap_m });
        }
    }
    Ok(())
}

fn count(offsets: &mut [u32], junction: JunctionNo) {
    if let Some(slot) = offsets.get_mut(junction as usize) {
        *slot += 1;
    }
}

fn unit_sphere(at: LatLng) -> [f64; 3] {
    let (sin_lat, cos_lat) = at.lat_deg().to_radians().sin_cos();
    let (sin_lng, cos_lng) = at.lng_deg().to_radians().sin_cos();
    [cos_lat * cos_lng, cos_lat * sin_lng, sin_lat]
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::SmallRng};

    use super::*;
    use crate::{model::Name, roads::RoadClass};

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
        let out = |n| roads.arcs(n).iter().map(|a| (a.to, a.drive.backward)).collect::<Vec<_>>();
        assert_eq!(out(0), [(1, false), (2, true), (3, false)]);
        assert_eq!(out(1), [(0, true), (2, false)]);
        assert_eq!(out(2), [(0, false)]);
        assert_eq!(out(3), [(0, true)]);
        assert!(out(4).is_empty() && out(u32::MAX).is_empty());
    }

    #[test]
    fn time_is_length_over_speed() {
        let roads = triangle();
        let arc = roads.arcs(0)[0];
        assert!((arc.length_m - 1_111.95).abs() < 0.01, "{}", arc.length_m);
        // 36 km/h is 10 m/s.
        assert_eq!(arc.travel_ms, 111_195);
        assert_eq!(roads.edges()[0].travel_ms(0.0), 1);
    }

    #[test]
    fn a_drive_passes_its_bend_and_stops_at_its_ends() {
        let roads = triangle();
        let arc = roads.arcs(0)[2];
        let there = |m| roads.spot(arc.drive, m).unwrap();
        assert_eq!(there(0.0).at, roads.junctions()[0]);
        assert!((there(0.0).heading_deg - 180.0).abs() < 1e-6);
        assert!((there(arc.length_m - 1.0).heading_deg - 270.0).abs() < 0.01);
        for over in [arc.length_m, arc.length_m + 500.0, f64::INFINITY] {
            assert!(haversine_m(there(over).at, roads.junctions()[3]) < 1e-6);
        }
        assert_eq!(there(-5.0), there(0.0));
        let back = Drive { backward: true, ..arc.drive };
        let home = roads.spot(back, arc.length_m).unwrap();
        assert!(haversine_m(home.at, roads.junctions()[0]) < 1e-6);
        assert!(home.heading_deg.abs() < 1e-6);
        let (a, b) = (there(700.0).at, roads.spot(back, arc.length_m - 700.0).unwrap().at);
        assert!(haversine_m(a, b) < 0.001);
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
                assert!((haversine_m(junctions[found as usize], q) - best).abs() < 1e-3);
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
