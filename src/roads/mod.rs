//! The road network: junctions, the edges between them, and where something is that drives along one.
//!
//! Pure and immutable: built once from plain data ([`RoadNetwork::new`], or edge by edge with a [`NetworkBuilder`]), then
//! shared. An edge is one stretch of road between two junctions; unless it is one-way it can be driven both ways, so it gives two
//! arcs. All tables are flat and packed: points of 8 bytes, edges of 24, names in one text. [`mod@file`] is how they lie on disk.
//!
//! Searches walk it as a [`RoadGraph`], which knows banned turns, with the [`Costs`] of the moment, which know jams, closures
//! and who goes how fast.

mod build;
mod connected;
mod costs;
mod edge;
pub mod file;
mod graph;
mod line;
mod lists;
mod names;
mod nearest;
mod network;
mod on_roads;
mod packed;
mod place;
mod search;
mod snap;
mod travel;

pub use build::{Island, NameNo, NetworkBuilder, Road};
pub use costs::{Costs, FACTOR_MAX, FACTOR_MIN, NEVER};
pub use edge::{Drive, RoadClass, RoadEdge, Spot};
pub use graph::{Link, NodeNo, RoadGraph};
pub use line::{Point, Shape};
pub(crate) use lists::Lists;
pub use names::RoadName;
pub use network::{Arc, Ban, RoadNetwork};
pub use on_roads::OnRoads;
pub use packed::{Edge, Edges, Junctions, WaysOut};
pub use place::RoadPlace;
pub(crate) use search::Frontier;
pub use search::{Arrival, Candidate, LANDMARKS, Landmarks, Question, Reach, Route, Search};
pub use snap::{HOLD_M, JUMP_M, MOVING_MPS, OFF_ROADS_M, STAY_M, Sighting, Snapper, TURNED_M};
pub use travel::{Pace, Paces, TRAVELS, Travel};

use crate::geodesy::LatLng;

/// A junction's place in [`RoadNetwork::junctions`].
pub type JunctionNo = u32;
/// An edge's place in [`RoadNetwork::edges`].
pub type EdgeNo = u32;
/// A drive as a number: twice its edge's, and one more when it is backward.
pub type DriveNo = u32;

/// The most junctions that a network may have.
pub const JUNCTIONS_MAX: usize = 10_000_000;
/// The most edges that a network may have.
pub const EDGES_MAX: usize = 20_000_000;
/// The most points that all lines of a network may have between their ends.
pub const POINTS_MAX: usize = 400_000_000;
/// The most bytes that all names of a network may have.
pub const NAME_BYTES_MAX: usize = 1 << 30;
/// An edge's line ends this near to its junctions, metres.
pub const END_GAP_M_MAX: f64 = 1.0;

/// What is wrong with a road network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RoadError {
    /// Too many junctions, edges, points or names.
    #[error("{count} {what} are too many: give at most {max}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// An edge names a junction that does not exist.
    #[error("edge {edge} ends at junction {junction}, but there are {count}: give 0 to {count} minus 1")]
    NoJunction {
        /// The edge.
        edge: usize,
        /// The junction it names.
        junction: JunctionNo,
        /// How many junctions there are.
        count: usize,
    },
    /// An edge's line does not run between its junctions.
    #[error("the line of edge {edge} is {gap_m:.1} m away from junction {junction} at {at:?}: give a line from junction to junction")]
    EndGap {
        /// The edge.
        edge: usize,
        /// The junction.
        junction: JunctionNo,
        /// Where the junction is.
        at: LatLng,
        /// The distance in metres.
        gap_m: f64,
    },
    /// An edge has fewer than two points.
    #[error("the line of edge {edge} has {count} points: give at least 2")]
    Short {
        /// The edge.
        edge: usize,
        /// How many points it has.
        count: usize,
    },
    /// A banned turn that is none.
    #[error(
        "a turn from drive {from} to drive {to} is banned, but the second does not begin where the first ends: give two drives that meet"
    )]
    NoTurn {
        /// The drive before it.
        from: DriveNo,
        /// The drive after it.
        to: DriveNo,
    },
    /// An edge whose length in millimetres does not fit 32 bits.
    #[error("edge {edge} is {length_m:.0} m long: give at most 4294967 m")]
    TooLong {
        /// The edge.
        edge: usize,
        /// Its length.
        length_m: f64,
    },
    /// An edge without a speed.
    #[error("edge {edge} has a speed of 0 km/h: give 1 to 255")]
    NoSpeed {
        /// The edge.
        edge: usize,
    },
}
