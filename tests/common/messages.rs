//! The messages of a wall as bytes of a WebSocket, taken apart.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, dead_code, unreachable_pub)]

use std::collections::BTreeMap;

use citygate::frames::{Block, Frame, FrameKind, Record, Spot, TOTALS, decode};
use serde_json::Value;

#[derive(Debug)]
pub enum Message {
    /// The bytes as they came, and what they say.
    Text(String, Value),
    Binary(Frame),
}

/// The messages in a server's bytes: whole frames, none masked.
pub fn split(mut bytes: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let (length, head) = match bytes[1] {
            126 => (usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), 4),
            127 => (u64::from_be_bytes(bytes[2..10].try_into().unwrap()) as usize, 10),
            length => (usize::from(length), 2),
        };
        let payload = &bytes[head..head + length];
        messages.push(match bytes[0] {
            0x81 => Message::Text(String::from_utf8(payload.to_vec()).unwrap(), serde_json::from_slice(payload).unwrap()),
            0x82 => Message::Binary(decode(payload).unwrap()),
            other => panic!("opcode {other:#x}"),
        });
        bytes = &bytes[head + length..];
    }
    messages
}

/// A unit on a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    pub status: u8,
    pub contact: u8,
    pub alarm: bool,
    /// Where it is, and the time of its fix, steps of 10 ms.
    pub spot: Option<Spot>,
    pub fix_ms: i64,
}

/// What a wall shows, as the reference says that a reader keeps it.
#[derive(Debug, Default)]
pub struct Map {
    pub seq: Option<u64>,
    pub units: BTreeMap<u32, Marker>,
    pub totals: BTreeMap<(i32, i32), [u32; TOTALS]>,
}

impl Map {
    /// Takes a frame in; says whether it fits what was there.
    pub fn take(&mut self, frame: &Frame) -> bool {
        let is_whole = matches!(frame.kind, FrameKind::Units | FrameKind::Totals);
        if is_whole {
            self.units.clear();
            self.totals.clear();
        } else if self.seq != Some(frame.seq - u64::from(frame.ticks)) {
            return false;
        }
        self.seq = Some(frame.seq);
        for no in frame.left() {
            assert!(!is_whole, "nobody leaves in a snapshot");
            self.units.remove(&no);
        }
        for record in frame.records() {
            self.show(record, frame.at_ms);
        }
        for block in &frame.blocks {
            if let Block::Totals { middle, totals } = block {
                if totals.iter().all(|total| *total == 0) {
                    self.totals.remove(&(middle.lat, middle.lng));
                } else {
                    self.totals.insert((middle.lat, middle.lng), *totals);
                }
            }
        }
        true
    }

    fn show(&mut self, record: &Record, at_ms: i64) {
        let Record { no, status, contact, alarm, spot } = *record;
        let before = self.units.get(&no);
        let fix_ms = spot.map_or_else(|| before.map_or(0, |before| before.fix_ms), |spot| at_ms - i64::from(spot.age) * 10);
        let spot = spot.or_else(|| before.and_then(|before| before.spot));
        assert!(spot.is_some() || contact == 3, "a unit with a contact stands somewhere");
        self.units.insert(no, Marker { status, contact, alarm, spot, fix_ms });
    }
}
