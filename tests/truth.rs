//! What a wall shows is what the engine knows, after every tick: bytes of walls are replayed and compared, under random views, changes of
//! views, stalls, and connections that break and come back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "common/messages.rs"]
mod messages;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use citygate::{
    engine::{Command, ContactLimits, Engine, Loan, Organisations, Sight, UnitFix, UnitPatch, UnitView, World},
    frames::{FrameKind, Spot, Step, TOTALS, heading_steps, speed_steps},
    geodesy::LatLng,
    geography::Geography,
    model::{
        Contact, DeviceKind, Fix, KindSet, LayerSet, Name, OrgId, OrgLevel, Organisation, Status, Timestamp, UnitId, UnitKind, UnitSpec,
    },
    server::stream::{
        Hub,
        form::Format,
        view::View,
        wall::{Mark, Wall},
    },
};
use h3o::{CellIndex, LatLng as H3LatLng, Resolution};
use messages::{Map, Message, split};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

const TICK_MS: u32 = 200;
const T0: i64 = 1_764_000_000_000;
const UNITS: usize = 300;
const UNITS_MAX: u32 = 150;

struct City {
    engine: Engine,
    hub: Hub,
    now: i64,
    rng: StdRng,
    /// Where each unit is.
    places: Vec<(f64, f64)>,
    loans: u32,
}

fn id(n: usize) -> UnitId {
    format!("u-{n}").parse().unwrap()
}

impl City {
    fn new(seed: u64) -> Self {
        let org = |id: &str, parent: Option<&str>| Organisation {
            id: id.parse().unwrap(),
            name: Name::default(),
            level: OrgLevel::City,
            parent: parent.map(|parent| parent.parse().unwrap()),
        };
        let orgs = vec![org("city", None), org("d0", Some("city")), org("d1", Some("city")), org("s0", Some("d0"))];
        let world = World::new(Organisations::new(orgs).unwrap(), Geography::default(), ContactLimits::default());
        let mut rng = StdRng::seed_from_u64(seed);
        // One city in three is where longitudes begin anew, or far in the north.
        let (lat, lng) = [(22.8, 108.3), (-17.0, 179.98), (69.6, 18.9)][(seed % 3) as usize];
        let places = (0..UNITS).map(|_| (lat + rng.random_range(-0.06..0.06), lng + rng.random_range(-0.06..0.06))).collect();
        let mut city = Self { engine: Engine::new(Arc::new(world)), hub: Hub::new(TICK_MS, UNITS_MAX), now: T0, rng, places, loans: 0 };
        for n in 0..UNITS - 20 {
            city.register(n);
        }
        city
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.now)
    }

    fn world(&self) -> &World {
        self.engine.world()
    }

    fn run(&mut self, command: &Command) {
        let at = self.at();
        // What is refused changes nothing.
        if let Ok(events) = self.engine.decide(command) {
            self.engine.apply(events.iter().map(|event| (at, event))).unwrap();
        }
    }

    fn register(&mut self, n: usize) {
        let org = ["city", "d0", "d1", "s0"].choose(&mut self.rng).unwrap();
        let kind = UnitKind::ALL.choose(&mut self.rng).unwrap();
        let spec = json!({"id": id(n), "callsign": format!("U-{n}"), "kind": kind, "org": org, "status": "available"});
        self.run(&Command::RegisterUnit(serde_json::from_value::<UnitSpec>(spec).unwrap()));
    }

    /// A tick in which a part of the units moves, far or near, and a few things are done to others.
    fn tick(&mut self, lost: bool) {
        let movers = self.rng.random_range(0..60);
        let mut fixes = Vec::new();
        for _ in 0..movers {
            let n = self.rng.random_range(0..UNITS);
            let step = if self.rng.random_range(0..10) == 0 { 0.03 } else { 0.0005 };
            let (lat, lng) = &mut self.places[n];
            *lat += self.rng.random_range(-step..step);
            *lng = (*lng + self.rng.random_range(-step..step) + 540.0).rem_euclid(360.0) - 180.0;
            let at = LatLng::new(*lat, *lng).unwrap();
            let time = Timestamp::from_unix_ms(self.now - self.rng.random_range(0..150));
            let (speed_mps, heading_deg) = if n % 5 == 0 { (None, None) } else { (Some(n as f32 / 4.0), Some(n as f32)) };
            let Some(unit) = self.world().unit(&id(n)) else { continue };
            fixes.push(UnitFix {
                unit: unit.no,
                device: DeviceKind::Radio,
                fix: Fix { at, time, speed_mps, heading_deg, accuracy_m: None },
            });
        }
        let now = self.at();
        self.engine.fixes(&fixes, now);
        for _ in 0..self.rng.random_range(0..4) {
            let n = self.rng.random_range(0..UNITS);
            let (org, kind) = (*["city", "d0", "d1", "s0"].choose(&mut self.rng).unwrap(), *UnitKind::ALL.choose(&mut self.rng).unwrap());
            let patch = UnitPatch::default();
            let command = match self.rng.random_range(0..9) {
                0 => Command::EditUnit { id: id(n), patch: UnitPatch { org: Some(org.parse().unwrap()), ..patch } },
                1 => Command::EditUnit { id: id(n), patch: UnitPatch { alarm: Some(n % 2 == 0), ..patch } },
                2 => {
                    self.loans += 1;
                    let until = Timestamp::from_unix_ms(self.now + 5_000);
                    Command::Lend(Loan { id: format!("l-{}", self.loans).parse().unwrap(), unit: id(n), to: org.parse().unwrap(), until })
                }
                3 => Command::EndLoan(format!("l-{}", self.rng.random_range(0..=self.loans)).parse().unwrap()),
                4 => {
                    let spec = json!({"id": id(n), "callsign": format!("U-{n}"), "kind": kind, "org": org, "status": "busy"});
                    Command::RegisterUnit(serde_json::from_value(spec).unwrap())
                }
                _ => Command::EditUnit { id: id(n), patch: UnitPatch { status: Status::ALL.choose(&mut self.rng).copied(), ..patch } },
            };
            self.run(&command);
        }
        // Now and then a minute in which most fall silent.
        self.now += if self.rng.random_range(0..40) == 0 { 45_000 } else { i64::from(TICK_MS) };
        let now = self.at();
        self.engine.look_at_ages(now);
        for command in self.engine.proposals() {
            self.run(&command);
        }
        let tick = self.engine.tick(now);
        self.hub.take(&tick, self.engine.world(), lost);
    }
}

