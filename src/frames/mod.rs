//! The binary frames of the stream: what a map wall is sent, byte by byte, and how it is read again.
//!
//! A frame holds blocks, one for each part of the map in which something changed. A block has an origin, and the positions in it are
//! differences from that origin, so that a moving unit takes nine bytes or ten and its share of the block's six. All numbers are
//! little-endian; a *varint* is an unsigned LEB128: seven bits a byte, the lowest first, the top bit set on all bytes but the last.
//!
//! ```text
//! frame    u8 version = 4
//!          u8 kind: 1 snapshot of units, 2 changes of units, 3 snapshot of totals, 4 changes of totals
//!          u16 ticks: how many ticks since the frame before it changes stand for; 0 in a snapshot
//!          u48 seq: the tick after which all of this is true
//!          u48 the server's clock at that tick, ms since 1970
//!          blocks, one after the other, to the frame's end
//!
//! block of units (kinds 1, 2)
//!          i16 origin's latitude, i16 origin's longitude, steps of 0.008192 deg
//!          varint units that are here, varint units that left
//!          records of those here, by ascending number
//!          varint for each that left: its number less the one before it in this list (the first: its number)
//! record   varint twice the number less that of the record before it in this block (the first: its number), and 1 more where a state
//!                 follows; numbers are less than 2^31
//!          u8 state: bits 0-2 status, bits 3-4 contact, bit 5 alarm, bit 6 a fix follows, bit 7 the fix is far; where none follows it is
//!                 that of the record before it in this block (the first: 0x41, available and live, with a fix)
//!          a fix: i16 latitude, i16 longitude, steps of 0.000001 deg (0.11 m) from the origin;
//!                 where it is far, i32 and i32, steps of 0.000001 deg from zero
//!                 u8 speed, steps of 0.5 m/s, 255 unknown | u8 heading, steps of 360/255 deg, 255 unknown
//!                 varint age at the tick, steps of 10 ms
//!
//! block of totals (kinds 3, 4)
//!          i32 latitude, i32 longitude of the middle, 0.000001 deg: the name of the block, too
//!          varint for each of the seven statuses by code: units; varint units in alarm; varint units stale or lost
//! ```
//!
//! # How a reader keeps its picture
//! - A snapshot replaces everything. Changes fit a picture whose last `seq` is the frame's `seq` less `ticks`; if they do not, something was
//!   lost: the reader asks for a snapshot.
//! - Of a record without a fix the position stays what it was; a unit whose contact is *never* has none.
//! - A unit that left one block may be in another of the same frame: take those that left off the map unless the frame says of them
//!   that they are here. That a unit left says nothing of where it went.
//! - A block of totals replaces what was known of its middle; one of nothing but zeros takes it away.
//!
//! A unit that did not change is in no frame, a part of the map where nothing changed in no block, and a frame without blocks says that the
//! server lives. Kinds, call signs and organisations come in the roster, which is text.

mod decode;
mod encode;
mod varint;

pub use decode::{Block, Frame, FrameError, decode};
pub use encode::{begin, block_of_totals, block_of_units};

/// The version byte.
pub const VERSION: u8 = 4;
/// Bytes of a frame before its blocks.
pub const HEADER_BYTES: usize = 16;
/// The steps of positions, in a degree.
pub const STEPS_A_DEG: f64 = 1e6;
/// The steps of an origin, in steps of positions.
pub const ORIGIN_STEPS: i32 = 8_192;
/// A speed or heading that is not known.
pub const UNKNOWN: u8 = u8::MAX;
/// The steps of a speed, in a metre a second.
pub const SPEED_STEPS: f32 = 2.0;
/// The steps of a heading, in a full turn.
pub const HEADING_STEPS: f32 = 255.0;
/// The step of an age, milliseconds.
pub const AGE_STEP_MS: u32 = 10;
/// A reader that is told of more units in a block refuses the frame instead of believing it.
pub const COUNT_MAX: u32 = 1 << 24;
/// Totals of a block: the seven statuses, those in alarm, those stale or lost.
pub const TOTALS: usize = 9;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// All units of the view.
    Units = 1,
    /// Units that changed.
    UnitChanges = 2,
    /// The totals of all parts of the view.
    Totals = 3,
    /// Totals that changed.
    TotalChanges = 4,
}

/// A position in steps of 0.000001 deg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    /// North of the equator.
    pub lat: i32,
    /// East of Greenwich.
    pub lng: i32,
}

/// The origin of a block of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Origin {
    /// Steps of 0.008192 deg.
    pub lat: i16,
    /// Steps of 0.008192 deg.
    pub lng: i16,
}

/// Where a unit is, as a frame says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The position.
    pub at: Step,
    /// Steps of 0.5 m/s; [`UNKNOWN`].
    pub speed: u8,
    /// Steps of 360/255 deg; [`UNKNOWN`].
    pub heading: u8,
    /// The age of the fix at the frame's tick, steps of 10 ms.
    pub age: u32,
}

/// What a frame says of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// The unit's number in the roster, less than 2^31.
    pub no: u32,
    /// The code of its status.
    pub status: u8,
    /// The code of its contact.
    pub contact: u8,
    /// Whether its people raised the alarm.
    pub alarm: bool,
    /// None where it is where it was.
    pub spot: Option<Spot>,
}

impl Step {
    /// The nearest step to a position, degrees.
    #[must_use]
    pub fn of(lat_deg: f64, lng_deg: f64) -> Self {
        Self { lat: (lat_deg * STEPS_A_DEG).round() as i32, lng: (lng_deg * STEPS_A_DEG).round() as i32 }
    }
}

impl Origin {
    /// The origin nearest to a position.
    #[must_use]
    pub fn near(at: Step) -> Self {
        let nearest = |steps: i32| ((steps + ORIGIN_STEPS / 2).div_euclid(ORIGIN_STEPS)) as i16;
        Self { lat: nearest(at.lat), lng: nearest(at.lng) }
    }

    /// Where it is.
    #[must_use]
    pub fn at(self) -> Step {
        Step { lat: i32::from(self.lat) * ORIGIN_STEPS, lng: i32::from(self.lng) * ORIGIN_STEPS }
    }
}

/// A speed in steps; what does not fit is not known.
#[must_use]
pub fn speed_steps(mps: Option<f32>) -> u8 {
    mps.map(|mps| (mps * SPEED_STEPS).round())
        .filter(|steps| (0.0..f32::from(UNKNOWN)).contains(steps))
        .map_or(UNKNOWN, |steps| steps as u8)
}

/// A heading in steps; a full turn is none.
#[must_use]
pub fn heading_steps(deg: Option<f32>) -> u8 {
    deg.filter(|deg| (0.0..=360.0).contains(deg)).map_or(UNKNOWN, |deg| ((deg / 360.0 * HEADING_STEPS).round() as u16 % 255) as u8)
}
