//! The name of a room in which walls show the same.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most characters that a room's name may have.
pub const ROOM_LEN_MAX: usize = 32;

/// A string that is no name of a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not the name of a room: give 1 to {ROOM_LEN_MAX} characters of A-Z a-z 0-9 . _ : -")]
pub struct RoomError {
    /// The string that was given, cut to 80 characters.
    pub value: String,
}

/// The name of a room, e.g. `duty-hall`: 1 to 32 characters of `A-Z a-z 0-9 . _ : -`, kept in place, so that it is copied with the view of
/// which it is a part.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RoomName([u8; ROOM_LEN_MAX]);

impl RoomName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(ROOM_LEN_MAX);
        std::str::from_utf8(self.0.get(..end).unwrap_or_default()).unwrap_or_default()
    }
}

impl FromStr for RoomName {
    type Err = RoomError;
    fn from_str(value: &str) -> Result<Self, RoomError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
        let mut name = [0; ROOM_LEN_MAX];
        let place = name.get_mut(..value.len()).filter(|place| !place.is_empty() && value.bytes().all(allowed));
        match place {
            Some(place) => place.copy_from_slice(value.as_bytes()),
            None => return Err(RoomError { value: value.chars().take(80).collect() }),
        }
        Ok(Self(name))
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl Serialize for RoomName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RoomName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_plain() {
        for name in ["a", "duty-hall", &"x".repeat(ROOM_LEN_MAX)] {
            assert_eq!(name.parse::<RoomName>().unwrap().as_str(), name);
        }
        for bad in ["", "a b", "指挥厅", "a\0", &"x".repeat(ROOM_LEN_MAX + 1)] {
            assert!(bad.parse::<RoomName>().unwrap_err().to_string().contains("1 to 32"), "{bad}");
        }
    }
}
