//! Who decides: commands in, rows out; rows that are durable in, acknowledgements out.
//!
//! Synchronous, without threads, disk or clock. The writer's thread drives it, and so does whoever simulates one.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use parking_lot::RwLock;
use smol_str::SmolStr;

use super::{
    Applied, CommandError, Request,
    keys::{Keys, Known},
    versions::Versions,
};
use crate::{
    engine::{Engine, Event, Subject},
    journal::{Draft, Key, Note, Noted, What},
    model::{Actor, Timestamp},
};

/// The most commands in one commit.
const GROUP_MAX: usize = 1_024;

/// What was done, beside the state: which event of each thing was the last, and what keys were used.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Written after the world, for each group: whoever reads a sequence before the thing has no newer one than the thing.
    pub(super) versions: RwLock<Versions>,
    /// Asked by doors too, before they begin long work.
    pub(super) keys: RwLock<Keys>,
}

/// Decides, and applies what is durable.
#[derive(Debug)]
pub struct Decider {
    pub(super) engine: Engine,
    pub(super) ledger: Arc<Ledger>,
}

/// A command whose rows are on their way to the disk, and who waits for it.
#[derive(Debug)]
pub struct Doing<R> {
    /// How many rows it has.
    rows: usize,
    subject: Subject,
    event: &'static str,
    made: bool,
    key: Option<(Actor, Key)>,
    who: R,
}

/// Answers for those who wait.
pub type Answers<R> = Vec<(R, Result<Applied, CommandError>)>;

/// A group of commands that was decided.
#[derive(Debug)]
pub struct Decided<R> {
    /// To be made durable together.
    pub rows: Vec<Draft>,
    /// Whose they are, in their order.
    pub doing: Vec<Doing<R>>,
    /// Those for whom nothing need be durable.
    pub answers: Answers<R>,
}

/// What one command comes to.
enum Came {
    Answer(Result<Applied, CommandError>),
    /// Its rows; the name of the one that is its own, and whether that makes what it is about.
    Rows(Vec<Draft>, &'static str, bool),
}

impl Decider {
    /// The engine, for fixes and ticks.
    pub const fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// The sequence of the last event of a thing; 0 where it is as the city's files say.
    #[must_use]
    pub fn last_event(&self, subject: &Subject) -> u64 {
        self.ledger.versions.read().last(self.engine.world(), subject).unwrap_or(0)
    }

    /// Decides what waits, up to the first command that touches what an earlier one of the group touches. Nothing may be decided before the
    /// group is applied, or known not to be durable.
    pub fn next<R>(&mut self, waiting: &mut VecDeque<(Request, R)>, at: Timestamp) -> Decided<R> {
        let mut decided = Decided { rows: Vec::new(), doing: Vec::new(), answers: Vec::new() };
        let mut touched = HashSet::new();
        while decided.doing.len() < GROUP_MAX {
            let Some((request, _)) = waiting.front() else { break };
            let (touches, is_alone) = (touches(request), request.command.is_alone());
            if (is_alone && !decided.doing.is_empty()) || touches.iter().any(|name| touched.contains(name)) {
                break;
            }
            let Some((request, who)) = waiting.pop_front() else { break };
            match self.decide(&request, at) {
                Came::Answer(answer) => decided.answers.push((who, answer)),
                Came::Rows(rows, event, made) => {
                    let key = request.key.map(|key| (request.actor, key));
                    decided.doing.push(Doing { rows: rows.len(), subject: request.command.subject(), event, made, key, who });
                    decided.rows.extend(rows);
                    touched.extend(touches);
                    if is_alone {
                        break;
                    }
                }
            }
        }
        decided
    }

