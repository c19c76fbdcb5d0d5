//! The town plan: the ring road, the warped fabric of arterials, the gates, the roads beyond.

use std::f64::consts::PI;

use super::dice::Dice;
use super::river::River;
use super::space::{P, cross, crossing, dist, half_box, mix, norm, rotate, scale, sub, turn, unit};

/// Roads in and out of the ring.
pub(crate) const GATES: usize = 26;
/// The service road inside the ring runs at this share of the ring's radius.
pub(crate) const FRONTAGE: f64 = 0.968;
/// The inner ring.
pub(crate) const INNER: f64 = 0.5;
/// Angle between two gates, seen from the centre, never less.
const GATE_GAP_RAD: f64 = 0.145;

/// What a line of the plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Ring,
    Frontage,
    InnerRing,
    Quay,
    RiverCentre,
    Column,
    Row,
    Radial,
    Highway,
    Box,
}

/// One line of the plan.
#[derive(Debug)]
pub(crate) struct Line {
    pub role: Role,
    pub pts: Vec<P>,
    /// The last point joins the first (which is not repeated).
    pub closed: bool,
}

/// Where a road crosses the ring.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate {
    pub at: P,
    /// Its line inside the ring, in [`Plan::lines`].
    pub inner: usize,
    /// Its highway outside the ring, in [`Plan::lines`].
    pub highway: usize,
}

/// Everything that is laid down before the first block is cut.
#[derive(Debug)]
pub(crate) struct Plan {
    pub river: River,
    pub lines: Vec<Line>,
    pub gates: Vec<Gate>,
}

/// Radius of the ring at this angle, in kilometres.
pub(crate) fn ring_radius(angle: f64) -> f64 {
    let (a, b, n) = (10.1, 8.1, 2.5);
    let r = ((angle.cos() / a).abs().powf(n) + (angle.sin() / b).abs().powf(n)).powf(-1.0 / n);
    r * (1.0 + 0.035 * (3.0 * angle + 1.0).sin() + 0.02 * (5.0 * angle + 0.3).sin())
}

/// A point at an angle and a share of the ring's radius.
pub(crate) fn polar(angle: f64, share: f64) -> P {
    let r = ring_radius(angle) * share;
    [r * angle.cos(), r * angle.sin()]
}

/// Share of the ring's radius: below 1 is inside.
pub(crate) fn reach(p: P) -> f64 {
    norm(p) / ring_radius(p[1].atan2(p[0]))
}

/// Direction of the ring near `p`.
pub(crate) fn ring_heading(p: P) -> P {
    let angle = p[1].atan2(p[0]);
    unit(sub(polar(angle + 0.01, 1.0), polar(angle - 0.01, 1.0)))
}

/// From the straight fabric to the ground.
fn warp(u: f64, v: f64) -> P {
    let [x, y] = rotate([u, v], -0.11);
    [
        x + 0.75 * (0.27 * y + 1.1).sin() + 0.24 * (0.66 * x + 0.45 * y).sin(),
        y + 0.65 * (0.25 * x + 0.4).sin() + 0.22 * (0.75 * y - 0.4 * x + 2.0).sin(),
    ]
}

fn circle(share: f64, count: usize) -> Vec<P> {
    (0..count).map(|i| polar((i as f64 / count as f64 - 0.5) * 2.0 * PI, share)).collect()
}

/// Positions of the arterials of one direction: close in the middle, wider towards the ring.
fn positions(dice: &mut Dice, limit: f64) -> Vec<f64> {
    let start = dice.between(-0.3, 0.3);
    let mut out = vec![start];
    for side in [-1.0, 1.0] {
        let mut at: f64 = start;
        loop {
            at += side * (1.22 + 0.055 * at.abs() + dice.between(-0.17, 0.17));
            if at.abs() > limit {
                break;
            }
            out.push(at);
        }
    }
    out.sort_by(f64::total_cmp);
    out
}

