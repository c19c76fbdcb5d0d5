//! The paths. Each sets up, then calls one function that is counted; what it needs is made before.

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
};

use citygate::{
    bus::{self, Bus, BusLimits},
    city::{self, City as SampleCity},
    engine::{Command, ContactLimits, Engine, Movement, Organisations, Roads, UnitFix, World},
    geodesy::LatLng,
    geography::Geography,
    index::{Filter, Index, IndexWriter},
    ingest::{
        Datum, Gate, IngestLimits, Report, Source,
        binary::{
            Fed, Session,
            frame::{self, FixRecord, Reply},
        },
    },
    journal::Journal,
    model::{Actor, DeviceKind, Fix, Status, StatusSet, Timestamp, UnitNo, UnitSpec},
    roads::Paces,
    server::rates::{Askers, RateLimits},
};

use crate::city::{City, Lie, Move};

/// Moves a turn, as the engine makes them.
const MOVES_A_TURN: usize = 64;
const QUESTIONS: usize = 2_000;
/// Units of the sample city that the paths of a fix take, and how often each reports: before it counts, and while it does.
const UNITS: usize = 400;
const WARM_UP: usize = 10;
const ROUNDS: usize = 50;
/// An address that is not this machine's.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
/// When the engine's fixes begin: any time will do.
const NOON: Timestamp = Timestamp::from_unix_ms(1_764_000_000_000);

pub(crate) fn moves() -> usize {
    let mut city = City::new(3_500, Lie::Uniform);
    let mut index = city.index();
    let round = city.round();
    counted_moves(&mut index, &round);
    round.len()
}

#[inline(never)]
fn counted_moves(index: &mut IndexWriter, moves: &[Move]) {
    for chunk in moves.chunks(MOVES_A_TURN) {
        let mut turn = index.turn();
        turn.expect(chunk.iter().map(|step| UnitNo(step.unit)));
        for step in chunk {
            turn.place_unit(UnitNo(step.unit), step.to, &step.tag);
        }
    }
}

pub(crate) fn askers() -> usize {
    let limits = RateLimits::default();
    let (askers, addresses) = (Askers::new(limits), (0..limits.addresses_max as u32).map(|n| IpAddr::V4(Ipv4Addr::from_bits(n))));
    let addresses: Vec<IpAddr> = addresses.collect();
    // Each has a bucket already, as nearly always.
    addresses.iter().for_each(|address| askers.take(*address).unwrap());
    counted_askers(&askers, &addresses);
    addresses.len()
}

#[inline(never)]
fn counted_askers(askers: &Askers, addresses: &[IpAddr]) {
    for address in addresses {
        black_box(askers.take(*address).is_ok());
    }
}

pub(crate) fn actors() -> usize {
    let limits = RateLimits::default();
    let askers = Askers::new(limits);
    let actors: Vec<Actor> = (0..limits.actors_max).map(|n| format!("user:u{n}").parse().unwrap()).collect();
    actors.iter().for_each(|actor| askers.take_of(actor, ELSEWHERE).unwrap());
    counted_actors(&askers, &actors);
    actors.len()
}

#[inline(never)]
fn counted_actors(askers: &Askers, actors: &[Actor]) {
    for actor in actors {
        black_box(askers.take_of(actor, ELSEWHERE).is_ok());
    }
}

pub(crate) fn questions() -> usize {
    let mut city = City::new(100_000, Lie::Uniform);
    let places: Vec<LatLng> = (0..QUESTIONS).map(|_| city.somewhere()).collect();
    let filter = Filter { statuses: StatusSet::EMPTY.with(Status::Available), ..Filter::default() };
    counted_questions(city.index().index(), &places, &filter);
    places.len()
}

#[inline(never)]
fn counted_questions(index: &Index, places: &[LatLng], filter: &Filter) {
    for at in places {
        black_box(index.nearest(*at, 10, None, filter));
    }
}

fn sample_city() -> SampleCity {
    let mut city = city::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap();
    city.units.retain(|unit| unit.home.is_some() && !unit.devices.is_empty());
    city.units.truncate(UNITS);
    city
}

/// The world of a city, which loses its roads to it.
fn world(city: &mut SampleCity) -> Arc<World> {
    let organisations = Organisations::new(city.organisations.clone()).unwrap();
    let roads = Roads::new(std::mem::take(&mut city.roads), &Paces::default(), Movement::default());
    Arc::new(World::new(organisations, Geography::new(city.zones.clone()), ContactLimits::default()).with_roads(roads))
}

/// Where a unit is in a round: up and down a way of some 100 m.
fn place(unit: &UnitSpec, round: usize) -> LatLng {
    unit.home.unwrap().offset(12.0 * (round % 20).abs_diff(10) as f64, 45.0)
}

