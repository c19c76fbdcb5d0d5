//! The largest part of roads in which every junction reaches every other.

use super::{
    Drive, JunctionNo,
    packed::{PackedEdge, WaysOut},
};

/// A junction that was not met yet.
const NEW: u32 = 0;
/// A junction whose part is complete.
const DONE: u32 = u32::MAX;

/// Whether each junction belongs to the largest strongly connected part, by junctions; the first found among equals.
///
/// R. E. Tarjan, "Depth-first search and linear graph algorithms", SIAM Journal on Computing 1, 1972, without recursion: it would
/// go as deep as a road is long. Linear; 30 bytes a junction while it works.
pub(super) fn strongest(junctions: usize, edges: &[PackedEdge]) -> Vec<bool> {
    let out = WaysOut::new(junctions, edges);
    // The order in which junctions were met, from 1; then the earliest that each leads back to.
    let mut earliest = vec![NEW; junctions];
    // Junctions whose part is not complete, and the way to where the search is: a junction, its place in the order, the next drive.
    let (mut open, mut way): (Vec<JunctionNo>, Vec<(JunctionNo, u32, usize)>) = (Vec::new(), Vec::new());
    let (mut met, mut largest) = (0_u32, Vec::new());
    let head = |drive: u32| {
        let Drive { edge, backward } = Drive::from_no(drive);
        edges.get(edge as usize).map(|edge| if backward { edge.from } else { edge.to })
    };
    for root in 0..junctions as JunctionNo {
        if earliest.get(root as usize) != Some(&NEW) {
            continue;
        }
        let mut enter = Some(root);
        loop {
            if let Some(junction) = enter.take() {
                met += 1;
                if let Some(slot) = earliest.get_mut(junction as usize) {
                    *slot = met;
                }
                open.push(junction);
                way.push((junction, met, 0));
            }
            let Some((junction, place, next)) = way.last_mut() else { break };
            if let Some(drive) = out.of(*junction).get(*next) {
                let to = head(*drive).unwrap_or(*junction);
                *next += 1;
                match earliest.get(to as usize).copied() {
                    Some(NEW) => enter = Some(to),
                    Some(back) if back != DONE => lower(&mut earliest, *junction, back),
                    _ => {}
                }
                continue;
            }
            let (junction, place) = (*junction, *place);
            way.pop();
            let back = earliest.get(junction as usize).copied().unwrap_or(DONE);
            if back == place {
                let first = open.iter().rposition(|of| *of == junction).unwrap_or(0);
                let part = open.split_off(first);
                for of in &part {
                    if let Some(slot) = earliest.get_mut(*of as usize) {
                        *slot = DONE;
                    }
                }
                if part.len() > largest.len() {
                    largest = part;
                }
            } else if let Some((before, ..)) = way.last() {
                lower(&mut earliest, *before, back);
            }
        }
    }
    let mut is_in = vec![false; junctions];
    for junction in largest {
        if let Some(slot) = is_in.get_mut(junction as usize) {
            *slot = true;
        }
    }
    is_in
}

fn lower(earliest: &mut [u32], of: JunctionNo, to: u32) {
    if let Some(slot) = earliest.get_mut(of as usize) {
        *slot = (*slot).min(to);
    }
}
