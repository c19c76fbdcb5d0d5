//! The journal: everything that somebody did, in order, durable before it is acknowledged.
//!
//! One SQLite file in WAL mode with `synchronous = FULL`: a commit returns when its bytes are on the disk. One row an
//! event, its body as JSON, so that an auditor can open it with nothing but `sqlite3`:
//!
//! ```sql
//! SELECT seq, at, event, body FROM events WHERE event = 'status_set' ORDER BY seq;
//! ```

use std::{
    borrow::Borrow,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, params};

use crate::{engine::Event, model::Timestamp};

/// The journal's file in the state folder.
pub const JOURNAL_FILE: &str = "journal.sqlite3";
/// The version of the file's layout; in SQLite's `user_version`.
const LAYOUT: i64 = 1;

/// How long another process's lock is waited for: long enough for one that is just stopping.
const BUSY_WAIT: std::time::Duration = std::time::Duration::from_millis(500);

/// What can go wrong with the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// SQLite failed: the disk is full, gone or broken, or the file is no journal.
    #[error("journal {path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The state folder cannot be made.
    #[error("state folder {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file was written by another version.
    #[error("journal {path} has layout {found}; this program reads layout {LAYOUT}: use the version that wrote it")]
    Layout {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: i64,
    },
    /// A row cannot be read.
    #[error("journal {path}, event {seq}: {detail}")]
    Row {
        /// The file.
        path: PathBuf,
        /// The event's number.
        seq: i64,
        /// What is wrong with it.
        detail: String,
    },
}

/// An event with its place in the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number: one more each event, from 1.
    pub seq: u64,
    /// When it was done.
    pub at: Timestamp,
    /// What was done.
    pub event: Event,
}

/// The open journal. One writer; SQLite's lock on the file keeps a second process out.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    path: PathBuf,
    /// The number of the last event.
    last: u64,
}

