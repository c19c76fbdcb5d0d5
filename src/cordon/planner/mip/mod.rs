//! Plans by HiGHS, a solver of mixed-integer programs: to compare the planner with, and to go on where its own searches do not end.
//!
//! | file | what |
//! |---|---|
//! | `firsts` | the first few units everywhere |
//! | `model` | the program |
//! | `search` | programs until a plan can be manned |
//! | `solver` | HiGHS |
//! | `gates` | fixed gates |
//! | `improve` | better plans than there are |
//!
//! # What the program knows
//! A unit is in time at a junction when it is ready, the margin added, before he comes. The program does not know that guards hold him up, so it
//! asks for one time of his at each junction:
//! - [`Arrival::Free`], the earliest that he can be there: every plan of the program holds, but plans that count on his being held up are none of
//!   it, so that the planner may find better ones;
//! - [`Arrival::Latest`], the latest that he can be there in any plan: every plan is one of the program, so that its bound holds for all, but not
//!   every one of its plans holds.
//!
//! # Few units at a time
//! Where many units are in time, which of them comes is of no interest until the units run short: such a junction is held by nobody in
//! particular at first, which costs no more than the truth. When those that a solution holds cannot be manned, all units of each of them are
//! told apart, and the program is solved again.

mod firsts;
mod gates;
mod improve;
mod model;
mod search;
mod solver;

use std::time::Duration;

pub use gates::close_gates_by_mip;

use super::{
    super::{Objective, Plan, Scene},
    best::Best,
    board::Board,
};
use search::Search;

/// When he comes to junctions, as the program has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// As early as he can, whatever is held.
    Free,
    /// As late as he may, when everything is held as early as it can be.
    Latest,
}

/// What HiGHS found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MipAnswer {
    /// The best plan found. Its own bound is what is proved of all plans, which with [`Arrival::Free`] is nothing.
    pub plan: Option<Plan>,
    /// No plan of the program has less; none when it has no plan.
    pub bound: Option<u64>,
}

/// Plans cordons by mixed-integer programs. It is the scratch of its searches: keep one for each thread.
#[derive(Debug, Default)]
pub struct Mip {
    board: Board,
}

impl Mip {
    /// The best plan by an objective, where a unit is worth `unit_price` in weight for [`Objective::Balanced`]. `left` says how much time
    /// there is still: it is asked often, and HiGHS is given what it says, which it may exceed by some tenths of a second in a city.
    pub fn plan(
        &mut self,
        scene: &Scene,
        objective: Objective,
        unit_price: u64,
        arrival: Arrival,
        left: &mut dyn FnMut() -> Duration,
    ) -> MipAnswer {
        let mut found = |_: &Plan| {};
        let mut best = Best::new(&[objective], &mut found);
        best.set_price(unit_price);
        let Ok(mut search) = Search::new(scene, &mut self.board, arrival, left, best) else {
            return MipAnswer { plan: None, bound: Some(0) };
        };
        let bound = search.run(objective);
        let mut best = search.best;
        if arrival == Arrival::Latest {
            best.prove(objective, bound.unwrap_or(u64::MAX));
        }
        MipAnswer { plan: best.into_plans().pop(), bound }
    }
}
