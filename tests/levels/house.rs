//! A city with a random tree of organisations, units, zones and loans, and its server without sockets.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a helper of tests: what fails here fails the test")]

use std::{collections::BTreeSet, net::Ipv4Addr, path::Path, sync::Arc, time::Duration};

use axum::{body::Body, http::Request};
use citygate::{
    access::{Pass, Role},
    bus::{Bus, BusLimits, Expected},
    city,
    config::Config,
    engine::{Command, ContactLimit, ContactLimits, Loan, Movement, Organisations, Roads, Sight, UnitFix, World},
    geodesy::LatLng,
    geography::Geography,
    identity::Identity,
    ingest::Gate,
    journal::Journal,
    model::{DeviceKind, Fix, Follows, Layer, Name, OrgLevel, Organisation, Status, Timestamp, UnitId, UnitNo, UnitSpec, Zone, ZoneShape},
    roads::Paces,
    server::{
        App,
        asking::Asking,
        city::CityPages,
        command,
        drills::Drills,
        entry::{Asker, Entry},
        health::watch::Watch,
        problem::{self, Problem},
        question,
        rates::Askers,
        routes,
        stop::{Stopper, stop},
        stream::Hub,
    },
};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use metrics_exporter_prometheus::PrometheusBuilder;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Semaphore;

const UNITS: usize = 60;
const ZONES: usize = 20;

/// A unit as the test knows it.
pub(crate) struct KnownUnit {
    pub(crate) id: UnitId,
    pub(crate) no: UnitNo,
    pub(crate) org: String,
    pub(crate) status: Status,
    pub(crate) at: LatLng,
}

pub(crate) struct House {
    app: App,
    orgs: Vec<(String, Option<String>)>,
    pub(crate) units: Vec<KnownUnit>,
    pub(crate) zones: Vec<Zone>,
    _stopper: Stopper,
    _state: TempDir,
}

/// What the questions are asked about.
pub(crate) fn centre() -> LatLng {
    LatLng::new(22.8, 108.33).unwrap()
}

/// The ids of a list of things.
pub(crate) fn ids(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|thing| thing["id"].as_str().unwrap().to_owned()).collect()
}

pub(crate) fn in_a_minute(bus: &Bus) -> Timestamp {
    bus.now().plus_ms(60_000)
}

fn organisations(orgs: &[(String, Option<String>)]) -> Organisations {
    let organisation = |(id, parent): &(String, Option<String>)| Organisation {
        id: id.parse().unwrap(),
        name: Name::default(),
        level: if parent.is_none() { OrgLevel::City } else { OrgLevel::Station },
        parent: parent.as_ref().map(|parent| parent.parse().unwrap()),
    };
    Organisations::new(orgs.iter().map(organisation).collect()).unwrap()
}

