//! Jams and closures: which roads they are on, and what the roads cost for them.

use std::{collections::BTreeMap, sync::Arc};

use geo::{BoundingRect, CoordinatePosition, Intersects, Line, Rect, coordinate_position::CoordPos};
use serde::{Deserialize, Serialize};

use super::{Roads, on_drives::OnDrives};
use crate::{
    geodesy::{LatLng, bearing_deg, distance_to_arc_m},
    model::{ClosureId, Drawn, OrgId, Timestamp, ZoneShape},
    roads::{Costs, Drive, DriveNo, EdgeNo, FACTOR_MAX, FACTOR_MIN},
};

/// The most closures at once.
pub const CLOSURES_MAX: usize = 10_000;
/// The most edges that one may be on.
pub const CLOSURE_EDGES_MAX: usize = 10_000;
/// The most characters of a reason.
pub const REASON_CHARS_MAX: usize = 200;
/// A point that is farther than this from every road means none, metres.
pub const TO_ROAD_M_MAX: f64 = 200.0;

/// A closed road, or one that is slower or faster than when it is free.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// Its id.
    pub id: ClosureId,
    /// Which roads. Numbers of edges that the network does not have mean none.
    #[serde(rename = "where")]
    pub place: Drawn,
    /// Of each road only the way from end to end that is nearer to this, degrees clockwise from north, 0 to 360; none: both ways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<f64>,
    /// So many times as slow; none: closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f32>,
    /// Why.
    pub reason: String,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whose it is, who may change and lift it; the city's where none. All see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
}

/// What is wrong with a closure.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClosureError {
    /// The factor is out of range.
    #[error("factor {0} is out of range: give {FACTOR_MIN} to {FACTOR_MAX}, or none to close the road")]
    Factor(f32),
    /// The direction is none.
    #[error("heading_deg {0} is out of range: give 0 to 360, or none for both ways")]
    Heading(f64),
    /// The reason is empty or too long.
    #[error("reason `{0}` is wrong: give 1 to {REASON_CHARS_MAX} characters without control characters")]
    Reason(String),
    /// No road is meant.
    #[error("there is no road: give a point within {TO_ROAD_M_MAX} m of one, a line or an area that crosses one, or numbers of edges")]
    NoRoad,
    /// Too many roads are meant.
    #[error("{0} edges are too many: one closure may be on at most {CLOSURE_EDGES_MAX}")]
    TooMany(usize),
}

impl ClosureError {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Factor(_) => "factor",
            Self::Heading(_) => "heading_deg",
            Self::Reason(_) => "reason",
            Self::NoRoad | Self::TooMany(_) => "where",
        }
    }
}

impl Closure {
    /// Checks what can be checked without roads.
    pub(in crate::engine) fn check(&self) -> Result<(), ClosureError> {
        if let Some(factor) = self.factor.filter(|factor| !(FACTOR_MIN..=FACTOR_MAX).contains(factor)) {
            return Err(ClosureError::Factor(factor));
        }
        if let Some(heading_deg) = self.heading_deg.filter(|heading_deg| !(0.0..=360.0).contains(heading_deg)) {
            return Err(ClosureError::Heading(heading_deg));
        }
        let length = self.reason.chars().count();
        if length == 0 || length > REASON_CHARS_MAX || self.reason.chars().any(char::is_control) {
            return Err(ClosureError::Reason(self.reason.chars().take(REASON_CHARS_MAX).collect()));
        }
        Ok(())
    }

    /// What it makes the cost of its roads.
    fn cost_factor(&self) -> f32 {
        self.factor.unwrap_or(f32::INFINITY)
    }
}

/// A closure that holds, and the edges that it is on.
#[derive(Debug, Clone)]
pub struct Closed {
    /// What was asked for.
    pub closure: Arc<Closure>,
    /// Ascending, each once.
    pub edges: Arc<[EdgeNo]>,
    /// The ways along them that it is on: one of each edge, or both.
    pub drives: Arc<[DriveNo]>,
    /// Since when.
    pub since: Timestamp,
}

