//! What phones send: query strings, form bodies, JSON.
#![no_main]

use citygate::ingest::osmand;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let _ = osmand::parse_json(body);
    if let Ok(query) = std::str::from_utf8(body) {
        let _ = osmand::parse_query(query);
    }
});