impl House {
    /// The city, two districts, three stations that the tests name, and more of both anywhere below; units and zones of all of them, a
    /// few units lent to somebody.
    pub(crate) async fn new(seed: u64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let fixed =
            [("city", None), ("d0", Some("city")), ("d1", Some("city")), ("s0", Some("d0")), ("s1", Some("d0")), ("s2", Some("d1"))];
        let mut orgs: Vec<(String, Option<String>)> = fixed.map(|(id, parent)| (id.to_owned(), parent.map(str::to_owned))).into();
        for n in 0..8 {
            let parent = orgs[rng.random_range(0..orgs.len())].0.clone();
            orgs.push((format!("more-{n}"), Some(parent)));
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let city = city::load(&folder).unwrap();
        let pages = CityPages::load(&folder, &city).unwrap();
        let places: Vec<LatLng> = (0..UNITS)
            .map(|_| city.roads.junctions().get(rng.random_range(0..city.roads.junctions().len())).unwrap().offset(5.0, 40.0))
            .collect();
        let roads = Roads::new(city.roads, &Paces::default(), Movement::default());
        // However long the test takes, nobody is lost.
        let limit = ContactLimit { stale_s: 100_000, lost_s: 200_000 };
        let limits = ContactLimits { vehicle_terminal: limit, radio: limit, mobile_terminal: limit };
        let world = Arc::new(World::new(organisations(&orgs), Geography::default(), limits).with_roads(roads));
        let state = TempDir::new().unwrap();
        let mut specs = Vec::new();
        for n in 0..UNITS {
            // The stations that the tests name have five each.
            let org = if n < 15 { ["s0", "s1", "s2"][n / 5].to_owned() } else { orgs[rng.random_range(0..orgs.len())].0.clone() };
            let status = if n < 15 { Status::Available } else { Status::ALL[rng.random_range(0..Status::ALL.len())] };
            let kind = ["patrol_car", "foot", "motorcycle", "drone"][if n < 15 { 0 } else { n % 4 }];
            let id = format!("unit-{:03}-x", (n * 37 + 11) % 1_000);
            let devices = json!([{"id": format!("radio-{id}"), "kind": "radio"}]);
            let spec = json!({"id": id, "callsign": format!("N{n}"), "kind": kind, "org": org, "status": status, "devices": devices});
            specs.push(serde_json::from_value::<UnitSpec>(spec).unwrap());
        }
        let limits_of_bus = BusLimits { ticks_kept: 10_000, ..BusLimits::default() };
        let (bus, _) = Bus::start(world.clone(), Journal::open(state.path()).unwrap(), specs.clone(), limits_of_bus).unwrap();
        let known = |(spec, at): (UnitSpec, LatLng)| KnownUnit {
            no: world.unit(&spec.id).unwrap().no,
            id: spec.id,
            org: spec.org.to_string(),
            status: spec.status,
            at,
        };
        let units: Vec<KnownUnit> = specs.into_iter().zip(places).map(known).collect();
        let fix = |unit: &KnownUnit| {
            let fix = Fix { at: unit.at, time: bus.now(), speed_mps: None, heading_deg: None, accuracy_m: None };
            UnitFix { unit: unit.no, device: DeviceKind::Radio, fix }
        };
        let mut ticks = bus.subscribe();
        assert!(bus.submit(&units.iter().map(fix).collect::<Vec<_>>()).is_empty());
        let mut changed = 0;
        while changed < UNITS {
            changed += ticks.recv().await.unwrap().changed.len();
        }
        world.roads().follow();
        let config = Config::default();
        let (stopper, stop) = stop();
        let app = App {
            gate: Arc::new(Gate::new(bus.clone(), config.ingest)),
            bus,
            base_map: None,
            city: Arc::new(pages),
            coverage: Arc::default(),
            desks: Arc::default(),
            proposals: Arc::default(),
            drills: Arc::new(Drills::new(&folder, Path::new(""))),
            apart: Arc::new(Semaphore::new(2)),
            rooms: Arc::default(),
            hub: Arc::new(Hub::new(100, 25_000)),
            sockets: config.stream.sockets(),
            meters: Arc::default(),
            askers: Arc::new(Askers::new(config.http.rate)),
            pages: config.http.pages(false),
            state: state.path().into(),
            looks: Arc::default(),
            watch: Arc::new(Watch::new(state.path())),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            entry: Arc::new(Entry::new(Identity::open(state.path(), config.access.limits()).unwrap(), None, true, false)),
            stop,
        };
        let mut house = Self { app, orgs, units, zones: Vec::new(), _stopper: stopper, _state: state };
        house.draw(&mut rng).await;
        for n in 0..6 {
            let (unit, to) = (rng.random_range(15..UNITS), rng.random_range(0..house.orgs.len()));
            let (unit, to) = (house.units[unit].id.clone(), house.orgs[to].0.parse().unwrap());
            let until = house.bus().now().plus_ms(3_600_000);
            house.run(&house.pass(None), Command::Lend(Loan { id: format!("loan-{n}").parse().unwrap(), unit, to, until })).await.unwrap();
        }
        house
    }

    async fn draw(&mut self, rng: &mut SmallRng) {
        let names = ["s0", "s1", "s2"];
        for n in 0..ZONES {
            let org = match n {
                0..3 => names.get(n).map(|name| (*name).to_owned()),
                _ if n % 5 == 0 => None,
                _ => Some(self.orgs[rng.random_range(0..self.orgs.len())].0.clone()),
            };
            let (centre, radius_m) = (centre().offset(rng.random_range(0.0..9_000.0), rng.random_range(0.0..360.0)), 4_000.0);
            self.zones.push(self.zone(&format!("z-{n}"), org.as_deref(), ZoneShape::Circle { centre, radius_m }, None));
        }
        // Of one's own ground, and following a unit of another's.
        let leader = self.units.iter().find(|unit| unit.org == "s2").unwrap();
        let (follows, shape) =
            (Follows { unit: leader.id.clone(), from: leader.at }, ZoneShape::Circle { centre: leader.at, radius_m: 15_000.0 });
        self.zones.push(self.zone("z-follows", Some("s0"), shape, Some(follows)));
        for zone in self.zones.clone() {
            self.run(&self.pass(None), Command::PutZone(zone)).await.unwrap();
        }
    }

    fn zone(&self, id: &str, org: Option<&str>, shape: ZoneShape, follows: Option<Follows>) -> Zone {
        let org = org.map(|org| org.parse().unwrap());
        Zone { id: id.parse().unwrap(), layer: Layer::Beats, name: self.name(), org, shape, follows, dwell_s: 0 }
    }

    pub(crate) fn name(&self) -> Name {
        Name { zh: "名".to_owned(), en: "Name".to_owned() }
    }

    pub(crate) fn bus(&self) -> &Bus {
        &self.app.bus
    }

    pub(crate) fn world(&self) -> &Arc<World> {
        self.app.bus.world()
    }

    pub(crate) fn stop(&self) {
        self.app.bus.stop();
    }

    /// Of somebody who may do all that one of an organisation can; everything, where he is of the whole city.
    pub(crate) fn pass(&self, org: Option<&str>) -> Pass {
        let role = if org.is_some() { Role::Commander } else { Role::Administrator };
        Pass { role, org: org.map(|org| org.parse().unwrap()), ..Pass::MACHINE }
    }

    /// Whether an organisation is another or below it, by their names.
    pub(crate) fn is_below(&self, org: &str, top: &str) -> bool {
        let parent = || self.orgs.iter().find(|(id, _)| id == org).and_then(|(_, parent)| parent.clone());
        org == top || parent().is_some_and(|parent| self.is_below(&parent, top))
    }

    /// The units that an organisation sees now, by brute force.
    pub(crate) fn seen(&self, org: Option<&str>) -> BTreeSet<String> {
        let world = self.world();
        let all = world.seen_by(Sight::ALL);
        let loans = all.loans(self.bus().now());
        let mut seen = BTreeSet::new();
        all.for_each_unit(|unit| {
            let is_own = |top: &str| self.is_below(unit.spec.org(world.organisations()).as_str(), top);
            let is_lent = |top: &str| loans.iter().any(|loan| loan.unit == unit.spec.id && self.is_below(loan.to.as_str(), top));
            if org.is_none_or(|top| is_own(top) || is_lent(top)) {
                seen.insert(unit.spec.id.to_string());
            }
        });
        seen
    }

    pub(crate) fn sees_zone(&self, org: Option<&str>, zone: &Zone) -> bool {
        let is_own = |top: &str| zone.org.as_ref().is_some_and(|org| self.is_below(org.as_str(), top));
        org.is_none_or(|top| is_own(top) && zone.follows.as_ref().is_none_or(|follows| self.seen(org).contains(follows.unit.as_str())))
    }

    /// The units of an organisation, in the order of their numbers.
    pub(crate) fn of(&self, org: &str) -> Vec<UnitId> {
        self.units.iter().filter(|unit| unit.org == org).map(|unit| unit.id.clone()).collect()
    }

    pub(crate) fn zone_of(&self, org: &str) -> String {
        self.zones.iter().find(|zone| zone.org.as_ref().is_some_and(|of| of.as_str() == org)).unwrap().id.to_string()
    }

    pub(crate) async fn run(&self, pass: &Pass, command: Command) -> Result<(), Problem> {
        let asking = Asking { pass: pass.clone(), key: None, expected: Expected::Any };
        command::run(&self.app, &asking, command).await.map(|_| ())
    }

    /// The answer to a question, whoever's door it came by.
    pub(crate) async fn answer(&self, pass: &Pass, target: &str, body: &str) -> (u16, Vec<u8>) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let found = question::find(path).unwrap_or_else(|| panic!("no question {target}"));
        let answer = match found.admit(Some(pass)) {
            Ok(admitted) => question::answer(&self.app, admitted, query, body.as_bytes(), Vec::new()).await,
            Err(problem) => Err(problem),
        };
        match answer {
            Ok(bytes) => (200, bytes),
            Err(problem) => (problem.kind().status().as_u16(), serde_json::to_vec(&problem.document()).unwrap()),
        }
    }

    pub(crate) async fn ask(&self, pass: &Pass, target: &str, body: &str) -> Value {
        let (status, bytes) = self.answer(pass, target, body).await;
        assert_eq!(status, 200, "{target}: {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).unwrap()
    }

    /// The answer of a route, as the front asks it with the pass of whoever is there.
    pub(crate) async fn send(&self, pass: &Pass, method: &str, target: &str, body: &Value) -> (u16, Vec<u8>) {
        let content = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let mut request = Request::builder().method(method).uri(target).header("content-type", "application/json").body(content).unwrap();
        request.extensions_mut().insert(Asker { pass: Some(pass.clone()), session: None, address: Ipv4Addr::LOCALHOST.into() });
        let service = TowerToHyperService::new(routes::router(self.app.clone()));
        let mut response = tokio::time::timeout(Duration::from_secs(60), service.call(request)).await.unwrap().unwrap();
        let status = response.status().as_u16();
        // As the front does it.
        if let Some(document) = problem::tell(&mut response, "test") {
            return (status, document);
        }
        (status, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
    }
}
