//! What can be wrong with a city's files.

use std::path::PathBuf;

use super::{JSON_BYTES_MAX, LAYERS, ROWS_MAX, UNITS_MAX};
use crate::roads::RoadError;

/// Why a city cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CityError {
    /// A file cannot be opened or read.
    #[error("cannot read {}: {source}; give a folder with the files that data/README.md lists", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what its name says.
    #[error("{}: {what}", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what is right.
        what: String,
    },
    /// One value is wrong.
    #[error("{}, row {row}, column `{column}`: `{value}` is wrong; give {expected}", file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// The row in it, from 1.
        row: usize,
        /// The column.
        column: &'static str,
        /// The value, cut to 80 characters.
        value: String,
        /// What is right.
        expected: String,
    },
    /// A layer has too many rows.
    #[error("{} has more than {max} rows: give at most {max} (layers {ROWS_MAX}, units {UNITS_MAX})", file.display())]
    TooManyRows {
        /// The file.
        file: PathBuf,
        /// How many there may be.
        max: usize,
    },
    /// A JSON file is too large.
    #[error("{} has {bytes} bytes: give at most {JSON_BYTES_MAX}", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The roads do not make a network.
    #[error("{}: {source}", file.display())]
    Roads {
        /// The file.
        file: PathBuf,
        /// Why.
        source: RoadError,
    },
    /// There is no such layer.
    #[error("`{0}` is not a layer; use one of: {list}", list = LAYERS.join(", "))]
    UnknownLayer(String),
}

impl CityError {
    pub(super) fn value(file: &std::path::Path, row: usize, column: &'static str, value: &str, expected: impl Into<String>) -> Self {
        Self::Value { file: file.to_owned(), row, column, value: value.chars().take(80).collect(), expected: expected.into() }
    }
}
