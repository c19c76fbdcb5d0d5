//! The query string and the form body.

use std::borrow::Cow;

use super::{MPS_PER_KNOT, Message, check_length, device, finite, heading, known, malformed, time, wrong};
use crate::ingest::{Datum, Refusal, RefusalReason, Report};

/// Undoes the percent escapes and plus signs of one name or value.
fn unescape(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Some(Cow::Borrowed(raw));
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let ([high, low], after) = rest.split_first_chunk::<2>()?;
                rest = after;
                let digit = |byte: u8| char::from(byte).to_digit(16);
                (digit(*high)? << 4 | digit(*low)?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// The parameters of interest, unescaped. One that comes twice counts as it came last.
#[derive(Default)]
struct Parameters<'a> {
    id: Option<(&'static str, Cow<'a, str>)>,
    lat: Option<Cow<'a, str>>,
    lon: Option<Cow<'a, str>>,
    location: Option<Cow<'a, str>>,
    timestamp: Option<Cow<'a, str>>,
    speed: Option<Cow<'a, str>>,
    heading: Option<(&'static str, Cow<'a, str>)>,
    accuracy: Option<Cow<'a, str>>,
    valid: Option<Cow<'a, str>>,
    sos: bool,
}

impl<'a> Parameters<'a> {
    fn read(query: &'a str) -> Result<Self, Refusal> {
        let mut found = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, raw) = pair.split_once('=').unwrap_or((pair, ""));
            let name = unescape(name).ok_or_else(|| wrong("request", name, "is not a name in percent-encoded UTF-8"))?;
            let value = unescape(raw).ok_or_else(|| wrong("request", raw, "is not percent-encoded UTF-8"))?;
            match &*name {
                "id" => found.id = Some(("id", value)),
                "deviceid" => found.id = Some(("deviceid", value)),
                "lat" => found.lat = Some(value),
                "lon" => found.lon = Some(value),
                "location" => found.location = Some(value),
                "timestamp" => found.timestamp = Some(value),
                "speed" => found.speed = Some(value),
                "bearing" => found.heading = Some(("bearing", value)),
                "heading" => found.heading = Some(("heading", value)),
                "accuracy" => found.accuracy = Some(value),
                "valid" => found.valid = Some(value),
                "alarm" => found.sos |= value.eq_ignore_ascii_case("sos"),
                _ => {}
            }
        }
        Ok(found)
    }

    fn position_deg(&self) -> Result<(f64, f64), Refusal> {
        if let (Some(lat), Some(lon)) = (&self.lat, &self.lon) {
            return Ok((finite("lat", lat)?, finite("lon", lon)?));
        }
        if let Some(location) = &self.location {
            let pair = location.split_once(',').ok_or_else(|| wrong("location", location, "give latitude,longitude"))?;
            return Ok((finite("location", pair.0.trim())?, finite("location", pair.1.trim())?));
        }
        let field = if self.lat.is_some() { "lon" } else { "lat" };
        Err(malformed(field, "is missing: give lat and lon, or location=lat,lon".to_owned()))
    }

    fn report(&self) -> Result<Report, Refusal> {
        if let Some(valid) = &self.valid {
            match &**valid {
                "true" | "1" => {}
                "false" | "0" => {
                    let detail = format!("`{valid}`: the device has no position; send again when it has one");
                    return Err(Refusal { reason: RefusalReason::NoPosition, field: "valid", detail });
                }
                other => return Err(wrong("valid", other, "give true or false")),
            }
        }
        let (lat_deg, lng_deg) = self.position_deg()?;
        let optional = |field, value: &Option<Cow<'_, str>>| value.as_deref().map(|value| finite(field, value)).transpose();
        // The server's time would make an old position look live: there is no default.
        let timestamp = self.timestamp.as_deref().ok_or_else(|| malformed("timestamp", "is missing: give Unix seconds".to_owned()))?;
        let (field, degrees) = self.heading.as_ref().map_or(("bearing", None), |(field, value)| (*field, Some(value)));
        Ok(Report {
            lat_deg,
            lng_deg,
            datum: Datum::Wgs84,
            time: time("timestamp", timestamp)?,
            speed_mps: known(optional("speed", &self.speed)?).map(|knots| knots * MPS_PER_KNOT),
            heading_deg: heading(field, degrees.map(|value| finite(field, value)).transpose()?)?,
            accuracy_m: known(optional("accuracy", &self.accuracy)?),
        })
    }
}

