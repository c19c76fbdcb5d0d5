//! One fix as JSON, read in one pass: a wrong field is named with its value and what is right.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::ITEM_BYTES_MAX;
use crate::{
    ingest::{Datum, Refusal, RefusalReason, Report, Source},
    model::{IdError, TimeError, Timestamp},
};

/// The fields of a fix, as a refusal lists them.
const FIELDS: &str = "device or unit, lat, lon, time, speed_mps, heading_deg, accuracy_m, datum";
/// The most characters of a wrong value that a refusal repeats.
const SHOWN_CHARS_MAX: usize = 64;

/// Reads one fix: one line of a WebSocket, or one item of a body. About 1 us; allocates the id alone.
///
/// # Errors
/// A [`Refusal`] that names the field. Latitude and longitude may be out of range: the gate says so.
pub fn parse_one(item: &[u8]) -> Result<(Source, Report), Refusal> {
    if item.len() > ITEM_BYTES_MAX {
        let detail = format!("has {} bytes: a fix has at most {ITEM_BYTES_MAX}", item.len());
        return Err(Refusal { reason: RefusalReason::Malformed, field: "fix", detail });
    }
    match serde_json::from_slice::<Parsed>(item) {
        Ok(Parsed(Ok(fields))) => fields.finish(),
        Ok(Parsed(Err(refusal))) => Err(refusal),
        Err(error) => Err(malformed("fix", format!("is not a JSON object: {error}"))),
    }
}

fn malformed(field: &'static str, detail: String) -> Refusal {
    Refusal { reason: RefusalReason::Malformed, field, detail }
}

fn out_of_range(field: &'static str, value: f64, right: &str) -> Refusal {
    Refusal { reason: RefusalReason::OutOfRange, field, detail: format!("{value} is out of range: {right}") }
}

/// A value of any type, so that a wrong type is a refusal of the field and not of the whole text.
enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
    List,
    Object,
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(text) => write!(f, "`{:.*}`", SHOWN_CHARS_MAX, text),
            Self::List => f.write_str("a list"),
            Self::Object => f.write_str("an object"),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Null)
            }
            fn visit_bool<E>(self, value: bool) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Bool(value))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(value as f64))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(value as f64))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar<'de>, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::List)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Scalar<'de>, A::Error> {
                while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Object)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// What was found so far.
#[derive(Default)]
struct Fields {
    source: Option<Source>,
    lat_deg: Option<f64>,
    lng_deg: Option<f64>,
    time: Option<Timestamp>,
    speed_mps: Option<f64>,
    heading_deg: Option<f64>,
    accuracy_m: Option<f64>,
    datum: Option<Datum>,
}

fn number(field: &'static str, value: Scalar<'_>) -> Result<f64, Refusal> {
    match value {
        Scalar::Number(value) if value.is_finite() => Ok(value),
        other => Err(malformed(field, format!("{other} is not a number: give a number"))),
    }
}

fn text<'a>(field: &'static str, value: Scalar<'a>, right: &str) -> Result<Cow<'a, str>, Refusal> {
    match value {
        Scalar::Text(text) => Ok(text),
        other => Err(malformed(field, format!("{other} is not text: {right}"))),
    }
}

fn id<T: FromStr<Err = IdError>>(field: &'static str, value: &str) -> Result<T, Refusal> {
    value.parse().map_err(|error: IdError| malformed(field, error.to_string()))
}

/// Keeps a value; a field that was given before is refused.
fn once<T>(place: &mut Option<T>, field: &'static str, value: T) -> Result<(), Refusal> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(malformed(field, "is given twice: give it once".to_owned())),
    }
}

impl Fields {
    fn set(&mut self, field: &str, value: Scalar<'_>) -> Result<(), Refusal> {
        // Optional fields may be null, which is as good as not there.
        let absent = matches!(value, Scalar::Null);
        match field {
            "device" | "unit" if self.source.is_some() => {
                Err(malformed("device", "both device and unit, or one of them twice: give exactly one".to_owned()))
            }
            "device" => {
                self.source = Some(Source::Device(id("device", &text("device", value, "give the device's id")?)?));
                Ok(())
            }
            "unit" => {
                self.source = Some(Source::Unit(id("unit", &text("unit", value, "give the unit's id")?)?));
                Ok(())
            }
            "lat" => once(&mut self.lat_deg, "lat", number("lat", value)?),
            "lon" => once(&mut self.lng_deg, "lon", number("lon", value)?),
            "time" => {
                let time = text("time", value, "give RFC 3339, e.g. 2026-11-22T14:32:07Z")?.parse();
                once(&mut self.time, "time", time.map_err(|error: TimeError| malformed("time", error.to_string()))?)
            }
            "speed_mps" | "heading_deg" | "accuracy_m" | "datum" if absent => Ok(()),
            "speed_mps" => once(&mut self.speed_mps, "speed_mps", not_negative("speed_mps", number("speed_mps", value)?)?),
            "heading_deg" => {
                let heading_deg = number("heading_deg", value)?;
                if !(0.0..360.0).contains(&heading_deg) {
                    return Err(out_of_range("heading_deg", heading_deg, "give degrees from 0 to below 360"));
                }
                once(&mut self.heading_deg, "heading_deg", heading_deg)
            }
            "accuracy_m" => once(&mut self.accuracy_m, "accuracy_m", not_negative("accuracy_m", number("accuracy_m", value)?)?),
            "datum" => {
                let datum = match &*text("datum", value, "give WGS-84 or GCJ-02")? {
                    "WGS-84" => Datum::Wgs84,
                    "GCJ-02" => Datum::Gcj02,
                    other => return Err(malformed("datum", format!("{} is not known: give WGS-84 or GCJ-02", Scalar::Text(other.into())))),
                };
                once(&mut self.datum, "datum", datum)
            }
            unknown => Err(malformed("fix", format!("unknown field {}: the fields are {FIELDS}", Scalar::Text(unknown.into())))),
        }
    }

