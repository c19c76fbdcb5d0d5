//! One terminal's conversation, without sockets: bytes in, answers out, reports to a [`Receiver`].

use super::{
    Answer, AuthSecret, Authentication, DecodeError, FrameDecoder, Header, PlatformMessage, Receiver, RegisterVerdict, Registration,
    parts::{Assemblies, PartResult},
    receiver::Event,
};
use crate::{
    ingest::{Datum, Refusal, Report, Source},
    model::{DeviceId, Timestamp},
};

mod locations;

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
    /// that can be given at once to `out` and tells `receiver` what was said. About 1 us a location.
    ///
    /// Each message gets one answer, except an answer of the terminal (it would not end) and a damaged frame
    /// (its serial number cannot be trusted). See [`Answer`] and [`super::answer_to`] for which.
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

impl Talk {
    fn device(&self) -> Option<&DeviceId> {
        self.terminal.as_ref().map(|terminal| &terminal.device)
    }

    /// The device of a message that is not of the terminal on this connection; it is then.
    fn newcomer(&mut self, message: &[u8]) -> Option<DeviceId> {
        let (header, _) = Header::split(message).ok()?;
        if self.terminal.as_ref().is_some_and(|terminal| terminal.phone == header.phone) {
            return None;
        }
        self.bind(&header).ok()
    }

    fn message(&mut self, message: &[u8], now: Timestamp, receiver: &mut impl Receiver, out: &mut Vec<u8>) {
        let header_and_body = Header::split(message).and_then(|(header, body)| Ok((header, body, self.bind(&header)?)));
        let (header, body, device) = match header_and_body {
            Ok(found) => found,
            Err(error) => {
                receiver.note(Event::Malformed { device: self.device(), id: None, error: &error });
                return;
            }
        };
        let result = header.check_body(body, self.config.strict).and_then(|()| self.assemble(&header, body, &device, now, receiver, out));
        match result {
            Ok(()) => self.good += 1,
            Err(error) => {
                let answer = match error {
                    DecodeError::Unknown { .. } | DecodeError::Encrypted { .. } => Answer::Unsupported,
                    _ => Answer::Malformed,
                };
                receiver.note(Event::Malformed { device: Some(&device), id: Some(header.id), error: &error });
                self.answer(&header, answer, out);
            }
        }
    }

    /// Makes the connection the terminal's that `header` names, if it is not yet.
    fn bind(&mut self, header: &Header) -> Result<DeviceId, DecodeError> {
        if let Some(terminal) = self.terminal.as_ref().filter(|terminal| terminal.phone == header.phone) {
            return Ok(terminal.device.clone());
        }
        let device = header.phone.device()?;
        self.assemblies.clear();
        self.terminal = Some(Terminal { phone: header.phone, device: device.clone(), registered: false, authenticated: false });
        Ok(device)
    }

    /// Whether the terminal is listened to.
    fn is_let_in(&self, device: &DeviceId, receiver: &mut impl Receiver) -> bool {
        let Some(terminal) = &self.terminal else { return false };
        terminal.authenticated || (!self.config.strict && (terminal.registered || receiver.knows(device)))
    }

    /// Puts messages in parts together and passes whole ones on.
    fn assemble(
        &mut self,
        header: &Header,
        body: &[u8],
        device: &DeviceId,
        now: Timestamp,
        receiver: &mut impl Receiver,
        out: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let Some(part) = header.part else { return self.dispatch(header, body, device, now, receiver, out) };
        // Only these are ever too long for one body; the rest would be memory for nothing.
        if !matches!(header.id, id::LOCATION | id::BATCH) {
            return Err(DecodeError::Unknown { id: header.id });
        }
        if !self.is_let_in(device, receiver) {
            receiver.note(Event::NotLetIn { device, id: header.id });
            self.answer(header, Answer::Failure, out);
            return Ok(());
        }
        match self.assemblies.add(header, part, body, now)? {
            PartResult::Kept => {
                self.answer(header, Answer::Success, out);
                Ok(())
            }
            PartResult::Whole(whole) => self.dispatch(header, &whole, device, now, receiver, out),
        }
    }