impl Journal {
    /// Opens the journal in a state folder, and makes both where there is none.
    ///
    /// # Errors
    /// [`JournalError`] when the folder or file cannot be used, or another process has it.
    pub fn open(state: &Path) -> Result<Self, JournalError> {
        std::fs::create_dir_all(state).map_err(|source| JournalError::Folder { path: state.to_owned(), source })?;
        let path = state.join(JOURNAL_FILE);
        let fault = |source| JournalError::Sqlite { path: path.clone(), source };
        let connection = Connection::open(&path).map_err(fault)?;
        connection.busy_timeout(BUSY_WAIT).map_err(fault)?;
        // The exclusive lock is taken with the first read and kept: two servers on one journal would tell two stories.
        connection
            .execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;",
            )
            .map_err(fault)?;
        let layout: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fault)?;
        match layout {
            0 => connection
                .execute_batch(&format!(
                    "BEGIN IMMEDIATE;
                     CREATE TABLE events (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, body TEXT NOT NULL) STRICT;
                     PRAGMA user_version = {LAYOUT};
                     COMMIT;"
                ))
                .map_err(fault)?,
            LAYOUT => {}
            found => return Err(JournalError::Layout { path, found }),
        }
        let last: i64 = connection.query_row("SELECT coalesce(max(seq), 0) FROM events", [], |row| row.get(0)).map_err(fault)?;
        Ok(Self { connection, path, last: last as u64 })
    }

    /// The number of the last event; 0 when there is none.
    #[must_use]
    pub const fn last_seq(&self) -> u64 {
        self.last
    }

    /// Makes events durable in one commit, all or none, and gives the number of the last. Waits for the disk.
    ///
    /// # Errors
    /// [`JournalError::Sqlite`]: nothing of it was kept.
    pub fn append<E: Borrow<Event>>(&mut self, events: impl IntoIterator<Item = (Timestamp, E)>) -> Result<u64, JournalError> {
        let fault = |path: &Path, source| JournalError::Sqlite { path: path.to_owned(), source };
        let mut last = self.last;
        let write = |connection: &mut Connection, last: &mut u64| {
            let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            {
                let mut insert = transaction.prepare_cached("INSERT INTO events (seq, at, event, body) VALUES (?1, ?2, ?3, ?4)")?;
                for (at, event) in events {
                    *last += 1;
                    let event: &Event = event.borrow();
                    let body = serde_json::to_string(event).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                    insert.execute(params![*last as i64, at.to_string(), event.name(), body])?;
                }
            }
            transaction.commit()
        };
        write(&mut self.connection, &mut last).map_err(|source| fault(&self.path, source))?;
        self.last = last;
        Ok(last)
    }

    /// Reads every event in order.
    ///
    /// # Errors
    /// What the visitor returns, or [`JournalError`] for a row that cannot be read.
    pub fn replay<E: From<JournalError>>(&self, mut visit: impl FnMut(Entry) -> Result<(), E>) -> Result<(), E> {
        let fault = |source| JournalError::Sqlite { path: self.path.clone(), source };
        let mut select = self.connection.prepare("SELECT seq, at, body FROM events ORDER BY seq").map_err(fault)?;
        let mut rows = select.query([]).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            let read = || -> rusqlite::Result<(i64, String, String)> { Ok((row.get(0)?, row.get(1)?, row.get(2)?)) };
            let (seq, at, body) = read().map_err(fault)?;
            let wrong = |detail: String| JournalError::Row { path: self.path.clone(), seq, detail };
            let at = at.parse::<Timestamp>().map_err(|error| wrong(error.to_string()))?;
            let event = serde_json::from_str(&body).map_err(|error| wrong(error.to_string()))?;
            visit(Entry { seq: seq as u64, at, event })?;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Journal {
    /// Lets the file grow by no more than a few pages, so that the next commits find the disk full.
    pub(crate) fn let_the_disk_be_full(&self) {
        let pages: i64 = self.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        self.connection.execute_batch(&format!("PRAGMA max_page_count = {}", pages + 2)).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Status;

    fn status(n: usize) -> Event {
        Event::StatusSet { id: "car-1".parse().unwrap(), status: Status::ALL[n % Status::ALL.len()] }
    }

    fn entries(journal: &Journal) -> Vec<Entry> {
        let mut entries = Vec::new();
        journal
            .replay(|entry| {
                entries.push(entry);
                Ok::<(), JournalError>(())
            })
            .unwrap();
        entries
    }

    #[test]
    fn what_is_written_comes_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::from_unix_ms(1_764_000_000_123);
        let mut journal = Journal::open(folder.path()).unwrap();
        let events: Vec<Event> = (0..10).map(status).collect();
        assert_eq!(journal.append(events.iter().take(4).map(|event| (at, event))).unwrap(), 4);
        assert_eq!(journal.append(events.iter().skip(4).map(|event| (at, event))).unwrap(), 10);
        drop(journal);
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.last_seq(), 10);
        let back = entries(&journal);
        assert_eq!(back.iter().map(|entry| entry.event.clone()).collect::<Vec<_>>(), events);
        assert!(back.iter().enumerate().all(|(n, entry)| entry.seq == n as u64 + 1 && entry.at == at));
    }

    #[test]
    fn a_second_process_is_kept_out() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Journal::open(folder.path()).unwrap();
        let error = Journal::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("locked"), "{error}");
    }

    #[test]
    fn a_damaged_row_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        journal.append([(Timestamp::default(), &status(1))]).unwrap();
        journal.connection.execute("UPDATE events SET body = '{\"event\":\"status_set\"}'", []).unwrap();
        let error = journal.replay(|_| Ok::<(), JournalError>(())).unwrap_err().to_string();
        assert!(error.contains("event 1") && error.contains("missing field"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(JOURNAL_FILE), vec![7; 8_192]).unwrap();
        assert!(Journal::open(folder.path()).unwrap_err().to_string().contains("not a database"));
    }
}