/// All that hold.
#[derive(Debug, Default)]
pub(in crate::engine) struct Closures {
    by_id: BTreeMap<ClosureId, (u32, Closed)>,
    on_drives: OnDrives,
    /// The number of the next one.
    next: u32,
}

impl Closures {
    /// Puts a closure in place of the one of its id; the costs of both follow.
    fn put(&mut self, closed: Closed, costs: &mut Costs) {
        self.lift(&closed.closure.id, costs);
        let (no, factor) = (self.next, closed.closure.cost_factor());
        self.next = self.next.wrapping_add(1);
        for drive in &*closed.drives {
            costs.set_factor(*drive, self.on_drives.put(*drive, no, factor).unwrap_or(1.0));
        }
        self.by_id.insert(closed.closure.id.clone(), (no, closed));
    }

    /// Lifts a closure; false when there is none of this id.
    fn lift(&mut self, id: &ClosureId, costs: &mut Costs) -> bool {
        let Some((no, closed)) = self.by_id.remove(id) else { return false };
        for drive in &*closed.drives {
            costs.set_factor(*drive, self.on_drives.lift(*drive, no).unwrap_or(1.0));
        }
        true
    }
}

impl Roads {
    /// The closures that hold at `now`, by id.
    #[must_use]
    pub fn closures(&self, now: Timestamp) -> Vec<Closed> {
        let holds = |closed: &&Closed| closed.closure.until.is_none_or(|until| until > now);
        self.closures.read().by_id.values().map(|(_, closed)| closed).filter(holds).cloned().collect()
    }

    /// The closure of an id, until it is lifted: within a second of its end, where it has one.
    #[must_use]
    pub fn closed(&self, id: &ClosureId) -> Option<Closed> {
        self.closures.read().by_id.get(id).map(|(_, closed)| closed.clone())
    }

    /// All that are known, by id, each since when.
    pub(in crate::engine) fn all_closures(&self) -> Vec<(Timestamp, Closure)> {
        self.closures.read().by_id.values().map(|(_, closed)| (closed.since, (*closed.closure).clone())).collect()
    }

    pub(in crate::engine) fn closure_count(&self) -> usize {
        self.closures.read().by_id.len()
    }

    /// The edges that are meant: ascending, each once.
    ///
    /// # Errors
    /// [`ClosureError`] when there are none or too many.
    pub fn meant(&self, drawn: &Drawn) -> Result<Vec<EdgeNo>, ClosureError> {
        let edges = match drawn {
            Drawn::Edges(edges) => {
                let mut edges: Vec<_> = edges.iter().copied().filter(|edge| (*edge as usize) < self.network.edges().len()).collect();
                edges.sort_unstable();
                edges.dedup();
                edges
            }
            Drawn::Point(at) => self.snapper.nearest(*at, TO_ROAD_M_MAX, |_| true).map(|(place, _)| place.edge).into_iter().collect(),
            Drawn::Line(line) => self.edges_in(line.bounding_rect(), |road| line.intersects(road)),
            Drawn::Area(ZoneShape::Polygon(area)) => {
                // Whether the area holds an end is soon known, and most that are meant lie in it.
                let holds = |end| area.0.iter().any(|polygon| polygon.coordinate_position(&end) != CoordPos::Outside);
                self.edges_in(area.bounding_rect(), |road| holds(road.start) || area.intersects(road))
            }
            Drawn::Area(circle @ ZoneShape::Circle { centre, radius_m }) => {
                let near = |road: &Line<f64>| {
                    let at = |corner: geo::Coord<f64>| LatLng::new(corner.y, corner.x);
                    let ends = at(road.start).ok().zip(at(road.end).ok());
                    ends.is_some_and(|(start, end)| distance_to_arc_m(*centre, start, end) <= *radius_m)
                };
                let mut edges: Vec<_> = circle.boxes().into_iter().flat_map(|rect| self.edges_in(Some(rect), near)).collect();
                edges.sort_unstable();
                edges.dedup();
                edges
            }
        };
        match edges.len() {
            0 => Err(ClosureError::NoRoad),
            count if count > CLOSURE_EDGES_MAX => Err(ClosureError::TooMany(count)),
            _ => Ok(edges),
        }
    }

