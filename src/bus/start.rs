//! Start: replay the journal, register what the city's files know and the journal does not, start the threads.

use std::{
    borrow::Cow,
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64},
    },
    time::Instant,
};

use parking_lot::{Mutex, RwLock};
use smol_str::SmolStr;
use tokio::sync::broadcast;

use super::{
    Applied, Bus, BusLimits, Decider, Ending, Hash, Ledger, Shared, StartError, WriterParts,
    inbox::Inbox,
    journal_thread, keeper,
    keys::Keys,
    notes::Notes,
    now, positions,
    snapshot::{self, Snapshot},
    versions::Versions,
    writer,
};
use crate::{
    engine::{Command, Engine, Event, FoldError, World},
    journal::{Draft, JournalError, Kind, Log, Noted, Row, What},
    model::{Actor, Timestamp, UnitNo, UnitSpec},
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
        journal: impl Log + 'static,
        city: impl IntoIterator<Item = UnitSpec>,
        limits: BusLimits,
    ) -> Result<(Self, Started), StartError> {
        let mut journal: Box<dyn Log> = Box::new(journal);
        let base = snapshot::base(&world);
        let (mut fold, from) = Fold::of(world.clone(), &*journal, base)?;
        let replayed = fold.events;
        let registered = register(&mut fold, &mut *journal, city)?;
        let mut decider = fold.into_decider();
        let folder = journal.folder().map(Path::to_owned);
        if let Some(folder) = &folder {
            let known = positions::read(&world, folder, now());
            known.chunks(GROUP).for_each(|fixes| decider.engine.fixes(fixes, now()));
            forget_news(&mut decider.engine);
        }
        let (work, waiting) = std::sync::mpsc::channel();
        let shared = Arc::new(Shared {
            world,
            inbox: Inbox::new(&limits),
            ticks: broadcast::Sender::new(limits.ticks_kept.max(1)),
            limits,
            journal: work,
            notes: Notes::default(),
            trouble: Mutex::new(None),
            ledger: decider.ledger.clone(),
            applied: RwLock::new((journal.last(), journal.hash())),
            ending: Ending::default(),
            alive: AtomicBool::new(true),
            begun: Instant::now(),
            last_tick_ms: AtomicI64::new(0),
            threads: Mutex::new(Vec::new()),
        });
        let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.into()).spawn(run).map_err(StartError::Thread)
        };
        let for_journal = shared.clone();
        let journal = spawn("journal", Box::new(move || journal_thread::run(journal, &waiting, &for_journal)))?;
        let parts = WriterParts { decider, shared: shared.clone() };
        let writer = spawn("writer", Box::new(move || writer::run(parts)))?;
        shared.threads.lock().extend([writer, journal]);
        if let Some(folder) = folder {
            let for_keeper = shared.clone();
            let keeper = spawn("keeper", Box::new(move || keeper::run(&for_keeper, &folder, base, from)))?;
            shared.threads.lock().push(keeper);
        }
        Ok((Self { shared }, Started { replayed, registered }))
    }
}

impl Decider {
    /// One that knows what a journal says: its newest snapshot, where there is one, and what came after.
    ///
    /// # Errors
    /// [`StartError`] when the journal cannot be read, or does not fit the city.
    pub fn replay(world: Arc<World>, journal: &dyn Log) -> Result<Self, StartError> {
        let base = snapshot::base(&world);
        Ok(Fold::of(world, journal, base)?.0.into_decider())
    }
}

/// What follows from the journal.
struct Fold {
    engine: Engine,
    versions: Versions,
    keys: Keys,
    /// Events that are read and not applied yet.
    group: Vec<(u64, Timestamp, Event)>,
    /// Events so far.
    events: u64,
}

impl Fold {
    fn new(engine: Engine) -> Self {
        Self { engine, versions: Versions::default(), keys: Keys::default(), group: Vec::with_capacity(GROUP), events: 0 }
    }

