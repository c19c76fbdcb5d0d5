//! Backups of a state folder while its server runs, and back again.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};

use super::{TRAIL_FILE, Verified, VerifyError, hold::LOCK_FILE, verify};

/// How SQLite's files end.
const SQLITE: &str = ".sqlite3";
/// What is beside them while they are open, is of a running server alone, or was never finished.
const PASSING: [&str; 4] = ["-wal", "-shm", "-journal", ".tmp"];
/// How long another's lock is waited for, and how often that is tried.
const BUSY_WAIT: Duration = Duration::from_millis(100);
const TRIES: usize = 50;

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is something already.
    #[error("{0} is not empty: give a folder that is, or is not there yet")]
    NotEmpty(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A database cannot be copied.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A database is locked all the time.
    #[error("{0} is locked by another program: try again when that has ended")]
    Locked(PathBuf),
    /// The copy's journal is not as it was written.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// The files.
    pub files: usize,
    /// The journal of the copy, whose chain was walked.
    pub journal: Verified,
}

fn fault(path: &Path) -> impl Fn(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |source| BackupError::File { path: path.clone(), source }
}

/// Copies a state folder, its server running or not, and walks the copied journal's chain. Every SQLite file is copied as it is at one
/// moment; commands and fixes go on meanwhile. The trail is left out: it is made anew.
///
/// # Errors
/// [`BackupError`]; the target is then not there, or as it was.
pub fn backup(state: &Path, target: &Path) -> Result<Copied, BackupError> {
    copy(state, target)
}

/// Makes a state folder of a backup, whose chain is walked before. Never writes over anything.
///
/// # Errors
/// [`BackupError`]; the state folder is then not there, or as it was.
pub fn restore(from: &Path, state: &Path) -> Result<Copied, BackupError> {
    verify(from)?;
    copy(from, state)
}

fn copy(from: &Path, target: &Path) -> Result<Copied, BackupError> {
    if target.exists() && fs::read_dir(target).map_err(fault(target))?.next().is_some() {
        return Err(BackupError::NotEmpty(target.to_owned()));
    }
    // All or nothing: the folder gets its name when all is in it and on the disk.
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let (parent, unfinished) = (target.parent().unwrap_or(Path::new("")), target.with_file_name(name));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(fault(&unfinished))?;
    }
    fs::create_dir_all(&unfinished).map_err(fault(&unfinished))?;
    let copied = fill(from, &unfinished).and_then(|copied| {
        sync(&unfinished)?;
        fs::rename(&unfinished, target).map_err(fault(target))?;
        sync(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })?;
        Ok(copied)
    });
    if copied.is_err() {
        // What is told is why it failed, not that its remains could not be removed.
        let _ = fs::remove_dir_all(&unfinished);
    }
    copied
}

fn fill(from: &Path, target: &Path) -> Result<Copied, BackupError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(from).map_err(fault(from))? {
        let entry = entry.map_err(fault(from))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let passes = [LOCK_FILE, TRAIL_FILE].contains(&&*name) || PASSING.iter().any(|end| name.ends_with(end));
        if !passes && entry.file_type().map_err(fault(&entry.path()))?.is_file() {
            names.push(name);
        }
    }
    // What is folded from the journal comes first: it is then never ahead of the journal that it is folded from.
    names.sort_by_key(|name| (name.ends_with(SQLITE), name.clone()));
    for name in &names {
        let (source, copy) = (from.join(name), target.join(name));
        if name.ends_with(SQLITE) {
            copy_database(&source, &copy)?;
            let mode = fs::metadata(&source).map_err(fault(&source))?.permissions();
            fs::set_permissions(&copy, mode).map_err(fault(&copy))?;
        } else {
            match fs::copy(&source, &copy) {
                // The server removed or renamed it meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                copied => copied.map_err(fault(&source))?,
            };
        }
        sync(&copy)?;
    }
    let journal = verify(target)?;
    // Whoever reads a database in WAL mode leaves nothing beside it.
    Ok(Copied { files: names.len(), journal })
}

fn copy_database(source: &Path, copy: &Path) -> Result<(), BackupError> {
    let fault = |error| BackupError::Sqlite { path: source.to_owned(), source: error };
    let from = Connection::open_with_flags(source, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(fault)?;
    let mut to = Connection::open(copy).map_err(fault)?;
    let backup = Backup::new(&from, &mut to).map_err(fault)?;
    for _ in 0..TRIES {
        // In one step: one moment, whatever is written meanwhile.
        match backup.step(-1).map_err(fault)? {
            StepResult::Done => return Ok(()),
            _ => std::thread::sleep(BUSY_WAIT),
        }
    }
    Err(BackupError::Locked(source.to_owned()))
}

fn sync(path: &Path) -> Result<(), BackupError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(fault(path))
}