    fn dispatch(
        &mut self,
        header: &Header,
        body: &[u8],
        device: &DeviceId,
        now: Timestamp,
        receiver: &mut impl Receiver,
        out: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let strict = self.config.strict;
        let answer = match header.id {
            id::TERMINAL_ANSWER => {
                if let PlatformMessage::General { serial, id, answer } =
                    PlatformMessage::decode(super::platform::GENERAL_ANSWER, header.version, body)?
                {
                    receiver.note(Event::Answered { device, serial, id, answer });
                }
                return Ok(());
            }
            id::ASK_TIME => {
                self.send(header, &PlatformMessage::Time(now), out);
                return Ok(());
            }
            id::REGISTRATION => {
                self.register(header, &Registration::decode(body, header.version, strict)?, device, receiver, out);
                return Ok(());
            }
            id::AUTHENTICATION => self.authenticate(header, &Authentication::decode(body, header.version, strict)?, device, receiver),
            id::LOGOUT => {
                if let Some(terminal) = &mut self.terminal {
                    (terminal.registered, terminal.authenticated) = (false, false);
                }
                receiver.note(Event::LoggedOut { device });
                Answer::Success
            }
            _ if !self.is_let_in(device, receiver) => {
                receiver.note(Event::NotLetIn { device, id: header.id });
                Answer::Failure
            }
            id::HEARTBEAT => Answer::Success,
            id::LOCATION => return self.location(header, body, device, receiver),
            id::BATCH => return self.batch(header, body, device, receiver),
            id => return Err(DecodeError::Unknown { id }),
        };
        self.answer(header, answer, out);
        Ok(())
    }

    fn register(
        &mut self,
        header: &Header,
        registration: &Registration,
        device: &DeviceId,
        receiver: &mut impl Receiver,
        out: &mut Vec<u8>,
    ) {
        let verdict = receiver.register(device, registration);
        let code = self.config.secret.code(&header.phone);
        let code: &[u8] = if verdict == RegisterVerdict::Accepted { &code } else { &[] };
        if let Some(terminal) = &mut self.terminal {
            terminal.registered = verdict == RegisterVerdict::Accepted;
            // Whoever asks for a new code has to show it.
            terminal.authenticated = false;
        }
        receiver.note(Event::Registered { device, registration, verdict });
        self.send(header, &PlatformMessage::Registered { serial: header.serial, verdict, code }, out);
    }

    fn authenticate(&mut self, header: &Header, shown: &Authentication<'_>, device: &DeviceId, receiver: &mut impl Receiver) -> Answer {
        let code_is_right = self.config.secret.is_code(&header.phone, shown.code);
        // After a restart with a new secret every code is an old one. Lenient: being known is enough. Strict:
        // the refusal makes the terminal register again.
        let accepted = (code_is_right || !self.config.strict) && receiver.knows(device);
        if let Some(terminal) = &mut self.terminal {
            terminal.authenticated = accepted;
        }
        receiver.note(Event::Authenticated { device, shown, accepted, code_is_right });
        if accepted { Answer::Success } else { Answer::Failure }
    }

    fn answer(&mut self, header: &Header, answer: Answer, out: &mut Vec<u8>) {
        self.send(header, &PlatformMessage::General { serial: header.serial, id: header.id, answer }, out);
    }

    /// Appends a message to the terminal, under the header that it spoke last.
    fn send(&mut self, to: &Header, message: &PlatformMessage<'_>, out: &mut Vec<u8>) {
        self.body.clear();
        let id = message.encode(to.version, &mut self.body);
        let header = Header { id, serial: self.serial, part: None, encryption: 0, ..*to };
        // The phone came under the same header and the bodies are short: there is nothing that could not fit.
        if header.encode(&self.body, out).is_ok() {
            self.serial = self.serial.wrapping_add(1);
        }
    }
}
