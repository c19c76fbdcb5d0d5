//! From a position to a place on the roads.
//!
//! Whoever is on an edge stays on it while that is plausible ([`STAY_M`], a fitting heading, not past an end): one projection.
//! Otherwise the edges around are compared by a score in metres: how far off the line the position is, and more for a heading
//! that no drive of the edge has ([`TURNED_M`]), for an edge that is not connected with the last one ([`JUMP_M`]), and less
//! for the last one itself ([`HOLD_M`]), so that noise at a junction does not flap.
//!
//! Everything is in flat arrays, built once; a call allocates nothing. Positions are 2^32ths of the circle, 9 mm, whose
//! differences wrap at the antimeridian by themselves; near a position the sphere is taken as flat.

mod grid;

use super::{Drive, EdgeNo, JunctionNo, RoadNetwork, RoadPlace};
use crate::geodesy::LatLng;
use grid::{Cells, METRES, Point, Reach};

/// Farther than this from every road, one is off the roads, metres.
pub const OFF_ROADS_M: f64 = 60.0;
/// Slower than this, the heading says nothing, metres a second.
pub const MOVING_MPS: f32 = 2.0;
/// Farther than this from its edge, one may be on another, metres.
pub const STAY_M: f32 = 20.0;
/// What a heading across an edge counts, metres; one against a one-way edge counts twice that.
pub const TURNED_M: f32 = 30.0;
/// What an edge counts that does not touch the last one, metres.
pub const JUMP_M: f32 = 10.0;
/// What another edge must be better by than the last one, metres.
pub const HOLD_M: f32 = 8.0;
/// A heading that counts no more than this fits: within 45 degrees.
const FITS_M: f32 = TURNED_M / 2.0;

/// A straight stretch of an edge's line.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: Point,
    /// To its end: metres east and north.
    to: [f32; 2],
    /// From the beginning of the edge to its start, metres.
    before_m: f32,
    edge: EdgeNo,
}

/// An edge: its pieces, from the first to that of the next edge.
#[derive(Debug, Clone, Copy)]
struct Line {
    first: u32,
    ends: [JunctionNo; 2],
    length_m: f32,
    is_one_way: bool,
}

/// Where somebody is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sighting {
    /// The position.
    pub at: LatLng,
    /// Ground speed, metres a second, where it is known.
    pub speed_mps: Option<f32>,
    /// Course over ground, degrees clockwise from north, where it is known.
    pub heading_deg: Option<f32>,
}

/// The nearest point of a piece or an edge.
#[derive(Debug, Clone, Copy)]
struct Foot {
    piece: u32,
    /// The share of the piece that lies behind it.
    share: f32,
    off_m: f32,
    /// What the heading counts.
    turned_m: f32,
}

/// Finds edges by position. About 30 bytes a point of a line and 20 an edge.
#[derive(Debug, Default)]
pub struct Snapper {
    pieces: Vec<Piece>,
    /// One more than there are edges.
    lines: Vec<Line>,
    cells: Cells,
}

/// What is known of a position, made ready for many pieces.
struct Seen {
    at: Point,
    /// Metres to the east of a 2^32th of the circle of latitude.
    east_m: f32,
    /// East and north of the course, where there is one.
    course: Option<[f32; 2]>,
}

impl Seen {
    fn new(at: LatLng, course: Option<f32>) -> Self {
        let course = course.map(|deg| {
            let (sin, cos) = deg.to_radians().sin_cos();
            [sin, cos]
        });
        Self { at: Point::new(at), east_m: METRES * (at.lat_deg() as f32).to_radians().cos(), course }
    }

    fn of(sighting: &Sighting) -> Self {
        let moves = sighting.speed_mps.is_some_and(|mps| mps > MOVING_MPS);
        Self::new(sighting.at, sighting.heading_deg.filter(|_| moves))
    }

