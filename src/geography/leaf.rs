//! A cell that answers: everything that a question there reads, in one block of memory.
//!
//! Words of 64 bits, in the order in which they are read: for each zone, ascending, a head (its number, the kind of test, how
//! many words of corners and of steps follow, where the winding number starts) and right behind it what is tested, in the
//! cell's own coordinates ([`super::frame`]): a word a corner, a word a step, three a circle. So where borders run a cell is a
//! hundred bytes or two: a question waits for memory once or twice, not once for every table.

use super::{
    ZoneNo,
    bounds::{Address, Bounds},
    content::{Content, Test},
    disc::{DISC_WORDS, Kept},
    frame::{Frame, GRAIN_DEG},
    ring::{Edge, Ring, Step},
};
use crate::geodesy::LatLng;

const WHOLE: u64 = 0;
const RING: u64 = 1;
const HOLE: u64 = 2;
const DISC: u64 = 3;
const ASK: u64 = 4;

/// Where the parts of a head are: 32 bits of number, 3 of kind, 11 of words of corners, 10 of steps, 8 of winding number.
const KIND: u32 = 32;
const CORNERS: u32 = 35;
const STEPS: u32 = 46;
const BASE: u32 = 56;

/// More than rounding takes from a distance, grains.
const ROUNDING: f64 = 1e-3;

const fn field(head: u64, at: u32, bits: u32) -> usize {
    (head >> at & ((1 << bits) - 1)) as usize
}

/// The block of a cell's content.
pub(super) fn write(content: &Content, cell: Address) -> Vec<u64> {
    let (frame, mut words) = (cell.frame(), Vec::new());
    content.visit(|no, test, edges, steps, disc| {
        let start = words.len();
        let head = |kind: u64| kind << KIND | u64::from(no);
        words.push(head(WHOLE));
        let head = match (test, disc) {
            (Test::Whole, _) => Some(head(WHOLE)),
            (Test::Ring(ring, ..), _) => write_ring(&frame, ring, edges, steps, &mut words).map(|rest| rest | u64::from(no)),
            (Test::Disc, Some(disc)) => disc.words(&frame).map(|disc| {
                words.extend(disc);
                head(DISC)
            }),
            (Test::Disc | Test::Ask, _) => None,
        }
        .unwrap_or_else(|| {
            // More than words can say.
            words.truncate(start + 1);
            head(ASK)
        });
        if let Some(first) = words.get_mut(start) {
            *first = head;
        }
    });
    words
}

/// The corners and the steps of a ring, and its head but for the number of the zone; none when they do not fit.
fn write_ring(frame: &Frame, ring: Ring, edges: &[Edge], steps: &[Step], words: &mut Vec<u64>) -> Option<u64> {
    let first = words.len();
    if !frame.write(edges.iter().map(|edge| (edge.a, edge.b)), words) {
        return None;
    }
    let corners = words.len() - first;
    for step in steps {
        words.push(step.word(frame)?);
    }
    let kind = if ring.is_hole() { HOLE } else { RING };
    let fits = corners < 1 << 11 && steps.len() < 1 << 10 && ring.base_fits();
    fits.then_some(kind << KIND | (corners as u64) << CORNERS | (steps.len() as u64) << STEPS | ring.base_byte() << BASE)
}

/// What is left to test of a zone in a cell.
#[derive(Debug, Clone, Copy)]
pub(super) enum Border<'a> {
    /// These edges alone are in the cell: see [`super::frame::edges`].
    Edges(&'a [u64]),
    /// A circle.
    Disc(Kept),
    /// The zone must be asked.
    Ask,
}

fn cut<'a>(words: &mut &'a [u64], count: usize) -> &'a [u64] {
    let (first, rest) = words.split_at_checked(count).unwrap_or((words, &[]));
    *words = rest;
    first
}

/// Adds the zones that hold a position of the cell, ascending; `ask` is asked where the cell cannot tell. With `CLEAR`, gives
/// the box around the position in which no border runs.
#[inline]
pub(super) fn holders<const CLEAR: bool>(
    mut words: &[u64],
    cell: Address,
    at: LatLng,
    ask: impl Fn(ZoneNo) -> bool,
    found: &mut Vec<ZoneNo>,
) -> Bounds {
    let place = cell.frame().place(at);
    let mut clear = f64::INFINITY;
    while let Some((head, rest)) = words.split_first() {
        words = rest;
        let kind = field(*head, KIND, 3) as u64;
        let answer = match kind {
            WHOLE => Some(true),
            RING | HOLE => {
                let corners = cut(&mut words, field(*head, CORNERS, 11));
                let steps = cut(&mut words, field(*head, STEPS, 10));
                let ring = Ring::from_byte(*head >> BASE, kind == HOLE);
                ring.holds::<CLEAR>(place, corners, steps).map(|(is_in, ring_clear)| {
                    clear = clear.min(ring_clear);
                    is_in
                })
            }
            DISC => {
                let disc = Kept::new(cut(&mut words, DISC_WORDS));
                if CLEAR {
                    clear = clear.min(disc.clear(place));
                }
                disc.holds(place)
            }
            _ => None,
        };
        let is_in = answer.unwrap_or_else(|| {
            clear = 0.0;
            ask(*head as ZoneNo)
        });
        if is_in {
            found.push(*head as ZoneNo);
        }
    }
    let clear = clear - ROUNDING;
    if !CLEAR || clear <= 0.0 { Bounds::NOWHERE } else { cell.bounds().around(at, clear * GRAIN_DEG) }
}

/// The borders that run through the cell, by zone.
pub(super) fn borders(mut words: &[u64], mut visit: impl FnMut(ZoneNo, Border<'_>)) {
    while let Some((head, rest)) = words.split_first() {
        words = rest;
        let no = *head as ZoneNo;
        match field(*head, KIND, 3) as u64 {
            WHOLE => {}
            RING | HOLE => {
                let corners = cut(&mut words, field(*head, CORNERS, 11));
                cut(&mut words, field(*head, STEPS, 10));
                visit(no, Border::Edges(corners));
            }
            DISC => visit(no, Border::Disc(Kept::new(cut(&mut words, DISC_WORDS)))),
            _ => visit(no, Border::Ask),
        }
    }
}
