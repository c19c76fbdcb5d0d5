//! What the TCP door and the WebSocket do alike with what a gateway sent.

use super::{Fed, FrameError, NewNames, Session};
use crate::ingest::{Gate, Protocol};

/// How far [`take`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Every whole frame was taken; what is left is the beginning of one.
    All,
    /// Write the answers, and go on with what is left.
    Full,
}

/// Waits for room in the engine's queue, feeds a session and has its new names looked up, and adopted where the config says so; fixes that wait behind names wait
/// for the journal then.
///
/// # Errors
/// [`FrameError`] when the end of a frame cannot be found; the answers in `out` say so too.
pub async fn take(session: &mut Session, bytes: &mut &[u8], gate: &Gate, out: &mut Vec<u8>) -> Result<Taken, FrameError> {
    gate.room().await;
    loop {
        match session.feed(bytes, gate, out) {
            Fed::All => return Ok(Taken::All),
            Fed::Full => return Ok(Taken::Full),
            Fed::Lost(error) => return Err(error),
            Fed::Names(names) => introduce(session, names, gate, out).await,
        }
    }
}

async fn introduce(session: &mut Session, names: NewNames, gate: &Gate, out: &mut Vec<u8>) {
    let known = gate.prepare_all(names.sources().cloned().collect(), Protocol::Binary).await;
    session.bind(names, known, gate, out);
}
