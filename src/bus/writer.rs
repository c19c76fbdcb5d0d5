//! The writer's thread: it owns the engine.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use super::{
    CommandError, Reply, Request, WriterParts,
    decider::{Answers, Decided, Doing, refused},
    journal_thread::{Committed, Work},
    now,
};
use crate::model::Actor;

/// The longest that a fix waits for the writer. One wake-up for all that came costs less than one each.
const ROUND: Duration = Duration::from_millis(10);
/// The most fixes that are written before the clock is looked at.
const FIXES_A_ROUND: usize = 1_024;
/// How often the ages of fixes are looked at.
const AGES: Duration = Duration::from_millis(500);
struct Writer {
    parts: WriterParts,
    /// Commands that came while the journal was busy, in order.
    waiting: VecDeque<(Request, Reply)>,
    in_flight: Option<Vec<Doing<Reply>>>,
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
        shared.inbox.take(next_tick.min(Instant::now() + ROUND), writer.in_flight.is_some(), &mut load);
        writer.committed = writer.committed.take().or_else(|| load.committed.take());
        let done = writer.apply();
        writer.waiting.append(&mut load.commands);
        if load.stop {
            // What is on its way to the disk is still acknowledged; the rest was never begun.
            writer.waiting.drain(..).for_each(|(_, reply)| drop(reply.send(Err(CommandError::Stopped))));
            if writer.in_flight.is_none() {
                tell(done);
                break;
            }
        }
        // The disk is busy again before those who wait are told: it is what all of them wait for.
        writer.next_group();
        tell(done);
        // A backlog is worked off between ticks, never instead of them.
        let mut fixes = load.fixes.chunks(FIXES_A_ROUND);
        loop {
            let chunk = fixes.next();
            writer.parts.decider.engine().fixes(chunk.unwrap_or_default(), now());
            let instant = Instant::now();
            if instant >= next_ages {
                writer.parts.decider.engine().look_at_ages(now());
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
    /// Decides what waits and what the engine proposes, and sends the rows to the journal.
    fn next_group(&mut self) {
        if self.in_flight.is_some() {
            return;
        }
        // What the engine saw is done like what somebody asked for, but that nobody waits for the answer.
        let proposals = self.parts.decider.engine().proposals();
        self.waiting.extend(proposals.into_iter().map(|command| (Request::new(command, Actor::Engine), oneshot::channel().0)));
        if self.waiting.is_empty() {
            return;
        }
        let Decided { rows, doing, answers } = self.parts.decider.next(&mut self.waiting, now());
        tell(answers);
        if rows.is_empty() {
            return;
        }
        match self.parts.shared.journal.send(Work::Group(rows)) {
            Ok(()) => self.in_flight = Some(doing),
            Err(_) => tell(refused(doing, "its thread has ended")),
        }
    }

    /// Applies a durable group; gives what to tell those who wait, or that nothing was done. While a snapshot is copied it is left for the
    /// next round, and fixes go on.
    fn apply(&mut self) -> Answers<Reply> {
        let shared = self.parts.shared.clone();
        let Some(mut applied) = shared.applied.try_write() else { return Vec::new() };
        let Some(Committed { group, result }) = self.committed.take() else { return Vec::new() };
        let doing = self.in_flight.take().unwrap_or_default();
        match result {
            Ok((first, hash)) => {
                *applied = (first + group.len() as u64 - 1, hash);
                self.parts.decider.apply(&group, doing, first)
            }
            Err(error) => refused(doing, &error),
        }
    }

    fn tick(&mut self) {
        let shared = &self.parts.shared;
        let at = now();
        let tick = Arc::new(self.parts.decider.engine().tick(at));
        shared.last_tick_ms.store(shared.begun.elapsed().as_millis() as i64, Ordering::Relaxed);
        metrics::counter!("citygate_ticks_total").increment(1);
        metrics::counter!("citygate_superseded_fixes_total").absolute(self.parts.decider.engine().superseded());
        // Nobody listening is no fault.
        let _ = shared.ticks.send(tick);
    }
}

fn tell(answers: Answers<Reply>) {
    // Who has gone meanwhile is told nothing.
    answers.into_iter().for_each(|(who, answer)| drop(who.send(answer)));
}
