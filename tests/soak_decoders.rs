//! Every decoder fed with damaged inputs: nothing panics, nothing grows, and the next good input is understood.
//!
//! Inputs are made from valid ones by seeded damage. `cargo test` runs some; `make soak` runs ten million
//! (`CITYGATE_SOAK_INPUTS` sets another number). A failure names the number of its input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, missing_docs)]

use std::sync::Arc;

use citygate::{
    bus::{Bus, BusLimits},
    engine::{ContactLimits, Organisations, World},
    geodesy::LatLng,
    geography::Geography,
    ingest::{
        Datum, Gate, IngestLimits, Report, Source,
        binary::{self, FrameError, frame},
        jt808::{
            AuthSecret, Authentication, Batch, BatchKind, FRAME_LEN_MAX, Fed, FrameDecoder, Header, Items, Location, PlatformMessage,
            Receiver, RegisterVerdict, Registration, Session, SessionConfig, TerminalEncoder, Version, encode_frame,
        },
        native, osmand,
    },
    journal::Journal,
    model::{DeviceId, Name, OrgLevel, Organisation, Timestamp},
};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

const SEED: u64 = 808;
const INPUTS_QUICK: u64 = 200_000;
const INPUTS_SOAK: u64 = 10_000_000;
/// Bytes that mean something to one of the decoders.
const TELLING: &[u8] =
    &[0, 1, 2, 9, 0x7d, 0x7e, 0x7f, 0x80, 0xff, b'"', b'{', b'}', b'[', b']', b',', b'&', b'=', b'%', b'+', b'-', b'e', b'\\', b'\n'];

struct Seeds {
    messages: Vec<Vec<u8>>,
    streams: Vec<Vec<u8>>,
    queries: Vec<Vec<u8>>,
    bodies: Vec<Vec<u8>>,
    gateways: Vec<Vec<u8>>,
}

fn here() -> Location {
    let items =
        Items { mileage_tenth_km: Some(7), satellites: Some(14), skipped: 1, skipped_ids: [0xe1, 0, 0, 0, 0, 0, 0, 0], ..Items::default() };
    Location { items, alarm: 1, ..Location::at(LatLng::new(22.8, 108.3).unwrap(), now(), 12.0, 77.0) }
}

fn now() -> Timestamp {
    Timestamp::from_unix_ms(1_764_000_000_000)
}

/// What a gateway says, and what it is answered.
fn gateway() -> Vec<Vec<u8>> {
    let report = Report {
        lat_deg: 22.8,
        lng_deg: 108.3,
        datum: Datum::Gcj02,
        time: now(),
        speed_mps: Some(1.0),
        heading_deg: None,
        accuracy_m: Some(4.5),
    };
    let names = [Source::Device("radio-1".parse().unwrap()), Source::Unit("unit-1".parse().unwrap())];
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    frame::hello(&mut asked, None);
    assert_eq!(frame::names(&mut asked, 0, &names), 2);
    for batch in 0..3 {
        let records = [0, 1, 2].map(|handle| frame::FixRecord::new(handle, &report));
        assert_eq!(frame::fixes(&mut asked, batch, &records), 3);
    }
    let refusal = native::parse_one(b"{}").unwrap_err();
    frame::welcome(&mut answered);
    frame::named(&mut answered, 0, 1, &[(1, refusal.clone())]);
    frame::ack(&mut answered, 0, 2, 1, std::iter::once((2, &refusal)));
    frame::error(&mut answered, &refusal);
    vec![asked, answered]
}

/// A gate that nobody passes: no unit is known.
fn gate() -> (Gate, Bus, tempfile::TempDir) {
    let state = tempfile::tempdir().unwrap();
    let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
    let world = World::new(Organisations::new(vec![top]).unwrap(), Geography::default(), ContactLimits::default());
    let (bus, _) = Bus::start(Arc::new(world), Journal::open(state.path()).unwrap(), [], BusLimits::default()).unwrap();
    (Gate::new(bus.clone(), IngestLimits::default()), bus, state)
}

