//! Cordons over HTTP: plan, order, watch, change, end; standing plans of gates; where a suspect may be.
//!
//! All of it is computed apart, since it takes milliseconds to seconds: the threads that answer never wait for it.

pub mod ask;
pub mod desk;
pub mod gates;
pub mod json;
pub mod keeper;
pub mod life;
pub mod plan;
pub mod strength;
pub mod suspect;

pub use desk::{DESKS_MAX, Desks};
pub use gates::{delete as delete_gates, list as list_gates, put as put_gates, run as run_gates};
pub use keeper::{Proposals, watch};
pub use life::{LIST_PARAMS, get, list, patch, post, sight};
pub use plan::plan;
pub use suspect::{PARAMS as SUSPECT_PARAMS, suspect};
