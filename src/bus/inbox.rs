//! The bounded inbox of the writer.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;

use super::{BusLimits, CommandError, Reply, Request, journal_thread::Committed};
use crate::engine::UnitFix;

/// Room for fixes at the start: more is made as it is needed, up to the limit.
const FIXES_ROOM: usize = 65_536;

/// The longest that a door waits for room: a writer that hangs must not hang the doors.
const ROOM_WAIT: Duration = Duration::from_millis(200);

/// What the writer takes in one go.
#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) fixes: Vec<UnitFix>,
    pub(super) commands: VecDeque<(Request, Reply)>,
    pub(super) committed: Option<Committed>,
    pub(super) stop: bool,
}

/// What is on its way.
#[derive(Debug)]
struct Queue {
    load: Load,
    /// Whether there was once no room since the writer last came: the fixes are then the newest of each unit.
    overflowed: bool,
    /// Whether a group is on its way to the disk: until it is back no command can be begun.
    busy: bool,
    /// By unit number: where its fix stands while `overflowed`. What stands there counts only when it is the unit's, so
    /// that nothing need be cleared.
    places: Vec<u32>,
}

/// Fixes and commands on their way to the writer, and the journal's answers.
#[derive(Debug)]
pub(super) struct Inbox {
    /// Held for pushes and swaps only, never across a system call or a search.
    queue: Mutex<Queue>,
    /// Commits, the stop, and commands that can be begun wake the writer; fixes wait for its next round, a few milliseconds.
    wake: Condvar,
    /// The writer came: there is room again.
    relieved: Notify,
    fixes_max: usize,
    commands_max: usize,
    merged: metrics::Counter,
}

impl Inbox {
    pub(super) fn new(limits: &BusLimits) -> Self {
        let inbox = Self {
            queue: Mutex::new(Queue { load: Load::default(), overflowed: false, busy: false, places: Vec::new() }),
            wake: Condvar::new(),
            relieved: Notify::new(),
            fixes_max: limits.fixes_max,
            commands_max: limits.commands_max,
            merged: metrics::counter!("citygate_queue_merged_fixes_total"),
        };
        inbox.queue.lock().load = inbox.empty_load();
        inbox
    }

    /// A load with room: the writer and the inbox swap two of them for ever.
    pub(super) fn empty_load(&self) -> Load {
        Load { fixes: Vec::with_capacity(self.fixes_max.min(FIXES_ROOM)), ..Load::default() }
    }

    /// Queues fixes; gives the places of those that found no room.
    pub(super) fn submit(&self, fixes: &[UnitFix]) -> Vec<usize> {
        let queue = &mut *self.queue.lock();
        if !queue.overflowed {
            if queue.load.fixes.len() + fixes.len() <= self.fixes_max {
                queue.load.fixes.extend_from_slice(fixes);
                return Vec::new();
            }
            queue.overflowed = true;
            self.wake.notify_one();
            self.merged.increment(queue.keep_newest());
        }
        let (mut left_out, mut merged) = (Vec::new(), 0);
        for (place, fix) in fixes.iter().enumerate() {
            match queue.put(*fix, queue.load.fixes.len(), self.fixes_max) {
                Put::Queued => {}
                Put::Merged => merged += 1,
                Put::LeftOut => left_out.push(place),
            }
        }
        self.merged.increment(merged);
        left_out
    }

    /// Resolves when the queue is at most half full, or after [`ROOM_WAIT`].
    pub(super) async fn room(&self) {
        // Before the look: a relief between the two is not missed.
        let relieved = self.relieved.notified();
        if self.queue.lock().is_crowded(self.fixes_max) {
            self.wake.notify_one();
            let _late = tokio::time::timeout(ROOM_WAIT, relieved).await;
        }
    }

    pub(super) fn command(&self, request: Request, reply: Reply) -> Result<(), CommandError> {
        let mut queue = self.queue.lock();
        let Queue { load, busy, .. } = &mut *queue;
        if load.stop {
            return Err(CommandError::Stopped);
        }
        if load.commands.len() >= self.commands_max {
            return Err(CommandError::Full(load.commands.len()));
        }
        load.commands.push_back((request, reply));
        let (is_first, busy) = (load.commands.len() == 1, *busy);
        drop(queue);
        if is_first && !busy {
            self.wake.notify_one();
        }
        Ok(())
    }

