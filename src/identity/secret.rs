//! Secrets: made by chance, shown once, kept as a hash.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// What is kept of a secret. The secret has 125 bits of chance or more: nobody finds it from this.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of a secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// As text: 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }

    /// Of that text.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    /// A name for it before people: its first 16 digits. It opens nothing.
    #[must_use]
    pub fn name(self) -> String {
        hex(self.0.get(..8).unwrap_or_default())
    }
}

/// Bytes as hexadecimal digits.
#[must_use]
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |text, byte| text + &format!("{byte:02x}"))
}

/// The bytes of hexadecimal digits, if they are so many.
#[must_use]
pub(super) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let bytes: Vec<u8> =
        text.as_bytes().chunks(2).map(|two| Some(digit(*two.first()?)? << 4 | digit(*two.get(1)?)?)).collect::<Option<_>>()?;
    bytes.try_into().ok()
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| serde::de::Error::custom("no SHA-256 in hexadecimal"))
    }
}

/// The secret of a session, for a cookie: 256 bits as 64 hexadecimal digits.
#[must_use]
pub(super) fn session() -> String {
    hex(&rand::random::<[u8; 32]>())
}

/// The name of a token or key: 64 bits as 16 hexadecimal digits.
#[must_use]
pub(super) fn name() -> String {
    hex(&rand::random::<[u8; 8]>())
}

/// The letters of codes: those of base 32, which nobody takes for one another.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A code that a person types once: 125 bits as five groups of five letters.
#[must_use]
pub(super) fn code() -> String {
    let bytes: [u8; 25] = rand::random();
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).copied().map_or('A', char::from);
    bytes.chunks(5).map(|five| five.iter().map(letter).collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What is kept of a code, however it was typed: small letters, spaces and hyphens make no difference.
#[must_use]
pub(super) fn digest_of_code(typed: &str) -> Digest {
    let plain: String =
        typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').map(|letter| letter.to_ascii_uppercase()).collect();
    Digest::of(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_are_kept_as_hashes() {
        let (one, two) = (session(), session());
        assert!(one != two && one.len() == 64);
        let digest = Digest::of(&one);
        assert_eq!(digest, Digest::of(&one));
        assert!(digest != Digest::of(&two) && !one.contains(&digest.to_hex()));
        let kept = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&kept).unwrap(), digest);
        assert!(serde_json::from_str::<Digest>("\"ab\"").is_err());
        assert_eq!(Digest::of("abc").to_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = code();
        assert_eq!((code.len(), code.matches('-').count()), (29, 4), "{code}");
        assert_eq!(digest_of_code(&code), digest_of_code(&format!(" {} ", code.to_lowercase().replace('-', " "))));
        assert_ne!(digest_of_code(&code), digest_of_code("AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"));
    }

    #[test]
    fn digits_there_and_back() {
        assert_eq!(unhex::<3>(&hex(&[0, 0xab, 0xff])), Some([0, 0xab, 0xff]));
        for bad in ["", "0", "00abf", "00abfg", "00abff00"] {
            assert_eq!(unhex::<3>(bad), None, "{bad}");
        }
    }
}
