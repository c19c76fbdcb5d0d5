//! What a gateway sends: HELLO, NAMES, FIXES.

use std::str::FromStr;

use super::{
    FRAME_BYTES_MAX, Frame, FrameError, GCJ02, LENGTH_BYTES, NAMES_MAX, NONE, RECORD_BYTES, RECORDS_MAX, VERSION, kind, put, take,
    take_u16, take_u32,
};
use crate::{
    ingest::{Datum, Refusal, RefusalReason, Report, Source},
    model::{IdError, Timestamp},
};

/// Coordinates on the wire, for each degree.
const PER_DEGREE: f64 = 1e7;
/// What a name is of.
const DEVICE: u8 = 0;
const UNIT: u8 = 1;
/// The most characters of a wrong name that a refusal repeats.
const SHOWN_CHARS_MAX: usize = 80;

/// A frame of a gateway.
#[derive(Debug, Clone, Copy)]
pub enum Request<'a> {
    /// The greeting.
    Hello {
        /// The version that the gateway speaks.
        version: u8,
        /// What it shows to be let in: the text of a program's token, or nothing.
        token: &'a [u8],
    },
    /// Names for handles.
    Names(Names<'a>),
    /// Fixes of handles.
    Fixes(Fixes<'a>),
}

impl<'a> Request<'a> {
    /// Reads a frame. Looks at lengths only: names and records are read as they are asked for.
    ///
    /// # Errors
    /// [`FrameError`] for an unknown type or a payload that does not have the length that its own numbers say.
    #[inline]
    pub fn decode(frame: Frame<'a>) -> Result<Self, FrameError> {
        match frame.kind {
            kind::HELLO => match frame.payload {
                [version, token @ ..] => Ok(Self::Hello { version: *version, token }),
                [] => Err(misfit("HELLO", frame, "the version, 1 byte, and the token where one is asked for")),
            },
            kind::NAMES => Names::decode(frame.payload)?
                .map(Self::Names)
                .ok_or_else(|| misfit("NAMES", frame, "first handle, count, and so many names of 2 bytes and their length")),
            kind::FIXES => Fixes::decode(frame.payload)
                .map(Self::Fixes)
                .ok_or_else(|| misfit("FIXES", frame, "batch, count, and so many records of 28 bytes")),
            other => Err(FrameError::Type(other)),
        }
    }
}

#[cold]
const fn misfit(name: &'static str, frame: Frame<'_>, right: &'static str) -> FrameError {
    FrameError::Payload { frame: name, bytes: frame.payload.len(), right }
}

/// Appends a HELLO, with a program's token where there is one.
pub fn hello(out: &mut Vec<u8>, token: Option<&str>) {
    put(out, kind::HELLO, |out| {
        out.push(VERSION);
        out.extend_from_slice(token.unwrap_or_default().as_bytes());
    });
}

/// Names that are bound to handles.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The handle of the first; the others follow.
    pub first_handle: u32,
    count: u16,
    rest: &'a [u8],
}

impl<'a> Names<'a> {
    /// None when the payload does not have its length.
    fn decode(mut payload: &'a [u8]) -> Result<Option<Self>, FrameError> {
        let (Some(first_handle), Some(count)) = (take_u32(&mut payload), take_u16(&mut payload)) else { return Ok(None) };
        if usize::from(count) > NAMES_MAX {
            return Err(FrameError::NameCount(count));
        }
        let names = Self { first_handle, count, rest: payload };
        let mut rest = payload;
        let whole = (0..count).all(|_| take_name(&mut rest).is_some());
        Ok((whole && rest.is_empty()).then_some(names))
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// Each name, in the order of its handle.
    pub fn iter(&self) -> impl Iterator<Item = Result<Source, Refusal>> + use<'a> {
        let mut rest = self.rest;
        std::iter::from_fn(move || take_name(&mut rest).map(|(what, id)| source(what, id)))
    }
}

fn take_name<'a>(bytes: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let [what, length] = take(bytes)?;
    let (id, rest) = bytes.split_at_checked(usize::from(length))?;
    *bytes = rest;
    Some((what, id))
}

fn source(what: u8, id: &[u8]) -> Result<Source, Refusal> {
    let malformed = |field, detail| Refusal { reason: RefusalReason::Malformed, field, detail };
    match what {
        DEVICE => parse(id).map(Source::Device).map_err(|detail| malformed("device", detail)),
        UNIT => parse(id).map(Source::Unit).map_err(|detail| malformed("unit", detail)),
        other => Err(malformed("what", format!("{other} is not known: give 0 for a device, 1 for a unit"))),
    }
}

