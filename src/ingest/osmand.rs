//! The protocol of the OsmAnd and Traccar Client apps: a query string, the same as a form body, or JSON.
//!
//! The apps add parameters of their own, so unknown ones are passed over. A phone says -1 for a speed, a
//! heading or an accuracy that it does not know: negative values count as unknown.

mod json;
mod query;

pub use json::parse_json;
pub use query::parse_query;

use super::{Refusal, RefusalReason, Report};
use crate::model::{DeviceId, Timestamp};

/// The most bytes of a query or a body.
pub const REQUEST_BYTES_MAX: usize = 8192;
/// The most characters of a wrong value that a refusal repeats.
const SHOWN_CHARS_MAX: usize = 64;
/// One international knot in metres a second: 1,852 m an hour.
const MPS_PER_KNOT: f64 = 1852.0 / 3600.0;
/// Timestamps from here on are milliseconds. As seconds it is the year 5138, as milliseconds March 1973.
const TIMESTAMP_MS_FROM: i64 = 100_000_000_000;

/// What an app sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Who sent it.
    pub device: DeviceId,
    /// Whether the alarm button was pressed. It counts even when the report is refused.
    pub sos: bool,
    /// The report. Its latitude and longitude may be out of range: the gate says so.
    pub report: Result<Report, Refusal>,
}

fn malformed(field: &'static str, detail: String) -> Refusal {
    Refusal { reason: RefusalReason::Malformed, field, detail }
}

fn wrong(field: &'static str, value: &str, right: &str) -> Refusal {
    malformed(field, format!("`{value:.SHOWN_CHARS_MAX$}`: {right}"))
}

fn check_length(bytes: usize) -> Result<(), Refusal> {
    if bytes <= REQUEST_BYTES_MAX {
        return Ok(());
    }
    Err(malformed("request", format!("has {bytes} bytes: send at most {REQUEST_BYTES_MAX}")))
}

fn device(field: &'static str, value: &str) -> Result<DeviceId, Refusal> {
    value.parse().map_err(|error: crate::model::IdError| malformed(field, error.to_string()))
}

fn finite(field: &'static str, value: &str) -> Result<f64, Refusal> {
    value.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| wrong(field, value, "give a number"))
}

/// A value that a phone may not know.
fn known(value: Option<f64>) -> Option<f64> {
    value.filter(|value| *value >= 0.0)
}

/// A heading in degrees; phones say 360 for north.
fn heading(field: &'static str, value: Option<f64>) -> Result<Option<f64>, Refusal> {
    match known(value) {
        Some(value) if value > 360.0 => {
            let detail = format!("{value} is out of range: give degrees from 0 to below 360");
            Err(Refusal { reason: RefusalReason::OutOfRange, field, detail })
        }
        Some(360.0) => Ok(Some(0.0)),
        value => Ok(value),
    }
}

/// Unix seconds or milliseconds, whole or with a fraction; RFC 3339; or `yyyy-MM-dd HH:mm:ss` in UTC.
fn time(field: &'static str, value: &str) -> Result<Timestamp, Refusal> {
    let refused = || wrong(field, value, "give Unix seconds or milliseconds, RFC 3339, or yyyy-MM-dd HH:mm:ss in UTC");
    if let Ok(number) = value.parse::<i64>() {
        let ms = if number.unsigned_abs() < TIMESTAMP_MS_FROM.unsigned_abs() { number.saturating_mul(1000) } else { number };
        return Ok(Timestamp::from_unix_ms(ms));
    }
    if let Some(seconds) = value.parse::<f64>().ok().filter(|seconds| seconds.abs() < TIMESTAMP_MS_FROM as f64) {
        return Ok(Timestamp::from_unix_ms((seconds * 1000.0).round() as i64));
    }
    if let Ok(time) = value.parse() {
        return Ok(time);
    }
    let civil: jiff::civil::DateTime = value.parse().map_err(|_| refused())?;
    let instant = jiff::tz::Offset::UTC.to_timestamp(civil).map_err(|_| refused())?;
    Ok(Timestamp::from_unix_ms(instant.as_millisecond()))
}
