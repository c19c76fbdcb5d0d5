//! The force: the engine's own world, the city's units on patrol, and those that were sent.

use std::sync::Arc;

use super::{
    DrillError, Stage,
    journey::{Journey, Moment, Point},
};
use crate::{
    engine::{ArrivalsQuery, Arriving, Command, Engine, Freshness, Organisations, Roads, Sight, UnitFix, UnitPatch, UnitView, Way, World},
    geodesy::LatLng,
    geography::Geography,
    index::Filter,
    model::{DeviceKind, Fix, KindSet, OrgId, Status, StatusSet, Timestamp, UnitNo},
    roads::{JunctionNo, RoadPlace, Route, Search},
    sim::fleet::Fleet,
};

/// Nobody who is called arrives later than this, milliseconds.
const CALL_MS_MAX: u32 = 3_600_000;
/// How far from its road a unit may stand, metres.
const TO_ROAD_M_MAX: f64 = 100.0;

/// Where a unit is in its drill.
#[derive(Debug, Clone, PartialEq)]
enum Place {
    /// On its ground, as the simulator drives it.
    Patrol,
    /// On the way, or where that ended.
    Sent(Journey),
}

/// A unit, and what it did.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) view: UnitView,
    device: DeviceKind,
    place: Place,
    /// What it reported on patrol.
    pub(super) patrol: Vec<Point>,
    pub(super) statuses: Vec<(i64, Status)>,
    /// Where it drove, and until when.
    pub(super) drives: Vec<(Journey, i64)>,
}

/// Engine, fleet and what is written down of them.
#[derive(Debug)]
pub(super) struct Force {
    engine: Engine,
    fleet: Fleet,
    search: Search,
    begins: Timestamp,
    members: Vec<Member>,
    /// Kept between seconds.
    batch: Vec<UnitFix>,
}

impl Force {
    /// All units of a city, each near its home.
    ///
    /// # Errors
    /// [`DrillError`] when the engine refuses one of the city's files.
    pub(super) fn new(stage: &Stage, begins: Timestamp, seed: u64) -> Result<Self, DrillError> {
        let city = &stage.city;
        let roads = Roads::new(city.roads.clone(), &Default::default(), Default::default());
        let world = World::new(Organisations::new(city.organisations.clone())?, Geography::new(city.zones.clone()), Default::default());
        let world = Arc::new(world.with_roads(roads));
        let mut engine = Engine::new(world.clone());
        for spec in &city.units {
            for event in engine.decide(&Command::RegisterUnit(spec.clone()))? {
                engine.apply([(begins, &event)])?;
            }
        }
        engine.tick(begins);
        let [lng, lat] = city.meta.center;
        let centre = LatLng::new(lat, lng).unwrap_or_default();
        let fleet = Fleet::new(&city.units, city.roads.clone(), centre, seed);
        let member = |no: usize| {
            let view = world.unit_by_no(UnitNo(no as u32))?;
            let device = view.spec.devices().first().map_or(DeviceKind::Radio, |device| device.kind);
            Some(Member { view, device, place: Place::Patrol, patrol: Vec::new(), statuses: Vec::new(), drives: Vec::new() })
        };
        let members = (0..city.units.len()).map_while(member).collect();
        Ok(Self { engine, fleet, search: Search::default(), begins, members, batch: Vec::new() })
    }

    /// What everybody may ask.
    pub(super) fn world(&self) -> &Arc<World> {
        self.engine.world()
    }

    /// An instant of the drill's clock.
    pub(super) const fn time(&self, ms: i64) -> Timestamp {
        self.begins.plus_ms(ms)
    }

    /// A unit.
    pub(super) fn member(&self, unit: UnitNo) -> Option<&Member> {
        self.members.get(unit.index())
    }

    /// Whether a unit is free and moves by itself.
    fn patrols(&self, unit: usize) -> bool {
        let status = self.fleet.status(unit);
        matches!(status, Some(Status::Available)) && self.members.get(unit).is_some_and(|member| member.place == Place::Patrol)
    }

    /// Everybody who is due reports: who is free once a period, who was sent each second, whoever does not move and is not free once,
    /// at the beginning.
    pub(super) fn report(&mut self, ms: i64, period_s: i64, is_first: bool) {
        let (second, time) = (ms.div_euclid(1_000), self.time(ms));
        let mut batch = std::mem::take(&mut self.batch);
        batch.clear();
        let Self { engine, fleet, members, .. } = self;
        let network = &engine.world().roads().network;
        for (n, member) in members.iter_mut().enumerate() {
            let fix = match &member.place {
                Place::Patrol => {
                    let is_free = fleet.status(n) == Some(Status::Available);
                    if !(is_first || is_free && (second + n as i64).rem_euclid(period_s) == 0) {
                        continue;
                    }
                    let Some(fix) = fleet.step(n, if is_first { 0.0 } else { period_s as f64 }, time) else { continue };
                    let Ok(at) = LatLng::new(f64::from(fix.lat_udeg) / 1e6, f64::from(fix.lng_udeg) / 1e6) else { continue };
                    member.patrol.push((ms, at));
                    Moment { at, speed_mps: fix.speed_mps, heading_deg: fix.heading_deg, on: None }
                }
                Place::Sent(journey) => journey.at(network, ms),
            };
            let fix = Fix {
                at: fix.at,
                time,
                speed_mps: Some(fix.speed_mps as f32),
                heading_deg: Some(fix.heading_deg as f32),
                accuracy_m: None,
            };
            batch.push(UnitFix { unit: UnitNo(n as u32), device: member.device, fix });
        }
        engine.fixes(&batch, time);
        if second % 10 == 0 {
            engine.look_at_ages(time);
            engine.tick(time);
        }
        self.batch = batch;
    }

