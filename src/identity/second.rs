//! The second factor: codes of six digits that change every 30 s (RFC 6238), as every authenticator app makes them.

use totp_rs::{Builder, Secret, Totp};

use super::secret::{hex, unhex};

/// Bytes of the secret that the app and the server share.
const BYTES: usize = 20;

/// The secret that an app and the server share.
#[derive(Clone, PartialEq, Eq)]
pub struct Second([u8; BYTES]);

impl Second {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        Self(rand::random())
    }

    /// As people type it into an app: 32 letters of base 32.
    #[must_use]
    pub fn to_base32(&self) -> String {
        Secret::new_stack(self.0).to_base32()
    }

    /// Of those letters.
    #[must_use]
    pub fn from_base32(text: &str) -> Option<Self> {
        Secret::try_from_base32(text).ok()?.as_bytes().try_into().ok().map(Self)
    }

    /// The link that an app opens, or that is shown to it as a picture.
    #[must_use]
    pub fn link(&self, user: &str) -> String {
        format!("otpauth://totp/Citygate:{user}?secret={}&issuer=Citygate", self.to_base32())
    }

    fn totp(&self) -> Totp {
        // Twenty bytes, six digits, 30 s and SHA-1: what apps know, so that there is nothing to refuse.
        Builder::new().with_secret(Secret::new_stack(self.0)).build_noncompliant()
    }

    /// The step of a code that is right within 30 s, if it is later than `used`: each code opens once.
    #[must_use]
    pub fn check(&self, code: &str, now_s: u64, used: u64) -> Option<u64> {
        let plain: String = code.chars().filter(char::is_ascii_digit).collect();
        self.totp().check(&plain, now_s).filter(|step| *step > used)
    }

    /// The code of a moment, as an app shows it.
    #[must_use]
    pub fn code(&self, now_s: u64) -> String {
        self.totp().generate(now_s).to_string()
    }
}

impl Default for Second {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Second {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Second(..)")
    }
}

impl serde::Serialize for Second {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> serde::Deserialize<'de> for Second {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        unhex(&text).map(Self).ok_or_else(|| serde::de::Error::custom("no 20 bytes in hexadecimal"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, SHA-1: the last six of its eight digits.
        let second = Second(*b"12345678901234567890");
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            assert_eq!(second.code(time), code);
            assert_eq!(second.check(code, time, 0), Some(time / 30), "{time}");
        }
    }

    #[test]
    fn a_code_opens_once_and_not_for_long() {
        let second = Second::new();
        let code = second.code(1_000_000);
        let step = second.check(&code, 1_000_020, 0).unwrap();
        assert_eq!(second.check(&code, 1_000_020, step), None, "a code opens once");
        assert_eq!(second.check(&code, 1_000_100, 0), None, "a code of 100 s ago");
        assert_eq!(second.check("", 1_000_000, 0), None);
        assert_eq!(second.check(&format!(" {} {} ", &code[..3], &code[3..]), 1_000_000, 0), Some(step));
        assert_eq!(Second::from_base32(&second.to_base32()), Some(second.clone()));
        assert_eq!(Second::from_base32("AAAA"), None);
        assert!(second.link("li.na").starts_with("otpauth://totp/Citygate:li.na?secret="));
        assert_eq!(format!("{second:?}"), "Second(..)");
    }
}