    pub(super) fn committed(&self, committed: Committed) {
        self.queue.lock().load.committed = Some(committed);
        self.wake.notify_one();
    }

    pub(super) fn stop(&self) {
        self.queue.lock().load.stop = true;
        self.wake.notify_one();
    }

    /// Waits until something urgent came or `until` passed, and swaps what there is with `taken`, whose buffers are used
    /// again. Where the writer is `busy` with a group commands are not urgent.
    pub(super) fn take(&self, until: Instant, busy: bool, taken: &mut Load) {
        taken.fixes.clear();
        let mut queue = self.queue.lock();
        queue.busy = busy;
        let load = &queue.load;
        if (busy || load.commands.is_empty()) && load.committed.is_none() && !load.stop && !queue.is_crowded(self.fixes_max) {
            self.wake.wait_until(&mut queue, until);
        }
        let Queue { load, overflowed, .. } = &mut *queue;
        std::mem::swap(&mut load.fixes, &mut taken.fixes);
        *overflowed = false;
        taken.commands.append(&mut load.commands);
        taken.committed = load.committed.take();
        taken.stop = load.stop;
        drop(queue);
        self.relieved.notify_waiters();
    }
}

/// What became of a fix that came to a queue that has overflowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Put {
    /// It is the unit's first there.
    Queued,
    /// Of it and the one that was there, the newer stays.
    Merged,
    /// There is no room, and the unit has no other there.
    LeftOut,
}

impl Queue {
    /// More than half full: the writer comes now, and doors that can wait do.
    const fn is_crowded(&self, fixes_max: usize) -> bool {
        self.overflowed || self.load.fixes.len() > fixes_max / 2
    }

    /// Keeps the newest fix of each unit, in the order in which the units came; gives how many went.
    fn keep_newest(&mut self) -> u64 {
        let came = self.load.fixes.len();
        let mut kept = 0;
        for n in 0..came {
            if let Some(fix) = self.load.fixes.get(n).copied()
                && self.put(fix, kept, came) == Put::Queued
            {
                kept += 1;
            }
        }
        self.load.fixes.truncate(kept);
        (came - kept) as u64
    }

