//! A JT/T 808 connection: any bytes, cut anywhere, to a session.
#![no_main]

use citygate::{
    ingest::{
        Datum,
        jt808::{AuthSecret, Fed, Receiver, RegisterVerdict, Registration, Session, SessionConfig},
    },
    model::{DeviceId, Timestamp},
};
use libfuzzer_sys::fuzz_target;

struct Door;

impl Receiver for Door {
    fn knows(&mut self, _: &DeviceId) -> bool {
        true
    }
    fn register(&mut self, _: &DeviceId, _: &Registration) -> RegisterVerdict {
        RegisterVerdict::Accepted
    }
}

fuzz_target!(|input: (bool, u8, &[u8])| {
    let (strict, cut, bytes) = input;
    let mut session = Session::new(SessionConfig { strict, datum: Datum::Gcj02, secret: AuthSecret::new([7; 16]) });
    let mut out = Vec::new();
    for (n, mut chunk) in bytes.chunks(usize::from(cut) + 1).enumerate() {
        let now = Timestamp::from_unix_ms(n as i64 * 1000);
        while let Fed::Newcomer(_) = session.feed(&mut chunk, now, &mut Door, &mut out) {}
        let results = vec![Ok(()); session.reports().len()];
        session.settle(&results, true, &mut Door, &mut out);
        session.tick(now, &mut out);
    }
});
