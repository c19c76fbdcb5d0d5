//! Zones that follow a unit, zones with a dwell: what a move enters, leaves and crosses, beside brute force.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use citygate::{
    delta::{Crossing, Notice},
    engine::{Command, ContactLimits, Engine, Organisations, Presence, Rejection, Sight, Told, UnitFix, WAY_MS_MAX, Whereabouts, World},
    geodesy::LatLng,
    geography::{Edit, Geography, leads_through},
    model::{
        DeviceKind, Fix, Follows, Layer, Name, OrgLevel, Organisation, Timestamp, UnitId, UnitNo, UnitSpec, Zone, ZoneShape,
        carried_position,
    },
};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use rand::{Rng, SeedableRng, rngs::SmallRng};

const T0: Timestamp = Timestamp::from_unix_ms(1_764_000_000_000);
const HERE: (f64, f64) = (22.8, 108.3);

fn at(lat: f64, lng: f64) -> LatLng {
    LatLng::new(lat, lng).unwrap()
}

/// Metres east of a fixed place.
fn east(metres: f64) -> LatLng {
    at(HERE.0, HERE.1).offset(metres, 90.0)
}

fn circle(id: &str, radius_m: f64, follows: Option<&str>, dwell_s: u16) -> Zone {
    Zone {
        id: id.parse().unwrap(),
        layer: Layer::Beats,
        name: Name::default(),
        org: None,
        shape: ZoneShape::Circle { centre: east(0.0), radius_m },
        follows: follows.map(|unit| Follows { unit: unit.parse().unwrap(), from: east(0.0) }),
        dwell_s,
    }
}

struct City {
    engine: Engine,
    now: Timestamp,
}

