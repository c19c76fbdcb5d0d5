//! The plane that the city is drawn on: kilometres east and north of its centre.

use std::f64::consts::PI;

/// Kilometres east, kilometres north of the centre.
pub(crate) type P = [f64; 2];

/// West, south, east, north in degrees.
pub(crate) const BOX_DEG: [f64; 4] = [108.2, 22.7, 108.6, 23.0];
/// Longitude and latitude of the plane's origin.
pub(crate) const CENTER_DEG: [f64; 2] = [108.4, 22.85];
/// On the mean sphere of radius 6371.0088 km.
const KM_PER_DEG: f64 = 6371.0088 * PI / 180.0;

fn km_per_lon_deg() -> f64 {
    KM_PER_DEG * (CENTER_DEG[1] * PI / 180.0).cos()
}

/// Half the width and half the height of the box, in kilometres.
pub(crate) fn half_box() -> P {
    [(BOX_DEG[2] - BOX_DEG[0]) / 2.0 * km_per_lon_deg(), (BOX_DEG[3] - BOX_DEG[1]) / 2.0 * KM_PER_DEG]
}

/// Longitude and latitude, rounded to a millionth of a degree (0.1 m).
pub(crate) fn lon_lat(p: P) -> [f64; 2] {
    let round = |deg: f64| (deg * 1e6).round() / 1e6;
    [round(CENTER_DEG[0] + p[0] / km_per_lon_deg()), round(CENTER_DEG[1] + p[1] / KM_PER_DEG)]
}

pub(crate) fn add(a: P, b: P) -> P {
    [a[0] + b[0], a[1] + b[1]]
}
pub(crate) fn sub(a: P, b: P) -> P {
    [a[0] - b[0], a[1] - b[1]]
}
pub(crate) fn scale(a: P, by: f64) -> P {
    [a[0] * by, a[1] * by]
}
pub(crate) fn dot(a: P, b: P) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}
pub(crate) fn cross(a: P, b: P) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}
pub(crate) fn norm(a: P) -> f64 {
    a[0].hypot(a[1])
}
pub(crate) fn dist(a: P, b: P) -> f64 {
    norm(sub(a, b))
}
pub(crate) fn mix(a: P, b: P, t: f64) -> P {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}
/// The vector of length 1; the zero vector stays.
pub(crate) fn unit(a: P) -> P {
    let length = norm(a);
    if length > 0.0 { scale(a, 1.0 / length) } else { a }
}
/// A quarter turn to the left.
pub(crate) fn left(a: P) -> P {
    [-a[1], a[0]]
}
pub(crate) fn rotate(a: P, rad: f64) -> P {
    let (s, c) = rad.sin_cos();
    [a[0] * c - a[1] * s, a[0] * s + a[1] * c]
}
/// Difference of two angles in `-PI..=PI`.
pub(crate) fn turn(a: f64, b: f64) -> f64 {
    let mut d = (a - b) % (2.0 * PI);
    if d > PI {
        d -= 2.0 * PI;
    } else if d < -PI {
        d += 2.0 * PI;
    }
    d
}

/// Length of a polyline.
pub(crate) fn length(line: &[P]) -> f64 {
    line.windows(2).map(|w| dist(w[0], w[1])).sum()
}

/// The point at this share (0..1) of a polyline's length, and the direction there.
pub(crate) fn along(line: &[P], share: f64) -> (P, P) {
    let mut rest = length(line) * share;
    for w in line.windows(2) {
        let step = dist(w[0], w[1]);
        if rest <= step && step > 0.0 {
            return (mix(w[0], w[1], rest / step), unit(sub(w[1], w[0])));
        }
        rest -= step;
    }
    match line {
        [.., a, b] => (*b, unit(sub(*b, *a))),
        [a] => (*a, [1.0, 0.0]),
        [] => ([0.0, 0.0], [1.0, 0.0]),
    }
}

