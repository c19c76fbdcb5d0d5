//! The writer's thread: it owns the engine.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{
    Applied, CommandError, Reply, WriterParts,
    journal_thread::{Committed, Group},
    now,
};
use crate::engine::Command;

/// The longest that a fix waits for the writer. One wake-up for all that came costs less than one each.
const ROUND: Duration = Duration::from_millis(10);
/// The most fixes that are written before the clock is looked at.
const FIXES_A_ROUND: usize = 1_024;
/// How often the ages of fixes are looked at.
const AGES: Duration = Duration::from_millis(500);
/// The most commands in one commit.
const GROUP_MAX: usize = 1_024;

/// Commands whose events are on their way to the disk: how many events each made, and who waits.
type InFlight = Vec<(usize, Reply)>;

struct Writer {
    parts: WriterParts,
    /// Commands that came while the journal was busy, in order.
    waiting: VecDeque<(Command, Reply)>,
    in_flight: Option<InFlight>,
    last_seq: u64,
}

/// Runs until the bus is stopped.
pub(super) fn run(parts: WriterParts, last_seq: u64) {
    let shared = parts.shared.clone();
    let tick = Duration::from_millis(u64::from(shared.limits.tick_ms.max(1)));
    let mut writer = Writer { parts, waiting: VecDeque::new(), in_flight: None, last_seq };
    let mut load = shared.inbox.empty_load();
    let (mut next_tick, mut next_ages) = (Instant::now() + tick, Instant::now());
    loop {
        shared.inbox.take(next_tick.min(Instant::now() + ROUND), &mut load);
        if let Some(committed) = load.committed.take() {
            writer.acknowledge(committed);
        }
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
        self.waiting.extend(proposals.into_iter().map(|command| (command, oneshot::channel().0)));
        if self.waiting.is_empty() {
            return;
        }
        let at = now();
        let (mut group, mut replies, mut touched) = (Group::new(), InFlight::new(), HashSet::new());
        while replies.len() < GROUP_MAX {
            let Some((command, _)) = self.waiting.front() else { break };
            let (touches, is_alone) = (command.touches(), command.is_alone());
            if (is_alone && !replies.is_empty()) || touches.iter().any(|name| touched.contains(name)) {
                break;
            }
            let Some((command, reply)) = self.waiting.pop_front() else { break };
            match self.parts.engine.decide(&command) {
                Err(rejection) => drop(reply.send(Err(rejection.into()))),
                // Nothing changes, so nothing need be durable.
                Ok(events) if events.is_empty() => drop(reply.send(Ok(Applied { seq: self.last_seq, events: 0 }))),
                Ok(events) => {
                    replies.push((events.len(), reply));
                    group.extend(events.into_iter().map(|event| (at, event)));
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
        match self.parts.journal.send(group) {
            Ok(()) => self.in_flight = Some(replies),
            Err(_) => {
                replies.into_iter().for_each(|(_, reply)| drop(reply.send(Err(CommandError::Journal("its thread has ended".into())))))
            }
        }
    }

    /// Applies a durable group and tells those who wait; or tells them that nothing was done.
    fn acknowledge(&mut self, Committed { group, result }: Committed) {
        let replies = self.in_flight.take().unwrap_or_default();
        match result {
            Ok(last) => {
                let mut seq = last - group.len() as u64;
                if let Err(error) = self.parts.engine.apply(group.iter().map(|(at, event)| (*at, event))) {
                    tracing::error!(%error, "a decided event does not fit the state");
                }
                self.last_seq = last;
                for (events, reply) in replies {
                    seq += events as u64;
                    drop(reply.send(Ok(Applied { seq, events })));
                }
            }
            Err(error) => replies.into_iter().for_each(|(_, reply)| drop(reply.send(Err(CommandError::Journal(error.clone()))))),
        }
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
