//! Cordons (封控) of the city: planned from the moment, ordered, watched while they close, and kept true.
//!
//! A cordon is ordered with the orders of its guards in one decision, so that there is never the one without the other. What it is (who
//! is sought, who holds what) is in the journal; how it stands is looked at whenever somebody asks ([`World::look`]): where each guard is by
//! its last fix, whether he can still get out, who could take the place of whom. Nothing that is shown is older than the question.
//!
//! | file | what |
//! |---|---|
//! | `words`, `spec` | what a cordon is, and what may be asked |
//! | `gate_plan` | standing plans of gates |
//! | `ground`, `protect`, `force`, `scene` | the moment as the planner and the verifier see it |
//! | `plan`, `replan`, `mend`, `run` | plans; plans anew; repairs of what leaks; gates closed without a suspect |
//! | `send` | who is sent where by hand |
//! | `look` | how a cordon stands |
//! | `strength` | how many units each ring takes and has |
//! | `decide`, `fold`, `store` | commands, events, state |
//! | `draw` | what a map shows |
//!
//! # What is not known
//! Who leaves the roads, hides inside, drives where there is no road on the map, or changes the car is not held by this. A gate that
//! was held and is lost counts as if it had never been held,
//! and when its unit comes back as if it had never left.

mod decide;
mod draw;
mod fold;
mod force;
mod gate_plan;
mod ground;
mod look;
mod mend;
mod plan;
mod protect;
mod replan;
mod run;
mod scene;
mod send;
mod spec;
mod store;
mod strength;
mod words;

pub use decide::{CordonCommand, CordonError};
pub use gate_plan::{CITY_GATES, CityGate, GATE_PLANS_MAX, GATES_MAX, GatePlan, GatePlanError, PlanGate, TO_JUNCTION_M_MAX};
pub use ground::Ground;
pub use look::{CordonView, GateView, LEFT_M, Leak, Replacement};
pub use plan::{PlanAnswer, PlanAsk, Planned, PlannedGuard, PlannedPartial};
pub use replan::{GAIN_MS, GAIN_SHARE};
pub use run::RunError;
pub use send::{SendError, Sent, Wanted};
pub use spec::{
    AskError, CORDON_NAME_CHARS_MAX, CORDONS_ENDED_MAX, CORDONS_MAX, CordonSpec, FASTER_MAX, Force, GUARDS_MAX, Hunt, Post, Posted,
    Protect, RADIUS_M_MAX, RESERVE_MAX, SEEN_S_MAX, SPARE_S_MAX, STARTS_MAX, Seen,
};
pub use store::Cordon;
pub(super) use store::Cordons;
pub use strength::Strength;
pub use words::{CordonEnd, CordonState, GateState, LostWhy, Suspect};

#[cfg(doc)]
use super::World;
