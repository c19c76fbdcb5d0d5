//! What somebody asks to have done: a command, who asks, and on what condition.

use smol_str::SmolStr;

use crate::{
    engine::{Command, Rejection, Subject},
    journal::Key,
    model::Actor,
};

/// A command with who asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What.
    pub command: Command,
    /// Who.
    pub actor: Actor,
    /// The idempotency key: asked again under it, it is not done again.
    pub key: Option<Key>,
    /// On what condition.
    pub expected: Expected,
}

impl Request {
    /// A command without a key, on no condition.
    #[must_use]
    pub const fn new(command: Command, actor: Actor) -> Self {
        Self { command, actor, key: None, expected: Expected::Any }
    }
}

/// How the thing that a command is about must stand for the command to be done. The writer looks when it decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Expected {
    /// However it stands.
    #[default]
    Any,
    /// There is one.
    Exists,
    /// There is none.
    Absent,
    /// Its last event is one of these; 0 stands for a thing of the city's files that no event changed.
    Last(Vec<u64>),
}

impl Expected {
    /// Whether a thing stands so: the sequence of its last event, none where there is no such thing.
    pub(super) fn holds(&self, last: Option<u64>) -> bool {
        match (self, last) {
            (Self::Any, _) | (Self::Exists, Some(_)) | (Self::Absent, None) => true,
            (Self::Last(right), Some(last)) => right.contains(&last),
            _ => false,
        }
    }
}

/// A command that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The sequence of its last row in the journal; where all was so already, of the last event of its subject.
    pub seq: u64,
    /// What it was about: where the key was known, the thing of the first time.
    pub subject: Subject,
    /// The name of the last event about that thing; of the note where all was so already.
    pub event: SmolStr,
    /// Whether it made that thing.
    pub made: bool,
}

/// Why a command was not done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommandError {
    /// It is wrong.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The thing does not stand as whoever asked believes.
    #[error("{}", expectation(.subject, *.last))]
    Unexpected {
        /// The thing.
        subject: Subject,
        /// The sequence of its last event; none where there is no such thing.
        last: Option<u64>,
    },
    /// The idempotency key was used for something else.
    #[error(
        "the idempotency key `{0}` was used for another request: give each request a key of its own, and the same key only for the same request"
    )]
    KeyUsed(String),
    /// The journal could not make it durable: nothing was done. Try again when the disk is well.
    #[error("nothing was done, since the journal cannot be written: {0}")]
    Journal(String),
    /// Too many commands wait.
    #[error("{0} commands wait already: try again in a moment")]
    Full(usize),
    /// The server is stopping.
    #[error("the server is stopping: try again when it is back")]
    Stopped,
}

fn expectation(subject: &Subject, last: Option<u64>) -> String {
    match last {
        Some(last) => format!("{subject} is there, and its last event is {last}: read it again, and decide by what it is now"),
        None => format!("there is no {subject}: make it, or leave the condition out"),
    }
}
