//! Is the journal as it was written?

use std::{ops::ControlFlow, path::Path};

use super::{HASH_BYTES, JournalError, Kind, Row, sqlite};

/// A journal whose chain holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The events.
    pub events: u64,
    /// The notes.
    pub notes: u64,
    /// The hash of the last row; zeros where there is none. To be compared with what is kept elsewhere: it alone tells whether
    /// somebody wrote the chain anew, or cut its end off.
    pub hash: [u8; HASH_BYTES],
}

/// A journal that is not as it was written.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The first row that is wrong.
    #[error("the journal is not as it was written; the first row that is wrong is {seq}: {detail}")]
    Row {
        /// Its number, or the one that is missing.
        seq: u64,
        /// What is wrong with it.
        detail: String,
    },
}

/// Walks the chain of a journal, beside a server that runs or not, and reads every event. About a second a million rows.
///
/// # Errors
/// [`VerifyError`] names the first row that is wrong.
pub fn verify(state: &Path) -> Result<Verified, VerifyError> {
    let (connection, path) = sqlite::open_to_read(state)?;
    let mut verified = Verified { events: 0, notes: 0, hash: [0; HASH_BYTES] };
    let mut wrong = None;
    let mut visit = |row: &Row<'_>| match check(row, &mut verified) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            wrong = Some(error);
            ControlFlow::Break(())
        }
    };
    // From the least number that there can be: a row before the first is wrong too.
    let read = sqlite::rows(&connection, 0, &mut visit);
    match (wrong, read) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(verified),
        (None, Err(source)) => match source {
            rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::Utf8Error(..) => {
                Err(VerifyError::Row { seq: verified.events + verified.notes + 1, detail: source.to_string() })
            }
            source => Err(JournalError::Sqlite { path, source }.into()),
        },
    }
}

fn check(row: &Row<'_>, verified: &mut Verified) -> Result<(), VerifyError> {
    let right = verified.events + verified.notes + 1;
    if row.seq != right {
        return Err(VerifyError::Row { seq: right, detail: format!("it is missing; the next row is {}", row.seq) });
    }
    let wrong = |detail: String| VerifyError::Row { seq: row.seq, detail };
    let digest = row.digest(&verified.hash);
    if digest != row.hash {
        return Err(wrong("its hash is not that of the row before and its own fields: one of them was changed".to_owned()));
    }
    let told = |error: JournalError| wrong(error.to_string());
    match row.kind().map_err(told)? {
        Kind::Event => {
            let event = row.event().map_err(told)?;
            if event.subject().to_string() != row.subject {
                return Err(wrong(format!("its event is about {}, the row says {}", event.subject(), row.subject)));
            }
            verified.events += 1;
        }
        Kind::Note => verified.notes += 1,
    }
    verified.hash = digest;
    Ok(())
}
