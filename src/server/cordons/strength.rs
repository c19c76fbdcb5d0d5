//! How strong rings are, as JSON.

use serde::Serialize;

use crate::engine::Strength;

/// How strong a ring is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StrengthJson {
    /// The innermost is 1.
    ring: u8,
    /// How many units it is to have.
    asked: usize,
    /// How many are there, or come in time.
    have: usize,
    /// How many of those are there.
    held: usize,
}

impl From<Strength> for StrengthJson {
    fn from(Strength { ring, asked, have, held }: Strength) -> Self {
        Self { ring, asked, have, held }
    }
}
