//! Zones that move with a unit: where they are now.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{UnitId, Zone, ZoneShape};
use crate::geodesy::{LatLng, haversine_m, wrap_lng_deg};

/// How far from its unit a zone that follows may reach, metres.
pub const FOLLOW_REACH_M_MAX: f64 = 20_000.0;
/// The most corners of a zone that follows: each is moved with every fix of its unit.
pub const FOLLOW_CORNERS_MAX: usize = 1_000;
/// Nearer to a pole than this, degrees of latitude, a zone that follows is nowhere: metres east have no meaning there.
pub const FOLLOW_LAT_DEG_MAX: f64 = 85.0;
/// The longest dwell, seconds.
pub const DWELL_S_MAX: u16 = 3_600;

/// The unit that a zone moves with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follows {
    /// The unit.
    pub unit: UnitId,
    /// Where the unit stood when the zone was drawn: `[longitude, latitude]`.
    #[serde(serialize_with = "write_position", deserialize_with = "read_position")]
    pub from: LatLng,
}

fn write_position<S: Serializer>(at: &LatLng, serializer: S) -> Result<S::Ok, S::Error> {
    [at.lng_deg(), at.lat_deg()].serialize(serializer)
}

fn read_position<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LatLng, D::Error> {
    let [lng_deg, lat_deg] = <[f64; 2]>::deserialize(deserializer)?;
    LatLng::new(lat_deg, lng_deg).map_err(|error| D::Error::custom(format!("from [{lng_deg}, {lat_deg}]: {error}")))
}

/// What is wrong with a zone that follows or waits.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ZoneError {
    /// The dwell is too long.
    #[error("dwell_s {0} is too long: give 0 to {DWELL_S_MAX} seconds")]
    Dwell(u16),
    /// The shape reaches too far from the unit.
    #[error("the shape reaches {0:.0} m from follows.from: at most {FOLLOW_REACH_M_MAX} m")]
    Reach(f64),
    /// The shape has too many corners.
    #[error("{0} corners are too many for a zone that follows a unit: at most {FOLLOW_CORNERS_MAX}")]
    Corners(usize),
    /// The unit stood too near to a pole.
    #[error("follows.from at latitude {0} is too near to a pole: give at most {FOLLOW_LAT_DEG_MAX} degrees north or south")]
    Pole(f64),
}

impl ZoneError {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Dwell(_) => "dwell_s",
            Self::Reach(_) | Self::Corners(_) => "shape",
            Self::Pole(_) => "follows",
        }
    }
}

impl Zone {
    /// Checks what the fields mean together.
    ///
    /// # Errors
    /// [`ZoneError`] names the field, the value and what is right.
    pub fn check(&self) -> Result<(), ZoneError> {
        if self.dwell_s > DWELL_S_MAX {
            return Err(ZoneError::Dwell(self.dwell_s));
        }
        let Some(Follows { from, .. }) = self.follows else { return Ok(()) };
        if from.lat_deg().abs() > FOLLOW_LAT_DEG_MAX {
            return Err(ZoneError::Pole(from.lat_deg()));
        }
        let corners = self.shape.corners();
        if corners > FOLLOW_CORNERS_MAX {
            return Err(ZoneError::Corners(corners));
        }
        let reach_m = match &self.shape {
            ZoneShape::Circle { centre, radius_m } => haversine_m(from, *centre) + radius_m,
            ZoneShape::Polygon(polygons) => {
                polygons.0.iter().flat_map(|polygon| polygon.exterior().coords()).fold(0.0, |reach_m, corner| {
                    LatLng::new(corner.y, corner.x).map_or(f64::INFINITY, |corner| haversine_m(from, corner).max(reach_m))
                })
            }
        };
        if reach_m > FOLLOW_REACH_M_MAX { Err(ZoneError::Reach(reach_m)) } else { Ok(()) }
    }
}

/// A shift by metres north and east: degrees of latitude are added, degrees of longitude are stretched about the unit by
/// the cosines of the latitudes where it stood and where it stands, so that metres east stay metres east.
struct Shift {
    from: LatLng,
    to: LatLng,
    stretch: f64,
}

