//! Conversations with JT/T 808 terminals, byte for byte: first without sockets, then over TCP up to the state.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use citygate::{
    ingest::{
        Datum, Refusal, RefusalReason, Report, Source,
        jt808::{
            Answer, AuthSecret, Authentication, Event, Fed, FrameDecoder, Header, PART_WAIT_MS, PlatformMessage, Receiver, RegisterVerdict,
            Registration, Session, SessionConfig, TerminalEncoder, Verdict, Version,
        },
    },
    model::{DeviceId, Timestamp},
};

/// The messages, made by hand from the tables of the standard. Phone 13800000001.
mod made_by_hand {
    pub(crate) const REGISTER_2013: &str =
        "7e0100002d0138000000010001002d0066434753494d43472d38303800000000000000000000000000003030303030303701b9f04131323334351b7e";
    pub(crate) const REGISTER_2019: &str = "7e0100405401000000000138000000010001002d0066434753494d00000000000043472d38303800000000000000000000000000000000000000000000000030303030303037000000000000000000000000000000000000000000000001b9f0413132333435237e";
    pub(crate) const LOCATION_2013: &str = "7e0200003401380000000100030000000000000003015c28ea06758acf00550168005a2611222232070104000027100202003203020168300118310109e10211226b7e";
    pub(crate) const LOCATION_2019: &str = "7e02004034010000000001380000000100030000000000000003015c28ea06758acf00550168005a2611222232070104000027100202003203020168300118310109e10211222a7e";
    pub(crate) const EMERGENCY: &str = "7e0200001c01380000000100040000000100000003015c294e06758acf00550168005a261122223208477e";
    pub(crate) const NO_POSITION: &str = "7e0200001c013800000001000500000000000000010000000000000000000000000000000000000000227e";
    pub(crate) const BATCH_2013: &str = "7e0704003f0138000000010006000201001c0000000000000003015c2a1606758acf00550168005a261122223209001c0000000000000003015c2a7a06758acf00550168005a261122223210747e";
    pub(crate) const BATCH_2019: &str = "7e0704403f01000000000138000000010006000201001c0000000000000003015c2a1606758acf00550168005a261122223209001c0000000000000003015c2a7a06758acf00550168005a261122223210357e";
    pub(crate) const PART_1: &str =
        "7e07042028013800000001ffff00020001000201001c0000000000000003015c2a1606758acf00550168005a261122223209001c00000000000d7e";
    pub(crate) const PART_2: &str = "7e07042017013800000001000000020002000003015c2a7a06758acf00550168005a261122223210477e";
    pub(crate) const HEARTBEAT_2013: &str = "7e0002000001380000000100073d7e";
    pub(crate) const HEARTBEAT_2019: &str = "7e00024000010000000001380000000100077c7e";
    pub(crate) const ASK_TIME: &str = "7e0004400001000000000138000000010008757e";
    pub(crate) const UNKNOWN: &str = "7e0801000301380000000100096162635b7e";
    pub(crate) const LOGOUT: &str = "7e00030000013800000001000a317e";
    pub(crate) const TERMINAL_ANSWER: &str = "7e00010005013800000001000b0005810300b07e";
    pub(crate) const ENCRYPTED: &str = "7e02000434013800000001000c0000000000000003015c28ea06758acf00550168005a2611222232070104000027100202003203020168300118310109e1021122607e";
    pub(crate) const WRONG_LENGTH: &str = "7e02000033013800000001000d0000000000000003015c28ea06758acf00550168005a2611222232070104000027100202003203020168300118310109e1021122627e";
}
use made_by_hand::*;

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn secret() -> AuthSecret {
    AuthSecret::new([7; 16])
}

/// A gate that knows some devices and refuses with a reason, and keeps what it was told.
#[derive(Default)]
struct Door {
    known: Vec<&'static str>,
    refuse: Option<RefusalReason>,
    alarm_fails: bool,
    reports: Vec<Report>,
    emergencies: usize,
    notes: Vec<String>,
}

