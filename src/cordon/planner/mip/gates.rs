//! Fixed gates: who goes to which, as a program.

use std::{collections::BTreeMap, time::Duration};

use highs::{Col, RowProblem};

use super::{
    super::{
        super::{Going, Unit},
        nearest::{NEVER, Nearest, Ready},
        work::{Meter, Stopped},
    },
    solver::{Solved, Wanted, solve},
};
use crate::roads::JunctionNo;

/// When the last gate is closed at the earliest, and the least sum of all times then, both milliseconds, as HiGHS finds them; none when there are too few units, or
/// too little time.
pub fn close_gates_by_mip(
    goings: &[Going],
    units: &[Unit],
    gates: &[(JunctionNo, u8)],
    left: &mut dyn FnMut() -> Duration,
) -> Option<(u32, u64)> {
    let places = places(goings, units, gates, left).ok()?;
    let mut times: Vec<u32> = places.iter().flatten().map(|ready| ready.ms).chain([0]).collect();
    times.sort_unstable();
    times.dedup();
    let (mut low, mut high) = (0, times.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        match share_out(&places, *times.get(middle)?, Wanted::Any, left) {
            Solved::Infeasible => low = middle + 1,
            Solved::Bounded(Some(_), _) => high = middle,
            Solved::Bounded(None, _) => return None,
        }
    }
    let last_ms = *times.get(low)?;
    match share_out(&places, last_ms, Wanted::Best, left) {
        Solved::Bounded(Some(best), bound) if best.cost <= bound => Some((last_ms, best.cost)),
        _ => None,
    }
}

/// By place, a gate having as many as it takes units: the units that could take it. More than there are places need not be known.
fn places(
    goings: &[Going],
    units: &[Unit],
    gates: &[(JunctionNo, u8)],
    left: &mut dyn FnMut() -> Duration,
) -> Result<Vec<Vec<Ready>>, Stopped> {
    let mut is_spent = || left().is_zero();
    let mut meter = Meter::new(&mut is_spent);
    let mut nearest = Nearest::default();
    nearest.begin(goings, units);
    let most = gates.iter().map(|(_, need)| usize::from(*need)).sum();
    let mut places = Vec::with_capacity(most);
    for (junction, need) in gates {
        let ready = nearest.at(goings, *junction, most, NEVER - 1, &mut meter)?.to_vec();
        places.extend(std::iter::repeat_n(ready, usize::from(*need)));
    }
    Ok(places)
}

/// A unit that is ready by a time for each place, all together as early as can be.
fn share_out(places: &[Vec<Ready>], latest_ms: u32, wanted: Wanted, left: &mut dyn FnMut() -> Duration) -> Solved {
    let mut problem = RowProblem::new();
    let mut of_unit: BTreeMap<u32, Vec<(Col, f64)>> = BTreeMap::new();
    for ready in places {
        let mut row = Vec::new();
        for ready in ready.iter().take_while(|ready| ready.ms <= latest_ms) {
            let column = problem.add_integer_column(f64::from(ready.ms), 0..=1);
            row.push((column, 1.0));
            of_unit.entry(ready.unit).or_default().push((column, 1.0));
        }
        // HiGHS says nothing of a program without columns.
        if row.is_empty() {
            return Solved::Infeasible;
        }
        problem.add_row(1..=1, row);
    }
    for row in of_unit.into_values() {
        problem.add_row(..=1, row);
    }
    solve(problem, wanted, left())
}
