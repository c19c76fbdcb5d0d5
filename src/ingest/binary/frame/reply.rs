//! What the server answers: WELCOME, NAMED, ACK, ERROR.

use std::{fmt::Display, io::Write};

use super::{DETAILED_MAX, FRAME_BYTES_MAX, Frame, FrameError, TEXT_BYTES_MAX, VERSION, kind, patch, put, take, take_u16, take_u32};
use crate::ingest::{Refusal, RefusalReason};

/// A frame of the server, as a client reads it.
#[derive(Debug, Clone, Copy)]
pub enum Reply<'a> {
    /// The answer to HELLO.
    Welcome {
        /// The version that the server speaks.
        version: u8,
        /// The most bytes of a frame after its length.
        frame_bytes_max: u32,
    },
    /// The answer to NAMES.
    Named(Named<'a>),
    /// The answer to FIXES.
    Ack(Ack<'a>),
    /// A frame that could not be read, or why the connection ends.
    Error(&'a str),
}

impl<'a> Reply<'a> {
    /// Takes the reply at the front of `bytes`; none, and nothing taken, while it is not whole.
    ///
    /// # Errors
    /// [`FrameError`] when it is none.
    pub fn next(bytes: &mut &'a [u8]) -> Result<Option<Self>, FrameError> {
        Frame::next(bytes)?.map(Self::decode).transpose()
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// [`FrameError`] for another type than the server's and a payload that does not have its length.
    pub fn decode(frame: Frame<'a>) -> Result<Self, FrameError> {
        let read = match frame.kind {
            kind::WELCOME => welcomed(frame.payload),
            kind::NAMED => Named::decode(frame.payload).map(Self::Named),
            kind::ACK => Ack::decode(frame.payload).map(Self::Ack),
            kind::ERROR => whole(frame.payload, take_text).map(Self::Error),
            other => return Err(FrameError::Type(other)),
        };
        read.ok_or(FrameError::Payload { frame: "server's", bytes: frame.payload.len(), right: "what its numbers say" })
    }
}

/// What `read` takes, when nothing is left behind it.
fn whole<'a, T>(mut payload: &'a [u8], read: impl FnOnce(&mut &'a [u8]) -> Option<T>) -> Option<T> {
    let value = read(&mut payload)?;
    payload.is_empty().then_some(value)
}

fn welcomed<'a>(payload: &'a [u8]) -> Option<Reply<'a>> {
    let read = |rest: &mut &'a [u8]| {
        let [version] = take(rest)?;
        Some(Reply::Welcome { version, frame_bytes_max: take_u32(rest)? })
    };
    whole(payload, read)
}

fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let length = take_u16(bytes)?;
    let (text, rest) = bytes.split_at_checked(usize::from(length))?;
    *bytes = rest;
    std::str::from_utf8(text).ok()
}

/// Appends a text with its length, cut to [`TEXT_BYTES_MAX`].
fn put_text(out: &mut Vec<u8>, text: &dyn Display) {
    let place = out.len();
    out.extend_from_slice(&[0, 0]);
    let start = out.len();
    // A vector takes everything.
    let _written = write!(out, "{text}");
    if out.len() - start > TEXT_BYTES_MAX {
        // Not within a character: its later bytes begin with the bits 10.
        let end = (start..=start + TEXT_BYTES_MAX).rev().find(|at| out.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80));
        out.truncate(end.unwrap_or(start));
    }
    let length = (out.len() - start) as u16;
    patch(out, place, length.to_le_bytes());
}

/// Appends a WELCOME.
pub fn welcome(out: &mut Vec<u8>) {
    put(out, kind::WELCOME, |out| {
        out.push(VERSION);
        out.extend_from_slice(&(FRAME_BYTES_MAX as u32).to_le_bytes());
    });
}

/// Appends an ERROR.
pub fn error(out: &mut Vec<u8>, text: &dyn Display) {
    put(out, kind::ERROR, |out| put_text(out, text));
}