/// Where two segments cross: the shares along the first and the second.
pub(crate) fn crossing(a: P, b: P, c: P, d: P) -> Option<(f64, f64)> {
    let (r, s) = (sub(b, a), sub(d, c));
    let det = cross(r, s);
    if det.abs() < 1e-14 {
        return None;
    }
    let t = cross(sub(c, a), s) / det;
    let u = cross(sub(c, a), r) / det;
    ((0.0..=1.0).contains(&t) && (0.0..=1.0).contains(&u)).then_some((t, u))
}

/// Distance of a point to a segment.
pub(crate) fn to_segment(p: P, a: P, b: P) -> f64 {
    let d = sub(b, a);
    let l2 = dot(d, d);
    let t = if l2 > 0.0 { (dot(sub(p, a), d) / l2).clamp(0.0, 1.0) } else { 0.0 };
    dist(p, mix(a, b, t))
}

/// Signed area of a closed polygon (first point not repeated); positive when counter-clockwise.
pub(crate) fn area(polygon: &[P]) -> f64 {
    let mut sum = 0.0;
    for (i, &a) in polygon.iter().enumerate() {
        sum += cross(a, polygon[(i + 1) % polygon.len()]);
    }
    sum / 2.0
}

/// Centre of gravity of a closed polygon.
pub(crate) fn centroid(polygon: &[P]) -> P {
    let (mut sum, mut twice) = ([0.0, 0.0], 0.0);
    // Relative to the first point: the cross products stay small and exact.
    let origin = polygon.first().copied().unwrap_or([0.0, 0.0]);
    for (i, &a) in polygon.iter().enumerate() {
        let (a, b) = (sub(a, origin), sub(polygon[(i + 1) % polygon.len()], origin));
        let w = cross(a, b);
        sum = add(sum, scale(add(a, b), w));
        twice += w;
    }
    if twice.abs() < 1e-12 { origin } else { add(origin, scale(sum, 1.0 / (3.0 * twice))) }
}

/// Ray casting; points on the border may go either way.
pub(crate) fn inside(polygon: &[P], p: P) -> bool {
    let mut odd = false;
    for (i, &a) in polygon.iter().enumerate() {
        let b = polygon[(i + 1) % polygon.len()];
        if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0] {
            odd = !odd;
        }
    }
    odd
}

/// The smallest rectangle around a polygon with a side along one of its edges:
/// centre, direction of the long side, its length, the short side's length.
pub(crate) fn snug_box(polygon: &[P]) -> (P, P, f64, f64) {
    let mut best = ([0.0, 0.0], [1.0, 0.0], 0.0, f64::MAX);
    let mut best_area = f64::MAX;
    for (i, &a) in polygon.iter().enumerate() {
        let edge = sub(polygon[(i + 1) % polygon.len()], a);
        if norm(edge) < 1e-9 {
            continue;
        }
        let u = unit(edge);
        let v = left(u);
        let (mut lo, mut hi) = ([f64::MAX; 2], [f64::MIN; 2]);
        for &p in polygon {
            for (n, axis) in [u, v].into_iter().enumerate() {
                let s = dot(p, axis);
                lo[n] = lo[n].min(s);
                hi[n] = hi[n].max(s);
            }
        }
        let (w, h) = (hi[0] - lo[0], hi[1] - lo[1]);
        if w * h < best_area - 1e-12 {
            best_area = w * h;
            let c = add(scale(u, (lo[0] + hi[0]) / 2.0), scale(v, (lo[1] + hi[1]) / 2.0));
            best = if w >= h { (c, u, w, h) } else { (c, v, h, w) };
        }
    }
    best
}

/// Douglas-Peucker; the ends stay.
pub(crate) fn simplify(line: &[P], tolerance: f64) -> Vec<P> {
    if line.len() < 3 {
        return line.to_vec();
    }
    let last = line.len() - 1;
    let (mut worst, mut at) = (0.0, 0);
    for (i, &p) in line.iter().enumerate().take(last).skip(1) {
        let d = to_segment(p, line[0], line[last]);
        if d > worst {
            (worst, at) = (d, i);
        }
    }
    if worst <= tolerance {
        return vec![line[0], line[last]];
    }
    let mut out = simplify(&line[..=at], tolerance);
    out.pop();
    out.extend(simplify(&line[at..], tolerance));
    out
}
