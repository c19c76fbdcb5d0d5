//! Zones: named areas in layers, closed sets of the sphere.

use geo::{BoundingRect, CoordinatePosition, CoordsIter, MultiPolygon, Rect, coordinate_position::CoordPos};
use serde::{Deserialize, Serialize};

use super::{Follows, Layer, Name, OrgId, ZoneId};
use crate::geodesy::{EARTH_RADIUS_M, LatLng, haversine_m};

/// The most corners that one zone may have.
pub const ZONE_CORNERS_MAX: usize = 10_000;
/// The largest radius of a circular zone, metres.
pub const ZONE_RADIUS_M_MAX: f64 = 500_000.0;

/// The area of a zone. The border belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub enum ZoneShape {
    /// Polygons in the plane of longitude and latitude, as GeoJSON means them; one that would cross the
    /// antimeridian is split there.
    Polygon(MultiPolygon<f64>),
    /// Everything within a distance of a point.
    Circle {
        /// The centre.
        centre: LatLng,
        /// The radius in metres.
        radius_m: f64,
    },
}

impl ZoneShape {
    /// Whether the position is in the area or on its border. Linear in the corners.
    #[must_use]
    pub fn contains(&self, at: LatLng) -> bool {
        match self {
            // The coordinate's position, not `intersects`, which would first compute the bounding box anew.
            Self::Polygon(polygons) => {
                let corner = at.to_point().0;
                polygons.0.iter().any(|polygon| polygon.coordinate_position(&corner) != CoordPos::Outside)
            }
            Self::Circle { centre, radius_m } => haversine_m(*centre, at) <= *radius_m,
        }
    }

    /// How many corners it has, a circle one.
    #[must_use]
    pub fn corners(&self) -> usize {
        match self {
            Self::Polygon(polygons) => polygons.coords_count(),
            Self::Circle { .. } => 1,
        }
    }

    /// Boxes in degrees (x longitude, y latitude) that together hold the area: two where a circle
    /// crosses the antimeridian, none for an empty polygon.
    #[must_use]
    pub fn boxes(&self) -> Vec<Rect<f64>> {
        match self {
            Self::Polygon(polygon) => polygon.bounding_rect().into_iter().collect(),
            Self::Circle { centre, radius_m } => circle_boxes(*centre, *radius_m),
        }
    }
}

/// A margin that keeps boxes and caps larger than what they hold, whatever the rounding: a millimetre.
const MARGIN_M: f64 = 1e-3;

/// Boxes in degrees that hold the circle: the whole width where it reaches a pole, two at the antimeridian.
#[must_use]
pub fn circle_boxes(centre: LatLng, radius_m: f64) -> Vec<Rect<f64>> {
    let angle = (radius_m + MARGIN_M) / EARTH_RADIUS_M;
    let angle_deg = angle.to_degrees();
    let (south, north) = (centre.lat_deg() - angle_deg, centre.lat_deg() + angle_deg);
    let rect = |west: f64, east: f64| Rect::new((west, south.max(-90.0)), (east, north.min(90.0)));
    if south <= -90.0 || north >= 90.0 {
        return vec![rect(-180.0, 180.0)];
    }
    // The widest reach in longitude of a spherical cap is asin(sin angle / cos latitude).
    let reach_deg = (angle.sin() / centre.lat_deg().to_radians().cos()).min(1.0).asin().to_degrees() * (1.0 + 1e-12);
    let (west, east) = (centre.lng_deg() - reach_deg, centre.lng_deg() + reach_deg);
    match (west < -180.0, east > 180.0) {
        (true, true) => vec![rect(-180.0, 180.0)],
        (true, false) => vec![rect(west + 360.0, 180.0), rect(-180.0, east)],
        (false, true) => vec![rect(west, 180.0), rect(-180.0, east - 360.0)],
        (false, false) => {
            // A circle on the antimeridian itself holds points named 180 and -180.
            let mut boxes = vec![rect(west, east)];
            if east >= 180.0 {
                boxes.push(rect(-180.0, -180.0));
            }
            if west <= -180.0 {
                boxes.push(rect(180.0, 180.0));
            }
            boxes
        }
    }
}

/// One zone of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its id.
    pub id: ZoneId,
    /// The layer it belongs to.
    pub layer: Layer,
    /// Its name.
    pub name: Name,
    /// The organisation that answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// Its area; of one that follows a unit, as drawn when the unit stood at [`Follows::from`].
    #[serde(with = "super::shape_json")]
    pub shape: ZoneShape,
    /// The unit that it moves with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Follows>,
    /// A unit has entered when it has been inside for so long by the times of the fixes, seconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dwell_s: u16,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(n: &u16) -> bool {
    *n == 0
}
