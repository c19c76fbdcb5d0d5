//! A small town for tests.

use std::sync::Arc;

use crate::{
    geodesy::LatLng,
    model::Name,
    roads::{RoadClass, RoadEdge, RoadNetwork},
};

/// A square of `side` x `side` junctions 200 m apart whose streets bend in their middle: every second row one-way
/// eastward, the outermost columns arterials.
pub(crate) fn town(side: u32) -> RoadNetwork {
    let at = |row: u32, column: u32| LatLng::new(22.8 + f64::from(row) * 0.0018, 108.3 + f64::from(column) * 0.00195).unwrap();
    let middle =
        |a: LatLng, b: LatLng| LatLng::new((a.lat_deg() + b.lat_deg()) / 2.0 + 0.0001, (a.lng_deg() + b.lng_deg()) / 2.0 + 0.0001).unwrap();
    let edge = |a: (u32, u32), b: (u32, u32), one_way| {
        let (start, end) = (at(a.0, a.1), at(b.0, b.1));
        let arterial = a.1 == b.1 && (a.1 == 0 || a.1 == side - 1);
        RoadEdge {
            from: a.0 * side + a.1,
            to: b.0 * side + b.1,
            class: if arterial { RoadClass::Arterial } else { RoadClass::Street },
            speed_kmh: if arterial { 60 } else { 30 },
            one_way,
            bridge: false,
            name: Arc::new(Name::default()),
            shape: [start, middle(start, end), end].into(),
        }
    };
    let mut edges = Vec::new();
    for row in 0..side {
        for column in 0..side {
            if column + 1 < side {
                edges.push(edge((row, column), (row, column + 1), row % 2 == 1));
            }
            if row + 1 < side {
                edges.push(edge((row, column), (row + 1, column), false));
            }
        }
    }
    let junctions = (0..side * side).map(|n| at(n / side, n % side)).collect();
    RoadNetwork::new(junctions, edges).unwrap()
}
