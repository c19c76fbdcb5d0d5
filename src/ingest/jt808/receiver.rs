//! What a session needs to know from outside, and what it tells.

use super::{Answer, Authentication, BatchKind, DecodeError, FrameError, Location, RegisterVerdict, Registration};
use crate::{ingest::RefusalReason, model::DeviceId};

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It goes to the engine.
    Accepted,
    /// It does not, and why.
    Refused(RefusalReason),
}

/// What a session asks while it is fed. Must not wait.
pub trait Receiver {
    /// Whether a unit carries this device.
    fn knows(&mut self, device: &DeviceId) -> bool;

    /// Whether a terminal may register.
    fn register(&mut self, device: &DeviceId, registration: &Registration) -> RegisterVerdict;

    /// What happened, for logs and counters. Does nothing unless it is written.
    fn note(&mut self, event: Event<'_>) {
        let _ = event;
    }
}

/// What came of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchOutcome {
    /// Why it was sent.
    pub kind: BatchKind,
    /// Locations that the terminal announced.
    pub announced: u16,
    /// Locations that were accepted.
    pub accepted: u32,
    /// Locations that were refused.
    pub refused: u32,
    /// Locations that could not be read.
    pub malformed: u32,
}

/// Something that happened in a session.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A terminal registered, or was refused.
    Registered {
        /// The device.
        device: &'a DeviceId,
        /// What it said of itself.
        registration: &'a Registration,
        /// What it was answered.
        verdict: RegisterVerdict,
    },
    /// A terminal authenticated, or was refused.
    Authenticated {
        /// The device.
        device: &'a DeviceId,
        /// What it showed.
        shown: &'a Authentication<'a>,
        /// Whether it was let in.
        accepted: bool,
        /// Whether its code was ours; when not and yet accepted, leniency let it in.
        code_is_right: bool,
    },
    /// A message that only a terminal that is let in may send: authenticate first.
    NotLetIn {
        /// The device.
        device: &'a DeviceId,
        /// The message.
        id: u16,
    },
    /// A location, alone or out of a batch.
    Location {
        /// The device.
        device: &'a DeviceId,
        /// The message's serial number.
        serial: u16,
        /// All that the terminal sent; not kept for a positioned location of a batch.
        location: Option<&'a Location>,
        /// What became of it.
        verdict: Verdict,
    },
    /// A batch, after its locations.
    Batch {
        /// The device.
        device: &'a DeviceId,
        /// The message's serial number.
        serial: u16,
        /// What came of it.
        outcome: BatchOutcome,
    },
    /// The terminal's answer to a message of ours.
    Answered {
        /// The device.
        device: &'a DeviceId,
        /// The serial number of our message.
        serial: u16,
        /// The id of our message.
        id: u16,
        /// The result.
        answer: Answer,
    },
    /// The terminal says goodbye.
    LoggedOut {
        /// The device.
        device: &'a DeviceId,
    },
    /// A message that could not be read, or is not supported. Counts as [`RefusalReason::Malformed`].
    Malformed {
        /// The device, when the header could be read.
        device: Option<&'a DeviceId>,
        /// The message, when the header could be read.
        id: Option<u16>,
        /// What was wrong.
        error: &'a DecodeError,
    },
    /// Bytes between two delimiters that are no frame. They get no answer.
    DamagedFrame {
        /// The device, when one is known on this connection.
        device: Option<&'a DeviceId>,
        /// What was wrong.
        error: FrameError,
    },
}

/// The general answer to a location with this verdict.
///
/// A terminal sends again what was answered with failure, some for ever. So failure is for what may be
/// right later, or what somebody must repair: a device that is not known yet, a clock that is ahead, values
/// out of range, a jump that the next fixes may bear out. Success is for what a repetition cannot better: what
/// is known already ([`RefusalReason::Repeated`], [`RefusalReason::Late`]), what is too old and only gets
/// older, what a newer fix has replaced, and a terminal without a position.
#[must_use]
pub const fn answer_to(verdict: Verdict) -> Answer {
    let Verdict::Refused(reason) = verdict else { return Answer::Success };
    match reason {
        RefusalReason::Repeated | RefusalReason::Late | RefusalReason::TooOld | RefusalReason::NoPosition | RefusalReason::Overflow => {
            Answer::Success
        }
        RefusalReason::Malformed => Answer::Malformed,
        RefusalReason::UnknownDevice | RefusalReason::OutOfRange | RefusalReason::Future | RefusalReason::ImpossibleJump => Answer::Failure,
    }
}
