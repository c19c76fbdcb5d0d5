//! The writer's thread: it owns the engine.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use smol_str::SmolStr;
use tokio::sync::oneshot;

use super::{
    Applied, CommandError, Reply, Request, WriterParts,
    journal_thread::{Committed, Group, Work},
    keys::Known,
    now,
};
use crate::{
    engine::{Event, Subject},
    journal::{Draft, Key, Note, What},
    model::{Actor, Timestamp},
};

/// The longest that a fix waits for the writer. One wake-up for all that came costs less than one each.
const ROUND: Duration = Duration::from_millis(10);
/// The most fixes that are written before the clock is looked at.
const FIXES_A_ROUND: usize = 1_024;
/// How often the ages of fixes are looked at.
const AGES: Duration = Duration::from_millis(500);
/// The most commands in one commit.
const GROUP_MAX: usize = 1_024;

/// A command whose rows are on their way to the disk.
#[derive(Debug)]
struct Doing {
    /// How many they are.
    rows: usize,
    subject: Subject,
    event: &'static str,
    made: bool,
    key: Option<(Actor, Key)>,
    reply: Reply,
}

/// What a command comes to.
enum Decided {
    /// Nothing need be durable.
    Answer(Result<Applied, CommandError>),
    /// Its rows; the name of the one that is its own, and whether that makes what it is about.
    Rows(Vec<Draft>, &'static str, bool),
}

struct Writer {
    parts: WriterParts,
    /// Commands that came while the journal was busy, in order.
    waiting: VecDeque<(Request, Reply)>,
    in_flight: Option<Vec<Doing>>,
    /// A group that came back and is not applied yet.
    committed: Option<Committed>,
}

/// Runs until the bus is stopped.
pub(super) fn run(parts: WriterParts) {
    let shared = parts.shared.clone();
    let tick = Duration::from_millis(u64::from(shared.limits.tick_ms.max(1)));
    let mut writer = Writer { parts, waiting: VecDeque::new(), in_flight: None, committed: None };
    let mut load = shared.inbox.empty_load();
    let (mut next_tick, mut next_ages) = (Instant::now() + tick, Instant::now());
    loop {
        shared.inbox.take(next_tick.min(Instant::now() + ROUND), &mut load);
        writer.committed = writer.committed.take().or_else(|| load.committed.take());
        writer.acknowledge();
        writer.waiting.append(&mut load.commands);
        if load.stop {
            // What is on its way to the disk is still acknowledged; the rest was never begun.
            writer.waiting.drain(..).for_each(|(_, reply)| drop(reply.send(Err(CommandError::Stopped))));
            if writer.in_flight.is_none() {
                break;
            }
        }
        writer.next_group();
        // A backlog is worked off between ticks, never instead of them.
        let mut fixes = load.fixes.chunks(FIXES_A_ROUND);
        loop {
            let chunk = fixes.next();
            writer.parts.engine.fixes(chunk.unwrap_or_default(), now());
            let instant = Instant::now();
            if instant >= next_ages {
                writer.parts.engine.look_at_ages(now());
                next_ages = instant + AGES;
            }
            if instant >= next_tick {
                // A tick that came late is not made up for.
                next_tick = (next_tick + tick).max(instant);
                writer.tick();
            }
            if chunk.is_none() {
                break;
            }
        }
    }
    shared.alive.store(false, Ordering::Relaxed);
    // Where its thread has ended there is nothing to stop.
    let _ = shared.journal.send(Work::Stop);
}

impl Writer {
    /// Decides what waits and what the engine proposes, up to the first command that touches what an earlier one of the group touches, and sends the
    /// events to the journal.
    fn next_group(&mut self) {
        if self.in_flight.is_some() {
            return;
        }
        // What the engine saw is done like what somebody asked for, but that nobody waits for the answer.
        let proposals = self.parts.engine.proposals();
        self.waiting.extend(proposals.into_iter().map(|command| (Request::new(command, Actor::Engine), oneshot::channel().0)));
        if self.waiting.is_empty() {
            return;
        }
        let at = now();
        let (mut group, mut doing, mut touched) = (Group::new(), Vec::new(), HashSet::new());
        while doing.len() < GROUP_MAX {
            let Some((request, _)) = self.waiting.front() else { break };
            let (touches, is_alone) = (touches(request), request.command.is_alone());
            if (is_alone && !doing.is_empty()) || touches.iter().any(|name| touched.contains(name)) {
                break;
            }
            let Some((request, reply)) = self.waiting.pop_front() else { break };
            match self.decide(&request, at) {
                Decided::Answer(answer) => drop(reply.send(answer)),
                Decided::Rows(rows, event, made) => {
                    let key = request.key.map(|key| (request.actor, key));
                    doing.push(Doing { rows: rows.len(), subject: request.command.subject(), event, made, key, reply });
                    group.extend(rows);
                    touched.extend(touches);
                    if is_alone {
                        break;
                    }
                }
            }
        }
        if group.is_empty() {
            return;
        }
        match self.parts.shared.journal.send(Work::Group(group)) {
            Ok(()) => self.in_flight = Some(doing),
            Err(_) => refuse(doing, "its thread has ended"),
        }
    }

