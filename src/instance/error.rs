//! What can be wrong with an instance.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why an instance cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// A file cannot be opened or read.
    #[error("cannot read {}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {what}", file.display())]
    Format {
        /// The file.
        file: PathBuf,
        /// What is wrong, and what is right.
        what: String,
    },
    /// One value is wrong.
    #[error("{}, {kind} {number}, column `{column}`: `{value}` is wrong; give {expected}", file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// What a piece of the file is called: a line, a row, a node, an edge.
        kind: &'static str,
        /// Its number, from 1.
        number: u64,
        /// The column.
        column: String,
        /// The value, cut to 80 characters.
        value: String,
        /// What is right.
        expected: String,
    },
    /// There is too much of something.
    #[error("{} has more than {max} {what}: give at most {max}", file.display())]
    TooMany {
        /// The file.
        file: PathBuf,
        /// Of what.
        what: &'static str,
        /// How many there may be.
        max: u64,
    },
    /// Nobody says where the junctions are.
    #[error("{} does not say where the junctions are: give --junctions, a table of id,x,y or id,lon,lat", .0.display())]
    NoJunctions(PathBuf),
    /// The suspect's junction is not there.
    #[error("--at {at}: there is no such junction; give the id of one of {}", file.display())]
    At {
        /// What was given.
        at: String,
        /// Where the junctions are.
        file: PathBuf,
    },
}

impl InstanceError {
    pub(super) fn format(file: &Path, what: impl Into<String>) -> Self {
        Self::Format { file: file.to_owned(), what: what.into() }
    }
}