impl Receiver for Door {
    fn knows(&mut self, device: &DeviceId) -> bool {
        self.known.contains(&device.as_str())
    }
    fn register(&mut self, device: &DeviceId, registration: &Registration) -> RegisterVerdict {
        assert_eq!((registration.plate.as_str(), registration.manufacturer.as_str()), ("桂A12345", "CGSIM"));
        if self.knows(device) { RegisterVerdict::Accepted } else { RegisterVerdict::UnknownTerminal }
    }
    fn note(&mut self, event: Event<'_>) {
        self.notes.push(match event {
            Event::Registered { device, verdict, .. } => format!("{device} registered {verdict:?}"),
            Event::Authenticated { device, accepted, code_is_right, .. } => format!("{device} authenticated {accepted} {code_is_right}"),
            Event::NotLetIn { device, id } => format!("{device} not let in {id:04x}"),
            Event::Location { device, serial, verdict, .. } => format!("{device} location {serial} {verdict:?}"),
            Event::Batch { outcome, .. } => format!("batch {} {} {}", outcome.accepted, outcome.refused, outcome.malformed),
            Event::Answered { serial, id, answer, .. } => format!("answered {serial} {id:04x} {answer:?}"),
            Event::LoggedOut { device } => format!("{device} logged out"),
            Event::Malformed { error, .. } => format!("malformed: {error}"),
            Event::DamagedFrame { error, .. } => format!("damaged: {error}"),
        });
    }
}

struct Talk {
    session: Session,
    door: Door,
    now: Timestamp,
}

impl Talk {
    fn new(strict: bool) -> Self {
        let session = Session::new(SessionConfig { strict, datum: Datum::Wgs84, secret: secret() });
        let door = Door { known: vec!["13800000001"], ..Door::default() };
        Self { session, door, now: "2026-11-22T14:32:10Z".parse().unwrap() }
    }

    /// What comes back for these bytes, as a driver would do it.
    fn say(&mut self, mut bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        while let Fed::Newcomer(_) = self.session.feed(&mut bytes, self.now, &mut self.door, &mut out) {}
        assert!(bytes.is_empty());
        let refused = |reason| Refusal { reason, field: "time", detail: String::new() };
        let results: Vec<_> =
            self.session.reports().iter().map(|_| self.door.refuse.map_or(Ok(()), |reason| Err(refused(reason)))).collect();
        self.door.reports.extend(self.session.reports().iter().map(|(source, report)| {
            assert_eq!(*source, Source::Device("13800000001".parse().unwrap()));
            *report
        }));
        self.door.emergencies += self.session.emergencies().len();
        self.session.settle(&results, !self.door.alarm_fails, &mut self.door, &mut out);
        out
    }