fn seeds() -> Seeds {
    let mut frames = Vec::new();
    for version in [Version::V2013, Version::V2019] {
        let mut terminal = TerminalEncoder::new(version, "13800000001".parse().unwrap()).unwrap();
        let mut add = |write: &dyn Fn(&mut TerminalEncoder, &mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut terminal, &mut out);
            frames.push(out);
        };
        let registration = Registration { plate: "桂A12345".into(), plate_colour: 1, model: "CG-808".into(), ..Registration::default() };
        let shown = Authentication { code: b"0123456789abcdef", imei: None, software: None };
        add(&|terminal, out| _ = terminal.register(&registration, out).unwrap());
        add(&|terminal, out| _ = terminal.authenticate(&shown, out).unwrap());
        add(&|terminal, out| _ = terminal.heartbeat(out).unwrap());
        add(&|terminal, out| _ = terminal.ask_time(out).unwrap());
        add(&|terminal, out| _ = terminal.location(&here(), out).unwrap());
        add(&|terminal, out| _ = terminal.batch(BatchKind::BlindSpot, &[here(), here(), here()], out).unwrap());
        add(&|terminal, out| _ = terminal.logout(out).unwrap());
    }
    let message = |frame: &Vec<u8>| FrameDecoder::new().next_frame(&mut frame.as_slice()).unwrap().unwrap().to_vec();
    let mut messages: Vec<_> = frames.iter().map(message).collect();
    // A batch in two parts.
    messages.push(b"\x07\x04\x20\x06\x01\x38\x00\x00\x00\x01\x00\x05\x00\x02\x00\x01\x00\x01\x00\x00\x1c\x00".to_vec());
    messages.push(b"\x07\x04\x20\x1b\x01\x38\x00\x00\x00\x01\x00\x06\x00\x02\x00\x02".iter().copied().chain([0; 27]).collect());
    let fix = r#"{"device":"mdt-F-0001","lat":22.81,"lon":108.36,"time":"2026-11-22T14:32:07Z","speed_mps":1.5,"heading_deg":90,"accuracy_m":5,"datum":"GCJ-02"}"#;
    let traccar = r#"{"location":{"timestamp":"2026-11-22T14:32:07Z","coords":{"latitude":22.8,"longitude":108.3,"accuracy":4.5,"speed":1,"heading":90},"event":"sos","extras":{}},"device_id":"a"}"#;
    Seeds {
        gateways: gateway(),
        streams: vec![frames.concat(), frames.iter().rev().flatten().copied().collect()],
        messages,
        queries: [
            "id=mdt-F-0001&timestamp=1763821927&lat=22.81&lon=108.36&speed=10.0&bearing=36.0&accuracy=5.5&batt=67.0",
            "deviceid=a&location=22.81%2C+108.36&timestamp=2026-11-22T14:32:07Z&valid=true&alarm=sos",
        ]
        .map(|query| query.as_bytes().to_vec())
        .to_vec(),
        bodies: [fix.to_owned(), format!("[{fix},{fix}]"), format!("{fix}\n{fix}\n"), traccar.to_owned()].map(String::into_bytes).to_vec(),
    }
}

