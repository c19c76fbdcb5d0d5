//! The idempotency keys that are remembered.

use std::collections::{HashMap, VecDeque};

use smol_str::SmolStr;

use super::Applied;
use crate::{
    journal::{ASK_BYTES, Key},
    model::Actor,
};

/// How many commands with keys are remembered: the last ones. They are found again at replay.
pub const KEYS_MAX: usize = 65_536;

/// Whose key it is, and its text.
type Whose = (Actor, SmolStr);

/// What was asked under a key.
#[derive(Debug)]
struct Asked {
    ask: [u8; ASK_BYTES],
    /// Which of its commands were done, and what came of them.
    done: Vec<(u16, Applied)>,
}

/// What is known of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing: the command is to be done.
    New,
    /// It was done.
    Done(Applied),
    /// Something else was asked under it.
    Other,
}

/// All keys that are remembered.
#[derive(Debug, Default)]
pub(super) struct Keys {
    asked: HashMap<Whose, Asked>,
    /// The first to be done first.
    order: VecDeque<(Whose, u16)>,
}

impl Keys {
    /// What is known of a key of somebody's.
    pub(super) fn find(&self, actor: &Actor, key: &Key) -> Known {
        let Some(asked) = self.asked.get(&(actor.clone(), key.text().clone())) else { return Known::New };
        if asked.ask != *key.ask() {
            return Known::Other;
        }
        let done = asked.done.iter().find(|(part, _)| *part == key.part_no());
        done.map_or(Known::New, |(_, applied)| Known::Done(applied.clone()))
    }

    /// All that are remembered, the first to be done first.
    pub(super) fn all(&self) -> Vec<(Actor, Key, Applied)> {
        let one = |(whose, part): &(Whose, u16)| {
            let Asked { ask, done } = self.asked.get(whose)?;
            let (_, applied) = done.iter().find(|(other, _)| other == part)?;
            Some((whose.0.clone(), Key::again(&whose.1, *part, *ask), applied.clone()))
        };
        self.order.iter().filter_map(one).collect()
    }

    /// Remembers what was done under a key; the oldest is forgotten for it.
    pub(super) fn keep(&mut self, actor: &Actor, key: &Key, applied: Applied) {
        let whose = (actor.clone(), key.text().clone());
        let asked = self.asked.entry(whose.clone()).or_insert_with(|| Asked { ask: *key.ask(), done: Vec::new() });
        asked.done.push((key.part_no(), applied));
        self.order.push_back((whose, key.part_no()));
        if self.order.len() > KEYS_MAX
            && let Some((whose, part)) = self.order.pop_front()
            && let Some(asked) = self.asked.get_mut(&whose)
        {
            asked.done.retain(|(other, _)| *other != part);
            if asked.done.is_empty() {
                self.asked.remove(&whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Subject;

    #[test]
    fn the_last_are_remembered_each_for_its_own_request() {
        let mut keys = Keys::default();
        let key = |n: usize, ask: u8| Key::new(&format!("k{n}"), [ask; ASK_BYTES]).unwrap();
        let applied =
            |seq| Applied { seq, subject: Subject::Unit("u".parse().unwrap()), event: SmolStr::new_static("unit_registered"), made: true };
        for n in 0..=KEYS_MAX {
            keys.keep(&Actor::Machine, &key(n, 0), applied(n as u64));
        }
        assert_eq!(keys.find(&Actor::Machine, &key(0, 0)), Known::New, "the oldest is forgotten");
        assert_eq!(keys.find(&Actor::Machine, &key(1, 0)), Known::Done(applied(1)));
        assert_eq!(keys.find(&Actor::Machine, &key(1, 9)), Known::Other);
        assert_eq!(keys.find(&Actor::Engine, &key(1, 9)), Known::New, "another's key is another key");
        assert_eq!(keys.find(&Actor::Machine, &key(1, 0).part(0)), Known::New);
        assert_eq!(keys.find(&Actor::Machine, &key(1, 9).part(0)), Known::Other);
        assert_eq!((keys.asked.len(), keys.order.len()), (KEYS_MAX, KEYS_MAX));
    }
}
