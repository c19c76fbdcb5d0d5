//! Notes on their way to the journal.

use std::collections::HashMap;

use parking_lot::Mutex;
use serde_json::json;

use crate::{
    journal::{Draft, Note, Noted, What},
    model::{Actor, Timestamp},
};

/// So many notes wait for the disk one by one; those that come then are merged with one of the same actor, name and subject, and counted.
pub const NOTES_MAX: usize = 1_024;
/// The subject of a note that stands for many of other subjects.
const MANY: &str = "*";

/// A note, or many of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    note: Note,
    actor: Actor,
    /// When the first and the last of them came.
    first: Timestamp,
    last: Timestamp,
    count: u64,
}

impl Held {
    fn same(&self) -> (Actor, Noted, String) {
        (self.actor.clone(), self.note.event, self.note.subject.clone())
    }

    fn merge(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.count += other.count;
        self.note.body = other.note.body;
    }

    /// The row. Of many it says how many, since when, and what the last one said.
    pub(super) fn draft(&self) -> Draft {
        let Self { note: Note { event, subject, body }, actor, first, last, count } = self.clone();
        let body = if count == 1 { body } else { json!({ "count": count, "first_at": first, "last": body }) };
        Draft { at: last, what: What::Note(Note { event, subject, body }), actor, key: None, expected: None }
    }
}

/// What waits. Never more than [`NOTES_MAX`] and one a name.
#[derive(Debug, Default)]
struct Waiting {
    notes: Vec<Held>,
    /// Where each kind stands, from when there is no room.
    places: HashMap<(Actor, Noted, String), usize>,
}

impl Waiting {
    fn put(&mut self, held: Held) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(held);
            return;
        }
        if self.places.is_empty() {
            self.places = self.notes.iter().enumerate().map(|(place, held)| (held.same(), place)).collect();
        }
        let known = self.places.get(&held.same()).and_then(|place| self.notes.get_mut(*place));
        if let Some(known) = known {
            known.merge(held);
            return;
        }
        let many = Held { actor: Actor::Engine, note: Note { subject: MANY.to_owned(), ..held.note }, ..held };
        match self.places.get(&many.same()).and_then(|place| self.notes.get_mut(*place)) {
            Some(known) => known.merge(many),
            None => {
                self.places.insert(many.same(), self.notes.len());
                self.notes.push(many);
            }
        }
    }
}

/// The notes that wait for the disk.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Held for a push or a swap alone, never across a system call.
    waiting: Mutex<Waiting>,
}

impl Notes {
    /// Puts a note; true when it is the first to wait.
    pub(super) fn put(&self, at: Timestamp, actor: Actor, note: Note) -> bool {
        let mut waiting = self.waiting.lock();
        waiting.put(Held { note, actor, first: at, last: at, count: 1 });
        waiting.notes.len() == 1
    }

    /// All that wait.
    pub(super) fn take(&self) -> Vec<Held> {
        std::mem::take(&mut *self.waiting.lock()).notes
    }

    /// Puts back what could not be made durable, before what came meanwhile.
    pub(super) fn put_back(&self, notes: Vec<Held>) {
        let mut waiting = self.waiting.lock();
        let newer = std::mem::take(&mut *waiting).notes;
        notes.into_iter().chain(newer).for_each(|held| waiting.put(held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(subject: usize, n: usize) -> Note {
        Note { event: Noted::Refused, subject: format!("route/{subject}"), body: json!({ "n": n }) }
    }

    fn count(held: &[Held]) -> u64 {
        held.iter().map(|held| held.count).sum()
    }

    #[test]
    fn at_the_limit_each_stands_alone_and_beyond_it_all_are_counted() {
        let notes = Notes::default();
        let at = |n: usize| Timestamp::from_unix_ms(n as i64);
        for n in 0..NOTES_MAX {
            assert_eq!(notes.put(at(n), Actor::Machine, note(n % 10, n)), n == 0);
        }
        let held = notes.take();
        assert!(held.len() == NOTES_MAX && held.iter().all(|held| held.count == 1));
        notes.put_back(held);
        for n in 0..100 {
            notes.put(at(5_000 + n), Actor::Machine, note(3, n));
            notes.put(at(5_000 + n), Actor::Machine, note(100 + n, n));
        }
        let held = notes.take();
        assert_eq!((held.len(), count(&held)), (NOTES_MAX + 1, NOTES_MAX as u64 + 200));
        let many = held.last().unwrap().draft();
        assert_eq!(many.actor, Actor::Engine);
        let What::Note(many) = many.what else { panic!() };
        assert_eq!((many.subject.as_str(), &many.body["count"], &many.body["last"]["n"]), ("*", &json!(100), &json!(99)));
        assert!(notes.take().is_empty());
    }

    #[test]
    fn what_is_put_back_is_bounded_too() {
        let notes = Notes::default();
        for n in 0..3 * NOTES_MAX {
            notes.put(Timestamp::default(), Actor::Machine, note(n, n));
        }
        let held = notes.take();
        for n in 0..NOTES_MAX {
            notes.put(Timestamp::default(), Actor::Machine, note(n, n));
        }
        notes.put_back(held);
        let held = notes.take();
        assert_eq!((held.len(), count(&held)), (NOTES_MAX + 1, 4 * NOTES_MAX as u64));
    }
}
