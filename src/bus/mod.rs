//! Between the doors and the engine: a bounded inbox, the writer's thread, the journal's thread, the fan-out of ticks.
//!
//! Doors hand in fixes ([`Bus::submit`]) and commands ([`Bus::command`]); one plain thread owns the [`Decider`] with its engine and drains
//! both. While the journal makes one group of commands durable, those that come meanwhile gather into the next, and
//! fixes go on: a slow disk delays acknowledgements and nothing else, a dead one refuses commands and nothing else.

mod decider;
mod inbox;
mod journal_thread;
mod keeper;
mod keys;
mod notes;
mod positions;
mod request;
mod snapshot;
mod start;
mod versions;
mod writer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parking_lot::{Condvar, Mutex, RwLock};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, oneshot};

use crate::{
    delta::Tick,
    engine::{FoldError, Rejection, Subject, UnitFix, World},
    journal::{JournalError, Key, Note},
    model::{Actor, Timestamp},
};
use decider::Ledger;
pub use decider::{Answers, Decided, Decider, Doing, refused};
use inbox::Inbox;
use journal_thread::Work;
pub use keys::KEYS_MAX;
use keys::Known;
pub use notes::NOTES_MAX;
use notes::Notes;
pub use positions::POSITIONS_FILE;
pub use request::{Applied, CommandError, Expected, Request};
use snapshot::Hash;
pub use snapshot::SNAPSHOT_FILE;
pub use start::Started;

/// The limits of the bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BusLimits {
    /// The most fixes that wait for the writer; beyond it only the newest of each unit waits.
    pub fixes_max: usize,
    /// The most commands that wait for the writer; beyond it commands are refused.
    pub commands_max: usize,
    /// Milliseconds between two ticks.
    pub tick_ms: u32,
    /// How many ticks are kept for a reader that falls behind; one that falls further is resynchronised.
    pub ticks_kept: usize,
    /// So many rows of the journal after a snapshot the next one is made: a start folds hardly more.
    pub snapshot_rows: u64,
    /// How often the positions of units are kept for the next start, seconds.
    pub positions_s: u32,
}

impl Default for BusLimits {
    fn default() -> Self {
        Self { fixes_max: 65_536, commands_max: 8_192, tick_ms: 100, ticks_kept: 32, snapshot_rows: 50_000, positions_s: 5 }
    }
}

/// Why the bus did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An event of the journal does not fit.
    #[error("journal, event {seq}: {source}")]
    Fold {
        /// The event's number.
        seq: u64,
        /// What does not fit.
        source: FoldError,
    },
    /// A unit of the city does not fit.
    #[error("unit `{unit}` of the city: {source}")]
    Unit {
        /// The unit.
        unit: String,
        /// What does not fit.
        source: Rejection,
    },
    /// A thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
}

type Reply = oneshot::Sender<Result<Applied, CommandError>>;

/// What doors, writer and journal share.
#[derive(Debug)]
struct Shared {
    world: Arc<World>,
    inbox: Inbox,
    ticks: broadcast::Sender<Arc<Tick>>,
    limits: BusLimits,
    /// The way to the journal's thread.
    journal: std::sync::mpsc::Sender<Work>,
    notes: Notes,
    /// Why the journal cannot be written, while it cannot.
    trouble: Mutex<Option<String>>,
    /// Written by the writer alone.
    ledger: Arc<Ledger>,
    /// The last row that is applied, and its hash. Held for writing while rows are applied, for reading while a snapshot copies what they
    /// made: the writer never waits for it, but applies them a moment later.
    applied: RwLock<(u64, Hash)>,
    ending: Ending,
    /// Whether the writer runs: what readiness asks.
    alive: AtomicBool,
    /// When the bus was started; whether the writer hangs must not follow from a clock that somebody sets.
    begun: Instant,
    /// When the last tick was made, milliseconds after the start: a writer that hangs shows here.
    last_tick_ms: AtomicI64,
    /// The writer and the journal, taken by whoever stops them.
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Says that the bus is stopped to a thread that sleeps.
#[derive(Debug, Default)]
struct Ending {
    is_over: Mutex<bool>,
    wake: Condvar,
}

impl Ending {
    fn say(&self) {
        *self.is_over.lock() = true;
        self.wake.notify_all();
    }