fn parse<T: FromStr<Err = IdError>>(id: &[u8]) -> Result<T, String> {
    // What is no UTF-8 is no id either: the sign that stands for a wrong byte is none of its characters.
    let text = String::from_utf8_lossy(id);
    text.parse().map_err(|_| IdError { value: text.chars().take(SHOWN_CHARS_MAX).collect() }.to_string())
}

/// Appends a NAMES frame, and gives how many of the names it took: as many as a frame has room for. Give the rest in
/// another, with the next handles.
#[must_use]
pub fn names(out: &mut Vec<u8>, first_handle: u32, names: &[Source]) -> usize {
    let (start, mut count) = (out.len(), 0);
    put(out, kind::NAMES, |out| {
        out.extend_from_slice(&first_handle.to_le_bytes());
        let place = out.len();
        out.extend_from_slice(&[0, 0]);
        for name in names.iter().take(NAMES_MAX) {
            let (what, id) = match name {
                Source::Device(id) => (DEVICE, id.as_str()),
                Source::Unit(id) => (UNIT, id.as_str()),
            };
            if out.len() - start + 2 + id.len() > LENGTH_BYTES + FRAME_BYTES_MAX {
                break;
            }
            out.extend_from_slice(&[what, id.len() as u8]);
            out.extend_from_slice(id.as_bytes());
            count += 1;
        }
        super::patch(out, place, (count as u16).to_le_bytes());
    });
    count
}

/// One fix on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixRecord {
    /// Whose: a handle that a NAMES frame has bound.
    pub handle: u32,
    /// When, by the device's clock: Unix milliseconds, UTC.
    pub time_ms: i64,
    /// Latitude, 1e-7 degree.
    pub lat_e7: i32,
    /// Longitude, 1e-7 degree.
    pub lon_e7: i32,
    /// Ground speed, 0.01 m/s, or [`NONE`].
    pub speed_cmps: u16,
    /// Course over ground, 0.01 degree clockwise from north, or [`NONE`].
    pub heading_cdeg: u16,
    /// Estimated horizontal error, 0.1 m, or [`NONE`].
    pub accuracy_dm: u16,
    /// [`GCJ02`] or 0.
    pub flags: u16,
}

impl FixRecord {
    /// The record of a report: rounded to the units of the wire, what is beyond their range to the last in it.
    #[must_use]
    pub fn new(handle: u32, report: &Report) -> Self {
        let scaled = |value: Option<f64>, by: f64| value.map_or(NONE, |value| (value * by).round().clamp(0.0, f64::from(NONE - 1)) as u16);
        Self {
            handle,
            time_ms: report.time.unix_ms(),
            lat_e7: (report.lat_deg * PER_DEGREE).round() as i32,
            lon_e7: (report.lng_deg * PER_DEGREE).round() as i32,
            speed_cmps: scaled(report.speed_mps, 100.0),
            heading_cdeg: scaled(report.heading_deg, 100.0),
            accuracy_dm: scaled(report.accuracy_m, 10.0),
            flags: if report.datum == Datum::Gcj02 { GCJ02 } else { 0 },
        }
    }

    /// The report that it tells of, not yet checked.
    ///
    /// # Errors
    /// [`Refusal`] when a flag is set that has no meaning.
    #[inline]
    pub fn report(&self) -> Result<Report, Refusal> {
        if self.flags & !GCJ02 != 0 {
            return Err(unknown_flags(self.flags));
        }
        // Divided, not multiplied by the inverse: 228100000 is to be 22.81 to the last bit.
        let scaled = |value: u16, by: f64| (value != NONE).then(|| f64::from(value) / by);
        Ok(Report {
            lat_deg: f64::from(self.lat_e7) / PER_DEGREE,
            lng_deg: f64::from(self.lon_e7) / PER_DEGREE,
            datum: if self.flags & GCJ02 != 0 { Datum::Gcj02 } else { Datum::Wgs84 },
            time: Timestamp::from_unix_ms(self.time_ms),
            speed_mps: scaled(self.speed_cmps, 100.0),
            heading_deg: scaled(self.heading_cdeg, 100.0),
            accuracy_m: scaled(self.accuracy_dm, 10.0),
        })
    }

