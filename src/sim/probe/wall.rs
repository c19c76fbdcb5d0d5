//! One wall that measures: it takes the messages of the stream and looks at every record.

use std::{sync::Arc, time::Instant};

use hdrhistogram::CreationError;
use serde::Deserialize;

use super::{Found, Latencies, SentLog};

/// Bytes of the header and of one record.
const HEADER_BYTES: usize = 24;
const RECORD_BYTES: usize = 24;
/// The kind byte of a delta.
const DELTA: u8 = 2;
/// The age of a unit without a fix.
const AGE_NEVER: u32 = u32::MAX;

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

#[derive(Deserialize)]
struct Roster {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    units: Vec<RosterUnit>,
}

#[derive(Deserialize)]
struct RosterUnit {
    no: usize,
    id: String,
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

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
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
        // Of other messages nothing but the kind is kept.
        let Ok(roster) = serde_json::from_str::<Roster>(text) else { return };
        if roster.kind != "roster" {
            return;
        }
        for unit in roster.units {
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
        let (Some(kind), Some(seq), Some(at_ms)) = (bytes.get(1), u64_at(bytes, 8), u64_at(bytes, 16)) else { return };
        let is_delta = *kind == DELTA;
        if is_delta && self.seq.is_some_and(|before| before + 1 != seq) {
            self.report.gaps += 1;
        }
        self.seq = Some(seq);
        if is_delta {
            self.report.messages += 1;
            self.report.bytes += bytes.len() as u64;
        }
        let lookup = self.sent.lookup();
        let (records, _) = bytes.get(HEADER_BYTES..).unwrap_or_default().as_chunks::<RECORD_BYTES>();
        for record in records {
            self.report.records += u64::from(is_delta);
            let fields = (u32_at(record, 0), u32_at(record, 4), u32_at(record, 8), u32_at(record, 12));
            let (Some(no), Some(lat), Some(lng), Some(age_ms)) = fields else { continue };
            if age_ms == AGE_NEVER {
                continue;
            }
            let Some(Some((unit, seen_ms))) = self.units.get_mut(no as usize) else { continue };
            let time_ms = at_ms as i64 - i64::from(age_ms);
            // Sent again because something else changed, e.g. the status.
            if time_ms <= *seen_ms {
                continue;
            }
            *seen_ms = time_ms;
            if !is_delta {
                continue;
            }
            match lookup.find(*unit, time_ms, lat as i32, lng as i32) {
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

    fn message(kind: u8, seq: u64, at_ms: i64, records: &[(u32, i32, i32, u32)]) -> Vec<u8> {
        let mut bytes = vec![1, kind, 24, 0];
        bytes.extend((records.len() as u32).to_le_bytes());
        bytes.extend(seq.to_le_bytes());
        bytes.extend(at_ms.to_le_bytes());
        for (no, lat, lng, age_ms) in records {
            for word in [*no, *lat as u32, *lng as u32, *age_ms] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend([0; 8]);
        }
        bytes
    }

    #[test]
    fn each_fix_is_measured_once_and_exactly() {
        let sent = Arc::new(SentLog::new(["u7", "u8"].map(|id| id.parse().unwrap())));
        let mut wall = Wall::new(sent.clone()).unwrap();
        wall.text(r#"{"type":"roster","units":[{"no":5,"id":"u8","callsign":"x"},{"no":6,"id":"else"}]}"#);
        sent.note(1, 10_000, 22_000_000, -108_000_000);
        let later = Instant::now() + Duration::from_millis(250);
        let record = (5, 220_000_000, -1_080_000_000, 300);
        wall.binary(&message(2, 4, 10_300, &[record, (6, 1, 1, 0), (5, 0, 0, AGE_NEVER)]), later);
        // The same fix again, with another age: not counted.
        wall.binary(&message(2, 5, 10_400, &[(5, 220_000_000, -1_080_000_000, 400)]), later);
        let latency = wall.report.latencies.latency().unwrap();
        assert_eq!((latency.count, wall.report.records, wall.report.messages, wall.report.gaps), (1, 4, 2, 0));
        assert!((250.0..260.0).contains(&latency.max_ms), "{latency:?}");
        // A fix that nobody sent, one somewhere else, a gap.
        wall.binary(&message(2, 7, 20_000, &[(5, 1, 1, 0)]), later);
        sent.note(1, 30_000, 22_000_000, -108_000_000);
        wall.binary(&message(2, 8, 30_000, &[(5, 220_000_001, -1_080_000_000, 0)]), later);
        assert_eq!((wall.report.unmatched, wall.report.wrong_positions, wall.report.gaps), (1, 1, 1));
        // A snapshot tells what is there, not how fast it came.
        sent.note(1, 31_000, 22_000_000, -108_000_000);
        wall.binary(&message(1, 8, 31_000, &[(5, 220_000_000, -1_080_000_000, 0)]), later);
        wall.binary(&message(2, 9, 31_100, &[(5, 220_000_000, -1_080_000_000, 100)]), later);
        assert_eq!(wall.report.latencies.latency().unwrap().count, 1);
        for cut in 0..30 {
            wall.binary(&message(2, 10, 1, &[record])[..cut], later);
        }
    }
}