impl City {
    fn new(units: usize) -> Self {
        let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
        let world = World::new(Organisations::new(vec![top]).unwrap(), Geography::default(), ContactLimits::default());
        let mut city = Self { engine: Engine::new(Arc::new(world)), now: T0 };
        for n in 0..units {
            let spec: UnitSpec = serde_json::from_str(&format!(r#"{{"id":"u-{n}","callsign":"U","kind":"foot","org":"city"}}"#)).unwrap();
            city.run(Command::RegisterUnit(spec)).unwrap();
        }
        city
    }

    fn run(&mut self, command: Command) -> Result<(), Rejection> {
        let events = self.engine.decide(&command)?;
        // As the journal keeps them.
        let kept = |event| serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap();
        let events: Vec<citygate::engine::Event> = events.iter().map(kept).collect();
        self.engine.apply(events.iter().map(|event| (self.now, event))).unwrap();
        Ok(())
    }

    fn put(&mut self, zone: Zone) {
        self.run(Command::PutZone(zone)).unwrap();
    }

    /// Moves a unit a second later and gives what is told, as `unit zone action`.
    fn go(&mut self, unit: usize, to: LatLng) -> Vec<String> {
        self.go_after(unit, to, 1_000)
    }

    fn go_after(&mut self, unit: usize, to: LatLng, ms: i64) -> Vec<String> {
        self.now = self.now.plus_ms(ms);
        let unit = self.engine.world().unit(&format!("u-{unit}").parse().unwrap()).unwrap().no;
        let fix = Fix { at: to, time: self.now, speed_mps: None, heading_deg: None, accuracy_m: None };
        self.engine.fixes(&[UnitFix { unit, device: DeviceKind::Radio, fix }], self.now);
        let told = |notice| match notice {
            Notice::Zone { unit, zone, action, at, .. } => {
                assert_eq!(at, self.now);
                Some(format!("{unit} {zone} {}", serde_json::to_value(action).unwrap().as_str().unwrap()))
            }
            _ => None,
        };
        self.engine.tick(self.now).notices.into_iter().filter_map(told).collect()
    }

    fn units(&self, zone: &str) -> Vec<String> {
        let units = self.engine.world().seen_by(Sight::ALL).zone_units(&zone.parse().unwrap()).unwrap();
        units.into_iter().map(|view| view.spec.id.to_string()).collect()
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_convoy_drives_over_a_standing_unit() {
    let mut city = City::new(3);
    city.put(circle("convoy", 100.0, Some("u-0"), 0));
    assert_eq!(city.go(1, east(500.0)), NOTHING);
    assert_eq!(city.units("convoy"), NOTHING, "a fence whose unit has no fix is nowhere");
    assert_eq!(city.go(0, east(0.0)), NOTHING);
    assert_eq!(city.go(0, east(350.0)), NOTHING);
    assert_eq!(city.go(0, east(450.0)), ["u-1 convoy enter"]);
    assert_eq!(city.units("convoy"), ["u-1"], "its own unit is not in it");
    let seen = city.engine.world().seen_by(Sight::ALL);
    let zones = Whereabouts::new(&seen);
    let (mut here, mut own) = (Vec::new(), Vec::new());
    zones.zones_at(east(450.0), None, &mut here);
    zones.zones_at(east(450.0), Some(UnitNo(0)), &mut own);
    assert_eq!((here.len(), own.len()), (1, 0));
    assert_eq!(city.go(0, east(580.0)), NOTHING);
    assert_eq!(city.go(0, east(650.0)), ["u-1 convoy exit"]);
    assert_eq!(city.go(0, east(300.0)), ["u-1 convoy cross"], "it jumped over it");
    assert_eq!(city.go(2, east(305.0)), NOTHING, "nobody saw it outside");
    assert_eq!(city.go(2, east(405.0)), ["u-2 convoy exit"]);
    assert_eq!(city.go(2, east(195.0)), ["u-2 convoy cross"]);
    assert_eq!(city.go(2, east(205.0)), ["u-2 convoy enter"]);
    // Both move: the one away, the other after it, then past it.
    assert_eq!(city.go(0, east(500.0)), ["u-1 convoy enter", "u-2 convoy exit"]);
    assert_eq!(city.go(1, east(700.0)), ["u-1 convoy exit"]);
    assert_eq!(city.go(0, east(700.0)), ["u-1 convoy enter"]);
    assert_eq!(city.go_after(0, east(100.0), WAY_MS_MAX + 1), ["u-1 convoy exit"]);
    assert_eq!(city.go_after(0, east(400.0), WAY_MS_MAX + 1), NOTHING, "nobody knows the way between two fixes so far apart");
}

#[test]
fn fences_come_change_and_go_without_a_word() {
    let mut city = City::new(2);
    city.go(0, east(0.0));
    city.go(1, east(50.0));
    city.put(circle("convoy", 100.0, Some("u-0"), 0));
    assert_eq!(city.go(1, east(60.0)), NOTHING, "it stood in it when it came");
    city.put(circle("convoy", 40.0, Some("u-0"), 0));
    assert_eq!(city.go(0, east(1.0)), NOTHING, "the change put it outside");
    assert_eq!(city.go(0, east(30.0)), ["u-1 convoy enter"]);
    // From now on it follows the other, then nobody.
    city.put(circle("convoy", 40.0, Some("u-1"), 0));
    assert_eq!(city.units("convoy"), ["u-0"]);
    assert_eq!(city.go(0, east(10.0)), ["u-0 convoy exit"]);
    city.put(circle("convoy", 40.0, None, 0));
    assert_eq!(city.go(0, east(50.0)), ["u-0 convoy exit"], "it stands still where it was drawn, and the unit was in it");
    city.put(circle("convoy", 100.0, Some("u-0"), 0));
    city.put(circle("second", 20.0, Some("u-0"), 0));
    city.put(circle("third", 5.0, Some("u-0"), 0));
    city.run(Command::RemoveZone("second".parse().unwrap())).unwrap();
    assert_eq!(city.go(1, east(300.0)), ["u-1 convoy exit"]);
    assert_eq!(city.go(0, east(300.0)), ["u-1 third enter", "u-1 convoy enter"]);
    // What is known of the followed unit is replaced: it is the same unit.
    let spec: UnitSpec = serde_json::from_str(r#"{"id":"u-0","callsign":"New","kind":"motorcycle","org":"city"}"#).unwrap();
    city.run(Command::RegisterUnit(spec)).unwrap();
    assert_eq!(city.go(0, east(308.0)), ["u-1 third exit"]);
    city.run(Command::RemoveZone("third".parse().unwrap())).unwrap();
    city.run(Command::RemoveZone("convoy".parse().unwrap())).unwrap();
    assert_eq!(city.go(0, east(300.0)), NOTHING);
    assert_eq!(city.go(1, east(900.0)), NOTHING);
    assert!(city.engine.world().seen_by(Sight::ALL).zone_units(&"convoy".parse().unwrap()).is_none());
}

#[test]
fn who_leaves_before_the_dwell_was_never_in() {
    let mut city = City::new(2);
    city.put(circle("still", 100.0, None, 10));
    city.go(0, east(500.0));
    assert_eq!(city.go(0, east(50.0)), NOTHING);
    assert_eq!(city.go_after(0, east(51.0), 9_999), NOTHING);
    assert_eq!(city.go(0, east(500.0)), NOTHING, "it was never in");
    assert_eq!(city.go(0, east(-500.0)), NOTHING, "nor did it cross");
    assert_eq!(city.go(0, east(50.0)), NOTHING);
    assert_eq!(city.go_after(0, east(50.0), 10_000), ["u-0 still enter"]);
    assert_eq!(city.go_after(0, east(50.0), 10_000), NOTHING);
    assert_eq!(city.go(0, east(500.0)), ["u-0 still exit"]);
    // A fence that moves shows it by its own fixes, too.
    city.put(circle("convoy", 100.0, Some("u-1"), 10));
    city.go(1, east(1_000.0));
    assert_eq!(city.go(1, east(490.0)), NOTHING);
    assert_eq!(city.go_after(1, east(491.0), 10_000), ["u-0 convoy enter"]);
    assert_eq!(city.go(1, east(1_000.0)), ["u-0 convoy exit"]);
    assert_eq!(city.go(1, east(490.0)), NOTHING);
    assert_eq!(city.go(0, east(900.0)), NOTHING);
    // A change is no entering, and what was pending is in.
    assert_eq!(city.go(0, east(0.0)), NOTHING);
    city.put(circle("still", 90.0, None, 20));
    assert_eq!(city.go_after(0, east(0.0), 30_000), NOTHING);
    assert_eq!(city.go(0, east(300.0)), ["u-0 still exit"]);
}

#[test]
fn what_cannot_be_followed_is_refused_by_name() {
    let mut city = City::new(1);
    let mut refused = |zone: Zone| city.run(Command::PutZone(zone)).unwrap_err();
    let unknown = refused(circle("z", 10.0, Some("u-9"), 0));
    assert_eq!((unknown.field(), unknown.value().as_deref()), ("follows", Some("u-9")));
    assert_eq!(refused(circle("z", 10.0, None, 3_601)).field(), "dwell_s");
    assert_eq!(refused(circle("z", 20_000.1, Some("u-0"), 0)).field(), "shape");
    let far = Follows { unit: "u-0".parse().unwrap(), from: at(86.0, 0.0) };
    assert_eq!(refused(Zone { follows: Some(far), ..circle("z", 10.0, None, 0) }).field(), "follows");
    let corner = |n: i32| Coord { x: HERE.1 + f64::from(n % 40) * 1e-5, y: HERE.0 + f64::from(n / 40) * 1e-5 };
    let many = ZoneShape::Polygon(MultiPolygon::new(vec![Polygon::new((0..1_000).map(corner).collect::<LineString<f64>>(), vec![])]));
    assert_eq!(refused(Zone { shape: many, ..circle("z", 10.0, Some("u-0"), 0) }).field(), "shape");
    city.put(circle("z", 20_000.0, Some("u-0"), 3_600));
}

#[test]
fn metres_stay_metres_far_away_and_over_the_antimeridian() {
    let square = |x: f64, y: f64, d: f64| {
        let corner = |(dx, dy): (f64, f64)| Coord { x: x + dx * d, y: y + dy * d };
        let ring: LineString<f64> = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)].into_iter().map(corner).collect();
        ZoneShape::Polygon(MultiPolygon::new(vec![Polygon::new(ring, vec![])]))
    };
    let (from, shape) = (at(0.0, 10.0), square(10.0, 0.0, 0.001));
    let half_m = 111.195;
    for to in [at(60.0, 10.0), at(-45.0, 180.0), at(30.0, -180.0), at(84.0, 179.9999), at(10.0, -0.0)] {
        let now = shape.carried(from, to).unwrap();
        for bearing in [0.0, 90.0, 180.0, 270.0] {
            assert!(now.contains(to.offset(half_m * 0.99, bearing)), "{to:?} {bearing}");
            assert!(!now.contains(to.offset(half_m * 1.01, bearing)), "{to:?} {bearing}");
        }
    }
    assert_eq!(shape.carried(from, at(85.1, 0.0)), None);
    let mut city = City::new(2);
    city.put(Zone { shape, follows: Some(Follows { unit: "u-0".parse().unwrap(), from }), ..circle("z", 1.0, None, 0) });
    city.go(0, at(0.0, 179.9995));
    city.go(1, at(0.0, -179.99));
    assert_eq!(city.go(1, at(0.0, -179.9996)), ["u-1 z enter"]);
    assert_eq!(city.units("z"), ["u-1"]);
    assert_eq!(city.go(0, at(0.0, 179.9)), ["u-1 z exit"]);
    assert_eq!(city.go(0, at(0.0, -179.9999)), ["u-1 z enter"]);
    assert_eq!(city.go(0, at(86.0, 0.0)), ["u-1 z exit"]);
}

/// The words, said plainly: every zone is tested at every step.
struct Plain {
    zones: Vec<Zone>,
    last: BTreeMap<u32, (LatLng, Timestamp)>,
    inside: BTreeSet<(u32, usize)>,
    pending: BTreeMap<(u32, usize), Timestamp>,
}

impl Plain {
    fn leader(zone: &Zone) -> Option<u32> {
        zone.follows.as_ref().map(|follows| follows.unit.as_str().trim_start_matches("u-").parse().unwrap())
    }

    fn shape(&self, zone: &Zone) -> Option<ZoneShape> {
        match Self::leader(zone) {
            None => Some(zone.shape.clone()),
            Some(leader) => zone.shape.carried(zone.follows.as_ref().unwrap().from, self.last.get(&leader)?.0),
        }
    }

    /// One unit against one zone, where it is now.
    fn look(
        &mut self,
        unit: u32,
        no: usize,
        from: Option<LatLng>,
        told_in: bool,
        time: Timestamp,
        told: &mut Vec<(u32, usize, &'static str)>,
    ) {
        let zone = self.zones[no].clone();
        if Self::leader(&zone) == Some(unit) {
            return;
        }
        let Some((here, _)) = self.last.get(&unit).copied() else { return };
        let shape = self.shape(&zone);
        let dwell_ms = i64::from(zone.dwell_s) * 1_000;
        let key = (unit, no);
        match (self.inside.contains(&key), shape.as_ref().is_some_and(|shape| shape.contains(here))) {
            (true, false) => {
                self.inside.remove(&key);
                if self.pending.remove(&key).is_none() {
                    told.push((unit, no, "exit"));
                }
            }
            (false, true) => {
                self.inside.insert(key);
                if told_in && dwell_ms > 0 {
                    self.pending.insert(key, time);
                } else if told_in {
                    told.push((unit, no, "enter"));
                }
            }
            (true, true) if self.pending.get(&key).is_some_and(|since| time.ms_since(*since) >= dwell_ms) => {
                self.pending.remove(&key);
                told.push((unit, no, "enter"));
            }
            (false, false) if dwell_ms == 0 => {
                let near = from.filter(|from| (from.lng_deg() - here.lng_deg()).abs() <= 180.0);
                if near.is_some_and(|from| from != here && shape.is_some_and(|shape| leads_through(&shape, from, here))) {
                    told.push((unit, no, "cross"));
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, unit: u32, to: LatLng, time: Timestamp) -> Vec<(u32, usize, &'static str)> {
        let mut told = Vec::new();
        let was = self.last.get(&unit).copied();
        let way = was.filter(|(_, seen)| time.ms_since(*seen) <= WAY_MS_MAX).map(|(from, _)| from);
        // First what it does to the zones, then what its own do to the others.
        self.last.insert(unit, (to, time));
        for no in 0..self.zones.len() {
            self.look(unit, no, way, was.is_some(), time, &mut told);
        }
        for no in (0..self.zones.len()).filter(|no| Self::leader(&self.zones[*no]) == Some(unit)).collect::<Vec<_>>() {
            for other in self.last.keys().copied().collect::<Vec<_>>() {
                let from = way.and_then(|from| carried_position(from, to, self.last[&other].0));
                self.look(other, no, from, was.is_some(), time, &mut told);
            }
        }
        told.sort_unstable();
        told
    }
}

#[test]
fn a_hundred_thousand_moves_tell_what_brute_force_tells() {
    let mut rng = SmallRng::seed_from_u64(20_261_122);
    let mut counts = BTreeMap::new();
    for (lat, lng) in [(22.8, 108.3), (51.5, 179.9995), (-70.0, -180.0), (84.99, 12.0)] {
        let near = |rng: &mut SmallRng| at(lat, lng).offset(rng.random_range(0.0..900.0), rng.random_range(0.0..360.0));
        let units = 24;
        let mut zones = Vec::new();
        for n in 0..30_usize {
            let centre = near(&mut rng);
            let radius_m = rng.random_range(20.0..250.0);
            let corner = |n: i32| centre.offset(radius_m * if n % 2 == 0 { 1.0 } else { 0.6 }, f64::from(n) * 45.0);
            let ring: LineString<f64> = (0..8).map(|n| corner(n).to_point().0).collect();
            // A polygon that would lie on both sides of the antimeridian is a circle here.
            let is_split = ring.0.iter().any(|c| (c.x - ring.0[0].x).abs() > 180.0);
            let shape = if n % 2 == 0 || is_split {
                ZoneShape::Circle { centre, radius_m }
            } else {
                ZoneShape::Polygon(MultiPolygon::new(vec![Polygon::new(ring, vec![])]))
            };
            let follows = (n % 3 == 0).then(|| Follows { unit: format!("u-{}", n / 6).parse::<UnitId>().unwrap(), from: centre });
            zones.push(Zone { shape, follows, ..circle(&format!("z-{n:02}"), 1.0, None, if n % 5 == 0 { 7 } else { 0 }) });
        }
        let mut edit = Edit::new(Arc::new(Geography::default()));
        zones.iter().for_each(|zone| edit.put(zone.clone(), Plain::leader(zone).map(UnitNo)));
        let (geography, changed) = edit.done();
        let mut presence = Presence::new();
        presence.renew(&geography, &changed);
        let mut plain = Plain { zones, last: BTreeMap::new(), inside: BTreeSet::new(), pending: BTreeMap::new() };
        let mut time = T0;
        for step in 0..25_000 {
            time = time.plus_ms(if rng.random_bool(0.001) { WAY_MS_MAX + 1 } else { rng.random_range(1..1_000) });
            let unit = rng.random_range(0..units);
            let to = match plain.last.get(&unit) {
                Some((from, _)) if rng.random_bool(0.95) => from.offset(rng.random_range(0.0..60.0), rng.random_range(0.0..360.0)),
                _ => near(&mut rng),
            };
            let mut told = Vec::new();
            presence.step(&geography, UnitNo(unit), to, time, |Told { unit, zone, action }| {
                let action = match action {
                    Crossing::Enter => "enter",
                    Crossing::Exit => "exit",
                    Crossing::Cross => "cross",
                };
                told.push((unit.0, zone as usize, action));
            });
            told.sort_unstable();
            for (_, _, action) in &told {
                *counts.entry(*action).or_insert(0) += 1;
            }
            assert_eq!(told, plain.step(unit, to, time), "step {step} at {lat} {lng}");
        }
    }
    assert!(counts.len() == 3 && counts.values().all(|count| *count > 200), "{counts:?}");
}
