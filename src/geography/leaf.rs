//! A cell that answers: everything that a question there reads, in one block of memory.
//!
//! Words of 64 bits, in the order in which they are read: the cosine of the cell (three numbers), then for each zone,
//! ascending, a head (its number, the kind of test, how many edges and steps follow, where the winding number starts) and
//! right behind it what is tested. One cell is one or two kilobytes at most where borders crowd, mostly a few hundred
//! bytes: a question waits for memory once or twice, not once for every table.

use super::{
    ZoneNo,
    bounds::Bounds,
    content::{Content, Test},
    disc::{Cosine, DISC_WORDS, Disc},
    ring::{EDGE_WORDS, Edge, Ring, STEP_WORDS, Step},
};
use crate::geodesy::LatLng;

const WHOLE: u64 = 0;
const RING: u64 = 1;
const HOLE: u64 = 2;
const DISC: u64 = 3;
const ASK: u64 = 4;

/// Where the parts of a head are: 32 bits of number, 3 of kind, 11 of edges, 10 of steps, 8 of winding number.
const KIND: u32 = 32;
const EDGES: u32 = 35;
const STEPS: u32 = 46;
const BASE: u32 = 56;

const COSINE_WORDS: usize = 3;

const fn field(head: u64, at: u32, bits: u32) -> usize {
    (head >> at & ((1 << bits) - 1)) as usize
}

/// The block of a cell's content.
pub(super) fn write(content: &Content) -> Vec<u64> {
    let mut words = Vec::with_capacity(COSINE_WORDS + content.words());
    words.extend(content.cosine().numbers().map(f64::to_bits));
    content.visit(|no, test, edges, steps, disc| {
        let head = |kind: u64| kind << KIND | u64::from(no);
        match (test, disc) {
            (Test::Whole, _) => words.push(head(WHOLE)),
            (Test::Ring(ring, ..), _) if edges.len() < 1 << 11 && steps.len() < 1 << 10 && ring.base_fits() => {
                let kind = if ring.is_hole() { HOLE } else { RING };
                words.push(head(kind) | (edges.len() as u64) << EDGES | (steps.len() as u64) << STEPS | ring.base_byte() << BASE);
                words.extend(edges.iter().flat_map(|edge| edge.numbers().map(f64::to_bits)));
                words.extend(steps.iter().flat_map(|step| step.words()));
            }
            (Test::Disc, Some(disc)) => {
                words.push(head(DISC));
                words.extend(disc.numbers().map(f64::to_bits));
            }
            // More than a head can say.
            _ => words.push(head(ASK)),
        }
    });
    words
}

/// What is left to test of a zone in a cell.
#[derive(Debug, Clone, Copy)]
pub(super) enum Border<'a> {
    /// These edges alone are in the cell: see [`edges`].
    Edges(&'a [u64]),
    /// A circle.
    Disc(Disc, Cosine),
    /// The zone must be asked.
    Ask,
}

/// The edges of a block.
pub(super) fn edges(words: &[u64]) -> impl Iterator<Item = Edge> {
    words.chunks_exact(EDGE_WORDS).map(Edge::from_words)
}

fn steps(words: &[u64]) -> impl Iterator<Item = Step> {
    words.chunks_exact(STEP_WORDS).map(Step::from_words)
}

fn cut<'a>(words: &mut &'a [u64], count: usize) -> &'a [u64] {
    let (first, rest) = words.split_at_checked(count).unwrap_or((words, &[]));
    *words = rest;
    first
}

/// Adds the zones that hold a position of the cell, ascending; `ask` is asked where the cell cannot tell. With `CLEAR`, gives
/// the box around the position in which no border runs; `bounds` is the cell's own.
#[inline]
pub(super) fn holders<const CLEAR: bool>(
    mut words: &[u64],
    bounds: &Bounds,
    at: LatLng,
    ask: impl Fn(ZoneNo) -> bool,
    found: &mut Vec<ZoneNo>,
) -> Bounds {
    let cosine = Cosine::from_words(cut(&mut words, COSINE_WORDS));
    let mut clear_deg = f64::INFINITY;
    while let Some((head, rest)) = words.split_first() {
        words = rest;
        let kind = field(*head, KIND, 3) as u64;
        let answer = match kind {
            WHOLE => Some(true),
            RING | HOLE => {
                let own = cut(&mut words, field(*head, EDGES, 11) * EDGE_WORDS);
                let own_steps = cut(&mut words, field(*head, STEPS, 10) * STEP_WORDS);
                let ring = Ring::from_byte(*head >> BASE, kind == HOLE);
                ring.holds::<CLEAR>(at, edges(own), steps(own_steps)).map(|(is_in, ring_deg)| {
                    clear_deg = clear_deg.min(ring_deg);
                    is_in
                })
            }
            DISC => {
                let disc = Disc::from_words(cut(&mut words, DISC_WORDS));
                if CLEAR {
                    clear_deg = clear_deg.min(disc.clear_deg(at, &cosine));
                }
                disc.holds(at, &cosine)
            }
            _ => None,
        };
        let is_in = answer.unwrap_or_else(|| {
            clear_deg = 0.0;
            ask(*head as ZoneNo)
        });
        if is_in {
            found.push(*head as ZoneNo);
        }
    }
    if !CLEAR || clear_deg <= 0.0 { Bounds::NOWHERE } else { bounds.around(at, clear_deg) }
}

/// The borders that run through the cell, by zone.
pub(super) fn borders(mut words: &[u64], mut visit: impl FnMut(ZoneNo, Border<'_>)) {
    let cosine = Cosine::from_words(cut(&mut words, COSINE_WORDS));
    while let Some((head, rest)) = words.split_first() {
        words = rest;
        let no = *head as ZoneNo;
        match field(*head, KIND, 3) as u64 {
            WHOLE => {}
            RING | HOLE => {
                let own = cut(&mut words, field(*head, EDGES, 11) * EDGE_WORDS);
                cut(&mut words, field(*head, STEPS, 10) * STEP_WORDS);
                visit(no, Border::Edges(own));
            }
            DISC => visit(no, Border::Disc(Disc::from_words(cut(&mut words, DISC_WORDS)), cosine)),
            _ => visit(no, Border::Ask),
        }
    }
}
