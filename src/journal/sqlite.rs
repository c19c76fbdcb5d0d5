//! The journal's home: one SQLite file.

use std::{
    borrow::Cow,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use super::{Draft, HASH_BYTES, JournalError, Kind, Log, Note, Row, What, hold::Hold, last_events::LastEvents};

/// The journal's file in the state folder.
pub const JOURNAL_FILE: &str = "journal.sqlite3";
/// The version of the file's layout; in SQLite's `user_version`.
pub(super) const LAYOUT: i64 = 3;
/// The columns of a row, as [`read`] takes them.
pub(super) const COLUMNS: &str = "seq, at, kind, subject, event, version, body, actor, key, ask, hash";
/// How long a lock of a reader's is waited for.
pub(super) const BUSY_WAIT: Duration = Duration::from_millis(500);

/// The open journal. One writer: the state folder's lock keeps a second process out.
#[derive(Debug)]
pub struct Journal {
    connection: Connection,
    path: PathBuf,
    folder: PathBuf,
    /// The number and the hash of the last row.
    last: (u64, [u8; HASH_BYTES]),
    last_events: LastEvents,
    _hold: Hold,
}

impl Journal {
    /// Opens the journal in a state folder, and makes both where there is none.
    ///
    /// # Errors
    /// [`JournalError`] when the folder or file cannot be used, or another process has it.
    pub fn open(state: &Path) -> Result<Self, JournalError> {
        std::fs::create_dir_all(state).map_err(|source| JournalError::Folder { path: state.to_owned(), source })?;
        let hold = Hold::take(state)?;
        let path = state.join(JOURNAL_FILE);
        let fault = |source| JournalError::Sqlite { path: path.clone(), source };
        let connection = Connection::open(&path).map_err(fault)?;
        connection.busy_timeout(BUSY_WAIT).map_err(fault)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;").map_err(fault)?;
        match layout(&connection).map_err(fault)? {
            0 => connection
                .execute_batch(&format!(
                    "BEGIN IMMEDIATE;
                     CREATE TABLE journal (
                         seq INTEGER PRIMARY KEY,
                         at TEXT NOT NULL,
                         kind TEXT NOT NULL CHECK (kind IN ('event', 'note')),
                         subject TEXT NOT NULL,
                         event TEXT NOT NULL,
                         version INTEGER NOT NULL,
                         body TEXT NOT NULL,
                         actor TEXT NOT NULL,
                         key TEXT,
                         ask BLOB,
                         hash BLOB NOT NULL
                     ) STRICT;
                     PRAGMA user_version = {LAYOUT};
                     COMMIT;"
                ))
                .map_err(fault)?,
            LAYOUT => {}
            found => return Err(JournalError::Layout { path, found }),
        }
        let last = last(&connection).map_err(fault)?;
        Ok(Self { connection, path, folder: state.to_owned(), last, last_events: LastEvents::since(last.0), _hold: hold })
    }

    fn write(&mut self, drafts: &mut dyn Iterator<Item = Cow<'_, Draft>>) -> Result<(u64, [u8; HASH_BYTES]), Fault> {
        let mut last = self.last;
        self.last_events.bound(last.0);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO journal (seq, at, kind, subject, event, version, body, actor, key, ask, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?;
            for draft in drafts {
                let Draft { at, what, actor, key, expected } = &*draft;
                let (subject, body) = match what {
                    What::Event(event) => (Cow::Owned(event.subject().to_string()), serde_json::to_string(event)),
                    What::Note(note) => (Cow::Borrowed(note.subject.as_str()), serde_json::to_string(&note.body)),
                };
                let body = body.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                let (kind, event, version) = match what {
                    What::Event(event) => (Kind::Event, event.name(), event.version()),
                    What::Note(note) => (Kind::Note, note.event.as_str(), Note::VERSION),
                };
                if let Some(expected) = *expected {
                    let found = self.last_events.get(&subject, &self.folder, &transaction)?;
                    if found != expected {
                        return Err(Fault::Expected { subject: subject.into_owned(), expected, found });
                    }
                }
                let (at, actor, text) = (at.to_string(), actor.to_string(), key.as_ref().map(ToString::to_string));
                let mut row = Row {
                    seq: last.0 + 1,
                    at: &at,
                    kind: kind.as_str(),
                    subject: &subject,
                    event,
                    version,
                    body: &body,
                    actor: &actor,
                    key: text.as_deref(),
                    ask: key.as_ref().map(|key| key.ask().as_slice()),
                    hash: &[],
                };
                let hash = row.digest(&last.1);
                row.hash = &hash;
                let Row { seq, at, kind, subject, event, version, body, actor, key, ask, hash: bytes } = row;
                insert.execute(params![seq as i64, at, kind, subject, event, version, body, actor, key, ask, bytes])?;
                last = (seq, hash);
                if matches!(what, What::Event(_)) {
                    self.last_events.set(subject, seq);
                }
            }
        }
        transaction.commit()?;
        Ok(last)
    }
}

/// Why rows were not appended.
enum Fault {
    Sqlite(rusqlite::Error),
    Expected { subject: String, expected: u64, found: u64 },
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Log for Journal {
    fn last(&self) -> u64 {
        self.last.0
    }

    fn hash(&self) -> [u8; HASH_BYTES] {
        self.last.1
    }

    fn append(&mut self, drafts: &mut dyn Iterator<Item = Cow<'_, Draft>>) -> Result<u64, JournalError> {
        match self.write(drafts) {
            Ok(last) => {
                self.last = last;
                Ok(last.0)
            }
            Err(fault) => {
                // What it remembers may be of rows that there are not.
                self.last_events = LastEvents::since(self.last.0);
                Err(match fault {
                    Fault::Sqlite(source) => JournalError::Sqlite { path: self.path.clone(), source },
                    Fault::Expected { subject, expected, found } => JournalError::Expected { subject, expected, found },
                })
            }
        }
    }

    fn read(&self, from: u64, visit: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>) -> Result<(), JournalError> {
        rows(&self.connection, from, visit).map_err(|source| JournalError::Sqlite { path: self.path.clone(), source })
    }

    fn folder(&self) -> Option<&Path> {
        Some(&self.folder)
    }
}

pub(super) fn layout(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn last(connection: &Connection) -> rusqlite::Result<(u64, [u8; HASH_BYTES])> {
    let mut select = connection.prepare("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")?;
    let mut rows = select.query([])?;
    match rows.next()? {
        Some(row) => Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)),
        None => Ok((0, [0; HASH_BYTES])),
    }
}

/// Opens the journal of a state folder for reading, beside the server that writes it.
///
/// # Errors
/// [`JournalError`] when there is none, or of another layout.
pub(super) fn open_to_read(state: &Path) -> Result<(Connection, PathBuf), JournalError> {
    let path = state.join(JOURNAL_FILE);
    if !path.is_file() {
        return Err(JournalError::Missing(path));
    }
    let fault = |source| JournalError::Sqlite { path: path.clone(), source };
    // Whoever reads a file in WAL mode writes the locks beside it.
    let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fault)?;
    connection.busy_timeout(BUSY_WAIT).map_err(fault)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;").map_err(fault)?;
    match layout(&connection).map_err(fault)? {
        LAYOUT => Ok((connection, path)),
        found => Err(JournalError::Layout { path, found }),
    }
}

