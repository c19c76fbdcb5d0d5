//! The engine: commands, events, fixes, zones, ages. Time is an argument, so nothing waits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::sync::Arc;

use citygate::{
    delta::{Crossing, Notice},
    engine::{
        Command, ContactLimits, Engine, Event, Freshness, LeftOut, NearestQuery, Organisations, Profile, Rejection, Sight, UnitFix,
        UnitPatch, UnitsQuery, World,
    },
    geodesy::{LatLng, haversine_m},
    geography::Geography,
    index::Filter,
    model::{
        Contact, DeviceKind, Fix, Layer, Name, OrgLevel, Organisation, Status, StatusSet, Timestamp, UnitId, UnitSpec, Zone, ZoneShape,
    },
    rings::{Border, Core, holds},
};
use geo::{MultiPolygon, polygon};
use proptest::prelude::*;

const T0: Timestamp = Timestamp::from_unix_ms(1_764_000_000_000);

fn org(id: &str, parent: Option<&str>) -> Organisation {
    Organisation { id: id.parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: parent.map(|p| p.parse().unwrap()) }
}

fn square(id: &str, west: f64) -> Zone {
    let shape = MultiPolygon::new(vec![
        polygon![(x: west, y: 22.80), (x: west + 0.01, y: 22.80), (x: west + 0.01, y: 22.81), (x: west, y: 22.81), (x: west, y: 22.80)],
    ]);
    Zone {
        id: id.parse().unwrap(),
        layer: Layer::Beats,
        name: Name::default(),
        org: None,
        shape: ZoneShape::Polygon(shape),
        follows: None,
        dwell_s: 0,
    }
}

fn engine() -> Engine {
    let orgs = Organisations::new(vec![org("city", None), org("north", Some("city")), org("south", Some("city"))]).unwrap();
    let geography = Geography::new([square("a", 108.30), square("b", 108.31), square("c", 108.32)]);
    Engine::new(Arc::new(World::new(orgs, geography, ContactLimits::default())))
}

fn spec(n: u32, status: &str, org: &str) -> UnitSpec {
    serde_json::from_str(&format!(
        r#"{{"id":"u-{n}","callsign":"U-{n}","kind":"patrol_car","org":"{org}","status":"{status}","devices":[{{"id":"d-{n}","kind":"vehicle_terminal"}},{{"id":"r-{n}","kind":"radio"}}]}}"#
    ))
    .unwrap()
}

fn run(engine: &mut Engine, command: Command) -> Result<Vec<Event>, Rejection> {
    let events = engine.decide(&command)?;
    engine.apply(events.iter().map(|event| (T0, event))).unwrap();
    Ok(events)
}

fn id(n: u32) -> UnitId {
    format!("u-{n}").parse().unwrap()
}

fn fix(engine: &Engine, n: u32, device: DeviceKind, at: LatLng, time: Timestamp) -> UnitFix {
    let unit = engine.world().unit(&id(n)).unwrap().no;
    UnitFix { unit, device, fix: Fix { at, time, speed_mps: None, heading_deg: None, accuracy_m: None } }
}

fn at(lat: f64, lng: f64) -> LatLng {
    LatLng::new(lat, lng).unwrap()
}

fn send(engine: &mut Engine, n: u32, position: LatLng, time: Timestamp) {
    let fix = fix(engine, n, DeviceKind::VehicleTerminal, position, time);
    engine.fixes(&[fix], time);
}

#[test]
fn a_command_that_changes_nothing_makes_no_event() {
    let mut engine = engine();
    assert_eq!(run(&mut engine, Command::RegisterUnit(spec(1, "available", "north"))).unwrap().len(), 1);
    assert_eq!(run(&mut engine, Command::RegisterUnit(spec(1, "available", "north"))).unwrap(), []);
    let busy =
        || Command::EditUnit { id: id(1), patch: UnitPatch { status: Some(Status::Busy), alarm: Some(false), ..UnitPatch::default() } };
    assert_eq!(run(&mut engine, busy()).unwrap(), [Event::StatusSet { id: id(1), status: Status::Busy }]);
    assert_eq!(run(&mut engine, busy()).unwrap(), []);
}

#[test]
fn what_is_wrong_is_named_and_changes_nothing() {
    let mut engine = engine();
    run(&mut engine, Command::RegisterUnit(spec(1, "available", "north"))).unwrap();
    let refused = |engine: &mut Engine, command| run(engine, command).unwrap_err();
    assert_eq!(refused(&mut engine, Command::RegisterUnit(spec(2, "available", "west"))).field(), "org");
    let stolen = UnitSpec { devices: spec(1, "available", "north").devices, ..spec(2, "available", "north") };
    let rejection = refused(&mut engine, Command::RegisterUnit(stolen));
    assert!(rejection.to_string().contains("`d-1` is carried by unit `u-1`"), "{rejection}");
    assert_eq!(refused(&mut engine, Command::EditUnit { id: id(9), patch: UnitPatch::default() }), Rejection::UnknownUnit(id(9)));
    assert_eq!(refused(&mut engine, Command::RemoveZone("z".parse().unwrap())).value().as_deref(), Some("z"));
    assert_eq!(engine.world().count(), (1, 0));
}

