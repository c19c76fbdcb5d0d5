//! A position report as a device sent it, and why one is refused.

use crate::model::Timestamp;

/// The datum of a report's coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Datum {
    /// What satellites give, and what Citygate keeps.
    #[default]
    Wgs84,
    /// The shifted datum of Chinese civil maps: turned to WGS-84 at the door.
    Gcj02,
}

/// One position report, decoded but not yet checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// Latitude as sent, degrees.
    pub lat_deg: f64,
    /// Longitude as sent, degrees.
    pub lng_deg: f64,
    /// The datum of the two.
    pub datum: Datum,
    /// When, by the device's clock.
    pub time: Timestamp,
    /// Ground speed, metres a second.
    pub speed_mps: Option<f64>,
    /// Course over ground, degrees clockwise from north.
    pub heading_deg: Option<f64>,
    /// Estimated horizontal error, metres.
    pub accuracy_m: Option<f64>,
}

crate::model::closed_set! {
    /// Why a report was refused. Each is counted by itself.
    RefusalReason, "refusal reason" {
        /// The bytes or the JSON could not be read.
        Malformed = "malformed",
        /// No unit carries this device, and the config does not say that it is to be adopted.
        UnknownDevice = "unknown_device",
        /// A coordinate, speed, heading or accuracy is out of range.
        OutOfRange = "out_of_range",
        /// The device says that it has no position.
        NoPosition = "no_position",
        /// The time is further ahead of the server's clock than is allowed.
        Future = "future",
        /// The time is further behind the server's clock than is allowed.
        TooOld = "too_old",
        /// The same device reported this time before.
        Repeated = "repeated",
        /// The same device reported a later time before.
        Late = "late",
        /// Nothing of this kind moves that fast.
        ImpossibleJump = "impossible_jump",
        /// The queue to the engine was full and a newer fix of the unit took its place.
        Overflow = "overflow",
    }
}

/// One refused report: what was wrong, and what is right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct Refusal {
    /// The reason that it is counted under.
    pub reason: RefusalReason,
    /// The field that is wrong.
    pub field: &'static str,
    /// The value, and what is right.
    pub detail: String,
}
