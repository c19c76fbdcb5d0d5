//! Reach by road equals brute force: on small networks with one-ways, banned turns and closures, while everything changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod brute;
#[cfg(feature = "highs")]
mod by_mip;
mod coverage;
mod isochrone;
mod move_up;
mod small;
