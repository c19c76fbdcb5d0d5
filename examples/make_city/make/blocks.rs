//! Cuts blocks with streets until they are small enough.

use std::f64::consts::PI;

use super::dice::Dice;
use super::mesh::{Class, Mesh, Way};
use super::space::{P, add, area, cross, crossing, dist, dot, left, mix, norm, rotate, scale, snug_box, sub, unit};

/// How the blocks of one part of the town are cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub class: Class,
    /// Blocks below this are left alone, in square kilometres.
    pub area_km2: f64,
    /// A cut that would end this near a corner ends in it: streets go on across the road.
    pub snap_km: f64,
    /// Streets leave the right angle by up to this.
    pub skew_rad: f64,
    /// Streets bend by up to this share of their length.
    pub bow: f64,
    /// Corners are never sharper.
    pub sharpest_rad: f64,
}

/// Where a road belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Site {
    /// A line of the plan.
    Plan(usize),
    /// The superblock that it began in.
    Block(usize),
    /// Between two highways.
    County,
    Village(usize),
}

/// A street as it was cut; one that goes on across a crossing stays the same road.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Road {
    pub class: Class,
    pub site: Site,
    pub heading: P,
}

enum Spot {
    Corner(usize),
    On(usize, P),
}

/// Cuts `face` and its parts by the rule. Gives all parts.
pub(crate) fn cut_up(mesh: &mut Mesh, roads: &mut Vec<Road>, face: usize, site: Site, rule: &Rule, dice: &mut Dice) -> Vec<usize> {
    let (mut open, mut done) = (vec![face], Vec::new());
    while let Some(face) = open.pop() {
        let size = mesh.area(face);
        // Not every block stops at the same size.
        let cut = size > rule.area_km2 * dice.between(0.75, 1.5);
        match cut.then(|| cut_once(mesh, roads, face, site, rule, dice)).flatten() {
            Some(new) => open.extend([face, new]),
            None => done.push(face),
        }
    }
    done
}

fn cut_once(mesh: &mut Mesh, roads: &mut Vec<Road>, face: usize, site: Site, rule: &Rule, dice: &mut Dice) -> Option<usize> {
    let cycle = mesh.cycle(face);
    let polygon: Vec<P> = cycle.iter().map(|&h| mesh.point(h)).collect();
    let (centre, axis, long, short) = snug_box(&polygon);
    for attempt in 0..14 {
        let wide = f64::from(attempt) / 14.0;
        // A block that is nearly square may be cut either way.
        let across = long < 1.15 * short && dice.chance(0.5);
        let (along, extent) = if across { (left(axis), short) } else { (axis, long) };
        let pivot = add(centre, scale(along, extent * dice.between(-0.09 - 0.16 * wide, 0.09 + 0.16 * wide)));
        let direction = rotate(left(along), dice.between(-rule.skew_rad, rule.skew_rad) * (1.0 + wide));
        let bow = dice.between(-rule.bow, rule.bow);
        let Some((a, b)) = chord(mesh, &cycle, pivot, direction, extent * 4.0 + short * 4.0) else {
            continue;
        };
        let (a, b) = (snap(mesh, &cycle, a, rule), snap(mesh, &cycle, b, rule));
        let (pa, pb) = (place(mesh, &a), place(mesh, &b));
        if dist(pa, pb) < 0.04 || !fits(mesh, &cycle, &a, pb, rule) || !fits(mesh, &cycle, &b, pa, rule) {
            continue;
        }
        let bent = bend(pa, pb, bow);
        let via = if clear(&polygon, pa, pb, &bent) {
            bent
        } else if clear(&polygon, pa, pb, &[]) {
            Vec::new()
        } else {
            continue;
        };
        if !balanced(mesh, &cycle, &a, &b, pa, pb) {
            continue;
        }
        let road = kin(mesh, roads, &a, pb, rule.class).or_else(|| kin(mesh, roads, &b, pa, rule.class)).unwrap_or_else(|| {
            roads.push(Road { class: rule.class, site, heading: unit(sub(pb, pa)) });
            roads.len() - 1
        });
        let way = Way { class: rule.class, road, bridge: false };
        // Splitting a later half-edge leaves the earlier ones of the cycle as they were.
        let open = |spot: &Spot, mesh: &mut Mesh| match *spot {
            Spot::Corner(h) => h,
            Spot::On(h, p) => mesh.split_edge(h, p),
        };
        let ha = open(&a, mesh);
        let hb = open(&b, mesh);
        return Some(mesh.split_face(ha, hb, &via, way));
    }
    None
}

/// The stretch of a straight line inside the block that is nearest to `pivot`.
fn chord(mesh: &Mesh, cycle: &[usize], pivot: P, direction: P, reach: f64) -> Option<(Spot, Spot)> {
    let (from, to) = (sub(pivot, scale(direction, reach)), add(pivot, scale(direction, reach)));
    let mut hits: Vec<(f64, usize, P)> = Vec::new();
    for &h in cycle {
        let (a, b) = (mesh.point(h), mesh.point(mesh.next(h)));
        if let Some((t, _)) = crossing(from, to, a, b) {
            hits.push((t, h, mix(from, to, t)));
        }
    }
    hits.sort_by(|a, b| a.0.total_cmp(&b.0));
    let pair = hits.chunks_exact(2).min_by(|x, y| {
        let off = |c: &[(f64, usize, P)]| (c[0].0 - 0.5).max(0.5 - c[1].0).max(0.0);
        off(x).total_cmp(&off(y))
    })?;
    (pair[0].1 != pair[1].1).then(|| (Spot::On(pair[0].1, pair[0].2), Spot::On(pair[1].1, pair[1].2)))
}