    /// The nearest point of a piece: the share of it, and the square of the metres to it.
    fn project(&self, piece: &Piece) -> (f32, f32) {
        let [east, north] = self.at.minus(piece.start);
        let ([x, y], [dx, dy]) = ([east as f32 * self.east_m, north as f32 * METRES], piece.to);
        let share = ((x * dx + y * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        let (x, y) = (x - share * dx, y - share * dy);
        (share, x * x + y * y)
    }

    /// What the course counts on a piece, metres.
    fn turned_m(&self, piece: &Piece, is_one_way: bool) -> f32 {
        let Some([east, north]) = self.course else { return 0.0 };
        let [dx, dy] = piece.to;
        let along = east * dx + north * dy;
        let square = along * along / (dx * dx + dy * dy);
        // The square of the sine: 0 along the edge, 1 across it; against a one-way edge 2.
        TURNED_M * if is_one_way && along < 0.0 { 1.0 + square } else { 1.0 - square }
    }
}

impl Snapper {
    /// For a network. Linear in the points and the cells that their lines cross.
    #[must_use]
    pub fn new(network: &RoadNetwork) -> Self {
        let (mut pieces, mut ends, mut lines) = (Vec::new(), Vec::new(), Vec::with_capacity(network.edges().len() + 1));
        for (edge, no) in network.edges().iter().zip(0..) {
            let first = pieces.len() as u32;
            let mut before_m = 0.0;
            for (from, to) in edge.shape.steps() {
                let (start, end) = (Point::new(from), Point::new(to));
                let [east, north] = end.minus(start);
                let middle_deg = f64::midpoint(from.lat_deg(), to.lat_deg()) as f32;
                let to = [east as f32 * METRES * middle_deg.to_radians().cos(), north as f32 * METRES];
                let length_m = to[0].hypot(to[1]);
                // Points on top of each other make no piece.
                if length_m > 0.0 {
                    pieces.push(Piece { start, to, before_m, edge: no });
                    ends.push((start, end));
                    before_m += length_m;
                }
            }
            lines.push(Line { first, ends: [edge.from, edge.to], length_m: before_m, is_one_way: edge.one_way });
        }
        lines.push(Line { first: pieces.len() as u32, ends: [0; 2], length_m: 0.0, is_one_way: false });
        Self { pieces, lines, cells: Cells::new(&ends) }
    }

    /// Where on the roads a sighting is; none off the roads. `last` is the place of the sighting before. 20 to 40 ns while
    /// it stays on its edge, some 200 ns otherwise.
    #[must_use]
    pub fn snap(&self, sighting: &Sighting, last: Option<RoadPlace>) -> Option<RoadPlace> {
        let seen = Seen::of(sighting);
        if let Some(foot) = last.and_then(|last| self.foot(&seen, last.edge))
            && foot.off_m <= STAY_M
            && foot.turned_m <= FITS_M
            && !self.is_end(&foot)
        {
            return Some(self.place(&foot));
        }
        self.search(&seen, last.map(|last| last.edge)).map(|foot| self.place(&foot))
    }

    /// The place on a road that is nearest to a position, and the metres to it, among the edges that are admitted.
    #[must_use]
    pub fn nearest(&self, at: LatLng, within_m: f64, admits: impl Fn(EdgeNo) -> bool) -> Option<(RoadPlace, f64)> {
        let seen = Seen::new(at, None);
        let mut reach_m = OFF_ROADS_M.min(within_m);
        loop {
            let mut best: Option<(f32, Foot)> = None;
            self.cells.near(&Reach::around(seen.at, reach_m as f32, seen.east_m), |no| {
                let Some(piece) = self.pieces.get(no as usize) else { return };
                let (share, square) = seen.project(piece);
                if best.is_none_or(|(least, _)| square < least) && admits(piece.edge) {
                    best = Some((square, Foot { piece: no, share, off_m: square.sqrt(), turned_m: 0.0 }));
                }
            });
            if let Some((_, foot)) = best.filter(|(_, foot)| f64::from(foot.off_m) <= reach_m) {
                return Some((self.place(&foot), foot.off_m.into()));
            }
            if reach_m >= within_m {
                return None;
            }
            reach_m = (2.0 * reach_m).min(within_m);
        }
    }

    /// The edges that may come into the box between two corners; ascending, each once.
    #[must_use]
    pub fn edges_near(&self, south_west: LatLng, north_east: LatLng) -> Vec<EdgeNo> {
        let mut found = Vec::new();
        let reach = Reach::between(Point::new(south_west), Point::new(north_east));
        self.cells.near(&reach, |no| found.extend(self.pieces.get(no as usize).map(|piece| piece.edge)));
        found.sort_unstable();
        found.dedup();
        found
    }

    fn line(&self, edge: EdgeNo) -> Option<(&Line, &[Piece])> {
        let (line, next) = (self.lines.get(edge as usize)?, self.lines.get(edge as usize + 1)?);
        Some((line, self.pieces.get(line.first as usize..next.first as usize)?))
    }

    /// The nearest point of an edge.
    fn foot(&self, seen: &Seen, edge: EdgeNo) -> Option<Foot> {
        let (line, pieces) = self.line(edge)?;
        let mut best: Option<(f32, f32, &Piece, u32)> = None;
        for (piece, no) in pieces.iter().zip(line.first..) {
            let (share, square) = seen.project(piece);
            if best.is_none_or(|(least, ..)| square < least) {
                best = Some((square, share, piece, no));
            }
        }
        let (square, share, piece, no) = best?;
        Some(Foot { piece: no, share, off_m: square.sqrt(), turned_m: seen.turned_m(piece, line.is_one_way) })
    }

    /// Whether it is where the edge begins or ends.
    fn is_end(&self, foot: &Foot) -> bool {
        let edge_of = |no: Option<u32>| no.and_then(|no| self.pieces.get(no as usize)).map(|piece| piece.edge);
        let edge = edge_of(Some(foot.piece));
        let is_first = edge_of(foot.piece.checked_sub(1)) != edge;
        let is_last = edge_of(foot.piece.checked_add(1)) != edge;
        (is_first && foot.share <= 0.0) || (is_last && foot.share >= 1.0)
    }

    /// The best of all edges around.
    fn search(&self, seen: &Seen, last: Option<EdgeNo>) -> Option<Foot> {
        let ends = last.and_then(|last| self.line(last)).map(|(line, _)| line.ends);
        let mut best: Option<(f32, Foot)> = None;
        self.cells.near(&Reach::around(seen.at, OFF_ROADS_M as f32, seen.east_m), |no| {
            let Some(piece) = self.pieces.get(no as usize) else { return };
            let (share, square) = seen.project(piece);
            let most_m = best.map_or(OFF_ROADS_M as f32, |(least, _)| (least + HOLD_M).min(OFF_ROADS_M as f32));
            if square > most_m * most_m {
                return;
            }
            let Some(line) = self.lines.get(piece.edge as usize) else { return };
            let (off_m, turned_m) = (square.sqrt(), seen.turned_m(piece, line.is_one_way));
            let habit_m = match ends {
                Some(_) if last == Some(piece.edge) => -HOLD_M,
                Some(ends) if !line.ends.iter().any(|end| ends.contains(end)) => JUMP_M,
                _ => 0.0,
            };
            let score = off_m + turned_m + habit_m;
            // Of two that are as good the lower number, in whatever order they are met.
            if best.is_none_or(|(least, foot)| (score, no) < (least, foot.piece)) {
                best = Some((score, Foot { piece: no, share, off_m, turned_m }));
            }
        });
        best.map(|(_, foot)| foot)
    }

    fn place(&self, foot: &Foot) -> RoadPlace {
        let Some(piece) = self.pieces.get(foot.piece as usize) else { return RoadPlace::new(0, 0.0) };
        let length_m = self.lines.get(piece.edge as usize).map_or(1.0, |line| line.length_m);
        let along_m = piece.before_m + foot.share * piece.to[0].hypot(piece.to[1]);
        RoadPlace::new(piece.edge, f64::from(along_m / length_m))
    }
}

impl RoadNetwork {
    /// Where a place on the roads is; none where there is no such edge.
    #[must_use]
    pub fn position(&self, place: RoadPlace) -> Option<LatLng> {
        let length_m = self.length_m(place.edge)?;
        Some(self.spot(Drive { edge: place.edge, backward: false }, place.share() * length_m)?.at)
    }
}