    fn finish(self) -> Result<(Source, Report), Refusal> {
        let missing = |field: &'static str, right: &str| malformed(field, format!("is missing: {right}"));
        let source = self.source.ok_or_else(|| missing("device", "give exactly one of device and unit"))?;
        let report = Report {
            lat_deg: self.lat_deg.ok_or_else(|| missing("lat", "give degrees from -90 to 90"))?,
            lng_deg: self.lng_deg.ok_or_else(|| missing("lon", "give degrees from -180 to 180"))?,
            datum: self.datum.unwrap_or_default(),
            time: self.time.ok_or_else(|| missing("time", "give RFC 3339, e.g. 2026-11-22T14:32:07Z"))?,
            speed_mps: self.speed_mps,
            heading_deg: self.heading_deg,
            accuracy_m: self.accuracy_m,
        };
        Ok((source, report))
    }
}

fn not_negative(field: &'static str, value: f64) -> Result<f64, Refusal> {
    if value >= 0.0 { Ok(value) } else { Err(out_of_range(field, value, "give a number from 0")) }
}

/// The fields of an object, or the first thing that is wrong in it.
struct Parsed(Result<Fields, Refusal>);

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Result<Fields, Refusal>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a fix as an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
                let mut fields = Ok(Fields::default());
                while let Some((key, value)) = object.next_entry::<Scalar<'de>, Scalar<'de>>()? {
                    let Scalar::Text(key) = key else { continue };
                    fields = fields.and_then(|mut fields: Fields| fields.set(&key, value).map(|()| fields));
                }
                Ok(fields)
            }
        }
        Ok(Self(deserializer.deserialize_map(Object)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        parse_one(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_fix() {
        let json = r#"{"unit":"H-1","lat":22.5,"lon":-108,"time":"2026-11-22T22:32:07.25+08:00","speed_mps":0,"heading_deg":359.9,"accuracy_m":null,"datum":"GCJ-02"}"#;
        let (source, report) = parse_one(json.as_bytes()).unwrap();
        assert_eq!(source, Source::Unit("H-1".parse().unwrap()));
        let time = "2026-11-22T14:32:07.250Z".parse().unwrap();
        let right = Report {
            lat_deg: 22.5,
            lng_deg: -108.0,
            datum: Datum::Gcj02,
            time,
            speed_mps: Some(0.0),
            heading_deg: Some(359.9),
            accuracy_m: None,
        };
        assert_eq!(report, right);
        let escaped = r#"{"d\u0065vice":"\u0061","lat":91,"lon":1e300,"time":"2026-11-22T22:32:07Z"}"#;
        let (source, report) = parse_one(escaped.as_bytes()).unwrap();
        assert_eq!(
            (source, report.lat_deg, report.lng_deg),
            (Source::Device("a".parse().unwrap()), 91.0, 1e300),
            "the gate checks the range"
        );
    }

    #[test]
    fn refusals_name_field_value_and_what_is_right() {
        let with = |field: &str| format!(r#"{{"device":"a","lat":1,"lon":2,"time":"2026-11-22T22:32:07Z",{field}}}"#);
        let cases = [
            (with(r#""speed_mps":-0.1"#), "speed_mps: -0.1 is out of range: give a number from 0"),
            (with(r#""heading_deg":360"#), "heading_deg: 360 is out of range: give degrees from 0 to below 360"),
            (with(r#""accuracy_m":"5""#), "accuracy_m: `5` is not a number: give a number"),
            (with(r#""datum":"BD-09""#), "datum: `BD-09` is not known: give WGS-84 or GCJ-02"),
            (
                with(r#""speed":3"#),
                "fix: unknown field `speed`: the fields are device or unit, lat, lon, time, speed_mps, heading_deg, accuracy_m, datum",
            ),
            (with(r#""unit":"a""#), "device: both device and unit, or one of them twice: give exactly one"),
            (with(r#""lat":{"a":[1]}"#), "lat: an object is not a number: give a number"),
            (with(r#""lon":3"#), "lon: is given twice: give it once"),
            (r#"{"lat":1,"lon":2,"time":"2026-11-22T22:32:07Z"}"#.into(), "device: is missing: give exactly one of device and unit"),
            (r#"{"device":"a b"}"#.into(), "device: `a b` is not an id: give 1 to 64 characters of A-Z a-z 0-9 . _ : -"),
            (r#"{"device":null}"#.into(), "device: null is not text: give the device's id"),
            (r#"{"device":"a","lat":1,"lon":2}"#.into(), "time: is missing: give RFC 3339, e.g. 2026-11-22T14:32:07Z"),
        ];
        for (json, right) in cases {
            assert_eq!(refusal(&json), right);
        }
        assert!(refusal(&with(r#""time":"2026-11-22""#)).starts_with("time: `2026-11-22` is not an instant"));
        assert!(refusal(r#"{"lat":NaN}"#).starts_with("fix: is not a JSON object"));
        assert!(refusal(&format!(r#"{{"{}":1}}"#, "x".repeat(3000))).len() < 300, "long values are cut");
        let padded = |len: usize| format!("{}{}", with(r#""speed_mps":1"#), " ".repeat(len - with(r#""speed_mps":1"#).len()));
        assert!(parse_one(padded(ITEM_BYTES_MAX).as_bytes()).is_ok());
        assert!(refusal(&padded(ITEM_BYTES_MAX + 1)).starts_with("fix: has 4097 bytes"));
    }
}
