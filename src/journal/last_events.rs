//! The last event of each subject: a row that was decided by an older one is refused.

use std::{collections::HashMap, path::Path};

use rusqlite::{Connection, OptionalExtension, params};
use smol_str::SmolStr;

use super::{Kind, trail};

/// The most subjects that are remembered from one commit to the next. Some 15 MB.
const SUBJECTS_MAX: usize = 1 << 18;

/// What is remembered of it.
#[derive(Debug, Default)]
pub(super) struct LastEvents {
    known: HashMap<SmolStr, u64>,
    /// A subject that is not known has no event after this row.
    since: u64,
}

impl LastEvents {
    /// Nothing is remembered, up to this row.
    pub(super) fn since(last: u64) -> Self {
        Self { known: HashMap::new(), since: last }
    }

    /// Before rows are appended: forgets where it knows too many.
    pub(super) fn bound(&mut self, last: u64) {
        if self.known.len() > SUBJECTS_MAX {
            *self = Self::since(last);
        }
    }

    /// An event that is appended.
    pub(super) fn set(&mut self, subject: &str, seq: u64) {
        match self.known.get_mut(subject) {
            Some(last) => *last = seq,
            None => drop(self.known.insert(SmolStr::new(subject), seq)),
        }
    }

    /// The last event of a subject; 0 where there is none. What is not remembered is asked of the trail, and looked for in the rows after it.
    pub(super) fn get(&mut self, subject: &str, state: &Path, journal: &Connection) -> rusqlite::Result<u64> {
        if let Some(last) = self.known.get(subject) {
            return Ok(*last);
        }
        let (trailed, found) = trail::ask(state, journal, |trail| Ok((trail.last(), trail.last_event(subject)?))).unwrap_or_default();
        let sql = "SELECT seq FROM journal WHERE seq > ?1 AND seq <= ?2 AND subject = ?3 AND kind = ?4 ORDER BY seq DESC LIMIT 1";
        let after = params![trailed, self.since as i64, subject, Kind::Event.as_str()];
        let last = journal.query_row(sql, after, |row| row.get::<_, i64>(0)).optional()?.unwrap_or(found) as u64;
        self.set(subject, last);
        Ok(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Journal, sqlite};

    #[test]
    fn only_so_many_are_remembered() {
        let folder = tempfile::tempdir().unwrap();
        drop(Journal::open(folder.path()).unwrap());
        let (journal, _) = sqlite::open_to_read(folder.path()).unwrap();
        let mut events = LastEvents::since(0);
        let last = |events: &mut LastEvents, subject: &str| events.get(subject, folder.path(), &journal).unwrap();
        for n in 1..=SUBJECTS_MAX as u64 {
            events.set(&format!("unit/{n}"), n);
        }
        events.bound(SUBJECTS_MAX as u64);
        assert_eq!(last(&mut events, "unit/9"), 9);
        events.set("unit/0", 1 + SUBJECTS_MAX as u64);
        events.bound(1 + SUBJECTS_MAX as u64);
        assert!(events.known.is_empty());
        assert_eq!(last(&mut events, "unit/9"), 0, "the journal has no such row");
        assert_eq!((events.known.len(), events.since), (1, 1 + SUBJECTS_MAX as u64));
    }
}
