//! The one writer: commands become events, events become state, changes become deltas.
//!
//! Synchronous, without clock, files or sockets: time is an argument. [`Engine`] writes, [`World`] is what everybody
//! reads. A command is decided against the state ([`Engine::decide`]), its events are made durable by whoever drives
//! the engine, then applied ([`Engine::apply`]), then acknowledged, in that order. Fixes are no events: they go
//! straight to the index ([`Engine::fixes`]).

mod arrivals;
mod authority;
mod by_id;
mod command;
mod contact;
mod cordons;
mod density;
mod event;
mod loans;
mod orders;
mod organisations;
mod presence;
mod profile;
mod query;
mod roads;
mod sight;
mod state;
mod subject;
mod unit;
mod whereabouts;
mod world;

use std::sync::{Arc, atomic::Ordering};

pub use arrivals::{ArrivalsAnswer, ArrivalsQuery, Arriving, LATER_S_MAX, PassedOver, TO_ROADS_M_MAX, WhyNot};
pub use command::{Command, Rejection, UnitPatch, ZONES_MAX};
pub use contact::{ContactLimit, ContactLimits};
pub use cordons::{
    AskError, CITY_GATES, CORDON_NAME_CHARS_MAX, CORDONS_ENDED_MAX, CORDONS_MAX, CityGate, Cordon, CordonCommand, CordonEnd, CordonError,
    CordonSpec, CordonState, CordonView, FASTER_MAX, Force, GAIN_MS, GAIN_SHARE, GATE_PLANS_MAX, GATES_MAX, GUARDS_MAX, GatePlan,
    GatePlanError, GateState, GateView, Ground, Hunt, LEFT_M, Leak, LostWhy, PlanAnswer, PlanAsk, PlanGate, Planned, PlannedGuard,
    PlannedPartial, Post, Posted, Protect, RADIUS_M_MAX, RESERVE_MAX, Replacement, RunError, SEEN_S_MAX, SPARE_S_MAX, STARTS_MAX, Seen,
    SendError, Sent, Strength, Suspect, TO_JUNCTION_M_MAX, Wanted,
};
pub use density::{Density, DensityQuery};
pub use event::{Event, FoldError};
pub use loans::{LOANS_MAX, Loan};
pub use orders::{
    ORDER_PLACE_CHARS_MAX, ORDER_RADIUS_M, ORDER_RADIUS_M_DEFAULT, ORDERS_ENDED_MAX, Order, OrderError, OrderSpec, OrderStep, OrdersPage,
};
pub use organisations::{ORGANISATIONS_MAX, Organisations, OrganisationsError};
pub use presence::{Presence, Told, WAY_MS_MAX};
pub use profile::Profile;
pub use query::{Freshness, LeftOut, NearestAnswer, NearestQuery, RingMembers, UnitsPage, UnitsQuery, ZonesPage};
pub use roads::{CLOSURE_EDGES_MAX, CLOSURES_MAX, Closed, Closure, ClosureError, Movement, REASON_CHARS_MAX, Roads, TO_ROAD_M_MAX, Way};
pub use sight::{SeenWorld, Sight};
pub use state::State;
pub use subject::{Subject, SubjectError};
pub use unit::UnitView;
pub use whereabouts::Whereabouts;
pub use world::{Carrier, World};

use crate::{
    delta::{Crossing, Notice, Tick},
    geography::{Edit, Geography},
    index::IndexWriter,
    model::{Contact, DeviceKind, Fix, LayerSet, Timestamp, UNITS_MAX, UnitId, UnitNo, UnitSpec},
};
use unit::Unit;
use world::Directory;

/// How many fixes are written in one turn of the index: a reader that waits for its turn waits for at most so many.
const FIXES_A_HOLD: usize = 64;

/// A checked fix on its way to its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitFix {
    /// The unit.
    pub unit: UnitNo,
    /// The kind of device that gave it.
    pub device: DeviceKind,
    /// The fix.
    pub fix: Fix,
}