/// A wall and what it shows.
struct Screen {
    wall: Wall,
    org: Option<OrgId>,
    format: Format,
    view: View,
    map: Map,
    /// Of a wall of JSON: units by id.
    units: BTreeMap<String, Value>,
    seq: u64,
    roster: BTreeMap<u32, String>,
    /// Statuses and alarms, in the order in which they were told.
    told: Vec<(String, String, bool)>,
    stalled: u32,
}

impl Screen {
    fn new(city: &mut City) -> Self {
        let org =
            [None, None, Some("city"), Some("d0"), Some("s0"), Some("d1")].choose(&mut city.rng).unwrap().map(|org| org.parse().unwrap());
        let format = if city.rng.random_range(0..4) == 0 { Format::Json } else { Format::Binary };
        let wall = Wall::new(format, org.clone());
        let (map, units) = (Map::default(), BTreeMap::new());
        let mut screen =
            Self { wall, org, format, view: View::ALL, map, units, seq: 0, roster: BTreeMap::new(), told: Vec::new(), stalled: 0 };
        screen.look_elsewhere(city, None);
        screen
    }

    fn look_elsewhere(&mut self, city: &mut City, mark: Option<Mark>) {
        if mark.is_none() {
            let rng = &mut city.rng;
            let bbox = (rng.random_range(0..4) > 0).then(|| {
                let (lat, lng) = *city.places.choose(rng).unwrap();
                let (height, width) = (rng.random_range(0.0..0.05), rng.random_range(0.0..0.05));
                let wrap = |lng: f64| (lng + 540.0).rem_euclid(360.0) - 180.0;
                [wrap(lng - width), lat - height, wrap(lng + width), lat + height]
            });
            let kinds = if rng.random_range(0..3) == 0 { KindSet::EMPTY.with(UnitKind::Foot).with(UnitKind::Drone) } else { KindSet::ALL };
            let totals = (rng.random_range(0..5) == 0).then(|| rng.random_range(4..=7));
            self.view = View { bbox, kinds, layers: LayerSet::ALL, totals, room: None };
        }
        self.wall.subscribe(self.view, mark, &city.hub, city.engine.world());
    }

    fn sight(&self, city: &City) -> Sight {
        city.world().sight(self.org.as_ref())
    }

