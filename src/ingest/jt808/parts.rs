//! Messages that come in parts, put together within limits.

use super::{DecodeError, Header, Part};
use crate::model::Timestamp;

/// The most parts of one message.
pub const PARTS_MAX: u16 = 64;
/// The most bytes of one message that is put together.
pub const ASSEMBLY_BYTES_MAX: usize = PARTS_MAX as usize * super::header::BODY_LEN_MAX;
/// The most messages of one terminal that are put together at a time: the oldest gives way.
pub const ASSEMBLIES_MAX: usize = 4;
/// How long a message may take to come together, milliseconds.
pub const ASSEMBLY_AGE_MAX_MS: i64 = 60_000;
/// How long nothing may come before the missing parts are asked for again, milliseconds.
pub const PART_WAIT_MS: i64 = 5_000;
/// How often missing parts are asked for.
pub const PART_REQUESTS_MAX: u8 = 3;

/// One message that is not whole yet.
#[derive(Debug)]
struct Assembly {
    header: Header,
    /// Serial number of the first part: with the message id it names the message.
    first_serial: u16,
    parts: Vec<Option<Vec<u8>>>,
    bytes: usize,
    started: Timestamp,
    touched: Timestamp,
    requests: u8,
}

/// What came of a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PartResult {
    /// It is kept; more are to come.
    Kept,
    /// It was the last one missing: the whole body.
    Whole(Vec<u8>),
}

/// A wish to get parts again.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MissingParts {
    /// The header of the part that came first: version and phone for the answer.
    pub(super) header: Header,
    pub(super) first_serial: u16,
    pub(super) indexes: Vec<u16>,
}

/// The messages of one terminal that are not whole yet. Holds at most [`ASSEMBLIES_MAX`] times
/// [`ASSEMBLY_BYTES_MAX`] bytes.
#[derive(Debug, Default)]
pub(super) struct Assemblies {
    open: Vec<Assembly>,
    abandoned: u64,
}

impl Assemblies {
    /// Messages that were given up: too old, too large, or pushed out by newer ones.
    pub(super) const fn abandoned(&self) -> u64 {
        self.abandoned
    }

    pub(super) fn clear(&mut self) {
        self.open.clear();
    }

    /// Takes one part. A part that is there already is as good as kept.
    pub(super) fn add(&mut self, header: &Header, part: Part, body: &[u8], now: Timestamp) -> Result<PartResult, DecodeError> {
        let Part { total, index } = part;
        if index == 0 || index > total || total > PARTS_MAX {
            return Err(DecodeError::Part { index, total, total_max: PARTS_MAX });
        }
        self.drop_old(now);
        let first_serial = header.serial.wrapping_sub(index - 1);
        let at = self.open.iter().position(|open| {
            (open.header.id, open.header.phone, open.first_serial, open.parts.len())
                == (header.id, header.phone, first_serial, total.into())
        });
        let at = at.unwrap_or_else(|| self.open(header, first_serial, total, now));
        let Some(assembly) = self.open.get_mut(at) else { return Ok(PartResult::Kept) };
        assembly.touched = now;
        if let Some(place @ None) = assembly.parts.get_mut(usize::from(index - 1)) {
            assembly.bytes += body.len();
            *place = Some(body.to_vec());
        }
        if assembly.bytes > ASSEMBLY_BYTES_MAX {
            let got = self.open.swap_remove(at).bytes;
            self.abandoned += 1;
            return Err(DecodeError::TooLong { what: "message in parts", got, max: ASSEMBLY_BYTES_MAX });
        }
        if assembly.parts.iter().any(Option::is_none) {
            return Ok(PartResult::Kept);
        }
        let whole = self.open.swap_remove(at);
        Ok(PartResult::Whole(whole.parts.into_iter().flatten().flatten().collect()))
    }

    fn open(&mut self, header: &Header, first_serial: u16, total: u16, now: Timestamp) -> usize {
        if self.open.len() >= ASSEMBLIES_MAX {
            let oldest = self.open.iter().enumerate().min_by_key(|(_, open)| open.touched).map(|(at, _)| at);
            oldest.map(|at| self.open.swap_remove(at));
            self.abandoned += 1;
        }
        let parts = vec![None; total.into()];
        self.open.push(Assembly { header: *header, first_serial, parts, bytes: 0, started: now, touched: now, requests: 0 });
        self.open.len() - 1
    }

    fn drop_old(&mut self, now: Timestamp) {
        let before = self.open.len();
        self.open.retain(|open| now.ms_since(open.started) <= ASSEMBLY_AGE_MAX_MS);
        self.abandoned += (before - self.open.len()) as u64;
    }

