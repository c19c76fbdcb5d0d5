//! Who stands in an area: a circle or any shape.

use geo::{BoundingRect, Coord, Intersects, LinesIter, MultiPolygon, Rect};

use super::{
    Hit, Index, Tag, Torn, View,
    circle::{Circle, Part},
    entry::{Bucket, Entries, Spot},
    grid::TileBox,
    tag::Word,
};
use crate::{
    geodesy::{LatLng, distance_to_arc_m, haversine_m},
    model::{UnitNo, ZoneShape, circle_boxes},
};

/// A unit that was found in an area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The unit.
    pub unit: UnitNo,
    /// Where it is.
    pub at: LatLng,
    /// What queries filter on.
    pub tag: Tag,
}

/// An area made ready for asking many units at once.
#[derive(Debug, Clone)]
pub enum Area<'a> {
    /// Everything within a distance of a point, the border included.
    Circle {
        /// The centre.
        centre: LatLng,
        /// The radius in metres.
        radius_m: f64,
    },
    /// The shape of a zone or a drawn ring.
    Shape(&'a ZoneShape),
    /// Everything in a polygon or within a distance of it, its edges taken as great-circle arcs.
    Around {
        /// The polygon.
        core: &'a MultiPolygon<f64>,
        /// The distance in metres.
        distance_m: f64,
    },
}

impl Area<'_> {
    /// Whether a position is in the area or on its border.
    #[must_use]
    pub fn contains(&self, at: LatLng) -> bool {
        match self {
            Self::Circle { centre, radius_m } => haversine_m(*centre, at) <= *radius_m,
            Self::Shape(shape) => shape.contains(at),
            Self::Around { core, distance_m } => distance_to_polygon_m(at, core) <= *distance_m,
        }
    }
}

/// Distance in metres from a position to a polygon: 0 inside, else to the nearest edge as a great-circle arc. Linear in
/// the corners.
#[must_use]
pub fn distance_to_polygon_m(at: LatLng, polygon: &MultiPolygon<f64>) -> f64 {
    if polygon.intersects(&at.to_point()) {
        return 0.0;
    }
    let corner = |c: Coord<f64>| LatLng::new(c.y, c.x).unwrap_or(LatLng::NORTH_POLE);
    polygon.lines_iter().map(|edge| distance_to_arc_m(at, corner(edge.start), corner(edge.end))).fold(f64::INFINITY, f64::min)
}

/// Boxes that hold everything within `distance_m` of a polygon. A point of an edge is at most half the edge from one of
/// its ends, and the circles of the corners of the bounding box reach farthest in each direction.
fn boxes_around(core: &MultiPolygon<f64>, distance_m: f64) -> Vec<Rect<f64>> {
    let Some(rect) = core.bounding_rect() else { return Vec::new() };
    let corner = |c: Coord<f64>| LatLng::new(c.y, c.x).unwrap_or(LatLng::NORTH_POLE);
    let longest_m = core.lines_iter().map(|edge| haversine_m(corner(edge.start), corner(edge.end))).fold(0.0, f64::max);
    let mut reach = rect;
    for c in rect.to_polygon().exterior().coords() {
        match circle_boxes(corner(*c), distance_m + longest_m * 0.5).as_slice() {
            [one] => {
                reach = Rect::new(
                    (reach.min().x.min(one.min().x), reach.min().y.min(one.min().y)),
                    (reach.max().x.max(one.max().x), reach.max().y.max(one.max().y)),
                );
            }
            // Over the antimeridian or a pole: everywhere is a bound, too.
            _ => return vec![Rect::new((-180.0, -90.0), (180.0, 90.0))],
        }
    }
    vec![reach]
}

impl Index {
    /// Every unit in an area that `wants` says yes to, in no order.
    ///
    /// Cost: whatever lies wholly in a circle is not tested unit by unit; what lies apart from the area is not walked.
    #[must_use]
    pub fn within(&self, area: &Area<'_>, wants: impl Fn(&Tag) -> bool) -> Vec<Found> {
        self.read(|view| {
            let mut found = Vec::new();
            view.within(area, |unit| {
                if wants(&unit.tag) {
                    found.push(unit);
                }
            })?;
            Ok(found)
        })
    }

