//! What a cell holds of the zones: those that hold it wholly, and the pieces of border that run through it.

use geo::{Line, LineString, Polygon};

use super::{
    ZoneNo,
    bounds::{Address, Bounds},
    disc::{self, Cover, DISC_SHIFT_MAX, Disc},
    ring::{Edge, Ring, Step},
};
use crate::model::ZoneShape;

/// How a zone and a cell lie.
#[derive(Debug, Clone, Copy)]
pub(super) enum Test {
    /// The zone holds the cell.
    Whole,
    /// One ring of it crosses the cell: that many edges and steps of the cell's, after those of the zones before.
    Ring(Ring, u32, u32),
    /// A circle crosses the cell: the next of the cell's.
    Disc,
    /// Several rings cross the cell, or the cell is too large for the series of a circle: the zone is asked.
    Ask,
}

/// What a cell holds. Zones by number, ascending.
#[derive(Debug, Clone)]
pub(super) struct Content {
    entries: Box<[(ZoneNo, Test)]>,
    edges: Box<[Edge]>,
    steps: Box<[Step]>,
    discs: Box<[Disc]>,
}

/// A content that is being made.
#[derive(Default)]
struct Maker {
    entries: Vec<(ZoneNo, Test)>,
    edges: Vec<Edge>,
    steps: Vec<Step>,
    discs: Vec<Disc>,
}

impl Maker {
    /// A ring of a zone; the rest of the zone is as if it were not there.
    fn ring(&mut self, no: ZoneNo, ring: Ring, cell: &Bounds, given: impl Iterator<Item = Edge>, given_steps: &[Step]) {
        let (edges, steps) = (self.edges.len(), self.steps.len());
        let ring = ring.cut(cell, given, given_steps, &mut self.edges, &mut self.steps);
        if self.edges.len() > edges {
            self.entries.push((no, Test::Ring(ring, (self.edges.len() - edges) as u32, (self.steps.len() - steps) as u32)));
        } else if ring.holds_cell() {
            self.entries.push((no, Test::Whole));
        }
    }

    fn shape(&mut self, no: ZoneNo, shape: &ZoneShape, cell: Address, bounds: &Bounds) {
        match shape {
            ZoneShape::Circle { centre, radius_m } => match disc::cover(*centre, *radius_m, bounds) {
                Cover::Apart => {}
                Cover::Wholly => self.entries.push((no, Test::Whole)),
                Cover::Partly => {
                    let disc = if cell.shift <= DISC_SHIFT_MAX { Disc::new(*centre, *radius_m, bounds) } else { None };
                    self.entries.push((no, disc.map_or(Test::Ask, |_| Test::Disc)));
                    self.discs.extend(disc);
                }
            },
            ZoneShape::Polygon(polygons) => {
                let mut crossing = None;
                for polygon in &polygons.0 {
                    match part(polygon, bounds) {
                        Part::Apart => {}
                        Part::Whole => return self.entries.push((no, Test::Whole)),
                        Part::Ring(line, is_hole) if crossing.is_none() => crossing = Some(Some((line, is_hole))),
                        Part::Ring(..) | Part::Ask => crossing = Some(None),
                    }
                }
                match crossing {
                    None => {}
                    Some(None) => self.entries.push((no, Test::Ask)),
                    Some(Some((line, is_hole))) => self.ring(no, Ring::new(is_hole), bounds, edges(line), &[]),
                }
            }
        }
    }

    fn done(self) -> Content {
        Content { entries: self.entries.into(), edges: self.edges.into(), steps: self.steps.into(), discs: self.discs.into() }
    }
}

fn edges(line: &LineString<f64>) -> impl Iterator<Item = Edge> {
    line.lines().map(|Line { start, end }| Edge { a: [start.x, start.y], b: [end.x, end.y] })
}

/// How one polygon and a cell lie.
enum Part<'a> {
    Apart,
    Whole,
    /// This ring alone crosses; whether it is a hole.
    Ring(&'a LineString<f64>, bool),
    Ask,
}

