//! The binary form: a 24-byte header, then 24 bytes a unit, little-endian, so that a browser reads it as typed arrays.
//!
//! ```text
//! header  u8 version = 1 | u8 kind (1 snapshot, 2 delta) | u16 record size = 24 | u32 count | u64 seq | i64 server time, ms
//! record  u32 no | i32 lat, 1e-7 deg | i32 lon, 1e-7 deg | u32 age, ms | u16 speed, cm/s | u16 heading, 0.01 deg
//!         | u8 status | u8 contact | u8 flags (1 alarm, 2 gone) | u8 unit kind
//! ```

use bytes::{BufMut, BytesMut};

use crate::{
    engine::UnitView,
    model::{Timestamp, UnitNo},
};

/// The version byte.
pub const VERSION: u8 = 1;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 24;
/// Bytes of one record.
pub const RECORD_BYTES: usize = 24;
/// The age of a unit that never had a fix.
pub const AGE_NEVER: u32 = u32::MAX;
/// A speed or heading that is not known.
pub const UNKNOWN: u16 = u16::MAX;
/// The unit's people raised the alarm.
pub const FLAG_ALARM: u8 = 1;
/// The unit left the view: take it off the map.
pub const FLAG_GONE: u8 = 2;

/// One encoded unit.
pub type Record = [u8; RECORD_BYTES];

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// Everything in the view; replaces what was known.
    Snapshot = 1,
    /// What changed since the last message.
    Delta = 2,
}

/// Writes a header whose count [`set_count`] fills in.
pub fn put_header(out: &mut BytesMut, kind: MessageKind, seq: u64, at: Timestamp) {
    out.put_u8(VERSION);
    out.put_u8(kind as u8);
    out.put_u16_le(RECORD_BYTES as u16);
    out.put_u32_le(0);
    out.put_u64_le(seq);
    out.put_i64_le(at.unix_ms());
}

/// Fills the count into the header at the start of `message`.
pub fn set_count(message: &mut [u8], count: u32) {
    if let Some(field) = message.get_mut(4..8) {
        field.copy_from_slice(&count.to_le_bytes());
    }
}

fn degrees_e7(degrees: f64) -> i32 {
    (degrees * 1e7).round() as i32
}

/// Hundredths in 16 bits; what does not fit is not known.
fn hundredths(value: Option<f32>) -> u16 {
    value
        .map(|value| (value * 100.0).round())
        .filter(|value| (0.0..f32::from(UNKNOWN)).contains(value))
        .map_or(UNKNOWN, |value| value as u16)
}

/// Encodes a unit as it is at `now`.
#[must_use]
pub fn encode(unit: &UnitView, now: Timestamp) -> Record {
    let mut record = [0; RECORD_BYTES];
    let mut out = record.as_mut_slice();
    out.put_u32_le(unit.no.0);
    match &unit.fix {
        Some(fix) => {
            out.put_i32_le(degrees_e7(fix.at.lat_deg()));
            out.put_i32_le(degrees_e7(fix.at.lng_deg()));
            // A fix may be a little ahead of this clock: its age is then zero.
            out.put_u32_le(now.ms_since(fix.time).clamp(0, i64::from(AGE_NEVER - 1)) as u32);
            out.put_u16_le(hundredths(fix.speed_mps));
            out.put_u16_le(hundredths(fix.heading_deg));
        }
        None => {
            out.put_i32_le(0);
            out.put_i32_le(0);
            out.put_u32_le(AGE_NEVER);
            out.put_u16_le(UNKNOWN);
            out.put_u16_le(UNKNOWN);
        }
    }
    out.put_u8(unit.spec.status.code());
    out.put_u8(unit.contact.code());
    out.put_u8(if unit.spec.alarm { FLAG_ALARM } else { 0 });
    out.put_u8(unit.spec.kind.code());
    record
}

/// The record that takes a unit off the map. It says nothing of where the unit went: that is not the reader's to know.
#[must_use]
pub fn gone(no: UnitNo) -> Record {
    let mut record = [0; RECORD_BYTES];
    let mut out = record.as_mut_slice();
    out.put_u32_le(no.0);
    out.put_i32_le(0);
    out.put_i32_le(0);
    out.put_u32_le(AGE_NEVER);
    out.put_u16_le(UNKNOWN);
    out.put_u16_le(UNKNOWN);
    out.put_slice(&[0, 0, FLAG_GONE, 0]);
    record
}
