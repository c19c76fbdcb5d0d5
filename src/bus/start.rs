//! Start: replay the journal, register what the city's files know and the journal does not, start the threads.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64},
};

use parking_lot::Mutex;
use tokio::sync::broadcast;

use super::{Bus, BusLimits, Shared, StartError, WriterParts, inbox::Inbox, journal_thread, now, writer};
use crate::{
    engine::{Command, Engine, Event, World},
    journal::{Entry, Journal},
    model::{UnitNo, UnitSpec},
};

/// Events that are folded together: zones are swapped once a group, and no more of what changed is gathered at once.
const GROUP: usize = 10_000;

/// What a start did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// Events read from the journal.
    pub replayed: u64,
    /// Units of the city's files that were registered because the journal did not know them.
    pub registered: usize,
}

impl Bus {
    /// Brings the world to where the journal left it and starts the writer.
    ///
    /// Units of `city` that the journal has never heard of are registered, each an event; what the journal knows counts.
    ///
    /// # Errors
    /// [`StartError`] when the journal cannot be read or written, or does not fit the city.
    pub fn start(
        world: Arc<World>,
        mut journal: Journal,
        city: impl IntoIterator<Item = UnitSpec>,
        limits: BusLimits,
    ) -> Result<(Self, Started), StartError> {
        let mut engine = Engine::new(world.clone());
        let replayed = replay(&mut engine, &journal)?;
        let registered = register(&mut engine, &mut journal, city)?;
        let shared = Arc::new(Shared {
            world,
            inbox: Inbox::new(&limits),
            ticks: broadcast::Sender::new(limits.ticks_kept.max(1)),
            limits,
            alive: AtomicBool::new(true),
            last_tick_ms: AtomicI64::new(now().unix_ms()),
            threads: Mutex::new(Vec::new()),
        });
        let (groups, waiting) = std::sync::mpsc::channel();
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.into()).spawn(run).map_err(StartError::Thread)
        };
        let last_seq = journal.last_seq();
        let for_journal = shared.clone();
        let journal = spawn("journal", Box::new(move || journal_thread::run(journal, &waiting, &for_journal)))?;
        let parts = WriterParts { engine, shared: shared.clone(), journal: groups };
        let writer = spawn("writer", Box::new(move || writer::run(parts, last_seq)))?;
        shared.threads.lock().extend([writer, journal]);
        Ok((Self { shared }, Started { replayed, registered }))
    }
}

fn replay(engine: &mut Engine, journal: &Journal) -> Result<u64, StartError> {
    let mut group: Vec<Entry> = Vec::with_capacity(GROUP);
    let mut count = 0;
    let fold = |engine: &mut Engine, group: &mut Vec<Entry>| {
        let seq = group.first().map_or(0, |entry| entry.seq);
        let result = engine.apply(group.iter().map(|entry| (entry.at, &entry.event)));
        group.clear();
        forget_news(engine);
        result.map_err(|source| StartError::Fold { seq, source })
    };
    journal.replay(|entry| {
        count += 1;
        group.push(entry);
        if group.len() == GROUP { fold(engine, &mut group) } else { Ok(()) }
    })?;
    fold(engine, &mut group)?;
    Ok(count)
}

/// What happened before the start is no news to a wall.
fn forget_news(engine: &mut Engine) {
    engine.tick(now());
}

fn register(engine: &mut Engine, journal: &mut Journal, city: impl IntoIterator<Item = UnitSpec>) -> Result<usize, StartError> {
    let (at, world) = (now(), engine.world().clone());
    let known = world.count().0 as u32;
    for spec in city {
        if world.unit(&spec.id).is_some() {
            continue;
        }
        let id = spec.id.clone();
        let wrong = |source| StartError::Unit { unit: id.to_string(), source };
        for event in engine.decide(&Command::RegisterUnit(spec)).map_err(wrong)? {
            engine.apply([(at, &event)]).map_err(|source| StartError::Fold { seq: 0, source })?;
        }
        if world.count().0.is_multiple_of(GROUP) {
            forget_news(engine);
        }
    }
    forget_news(engine);
    // Nobody was told of these yet, so they may be applied before they are durable; without them there is no start. Their
    // events are made from the world as they are written: those of a large city would be most of the memory of a start.
    let new = known..world.count().0 as u32;
    let registered = new.len();
    if registered > 0 {
        let spec = |no| Some(world.unit_by_no(UnitNo(no))?.spec.to_spec(world.organisations()));
        journal.append(new.filter_map(spec).map(|unit| (at, Event::UnitRegistered { unit })))?;
    }
    Ok(registered)
}
