//! What a drill tells: its JSON, which the replay shows.

mod judge;
mod tracks;

use serde::Serialize;

use super::{map::Map, may_be::may_be, play::Drill};
use crate::{
    cordon::Objective,
    geodesy::LatLng,
    model::{Name, Timestamp, UnitId, UnitKind, ZoneShape},
};

crate::model::closed_set! {
    /// How a drill ends.
    Ending, "ending" {
        /// He is stopped.
        Stopped = "stopped",
        /// He is at what must be protected.
        Out = "out",
        /// The time is over and he is inside.
        Inside = "inside",
    }
}

crate::model::closed_set! {
    /// What happened.
    EventKind, "event" {
        /// The offence is known.
        Reported = "reported",
        /// Units are sent.
        Sent = "sent",
        /// Nobody could be sent.
        Nobody = "nobody",
        /// Somebody saw him.
        Sighting = "sighting",
        /// A unit is where it was sent.
        Arrived = "arrived",
        /// A cordon is ordered.
        Ordered = "ordered",
        /// A cordon is planned anew.
        Moved = "moved",
        /// The running cordon holds after a sighting and stays.
        Kept = "kept",
        /// There is no cordon that holds.
        Impossible = "impossible",
        /// A junction is held.
        Held = "held",
        /// A whole cordon is held.
        Closed = "closed",
        /// A unit is later than reckoned, and the cordon no longer holds.
        Leak = "leak",
        /// He goes on another way.
        Changed = "changed",
        /// He went through a junction before it was held.
        Passed = "passed",
        /// He left the ring of a cordon.
        Broken = "broken",
        /// He is stopped.
        Stopped = "stopped",
        /// He is out.
        Out = "out",
        /// Everybody is released.
        Released = "released",
        /// The time is over.
        Over = "over",
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = DrillEvent)]
pub struct Event {
    /// When, seconds since the offence.
    pub at_s: f64,
    /// What kind.
    pub kind: EventKind,
    /// In a few words.
    pub title: Name,
    /// A little more.
    pub detail: Name,
    /// Whom it is about.
    #[schema(value_type = Vec<String>)]
    pub units: Vec<UnitId>,
    /// Where.
    #[schema(value_type = Option<Object>)]
    pub at: Option<LatLng>,
    /// How much later than planned, where that matters, seconds.
    pub late_s: Option<f64>,
}

/// A point of a track: seconds since the offence, longitude, latitude. Between two points of a drive one moves evenly.
pub type TrackPoint = (f64, f64, f64);

/// The report of a drill.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = DrillReport)]
pub struct Report {
    /// What it is called.
    pub name: Name,
    /// What it is about.
    pub summary: Name,
    /// The city.
    pub city: Name,
    /// What a reader of the map must be told of the city.
    pub notice: Name,
    /// When the offence was.
    #[schema(value_type = String, format = DateTime)]
    pub begins: Timestamp,
    /// How far its place is from UTC, seconds.
    pub utc_offset_s: i32,
    /// What decided all chance.
    pub seed: u64,
    /// When it ended, seconds since the offence.
    pub lasts_s: f64,
    /// Where the offence was.
    #[schema(value_type = Object)]
    pub scene: LatLng,
    /// How it ended.
    pub outcome: Outcome,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The suspect.
    pub suspect: SuspectReport,
    /// Where he may be, as far as is known: one area after the other.
    pub may_be: Vec<MayBe>,
    /// The units that were used, in the order in which they were sent.
    pub units: Vec<UnitReport>,
    /// The cordons, in the order in which they were ordered.
    pub cordons: Vec<CordonReport>,
    /// Each order: who, when, as planned and as it was.
    pub orders: Vec<OrderReport>,
    /// Plan and drill side by side.
    pub rows: Vec<Row>,
    /// Who was late, and why; the latest first.
    pub late: Vec<Late>,
    /// What would have been better.
    pub better: Vec<Name>,
    /// The earliest cordon that was possible.
    pub hindsight: Option<Hindsight>,
    /// In numbers.
    pub totals: Totals,
    /// The roads around, for the replay.
    #[serde(skip)]
    pub map: Map,
}

