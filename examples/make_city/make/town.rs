//! From the plan to blocks: arterials, bridges, superblocks, parks, streets.

use super::arrangement::Arrangement;
use super::blocks::{Road, Rule, Site, cut_up};
use super::dice::Dice;
use super::mesh::{Class, Mesh, Way};
use super::plan::{FRONTAGE, Plan, Role, polar, reach, ring_heading};
use super::regions::Regions;
use super::space::{P, add, centroid, cross, dist, left, length, mix, scale, sub, unit};

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

fn direction(pts: &[P], share: f64) -> (P, P) {
    super::space::along(pts, share)
}

/// Arterials that run close beside the river, the service road or the inner ring would make slivers.
fn beside(plan: &Plan, pts: &[P]) -> bool {
    let close = (0..9).filter(|&i| {
        let (p, d) = direction(pts, (f64::from(i) + 0.5) / 9.0);
        let river = plan.river.wet(p, 0.26) && cross(d, plan.river.heading(p)).abs() < 0.6;
        let k = reach(p);
        let ring = k > 0.91 && cross(d, ring_heading(p)).abs() < 0.55;
        let inner = ((k - super::plan::INNER) * super::plan::ring_radius(p[1].atan2(p[0]))).abs()
            < 0.3
            && cross(d, ring_heading(p)).abs() < 0.5;
        river || ring || inner
    });
    close.count() >= 4
}

fn fabric(role: Role) -> bool {
    matches!(role, Role::Column | Role::Row | Role::Radial)
}

/// The plan's lines, cut, without loose ends, slivers and needless pieces.
fn arrange(plan: &Plan, dice: &mut Dice) -> Arrangement {
    let role = |l: usize| plan.lines[l].role;
    let mut it = Arrangement::new(&plan.lines);
    it.pieces.retain(|p| {
        let (mid, _) = direction(&p.pts, 0.5);
        let k = reach(mid);
        match role(p.line) {
            Role::Quay => k < 1.0,
            Role::Column | Role::Row | Role::Radial => {
                let bank = plan.river.wet(mid, 0.0);
                // Now and then a block is twice as large: the fabric is no grid.
                let lost = k > 0.25
                    && k < 0.93
                    && !bank
                    && role(p.line) != Role::Radial
                    && dice.chance(0.08);
                // A street that ends on the ring right beside a gate would only confuse it.
                let gate = |reach_km: f64| {
                    plan.gates
                        .iter()
                        .any(|g| p.pts.iter().any(|&q| dist(q, g.at) < reach_km))
                };
                let crowds = k > FRONTAGE && gate(0.5) && !gate(1e-9);
                k < 1.0 && !lost && !crowds && (k > FRONTAGE || !beside(plan, &p.pts))
            }
            _ => true,
        }
    });
    // Nothing but the inner ring itself meets its bridges.
    let ringed: Vec<usize> = it
        .pieces
        .iter()
        .filter(|p| role(p.line) == Role::InnerRing)
        .flat_map(|p| [p.a, p.b])
        .collect();
    let wet: Vec<bool> = it.nodes.iter().map(|&p| plan.river.wet(p, -0.01)).collect();
    it.pieces.retain(|p| {
        !fabric(role(p.line)) || ![p.a, p.b].iter().any(|n| wet[*n] && ringed.contains(n))
    });
    it.prune();
    it.collapse(0.13, |node, it| {
        let mut used = it.pieces.iter().filter(|p| p.a == node || p.b == node);
        !plan.river.wet(it.nodes[node], 0.05) && used.all(|p| fabric(role(p.line)))
    });
    it.prune();
    // Blocks too small to stand on their own join a neighbour.
    loop {
        let mesh = Mesh::new(&it, |n| Way {
            class: Class::Border,
            road: n,
            bridge: false,
        });
        let worst = (0..mesh.face_count()).find_map(|f| {
            let cycle = mesh.cycle(f);
            let size = mesh.area(f);
            let around: f64 = cycle
                .iter()
                .map(|&h| dist(mesh.point(h), mesh.point(h ^ 1)))
                .sum();
            let mid = centroid(&mesh.polygon(f));
            let empty = reach(mid) > FRONTAGE || plan.river.wet(mid, -0.03);
            if size <= 0.0
                || (empty && size > 0.01)
                || (size > 0.05 && size / (around * around) > 0.018)
            {
                return None;
            }
            let mut pieces: Vec<usize> = cycle.iter().map(|&h| mesh.ways[h / 2].road).collect();
            pieces.dedup();
            pieces
                .into_iter()
                .filter(|&n| {
                    let p = &it.pieces[n];
                    let gate = plan
                        .gates
                        .iter()
                        .any(|g| [it.nodes[p.a], it.nodes[p.b]].contains(&g.at));
                    fabric(role(p.line)) && !gate
                })
                .max_by(|&a, &b| {
                    length(&it.pieces[a].pts)
                        .total_cmp(&length(&it.pieces[b].pts))
                        .then(b.cmp(&a))
                })
        });
        let Some(piece) = worst else { return it };
        it.pieces.remove(piece);
        it.prune();
    }
}

