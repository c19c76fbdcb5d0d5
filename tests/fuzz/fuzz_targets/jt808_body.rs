//! The bodies of JT/T 808 messages, without frame and checksum.
#![no_main]

use citygate::ingest::jt808::{Authentication, Batch, Header, Location, PlatformMessage, Registration, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, bool, u16, &[u8])| {
    let (strict, is_2019, id, body) = input;
    let version = if is_2019 { Version::V2019 } else { Version::V2013 };
    let _ = Header::split(body);
    let _ = Registration::decode(body, version, strict);
    let _ = Authentication::decode(body, version, strict);
    let _ = Batch::decode(body, strict).map(Iterator::count);
    let _ = PlatformMessage::decode(0x8000 | id & 0x1ff, version, body);
    if let Ok(location) = Location::decode(body, strict) {
        location.encode(&mut Vec::new());
    }
});
