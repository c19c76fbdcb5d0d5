//! The trail: which rows of the journal are of whom, about what, of which name and when, so that a search need not look at each.
//!
//! One SQLite file, `trail.sqlite3`. It follows from the journal and is written behind it, many rows at a time: to write it with each
//! command would cost more than the command. Whoever asks it looks at the rows after its last one himself, so it may always be behind.
//! It is never needed for the truth: one that is missing, damaged, of another layout or of another journal says nothing, and is made anew.
//! WAL with `synchronous = NORMAL`: a power cut takes its newest rows and tears nothing.
//!
//! # Layout 1 (`PRAGMA user_version`)
//! | table | column | what |
//! |---|---|---|
//! | `trail`, one row | `seq`, `hash` | the last row of the journal that it knows, and that row's hash |
//! | `lists` | `field`, `word`, `kind` | `actor`, `event` or `subject`; what the rows have there; `event` or `note` |
//! | | `last`, `count`, `seqs` | the last row of the list, how many there are, all of them as JSON; a word has many lists, one after the other |
//! | `minutes` | `minute`, `first`, `last` | the begin of `at`, `2026-11-22T14:32`; the first and the last row that have it |

use std::{
    collections::{BTreeMap, HashMap},
    ops::ControlFlow,
    path::Path,
};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior,
    config::DbConfig,
    params, params_from_iter,
    types::{Type, Value},
};
use smol_str::SmolStr;

use super::{HASH_BYTES, JournalError, Kind, Row, sqlite};

/// The trail's file in the state folder.
pub const TRAIL_FILE: &str = "trail.sqlite3";
/// The version of the file's layout; in SQLite's `user_version`.
const LAYOUT: i64 = 1;
/// The most rows of the journal that are taken at once. Some megabytes, and a tenth of a second.
const CHUNK: usize = 50_000;
/// The characters of a time up to its minute.
const MINUTE_CHARS: usize = 16;

/// A trail that fits the journal, at one moment.
#[derive(Debug)]
pub(super) struct Trail<'a> {
    connection: &'a Connection,
    last: i64,
}

/// Asks the trail of a journal. Nothing where there is none that can be asked: that is told, and all rows are to be looked at.
///
/// Within a transaction of the journal that has read nothing yet, the journal's moment is not before the trail's.
pub(super) fn ask<T>(state: &Path, journal: &Connection, question: impl FnOnce(&Trail<'_>) -> rusqlite::Result<T>) -> Option<T> {
    let path = state.join(TRAIL_FILE);
    if !path.exists() {
        return None;
    }
    let asked = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
        let asked = look(&connection, journal, question);
        if asked.as_ref().is_err_and(is_damage) {
            make(&connection)?;
        }
        asked
    });
    asked.unwrap_or_else(|error| {
        tracing::warn!(path = %path.display(), %error, "the trail cannot be asked: the journal is walked");
        None
    })
}

fn look<T>(
    connection: &Connection,
    journal: &Connection,
    question: impl FnOnce(&Trail<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    let transaction = connection.unchecked_transaction()?;
    match last(&transaction, journal)? {
        Some(last) => question(&Trail { connection: &transaction, last }).map(Some),
        None => Ok(None),
    }
}

/// Takes the next rows of a journal into its trail, beside the server that writes it and whoever searches. Whether there are more. Some
/// microseconds a row.
///
/// # Errors
/// [`JournalError`] when the journal cannot be read, or the trail not be written.
pub fn catch_up(state: &Path) -> Result<bool, JournalError> {
    let (journal, _) = sqlite::open_to_read(state)?;
    let path = state.join(TRAIL_FILE);
    let caught_up = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).and_then(|mut trail| {
        match take(&mut trail, &journal) {
            Err(error) if is_damage(&error) => tracing::warn!(path = %path.display(), %error, "the trail is damaged, and made anew"),
            Ok(None) => {}
            taken => return taken,
        }
        make(&trail)?;
        take(&mut trail, &journal)
    });
    caught_up.map(Option::unwrap_or_default).map_err(|source| JournalError::Sqlite { path, source })
}

fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(sqlite::BUSY_WAIT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    Ok(connection)
}

/// Whether what is in the file is wrong, and not the disk, a lock or a right.
fn is_damage(error: &rusqlite::Error) -> bool {
    use ErrorCode::{ConstraintViolation, DatabaseCorrupt, NotADatabase, Unknown};
    // What is no error of SQLite is a value that is none; an unknown one is a table that is not there.
    error.sqlite_error_code().is_none_or(|code| matches!(code, ConstraintViolation | DatabaseCorrupt | NotADatabase | Unknown))
}

/// Empties the file, whatever it holds, and lays it out. Whoever asks meanwhile sees all that was there, or nothing.
fn make(trail: &Connection) -> rusqlite::Result<()> {
    trail.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, true)?;
    trail.execute_batch("VACUUM")?;
    trail.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, false)?;
    trail.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         BEGIN IMMEDIATE;
         CREATE TABLE trail (seq INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
         CREATE TABLE lists (
             field TEXT NOT NULL,
             word TEXT NOT NULL,
             kind TEXT NOT NULL,
             last INTEGER NOT NULL,
             count INTEGER NOT NULL,
             seqs TEXT NOT NULL,
             PRIMARY KEY (field, word, kind, last)
         ) STRICT, WITHOUT ROWID;
         CREATE TABLE minutes (minute TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
         INSERT INTO trail VALUES (0, zeroblob({HASH_BYTES}));
         PRAGMA user_version = {LAYOUT};
         COMMIT;"
    ))
}

