//! The roster's text, as walls that measure read it.

use serde::Deserialize;

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    units: Vec<RosterUnit>,
}

/// A unit of the roster.
#[derive(Debug, Deserialize)]
pub struct RosterUnit {
    /// The server's number of it.
    pub no: usize,
    /// Its id.
    pub id: String,
}

/// The units of a text message; none of one that is no roster.
#[must_use]
pub fn roster(text: &[u8]) -> Vec<RosterUnit> {
    // Of other messages nothing but the kind is read.
    serde_json::from_slice::<Text>(text).ok().filter(|text| text.kind == "roster").map_or_else(Vec::new, |text| text.units)
}