impl Shift {
    fn new(from: LatLng, to: LatLng) -> Option<Self> {
        let stretch = from.lat_deg().to_radians().cos() / to.lat_deg().to_radians().cos();
        (to.lat_deg().abs() <= FOLLOW_LAT_DEG_MAX).then_some(Self { from, to, stretch })
    }

    fn corner(&self, corner: Coord<f64>) -> Coord<f64> {
        Coord {
            x: self.to.lng_deg() + wrap_lng_deg(corner.x - self.from.lng_deg()) * self.stretch,
            y: corner.y + (self.to.lat_deg() - self.from.lat_deg()),
        }
    }

    fn ring(&self, drawn: &LineString<f64>, now: &mut LineString<f64>) {
        for (corner, now) in drawn.0.iter().zip(&mut now.0) {
            *now = self.corner(*corner);
        }
    }

    fn polygon(&self, drawn: &Polygon<f64>, now: &mut Polygon<f64>) {
        now.exterior_mut(|now| self.ring(drawn.exterior(), now));
        now.interiors_mut(|now| now.iter_mut().zip(drawn.interiors()).for_each(|(now, drawn)| self.ring(drawn, now)));
    }
}

/// Where a position is carried that keeps its metres north and east of a unit while this goes from `from` to `to`; none
/// beyond a pole or when `to` is beyond [`FOLLOW_LAT_DEG_MAX`].
#[must_use]
pub fn carried_position(from: LatLng, to: LatLng, position: LatLng) -> Option<LatLng> {
    let Coord { x, y } = Shift::new(from, to)?.corner(position.to_point().0);
    LatLng::new(y, wrap_lng_deg(x)).ok()
}

impl ZoneShape {
    /// Where a shape is that was drawn when its unit stood at `from`, now that it stands at `to`: the same metres north and
    /// east of it, circles with the same radius. What reaches over the antimeridian is there twice, once for each name of a
    /// longitude. Writes into `now` and allocates nothing when that held the shape before; false, and `now` is what it was,
    /// when `to` is beyond [`FOLLOW_LAT_DEG_MAX`] and the shape is nowhere. Linear in the corners.
    pub fn carry(&self, from: LatLng, to: LatLng, now: &mut Self) -> bool {
        let Some(shift) = Shift::new(from, to) else { return false };
        match self {
            Self::Circle { centre, radius_m } => {
                let Coord { x, y } = shift.corner(centre.to_point().0);
                let Ok(centre) = LatLng::new(y, wrap_lng_deg(x)) else { return false };
                *now = Self::Circle { centre, radius_m: *radius_m };
            }
            Self::Polygon(drawn) => {
                if !matches!(now, Self::Polygon(now) if now.0.len() == drawn.0.len()) {
                    *now = self.clone();
                }
                let Self::Polygon(now) = now else { return false };
                now.0.iter_mut().zip(&drawn.0).for_each(|(now, drawn)| shift.polygon(drawn, now));
                double(now);
            }
        }
        true
    }

    /// The same as a new shape; none where it is nowhere.
    #[must_use]
    pub fn carried(&self, from: LatLng, to: LatLng) -> Option<Self> {
        let mut now = self.clone();
        self.carry(from, to, &mut now).then_some(now)
    }
}

/// Adds what lies beyond the antimeridian once more on its other side.
fn double(polygons: &mut MultiPolygon<f64>) {
    let beyond = |sign: f64| polygons.0.iter().any(|polygon| polygon.exterior().coords().any(|corner| corner.x * sign > 180.0));
    for turn_deg in [(beyond(1.0), -360.0), (beyond(-1.0), 360.0)].into_iter().filter_map(|(is, turn)| is.then_some(turn)) {
        let turned = |line: &LineString<f64>| line.coords().map(|c| Coord { x: c.x + turn_deg, y: c.y }).collect::<LineString<f64>>();
        let copies: Vec<_> =
            polygons.0.iter().map(|p| Polygon::new(turned(p.exterior()), p.interiors().iter().map(turned).collect())).collect();
        polygons.0.extend(copies);
    }
}