    /// Sleeps so long, or until it is said. Whether it was.
    fn wait(&self, time: Duration) -> bool {
        let mut is_over = self.is_over.lock();
        self.wake.wait_while_for(&mut is_over, |is_over| !*is_over, time);
        *is_over
    }
}

impl Shared {
    fn set_trouble(&self, trouble: Option<String>) {
        metrics::gauge!("citygate_journal_failing").set(if trouble.is_some() { 1.0 } else { 0.0 });
        *self.trouble.lock() = trouble;
    }
}

/// The handle that every door holds. Clones are of one bus.
#[derive(Debug, Clone)]
pub struct Bus {
    shared: Arc<Shared>,
}

impl Bus {
    /// The state, for questions.
    #[must_use]
    pub fn world(&self) -> &Arc<World> {
        &self.shared.world
    }

    /// The server's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        now()
    }

    /// The limits it runs with.
    #[must_use]
    pub fn limits(&self) -> &BusLimits {
        &self.shared.limits
    }

    /// Hands checked fixes to the writer and gives the places of those that found no room, ascending. Never waits: when the
    /// queue is full only the newest of each unit stays, and a unit that has none there is left out. About 10 ns a fix.
    pub fn submit(&self, fixes: &[UnitFix]) -> Vec<usize> {
        self.shared.inbox.submit(fixes)
    }

    /// Resolves when the queue is at most half full, at the latest after a fifth of a second: for doors whose senders can wait,
    /// before they read on. So a flood is slowed down to what the writer takes, and nothing of it is merged away.
    pub async fn room(&self) {
        self.shared.inbox.room().await;
    }

    /// Has a command done: decided, durable, applied. Resolves when it is acknowledged.
    ///
    /// # Errors
    /// [`CommandError`]: nothing was done.
    pub async fn command(&self, request: Request) -> Result<Applied, CommandError> {
        let (reply, answer) = oneshot::channel();
        self.shared.inbox.command(request, reply)?;
        answer.await.unwrap_or(Err(CommandError::Stopped))
    }

    /// What was done under a key of somebody's; none where the command is still to be done.
    ///
    /// # Errors
    /// [`CommandError::KeyUsed`] when something else was asked under it.
    pub fn done(&self, actor: &Actor, key: &Key) -> Result<Option<Applied>, CommandError> {
        match self.shared.ledger.keys.read().find(actor, key) {
            Known::New => Ok(None),
            Known::Done(applied) => Ok(Some(applied)),
            Known::Other => Err(CommandError::KeyUsed(key.text().to_string())),
        }
    }

    /// The sequence of the last event of a thing; 0 where it is as the city's files say. Ask before you look at the thing: what you see
    /// is then that or newer.
    #[must_use]
    pub fn last_event(&self, subject: &Subject) -> u64 {
        self.shared.ledger.versions.read().last(self.world(), subject).unwrap_or(0)
    }

    /// Puts a note on record, durable with the next group of commands. Never waits: where notes come faster than the disk takes them they
    /// are merged and counted, see [`NOTES_MAX`].
    pub fn note(&self, actor: Actor, note: Note) {
        if self.shared.notes.put(now(), actor, note) {
            // When its thread has ended, the server has stopped.
            let _ = self.shared.journal.send(Work::Notes);
        }
    }

    /// Why the journal cannot be written, while it cannot: commands are refused, all else goes on.
    #[must_use]
    pub fn journal_trouble(&self) -> Option<String> {
        self.shared.trouble.lock().clone()
    }

