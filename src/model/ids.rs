//! Names that people and devices give: parsed once at the door, cheap to copy after it.

use std::{borrow::Borrow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

/// The most characters that an id may have.
pub const ID_LEN_MAX: usize = 64;

/// A string that is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not an id: give 1 to 64 characters of A-Z a-z 0-9 . _ : -")]
pub struct IdError {
    /// The string that was given, cut to 80 characters.
    pub value: String,
}

fn parse(value: &str) -> Result<SmolStr, IdError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
    if value.is_empty() || value.len() > ID_LEN_MAX || !value.bytes().all(allowed) {
        return Err(IdError { value: value.chars().take(80).collect() });
    }
    Ok(SmolStr::new(value))
}

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        ///
        /// 1 to 64 characters of `A-Z a-z 0-9 . _ : -`. 24 bytes: up to 23 characters are kept in place, of longer
        /// ones cloning counts a reference. Neither allocates.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(SmolStr);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(value: &str) -> Result<Self, IdError> { parse(value).map(Self) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{:?}", &*self.0) }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str { &self.0 }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> { serializer.serialize_str(&self.0) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// The name of a unit, e.g. `car-0204`.
    UnitId
);
id!(
    /// The name of a device; for a JT/T 808 terminal its phone number without leading zeros.
    DeviceId
);
id!(
    /// The name of an organisation, e.g. `station-gulou-3`.
    OrgId
);
id!(
    /// The name of a zone, e.g. `beat-017`.
    ZoneId
);
id!(
    /// The name of a closure or jam on the roads, e.g. `fair-north-gate`.
    ClosureId
);
id!(
    /// The name of an order to a unit, e.g. `order-19a9e2c4d10-5bd1e995`.
    OrderId
);

id!(
    /// The name of a cordon, e.g. `cordon-19a9e2c4d10-5bd1e995`.
    CordonId
);
id!(
    /// The name of a standing plan of gates, e.g. `city-gates`.
    GatePlanId
);
id!(
    /// The name of a loan of a unit, e.g. `loan-19a9e2c4d10-5bd1e995`.
    LoanId
);
id!(
    /// The name of a person who signs in, e.g. `li.na`.
    UserId
);
id!(
    /// The name of a program that has signed tokens, e.g. `cad`.
    ProgramId
);

id!(
    /// The name that a wall makes for itself, by which it is known when it directs a room.
    WallId
);

/// A unit's dense number: its place in the engine's tables, stable while the process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitNo(pub u32);

impl UnitNo {
    /// The number as a table index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_bounded_and_plain() {
        assert_eq!("car-0204".parse::<UnitId>().unwrap().as_str(), "car-0204");
        assert!("x".repeat(ID_LEN_MAX).parse::<UnitId>().is_ok());
        for bad in ["", "a b", "警车", "a/b", &"x".repeat(ID_LEN_MAX + 1)] {
            assert!(bad.parse::<UnitId>().is_err(), "{bad}");
        }
    }
}
