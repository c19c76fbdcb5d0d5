//! The message header of 2011/2013 and of 2019, and the phone number that names the terminal.

use std::{fmt, str::FromStr};

use super::{DecodeError, reader::Reader};
use crate::model::DeviceId;

/// Bytes of the shortest header: 2013, not a part of a longer message.
pub const HEADER_LEN_MIN: usize = 12;
/// Bytes of the longest header: 2019, a part of a longer message.
pub const HEADER_LEN_MAX: usize = 21;
/// The most bytes of one body: its length has ten bits.
pub const BODY_LEN_MAX: usize = 0x3ff;

const LENGTH_BITS: u16 = 0x3ff;
const ENCRYPTION_SHIFT: u32 = 10;
const ENCRYPTION_BITS: u16 = 0b111;
const PART_BIT: u16 = 1 << 13;
const VERSION_BIT: u16 = 1 << 14;

/// Which of the two headers a terminal speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 2011 and 2013: a phone number of 12 digits.
    V2013,
    /// 2019: a protocol version byte and a phone number of 20 digits.
    V2019 {
        /// The revision in the header, 1 for the standard as first published.
        protocol: u8,
    },
}

impl Version {
    /// The standard of 2019 as first published.
    pub const V2019: Self = Self::V2019 { protocol: 1 };

    /// The digits of the phone number in this header.
    #[must_use]
    pub const fn phone_digits(self) -> usize {
        match self {
            Self::V2013 => 12,
            Self::V2019 { .. } => 20,
        }
    }

    /// Whether this is the header of 2019.
    #[must_use]
    pub const fn is_2019(self) -> bool {
        matches!(self, Self::V2019 { .. })
    }
}

/// A terminal's phone number: up to 20 decimal digits, not all zero. Equal under both headers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Phone([u8; 10]);

impl Phone {
    fn from_bcd(bcd: &[u8]) -> Result<Self, DecodeError> {
        let mut digits = [0; 10];
        let start = digits.len().saturating_sub(bcd.len());
        for (to, from) in digits.iter_mut().skip(start).zip(bcd) {
            *to = *from;
        }
        let decimal = digits.iter().all(|pair| pair >> 4 <= 9 && pair & 0xf <= 9);
        if decimal && digits != [0; 10] {
            return Ok(Self(digits));
        }
        let value = bcd.iter().flat_map(|pair| [pair >> 4, pair & 0xf]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
        Err(DecodeError::Phone { value, digits_max: bcd.len() * 2 })
    }

    /// The number as 20 BCD digits.
    pub(super) const fn bcd(&self) -> &[u8; 10] {
        &self.0
    }

    /// The digits as text without leading zeros, into `text`; no allocation.
    fn digits<'a>(&self, text: &'a mut [u8; 20]) -> &'a str {
        for (pair, digits) in self.0.iter().zip(text.chunks_exact_mut(2)) {
            if let [high, low] = digits {
                (*high, *low) = (b'0' + (pair >> 4), b'0' + (pair & 0xf));
            }
        }
        let zeros = text.iter().take_while(|digit| **digit == b'0').count();
        text.get(zeros..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default()
    }

    /// The device that this number names: its digits without leading zeros. One allocation.
    ///
    /// # Errors
    /// None for a number that was parsed; the type does not know that.
    pub fn device(&self) -> Result<DeviceId, DecodeError> {
        let mut text = [0; 20];
        let digits = self.digits(&mut text);
        digits.parse().map_err(|_| DecodeError::Phone { value: digits.to_owned(), digits_max: 20 })
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits(&mut [0; 20]))
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({self})")
    }
}

impl FromStr for Phone {
    type Err = DecodeError;
    fn from_str(value: &str) -> Result<Self, DecodeError> {
        let refused = || DecodeError::Phone { value: value.chars().take(64).collect(), digits_max: 20 };
        if value.is_empty() || value.len() > 20 || !value.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(refused());
        }
        let mut bcd = [0; 10];
        for (place, digit) in value.bytes().rev().enumerate() {
            let shifted = (digit - b'0') << (4 * (place % 2));
            if let Some(pair) = bcd.get_mut(9 - place / 2) {
                *pair |= shifted;
            }
        }
        Self::from_bcd(&bcd).map_err(|_| refused())
    }
}

/// The place of a message that is one part of a longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The parts of the whole message.
    pub total: u16,
    /// This part, from 1.
    pub index: u16,
}

/// A message header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The kind of message.
    pub id: u16,
    /// Which header this is.
    pub version: Version,
    /// The terminal.
    pub phone: Phone,
    /// The sender's number of this message; wraps.
    pub serial: u16,
    /// Which part of a longer message this is.
    pub part: Option<Part>,
    /// The bits of the encryption method; 0 is none.
    pub encryption: u8,
    /// The length of the body as the header gives it, bytes.
    pub body_len: u16,
}

impl Header {
    /// Splits a message, as the frame decoder gives it, into header and body. The body is all that is there:
    /// [`Header::check_body`] compares it with the length in the header.
    ///
    /// # Errors
    /// [`DecodeError::Short`] and [`DecodeError::Phone`].
    pub fn split(message: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
        let mut reader = Reader::new(message);
        let id = reader.u16("message id")?;
        let properties = reader.u16("properties")?;
        let (version, phone) = if properties & VERSION_BIT == 0 {
            (Version::V2013, Phone::from_bcd(&reader.array::<6>("phone number")?)?)
        } else {
            let protocol = reader.u8("protocol version")?;
            (Version::V2019 { protocol }, Phone::from_bcd(&reader.array::<10>("phone number")?)?)
        };
        let serial = reader.u16("serial number")?;
        let part = if properties & PART_BIT == 0 {
            None
        } else {
            Some(Part { total: reader.u16("total of parts")?, index: reader.u16("index of the part")? })
        };
        let encryption = (properties >> ENCRYPTION_SHIFT & ENCRYPTION_BITS) as u8;
        let header = Self { id, version, phone, serial, part, encryption, body_len: properties & LENGTH_BITS };
        Ok((header, reader.rest()))
    }