    /// Takes what it is sent. Where it was cut off it comes again.
    fn read(&mut self, city: &mut City, run: u32) {
        let pieces = match self.wall.next(&city.hub, city.engine.world()) {
            Ok(pieces) => pieces,
            Err(_) => return self.break_off(city, run, false),
        };
        for message in pieces.map(|(first, then)| split(&[first, then].concat())).unwrap_or_default() {
            match message {
                Message::Binary(frame) => {
                    assert!(self.map.take(&frame), "tick {} does not follow {:?}", frame.seq, self.map.seq);
                    self.seq = frame.seq;
                }
                Message::Text(_, text) => self.text(&text),
            }
        }
    }

    fn text(&mut self, text: &Value) {
        match text["type"].as_str().unwrap() {
            "roster" => {
                for unit in text["units"].as_array().unwrap() {
                    self.roster.insert(unit["no"].as_u64().unwrap() as u32, unit["id"].as_str().unwrap().to_owned());
                }
            }
            "events" => {
                for event in text["events"].as_array().unwrap().iter().filter(|event| event["type"] == "status") {
                    let text = |field: &str| event[field].as_str().unwrap().to_owned();
                    self.told.push((text("unit"), text("status"), event["alarm"].as_bool().unwrap()));
                }
            }
            kind @ ("snapshot" | "delta") => {
                let seq = text["seq"].as_u64().unwrap();
                if kind == "snapshot" {
                    self.units.clear();
                    self.map.totals.clear();
                } else {
                    assert_eq!(self.seq + text["ticks"].as_u64().unwrap(), seq);
                }
                self.seq = seq;
                for unit in text["units"].as_array().into_iter().flatten() {
                    self.units.insert(unit["id"].as_str().unwrap().to_owned(), unit.clone());
                }
                for id in text["gone"].as_array().into_iter().flatten() {
                    self.units.remove(id.as_str().unwrap());
                }
                for cell in text["cells"].as_array().into_iter().flatten() {
                    let id: CellIndex = cell["cell"].as_str().unwrap().parse().unwrap();
                    let mut totals = [0; TOTALS];
                    for (status, count) in cell["by_status"].as_object().unwrap() {
                        totals[usize::from(status.parse::<Status>().unwrap().code())] = count.as_u64().unwrap() as u32;
                    }
                    (totals[7], totals[8]) = (cell["alarm"].as_u64().unwrap() as u32, cell["stale_or_lost"].as_u64().unwrap() as u32);
                    let middle = middle(id);
                    if totals == [0; TOTALS] {
                        self.map.totals.remove(&middle)
                    } else {
                        self.map.totals.insert(middle, totals)
                    };
                }
            }
            _ => {}
        }
    }

    /// The connection breaks, and comes back.
    fn break_off(&mut self, city: &mut City, run: u32, resume: bool) {
        self.wall = Wall::new(self.format, self.org.clone());
        let mark = (resume && self.seq > 0).then_some(Mark { run, seq: self.seq });
        if mark.is_none() {
            (self.map, self.units, self.roster, self.seq) = (Map::default(), BTreeMap::new(), BTreeMap::new(), 0);
        }
        self.look_elsewhere(city, mark);
    }

    fn shows(&self, unit: &UnitView, sight: &Sight) -> bool {
        sight.sees(unit.no, unit.org_no())
            && self.view.kinds.contains(unit.spec.kind)
            && unit.fix.map_or(self.view.bbox.is_none(), |fix| self.view.touches(bounds(cell(fix.at, Resolution::Seven))))
    }

