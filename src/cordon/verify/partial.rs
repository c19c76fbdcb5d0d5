//! Guards that do not hold, and where they leak.

use super::{
    super::{Guard, Scene},
    Verdict, verify,
};

/// Guards that can do what they are to do, though he gets out. Only the verifier makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    guards: Vec<Guard>,
    verdict: Verdict,
}

impl Partial {
    /// Passes guards of whom each stops him where it is. None where one does not, or nobody is needed.
    #[must_use]
    pub fn new(scene: &Scene, guards: Vec<Guard>) -> Option<Self> {
        let verdict = verify(scene, &guards);
        let stops = verdict.gates.iter().all(|gate| gate.slack_ms.is_some_and(|slack_ms| slack_ms >= i64::from(scene.margin_ms)));
        (!guards.is_empty() && !verdict.holds && verdict.faults.is_empty() && stops).then_some(Self { guards, verdict })
    }

    /// The same, of a scene in which units have other places.
    pub(in crate::cordon) fn of_units(mut self, place: impl Fn(u32) -> u32) -> Self {
        for guard in &mut self.guards {
            guard.unit = place(guard.unit);
        }
        self.guards.sort_unstable();
        self
    }

    /// Who holds what, by junction and unit.
    #[must_use]
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }

    /// What is true of them; its leaks are the ways out that are left to him.
    #[must_use]
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }
}
