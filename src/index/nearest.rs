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
    candidate::{Candidate, Candidates, limit},
    entry::{CACHED_ENTRIES, Entries, Slice},
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
/// So many buckets are asked of memory at once.
const ASKED: usize = 8;
/// The first radius where nothing is known: about a tile.
const BLIND_RADIUS_M: f64 = 2_000.0;
/// How much larger the area of a second look is at most.
const WIDEN_MAX: f64 = 16.0;

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
        let expected = k as f64 + 2.0 * (k as f64).sqrt() + 1.0;
        let (first_m, is_rare) = self.first_radius_m(at, expected, &want)?;
        let mut radius_m = first_m.min(max_m);
        let mut candidates = std::mem::take(&mut self.scratch.candidates);
        loop {
            let mut look = Look::new(&self.grid.entries, at, k, radius_m, (want, is_rare), candidates);
            let is_all = look.run(self)?;
            let is_last = radius_m >= max_m;
            let (slack, within) = (look.metric.slack, look.within);
            let found = look.found.sorted();
            // The limit of the look was widened by the slack: what counts is within the radius itself.
            let inside = found.partition_point(|candidate| candidate.d() <= within / (1.0 + slack));
            if is_last || inside >= k {
                let limit = found.get(k - 1).map_or(f64::INFINITY, |kth| limit(*kth, slack));
                let last = found.partition_point(|candidate| candidate.d() <= limit);
                let hits = rank(self, at, k, max_m, found.get(..last).unwrap_or_default());
                self.scratch.candidates = look.found.slots;
                return hits;
            }
            let wider = if inside == 0 { WIDEN_MAX } else { (expected / inside as f64).clamp(2.0, WIDEN_MAX) };
            radius_m = if is_all { max_m } else { (radius_m * wider.sqrt()).min(max_m) };
            candidates = look.found.slots;
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
    entries: &'a Entries,
    reach: Reach,
    metric: Metric,
    /// `D` of the radius.
    within: f64,
    want: Want,
    /// So few are wanted that it pays to ask the totals of a cell before it is entered.
    is_rare: bool,
    /// Buckets whose memory was asked for: the first so many of these.
    asked: [Slice<'a>; ASKED],
    asked_count: usize,
    found: Candidates,
}

impl<'a> Look<'a> {
    fn new(entries: &'a Entries, at: LatLng, k: usize, radius_m: f64, (want, is_rare): (Want, bool), slots: Vec<Candidate>) -> Self {
        let reach = Reach::of(at, radius_m);
        let (metric, within) = (Metric::new(at, &reach), of_m(radius_m));
        let found = Candidates::new(k, metric.slack, within * (1.0 + 4.0 * metric.slack), slots);
        Self { entries, reach, metric, within, want, is_rare, asked: [Slice::default(); ASKED], asked_count: 0, found }
    }

    /// Looks, nearest tiles first. Tells whether no unit lies outside the tiles that were met.
    fn run(&mut self, view: &mut View<'a>) -> Result<bool, Torn> {
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
            self.tile(view.grid.tile(no).ok_or(Torn::NOW)?)?;
        }
        view.scratch.tiles = nearest_first.into_vec();
        Ok(units == view.len)
    }

    /// Looks at the cells of a tile, or at its buckets where it has no cells.
    fn tile(&mut self, tile: &Tile) -> Result<(), Torn> {
        let (side, per_cell) = if tile.cells().is_some() { (CELLS_SIDE, tile.side() / CELLS_SIDE) } else { (tile.side(), 1) };
        let (rows, columns) = self.metric.part(&self.reach, tile, side);
        for row in rows {
            for column in columns.clone() {
                let totals = tile.cells().filter(|_| self.is_rare).and_then(|cells| cells.get(row * side + column));
                let is_wanted = totals.is_none_or(|cell| cell.has(&self.want));
                if is_wanted && self.metric.least_of_square(tile, side, row, column) <= self.found.limit {
                    self.cell(tile, per_cell, row, column)?;
                }
            }
        }
        self.look();
        Ok(())
    }

    /// Looks at the buckets of a cell.
    fn cell(&mut self, tile: &Tile, per_cell: usize, row: usize, column: usize) -> Result<(), Torn> {
        for row in row * per_cell..(row + 1) * per_cell {
            for column in column * per_cell..(column + 1) * per_cell {
                let Some(bucket) = tile.buckets().get(row * tile.side() + column) else { break };
                if !bucket.is_empty() && (per_cell == 1 || self.metric.least_of_square(tile, tile.side(), row, column) <= self.found.limit)
                {
                    self.ask(bucket.entries(self.entries).ok_or(Torn::NOW)?);
                }
            }
        }
        Ok(())
    }

    /// Asks memory for a bucket, to look at it when several are on their way: memory answers many questions in the time of one.
    fn ask(&mut self, bucket: Slice<'a>) {
        if self.entries.len() > CACHED_ENTRIES {
            bucket.fetch(!self.is_rare && self.want.is_common());
        }
        if let Some(slot) = self.asked.get_mut(self.asked_count) {
            *slot = bucket;
        }
        self.asked_count += 1;
        if self.asked_count == ASKED {
            self.look();
        }
    }

    /// Looks at the buckets that memory was asked for.
    fn look(&mut self) {
        for n in 0..std::mem::take(&mut self.asked_count) {
            if let Some(bucket) = self.asked.get(n) {
                self.bucket(*bucket);
            }
        }
    }

    /// Looks at the entries of a bucket. No branch depends on what an entry says: whether a unit is wanted and near enough is as
    /// hard to guess as a coin, and a wrong guess costs a processor more than the test.
    fn bucket(&mut self, bucket: Slice<'_>) {
        // Copies, so that the loop keeps them in registers.
        let (want, metric) = (self.want, self.metric);
        for part in bucket.parts() {
            self.found.make_room();
            let Candidates { limit, mut count, ref mut slots, .. } = self.found;
            for (n, spot) in part.each(part.wanted(&want)) {
                let d = metric.of(spot.lat_lng());
                if let Some(slot) = slots.get_mut(count) {
                    *slot = Candidate::new(d, part.entry(n));
                }
                count += usize::from((d <= limit) & (want.any_age || want.is_recent(part.word(n), spot.stamp())));
            }
            self.found.count = count;
        }
    }
}

/// The exact order of those that remain.
fn rank(view: &View<'_>, at: LatLng, k: usize, max_m: f64, candidates: &[Candidate]) -> Result<Vec<Hit>, Torn> {
    let (from, mut hits) = (Origin::new(at), Vec::with_capacity(candidates.len()));
    for candidate in candidates {
        let spot = view.grid.entries.spot(candidate.entry()).ok_or(Torn::NOW)?;
        let ((lat, lng), stamp) = (spot.lat_lng(), spot.stamp());
        let place = LatLng::new(lat, lng).map_err(|_| Torn::NOW)?;
        let distance_m = from.haversine_m(place);
        if distance_m <= max_m {
            hits.push(Hit { unit: stamp.unit(), at: place, seen: stamp.seen(), distance_m });
        }
    }
    // They come nearly in order.
    hits.sort_unstable_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.unit.cmp(&b.unit)));
    hits.truncate(k);
    Ok(hits)
}
