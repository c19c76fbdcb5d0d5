//! The parts of the bench of walls that read and count, tested: the bench itself is no harness.
#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::panic)]

mod eyes;
mod feed;
mod kernel;
mod views;
mod wire;

mod of_wire {
    use citygate::frames::{self, FrameError, FrameKind, HEADER_BYTES};

    use crate::wire::*;

    fn message(opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x80 | opcode];
        match payload.len() {
            length @ ..126 => bytes.push(length as u8),
            length @ ..65_536 => {
                bytes.push(126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend(payload);
        bytes
    }

    type Told = Vec<(u8, u64, Vec<u8>, Option<Vec<u8>>)>;

    fn read(keeps: bool, pieces: impl Iterator<Item = Vec<u8>>) -> Told {
        let (mut reader, mut told) = (Reader::new(keeps), Vec::new());
        for piece in pieces {
            let tell = |message: &Message<'_>| {
                told.push((message.opcode, message.wire_bytes, message.front.to_vec(), message.payload.map(<[u8]>::to_vec)));
                Ok(())
            };
            reader.take(&piece, tell).unwrap();
        }
        told
    }

    #[test]
    fn messages_are_cut_wherever_the_reads_end() {
        let payloads: Vec<Vec<u8>> =
            [0, 1, 23, 24, 25, 125, 126, 300, 65_535, 65_536].map(|length| (0..length).map(|n: u32| n as u8).collect()).into();
        let bytes: Vec<u8> = payloads.iter().flat_map(|payload| message(BINARY, payload)).collect();
        for piece in [1, 2, 3, 7, 24, 1_000, bytes.len()] {
            for keeps in [true, false] {
                let told = read(keeps, bytes.chunks(piece).map(<[u8]>::to_vec));
                let right: Told = payloads
                    .iter()
                    .map(|payload| {
                        let wire_bytes = message(BINARY, payload).len() as u64;
                        (BINARY, wire_bytes, payload[..payload.len().min(HEADER_BYTES)].to_vec(), keeps.then(|| payload.clone()))
                    })
                    .collect();
                assert!(told == right, "pieces of {piece}, keeps {keeps}");
            }
        }
    }

    #[test]
    fn what_no_server_writes_is_refused() {
        let refused = |bytes: &[u8]| Reader::new(false).take(bytes, |_| Ok(())).unwrap_err();
        assert_eq!(refused(&[0x82, 0x81, 0, 0, 0, 0, 7]), WireError::Masked);
        assert_eq!(refused(&[0x02, 1, 7]), WireError::Pieces);
        assert_eq!(refused(&[0x80, 1, 7]), WireError::Pieces);
        assert_eq!(refused(&message(8, &[3, 0xe9])), WireError::Closed);
        assert_eq!(refused(&[0x82, 127, 1, 0, 0, 0, 0, 0, 0, 0]), WireError::Long(1 << 56));
    }

    #[test]
    fn headers_are_those_of_the_frames() {
        let mut frame = Vec::new();
        frames::begin(&mut frame, FrameKind::UnitChanges, 3, 1 << 40, 1_764_000_000_123);
        let right = Header { is_snapshot: false, ticks: 3, seq: 1 << 40, at_ms: 1_764_000_000_123 };
        assert_eq!(Header::read(&frame), Ok(right));
        assert_eq!(records(&frame), Ok((FrameKind::UnitChanges, Vec::new())));
        frame[1] = 3;
        assert!(Header::read(&frame).unwrap().is_snapshot);
        frame[1] = 5;
        assert_eq!(Header::read(&frame), Err(WireError::Frame(FrameError::Kind(5))));
        frame[0] = 1;
        assert_eq!(Header::read(&frame), Err(WireError::Version(1)));
        assert_eq!(Header::read(&frame[..15]), Err(WireError::Short(15)));
    }

    #[test]
    fn what_a_client_says_is_masked() {
        let bytes = client_text("{\"type\":\"resync\"}");
        assert_eq!(bytes[..2], [0x81, 0x80 | 17]);
        let text: Vec<u8> = bytes[6..].iter().zip(bytes[2..6].iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        assert_eq!(text, b"{\"type\":\"resync\"}");
    }
}

mod of_eyes {
    use std::sync::Arc;

    use citygate::{
        frames::{self, FrameKind, Origin, Record, Spot, Step},
        ingest::binary::frame::FixRecord,
    };

    use crate::{
        eyes::*,
        feed::SentLog,
        views::Extent,
        wire::{BINARY, Message, TEXT, WireError},
    };

    const AT: Step = Step { lat: 22_850_000, lng: 108_400_000 };

    fn frame(kind: FrameKind, ticks: u16, seq: u64, at_ms: i64, records: &[(u32, Step, u32)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        frames::begin(&mut bytes, kind, ticks, seq, at_ms);
        let record = |(no, at, age): &(u32, Step, u32)| {
            let spot = Spot { at: *at, speed: 0, heading: 0, age: *age };
            Record { no: *no, status: 0, contact: 0, alarm: false, spot: Some(spot) }
        };
        let records: Vec<_> = records.iter().map(record).collect();
        frames::block_of_units(&mut bytes, Origin::near(AT), &records, &[]);
        bytes
    }

    fn see(eyes: &mut Eyes, opcode: u8, payload: &[u8], now_us: i64, book: &mut Book) {
        let front = &payload[..payload.len().min(frames::HEADER_BYTES)];
        eyes.see(&Message { opcode, wire_bytes: payload.len() as u64 + 2, front, payload: Some(payload) }, now_us, book).unwrap();
    }

    fn book() -> Book {
        let log = Arc::new(SentLog::new(2));
        let fix = |handle, time_ms| FixRecord {
            handle,
            time_ms,
            lat_e7: AT.lat * 10,
            lon_e7: AT.lng * 10,
            speed_cmps: 0,
            heading_cdeg: 0,
            accuracy_dm: 0,
            flags: 0,
        };
        log.note(0, [fix(0, 9_000), fix(1, 9_000), fix(0, 10_000)].into_iter(), 10_000_500);
        Book::new(2, log)
    }

    const ROSTER: &[u8] = br#"{"type":"roster","units":[{"no":5,"id":"load-0000000","callsign":"x"},{"no":7,"id":"load-0000001"}]}"#;

    #[test]
    fn a_fix_is_measured_once_and_what_is_wrong_is_counted() {
        let mut book = book();
        let mut eyes = Eyes::new(Extent::City, true, &book);
        see(&mut eyes, TEXT, br#"{"type":"hello","version":2}"#, 0, &mut book);
        see(&mut eyes, TEXT, ROSTER, 0, &mut book);
        assert_eq!(book.opened, 0, "the map is not there");
        see(&mut eyes, BINARY, &frame(FrameKind::Units, 0, 40, 9_200, &[(5, AT, 20), (7, AT, 20)]), 9_300_000, &mut book);
        assert_eq!((book.opened, book.seen.fixes, book.seen.snapshots, book.seen.gaps), (1, [0, 0], 0, 0));
        let changes = frame(FrameKind::UnitChanges, 1, 41, 10_150, &[(5, AT, 15), (7, AT, 115)]);
        see(&mut eyes, BINARY, &changes, 10_160_000, &mut book);
        let (fix, tick) = (book.seen.fix.latency().unwrap(), book.seen.tick.latency().unwrap());
        assert_eq!((book.seen.fixes, book.seen.records, fix.count), ([1, 0], [2, 0], 1), "one is new, one was told again");
        assert_eq!(book.seen.record_bytes[0], changes.len() as u64);
        assert!((159.0..160.0).contains(&fix.max_ms) && (9.9..10.1).contains(&tick.max_ms), "{fix:?} {tick:?}");
        // Nobody sent this one, nor is there such a unit; that one is two steps away; after this frame one is missing.
        let far = Step { lat: AT.lat + 2, ..AT };
        see(&mut eyes, BINARY, &frame(FrameKind::UnitChanges, 1, 43, 10_350, &[(5, AT, 36), (6, AT, 35), (7, far, 135)]), 0, &mut book);
        assert_eq!((book.seen.unmatched, book.seen.elsewhere, book.seen.gaps), (2, 1, 1));
        // Two ticks in one frame are no gap, nor is a snapshot, which is told.
        see(&mut eyes, BINARY, &frame(FrameKind::UnitChanges, 2, 45, 10_550, &[]), 0, &mut book);
        see(&mut eyes, BINARY, &frame(FrameKind::Units, 0, 60, 10_750, &[]), 0, &mut book);
        see(&mut eyes, BINARY, &frame(FrameKind::UnitChanges, 1, 61, 10_950, &[]), 0, &mut book);
        assert_eq!((book.seen.gaps, book.seen.snapshots, book.seen.frames, book.seen.ticks), (1, 1, 4, 5));
        let before = book.restart();
        assert_eq!((before.messages, book.seen.messages, book.opened), ([8, 0], [0, 0], 1));
    }

    #[test]
    fn walls_that_are_not_looked_into_cost_no_decoding() {
        let mut book = book();
        let mut eyes = Eyes::new(Extent::District, false, &book);
        let changes = frame(FrameKind::UnitChanges, 1, 1, 10_150, &[(5, AT, 15)]);
        let message = Message { opcode: BINARY, wire_bytes: 99, front: &changes[..frames::HEADER_BYTES], payload: None };
        eyes.see(&message, 10_160_000, &mut book).unwrap();
        assert_eq!((book.seen.messages, book.seen.bytes, book.seen.frames, book.seen.records), ([0, 1], [0, 99], 1, [0, 0]));
        let old = Message { front: &[1; frames::HEADER_BYTES], ..message };
        assert_eq!(eyes.see(&old, 0, &mut book), Err(WireError::Version(1)));
    }

    #[test]
    fn a_wall_of_text_is_open_at_its_first_message() {
        let mut book = Book::of_text();
        let mut eyes = Eyes::new(Extent::City, true, &book);
        see(&mut eyes, TEXT, b"{}", 0, &mut book);
        see(&mut eyes, TEXT, b"{}", 0, &mut book);
        assert_eq!((book.opened, book.seen.messages, book.seen.bytes), (1, [2, 0], [8, 0]));
    }
}

mod of_feed {
    use citygate::{
        frames::{Spot, Step},
        ingest::binary::frame::FixRecord,
    };

    use crate::feed::*;

    fn fix(handle: u32, time_ms: i64, lat_e7: i32) -> FixRecord {
        FixRecord { handle, time_ms, lat_e7, lon_e7: -1_084_000_004, speed_cmps: 0, heading_cdeg: 0, accuracy_dm: 0, flags: 0 }
    }

    #[test]
    fn a_record_is_known_by_its_age_and_place() {
        let log = SentLog::new(3);
        log.note(1, [fix(1, 10_003, 228_000_014), fix(0, 10_000, 0), fix(1, 11_003, 228_000_114)].into_iter(), 77);
        assert_eq!(log.count(), 3);
        let spot = |lat, age| Spot { at: Step { lat, lng: -108_400_000 }, speed: 0, heading: 0, age };
        let find = |unit, at_ms, spot| log.open().find(unit, at_ms, &spot);
        assert_eq!(find(2, 10_202, spot(22_800_001, 19)), Found::Sent { time_ms: 10_003, written_us: 77 });
        assert_eq!(find(2, 11_202, spot(22_800_011, 19)), Found::Sent { time_ms: 11_003, written_us: 77 });
        // One step away is rounding, two are not.
        assert_eq!(find(2, 10_202, spot(22_800_002, 19)), Found::Sent { time_ms: 10_003, written_us: 77 });
        assert_eq!(find(2, 10_202, spot(22_800_003, 19)), Found::Elsewhere);
        assert_eq!(find(2, 10_202, spot(22_800_001, 20)), Found::Nothing);
        assert_eq!(find(0, 10_202, spot(22_800_001, 19)), Found::Nothing);
        assert_eq!(find(9, 10_202, spot(22_800_001, 19)), Found::Nothing);
        // A fix ahead of the server's clock has no age.
        assert_eq!(find(2, 9_000, spot(22_800_001, 0)), Found::Sent { time_ms: 10_003, written_us: 77 });
        for n in 0..KEPT as i64 {
            log.note(2, std::iter::once(fix(0, 20_000 + n * 1_000, 0)), 78);
        }
        assert_eq!(find(2, 10_202, spot(22_800_001, 19)), Found::Nothing);
    }
}

mod of_kernel {
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
    };

    use crate::kernel::*;

    #[test]
    fn the_fields_are_the_right_ones() {
        assert_eq!(after("TCP: inuse 5 orphan 0 tw 2 alloc 6 mem 107", "mem"), Some(107));
        let netstat = "TcpExt: A TCPOrigDataSent B\nTcpExt: 1 22 3\nIpExt: A\nIpExt: 4\n";
        assert_eq!((net(netstat, "TcpExt:", "TCPOrigDataSent"), net(netstat, "IpExt:", "A")), (Some(22), Some(4)));
        assert_eq!(net(netstat, "TcpExt:", "C"), None);
    }

    #[test]
    fn a_packet_is_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let before = Look::take(std::process::id());
        stream.write_all(b"x").unwrap();
        listener.accept().unwrap().0.read_exact(&mut [0]).unwrap();
        let cost = Look::take(std::process::id()).since(&before);
        assert!(cost.packets * cost.seconds > 0.5 && cost.seconds > 0.0, "{cost:?}");
    }
}

mod of_views {
    use citygate::geodesy::LatLng;

    use crate::views::*;

    #[test]
    fn shares_are_kept_and_boxes_are_of_the_size() {
        let place = LatLng::new(22.85, 108.4).unwrap();
        let views = of(1_000, 0.1, &[place], 1);
        let count = |extent, is_sample: bool| views.iter().filter(|view| view.extent() == extent && (view.is_sample || !is_sample)).count();
        assert_eq!([count(Extent::City, false), count(Extent::City, true)], [100, 2]);
        assert_eq!([count(Extent::District, false), count(Extent::District, true)], [900, 18]);
        for [west, south, east, north] in views.iter().filter_map(|view| view.bbox) {
            let (wide_m, high_m) = ((east - west) * 111_195.0 * 22.85_f64.to_radians().cos(), (north - south) * 111_195.0);
            assert!((1_990.0..8_010.0).contains(&wide_m) && (1_990.0..8_010.0).contains(&high_m), "{wide_m} {high_m}");
            assert!(west < 108.4 && 108.4 < east && south < 22.85 && 22.85 < north);
        }
        assert_eq!(views, of(1_000, 0.1, &[place], 1));
        assert!(of(50, 0.0, &[place], 1).iter().all(|view| view.extent() == Extent::District));
        assert_eq!(of(3, 1.0, &[place], 1).iter().filter(|view| view.is_sample && view.bbox.is_none()).count(), 3);
    }

    #[test]
    fn what_is_asked_for_is_short_enough_for_one_frame() {
        let view = View { bbox: Some([-179.123_456_7, -89.123_456_7, -178.123_456_7, -88.123_456_7]), is_sample: false };
        let text = view.subscribe();
        assert!(text.len() <= 125 && serde_json::from_str::<serde_json::Value>(&text).unwrap()["bbox"][3] == -88.123_457, "{text}");
        assert_eq!(CITY.subscribe(), r#"{"type":"subscribe","bbox":null,"kinds":null,"layers":[]}"#);
    }
}