    /// The ticks from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Tick>> {
        self.shared.ticks.subscribe()
    }

    /// Whether the writer runs and made a tick within the last seconds.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let silence_ms = self.shared.begun.elapsed().as_millis() as i64 - self.shared.last_tick_ms.load(Ordering::Relaxed);
        self.shared.alive.load(Ordering::Relaxed) && silence_ms < i64::from(self.shared.limits.tick_ms) + 2_000
    }

    /// Stops the writer after what it has begun, and waits for it. Commands that still wait are answered as not done.
    pub fn stop(&self) {
        self.shared.inbox.stop();
        self.shared.ending.say();
        for thread in std::mem::take(&mut *self.shared.threads.lock()) {
            // A thread that panicked has said so; there is nothing left to wait for.
            let _ = thread.join();
        }
    }
}

/// The system's clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_ms(since.as_millis() as i64)
}

/// The writer's own things, moved into its thread.
#[derive(Debug)]
struct WriterParts {
    decider: Decider,
    shared: Arc<Shared>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{Command, ContactLimits, Organisations, UnitPatch},
        geodesy::LatLng,
        geography::Geography,
        journal::Journal,
        model::{DeviceKind, Fix, Name, OrgLevel, Organisation, UnitSpec},
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_disk_refuses_commands_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
        let world = World::new(Organisations::new(vec![top]).unwrap(), Geography::default(), ContactLimits::default());
        let unit: UnitSpec = serde_json::from_str(r#"{"id":"u","callsign":"U","kind":"foot","org":"city"}"#).unwrap();
        let world = Arc::new(world);
        // The city is registered before the disk fills up.
        let (bus, _) = Bus::start(world.clone(), journal, [unit.clone()], BusLimits::default()).unwrap();
        bus.stop();
        let journal = Journal::open(folder.path()).unwrap();
        journal.let_the_disk_be_full();
        let world = World::new(world.organisations().clone(), Geography::default(), ContactLimits::default());
        let (bus, started) = Bus::start(Arc::new(world), journal, [unit], BusLimits::default()).unwrap();
        assert_eq!(started, Started { replayed: 1, registered: 0 });

        let id: crate::model::UnitId = "u".parse().unwrap();
        let mut acknowledged = "U".to_owned();
        let mut n = 0;
        let error = loop {
            n += 1;
            let patch = UnitPatch { callsign: Some(format!("{n:032}")), ..UnitPatch::default() };
            match bus.command(Request::new(Command::EditUnit { id: id.clone(), patch: patch.clone() }, Actor::Machine)).await {
                Ok(_) => acknowledged = patch.callsign.unwrap(),
                Err(error) => break error,
            }
        };
        assert!(matches!(&error, CommandError::Journal(why) if why.contains("full")), "{error}");
        assert_eq!(bus.world().unit(&id).unwrap().spec.callsign, acknowledged, "what was refused is not done");
        assert!(bus.journal_trouble().is_some_and(|why| why.contains("full")));

        // Fixes go on, and so does the rest.
        let mut ticks = bus.subscribe();
        let view = bus.world().unit(&id).unwrap();
        let fix = Fix { at: LatLng::new(22.8, 108.3).unwrap(), time: bus.now(), speed_mps: None, heading_deg: None, accuracy_m: None };
        bus.submit(&[UnitFix { unit: view.no, device: DeviceKind::Radio, fix }]);
        while ticks.recv().await.unwrap().changed.is_empty() {}
        assert!(bus.is_healthy());
        bus.stop();

        // And nothing that was acknowledged is missing.
        let world = World::new(bus.world().organisations().clone(), Geography::default(), ContactLimits::default());
        let (bus, _) = Bus::start(Arc::new(world), Journal::open(folder.path()).unwrap(), [], BusLimits::default()).unwrap();
        assert_eq!(bus.world().unit(&id).unwrap().spec.callsign, acknowledged);
        bus.stop();
    }
}
