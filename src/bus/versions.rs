//! The sequence of the last event of every thing.

use std::{collections::HashMap, ops::Range};

use crate::engine::{Event, Subject, World};

/// So many things that are no units are kept before it is asked which of them are still known.
const SWEEP_AT: usize = 4_096;

/// The last event of a thing that is no unit.
#[derive(Debug, Clone, Copy)]
struct Last {
    seq: u64,
    /// It removed the thing.
    removed: bool,
}

/// By thing: the sequence of its last event. Eight bytes a unit.
#[derive(Debug)]
pub(super) struct Versions {
    /// By unit number.
    units: Vec<u64>,
    others: HashMap<Subject, Last>,
    sweep_at: usize,
}

impl Default for Versions {
    fn default() -> Self {
        Self { units: Vec::new(), others: HashMap::new(), sweep_at: SWEEP_AT }
    }
}

impl Versions {
    /// The last event of a thing; none where none is remembered.
    pub(super) fn last(&self, world: &World, subject: &Subject) -> Option<u64> {
        match subject {
            Subject::Unit(id) => self.units.get(world.unit(id)?.no.index()).copied().filter(|seq| *seq > 0),
            other => self.others.get(other).map(|last| last.seq),
        }
    }

    /// Whether an event that is not applied yet makes its thing.
    pub(super) fn makes(&self, world: &World, event: &Event) -> bool {
        match event {
            Event::UnitRegistered { .. } | Event::OrderIssued { .. } | Event::CordonOrdered { .. } => true,
            Event::ZonePut { .. } | Event::ClosurePut { .. } | Event::GatePlanPut { .. } => {
                let subject = event.subject();
                // Of what no event was about, the world knows what the city's files say.
                self.others.get(&subject).map_or_else(|| !world.knows(&subject), |last| last.removed)
            }
            _ => false,
        }
    }

    /// An event that is applied. Of a thing that is no unit it may be told before.
    pub(super) fn set(&mut self, world: &World, event: &Event, seq: u64) {
        match event.subject() {
            Subject::Unit(id) => {
                let Some(unit) = world.unit(&id) else { return };
                if self.units.len() <= unit.no.index() {
                    self.units.resize(unit.no.index() + 1, 0);
                }
                if let Some(last) = self.units.get_mut(unit.no.index()) {
                    *last = seq;
                }
            }
            subject => drop(self.others.insert(subject, Last { seq, removed: event.removes() })),
        }
    }

    /// Units that were registered one after the other, the first of them with this sequence.
    pub(super) fn set_units(&mut self, units: Range<u32>, first: u64) {
        self.units.resize(units.start as usize, 0);
        self.units.extend(units.zip(first..).map(|(_, seq)| seq));
    }

    /// The last event of each unit by number, and of each other thing, and whether it removed it.
    pub(super) fn all(&self) -> (Vec<u64>, Vec<(Subject, u64, bool)>) {
        let others = self.others.iter().map(|(subject, last)| (subject.clone(), last.seq, last.removed)).collect();
        (self.units.clone(), others)
    }

    /// The same back.
    ///
    /// # Errors
    /// Says which subject is none.
    pub(super) fn of(units: Vec<u64>, others: Vec<(String, u64, bool)>) -> Result<Self, String> {
        let other = |(subject, seq, removed): (String, u64, bool)| {
            let subject = subject.parse().map_err(|error: crate::engine::SubjectError| error.to_string())?;
            Ok((subject, Last { seq, removed }))
        };
        Ok(Self { units, others: others.into_iter().map(other).collect::<Result<_, String>>()?, sweep_at: SWEEP_AT })
    }

    /// Forgets what the world does not know any longer: orders that ended long ago, zones that were removed. When all events are applied.
    pub(super) fn sweep(&mut self, world: &World) {
        if self.others.len() >= self.sweep_at {
            self.others.retain(|subject, _| world.knows(subject));
            self.sweep_at = SWEEP_AT.max(2 * self.others.len());
        }
    }
}
