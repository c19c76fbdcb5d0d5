//! The location report (0x0200): where, when, how fast, alarms, status.

use super::{
    DecodeError, Items,
    bcd::{TERMINAL_OFFSET, decode_time, encode_time},
    reader::Reader,
};
use crate::{
    geodesy::LatLng,
    ingest::{Datum, Report},
    model::Timestamp,
};

/// Bytes of a location without additional items.
pub const LOCATION_LEN_MIN: usize = 28;

/// Alarm bit 0: the emergency button. It stays set until the platform answers with success.
pub const ALARM_EMERGENCY: u32 = 1;
/// Status bit 0: the ignition is on.
pub const STATUS_IGNITION: u32 = 1;
/// Status bit 1: the terminal has a position.
pub const STATUS_POSITIONED: u32 = 1 << 1;
/// Status bit 2: southern latitude.
pub const STATUS_SOUTH: u32 = 1 << 2;
/// Status bit 3: western longitude.
pub const STATUS_WEST: u32 = 1 << 3;

/// 0.1 km/h in metres a second.
const MPS_PER_TENTH_KMH: f64 = 1.0 / 36.0;

/// One location report, as the terminal counts: the report for the gate comes from [`Location::report`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// The alarm word, see [`ALARM_EMERGENCY`].
    pub alarm: u32,
    /// The status word, see [`STATUS_POSITIONED`] and its neighbours.
    pub status: u32,
    /// Latitude without its sign, millionths of a degree. May be out of range: the gate says so.
    pub lat_udeg: u32,
    /// Longitude without its sign, millionths of a degree. May be out of range.
    pub lng_udeg: u32,
    /// Height above sea level, metres.
    pub altitude_m: i16,
    /// Ground speed, tenths of a kilometre an hour.
    pub speed_tenth_kmh: u16,
    /// Course, degrees clockwise from north. May be out of range.
    pub heading_deg: u16,
    /// When the position was taken.
    pub time: Timestamp,
    /// The additional items.
    pub items: Items,
}

impl Location {
    /// A positioned location with the ignition on and no alarm. The position is rounded to a millionth of a
    /// degree, the speed to 0.1 km/h, the heading to a degree.
    #[must_use]
    pub fn at(position: LatLng, time: Timestamp, speed_mps: f64, heading_deg: f64) -> Self {
        let south = if position.lat_deg() < 0.0 { STATUS_SOUTH } else { 0 };
        let west = if position.lng_deg() < 0.0 { STATUS_WEST } else { 0 };
        Self {
            alarm: 0,
            status: STATUS_IGNITION | STATUS_POSITIONED | south | west,
            lat_udeg: (position.lat_deg().abs() * 1e6).round() as u32,
            lng_udeg: (position.lng_deg().abs() * 1e6).round() as u32,
            altitude_m: 0,
            speed_tenth_kmh: (speed_mps / MPS_PER_TENTH_KMH).round() as u16,
            heading_deg: (heading_deg.round() as u16) % 360,
            time,
            items: Items::default(),
        }
    }

    /// Whether the emergency button was pressed.
    #[must_use]
    pub const fn emergency(&self) -> bool {
        self.alarm & ALARM_EMERGENCY != 0
    }

    /// Whether the terminal says that it has a position.
    #[must_use]
    pub const fn positioned(&self) -> bool {
        self.status & STATUS_POSITIONED != 0
    }

    /// The report for the gate. Nothing is checked here except one thing that leniency may mend: with
    /// `strict` off a heading of 360 is north and a larger one is unknown, so that the position counts.
    #[must_use]
    pub fn report(&self, datum: Datum, strict: bool) -> Report {
        let sign = |bit: u32| if self.status & bit == 0 { 1.0 } else { -1.0 };
        let heading_deg = match self.heading_deg {
            360 if !strict => Some(0.0),
            361.. if !strict => None,
            degrees => Some(f64::from(degrees)),
        };
        Report {
            lat_deg: f64::from(self.lat_udeg) / 1e6 * sign(STATUS_SOUTH),
            lng_deg: f64::from(self.lng_udeg) / 1e6 * sign(STATUS_WEST),
            datum,
            time: self.time,
            speed_mps: Some(f64::from(self.speed_tenth_kmh) * MPS_PER_TENTH_KMH),
            heading_deg,
            accuracy_m: None,
        }
    }