    fn say_hex(&mut self, text: &str) -> String {
        self.say(&hex(text)).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The result of the one general answer to one message.
    fn answer(&mut self, text: &str) -> Answer {
        let bytes = self.say(&hex(text));
        match messages(&bytes).as_slice() {
            [(header, body)] => match PlatformMessage::decode(header.id, header.version, body).unwrap() {
                PlatformMessage::General { answer, .. } => answer,
                other => panic!("{other:?}"),
            },
            other => panic!("{} answers", other.len()),
        }
    }

    /// Registers and authenticates under a header.
    fn enter(&mut self, version: Version, register: &str) {
        let bytes = self.say(&hex(register));
        let [(header, body)] = messages(&bytes).try_into().unwrap();
        let PlatformMessage::Registered { serial: 1, verdict: RegisterVerdict::Accepted, code } =
            PlatformMessage::decode(header.id, version, &body).unwrap()
        else {
            panic!("not registered")
        };
        assert_eq!(header.version, version);
        assert_eq!(code, secret().code(&header.phone));
        assert_eq!(self.authenticate(version, code), Answer::Success);
    }

    fn authenticate(&mut self, version: Version, code: &[u8]) -> Answer {
        let mut terminal = TerminalEncoder::new(version, "13800000001".parse().unwrap()).unwrap();
        let mut bytes = Vec::new();
        terminal.authenticate(&Authentication { code, imei: None, software: None }, &mut bytes).unwrap();
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.answer(&text)
    }

    fn last_note(&self) -> &str {
        self.door.notes.last().unwrap()
    }
}

fn messages(mut bytes: &[u8]) -> Vec<(Header, Vec<u8>)> {
    let mut decoder = FrameDecoder::new();
    let mut found = Vec::new();
    while let Some(message) = decoder.next_frame(&mut bytes) {
        let (header, body) = Header::split(message.unwrap()).unwrap();
        found.push((header, body.to_vec()));
    }
    found
}

#[test]
fn a_day_of_a_terminal_of_2013() {
    let mut talk = Talk::new(true);
    talk.enter(Version::V2013, REGISTER_2013);
    assert_eq!(talk.say_hex(LOCATION_2013), "7e8001000501380000000100020003020000bf7e");
    let report = talk.door.reports[0];
    assert_eq!((report.lat_deg, report.lng_deg, report.heading_deg), (22.817_002, 108.366_543, Some(90.0)));
    assert_eq!((report.time.to_string().as_str(), report.speed_mps), ("2026-11-22T14:32:07.000Z", Some(10.0)));
    assert_eq!(talk.answer(EMERGENCY), Answer::Success);
    assert_eq!(talk.door.emergencies, 1);
    assert_eq!(talk.answer(NO_POSITION), Answer::Success);
    assert_eq!(talk.last_note(), "13800000001 location 5 Refused(NoPosition)");
    assert_eq!(talk.answer(BATCH_2013), Answer::Success);
    assert_eq!(talk.last_note(), "batch 2 0 0");
    assert_eq!(talk.door.reports.len(), 4);
    assert_eq!(talk.answer(HEARTBEAT_2013), Answer::Success);
    assert_eq!(talk.answer(UNKNOWN), Answer::Unsupported);
    assert_eq!(talk.say_hex(TERMINAL_ANSWER), "", "an answer is not answered");
    assert_eq!(talk.last_note(), "answered 5 8103 Success");
    assert_eq!(talk.answer(LOGOUT), Answer::Success);
    assert_eq!(talk.answer(HEARTBEAT_2013), Answer::Failure, "after a logout it is not let in");
}

#[test]
fn a_day_of_a_terminal_of_2019() {
    let mut talk = Talk::new(true);
    talk.enter(Version::V2019, REGISTER_2019);
    assert_eq!(talk.say_hex(LOCATION_2019), "7e80014005010000000001380000000100020003020000fe7e");
    assert_eq!(talk.answer(BATCH_2019), Answer::Success);
    assert_eq!(talk.answer(HEARTBEAT_2019), Answer::Success);
    let bytes = talk.say(&hex(ASK_TIME));
    let [(header, body)] = messages(&bytes).try_into().unwrap();
    assert_eq!(PlatformMessage::decode(header.id, header.version, &body).unwrap(), PlatformMessage::Time(talk.now));
    assert_eq!(talk.answer(LOCATION_2013), Answer::Success, "the same terminal under the other header");
    assert_eq!(talk.door.reports.len(), 4);
}

#[test]
fn a_stream_cut_anywhere_with_garbage_between() {
    let whole: Vec<u8> = [LOCATION_2013, "00ff41", EMERGENCY, "7e7e7e", HEARTBEAT_2013, "0d0a", BATCH_2013].concat().as_bytes().to_vec();
    let whole = hex(std::str::from_utf8(&whole).unwrap());
    let mut in_one = Talk::new(false);
    let expected = in_one.say(&whole);
    assert_eq!(messages(&expected).len(), 4);
    assert_eq!(in_one.door.notes.iter().filter(|note| note.starts_with("damaged")).count(), 2);
    for cut in 0..=whole.len() {
        let mut talk = Talk::new(false);
        let mut got = messages(&talk.say(&whole[..cut]));
        got.extend(messages(&talk.say(&whole[cut..])));
        assert_eq!(got.len(), 4, "cut at {cut}");
        assert_eq!(talk.door.reports, in_one.door.reports, "cut at {cut}");
        assert_eq!(talk.door.emergencies, 1);
    }
}

#[test]
fn damage_is_told_and_not_answered() {
    let mut talk = Talk::new(false);
    let mut bytes = hex(LOCATION_2013);
    bytes[20] ^= 0x10;
    assert!(talk.say(&bytes).is_empty());
    assert!(talk.last_note().starts_with("damaged: checksum 0x6b: the bytes give 0x7b"), "{}", talk.last_note());
    assert_eq!(talk.answer(ENCRYPTED), Answer::Unsupported);
    assert_eq!(talk.last_note(), "malformed: encryption bits are 001: encrypted bodies are not supported, send 000");
    assert_eq!(talk.answer(WRONG_LENGTH), Answer::Success, "lenient: the bytes are there");
    let mut strict = Talk::new(true);
    strict.enter(Version::V2013, REGISTER_2013);
    assert_eq!(strict.answer(WRONG_LENGTH), Answer::Malformed);
    assert_eq!(strict.last_note(), "malformed: body length: the header says 51 bytes and the frame has 52");
    assert_eq!(strict.session.good(), 2);
}

#[test]
fn strict_wants_the_code_and_lenient_a_known_device() {
    let mut strict = Talk::new(true);
    for early in [LOCATION_2013, EMERGENCY, BATCH_2013, HEARTBEAT_2013, PART_1] {
        assert_eq!(strict.answer(early), Answer::Failure);
        assert!(strict.last_note().contains("not let in"));
    }
    assert_eq!(strict.authenticate(Version::V2013, b"of another server"), Answer::Failure);
    assert_eq!(strict.door.emergencies + strict.door.reports.len(), 0);
    strict.enter(Version::V2013, REGISTER_2013);
    assert_eq!(strict.answer(LOCATION_2013), Answer::Success);

    let mut lenient = Talk::new(false);
    assert_eq!(lenient.answer(LOCATION_2013), Answer::Success);
    assert_eq!(lenient.authenticate(Version::V2019, b"of another server"), Answer::Success);
    assert_eq!(lenient.last_note(), "13800000001 authenticated true false");

    let mut stranger = Talk::new(false);
    stranger.door.known.clear();
    assert_eq!(stranger.answer(LOCATION_2013), Answer::Failure);
    let phone = "13800000001".parse().unwrap();
    assert_eq!(stranger.authenticate(Version::V2013, &secret().code(&phone)), Answer::Failure);
    let bytes = stranger.say(&hex(REGISTER_2013));
    let [(header, body)] = messages(&bytes).try_into().unwrap();
    let right = PlatformMessage::Registered { serial: 1, verdict: RegisterVerdict::UnknownTerminal, code: b"" };
    assert_eq!(PlatformMessage::decode(header.id, header.version, &body).unwrap(), right);
}

#[test]
fn each_refusal_has_its_answer() {
    use RefusalReason::*;
    for (reason, right) in [
        (Malformed, Answer::Malformed),
        (UnknownDevice, Answer::Failure),
        (OutOfRange, Answer::Failure),
        (NoPosition, Answer::Success),
        (Future, Answer::Failure),
        (TooOld, Answer::Success),
        (Repeated, Answer::Success),
        (Late, Answer::Success),
        (ImpossibleJump, Answer::Failure),
        (Overflow, Answer::Success),
    ] {
        let mut talk = Talk::new(false);
        talk.door.refuse = Some(reason);
        assert_eq!(talk.answer(LOCATION_2013), right, "{reason}");
        assert_eq!(talk.last_note(), format!("13800000001 location 3 {:?}", Verdict::Refused(reason)));
        assert_eq!(talk.answer(BATCH_2013), Answer::Success, "a batch is history: {reason}");
        assert_eq!(talk.answer(EMERGENCY), Answer::Success, "the button got through: {reason}");
        talk.door.alarm_fails = true;
        assert_eq!(talk.answer(EMERGENCY), Answer::Failure, "it did not: the terminal says it again");
    }
}

#[test]
fn the_button_counts_in_a_message_that_cannot_be_read() {
    let mut talk = Talk::new(true);
    talk.enter(Version::V2013, REGISTER_2013);
    let mut terminal = TerminalEncoder::new(Version::V2013, "13800000001".parse().unwrap()).unwrap();
    let mut bytes = Vec::new();
    let cut = |body: &mut Vec<u8>| {
        body.extend_from_slice(&[0, 0, 0, 1, 0, 0]);
        Ok(())
    };
    terminal.message(0x0200, &mut bytes, cut).unwrap();
    assert_eq!(messages(&talk.say(&bytes)).len(), 1);
    assert_eq!((talk.door.emergencies, talk.door.reports.len()), (1, 0));
}

#[test]
fn parts_come_together_and_missing_ones_are_asked_for() {
    let mut talk = Talk::new(false);
    assert_eq!(talk.answer(PART_2), Answer::Success);
    assert!(talk.door.reports.is_empty());
    assert_eq!(talk.answer(PART_1), Answer::Success);
    assert_eq!((talk.last_note(), talk.door.reports.len()), ("batch 2 0 0", 2));

    assert_eq!(talk.answer(PART_2), Answer::Success);
    let mut out = Vec::new();
    talk.session.tick(talk.now.plus_ms(PART_WAIT_MS - 1), &mut out);
    assert!(out.is_empty());
    talk.session.tick(talk.now.plus_ms(PART_WAIT_MS), &mut out);
    let [(header, body)] = messages(&out).try_into().unwrap();
    assert_eq!(header.id, 0x8003);
    assert_eq!(body, [0xff, 0xff, 1, 0, 1]);
}

#[test]
fn another_phone_starts_over() {
    let mut talk = Talk::new(true);
    talk.enter(Version::V2013, REGISTER_2013);
    let mut other = TerminalEncoder::new(Version::V2013, "13900000002".parse().unwrap()).unwrap();
    let mut bytes = Vec::new();
    other.heartbeat(&mut bytes).unwrap();
    let mut rest = bytes.as_slice();
    let fed = talk.session.feed(&mut rest, talk.now, &mut talk.door, &mut Vec::new());
    assert_eq!(fed, Fed::Newcomer("13900000002".parse().unwrap()));
    talk.say(&[]);
    assert_eq!(talk.last_note(), "13900000002 not let in 0002");
    assert_eq!(talk.answer(HEARTBEAT_2013), Answer::Failure, "and so does the first when it comes back");
}

mod over_tcp {
    use std::{sync::Arc, time::Duration};