    /// Whether the body is in clear and, when `strict`, has the length that the header gives.
    ///
    /// # Errors
    /// [`DecodeError::Encrypted`] and [`DecodeError::BodyLength`].
    pub fn check_body(&self, body: &[u8], strict: bool) -> Result<(), DecodeError> {
        if self.encryption != 0 {
            return Err(DecodeError::Encrypted { bits: self.encryption });
        }
        if strict && body.len() != usize::from(self.body_len) {
            return Err(DecodeError::BodyLength { declared: self.body_len.into(), got: body.len() });
        }
        Ok(())
    }

    /// Appends one frame with this header and `body` to `out`; the header's own `body_len` is not used.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] for a body over [`BODY_LEN_MAX`], [`DecodeError::Phone`] for a number of more
    /// digits than the header holds; `out` is as it was.
    pub fn encode(&self, body: &[u8], out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let length = u16::try_from(body.len()).ok().filter(|length| *length <= LENGTH_BITS);
        let length = length.ok_or(DecodeError::TooLong { what: "body", got: body.len(), max: BODY_LEN_MAX })?;
        let [.., p4, p5, p6, p7, p8, p9] = self.phone.0;
        if !self.version.is_2019() && !self.phone.0.starts_with(&[0; 4]) {
            return Err(DecodeError::Phone { value: self.phone.to_string(), digits_max: self.version.phone_digits() });
        }
        let part_bit = if self.part.is_some() { PART_BIT } else { 0 };
        let version_bit = if self.version.is_2019() { VERSION_BIT } else { 0 };
        let properties = length | part_bit | version_bit | u16::from(self.encryption & 0b111) << ENCRYPTION_SHIFT;
        let start = [self.id.to_be_bytes(), properties.to_be_bytes()];
        let [total, index] = self.part.map_or([[0; 2]; 2], |part| [part.total.to_be_bytes(), part.index.to_be_bytes()]);
        let part: &[&[u8]] = if self.part.is_some() { &[&total, &index] } else { &[&[], &[]] };
        let (protocol, phone): (&[u8], &[u8]) = match &self.version {
            Version::V2013 => (&[], &[p4, p5, p6, p7, p8, p9]),
            Version::V2019 { protocol } => (std::slice::from_ref(protocol), &self.phone.0),
        };
        let [total, index] = part else { return Ok(()) };
        super::frame::encode_frame(out, &[start.as_flattened(), protocol, phone, &self.serial.to_be_bytes(), total, index, body]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_terminal_has_one_id_under_both_headers() {
        let phone: Phone = "13800000001".parse().unwrap();
        assert_eq!(phone.device().unwrap().as_str(), "13800000001");
        assert_eq!(Phone::from_bcd(&[0x01, 0x38, 0, 0, 0, 0x01]).unwrap(), phone);
        assert_eq!(Phone::from_bcd(&[0, 0, 0, 0, 0x01, 0x38, 0, 0, 0, 0x01]).unwrap(), phone);
        assert_eq!("013800000001".parse::<Phone>().unwrap(), phone);
        assert_eq!("12345678901234567890".parse::<Phone>().unwrap().to_string(), "12345678901234567890");
        for bad in ["", "0", "1380000000a", "123456789012345678901"] {
            assert!(bad.parse::<Phone>().is_err(), "{bad}");
        }
        assert!(Phone::from_bcd(&[0x1a, 0, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn limits_of_the_header() {
        let header =
            Header { id: 2, version: Version::V2013, phone: "1".parse().unwrap(), serial: 1, part: None, encryption: 0, body_len: 0 };
        let mut out = Vec::new();
        assert!(header.encode(&[0; BODY_LEN_MAX], &mut out).is_ok());
        out.clear();
        assert!(matches!(header.encode(&[0; BODY_LEN_MAX + 1], &mut out), Err(DecodeError::TooLong { .. })));
        let long = Header { phone: "1234567890123".parse().unwrap(), ..header };
        assert!(matches!(long.encode(&[], &mut out), Err(DecodeError::Phone { .. })));
        assert!(out.is_empty());
        let encrypted = Header { encryption: 1, ..header };
        assert_eq!(encrypted.check_body(&[], false), Err(DecodeError::Encrypted { bits: 1 }));
        assert_eq!(header.check_body(&[1], true), Err(DecodeError::BodyLength { declared: 0, got: 1 }));
        assert_eq!(header.check_body(&[1], false), Ok(()));
    }

    proptest! {
        #[test]
        fn there_and_back(
            id in any::<u16>(), serial in any::<u16>(), number in 1..999_999_999_999u64, is_2019 in any::<bool>(),
            part in proptest::option::of((any::<u16>(), any::<u16>())), body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let version = if is_2019 { Version::V2019 } else { Version::V2013 };
            let part = part.map(|(total, index)| Part { total, index });
            let phone = number.to_string().parse().unwrap();
            let header = Header { id, version, phone, serial, part, encryption: 0, body_len: body.len() as u16 };
            let mut bytes = Vec::new();
            header.encode(&body, &mut bytes).unwrap();
            let mut decoder = super::super::FrameDecoder::new();
            let mut chunk = bytes.as_slice();
            let message = decoder.next_frame(&mut chunk).unwrap().unwrap();
            prop_assert_eq!(Header::split(message).unwrap(), (header, body.as_slice()));
        }
    }
}
