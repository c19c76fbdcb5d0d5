//! Reach by road equals brute force: on small networks with one-ways, banned turns and closures, while everything changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod brute;
mod coverage;
mod isochrone;
mod move_up;
mod small;
