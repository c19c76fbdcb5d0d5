//! Who may do what: roles, actions, the one table of both, and the pass that goes with whoever asks.
//!
//! A route or question names the [`Action`] that it needs; [`may`] says which [`Role`]s have it; whoever asks has a [`Pass`].
//! How somebody shows who he is, is no matter of this module.

mod pass;
mod rights;
mod role;

pub use pass::Pass;
pub use rights::{Action, ActionSet, may};
pub use role::Role;