/// The arterials of the fabric, each from one side of the ring to the other.
fn fabric(seed: u64) -> Vec<Line> {
    let mut dice = Dice::new(seed, "fabric");
    let mut lines = Vec::new();
    for (role, limit) in [(Role::Column, 11.5), (Role::Row, 10.0)] {
        for at in positions(&mut dice, limit) {
            let (sway, phase) = (dice.between(0.02, 0.11), dice.between(0.0, 6.0));
            let run: Vec<P> = (-200..=200)
                .map(|i| {
                    let t = f64::from(i) * 0.07;
                    let s = at + sway * (0.8 * t + phase).sin();
                    if role == Role::Column { warp(s, t) } else { warp(t, s) }
                })
                .collect();
            // The longest stretch inside, with one point beyond the ring at both ends.
            let ins: Vec<usize> = (0..run.len()).filter(|&i| reach(run[i]) < 1.0).collect();
            if let (Some(&first), Some(&last)) = (ins.first(), ins.last())
                && last - first > 30
                && last - first + 1 == ins.len()
            {
                lines.push(Line { role, pts: run[first - 1..=last + 1].to_vec(), closed: false });
            }
        }
    }
    lines
}

/// Where the line leaves the ring at its start (`end` 0) or its end (`end` 1): ring segment and point.
fn exit(line: &[P], ring: &[P], end: usize) -> Option<(usize, P)> {
    let (a, b) = if end == 0 { (line[1], line[0]) } else { (line[line.len() - 2], line[line.len() - 1]) };
    (0..ring.len()).find_map(|i| crossing(a, b, ring[i], ring[(i + 1) % ring.len()]).map(|(t, _)| (i, mix(a, b, t))))
}

struct Candidate {
    line: usize,
    end: usize,
    at: P,
    angle: f64,
}

/// The ends of arterials that meet the ring at a good angle and away from the river.
fn candidates(lines: &[Line], ring: &[P], river: &River) -> Vec<Candidate> {
    let mut out = Vec::new();
    for (line, l) in lines.iter().enumerate() {
        for end in [0, 1] {
            let Some((_, at)) = exit(&l.pts, ring, end) else {
                continue;
            };
            let n = l.pts.len();
            let d = if end == 0 { sub(l.pts[0], l.pts[4]) } else { sub(l.pts[n - 1], l.pts[n - 5]) };
            if cross(unit(d), ring_heading(at)).abs() > 0.62 && !river.wet(at, 0.7) {
                out.push(Candidate { line, end, at, angle: at[1].atan2(at[0]) });
            }
        }
    }
    out
}