#[test]
fn a_device_moves_with_its_registration() {
    let mut engine = engine();
    run(&mut engine, Command::RegisterUnit(spec(1, "available", "north"))).unwrap();
    let carrier = |engine: &Engine, device: &str| engine.world().carrier(&device.parse().unwrap());
    assert!(carrier(&engine, "d-1").is_some() && carrier(&engine, "r-1").is_some());
    let only_radio = spec(1, "available", "north").devices.split_off(1);
    run(&mut engine, Command::EditUnit { id: id(1), patch: UnitPatch { devices: Some(only_radio), ..UnitPatch::default() } }).unwrap();
    assert!(carrier(&engine, "d-1").is_none() && carrier(&engine, "r-1").is_some());
}

#[test]
fn of_several_devices_the_freshest_fix_counts() {
    let mut engine = engine();
    run(&mut engine, Command::RegisterUnit(spec(1, "available", "north"))).unwrap();
    let (here, there) = (at(22.80, 108.305), at(22.81, 108.305));
    let car = fix(&engine, 1, DeviceKind::VehicleTerminal, here, T0.plus_ms(2_000));
    let radio = fix(&engine, 1, DeviceKind::Radio, there, T0.plus_ms(1_000));
    engine.fixes(&[car, radio], T0.plus_ms(2_000));
    let view = engine.world().unit(&id(1)).unwrap();
    assert_eq!((view.fix.unwrap().at, view.device, engine.superseded()), (here, DeviceKind::VehicleTerminal, 1));
    let radio = fix(&engine, 1, DeviceKind::Radio, there, T0.plus_ms(3_000));
    engine.fixes(&[radio], T0.plus_ms(3_000));
    assert_eq!(engine.world().unit(&id(1)).unwrap().fix.unwrap().at, there);
}

#[test]
fn zones_are_entered_left_and_crossed() {
    let mut engine = engine();
    run(&mut engine, Command::RegisterUnit(spec(1, "available", "north"))).unwrap();
    let told = |engine: &mut Engine, lng: f64, ms: i64| -> Vec<(String, Crossing)> {
        send(engine, 1, at(22.805, lng), T0.plus_ms(ms));
        let zone = |notice: Notice| match notice {
            Notice::Zone { zone, action, .. } => Some((zone.to_string(), action)),
            _ => None,
        };
        engine.tick(T0).notices.into_iter().filter_map(zone).collect()
    };
    let (enter, exit, cross) = (Crossing::Enter, Crossing::Exit, Crossing::Cross);
    let zone = |name: &str, action| (name.to_owned(), action);
    assert_eq!(told(&mut engine, 108.295, 0), []);
    assert_eq!(told(&mut engine, 108.305, 1_000), [zone("a", enter)]);
    assert_eq!(told(&mut engine, 108.306, 2_000), []);
    assert_eq!(told(&mut engine, 108.325, 3_000), [zone("a", exit), zone("b", cross), zone("c", enter)]);
    assert_eq!(told(&mut engine, 108.295, 4_000), [zone("c", exit), zone("a", cross), zone("b", cross)]);
    assert_eq!(told(&mut engine, 108.335, 4_000 + 60_001), [], "nobody knows the way between two fixes so far apart");
    assert_eq!(told(&mut engine, 108.31, 70_000), [zone("c", cross), zone("a", enter), zone("b", enter)], "the border belongs to both");
}

#[test]
fn a_changed_zone_moves_nobody() {
    let mut engine = engine();
    run(&mut engine, Command::RegisterUnit(spec(1, "available", "north"))).unwrap();
    send(&mut engine, 1, at(22.805, 108.305), T0);
    run(&mut engine, Command::RemoveZone("a".parse().unwrap())).unwrap();
    let wide = Zone { id: "new".parse().unwrap(), ..square("a", 108.30) };
    run(&mut engine, Command::PutZone(wide)).unwrap();
    send(&mut engine, 1, at(22.805, 108.306), T0.plus_ms(1_000));
    let tick = engine.tick(T0);
    assert!(tick.notices.is_empty() && tick.layers.contains(Layer::Beats));
    send(&mut engine, 1, at(22.805, 108.295), T0.plus_ms(2_000));
    assert!(matches!(engine.tick(T0).notices.as_slice(), [Notice::Zone { action: Crossing::Exit, .. }]));
    assert_eq!(engine.world().seen_by(Sight::ALL).zone_units(&"new".parse().unwrap()).unwrap().len(), 0);
}

