//! Writes frames. Every call appends to a buffer of the caller's; nothing is allocated but the room that it needs.

use super::{AGE_STEP_MS, FrameKind, Origin, Record, Spot, TOTALS, VERSION, varint};
use crate::frames::Step;

pub(super) const ALARM: u8 = 1 << 5;
pub(super) const FIX: u8 = 1 << 6;
pub(super) const FAR: u8 = 1 << 7;
/// The state before a block's first record: that of most units that move.
pub(super) const USUAL: u8 = 1 | FIX;

/// Begins a frame: its blocks follow. A clock before 1970 is told as 1970.
pub fn begin(out: &mut Vec<u8>, kind: FrameKind, ticks: u16, seq: u64, at_ms: i64) {
    out.extend([VERSION, kind as u8]);
    out.extend(ticks.to_le_bytes());
    put_u48(out, seq);
    put_u48(out, at_ms.max(0).cast_unsigned());
}

fn put_u48(out: &mut Vec<u8>, value: u64) {
    let [a, b, c, d, e, f, ..] = value.to_le_bytes();
    out.extend([a, b, c, d, e, f]);
}

/// Appends a block of units. Both lists ascend by number.
pub fn block_of_units(out: &mut Vec<u8>, origin: Origin, here: &[Record], left: &[u32]) {
    out.extend(origin.lat.to_le_bytes());
    out.extend(origin.lng.to_le_bytes());
    varint::put(out, here.len() as u32);
    varint::put(out, left.len() as u32);
    let (base, mut before, mut usual) = (origin.at(), 0, USUAL);
    for Record { no, status, contact, alarm, spot } in here {
        let near = spot.map(|spot| near(base, spot.at));
        let fix = match near {
            None => 0,
            Some(Some(_)) => FIX,
            Some(None) => FIX | FAR,
        };
        let state = status & 7 | (contact & 3) << 3 | if *alarm { ALARM } else { 0 } | fix;
        let step = (no - before) << 1;
        if state == usual {
            varint::put(out, step);
        } else {
            varint::put(out, step | 1);
            out.push(state);
        }
        (before, usual) = (*no, state);
        if let (Some(near), Some(spot)) = (near, spot) {
            put_spot(out, near, spot);
        }
    }
    before = 0;
    for no in left {
        varint::put(out, no - before);
        before = *no;
    }
}

/// A position as it is told from an origin; none where meridians are close, or the antimeridian is between.
fn near(base: Step, at: Step) -> Option<[i16; 2]> {
    Some([i16::try_from(at.lat - base.lat).ok()?, i16::try_from(at.lng - base.lng).ok()?])
}

fn put_spot(out: &mut Vec<u8>, near: Option<[i16; 2]>, Spot { at, speed, heading, age }: &Spot) {
    match near.map(|near| near.map(i16::to_le_bytes)) {
        Some([[a, b], [c, d]]) => out.extend([a, b, c, d, *speed, *heading]),
        None => {
            out.extend(at.lat.to_le_bytes());
            out.extend(at.lng.to_le_bytes());
            out.extend([*speed, *heading]);
        }
    }
    varint::put(out, *age);
}

/// Appends a block of totals.
pub fn block_of_totals(out: &mut Vec<u8>, middle: Step, totals: &[u32; TOTALS]) {
    out.extend(middle.lat.to_le_bytes());
    out.extend(middle.lng.to_le_bytes());
    totals.iter().for_each(|total| varint::put(out, *total));
}

impl Spot {
    /// An age in steps. A fix may be a little ahead of the server's clock: its age is then zero.
    #[must_use]
    pub fn age_of(ms: i64) -> u32 {
        (ms.max(0) as u64 / u64::from(AGE_STEP_MS)).min(u64::from(u32::MAX)) as u32
    }
}
