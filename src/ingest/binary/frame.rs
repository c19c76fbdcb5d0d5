//! The frames of the binary protocol, both directions: pure encoding and decoding, for the server and its clients.
//!
//! Little-endian throughout. Nothing here allocates a record: decoders borrow from the bytes they were given, encoders
//! append to a buffer that the caller keeps. The bytes are described in [`super`].

mod reply;
mod request;

pub use reply::{Ack, Named, RefusedFix, RefusedName, Reply, ack, error, named, welcome};
pub use request::{FixRecord, Fixes, Names, Request, fixes, hello, names};

/// The version of the protocol that is spoken here.
pub const VERSION: u8 = 1;
/// Bytes of the length that stands before every frame.
pub const LENGTH_BYTES: usize = 4;
/// The most bytes of a frame after its length: type and payload.
pub const FRAME_BYTES_MAX: usize = 262_144;
/// Bytes of one record of a FIXES frame.
pub const RECORD_BYTES: usize = 28;
/// The most records of a FIXES frame: as many as fit.
pub const RECORDS_MAX: usize = (FRAME_BYTES_MAX - 7) / RECORD_BYTES;
/// The most names of a NAMES frame: so many that the answer fits into a frame even when every one is refused.
pub const NAMES_MAX: usize = 16_384;
/// The most handles of a connection: they are 0 to one below this.
pub const HANDLES_MAX: u32 = 2_097_152;
/// The most refusals of one frame that are told with a text.
pub const DETAILED_MAX: usize = 16;
/// The most bytes of a text in a reply; a longer one is cut.
pub const TEXT_BYTES_MAX: usize = 512;
/// A speed, heading or accuracy that was not measured.
pub const NONE: u16 = 0xFFFF;
/// The flag of a record whose coordinates are GCJ-02; without it they are WGS-84.
pub const GCJ02: u16 = 1;

/// The types of frames.
mod kind {
    pub(super) const HELLO: u8 = 0x01;
    pub(super) const NAMES: u8 = 0x02;
    pub(super) const FIXES: u8 = 0x03;
    pub(super) const WELCOME: u8 = 0x81;
    pub(super) const NAMED: u8 = 0x82;
    pub(super) const ACK: u8 = 0x83;
    pub(super) const ERROR: u8 = 0xFF;
}

/// A frame that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Where it ends cannot be known, so neither where the next one begins: the connection is of no more use.
    #[error("a frame of {0} bytes: give 1 to {FRAME_BYTES_MAX} bytes after the length")]
    Length(u32),
    /// A type that this direction does not have.
    #[error("frame type 0x{0:02x} is not known: the server takes 0x01 HELLO, 0x02 NAMES, 0x03 FIXES")]
    Type(u8),
    /// The payload is shorter or longer than its own numbers say.
    #[error("a {frame} frame with a payload of {bytes} bytes: give {right}")]
    Payload {
        /// The frame's name.
        frame: &'static str,
        /// The bytes of its payload.
        bytes: usize,
        /// What its payload should be.
        right: &'static str,
    },
    /// More names than [`NAMES_MAX`].
    #[error("{0} names in a frame: give at most {NAMES_MAX}, and the rest in another")]
    NameCount(u16),
    /// Handles that leave a gap or lie beyond [`HANDLES_MAX`].
    #[error("handles {first} and {count} names from it: the next free handle is {free}, and the last that may be bound is {}", HANDLES_MAX - 1)]
    Handles {
        /// The first handle that was given.
        first: u32,
        /// How many names follow.
        count: u16,
        /// The first handle that is not bound.
        free: u32,
    },
    /// Another version than [`VERSION`].
    #[error("version {0} is not spoken here: say {VERSION}")]
    Version(u8),
    /// A frame before the HELLO.
    #[error("a frame before HELLO: begin with 0x01 HELLO and version {VERSION}")]
    NoHello,
    /// A HELLO that shows nothing which opens this door. What it showed is not said.
    #[error("who are you? after the version, 0x01 HELLO has the text of a program's token that may send fixes, and is not over or revoked")]
    NotLetIn,
    /// A WebSocket message that ends within a frame.
    #[error("the message ends {0} bytes into a frame: a message holds whole frames")]
    Cut(usize),
}

