//! The hold on a state folder: one server at a time, and readers of its files beside it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
    time::{Duration, Instant},
};

use super::JournalError;

/// The file that is locked. It stays when the server is gone; the lock does not.
pub(super) const LOCK_FILE: &str = "server.lock";
/// How long another process's lock is waited for: long enough for one that is just stopping,
const WAIT: Duration = Duration::from_millis(500);
/// and how often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Holds a state folder until it is dropped, or the process ends however it ends. SQLite's own locks stay free for readers.
#[derive(Debug)]
pub(super) struct Hold(#[expect(dead_code, reason = "the lock goes with the file")] File);

impl Hold {
    /// Takes the folder.
    ///
    /// # Errors
    /// [`JournalError::InUse`] when another process has it.
    pub(super) fn take(state: &Path) -> Result<Self, JournalError> {
        let fault = |source| JournalError::Folder { path: state.to_owned(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(state.join(LOCK_FILE)).map_err(fault)?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::Error(source)) => return Err(fault(source)),
                Err(TryLockError::WouldBlock) if begun.elapsed() >= WAIT => return Err(JournalError::InUse(state.to_owned())),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
            }
        }
    }
}