/// Which names are known, and which are not.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The first handle of the NAMES frame.
    pub first_handle: u32,
    /// How many of its names are known.
    pub known: u16,
    /// How many are not.
    pub refused: u16,
    rest: &'a [u8],
}

/// A name that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedName<'a> {
    /// Its handle.
    pub handle: u32,
    /// Why, in one word.
    pub reason: RefusalReason,
    /// The field, its value, and what is right; empty after the first [`DETAILED_MAX`].
    pub text: &'a str,
}

impl<'a> Named<'a> {
    fn decode(mut payload: &'a [u8]) -> Option<Self> {
        let (first_handle, known, refused) = (take_u32(&mut payload)?, take_u16(&mut payload)?, take_u16(&mut payload)?);
        let named = Self { first_handle, known, refused, rest: payload };
        let read = |rest: &mut &'a [u8]| (0..refused).all(|_| take_refused_name(rest).is_some()).then_some(());
        whole(payload, read).map(|()| named)
    }

    /// Each name that was refused.
    pub fn iter(&self) -> impl Iterator<Item = RefusedName<'a>> + use<'a> {
        let mut rest = self.rest;
        std::iter::from_fn(move || take_refused_name(&mut rest))
    }
}

fn take_refused_name<'a>(bytes: &mut &'a [u8]) -> Option<RefusedName<'a>> {
    let handle = take_u32(bytes)?;
    let [reason] = take(bytes)?;
    Some(RefusedName { handle, reason: RefusalReason::from_code(reason)?, text: take_text(bytes)? })
}

/// Appends a NAMED frame: `known` names are known, these handles were refused.
pub fn named(out: &mut Vec<u8>, first_handle: u32, known: u16, refused: &[(u32, Refusal)]) {
    put(out, kind::NAMED, |out| {
        out.extend_from_slice(&first_handle.to_le_bytes());
        out.extend_from_slice(&known.to_le_bytes());
        out.extend_from_slice(&(refused.len() as u16).to_le_bytes());
        for (n, (handle, refusal)) in refused.iter().enumerate() {
            out.extend_from_slice(&handle.to_le_bytes());
            out.push(refusal.reason.code());
            put_text(out, if n < DETAILED_MAX { refusal } else { &"" });
        }
    });
}

/// What became of a FIXES frame.
#[derive(Debug, Clone, Copy)]
pub struct Ack<'a> {
    /// The batch of the FIXES frame.
    pub batch: u32,
    /// How many were checked, found good and are in the engine's queue.
    pub accepted: u16,
    /// How many were not.
    pub refused: u16,
    detailed: u16,
    rest: &'a [u8],
}

/// A fix that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedFix<'a> {
    /// Its place in the batch, from 0.
    pub place: u16,
    /// Why, in one word.
    pub reason: RefusalReason,
    /// The field, its value, and what is right.
    pub text: &'a str,
}

impl<'a> Ack<'a> {
    fn decode(mut payload: &'a [u8]) -> Option<Self> {
        let batch = take_u32(&mut payload)?;
        let (accepted, refused, detailed) = (take_u16(&mut payload)?, take_u16(&mut payload)?, take_u16(&mut payload)?);
        let read = |rest: &mut &'a [u8]| (0..detailed).all(|_| take_refused_fix(rest).is_some()).then_some(());
        whole(payload, read).map(|()| Self { batch, accepted, refused, detailed, rest: payload })
    }

    /// Those that were refused and are told with a text: at most [`DETAILED_MAX`].
    pub fn iter(&self) -> impl Iterator<Item = RefusedFix<'a>> + use<'a> {
        let mut rest = self.rest;
        std::iter::from_fn(move || take_refused_fix(&mut rest)).take(usize::from(self.detailed))
    }
}

fn take_refused_fix<'a>(bytes: &mut &'a [u8]) -> Option<RefusedFix<'a>> {
    let place = take_u16(bytes)?;
    let [reason] = take(bytes)?;
    Some(RefusedFix { place, reason: RefusalReason::from_code(reason)?, text: take_text(bytes)? })
}