fn part<'a>(polygon: &'a Polygon<f64>, bounds: &Bounds) -> Part<'a> {
    // Fewer corners are no area: only the zone itself knows what it means.
    if std::iter::once(polygon.exterior()).chain(polygon.interiors()).any(|line| line.0.len() < 4) {
        return Part::Ask;
    }
    let (mut kept, mut steps) = (Vec::new(), Vec::new());
    let mut lie = |line| {
        kept.clear();
        let ring = Ring::new(false).cut(bounds, edges(line), &[], &mut kept, &mut steps);
        (!kept.is_empty(), ring.holds_cell())
    };
    let (crosses, holds) = lie(polygon.exterior());
    if !crosses && !holds {
        return Part::Apart;
    }
    let mut result = if crosses { Part::Ring(polygon.exterior(), false) } else { Part::Whole };
    for hole in polygon.interiors() {
        result = match (lie(hole), result) {
            ((false, false), result) => result,
            ((false, true), Part::Whole) => return Part::Apart,
            ((true, _), Part::Whole) => Part::Ring(hole, true),
            // A border on a border, or a hole in a hole: what belongs to the zone there depends on the order of its rings.
            _ => return Part::Ask,
        };
    }
    result
}

impl Content {
    /// What a cell holds of zones given by number, ascending. Linear in their corners.
    pub(super) fn of<'a>(cell: Address, zones: impl Iterator<Item = (ZoneNo, &'a ZoneShape)>) -> Self {
        let bounds = cell.bounds();
        let mut maker = Maker::default();
        for (no, shape) in zones {
            maker.shape(no, shape, cell, &bounds);
        }
        maker.done()
    }

    /// What a part of this cell holds. Linear in what this cell holds.
    pub(super) fn narrowed<'a>(&self, cell: Address, shape: impl Fn(ZoneNo) -> Option<&'a ZoneShape>) -> Self {
        let bounds = cell.bounds();
        let mut maker = Maker::default();
        let (mut edges, mut steps) = (self.edges.iter(), &*self.steps);
        for &(no, test) in &self.entries {
            match test {
                Test::Whole => maker.entries.push((no, Test::Whole)),
                Test::Ring(ring, edge_count, step_count) => {
                    let (own, rest) = steps.split_at_checked(step_count as usize).unwrap_or((steps, &[]));
                    steps = rest;
                    maker.ring(no, ring, &bounds, edges.by_ref().take(edge_count as usize).copied(), own);
                }
                Test::Disc | Test::Ask => {
                    if let Some(shape) = shape(no) {
                        maker.shape(no, shape, cell, &bounds);
                    }
                }
            }
        }
        maker.done()
    }

    /// What a question costs here, in edges to test.
    pub(super) fn cost(&self) -> usize {
        let ask = self.entries.iter().filter(|(_, test)| matches!(test, Test::Ask)).count();
        self.edges.len() + 2 * self.discs.len() + 8 * ask
    }

    /// The memory of it, bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.entries) + size_of_val(&*self.edges) + size_of_val(&*self.steps) + size_of_val(&*self.discs)
    }

    /// The zones with what is tested of each.
    pub(super) fn visit(&self, mut visit: impl FnMut(ZoneNo, Test, &[Edge], &[Step], Option<&Disc>)) {
        let (mut edges, mut steps, mut discs) = (&*self.edges, &*self.steps, self.discs.iter());
        for &(no, test) in &self.entries {
            let (edge_count, step_count) = if let Test::Ring(_, edges, steps) = test { (edges, steps) } else { (0, 0) };
            let own = edges.split_at_checked(edge_count as usize).unwrap_or((edges, &[]));
            let own_steps = steps.split_at_checked(step_count as usize).unwrap_or((steps, &[]));
            (edges, steps) = (own.1, own_steps.1);
            visit(no, test, own.0, own_steps.0, if matches!(test, Test::Disc) { discs.next() } else { None });
        }
    }
}