/// Pieces that are bridges in town: both crossings of the inner ring and four arterials, well apart.
fn bridges(plan: &Plan, it: &Arrangement) -> Option<Vec<usize>> {
    let role = |n: usize| plan.lines[it.pieces[n].line].role;
    let place = |n: usize| plan.river.chainage(direction(&it.pieces[n].pts, 0.5).0);
    let inner: Vec<usize> = (0..it.pieces.len())
        .filter(|&n| {
            role(n) == Role::InnerRing && plan.river.wet(direction(&it.pieces[n].pts, 0.5).0, -0.01)
        })
        .collect();
    let mut taken: Vec<f64> = inner.iter().map(|&n| place(n)).collect();
    taken.sort_by(f64::total_cmp);
    taken.dedup_by(|a, b| (*a - *b).abs() < 1.0);
    if taken.len() != 2 {
        return None;
    }
    let banks = |node: usize| {
        (0..it.pieces.len())
            .any(|n| role(n) == Role::Quay && [it.pieces[n].a, it.pieces[n].b].contains(&node))
    };
    // Position along the river, and the two pieces from bank to bank.
    let mut found: Vec<(f64, [usize; 2])> = Vec::new();
    for (node, &p) in it.nodes.iter().enumerate() {
        if plan.river.off(p).abs() > 1e-6 || reach(p) > 0.93 {
            continue;
        }
        let halves: Vec<usize> = (0..it.pieces.len())
            .filter(|&n| {
                let piece = &it.pieces[n];
                let far = if piece.a == node { piece.b } else { piece.a };
                fabric(role(n)) && (piece.a == node || piece.b == node) && banks(far)
            })
            .collect();
        if let [a, b] = halves[..] {
            let km = length(&it.pieces[a].pts) + length(&it.pieces[b].pts);
            if it.pieces[a].line == it.pieces[b].line && km < 2.9 * plan.river.half_corridor(p) {
                found.push((plan.river.chainage(p), [a, b]));
            }
        }
    }
    let west = found.iter().map(|f| f.0).fold(f64::MAX, f64::min);
    let east = found.iter().map(|f| f.0).fold(f64::MIN, f64::max);
    let mut bridged = inner;
    while taken.len() < 6 {
        // The ring's own bridges lie beyond both ends.
        let gap = |s: f64| {
            let near = taken.iter().map(|t| (t - s).abs()).fold(f64::MAX, f64::min);
            near.min(s - west + 1.5).min(east + 1.5 - s)
        };
        let best = found
            .iter()
            .filter(|f| gap(f.0) > 0.5)
            .max_by(|a, b| gap(a.0).total_cmp(&gap(b.0)))?;
        taken.push(best.0);
        bridged.extend(best.1);
    }
    Some(bridged)
}

