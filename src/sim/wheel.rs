//! Brings a run up, turns its wheel, and ends it.

use std::{
    collections::HashSet,
    io::{self, Write},
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::lookup_host,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    task::{LocalSet, spawn_local},
    time::{Instant, sleep_until},
};

use super::{
    MeasureOptions, Options, RATE_HZ_MAX, RATE_HZ_MIN, SimError, Summary, WALLS_MAX,
    clock::Clock,
    crew::{self, Sender},
    doors::{Batch, Desk, Ears, Heard, Order, Patch, Shared, keep},
    errands::{Errands, Said},
    fleet::Fleet,
    life::{Change, Life},
    probe::{SentLog, Watch},
    schedule::{SLOT_MS, Schedule},
    silence::is_silent,
    sync,
};
use crate::{
    city::{self, City},
    geodesy::LatLng,
};

/// Slots of one second.
const SLOTS_PER_S: u64 = 1_000 / SLOT_MS;
/// How often the operator gets a line, seconds.
const STATUS_LINE_S: u64 = 10;
/// A unit without fixes says so often that it is still there, seconds.
const HEARTBEAT_S: u64 = 30;
/// After a longer pause of the machine the wheel goes on from now.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How often the open orders and the closures are asked for, seconds.
const ORDERS_S: u64 = 2;
/// Changes that wait for the desk.
const PATCHES_MAX: usize = 1_024;
/// Files beside the sockets of units.
const FILES_SPARE: u64 = 64;

/// Runs a simulation until its time is over, SIGTERM or SIGINT. Blocks.
///
/// # Errors
/// [`SimError`]; also when the server accepted nothing.
pub fn run(options: &Options) -> Result<Summary, SimError> {
    if !(RATE_HZ_MIN..=RATE_HZ_MAX).contains(&options.rate_hz) {
        return Err(SimError::Rate(options.rate_hz));
    }
    let walls = options.measure.as_ref().map_or(0, |measure| measure.walls);
    if options.measure.is_some() && !(1..=WALLS_MAX).contains(&walls) {
        return Err(SimError::WallCount(walls));
    }
    let city = city::load(&options.data)?;
    raise_file_limit((crew::sockets(&city.units) + walls) as u64 + FILES_SPARE)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, simulate(options, city))
}

fn raise_file_limit(needed: u64) -> Result<(), SimError> {
    let got = rlimit::increase_nofile_limit(needed)?;
    if got < needed { Err(SimError::FileLimit { got, needed }) } else { Ok(()) }
}

async fn address(value: &str) -> Result<SocketAddr, SimError> {
    let wrong = |source| SimError::Address { value: value.to_owned(), source };
    let bare = value.strip_prefix("http://").unwrap_or(value).trim_end_matches('/');
    let mut found = lookup_host(bare).await.map_err(wrong)?;
    found.next().ok_or_else(|| wrong(io::ErrorKind::NotFound.into()))
}

/// A line for the operator. That nobody reads it is no reason to stop.
fn tell(line: &str) {
    let _ = writeln!(io::stderr().lock(), "simulate: {line}");
}

