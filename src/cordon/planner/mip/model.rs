//! A cordon as a mixed-integer program.
//!
//! ```text
//! x(v)     he can be at v                             0 to 1
//! h(v)     v is held                                  0 or 1, where somebody is in time
//! y(u, v)  unit u is at v                             0 to 1, where u is in time
//!
//! x(s) + h(s) >= 1                                    where he may be at first
//! x(v) + h(v) >= x(w)                                 for each step from w to v
//! x(v) = 0                                            where he must not come
//! sum over u of y(u, v) = need(v) h(v)
//! sum over v of y(u, v) <= 1
//! ```
//! Where h is whole, the rest is too: x is then a reachable set, y a transport. What he can be at whatever is held needs no column.

use std::collections::BTreeMap;

use highs::{Col, RowProblem};

use super::super::{
    cutting::Prices,
    ground::{Ground, SpotNo},
    nearest::Ready,
};

/// What is known of a spot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// He can be there whatever is held.
    Inside,
    /// It may be held.
    Holdable,
    /// It cannot be held.
    #[default]
    Open,
}

/// The columns of a spot.
#[derive(Debug, Clone, Copy, Default)]
struct Columns {
    /// He can be there; none where he must not be, or can be whatever is held.
    reached: Option<Col>,
    held: Option<Col>,
}

/// The program, and what its columns mean.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) problem: RowProblem,
    /// Each spot that may be held, with the number of its column.
    pub(super) held: Vec<(SpotNo, usize)>,
}

impl Model {
    /// The program of a scene: `places` by spot, and for each spot that may be held all units that are in time, in `units`; of one that is not
    /// there more are in time than need be told apart.
    pub(super) fn new(ground: &Ground, prices: Prices, places: &[Place], units: &BTreeMap<SpotNo, Vec<Ready>>) -> Self {
        let mut model = Self { problem: RowProblem::new(), held: Vec::new() };
        let columns = model.columns(ground, prices, places);
        model.walk(ground, places, &columns);
        model.share_out(ground, &columns, units);
        model
    }

    fn columns(&mut self, ground: &Ground, prices: Prices, places: &[Place]) -> Vec<Columns> {
        let mut columns = Vec::with_capacity(ground.spots().len());
        for ((number, spot), place) in (0..).zip(ground.spots()).zip(places) {
            let mut of = Columns::default();
            if *place != Place::Inside && !spot.is_protected {
                let weight = if prices.is_ground_weighed { f64::from(spot.weight) } else { 0.0 };
                of.reached = Some(self.problem.add_column(weight, 0..=1));
            }
            if *place == Place::Holdable {
                self.held.push((number, self.problem.num_cols()));
                of.held = Some(self.problem.add_integer_column(prices.unit as f64 * f64::from(spot.need), 0..=1));
            }
            columns.push(of);
        }
        columns
    }

    /// Where he gets to, if it is not held.
    fn walk(&mut self, ground: &Ground, places: &[Place], columns: &[Columns]) {
        let is_inside = |spot: SpotNo| places.get(spot as usize) == Some(&Place::Inside);
        let is_start = |spot: SpotNo| ground.starts().iter().any(|(start, _)| *start == spot);
        for ((spot, of), place) in (0..).zip(columns).zip(places) {
            if *place == Place::Inside {
                continue;
            }
            let stops = || of.reached.into_iter().chain(of.held).map(|column| (column, 1.0));
            let before = ground.arcs_in(spot);
            if is_start(spot) || before.iter().any(|(from, _)| is_inside(*from)) {
                self.problem.add_row(1.., stops().collect::<Vec<_>>());
                continue;
            }
            for (from, _) in before {
                if let Some(from) = columns.get(*from as usize).and_then(|from| from.reached) {
                    self.problem.add_row(0.., stops().chain([(from, -1.0)]).collect::<Vec<_>>());
                }
            }
        }
    }

    /// Who is where.
    fn share_out(&mut self, ground: &Ground, columns: &[Columns], units: &BTreeMap<SpotNo, Vec<Ready>>) {
        let mut places_of: BTreeMap<u32, Vec<(Col, f64)>> = BTreeMap::new();
        for (spot, ready) in units {
            let held = columns.get(*spot as usize).and_then(|of| of.held);
            let (Some(held), Some(of)) = (held, ground.spot(*spot)) else { continue };
            let mut row = vec![(held, -f64::from(of.need))];
            for unit in ready {
                let column = self.problem.add_column(0.0, 0..=1);
                row.push((column, 1.0));
                places_of.entry(unit.unit).or_default().push((column, 1.0));
            }
            self.problem.add_row(0..=0, row);
        }
        for places in places_of.into_values().filter(|places| places.len() > 1) {
            self.problem.add_row(..=1, places);
        }
    }
}
