//! Who stands in an area: a circle or any shape.

use geo::{Intersects, Rect};

use super::{CHORD_SLACK, Hit, Index, Tag, Vector, nearest::chord_of_m, vector};
use crate::{
    geodesy::{EARTH_RADIUS_M, LatLng, haversine_m},
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
}

/// How a node's cap and an area lie.
enum Cover {
    Apart,
    Partly,
    Wholly,
}

/// An [`Area`] with what the search needs of it computed once.
enum Ready<'a> {
    Circle { from: Vector, centre: LatLng, radius_m: f64, chord: f64 },
    Shape { boxes: Vec<Rect<f64>>, shape: &'a ZoneShape },
}

impl<'a> Ready<'a> {
    fn new(area: &Area<'a>) -> Self {
        match *area {
            Area::Circle { centre, radius_m } | Area::Shape(&ZoneShape::Circle { centre, radius_m }) => {
                Self::Circle { from: vector(centre), centre, radius_m, chord: chord_of_m(radius_m) }
            }
            Area::Shape(shape) => Self::Shape { boxes: shape.boxes(), shape },
        }
    }

    fn contains(&self, at: LatLng) -> bool {
        match self {
            Self::Circle { centre, radius_m, .. } => haversine_m(*centre, at) <= *radius_m,
            Self::Shape { shape, .. } => shape.contains(at),
        }
    }
}

impl Index {
    /// Visits every unit in the area that `wants` says yes to, in no order.
    ///
    /// Cost: cells that lie wholly in a circle are not tested unit by unit; cells apart from the area are not entered.
    pub fn within(&self, area: &Area<'_>, wants: impl Fn(&Tag) -> bool, mut visit: impl FnMut(UnitNo, LatLng, &Tag)) {
        let ready = Ready::new(area);
        let mut open: Vec<(u32, bool)> = self.tree.roots().iter().map(|node| (*node, false)).collect();
        while let Some((node, whole)) = open.pop() {
            if self.tree.count(node) == 0 {
                continue;
            }
            let whole = whole
                || match self.cover(&ready, node) {
                    Cover::Apart => continue,
                    Cover::Partly => false,
                    Cover::Wholly => true,
                };
            open.extend(self.tree.children(node).iter().map(|child| (*child, whole)));
            for entry in self.tree.entries(node) {
                if wants(&entry.tag)
                    && let Some(place) = self.place(entry.unit)
                    && (whole || ready.contains(place.at))
                {
                    visit(entry.unit, place.at, &entry.tag);
                }
            }
        }
    }

    fn cover(&self, ready: &Ready<'_>, node: u32) -> Cover {
        let cap = self.tree.cap(node);
        match ready {
            Ready::Circle { from, chord, .. } => {
                if cap.nearest_chord(from) > chord + CHORD_SLACK {
                    Cover::Apart
                } else if cap.farthest_chord(from) < chord - CHORD_SLACK {
                    Cover::Wholly
                } else {
                    Cover::Partly
                }
            }
            Ready::Shape { boxes, .. } => {
                // The great-circle radius of the cap: the arc of its chord.
                let radius_m = 2.0 * EARTH_RADIUS_M * (cap.radius * 0.5).min(1.0).asin();
                let reach = circle_boxes(self.tree.centre(node), radius_m);
                if boxes.iter().any(|area| reach.iter().any(|rect| rect.intersects(area))) { Cover::Partly } else { Cover::Apart }
            }
        }
    }

    /// Every unit within `radius_m` of a point that `wants` says yes to, nearest first; equal distances by unit number.
    #[must_use]
    pub fn within_circle(&self, centre: LatLng, radius_m: f64, wants: impl Fn(&Tag) -> bool) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.within(&Area::Circle { centre, radius_m }, wants, |unit, at, _| {
            hits.push(Hit { unit, at, distance_m: haversine_m(centre, at) });
        });
        hits.sort_unstable_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.unit.cmp(&b.unit)));
        hits
    }
}
