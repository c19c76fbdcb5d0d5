//! What may be wrong with a plan.

use crate::roads::JunctionNo;

/// Why guards are not what they are said to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// He starts nowhere.
    #[error("he starts at no junction, or at one that there is not: give one at least, and all of the scene's")]
    Nowhere,
    /// A junction that there is not.
    #[error("junction {junction} is held, which there is not: give one of the scene's")]
    NoJunction {
        /// Its number.
        junction: JunctionNo,
    },
    /// A unit that there is not.
    #[error("unit {unit} is sent, which there is not: give a place in the scene's list")]
    NoUnit {
        /// Its number.
        unit: u32,
    },
    /// One unit in two places.
    #[error("unit {unit} is sent more than once: give it one junction")]
    Twice {
        /// Its number.
        unit: u32,
    },
    /// A junction that nobody can hold.
    #[error("junction {junction} is held, which nobody can: give another")]
    Unholdable {
        /// Its number.
        junction: JunctionNo,
    },
    /// Not as many units as it takes.
    #[error("junction {junction} has {given} units and takes {need}")]
    TooFew {
        /// Its number.
        junction: JunctionNo,
        /// How many are sent there.
        given: usize,
        /// How many hold it.
        need: usize,
    },
    /// Not ready so soon.
    #[error("unit {unit} is said to be ready at junction {junction} at {claimed_ms} ms, but is at {ready_ms:?}")]
    TooEarly {
        /// Where it is sent.
        junction: JunctionNo,
        /// Its number.
        unit: u32,
        /// When it is said to be ready, milliseconds.
        claimed_ms: u32,
        /// When it is; none when it cannot get there.
        ready_ms: Option<u32>,
    },
    /// A figure of the plan that is not so.
    #[error("the plan says {said:?} for {what}, but it is {is:?}")]
    Misstated {
        /// Which figure.
        what: &'static str,
        /// What the plan says.
        said: Option<u64>,
        /// What is so.
        is: Option<u64>,
    },
}
