//! What walls see: every message is counted and its header checked; of some walls every record is matched with its fix.

use std::{sync::Arc, time::Duration};

use citygate::{
    frames::FrameKind,
    sim::probe::{Latencies, RosterUnit, roster},
};

use crate::{
    feed::{Found, SentLog},
    views::Extent,
    wire::{self, BINARY, Header, Message, TEXT, WireError},
};

/// What was seen since the window opened. Pairs are of walls of the whole city and of a district.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Messages, and their bytes on the wire.
    pub(crate) messages: [u64; 2],
    pub(crate) bytes: [u64; 2],
    /// Frames of changes, and the ticks that they stand for.
    pub(crate) frames: u64,
    pub(crate) ticks: u64,
    /// From the server's time in a frame to its last byte.
    pub(crate) tick: Latencies,
    /// From the write of a fix to the last byte of the frame that shows it, of the walls that are looked into.
    pub(crate) fix: Latencies,
    /// Frames of changes that were looked into: their records, and their bytes.
    pub(crate) records: [u64; 2],
    pub(crate) record_bytes: [u64; 2],
    /// Fixes that were seen for the first time.
    pub(crate) fixes: [u64; 2],
    /// Snapshots in place of changes.
    pub(crate) snapshots: u64,
    /// Changes that do not follow what was last told.
    pub(crate) gaps: u64,
    /// Records of fixes that nobody sent.
    pub(crate) unmatched: u64,
    /// Records more than a step from their fix.
    pub(crate) elsewhere: u64,
}

impl Seen {
    fn new() -> Self {
        Self {
            messages: [0; 2],
            bytes: [0; 2],
            frames: 0,
            ticks: 0,
            tick: Latencies::new().unwrap(),
            fix: Latencies::new().unwrap(),
            records: [0; 2],
            record_bytes: [0; 2],
            fixes: [0; 2],
            snapshots: 0,
            gaps: 0,
            unmatched: 0,
            elsewhere: 0,
        }
    }
}

/// By the server's number of a unit: its number in the load.
#[derive(Debug, Default)]
struct Roster {
    numbers: Vec<Option<usize>>,
    known: usize,
}

impl Roster {
    fn take(&mut self, text: &[u8]) {
        for RosterUnit { no, id } in roster(text) {
            if self.numbers.len() <= no {
                self.numbers.resize(no + 1, None);
            }
            let number = id.strip_prefix("load-").and_then(|number| number.parse().ok());
            self.known += usize::from(self.numbers[no].is_none() && number.is_some());
            self.numbers[no] = number;
        }
    }
}

/// What all walls write down together.
pub(crate) struct Book {
    /// The opcode of what shows the map.
    map: u8,
    /// Walls whose map is there.
    pub(crate) opened: usize,
    pub(crate) seen: Seen,
    roster: Roster,
    units: usize,
    log: Arc<SentLog>,
}

impl Book {
    /// For walls of Citygate, which show the units of a feed.
    pub(crate) fn new(units: usize, log: Arc<SentLog>) -> Self {
        Self { map: BINARY, opened: 0, seen: Seen::new(), roster: Roster::default(), units, log }
    }

    /// For walls of which nothing is read: their map comes as text.
    pub(crate) fn of_text() -> Self {
        Self { map: TEXT, ..Self::new(0, Arc::new(SentLog::new(0))) }
    }

    /// Begins a window; gives what was seen before.
    pub(crate) fn restart(&mut self) -> Seen {
        std::mem::replace(&mut self.seen, Seen::new())
    }
}

/// One wall.
#[derive(Debug)]
pub(crate) struct Eyes {
    extent: Extent,
    is_open: bool,
    /// The tick that was told last.
    seq: u64,
    /// Of a wall that is looked into, by unit: the time of the last fix that was seen.
    last_ms: Option<Vec<i64>>,
}

impl Eyes {
    pub(crate) fn new(extent: Extent, is_sample: bool, book: &Book) -> Self {
        Self { extent, is_open: false, seq: 0, last_ms: is_sample.then(|| vec![i64::MIN; book.units]) }
    }

    /// Sees a message whose last byte came at `now_us`.
    pub(crate) fn see(&mut self, message: &Message<'_>, now_us: i64, book: &mut Book) -> Result<(), WireError> {
        book.seen.messages[self.extent as usize] += 1;
        book.seen.bytes[self.extent as usize] += message.wire_bytes;
        match message.opcode {
            BINARY => self.frame(message, now_us, book)?,
            TEXT if book.roster.known < book.units => message.payload.into_iter().for_each(|text| book.roster.take(text)),
            _ => {}
        }
        if message.opcode == book.map && !self.is_open {
            self.is_open = true;
            book.opened += 1;
        }
        Ok(())
    }

    fn frame(&mut self, message: &Message<'_>, now_us: i64, book: &mut Book) -> Result<(), WireError> {
        let header = Header::read(message.front)?;
        if header.is_snapshot {
            book.seen.snapshots += u64::from(self.is_open);
        } else {
            book.seen.frames += 1;
            book.seen.ticks += header.ticks;
            book.seen.gaps += u64::from(header.seq != self.seq + header.ticks);
            book.seen.tick.add(Duration::from_micros((now_us - header.at_ms * 1_000).max(0) as u64));
        }
        self.seq = header.seq;
        if let (Some(last_ms), Some(payload)) = (&mut self.last_ms, message.payload) {
            look(last_ms, self.extent, header, payload, now_us, book)?;
        }
        Ok(())
    }
}

/// Matches every record of a frame with the fix that it shows.
fn look(
    last_ms: &mut [i64],
    extent: Extent,
    Header { is_snapshot, at_ms, .. }: Header,
    payload: &[u8],
    now_us: i64,
    book: &mut Book,
) -> Result<(), WireError> {
    let (kind, records) = wire::records(payload)?;
    let Book { seen, roster, log, .. } = book;
    if kind == FrameKind::UnitChanges {
        seen.records[extent as usize] += records.len() as u64;
        seen.record_bytes[extent as usize] += payload.len() as u64;
    }
    let log = log.open();
    for record in records {
        let Some(spot) = record.spot else { continue };
        let unit = roster.numbers.get(record.no as usize).copied().flatten();
        match unit.map(|unit| (unit, log.find(unit, at_ms, &spot))) {
            Some((unit, Found::Sent { time_ms, written_us })) => {
                // It may be told again because something else changed. A snapshot tells what is there, not how fast it came.
                if time_ms > std::mem::replace(&mut last_ms[unit], time_ms) && !is_snapshot {
                    seen.fixes[extent as usize] += 1;
                    seen.fix.add(Duration::from_micros((now_us - written_us).max(0) as u64));
                }
            }
            Some((_, Found::Elsewhere)) => seen.elsewhere += 1,
            None | Some((_, Found::Nothing)) => seen.unmatched += 1,
        }
    }
    Ok(())
}
