//! What the platform says to a terminal: general answers, registration answers, the time, parts to send again.

use super::{
    DecodeError, PARTS_MAX, Version,
    bcd::{decode_time, encode_time},
    reader::Reader,
};
use crate::model::Timestamp;
use jiff::tz::Offset;

/// The general answer (0x8001).
pub const GENERAL_ANSWER: u16 = 0x8001;
/// The wish to get parts of a message again (0x8003).
pub const RESEND_PARTS: u16 = 0x8003;
/// The server's time (0x8004).
pub const SERVER_TIME: u16 = 0x8004;
/// The answer to a registration (0x8100).
pub const REGISTRATION_ANSWER: u16 = 0x8100;

/// The result in a general answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Answer {
    /// Taken.
    Success = 0,
    /// Understood and refused.
    Failure = 1,
    /// Could not be read.
    Malformed = 2,
    /// Not known here.
    Unsupported = 3,
    /// A person has confirmed the alarm.
    AlarmConfirmed = 4,
}

impl Answer {
    /// The answer of a byte on the wire.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Success,
            1 => Self::Failure,
            2 => Self::Malformed,
            3 => Self::Unsupported,
            4 => Self::AlarmConfirmed,
            _ => return None,
        })
    }
}

/// What a registration comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum RegisterVerdict {
    /// It is let in and gets a code.
    Accepted = 0,
    /// Another terminal is registered for this vehicle.
    VehicleTaken = 1,
    /// No such vehicle.
    UnknownVehicle = 2,
    /// The terminal is registered for another vehicle.
    TerminalTaken = 3,
    /// No such terminal.
    UnknownTerminal = 4,
}

impl RegisterVerdict {
    /// The verdict of a byte on the wire.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Accepted,
            1 => Self::VehicleTaken,
            2 => Self::UnknownVehicle,
            3 => Self::TerminalTaken,
            4 => Self::UnknownTerminal,
            _ => return None,
        })
    }
}

/// A message from the platform, as a terminal reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlatformMessage<'a> {
    /// 0x8001.
    General {
        /// The serial number of the message that is answered.
        serial: u16,
        /// The id of the message that is answered.
        id: u16,
        /// The result.
        answer: Answer,
    },
    /// 0x8100.
    Registered {
        /// The serial number of the registration.
        serial: u16,
        /// The result.
        verdict: RegisterVerdict,
        /// The code to authenticate with; empty unless accepted.
        code: &'a [u8],
    },
    /// 0x8004: the server's time, to the second.
    Time(Timestamp),
    /// 0x8003.
    Resend {
        /// The serial number of the first part.
        first_serial: u16,
        /// The parts to send again, from 1.
        indexes: Vec<u16>,
    },
}

impl<'a> PlatformMessage<'a> {
    /// Reads a message from the platform.
    ///
    /// # Errors
    /// [`DecodeError::Unknown`] for another id, [`DecodeError::Short`], [`DecodeError::Time`] and
    /// [`DecodeError::Count`] for a body that is wrong.
    pub fn decode(id: u16, version: Version, body: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        match id {
            GENERAL_ANSWER => {
                let (serial, id, byte) = (reader.u16("serial number")?, reader.u16("message id")?, reader.u8("result")?);
                let answer = Answer::from_byte(byte).ok_or(DecodeError::Count { what: "result", declared: byte.into(), got: 4 })?;
                Ok(Self::General { serial, id, answer })
            }
            REGISTRATION_ANSWER => {
                let (serial, byte) = (reader.u16("serial number")?, reader.u8("result")?);
                let verdict =
                    RegisterVerdict::from_byte(byte).ok_or(DecodeError::Count { what: "result", declared: byte.into(), got: 4 })?;
                Ok(Self::Registered { serial, verdict, code: reader.rest() })
            }
            SERVER_TIME => Ok(Self::Time(decode_time(reader.array("time")?, Offset::UTC, true)?)),
            RESEND_PARTS => {
                let first_serial = reader.u16("serial number")?;
                let count = if version.is_2019() { reader.u16("number of parts")? } else { reader.u8("number of parts")?.into() };
                if count > PARTS_MAX {
                    return Err(DecodeError::Count { what: "parts", declared: count.into(), got: PARTS_MAX.into() });
                }
                let indexes = (0..count).map(|_| reader.u16("part")).collect::<Result<_, _>>()?;
                Ok(Self::Resend { first_serial, indexes })
            }
            id => Err(DecodeError::Unknown { id }),
        }
    }

    /// Appends the body to `out` and gives the message id.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> u16 {
        match self {
            Self::General { serial, id, answer } => {
                out.extend_from_slice(&serial.to_be_bytes());
                out.extend_from_slice(&id.to_be_bytes());
                out.push(*answer as u8);
                GENERAL_ANSWER
            }
            Self::Registered { serial, verdict, code } => {
                out.extend_from_slice(&serial.to_be_bytes());
                out.push(*verdict as u8);
                out.extend_from_slice(code);
                REGISTRATION_ANSWER
            }
            Self::Time(time) => {
                out.extend_from_slice(&encode_time(*time, Offset::UTC));
                SERVER_TIME
            }
            Self::Resend { first_serial, indexes } => {
                out.extend_from_slice(&first_serial.to_be_bytes());
                // The standard of 2019 widened the count to two bytes.
                let count = (indexes.len() as u16).to_be_bytes();
                out.extend_from_slice(if version.is_2019() { &count } else { &count[1..] });
                indexes.iter().for_each(|index| out.extend_from_slice(&index.to_be_bytes()));
                RESEND_PARTS
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let messages = [
            PlatformMessage::General { serial: 7, id: 0x0200, answer: Answer::AlarmConfirmed },
            PlatformMessage::Registered { serial: 1, verdict: RegisterVerdict::Accepted, code: b"0123456789abcdef" },
            PlatformMessage::Registered { serial: 1, verdict: RegisterVerdict::UnknownTerminal, code: b"" },
            PlatformMessage::Time("2026-11-22T14:32:07Z".parse().unwrap()),
            PlatformMessage::Resend { first_serial: 65_535, indexes: (1..=PARTS_MAX).collect() },
        ];
        for message in messages {
            for version in [Version::V2013, Version::V2019] {
                let mut body = Vec::new();
                let id = message.encode(version, &mut body);
                assert_eq!(PlatformMessage::decode(id, version, &body).unwrap(), message);
                assert!(body.len() < 4 || PlatformMessage::decode(id, version, &body[..2]).is_err());
            }
        }
        assert_eq!(PlatformMessage::decode(0x8103, Version::V2019, &[]), Err(DecodeError::Unknown { id: 0x8103 }));
        assert!(PlatformMessage::decode(GENERAL_ANSWER, Version::V2013, &[0, 0, 0, 0, 5]).is_err());
        assert!(PlatformMessage::decode(RESEND_PARTS, Version::V2013, &[0, 0, PARTS_MAX as u8 + 1]).is_err());
    }
}
