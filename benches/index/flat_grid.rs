//! A peer: the flat 250 m grid that a good programmer would write for one city. Positions, masks and times lie in the cell
//! as ours do; the search goes ring by ring and stops when the next ring is farther than the k-th found. One plane, one
//! city, one thread: it serves nothing beyond the box and nobody while it is written.

use citygate::{
    geodesy::{LatLng, haversine_m},
    index::{Hit, Tag},
    model::{Capabilities, Status, Timestamp, UnitNo},
};

use crate::city::{SOUTH_NORTH, WEST_EAST};

const CELL_M: f64 = 250.0;
const M_A_DEGREE: f64 = 111_195.08;

#[derive(Debug, Clone, Copy)]
struct Entry {
    lat: f64,
    lng: f64,
    /// Status bit below, capabilities above.
    mask: u64,
    seen_ms: i64,
    unit: u32,
}

pub struct FlatGrid {
    cells: Vec<Vec<Entry>>,
    columns: i32,
    rows: i32,
    places: Vec<(u32, u32)>,
    column_deg: f64,
    row_deg: f64,
    cos: f64,
}

fn mask(status: Status, capabilities: Capabilities) -> u64 {
    1 << status.code() | u64::from(capabilities.bits()) << 8
}

impl FlatGrid {
    pub fn new(at: &[LatLng], tags: &[Tag]) -> Self {
        let cos = 22.85_f64.to_radians().cos();
        let (row_deg, column_deg) = (CELL_M / M_A_DEGREE, CELL_M / (M_A_DEGREE * cos));
        let rows = ((SOUTH_NORTH.end - SOUTH_NORTH.start) / row_deg) as i32 + 1;
        let columns = ((WEST_EAST.end - WEST_EAST.start) / column_deg) as i32 + 1;
        let cells = vec![Vec::new(); (rows * columns) as usize];
        let mut grid = Self { cells, columns, rows, places: vec![(u32::MAX, 0); at.len()], column_deg, row_deg, cos };
        for (unit, (at, tag)) in at.iter().zip(tags).enumerate() {
            grid.place(unit as u32, *at, tag);
        }
        grid
    }

    fn cell(&self, at: LatLng) -> (i32, i32) {
        let row = ((at.lat_deg() - SOUTH_NORTH.start) / self.row_deg) as i32;
        let column = ((at.lng_deg() - WEST_EAST.start) / self.column_deg) as i32;
        (row, column)
    }

    pub fn place(&mut self, unit: u32, at: LatLng, tag: &Tag) {
        let (row, column) = self.cell(at);
        let cell = (row * self.columns + column) as u32;
        let entry =
            Entry { lat: at.lat_deg(), lng: at.lng_deg(), mask: mask(tag.status, tag.capabilities), seen_ms: tag.seen.unix_ms(), unit };
        let (old, slot) = self.places[unit as usize];
        if old == cell {
            self.cells[cell as usize][slot as usize] = entry;
            return;
        }
        if old != u32::MAX {
            self.cells[old as usize].swap_remove(slot as usize);
            if let Some(moved) = self.cells[old as usize].get(slot as usize) {
                self.places[moved.unit as usize].1 = slot;
            }
        }
        let into = &mut self.cells[cell as usize];
        self.places[unit as usize] = (cell, into.len() as u32);
        into.push(entry);
    }

    pub fn nearest(&self, at: LatLng, k: usize, status: Option<Status>, capabilities: Capabilities, since: Timestamp) -> Vec<Hit> {
        let statuses = status.map_or(0xFF, |status| 1 << status.code());
        let (wanted, since_ms) = (u64::from(capabilities.bits()) << 8, since.unix_ms());
        let (row, column) = self.cell(at);
        // Sorted; the k-th is the limit.
        let mut best: Vec<(f64, Entry)> = Vec::with_capacity(k + 1);
        let mut limit = f64::INFINITY;
        let last = self.rows.max(self.columns);
        for ring in 0..=last {
            // The nearest that a cell of this ring can be, in degrees of latitude.
            if ring > 1 {
                let reach = f64::from(ring - 1) * self.row_deg;
                if reach * reach > limit {
                    break;
                }
            }
            for r in (row - ring).max(0)..=(row + ring).min(self.rows - 1) {
                let is_edge = (r - row).abs() == ring;
                let step = if is_edge || ring == 0 { 1 } else { 2 * ring };
                let mut c = column - ring;
                while c <= column + ring {
                    if (0..self.columns).contains(&c) {
                        for entry in &self.cells[(r * self.columns + c) as usize] {
                            if entry.mask & statuses != 0 && entry.mask & wanted == wanted && entry.seen_ms >= since_ms {
                                let (y, x) = (entry.lat - at.lat_deg(), (entry.lng - at.lng_deg()) * self.cos);
                                let d = y * y + x * x;
                                if d < limit {
                                    let place = best.partition_point(|(other, _)| *other <= d);
                                    best.insert(place, (d, *entry));
                                    best.truncate(k);
                                    if best.len() == k {
                                        limit = best[k - 1].0;
                                    }
                                }
                            }
                        }
                    }
                    c += step;
                }
            }
        }
        let hit = |(_, entry): &(f64, Entry)| {
            let place = LatLng::new(entry.lat, entry.lng).unwrap();
            Hit { unit: UnitNo(entry.unit), at: place, seen: Timestamp::from_unix_ms(entry.seen_ms), distance_m: haversine_m(at, place) }
        };
        best.iter().map(hit).collect()
    }
}
