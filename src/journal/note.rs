//! Notes: what is on record and changes no state.

use serde_json::Value;

/// What is noted.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Its name, `snake_case`.
    pub event: &'static str,
    /// What it is about, as a row has it.
    pub subject: String,
    /// What is to be known of it.
    pub body: Value,
}

impl Note {
    /// The version of the form of every note's body.
    pub const VERSION: u32 = 1;
    /// A command with an idempotency key that found all so already: no event, and yet it is done.
    pub const UNCHANGED: &'static str = "unchanged";
    /// The journal could not be written for a time.
    pub const JOURNAL_FAILED: &'static str = "journal_failed";
}
