//! The journal as lines of JSON, for whoever reads it with other tools.

use std::{
    io::{self, Write},
    ops::ControlFlow,
    path::Path,
};

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

use super::{JournalError, Row, sqlite};

/// A row as a line. Hashes are hexadecimal, small letters.
#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    at: &'a str,
    kind: &'a str,
    subject: &'a str,
    event: &'a str,
    version: u32,
    body: &'a RawValue,
    actor: &'a str,
    key: Option<&'a str>,
    ask: Option<String>,
    hash: String,
}

/// Bytes as hexadecimal digits.
#[must_use]
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS.get(usize::from(half)).copied().unwrap_or(b'?'));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row { seq, at, kind, subject, event, version, body, actor, key, ask, hash } = *self;
        let body = serde_json::from_str(body).map_err(S::Error::custom)?;
        Line { seq, at, kind, subject, event, version, body, actor, key, ask: ask.map(hex), hash: hex(hash) }.serialize(serializer)
    }
}

fn write(row: &Row<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, row)?;
    out.write_all(b"\n")
}

/// Writes the rows from a sequence on as NDJSON, beside a server that runs or not, and says how many. Constant in memory.
///
/// # Errors
/// [`JournalError`] when the journal cannot be read; within `Ok` the error of whoever is written to.
pub fn export(state: &Path, from: u64, out: &mut dyn Write) -> Result<io::Result<u64>, JournalError> {
    let (connection, path) = sqlite::open_to_read(state)?;
    let mut written = Ok(0);
    let mut visit = |row: &Row<'_>| match write(row, out) {
        Ok(()) => {
            written = written.as_ref().map(|count| count + 1).map_err(|error: &io::Error| error.kind().into());
            ControlFlow::Continue(())
        }
        Err(error) => {
            written = Err(error);
            ControlFlow::Break(())
        }
    };
    sqlite::rows(&connection, from, &mut visit).map_err(|source| JournalError::Sqlite { path, source })?;
    Ok(written.and_then(|count| out.flush().map(|()| count)))
}
