//! The journal's thread: it alone waits for the disk.

use std::sync::{Arc, mpsc::Receiver};

use super::Shared;
use crate::{engine::Event, journal::Journal, model::Timestamp};

/// Events to make durable together.
pub(super) type Group = Vec<(Timestamp, Event)>;

/// A group that came back: the number of its last event, or why it is not durable.
#[derive(Debug)]
pub(super) struct Committed {
    pub(super) group: Group,
    pub(super) result: Result<u64, String>,
}

/// Commits group after group until the writer hangs up.
pub(super) fn run(mut journal: Journal, groups: &Receiver<Group>, shared: &Arc<Shared>) {
    while let Ok(group) = groups.recv() {
        let result = journal.append(group.iter().map(|(at, event)| (*at, event)));
        if let Err(error) = &result {
            tracing::error!(%error, events = group.len(), "the journal cannot be written");
            metrics::counter!("citygate_journal_failures_total").increment(1);
        } else {
            metrics::counter!("citygate_journal_commits_total").increment(1);
            metrics::counter!("citygate_journal_events_total").increment(group.len() as u64);
        }
        shared.inbox.committed(Committed { group, result: result.map_err(|error| error.to_string()) });
    }
}
