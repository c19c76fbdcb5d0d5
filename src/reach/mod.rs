//! Reach by road: what is within minutes of a place, how much of the city somebody reaches in time, where nobody does, and
//! which units to shift so that somebody does.
//!
//! # What it means
//! Times are those of [`crate::roads`]: whole milliseconds, turn-out included, along drives that may be driven, with banned turns kept. An edge is
//! [`PLACES`] places, those that a [`RoadPlace`](crate::roads::RoadPlace) can name (8 cm apart on 5 km), and what is reached of it is the
//! set of those with an arrival in time: from either end, and straight along it from who stands on it. All of it is found in
//! integers, so what is kept live ([`Coverage`]) is equal, not nearly equal, to what is computed from nothing, and both to
//! brute force: `tests/reach.rs`.
//!
//! # The parts
//! - [`Isochrone`]: how far one comes from some places; [`Outline`] draws that as an area for a map.
//! - [`Coverage`]: the earliest arrival at every node by every way of travelling, and whose it is (`front.rs` says how it is kept live), and from
//!   it the road reached within each limit: of the city, and of groups of edges (zones, cells).
//! - [`Coverage::holes`]: the groups with the most road that nobody reaches in time.
//! - [`Coverage::move_up`]: which few units to shift where (`choice.rs` says what is proved of it).
//!
//! # Cost
//! A unit's change costs what changes: the nodes that are its own or become so, times a logarithm, and the edges that leave
//! them. Figures: `benches/reach.rs`.

mod atoms;
mod choice;
mod contour;
mod coverage;
mod field;
mod front;
mod groups;
mod holes;
mod isochrone;
mod key;
mod move_up;
mod outline;
mod scene;
mod share;
mod source;
mod span;

pub use coverage::{Coverage, First};
pub use groups::{GroupNo, Groups};
pub use holes::Hole;
pub use isochrone::{Isochrone, Start};
pub use move_up::{Move, MoveUp, Plan};
pub use outline::{CELLS_A_WIDTH, OUTLINE_NODES_MAX, Outline};
pub use share::Share;
pub use source::Source;
pub use span::{PLACES, Span, Stretch};

use crate::roads::EdgeNo;

/// How many limits a coverage has: the promise has three.
pub const LIMITS: usize = 3;
/// The promise: somebody within 1, 3, 5 minutes, milliseconds.
pub const PROMISE_MS: [u32; LIMITS] = [60_000, 180_000, 300_000];
/// The longest time that can be asked for, milliseconds.
pub const LIMIT_MS_MAX: u32 = 3_600_000;
/// The most places that an isochrone sets out from.
pub const STARTS_MAX: usize = 10_000;
/// The most units that may be moved, in one question.
pub const UNITS_MAX: usize = 200;
/// The most posts that they may be moved to.
pub const POSTS_MAX: usize = 1_000;
/// The most moves.
pub const MOVES_MAX: usize = 20;

/// What is wrong with a question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReachError {
    /// Limits that do not rise, or are out of range.
    #[error("limits_ms {limits_ms:?} do not rise from above 0: give {LIMITS} that rise to at most {LIMIT_MS_MAX}")]
    Limits {
        /// The limits.
        limits_ms: [u32; LIMITS],
    },
    /// A time out of range.
    #[error("{what} {ms} is out of range: give 1 to {max} milliseconds")]
    Time {
        /// Which.
        what: &'static str,
        /// Its value.
        ms: u32,
        /// The longest.
        max: u32,
    },
    /// A place on an edge that does not exist.
    #[error("a place is on edge {edge}, but there are {count}: give 0 to {count} minus 1")]
    NoEdge {
        /// The edge.
        edge: EdgeNo,
        /// How many there are.
        count: usize,
    },
    /// A unit that is not there.
    #[error("unit {who} is not among those that can be sent: put it first, or leave it out")]
    NoUnit {
        /// Its number.
        who: u32,
    },
    /// Too many of something.
    #[error("{count} {what} are too many: give at most {max}")]
    TooMany {
        /// `starts`, `units`, `posts` or `moves`.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
}
