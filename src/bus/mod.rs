//! Between the doors and the engine: a bounded inbox, the writer's thread, the journal's thread, the fan-out of ticks.
//!
//! Doors hand in fixes ([`Bus::submit`]) and commands ([`Bus::command`]); one plain thread owns the [`Engine`] and drains
//! both. While the journal makes one group of commands durable, those that come meanwhile gather into the next, and
//! fixes go on: a slow disk delays acknowledgements and nothing else, a dead one refuses commands and nothing else.

mod inbox;
mod journal_thread;
mod start;
mod writer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    thread::JoinHandle,
    time::{SystemTime, UNIX_EPOCH},
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, oneshot};

use crate::{
    delta::Tick,
    engine::{Command, Engine, FoldError, Rejection, UnitFix, World},
    journal::JournalError,
    model::Timestamp,
};
use inbox::Inbox;
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
}

impl Default for BusLimits {
    fn default() -> Self {
        Self { fixes_max: 65_536, commands_max: 8_192, tick_ms: 100, ticks_kept: 32 }
    }
}

/// A command that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The number of its last event in the journal; where all was so already, the last of the journal.
    pub seq: u64,
    /// How many events it made.
    pub events: usize,
}

/// Why a command was not done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommandError {
    /// It is wrong.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The journal could not make it durable: nothing was done. Try again when the disk is well.
    #[error("nothing was done, since the journal cannot be written: {0}")]
    Journal(String),
    /// Too many commands wait.
    #[error("{0} commands wait already: try again in a moment")]
    Full(usize),
    /// The server is stopping.
    #[error("the server is stopping: try again when it is back")]
    Stopped,
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
    /// Whether the writer runs: what readiness asks.
    alive: AtomicBool,
    /// When the last tick was made: a writer that hangs shows here.
    last_tick_ms: AtomicI64,
    /// The writer and the journal, taken by whoever stops them.
    threads: Mutex<Vec<JoinHandle<()>>>,
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
    pub async fn command(&self, command: Command) -> Result<Applied, CommandError> {
        let (reply, answer) = oneshot::channel();
        self.shared.inbox.command(command, reply)?;
        answer.await.unwrap_or(Err(CommandError::Stopped))
    }

    /// The ticks from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Tick>> {
        self.shared.ticks.subscribe()
    }

    /// Whether the writer runs and made a tick within the last seconds.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let silence_ms = now().unix_ms() - self.shared.last_tick_ms.load(Ordering::Relaxed);
        self.shared.alive.load(Ordering::Relaxed) && silence_ms < i64::from(self.shared.limits.tick_ms) + 2_000
    }

    /// Stops the writer after what it has begun, and waits for it. Commands that still wait are answered as not done.
    pub fn stop(&self) {
        self.shared.inbox.stop();
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
    engine: Engine,
    shared: Arc<Shared>,
    journal: std::sync::mpsc::Sender<journal_thread::Group>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{ContactLimits, Organisations, UnitPatch},
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
            match bus.command(Command::EditUnit { id: id.clone(), patch: patch.clone() }).await {
                Ok(_) => acknowledged = patch.callsign.unwrap(),
                Err(error) => break error,
            }
        };
        assert!(matches!(&error, CommandError::Journal(why) if why.contains("full")), "{error}");
        assert_eq!(bus.world().unit(&id).unwrap().spec.callsign, acknowledged, "what was refused is not done");

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