    /// The ways along an edge: both, or the one whose end lies in this direction from its start, give or take a quarter turn. Of
    /// a loop the direction that it starts in counts.
    fn drives(&self, edge: EdgeNo, heading_deg: Option<f64>) -> impl Iterator<Item = DriveNo> + use<> {
        let shape = self.network.edges().get(edge as usize).map(|edge| edge.shape);
        let ends =
            shape.and_then(|shape| if shape.first() == shape.last() { shape.steps().next() } else { Some((shape.first(), shape.last())) });
        let backward =
            heading_deg.zip(ends).map(|(heading_deg, (start, end))| (bearing_deg(start, end) - heading_deg).to_radians().cos() < 0.0);
        [false, true]
            .into_iter()
            .filter(move |way| backward.is_none_or(|backward| *way == backward))
            .map(move |backward| Drive { edge, backward }.no())
    }

    /// The edges in a box of which a piece is meant.
    fn edges_in(&self, rect: Option<Rect<f64>>, is_meant: impl Fn(&Line<f64>) -> bool) -> Vec<EdgeNo> {
        let corner = |corner: geo::Coord<f64>| LatLng::new(corner.y, corner.x).ok();
        let Some((south_west, north_east)) = rect.and_then(|rect| corner(rect.min()).zip(corner(rect.max()))) else { return Vec::new() };
        let mut edges = self.snapper.edges_near(south_west, north_east);
        edges.retain(|edge| {
            let steps = self.network.edges().get(*edge as usize).into_iter().flat_map(|edge| edge.shape.steps());
            let mut roads = steps.map(|(from, to)| Line::new(from.to_point().0, to.to_point().0));
            // Most that are not meant are beside the box.
            roads.any(|road| rect.is_some_and(|rect| rect.intersects(&road.bounding_rect())) && is_meant(&road))
        });
        edges
    }

    /// Whether a way along an edge is closed.
    #[must_use]
    pub fn is_closed(&self, drive: Drive) -> bool {
        self.closures.read().on_drives.factor(drive.no()).is_some_and(|factor| factor > FACTOR_MAX)
    }

    /// Puts a closure: what it costs counts from the next question on. Of a world's roads its engine alone does that, so that it is on
    /// the record.
    pub(crate) fn close(&self, closure: Closure, since: Timestamp) {
        // Where the network has none of these roads any longer, it is kept and does nothing.
        let edges = self.meant(&closure.place).unwrap_or_default();
        let drives = edges.iter().flat_map(|edge| self.drives(*edge, closure.heading_deg)).collect();
        let closed = Closed { closure: Arc::new(closure), edges: edges.into(), drives, since };
        self.closures.write().put(closed, &mut self.costs.write());
    }

    /// Lifts a closure; false when there is none of this id.
    pub(crate) fn lift(&self, id: &ClosureId) -> bool {
        self.closures.write().lift(id, &mut self.costs.write())
    }

    /// Lifts what has ended; whether anything has. Linear in the closures.
    pub(in crate::engine) fn lift_ended(&self, now: Timestamp) -> bool {
        let has_ended = |closed: &Closed| closed.closure.until.is_some_and(|until| until <= now);
        let ended = |closures: &Closures| -> Vec<ClosureId> {
            closures.by_id.iter().filter(|(_, (_, closed))| has_ended(closed)).map(|(id, _)| id.clone()).collect()
        };
        let ended = ended(&self.closures.read());
        ended.iter().for_each(|id| {
            self.lift(id);
        });
        !ended.is_empty()
    }
}