    /// Where somebody who was sent is now, on which edge, and how far along.
    pub(super) fn sent_at(&self, unit: UnitNo, ms: i64) -> Option<Moment> {
        match &self.members.get(unit.index())?.place {
            Place::Patrol => None,
            Place::Sent(journey) => Some(journey.at(&self.world().roads().network, ms)),
        }
    }

    /// Gives a unit a status, as a command.
    ///
    /// # Errors
    /// [`DrillError`] when the engine refuses.
    pub(super) fn set_status(&mut self, unit: UnitNo, status: Status, ms: i64) -> Result<(), DrillError> {
        let time = self.time(ms);
        let Some(member) = self.members.get_mut(unit.index()) else { return Ok(()) };
        let patch = UnitPatch { status: Some(status), ..UnitPatch::default() };
        for event in self.engine.decide(&Command::EditUnit { id: member.view.spec.id.clone(), patch })? {
            self.engine.apply([(time, &event)])?;
        }
        self.fleet.set_status(unit.index(), status);
        member.statuses.push((ms, status));
        Ok(())
    }

    /// A unit's own number, kind and so on, as it is now.
    pub(super) fn view(&self, unit: UnitNo) -> Option<UnitView> {
        self.world().unit_by_no(unit)
    }

    /// The free units that can be at a place first, of some kinds and, where some are named, organisations.
    pub(super) fn first(&mut self, at: LatLng, count: usize, kinds: KindSet, orgs: &[OrgId], ms: i64) -> Vec<Arriving> {
        let (world, now) = (self.world().clone(), self.time(ms));
        let ranges: Vec<_> =
            if orgs.is_empty() { vec![None] } else { orgs.iter().filter_map(|org| world.organisations().subtree(org)).map(Some).collect() };
        let mut found: Vec<Arriving> = Vec::new();
        for org in ranges {
            let statuses: StatusSet = std::iter::once(Status::Available).collect();
            let filter = Filter { kinds, statuses, org, ..Filter::default() };
            let query = ArrivalsQuery { at, k: count, most_ms: CALL_MS_MAX, filter, freshness: Freshness::Live, urgent: true, explain: 0 };
            found.extend(world.seen_by(Sight::ALL).arrivals(&mut self.search, &query, now).units);
        }
        found.sort_by_key(|arriving| (arriving.eta_ms, arriving.unit.no));
        found.dedup_by_key(|arriving| arriving.unit.no);
        found.truncate(count);
        found
    }

    /// Where a unit is on the roads.
    pub(super) fn place(&self, unit: UnitNo, ms: i64) -> Option<RoadPlace> {
        let roads = self.world().roads();
        let member = self.members.get(unit.index())?;
        if let Place::Sent(journey) = &member.place
            && let Some((edge, along_m)) = journey.at(&roads.network, ms).on
        {
            return Some(RoadPlace::new(edge, along_m / roads.network.length_m(edge)?.max(0.001)));
        }
        let at = match &member.place {
            Place::Patrol => self.view(unit)?.fix?.at,
            Place::Sent(journey) => journey.at(&roads.network, ms).at,
        };
        roads.snapper.nearest(at, TO_ROAD_M_MAX, |_| true).map(|(place, _)| place)
    }

    /// The way of a unit to a junction, of least time.
    pub(super) fn route(&mut self, unit: UnitNo, from: RoadPlace, to: JunctionNo) -> Option<Route> {
        let (world, view) = (self.world().clone(), self.view(unit)?);
        let roads = world.roads();
        let Way::Road(travel) = roads.movement.way(view.spec.kind, true) else { return None };
        let costs = roads.costs();
        // Whoever comes to the start of any drive out of the junction is there.
        let starts = roads.network.arcs(to).map(|arc| RoadPlace::new(arc.drive.edge, if arc.drive.backward { 1.0 } else { 0.0 }));
        let routes = starts.filter_map(|place| self.search.route(&roads.network, &roads.graph, &costs, travel, from, place));
        routes.min_by_key(|route| route.ms)
    }

    /// The journey of a unit along a route, slower than reckoned by a factor.
    pub(super) fn journey(&self, unit: UnitNo, route: &Route, departs_ms: i64, factor: f64) -> Option<Journey> {
        let roads = self.world().roads();
        let Way::Road(travel) = roads.movement.way(self.view(unit)?.spec.kind, true) else { return None };
        Some(Journey::along(&roads.network, route, roads.costs().of(travel), departs_ms, factor))
    }

    /// The unit goes on a journey from now on.
    pub(super) fn send(&mut self, unit: UnitNo, journey: Journey, ms: i64) {
        if let Some(member) = self.members.get_mut(unit.index()) {
            member.leave(ms);
            member.place = Place::Sent(journey);
        }
    }

    /// The unit stays where it is.
    pub(super) fn halt(&mut self, unit: UnitNo, ms: i64) {
        let Some(Moment { at, .. }) = self.sent_at(unit, ms) else { return };
        let goes_on = self.member(unit).is_some_and(|member| matches!(&member.place, Place::Sent(journey) if journey.arrives_ms > ms));
        if goes_on {
            self.send(unit, Journey::straight(at, at, ms, ms), ms);
        }
    }

    /// How many who are free there are.
    pub(super) fn free(&self) -> usize {
        (0..self.members.len()).filter(|unit| self.patrols(*unit)).count()
    }

    /// Writes down where everybody drove.
    pub(super) fn finish(&mut self, ms: i64) {
        for member in &mut self.members {
            member.leave(ms);
        }
    }
}

impl Member {
    /// What it drove so far is written down.
    fn leave(&mut self, ms: i64) {
        if let Place::Sent(journey) = &self.place {
            self.drives.push((journey.clone(), ms));
        }
    }
}
