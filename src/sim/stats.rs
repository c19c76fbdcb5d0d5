//! What the simulator counts. Everything runs on one thread, so plain cells do.

use std::{cell::Cell, fmt};

/// One counter.
#[derive(Debug, Default)]
pub struct Count(Cell<u64>);

impl Count {
    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.set(self.0.get() + n);
    }

    /// Takes one away.
    pub fn less(&self) {
        self.0.set(self.0.get().saturating_sub(1));
    }

    /// The count.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

/// The counters of one run.
#[derive(Debug, Default)]
pub struct Stats {
    /// Fixes that went into a socket.
    pub sent: Count,
    /// Fixes that the server accepted.
    pub accepted: Count,
    /// Fixes that the server refused.
    pub refused: Count,
    /// Fixes that were not sent: no connection, or the one before is not answered.
    pub skipped: Count,
    /// Senders that are let in now.
    pub connected: Count,
    /// Senders that lost their connection and want it back, now.
    pub reconnecting: Count,
    /// Connections that were lost or not made, so far.
    pub lost: Count,
    /// Changes of status and alarms that the server took.
    pub changes: Count,
    /// Changes that it did not take.
    pub changes_failed: Count,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, accepted, refused, skipped, connected, reconnecting, lost, changes, changes_failed } = self;
        write!(f, "{} connected, {} reconnecting ({} lost)", connected.get(), reconnecting.get(), lost.get())?;
        write!(f, ", fixes: {} sent, {} accepted, {} refused, {} skipped", sent.get(), accepted.get(), refused.get(), skipped.get())?;
        write!(f, ", changes: {} done, {} failed", changes.get(), changes_failed.get())
    }
}
