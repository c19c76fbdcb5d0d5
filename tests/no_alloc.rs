//! A good fix allocates nothing: not between a gateway's bytes and the engine's queue, not in the engine.
//!
//! Counted are the allocations of the thread that measures. So the running server's writer, which drains the queue on its
//! own thread meanwhile, is not among them: its part, [`Engine::fixes`], is measured on an engine of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{path::Path, sync::Arc};

use allocation_counter::measure;
use citygate::{
    bus::{self, Bus, BusLimits},
    city::{self, City},
    engine::{Command, ContactLimits, Engine, Movement, ORDER_RADIUS_M_DEFAULT, OrderSpec, Organisations, Roads, UnitFix, World},
    geodesy::LatLng,
    geography::Geography,
    ingest::{
        Datum, Gate, IngestLimits, Report, Source,
        binary::{
            Fed, Session,
            frame::{self, FixRecord, Reply},
        },
    },
    journal::Journal,
    model::{DeviceKind, Fix, Purpose, Timestamp, UnitNo},
    roads::Paces,
};

/// Rounds in which every unit reports: until every table has grown, and then to be counted.
const WARM_UP: usize = 60;
const COUNTED: usize = 30;
/// Each round is so much later.
const ROUND_MS: i64 = 1_000;

/// The world of a city, which loses its roads to it.
fn world(city: &mut City) -> Arc<World> {
    let organisations = Organisations::new(city.organisations.clone()).unwrap();
    let roads = Roads::new(std::mem::take(&mut city.roads), &Paces::default(), Movement::default());
    Arc::new(World::new(organisations, Geography::new(city.zones.clone()), ContactLimits::default()).with_roads(roads))
}

/// The times of the rounds: within what the gate takes from now on.
fn rounds() -> impl Iterator<Item = (usize, Timestamp)> {
    let first = bus::now().plus_ms(-600_000);
    (0..WARM_UP + COUNTED).map(move |n| (n, first.plus_ms(n as i64 * ROUND_MS)))
}

/// Where a unit is in a round: up and down a way of some 100 m, so that it leaves its cell and meets borders.
fn place(home: LatLng, round: usize) -> LatLng {
    home.offset(12.0 * (round % 20).abs_diff(10) as f64, 45.0)
}

#[test]
fn from_bytes_to_the_queue() {
    let mut city = city::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap();
    let state = tempfile::tempdir().unwrap();
    let (bus, _) = Bus::start(world(&mut city), Journal::open(state.path()).unwrap(), city.units.clone(), BusLimits::default()).unwrap();
    let gate = Gate::new(bus.clone(), IngestLimits::default());
    let carriers: Vec<_> = city.units.iter().filter(|unit| unit.home.is_some() && !unit.devices.is_empty()).collect();
    let (mut session, mut bytes, mut out) = (Session::new(), Vec::new(), Vec::new());
    frame::hello(&mut bytes, None);
    let names: Vec<_> = carriers.iter().map(|unit| Source::Device(unit.devices[0].id.clone())).collect();
    assert_eq!(frame::names(&mut bytes, 0, &names), names.len());
    let Fed::Names(names) = session.feed(&mut bytes.as_slice(), &gate, &mut out) else { panic!("names") };
    session.bind(names, Vec::new(), &gate, &mut out);

    let (mut counted, mut fixes) = (0, 0);
    for (round, time) in rounds() {
        let records = carriers.iter().enumerate().map(|(handle, unit)| {
            let at = place(unit.home.unwrap(), round);
            let (lat_deg, lng_deg, speed_mps) = (at.lat_deg(), at.lng_deg(), Some(12.0));
            let report = Report { lat_deg, lng_deg, datum: Datum::Wgs84, time, speed_mps, heading_deg: Some(45.0), accuracy_m: Some(5.0) };
            FixRecord::new(handle as u32, &report)
        });
        let records: Vec<_> = records.collect();
        bytes.clear();
        records.chunks(100).for_each(|chunk| assert_eq!(frame::fixes(&mut bytes, round as u32, chunk), chunk.len()));
        out.clear();
        let allocations = measure(|| assert!(matches!(session.feed(&mut bytes.as_slice(), &gate, &mut out), Fed::All))).count_total;
        let (mut rest, mut accepted) = (out.as_slice(), 0);
        while let Some(Reply::Ack(ack)) = Reply::next(&mut rest).unwrap() {
            accepted += usize::from(ack.accepted);
        }
        assert_eq!(accepted, records.len());
        if round >= WARM_UP {
            counted += allocations;
            fixes += accepted;
        }
        // The engine has them, so the queue is empty again.
        let last = carriers.last().unwrap();
        common::wait(|| (bus.world().unit(&last.id)?.fix?.time == time).then_some(()));
    }
    bus.stop();
    assert!(fixes >= 90_000, "{fixes} fixes");
    assert_eq!(counted, 0, "allocations for {fixes} fixes");
}

#[test]
fn in_the_engine() {
    let mut city = city::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap();
    let mut engine = Engine::new(world(&mut city));
    for unit in &city.units {
        for event in engine.decide(&Command::RegisterUnit(unit.clone())).unwrap() {
            engine.apply([(bus::now(), &event)]).unwrap();
        }
    }
    // Some are on their way to a place that they do not reach: their fixes are looked at.
    for (n, unit) in city.units.iter().enumerate().step_by(7) {
        let (id, to) = (format!("o-{n}").parse().unwrap(), LatLng::NORTH_POLE);
        let order = OrderSpec {
            id,
            unit: unit.id.clone(),
            purpose: Purpose::MoveUp,
            to,
            place: None,
            radius_m: ORDER_RADIUS_M_DEFAULT,
            due: None,
            cordon: None,
            gate: None,
        };
        for event in engine.decide(&Command::IssueOrder { order, replace: false }).unwrap() {
            engine.apply([(bus::now().plus_ms(-3_600_000), &event)]).unwrap();
        }
    }
    engine.tick(bus::now());
    let homes: Vec<_> = city.units.iter().filter_map(|unit| Some((engine.world().unit(&unit.id)?.no, unit.home?))).collect();
    // The zones of a cell are looked up when somebody first comes there, and kept.
    let geography = engine.world().geography();
    for (round, _) in rounds() {
        homes.iter().for_each(|(_, home)| geography.zones_at(place(*home, round), &mut Vec::new()));
    }
    let (mut counted, mut fixes, mut notices) = (0, 0, 0);
    for (round, time) in rounds() {
        let fix = |(unit, home): &(UnitNo, LatLng)| {
            let (at, speed_mps, heading_deg) = (place(*home, round), Some(12.0), Some(45.0));
            UnitFix { unit: *unit, device: DeviceKind::Radio, fix: Fix { at, time, speed_mps, heading_deg, accuracy_m: None } }
        };
        let batch: Vec<_> = homes.iter().map(fix).collect();
        let allocations = measure(|| engine.fixes(&batch, time)).count_total;
        let told = engine.tick(time).notices.len();
        if round >= WARM_UP {
            (counted, fixes, notices) = (counted + allocations, fixes + batch.len(), notices + told);
        }
    }
    assert!(fixes >= 90_000, "{fixes} fixes, {notices} notices");
    // A list of news, and of what changed, begins anew at each tick and doubles as it grows: the news allocate, not the fixes.
    let lists = 16 * COUNTED as u64;
    assert!(counted <= lists, "{counted} allocations for {fixes} fixes and {notices} notices");
}
