//! Citygate: the engine under a police command centre's one map.

pub mod geodesy;
pub mod ingest;
pub mod model;
