//! One value of a file that knows where it stands, so that what is wrong with it can be said.

use std::{ops::RangeInclusive, path::Path};

use super::{ID_BYTES_MAX, InstanceError};

/// A piece of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) file: &'a Path,
    /// What it is called: a line, a row, a node, an edge.
    pub(super) kind: &'static str,
    /// From 1.
    pub(super) number: u64,
}

/// A value; empty where there is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) spot: Spot<'a>,
    /// As the file calls it.
    pub(super) column: &'a str,
    pub(super) text: &'a str,
}

/// The names that a column may have, the usual first.
pub(super) type Names = &'static [&'static str];

/// Which way a road leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Both,
    Along,
    Against,
}

impl<'a> Cell<'a> {
    pub(super) fn wrong(&self, expected: impl Into<String>) -> InstanceError {
        let Spot { file, kind, number } = self.spot;
        let value = if self.text.is_empty() { "nothing".to_owned() } else { self.text.chars().take(80).collect() };
        InstanceError::Value { file: file.to_owned(), kind, number, column: self.column.to_owned(), value, expected: expected.into() }
    }

    /// Text that may name something.
    pub(super) fn id(&self) -> Result<&'a str, InstanceError> {
        match self.text.len() {
            0 => Err(self.wrong("a value")),
            1..=ID_BYTES_MAX => Ok(self.text),
            _ => Err(self.wrong(format!("at most {ID_BYTES_MAX} bytes"))),
        }
    }

    /// A number in a range, where there is a value.
    pub(super) fn number(&self, range: RangeInclusive<f64>) -> Result<Option<f64>, InstanceError> {
        if self.text.is_empty() {
            return Ok(None);
        }
        let number = self.text.parse().ok().filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| self.wrong(format!("a number from {} to {}", range.start(), range.end())))
    }

    /// A number in a range.
    pub(super) fn needed_number(&self, range: RangeInclusive<f64>) -> Result<f64, InstanceError> {
        self.number(range)?.ok_or_else(|| self.wrong("a number"))
    }

    /// A small whole number, where there is a value.
    pub(super) fn count(&self, range: RangeInclusive<u8>) -> Result<Option<u8>, InstanceError> {
        if self.text.is_empty() {
            return Ok(None);
        }
        let count = self.text.parse().ok().filter(|count| range.contains(count));
        count.map(Some).ok_or_else(|| self.wrong(format!("a whole number from {} to {}", range.start(), range.end())))
    }

    /// Whether a road leads one way.
    pub(super) fn way(&self) -> Result<Way, InstanceError> {
        match self.text.to_ascii_lowercase().as_str() {
            "" | "false" | "no" | "0" => Ok(Way::Both),
            "true" | "yes" | "1" => Ok(Way::Along),
            "-1" => Ok(Way::Against),
            _ => Err(self.wrong("true or false, yes or no, 1 or 0, or -1 for a road that leads against its line")),
        }
    }
}