/// How it ended.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DrillOutcome)]
pub struct Outcome {
    /// How.
    pub ending: Ending,
    /// When, seconds since the offence.
    pub at_s: f64,
    /// Where.
    #[schema(value_type = Object)]
    pub at: LatLng,
    /// In words.
    pub place: Name,
    /// The junction, where it was at one.
    pub junction: Option<u32>,
    /// The city's gate there.
    pub gate: Option<String>,
    /// Who stopped him.
    #[schema(value_type = Vec<String>)]
    pub by: Vec<UnitId>,
    /// Of which kinds they are.
    pub kinds: Vec<UnitKind>,
    /// When the last junction was free again, seconds since the offence.
    pub flows_again_s: Option<f64>,
}

/// The suspect.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DrillSuspect)]
pub struct SuspectReport {
    /// Where he was.
    #[schema(value_type = Vec<[f64; 3]>)]
    pub track: Vec<TrackPoint>,
    /// How he went from when on.
    #[schema(value_type = Vec<(f64, String)>)]
    pub travels: Vec<(f64, String)>,
}

/// Where he may be for a while.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DrillMayBe)]
pub struct MayBe {
    /// From when on this is known, seconds since the offence.
    pub from_s: f64,
    /// It holds him until then.
    pub until_s: f64,
    /// GeoJSON `Polygon` or `MultiPolygon`.
    #[schema(value_type = Object)]
    pub area: ZoneShape,
}

/// A unit that was used.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DrillUnit)]
pub struct UnitReport {
    /// Its id.
    #[schema(value_type = String)]
    pub id: UnitId,
    /// Its call sign.
    pub callsign: String,
    /// Its kind.
    pub kind: UnitKind,
    /// What it reported before it was sent: true at these moments alone.
    #[schema(value_type = Vec<[f64; 3]>)]
    pub patrol: Vec<TrackPoint>,
    /// Where it drove and stood from then on.
    #[schema(value_type = Vec<[f64; 3]>)]
    pub track: Vec<TrackPoint>,
    /// Its status from when on.
    #[schema(value_type = Vec<(f64, String)>)]
    pub statuses: Vec<(f64, String)>,
    /// How far it drove after it was sent, metres.
    pub driven_m: f64,
}

/// A cordon.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DrillCordon)]
pub struct CordonReport {
    /// What it is called.
    pub name: Name,
    /// What its plan is best at.
    pub objective: Objective,
    /// Whether no plan is better at that.
    pub optimal: bool,
    /// When it was ordered, seconds since the offence.
    pub ordered_s: f64,
    /// When it was to be closed.
    pub planned_closed_s: f64,
    /// When it was.
    pub closed_s: Option<f64>,
    /// When it ended.
    pub ended_s: Option<f64>,
    /// When he left its ring, if he did.
    pub broken_s: Option<f64>,
    /// When the verifier found that somebody was too late, if it did.
    pub leaks_s: Option<f64>,
    /// How much road he could be on, metres.
    pub enclosed_m: u64,
    /// Its junctions, the one with the least slack first.
    pub gates: Vec<GateReport>,
    /// A line round through its gates: longitude, latitude.
    #[schema(value_type = Vec<[f64; 2]>)]
    pub inside: Vec<(f64, f64)>,
}

/// A junction of a cordon.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DrillGate)]
pub struct GateReport {
    /// Its number.
    pub junction: u32,
    /// The city's gate there.
    pub gate: Option<String>,
    /// What it is called on the map.
    pub label: String,
    /// In words.
    pub place: Name,
    /// Where it is.
    #[schema(value_type = Object)]
    pub at: LatLng,
    /// The direction of the road that he would come along, degrees clockwise from north.
    pub bearing_deg: f64,
    /// Who holds it.
    #[schema(value_type = Vec<String>)]
    pub units: Vec<UnitId>,
    /// When it was to be held, seconds since the offence.
    pub planned_s: f64,
    /// When it was.
    pub held_s: Option<f64>,
    /// The earliest that he could be there, as reckoned.
    pub suspect_s: Option<f64>,
    /// How much later he is than they were to be, seconds.
    pub slack_s: Option<f64>,
    /// When it was given up.
    pub opened_s: Option<f64>,
    /// When he went through before it was held.
    pub passed_s: Option<f64>,
}

