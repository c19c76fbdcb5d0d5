//! What changed: the engine's output, collected over a tick for the map walls.

use std::sync::Arc;

use serde::Serialize;
use smol_str::SmolStr;

use crate::{
    engine::{Order, UnitView},
    model::{Contact, CordonId, Layer, LayerSet, OrgId, RoomName, Status, Timestamp, UnitId, UnitNo, WallId, ZoneId},
};

/// How a unit's way and a zone met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Crossing {
    /// It was outside and is inside.
    Enter,
    /// It was inside and is outside.
    Exit,
    /// It was outside and is outside, but its way led through.
    Cross,
}

/// Something that is told once and never merged.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A unit entered, left or crossed a zone.
    Zone {
        /// The unit.
        unit: UnitId,
        /// Its number.
        no: UnitNo,
        /// The zone.
        zone: ZoneId,
        /// The zone's layer.
        layer: Layer,
        /// What happened.
        action: Crossing,
        /// The time of the fix that showed it.
        at: Timestamp,
    },
    /// A unit's last fix became stale or lost, or live again.
    Contact {
        /// The unit.
        unit: UnitId,
        /// Its number.
        no: UnitNo,
        /// What it is now.
        contact: Contact,
        /// When this was seen.
        at: Timestamp,
    },
    /// A unit's status or alarm changed.
    Status {
        /// The unit.
        unit: UnitId,
        /// Its number.
        no: UnitNo,
        /// Its status now.
        status: Status,
        /// Its alarm now.
        alarm: bool,
        /// When it was done.
        at: Timestamp,
    },
    /// A cordon changed.
    Cordon {
        /// Which.
        id: CordonId,
        /// When it was done.
        at: Timestamp,
    },
    /// A room's walls are to show something, or nobody says so any more.
    Room {
        /// The organisation of which it is.
        org: Option<OrgId>,
        /// The room as it is now.
        room: RoomView,
        /// When it was done.
        at: Timestamp,
    },
    /// An order was given, or is a step further.
    Order {
        /// The order as it is now.
        order: Arc<Order>,
        /// What its unit is called on the radio.
        callsign: SmolStr,
        /// When it was done.
        at: Timestamp,
    },
}

/// What the walls of a room show, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = Room)]
pub struct RoomView {
    /// The room.
    #[schema(value_type = String)]
    pub room: RoomName,
    /// The wall that directs it; none where nobody does.
    #[schema(value_type = Option<String>)]
    pub wall: Option<WallId>,
    /// The name of whoever directs, before people; none for whoever did not sign in.
    pub by: Option<String>,
    /// What was shown last: the part of a link after `#`; none where nothing was.
    pub view: Option<String>,
    /// When it was set.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

impl RoomView {
    /// Of a room that nobody has directed yet.
    #[must_use]
    pub const fn empty(room: RoomName) -> Self {
        Self { room, wall: None, by: None, view: None, at: None }
    }
}

/// All that changed in one tick.
#[derive(Debug, Clone)]
pub struct Tick {
    /// The tick's number: one more each tick, from 1.
    pub seq: u64,
    /// The server's clock when the tick was made.
    pub at: Timestamp,
    /// Each unit that changed, once, as it is now.
    pub changed: Vec<UnitView>,
    /// Units that were registered or edited.
    pub roster: Vec<UnitNo>,
    /// What happened, in order.
    pub notices: Vec<Notice>,
    /// Layers whose zones changed.
    pub layers: LayerSet,
    /// Whether closures or jams on the roads changed.
    pub closures: bool,
}
