//! What is to happen when: exact in time, and in the order in which it was noted where times are equal.

use std::{cmp::Reverse, collections::BinaryHeap};

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// Units report, and whoever meets the suspect stops him.
    Second,
    /// The offence becomes known.
    Reported,
    /// The suspect goes on another way.
    Change(usize),
    /// He has done what he did, if nothing changed meanwhile.
    SuspectDone {
        /// What he did then.
        version: u64,
    },
    /// A sighting is reported.
    Sighting(usize),
    /// Units are called.
    Call(usize),
    /// A cordon is asked for.
    Cordon(usize),
    /// Would there have been a cordon now?
    Hindsight,
    /// A unit moves off.
    Departs(usize),
    /// A unit is where it was sent.
    Arrives(usize),
    /// A unit is ready where it was sent.
    Ready(usize),
    /// Everybody is released.
    Release,
    /// It is over.
    End,
}

/// What is to happen.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    heap: BinaryHeap<Reverse<(i64, u64, What)>>,
    count: u64,
}

impl Agenda {
    /// Notes it.
    pub(super) fn add(&mut self, ms: i64, what: What) {
        self.count += 1;
        self.heap.push(Reverse((ms, self.count, what)));
    }

    /// The next.
    pub(super) fn next(&mut self) -> Option<(i64, What)> {
        self.heap.pop().map(|Reverse((ms, _, what))| (ms, what))
    }
}
