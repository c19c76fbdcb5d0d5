//! The keeper's thread: positions and the journal's trail every few seconds, snapshots from time to time. Whatever fails here is told, and
//! needed by nobody.

use std::{path::Path, time::Duration};

use super::{
    Shared,
    positions::Positions,
    snapshot::{Capture, Hash},
};
use crate::journal;

/// Keeps until the bus is stopped. `last` is the row of the snapshot that there is.
pub(super) fn run(shared: &Shared, folder: &Path, base: Hash, mut last: u64) {
    let every = Duration::from_secs(u64::from(shared.limits.positions_s.max(1)));
    let mut positions = Positions::default();
    loop {
        let is_behind = journal::catch_up(folder).unwrap_or_else(|error| {
            tracing::warn!(%error, "the trail cannot be written: searches take longer");
            false
        });
        let is_over = shared.ending.wait(if is_behind { Duration::ZERO } else { every });
        if let Err(error) = positions.write(&shared.world, folder) {
            tracing::warn!(%error, "the positions cannot be kept: after a restart units are where their next fix says");
        }
        if shared.applied.read().0 >= last.saturating_add(shared.limits.snapshot_rows.max(1)) {
            // Meanwhile nothing is applied: the writer goes on with fixes, and acknowledges commands after it.
            let applied = shared.applied.read();
            let (at, capture) = (*applied, Capture::new(&shared.world, &shared.ledger.versions.read(), &shared.ledger.keys.read()));
            drop(applied);
            // One that fails is tried again after as many rows: a disk that is full is not filled every few seconds.
            last = at.0;
            match capture.write(folder, at, base) {
                Ok(()) => tracing::debug!(seq = at.0, "a snapshot is made"),
                Err(error) => tracing::warn!(%error, "no snapshot can be made: the next start takes longer"),
            }
        }
        if is_over {
            return;
        }
    }
}
