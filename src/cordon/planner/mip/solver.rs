//! HiGHS, for as long as it may take.

use std::time::Duration;

use highs::{HighsModelStatus, HighsSolutionStatus, RowProblem, Sense};

/// What is wanted of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The best solution.
    Best,
    /// Any solution.
    Any,
}

/// A solution.
#[derive(Debug)]
pub(super) struct Solution {
    /// The values of the columns.
    pub(super) columns: Vec<f64>,
    pub(super) cost: u64,
}

/// What HiGHS says.
#[derive(Debug)]
pub(super) enum Solved {
    /// The best solution found, if one was, and what none costs less than.
    Bounded(Option<Solution>, u64),
    /// There is no solution.
    Infeasible,
}

/// By how much a bound in floating point may be too high: a share of it, and so much.
const LOOSE_SHARE: f64 = 1e-8;
const LOOSE: f64 = 1e-3;

/// Solves a problem whose costs are whole numbers, on one thread. A problem that HiGHS refuses is as good as one without time: nothing is known.
pub(super) fn solve(problem: RowProblem, wanted: Wanted, time: Duration) -> Solved {
    try_solve(problem, wanted, time).unwrap_or(Solved::Bounded(None, 0))
}

fn try_solve(problem: RowProblem, wanted: Wanted, time: Duration) -> Option<Solved> {
    let mut model = problem.try_optimise(Sense::Minimise).ok()?;
    model.try_set_option("threads", 1).ok()?;
    model.try_set_option("time_limit", time.as_secs_f64()).ok()?;
    // Costs are whole: what is nearer than one is equal.
    model.try_set_option("mip_rel_gap", 0.0).ok()?;
    model.try_set_option("mip_abs_gap", 0.9).ok()?;
    if wanted == Wanted::Any {
        model.try_set_option("mip_max_improving_sols", 1).ok()?;
    }
    let solved = model.try_solve().ok()?;
    if matches!(solved.status(), HighsModelStatus::Infeasible | HighsModelStatus::UnboundedOrInfeasible) {
        return Some(Solved::Infeasible);
    }
    // Asked for by name: the status of no solution at all is not among those that the crate knows, and it panics.
    let is_found = solved.int_info_value(c"primal_solution_status") == Ok(HighsSolutionStatus::Feasible as i64);
    let solution =
        is_found.then(|| Solution { columns: solved.get_solution().columns().to_vec(), cost: solved.objective_value().round() as u64 });
    let bound = solved.double_info_value(c"mip_dual_bound").ok().filter(|bound| bound.is_finite()).unwrap_or_default();
    let bound = (bound - LOOSE - LOOSE_SHARE * bound.abs()).ceil().max(0.0) as u64;
    Some(Solved::Bounded(solution, bound))
}
