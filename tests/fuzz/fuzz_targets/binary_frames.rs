//! The frames of the binary protocol, both directions: any bytes.
#![no_main]

use citygate::ingest::binary::{
    Frame,
    frame::{Reply, Request},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Some(frame)) = Frame::next(&mut rest) {
        match Request::decode(frame) {
            Ok(Request::Names(names)) => assert_eq!(names.iter().count(), usize::from(names.count())),
            Ok(Request::Fixes(fixes)) => fixes.iter().for_each(|record| drop(record.report())),
            Ok(Request::Hello(_)) | Err(_) => {}
        }
        match Reply::decode(frame) {
            Ok(Reply::Named(named)) => assert_eq!(named.iter().count(), usize::from(named.refused)),
            Ok(Reply::Ack(ack)) => ack.iter().for_each(drop),
            Ok(Reply::Welcome { .. } | Reply::Error(_)) | Err(_) => {}
        }
    }
});
