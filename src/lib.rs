//! Citygate: the engine under a police command centre's one map.

pub mod bus;
pub mod delta;
pub mod engine;
pub mod geodesy;
pub mod geography;
pub mod index;
pub mod ingest;
pub mod journal;
pub mod model;
pub mod rings;
