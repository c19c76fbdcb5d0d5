//! Times as six BCD bytes: YY MM DD hh mm ss.

use jiff::{
    civil,
    tz::{Offset, TimeZone},
};

use super::DecodeError;
use crate::model::Timestamp;

/// The offset of the times that terminals send: the standard says GMT+8.
pub(super) const TERMINAL_OFFSET: Offset = jiff::tz::offset(8);

/// Reads a time of the years 2000 to 2099. With `strict` off, seconds that are no seconds count as 0, so
/// that the minute is not lost.
pub(super) fn decode_time(bcd: [u8; 6], offset: Offset, strict: bool) -> Result<Timestamp, DecodeError> {
    let refused = || DecodeError::Time { value: bcd.iter().fold(0, |value, &byte| (value << 8) | u64::from(byte)) };
    let number = |byte: u8| {
        let (tens, ones) = (byte >> 4, byte & 0xf);
        (tens <= 9 && ones <= 9).then_some((tens * 10 + ones) as i8)
    };
    let [year, month, day, hour, minute, second] = bcd.map(number);
    let second = if strict { second } else { Some(second.filter(|second| *second < 60).unwrap_or(0)) };
    let (Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)) = (year, month, day, hour, minute, second) else {
        return Err(refused());
    };
    let time = civil::DateTime::new(2000 + i16::from(year), month, day, hour, minute, second, 0).map_err(|_| refused())?;
    let instant = offset.to_timestamp(time).map_err(|_| refused())?;
    Ok(Timestamp::from_unix_ms(instant.as_millisecond()))
}

/// Writes a time, cut to the second; one outside the years 2000 to 2099 becomes all zeros, which no reader
/// takes for a time.
pub(super) fn encode_time(time: Timestamp, offset: Offset) -> [u8; 6] {
    let Ok(instant) = jiff::Timestamp::from_millisecond(time.unix_ms()) else { return [0; 6] };
    let civil = instant.to_zoned(TimeZone::fixed(offset)).datetime();
    let Some(year) = u8::try_from(civil.year() - 2000).ok().filter(|year| *year < 100) else { return [0; 6] };
    let pair = |number: i8| {
        let number = number.unsigned_abs();
        ((number / 10) << 4) | (number % 10)
    };
    let year = ((year / 10) << 4) | (year % 10);
    [year, pair(civil.month()), pair(civil.day()), pair(civil.hour()), pair(civil.minute()), pair(civil.second())]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(hex: u64, strict: bool) -> Result<String, DecodeError> {
        let [_, _, bcd @ ..] = hex.to_be_bytes();
        decode_time(bcd, TERMINAL_OFFSET, strict).map(|time| time.to_string())
    }

    #[test]
    fn times_are_of_the_eighth_zone() {
        assert_eq!(decode(0x26_11_22_22_32_07, true).unwrap(), "2026-11-22T14:32:07.000Z");
        assert_eq!(decode(0x24_02_29_00_00_00, true).unwrap(), "2024-02-28T16:00:00.000Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in [0, 0x23_02_29_00_00_00, 0x26_13_01_00_00_00, 0x26_01_01_24_00_00, 0x26_01_01_00_60_00, 0x2a_01_01_00_00_00] {
            assert!(decode(bad, true).is_err() && decode(bad, false).is_err(), "{bad:x}");
        }
        assert!(decode(0x26_01_01_00_00_60, true).is_err());
        assert_eq!(decode(0x26_01_01_08_00_ff, false).unwrap(), "2026-01-01T00:00:00.000Z");
        assert_eq!(
            decode(0x26_13_01_00_00_00, true).unwrap_err().to_string(),
            "time 261301000000: give BCD YYMMDDhhmmss of a date that exists"
        );
    }

    proptest! {
        #[test]
        fn there_and_back(second in 946_684_800..4_102_444_799i64) {
            let time = Timestamp::from_unix_ms(second * 1000);
            prop_assert_eq!(decode_time(encode_time(time, Offset::UTC), Offset::UTC, true), Ok(time));
            if second < 4_102_416_000 {
                prop_assert_eq!(decode_time(encode_time(time, TERMINAL_OFFSET), TERMINAL_OFFSET, true), Ok(time));
            }
        }
    }
}
