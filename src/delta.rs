//! What changed: the engine's output, collected over a tick for the map walls.

use std::sync::Arc;

use serde::Serialize;
use smol_str::SmolStr;

use crate::{
    engine::{Order, UnitView},
    model::{Contact, CordonId, Layer, LayerSet, Status, Timestamp, UnitId, UnitNo, ZoneId},
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
