//! How many units of each kind and status stand in a circle.

use super::{
    Index, Torn, View,
    circle::{Circle, Part},
    tile::Sums,
};
use crate::{
    geodesy::{LatLng, haversine_m},
    model::{Status, UnitKind},
};

/// Numbers of units by kind and status.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts(Sums);

impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        UnitKind::ALL.iter().all(|kind| Status::ALL.iter().all(|status| self.get(*kind, *status) == other.get(*kind, *status)))
    }
}
impl Eq for Counts {}

impl Counts {
    /// Units of a kind and status.
    #[must_use]
    pub fn get(&self, kind: UnitKind, status: Status) -> u32 {
        self.0.get(usize::from(kind.code()) * Status::ALL.len() + usize::from(status.code()))
    }

    /// All units.
    #[must_use]
    pub fn total(&self) -> u32 {
        UnitKind::ALL.iter().map(|kind| Status::ALL.iter().map(|status| self.get(*kind, *status)).sum::<u32>()).sum()
    }

    /// These without those of a part of it: the ring between two circles.
    #[must_use]
    pub fn without(self, part: &Self) -> Self {
        Self(self.0.without(&part.0))
    }
}

impl Index {
    /// How many units of each kind and status are within each radius of a point, metres, borders included. All at one moment.
    ///
    /// Cost: tiles and cells that lie wholly within are counted from their totals, never unit by unit; units are looked at
    /// along the border alone.
    #[must_use]
    pub fn count_within(&self, centre: LatLng, radii_m: &[f64]) -> Vec<Counts> {
        self.read(|view| radii_m.iter().map(|radius_m| view.count_within(centre, *radius_m)).collect())
    }
}

impl View<'_> {
    /// See [`Index::count_within`].
    ///
    /// # Errors
    /// [`Torn`] when the writer was met: hand it on to [`Index::read`].
    pub fn count_within(&mut self, centre: LatLng, radius_m: f64) -> Result<Counts, Torn> {
        let (circle, entries) = (Circle::new(centre, radius_m), &self.grid.entries);
        let mut sums = Sums::default();
        self.parts_of(&circle, |part| {
            match part {
                Part::Tile(tile) => tile.totals().add_to(&mut sums),
                Part::Cell(tile, cell) => {
                    if let Some(totals) = tile.cells().and_then(|cells| cells.get(cell)) {
                        totals.add_to(&mut sums);
                    }
                }
                Part::Bucket(bucket) => bucket.entries(entries).ok_or(Torn::NOW)?.words().for_each(|word| sums.add(word)),
                Part::Border(bucket) => {
                    for (word, spot) in bucket.entries(entries).ok_or(Torn::NOW)?.iter() {
                        let place = spot.lat_lng();
                        let is_in = match circle.holds(place) {
                            Some(is_in) => is_in,
                            None => haversine_m(centre, LatLng::new(place.0, place.1).map_err(|_| Torn::NOW)?) <= radius_m,
                        };
                        if is_in {
                            sums.add(word);
                        }
                    }
                }
            }
            Ok(())
        })?;
        Ok(Counts(sums))
    }
}