    /// Reads the body of 0x0200, or one item of a batch. A location without a position may come without a
    /// time, too: its time is then 1970.
    ///
    /// # Errors
    /// [`DecodeError::Short`], [`DecodeError::Time`]; with `strict` on also what [`Items::decode`] says.
    /// With it off, items that cannot be read end the list and the location stands.
    pub fn decode(body: &[u8], strict: bool) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let alarm = reader.u32("alarm word")?;
        let status = reader.u32("status word")?;
        let lat_udeg = reader.u32("latitude")?;
        let lng_udeg = reader.u32("longitude")?;
        let altitude_m = reader.array("altitude").map(i16::from_be_bytes)?;
        let speed_tenth_kmh = reader.u16("speed")?;
        let heading_deg = reader.u16("direction")?;
        let time = match decode_time(reader.array("time")?, TERMINAL_OFFSET, strict) {
            Err(_) if status & STATUS_POSITIONED == 0 => Timestamp::default(),
            time => time?,
        };
        let items = Items::decode(reader.rest(), strict)?;
        Ok(Self { alarm, status, lat_udeg, lng_udeg, altitude_m, speed_tenth_kmh, heading_deg, time, items })
    }

    /// Appends the body of 0x0200 to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        for word in [self.alarm, self.status, self.lat_udeg, self.lng_udeg] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        out.extend_from_slice(&self.altitude_m.to_be_bytes());
        out.extend_from_slice(&self.speed_tenth_kmh.to_be_bytes());
        out.extend_from_slice(&self.heading_deg.to_be_bytes());
        out.extend_from_slice(&encode_time(self.time, TERMINAL_OFFSET));
        self.items.encode(out);
    }
}

/// Whether a location body that cannot be read as a whole still carries the emergency button: the alarm word
/// is its first field, and the checksum held.
pub(super) fn emergency_of(body: &[u8]) -> bool {
    Reader::new(body).u32("alarm word").is_ok_and(|alarm| alarm & ALARM_EMERGENCY != 0)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        pub(in crate::ingest::jt808) fn any_location()(
            words in any::<[u32; 4]>(), altitude_m in any::<i16>(), speed_tenth_kmh in any::<u16>(), heading_deg in any::<u16>(),
            second in 946_684_800..4_102_416_000i64, items in super::super::items::tests::any_items(),
        ) -> Location {
            let [alarm, status, lat_udeg, lng_udeg] = words;
            let time = Timestamp::from_unix_ms(second * 1000);
            Location { alarm, status, lat_udeg, lng_udeg, altitude_m, speed_tenth_kmh, heading_deg, time, items }
        }
    }

    fn here() -> Location {
        Location::at(LatLng::new(-22.817_002, 108.366_543).unwrap(), "2026-11-22T14:32:07Z".parse().unwrap(), 10.0, 359.7)
    }

    #[test]
    fn units_and_hemispheres() {
        let report = here().report(Datum::Gcj02, true);
        assert_eq!((report.lat_deg, report.lng_deg, report.datum), (-22.817_002, 108.366_543, Datum::Gcj02));
        assert!((report.speed_mps.unwrap() - 10.0).abs() < 1e-9);
        assert_eq!(report.heading_deg, Some(0.0));
        assert!(here().positioned() && !here().emergency());
    }

    #[test]
    fn out_of_range_is_kept_for_the_gate() {
        let far = Location { lat_udeg: 95_000_000, lng_udeg: u32::MAX, heading_deg: 400, ..here() };
        let report = far.report(Datum::Wgs84, true);
        assert_eq!((report.lat_deg, report.lng_deg, report.heading_deg), (-95.0, 4294.967295, Some(400.0)));
        assert_eq!(far.report(Datum::Wgs84, false).heading_deg, None);
        assert_eq!(Location { heading_deg: 360, ..far }.report(Datum::Wgs84, false).heading_deg, Some(0.0));
    }

    #[test]
    fn no_position_needs_no_time() {
        let mut body = Vec::new();
        here().encode(&mut body);
        body[22..28].fill(0);
        assert!(matches!(Location::decode(&body, false), Err(DecodeError::Time { .. })));
        body[4..8].copy_from_slice(&STATUS_IGNITION.to_be_bytes());
        assert!(!Location::decode(&body, true).unwrap().positioned());
        for len in 0..LOCATION_LEN_MIN {
            assert!(matches!(Location::decode(&body[..len], false), Err(DecodeError::Short { .. })), "{len}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back(location in any_location()) {
            let mut body = Vec::new();
            location.encode(&mut body);
            prop_assert_eq!(Location::decode(&body, true).unwrap(), location);
            prop_assert_eq!(Location::decode(&body, false).unwrap(), location);
        }
    }
}
