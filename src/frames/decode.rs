//! Reads frames: the reference for readers in other languages.

use super::{
    COUNT_MAX, FrameKind, Origin, Record, Spot, Step, TOTALS, VERSION,
    encode::{ALARM, FAR, FIX, USUAL},
    varint,
};

/// A frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// What it is.
    pub kind: FrameKind,
    /// How many ticks changes stand for.
    pub ticks: u16,
    /// The tick after which it is true.
    pub seq: u64,
    /// The server's clock at that tick, milliseconds since 1970.
    pub at_ms: i64,
    /// Its blocks.
    pub blocks: Vec<Block>,
}

/// A block of a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Units in a part of the map.
    Units {
        /// What positions are told from.
        origin: Origin,
        /// Those that are here.
        here: Vec<Record>,
        /// The numbers of those that left.
        left: Vec<u32>,
    },
    /// How many units are in a part of the map.
    Totals {
        /// Its middle.
        middle: Step,
        /// By status, then in alarm, then stale or lost.
        totals: [u32; TOTALS],
    },
}

/// Why bytes are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// They end too early.
    #[error("the frame ends within its {0}")]
    Short(&'static str),
    /// A version that this reader does not know.
    #[error("a frame of version {0}: this reader knows {VERSION}")]
    Version(u8),
    /// A kind that there is not.
    #[error("a frame of kind {0}: 1 to 4 are known")]
    Kind(u8),
    /// More than any city has.
    #[error("{0} units in a block: at most {COUNT_MAX} are believed")]
    Count(u32),
}

fn bytes<const N: usize>(from: &mut &[u8], what: &'static str) -> Result<[u8; N], FrameError> {
    let (bytes, rest) = from.split_first_chunk().ok_or(FrameError::Short(what))?;
    *from = rest;
    Ok(*bytes)
}

fn u48(from: &mut &[u8]) -> Result<u64, FrameError> {
    let [a, b, c, d, e, f] = bytes(from, "header")?;
    Ok(u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
}

fn number(from: &mut &[u8], what: &'static str) -> Result<u32, FrameError> {
    varint::take(from).ok_or(FrameError::Short(what))
}

fn count(from: &mut &[u8], what: &'static str) -> Result<u32, FrameError> {
    let count = number(from, what)?;
    if count > COUNT_MAX { Err(FrameError::Count(count)) } else { Ok(count) }
}

/// Reads a frame. Linear in its bytes; nothing is kept that the bytes do not hold.
///
/// # Errors
/// [`FrameError`] where the bytes are no frame of this version.
pub fn decode(mut from: &[u8]) -> Result<Frame, FrameError> {
    let from = &mut from;
    let [version, kind, low, high] = bytes(from, "header")?;
    if version != VERSION {
        return Err(FrameError::Version(version));
    }
    let kind = match kind {
        1 => FrameKind::Units,
        2 => FrameKind::UnitChanges,
        3 => FrameKind::Totals,
        4 => FrameKind::TotalChanges,
        other => return Err(FrameError::Kind(other)),
    };
    let (seq, at_ms) = (u48(from)?, u48(from)?.cast_signed());
    let mut blocks = Vec::new();
    while !from.is_empty() {
        blocks.push(match kind {
            FrameKind::Units | FrameKind::UnitChanges => units(from)?,
            FrameKind::Totals | FrameKind::TotalChanges => totals(from)?,
        });
    }
    Ok(Frame { kind, ticks: u16::from_le_bytes([low, high]), seq, at_ms, blocks })
}

fn units(from: &mut &[u8]) -> Result<Block, FrameError> {
    let [a, b, c, d] = bytes(from, "block")?;
    let origin = Origin { lat: i16::from_le_bytes([a, b]), lng: i16::from_le_bytes([c, d]) };
    let (here, left) = (count(from, "block")?, count(from, "block")?);
    let base = origin.at();
    let (mut no, mut state) = (0_u32, USUAL);
    let here = (0..here).map(|_| record(from, (&mut no, &mut state), base)).collect::<Result<_, _>>()?;
    no = 0;
    let gone = |_| {
        no = no.wrapping_add(number(from, "block")?);
        Ok(no)
    };
    let left = (0..left).map(gone).collect::<Result<_, _>>()?;
    Ok(Block::Units { origin, here, left })
}

/// `no` and `state` are those of the record before, and then of this one.
fn record(from: &mut &[u8], (no, state): (&mut u32, &mut u8), base: Step) -> Result<Record, FrameError> {
    let step = number(from, "record")?;
    *no = no.wrapping_add(step >> 1);
    if step & 1 == 1 {
        [*state] = bytes(from, "record")?;
    }
    let state = *state;
    let spot = if state & FIX == 0 { None } else { Some(spot(from, state, base)?) };
    Ok(Record { no: *no, status: state & 7, contact: state >> 3 & 3, alarm: state & ALARM != 0, spot })
}

fn spot(from: &mut &[u8], state: u8, base: Step) -> Result<Spot, FrameError> {
    let at = if state & FAR == 0 {
        let [a, b, c, d] = bytes(from, "record")?;
        let add = |base: i32, bytes| base.wrapping_add(i32::from(i16::from_le_bytes(bytes)));
        Step { lat: add(base.lat, [a, b]), lng: add(base.lng, [c, d]) }
    } else {
        Step { lat: i32::from_le_bytes(bytes(from, "record")?), lng: i32::from_le_bytes(bytes(from, "record")?) }
    };
    let [speed, heading] = bytes(from, "record")?;
    Ok(Spot { at, speed, heading, age: number(from, "record")? })
}

fn totals(from: &mut &[u8]) -> Result<Block, FrameError> {
    let middle = Step { lat: i32::from_le_bytes(bytes(from, "block")?), lng: i32::from_le_bytes(bytes(from, "block")?) };
    let mut totals = [0; TOTALS];
    for total in &mut totals {
        *total = number(from, "block")?;
    }
    Ok(Block::Totals { middle, totals })
}

impl Frame {
    /// All records of its blocks.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.blocks.iter().flat_map(|block| match block {
            Block::Units { here, .. } => here.as_slice(),
            Block::Totals { .. } => &[],
        })
    }

    /// The numbers of the units that left and are not said to be elsewhere in the frame, by ascending number.
    #[must_use]
    pub fn left(&self) -> Vec<u32> {
        let here: std::collections::HashSet<u32> = self.records().map(|record| record.no).collect();
        let mut left: Vec<u32> = self
            .blocks
            .iter()
            .flat_map(|block| match block {
                Block::Units { left, .. } => left.as_slice(),
                Block::Totals { .. } => &[],
            })
            .copied()
            .filter(|no| !here.contains(no))
            .collect();
        left.sort_unstable();
        left.dedup();
        left
    }
}
