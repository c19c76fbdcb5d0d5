//! The journal: everything that somebody did, in order, durable before it is acknowledged; and notes of what is on record besides.
//!
//! [`Log`] is what the bus needs of a journal: append with an expected last sequence a subject, read from a sequence on, the last
//! sequence. Its home is [`Journal`], one embedded SQLite file (`journal.sqlite3`, WAL, `synchronous = FULL`): a commit returns when its bytes
//! are on the disk, and one commit carries all that came while the one before was written. Any SQLite tool reads it, also while the server runs:
//!
//! ```sql
//! SELECT seq, at, actor, event, body FROM journal WHERE subject = 'unit/car-1' ORDER BY seq;
//! ```
//!
//! # Layout 3 (`PRAGMA user_version`)
//! The table `journal`, one row a thing that happened:
//!
//! | column | type | what |
//! |---|---|---|
//! | `seq` | INTEGER | 1 for the first row, one more each row, no gap |
//! | `at` | TEXT | when it was decided: RFC 3339, UTC, milliseconds |
//! | `kind` | TEXT | `event`: the state follows from these alone. `note`: on record, and changes no state |
//! | `subject` | TEXT | what it is about: `unit/car-1`, `zone/...`, `closure/...`, `order/...`, `cordon/...`, `gate_plan/...`; a note may name others |
//! | `event` | TEXT | its name: `status_set`, `order_issued`, ...; of notes: `unchanged`, `journal_failed`, ... |
//! | `version` | INTEGER | the version of the form of `body`, 1 at first, by name |
//! | `body` | TEXT | JSON, all of it |
//! | `actor` | TEXT | who: `user:ID`, `program:ID`, `unit:ID`, `machine`, `engine` |
//! | `key` | TEXT | the `Idempotency-Key` that asked for it, on the one row that its command is about; with a space and a number where one request asked for many |
//! | `ask` | BLOB | with a key: the SHA-256 of what was asked (method, space, path and query, line feed, body) |
//! | `hash` | BLOB | the chain, 32 bytes: see below |
//!
//! It has no index but that by `seq`: writing more with each command would cost more than the command. What [`search`] finds rows by is beside
//! it in `trail.sqlite3`, which follows from the journal, is written behind it ([`catch_up`]) and may be removed while no server runs.
//!
//! # The chain
//! `hash` is the SHA-256 of these bytes, one after the other:
//! 1. the `hash` of the row before, 32 bytes; 32 zeros before the first row
//! 2. `seq`, 8 bytes, the lowest first
//! 3. `version`, 4 bytes, the lowest first
//! 4. `at`, `kind`, `subject`, `event`, `body`, `actor`, `key`, `ask`, in this order, each as the count of its bytes (4 bytes, the lowest first)
//!    and its bytes, text as UTF-8; for NULL the four bytes `FF FF FF FF` alone
//!
//! Whoever changes, removes or slips in a row must write every row after it anew, and the last hash then differs from the one that a backup,
//! an export or a log on another machine has. [`verify`] walks the chain and names the first row that is wrong.

mod backup;
mod export;
mod hold;
mod key;
mod last_events;
mod note;
mod row;
mod search;
mod sqlite;
mod trail;
mod verify;

use std::{
    borrow::Cow,
    fmt::Debug,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

pub use backup::{BackupError, Copied, backup, restore};
pub use export::export;
pub use key::{ASK_BYTES, KEY_CHARS_MAX, Key, KeyError};
pub use note::{Note, Noted};
pub use row::{HASH_BYTES, Kind, Row};
pub use search::{First, LIMIT_MAX, Search, search};
pub use sqlite::{JOURNAL_FILE, Journal};
pub use trail::{TRAIL_FILE, catch_up};
pub use verify::{Verified, VerifyError, verify};

use crate::{
    engine::Event,
    model::{Actor, Timestamp},
};

/// What is on record.
#[expect(clippy::large_enum_variant, reason = "nearly all are events, and a piece of memory for each would be dearer")]
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Something that changes the state.
    Event(Event),
    /// Something that does not.
    Note(Note),
}

/// A row that is to be appended.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// When it was decided.
    pub at: Timestamp,
    /// What it is.
    pub what: What,
    /// Who did it.
    pub actor: Actor,
    /// The idempotency key that asked for it.
    pub key: Option<Key>,
    /// The sequence of the last event of its subject that it was decided by; none where that does not matter.
    pub expected: Option<u64>,
}

/// A journal, wherever its home is.
pub trait Log: Debug + Send {
    /// The sequence of the last row; 0 when there is none.
    fn last(&self) -> u64;

    /// The hash of the last row; zeros when there is none.
    fn hash(&self) -> [u8; HASH_BYTES];

    /// Makes rows durable together, all or none, and gives the sequence of the last. Waits for the disk.
    ///
    /// # Errors
    /// [`JournalError`]: nothing of it was kept. [`JournalError::Expected`] where a subject has another last event than the draft says.
    fn append(&mut self, drafts: &mut dyn Iterator<Item = Cow<'_, Draft>>) -> Result<u64, JournalError>;

    /// Reads the rows from a sequence on, in order, until the visitor breaks.
    ///
    /// # Errors
    /// [`JournalError`] when the journal cannot be read.
    fn read(&self, from: u64, visit: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>) -> Result<(), JournalError>;

    /// The folder where what is folded from this journal may be kept, so that a start need not fold it all; none where there is none.
    fn folder(&self) -> Option<&Path>;
}

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
    /// The state folder cannot be used.
    #[error("state folder {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another process has the state folder.
    #[error("state folder {0} is locked by another server: stop that one first, or give this one a folder of its own")]
    InUse(PathBuf),
    /// There is no journal.
    #[error("there is no journal {0}: give the state folder of a server")]
    Missing(PathBuf),
    /// The file was written by another version.
    #[error("journal {path} has layout {found}; this program reads layout {right}: use the version that wrote it, or give this one a state folder of its own", right = sqlite::LAYOUT)]
    Layout {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: i64,
    },
    /// A row cannot be read.
    #[error("journal, row {seq}: {detail}")]
    Row {
        /// The row's number.
        seq: u64,
        /// What is wrong with it.
        detail: String,
    },
    /// Somebody else appended.
    #[error("journal: the last event of {subject} is {found}, not {expected}: somebody else appended")]
    Expected {
        /// The subject.
        subject: String,
        /// What the draft was decided by.
        expected: u64,
        /// What is so.
        found: u64,
    },
}
