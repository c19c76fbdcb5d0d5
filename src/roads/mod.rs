//! The road network: junctions, the edges between them, and where something is that drives along one.
//!
//! Pure and immutable: built once from plain data ([`RoadNetwork::new`]), then shared. An edge is one stretch
//! of road between two junctions; unless it is one-way it can be driven both ways, so it gives two arcs in the
//! adjacency, which is laid out flat (compressed sparse rows: one slice of arcs for each junction).

//!
//! Searches walk it as a [`RoadGraph`], which knows banned turns, with the [`Costs`] of the moment, which know jams, closures
//! and who goes how fast.

mod edge;
mod graph;
mod network;
mod on_roads;
mod place;
mod search;
mod snap;
mod travel;

pub use edge::{Drive, RoadClass, RoadEdge, Spot};
pub use graph::{Link, NodeNo, RoadGraph};
pub use network::{Arc, Ban, RoadNetwork};
pub use on_roads::OnRoads;
pub use place::RoadPlace;
pub use search::{Arrival, Candidate, LANDMARKS, Landmarks, Question, Reach, Route, Search};
pub use snap::{HOLD_M, JUMP_M, MOVING_MPS, OFF_ROADS_M, STAY_M, Sighting, Snapper, TURNED_M};
pub use travel::{Costs, FACTOR_MAX, FACTOR_MIN, NEVER, Pace, Paces, TRAVELS, Travel};

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
/// An edge's line ends this near to its junctions, metres.
pub const END_GAP_M_MAX: f64 = 1.0;

/// What is wrong with a road network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RoadError {
    /// Too many junctions or edges.
    #[error("{count} {what} are too many: give at most {max}")]
    TooMany {
        /// `junctions` or `edges`.
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
    /// An edge without a speed.
    #[error("edge {edge} has a speed of 0 km/h: give 1 to 255")]
    NoSpeed {
        /// The edge.
        edge: usize,
    },
}