impl FrameError {
    /// Whether nothing that follows will be taken either.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::Length(_) | Self::NotLetIn)
    }
}

/// One whole frame, not yet read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its type.
    pub kind: u8,
    /// What follows the type.
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Takes the frame at the front of `bytes`; none, and nothing taken, while it is not whole.
    ///
    /// # Errors
    /// [`FrameError::Length`]: nothing more can be read from these bytes.
    #[inline]
    pub fn next(bytes: &mut &'a [u8]) -> Result<Option<Self>, FrameError> {
        let Some((length, rest)) = bytes.split_first_chunk() else { return Ok(None) };
        let length = u32::from_le_bytes(*length);
        if length == 0 || length as usize > FRAME_BYTES_MAX {
            return Err(FrameError::Length(length));
        }
        let Some((frame, rest)) = rest.split_at_checked(length as usize) else { return Ok(None) };
        *bytes = rest;
        Ok(frame.split_first().map(|(kind, payload)| Self { kind: *kind, payload }))
    }

    /// How many bytes the frame at the front has, its length included, once that is known; a buffer must hold so many.
    #[must_use]
    pub fn bytes_needed(bytes: &[u8]) -> Option<usize> {
        bytes.first_chunk().map(|length| LENGTH_BYTES + u32::from_le_bytes(*length) as usize)
    }
}

/// Appends a frame whose payload `write` appends.
fn put(out: &mut Vec<u8>, kind: u8, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0, 0, 0, 0, kind]);
    write(out);
    let length = (out.len() - start - LENGTH_BYTES) as u32;
    patch(out, start, length.to_le_bytes());
}

/// Overwrites what was left open at `at`.
fn patch<const N: usize>(out: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(place) = out.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *place = value;
    }
}

/// Takes a fixed number of bytes from the front.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (front, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*front)
}

fn take_u16(bytes: &mut &[u8]) -> Option<u16> {
    take(bytes).map(u16::from_le_bytes)
}

fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_at_their_length() {
        let stream = [2, 0, 0, 0, 1, 1, 1, 0, 0, 0, 9, 5, 0, 0];
        let mut bytes = &stream[..];
        assert_eq!(Frame::next(&mut bytes), Ok(Some(Frame { kind: 1, payload: &[1] })));
        assert_eq!(Frame::next(&mut bytes), Ok(Some(Frame { kind: 9, payload: &[] })));
        assert_eq!((Frame::next(&mut bytes), bytes), (Ok(None), &[5, 0, 0][..]));
        for cut in 0..6 {
            let mut bytes = &stream[..cut];
            assert_eq!((Frame::next(&mut bytes), bytes.len()), (Ok(None), cut), "nothing is taken before it is whole");
        }
        assert_eq!([Frame::bytes_needed(&stream[..3]), Frame::bytes_needed(&stream)], [None, Some(6)]);
    }

    #[test]
    fn lengths_at_the_limit() {
        let length = |length: u32| {
            let mut bytes = length.to_le_bytes().to_vec();
            bytes.resize(LENGTH_BYTES + length.min(300_000) as usize, 7);
            Frame::next(&mut bytes.as_slice()).map(|frame| frame.map(|frame| frame.payload.len()))
        };
        assert_eq!(length(1), Ok(Some(0)));
        assert_eq!(length(FRAME_BYTES_MAX as u32), Ok(Some(FRAME_BYTES_MAX - 1)));
        for wrong in [0, FRAME_BYTES_MAX as u32 + 1, u32::MAX] {
            assert_eq!(length(wrong), Err(FrameError::Length(wrong)));
        }
        assert!(FrameError::Length(0).is_fatal() && !FrameError::NoHello.is_fatal());
    }
}
