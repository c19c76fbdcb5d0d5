//! The k nearest units.
//!
//! # Why the answer is exact
//! A look has a radius. Every bucket that may hold a unit within it is walked: a bucket is left out only when its least `D`
//! (see [`metric`](super::metric)) is beyond the limit or none of its units is wanted. So when k units lie within the radius, the k
//! nearest are among those found, and the look is the last; otherwise it is repeated with a larger radius. The limit shrinks
//! when many are found, to the k-th best `D` widened by `4 slack`, which leaves none of the k nearest out. Those that remain are
//! ranked by [`crate::geodesy::haversine_m`] and then by unit number, which is the order that every answer promises.
//!
//! The first radius is guessed from the totals of the tile around: it decides how long the search takes, not what it finds.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    Filter, Index,
    entry::Bucket,
    grid::{TileBox, place_of},
    metric::{Metric, Reach, of_m},
    read::{Torn, View},
    tag::Want,
    tile::{CELLS, CELLS_SIDE, TILE_DEG, Tile},
};
use crate::{
    geodesy::{EARTH_RADIUS_M, LatLng, Origin},
    model::{Timestamp, UnitNo},
};

/// A unit that a search found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The unit.
    pub unit: UnitNo,
    /// Where it is.
    pub at: LatLng,
    /// The time of its fix.
    pub seen: Timestamp,
    /// How far from the query, metres on the mean sphere.
    pub distance_m: f64,
}

/// Half the way around the Earth and a little: nobody is farther.
const FARTHEST_M: f64 = 20_016_000.0;
/// The first radius where nothing is known: about a tile.
const BLIND_RADIUS_M: f64 = 2_000.0;
/// How much larger the area of a second look is at most.
const WIDEN_MAX: f64 = 16.0;

/// An entry that may be among the nearest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    d: f64,
    /// Where it is among all entries.
    entry: u32,
}

/// The candidates of one look.
struct Found {
    k: usize,
    slack: f64,
    /// Beyond this `D` nobody counts.
    limit: f64,
    candidates: Vec<Candidate>,
    /// When there are so many candidates, all but the best are let go.
    prune_at: usize,
}

impl Found {
    /// Adds a candidate within the limit.
    #[inline]
    fn add(&mut self, candidate: Candidate) {
        self.candidates.push(candidate);
        if self.candidates.len() >= self.prune_at {
            self.prune();
        }
    }

    /// Lets go of all that cannot be among the k nearest.
    fn prune(&mut self) {
        if self.k <= self.candidates.len() {
            let (_, kth, _) = self.candidates.select_nth_unstable_by(self.k - 1, |a, b| a.d.total_cmp(&b.d));
            self.limit = self.limit.min(kth.d * (1.0 + 4.0 * self.slack));
            let limit = self.limit;
            self.candidates.retain(|candidate| candidate.d <= limit);
        }
        // Where many are equally far, nothing can be let go.
        self.prune_at = self.prune_at.max(2 * self.candidates.len());
    }
}

impl Index {
    /// The `k` nearest units that the filter wants, within `max_m` metres, nearest first; equal distances by unit number.
    ///
    /// Cost: about a microsecond for ten of a city, whatever its size; it grows with how rare the wanted ones are. Three
    /// allocations.
    #[must_use]
    pub fn nearest(&self, at: LatLng, k: usize, max_m: Option<f64>, filter: &Filter) -> Vec<Hit> {
        self.read(|view| view.nearest(at, k, max_m, filter))
    }
}

impl View<'_> {
    /// See [`Index::nearest`].
    ///
    /// # Errors
    /// [`Torn`] when the writer was met: hand it on to [`Index::read`].
    pub fn nearest(&mut self, at: LatLng, k: usize, max_m: Option<f64>, filter: &Filter) -> Result<Vec<Hit>, Torn> {
        if k == 0 || self.len == 0 {
            return Ok(Vec::new());
        }
        let want = Want::of(filter);
        let max_m = max_m.unwrap_or(FARTHEST_M).clamp(0.0, FARTHEST_M);
        // So many are expected within the first radius that fewer than k are rare.
        let expected = k as f64 + 2.5 * (k as f64).sqrt() + 1.0;
        let (first_m, is_rare) = self.first_radius_m(at, expected, &want)?;
        let mut radius_m = first_m.min(max_m);
        let mut candidates = std::mem::take(&mut self.scratch.candidates);
        loop {
            candidates.clear();
            let mut look = Look::new(at, k, radius_m, &want, is_rare, candidates);
            let is_all = look.run(self)?;
            let is_last = radius_m >= max_m;
            // The limit of the look was widened by the slack: what counts is within the radius itself.
            let within = look.within / (1.0 + look.metric.slack);
            let inside = look.found.candidates.iter().filter(|candidate| candidate.d <= within).count();
            if is_last || inside >= k {
                look.found.prune();
                let hits = rank(self, at, k, max_m, &look.found.candidates);
                self.scratch.candidates = look.found.candidates;
                return hits;
            }
            let wider = if inside == 0 { WIDEN_MAX } else { (expected / inside as f64).clamp(2.0, WIDEN_MAX) };
            radius_m = if is_all { max_m } else { (radius_m * wider.sqrt()).min(max_m) };
            candidates = look.found.candidates;
        }
    }

    /// A radius in which about so many wanted units are, guessed from totals of kinds and statuses; and whether so few are that
    /// most cells have none.
    fn first_radius_m(&mut self, at: LatLng, expected: f64, want: &Want) -> Result<(f64, bool), Torn> {
        let (row, column) = place_of(at);
        let Some(no) = self.grid.tile_at(row, column) else { return Ok((BLIND_RADIUS_M, true)) };
        let tile = self.open(no)?;
        let tile_m = TILE_DEG.to_radians() * EARTH_RADIUS_M;
        let area_m2 = tile_m * tile_m * tile.cos_max;
        let in_tile = f64::from(tile.totals().wanted(want));
        let in_cell = tile.cell_at(row, column).map_or(0.0, |cell| f64::from(cell.wanted(want)));
        // The cell around is nearer to the truth where it alone holds enough.
        let density = if in_cell >= expected { in_cell * CELLS as f64 / area_m2 } else { in_tile / area_m2 };
        let is_rare = in_tile < CELLS as f64;
        if density <= 0.0 {
            return Ok((BLIND_RADIUS_M, true));
        }
        Ok(((expected / density / std::f64::consts::PI).sqrt().min(4.0 * tile_m), is_rare))
    }
}

