//! The frames of the stream, byte by byte: the same vectors are read by the wall's decoder in TypeScript.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use citygate::frames::{Block, Frame, FrameError, Origin, Record, Spot, Step, VERSION, begin, block_of_totals, block_of_units, decode};
use proptest::prelude::*;
use serde_json::{Value, json};

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("frames.json")).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn said(frame: &Frame) -> Value {
    let record = |Record { no, status, contact, alarm, spot }: &Record| {
        let spot = spot.map(|spot| json!([spot.at.lat, spot.at.lng, spot.speed, spot.heading, spot.age]));
        json!({"no": no, "status": status, "contact": contact, "alarm": alarm, "spot": spot})
    };
    let block = |block: &Block| match block {
        Block::Units { origin, here, left } => {
            json!({"origin": [origin.lat, origin.lng], "here": here.iter().map(record).collect::<Vec<_>>(), "left": left})
        }
        Block::Totals { middle, totals } => json!({"middle": [middle.lat, middle.lng], "totals": totals}),
    };
    let blocks: Vec<Value> = frame.blocks.iter().map(block).collect();
    json!({"kind": frame.kind as u8, "ticks": frame.ticks, "seq": frame.seq, "at_ms": frame.at_ms, "blocks": blocks})
}

fn encoded(frame: &Frame) -> Vec<u8> {
    let mut out = Vec::new();
    begin(&mut out, frame.kind, frame.ticks, frame.seq, frame.at_ms);
    for block in &frame.blocks {
        match block {
            Block::Units { origin, here, left } => block_of_units(&mut out, *origin, here, left),
            Block::Totals { middle, totals } => block_of_totals(&mut out, *middle, totals),
        }
    }
    out
}

#[test]
fn the_vectors_are_read_and_written() {
    for vector in vectors() {
        let bytes = bytes(vector["hex"].as_str().unwrap());
        let frame = decode(&bytes).unwrap();
        assert_eq!(said(&frame), vector["frame"], "{}", vector["name"]);
        assert_eq!(encoded(&frame), bytes, "{}", vector["name"]);
    }
}

#[test]
fn what_is_cut_or_grown_is_refused() {
    for vector in vectors() {
        let mut bytes = bytes(vector["hex"].as_str().unwrap());
        let blocks = decode(&bytes).unwrap().blocks.len();
        for cut in 0..bytes.len() {
            // Where a block ends, a shorter frame does; a WebSocket's messages are whole.
            match decode(&bytes[..cut]) {
                Ok(frame) => assert!(frame.blocks.len() < blocks && encoded(&frame) == bytes[..cut], "{} cut at {cut}", vector["name"]),
                Err(error) => assert!(matches!(error, FrameError::Short(_)), "{} cut at {cut}: {error}", vector["name"]),
            }
        }
        bytes.push(0);
        assert!(matches!(decode(&bytes), Err(FrameError::Short("block"))));
        bytes[0] = 1;
        assert_eq!(decode(&bytes), Err(FrameError::Version(1)));
        (bytes[0], bytes[1]) = (VERSION, 5);
        assert_eq!(decode(&bytes), Err(FrameError::Kind(5)));
        bytes.truncate(16);
        bytes[1] = 1;
        bytes.extend([0, 0, 0, 0, 255, 255, 255, 127, 0]);
        assert_eq!(decode(&bytes), Err(FrameError::Count((1 << 28) - 1)));
    }
}

#[test]
fn a_moving_unit_takes_nine_bytes() {
    let origin = Origin::near(Step { lat: 22_850_000, lng: 108_400_000 });
    let moving = |no, status| {
        let spot = Spot { at: Step { lat: 22_850_100, lng: 108_400_200 }, speed: 20, heading: 64, age: 127 };
        Record { no, status, contact: 0, alarm: false, spot: Some(spot) }
    };
    let length = |here: &[Record]| {
        let mut out = Vec::new();
        block_of_units(&mut out, origin, here, &[]);
        out.len() - 6
    };
    // A number within 63 of the one before, and an age under 1.28 s, take a byte each, larger ones two.
    assert_eq!((length(&[moving(63, 1)]), length(&[moving(64, 1)])), (8, 9));
    // A state takes one where it is another than that of the unit before.
    let states = [1, 1, 3, 3, 1].iter().zip(1..).map(|(status, n)| moving(n * 500, *status)).collect::<Vec<_>>();
    assert_eq!(length(&states), 5 * 9 + 2);
}

proptest! {
    /// Whatever bytes come, reading them ends, and does not believe in more than they hold.
    #[test]
    fn any_bytes_are_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 1_u8..=4) {
        if bytes.len() >= 8 {
            bytes[0] = VERSION;
            bytes[1] = kind;
            bytes[6] = 0;
            bytes[7] = 0;
        }
        if let Ok(frame) = decode(&bytes) {
            prop_assert!(frame.records().count() + frame.blocks.len() <= bytes.len());
        }
    }
}