    /// The record in its bytes.
    #[inline]
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; RECORD_BYTES]) -> Self {
        let b = bytes;
        Self {
            handle: u32::from_le_bytes([b[0], b[1], b[2], b[3]]),
            time_ms: i64::from_le_bytes([b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11]]),
            lat_e7: i32::from_le_bytes([b[12], b[13], b[14], b[15]]),
            lon_e7: i32::from_le_bytes([b[16], b[17], b[18], b[19]]),
            speed_cmps: u16::from_le_bytes([b[20], b[21]]),
            heading_cdeg: u16::from_le_bytes([b[22], b[23]]),
            accuracy_dm: u16::from_le_bytes([b[24], b[25]]),
            flags: u16::from_le_bytes([b[26], b[27]]),
        }
    }

    /// Its bytes.
    #[inline]
    #[must_use]
    pub fn to_bytes(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        super::patch(&mut bytes, 0, self.handle.to_le_bytes());
        super::patch(&mut bytes, 4, self.time_ms.to_le_bytes());
        super::patch(&mut bytes, 12, self.lat_e7.to_le_bytes());
        super::patch(&mut bytes, 16, self.lon_e7.to_le_bytes());
        super::patch(&mut bytes, 20, self.speed_cmps.to_le_bytes());
        super::patch(&mut bytes, 22, self.heading_cdeg.to_le_bytes());
        super::patch(&mut bytes, 24, self.accuracy_dm.to_le_bytes());
        super::patch(&mut bytes, 26, self.flags.to_le_bytes());
        bytes
    }
}

#[cold]
fn unknown_flags(flags: u16) -> Refusal {
    let detail = format!("0x{flags:04x} has bits without a meaning: give 0, or 1 for GCJ-02");
    Refusal { reason: RefusalReason::Malformed, field: "flags", detail }
}

/// The fixes of a frame.
#[derive(Debug, Clone, Copy)]
pub struct Fixes<'a> {
    /// The gateway's own number for the frame: the answer repeats it.
    pub batch: u32,
    records: &'a [[u8; RECORD_BYTES]],
}

impl<'a> Fixes<'a> {
    /// None when the payload does not have its length.
    #[inline]
    fn decode(mut payload: &'a [u8]) -> Option<Self> {
        let (batch, count) = (take_u32(&mut payload)?, take_u16(&mut payload)?);
        let (records, rest) = payload.as_chunks();
        (records.len() == usize::from(count) && rest.is_empty()).then_some(Self { batch, records })
    }

    /// Each record, read where it lies.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = FixRecord> + use<'a> {
        self.records.iter().map(FixRecord::from_bytes)
    }
}

