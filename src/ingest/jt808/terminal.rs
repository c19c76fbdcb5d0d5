//! The other side: a terminal that writes its messages.

use super::{Authentication, Batch, BatchKind, DecodeError, Header, Location, Phone, Registration, Version, session::id};

/// Writes the messages of one terminal, under one header, with serial numbers that go up by one.
///
/// Every method appends one frame to `out` and gives the serial number of the message. After the first
/// messages nothing is allocated but what `out` needs: a location costs about 0.3 us.
#[derive(Debug, Clone)]
pub struct TerminalEncoder {
    version: Version,
    phone: Phone,
    serial: u16,
    /// The body that is being written; kept to be used again.
    body: Vec<u8>,
}

impl TerminalEncoder {
    /// A terminal whose next message has serial number 0.
    ///
    /// # Errors
    /// [`DecodeError::Phone`] for a number of more digits than the header holds.
    pub fn new(version: Version, phone: Phone) -> Result<Self, DecodeError> {
        if phone.to_string().len() > version.phone_digits() {
            return Err(DecodeError::Phone { value: phone.to_string(), digits_max: version.phone_digits() });
        }
        Ok(Self { version, phone, serial: 0, body: Vec::new() })
    }

    /// Registration (0x0100).
    ///
    /// # Errors
    /// What [`Registration::encode`] says.
    pub fn register(&mut self, registration: &Registration, out: &mut Vec<u8>) -> Result<u16, DecodeError> {
        let version = self.version;
        self.message(id::REGISTRATION, out, |body| registration.encode(version, body))
    }

    /// Authentication (0x0102).
    ///
    /// # Errors
    /// What [`Authentication::encode`] says.
    pub fn authenticate(&mut self, authentication: &Authentication<'_>, out: &mut Vec<u8>) -> Result<u16, DecodeError> {
        let version = self.version;
        self.message(id::AUTHENTICATION, out, |body| authentication.encode(version, body))
    }

    /// Heartbeat (0x0002).
    ///
    /// # Errors
    /// None for a terminal that was made.
    pub fn heartbeat(&mut self, out: &mut Vec<u8>) -> Result<u16, DecodeError> {
        self.message(id::HEARTBEAT, out, |_| Ok(()))
    }

    /// Logout (0x0003).
    ///
    /// # Errors
    /// None for a terminal that was made.
    pub fn logout(&mut self, out: &mut Vec<u8>) -> Result<u16, DecodeError> {
        self.message(id::LOGOUT, out, |_| Ok(()))
    }

    /// A question for the server's time (0x0004; in the standard since 2019).
    ///
    /// # Errors
    /// None for a terminal that was made.
    pub fn ask_time(&mut self, out: &mut Vec<u8>) -> Result<u16, DecodeError> {
        self.message(id::ASK_TIME, out, |_| Ok(()))
    }

    /// Location (0x0200).
    ///
    /// # Errors
    /// None: the longest location fits into a body.
    pub fn location(&mut self, location: &Location, out: &mut Vec<u8>) -> Result<u16, DecodeError> {
        self.message(id::LOCATION, out, |body| {
            location.encode(body);
            Ok(())
        })
    }

    /// A batch of locations (0x0704) in one message.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] when they do not fit into one body; about 30 do.
    pub fn batch(&mut self, kind: BatchKind, locations: &[Location], out: &mut Vec<u8>) -> Result<u16, DecodeError> {
        self.message(id::BATCH, out, |body| Batch::encode(kind, locations, body))
    }

    /// Any message: `write` appends its body.
    ///
    /// # Errors
    /// What `write` says, and [`DecodeError::TooLong`] for a body that is too long. `out` and the serial
    /// number are then as they were.
    pub fn message(
        &mut self,
        id: u16,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), DecodeError>,
    ) -> Result<u16, DecodeError> {
        self.body.clear();
        write(&mut self.body)?;
        let serial = self.serial;
        let header = Header { id, version: self.version, phone: self.phone, serial, part: None, encryption: 0, body_len: 0 };
        header.encode(&self.body, out)?;
        self.serial = serial.wrapping_add(1);
        Ok(serial)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geodesy::LatLng, model::Timestamp};

    #[test]
    fn serials_go_up_and_failures_leave_no_trace() {
        let phone: Phone = "13800000001".parse().unwrap();
        let mut terminal = TerminalEncoder::new(Version::V2013, phone).unwrap();
        let mut out = Vec::new();
        assert_eq!(terminal.heartbeat(&mut out).unwrap(), 0);
        let here = Location::at(LatLng::new(22.8, 108.3).unwrap(), Timestamp::from_unix_ms(1_700_000_000_000), 8.0, 90.0);
        let before = out.len();
        assert!(terminal.batch(BatchKind::Ordinary, &[here; 40], &mut out).is_err());
        assert_eq!(out.len(), before);
        assert_eq!(terminal.batch(BatchKind::Ordinary, &[here; 30], &mut out).unwrap(), 1);
        terminal.serial = u16::MAX;
        assert_eq!(terminal.location(&here, &mut out).unwrap(), u16::MAX);
        assert_eq!(terminal.logout(&mut out).unwrap(), 0);
        assert!(TerminalEncoder::new(Version::V2013, "1234567890123".parse().unwrap()).is_err());
        assert!(TerminalEncoder::new(Version::V2019, "1234567890123".parse().unwrap()).is_ok());
    }

    #[test]
    fn nothing_is_allocated_in_the_steady_state() {
        let mut terminal = TerminalEncoder::new(Version::V2019, "13800000001".parse().unwrap()).unwrap();
        let here = Location::at(LatLng::new(22.8, 108.3).unwrap(), Timestamp::from_unix_ms(1_700_000_000_000), 8.0, 90.0);
        let mut out = Vec::with_capacity(200);
        terminal.location(&here, &mut out).unwrap();
        let (out_at, body_at) = (out.as_ptr(), terminal.body.as_ptr());
        for _ in 0..1000 {
            out.clear();
            terminal.location(&here, &mut out).unwrap();
        }
        assert_eq!((out.as_ptr(), terminal.body.as_ptr()), (out_at, body_at));
    }
}