#[test]
fn contact_is_lost_and_regained() {
    let mut engine = engine();
    run(&mut engine, Command::RegisterUnit(spec(1, "available", "north"))).unwrap();
    let contact = |engine: &mut Engine, now: Timestamp| -> Vec<Contact> {
        engine.look_at_ages(now);
        let contact = |notice: Notice| if let Notice::Contact { contact, .. } = notice { Some(contact) } else { None };
        engine.tick(now).notices.into_iter().filter_map(contact).collect()
    };
    assert_eq!(engine.world().unit(&id(1)).unwrap().contact, Contact::Never);
    send(&mut engine, 1, at(22.8, 108.3), T0);
    assert_eq!(contact(&mut engine, T0.plus_ms(30_000)), []);
    assert_eq!(contact(&mut engine, T0.plus_ms(30_001)), [Contact::Stale]);
    assert_eq!(contact(&mut engine, T0.plus_ms(180_001)), [Contact::Lost]);
    assert_eq!(contact(&mut engine, T0.plus_ms(999_000)), []);
    send(&mut engine, 1, at(22.8, 108.3), T0.plus_ms(1_000_000));
    assert_eq!(contact(&mut engine, T0.plus_ms(1_000_000)), [Contact::Live]);
}

#[test]
fn nearest_says_whom_it_left_out_and_why() {
    let mut engine = engine();
    for (n, status) in [(1, "available"), (2, "busy"), (3, "available"), (4, "out_of_service"), (5, "available"), (6, "busy")] {
        run(&mut engine, Command::RegisterUnit(spec(n, status, if n == 5 { "south" } else { "north" }))).unwrap();
        let seen = if n == 3 { T0.plus_ms(-40_000) } else { T0 };
        send(&mut engine, n, at(22.8, 108.3).offset(f64::from(n) * 100.0, 90.0), seen);
    }
    let query = |k, org: Option<&str>| NearestQuery {
        at: at(22.8, 108.3),
        k,
        max_m: None,
        filter: Filter {
            statuses: StatusSet::EMPTY.with(Status::Available),
            org: org.map(|id| engine.world().organisations().subtree(&id.parse().unwrap()).unwrap()),
            ..Filter::default()
        },
        freshness: Freshness::Live,
    };
    let names = |query: &NearestQuery| {
        engine.world().seen_by(Sight::ALL).nearest(query, T0).units.iter().map(|(view, _)| view.spec.callsign.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&query(2, None)), ["U-1", "U-5"]);
    assert_eq!(names(&query(2, Some("south"))), ["U-5"]);
    assert_eq!(names(&NearestQuery { freshness: Freshness::MaxAgeMs(40_000), ..query(3, None) }), ["U-1", "U-3", "U-5"]);
    let left_out = engine.world().seen_by(Sight::ALL).nearest(&query(2, None), T0).left_out;
    assert_eq!(
        left_out,
        [(LeftOut::Status(Status::Busy), 1), (LeftOut::Status(Status::OutOfService), 1), (LeftOut::Contact(Contact::Stale), 1)]
    );
    let all = engine.world().seen_by(Sight::ALL).nearest(&query(9, None), T0).left_out;
    assert_eq!(all.first(), Some(&(LeftOut::Status(Status::Busy), 2)), "with fewer than k found, all within reach are told");
}

#[test]
fn a_listing_goes_on_where_it_stopped() {
    let mut engine = engine();
    for n in 0..25 {
        run(&mut engine, Command::RegisterUnit(spec(n, "available", "north"))).unwrap();
    }
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = engine.world().seen_by(Sight::ALL).units(&UnitsQuery { boxes: None, filter: Filter::default(), limit: 10, after });
        assert!(page.units.len() <= 10);
        seen.extend(page.units.iter().map(|view| view.spec.id.clone()));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.is_sorted());
}

#[test]
fn a_tick_tells_each_change_once() {
    let mut engine = engine();
    run(&mut engine, Command::RegisterUnit(spec(1, "available", "north"))).unwrap();
    let tick = engine.tick(T0);
    assert_eq!((tick.seq, tick.roster.len(), tick.changed.len()), (1, 1, 1));
    send(&mut engine, 1, at(22.8, 108.3), T0);
    send(&mut engine, 1, at(22.8, 108.4), T0.plus_ms(60_000));
    let tick = engine.tick(T0);
    assert_eq!((tick.seq, tick.roster.len(), tick.changed.len()), (2, 0, 1));
    assert_eq!(tick.changed[0].fix.unwrap().at, at(22.8, 108.4));
    run(&mut engine, Command::EditUnit { id: id(1), patch: UnitPatch { alarm: Some(true), ..UnitPatch::default() } }).unwrap();
    let tick = engine.tick(T0);
    assert!(tick.roster.is_empty() && tick.changed[0].spec.alarm);
    assert!(matches!(tick.notices.as_slice(), [Notice::Status { alarm: true, .. }]));
    assert!(engine.tick(T0).changed.is_empty());
}