/// The bytes of a round of fixes: a frame for each hundred units.
fn round_of_frames(units: &[UnitSpec], round: usize, first: Timestamp) -> Vec<u8> {
    let time = first.plus_ms(round as i64 * 1_000);
    let record = |(handle, unit): (usize, &UnitSpec)| {
        let at = place(unit, round);
        let (lat_deg, lng_deg, speed_mps) = (at.lat_deg(), at.lng_deg(), Some(12.0));
        let report = Report { lat_deg, lng_deg, datum: Datum::Wgs84, time, speed_mps, heading_deg: Some(45.0), accuracy_m: Some(5.0) };
        FixRecord::new(handle as u32, &report)
    };
    let records: Vec<_> = units.iter().enumerate().map(record).collect();
    let mut bytes = Vec::new();
    records.chunks(100).for_each(|chunk| assert_eq!(frame::fixes(&mut bytes, round as u32, chunk), chunk.len()));
    bytes
}

pub(crate) fn frames() -> usize {
    let mut city = sample_city();
    let state = tempfile::tempdir().unwrap();
    let (bus, _) = Bus::start(world(&mut city), Journal::open(state.path()).unwrap(), city.units.clone(), BusLimits::default()).unwrap();
    // Nobody takes from the queue, so that nobody is met at its lock: it has room for all.
    bus.stop();
    let gate = Gate::new(bus, IngestLimits::default());
    let (mut session, mut bytes, mut out) = (Session::new(), Vec::new(), Vec::new());
    frame::hello(&mut bytes, None);
    let names: Vec<_> = city.units.iter().map(|unit| Source::Device(unit.devices[0].id.clone())).collect();
    assert_eq!(frame::names(&mut bytes, 0, &names), names.len());
    let Fed::Names(names) = session.feed(&mut bytes.as_slice(), &gate, &mut out) else { panic!("names") };
    session.bind(names, Vec::new(), &gate, &mut out);

    let first = bus::now().plus_ms(-600_000);
    let rounds: Vec<_> = (0..WARM_UP + ROUNDS).map(|round| round_of_frames(&city.units, round, first)).collect();
    let (warm_up, rounds) = rounds.split_at(WARM_UP);
    for bytes in warm_up {
        assert!(matches!(session.feed(&mut bytes.as_slice(), &gate, &mut out), Fed::All));
    }
    out.clear();
    counted_frames(&mut session, rounds, &gate, &mut out);
    let (mut rest, mut accepted) = (out.as_slice(), 0);
    while let Some(Reply::Ack(ack)) = Reply::next(&mut rest).unwrap() {
        accepted += usize::from(ack.accepted);
    }
    assert_eq!(accepted, ROUNDS * city.units.len());
    accepted
}

#[inline(never)]
fn counted_frames(session: &mut Session, rounds: &[Vec<u8>], gate: &Gate, out: &mut Vec<u8>) {
    for bytes in rounds {
        black_box(session.feed(&mut bytes.as_slice(), gate, out));
    }
}

pub(crate) fn fixes() -> usize {
    let mut city = sample_city();
    let mut engine = Engine::new(world(&mut city));
    for unit in &city.units {
        for event in engine.decide(&Command::RegisterUnit(unit.clone())).unwrap() {
            engine.apply([(NOON, &event)]).unwrap();
        }
    }
    let rounds = |rounds: std::ops::Range<usize>| {
        let round = |round: usize| {
            let time = NOON.plus_ms(round as i64 * 1_000);
            let fix = |unit: &UnitSpec| {
                let fix = Fix { at: place(unit, round), time, speed_mps: Some(12.0), heading_deg: Some(45.0), accuracy_m: None };
                UnitFix { unit: engine.world().unit(&unit.id).unwrap().no, device: DeviceKind::Radio, fix }
            };
            city.units.iter().map(fix).collect::<Vec<_>>()
        };
        rounds.map(round).collect::<Vec<_>>()
    };
    let (warm_up, rounds) = (rounds(0..WARM_UP), rounds(WARM_UP..WARM_UP + ROUNDS));
    for fixes in &warm_up {
        engine.fixes(fixes, fixes[0].fix.time);
    }
    engine.tick(NOON);
    counted_fixes(&mut engine, &rounds);
    rounds.iter().map(Vec::len).sum()
}

#[inline(never)]
fn counted_fixes(engine: &mut Engine, rounds: &[Vec<UnitFix>]) {
    for fixes in rounds {
        engine.fixes(fixes, fixes[0].fix.time);
    }
}