/// Appends a FIXES frame, and gives how many of the records it took: at most [`RECORDS_MAX`].
#[must_use]
pub fn fixes(out: &mut Vec<u8>, batch: u32, records: &[FixRecord]) -> usize {
    let records = records.get(..RECORDS_MAX).unwrap_or(records);
    put(out, kind::FIXES, |out| {
        out.extend_from_slice(&batch.to_le_bytes());
        out.extend_from_slice(&(records.len() as u16).to_le_bytes());
        for record in records {
            out.extend_from_slice(&record.to_bytes());
        }
    });
    records.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::binary::frame::error;

    fn frame(bytes: &[u8]) -> Frame<'_> {
        let mut rest = bytes;
        let frame = Frame::next(&mut rest).unwrap().unwrap();
        assert!(rest.is_empty());
        frame
    }

    fn record(handle: u32) -> FixRecord {
        let report = Report {
            lat_deg: 22.81,
            lng_deg: -108.365_432_1,
            datum: Datum::Gcj02,
            time: Timestamp::from_unix_ms(1_764_000_000_123),
            speed_mps: Some(12.34),
            heading_deg: None,
            accuracy_m: Some(4.5),
        };
        FixRecord::new(handle, &report)
    }

    #[test]
    fn a_report_there_and_back() {
        let record = record(7);
        assert_eq!(FixRecord::from_bytes(&record.to_bytes()), record);
        let report = record.report().unwrap();
        assert_eq!((report.lat_deg, report.lng_deg, report.time.unix_ms()), (22.81, -108.365_432_1, 1_764_000_000_123));
        assert_eq!((report.speed_mps, report.heading_deg, report.accuracy_m, report.datum), (Some(12.34), None, Some(4.5), Datum::Gcj02));
        assert_eq!(FixRecord::new(7, &report), record);
        let fast = FixRecord::new(7, &Report { speed_mps: Some(1e9), heading_deg: Some(-1.0), ..report });
        assert_eq!((fast.speed_cmps, fast.heading_cdeg), (NONE - 1, 0));
        let refusal = FixRecord { flags: 0x8001, ..record }.report().unwrap_err();
        assert_eq!(refusal.to_string(), "flags: 0x8001 has bits without a meaning: give 0, or 1 for GCJ-02");
    }

    #[test]
    fn fixes_at_the_limit() {
        let records: Vec<_> = (0..=RECORDS_MAX as u32).map(record).collect();
        let mut out = Vec::new();
        assert_eq!(fixes(&mut out, 9, &records), RECORDS_MAX);
        assert!(out.len() <= LENGTH_BYTES + FRAME_BYTES_MAX && out.len() + RECORD_BYTES > LENGTH_BYTES + FRAME_BYTES_MAX);
        let Request::Fixes(read) = Request::decode(frame(&out)).unwrap() else { panic!("fixes") };
        assert_eq!((read.batch, read.iter().collect::<Vec<_>>().as_slice()), (9, &records[..RECORDS_MAX]));
        out.clear();
        assert_eq!(fixes(&mut out, 9, &[]), 0);
        assert!(matches!(Request::decode(frame(&out)), Ok(Request::Fixes(fixes)) if fixes.iter().len() == 0));
    }

    #[test]
    fn names_there_and_back() {
        let sources = [Source::Device("radio-1".parse().unwrap()), Source::Unit("car-1".parse().unwrap())];
        let mut out = Vec::new();
        assert_eq!(names(&mut out, 5, &sources), 2);
        let Request::Names(read) = Request::decode(frame(&out)).unwrap() else { panic!("names") };
        assert_eq!((read.first_handle, read.count()), (5, 2));
        assert_eq!(read.iter().map(Result::unwrap).collect::<Vec<_>>(), sources);
    }

    #[test]
    fn names_at_the_limit() {
        let many = |len: usize, count: usize| vec![Source::Device("x".repeat(len).parse().unwrap()); count];
        for (len, taken) in [(1, NAMES_MAX), (64, (FRAME_BYTES_MAX - 7) / 66)] {
            let mut out = Vec::new();
            assert_eq!(names(&mut out, 0, &many(len, NAMES_MAX + 1)), taken);
            assert!(matches!(Request::decode(frame(&out)), Ok(Request::Names(names)) if names.iter().count() == taken));
        }
        let mut payload = vec![0; 4];
        payload.extend((NAMES_MAX as u16 + 1).to_le_bytes());
        payload.extend([0, 1, b'x'].repeat(NAMES_MAX + 1));
        assert_eq!(Request::decode(Frame { kind: kind::NAMES, payload: &payload }).unwrap_err(), FrameError::NameCount(16_385));
    }

    #[test]
    fn a_wrong_name_costs_itself_alone() {
        let payload = [&[0, 0, 0, 0, 4, 0][..], &[2, 1, b'a'], &[0, 3, b'a', b' ', b'b'], &[1, 2, 0xff, 0xfe], &[0, 1, b'a']].concat();
        let Ok(Request::Names(names)) = Request::decode(Frame { kind: kind::NAMES, payload: &payload }) else { panic!("names") };
        let told: Vec<_> = names.iter().map(|name| name.map_err(|refusal| refusal.to_string())).collect();
        assert_eq!(told[0], Err("what: 2 is not known: give 0 for a device, 1 for a unit".into()));
        assert_eq!(told[1], Err("device: `a b` is not an id: give 1 to 64 characters of A-Z a-z 0-9 . _ : -".into()));
        assert!(told[2].as_ref().unwrap_err().starts_with("unit: `"));
        assert_eq!(told[3], Ok(Source::Device("a".parse().unwrap())));
    }

    #[test]
    fn frames_that_do_not_have_their_length() {
        let mut good = Vec::new();
        let count = fixes(&mut good, 1, &[record(1)]) + names(&mut good, 0, &[Source::Device("a".parse().unwrap())]);
        assert_eq!(count, 2);
        let mut rest = good.as_slice();
        while let Some(Frame { kind, payload }) = Frame::next(&mut rest).unwrap() {
            assert!(Request::decode(Frame { kind, payload }).is_ok());
            let longer = [payload, &[0]].concat();
            for wrong in (0..payload.len()).map(|end| &payload[..end]).chain([longer.as_slice()]) {
                assert!(matches!(Request::decode(Frame { kind, payload: wrong }), Err(FrameError::Payload { .. })), "{kind} {wrong:?}");
            }
        }
        let hello = |payload| Request::decode(Frame { kind: kind::HELLO, payload });
        assert!(matches!(hello(&[]), Err(FrameError::Payload { .. })));
        assert!(matches!(hello(b"\x01a.b"), Ok(Request::Hello { version: 1, token: b"a.b" })));
        let mut reply = Vec::new();
        error(&mut reply, &"x");
        assert_eq!(Request::decode(frame(&reply)).unwrap_err(), FrameError::Type(0xFF));
    }
}
