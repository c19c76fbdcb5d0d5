//! Cordons hold: the verifier against a suspect who tries everything, the planner against every plan there is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod adversary;
mod brute;
#[cfg(feature = "highs")]
mod by_mip;
mod chase;
mod every_plan;
mod garrison;
mod partial;
mod planner;
mod repair;
mod small;
mod town;
mod verifier;

/// Tiny scenes, each compared with every move of the suspect.
const TRIED_BY_ADVERSARY: u64 = 12_000;
/// Tiny scenes, whose tolerance is compared with a walk for each margin and each speed.
const TOLERANCES: u64 = 3_000;
/// Towns with a cordon that was laid with them.
const TOWNS: u64 = 40;
/// Drives of a suspect against cordons that were verified.
const CHASES: usize = 10_000;
/// Tiny scenes, each planned and compared with every plan there is.
const PLANNED: u64 = 4_000;
/// Towns that are planned.
const TOWNS_PLANNED: u64 = 8;
/// Tiny scenes in which some gates are closed, compared with every way to close them.
const GATES: u64 = 4_000;
/// Towns in which the best plan is known.
const GARRISONS: u64 = 8;
/// Tiny scenes whose plans are repaired after random changes.
const REPAIRED: u64 = 6_000;
/// Towns whose cordons are.
const TOWNS_REPAIRED: u64 = 24;