    /// Whether it shows what the engine knows.
    fn compare(&self, city: &City) {
        let sight = self.sight(city);
        let mut right = Vec::new();
        city.world().for_each_unit(|unit| {
            if self.shows(unit, &sight) {
                right.push(unit.clone());
            }
        });
        if self.view.totals.is_some() || !self.map.totals.is_empty() {
            return self.compare_totals(&right);
        }
        if self.format == Format::Json {
            let ids: BTreeSet<String> = right.iter().map(|unit| unit.spec.id.to_string()).collect();
            assert_eq!(self.units.keys().cloned().collect::<BTreeSet<_>>(), ids, "{:?} {:?}", self.org, self.view);
            for unit in right {
                let shown = &self.units[unit.spec.id.as_str()];
                let at = unit.fix.map(|fix| json!([fix.at.lat_deg(), fix.at.lng_deg()]));
                assert_eq!(at.unwrap_or(json!([null, null])), json!([shown["lat"], shown["lon"]]));
                assert_eq!(
                    (&json!(unit.spec.status), &json!(unit.spec.alarm), &json!(unit.contact)),
                    (&shown["status"], &shown["alarm"], &shown["contact"])
                );
            }
            return;
        }
        let nos: BTreeSet<u32> = right.iter().map(|unit| unit.no.0).collect();
        assert_eq!(self.map.units.keys().copied().collect::<BTreeSet<_>>(), nos, "{:?} {:?}", self.org, self.view);
        for unit in right {
            let shown = self.map.units[&unit.no.0];
            assert_eq!(
                (shown.status, shown.contact, shown.alarm),
                (unit.spec.status.code(), unit.contact.code(), unit.spec.alarm),
                "{}",
                unit.spec.id
            );
            assert_eq!(self.roster.get(&unit.no.0), Some(&unit.spec.id.to_string()), "who is shown has a name");
            let Some(fix) = unit.fix else {
                assert_eq!(shown.spot, None);
                continue;
            };
            let Spot { at, speed, heading, .. } = shown.spot.unwrap();
            let right = (Step::of(fix.at.lat_deg(), fix.at.lng_deg()), speed_steps(fix.speed_mps), heading_steps(fix.heading_deg));
            assert_eq!((at, speed, heading), right, "{}", unit.spec.id);
            assert!((0..10).contains(&(shown.fix_ms - fix.time.unix_ms())), "{} {}", shown.fix_ms, fix.time);
        }
    }

    fn compare_totals(&self, right: &[UnitView]) {
        // Nobody asked for totals: there were too many units when that was looked at last, or there are not few enough again.
        assert!(self.view.totals.is_some() || right.iter().filter(|unit| unit.fix.is_some()).count() as u32 > UNITS_MAX / 2);
        let resolution = self.view.totals.map_or(Resolution::Seven, |resolution| Resolution::try_from(resolution).unwrap());
        let mut totals: BTreeMap<(i32, i32), [u32; TOTALS]> = BTreeMap::new();
        for unit in right {
            let Some(fix) = unit.fix else { continue };
            let of = totals.entry(middle(cell(fix.at, Resolution::Seven).parent(resolution).unwrap())).or_default();
            of[usize::from(unit.spec.status.code())] += 1;
            of[7] += u32::from(unit.spec.alarm);
            of[8] += u32::from(matches!(unit.contact, Contact::Stale | Contact::Lost));
        }
        assert_eq!(self.map.totals, totals, "{:?} {:?}", self.org, self.view);
    }
}

fn cell(at: LatLng, resolution: Resolution) -> CellIndex {
    H3LatLng::new(at.lat_deg(), at.lng_deg()).unwrap().to_cell(resolution)
}

fn middle(id: CellIndex) -> (i32, i32) {
    let middle = H3LatLng::from(id);
    let Step { lat, lng } = Step::of(middle.lat(), middle.lng());
    (lat, lng)
}

/// The box about a cell, found by its corners alone.
fn bounds(id: CellIndex) -> [f64; 4] {
    let near = H3LatLng::from(id).lng();
    let (mut west, mut south, mut east, mut north) = (f64::MAX, f64::MAX, f64::MIN, f64::MIN);
    for corner in id.boundary().iter() {
        let lng = near + (corner.lng() - near + 540.0).rem_euclid(360.0) - 180.0;
        (west, east) = (west.min(lng), east.max(lng));
        (south, north) = (south.min(corner.lat()), north.max(corner.lat()));
    }
    if west < -180.0 { [west + 360.0, south, east + 360.0, north] } else { [west, south, east, north] }
}

#[test]
fn every_wall_shows_the_truth_after_every_tick() {
    for seed in 0..12 {
        let mut city = City::new(seed);
        let run = city.hub.run;
        city.tick(true);
        let mut screens: Vec<Screen> = (0..12).map(|_| Screen::new(&mut city)).collect();
        let mut compared = 0;
        for tick in 0..150 {
            city.tick(tick == 70);
            for screen in &mut screens {
                match city.rng.random_range(0..100) {
                    _ if screen.stalled > 0 => screen.stalled -= 1,
                    0..=1 => screen.look_elsewhere(&mut city, None),
                    2 => screen.wall.resync(),
                    3..=8 => screen.stalled = city.rng.random_range(1..20),
                    9..=11 => screen.break_off(&mut city, run, true),
                    12 => screen.break_off(&mut city, run, false),
                    _ => {}
                }
                if screen.stalled > 0 {
                    continue;
                }
                let before = screen.wall.seq();
                screen.read(&mut city, run);
                // One that was cut off is there again with the next tick.
                if screen.wall.seq() > before || screen.wall.seq() > 0 {
                    screen.compare(&city);
                    compared += 1;
                }
            }
        }
        assert!(compared > 900, "{compared}");
    }
}

