//! Plans that were verified.

use super::{
    super::{Guard, Objective, Plan, Scene},
    Fault, Verdict, Walk, Wrong, clock, verify,
};

/// A plan that the verifier has passed. Only the verifier makes one, so that whoever is given one need not ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    plan: Plan,
    verdict: Verdict,
}

/// A plan that the verifier has not passed, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plan is refused: it {}{}", if self.verdict.holds { "holds" } else { "leaks" }, self.verdict.faults.iter().map(|fault| format!("; {fault}")).collect::<String>())]
pub struct Rejected {
    /// The plan.
    pub plan: Plan,
    /// What is true of it.
    pub verdict: Verdict,
}

impl Verified {
    /// Passes a plan that holds, whose guards can do what they are to do, and whose figures are so.
    ///
    /// # Errors
    /// [`Rejected`] says where it leaks and what is wrong.
    pub fn new(scene: &Scene, plan: Plan) -> Result<Self, Box<Rejected>> {
        let mut verdict = verify(scene, &plan.guards);
        let wrong = misstated(scene, &plan, &verdict);
        verdict.faults.extend(wrong);
        if verdict.holds && verdict.faults.is_empty() { Ok(Self { plan, verdict }) } else { Err(Box::new(Rejected { plan, verdict })) }
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What is true of it.
    #[must_use]
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }
}

/// The figures of a plan that are not so. What [`Objective::Balanced`] counts is its asker's, so that only its bound is looked at.
fn misstated(scene: &Scene, plan: &Plan, verdict: &Verdict) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut compare = |what, said: Option<u64>, is: Option<u64>| {
        if said != is {
            faults.push(Fault::Misstated { what, said, is });
        }
    };
    let count = |n: usize| Some(n as u64);
    compare("closed_ms", Some(u64::from(plan.closed_ms)), Some(u64::from(verdict.closed_ms)));
    compare("enclosed", count(plan.enclosed), count(verdict.enclosed.len()));
    compare("enclosed_weight", Some(plan.enclosed_weight), Some(verdict.enclosed_weight));
    let value = match plan.objective {
        Objective::Fastest => u64::from(verdict.closed_ms),
        Objective::Tightest => verdict.enclosed_weight,
        Objective::Fewest => plan.guards.len() as u64,
        Objective::Balanced => plan.value,
    };
    compare("value", Some(plan.value), Some(value));
    if plan.bound > plan.value {
        compare("bound", Some(plan.bound), Some(plan.value));
    }
    let free = Walk::new(scene, &[], Wrong::default(), usize::MAX);
    for Guard { junction, suspect_ms, .. } in &plan.guards {
        let gate = verdict.gates.iter().find(|gate| gate.junction == *junction);
        let wanted_ms = gate.map(|gate| u64::from(gate.held_ms) + u64::from(scene.margin_ms));
        // Whatever else is held, where that is late enough; else past the others.
        let is = free.ms(*junction).filter(|ms| Some(*ms) >= wanted_ms).map(clock).or_else(|| gate.and_then(|gate| gate.suspect_ms));
        compare("suspect_ms", suspect_ms.map(u64::from), is.map(u64::from));
    }
    faults
}
