//! The text messages of the stream, both ways.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use h3o::CellIndex;

use super::{
    picture::{Picture, Shown},
    view::{TOTALS_RES_MAX, TOTALS_RES_MIN, View},
    wall::Mark,
};
use crate::{
    delta::{Crossing, Notice, RoomView},
    engine::{Organisations, Profile, World},
    frames::{STEPS_A_DEG, Step, TOTALS},
    model::{Capabilities, Contact, CordonId, KindSet, Layer, LayerSet, RoomName, Status, Timestamp, UnitId, UnitKind, UnitNo, ZoneId},
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
    /// This view from now on; with a mark from where the wall was with the same view.
    Subscribe(View, Option<Mark>),
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
        #[serde(default)]
        totals: Option<u8>,
        #[serde(default)]
        after: Option<Mark>,
        #[serde(default)]
        room: Option<RoomName>,
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
            AskJson::Subscribe { bbox, kinds, layers, totals, after, room } => {
                let view = View {
                    bbox: bbox.map(check_bbox).transpose()?,
                    kinds: kinds.unwrap_or(KindSet::ALL),
                    layers: layers.unwrap_or(LayerSet::ALL),
                    totals: totals.map(check_totals).transpose()?,
                    room,
                };
                Self::Subscribe(view, after)
            }
        })
    }
}

/// Takes the resolution of totals.
///
/// # Errors
/// A problem where there are no such totals.
pub fn check_totals(resolution: u8) -> Result<u8, Problem> {
    let known = TOTALS_RES_MIN..=TOTALS_RES_MAX;
    let expected = format!("an H3 resolution from {TOTALS_RES_MIN} to {TOTALS_RES_MAX}");
    if known.contains(&resolution) { Ok(resolution) } else { Err(Problem::out_of_range("totals", &resolution.to_string(), &expected)) }
}

/// What the server says in text.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Say<'a> {
    /// The first message.
    Hello {
        /// The version of the stream.
        version: u8,
        /// Tells this run of the server from others: of the marks by which a wall goes on.
        run: u32,
        /// How long a wall may be away and go on where it was, milliseconds.
        window_ms: u64,
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
    Room { at: Timestamp, room: &'a RoomView },
}

/// A notice, as JSON.
#[must_use]
pub fn event(notice: &Notice) -> String {
    text(&match notice {
        Notice::Zone { unit, zone, layer, action, at, .. } => Event::Zone { action: *action, unit, zone, layer: *layer, at: *at },
        Notice::Contact { unit, contact, at, .. } => Event::Contact { unit, contact: *contact, at: *at },
        Notice::Status { unit, status, alarm, at, .. } => Event::Status { unit, status: *status, alarm: *alarm, at: *at },
        Notice::Room { room, at, .. } => Event::Room { at: *at, room },
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

/// The start of a snapshot or delta in JSON.
#[must_use]
pub(super) fn frame_start(kind: &str, picture: &Picture, shown: Option<u64>) -> String {
    let (seq, at) = (picture.seq, picture.at);
    let ticks = shown.map_or(0, |shown| seq - shown);
    format!(r#"{{"type":"{kind}","seq":{seq},"ticks":{ticks},"server_time":"{at}","#)
}

/// The rest of it: units, and those that are taken off the map.
pub(super) fn units(message: &mut String, picture: &Picture, world: &World, units: &[u32], gone: &[u32]) {
    message.push_str(r#""units":["#);
    let known = |no: &u32| Some((picture.unit(*no)?, world.unit_by_no(UnitNo(*no))?));
    let mut first = true;
    for (no, (unit, view)) in units.iter().filter_map(|no| Some((*no, known(no)?))) {
        if !std::mem::take(&mut first) {
            message.push(',');
        }
        message.push_str(&moved(no, &view.spec.id, unit, picture.at));
    }
    message.push_str(r#"],"gone":["#);
    let ids: Vec<String> = gone.iter().filter_map(|no| world.unit_by_no(UnitNo(*no))).map(|unit| text(&unit.spec.id)).collect();
    join(message, ids.iter().map(String::as_str));
    message.push_str("]}");
}

fn moved(no: u32, id: &UnitId, unit: &Shown, now: Timestamp) -> String {
    let fix = unit.has_fix.then_some(unit);
    text(&Moved {
        no,
        id,
        lat: fix.map(|unit| unit.at.lat_deg()),
        lon: fix.map(|unit| unit.at.lng_deg()),
        age_s: fix.map(|unit| now.ms_since(unit.time).max(0) as f64 / 1000.0),
        speed_mps: fix.and_then(|unit| unit.speed_mps),
        heading_deg: fix.and_then(|unit| unit.heading_deg),
        status: unit.status,
        contact: unit.contact,
        alarm: unit.alarm,
        kind: unit.kind,
    })
}

#[derive(Serialize)]
struct Total {
    cell: String,
    lat: f64,
    lon: f64,
    units: u32,
    by_status: BTreeMap<Status, u32>,
    alarm: u32,
    stale_or_lost: u32,
}

/// The rest of one of totals.
pub(super) fn totals<'a>(message: &mut String, resolution: u8, totals: impl Iterator<Item = &'a (CellIndex, Step, [u32; TOTALS])>) {
    message.push_str(&format!(r#""res":{resolution},"cells":["#));
    let cells: Vec<String> = totals
        .map(|(cell, at, totals)| {
            let [.., alarm, stale_or_lost] = *totals;
            let by_status: BTreeMap<Status, u32> =
                Status::ALL.iter().zip(totals).filter(|(_, count)| **count > 0).map(|(status, count)| (*status, *count)).collect();
            let degrees = |steps: i32| f64::from(steps) / STEPS_A_DEG;
            text(&Total {
                cell: cell.to_string(),
                lat: degrees(at.lat),
                lon: degrees(at.lng),
                units: by_status.values().sum(),
                by_status,
                alarm,
                stale_or_lost,
            })
        })
        .collect();
    join(message, cells.iter().map(String::as_str));
    message.push_str("]}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::problem::ProblemKind;

    #[test]
    fn asks_parse() {
        let ask = Ask::parse(r#"{"type":"subscribe","bbox":[108.2,22.7,108.4,22.9],"kinds":["foot"],"layers":[]}"#).unwrap();
        let Ask::Subscribe(view, None) = ask else { panic!("{ask:?}") };
        assert_eq!(view.bbox, Some([108.2, 22.7, 108.4, 22.9]));
        assert_eq!(view.kinds, KindSet::EMPTY.with(UnitKind::Foot));
        assert!(view.layers.is_empty());
        assert_eq!(Ask::parse(r#"{"type":"subscribe","bbox":null,"kinds":null}"#).unwrap(), Ask::Subscribe(View::ALL, None));
        let again = Ask::parse(r#"{"type":"subscribe","totals":5,"after":{"run":7,"seq":9}}"#).unwrap();
        assert_eq!(again, Ask::Subscribe(View { totals: Some(5), ..View::ALL }, Some(Mark { run: 7, seq: 9 })));
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
        assert_eq!(Ask::parse(r#"{"type":"subscribe","totals":8}"#).unwrap_err().kind(), ProblemKind::OutOfRange);
        assert_eq!(Ask::parse(r#"{"type":"subscribe","bbox":[0,9,1,8]}"#).unwrap_err().kind(), ProblemKind::OutOfRange);
    }
}
