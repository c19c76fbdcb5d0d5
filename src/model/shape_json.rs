//! Shapes as JSON: GeoJSON `Polygon` and `MultiPolygon`, and
//! `{"type": "Circle", "center": [lon, lat], "radius_m": n}` for what GeoJSON has no word for.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::zone::{ZONE_CORNERS_MAX, ZONE_RADIUS_M_MAX, ZoneShape};
use crate::geodesy::LatLng;

pub(super) type RingJson = Vec<[f64; 2]>;

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub(super) enum ShapeJson {
    Polygon { coordinates: Vec<RingJson> },
    MultiPolygon { coordinates: Vec<Vec<RingJson>> },
    Circle { center: [f64; 2], radius_m: f64 },
}

/// What is wrong with a shape.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShapeError {
    /// A corner is no position.
    #[error("corner [{lng_deg}, {lat_deg}] is no position: give [longitude, latitude] in degrees, -180 to 180 and -90 to 90")]
    Corner {
        /// The longitude that was given.
        lng_deg: f64,
        /// The latitude that was given.
        lat_deg: f64,
    },
    /// A ring is too short or not closed.
    #[error("a ring of {0} positions is no ring: give at least 4, the last the same as the first")]
    Ring(usize),
    /// There are no rings.
    #[error("a polygon without rings holds nothing: give at least one ring")]
    Empty,
    /// There are too many corners.
    #[error("{0} corners are too many: at most {ZONE_CORNERS_MAX}")]
    Corners(usize),
    /// The radius is out of range.
    #[error("radius_m {0} is out of range: give metres above 0, at most {ZONE_RADIUS_M_MAX}")]
    Radius(f64),
}

fn ring(positions: &RingJson) -> Result<LineString<f64>, ShapeError> {
    if positions.len() < 4 || positions.first() != positions.last() {
        return Err(ShapeError::Ring(positions.len()));
    }
    for &[lng_deg, lat_deg] in positions {
        LatLng::new(lat_deg, lng_deg).map_err(|_| ShapeError::Corner { lng_deg, lat_deg })?;
    }
    Ok(LineString::new(positions.iter().map(|&[x, y]| Coord { x, y }).collect()))
}

fn polygon(rings: &[RingJson]) -> Result<Polygon<f64>, ShapeError> {
    let (exterior, holes) = rings.split_first().ok_or(ShapeError::Empty)?;
    Ok(Polygon::new(ring(exterior)?, holes.iter().map(ring).collect::<Result<_, _>>()?))
}

impl TryFrom<ShapeJson> for ZoneShape {
    type Error = ShapeError;

    fn try_from(json: ShapeJson) -> Result<Self, ShapeError> {
        let polygons = match json {
            ShapeJson::Circle { center: [lng_deg, lat_deg], radius_m } => {
                let centre = LatLng::new(lat_deg, lng_deg).map_err(|_| ShapeError::Corner { lng_deg, lat_deg })?;
                if !(radius_m > 0.0 && radius_m <= ZONE_RADIUS_M_MAX) {
                    return Err(ShapeError::Radius(radius_m));
                }
                return Ok(Self::Circle { centre, radius_m });
            }
            ShapeJson::Polygon { coordinates } => vec![coordinates],
            ShapeJson::MultiPolygon { coordinates } => coordinates,
        };
        let corners = polygons.iter().flatten().map(Vec::len).sum::<usize>();
        if corners > ZONE_CORNERS_MAX {
            return Err(ShapeError::Corners(corners));
        }
        if polygons.is_empty() {
            return Err(ShapeError::Empty);
        }
        Ok(Self::Polygon(MultiPolygon::new(polygons.iter().map(|rings| polygon(rings)).collect::<Result<_, _>>()?)))
    }
}

impl From<&ZoneShape> for ShapeJson {
    fn from(shape: &ZoneShape) -> Self {
        let ring = |line: &LineString<f64>| line.coords().map(|c| [c.x, c.y]).collect::<RingJson>();
        let rings = |polygon: &Polygon<f64>| std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect::<Vec<_>>();
        match shape {
            ZoneShape::Circle { centre, radius_m } => Self::Circle { center: [centre.lng_deg(), centre.lat_deg()], radius_m: *radius_m },
            ZoneShape::Polygon(multi) => match multi.0.as_slice() {
                [one] => Self::Polygon { coordinates: rings(one) },
                many => Self::MultiPolygon { coordinates: many.iter().map(rings).collect() },
            },
        }
    }
}

impl Serialize for ZoneShape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for ZoneShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer)
    }
}

/// Writes a shape.
pub(super) fn serialize<S: Serializer>(shape: &ZoneShape, serializer: S) -> Result<S::Ok, S::Error> {
    ShapeJson::from(shape).serialize(serializer)
}

/// Reads and checks a shape.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ZoneShape, D::Error> {
    ShapeJson::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::model::Zone;

    fn zone(shape: &str) -> Result<Zone, serde_json::Error> {
        serde_json::from_str(&format!(r#"{{"id":"z","layer":"beats","name":{{"zh":"","en":""}},"shape":{shape}}}"#))
    }

    #[test]
    fn shapes_go_out_and_come_back() {
        for shape in [
            r#"{"type":"Polygon","coordinates":[[[0.0,0.0],[1.0,0.0],[1.0,1.0],[0.0,0.0]]]}"#,
            r#"{"type":"MultiPolygon","coordinates":[[[[0.0,0.0],[1.0,0.0],[1.0,1.0],[0.0,0.0]]],[[[5.0,5.0],[6.0,5.0],[6.0,6.0],[5.0,5.0]]]]}"#,
            r#"{"type":"Circle","center":[108.3,22.8],"radius_m":200.0}"#,
        ] {
            let zone = zone(shape).unwrap();
            assert!(serde_json::to_string(&zone).unwrap().contains(shape), "{shape}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (shape, words) in [
            (r#"{"type":"Polygon","coordinates":[]}"#, "without rings"),
            (r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]}"#, "a ring of 3"),
            (r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}"#, "the last the same as the first"),
            (r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,91],[0,0]]]}"#, "[1, 91]"),
            (r#"{"type":"Circle","center":[108.3,22.8],"radius_m":0}"#, "radius_m 0"),
        ] {
            let error = zone(shape).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
