//! The JSON of the Traccar Client app.

use serde::Deserialize;

use super::{Message, check_length, device, heading, known, malformed, time};
use crate::{
    ingest::{Datum, Refusal, Report},
    model::Timestamp,
};

#[derive(Deserialize)]
struct Body {
    device_id: TextOrNumber,
    location: Option<Location>,
}

#[derive(Deserialize)]
struct Location {
    timestamp: Option<TextOrNumber>,
    coords: Option<Coords>,
    event: Option<String>,
    alarm: Option<String>,
    extras: Option<Extras>,
}

#[derive(Deserialize)]
struct Extras {
    alarm: Option<String>,
}

#[derive(Deserialize)]
struct Coords {
    latitude: Option<f64>,
    longitude: Option<f64>,
    accuracy: Option<f64>,
    speed: Option<f64>,
    heading: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(serde_json::Number),
}

impl TextOrNumber {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

impl Location {
    fn sos(&self) -> bool {
        let in_extras = self.extras.as_ref().and_then(|extras| extras.alarm.as_deref());
        [self.event.as_deref(), self.alarm.as_deref(), in_extras].into_iter().flatten().any(|word| word.eq_ignore_ascii_case("sos"))
    }

    fn report(self) -> Result<Report, Refusal> {
        let missing = |field: &'static str, right: &str| malformed(field, format!("is missing: {right}"));
        let coords = self.coords.ok_or_else(|| missing("location.coords", "give latitude and longitude"))?;
        let timestamp = self.timestamp.ok_or_else(|| missing("location.timestamp", "give RFC 3339"))?.into_text();
        Ok(Report {
            lat_deg: coords.latitude.ok_or_else(|| missing("location.coords.latitude", "give degrees from -90 to 90"))?,
            lng_deg: coords.longitude.ok_or_else(|| missing("location.coords.longitude", "give degrees from -180 to 180"))?,
            datum: Datum::Wgs84,
            time: instant(&timestamp)?,
            speed_mps: known(coords.speed),
            heading_deg: heading("location.coords.heading", coords.heading)?,
            accuracy_m: known(coords.accuracy),
        })
    }
}

fn instant(value: &str) -> Result<Timestamp, Refusal> {
    time("location.timestamp", value)
}

/// Reads the JSON of the Traccar Client app: `{"device_id": .., "location": {"timestamp": .., "coords":
/// {"latitude", "longitude", "accuracy", "speed" in m/s, "heading"}, ..}}`. An `event`, `alarm` or `extras.alarm`
/// of `sos` is the alarm button. About 1.5 us.
///
/// # Errors
/// A [`Refusal`] when the body is not of this form or it is not known who sent it. A wrong report is in
/// [`Message::report`].
pub fn parse_json(body: &[u8]) -> Result<Message, Refusal> {
    check_length(body.len())?;
    let body: Body =
        serde_json::from_slice(body).map_err(|error| malformed("request", format!("is not JSON of the Traccar Client: {error}")))?;
    let device = device("device_id", &body.device_id.into_text())?;
    let sos = body.location.as_ref().is_some_and(Location::sos);
    let location = body.location.ok_or_else(|| malformed("location", "is missing: give timestamp and coords".to_owned()));
    Ok(Message { device, sos, report: location.and_then(Location::report) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"location":{"timestamp":"2025-11-22T14:32:07.123Z","coords":{"latitude":22.81,"longitude":108.36,
        "accuracy":4.5,"speed":-1,"heading":360,"altitude":80.1},"is_moving":true,"odometer":12.5,"event":"motionchange",
        "battery":{"level":0.67,"is_charging":false},"activity":{"type":"still"},"extras":{}},"device_id":"mdt-F-0001"}"#;

    #[test]
    fn what_the_app_sends() {
        let message = parse_json(BODY.as_bytes()).unwrap();
        let report = message.report.unwrap();
        assert_eq!((message.device.as_str(), message.sos), ("mdt-F-0001", false));
        assert_eq!((report.lat_deg, report.lng_deg, report.accuracy_m), (22.81, 108.36, Some(4.5)));
        assert_eq!((report.speed_mps, report.heading_deg), (None, Some(0.0)));
        assert_eq!(report.time.to_string(), "2025-11-22T14:32:07.123Z");
        let numbers = BODY.replace(r#""mdt-F-0001""#, "123456").replace(r#""2025-11-22T14:32:07.123Z""#, "1763821927123");
        let message = parse_json(numbers.as_bytes()).unwrap();
        assert_eq!((message.device.as_str(), message.report.unwrap().time.to_string().as_str()), ("123456", "2025-11-22T14:32:07.123Z"));
    }

    #[test]
    fn the_alarm_button_counts_without_a_position() {
        for body in [
            BODY.replace("motionchange", "sos"),
            BODY.replace(r#""extras":{}"#, r#""extras":{"alarm":"sos"}"#),
            r#"{"location":{"alarm":"SOS"},"device_id":"a"}"#.to_owned(),
        ] {
            assert!(parse_json(body.as_bytes()).unwrap().sos, "{body}");
        }
    }

    #[test]
    fn refusals_name_the_field() {
        let refused = |from: &str, to: &str| match parse_json(BODY.replace(from, to).as_bytes()) {
            Ok(message) => message.report.unwrap_err().to_string(),
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(refused(r#""latitude":22.81,"#, ""), "location.coords.latitude: is missing: give degrees from -90 to 90");
        assert!(refused("2025-11-22T14:32:07.123Z", "soon").starts_with("location.timestamp: `soon`: give Unix"));
        assert!(refused(r#""heading":360"#, r#""heading":361"#).starts_with("location.coords.heading: 361 is out of range"));
        assert!(refused("mdt-F-0001", "a b").starts_with("device_id: `a b` is not an id"));
        assert!(refused(r#""latitude":22.81"#, r#""latitude":"x""#).starts_with("request: is not JSON of the Traccar Client"));
        assert_eq!(parse_json(br#"{"device_id":"a"}"#).unwrap().report.unwrap_err().field, "location");
    }
}