/// Damages an input in one to six places.
fn damage(rng: &mut SmallRng, seeds: &[Vec<u8>], input: &mut Vec<u8>) {
    input.clear();
    input.extend_from_slice(seeds.choose(rng).unwrap());
    for _ in 0..rng.random_range(1..=6) {
        let at = rng.random_range(0..=input.len());
        let end = (at + rng.random_range(0..=8)).min(input.len());
        match rng.random_range(0..8) {
            0 if at < input.len() => input[at] ^= 1 << rng.random_range(0..8),
            1 if at < input.len() => input[at] = rng.random(),
            2 if at < input.len() => input[at] = *TELLING.choose(rng).unwrap(),
            3 => input.insert(at, *TELLING.choose(rng).unwrap()),
            4 => drop(input.drain(at..end)),
            5 => input.truncate(at.max(1)),
            6 => {
                let again = input[at..end].to_vec();
                input.splice(at..at, again);
            }
            _ => {
                let other = seeds.choose(rng).unwrap();
                let from = rng.random_range(0..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
}

struct Door;

impl Receiver for Door {
    fn knows(&mut self, device: &DeviceId) -> bool {
        device.as_str() == "13800000001"
    }
    fn register(&mut self, _: &DeviceId, _: &Registration) -> RegisterVerdict {
        RegisterVerdict::Accepted
    }
}

fn say(session: &mut Session, mut bytes: &[u8], out: &mut Vec<u8>) {
    while let Fed::Newcomer(_) = session.feed(&mut bytes, now(), &mut Door, out) {}
    let results = vec![Ok(()); session.reports().len()];
    session.settle(&results, true, &mut Door, out);
    session.tick(now(), out);
}

/// Answers to one input are never longer than this: each takes at least 15 bytes to cause one of at most 70.
const OUT_BYTES_MAX: usize = 40_000;

struct Soak {
    seeds: Seeds,
    lenient: Session,
    strict: Session,
    gateway: binary::Session,
    gate: (Gate, Bus, tempfile::TempDir),
    heartbeat: Vec<u8>,
    input: Vec<u8>,
    framed: Vec<u8>,
    out: Vec<u8>,
}

impl Soak {
    fn new() -> Self {
        let session = |strict| Session::new(SessionConfig { strict, datum: Datum::Gcj02, secret: AuthSecret::new([7; 16]) });
        let mut heartbeat = Vec::new();
        TerminalEncoder::new(Version::V2013, "13800000001".parse().unwrap()).unwrap().heartbeat(&mut heartbeat).unwrap();
        Self {
            seeds: seeds(),
            lenient: session(false),
            strict: session(true),
            gateway: binary::Session::new(),
            gate: gate(),
            heartbeat,
            input: Vec::new(),
            framed: Vec::new(),
            out: Vec::new(),
        }
    }

    /// Damaged streams: most frames are lost, the frame after them never is.
    fn stream(&mut self, rng: &mut SmallRng) {
        damage(rng, &self.seeds.streams, &mut self.input);
        self.converse();
    }

    /// Damaged messages in whole frames: these reach the decoders of the bodies.
    fn message(&mut self, rng: &mut SmallRng) {
        damage(rng, &self.seeds.messages, &mut self.input);
        self.framed.clear();
        encode_frame(&mut self.framed, &[&self.input]);
        let message = std::mem::replace(&mut self.input, std::mem::take(&mut self.framed));
        self.converse();
        self.framed = std::mem::replace(&mut self.input, message);
        if let Ok((header, body)) = Header::split(&self.input) {
            let _ = PlatformMessage::decode(header.id | 0x8000, header.version, body);
            for strict in [false, true] {
                let _ = Registration::decode(body, header.version, strict);
                let _ = Authentication::decode(body, header.version, strict);
                let _ = Batch::decode(body, strict).map(Iterator::count);
                if let Ok(location) = Location::decode(body, strict) {
                    let mut again = Vec::new();
                    location.encode(&mut again);
                    // A time that cannot be told is not written back; everything else is.
                    if location.positioned() && usize::from(location.items.skipped) <= location.items.skipped_ids.len() {
                        assert_eq!(Location::decode(&again, false), Ok(location));
                    }
                }
            }
        }
    }

    fn converse(&mut self) {
        for session in [&mut self.lenient, &mut self.strict] {
            self.out.clear();
            say(session, &self.input, &mut self.out);
            assert!(self.out.len() < OUT_BYTES_MAX + 10 * self.input.len(), "{} bytes of answers", self.out.len());
        }
        self.out.clear();
        say(&mut self.lenient, &self.heartbeat, &mut self.out);
        let mut bytes = self.out.as_slice();
        let mut decoder = FrameDecoder::new();
        // The answer to a location that the heartbeat's delimiter ended comes after the heartbeat's.
        let mut heard = false;
        while let Some(message) = decoder.next_frame(&mut bytes) {
            let (header, body) = Header::split(message.unwrap()).unwrap();
            heard |= (header.id, &body[2..]) == (0x8001, &[0, 2, 0][..]);
        }
        assert!(heard, "the heartbeat after the damage is not answered");
    }

    /// Damaged frames: each is answered or awaited, and what the decoders give is as long as they say.
    fn frames(&mut self, rng: &mut SmallRng) {
        damage(rng, &self.seeds.gateways, &mut self.input);
        let mut rest = self.input.as_slice();
        while let Ok(Some(found)) = frame::Frame::next(&mut rest) {
            match frame::Reply::decode(found) {
                Ok(frame::Reply::Named(named)) => assert_eq!(named.iter().count(), usize::from(named.refused)),
                Ok(frame::Reply::Ack(ack)) => ack.iter().for_each(drop),
                Ok(_) | Err(_) => {}
            }
        }
        self.out.clear();
        let mut rest = self.input.as_slice();
        loop {
            match self.gateway.feed(&mut rest, &self.gate.0, &mut self.out) {
                binary::Fed::All => break,
                binary::Fed::Lost(error) => {
                    assert!(matches!(error, FrameError::Length(_)));
                    break;
                }
                binary::Fed::Names(names) => self.gateway.bind(names, Vec::new(), &self.gate.0, &mut self.out),
                binary::Fed::Full => self.out.clear(),
            }
        }
        // What follows damage that ended at a frame's end is understood.
        self.out.clear();
        let mut hello = Vec::new();
        frame::hello(&mut hello, None);
        assert!(matches!(self.gateway.feed(&mut hello.as_slice(), &self.gate.0, &mut self.out), binary::Fed::All));
        assert!(matches!(frame::Reply::next(&mut self.out.as_slice()), Ok(Some(frame::Reply::Welcome { .. }))));
    }

    fn text(&mut self, rng: &mut SmallRng) {
        damage(rng, &self.seeds.queries, &mut self.input);
        let _ = osmand::parse_query(&String::from_utf8_lossy(&self.input));
        damage(rng, &self.seeds.bodies, &mut self.input);
        let _ = osmand::parse_json(&self.input);
        let _ = native::parse_one(&self.input);
        let mut count = 0;
        let told = native::parse(&self.input, |index, item| {
            assert_eq!(index, count);
            count += 1;
            if let Ok((_, report)) = item {
                assert!(report.lat_deg.is_finite() && report.lng_deg.is_finite());
                assert!(report.speed_mps.is_none_or(|speed_mps| speed_mps >= 0.0));
                assert!(report.heading_deg.is_none_or(|heading_deg| (0.0..360.0).contains(&heading_deg)));
            }
        });
        assert!(told.is_err() || told == Ok(count));
    }
}

/// Names the input that a test died of.
struct Number(u64);

impl Drop for Number {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {SEED}, input {}", self.0);
        }
    }
}

fn soak(inputs: u64) {
    let mut soak = Soak::new();
    let mut number = Number(0);
    for n in 0..inputs {
        number.0 = n;
        let mut rng = SmallRng::seed_from_u64(SEED ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        match n % 5 {
            0 => soak.stream(&mut rng),
            1 | 2 => soak.message(&mut rng),
            3 => soak.frames(&mut rng),
            _ => soak.text(&mut rng),
        }
    }
    soak.gate.1.stop();
    assert!(soak.input.len() <= 4 * FRAME_LEN_MAX);
}

#[test]
fn damaged_inputs_are_survived() {
    soak(INPUTS_QUICK);
}

#[test]
#[ignore = "minutes: run by `make soak`"]
fn ten_million_damaged_inputs_are_survived() {
    let inputs = std::env::var("CITYGATE_SOAK_INPUTS").map_or(INPUTS_SOAK, |text| text.parse().unwrap());
    soak(inputs);
}
