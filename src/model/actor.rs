//! Who does something: the name that the journal keeps beside every event.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{IdError, ProgramId, UnitId, UserId};

/// Who did something. As text, in the journal and in answers: `engine`, `machine`, `user:li.na`, `program:cad`, `unit:car-0204`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The engine itself: what it sees, such as that a unit has arrived.
    Engine,
    /// Whoever works on the machine itself: the command line, the files of the city, the demo on loopback.
    Machine,
    /// A person who signed in.
    User(UserId),
    /// A program with a signed token.
    Program(ProgramId),
    /// A unit, by its own terminal or phone.
    Unit(UnitId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine => f.write_str("engine"),
            Self::Machine => f.write_str("machine"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Program(id) => write!(f, "program:{id}"),
            Self::Unit(id) => write!(f, "unit:{id}"),
        }
    }
}

/// A string that names nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActorError {
    /// The part after the colon is no id.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The part before the colon is no kind.
    #[error("`{0}` names nobody: give engine, machine, user:ID, program:ID or unit:ID")]
    Kind(String),
}

impl FromStr for Actor {
    type Err = ActorError;

    fn from_str(value: &str) -> Result<Self, ActorError> {
        Ok(match value.split_once(':') {
            None if value == "engine" => Self::Engine,
            None if value == "machine" => Self::Machine,
            Some(("user", id)) => Self::User(id.parse()?),
            Some(("program", id)) => Self::Program(id.parse()?),
            Some(("unit", id)) => Self::Unit(id.parse()?),
            _ => return Err(ActorError::Kind(value.chars().take(80).collect())),
        })
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_there_and_back() {
        for text in ["engine", "machine", "user:li.na", "program:cad", "unit:a:b"] {
            assert_eq!(text.parse::<Actor>().unwrap().to_string(), text);
        }
        for wrong in ["", "root", "user:", "user:a b", "engine:x", "people:li"] {
            assert!(wrong.parse::<Actor>().is_err(), "{wrong}");
        }
    }
}