/// What each piece carries.
fn ways(plan: &Plan, it: &Arrangement, dice: &mut Dice) -> Option<Vec<Way>> {
    let bridged = bridges(plan, it)?;
    let lesser: Vec<bool> = plan
        .lines
        .iter()
        .enumerate()
        .map(|(l, _)| dice.chance(0.3) && !plan.gates.iter().any(|g| g.inner == l))
        .collect();
    let class = |n: usize, piece: &super::arrangement::Piece| {
        let (mid, _) = direction(&piece.pts, 0.5);
        let wet = plan.river.wet(mid, -0.01);
        let own = if lesser[piece.line] {
            Class::Secondary
        } else {
            Class::Arterial
        };
        match plan.lines[piece.line].role {
            Role::Ring => (Class::Ring, wet),
            Role::Frontage if wet => (Class::Border, false),
            Role::Frontage => (Class::Secondary, false),
            Role::Quay if reach(mid) > FRONTAGE => (Class::Border, false),
            Role::Quay => (Class::Secondary, false),
            Role::InnerRing => (Class::Arterial, bridged.contains(&n)),
            Role::Column | Role::Row | Role::Radial => {
                let gate = plan
                    .gates
                    .iter()
                    .any(|g| [piece.pts[0], piece.pts[piece.pts.len() - 1]].contains(&g.at));
                if bridged.contains(&n) {
                    (Class::Arterial, true)
                } else if wet || (reach(mid) > FRONTAGE && !gate) {
                    (Class::Border, false)
                } else {
                    (own, false)
                }
            }
            Role::RiverCentre | Role::Highway | Role::Box => (Class::Border, false),
        }
    };
    let it = it.pieces.iter().enumerate().map(|(n, piece)| {
        let (class, bridge) = class(n, piece);
        Way {
            class,
            road: piece.line,
            bridge,
        }
    });
    Some(it.collect())
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
    let mut roads: Vec<Road> = plan
        .lines
        .iter()
        .enumerate()
        .map(|(l, _)| Road {
            class: Class::Arterial,
            site: Site::Plan(l),
            heading: [0.0, 0.0],
        })
        .collect();

    let mut ground: Vec<Ground> = (0..mesh.face_count())
        .map(|f| self::ground(plan, &mesh, f))
        .collect();
    for face in 0..ground.len() {
        if ground[face] == Ground::Town {
            let k = reach(centroid(&mesh.polygon(face)));
            let rule = Rule {
                class: Class::Secondary,
                area_km2: 0.26 + 0.24 * k,
                snap_km: 0.13,
                skew_rad: 0.09,
                bow: 0.06,
                sharpest_rad: 0.95,
            };
            cut_up(
                &mut mesh,
                &mut roads,
                face,
                Site::Block(face),
                &rule,
                &mut dice,
            );
        }
    }
    ground.resize(mesh.face_count(), Ground::Town);

    let blocks = mesh.clone();
    let (parks, green) = parks(&blocks, &ground, &mut mesh);
    let superblocks = blocks.face_count();
    for face in 0..superblocks {
        if ground[face] == Ground::Town && !green[face] {
            let rule = style(&blocks.polygon(face), &mut dice);
            cut_up(
                &mut mesh,
                &mut roads,
                face,
                Site::Block(face),
                &rule,
                &mut dice,
            );
        }
    }
    let spurs = spurs(
        &mut mesh,
        superblocks,
        &green,
        &ground,
        &mut roads,
        &mut dice,
    );
    Some(Town {
        blocks,
        ground,
        streets: mesh,
        roads,
        parks,
        spurs,
    })
}

/// Blind alleys into the larger blocks.
fn spurs(
    mesh: &mut Mesh,
    superblocks: usize,
    green: &[bool],
    ground: &[Ground],
    roads: &mut Vec<Road>,
    dice: &mut Dice,
) -> Vec<Spur> {
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
            .filter_map(|i| {
                super::space::crossing(from, far, polygon[i], polygon[(i + 1) % polygon.len()])
            })
            .map(|(t, _)| t * 9.0)
            .filter(|&d| d > 0.001)
            .fold(9.0, f64::min);
        let to = add(from, scale(inward, depth * dice.between(0.45, 0.7)));
        if depth > 8.0 || dist(from, to) < 0.04 {
            continue;
        }
        let at = mesh.split_edge(h, from);
        roads.push(Road {
            class: Class::Street,
            site: roads[mesh.ways[h / 2].road].site,
            heading: inward,
        });
        out.push(Spur {
            vertex: mesh.origin(at),
            to,
            road: roads.len() - 1,
        });
    }
    out
}