    /// What follows from a journal, and the last row of the snapshot that was taken for it.
    fn of(world: Arc<World>, journal: &dyn Log, base: Hash) -> Result<(Self, u64), StartError> {
        let mut fold = Self::new(Engine::new(world));
        let from = match snapshot::read(journal, base) {
            Some(snapshot) => fold.restore(snapshot)?,
            None => 0,
        };
        fold.replay(journal, from + 1)?;
        Ok((fold, from))
    }

    fn into_decider(self) -> Decider {
        let Self { engine, versions, keys, .. } = self;
        Decider { engine, ledger: Arc::new(Ledger { versions: RwLock::new(versions), keys: RwLock::new(keys) }) }
    }

    /// Takes a snapshot in place of the rows that it counts, and gives the last of them.
    fn restore(&mut self, Snapshot { seq, state, versions, keys }: Snapshot) -> Result<u64, StartError> {
        self.engine.restore(state).map_err(|source| StartError::Fold { seq, source })?;
        forget_news(&mut self.engine);
        (self.versions, self.keys) = (versions, keys);
        Ok(seq)
    }

    fn replay(&mut self, journal: &dyn Log, from: u64) -> Result<(), StartError> {
        let mut wrong = None;
        let mut take = |row: &Row<'_>| match self.take(row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                wrong = Some(error);
                ControlFlow::Break(())
            }
        };
        journal.read(from, &mut take)?;
        wrong.map_or(Ok(()), Err)?;
        self.apply()
    }

    fn take(&mut self, row: &Row<'_>) -> Result<(), StartError> {
        let key = row.key()?;
        let applied = match row.kind()? {
            Kind::Event => {
                let event = row.event()?;
                self.events += 1;
                let made = self.versions.makes(self.engine.world(), &event);
                let (subject, name) = (event.subject(), event.name());
                // Before it is applied: whether the next event of the thing makes it follows from this one.
                self.versions.set(self.engine.world(), &event, row.seq);
                self.group.push((row.seq, row.at()?, event));
                Applied { seq: row.seq, subject, event: SmolStr::new_static(name), made }
            }
            Kind::Note if key.is_some() => {
                let wrong = |error: crate::engine::SubjectError| JournalError::Row { seq: row.seq, detail: error.to_string() };
                Applied {
                    seq: row.seq,
                    subject: row.subject.parse().map_err(wrong)?,
                    event: SmolStr::new_static(Noted::Unchanged.as_str()),
                    made: false,
                }
            }
            Kind::Note => return Ok(()),
        };
        if let Some(key) = key {
            self.keys.keep(&row.actor()?, &key, applied);
        }
        if self.group.len() == GROUP { self.apply() } else { Ok(()) }
    }

    /// Applies what was read.
    fn apply(&mut self) -> Result<(), StartError> {
        let seq = self.group.first().map_or(0, |(seq, ..)| *seq);
        let fault = |source: FoldError| StartError::Fold { seq, source };
        self.engine.apply(self.group.iter().map(|(_, at, event)| (*at, event))).map_err(fault)?;
        let world = self.engine.world().clone();
        self.group.drain(..).for_each(|(seq, _, event)| self.versions.set(&world, &event, seq));
        self.versions.sweep(&world);
        forget_news(&mut self.engine);
        Ok(())
    }
}

/// What happened before the start is no news to a wall.
fn forget_news(engine: &mut Engine) {
    engine.tick(now());
}

fn register(fold: &mut Fold, journal: &mut dyn Log, city: impl IntoIterator<Item = UnitSpec>) -> Result<usize, StartError> {
    let (at, engine) = (now(), &mut fold.engine);
    let world = engine.world().clone();
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
        let first = journal.last() + 1;
        let draft = |no: u32| {
            let unit = world.unit_by_no(UnitNo(no))?.spec.to_spec(world.organisations());
            let what = What::Event(Event::UnitRegistered { unit });
            Some(Cow::Owned(Draft { at, what, actor: Actor::Machine, key: None, expected: None }))
        };
        journal.append(&mut new.clone().filter_map(draft))?;
        fold.versions.set_units(new, first);
    }
    Ok(registered)
}