/// Appends an ACK. Of `details`, places with what was wrong there, the first [`DETAILED_MAX`] are told.
pub fn ack<'a>(out: &mut Vec<u8>, batch: u32, accepted: u16, refused: u16, details: impl Iterator<Item = (u16, &'a Refusal)>) {
    put(out, kind::ACK, |out| {
        out.extend_from_slice(&batch.to_le_bytes());
        out.extend_from_slice(&accepted.to_le_bytes());
        out.extend_from_slice(&refused.to_le_bytes());
        let (at, mut detailed) = (out.len(), 0_u16);
        out.extend_from_slice(&[0, 0]);
        for (place, refusal) in details.take(DETAILED_MAX) {
            out.extend_from_slice(&place.to_le_bytes());
            out.push(refusal.reason.code());
            put_text(out, refusal);
            detailed += 1;
        }
        patch(out, at, detailed.to_le_bytes());
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::binary::frame::{LENGTH_BYTES, NAMES_MAX};

    fn refusal(detail: &str) -> Refusal {
        Refusal { reason: RefusalReason::Late, field: "time", detail: detail.to_owned() }
    }

    fn only(bytes: &[u8]) -> Reply<'_> {
        let mut rest = bytes;
        let reply = Reply::next(&mut rest).unwrap().unwrap();
        assert!(rest.is_empty());
        reply
    }

    #[test]
    fn replies_there_and_back() {
        let mut out = Vec::new();
        welcome(&mut out);
        assert!(matches!(only(&out), Reply::Welcome { version: 1, frame_bytes_max: 262_144 }));
        out.clear();
        error(&mut out, &FrameError::NoHello);
        assert!(matches!(only(&out), Reply::Error(text) if text.starts_with("a frame before HELLO")));
        out.clear();
        ack(&mut out, 77, 3, 20, (0..20).map(|_| refusal("why")).collect::<Vec<_>>().iter().enumerate().map(|(n, why)| (n as u16, why)));
        let Reply::Ack(ack) = only(&out) else { panic!("ack") };
        assert_eq!((ack.batch, ack.accepted, ack.refused, ack.iter().count()), (77, 3, 20, DETAILED_MAX));
        let last = ack.iter().last().unwrap();
        assert_eq!(last, RefusedFix { place: 15, reason: RefusalReason::Late, text: "time: why" });
    }

    #[test]
    fn every_name_refused_still_fits() {
        let long = refusal(&"定".repeat(400));
        let refused: Vec<_> = (0..NAMES_MAX as u32).map(|handle| (handle, long.clone())).collect();
        let mut out = Vec::new();
        named(&mut out, 0, 0, &refused);
        assert!(out.len() <= LENGTH_BYTES + FRAME_BYTES_MAX, "{}", out.len());
        let Reply::Named(named) = only(&out) else { panic!("named") };
        assert_eq!((named.known, named.refused, named.iter().count()), (0, NAMES_MAX as u16, NAMES_MAX));
        let first = named.iter().next().unwrap();
        assert!(first.text.len() <= TEXT_BYTES_MAX && first.text.len() > TEXT_BYTES_MAX - 4 && first.text.ends_with('定'));
        assert!(named.iter().skip(DETAILED_MAX).all(|name| name.text.is_empty() && name.reason == RefusalReason::Late));
    }

    #[test]
    fn replies_that_do_not_have_their_length() {
        let mut good = Vec::new();
        welcome(&mut good);
        error(&mut good, &"why");
        named(&mut good, 1, 2, &[(3, refusal("why"))]);
        ack(&mut good, 1, 0, 1, std::iter::once((0, &refusal("why"))));
        let mut rest = good.as_slice();
        while let Some(Frame { kind, payload }) = Frame::next(&mut rest).unwrap() {
            assert!(Reply::decode(Frame { kind, payload }).is_ok());
            let longer = [payload, &[0]].concat();
            for wrong in (0..payload.len()).map(|end| &payload[..end]).chain([longer.as_slice()]) {
                assert!(matches!(Reply::decode(Frame { kind, payload: wrong }), Err(FrameError::Payload { .. })), "{kind} {wrong:?}");
            }
        }
    }
}
