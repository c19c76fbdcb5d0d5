//! What of the index lies in a circle: whole tiles, whole cells, whole buckets, and the buckets on its border.

use super::{
    View,
    entry::Bucket,
    grid::TileBox,
    metric::{Metric, Reach, of_m},
    read::Torn,
    tile::{CELLS_SIDE, TILE_DEG, Tile},
};
use crate::geodesy::LatLng;

/// A circle made ready for many squares and entries.
#[derive(Debug)]
pub(super) struct Circle {
    reach: Reach,
    metric: Metric,
    /// Within this `D` an entry is in for certain, beyond the other out.
    inner: f64,
    outer: f64,
}

/// A part of the index that lies at least partly in a circle.
pub(super) enum Part<'a> {
    /// A whole tile.
    Tile(&'a Tile),
    /// A whole cell of a tile.
    Cell(&'a Tile, usize),
    /// A whole bucket.
    Bucket(&'a Bucket),
    /// A bucket that may be cut by the border.
    Border(&'a Bucket),
}

/// How a square and a circle lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lies {
    Apart,
    Across,
    Within,
}

impl Circle {
    pub(super) fn new(centre: LatLng, radius_m: f64) -> Self {
        let reach = Reach::of(centre, radius_m.max(0.0));
        let metric = Metric::new(centre, &reach);
        // A radius below zero holds nobody, one of zero whoever stands on the point.
        let d = if radius_m < 0.0 { -1.0 } else { of_m(radius_m) };
        let rounding = 1e-20;
        Self { reach, metric, inner: d * (1.0 - 4.0 * metric.slack) - rounding, outer: d * (1.0 + 4.0 * metric.slack) + rounding }
    }

    /// Whether an entry is in, where its cheap distance leaves no doubt.
    pub(super) fn holds(&self, place: (f64, f64)) -> Option<bool> {
        let d = self.metric.of(place);
        if d < self.inner {
            Some(true)
        } else if d > self.outer {
            Some(false)
        } else {
            None
        }
    }

    fn lies(&self, least: f64, most: impl FnOnce() -> f64) -> Lies {
        if least > self.outer {
            Lies::Apart
        } else if most() < self.inner {
            Lies::Within
        } else {
            Lies::Across
        }
    }

    fn tile(&self, tile: &Tile) -> Lies {
        self.lies(self.metric.least_of_tile(tile), || self.metric.most_of_tile(tile))
    }

    fn square(&self, tile: &Tile, south: f64, west: f64, side: f64) -> Lies {
        let metric = &self.metric;
        let least = metric.least_rows(south, south + side) + metric.scale_least(tile) * metric.least_columns(west, west + side);
        self.lies(least, || metric.most_rows(south, south + side) + metric.scale_most(tile) * metric.most_columns(west, west + side))
    }
}

impl<'a> View<'a> {
    /// Visits the largest parts that lie in a circle, and the buckets on its border.
    pub(super) fn parts_of(&mut self, circle: &Circle, mut visit: impl FnMut(Part<'a>) -> Result<(), Torn>) -> Result<(), Torn> {
        let Reach { south, north, west, east } = circle.reach;
        let mut result = Ok(());
        self.tiles_in(&TileBox::new(south, north, west, east), |_, tile| {
            if result.is_ok() && tile.count() > 0 {
                result = parts_of_tile(tile, circle, &mut visit);
            }
        })?;
        result
    }
}

fn parts_of_tile<'a>(tile: &'a Tile, circle: &Circle, visit: &mut impl FnMut(Part<'a>) -> Result<(), Torn>) -> Result<(), Torn> {
    match circle.tile(tile) {
        Lies::Apart => return Ok(()),
        Lies::Within => return visit(Part::Tile(tile)),
        Lies::Across => {}
    }
    // Where there are no cells, a bucket stands for one.
    let cells_side = if tile.cells().is_some() { CELLS_SIDE } else { tile.side() };
    let (cell_deg, per_cell) = (TILE_DEG / cells_side as f64, tile.side() / cells_side);
    for cell in 0..cells_side * cells_side {
        let (row, column) = (cell / cells_side, cell % cells_side);
        let (south, west) = (tile.south + row as f64 * cell_deg, tile.west + column as f64 * cell_deg);
        match circle.square(tile, south, west, cell_deg) {
            Lies::Apart => {}
            Lies::Within if tile.cells().is_some() => visit(Part::Cell(tile, cell))?,
            lies => {
                for row in row * per_cell..(row + 1) * per_cell {
                    for column in column * per_cell..(column + 1) * per_cell {
                        let Some(bucket) = tile.buckets().get(row * tile.side() + column) else { continue };
                        if bucket.is_empty() {
                            continue;
                        }
                        let lies = if per_cell == 1 {
                            lies
                        } else {
                            let step = tile.bucket_deg();
                            circle.square(tile, tile.south + row as f64 * step, tile.west + column as f64 * step, step)
                        };
                        match lies {
                            Lies::Apart => {}
                            Lies::Within => visit(Part::Bucket(bucket))?,
                            Lies::Across => visit(Part::Border(bucket))?,
                        }
                    }
                }
            }
        }
    }
    Ok(())
}
