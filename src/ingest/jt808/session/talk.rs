//! What a session answers to each message.

use super::{Talk, Terminal, id};
use crate::{
    ingest::jt808::{
        Answer, Authentication, DecodeError, Event, Header, PlatformMessage, Receiver, RegisterVerdict, Registration, parts::PartResult,
        platform::GENERAL_ANSWER,
    },
    model::{DeviceId, Timestamp},
};

impl Talk {
    pub(super) fn device(&self) -> Option<&DeviceId> {
        self.terminal.as_ref().map(|terminal| &terminal.device)
    }

    /// The device of a message that is not of the terminal on this connection; it is then.
    pub(super) fn newcomer(&mut self, message: &[u8]) -> Option<DeviceId> {
        let (header, body) = Header::split(message).ok()?;
        if self.terminal.as_ref().is_some_and(|terminal| terminal.phone == header.phone) {
            return None;
        }
        // Noise that has a good checksum by chance must not take the connection from its terminal.
        header.check_body(body, self.config.strict).ok()?;
        self.bind(&header).ok()
    }

    pub(super) fn message(&mut self, message: &[u8], now: Timestamp, receiver: &mut impl Receiver, out: &mut Vec<u8>) {
        let (header, body) = match Header::split(message) {
            Ok(found) => found,
            Err(error) => return receiver.note(Event::Malformed { device: self.device(), id: None, error: &error }),
        };
        let result = header.check_body(body, self.config.strict).and_then(|()| {
            let device = self.bind(&header)?;
            self.assemble(&header, body, &device, now, receiver, out)
        });
        match result {
            Ok(()) => self.good += 1,
            Err(error) => {
                let answer = match error {
                    DecodeError::Unknown { .. } | DecodeError::Encrypted { .. } => Answer::Unsupported,
                    _ => Answer::Malformed,
                };
                receiver.note(Event::Malformed { device: self.device(), id: Some(header.id), error: &error });
                if header.id != id::TERMINAL_ANSWER {
                    self.answer(&header, answer, out);
                }
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
                if let PlatformMessage::General { serial, id, answer } = PlatformMessage::decode(GENERAL_ANSWER, header.version, body)? {
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

    pub(super) fn answer(&mut self, header: &Header, answer: Answer, out: &mut Vec<u8>) {
        self.send(header, &PlatformMessage::General { serial: header.serial, id: header.id, answer }, out);
    }

    /// Appends a message to the terminal, under the header that it spoke last.
    pub(super) fn send(&mut self, to: &Header, message: &PlatformMessage<'_>, out: &mut Vec<u8>) {
        self.body.clear();
        let id = message.encode(to.version, &mut self.body);
        let header = Header { id, serial: self.serial, part: None, encryption: 0, ..*to };
        // The phone came under the same header and the bodies are short: there is nothing that could not fit.
        if header.encode(&self.body, out).is_ok() {
            self.serial = self.serial.wrapping_add(1);
        }
    }
}
