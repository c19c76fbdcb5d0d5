//! What is kept of people and programs: one SQLite file beside the journal, readable by its owner alone.

use std::{
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, params};
use serde::{Serialize, de::DeserializeOwned};

/// The file in the state folder.
pub const ACCESS_FILE: &str = "access.sqlite3";
/// The version of the file's layout; in SQLite's `user_version`.
const LAYOUT: i64 = 1;
/// How long another process's lock is waited for.
const BUSY_WAIT: std::time::Duration = std::time::Duration::from_millis(500);

/// What can go wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed: the disk is full, gone or broken, or the file is no such file.
    #[error("accounts {path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The file cannot be made.
    #[error("accounts {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file was written by another version.
    #[error("accounts {path} have layout {found}; this program reads layout {LAYOUT}: use the version that wrote them")]
    Layout {
        /// The file.
        path: PathBuf,
        /// Its layout.
        found: i64,
    },
    /// A row cannot be read. What is wrong with it is not said: it may hold a secret.
    #[error("accounts {path}: the row {id} of {table} cannot be read")]
    Row {
        /// The file.
        path: PathBuf,
        /// The table.
        table: &'static str,
        /// The row.
        id: String,
    },
}

/// The tables. Each has an `id` and a `body` of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// People, by their name.
    Accounts,
    /// Open sessions, by the hash of their secret.
    Sessions,
    /// Tokens of programs, by their name.
    Tokens,
    /// The keys that sign tokens, by their name.
    Keys,
}

impl Table {
    const ALL: [Self; 4] = [Self::Accounts, Self::Sessions, Self::Tokens, Self::Keys];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Sessions => "sessions",
            Self::Tokens => "tokens",
            Self::Keys => "keys",
        }
    }
}

/// The open file. The lock on the state folder, which the journal takes first, keeps a second server out; a backup reads beside it.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the file in a state folder, and makes it where there is none.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be used.
    pub(super) fn open(state: &Path) -> Result<Self, StoreError> {
        let path = state.join(ACCESS_FILE);
        let wrong = |source| StoreError::File { path: path.clone(), source };
        std::fs::create_dir_all(state).map_err(wrong)?;
        // SQLite gives the files beside it the rights of this one.
        std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(wrong)?;
        let fault = |source| StoreError::Sqlite { path: path.clone(), source };
        let connection = Connection::open(&path).map_err(fault)?;
        connection.busy_timeout(BUSY_WAIT).map_err(fault)?;
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;
                 PRAGMA secure_delete = ON;",
            )
            .map_err(fault)?;
        let layout: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fault)?;
        match layout {
            0 => {
                let tables: String = Table::ALL
                    .iter()
                    .map(|table| format!("CREATE TABLE {} (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;", table.as_str()))
                    .collect();
                connection.execute_batch(&format!("BEGIN IMMEDIATE; {tables} PRAGMA user_version = {LAYOUT}; COMMIT;")).map_err(fault)?;
            }
            LAYOUT => {}
            found => return Err(StoreError::Layout { path, found }),
        }
        Ok(Self { connection, path })
    }

    fn fault(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Sqlite { path: self.path.clone(), source }
    }

    /// Every row of a table, by id.
    ///
    /// # Errors
    /// [`StoreError`] for a row that cannot be read.
    pub(super) fn load<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<(String, T)>, StoreError> {
        let mut select =
            self.connection.prepare(&format!("SELECT id, body FROM {} ORDER BY id", table.as_str())).map_err(|error| self.fault(error))?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(|error| self.fault(error))?;
        rows.map(|row| {
            let (id, body): (String, String) = row.map_err(|error| self.fault(error))?;
            match serde_json::from_str(&body) {
                Ok(value) => Ok((id, value)),
                Err(_) => Err(StoreError::Row { path: self.path.clone(), table: table.as_str(), id }),
            }
        })
        .collect()
    }

    /// Writes a row; durable when this returns.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`]: nothing was kept.
    pub(super) fn put<T: Serialize>(&self, table: Table, id: &str, value: &T) -> Result<(), StoreError> {
        let body = serde_json::to_string(value).map_err(|error| self.fault(rusqlite::Error::ToSqlConversionFailure(Box::new(error))))?;
        let write =
            format!("INSERT INTO {} (id, body) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET body = excluded.body", table.as_str());
        self.connection.execute(&write, params![id, body]).map(|_| ()).map_err(|error| self.fault(error))
    }

    /// Removes a row, if it is there; durable when this returns.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`]: nothing was removed.
    pub(super) fn remove(&self, table: Table, id: &str) -> Result<(), StoreError> {
        let write = format!("DELETE FROM {} WHERE id = ?1", table.as_str());
        self.connection.execute(&write, params![id]).map(|_| ()).map_err(|error| self.fault(error))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn rows_outlive_the_process_and_are_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.put(Table::Accounts, "b", &1).unwrap();
        store.put(Table::Accounts, "a", &2).unwrap();
        store.put(Table::Accounts, "b", &3).unwrap();
        store.put(Table::Keys, "b", &4).unwrap();
        store.remove(Table::Keys, "b").unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
        }
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.load::<u32>(Table::Accounts).unwrap(), [("a".to_owned(), 2), ("b".to_owned(), 3)]);
        assert_eq!(store.load::<u32>(Table::Keys).unwrap(), []);
        store.put(Table::Keys, "k", &"secret").unwrap();
        let error = store.load::<u32>(Table::Keys).unwrap_err().to_string();
        assert!(error.contains("the row k of keys") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn another_layout_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Connection::open(folder.path().join(ACCESS_FILE)).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
        assert!(matches!(Store::open(folder.path()), Err(StoreError::Layout { found: 9, .. })));
    }
}
