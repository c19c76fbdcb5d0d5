//! The doors through which fixes come in: one folder or file a protocol, one gate for all.
//!
//! Every protocol turns its bytes into [`Report`]s; the gate checks each one and hands it to the engine's queue,
//! or says with a [`Refusal`] why not.

mod accept;
pub mod binary;
mod check;
mod gate;
pub mod jt808;
pub mod native;
pub mod osmand;
mod report;

pub use check::CheckLimits;
pub use gate::{Gate, IngestLimits, Moment, Protocol, Reporter, Source, UnknownDevices};
pub use report::{Datum, Refusal, RefusalReason, Report};