/// To the nearest corner within reach, else to a shape point that is all but there.
fn snap(mesh: &Mesh, cycle: &[usize], spot: Spot, rule: &Rule) -> Spot {
    let p = place(mesh, &spot);
    let near = |h: usize, limit: f64| (dist(mesh.point(h), p) < limit).then_some((dist(mesh.point(h), p), h));
    let best = cycle
        .iter()
        .filter_map(|&h| {
            let junction = mesh.around(h).len() > 2;
            near(h, if junction { rule.snap_km } else { 0.012 })
        })
        .min_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or(spot, |(_, h)| Spot::Corner(h))
}

fn place(mesh: &Mesh, spot: &Spot) -> P {
    match *spot {
        Spot::Corner(h) => mesh.point(h),
        Spot::On(_, p) => p,
    }
}

/// The cut leaves the border at a good angle, and no crossing gets a fifth arm.
fn fits(mesh: &Mesh, cycle: &[usize], spot: &Spot, towards: P, rule: &Rule) -> bool {
    let p = place(mesh, spot);
    let d = unit(sub(towards, p));
    let (h, back) = match *spot {
        Spot::Corner(h) => (h, mesh.prev(h)),
        Spot::On(h, _) => (h, h),
    };
    if !cycle.contains(&h) || (matches!(spot, Spot::Corner(_)) && mesh.around(h).len() > 3) {
        return false;
    }
    let ahead = unit(sub(mesh.point(mesh.next(h)), p));
    let behind = unit(sub(mesh.point(back), p));
    // Measured to the left of the way ahead, which is where the block lies.
    let angle = |to: P| {
        let a = cross(ahead, to).atan2(dot(ahead, to));
        if a < 0.0 { a + 2.0 * PI } else { a }
    };
    let opening = if angle(behind) < 1e-9 { 2.0 * PI } else { angle(behind) };
    angle(d) > rule.sharpest_rad && angle(d) < opening - rule.sharpest_rad
}

fn bend(a: P, b: P, bow: f64) -> Vec<P> {
    let (d, side) = (sub(b, a), left(sub(b, a)));
    let count = (norm(d) / 0.09).ceil().max(2.0) as usize;
    if bow.abs() * norm(d) < 0.004 {
        return Vec::new();
    }
    (1..count)
        .map(|i| {
            let t = i as f64 / count as f64;
            add(add(a, scale(d, t)), scale(side, 4.0 * bow * t * (1.0 - t)))
        })
        .collect()
}

/// The cut meets the block's border nowhere but at its ends.
fn clear(polygon: &[P], a: P, b: P, via: &[P]) -> bool {
    let mut run = vec![a];
    run.extend_from_slice(via);
    run.push(b);
    let last = run.len() - 2;
    run.windows(2).enumerate().all(|(n, w)| {
        polygon.iter().enumerate().all(|(i, &c)| {
            let d = polygon[(i + 1) % polygon.len()];
            let Some((t, _)) = crossing(w[0], w[1], c, d) else {
                return true;
            };
            (n == 0 && t < 1e-7) || (n == last && t > 1.0 - 1e-7)
        })
    })
}

/// Neither part is a sliver.
fn balanced(mesh: &Mesh, cycle: &[usize], a: &Spot, b: &Spot, pa: P, pb: P) -> bool {
    let at = |spot: &Spot| match *spot {
        Spot::Corner(h) | Spot::On(h, _) => cycle.iter().position(|&c| c == h),
    };
    let (Some(ia), Some(ib)) = (at(a), at(b)) else {
        return false;
    };
    let mut part = vec![pa];
    let mut i = ia;
    loop {
        i = (i + 1) % cycle.len();
        part.push(mesh.point(cycle[i]));
        if i == ib {
            break;
        }
        if part.len() > cycle.len() + 2 {
            return false;
        }
    }
    part.push(pb);
    let total: f64 = area(&cycle.iter().map(|&h| mesh.point(h)).collect::<Vec<_>>());
    let share = area(&part) / total;
    (0.2..=0.8).contains(&share)
}

/// The road that comes to this corner from the other side and goes straight on.
fn kin(mesh: &Mesh, roads: &[Road], spot: &Spot, towards: P, class: Class) -> Option<usize> {
    let Spot::Corner(h) = *spot else { return None };
    let d = unit(sub(towards, mesh.point(h)));
    mesh.around(h).into_iter().find_map(|g| {
        let way = mesh.ways[g / 2];
        let from = unit(sub(mesh.point(g), mesh.point(mesh.next(g))));
        let straight = dot(from, d) > 0.92 && dot(roads[way.road].heading, d).abs() > 0.8;
        (way.class == class && straight).then_some(way.road)
    })
}
