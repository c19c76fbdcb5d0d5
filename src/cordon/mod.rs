//! Cordons: junctions held so that a suspect cannot get out, whatever he does.
//!
//! Pure and deterministic: a [`Scene`] goes in, [`Plan`]s come out. The planner and the verifier share the words of this
//! file, [`scene`](Scene), [`plan`](Plan) and [`streets`](Streets), and no search.

mod plan;
mod planner;
mod scene;
mod streets;
mod town;
mod verify;

pub use plan::{Guard, Impossible, Objective, Passed, Plan};
pub use planner::{Answer, Ask, Budget, Closing, Fence, GateGuard, GatesError, Planner, RINGS_MAX, Repair, Ring, Running, close_gates};
#[cfg(feature = "highs")]
pub use planner::{Arrival, Mip, MipAnswer, close_gates_by_mip};
pub use scene::{Entry, Going, NEED_MAX, Scene, Unit, need_times};
pub use streets::{PointNo, Step, Streets};
pub use town::{entries, going, starts, suspect_streets};
pub use verify::{
    EXTRA_MARGIN_MS_MAX, FASTER_PERCENT, Fault, Gate, LATER_MS, LEAKS_MAX, Partial, Rejected, SPEED_UP_PERCENT_MAX, Tolerance, Verdict,
    Verified, is_escape, ready_ms, tolerance, verify,
};
