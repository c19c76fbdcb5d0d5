//! One terminal's conversation, without sockets: bytes in, answers out, reports to a [`Receiver`].

use super::{
    Answer, AuthSecret, Authentication, DecodeError, FrameDecoder, Header, PlatformMessage, Receiver, RegisterVerdict, Registration,
    Version,
    parts::{Assemblies, PartResult},
    receiver::Event,
};
use crate::{
    ingest::Datum,
    model::{DeviceId, Timestamp},
};

mod locations;

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
    version: Version,
    phone: super::Phone,
    /// Kept so that a message needs no new string.
    device: DeviceId,
    registered: bool,
    authenticated: bool,
}

/// One connection of one terminal.
///
/// Holds one frame, and at most [`super::ASSEMBLIES_MAX`] messages in parts once the terminal is let in.
/// Nothing is allocated for a message that is not in parts, after the first ones.
#[derive(Debug)]
pub struct Session {
    decoder: FrameDecoder,
    talk: Talk,
}

/// All of a session but the decoder, which lends out the frame that is being answered.
#[derive(Debug)]
struct Talk {
    config: SessionConfig,
    terminal: Option<Terminal>,
    /// Number of the next answer; wraps.
    serial: u16,
    assemblies: Assemblies,
    /// The body that is being written; kept to be used again.
    body: Vec<u8>,
}

impl Session {
    /// A session that nothing was said on.
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        let talk = Talk { config, terminal: None, serial: 0, assemblies: Assemblies::default(), body: Vec::new() };
        Self { decoder: FrameDecoder::new(), talk }
    }

    /// Takes what was read from the socket, in pieces of any size; appends the answers to `out` and tells
    /// `receiver` what was said. Gives the number of messages that could be read: a peer that never has one
    /// is no terminal. About 1 us a location, without the receiver.
    ///
    /// Each message gets one answer, except an answer of the terminal (it would not end) and a damaged frame
    /// (its serial number cannot be trusted). See [`Answer`] and [`super::answer_to`] for which.
    pub fn feed(&mut self, mut bytes: &[u8], now: Timestamp, receiver: &mut impl Receiver, out: &mut Vec<u8>) -> usize {
        let mut good = 0;
        while let Some(frame) = self.decoder.next_frame(&mut bytes) {
            match frame {
                Ok(message) => good += usize::from(self.talk.message(message, now, receiver, out)),
                Err(error) => receiver.note(Event::DamagedFrame { device: self.talk.device(), error }),
            }
        }
        good
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

    /// One message; false when it could not be read.
    fn message(&mut self, message: &[u8], now: Timestamp, receiver: &mut impl Receiver, out: &mut Vec<u8>) -> bool {
        let header_and_body = Header::split(message).and_then(|(header, body)| Ok((header, body, self.bind(&header)?)));
        let (header, body, device) = match header_and_body {
            Ok(found) => found,
            Err(error) => {
                receiver.note(Event::Malformed { device: self.device(), id: None, error: &error });
                return false;
            }
        };
        let result = header.check_body(body, self.config.strict).and_then(|()| self.assemble(&header, body, &device, now, receiver, out));
        if let Err(error) = &result {
            let answer = match error {
                DecodeError::Unknown { .. } | DecodeError::Encrypted { .. } => Answer::Unsupported,
                _ => Answer::Malformed,
            };
            receiver.note(Event::Malformed { device: Some(&device), id: Some(header.id), error });
            self.answer(&header, answer, out);
        }
        result.is_ok()
    }

    /// Makes the connection the terminal's that `header` names, if it is not yet.
    fn bind(&mut self, header: &Header) -> Result<DeviceId, DecodeError> {
        if let Some(terminal) = self.terminal.as_mut().filter(|terminal| terminal.phone == header.phone) {
            terminal.version = header.version;
            return Ok(terminal.device.clone());
        }
        let device = header.phone.device()?;
        self.assemblies.clear();
        let (version, phone) = (header.version, header.phone);
        self.terminal = Some(Terminal { version, phone, device: device.clone(), registered: false, authenticated: false });
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
            id::LOCATION => self.location(header, body, device, now, receiver)?,
            id::BATCH => self.batch(header, body, device, now, receiver)?,
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
