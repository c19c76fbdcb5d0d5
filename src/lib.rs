//! Citygate: the engine under a police command centre's one map.

pub mod geodesy;
pub mod index;
pub mod ingest;
pub mod model;