/// However a wall stalls, breaks and comes back, it is told every status of its organisation's units, once and in order.
#[test]
fn statuses_are_told_once_and_in_order() {
    for seed in 0..5 {
        let mut city = City::new(3 * seed);
        let run = city.hub.run;
        city.tick(true);
        let mut screens: Vec<Screen> = (0..6)
            .map(|_| {
                let mut screen = Screen::new(&mut city);
                (screen.org, screen.format) = (None, Format::Json);
                screen.wall = Wall::new(Format::Json, None);
                (screen.view.bbox, screen.view.kinds) = (None, KindSet::ALL);
                screen.wall.subscribe(screen.view, None, &city.hub, city.engine.world());
                screen
            })
            .collect();
        screens.iter_mut().for_each(|screen| screen.read(&mut city, run));
        let mut right = Vec::new();
        for n in 0..200_usize {
            let who = id(n % 40);
            let before = city.world().unit(&who).unwrap().spec.clone();
            let status = Status::ALL[n % Status::ALL.len()];
            city.run(&Command::EditUnit { id: who.clone(), patch: UnitPatch { status: Some(status), ..UnitPatch::default() } });
            if before.status != status {
                right.push((who.to_string(), status.as_str().to_owned(), before.alarm));
            }
            let now = city.at();
            let tick = city.engine.tick(now);
            city.hub.take(&tick, city.engine.world(), false);
            city.now += i64::from(TICK_MS);
            for screen in &mut screens {
                match city.rng.random_range(0..20) {
                    _ if screen.stalled > 0 => screen.stalled -= 1,
                    0..=2 => screen.stalled = city.rng.random_range(1..20),
                    3 => screen.break_off(&mut city, run, true),
                    4 => screen.wall.resync(),
                    _ => {}
                }
                if screen.stalled == 0 {
                    screen.read(&mut city, run);
                }
            }
        }
        for screen in &mut screens {
            screen.read(&mut city, run);
            assert_eq!(screen.told, right);
        }
    }
}

/// A wall that was told totals, because there were too many units, comes back when there are not: changes of units would be a false picture.
#[test]
fn who_was_told_totals_is_shown_the_units_anew() {
    let mut city = City::new(0);
    let send = |city: &mut City, numbers: std::ops::Range<usize>, lng: f64| {
        let (now, at) = (city.at(), LatLng::new(22.8, lng).unwrap());
        let fix = Fix { at, time: now, speed_mps: None, heading_deg: None, accuracy_m: None };
        let unit = |n| UnitFix { unit: city.world().unit(&id(n)).unwrap().no, device: DeviceKind::Radio, fix };
        let fixes: Vec<UnitFix> = numbers.map(unit).collect();
        city.engine.fixes(&fixes, now);
        let tick = city.engine.tick(now);
        city.hub.take(&tick, city.engine.world(), tick.seq == 1);
        city.now += i64::from(TICK_MS);
    };
    send(&mut city, 0..200, 108.3);
    let view = View { bbox: Some([108.29, 22.79, 108.31, 22.81]), ..View::ALL };
    let frames = |city: &City, mark: Option<Mark>| {
        let mut wall = Wall::new(Format::Binary, None);
        wall.subscribe(view, mark, &city.hub, city.engine.world());
        let (first, then) = wall.next(&city.hub, city.engine.world()).unwrap().unwrap();
        let messages = split(&[first, then].concat()).into_iter();
        messages.filter_map(|message| if let Message::Binary(frame) = message { Some(frame) } else { None }).collect::<Vec<_>>()
    };
    let before = frames(&city, None);
    assert_eq!((before.len(), before[0].kind), (1, FrameKind::Totals));
    send(&mut city, 0..190, 109.3);
    let again = frames(&city, Some(Mark { run: city.hub.run, seq: before[0].seq }));
    assert_eq!((again[0].kind, again[0].records().count()), (FrameKind::Units, 10));
    // One that shows units goes on.
    send(&mut city, 190..195, 108.3);
    let on = frames(&city, Some(Mark { run: city.hub.run, seq: again[0].seq }));
    assert_eq!((on[0].kind, on[0].records().count()), (FrameKind::UnitChanges, 5));
}