async fn simulate(options: &Options, city: City) -> Result<Summary, SimError> {
    let (http, jt808) = (address(&options.http).await?, address(&options.jt808).await?);
    let sent = options.measure.as_ref().map(|_| Arc::new(SentLog::new(city.units.iter().map(|unit| unit.id.clone()))));
    let shared = Rc::new(Shared::new(http, jt808, options.token.clone(), options.seed, sent));
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut room = None;
    let run = async {
        sync::wait_ready(&shared, tell).await;
        let room = room.insert(Room::new(options, city, &shared).await?);
        room.turn(options.seconds).await
    };
    let ended = tokio::select! {
        ended = run => ended,
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    tell(&shared.stats.to_string());
    ended?;
    let stats = &shared.stats;
    let (units, measurement) = match room {
        Some(room) => (room.fleet.len(), room.watch.map(|watch| watch.finish(stats)).transpose()?.flatten()),
        None => (0, None),
    };
    if stats.accepted.get() == 0 {
        return Err(SimError::NothingAccepted(options.http.clone()));
    }
    Ok(Summary {
        units,
        sent: stats.sent.get(),
        accepted: stats.accepted.get(),
        refused: stats.refused.get(),
        skipped: stats.skipped.get(),
        lost: stats.lost.get(),
        changes: stats.changes.get(),
        measurement,
    })
}

/// Everything of a run.
struct Room {
    shared: Rc<Shared>,
    fleet: Fleet,
    life: Life,
    schedule: Schedule,
    senders: Vec<Sender>,
    desk: mpsc::Sender<Patch>,
    errands: Errands,
    ears: mpsc::Sender<()>,
    heard: mpsc::Receiver<Heard>,
    units: Vec<crate::model::UnitId>,
    /// Whose alarm button is pressed and not yet sent.
    pressed: HashSet<usize>,
    /// Kept to be used again.
    changes: Vec<Change>,
    said: Vec<Said>,
    watch: Option<Watch>,
    clock: Clock,
}

impl Room {
    async fn new(options: &Options, city: City, shared: &Rc<Shared>) -> Result<Self, SimError> {
        let [lng_deg, lat_deg] = city.meta.center;
        let centre = LatLng::new(lat_deg, lng_deg).unwrap_or(LatLng::NORTH_POLE);
        let mut fleet = Fleet::new(&city.units, city.roads, centre, options.seed);
        match sync::take_statuses(shared, &city.units, &mut fleet).await {
            Ok(known) => tell(&format!("{} units, of which the server knows {known}", fleet.len())),
            Err(error) => tell(&format!("the server's statuses are not known, the files' are taken: {error}")),
        }
        let watch = match &options.measure {
            Some(MeasureOptions { walls, server_pid, warm_up_s }) => Some(Watch::open(shared, *walls, *server_pid, *warm_up_s)?),
            None => None,
        };
        let senders = crew::muster(&city.units, shared)?;
        let (desk, inbox) = mpsc::channel(PATCHES_MAX);
        spawn_local(keep(Desk::default(), shared.clone(), inbox));
        let (ears, asks) = mpsc::channel(1);
        let (tell_heard, heard) = mpsc::channel(1);
        spawn_local(keep(Ears::new(tell_heard), shared.clone(), asks));
        let period_ms = (1_000.0 / options.rate_hz).round() as u64;
        Ok(Self {
            shared: shared.clone(),
            life: Life::new(&fleet, options.seed, options.alarms),
            schedule: Schedule::new(senders.len(), period_ms, options.seed),
            fleet,
            senders,
            desk,
            errands: Errands::new(city.units.iter().map(|unit| unit.id.clone()), options.seed),
            ears,
            heard,
            units: city.units.into_iter().map(|unit| unit.id).collect(),
            pressed: HashSet::new(),
            changes: Vec::new(),
            said: Vec::new(),
            watch,
            clock: Clock::start(),
        })
    }

    /// Turns the wheel. A late slot is sent late; one that is a whole period late only moves its units.
    async fn turn(&mut self, seconds: Option<u64>) -> Result<(), SimError> {
        self.clock = Clock::start();
        let period = Duration::from_millis(self.schedule.period_ms());
        let end = seconds.map_or(u64::MAX, |seconds| seconds.saturating_mul(SLOTS_PER_S));
        let mut slot = 0;
        while slot < end {
            let due = self.clock.instant(slot);
            sleep_until(due).await;
            let late = Instant::now().saturating_duration_since(due);
            if late > PAUSE_MAX {
                slot += late.as_millis() as u64 / SLOT_MS;
                continue;
            }
            if slot.is_multiple_of(SLOTS_PER_S) {
                self.second(slot / SLOTS_PER_S)?;
            }
            self.slot(slot, late < period);
            slot += 1;
        }
        Ok(())
    }

    /// What happens once a second.
    fn second(&mut self, second: u64) -> Result<(), SimError> {
        self.clock.follow();
        self.life.step(&mut self.fleet, &mut self.changes);
        for change in self.changes.drain(..) {
            let (unit, patch) = match change {
                Change::Alarm(unit) => {
                    self.pressed.insert(unit);
                    continue;
                }
                Change::Status(unit, status) => (unit, self.units.get(unit).map(|id| Patch::Status(id.clone(), status))),
                Change::AllClear(unit) => (unit, self.units.get(unit).map(|id| Patch::AllClear(id.clone()))),
            };
            self.pressed.remove(&unit);
            if patch.is_some_and(|patch| self.desk.try_send(patch).is_err()) {
                self.shared.stats.changes_failed.add(1);
            }
        }
        self.errands(second);
        if let Some(watch) = &mut self.watch {
            watch.second(second, &self.shared.stats)?;
        }
        if second > 0 && second.is_multiple_of(STATUS_LINE_S) {
            tell(&self.shared.stats.to_string());
        }
        Ok(())
    }

    /// What units do with their orders.
    fn errands(&mut self, second: u64) {
        if second.is_multiple_of(ORDERS_S) {
            // One who still waits for an answer asks again later.
            let _ = self.ears.try_send(());
        }
        while let Ok(Heard { orders, closures }) = self.heard.try_recv() {
            if self.fleet.hear(closures) {
                self.errands.look_again(&mut self.fleet);
            }
            self.errands.hear(orders, &mut self.fleet);
        }
        self.errands.step(&mut self.fleet, &mut self.said);
        for said in self.said.drain(..) {
            if self.desk.try_send(Patch::Said(said)).is_err() {
                self.shared.stats.changes_failed.add(1);
            }
        }
    }

    /// Moves who is due and, when it is not too late, lets them report.
    fn slot(&mut self, slot: u64, in_time: bool) {
        let Self { shared, fleet, schedule, senders, pressed, clock, .. } = self;
        let (time, second) = (clock.time(slot), slot / SLOTS_PER_S);
        let period_s = schedule.period_ms() as f64 / 1_000.0;
        let turn = slot * SLOT_MS / schedule.period_ms();
        let heartbeat = turn.is_multiple_of((HEARTBEAT_S * 1_000 / schedule.period_ms()).max(1));
        let silent = |unit: usize| is_silent(shared.seed, unit as u64, second);
        for sender in schedule.due(slot).iter().filter_map(|sender| senders.get(*sender)) {
            match sender {
                Sender::Device { unit, moves, orders } => {
                    let fix = if *moves { fleet.step(*unit, period_s, time) } else { fleet.last(*unit) };
                    let Some(mut fix) = fix.filter(|_| in_time) else { continue };
                    if silent(*unit) {
                        if heartbeat {
                            let _ = orders.try_send(Order::Heartbeat);
                        }
                        continue;
                    }
                    fix.alarm = pressed.contains(unit);
                    match orders.try_send(Order::Fix(fix)) {
                        Ok(()) if fix.alarm => drop(pressed.remove(unit)),
                        Ok(()) => {}
                        Err(_) => shared.stats.skipped.add(1),
                    }
                }
                Sender::Gateway { radios, orders } => {
                    let mut batch = Batch::default();
                    for (unit, device, moves) in radios {
                        let fix = if *moves { fleet.step(*unit, period_s, time) } else { fleet.last(*unit) };
                        if let Some(fix) = fix.filter(|_| !silent(*unit)) {
                            batch.push(*unit, device, fix);
                        }
                    }
                    let count = batch.len() as u64;
                    if in_time && count > 0 && orders.try_send(batch).is_err() {
                        shared.stats.skipped.add(count);
                    }
                }
            }
        }
    }
}