/// An order.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DrillOrder)]
pub struct OrderReport {
    /// Who.
    #[schema(value_type = String)]
    pub unit: UnitId,
    /// What for: `scene`, `look` or `gate`.
    pub task: &'static str,
    /// When it was given, seconds since the offence.
    pub issued_s: f64,
    /// When the unit moved off; planned and as it was.
    #[schema(value_type = [f64; 2])]
    pub departs_s: (f64, f64),
    /// When it was there; planned and as it was.
    #[schema(value_type = [f64; 2])]
    pub arrives_s: (f64, f64),
    /// When it had set up; planned and as it was.
    #[schema(value_type = [f64; 2])]
    pub ready_s: (f64, f64),
    /// When it ended.
    pub ended_s: Option<f64>,
}

/// One line of plan and drill.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DrillRow)]
pub struct Row {
    /// What.
    pub what: Name,
    /// Whether the numbers are seconds since the offence; else they count.
    pub is_time: bool,
    /// As planned.
    pub plan: Option<f64>,
    /// As it was.
    pub drill: Option<f64>,
    /// Whether that is as good as planned.
    pub good: bool,
}

/// Somebody who was late.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DrillLate)]
pub struct Late {
    /// Who.
    #[schema(value_type = String)]
    pub unit: UnitId,
    /// By how much, seconds.
    pub late_s: f64,
    /// Why.
    pub why: Name,
}

/// The earliest cordon that was possible.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = DrillHindsight)]
pub struct Hindsight {
    /// When a plan that the verifier passes existed first, seconds since the offence.
    pub possible_s: f64,
    /// When that would have been closed.
    pub closed_s: f64,
    /// When one was ordered.
    pub ordered_s: Option<f64>,
    /// How much sooner than that was to be closed it would have been, seconds; below 0 when later.
    pub sooner_s: Option<f64>,
}

/// In numbers.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
#[schema(as = DrillTotals)]
pub struct Totals {
    /// Units that were sent.
    pub units_used: usize,
    /// Orders.
    pub orders: usize,
    /// Orders to a unit that had an open one.
    pub double_orders: usize,
    /// Cordons that were ordered.
    pub cordons: usize,
    /// Units that were free at the end.
    pub free_at_end: usize,
}

/// Seconds.
pub(super) fn s(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

/// Writes the report of a drill that is over.
pub(super) fn write(drill: Drill<'_>, seed: u64) -> Report {
    let mut drill = drill;
    drill.events.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    let units = tracks::units(&drill);
    let suspect = tracks::suspect(&drill);
    let cordons = tracks::cordons(&drill);
    let city = &drill.stage.city;
    let map = Map::new(drill.stage, &suspect, &units, &cordons);
    let hindsight = judge::hindsight(&drill);
    let late = judge::late(&drill);
    Report {
        name: drill.scenario.name.clone(),
        summary: drill.scenario.summary.clone(),
        city: city.meta.name.clone(),
        notice: city.meta.notice.clone(),
        begins: drill.scenario.begins.at,
        utc_offset_s: drill.scenario.begins.offset_s,
        seed,
        lasts_s: s(drill.now_ms),
        scene: drill.scenario.incident.at,
        outcome: judge::outcome(&drill),
        rows: judge::rows(&drill),
        better: judge::better(&drill, hindsight.as_ref(), &late),
        totals: Totals {
            units_used: units.len(),
            orders: drill.orders.list.len(),
            double_orders: drill.orders.doubles,
            cordons: drill.cordons.len(),
            free_at_end: drill.force.free(),
        },
        orders: drill.orders.list.iter().filter_map(|order| tracks::order(&drill, order)).collect(),
        may_be: may_be(&drill),
        suspect,
        units,
        cordons,
        late,
        hindsight,
        map,
        events: drill.events,
    }
}