    fn decide(&self, request: &Request, at: Timestamp) -> Decided {
        let Request { command, actor, key, expected } = request;
        let (world, subject) = (self.parts.engine.world(), command.subject());
        if let Some(key) = key {
            match self.parts.shared.keys.read().find(actor, key) {
                Known::New => {}
                Known::Done(applied) => return Decided::Answer(Ok(applied)),
                Known::Other => return Decided::Answer(Err(CommandError::KeyUsed(key.text().to_string()))),
            }
        }
        let versions = self.parts.shared.versions.read();
        let known = versions.last(world, &subject);
        // A thing of the city's files that no event changed has the sequence 0.
        let last = world.knows(&subject).then(|| known.unwrap_or(0));
        if !expected.holds(last) {
            return Decided::Answer(Err(CommandError::Unexpected { subject, last }));
        }
        let events = match self.parts.engine.decide(command) {
            Ok(events) => events,
            Err(rejection) => return Decided::Answer(Err(rejection.into())),
        };
        // One row is the command's own: the last that is about what the command is about.
        let own = events.iter().rposition(|event| event.subject() == subject).unwrap_or(0);
        let name = events.get(own).map_or(Note::UNCHANGED, Event::name);
        let made = events.get(own).is_some_and(|event| versions.makes(world, event));
        let draft = |what, key, expected| Draft { at, what, actor: actor.clone(), key, expected };
        match key {
            None if events.is_empty() => {
                Decided::Answer(Ok(Applied { seq: known.unwrap_or(0), subject, event: SmolStr::new_static(name), made }))
            }
            // It is done, and must be known as done when it is asked again after another has changed the thing.
            Some(key) if events.is_empty() => {
                let note = Note { event: Note::UNCHANGED, subject: subject.to_string(), body: serde_json::json!({}) };
                Decided::Rows(vec![draft(What::Note(note), Some(key.clone()), None)], name, made)
            }
            key => {
                let mut seen: HashSet<Subject> = HashSet::new();
                let mut row = |(n, event): (usize, Event)| {
                    let about = event.subject();
                    let expected = versions.last(world, &about).filter(|_| !seen.contains(&about));
                    seen.insert(about);
                    draft(What::Event(event), key.clone().filter(|_| n == own), expected)
                };
                Decided::Rows(events.into_iter().enumerate().map(&mut row).collect(), name, made)
            }
        }
    }

    /// Applies a durable group and tells those who wait; or tells them that nothing was done.
    /// While a snapshot is copied it is left for the next round, and fixes go on.
    fn acknowledge(&mut self) {
        let shared = self.parts.shared.clone();
        let Some(mut applied) = shared.applied.try_write() else { return };
        let Some(Committed { group, result }) = self.committed.take() else { return };
        let doing = self.in_flight.take().unwrap_or_default();
        let (first, hash) = match result {
            Ok(result) => result,
            Err(error) => return refuse(doing, &error),
        };
        let events = || {
            group.iter().zip(first..).filter_map(|(draft, seq)| match &draft.what {
                What::Event(event) => Some((draft.at, event, seq)),
                What::Note(_) => None,
            })
        };
        if let Err(error) = self.parts.engine.apply(events().map(|(at, event, _)| (at, event))) {
            tracing::error!(%error, "a decided event does not fit the state");
        }
        let world = self.parts.engine.world();
        {
            // After the world: whoever reads a sequence and then the thing sees at least what the sequence stands for.
            let mut versions = shared.versions.write();
            events().for_each(|(_, event, seq)| versions.set(world, event, seq));
            versions.sweep(world);
        }
        let mut seq = first - 1;
        for Doing { rows, subject, event, made, key, reply } in doing {
            seq += rows as u64;
            let done = Applied { seq, subject, event: SmolStr::new_static(event), made };
            if let Some((actor, key)) = key {
                shared.keys.write().keep(&actor, &key, done.clone());
            }
            drop(reply.send(Ok(done)));
        }
        *applied = (seq, hash);
    }

    fn tick(&mut self) {
        let shared = &self.parts.shared;
        let at = now();
        let tick = Arc::new(self.parts.engine.tick(at));
        shared.last_tick_ms.store(at.unix_ms(), Ordering::Relaxed);
        metrics::counter!("citygate_ticks_total").increment(1);
        metrics::counter!("citygate_superseded_fixes_total").absolute(self.parts.engine.superseded());
        // Nobody listening is no fault.
        let _ = shared.ticks.send(tick);
    }
}

/// What a request touches: a key is used by one command at a time.
fn touches(request: &Request) -> Vec<String> {
    let mut touches = request.command.touches();
    touches.extend(request.key.iter().map(|key| format!("key {} {}", request.actor, key.text())));
    touches
}

fn refuse(doing: Vec<Doing>, why: &str) {
    doing.into_iter().for_each(|doing| drop(doing.reply.send(Err(CommandError::Journal(why.to_owned())))));
}