    use citygate::{
        bus::{Bus, BusLimits},
        engine::{ContactLimits, Organisations, World},
        geodesy::LatLng,
        geography::Geography,
        ingest::{
            Gate, IngestLimits,
            jt808::{BatchKind, Jt808Limits, Location, serve},
        },
        journal::Journal,
        model::{Capabilities, Device, DeviceKind, Name, OrgLevel, Organisation, Status, UnitKind, UnitSpec},
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        sync::watch,
        task::JoinHandle,
    };

    use super::*;

    struct House {
        bus: Bus,
        stop: watch::Sender<bool>,
        server: JoinHandle<()>,
        address: std::net::SocketAddr,
        _state: tempfile::TempDir,
    }

    async fn house(strict: bool, limits: Jt808Limits) -> House {
        let state = tempfile::tempdir().unwrap();
        let bureau = Organisation { id: "bureau".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
        let organisations = Organisations::new(vec![bureau]).unwrap();
        let world = Arc::new(World::new(organisations, Geography::new([]), ContactLimits::default()));
        let car = UnitSpec {
            id: "car-1".parse().unwrap(),
            callsign: "C-001".into(),
            kind: UnitKind::PatrolCar,
            org: "bureau".parse().unwrap(),
            capabilities: Capabilities::EMPTY,
            crew: 2,
            status: Status::Available,
            alarm: false,
            devices: vec![Device { id: "13800000001".parse().unwrap(), kind: DeviceKind::VehicleTerminal }],
            home: None,
        };
        let (bus, _) = Bus::start(world, Journal::open(state.path()).unwrap(), [car], BusLimits::default()).unwrap();
        let gate = Arc::new(Gate::new(bus.clone(), IngestLimits::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let config = SessionConfig { strict, datum: Datum::Wgs84, secret: secret() };
        let server = tokio::spawn(serve(listener, gate, config, limits, stopped));
        House { bus, stop, server, address, _state: state }
    }

    /// Sends bytes and reads until so many answers came.
    async fn ask(socket: &mut TcpStream, bytes: &[u8], answers: usize) -> Vec<(Header, Vec<u8>)> {
        socket.write_all(bytes).await.unwrap();
        let mut got = Vec::new();
        let mut buffer = [0; 1024];
        while messages(&got).len() < answers {
            let len = tokio::time::timeout(Duration::from_secs(10), socket.read(&mut buffer)).await.unwrap().unwrap();
            assert!(len > 0, "closed");
            got.extend_from_slice(&buffer[..len]);
        }
        messages(&got)
    }

    fn answers(messages: &[(Header, Vec<u8>)]) -> Vec<Answer> {
        let decode = |(header, body): &(Header, Vec<u8>)| match PlatformMessage::decode(header.id, header.version, body).unwrap() {
            PlatformMessage::General { answer, .. } => answer,
            other => panic!("{other:?}"),
        };
        messages.iter().map(decode).collect()
    }

    #[tokio::test]
    async fn a_frame_becomes_a_position_and_a_button_an_alarm() {
        let house = house(true, Jt808Limits::default()).await;
        let mut socket = TcpStream::connect(house.address).await.unwrap();
        let mut terminal = TerminalEncoder::new(Version::V2019, "13800000001".parse().unwrap()).unwrap();
        let registration = Registration { plate: "桂A12345".into(), plate_colour: 1, ..Registration::default() };
        let mut bytes = Vec::new();
        terminal.register(&registration, &mut bytes).unwrap();
        let [(header, body)] = ask(&mut socket, &bytes, 1).await.try_into().unwrap();
        let PlatformMessage::Registered { code, .. } = PlatformMessage::decode(header.id, header.version, &body).unwrap() else { panic!() };

        bytes.clear();
        let now = citygate::bus::now();
        let at = LatLng::new(22.817_002, 108.366_543).unwrap();
        let location = |ms: i64| Location::at(at, now.plus_ms(ms), 10.0, 90.0);
        terminal.authenticate(&Authentication { code, imei: None, software: None }, &mut bytes).unwrap();
        terminal.batch(BatchKind::BlindSpot, &[location(-3_000), location(-2_000)], &mut bytes).unwrap();
        terminal.location(&Location { alarm: 1, ..location(-1_000) }, &mut bytes).unwrap();
        terminal.location(&location(-1_000), &mut bytes).unwrap();
        terminal.location(&location(3_600_000), &mut bytes).unwrap();
        let got = ask(&mut socket, &bytes, 5).await;
        assert_eq!(answers(&got), [Answer::Success, Answer::Success, Answer::Success, Answer::Success, Answer::Failure]);
        let unit = "car-1".parse().unwrap();
        assert!(house.bus.world().unit(&unit).unwrap().spec.alarm);
        for _ in 0..100 {
            if house.bus.world().count().1 == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(house.bus.world().count(), (1, 1), "one unit, and it has a position");

        house.stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(5), house.server).await.unwrap().unwrap();
        assert_eq!(socket.read(&mut [0; 16]).await.unwrap(), 0, "the connection was closed");
    }

    #[tokio::test]
    async fn one_connection_too_many_and_one_that_says_nothing() {
        let house = house(false, Jt808Limits { connections_max: 2, idle_s: 1, ..Jt808Limits::default() }).await;
        let mut silent = TcpStream::connect(house.address).await.unwrap();
        let mut noise = TcpStream::connect(house.address).await.unwrap();
        noise.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut third = TcpStream::connect(house.address).await.unwrap();
        let closed = |read: std::io::Result<usize>| matches!(read, Ok(0) | Err(_));
        assert!(closed(third.read(&mut [0; 16]).await));
        assert!(closed(tokio::time::timeout(Duration::from_secs(5), silent.read(&mut [0; 16])).await.unwrap()));
        assert!(closed(tokio::time::timeout(Duration::from_secs(5), noise.read(&mut [0; 16])).await.unwrap()));
        let mut socket = TcpStream::connect(house.address).await.unwrap();
        assert_eq!(answers(&ask(&mut socket, &hex(HEARTBEAT_2013), 1).await), [Answer::Success], "there is room again");
    }
}
