//! How many units stand in each H3 cell: the form in which other systems exchange density and coverage.

use std::collections::BTreeMap;

use geo::{Intersects, Rect};
use h3o::{CellIndex, LatLng, Resolution};

use super::SeenWorld;
use crate::{
    index::Filter,
    model::{Status, UnitNo},
};

/// The units of one cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Density {
    /// All of them.
    pub units: u32,
    /// By what they are doing; without those of which there are none.
    pub by_status: BTreeMap<Status, u32>,
}

/// Which units are counted, in how large cells.
#[derive(Debug, Clone)]
pub struct DensityQuery {
    /// The resolution of the cells.
    pub resolution: Resolution,
    /// Within any of these boxes: longitude and latitude in degrees.
    pub boxes: Option<Vec<Rect<f64>>>,
    /// Of whom.
    pub filter: Filter,
}

impl SeenWorld<'_> {
    /// Counts the units with a fix by cell. Positions are copied out under the read lock; their cells are computed after it,
    /// about 0.4 us each.
    #[must_use]
    pub fn density(&self, query: &DensityQuery) -> BTreeMap<CellIndex, Density> {
        let mut found = Vec::new();
        let in_boxes = |place: geo::Point<f64>| query.boxes.as_ref().is_none_or(|boxes| boxes.iter().any(|rect| rect.intersects(&place)));
        for (no, unit) in (0..).map(UnitNo).zip(self.world.units.read().iter()) {
            let view = unit.view(no);
            let Some(fix) = view.fix else { continue };
            if self.sees(&view) && query.filter.wants(&unit.tag(view.device, fix.time)) && in_boxes(fix.at.to_point()) {
                found.push((fix.at, view.spec.status));
            }
        }
        let mut cells: BTreeMap<CellIndex, Density> = BTreeMap::new();
        for (at, status) in found {
            // A position of ours is always one of theirs.
            let Ok(place) = LatLng::new(at.lat_deg(), at.lng_deg()) else { continue };
            let density = cells.entry(place.to_cell(query.resolution)).or_default();
            density.units += 1;
            *density.by_status.entry(status).or_default() += 1;
        }
        cells
    }
}
