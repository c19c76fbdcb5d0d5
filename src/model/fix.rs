//! Fixes: one position report of one device, past the door.

use super::Timestamp;
use crate::geodesy::LatLng;

/// One checked position report: WGS-84, in range, not in the future.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// Where.
    pub at: LatLng,
    /// When, by the device's clock.
    pub time: Timestamp,
    /// Ground speed, metres a second.
    pub speed_mps: Option<f32>,
    /// Course over ground, degrees clockwise from north, 0 to below 360.
    pub heading_deg: Option<f32>,
    /// Estimated horizontal error, metres.
    pub accuracy_m: Option<f32>,
}
