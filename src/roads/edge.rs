//! One stretch of road, ways to drive along it, and what kinds there are.

use std::sync::Arc;

use super::EdgeNo;
use crate::{geodesy::LatLng, model::Name};

crate::model::closed_set! {
    /// What kind of road it is. The codes stand in files of roads: a new class comes last.
    RoadClass, "road class" {
        /// The ring road.
        Ring = "ring",
        /// Outside the ring; a trunk road.
        Highway = "highway",
        /// A main road in town.
        Arterial = "arterial",
        /// A road between main roads.
        Secondary = "secondary",
        /// A side street.
        Street = "street",
        /// For motor vehicles alone, without crossings.
        Motorway = "motorway",
        /// To a yard, a car park, a field.
        Service = "service",
        /// For walkers.
        Path = "path",
        /// Over water, on a boat.
        Ferry = "ferry",
    }
}

/// One stretch of road between two junctions, as a network is made from it.
#[derive(Debug, Clone, PartialEq)]
pub struct RoadEdge {
    /// The junction that its line starts at.
    pub from: super::JunctionNo,
    /// The junction that its line ends at.
    pub to: super::JunctionNo,
    /// What kind of road it is.
    pub class: RoadClass,
    /// Speed on it in km/h, at least 1.
    pub speed_kmh: u8,
    /// Only from `from` to `to`.
    pub one_way: bool,
    /// Over water.
    pub bridge: bool,
    /// Its name; edges of one road may share it.
    pub name: Arc<Name>,
    /// Its line, both ends included; two points or more.
    pub shape: Box<[LatLng]>,
}

/// A way to drive along an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Drive {
    /// The edge.
    pub edge: EdgeNo,
    /// Against its line: from its `to` to its `from`.
    pub backward: bool,
}

impl Drive {
    /// Its number.
    #[must_use]
    pub const fn no(self) -> super::DriveNo {
        2 * self.edge + self.backward as super::DriveNo
    }

    /// The drive of a number.
    #[must_use]
    pub const fn from_no(no: super::DriveNo) -> Self {
        Self { edge: no / 2, backward: !no.is_multiple_of(2) }
    }
}

/// A place on a road.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Where it is.
    pub at: LatLng,
    /// The direction of driving there, degrees clockwise from north, 0 to 360.
    pub heading_deg: f64,
}
