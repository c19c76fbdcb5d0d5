//! Idempotency keys: the same key with the same command is one command.

use std::fmt;

use smol_str::SmolStr;

/// The most characters of a key.
pub const KEY_CHARS_MAX: usize = 64;
/// The bytes of what tells one request from another.
pub const ASK_BYTES: usize = 32;

/// A string that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("give 1 to {KEY_CHARS_MAX} visible ASCII characters")]
pub struct KeyError;

/// An idempotency key with what was asked under it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    text: SmolStr,
    /// Which of the commands of one request, from 1; 0 where it has one alone.
    part: u16,
    ask: [u8; ASK_BYTES],
}

impl Key {
    /// A key, and the SHA-256 of the request that has it.
    ///
    /// # Errors
    /// [`KeyError`] says what is right.
    pub fn new(text: &str, ask: [u8; ASK_BYTES]) -> Result<Self, KeyError> {
        if text.is_empty() || text.len() > KEY_CHARS_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError);
        }
        Ok(Self { text: SmolStr::new(text), part: 0, ask })
    }

    /// A key that was one before.
    #[must_use]
    pub fn again(text: &SmolStr, part: u16, ask: [u8; ASK_BYTES]) -> Self {
        Self { text: text.clone(), part, ask }
    }

    /// The key of one of many commands of the request, counted from 0.
    #[must_use]
    pub fn part(&self, n: usize) -> Self {
        Self { part: u16::try_from(n + 1).unwrap_or(u16::MAX), ..self.clone() }
    }

    /// A key as a row has it: see [`Key`]'s `Display`.
    ///
    /// # Errors
    /// [`KeyError`] where it is none.
    pub fn from_row(key: &str, ask: &[u8]) -> Result<Self, KeyError> {
        let (text, part) = key.split_once(' ').unwrap_or((key, "0"));
        let ask = ask.try_into().map_err(|_| KeyError)?;
        Ok(Self { part: part.parse().map_err(|_| KeyError)?, ..Self::new(text, ask)? })
    }

    /// The text that the client gave.
    #[must_use]
    pub const fn text(&self) -> &SmolStr {
        &self.text
    }

    /// Which of the request's commands.
    #[must_use]
    pub const fn part_no(&self) -> u16 {
        self.part
    }

    /// The SHA-256 of what was asked.
    #[must_use]
    pub const fn ask(&self) -> &[u8; ASK_BYTES] {
        &self.ask
    }
}

/// The text; of many commands of one request with a space, which no key has, and the number.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            0 => f.write_str(&self.text),
            part => write!(f, "{} {part}", self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_bounded_and_come_back() {
        let key = Key::new("b7f3:1", [7; ASK_BYTES]).unwrap();
        for key in [key.clone(), key.part(0), key.part(999)] {
            assert_eq!(Key::from_row(&key.to_string(), key.ask()).unwrap(), key);
        }
        assert!(Key::new(&"x".repeat(KEY_CHARS_MAX), [0; ASK_BYTES]).is_ok());
        for wrong in ["", "a b", "键", "a\n", &"x".repeat(KEY_CHARS_MAX + 1)] {
            assert!(Key::new(wrong, [0; ASK_BYTES]).is_err(), "{wrong}");
        }
    }
}
