//! A macro for the closed sets of words that the model speaks: each word is one name on the wire,
//! one byte in a record and one bit in a filter.

/// A word that is not in a closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not a known {what}; use one of: {expected}")]
pub struct UnknownWord {
    /// What kind of word was looked for, e.g. `status`.
    pub what: &'static str,
    /// The word that was given.
    pub value: String,
    /// The words that are right, separated by commas.
    pub expected: String,
}

/// Defines an enum whose variants have a wire name and a stable code (their position).
macro_rules! closed_set {
    (
        $(#[$meta:meta])* $name:ident, $what:literal {
            $($(#[$vmeta:meta])* $variant:ident = $text:tt,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, utoipa::ToSchema)]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Every word, in code order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }

            /// The stable code in binary records: the position in [`Self::ALL`].
            #[must_use]
            pub const fn code(self) -> u8 { self as u8 }

            /// The word of a code, if there is one.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> { Self::ALL.get(usize::from(code)).copied() }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::UnknownWord;
            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|word| word.as_str() == value).ok_or_else(|| $crate::model::UnknownWord {
                    what: $what,
                    value: value.chars().take(64).collect(),
                    expected: Self::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Defines a bit set of the words of a closed set, for filters.
macro_rules! word_set {
    ($(#[$set_meta:meta])* $set:ident($bits:ty) of $name:ident) => {
        $(#[$set_meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $set($bits);

        impl $set {
            /// No word.
            pub const EMPTY: Self = Self(0);
            /// Every word.
            pub const ALL: Self = Self(<$bits>::MAX >> (<$bits>::BITS as usize - $name::ALL.len()));

            /// The set with one more word.
            #[must_use]
            pub const fn with(self, word: $name) -> Self { Self(self.0 | (1 << (word as u8))) }

            /// Whether the word is in the set.
            #[must_use]
            pub const fn contains(self, word: $name) -> bool { self.0 & (1 << (word as u8)) != 0 }

            /// Whether every word of `other` is in this set.
            #[must_use]
            pub const fn contains_all(self, other: Self) -> bool { self.0 & other.0 == other.0 }

            /// Whether there is no word in the set.
            #[must_use]
            pub const fn is_empty(self) -> bool { self.0 == 0 }

            /// The set as bits, by code.
            #[must_use]
            pub const fn bits(self) -> $bits { self.0 }

            /// The set of bits; those of no word are left out.
            #[must_use]
            pub const fn from_bits(bits: $bits) -> Self { Self(bits & Self::ALL.0) }

            /// The words in the set, in code order.
            pub fn iter(self) -> impl Iterator<Item = $name> {
                $name::ALL.iter().copied().filter(move |word| self.contains(*word))
            }
        }

        impl FromIterator<$name> for $set {
            fn from_iter<I: IntoIterator<Item = $name>>(words: I) -> Self {
                words.into_iter().fold(Self::EMPTY, Self::with)
            }
        }

        impl serde::Serialize for $set {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.iter())
            }
        }

        impl<'de> serde::Deserialize<'de> for $set {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(<Vec<$name>>::deserialize(deserializer)?.into_iter().collect())
            }
        }
    };
}

pub(crate) use closed_set;
pub(crate) use word_set;
