//! The bounded inbox of the writer.

use std::{
    collections::{HashSet, VecDeque},
    time::Instant,
};

use parking_lot::{Condvar, Mutex};

use super::{BusLimits, CommandError, Reply, journal_thread::Committed};
use crate::engine::{Command, UnitFix};

/// What the writer takes in one go.
#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) fixes: Vec<UnitFix>,
    pub(super) commands: VecDeque<(Command, Reply)>,
    pub(super) committed: Option<Committed>,
    pub(super) stop: bool,
}

/// Fixes and commands on their way to the writer, and the journal's answers.
#[derive(Debug)]
pub(super) struct Inbox {
    /// Held for pushes and swaps only, never across a system call or a search.
    load: Mutex<Load>,
    /// Commands, commits and the stop wake the writer; fixes wait for its next round, a few milliseconds.
    wake: Condvar,
    fixes_max: usize,
    commands_max: usize,
}

impl Inbox {
    pub(super) fn new(limits: &BusLimits) -> Self {
        let load = Load { fixes: Vec::with_capacity(limits.fixes_max.min(65_536)), ..Load::default() };
        Self { load: Mutex::new(load), wake: Condvar::new(), fixes_max: limits.fixes_max, commands_max: limits.commands_max }
    }

    /// Queues fixes; gives how many of the last ones found no room.
    pub(super) fn submit(&self, fixes: &[UnitFix]) -> usize {
        let mut load = self.load.lock();
        load.fixes.extend_from_slice(fixes);
        if load.fixes.len() <= self.fixes_max {
            return 0;
        }
        let before = load.fixes.len();
        keep_newest(&mut load.fixes);
        metrics::counter!("citygate_queue_merged_fixes_total").increment((before - load.fixes.len()) as u64);
        let dropped = load.fixes.len().saturating_sub(self.fixes_max);
        load.fixes.truncate(self.fixes_max);
        self.wake.notify_one();
        dropped.min(fixes.len())
    }

    pub(super) fn command(&self, command: Command, reply: Reply) -> Result<(), CommandError> {
        let mut load = self.load.lock();
        if load.stop {
            return Err(CommandError::Stopped);
        }
        if load.commands.len() >= self.commands_max {
            return Err(CommandError::Full(load.commands.len()));
        }
        load.commands.push_back((command, reply));
        self.wake.notify_one();
        Ok(())
    }

    pub(super) fn committed(&self, committed: Committed) {
        self.load.lock().committed = Some(committed);
        self.wake.notify_one();
    }

    pub(super) fn stop(&self) {
        self.load.lock().stop = true;
        self.wake.notify_one();
    }

    /// Waits until something urgent came or `until` passed, and swaps what there is with `taken`, whose buffers are used
    /// again.
    pub(super) fn take(&self, until: Instant, taken: &mut Load) {
        taken.fixes.clear();
        let mut load = self.load.lock();
        if load.commands.is_empty() && load.committed.is_none() && !load.stop && load.fixes.len() < self.fixes_max {
            self.wake.wait_until(&mut load, until);
        }
        std::mem::swap(&mut load.fixes, &mut taken.fixes);
        taken.commands.append(&mut load.commands);
        taken.committed = load.committed.take();
        taken.stop = load.stop;
    }
}

/// Keeps the newest fix of each unit, in the order in which the newest came.
fn keep_newest(fixes: &mut Vec<UnitFix>) {
    let mut newest = std::collections::HashMap::with_capacity(fixes.len());
    for fix in &*fixes {
        newest.entry(fix.unit).and_modify(|time| *time = fix.fix.time.max(*time)).or_insert(fix.fix.time);
    }
    let mut kept = HashSet::with_capacity(newest.len());
    fixes.retain(|fix| newest.get(&fix.unit) == Some(&fix.fix.time) && kept.insert(fix.unit));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geodesy::LatLng,
        model::{DeviceKind, Fix, Timestamp, UnitNo},
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
        inbox.take(Instant::now(), &mut load);
        load.fixes.iter().map(|fix| (fix.unit.0, fix.fix.time.unix_ms())).collect()
    }

    #[test]
    fn at_the_limit_all_stays_and_beyond_it_the_newest_of_each_unit() {
        let inbox = inbox(4);
        assert_eq!(inbox.submit(&[fix(1, 1), fix(1, 2), fix(2, 1), fix(2, 2)]), 0);
        assert_eq!(taken(&inbox), [(1, 1), (1, 2), (2, 1), (2, 2)]);
        inbox.submit(&[fix(1, 1), fix(1, 2), fix(2, 2), fix(2, 1)]);
        assert_eq!(inbox.submit(&[fix(3, 1)]), 0);
        assert_eq!(taken(&inbox), [(1, 2), (2, 2), (3, 1)]);
    }

    #[test]
    fn more_units_than_room_leave_the_last_out() {
        let inbox = inbox(2);
        assert_eq!(inbox.submit(&[fix(1, 1), fix(2, 1)]), 0);
        assert_eq!(inbox.submit(&[fix(2, 2), fix(3, 1), fix(4, 1)]), 2);
        assert_eq!(taken(&inbox), [(1, 1), (2, 2)]);
    }

    #[test]
    fn commands_have_a_limit_and_a_stop() {
        let inbox = inbox(2);
        let command = || Command::RemoveZone("z".parse().unwrap());
        assert!(inbox.command(command(), tokio::sync::oneshot::channel().0).is_ok());
        assert!(matches!(inbox.command(command(), tokio::sync::oneshot::channel().0), Err(CommandError::Full(1))));
        inbox.stop();
        assert!(matches!(inbox.command(command(), tokio::sync::oneshot::channel().0), Err(CommandError::Stopped)));
    }
}