/// Lays down the plan. `None` when the seed leaves no room for 26 gates.
pub(crate) fn draw(seed: u64) -> Option<Plan> {
    let river = River::new(seed);
    let mut dice = Dice::new(seed, "gates");
    let mut ring = circle(1.0, 480);
    let mut lines = fabric(seed);
    let found = candidates(&lines, &ring, &river);

    // Spread over the whole ring: the nearest arterial to each wanted place, or a new radial road.
    let mut chosen: Vec<(f64, Option<usize>)> = Vec::new();
    let free = |chosen: &[(f64, Option<usize>)], angle: f64| chosen.iter().all(|c| turn(c.0, angle).abs() >= GATE_GAP_RAD);
    let slot = 2.0 * PI / GATES as f64;
    for n in 0..GATES {
        let want = -PI + (n as f64 + 0.5 + dice.between(-0.1, 0.1)) * slot;
        let near = (0..found.len())
            .filter(|&c| free(&chosen, found[c].angle))
            .min_by(|&a, &b| turn(found[a].angle, want).abs().total_cmp(&turn(found[b].angle, want).abs()))
            .filter(|&c| turn(found[c].angle, want).abs() < 0.5 * slot);
        match near {
            Some(c) => chosen.push((found[c].angle, Some(c))),
            None => {
                let angle = (0..60)
                    .map(|i| want + f64::from(i % 2 * 2 - 1) * f64::from(i) * 0.004)
                    .find(|&a| free(&chosen, a) && !river.wet(polar(a, 1.0), 0.7))?;
                chosen.push((turn(angle, 0.0), None));
            }
        }
    }
    chosen.sort_by(|a, b| a.0.total_cmp(&b.0));

    let mut gates = Vec::new();
    let mut trimmed = vec![[false; 2]; lines.len()];
    for &(angle, candidate) in &chosen {
        let (at, inner, heading) = match candidate {
            Some(c) => {
                let Candidate { line, end, at, .. } = found[c];
                let pts = &mut lines[line].pts;
                let n = pts.len();
                let outer = if end == 0 { 0 } else { n - 1 };
                let heading = sub(at, if end == 0 { pts[4] } else { pts[n - 5] });
                pts[outer] = at;
                trimmed[line][end] = true;
                (at, line, unit(heading))
            }
            None => {
                let far = polar(angle, 1.05);
                let i = (0..ring.len()).find(|&i| crossing([0.0, 0.0], far, ring[i], ring[(i + 1) % ring.len()]).is_some())?;
                let (t, _) = crossing([0.0, 0.0], far, ring[i], ring[(i + 1) % ring.len()])?;
                let at = scale(far, t);
                let mut pts: Vec<P> = (0..24).map(|s| scale(at, 0.72 + 0.28 * f64::from(s) / 24.0)).collect();
                pts.push(at);
                lines.push(Line { role: Role::Radial, pts, closed: false });
                (at, lines.len() - 1, unit(at))
            }
        };
        // The ring road gets a point exactly there.
        let i = (0..ring.len()).min_by(|&a, &b| {
            let d = |i: usize| super::space::to_segment(at, ring[i], ring[(i + 1) % ring.len()]);
            d(a).total_cmp(&d(b))
        })?;
        ring.insert(i + 1, at);
        lines.push(Line { role: Role::Highway, pts: highway(at, heading, &river, &mut dice), closed: false });
        gates.push(Gate { at, inner, highway: lines.len() - 1 });
    }

    let [w, h] = half_box();
    lines.push(Line { role: Role::Ring, pts: ring, closed: true });
    lines.push(Line { role: Role::Frontage, pts: circle(FRONTAGE, 420), closed: true });
    lines.push(Line { role: Role::InnerRing, pts: circle(INNER, 240), closed: true });
    for side in [1.0, -1.0] {
        let pts = river.quay(side).into_iter().filter(|&p| reach(p) < 1.02).collect();
        lines.push(Line { role: Role::Quay, pts, closed: false });
    }
    lines.push(Line { role: Role::RiverCentre, pts: river.centre.clone(), closed: false });
    lines.push(Line { role: Role::Box, pts: vec![[-w, -h], [w, -h], [w, h], [-w, h]], closed: true });
    Some(Plan { river, lines, gates })
}

/// From the gate outwards to beyond the box: it turns away from the street's direction to the open land.
fn highway(at: P, heading: P, river: &River, dice: &mut Dice) -> Vec<P> {
    let start = at[1].atan2(at[0]);
    let share = norm(at) / ring_radius(start);
    let radial = unit(at);
    let slope = (cross(radial, heading) / super::space::dot(radial, heading).max(0.3)).clamp(-0.35, 0.35);
    let (sway, phase) = (dice.between(0.0, 0.014), dice.between(0.0, 6.0));
    let [w, h] = half_box();
    for keep in [1.0, 0.5, 0.0] {
        let mut pts = vec![at];
        for step in 1..200 {
            let k = f64::from(step) * 0.02;
            let bend = slope * 0.12 * (1.0 - (-k / 0.12).exp()) + sway * ((5.0 * k + phase).sin() - phase.sin()) * k;
            let p = polar(start + keep * bend, share + k);
            pts.push(p);
            if p[0].abs() > w || p[1].abs() > h {
                break;
            }
        }
        if keep == 0.0 || !pts.iter().any(|&p| river.wet(p, 0.3)) {
            return pts;
        }
    }
    vec![at, scale(at, dist(at, [0.0, 0.0]).max(4.0))]
}