/// The writer.
#[derive(Debug)]
pub struct Engine {
    world: Arc<World>,
    index: IndexWriter,
    presence: Presence,
    /// By unit number: whether it is in `changed`, so that a unit stands there once.
    is_changed: Vec<bool>,
    changed: Vec<UnitNo>,
    roster: Vec<UnitNo>,
    notices: Vec<Notice>,
    layers: LayerSet,
    seq: u64,
    superseded: u64,
    /// Kept between calls, so that a batch allocates nothing.
    fresh: Vec<UnitFix>,
    sightings: roads::Sightings,
    watch: orders::Watch,
    closures_changed: bool,
}

impl Engine {
    /// A writer for a world. There must be only one.
    #[must_use]
    pub fn new(world: Arc<World>) -> Self {
        Self {
            index: IndexWriter::new(world.index.clone()),
            world,
            presence: Presence::default(),
            is_changed: Vec::new(),
            changed: Vec::new(),
            roster: Vec::new(),
            notices: Vec::new(),
            layers: LayerSet::EMPTY,
            seq: 0,
            superseded: 0,
            fresh: Vec::with_capacity(FIXES_A_HOLD),
            sightings: roads::Sightings::default(),
            watch: orders::Watch::default(),
            closures_changed: false,
        }
    }

    /// The state that this writer writes.
    #[must_use]
    pub const fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Fixes so far that came after a fresher one of another device of the same unit.
    #[must_use]
    pub const fn superseded(&self) -> u64 {
        self.superseded
    }

