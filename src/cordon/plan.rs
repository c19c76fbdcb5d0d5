//! What a planner finds: who holds what, and what is proved of it.

use crate::roads::JunctionNo;

crate::model::closed_set! {
    /// What a plan is best at.
    Objective, "objective" {
        /// The last junction is held as early as possible.
        Fastest = "fastest",
        /// The least ground is enclosed with him.
        Tightest = "tightest",
        /// The fewest units.
        Fewest = "fewest",
        /// Units and ground weighed against each other.
        Balanced = "balanced",
    }
}

/// One unit at one junction. A junction that takes several has one of these for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Guard {
    /// The junction.
    pub junction: JunctionNo,
    /// The unit's place in [`super::Scene::units`].
    pub unit: u32,
    /// When it is ready there, on the scene's clock, milliseconds.
    pub unit_ms: u32,
    /// The earliest that he can be there, on the scene's clock, milliseconds: whatever else is held, where that is late enough; else
    /// while the other guards of the plan hold him up; not by what is protected, where he is out. None when he cannot come there at all.
    pub suspect_ms: Option<u32>,
}

/// A plan. Nobody sees it before the verifier has passed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it is best at.
    pub objective: Objective,
    /// Who holds what, by junction and unit.
    pub guards: Vec<Guard>,
    /// When the last of them is ready, on the scene's clock, milliseconds; 0 without guards.
    pub closed_ms: u32,
    /// Junctions that he can be at.
    pub enclosed: usize,
    /// Their weights together.
    pub enclosed_weight: u64,
    /// What its objective counts: milliseconds until closed, weight enclosed, units, or the price of both.
    pub value: u64,
    /// No plan whatever has less.
    pub bound: u64,
}

impl Plan {
    /// Whether no plan is better by its objective.
    #[must_use]
    pub const fn is_optimal(&self) -> bool {
        self.value <= self.bound
    }
}

/// One junction of a way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// The junction.
    pub junction: JunctionNo,
    /// When he is there, on the scene's clock, milliseconds.
    pub suspect_ms: u32,
    /// When it could be held at the earliest, were it alone to be held; none when nobody can hold it.
    pub first_unit_ms: Option<u32>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Impossible {
    /// He gets out by this way before anybody, at every junction of it, from his start to what is protected.
    Escape(Vec<Passed>),
    /// Every way to share out the units was tried or ruled out. The way leaks from the best that was found.
    TooFew(Vec<Passed>),
}
