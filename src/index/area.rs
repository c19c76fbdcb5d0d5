//! Who stands in an area: a circle or any shape.

use geo::{BoundingRect, Coord, Intersects, LinesIter, MultiPolygon, Rect};

use super::{CHORD_SLACK, Hit, Index, Tag, Vector, chord_squared, nearest::chord_of_m, tree::Entry, vector};
use crate::{
    geodesy::{EARTH_RADIUS_M, LatLng, distance_to_arc_m, haversine_m},
    model::{UnitNo, ZoneShape, circle_boxes},
};

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

/// How a node's cap and an area lie.
enum Cover {
    Apart,
    Partly,
    Wholly,
}

/// What the search needs of an [`Area`], computed once.
enum Reach {
    Circle { from: Vector, chord: f64 },
    Boxes(Vec<Rect<f64>>),
}

impl Reach {
    fn new(area: &Area<'_>) -> Self {
        match *area {
            Area::Circle { centre, radius_m } | Area::Shape(&ZoneShape::Circle { centre, radius_m }) => {
                Self::Circle { from: vector(centre), chord: chord_of_m(radius_m) }
            }
            Area::Shape(shape) => Self::Boxes(shape.boxes()),
            Area::Around { core, distance_m } => Self::Boxes(boxes_around(core, distance_m)),
        }
    }
}

impl Index {
    /// Visits every unit in the area that `wants` says yes to, in no order.
    ///
    /// Cost: cells that lie wholly in a circle are not tested unit by unit; cells apart from the area are not entered.
    pub fn within(&self, area: &Area<'_>, wants: impl Fn(&Tag) -> bool, mut visit: impl FnMut(UnitNo, &Tag)) {
        let reach = Reach::new(area);
        let mut open: Vec<(u32, bool)> = self.tree.roots().iter().map(|node| (*node, false)).collect();
        while let Some((node, whole)) = open.pop() {
            if self.tree.count(node) == 0 {
                continue;
            }
            let whole = whole
                || match self.cover(&reach, node) {
                    Cover::Apart => continue,
                    Cover::Partly => false,
                    Cover::Wholly => true,
                };
            open.extend(self.tree.children(node).iter().map(|child| (*child, whole)));
            for entry in self.tree.entries(node) {
                if wants(&entry.tag) && (whole || self.is_in(area, &reach, entry)) {
                    visit(entry.unit, &entry.tag);
                }
            }
        }
    }

    /// Whether a unit is in the area: by its chord where that leaves no doubt, by the area's own word where it does.
    fn is_in(&self, area: &Area<'_>, reach: &Reach, entry: &Entry) -> bool {
        if let Reach::Circle { from, chord } = reach {
            let distance = chord_squared(&entry.point, from);
            let (inner, outer) = ((chord - CHORD_SLACK).max(0.0), chord + CHORD_SLACK);
            if distance < inner * inner {
                return true;
            }
            if distance > outer * outer {
                return false;
            }
        }
        self.place(entry.unit).is_some_and(|place| area.contains(place.at))
    }

    fn cover(&self, reach: &Reach, node: u32) -> Cover {
        let cap = self.tree.cap(node);
        match reach {
            Reach::Circle { from, chord } => {
                if cap.nearest_chord(from) > chord + CHORD_SLACK {
                    Cover::Apart
                } else if cap.farthest_chord(from) < chord - CHORD_SLACK {
                    Cover::Wholly
                } else {
                    Cover::Partly
                }
            }
            Reach::Boxes(boxes) => {
                // The great-circle radius of the cap: the arc of its chord.
                let radius_m = 2.0 * EARTH_RADIUS_M * (cap.radius * 0.5).min(1.0).asin();
                let cap_boxes = circle_boxes(self.tree.centre(node), radius_m);
                if boxes.iter().any(|area| cap_boxes.iter().any(|rect| rect.intersects(area))) { Cover::Partly } else { Cover::Apart }
            }
        }
    }

    /// Every unit within `radius_m` of a point that `wants` says yes to, nearest first; equal distances by unit number.
    #[must_use]
    pub fn within_circle(&self, centre: LatLng, radius_m: f64, wants: impl Fn(&Tag) -> bool) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.within(&Area::Circle { centre, radius_m }, wants, |unit, _| {
            hits.extend(self.position(unit).map(|at| Hit { unit, at, distance_m: haversine_m(centre, at) }));
        });
        hits.sort_unstable_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.unit.cmp(&b.unit)));
        hits
    }
}
