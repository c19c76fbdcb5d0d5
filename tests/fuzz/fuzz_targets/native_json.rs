//! The native JSON: bodies of many fixes, and single lines.
#![no_main]

use citygate::ingest::native;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let _ = native::parse_one(body);
    let mut items = 0;
    let told = native::parse(body, |_, _| items += 1);
    assert!(told.is_err() || told == Ok(items));
});
