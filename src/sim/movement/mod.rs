//! How units move: pure and seeded. The same seed, the same orders and the same steps give the same positions.

mod flier;
mod ground;
mod guide;
mod habits;
mod noise;
#[cfg(test)]
pub(crate) mod town;

pub use flier::Flier;
pub use ground::Ground;
pub use guide::Guide;
pub use habits::{Habits, habits};
pub use noise::GpsNoise;

use crate::geodesy::LatLng;

/// Where a unit is and how it moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// Its position.
    pub at: LatLng,
    /// Its speed over ground, metres a second.
    pub speed_mps: f64,
    /// Its course, degrees clockwise from north, 0 to below 360.
    pub heading_deg: f64,
}

/// What a unit is about. Its status says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It stands.
    Still,
    /// It goes round its ground, with stops.
    Patrol,
    /// It hurries.
    Urgent,
}

/// The shorter angle between two courses, 0 to 180 degrees.
fn turn_deg(a: f64, b: f64) -> f64 {
    let apart = (a - b).rem_euclid(360.0);
    apart.min(360.0 - apart)
}
