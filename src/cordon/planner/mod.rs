//! The planner: how to hold junctions so that he cannot get out.
//!
//! | file | what |
//! |---|---|
//! | `work` | the budget |
//! | `nearest`, `reached`, `readiness` | which units are ready where, and when |
//! | `fence` | the innermost ring, or the proof that there is none |
//! | `ground`, `walk` | what he can reach, and what he reaches when some of it is held |
//! | `flow`, `augment`, `growth`, `preflow` | least cuts |
//! | `matching`, `cheapest` | who goes where |
//! | `board`, `best`, `tree` | a plan from junctions; the best plans; the branches that wait |
//! | `cutting` | fewest, balanced |
//! | `inward` | tightest |
//! | `fastest` | fastest |
//! | `partial` | what can be closed where no plan holds |
//! | `search` | all of them in turn |
//! | `rings` | rings around rings |
//! | `gates` | fixed gates |
//! | `repair` | a cordon that runs, after a change |
//! | `mip` | the same by HiGHS, with the feature `highs` |
//!
//! # What is exact
//! Given time, everything: each search ends with the best plan there is, or with the proof that there is none. Stopped before, it
//! has the best plan found and what is proved of all others. A bound is only ever what was proved.

mod augment;
mod best;
mod board;
mod cheapest;
mod cutting;
mod fastest;
mod fence;
mod flow;
mod gates;
mod ground;
mod growth;
mod inward;
mod matching;
#[cfg(feature = "highs")]
mod mip;
mod nearest;
mod partial;
mod preflow;
mod reached;
mod readiness;
mod repair;
mod rings;
mod search;
mod tree;
mod walk;
mod work;

pub use fence::Fence;
pub use gates::{Closing, GateGuard, GatesError, close_gates};
#[cfg(feature = "highs")]
pub use mip::{Arrival, Mip, MipAnswer, close_gates_by_mip};
pub use repair::{Repair, Running};
pub use rings::{RINGS_MAX, Ring};
pub use search::{Answer, Ask, Planner};
pub use work::Budget;
