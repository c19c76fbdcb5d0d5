//! One terminal's conversation, without sockets: bytes in, answers out, reports to a [`Receiver`].

use super::{AuthSecret, Event, FrameDecoder, PlatformMessage, Receiver, parts::Assemblies};
use crate::{
    ingest::{Datum, Refusal, Report, Source},
    model::{DeviceId, Timestamp},
};

mod locations;
mod talk;

use locations::Pending;

/// The messages of a terminal that are understood.
pub mod id {
    /// The terminal's answer to a message of the platform.
    pub const TERMINAL_ANSWER: u16 = 0x0001;
    /// Heartbeat.
    pub const HEARTBEAT: u16 = 0x0002;
    /// Logout.
    pub const LOGOUT: u16 = 0x0003;
    /// A question for the server's time.
    pub const ASK_TIME: u16 = 0x0004;
    /// Registration.
    pub const REGISTRATION: u16 = 0x0100;
    /// Authentication.
    pub const AUTHENTICATION: u16 = 0x0102;
    /// Location.
    pub const LOCATION: u16 = 0x0200;
    /// Batch of locations.
    pub const BATCH: u16 = 0x0704;
}

/// How a session treats its terminal.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// Whether a terminal must authenticate with a code of [`SessionConfig::secret`] and keep to the letter of
    /// the standard. Off: a known device is listened to without a code, and what can be read is read.
    pub strict: bool,
    /// The datum of the positions that terminals send.
    pub datum: Datum,
    /// What authentication codes are made with.
    pub secret: AuthSecret,
}

/// Who speaks on this connection. A connection belongs to one terminal at a time: another phone number
/// starts over, not let in.
#[derive(Debug)]
struct Terminal {
    phone: super::Phone,
    /// Kept so that a message needs no new string.
    device: DeviceId,
    registered: bool,
    authenticated: bool,
}

/// One connection of one terminal.
///
/// A driver loops: read; [`Session::feed`] until all of it is taken; hand [`Session::reports`] to the gate and
/// raise the alarm of each of [`Session::emergencies`]; [`Session::settle`] with what came of it; write.
/// So all that one read gave goes to the gate at once, and an alarm is answered when it is durable.
///
/// Holds one frame, the locations of one read, and at most [`super::ASSEMBLIES_MAX`] messages in parts once the
/// terminal is let in. Nothing is allocated for a message that is not in parts, after the first ones.
#[derive(Debug)]
pub struct Session {
    decoder: FrameDecoder,
    /// The message of a newcomer, while the driver makes it known. Empty: there is none.
    waiting: Vec<u8>,
    talk: Talk,
}

/// What a session wants after it was fed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fed {
    /// Every byte was taken.
    All,
    /// A device spoke that did not speak on this connection before. Adopt it, if unknown devices are adopted; then
    /// feed the bytes that are left, even when there are none.
    Newcomer(DeviceId),
}

/// All of a session but the decoder, which lends out the frame that is being answered.
#[derive(Debug)]
struct Talk {
    config: SessionConfig,
    terminal: Option<Terminal>,
    /// Number of the next answer; wraps.
    serial: u16,
    assemblies: Assemblies,
    /// Messages that could be read.
    good: u64,
    reports: Vec<(Source, Report)>,
    emergencies: Vec<DeviceId>,
    /// The messages behind the reports, to be answered when the reports are settled.
    pending: Vec<Pending>,
    /// The body that is being written; kept to be used again.
    body: Vec<u8>,
}

impl Session {
    /// A session that nothing was said on.
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        let talk = Talk {
            config,
            terminal: None,
            serial: 0,
            assemblies: Assemblies::default(),
            good: 0,
            reports: Vec::new(),
            emergencies: Vec::new(),
            pending: Vec::new(),
            body: Vec::new(),
        };
        Self { decoder: FrameDecoder::new(), waiting: Vec::new(), talk }
    }

    /// Takes what was read from the socket, in pieces of any size, off the front of `bytes`; appends the answers
    /// that can be given at once to `out` and tells `receiver` what was said. About 0.5 us a location.
    ///
    /// Each message gets one answer, except an answer of the terminal (it would not end) and a damaged frame
    /// (its serial number cannot be trusted). See [`super::Answer`] and [`super::answer_to`] for which.
    pub fn feed(&mut self, bytes: &mut &[u8], now: Timestamp, receiver: &mut impl Receiver, out: &mut Vec<u8>) -> Fed {
        if !self.waiting.is_empty() {
            self.talk.message(&self.waiting, now, receiver, out);
            self.waiting.clear();
        }
        while let Some(frame) = self.decoder.next_frame(bytes) {
            match frame {
                Ok(message) => match self.talk.newcomer(message) {
                    Some(device) => {
                        self.waiting.extend_from_slice(message);
                        return Fed::Newcomer(device);
                    }
                    None => self.talk.message(message, now, receiver, out),
                },
                Err(error) => receiver.note(Event::DamagedFrame { device: self.talk.device(), error }),
            }
        }
        Fed::All
    }

    /// The reports since the last [`Session::settle`], for the gate.
    #[must_use]
    pub fn reports(&self) -> &[(Source, Report)] {
        &self.talk.reports
    }

    /// The devices whose emergency button was pressed since the last [`Session::settle`], each once. The button comes
    /// with each message until the terminal has its answer.
    #[must_use]
    pub fn emergencies(&self) -> &[DeviceId] {
        &self.talk.emergencies
    }

    /// Answers the locations: `results` has one for each of [`Session::reports`], in order; `raised` says whether the
    /// alarms of all of [`Session::emergencies`] are raised. A result that is missing counts as overflow.
    pub fn settle(&mut self, results: &[Result<(), Refusal>], raised: bool, receiver: &mut impl Receiver, out: &mut Vec<u8>) {
        self.talk.settle(results, raised, receiver, out);
    }

    /// Messages that could be read, so far. A peer that never has one is no terminal.
    #[must_use]
    pub const fn good(&self) -> u64 {
        self.talk.good
    }

    /// Asks again for parts that did not come. Call it every few seconds and after nothing came for a while.
    pub fn tick(&mut self, now: Timestamp, out: &mut Vec<u8>) {
        for missing in self.talk.assemblies.missing(now) {
            let message = PlatformMessage::Resend { first_serial: missing.first_serial, indexes: missing.indexes };
            self.talk.send(&missing.header, &message, out);
        }
    }

    /// The device on this connection, once it said who it is.
    #[must_use]
    pub fn device(&self) -> Option<&DeviceId> {
        self.talk.device()
    }

    /// Messages in parts that were given up: too old, too large, or pushed out by newer ones.
    #[must_use]
    pub const fn abandoned(&self) -> u64 {
        self.talk.assemblies.abandoned()
    }
}
