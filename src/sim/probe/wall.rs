//! One wall that measures: it takes the messages of the stream and looks at every record.

use std::{sync::Arc, time::Instant};

use hdrhistogram::CreationError;

use super::{Found, Latencies, SentLog, roster};
use crate::frames::{self, AGE_STEP_MS, FrameKind};

/// What all walls saw in the window.
#[derive(Debug, Clone)]
pub struct WallReport {
    /// Latencies.
    pub latencies: Latencies,
    /// Records in deltas.
    pub records: u64,
    /// Deltas.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Records of fixes that are not known.
    pub unmatched: u64,
    /// Records with another position than was sent.
    pub wrong_positions: u64,
    /// Gaps in the deltas' numbers, and lost connections.
    pub gaps: u64,
}

impl WallReport {
    pub(super) fn new() -> Result<Self, CreationError> {
        let latencies = Latencies::new()?;
        Ok(Self { latencies, records: 0, messages: 0, bytes: 0, unmatched: 0, wrong_positions: 0, gaps: 0 })
    }

    /// Adds what another wall saw.
    pub(super) fn merge(&mut self, other: &Self) {
        self.latencies.merge(&other.latencies);
        self.records += other.records;
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.unmatched += other.unmatched;
        self.wrong_positions += other.wrong_positions;
        self.gaps += other.gaps;
    }

    fn clear(&mut self) {
        self.latencies.clear();
        (self.records, self.messages, self.bytes, self.unmatched, self.wrong_positions, self.gaps) = (0, 0, 0, 0, 0, 0);
    }
}

/// One wall.
#[derive(Debug)]
pub(super) struct Wall {
    sent: Arc<SentLog>,
    /// By the server's unit number: the simulator's, and the time of the last fix that was seen.
    units: Vec<Option<(usize, i64)>>,
    seq: Option<u64>,
    report: WallReport,
}

impl Wall {
    pub(super) fn new(sent: Arc<SentLog>) -> Result<Self, CreationError> {
        Ok(Self { sent, units: Vec::new(), seq: None, report: WallReport::new()? })
    }

    /// Starts counting from zero.
    pub(super) fn restart(&mut self) {
        self.report.clear();
    }

    /// The connection is lost: whatever number comes next is the first.
    pub(super) fn lost(&mut self) {
        self.report.gaps += 1;
        self.seq = None;
    }

    pub(super) fn into_report(self) -> WallReport {
        self.report
    }

    /// Takes a text message.
    pub(super) fn text(&mut self, text: &str) {
        for unit in roster(text.as_bytes()) {
            if self.units.len() <= unit.no {
                self.units.resize(unit.no + 1, None);
            }
            if let Some(known) = self.units.get_mut(unit.no).filter(|known| known.is_none()) {
                *known = self.sent.number(&unit.id).map(|number| (number, i64::MIN));
            }
        }
    }

    /// Takes a binary message that came `now`. About 0.1 us a record.
    pub(super) fn binary(&mut self, bytes: &[u8], now: Instant) {
        let Ok(frame) = frames::decode(bytes) else {
            self.report.unmatched += 1;
            return;
        };
        let is_delta = frame.kind == FrameKind::UnitChanges;
        if is_delta && self.seq.is_some_and(|before| before + u64::from(frame.ticks) != frame.seq) {
            self.report.gaps += 1;
        }
        self.seq = Some(frame.seq);
        if is_delta {
            self.report.messages += 1;
            self.report.bytes += bytes.len() as u64;
        }
        let lookup = self.sent.lookup();
        for record in frame.records() {
            self.report.records += u64::from(is_delta);
            // Sent because something else changed, e.g. the status.
            let Some(spot) = record.spot else { continue };
            let Some(Some((unit, seen_ms))) = self.units.get_mut(record.no as usize) else { continue };
            let time_ms = frame.at_ms - i64::from(spot.age) * i64::from(AGE_STEP_MS);
            // The same fix again, of a unit that came to another part of the map.
            if time_ms < *seen_ms + i64::from(AGE_STEP_MS) {
                continue;
            }
            *seen_ms = time_ms;
            if !is_delta {
                continue;
            }
            match lookup.find(*unit, time_ms, spot.at) {
                Found::Sent(at) => self.report.latencies.add(now.saturating_duration_since(at)),
                Found::Elsewhere => self.report.wrong_positions += 1,
                Found::Nothing => self.report.unmatched += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::frames::{Origin, Record, Spot, Step};

    fn message(kind: FrameKind, seq: u64, at_ms: i64, records: &[(u32, i32, i32, u32)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        frames::begin(&mut bytes, kind, 1, seq, at_ms);
        let record = |(no, lat, lng, age): &(u32, i32, i32, u32)| {
            let spot = Spot { at: Step { lat: *lat, lng: *lng }, speed: 0, heading: 0, age: *age };
            Record { no: *no, status: 0, contact: 0, alarm: false, spot: Some(spot) }
        };
        frames::block_of_units(&mut bytes, Origin::default(), &records.iter().map(record).collect::<Vec<_>>(), &[]);
        bytes
    }

    #[test]
    fn each_fix_is_measured_once_and_exactly() {
        use FrameKind::{UnitChanges as Delta, Units};
        let sent = Arc::new(SentLog::new(["u7", "u8"].map(|id| id.parse().unwrap())));
        let mut wall = Wall::new(sent.clone()).unwrap();
        wall.text(r#"{"type":"roster","units":[{"no":5,"id":"u8","callsign":"x"},{"no":6,"id":"else"}]}"#);
        sent.note(1, 10_000, 22_000_000, -108_000_000);
        let later = Instant::now() + Duration::from_millis(250);
        let record = (5, 22_000_000, -108_000_000, 30);
        wall.binary(&message(Delta, 4, 10_300, &[record, (6, 1, 1, 0)]), later);
        // The same fix again, with another age: not counted.
        wall.binary(&message(Delta, 5, 10_409, &[(5, 22_000_000, -108_000_000, 40)]), later);
        let latency = wall.report.latencies.latency().unwrap();
        assert_eq!((latency.count, wall.report.records, wall.report.messages, wall.report.gaps), (1, 3, 2, 0));
        assert!((250.0..260.0).contains(&latency.max_ms), "{latency:?}");
        // A fix that nobody sent, one somewhere else, a gap.
        wall.binary(&message(Delta, 7, 20_000, &[(5, 1, 1, 0)]), later);
        sent.note(1, 30_000, 22_000_000, -108_000_000);
        wall.binary(&message(Delta, 8, 30_000, &[(5, 22_000_001, -108_000_000, 0)]), later);
        assert_eq!((wall.report.unmatched, wall.report.wrong_positions, wall.report.gaps), (1, 1, 1));
        // A snapshot tells what is there, not how fast it came.
        sent.note(1, 31_000, 22_000_000, -108_000_000);
        wall.binary(&message(Units, 8, 31_000, &[(5, 22_000_000, -108_000_000, 0)]), later);
        wall.binary(&message(Delta, 9, 31_100, &[(5, 22_000_000, -108_000_000, 10)]), later);
        assert_eq!(wall.report.latencies.latency().unwrap().count, 1);
        // What is no frame matches no fix; the header alone is one.
        for cut in (0..frames::HEADER_BYTES).chain(frames::HEADER_BYTES + 1..30) {
            wall.binary(&message(Delta, 10, 1, &[record])[..cut], later);
        }
        assert_eq!(wall.report.unmatched, 30);
    }
}
