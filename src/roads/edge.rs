//! One stretch of road, and places along it.

use std::{str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use super::EdgeNo;
use crate::{
    geodesy::{LatLng, bearing_deg, haversine_m},
    model::{Name, UnknownWord},
};

/// What kind of road it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RoadClass {
    /// The ring road.
    Ring,
    /// Outside the ring.
    Highway,
    /// A main road in town.
    Arterial,
    /// A road between main roads.
    Secondary,
    /// A side street.
    Street,
}

impl RoadClass {
    /// Every class.
    pub const ALL: [Self; 5] = [Self::Ring, Self::Highway, Self::Arterial, Self::Secondary, Self::Street];

    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ring => "ring",
            Self::Highway => "highway",
            Self::Arterial => "arterial",
            Self::Secondary => "secondary",
            Self::Street => "street",
        }
    }
}

impl FromStr for RoadClass {
    type Err = UnknownWord;

    fn from_str(value: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|class| class.as_str() == value).ok_or_else(|| UnknownWord {
            what: "road class",
            value: value.chars().take(64).collect(),
            expected: Self::ALL.map(Self::as_str).join(", "),
        })
    }
}

impl<'de> Deserialize<'de> for RoadClass {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// One stretch of road between two junctions.
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

impl RoadEdge {
    /// The length of its line in metres. Linear in the shape points.
    #[must_use]
    pub fn length_m(&self) -> f64 {
        self.shape.windows(2).map(|w| if let [a, b] = w { haversine_m(*a, *b) } else { 0.0 }).sum()
    }

    /// The time to drive `length_m` metres of it, in whole milliseconds, at least 1.
    #[must_use]
    pub fn travel_ms(&self, length_m: f64) -> u32 {
        // km/h to m/s is 3.6; metres over m/s, in thousandths.
        let ms = (length_m * 3_600.0 / f64::from(self.speed_kmh.max(1))).round();
        ms.clamp(1.0, f64::from(u32::MAX)) as u32
    }
}

/// A way to drive along an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// The place `distance_m` along a line, from its end when `backward`; held to the line's ends.
/// Linear in the shape points.
pub(super) fn along(shape: &[LatLng], backward: bool, distance_m: f64) -> Option<Spot> {
    let last = shape.len().checked_sub(1)?;
    let point = |n: usize| shape.get(if backward { last - n } else { n }).copied();
    let mut rest_m = distance_m.max(0.0);
    let mut end = None;
    for n in 0..last {
        let (a, b) = (point(n)?, point(n + 1)?);
        let step_m = haversine_m(a, b);
        if step_m == 0.0 {
            continue;
        }
        let heading_deg = bearing_deg(a, b);
        if rest_m < step_m {
            return Some(Spot { at: a.offset(rest_m, heading_deg), heading_deg });
        }
        rest_m -= step_m;
        end = Some(Spot { at: b, heading_deg });
    }
    end.or(Some(Spot { at: point(last)?, heading_deg: 0.0 }))
}
