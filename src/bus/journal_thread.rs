//! The journal's thread: it alone waits for the disk.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use serde_json::json;

use super::{Hash, Shared, notes::Held, now};
use crate::{
    journal::{Draft, JournalError, Log, Note, Noted},
    model::{Actor, Timestamp},
};

/// How often a disk that failed is tried again while no command comes.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Rows to make durable together.
pub(super) type Group = Vec<Draft>;

/// What the journal's thread is asked to do.
#[derive(Debug)]
pub(super) enum Work {
    /// Make these durable.
    Group(Group),
    /// Notes wait.
    Notes,
    /// Nothing comes any more.
    Stop,
}

/// A group that came back: the sequence of its first row and the hash of its last, or why it is not durable.
#[derive(Debug)]
pub(super) struct Committed {
    pub(super) group: Group,
    pub(super) result: Result<(u64, Hash), String>,
}

/// A disk that failed, and has not been well since.
struct Trouble {
    since: Timestamp,
    why: String,
    refused: u64,
}

struct Thread<'a> {
    journal: Box<dyn Log>,
    shared: &'a Shared,
    trouble: Option<Trouble>,
}

/// Commits group after group until the writer stops.
pub(super) fn run(journal: Box<dyn Log>, work: &Receiver<Work>, shared: &Arc<Shared>) {
    let mut thread = Thread { journal, shared, trouble: None };
    loop {
        let next = match thread.trouble {
            // A disk that is well again is found, though nobody asks for anything.
            Some(_) => work.recv_timeout(TRY_AGAIN),
            None => work.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match next {
            Ok(Work::Group(group)) => thread.commit(group),
            Ok(Work::Notes) | Err(RecvTimeoutError::Timeout) => thread.write_notes(),
            Ok(Work::Stop) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    thread.write_notes();
}

impl Thread<'_> {
    fn commit(&mut self, group: Group) {
        let result = self.append(&group);
        if result.is_err()
            && let Some(trouble) = &mut self.trouble
        {
            trouble.refused += group.len() as u64;
        }
        let rows = group.len() as u64;
        let result = result.map(|last| (last - rows + 1, self.journal.hash())).map_err(|error| error.to_string());
        self.shared.inbox.committed(Committed { group, result });
    }

    fn write_notes(&mut self) {
        // What is wrong is told by `append`.
        let _ = self.append(&[]);
    }

    /// Makes notes durable that wait, and after them a group; gives the sequence of the last row.
    fn append(&mut self, group: &[Draft]) -> Result<u64, JournalError> {
        let notes: Vec<Held> = self.shared.notes.take();
        let recovered = self.trouble.as_ref().map(recovered);
        let rows = recovered.into_iter().chain(notes.iter().map(Held::draft)).map(Cow::Owned);
        if notes.is_empty() && group.is_empty() && self.trouble.is_none() {
            return Ok(self.journal.last());
        }
        let result = self.journal.append(&mut rows.chain(group.iter().map(Cow::Borrowed)));
        match &result {
            Ok(_) => {
                if let Some(trouble) = self.trouble.take() {
                    tracing::warn!(since = %trouble.since, refused = trouble.refused, "the journal can be written again");
                }
                self.shared.set_trouble(None);
                metrics::counter!("citygate_journal_commits_total").increment(1);
                metrics::counter!("citygate_journal_events_total").increment(group.len() as u64);
                metrics::counter!("citygate_journal_notes_total").increment(notes.len() as u64);
            }
            Err(error) => {
                tracing::error!(%error, rows = group.len(), "the journal cannot be written");
                metrics::counter!("citygate_journal_failures_total").increment(1);
                self.shared.notes.put_back(notes);
                let why = error.to_string();
                self.shared.set_trouble(Some(why.clone()));
                self.trouble.get_or_insert_with(|| Trouble { since: now(), why, refused: 0 });
            }
        }
        result
    }
}

fn recovered(Trouble { since, why, refused }: &Trouble) -> Draft {
    let body = json!({ "since": since, "why": why, "rows_refused": refused });
    let note = Note { event: Noted::JournalFailed, subject: "journal".to_owned(), body };
    Draft { at: now(), what: crate::journal::What::Note(note), actor: Actor::Engine, key: None, expected: None }
}
