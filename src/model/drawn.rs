//! What somebody drew on the roads, as JSON: a GeoJSON `Point`, `LineString`, `Polygon` or `MultiPolygon`, a `Circle` as zones
//! have it, and `{"type": "Edges", "edges": [1, 2]}` for roads by their numbers.

use geo::{Coord, LineString};
use serde::{Deserialize, Serialize};

use super::{
    ShapeError, ZoneShape,
    shape_json::{RingJson, ShapeJson},
};
use crate::geodesy::LatLng;

/// The most points of a line that is drawn.
pub const DRAWN_POINTS_MAX: usize = 1_000;
/// The most roads that are named by number at once.
pub const DRAWN_EDGES_MAX: usize = 10_000;

/// Which roads are meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "DrawnJson", into = "DrawnJson")]
pub enum Drawn {
    /// Those of these numbers.
    Edges(Vec<u32>),
    /// The one that is nearest.
    Point(LatLng),
    /// Those that the line crosses or touches: two points or more, straight in the plane of longitude and latitude.
    Line(LineString<f64>),
    /// Those that the area holds or its border crosses.
    Area(ZoneShape),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum DrawnJson {
    Edges { edges: Vec<u32> },
    Point { coordinates: [f64; 2] },
    LineString { coordinates: Vec<[f64; 2]> },
    Polygon { coordinates: Vec<RingJson> },
    MultiPolygon { coordinates: Vec<Vec<RingJson>> },
    Circle { center: [f64; 2], radius_m: f64 },
}

/// What is wrong with what was drawn.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DrawnError {
    /// The area.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The line has too few points or too many.
    #[error("a line of {0} points is wrong: give 2 to {DRAWN_POINTS_MAX}")]
    Points(usize),
    /// No roads, or too many.
    #[error("{0} edges are wrong: give 1 to {DRAWN_EDGES_MAX}")]
    Edges(usize),
}

fn position([lng_deg, lat_deg]: [f64; 2]) -> Result<LatLng, ShapeError> {
    LatLng::new(lat_deg, lng_deg).map_err(|_| ShapeError::Corner { lng_deg, lat_deg })
}

impl TryFrom<DrawnJson> for Drawn {
    type Error = DrawnError;

    fn try_from(json: DrawnJson) -> Result<Self, DrawnError> {
        let area = |json: ShapeJson| Ok(Self::Area(json.try_into()?));
        match json {
            DrawnJson::Edges { edges } if edges.is_empty() || edges.len() > DRAWN_EDGES_MAX => Err(DrawnError::Edges(edges.len())),
            DrawnJson::Edges { edges } => Ok(Self::Edges(edges)),
            DrawnJson::Point { coordinates } => Ok(Self::Point(position(coordinates)?)),
            DrawnJson::LineString { coordinates } if !(2..=DRAWN_POINTS_MAX).contains(&coordinates.len()) => {
                Err(DrawnError::Points(coordinates.len()))
            }
            DrawnJson::LineString { coordinates } => {
                let points = coordinates.into_iter().map(|corner| Ok(position(corner)?.to_point().0));
                Ok(Self::Line(LineString::new(points.collect::<Result<_, ShapeError>>()?)))
            }
            DrawnJson::Polygon { coordinates } => area(ShapeJson::Polygon { coordinates }),
            DrawnJson::MultiPolygon { coordinates } => area(ShapeJson::MultiPolygon { coordinates }),
            DrawnJson::Circle { center, radius_m } => area(ShapeJson::Circle { center, radius_m }),
        }
    }
}

impl From<Drawn> for DrawnJson {
    fn from(drawn: Drawn) -> Self {
        match drawn {
            Drawn::Edges(edges) => Self::Edges { edges },
            Drawn::Point(at) => Self::Point { coordinates: [at.lng_deg(), at.lat_deg()] },
            Drawn::Line(line) => Self::LineString { coordinates: line.0.iter().map(|Coord { x, y }| [*x, *y]).collect() },
            Drawn::Area(shape) => match ShapeJson::from(&shape) {
                ShapeJson::Polygon { coordinates } => Self::Polygon { coordinates },
                ShapeJson::MultiPolygon { coordinates } => Self::MultiPolygon { coordinates },
                ShapeJson::Circle { center, radius_m } => Self::Circle { center, radius_m },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_comes_back_as_it_was() {
        for json in [
            r#"{"type":"Edges","edges":[3,1]}"#,
            r#"{"type":"Point","coordinates":[108.3,22.8]}"#,
            r#"{"type":"LineString","coordinates":[[108.3,22.8],[108.31,22.81]]}"#,
            r#"{"type":"Polygon","coordinates":[[[0.0,0.0],[1.0,0.0],[1.0,1.0],[0.0,0.0]]]}"#,
            r#"{"type":"Circle","center":[108.3,22.8],"radius_m":50.0}"#,
        ] {
            let drawn: Drawn = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&drawn).unwrap(), json);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_limit() {
        let error = |json: &str| serde_json::from_str::<Drawn>(json).unwrap_err().to_string();
        for (json, words) in [
            (r#"{"type":"Edges","edges":[]}"#.to_owned(), "1 to 10000"),
            (format!(r#"{{"type":"Edges","edges":{:?}}}"#, vec![1; DRAWN_EDGES_MAX + 1]), "10001 edges"),
            (r#"{"type":"Point","coordinates":[108.3,91]}"#.to_owned(), "-90 to 90"),
            (r#"{"type":"LineString","coordinates":[[108.3,22.8]]}"#.to_owned(), "2 to 1000"),
            (format!(r#"{{"type":"LineString","coordinates":{:?}}}"#, vec![[1.0, 1.0]; DRAWN_POINTS_MAX + 1]), "1001 points"),
            (r#"{"type":"Polygon","coordinates":[]}"#.to_owned(), "at least one ring"),
            (r#"{"type":"Road","name":"x"}"#.to_owned(), "LineString"),
        ] {
            assert!(error(&json).contains(words), "{}", error(&json));
        }
        assert!(serde_json::from_str::<Drawn>(&format!(r#"{{"type":"Edges","edges":{:?}}}"#, vec![1; DRAWN_EDGES_MAX])).is_ok());
    }
}
