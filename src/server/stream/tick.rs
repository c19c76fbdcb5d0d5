//! Ticks, encoded once for all walls: a task takes each tick from the engine, encodes what changed, and hands the same
//! bytes to every wall. Walls filter and copy.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::sync::broadcast::{self, error::RecvError};

use super::{message, record, view::UnitBits};
use crate::{
    delta::{Notice, Tick},
    engine::{UnitView, World},
    model::{CordonId, Layer, LayerSet, Timestamp, UnitNo, ZoneId},
    server::measure,
};

/// A unit that changed, with its record.
#[derive(Debug)]
pub struct ChangedUnit {
    /// The unit as it is now.
    pub view: UnitView,
    /// Its record, at the tick's time.
    pub record: record::Record,
}

/// What a notice is about: who is told of it.
#[derive(Debug, Clone)]
pub enum About {
    /// A unit, and the number of its organisation: those who have it in their view.
    Unit(UnitNo, u16),
    /// A unit and a zone: of those the ones who see that zone, too, and want its layer.
    Crossing(UnitNo, u16, ZoneId, Layer),
    /// An order of a unit: all who see the unit, wherever it is.
    Order(UnitNo, u16),
    /// A cordon: all who see it.
    Cordon(CordonId),
}

/// A notice, as JSON.
#[derive(Debug)]
pub struct EncodedNotice {
    /// What it is about.
    pub about: About,
    /// The event.
    pub json: String,
}

impl EncodedNotice {
    fn of(notice: &Notice, world: &World) -> Self {
        let org = |no: &UnitNo| world.unit_by_no(*no).map_or(0, |unit| unit.org_no());
        let about = match notice {
            Notice::Zone { no, zone, layer, .. } => About::Crossing(*no, org(no), zone.clone(), *layer),
            Notice::Contact { no, .. } | Notice::Status { no, .. } => About::Unit(*no, org(no)),
            Notice::Order { order, .. } => About::Order(order.unit_no, org(&order.unit_no)),
            Notice::Cordon { id, .. } => About::Cordon(id.clone()),
        };
        Self { about, json: message::event(notice) }
    }
}

/// A unit's line of the roster.
#[derive(Debug)]
pub struct RosterLine {
    /// The unit.
    pub no: UnitNo,
    /// The number of its organisation.
    pub org: u16,
    /// The line, as JSON.
    pub json: String,
}

/// A tick, ready for walls.
#[derive(Debug)]
pub struct EncodedTick {
    /// The tick's number.
    pub seq: u64,
    /// The server's clock when the tick was made.
    pub at: Timestamp,
    /// Whether ticks before this one were lost on the way: every wall then needs a snapshot.
    pub after_gap: bool,
    /// What changed.
    pub changed: Vec<ChangedUnit>,
    /// Units that were registered or edited, as JSON of the roster.
    pub roster: Vec<RosterLine>,
    /// What happened.
    pub notices: Vec<EncodedNotice>,
    /// Layers whose zones changed.
    pub layers: LayerSet,
    /// Whether closures or jams on the roads changed.
    pub closures: bool,
    /// `changed` as JSON, made when the first reader of JSON asks: most ticks have none.
    json: OnceLock<Vec<String>>,
}

impl EncodedTick {
    /// Encodes a tick. Linear in what changed.
    #[must_use]
    pub fn new(tick: &Tick, world: &World, after_gap: bool) -> Self {
        let changed = tick.changed.iter().map(|view| ChangedUnit { view: view.clone(), record: record::encode(view, tick.at) });
        let mut roster = tick.roster.clone();
        if after_gap {
            // The lost ticks may have told of any unit.
            world.for_each_unit(|unit| roster.push(unit.no));
        }
        let line = |no: &UnitNo| {
            let unit = world.unit_by_no(*no)?;
            let json = message::roster_unit(no.0, &unit.spec, world.organisations());
            Some(RosterLine { no: *no, org: unit.org_no(), json })
        };
        Self {
            seq: tick.seq,
            at: tick.at,
            after_gap,
            changed: changed.collect(),
            roster: roster.iter().filter_map(line).collect(),
            notices: tick.notices.iter().map(|notice| EncodedNotice::of(notice, world)).collect(),
            layers: tick.layers,
            closures: tick.closures,
            json: OnceLock::new(),
        }
    }

    /// `changed` as JSON, encoded once for all readers.
    #[must_use]
    pub fn json(&self) -> &[String] {
        self.json.get_or_init(|| self.changed.iter().map(|unit| message::moved(&unit.view, self.at)).collect())
    }
}

/// Where walls get their ticks.
#[derive(Debug)]
pub struct Hub {
    ticks: broadcast::Sender<Arc<EncodedTick>>,
    /// What the doors saw since the last tick.
    seen: Mutex<Vec<EncodedNotice>>,
    /// By unit number: the last tick that told of its registration or edit. A wall that missed ticks asks here whose
    /// roster line it must be sent again; a second copy in each wall would cost walls times units.
    told: Mutex<Vec<u64>>,
}

impl Hub {
    /// A hub that lets walls be `ticks_behind_max` behind.
    #[must_use]
    pub fn new(ticks_behind_max: usize) -> Self {
        Self { ticks: broadcast::Sender::new(ticks_behind_max), seen: Mutex::default(), told: Mutex::default() }
    }

    /// The ticks from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<EncodedTick>> {
        self.ticks.subscribe()
    }

    /// Tells the walls that it concerns with the next tick of what a door saw and no event says.
    pub fn tell(&self, notice: &Notice, world: &World) {
        self.seen.lock().push(EncodedNotice::of(notice, world));
    }

    /// The units that were registered or edited in a tick after `seq`. Linear in the units.
    #[must_use]
    pub fn told_after(&self, seq: u64) -> UnitBits {
        let mut units = UnitBits::default();
        for (no, last) in (0..).zip(self.told.lock().iter()) {
            if *last > seq {
                units.insert(UnitNo(no));
            }
        }
        units
    }

    /// Encodes the engine's ticks and hands them on, until the engine stops.
    pub async fn run(&self, mut engine: broadcast::Receiver<Arc<Tick>>, world: &World) {
        let mut after_gap = false;
        loop {
            match engine.recv().await {
                Ok(tick) => {
                    self.publish(EncodedTick::new(&tick, world, after_gap));
                    after_gap = false;
                }
                Err(RecvError::Lagged(ticks)) => {
                    tracing::warn!(ticks, "ticks were made faster than they were encoded: walls get snapshots");
                    after_gap = true;
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Hands a tick to the walls.
    pub fn publish(&self, mut tick: EncodedTick) {
        tick.notices.append(&mut self.seen.lock());
        metrics::counter!(measure::TICKS).increment(1);
        metrics::counter!(measure::TICK_UNITS).increment(tick.changed.len() as u64);
        let mut told = self.told.lock();
        for RosterLine { no, .. } in &tick.roster {
            if told.len() <= no.index() {
                told.resize(no.index() + 1, 0);
            }
            if let Some(last) = told.get_mut(no.index()) {
                *last = tick.seq;
            }
        }
        drop(told);
        // Nobody listening is no fault.
        let _walls = self.ticks.send(Arc::new(tick));
    }
}
