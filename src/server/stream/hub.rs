//! Where walls get what they show: the picture after each tick, and the views of it that somebody has.

use std::{
    collections::HashMap,
    io,
    num::NonZero,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use metrics::Counter;
use parking_lot::{Condvar, Mutex, RwLock};
use tokio::{
    runtime::Handle,
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
};

use super::{
    audience::{Audience, Rosters},
    channel::Channel,
    form::Format,
    line::Line,
    notices::Notices,
    picture::Picture,
    view::View,
};
use crate::{
    delta::{Notice, Tick},
    engine::World,
    model::{KindSet, LayerSet, OrgId, RoomName},
    server::measure,
};

/// How long a wall may be away, or behind, and still be told all that happened; milliseconds.
pub const WINDOW_MS: u64 = 60_000;
/// So many views are kept before those that nobody has are looked for.
const SWEEP_AT: usize = 64;
/// More threads than these would wait for the network alone.
const WRITERS_MAX: usize = 4;

/// How many threads write to walls: the other cores are for the engine and the doors.
fn writers() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).div_ceil(2).min(WRITERS_MAX)
}

/// What walls are shown: changed once a tick.
#[derive(Debug)]
pub(super) struct State {
    pub(super) picture: Picture,
    pub(super) notices: Notices,
    pub(super) rosters: Rosters,
    /// Tells this run of the server from others.
    run: u32,
    /// The loans, and the last tick in which any began or ended.
    loans: (u64, u64),
    /// A view of more units than these is told totals in their place.
    pub(super) units_max: u32,
    /// The last tick after which any view was told so.
    pub(super) crowded: AtomicU64,
}

impl State {
    /// The last tick after which an organisation may see other units than before.
    pub(super) const fn lent(&self, org: Option<&OrgId>) -> u64 {
        if org.is_some() { self.loans.1 } else { 0 }
    }

    /// Where an event stream may be taken up again.
    pub(super) fn mark(&self) -> String {
        format!("{}-{}", self.run, self.picture.seq)
    }
}

/// What tells a view from others: who sees, the loans, what, and in which form.
type Key = (Option<OrgId>, u64, ([u64; 4], KindSet, LayerSet, Option<u8>, Option<RoomName>), Format);

#[derive(Debug, Default)]
struct Channels {
    known: HashMap<Key, Weak<Channel>>,
    audiences: HashMap<(Option<OrgId>, u64), Weak<Audience>>,
    sweep_at: usize,
}

/// What walls count, found once: to find a counter costs more than many a message.
#[derive(Debug)]
pub(super) struct Counters {
    ticks: Counter,
    units: Counter,
    pub(super) bytes: Counter,
    pub(super) messages: Counter,
}

/// The last tick, for threads.
#[derive(Debug, Default)]
struct Bell {
    seq: u64,
    is_over: bool,
}

/// Where walls get what they show.
#[derive(Debug)]
pub struct Hub {
    state: RwLock<State>,
    channels: Mutex<Channels>,
    /// The number of the last tick: for those who wait for it with others, and for the writers.
    seq: watch::Sender<u64>,
    bell: Mutex<Bell>,
    rung: Condvar,
    /// Lines that are new, for each writer.
    joining: Box<[Mutex<Vec<Weak<Line>>>]>,
    joined: AtomicUsize,
    /// What the doors saw since the last tick.
    seen: Mutex<Vec<Notice>>,
    pub(super) counters: Counters,
    /// Tells this run of the server from others.
    pub run: u32,
}

impl Hub {
    /// A hub of an engine that ticks so often. A view of more than `units_max` units is told totals in their place.
    #[must_use]
    pub fn new(tick_ms: u32, units_max: u32) -> Self {
        let run = rand::random();
        let picture = Picture::new(WINDOW_MS / u64::from(tick_ms.max(1)));
        Self {
            state: RwLock::new(State {
                picture,
                notices: Notices::default(),
                rosters: Rosters::default(),
                run,
                loans: (0, 0),
                units_max,
                crowded: AtomicU64::new(0),
            }),
            channels: Mutex::default(),
            seq: watch::Sender::new(0),
            bell: Mutex::default(),
            rung: Condvar::new(),
            joining: (0..writers()).map(|_| Mutex::default()).collect(),
            joined: AtomicUsize::new(0),
            seen: Mutex::default(),
            counters: Counters {
                ticks: metrics::counter!(measure::TICKS),
                units: metrics::counter!(measure::TICK_UNITS),
                bytes: metrics::counter!(measure::STREAM_BYTES),
                messages: metrics::counter!(measure::STREAM_WRITES),
            },
            run,
        }
    }

    /// The numbers of the ticks from now on.
    #[must_use]
    pub fn ticks(&self) -> watch::Receiver<u64> {
        self.seq.subscribe()
    }

    /// Tells the walls that it concerns with the next tick of what a door saw and no event says.
    pub fn tell(&self, notice: Notice) {
        self.seen.lock().push(notice);
    }