fn command() -> impl Strategy<Value = Command> {
    let statuses = ["available", "busy", "off_duty"];
    prop_oneof![
        (0..8u32, 0..3usize).prop_map(move |(n, s)| Command::RegisterUnit(spec(n, statuses[s], "north"))),
        (0..8u32, 0..7u8, any::<Option<bool>>(), any::<Option<u8>>()).prop_map(|(n, status, alarm, crew)| Command::EditUnit {
            id: id(n),
            patch: UnitPatch { status: Status::from_code(status), alarm, crew: crew.map(u16::from), ..UnitPatch::default() }
        }),
        (0..4u32, 0..5u32).prop_map(|(n, place)| Command::PutZone(square(&format!("z{n}"), 108.2 + f64::from(place) * 0.01))),
        (0..4u32).prop_map(|n| Command::RemoveZone(format!("z{n}").parse().unwrap())),
    ]
}

fn state(engine: &Engine) -> (Vec<Profile>, Vec<Zone>) {
    let mut units = Vec::new();
    engine.world().for_each_unit(|view| units.push(view.spec.clone()));
    (units, engine.world().geography().zones().cloned().collect())
}

proptest! {
    #[test]
    fn the_same_events_give_the_same_state(commands in prop::collection::vec(command(), 0..60), group in 1..20usize) {
        let mut first = engine();
        let mut journal: Vec<Event> = Vec::new();
        for command in commands {
            if let Ok(events) = run(&mut first, command) {
                // As the journal keeps them.
                journal.extend(events.iter().map(|event| serde_json::from_str::<Event>(&serde_json::to_string(event).unwrap()).unwrap()));
            }
        }
        let mut second = engine();
        for group in journal.chunks(group) {
            second.apply(group.iter().map(|event| (T0, event))).unwrap();
        }
        prop_assert_eq!(state(&first), state(&second));
    }

    #[test]
    fn rings_are_exact(points in prop::collection::vec((0.0..6_000.0f64, 0.0..360.0f64), 0..80), polygon_core in any::<bool>(),
                       radii in prop::collection::vec(1.0..5_000.0f64, 1..4), drawn in any::<bool>()) {
        let centre = at(22.8, 108.3);
        let mut engine = engine();
        for (n, (distance, bearing)) in points.iter().enumerate() {
            run(&mut engine, Command::RegisterUnit(spec(n as u32, "available", "north"))).unwrap();
            send(&mut engine, n as u32, centre.offset(*distance, *bearing), T0);
        }
        let core = if polygon_core {
            Core::Polygon(MultiPolygon::new(vec![polygon![(x: 108.3, y: 22.8), (x: 108.31, y: 22.8), (x: 108.305, y: 22.81), (x: 108.3, y: 22.8)]]))
        } else {
            Core::Point(centre)
        };
        let mut radii = radii;
        radii.sort_by(f64::total_cmp);
        let mut borders: Vec<Border> = radii.into_iter().map(Border::Distance).collect();
        if drawn {
            borders.push(Border::Drawn(square("drawn", 108.31).shape));
        }
        let rings = engine.world().seen_by(Sight::ALL).rings(&core, &borders);
        let found: Vec<Vec<(UnitId, f64)>> = rings.iter().map(|ring| ring.units.iter().map(|(view, d)| (view.spec.id.clone(), *d)).collect()).collect();
        let mut expected = vec![Vec::new(); borders.len()];
        engine.world().for_each_unit(|view| {
            let position = view.fix.unwrap().at;
            if let Some(ring) = borders.iter().position(|border| holds(&core, border, position)) {
                let distance = match &core { Core::Point(point) => haversine_m(*point, position), Core::Polygon(_) => core.distance_m(position) };
                expected[ring].push((view.no, view.spec.id.clone(), distance));
            }
        });
        for ring in &mut expected {
            ring.sort_by(|a, b| a.2.total_cmp(&b.2).then(a.0.cmp(&b.0)));
        }
        let expected: Vec<Vec<(UnitId, f64)>> = expected.into_iter().map(|ring| ring.into_iter().map(|(_, id, d)| (id, d)).collect()).collect();
        prop_assert_eq!(found, expected);
    }
}