    /// The parts to ask for now: of each message for which nothing came for [`PART_WAIT_MS`].
    pub(super) fn missing(&mut self, now: Timestamp) -> Vec<MissingParts> {
        self.drop_old(now);
        let due = |open: &&mut Assembly| now.ms_since(open.touched) >= PART_WAIT_MS && open.requests < PART_REQUESTS_MAX;
        let ask = |open: &mut Assembly| {
            open.touched = now;
            open.requests += 1;
            let indexes = (1u16..).zip(&open.parts).filter(|(_, part)| part.is_none()).map(|(index, _)| index).collect();
            MissingParts { header: open.header, first_serial: open.first_serial, indexes }
        };
        self.open.iter_mut().filter(due).map(ask).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Version, *};

    fn header(serial: u16) -> Header {
        Header { id: 0x0704, version: Version::V2013, phone: "1".parse().unwrap(), serial, part: None, encryption: 0, body_len: 0 }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    fn add(open: &mut Assemblies, first: u16, total: u16, index: u16, body: &[u8], ms: i64) -> Result<PartResult, DecodeError> {
        open.add(&header(first.wrapping_add(index - 1)), Part { total, index }, body, at(ms))
    }

    #[test]
    fn parts_in_any_order_make_the_whole() {
        let mut open = Assemblies::default();
        assert_eq!(add(&mut open, 65_535, 3, 3, b"c", 0), Ok(PartResult::Kept));
        assert_eq!(add(&mut open, 65_535, 3, 1, b"a", 1), Ok(PartResult::Kept));
        assert_eq!(add(&mut open, 65_535, 3, 1, b"again", 1), Ok(PartResult::Kept));
        assert_eq!(add(&mut open, 65_535, 3, 2, b"b", 2), Ok(PartResult::Whole(b"abc".to_vec())));
        assert!(open.open.is_empty());
        assert_eq!(add(&mut open, 9, 1, 1, b"x", 2), Ok(PartResult::Whole(b"x".to_vec())));
    }

    #[test]
    fn impossible_parts_are_refused() {
        let mut open = Assemblies::default();
        for (total, index) in [(3, 0), (3, 4), (0, 0), (PARTS_MAX + 1, 1)] {
            assert!(open.add(&header(5), Part { total, index }, b"", at(0)).is_err(), "{index} of {total}");
        }
        assert!(add(&mut open, 1, PARTS_MAX, PARTS_MAX, b"", 0).is_ok());
    }

    #[test]
    fn limits_at_the_limit() {
        let mut open = Assemblies::default();
        let half = vec![0; ASSEMBLY_BYTES_MAX / 2];
        add(&mut open, 1, 3, 1, &half, 0).unwrap();
        assert!(add(&mut open, 1, 3, 2, &half, 0).is_ok());
        assert!(matches!(add(&mut open, 1, 3, 3, &[0], 0), Err(DecodeError::TooLong { .. })));
        for message in 0..=ASSEMBLIES_MAX as u16 {
            add(&mut open, 100 * message, 2, 1, b"", i64::from(message)).unwrap();
        }
        assert_eq!((open.open.len(), open.abandoned()), (ASSEMBLIES_MAX, 2));
        assert_eq!(add(&mut open, 0, 2, 2, b"", 5), Ok(PartResult::Kept), "the oldest gave way");
        open.clear();
        add(&mut open, 7, 2, 1, b"", 0).unwrap();
        assert_eq!(add(&mut open, 7, 2, 2, b"", ASSEMBLY_AGE_MAX_MS), Ok(PartResult::Whole(Vec::new())));
        add(&mut open, 7, 2, 1, b"", 0).unwrap();
        assert_eq!(add(&mut open, 7, 2, 2, b"", ASSEMBLY_AGE_MAX_MS + 1), Ok(PartResult::Kept));
    }

    #[test]
    fn missing_parts_are_asked_for_a_few_times() {
        let mut open = Assemblies::default();
        add(&mut open, 10, 4, 2, b"", 0).unwrap();
        assert!(open.missing(at(PART_WAIT_MS - 1)).is_empty());
        for request in 1..=i64::from(PART_REQUESTS_MAX) {
            let missing = open.missing(at(request * PART_WAIT_MS));
            assert_eq!((missing[0].first_serial, missing[0].indexes.as_slice()), (10, [1, 3, 4].as_slice()));
        }
        assert!(open.missing(at(50_000)).is_empty());
    }
}
