//! From the plan to blocks: arterials, bridges, superblocks, parks, streets.

use super::arterials::{arrange, ways};
use super::blocks::{Road, Rule, Site, cut_up};
use super::dice::Dice;
use super::mesh::{Class, Mesh};
use super::parks::parks;
use super::plan::{FRONTAGE, Plan, reach};
use super::space::{P, add, centroid, dist, left, mix, scale, sub, unit};

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    Town,
    /// Between the service road and the ring, or between the riverside roads.
    Empty,
    Outside,
}

/// Blocks that one park covers.
#[derive(Debug)]
pub(crate) struct Park {
    pub outline: Vec<P>,
    /// A lake in it.
    pub lake: Option<Vec<P>>,
}

/// The town inside the ring.
#[derive(Debug)]
pub(crate) struct Town {
    /// With superblocks only: zones are made of these.
    pub blocks: Mesh,
    /// One for each face of `blocks`.
    pub ground: Vec<Ground>,
    /// With every street.
    pub streets: Mesh,
    /// Index of [`Way::road`]; the first ones are the plan's lines.
    pub roads: Vec<Road>,
    pub parks: Vec<Park>,
    pub spurs: Vec<Spur>,
}

/// A blind alley from a point of `streets`.
#[derive(Debug)]
pub(crate) struct Spur {
    pub vertex: usize,
    pub to: P,
    pub road: usize,
}

fn ground(plan: &Plan, mesh: &Mesh, face: usize) -> Ground {
    let longest = mesh
        .cycle(face)
        .into_iter()
        .map(|h| (dist(mesh.point(h), mesh.point(h ^ 1)), h))
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let Some((_, h)) = longest else {
        return Ground::Outside;
    };
    let (a, b) = (mesh.point(h), mesh.point(h ^ 1));
    // A few metres into the block.
    let p = add(mix(a, b, 0.5), scale(left(unit(sub(b, a))), 0.004));
    let k = reach(p);
    if mesh.area(face) < 0.0 || k > 1.0 {
        Ground::Outside
    } else if k > FRONTAGE || plan.river.wet(p, 0.0) {
        Ground::Empty
    } else {
        Ground::Town
    }
}

/// Builds the town. `None` when the seed makes a river without good places for six bridges.
pub(crate) fn build(seed: u64, plan: &Plan) -> Option<Town> {
    let mut dice = Dice::new(seed, "town");
    let arrangement = arrange(plan, &mut dice);
    let carried = ways(plan, &arrangement, &mut dice)?;
    let mut mesh = Mesh::new(&arrangement, |n| carried[n]);
    let mut roads: Vec<Road> =
        plan.lines.iter().enumerate().map(|(l, _)| Road { class: Class::Arterial, site: Site::Plan(l), heading: [0.0, 0.0] }).collect();

    let mut ground: Vec<Ground> = (0..mesh.face_count()).map(|f| self::ground(plan, &mesh, f)).collect();
    for (face, &ground) in ground.iter().enumerate() {
        if ground == Ground::Town {
            let k = reach(centroid(&mesh.polygon(face)));
            let rule =
                Rule { class: Class::Secondary, area_km2: 0.26 + 0.24 * k, snap_km: 0.13, skew_rad: 0.09, bow: 0.06, sharpest_rad: 0.95 };
            cut_up(&mut mesh, &mut roads, face, Site::Block(face), &rule, &mut dice);
        }
    }
    ground.resize(mesh.face_count(), Ground::Town);

    let blocks = mesh.clone();
    let (parks, green) = parks(&blocks, &ground, &mut mesh);
    let superblocks = blocks.face_count();
    for face in 0..superblocks {
        if ground[face] == Ground::Town && !green[face] {
            let rule = style(&blocks.polygon(face), &mut dice);
            cut_up(&mut mesh, &mut roads, face, Site::Block(face), &rule, &mut dice);
        }
    }
    let spurs = spurs(&mut mesh, superblocks, &green, &ground, &mut roads, &mut dice);
    Some(Town { blocks, ground, streets: mesh, roads, parks, spurs })
}

/// Blind alleys into the larger blocks.
fn spurs(mesh: &mut Mesh, superblocks: usize, green: &[bool], ground: &[Ground], roads: &mut Vec<Road>, dice: &mut Dice) -> Vec<Spur> {
    let mut out = Vec::new();
    for face in 0..mesh.face_count() {
        let built = face >= superblocks || (ground[face] == Ground::Town && !green[face]);
        if !built || mesh.area(face) < 0.014 || !dice.chance(0.18) {
            continue;
        }
        let polygon = mesh.polygon(face);
        let side = mesh
            .cycle(face)
            .into_iter()
            .filter(|&h| mesh.ways[h / 2].class == Class::Street)
            .map(|h| (dist(mesh.point(h), mesh.point(h ^ 1)), h))
            .filter(|s| s.0 > 0.1)
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((_, h)) = side else { continue };
        let (a, b) = (mesh.point(h), mesh.point(h ^ 1));
        let from = mix(a, b, dice.between(0.4, 0.6));
        let inward = left(unit(sub(b, a)));
        let far = add(from, scale(inward, 9.0));
        let depth = (0..polygon.len())
            .filter_map(|i| super::space::crossing(from, far, polygon[i], polygon[(i + 1) % polygon.len()]))
            .map(|(t, _)| t * 9.0)
            .filter(|&d| d > 0.001)
            .fold(9.0, f64::min);
        let to = add(from, scale(inward, depth * dice.between(0.45, 0.7)));
        if depth > 8.0 || dist(from, to) < 0.04 {
            continue;
        }
        let at = mesh.split_edge(h, from);
        roads.push(Road { class: Class::Street, site: roads[mesh.ways[h / 2].road].site, heading: inward });
        out.push(Spur { vertex: mesh.origin(at), to, road: roads.len() - 1 });
    }
    out
}

/// Each superblock has a way of being built.
fn style(polygon: &[P], dice: &mut Dice) -> Rule {
    let k = reach(centroid(polygon));
    let plain =
        Rule { class: Class::Street, area_km2: 0.031 + 0.040 * k * k, snap_km: 0.042, skew_rad: 0.07, bow: 0.0, sharpest_rad: 0.85 };
    let kind = dice.unit();
    if kind < 0.14 {
        // An old village that the town grew around.
        Rule { area_km2: 0.016, snap_km: 0.02, skew_rad: 0.3, bow: 0.05, ..plain }
    } else if kind < 0.34 {
        // Walled estates: few streets go through.
        Rule { area_km2: plain.area_km2 * 1.8, bow: 0.07, skew_rad: 0.14, ..plain }
    } else if kind < 0.42 && k > 0.5 {
        // Works and yards.
        Rule { area_km2: 0.12, ..plain }
    } else {
        plain
    }
}
