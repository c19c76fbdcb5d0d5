//! Units and the devices they carry.

use serde::{Deserialize, Serialize};

use super::{Capabilities, DeviceId, DeviceKind, OrgId, Status, UnitId, UnitKind};
use crate::geodesy::LatLng;

/// The most units.
pub const UNITS_MAX: usize = 2_000_000;
/// The most devices that one unit may carry.
pub const UNIT_DEVICES_MAX: usize = 16;
/// The most characters of a call sign.
pub const CALLSIGN_LEN_MAX: usize = 32;
/// The most people in one unit.
pub const CREW_MAX: u16 = 1_000;

/// A device that a unit carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Its id: for a JT/T 808 terminal its phone number without leading zeros.
    pub id: DeviceId,
    /// Its kind, which sets when its fixes are stale and lost.
    pub kind: DeviceKind,
}

/// What is known of a unit before anything moves: as registered, as kept in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitSpec {
    /// Its id.
    pub id: UnitId,
    /// What it is called on the radio, e.g. `M-204`.
    pub callsign: String,
    /// Its kind.
    pub kind: UnitKind,
    /// The organisation that it belongs to.
    pub org: OrgId,
    /// What it can do beyond its kind.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// How many people.
    #[serde(default)]
    pub crew: u16,
    /// What it is doing.
    #[serde(default = "off_duty")]
    pub status: Status,
    /// Whether its people have raised the alarm.
    #[serde(default)]
    pub alarm: bool,
    /// What reports its position.
    #[serde(default)]
    pub devices: Vec<Device>,
    /// Where it starts from, if anywhere: longitude, latitude in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "lng_lat")]
    pub home: Option<LatLng>,
}

const fn off_duty() -> Status {
    Status::OffDuty
}

/// What is wrong with a unit's description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The call sign is empty or too long.
    #[error("callsign `{0}` is wrong: give 1 to {CALLSIGN_LEN_MAX} characters without control characters")]
    Callsign(String),
    /// Too many devices.
    #[error("{0} devices are too many: a unit carries at most {UNIT_DEVICES_MAX}")]
    DeviceCount(usize),
    /// A device is listed twice.
    #[error("device `{0}` is listed twice: list each device once")]
    DeviceTwice(DeviceId),
    /// Too many people.
    #[error("a crew of {0} is too large: at most {CREW_MAX}")]
    Crew(u16),
}

impl UnitError {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Callsign(_) => "callsign",
            Self::DeviceCount(_) | Self::DeviceTwice(_) => "devices",
            Self::Crew(_) => "crew",
        }
    }
}

impl UnitSpec {
    /// Checks what a single unit can be checked for; references to others are the engine's to check.
    ///
    /// # Errors
    /// [`UnitError`] names the field, the value and what is right.
    pub fn check(&self) -> Result<(), UnitError> {
        let length = self.callsign.chars().count();
        if length == 0 || length > CALLSIGN_LEN_MAX || self.callsign.chars().any(char::is_control) {
            return Err(UnitError::Callsign(self.callsign.chars().take(CALLSIGN_LEN_MAX).collect()));
        }
        if self.devices.len() > UNIT_DEVICES_MAX {
            return Err(UnitError::DeviceCount(self.devices.len()));
        }
        for (n, device) in self.devices.iter().enumerate() {
            if self.devices.iter().take(n).any(|other| other.id == device.id) {
                return Err(UnitError::DeviceTwice(device.id.clone()));
            }
        }
        if self.crew > CREW_MAX {
            return Err(UnitError::Crew(self.crew));
        }
        Ok(())
    }
}

/// GeoJSON's own order, for the files of the city.
mod lng_lat {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::geodesy::LatLng;

    #[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
    pub(super) fn serialize<S: Serializer>(value: &Option<LatLng>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(|at| [at.lng_deg(), at.lat_deg()]).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LatLng>, D::Error> {
        let pair = <Option<[f64; 2]>>::deserialize(deserializer)?;
        pair.map(|[lng, lat]| LatLng::new(lat, lng).map_err(serde::de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_city_parses() {
        let line = r#"{"id":"car-0001","callsign":"C-001","kind":"patrol_car","org":"station-gulou-1","capabilities":["first_aid"],
            "crew":2,"status":"available","devices":[{"id":"13800000001","kind":"vehicle_terminal"}],"home":[108.3,22.8]}"#;
        let unit: UnitSpec = serde_json::from_str(line).unwrap();
        assert_eq!(unit.home.unwrap().lat_deg(), 22.8);
        unit.check().unwrap();
        let back = serde_json::to_string(&unit).unwrap();
        assert_eq!(serde_json::from_str::<UnitSpec>(&back).unwrap(), unit);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let unit = |json: &str| serde_json::from_str::<UnitSpec>(json).unwrap();
        let base = r#"{"id":"a","callsign":"","kind":"foot","org":"o"}"#;
        assert_eq!(unit(base).check().unwrap_err().field(), "callsign");
        let twice = r#"{"id":"a","callsign":"A","kind":"foot","org":"o","devices":[{"id":"1","kind":"radio"},{"id":"1","kind":"radio"}]}"#;
        assert_eq!(unit(twice).check().unwrap_err().field(), "devices");
        let error = serde_json::from_str::<UnitSpec>(r#"{"id":"a","callsign":"A","kind":"tank","org":"o"}"#).unwrap_err();
        assert!(error.to_string().contains("patrol_car, armed_car"), "{error}");
    }
}
