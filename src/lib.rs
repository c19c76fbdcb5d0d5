//! Citygate: the engine under a police command centre's one map.