/// Each superblock has a way of being built.
fn style(polygon: &[P], dice: &mut Dice) -> Rule {
    let k = reach(centroid(polygon));
    let plain = Rule {
        class: Class::Street,
        area_km2: 0.031 + 0.040 * k * k,
        snap_km: 0.042,
        skew_rad: 0.07,
        bow: 0.0,
        sharpest_rad: 0.85,
    };
    let kind = dice.unit();
    if kind < 0.14 {
        // An old village that the town grew around.
        Rule {
            area_km2: 0.016,
            snap_km: 0.02,
            skew_rad: 0.3,
            bow: 0.05,
            ..plain
        }
    } else if kind < 0.34 {
        // Walled estates: few streets go through.
        Rule {
            area_km2: plain.area_km2 * 1.8,
            bow: 0.07,
            skew_rad: 0.14,
            ..plain
        }
    } else if kind < 0.42 && k > 0.5 {
        // Works and yards.
        Rule {
            area_km2: 0.12,
            ..plain
        }
    } else {
        plain
    }
}

/// Parks near these places (share of the ring's radius, angle in degrees), with so many blocks; the third has a lake.
const PARKS: [(f64, f64, usize); 16] = [
    (0.12, 40.0, 1),
    (0.62, 165.0, 5),
    (0.62, 45.0, 4),
    (0.35, 105.0, 1),
    (0.75, 95.0, 2),
    (0.55, -15.0, 1),
    (0.85, 10.0, 2),
    (0.45, -100.0, 1),
    (0.8, -65.0, 3),
    (0.7, -140.0, 2),
    (0.4, 200.0, 1),
    (0.88, 135.0, 2),
    (0.3, -30.0, 1),
    (0.55, 75.0, 1),
    (0.85, -110.0, 1),
    (0.85, 185.0, 1),
];

fn parks(blocks: &Mesh, ground: &[Ground], streets: &mut Mesh) -> (Vec<Park>, Vec<bool>) {
    let mut green = vec![false; blocks.face_count()];
    let mut parks = Vec::new();
    for (n, &(share, degrees, count)) in PARKS.iter().enumerate() {
        let want = polar(degrees.to_radians(), share);
        let free = |green: &[bool], f: usize| {
            ground[f] == Ground::Town && !green[f] && blocks.area(f) > 0.12
        };
        let Some(start) = (0..blocks.face_count())
            .filter(|&f| free(&green, f))
            .min_by(|&a, &b| {
                let d = |f: usize| dist(centroid(&blocks.polygon(f)), want);
                d(a).total_cmp(&d(b))
            })
        else {
            continue;
        };
        let mut region = Regions::new(
            blocks,
            (0..blocks.face_count()).filter(|&f| free(&green, f)),
        );
        for _ in 1..count {
            // Only across streets that the park may swallow.
            let next = region
                .neighbours(start)
                .into_iter()
                .filter_map(|r| region.contact(start, r).map(|c| (c, r)))
                .filter(|(c, r)| {
                    c.arterial_km + c.river_km == 0.0 && swallows(blocks, &region, start, *r)
                })
                .max_by(|a, b| a.0.km.total_cmp(&b.0.km));
            if let Some((_, r)) = next {
                region.join(r, start);
            }
        }
        for &f in region.faces(start) {
            green[f] = true;
            for h in blocks.cycle(f) {
                if region.owner(blocks.face(h ^ 1)) == start {
                    streets.ways[h / 2].class = Class::Border;
                }
            }
        }
        let outline = region.outline(start);
        let lake = (n == 2).then(|| lake(&outline));
        parks.push(Park { outline, lake });
    }
    (parks, green)
}

/// The border between the two carries cut streets only, no line of the plan.
fn swallows(blocks: &Mesh, region: &Regions<'_>, a: usize, b: usize) -> bool {
    region
        .border(a)
        .into_iter()
        .filter(|&h| region.owner(blocks.face(h ^ 1)) == b)
        .all(|h| {
            let way = blocks.ways[h / 2];
            way.class == Class::Secondary && !way.bridge
        })
}

/// Water well inside a park.
fn lake(outline: &[P]) -> Vec<P> {
    let c = centroid(outline);
    (0..48)
        .map(|i| {
            let angle = f64::from(i) * std::f64::consts::TAU / 48.0;
            let d = [angle.cos(), angle.sin()];
            let far = add(c, scale(d, 9.0));
            let wall = (0..outline.len())
                .filter_map(|i| {
                    super::space::crossing(c, far, outline[i], outline[(i + 1) % outline.len()])
                })
                .map(|(t, _)| t * 9.0)
                .fold(9.0, f64::min);
            add(c, scale(d, wall * (0.62 + 0.08 * (3.0 * angle).sin())))
        })
        .collect()
}