    /// Starts the threads that take in the engine's ticks and write them to walls: threads of their own, for ten thousand walls that are
    /// written to must keep neither the next tick waiting nor a question. They end with the engine. To be called by the doors' runtime.
    ///
    /// # Errors
    /// Where the system starts no thread.
    pub fn start(self: &Arc<Self>, engine: broadcast::Receiver<Arc<Tick>>, world: &Arc<World>) -> io::Result<()> {
        for writer in 0..self.joining.len() {
            let (hub, world, doors) = (self.clone(), world.clone(), Handle::current());
            thread::Builder::new().name(format!("walls-{writer}")).spawn(move || {
                // Sockets are the doors' own: their timers run there.
                let _doors = doors.enter();
                hub.write(writer, &world);
            })?;
        }
        let (hub, world) = (self.clone(), world.clone());
        thread::Builder::new().name("hub".into()).spawn(move || {
            hub.run(engine, &world);
            hub.bell.lock().is_over = true;
            hub.rung.notify_all();
        })?;
        Ok(())
    }

    /// A line that is written to after each tick from now on, until it is dropped.
    pub(super) fn join(&self, line: &Arc<Line>) {
        let writer = self.joined.fetch_add(1, Ordering::Relaxed) % self.joining.len();
        if let Some(joining) = self.joining.get(writer) {
            joining.lock().push(Arc::downgrade(line));
        }
    }

    /// Writes each tick to every line of a writer. Where that takes longer than a tick, those that come later are shown a later one.
    fn write(&self, writer: usize, world: &World) {
        let Some(joining) = self.joining.get(writer) else { return };
        let (mut lines, mut seq) = (Vec::new(), 0);
        loop {
            let mut bell = self.bell.lock();
            self.rung.wait_while(&mut bell, |bell| bell.seq == seq && !bell.is_over);
            if bell.is_over {
                return;
            }
            seq = bell.seq;
            drop(bell);
            lines.append(&mut joining.lock());
            lines.retain(|line| {
                Weak::upgrade(line).is_some_and(|line| {
                    line.show(self, world);
                    true
                })
            });
        }
    }

    fn run(&self, mut engine: broadcast::Receiver<Arc<Tick>>, world: &World) {
        // What was there before the first tick, no tick tells of.
        let mut lost = true;
        loop {
            match engine.blocking_recv() {
                Ok(tick) => {
                    self.take(&tick, world, lost);
                    lost = false;
                }
                Err(RecvError::Lagged(ticks)) => {
                    tracing::warn!(ticks, "ticks were made faster than they were taken in: walls are cut off and come again");
                    lost = true;
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Takes in a tick; where ticks before it were `lost`, the world says how everybody is.
    pub fn take(&self, tick: &Tick, world: &World, lost: bool) {
        let seen = std::mem::take(&mut *self.seen.lock());
        let mut state = self.state.write();
        let State { picture, notices, rosters, loans, .. } = &mut *state;
        let now = world.loans_version();
        if loans.0 != now {
            *loans = (now, tick.seq);
        }
        picture.take(tick, lost.then_some(world));
        if lost {
            notices.lost(tick);
            let mut all = Vec::new();
            world.for_each_unit(|unit| all.push(unit.no));
            rosters.tell(tick.seq, all.into_iter());
        }
        notices.take(tick, &seen, picture, world);
        rosters.tell(tick.seq, tick.roster.iter().copied());
        drop(state);
        self.counters.ticks.increment(1);
        self.counters.units.increment(tick.changed.len() as u64);
        self.seq.send_replace(tick.seq);
        self.bell.lock().seq = tick.seq;
        self.rung.notify_all();
    }

    /// The state after the last tick, for as long as it takes to copy from it.
    pub(super) fn state(&self) -> parking_lot::RwLockReadGuard<'_, State> {
        self.state.read()
    }

    /// The view, shared by all who have the same.
    pub(super) fn channel(&self, org: Option<&OrgId>, view: View, format: Format, world: &World) -> Arc<Channel> {
        let mut channels = self.channels.lock();
        let audience = channels.audience(org, world);
        let key = (audience.org.clone(), audience.loans, view.bits(), format);
        if let Some(channel) = channels.known.get(&key).and_then(Weak::upgrade) {
            return channel;
        }
        let channel = Arc::new(Channel::new(audience, view, format));
        channels.known.insert(key, Arc::downgrade(&channel));
        channels.sweep();
        channel
    }
}

impl Channels {
    fn audience(&mut self, org: Option<&OrgId>, world: &World) -> Arc<Audience> {
        let made = Audience::new(org.cloned(), world);
        let key = (made.org.clone(), made.loans);
        if let Some(known) = self.audiences.get(&key).and_then(Weak::upgrade) {
            return known;
        }
        let made = Arc::new(made);
        self.audiences.insert(key, Arc::downgrade(&made));
        made
    }

    /// Forgets views that nobody has.
    fn sweep(&mut self) {
        if self.known.len() >= self.sweep_at.max(SWEEP_AT) {
            self.known.retain(|_, channel| channel.strong_count() > 0);
            self.audiences.retain(|_, audience| audience.strong_count() > 0);
            self.sweep_at = 2 * self.known.len();
        }
    }
}
