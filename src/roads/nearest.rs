//! The nearest junction: a k-d tree on the unit sphere that is nothing but an order of the junctions.
//!
//! The middle of a range of the order splits it along one axis, the first half's middle splits that along the next axis, and so
//! on. Straight distance on the unit sphere grows with distance on the ground, so the nearest by one is the nearest by the other,
//! at every latitude and across the antimeridian. 4 bytes a junction.

use super::{JunctionNo, line::Point};
use crate::geodesy::LatLng;

/// The order of a tree over points: O(n log n), 24 bytes a point while it is made.
pub(super) fn order(points: &[Point]) -> Box<[JunctionNo]> {
    let sphere: Vec<[f64; 3]> = points.iter().map(|point| unit_sphere(point.at())).collect();
    let mut order: Box<[JunctionNo]> = (0..points.len() as JunctionNo).collect();
    let mut open: Vec<(&mut [JunctionNo], usize)> = vec![(&mut order, 0)];
    while let Some((range, axis)) = open.pop() {
        if range.len() < 2 {
            continue;
        }
        let place = |no: &JunctionNo| sphere.get(*no as usize).map_or(0.0, |at| at[axis]);
        let (before, _, after) = range.select_nth_unstable_by(range.len() / 2, |a, b| place(a).total_cmp(&place(b)).then(a.cmp(b)));
        open.push((before, (axis + 1) % 3));
        open.push((after, (axis + 1) % 3));
    }
    order
}

/// The point nearest to another, the lowest number among equals; none when there are none. O(log n), a few microseconds.
pub(super) fn nearest(points: &[Point], order: &[JunctionNo], at: LatLng) -> Option<JunctionNo> {
    let at = unit_sphere(at);
    let mut best: Option<(f64, JunctionNo)> = None;
    // Ranges still to be searched, the nearest last, each with the square of how far away it is at least.
    let mut open = vec![(order, 0, 0.0)];
    while let Some((range, axis, least)) = open.pop() {
        if best.is_some_and(|(found, _)| least > found) {
            continue;
        }
        let (before, rest) = range.split_at(range.len() / 2);
        let Some((no, after)) = rest.split_first() else { continue };
        let Some(point) = points.get(*no as usize) else { continue };
        let there = unit_sphere(point.at());
        let square: f64 = there.iter().zip(at).map(|(a, b)| (a - b) * (a - b)).sum();
        if best.is_none_or(|(found, by)| (square, *no) < (found, by)) {
            best = Some((square, *no));
        }
        let aside = at[axis] - there[axis];
        let (near, far) = if aside < 0.0 { (before, after) } else { (after, before) };
        let next = (axis + 1) % 3;
        open.push((far, next, least.max(aside * aside)));
        open.push((near, next, least));
    }
    best.map(|(_, no)| no)
}

fn unit_sphere(at: LatLng) -> [f64; 3] {
    let (sin_lat, cos_lat) = at.lat_deg().to_radians().sin_cos();
    let (sin_lng, cos_lng) = at.lng_deg().to_radians().sin_cos();
    [cos_lat * cos_lng, cos_lat * sin_lng, sin_lat]
}