/// Visits the rows from a sequence on.
pub(super) fn rows(connection: &Connection, from: u64, visit: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>) -> rusqlite::Result<()> {
    let mut select = connection.prepare(&format!("SELECT {COLUMNS} FROM journal WHERE seq >= ?1 ORDER BY seq"))?;
    visit_all(&mut select.query([i64::try_from(from).unwrap_or(i64::MAX)])?, visit)
}

/// Visits rows of [`COLUMNS`] until the visitor breaks.
pub(super) fn visit_all(rows: &mut rusqlite::Rows<'_>, visit: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>) -> rusqlite::Result<()> {
    while let Some(row) = rows.next()? {
        if visit(&read(row)?).is_break() {
            break;
        }
    }
    Ok(())
}

/// A row of [`COLUMNS`].
fn read<'a>(row: &'a rusqlite::Row<'_>) -> rusqlite::Result<Row<'a>> {
    let text = |column| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str()?);
    Ok(Row {
        seq: row.get::<_, i64>(0)? as u64,
        at: text(1)?,
        kind: text(2)?,
        subject: text(3)?,
        event: text(4)?,
        version: row.get(5)?,
        body: text(6)?,
        actor: text(7)?,
        key: row.get_ref(8)?.as_str_or_null()?,
        ask: row.get_ref(9)?.as_blob_or_null()?,
        hash: row.get_ref(10)?.as_blob()?,
    })
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
    use crate::{
        engine::Event,
        model::{Actor, Status, Timestamp},
    };

    fn status(n: usize, expected: Option<u64>) -> Draft {
        let event = Event::StatusSet { id: "car-1".parse().unwrap(), status: Status::ALL[n % Status::ALL.len()] };
        let at = Timestamp::from_unix_ms(1_764_000_000_123);
        Draft { at, what: What::Event(event), actor: Actor::Machine, key: None, expected }
    }

    fn append(journal: &mut Journal, drafts: &[Draft]) -> Result<u64, JournalError> {
        journal.append(&mut drafts.iter().map(Cow::Borrowed))
    }

    fn events(journal: &Journal, from: u64) -> Vec<(u64, Timestamp, Event)> {
        let mut events = Vec::new();
        let mut take = |row: &Row<'_>| {
            events.push((row.seq, row.at().unwrap(), row.event().unwrap()));
            ControlFlow::Continue(())
        };
        journal.read(from, &mut take).unwrap();
        events
    }

    #[test]
    fn what_is_written_comes_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        let drafts: Vec<Draft> = (0..10).map(|n| status(n, None)).collect();
        assert_eq!(append(&mut journal, &drafts[..4]).unwrap(), 4);
        assert_eq!(append(&mut journal, &drafts[4..]).unwrap(), 10);
        drop(journal);
        let journal = Journal::open(folder.path()).unwrap();
        assert_eq!(journal.last(), 10);
        let back = events(&journal, 1);
        assert!(back.iter().zip(&drafts).all(|((_, at, event), draft)| What::Event(event.clone()) == draft.what && *at == draft.at));
        assert_eq!(events(&journal, 8).iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(), [8, 9, 10]);
    }

    #[test]
    fn what_was_decided_by_an_older_event_is_refused_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        append(&mut journal, &[status(0, Some(0)), status(1, None)]).unwrap();
        let error = append(&mut journal, &[status(2, None), status(3, Some(2))]).unwrap_err();
        assert!(matches!(error, JournalError::Expected { expected: 2, found: 3, .. }), "{error}");
        assert_eq!((journal.last(), events(&journal, 1).len()), (2, 2));
        append(&mut journal, &[status(2, Some(2))]).unwrap();
    }

    #[test]
    fn an_older_event_is_known_after_a_restart_too() {
        let folder = tempfile::tempdir().unwrap();
        append(&mut Journal::open(folder.path()).unwrap(), &[status(0, None), status(1, None)]).unwrap();
        let mut journal = Journal::open(folder.path()).unwrap();
        assert!(!folder.path().join("trail.sqlite3").exists());
        let error = append(&mut journal, &[status(2, Some(1))]).unwrap_err();
        assert!(matches!(error, JournalError::Expected { expected: 1, found: 2, .. }), "{error}");
        append(&mut journal, &[status(2, Some(2))]).unwrap();
        // With a trail that is behind, what it knows and what it does not know yet.
        crate::journal::catch_up(folder.path()).unwrap();
        drop(journal);
        for last in [3, 4] {
            let mut journal = Journal::open(folder.path()).unwrap();
            let error = append(&mut journal, &[status(0, Some(last - 1))]).unwrap_err();
            assert!(matches!(error, JournalError::Expected { found, .. } if found == last), "{error}");
            append(&mut journal, &[status(0, Some(last))]).unwrap();
        }
    }

    #[test]
    fn a_second_process_is_kept_out_and_a_reader_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Journal::open(folder.path()).unwrap();
        let error = Journal::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("locked"), "{error}");
        append(&mut first, &[status(1, None)]).unwrap();
        let (reader, _) = open_to_read(folder.path()).unwrap();
        let mut seen = 0;
        let mut count = |_: &Row<'_>| {
            seen += 1;
            ControlFlow::Continue(())
        };
        rows(&reader, 1, &mut count).unwrap();
        assert_eq!(seen, 1);
        append(&mut first, &[status(2, None)]).unwrap();
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(JOURNAL_FILE), vec![7; 8_192]).unwrap();
        assert!(Journal::open(folder.path()).unwrap_err().to_string().contains("not a database"));
        assert!(matches!(open_to_read(&folder.path().join("none")), Err(JournalError::Missing(_))));
    }
}
