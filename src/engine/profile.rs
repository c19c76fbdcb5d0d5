//! What is known of a unit, packed: a million of them are kept.

use std::sync::Arc;

use smol_str::SmolStr;

use super::Organisations;
use crate::{
    geodesy::LatLng,
    model::{Capabilities, Device, OrgId, Status, UnitId, UnitKind, UnitSpec},
};

/// A [`UnitSpec`] in 72 bytes that stand in the unit itself. Its organisation is a number, short names stand in place, and
/// what many units have not is one piece apart. Cloning allocates nothing.
#[derive(Debug, Clone, PartialEq)]
// What queries filter on comes first: see `Unit`.
#[repr(C)]
pub struct Profile {
    /// What it can do beyond its kind.
    pub capabilities: Capabilities,
    /// The number of its organisation.
    org: u16,
    /// How many people.
    pub crew: u16,
    /// Its kind.
    pub kind: UnitKind,
    /// What it is doing.
    pub status: Status,
    /// Whether its people have raised the alarm.
    pub alarm: bool,
    more: Option<Arc<More>>,
    /// Its id.
    pub id: UnitId,
    /// What it is called on the radio.
    pub callsign: SmolStr,
}

#[derive(Debug, PartialEq)]
struct More {
    devices: Box<[Device]>,
    home: Option<LatLng>,
    /// An organisation that the city has no longer: it has no number.
    org: Option<OrgId>,
}

impl Profile {
    /// Packs a description. A unit of an organisation that is not known counts as one of the first.
    pub(super) fn new(spec: UnitSpec, organisations: &Organisations) -> Self {
        let UnitSpec { id, callsign, kind, org, capabilities, crew, status, alarm, devices, home } = spec;
        let no = organisations.no(&org);
        let more = More { devices: devices.into(), home, org: no.is_none().then_some(org) };
        let more = (more != More { devices: Box::default(), home: None, org: None }).then(|| Arc::new(more));
        Self { capabilities, org: no.unwrap_or(0), crew, kind, status, alarm, more, id, callsign: callsign.into() }
    }

    /// The description as it came.
    #[must_use]
    pub fn to_spec(&self, organisations: &Organisations) -> UnitSpec {
        UnitSpec {
            id: self.id.clone(),
            callsign: self.callsign.to_string(),
            kind: self.kind,
            org: self.org(organisations).clone(),
            capabilities: self.capabilities,
            crew: self.crew,
            status: self.status,
            alarm: self.alarm,
            devices: self.devices().to_vec(),
            home: self.home(),
        }
    }

    /// The same unit, doing this.
    pub(super) const fn doing(mut self, status: Status, alarm: bool) -> Self {
        (self.status, self.alarm) = (status, alarm);
        self
    }

    /// The organisation that it belongs to.
    #[must_use]
    pub fn org<'a>(&'a self, organisations: &'a Organisations) -> &'a OrgId {
        self.more.as_ref().and_then(|more| more.org.as_ref()).unwrap_or_else(|| organisations.id(self.org))
    }

    pub(super) const fn org_no(&self) -> u16 {
        self.org
    }

    /// What reports its position.
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        self.more.as_ref().map_or(&[], |more| &more.devices)
    }

    /// Where it starts from, if anywhere.
    #[must_use]
    pub fn home(&self) -> Option<LatLng> {
        self.more.as_ref()?.home
    }
}

#[cfg(test)]
impl Profile {
    /// A unit with nothing but a name.
    pub(super) fn named(id: UnitId) -> Self {
        let (callsign, more) = (SmolStr::default(), None);
        let (kind, status, capabilities) = (UnitKind::Foot, Status::OffDuty, Capabilities::EMPTY);
        Self { capabilities, org: 0, crew: 0, kind, status, alarm: false, more, id, callsign }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Name, OrgLevel, Organisation};

    #[test]
    fn what_is_packed_comes_out_as_it_was() {
        let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
        let organisations = Organisations::new(vec![top]).unwrap();
        let long = "警".repeat(32);
        for line in [
            r#"{"id":"a","callsign":"A","kind":"foot","org":"city"}"#.to_owned(),
            r#"{"id":"a","callsign":"A","kind":"drone","org":"gone","crew":2,"status":"busy","alarm":true,"capabilities":["dog"]}"#
                .to_owned(),
            format!(r#"{{"id":"{}","callsign":"{long}","kind":"foot","org":"city","home":[108.3,22.8]}}"#, "x".repeat(64)),
            r#"{"id":"a","callsign":"A","kind":"foot","org":"city","devices":[{"id":"1","kind":"radio"}]}"#.to_owned(),
        ] {
            let spec: UnitSpec = serde_json::from_str(&line).unwrap();
            let profile = Profile::new(spec.clone(), &organisations);
            assert_eq!((profile.to_spec(&organisations), profile.org_no()), (spec, 0));
        }
    }
}