/// Reads a query string (without its `?`) or a form body. About 1 us.
///
/// `id` or `deviceid`; `lat` and `lon`, or `location=lat,lon`; `timestamp`; optional `speed` in knots,
/// `bearing` or `heading`, `accuracy` in metres, `valid`, `alarm=sos`.
///
/// # Errors
/// A [`Refusal`] when it is not known who sent this. A wrong report is in [`Message::report`].
pub fn parse_query(query: &str) -> Result<Message, Refusal> {
    check_length(query.len())?;
    let parameters = Parameters::read(query)?;
    let (field, id) = parameters.id.as_ref().ok_or_else(|| malformed("id", "is missing: give the device's id".to_owned()))?;
    Ok(Message { device: device(field, id)?, sos: parameters.sos, report: parameters.report() })
}

#[cfg(test)]
mod tests {
    use super::{super::REQUEST_BYTES_MAX, *};

    fn report(query: &str) -> Result<Report, Refusal> {
        parse_query(query).unwrap().report
    }

    #[test]
    fn what_the_apps_send() {
        let message = parse_query(
            "id=mdt-F-0001&timestamp=1763821927&lat=22.81&lon=108.36&speed=10.0&bearing=360.0&altitude=80.0&accuracy=5.5&batt=67.0&charge=true&hdop=1",
        )
        .unwrap();
        let report = message.report.unwrap();
        assert_eq!((message.device.as_str(), message.sos), ("mdt-F-0001", false));
        assert_eq!((report.lat_deg, report.lng_deg), (22.81, 108.36));
        assert_eq!(report.time.to_string(), "2025-11-22T14:32:07.000Z");
        assert!((report.speed_mps.unwrap() - 5.144_444).abs() < 1e-5);
        assert_eq!((report.heading_deg, report.accuracy_m), (Some(0.0), Some(5.5)));
        let other =
            parse_query("deviceid=a&location=22.81%2C+108.36&timestamp=1763821927&alarm=SOS&speed=-1.94&heading=-1&accuracy=-1").unwrap();
        let report = other.report.unwrap();
        assert!(other.sos);
        assert_eq!((report.lng_deg, report.speed_mps, report.heading_deg, report.accuracy_m), (108.36, None, None, None));
    }

    #[test]
    fn times_in_every_form() {
        for timestamp in [
            "1763821927",
            "1763821927000",
            "1763821927.0",
            "2025-11-22T14:32:07Z",
            "2025-11-22T22:32:07%2B08:00",
            "2025-11-22+14:32:07",
            "2025-11-22T14:32:07",
        ] {
            let found = report(&format!("id=a&lat=1&lon=2&timestamp={timestamp}")).unwrap();
            assert_eq!(found.time.to_string(), "2025-11-22T14:32:07.000Z", "{timestamp}");
        }
    }

    #[test]
    fn refusals_name_field_value_and_what_is_right() {
        let cases = [
            ("id=a&lat=x&lon=2&timestamp=1", "lat: `x`: give a number"),
            ("id=a&lat=NaN&lon=2&timestamp=1", "lat: `NaN`: give a number"),
            ("id=a&lat=1&timestamp=1", "lon: is missing: give lat and lon, or location=lat,lon"),
            ("id=a&location=1&timestamp=1", "location: `1`: give latitude,longitude"),
            ("id=a&lat=1&lon=2", "timestamp: is missing: give Unix seconds"),
            (
                "id=a&lat=1&lon=2&timestamp=soon",
                "timestamp: `soon`: give Unix seconds or milliseconds, RFC 3339, or yyyy-MM-dd HH:mm:ss in UTC",
            ),
            ("id=a&lat=1&lon=2&timestamp=1&bearing=361", "bearing: 361 is out of range: give degrees from 0 to below 360"),
            ("id=a&lat=1&lon=2&timestamp=1&speed=inf", "speed: `inf`: give a number"),
            ("id=a&lat=1&lon=2&timestamp=1&valid=no", "valid: `no`: give true or false"),
        ];
        for (query, right) in cases {
            assert_eq!(report(query).unwrap_err().to_string(), right);
        }
        let invalid = parse_query("id=a&valid=false&alarm=sos").unwrap();
        assert!(invalid.sos, "the button counts without a position");
        assert_eq!(invalid.report.unwrap_err().reason, RefusalReason::NoPosition);
        for (query, right) in [
            ("lat=1", "id: is missing: give the device's id"),
            ("id=%E8%AD%A6", "id: `警` is not an id: give 1 to 64 characters of A-Z a-z 0-9 . _ : -"),
            ("id=a%2", "request: `a%2`: is not percent-encoded UTF-8"),
            ("id=%ff", "request: `%ff`: is not percent-encoded UTF-8"),
        ] {
            assert_eq!(parse_query(query).unwrap_err().to_string(), right);
        }
    }

    #[test]
    fn the_length_limit() {
        let padded = |len: usize| format!("{:0<len$}", "id=a&lat=1&lon=2&timestamp=1&note=");
        assert!(parse_query(&padded(REQUEST_BYTES_MAX)).is_ok());
        assert!(parse_query(&padded(REQUEST_BYTES_MAX + 1)).is_err());
    }
}
