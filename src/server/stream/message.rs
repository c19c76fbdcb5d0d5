//! The text messages of the stream, both ways.

use serde::{Deserialize, Serialize};

use super::view::View;
use crate::{
    delta::{Crossing, Notice},
    engine::{Organisations, Profile, UnitView},
    model::{Capabilities, Contact, CordonId, KindSet, Layer, LayerSet, Status, Timestamp, UnitId, UnitKind, ZoneId},
    server::{
        body::bad_json,
        orders::OrderJson,
        problem::{Problem, ProblemDocument},
        query::check_bbox,
    },
};

/// The longest message that a client may send, bytes.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// This view from now on.
    Subscribe(View),
    /// A snapshot.
    Resync,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum AskJson {
    Subscribe {
        #[serde(default)]
        bbox: Option<[f64; 4]>,
        #[serde(default)]
        kinds: Option<KindSet>,
        #[serde(default)]
        layers: Option<LayerSet>,
    },
    Resync {},
}

impl Ask {
    /// Parses a client's message.
    ///
    /// # Errors
    /// A problem that says what was wrong and what is right.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let json: AskJson = serde_json::from_str(text).map_err(|error| bad_json(&error))?;
        Ok(match json {
            AskJson::Resync {} => Self::Resync,
            AskJson::Subscribe { bbox, kinds, layers } => Self::Subscribe(View {
                bbox: bbox.map(check_bbox).transpose()?,
                kinds: kinds.unwrap_or(KindSet::ALL),
                layers: layers.unwrap_or(LayerSet::ALL),
            }),
        })
    }
}

/// What the server says in text.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Say<'a> {
    /// The first message.
    Hello {
        /// The version of the stream.
        version: u8,
        /// The time between ticks, milliseconds.
        tick_ms: u64,
        /// The server's clock.
        server_time: Timestamp,
    },
    /// What the client sent could not be read.
    Error {
        /// Why.
        problem: ProblemDocument<'a>,
    },
    /// Zones of a layer changed: fetch it again.
    Zones {
        /// The layer.
        layer: Layer,
    },
    /// Closures or jams on the roads changed: fetch them again.
    Closures {
        /// When.
        at: Timestamp,
    },
}

/// Writes a message. Nothing in a message can fail to serialize.
pub fn text<T: Serialize>(message: &T) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

#[derive(Serialize)]
struct RosterUnit<'a> {
    no: u32,
    id: &'a UnitId,
    callsign: &'a str,
    kind: UnitKind,
    org: &'a str,
    crew: u16,
    capabilities: Capabilities,
}

/// A unit of the roster, as JSON.
#[must_use]
pub fn roster_unit(no: u32, spec: &Profile, organisations: &Organisations) -> String {
    let Profile { id, callsign, kind, crew, capabilities, .. } = spec;
    let org = spec.org(organisations).as_str();
    text(&RosterUnit { no, id, callsign, kind: *kind, org, crew: *crew, capabilities: *capabilities })
}

