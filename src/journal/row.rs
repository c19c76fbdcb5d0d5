//! One row of the journal, and its place in the chain of hashes.

use sha2::{Digest, Sha256};

use super::{JournalError, Key};
use crate::{
    engine::Event,
    model::{Actor, Timestamp, closed_set},
};

/// The bytes of a hash.
pub const HASH_BYTES: usize = 32;
/// What stands for the count of bytes where there is no value.
const NULL: [u8; 4] = [0xFF; 4];

closed_set! {
    /// Whether a row changes the state.
    Kind, "kind" {
        /// It does.
        Event = "event",
        /// It does not.
        Note = "note",
    }
}

/// A row as it is read.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its number.
    pub seq: u64,
    /// When it was decided.
    pub at: &'a str,
    /// `event` or `note`.
    pub kind: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// Its name.
    pub event: &'a str,
    /// The version of its body's form.
    pub version: u32,
    /// JSON.
    pub body: &'a str,
    /// Who.
    pub actor: &'a str,
    /// The idempotency key.
    pub key: Option<&'a str>,
    /// The hash of what was asked with it.
    pub ask: Option<&'a [u8]>,
    /// Its hash, as it stands there.
    pub hash: &'a [u8],
}

impl Row<'_> {
    /// The hash that it should have after a row with the hash `before`.
    #[must_use]
    pub fn digest(&self, before: &[u8; HASH_BYTES]) -> [u8; HASH_BYTES] {
        let mut sha = Sha256::new();
        sha.update(before);
        sha.update(self.seq.to_le_bytes());
        sha.update(self.version.to_le_bytes());
        let texts = [self.at, self.kind, self.subject, self.event, self.body, self.actor].map(|text| Some(text.as_bytes()));
        for bytes in texts.into_iter().chain([self.key.map(str::as_bytes), self.ask]) {
            match bytes {
                // No column is as long as 4 GiB: SQLite takes no more than a quarter of that.
                Some(bytes) => {
                    sha.update((bytes.len() as u32).to_le_bytes());
                    sha.update(bytes);
                }
                None => sha.update(NULL),
            }
        }
        sha.finalize().into()
    }

    /// Whether it changes the state.
    ///
    /// # Errors
    /// [`JournalError::Row`] where it is of no kind.
    pub fn kind(&self) -> Result<Kind, JournalError> {
        self.kind.parse().map_err(|error: crate::model::UnknownWord| self.wrong(error.to_string()))
    }

    /// The event that it tells.
    ///
    /// # Errors
    /// [`JournalError::Row`] where it tells none that this program knows.
    pub fn event(&self) -> Result<Event, JournalError> {
        let event: Event = serde_json::from_str(self.body).map_err(|error| self.wrong(error.to_string()))?;
        if (event.name(), event.version()) != (self.event, self.version) {
            let detail = format!(
                "the body is a `{}` of version {}, the row says `{}` of version {}",
                event.name(),
                event.version(),
                self.event,
                self.version
            );
            return Err(self.wrong(detail));
        }
        Ok(event)
    }

    /// When it was decided.
    ///
    /// # Errors
    /// [`JournalError::Row`] where it is no time.
    pub fn at(&self) -> Result<Timestamp, JournalError> {
        self.at.parse().map_err(|error: crate::model::TimeError| self.wrong(error.to_string()))
    }

    /// Who did it.
    ///
    /// # Errors
    /// [`JournalError::Row`] where it names nobody.
    pub fn actor(&self) -> Result<Actor, JournalError> {
        self.actor.parse().map_err(|error: crate::model::ActorError| self.wrong(error.to_string()))
    }

    /// The idempotency key that asked for it.
    ///
    /// # Errors
    /// [`JournalError::Row`] where it is none.
    pub fn key(&self) -> Result<Option<Key>, JournalError> {
        let read = |key| Key::from_row(key, self.ask.unwrap_or_default()).map_err(|error| self.wrong(format!("key `{key}`: {error}")));
        self.key.map(read).transpose()
    }

    fn wrong(&self, detail: String) -> JournalError {
        JournalError::Row { seq: self.seq, detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Row<'_> = Row {
        seq: 1,
        at: "2026-11-22T14:32:07.250Z",
        kind: "event",
        subject: "unit/car-1",
        event: "status_set",
        version: 1,
        body: r#"{"event":"status_set","id":"car-1","status":"busy"}"#,
        actor: "machine",
        key: None,
        ask: None,
        hash: &[],
    };

    #[test]
    fn the_hash_is_of_the_bytes_that_the_documentation_says() {
        let mut bytes = vec![0; 32];
        bytes.extend([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
        for text in [ROW.at, ROW.kind, ROW.subject, ROW.event, ROW.body, ROW.actor] {
            bytes.extend([text.len() as u8, 0, 0, 0]);
            bytes.extend(text.bytes());
        }
        bytes.extend([0xFF; 8]);
        assert_eq!(ROW.digest(&[0; HASH_BYTES])[..], Sha256::digest(&bytes)[..]);
    }

    #[test]
    fn every_field_counts_and_none_runs_into_the_next() {
        let ask = [1; 32];
        let keyed = Row { key: Some("k"), ask: Some(&ask), ..ROW };
        let rows = [
            ROW,
            Row { seq: 2, ..ROW },
            Row { at: "2026-11-22T14:32:07.251Z", ..ROW },
            Row { kind: "note", ..ROW },
            Row { subject: "unit/car-1s", event: "tatus_set", ..ROW },
            Row { version: 2, ..ROW },
            Row { body: "{}", ..ROW },
            Row { actor: "engine", ..ROW },
            Row { key: Some(""), ..ROW },
            keyed,
            Row { ask: None, ..keyed },
        ];
        let hashes: std::collections::HashSet<_> = rows.iter().map(|row| row.digest(&[0; HASH_BYTES])).collect();
        assert_eq!(hashes.len(), rows.len());
        assert_ne!(ROW.digest(&[0; HASH_BYTES]), ROW.digest(&[1; HASH_BYTES]));
    }

    #[test]
    fn a_row_that_says_otherwise_than_its_body_is_refused() {
        assert!(ROW.event().is_ok());
        for wrong in [Row { event: "alarm_set", ..ROW }, Row { version: 2, ..ROW }, Row { body: "{}", ..ROW }] {
            assert!(matches!(wrong.event(), Err(JournalError::Row { seq: 1, .. })));
        }
    }
}