/// One look: every wanted unit within a radius that may be among the k nearest.
struct Look<'a> {
    reach: Reach,
    metric: Metric,
    /// `D` of the radius.
    within: f64,
    want: &'a Want,
    /// So few are wanted that it pays to ask the totals of a cell before it is entered.
    is_rare: bool,
    found: Found,
}

impl<'a> Look<'a> {
    fn new(at: LatLng, k: usize, radius_m: f64, want: &'a Want, is_rare: bool, candidates: Vec<Candidate>) -> Self {
        let reach = Reach::of(at, radius_m);
        let (metric, within) = (Metric::new(at, &reach), of_m(radius_m));
        let limit = within * (1.0 + 4.0 * metric.slack);
        Self { reach, metric, within, want, is_rare, found: Found { k, slack: metric.slack, limit, candidates, prune_at: 2 * k + 32 } }
    }

    /// Looks, nearest tiles first. Tells whether no unit lies outside the tiles that were met.
    fn run(&mut self, view: &mut View<'_>) -> Result<bool, Torn> {
        let mut tiles = std::mem::take(&mut view.scratch.tiles);
        tiles.clear();
        let mut units = 0;
        let Reach { south, north, west, east } = self.reach;
        view.tiles_in(&TileBox::new(south, north, west, east), |no, tile| {
            units += tile.count();
            if tile.count() > 0 {
                // Numbers that are not negative are ordered as their bits are.
                tiles.push(Reverse((self.metric.least_of_tile(tile).to_bits(), no)));
            }
        })?;
        let mut nearest_first = BinaryHeap::from(tiles);
        while let Some(Reverse((least, no))) = nearest_first.pop() {
            if f64::from_bits(least) > self.found.limit {
                break;
            }
            self.tile(view, view.grid.tile(no).ok_or(Torn::NOW)?)?;
        }
        view.scratch.tiles = nearest_first.into_vec();
        Ok(units == view.len)
    }

    /// Looks at the cells of a tile, or at its buckets where it has no cells.
    fn tile(&mut self, view: &View<'_>, tile: &Tile) -> Result<(), Torn> {
        let (side, per_cell) = if tile.cells().is_some() { (CELLS_SIDE, tile.side() / CELLS_SIDE) } else { (tile.side(), 1) };
        let (rows, columns) = self.metric.part(&self.reach, tile, side);
        for row in rows {
            for column in columns.clone() {
                let totals = tile.cells().filter(|_| self.is_rare).and_then(|cells| cells.get(row * side + column));
                let is_wanted = totals.is_none_or(|cell| cell.has(self.want));
                if is_wanted && self.metric.least_of_square(tile, side, row, column) <= self.found.limit {
                    self.cell(view, tile, per_cell, row, column)?;
                }
            }
        }
        Ok(())
    }

    /// Looks at the buckets of a cell.
    fn cell(&mut self, view: &View<'_>, tile: &Tile, per_cell: usize, row: usize, column: usize) -> Result<(), Torn> {
        for row in row * per_cell..(row + 1) * per_cell {
            for column in column * per_cell..(column + 1) * per_cell {
                let Some(bucket) = tile.buckets().get(row * tile.side() + column) else { break };
                if !bucket.is_empty() && (per_cell == 1 || self.metric.least_of_square(tile, tile.side(), row, column) <= self.found.limit)
                {
                    self.bucket(view, bucket)?;
                }
            }
        }
        Ok(())
    }

    fn bucket(&mut self, view: &View<'_>, bucket: &Bucket) -> Result<(), Torn> {
        // Copies, so that the loop keeps them in registers.
        let (want, metric, found) = (*self.want, self.metric, &mut self.found);
        let entries = bucket.entries(&view.grid.entries).ok_or(Torn::NOW)?;
        entries.each_wanted(
            |word| want.wants(word),
            |entry, word, spot| {
                let d = metric.of(spot.lat_lng());
                if (d <= found.limit) & want.is_recent(word, spot.stamp()) {
                    found.add(Candidate { d, entry });
                }
            },
        );
        Ok(())
    }
}

/// The exact order of those that remain.
fn rank(view: &View<'_>, at: LatLng, k: usize, max_m: f64, candidates: &[Candidate]) -> Result<Vec<Hit>, Torn> {
    let (from, mut hits) = (Origin::new(at), Vec::with_capacity(candidates.len()));
    for candidate in candidates {
        let spot = view.grid.entries.spot(candidate.entry as usize).ok_or(Torn::NOW)?;
        let ((lat, lng), stamp) = (spot.lat_lng(), spot.stamp());
        let place = LatLng::new(lat, lng).map_err(|_| Torn::NOW)?;
        let distance_m = from.haversine_m(place);
        if distance_m <= max_m {
            hits.push(Hit { unit: stamp.unit(), at: place, seen: stamp.seen(), distance_m });
        }
    }
    hits.sort_unstable_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.unit.cmp(&b.unit)));
    hits.truncate(k);
    Ok(hits)
}
