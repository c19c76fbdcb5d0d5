//! A unit as the API shows it.

use std::cell::RefCell;

use serde::{Serialize, Serializer};

use crate::{
    engine::{SeenWorld, UnitView, Whereabouts},
    geography::ZoneNo,
    model::{Capabilities, Contact, Device, Layer, OrgId, Status, Timestamp, UnitId, UnitKind, ZoneId},
};

/// A zone that a unit is in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ZoneRef<'a> {
    /// The zone.
    #[schema(value_type = String)]
    pub id: &'a ZoneId,
    /// Its layer.
    pub layer: Layer,
}

/// A unit as it is now. Positions are WGS-84, times UTC. Borrows all that is text: it lives until it is written.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = UnitView)]
pub struct UnitJson<'a> {
    /// Its id.
    #[schema(value_type = String)]
    pub id: &'a UnitId,
    /// Its call sign.
    pub callsign: &'a str,
    /// Its kind.
    pub kind: UnitKind,
    /// What it is doing.
    pub status: Status,
    /// Whether its people raised the alarm.
    pub alarm: bool,
    /// Its organisation.
    #[schema(value_type = String)]
    pub org: &'a OrgId,
    /// What it can do beyond its kind.
    #[schema(value_type = Vec<crate::model::Capability>)]
    pub capabilities: Capabilities,
    /// How many people.
    pub crew: u16,
    /// What reports its position.
    #[schema(value_type = Vec<DeviceSchema>)]
    pub devices: &'a [Device],
    /// Latitude of the last fix, degrees.
    pub lat: Option<f64>,
    /// Longitude of the last fix, degrees.
    pub lon: Option<f64>,
    /// Ground speed, metres a second.
    pub speed_mps: Option<f32>,
    /// Course over ground, degrees clockwise from north.
    pub heading_deg: Option<f32>,
    /// Estimated horizontal error, metres.
    pub accuracy_m: Option<f32>,
    /// When the device took the fix.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub fix_time: Option<Timestamp>,
    /// The age of the fix by the server's clock, seconds.
    pub age_s: Option<f64>,
    /// How old the fix is against the limits of its kind of device.
    pub contact: Contact,
    /// The zones of all layers that hold the last fix.
    #[schema(value_type = Vec<ZoneRef>)]
    pub zones: ZonesOf<'a>,
}

/// A device that a unit carries.
#[derive(utoipa::ToSchema)]
#[schema(as = Device)]
#[allow(dead_code, reason = "describes the model's type, which floor 0 keeps free of HTTP")]
pub struct DeviceSchema {
    /// Its id: for a JT/T 808 terminal its phone number without leading zeros.
    id: String,
    /// Its kind.
    kind: crate::model::DeviceKind,
}

/// The zones that hold a unit, looked for when they are written.
#[derive(Debug)]
pub struct ZonesOf<'a> {
    viewer: &'a Viewer<'a>,
    unit: &'a UnitView,
}

impl Serialize for ZonesOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Viewer { zones, found, .. } = self.viewer;
        let mut found = found.borrow_mut();
        found.clear();
        if let Some(fix) = self.unit.fix {
            zones.zones_at(fix.at, Some(self.unit.no), &mut found);
        }
        let of = found.iter().filter_map(|no| zones.zone(*no));
        serializer.collect_seq(of.map(|zone| ZoneRef { id: &zone.id, layer: zone.layer }))
    }
}

/// Turns views into JSON: takes the zones as they are once for all units of an answer.
#[derive(Debug)]
pub struct Viewer<'a> {
    seen: &'a SeenWorld<'a>,
    zones: Whereabouts<'a>,
    now: Timestamp,
    /// The zones of the unit that is being written: one buffer for all of them.
    found: RefCell<Vec<ZoneNo>>,
}

impl<'a> Viewer<'a> {
    /// A viewer of what is seen at `now`.
    #[must_use]
    pub fn new(seen: &'a SeenWorld<'a>, now: Timestamp) -> Self {
        Self { seen, zones: Whereabouts::new(seen), now, found: RefCell::default() }
    }

    /// The contact state now, not when the engine last looked.
    #[must_use]
    pub fn contact(&self, unit: &UnitView) -> Contact {
        unit.fix.map_or(Contact::Never, |fix| self.seen.limits().contact(unit.device, fix.time, self.now))
    }

    /// The unit as the API shows it.
    #[must_use]
    pub fn unit<'b>(&'b self, unit: &'b UnitView) -> UnitJson<'b> {
        let spec = &unit.spec;
        UnitJson {
            id: &spec.id,
            callsign: &spec.callsign,
            kind: spec.kind,
            status: spec.status,
            alarm: spec.alarm,
            org: spec.org(self.seen.organisations()),
            capabilities: spec.capabilities,
            crew: spec.crew,
            devices: spec.devices(),
            lat: unit.fix.map(|fix| fix.at.lat_deg()),
            lon: unit.fix.map(|fix| fix.at.lng_deg()),
            speed_mps: unit.fix.and_then(|fix| fix.speed_mps),
            heading_deg: unit.fix.and_then(|fix| fix.heading_deg),
            accuracy_m: unit.fix.and_then(|fix| fix.accuracy_m),
            fix_time: unit.fix.map(|fix| fix.time),
            age_s: unit.age_ms(self.now).map(|ms| ms as f64 / 1000.0),
            contact: self.contact(unit),
            zones: ZonesOf { viewer: self, unit },
        }
    }
}
