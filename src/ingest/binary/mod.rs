//! The native binary protocol of gateways: fixes of many devices over one connection, 28 bytes each.
//!
//! Over TCP a connection is a sequence of frames, in both directions; over the WebSocket `/v1/ingest` each binary message
//! holds one or more whole frames. All numbers are little-endian. A frame is
//!
//! | bytes | what |
//! |---|---|
//! | 4 | length: the bytes that follow this field, 1 to 262144 |
//! | 1 | type |
//! | length - 1 | payload |
//!
//! # What a gateway sends
//! **0x01 HELLO**, first of all: the version, 1 byte, which is 1; then, over TCP, the text of a program's token that may send fixes. In the
//! demo, and where the door asks for a certificate (`gateway.tls.client_ca`), it ends after the version; over the WebSocket, too, whose
//! own request has the token. Answered by WELCOME. A gateway that is not let in hears an ERROR, and the server closes; so it does
//! when the token is revoked or over. A gateway that says nothing within 10 s is closed.
//!
//! **0x02 NAMES** binds names to handles: the first handle (4), how many names (2, at most 16384), then for each name what
//! it is of (1: 0 a device, 1 a unit), the length of the id (1), the id. The names get the handles from the first one on.
//! Handles are numbered from 0 without gaps, up to 2097151; one that is bound may be bound again. Answered by NAMED. A name
//! that is not known yet keeps its handle: its fixes are taken as soon as it is registered.
//!
//! **0x03 FIXES**: the batch (4, any number), how many records (2), then the records:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | handle |
//! | 8 | time, signed: milliseconds since 1970-01-01T00:00:00Z |
//! | 4 | latitude, signed, 1e-7 degree |
//! | 4 | longitude, signed, 1e-7 degree |
//! | 2 | ground speed, 0.01 m/s; 0xFFFF: none |
//! | 2 | course over ground, 0.01 degree clockwise from north; 0xFFFF: none |
//! | 2 | estimated horizontal error, 0.1 m; 0xFFFF: none |
//! | 2 | flags: bit 0, the position is GCJ-02; the others 0 |
//!
//! Answered by ACK. A gateway that has nothing to say sends one without records now and then, and is not taken for dead.
//!
//! # What the server answers
//! **0x81 WELCOME**: the version (1), the most bytes of a frame (4).
//!
//! **0x82 NAMED**: the first handle (4), how many names are known (2), how many are refused (2), then for each refused one
//! its handle (4), the reason (1: the place in [`RefusalReason`](super::RefusalReason)), and a text (2 its length, then
//! UTF-8) that names the field, the value and what is right. From the seventeenth on the text is empty.
//!
//! **0x83 ACK**, when every record was checked and what is good is in the engine's queue: the batch (4), how many were
//! accepted (2), how many refused (2), how many of these are told (2, at most 16), then for each its place in the batch (2),
//! the reason (1) and a text (2, UTF-8).
//!
//! **0xFF ERROR**: a text (2, UTF-8): a frame that could not be read, or why the server closes. The connection goes on,
//! unless a length was out of range: where the next frame begins is then not known (a WebSocket's next message is).
//!
//! Answers come in the order of the frames. A gateway may send on without waiting for them, but it must read them: one that
//! does not is cut off.
//!
//! # A conversation
//! `>` is the gateway, `<` the server: HELLO and WELCOME; `radio-H-1` gets handle 0; batch 7 has one fix, at 22.81 N,
//! 108.36 E, 2026-11-22T14:32:07.250Z, 9.5 m/s to the west, of unknown accuracy; it is accepted.
//!
//! ```text
//! > 02 00 00 00  01  01
//! < 06 00 00 00  81  01  00 00 04 00
//! > 12 00 00 00  02  00 00 00 00  01 00  00 09 72 61 64 69 6f 2d 48 2d 31
//! < 09 00 00 00  82  00 00 00 00  01 00  00 00
//! > 23 00 00 00  03  07 00 00 00  01 00  00 00 00 00  52 e7 ab 03 a2 01 00 00  a0 87 98 0d  80 6c 96 40  b6 03  78 69  ff ff  00 00
//! < 0b 00 00 00  83  07 00 00 00  01 00  00 00  00 00
//! ```

pub mod frame;
mod server;
mod session;
mod take;

pub use frame::{Frame, FrameError};
pub use server::{Admission, GatewayLimits, serve};
pub use session::{Doorkeeper, Fed, NewNames, OUT_BYTES_MAX, Session};
pub use take::{Taken, take};

#[cfg(test)]
mod tests {
    use super::frame::{FixRecord, NONE, Reply, Request, ack, fixes, hello, named, names, welcome};
    use super::*;
    use crate::ingest::Source;

    /// The lines of the conversation above that begin with a sign.
    fn said(sign: &str) -> Vec<u8> {
        let lines = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//! ")?.strip_prefix(sign));
        lines.flat_map(str::split_ascii_whitespace).map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    #[test]
    fn the_conversation_is_what_is_spoken() {
        let device = Source::Device("radio-H-1".parse().unwrap());
        let fix = FixRecord {
            handle: 0,
            time_ms: "2026-11-22T14:32:07.250Z".parse::<crate::model::Timestamp>().unwrap().unix_ms(),
            lat_e7: 228_100_000,
            lon_e7: 1_083_600_000,
            speed_cmps: 950,
            heading_cdeg: 27_000,
            accuracy_dm: NONE,
            flags: 0,
        };
        let mut out = Vec::new();
        hello(&mut out, None);
        assert_eq!((names(&mut out, 0, &[device]), fixes(&mut out, 7, &[fix])), (1, 1));
        let gateway = said("> ");
        assert_eq!(out, gateway);
        out.clear();
        welcome(&mut out);
        named(&mut out, 0, 1, &[]);
        ack(&mut out, 7, 1, 0, std::iter::empty());
        let server = said("< ");
        assert_eq!(out, server);

        let mut bytes = gateway.as_slice();
        let mut read = || Request::decode(Frame::next(&mut bytes).unwrap().unwrap()).unwrap();
        assert!(matches!(read(), Request::Hello { version: 1, token: b"" }));
        assert!(matches!(read(), Request::Names(names) if names.first_handle == 0 && names.iter().count() == 1));
        assert!(matches!(read(), Request::Fixes(fixes) if fixes.batch == 7 && fixes.iter().eq([fix])));
        let mut bytes = server.as_slice();
        let mut read = || Reply::next(&mut bytes).unwrap().unwrap();
        assert!(matches!(read(), Reply::Welcome { version: 1, frame_bytes_max: 262_144 }));
        assert!(matches!(read(), Reply::Named(named) if (named.known, named.refused) == (1, 0)));
        assert!(matches!(read(), Reply::Ack(ack) if (ack.batch, ack.accepted, ack.refused) == (7, 1, 0)));
    }
}
