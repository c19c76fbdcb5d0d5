//! Instants: milliseconds of UTC.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in UTC, to the millisecond. Shown and read as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// A string that is no RFC 3339 instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not an instant: give RFC 3339 with an offset, e.g. 2026-11-22T14:32:07.250Z")]
pub struct TimeError {
    /// What was given, cut to 64 characters.
    pub value: String,
}

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_unix_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This instant moved by `ms`.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// Milliseconds in a day.
const DAY_MS: i64 = 86_400_000;

/// The year, month and day of a number of days since 1970-01-01, by counting in eras of 400 years that begin in March.
const fn civil(days: i64) -> (i64, i64, i64) {
    let from_march = days + 719_468;
    let (era, day_of_era) = (from_march.div_euclid(146_097), from_march.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + (month <= 2) as i64, month, day_of_year - (153 * from_march + 2) / 5 + 1)
}

impl Timestamp {
    /// The instant as RFC 3339 to the millisecond; `None` outside of the years 0 to 9999. Written digit by digit, since an
    /// answer has one for every unit: a dozen nanoseconds.
    fn rfc_3339(self) -> Option<[u8; 24]> {
        let (year, month, day) = civil(self.0.div_euclid(DAY_MS));
        if !(0..=9_999).contains(&year) {
            return None;
        }
        let ms = self.0.rem_euclid(DAY_MS);
        let (hour, minute, second, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
        let digit = |number: i64| b'0' + (number % 10) as u8;
        let ten = |number: i64| digit(number / 10);
        #[rustfmt::skip] // As it reads.
        let text = [
            digit(year / 1_000), digit(year / 100), ten(year), digit(year), b'-', ten(month), digit(month), b'-', ten(day), digit(day),
            b'T', ten(hour), digit(hour), b':', ten(minute), digit(minute), b':', ten(second), digit(second),
            b'.', digit(ms / 100), ten(ms), digit(ms), b'Z',
        ];
        Some(text)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rfc_3339().as_ref().and_then(|text| std::str::from_utf8(text).ok()) {
            Some(text) => f.write_str(text),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;
    fn from_str(value: &str) -> Result<Self, TimeError> {
        match value.parse::<jiff::Timestamp>() {
            Ok(instant) => Ok(Self(instant.as_millisecond())),
            Err(_) => Err(TimeError { value: value.chars().take(64).collect() }),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.rfc_3339().as_ref().and_then(|text| std::str::from_utf8(text).ok()) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_there_and_back() {
        let instant: Timestamp = "2026-11-22T22:32:07.250+08:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2026-11-22T14:32:07.250Z");
        assert_eq!(instant.to_string().parse::<Timestamp>().unwrap(), instant);
        assert!("yesterday".parse::<Timestamp>().is_err());
        assert!("2026-11-22T14:32:07".parse::<Timestamp>().is_err(), "an offset is needed");
    }

    proptest::proptest! {
        #[test]
        fn digits_are_those_of_the_calendar(ms in -62_167_219_200_000_i64..=253_402_207_200_000) {
            let right = jiff::Timestamp::from_millisecond(ms).unwrap();
            proptest::prop_assert_eq!(Timestamp(ms).to_string(), format!("{right:.3}"));
        }
    }

    #[test]
    fn the_calendar_ends_somewhere() {
        for (ms, text) in [
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "253402300800000 ms"),
            (i64::MIN, "-9223372036854775808 ms"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp(ms).to_string(), text);
        }
    }
}