/// A roster message of units that are JSON already.
#[must_use]
pub fn roster<'a>(units: impl Iterator<Item = &'a str>) -> String {
    let mut message = String::from(r#"{"type":"roster","units":["#);
    join(&mut message, units);
    message.push_str("]}");
    message
}

/// An events message of events that are JSON already.
#[must_use]
pub fn events<'a>(seq: u64, events: impl Iterator<Item = &'a str>) -> String {
    let mut message = format!(r#"{{"type":"events","seq":{seq},"events":["#);
    join(&mut message, events);
    message.push_str("]}");
    message
}

/// Appends the parts, separated by commas.
pub fn join<'a>(message: &mut String, parts: impl Iterator<Item = &'a str>) {
    for (n, part) in parts.enumerate() {
        if n > 0 {
            message.push(',');
        }
        message.push_str(part);
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    Zone { action: Crossing, unit: &'a UnitId, zone: &'a ZoneId, layer: Layer, at: Timestamp },
    Contact { unit: &'a UnitId, contact: Contact, at: Timestamp },
    Status { unit: &'a UnitId, status: Status, alarm: bool, at: Timestamp },
    Order { at: Timestamp, order: OrderJson<'a> },
    Cordon { at: Timestamp, id: &'a CordonId },
}

/// A notice, as JSON.
#[must_use]
pub fn event(notice: &Notice) -> String {
    text(&match notice {
        Notice::Zone { unit, zone, layer, action, at, .. } => Event::Zone { action: *action, unit, zone, layer: *layer, at: *at },
        Notice::Contact { unit, contact, at, .. } => Event::Contact { unit, contact: *contact, at: *at },
        Notice::Status { unit, status, alarm, at, .. } => Event::Status { unit, status: *status, alarm: *alarm, at: *at },
        Notice::Cordon { id, at } => Event::Cordon { at: *at, id },
        Notice::Order { order, callsign, at } => Event::Order { at: *at, order: OrderJson::of(order, callsign) },
    })
}

#[derive(Serialize)]
struct Moved<'a> {
    no: u32,
    id: &'a UnitId,
    lat: Option<f64>,
    lon: Option<f64>,
    age_s: Option<f64>,
    speed_mps: Option<f32>,
    heading_deg: Option<f32>,
    status: Status,
    contact: Contact,
    alarm: bool,
    kind: UnitKind,
}

/// A unit of a snapshot or delta, as JSON.
#[must_use]
pub fn moved(unit: &UnitView, now: Timestamp) -> String {
    let fix = unit.fix.as_ref();
    text(&Moved {
        no: unit.no.0,
        id: &unit.spec.id,
        lat: fix.map(|fix| fix.at.lat_deg()),
        lon: fix.map(|fix| fix.at.lng_deg()),
        age_s: fix.map(|fix| now.ms_since(fix.time).max(0) as f64 / 1000.0),
        speed_mps: fix.and_then(|fix| fix.speed_mps),
        heading_deg: fix.and_then(|fix| fix.heading_deg),
        status: unit.spec.status,
        contact: unit.contact,
        alarm: unit.spec.alarm,
        kind: unit.spec.kind,
    })
}

/// The start of a snapshot or delta in JSON; the units follow, then [`frame_end`].
#[must_use]
pub fn frame_start(kind: &str, seq: u64, at: Timestamp) -> String {
    format!(r#"{{"type":"{kind}","seq":{seq},"server_time":"{at}","units":["#)
}

/// The end of a snapshot or delta in JSON: the ids of units that left the view.
pub fn frame_end<'a>(message: &mut String, gone: impl Iterator<Item = &'a UnitId>) {
    message.push_str(r#"],"gone":["#);
    for (n, id) in gone.enumerate() {
        // Ids are plain ASCII without quotes: nothing to escape.
        message.push_str(if n > 0 { ",\"" } else { "\"" });
        message.push_str(id.as_str());
        message.push('"');
    }
    message.push_str("]}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::problem::ProblemKind;

    #[test]
    fn asks_parse() {
        let ask = Ask::parse(r#"{"type":"subscribe","bbox":[108.2,22.7,108.4,22.9],"kinds":["foot"],"layers":[]}"#).unwrap();
        let Ask::Subscribe(view) = ask else { panic!("{ask:?}") };
        assert_eq!(view.bbox, Some([108.2, 22.7, 108.4, 22.9]));
        assert_eq!(view.kinds, KindSet::EMPTY.with(UnitKind::Foot));
        assert!(view.layers.is_empty());
        let all = View { bbox: None, kinds: KindSet::ALL, layers: LayerSet::ALL };
        assert_eq!(Ask::parse(r#"{"type":"subscribe","bbox":null,"kinds":null}"#).unwrap(), Ask::Subscribe(all));
        assert_eq!(Ask::parse(r#"{"type":"resync"}"#).unwrap(), Ask::Resync);
    }

    #[test]
    fn bad_asks_say_what_is_right() {
        for (bad, words) in [
            ("x", "line 1 column 1"),
            (r#"{"type":"subscibe"}"#, "`subscribe`"),
            (r#"{"type":"subscribe","kinds":["tank"]}"#, "patrol_car"),
            (r#"{"type":"subscribe","box":null}"#, "unknown field `box`"),
            (r#"{"type":"resync","now":1}"#, "unknown field `now`"),
        ] {
            let problem = Ask::parse(bad).unwrap_err();
            assert!(problem.kind() == ProblemKind::BadJson && problem.detail().contains(words), "{problem:?}");
        }
        assert_eq!(Ask::parse(r#"{"type":"subscribe","bbox":[0,9,1,8]}"#).unwrap_err().kind(), ProblemKind::OutOfRange);
    }

    #[test]
    fn frames_are_json() {
        let ids: Vec<UnitId> = ["a", "b"].iter().map(|id| id.parse().unwrap()).collect();
        let mut frame = frame_start("delta", 7, Timestamp::from_unix_ms(0));
        join(&mut frame, ["{\"no\":1}", "{\"no\":2}"].into_iter());
        frame_end(&mut frame, ids.iter());
        let json: serde_json::Value = serde_json::from_str(&frame).unwrap();
        assert_eq!(json["units"][1]["no"], 2);
        assert_eq!(json["gone"][1], "b");
        assert_eq!(json["server_time"], "1970-01-01T00:00:00.000Z");
    }
}