    /// Puts a fix among the first `kept`, where each unit stands once, or behind them.
    fn put(&mut self, fix: UnitFix, kept: usize, fixes_max: usize) -> Put {
        let fixes = &mut self.load.fixes;
        if self.places.len() <= fix.unit.index() {
            self.places.resize(fix.unit.index() + 1, 0);
        }
        let Some(place) = self.places.get_mut(fix.unit.index()) else { return Put::LeftOut };
        let known = fixes.get_mut(..kept).and_then(|kept| kept.get_mut(*place as usize));
        if let Some(known) = known.filter(|known| known.unit == fix.unit) {
            if fix.fix.time > known.fix.time {
                *known = fix;
            }
            return Put::Merged;
        }
        if kept >= fixes_max {
            return Put::LeftOut;
        }
        *place = kept as u32;
        match fixes.get_mut(kept) {
            Some(free) => *free = fix,
            None => fixes.push(fix),
        }
        Put::Queued
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;

    use super::*;
    use crate::{
        engine::Command,
        geodesy::LatLng,
        model::{Actor, DeviceKind, Fix, Timestamp, UnitNo},
    };

    fn fix(unit: u32, ms: i64) -> UnitFix {
        let at = LatLng::new(22.8, 108.3).unwrap();
        let fix = Fix { at, time: Timestamp::from_unix_ms(ms), speed_mps: None, heading_deg: None, accuracy_m: None };
        UnitFix { unit: UnitNo(unit), device: DeviceKind::Radio, fix }
    }

    fn inbox(fixes_max: usize) -> Inbox {
        Inbox::new(&BusLimits { fixes_max, commands_max: 1, ..BusLimits::default() })
    }

    fn taken(inbox: &Inbox) -> Vec<(u32, i64)> {
        let mut load = Load::default();
        inbox.take(Instant::now(), false, &mut load);
        load.fixes.iter().map(|fix| (fix.unit.0, fix.fix.time.unix_ms())).collect()
    }

    #[test]
    fn at_the_limit_all_stays_and_beyond_it_the_newest_of_each_unit() {
        let inbox = inbox(4);
        assert_eq!(inbox.submit(&[fix(1, 1), fix(1, 2), fix(2, 1), fix(2, 2)]), [0; 0]);
        assert_eq!(taken(&inbox), [(1, 1), (1, 2), (2, 1), (2, 2)]);
        inbox.submit(&[fix(1, 1), fix(1, 2), fix(2, 2), fix(2, 1)]);
        assert_eq!(inbox.submit(&[fix(3, 1)]), [0; 0]);
        assert_eq!(taken(&inbox), [(1, 2), (2, 2), (3, 1)]);
    }

    #[test]
    fn a_unit_that_finds_no_room_is_left_out_and_told() {
        let inbox = inbox(2);
        assert_eq!(inbox.submit(&[fix(1, 1), fix(2, 1)]), [0; 0]);
        assert_eq!(inbox.submit(&[fix(3, 1), fix(2, 2), fix(4, 1), fix(1, 0)]), [0, 2]);
        assert_eq!(inbox.submit(&[fix(1, 3), fix(3, 2)]), [1]);
        assert_eq!(taken(&inbox), [(1, 3), (2, 2)]);
        assert_eq!(inbox.submit(&[fix(3, 1), fix(3, 2)]), [0; 0], "there is room again");
        assert_eq!(taken(&inbox), [(3, 1), (3, 2)]);
    }

    #[tokio::test]
    async fn a_door_waits_for_room_until_the_writer_comes() {
        let inbox = std::sync::Arc::new(inbox(4));
        inbox.submit(&[fix(1, 1), fix(1, 2)]);
        inbox.room().await;
        inbox.submit(&[fix(1, 3)]);
        let (start, writer) = (Instant::now(), inbox.clone());
        tokio::join!(inbox.room(), async move { assert_eq!(taken(&writer), [(1, 1), (1, 2), (1, 3)]) });
        assert!(start.elapsed() < ROOM_WAIT);
        inbox.submit(&[fix(1, 4), fix(1, 5), fix(1, 6)]);
        inbox.room().await;
        assert!(start.elapsed() >= ROOM_WAIT, "and no longer, when it does not come");
    }

    #[test]
    fn commands_have_a_limit_and_a_stop() {
        let inbox = inbox(2);
        let command = || Request::new(Command::RemoveZone("z".parse().unwrap()), Actor::Machine);
        assert!(inbox.command(command(), tokio::sync::oneshot::channel().0).is_ok());
        assert!(matches!(inbox.command(command(), tokio::sync::oneshot::channel().0), Err(CommandError::Full(1))));
        inbox.stop();
        assert!(matches!(inbox.command(command(), tokio::sync::oneshot::channel().0), Err(CommandError::Stopped)));
    }

    /// What becomes of a fix in a queue that has overflowed, the slow way. False: left out.
    fn merge(newest: &mut Vec<(u32, i64)>, (unit, ms): (u32, i64), most: usize) -> bool {
        let room = newest.len() < most;
        match newest.iter_mut().find(|(other, _)| *other == unit) {
            Some((_, known)) => *known = ms.max(*known),
            None if room => newest.push((unit, ms)),
            None => return false,
        }
        true
    }

    proptest::proptest! {
        #[test]
        fn what_overflows_is_merged_as_the_slow_way_would(batches in vec(vec((0..12_u32, 0..50_i64), 1..9), 1..20), most in 1..9_usize) {
            let inbox = inbox(most);
            let (mut plain, mut newest, mut overflowed) = (Vec::new(), Vec::new(), false);
            for batch in batches {
                let left_out = inbox.submit(&batch.iter().map(|(unit, ms)| fix(*unit, *ms)).collect::<Vec<_>>());
                overflowed |= plain.len() + batch.len() > most;
                let told: Vec<_> = if overflowed {
                    plain.drain(..).for_each(|fix| assert!(merge(&mut newest, fix, most)));
                    batch.iter().enumerate().filter(|(_, fix)| !merge(&mut newest, **fix, most)).map(|(n, _)| n).collect()
                } else {
                    plain.extend(batch);
                    Vec::new()
                };
                proptest::prop_assert_eq!(left_out, told);
            }
            proptest::prop_assert_eq!(taken(&inbox), if overflowed { newest } else { plain });
        }
    }
}