/// The last row that a trail knows; none where the journal has not that row, or the file not this layout.
fn last(trail: &Connection, journal: &Connection) -> rusqlite::Result<Option<i64>> {
    if sqlite::layout(trail)? != LAYOUT {
        return Ok(None);
    }
    let (seq, hash): (i64, [u8; HASH_BYTES]) = trail.query_row("SELECT seq, hash FROM trail", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let right: Option<[u8; HASH_BYTES]> =
        journal.query_row("SELECT hash FROM journal WHERE seq = ?1", [seq], |row| row.get(0)).optional()?;
    Ok((seq == 0 || right == Some(hash)).then_some(seq))
}

/// Takes a chunk; whether there is more. Nothing where the trail does not fit the journal.
fn take(trail: &mut Connection, journal: &Connection) -> rusqlite::Result<Option<bool>> {
    trail.execute_batch("PRAGMA synchronous = NORMAL")?;
    // Of two at once the second goes on where the first ended.
    let transaction = trail.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(last) = last(&transaction, journal)? else { return Ok(None) };
    let mut chunk = Chunk::default();
    sqlite::rows(journal, last as u64 + 1, &mut |row| chunk.take(row))?;
    if chunk.count > 0 {
        let is_full = chunk.count == CHUNK;
        chunk.write(&transaction)?;
        transaction.commit()?;
        return Ok(Some(is_full));
    }
    Ok(Some(false))
}

/// Rows that are taken together.
#[derive(Debug, Default)]
struct Chunk {
    count: usize,
    last: i64,
    hash: Vec<u8>,
    /// By field, word and kind.
    lists: HashMap<(&'static str, SmolStr, SmolStr), Vec<i64>>,
    minutes: BTreeMap<SmolStr, (i64, i64)>,
}

impl Chunk {
    fn take(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        let seq = row.seq as i64;
        for (field, word) in [("actor", row.actor), ("event", row.event), ("subject", row.subject)] {
            self.lists.entry((field, SmolStr::new(word), SmolStr::new(row.kind))).or_default().push(seq);
        }
        self.minutes.entry(minute(row.at)).or_insert((seq, seq)).1 = seq;
        (self.count, self.last) = (self.count + 1, seq);
        self.hash.clear();
        self.hash.extend_from_slice(row.hash);
        if self.count == CHUNK { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn write(self, trail: &Connection) -> rusqlite::Result<()> {
        let mut lists: Vec<_> = self.lists.into_iter().collect();
        // In the order of the table: a page of it is written once.
        lists.sort_unstable();
        let mut insert = trail.prepare("INSERT INTO lists (field, word, kind, last, count, seqs) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for ((field, word, kind), seqs) in lists {
            let text = serde_json::to_string(&seqs).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            insert.execute(params![field, word.as_str(), kind.as_str(), seqs.last(), seqs.len() as i64, text])?;
        }
        let mut upsert =
            trail.prepare("INSERT INTO minutes VALUES (?1, ?2, ?3) ON CONFLICT (minute) DO UPDATE SET last = excluded.last")?;
        for (minute, (first, last)) in self.minutes {
            upsert.execute(params![minute.as_str(), first, last])?;
        }
        trail.execute("UPDATE trail SET seq = ?1, hash = ?2", params![self.last, self.hash])?;
        Ok(())
    }
}

fn minute(at: &str) -> SmolStr {
    SmolStr::new(at.get(..MINUTE_CHARS).unwrap_or(at))
}

impl Trail<'_> {
    /// The last row that it knows.
    pub(super) const fn last(&self) -> i64 {
        self.last
    }

    /// The last event of a subject; 0 where it knows none.
    pub(super) fn last_event(&self, subject: &str) -> rusqlite::Result<i64> {
        let sql = "SELECT coalesce(max(last), 0) FROM lists WHERE field = 'subject' AND word = ?1 AND kind = ?2";
        self.connection.query_row(sql, [subject, Kind::Event.as_str()], |row| row.get(0))
    }

    /// The rows of a field that have a word for which the condition on `word` holds, ascending; none where there are more than so many.
    pub(super) fn rows(
        &self,
        field: &str,
        condition: &str,
        words: &[Value],
        kind: Option<Kind>,
        most: i64,
    ) -> rusqlite::Result<Option<Vec<i64>>> {
        let mut sql = format!("SELECT count, seqs FROM lists WHERE field = ? AND {condition}");
        let mut values = vec![Value::Text(field.to_owned())];
        values.extend_from_slice(words);
        if let Some(kind) = kind {
            sql += " AND kind = ?";
            values.push(Value::Text(kind.to_string()));
        }
        let mut select = self.connection.prepare(&sql)?;
        let (mut lists, mut count, mut seqs) = (select.query(params_from_iter(values))?, 0, Vec::new());
        while let Some(list) = lists.next()? {
            count += list.get::<_, i64>(0)?;
            if count > most {
                return Ok(None);
            }
            let wrong = |error| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(error));
            seqs.extend(serde_json::from_str::<Vec<i64>>(list.get_ref(1)?.as_str()?).map_err(wrong)?);
        }
        seqs.sort_unstable();
        Ok(Some(seqs))
    }

    /// The first and the last row of a stretch of time, both its minutes counted whole; none where there is none. The clock may have been set
    /// back: not all between them are of it.
    pub(super) fn stretch(&self, from: &str, until: &str) -> rusqlite::Result<Option<(i64, i64)>> {
        let sql = "SELECT min(first), max(last) FROM minutes WHERE minute BETWEEN ?1 AND ?2";
        let (first, last): (Option<i64>, Option<i64>) =
            self.connection.query_row(sql, [minute(from).as_str(), minute(until).as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(first.zip(last))
    }
}