    fn decide(&self, request: &Request, at: Timestamp) -> Came {
        let Request { command, actor, key, expected } = request;
        let (world, subject) = (self.engine.world(), command.subject());
        if let Some(key) = key {
            match self.ledger.keys.read().find(actor, key) {
                Known::New => {}
                Known::Done(applied) => return Came::Answer(Ok(applied)),
                Known::Other => return Came::Answer(Err(CommandError::KeyUsed(key.text().to_string()))),
            }
        }
        let versions = self.ledger.versions.read();
        let known = versions.last(world, &subject);
        // A thing of the city's files that no event changed has the sequence 0.
        let last = world.knows(&subject).then(|| known.unwrap_or(0));
        if !expected.holds(last) {
            return Came::Answer(Err(CommandError::Unexpected { subject, last }));
        }
        let events = match self.engine.decide(command) {
            Ok(events) => events,
            Err(rejection) => return Came::Answer(Err(rejection.into())),
        };
        // One row is the command's own: the last that is about what the command is about.
        let own = events.iter().rposition(|event| event.subject() == subject).unwrap_or(0);
        let name = events.get(own).map_or(Noted::Unchanged.as_str(), Event::name);
        let made = events.get(own).is_some_and(|event| versions.makes(world, event));
        let draft = |what, key, expected| Draft { at, what, actor: actor.clone(), key, expected };
        match key {
            None if events.is_empty() => {
                Came::Answer(Ok(Applied { seq: known.unwrap_or(0), subject, event: SmolStr::new_static(name), made }))
            }
            // It is done, and must be known as done when it is asked again after another has changed the thing.
            Some(key) if events.is_empty() => {
                let note = Note { event: Noted::Unchanged, subject: subject.to_string(), body: serde_json::json!({}) };
                Came::Rows(vec![draft(What::Note(note), Some(key.clone()), None)], name, made)
            }
            key => {
                let mut seen: HashSet<Subject> = HashSet::new();
                let mut row = |(n, event): (usize, Event)| {
                    let about = event.subject();
                    let expected = versions.last(world, &about).filter(|_| !seen.contains(&about));
                    seen.insert(about);
                    draft(What::Event(event), key.clone().filter(|_| n == own), expected)
                };
                Came::Rows(events.into_iter().enumerate().map(&mut row).collect(), name, made)
            }
        }
    }

    /// Applies a group whose rows are durable, the first of them with this sequence.
    pub fn apply<R>(&mut self, rows: &[Draft], doing: Vec<Doing<R>>, first: u64) -> Answers<R> {
        let events = || {
            rows.iter().zip(first..).filter_map(|(draft, seq)| match &draft.what {
                What::Event(event) => Some((draft.at, event, seq)),
                What::Note(_) => None,
            })
        };
        if let Err(error) = self.engine.apply(events().map(|(at, event, _)| (at, event))) {
            tracing::error!(%error, "a decided event does not fit the state");
        }
        let world = self.engine.world();
        {
            let mut versions = self.ledger.versions.write();
            events().for_each(|(_, event, seq)| versions.set(world, event, seq));
            versions.sweep(world);
        }
        let (mut keys, mut seq) = (self.ledger.keys.write(), first - 1);
        let mut answer = |Doing { rows, subject, event, made, key, who }: Doing<R>| {
            seq += rows as u64;
            let applied = Applied { seq, subject, event: SmolStr::new_static(event), made };
            if let Some((actor, key)) = key {
                keys.keep(&actor, &key, applied.clone());
            }
            (who, Ok(applied))
        };
        doing.into_iter().map(&mut answer).collect()
    }
}

/// Answers for a group whose rows are not durable: nothing was done.
#[must_use]
pub fn refused<R>(doing: Vec<Doing<R>>, why: &str) -> Answers<R> {
    doing.into_iter().map(|doing| (doing.who, Err(CommandError::Journal(why.to_owned())))).collect()
}

/// What a request touches: a key is used by one command at a time.
fn touches(request: &Request) -> Vec<String> {
    let mut touches = request.command.touches();
    touches.extend(request.key.iter().map(|key| format!("key {} {}", request.actor, key.text())));
    touches
}