    /// Every unit within `radius_m` of a point that `wants` says yes to, nearest first; equal distances by unit number.
    #[must_use]
    pub fn within_circle(&self, centre: LatLng, radius_m: f64, wants: impl Fn(&Tag) -> bool) -> Vec<Hit> {
        let found = self.within(&Area::Circle { centre, radius_m }, wants);
        let hit = |Found { unit, at, tag }| Hit { unit, at, seen: tag.seen, distance_m: haversine_m(centre, at) };
        let mut hits: Vec<Hit> = found.into_iter().map(hit).collect();
        hits.sort_unstable_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.unit.cmp(&b.unit)));
        hits
    }
}

impl View<'_> {
    /// Visits every unit in an area, in no order. What was visited counts only if the whole read does: see [`Index::read`].
    ///
    /// # Errors
    /// [`Torn`] when the writer was met: hand it on to [`Index::read`].
    pub fn within(&mut self, area: &Area<'_>, mut visit: impl FnMut(Found)) -> Result<(), Torn> {
        let entries = &self.grid.entries;
        let mut entry = |(word, spot): (Word, &Spot), is_in: bool| -> Result<(), Torn> {
            let (lat, lng) = spot.lat_lng();
            let at = LatLng::new(lat, lng).map_err(|_| Torn::NOW)?;
            if is_in || area.contains(at) {
                let stamp = spot.stamp();
                visit(Found { unit: stamp.unit(), at, tag: word.tag(stamp.seen()) });
            }
            Ok(())
        };
        if let Area::Circle { centre, radius_m } | Area::Shape(&ZoneShape::Circle { centre, radius_m }) = *area {
            let circle = Circle::new(centre, radius_m);
            return self.parts_of(&circle, |part| match part {
                Part::Tile(tile) => tile.buckets().iter().try_for_each(|bucket| try_each(bucket, entries, |one| entry(one, true))),
                Part::Cell(tile, cell) => tile.buckets_of(cell).try_for_each(|bucket| try_each(bucket, entries, |one| entry(one, true))),
                Part::Bucket(bucket) => try_each(bucket, entries, |one| entry(one, true)),
                Part::Border(bucket) => try_each(bucket, entries, |one| match circle.holds(one.1.lat_lng()) {
                    Some(false) => Ok(()),
                    sure => entry(one, sure.is_some()),
                }),
            });
        }
        for rect in boxes(area) {
            let (min, max) = (rect.min(), rect.max());
            let mut tiles = Vec::new();
            self.tiles_in(&TileBox::new(min.y, max.y, min.x, max.x), |_, tile| tiles.push(tile))?;
            let inside = |lat: f64, lng: f64| (min.y..=max.y).contains(&lat) && (min.x..=max.x).contains(&lng);
            for tile in tiles {
                for bucket in tile.buckets() {
                    try_each(bucket, entries, |one| {
                        let (lat, lng) = one.1.lat_lng();
                        if inside(lat, lng) { entry(one, false) } else { Ok(()) }
                    })?;
                }
            }
        }
        Ok(())
    }
}

/// Visits every entry of a bucket until one is torn.
fn try_each(bucket: &Bucket, all: &Entries, visit: impl FnMut((Word, &Spot)) -> Result<(), Torn>) -> Result<(), Torn> {
    bucket.entries(all).ok_or(Torn::NOW)?.iter().try_for_each(visit)
}

/// Boxes that hold an area that is no circle, each unit in one of them: longitude and latitude in degrees.
fn boxes(area: &Area<'_>) -> Vec<Rect<f64>> {
    match *area {
        Area::Shape(shape) => shape.boxes(),
        Area::Around { core, distance_m } => boxes_around(core, distance_m),
        Area::Circle { centre, radius_m } => circle_boxes(centre, radius_m),
    }
}
