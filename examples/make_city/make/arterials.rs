//! The plan's lines, cut and cleaned: which pieces stay, which are bridges, what each carries.

use super::arrangement::Arrangement;
use super::dice::Dice;
use super::mesh::{Class, Mesh, Way};
use super::plan::{FRONTAGE, Plan, Role, reach, ring_heading};
use super::space::{P, centroid, cross, dist, length};

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
        let inner =
            ((k - super::plan::INNER) * super::plan::ring_radius(p[1].atan2(p[0]))).abs() < 0.3 && cross(d, ring_heading(p)).abs() < 0.5;
        river || ring || inner
    });
    close.count() >= 4
}

fn fabric(role: Role) -> bool {
    matches!(role, Role::Column | Role::Row | Role::Radial)
}

/// The plan's lines, cut, without loose ends, slivers and needless pieces.
pub(crate) fn arrange(plan: &Plan, dice: &mut Dice) -> Arrangement {
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
                let lost = k > 0.25 && k < 0.93 && !bank && role(p.line) != Role::Radial && dice.chance(0.08);
                // A street that ends on the ring right beside a gate would only confuse it.
                let crowds = k > FRONTAGE && plan.gates.iter().any(|g| g.inner != p.line && p.pts.iter().any(|&q| dist(q, g.at) < 0.5));
                k < 1.0 && !lost && !crowds && (k > FRONTAGE || !beside(plan, &p.pts))
            }
            _ => true,
        }
    });
    // Nothing but the inner ring itself meets its bridges.
    let ringed: Vec<usize> = it.pieces.iter().filter(|p| role(p.line) == Role::InnerRing).flat_map(|p| [p.a, p.b]).collect();
    let wet: Vec<bool> = it.nodes.iter().map(|&p| plan.river.wet(p, -0.01)).collect();
    it.pieces.retain(|p| !fabric(role(p.line)) || ![p.a, p.b].iter().any(|n| wet[*n] && ringed.contains(n)));
    it.prune();
    it.collapse(0.13, |node, it| {
        let mut used = it.pieces.iter().filter(|p| p.a == node || p.b == node);
        !plan.river.wet(it.nodes[node], 0.05) && used.all(|p| fabric(role(p.line)))
    });
    it.prune();
    // Blocks too small to stand on their own join a neighbour.
    loop {
        let mesh = Mesh::new(&it, |n| Way { class: Class::Border, road: n, bridge: false });
        let worst = (0..mesh.face_count()).find_map(|f| {
            let cycle = mesh.cycle(f);
            let size = mesh.area(f);
            let around: f64 = cycle.iter().map(|&h| dist(mesh.point(h), mesh.point(h ^ 1))).sum();
            let mid = centroid(&mesh.polygon(f));
            let empty = reach(mid) > FRONTAGE || plan.river.wet(mid, -0.03);
            if size <= 0.0 || (empty && size > 0.01) || (size > 0.05 && size / (around * around) > 0.018) {
                return None;
            }
            let mut pieces: Vec<usize> = cycle.iter().map(|&h| mesh.ways[h / 2].road).collect();
            pieces.dedup();
            pieces
                .into_iter()
                .filter(|&n| {
                    let p = &it.pieces[n];
                    let (mid, _) = direction(&p.pts, 0.5);
                    let gate = plan.gates.iter().any(|g| g.inner == p.line && dist(mid, g.at) < 0.6);
                    fabric(role(p.line)) && !gate
                })
                .max_by(|&a, &b| length(&it.pieces[a].pts).total_cmp(&length(&it.pieces[b].pts)).then(b.cmp(&a)))
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
        .filter(|&n| role(n) == Role::InnerRing && plan.river.wet(direction(&it.pieces[n].pts, 0.5).0, -0.01))
        .collect();
    let mut taken: Vec<f64> = inner.iter().map(|&n| place(n)).collect();
    taken.sort_by(f64::total_cmp);
    taken.dedup_by(|a, b| (*a - *b).abs() < 1.0);
    if taken.len() != 2 {
        return None;
    }
    let banks = |node: usize| (0..it.pieces.len()).any(|n| role(n) == Role::Quay && [it.pieces[n].a, it.pieces[n].b].contains(&node));
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
        let best = found.iter().filter(|f| gap(f.0) > 0.5).max_by(|a, b| gap(a.0).total_cmp(&gap(b.0)))?;
        taken.push(best.0);
        bridged.extend(best.1);
    }
    Some(bridged)
}

/// What each piece carries.
pub(crate) fn ways(plan: &Plan, it: &Arrangement, dice: &mut Dice) -> Option<Vec<Way>> {
    let bridged = bridges(plan, it)?;
    let lesser: Vec<bool> =
        plan.lines.iter().enumerate().map(|(l, _)| dice.chance(0.3) && !plan.gates.iter().any(|g| g.inner == l)).collect();
    let class = |n: usize, piece: &super::arrangement::Piece| {
        let (mid, _) = direction(&piece.pts, 0.5);
        let wet = plan.river.wet(mid, -0.01);
        let own = if lesser[piece.line] { Class::Secondary } else { Class::Arterial };
        match plan.lines[piece.line].role {
            Role::Ring => (Class::Ring, wet),
            Role::Frontage if wet => (Class::Border, false),
            Role::Frontage => (Class::Secondary, false),
            Role::Quay if reach(mid) > FRONTAGE => (Class::Border, false),
            Role::Quay => (Class::Secondary, false),
            Role::InnerRing => (Class::Arterial, bridged.contains(&n)),
            Role::Column | Role::Row | Role::Radial => {
                let gate = plan.gates.iter().any(|g| g.inner == piece.line && dist(mid, g.at) < 0.6);
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
        Way { class, road: piece.line, bridge }
    });
    Some(it.collect())
}