    /// What a command would do now: its events, none where all is so already. Changes nothing.
    ///
    /// # Errors
    /// [`Rejection`] names the field, the value and what is right.
    pub fn decide(&self, command: &Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::RegisterUnit(spec) => {
                self.check(spec)?;
                match self.world.unit(&spec.id) {
                    Some(view) if view.spec.to_spec(self.world.organisations()) == *spec => Ok(Vec::new()),
                    Some(_) => Ok(vec![Event::UnitReplaced { unit: spec.clone() }]),
                    None if self.world.count().0 >= UNITS_MAX => Err(Rejection::UnitCount),
                    None => Ok(vec![Event::UnitRegistered { unit: spec.clone() }]),
                }
            }
            Command::EditUnit { id, patch } => {
                let view = self.world.unit(id).ok_or_else(|| Rejection::UnknownUnit(id.clone()))?;
                let spec = view.spec.to_spec(self.world.organisations());
                self.check(&patch.applied_to(&spec))?;
                let change = patch.clone().against(&spec);
                let (status, alarm) = (change.status, change.alarm);
                let change = UnitPatch { status: None, alarm: None, ..change };
                let edited = (change != UnitPatch::default()).then(|| Event::UnitEdited { id: id.clone(), change });
                let status = status.map(|status| Event::StatusSet { id: id.clone(), status });
                let alarm = alarm.map(|alarm| Event::AlarmSet { id: id.clone(), alarm });
                Ok([edited, status, alarm].into_iter().flatten().collect())
            }
            Command::PutZone(zone) => {
                let geography = self.world.geography();
                if let Some(org) = zone.org.as_ref().filter(|org| self.world.organisations().no(org).is_none()) {
                    return Err(Rejection::UnknownOrganisation(org.clone()));
                }
                zone.check()?;
                if let Some(follows) = zone.follows.as_ref().filter(|follows| self.world.unit(&follows.unit).is_none()) {
                    return Err(Rejection::UnknownFollowed(follows.unit.clone()));
                }
                match geography.zone(&zone.id) {
                    Some(known) if known == zone => Ok(Vec::new()),
                    None if geography.len() >= ZONES_MAX => Err(Rejection::ZoneCount),
                    _ => Ok(vec![Event::ZonePut { zone: zone.clone() }]),
                }
            }
            Command::RemoveZone(id) => match self.world.geography().zone(id) {
                Some(_) => Ok(vec![Event::ZoneRemoved { id: id.clone() }]),
                None => Err(Rejection::UnknownZone(id.clone())),
            },
            Command::PutClosure(closure) => {
                let roads = self.world.roads();
                closure.check()?;
                roads.meant(&closure.place)?;
                match roads.closed(&closure.id) {
                    Some(known) if *known.closure == *closure => Ok(Vec::new()),
                    None if roads.closure_count() >= CLOSURES_MAX => Err(Rejection::ClosureCount),
                    _ => Ok(vec![Event::ClosurePut { closure: closure.clone() }]),
                }
            }
            Command::LiftClosure(id) => match self.world.roads().closed(id) {
                Some(_) => Ok(vec![Event::ClosureLifted { id: id.clone() }]),
                None => Err(Rejection::UnknownClosure(id.clone())),
            },
            Command::Cordon(command) => self.world.decide_cordon(command),
            Command::IssueOrder { order, replace } => self.world.decide_issue(order, *replace),
            Command::StepOrder { unit, id, step } => self.world.decide_step(unit, id, *step),
            Command::Lend(loan) => self.world.decide_lend(loan),
            Command::EndLoan(id) => self.world.decide_end_loan(id),
            Command::By { org, command } => {
                self.world.authorise(org, command)?;
                self.decide(command)
            }
        }
    }

    fn check(&self, spec: &UnitSpec) -> Result<(), Rejection> {
        spec.check()?;
        if self.world.organisations().no(&spec.org).is_none() {
            return Err(Rejection::UnknownOrganisation(spec.org.clone()));
        }
        for device in &spec.devices {
            if let Some(carrier) = self.world.carrier(&device.id)
                && let Some(other) = self.world.unit_by_no(carrier.unit)
                && other.spec.id != spec.id
            {
                return Err(Rejection::DeviceTaken { device: device.id.clone(), unit: other.spec.id.clone() });
            }
        }
        Ok(())
    }

    /// Folds events into the state, in order. The same events give the same state, whoever drives.
    ///
    /// # Errors
    /// [`FoldError`] when an event does not fit; those before it are applied.
    pub fn apply<'a>(&mut self, events: impl IntoIterator<Item = (Timestamp, &'a Event)>) -> Result<(), FoldError> {
        // Zones are swapped whole: once for all the events, not once for each.
        let mut zones: Option<Edit> = None;
        let mut result = Ok(());
        for (at, event) in events {
            result = self.apply_one(at, event, &mut zones);
            if result.is_err() {
                break;
            }
        }
        if let Some(zones) = zones {
            let (geography, changed) = zones.done();
            let geography = Arc::new(geography);
            self.presence.renew(&geography, &changed);
            self.world.geography.store(geography);
        }
        result
    }

    fn apply_one(&mut self, at: Timestamp, event: &Event, zones: &mut Option<Edit>) -> Result<(), FoldError> {
        let misfit = |detail: String| FoldError { event: event.name(), detail };
        let known = |world: &World, id: &UnitId| world.unit(id).ok_or_else(|| misfit(format!("there is no unit `{id}`")));
        match event {
            Event::UnitRegistered { unit } | Event::UnitReplaced { unit } => {
                self.set_unit(Profile::new(unit.clone(), self.world.organisations()), at);
            }
            Event::UnitEdited { id, change } => {
                let view = known(&self.world, id)?;
                let organisations = self.world.organisations();
                self.set_unit(Profile::new(change.applied_to(&view.spec.to_spec(organisations)), organisations), at);
            }
            Event::StatusSet { id, status } => {
                let view = known(&self.world, id)?;
                let alarm = view.spec.alarm;
                self.set_unit(view.spec.doing(*status, alarm), at);
            }
            Event::AlarmSet { id, alarm } => {
                let view = known(&self.world, id)?;
                let status = view.spec.status;
                self.set_unit(view.spec.doing(status, *alarm), at);
            }
            Event::ZonePut { zone } => {
                let followed = zone.follows.as_ref().map(|follows| known(&self.world, &follows.unit)).transpose()?;
                let zones = zones.get_or_insert_with(|| Edit::new(self.world.geography()));
                let layers = self.layers.with(zone.layer);
                self.layers = zones.zone(&zone.id).map_or(layers, |old| layers.with(old.layer));
                zones.put(zone.clone(), followed.map(|view| view.no));
            }
            Event::ZoneRemoved { id } => {
                let zones = zones.get_or_insert_with(|| Edit::new(self.world.geography()));
                let layer = zones.zone(id).ok_or_else(|| misfit(format!("there is no zone `{id}`")))?.layer;
                self.layers = self.layers.with(layer);
                zones.remove(id);
            }
            Event::ClosurePut { closure } => {
                self.world.roads().close(closure.clone(), at);
                self.closures_changed = true;
            }
            // It may have ended by itself meanwhile.
            Event::ClosureLifted { id } => self.closures_changed |= self.world.roads().lift(id),
            Event::OrderIssued { order } => {
                let view = known(&self.world, &order.unit)?;
                self.issued(order.clone(), &view, at);
            }
            Event::CordonOrdered { cordon, guards } => self.cordon_ordered(cordon.clone(), guards.clone(), at),
            Event::CordonSighted { id, seen } => self.cordon_sighted(id, *seen, at).map_err(misfit)?,
            Event::CordonChanged { id, guards } => self.cordon_changed(id, guards.clone(), at).map_err(misfit)?,
            Event::CordonOpening { id } => self.cordon_opening(id, at).map_err(misfit)?,
            Event::CordonEnded { id, why } => self.cordon_ended(id, *why, at).map_err(misfit)?,
            Event::GatePlanPut { plan } => self.gate_plan_put(plan.clone()),
            Event::GatePlanRemoved { id } => self.gate_plan_removed(id).map_err(misfit)?,
            Event::LoanMade { loan } => {
                let unit = known(&self.world, &loan.unit)?.no;
                self.lent(loan.clone(), unit);
            }
            Event::LoanEnded { id } => self.loan_ended(id),
            Event::OrderAccepted { id } => self.stepped(id, OrderStep::Accepted, at).map_err(misfit)?,
            Event::OrderArrived { id } => self.stepped(id, OrderStep::Arrived, at).map_err(misfit)?,
            Event::OrderEnded { id, reason } => self.stepped(id, OrderStep::Ended(*reason), at).map_err(misfit)?,
        }
        Ok(())
    }

    fn set_unit(&mut self, spec: Profile, at: Timestamp) {
        let (id, status, alarm, flies) = (spec.id.clone(), spec.status, spec.alarm, spec.kind.flies());
        let mut directory = self.world.directory.write();
        let Directory { units: order, devices } = &mut *directory;
        let mut units = self.world.units.write();
        let known = order.find(&units, &id);
        let no = known.unwrap_or(UnitNo(units.len() as u32));
        if known.is_none() {
            units.push(Unit::new(spec.clone()));
            order.insert(&units, &id, no);
        }
        let Some(unit) = units.get_mut(no.index()) else { return };
        if (unit.spec().status, unit.spec().alarm) != (status, alarm) {
            self.notices.push(Notice::Status { unit: id, no, status, alarm, at });
        }
        let roster = known.is_none() || unit.spec().clone().doing(status, alarm) != spec;
        // A status changes often, who carries what does not: only the latter is looked up anew by everybody.
        let carries = known.is_none() || unit.spec().devices() != spec.devices() || unit.spec().kind.flies() != flies;
        for device in unit.spec().devices() {
            devices.remove(&device.id);
        }
        for device in spec.devices() {
            devices.insert(device.id.clone(), Carrier { unit: no, device: device.kind, flies });
        }
        unit.describe(spec);
        self.index.retag(no, |tag| *tag = unit.tag(tag.device, tag.seen));
        if carries {
            self.world.directory_version.fetch_add(1, Ordering::Release);
        }
        drop(units);
        drop(directory);
        if flies {
            self.sightings.push_off_roads(no);
            self.world.roads().hand_over(&mut self.sightings);
        }
        if roster {
            self.roster.push(no);
        }
        self.mark(no);
    }

    fn mark(&mut self, unit: UnitNo) {
        if self.is_changed.len() <= unit.index() {
            self.is_changed.resize(unit.index() + 1, false);
        }
        if let Some(flag) = self.is_changed.get_mut(unit.index())
            && !std::mem::replace(flag, true)
        {
            self.changed.push(unit);
        }
    }

    /// Takes in checked fixes: of several devices of a unit the freshest counts. The index, then zones, a few dozen
    /// writes a turn. Allocates nothing once its tables have grown.
    pub fn fixes(&mut self, batch: &[UnitFix], now: Timestamp) {
        let geography = self.world.geography();
        for chunk in batch.chunks(FIXES_A_HOLD) {
            self.write(chunk, now);
            let fresh = std::mem::take(&mut self.fresh);
            self.world.roads().hand_over(&mut self.sightings);
            self.presence.expect(&geography, fresh.iter().map(|fresh| (fresh.unit, fresh.fix.at)));
            for UnitFix { unit, fix, .. } in &fresh {
                self.watch_zones(&geography, *unit, fix);
                self.watch.look(*unit, fix);
                self.mark(*unit);
            }
            self.fresh = fresh;
        }
    }

    /// Writes a chunk in one turn of the index; leaves in `fresh` what was newer than what was known.
    fn write(&mut self, chunk: &[UnitFix], now: Timestamp) {
        self.fresh.clear();
        let units = self.world.units.read();
        let mut turn = self.index.turn();
        turn.expect(chunk.iter().map(|update| update.unit));
        let time = |update: &UnitFix| units.get(update.unit.index()).and_then(|unit| unit.last.time());
        std::hint::black_box(chunk.iter().filter_map(time).max());
        for update in chunk {
            let Some(unit) = units.get(update.unit.index()) else { continue };
            if unit.last.time().is_some_and(|known| known >= update.fix.time) {
                self.superseded += 1;
                continue;
            }
            let contact = self.world.limits().contact(update.device, update.fix.time, now);
            let (_, was) = unit.last.state();
            unit.last.write(&update.fix, update.device, contact);
            if was != contact && was != Contact::Never {
                self.notices.push(Notice::Contact { unit: unit.spec().id.clone(), no: update.unit, contact, at: now });
            }
            let tag = unit.tag(update.device, update.fix.time);
            turn.place_unit(update.unit, update.fix.at, &tag);
            self.fresh.push(*update);
            if !tag.kind.flies() {
                self.sightings.push(update.unit, &update.fix);
            }
        }
    }

    fn watch_zones(&mut self, geography: &Geography, unit: UnitNo, fix: &Fix) {
        let (world, notices) = (&self.world, &mut self.notices);
        self.presence.step(geography, unit, fix.at, fix.time, |Told { unit, zone, action }| {
            if let (Some(zone), Some(view)) = (geography.zone_by_no(zone), world.unit_by_no(unit)) {
                notices.push(Notice::Zone {
                    unit: view.spec.id.clone(),
                    no: unit,
                    zone: zone.id.clone(),
                    layer: zone.layer,
                    action,
                    at: fix.time,
                });
            }
        });
    }

    /// What the engine would have done, seen in fixes since it was asked last: commands for whoever drives it, to be decided, made
    /// durable and applied like any other. What comes to nothing is proposed again after [`Engine::look_at_ages`].
    pub fn proposals(&mut self) -> Vec<Command> {
        self.watch.proposals()
    }

    /// Looks at the age of every fix: live ones that became stale, stale ones that were lost; lifts closures and ends loans whose time
    /// has come.
    /// Linear; once a second is enough.
    pub fn look_at_ages(&mut self, now: Timestamp) {
        let world = self.world.clone();
        self.closures_changed |= world.roads().lift_ended(now);
        self.end_loans(now);
        self.watch.remind();
        for (unit, no) in world.units.read().iter().zip(0..) {
            let Some(time) = unit.last.time() else { continue };
            let (device, was) = unit.last.state();
            let contact = world.limits().contact(device, time, now);
            if contact != was {
                unit.last.set_contact(contact);
                self.notices.push(Notice::Contact { unit: unit.spec().id.clone(), no: UnitNo(no), contact, at: now });
                self.mark(UnitNo(no));
            }
        }
    }

    /// All that changed since the last tick.
    pub fn tick(&mut self, now: Timestamp) -> Tick {
        self.seq += 1;
        for unit in &self.changed {
            if let Some(flag) = self.is_changed.get_mut(unit.index()) {
                *flag = false;
            }
        }
        self.roster.sort_unstable();
        self.roster.dedup();
        let units = self.world.units.read();
        let changed = self.changed.drain(..).filter_map(|no| Some(units.get(no.index())?.view(no))).collect();
        drop(units);
        Tick {
            seq: self.seq,
            at: now,
            changed,
            roster: std::mem::take(&mut self.roster),
            notices: std::mem::take(&mut self.notices),
            layers: std::mem::take(&mut self.layers),
            closures: std::mem::take(&mut self.closures_changed),
        }
    }
}
