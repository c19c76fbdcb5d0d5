//! What was found, as JSON: ids for numbers, seconds from the order for the scene's milliseconds.

use serde::Serialize;

use super::{Town, UnitAt};
use crate::{
    cordon::{Closing, GateGuard, GatesError, Guard, Impossible, Objective, Partial, Passed, Plan, Verified},
    roads::JunctionNo,
};

/// Ids, and when the clock of the answer begins.
#[derive(Debug, Clone, Copy)]
pub struct Teller<'a> {
    /// The junctions.
    pub town: &'a Town,
    /// The units.
    pub units: &'a [UnitAt],
    /// When the units are ordered, on the clock of what was found, milliseconds.
    pub ordered_ms: u32,
}

/// Plans, or why there is none.
#[derive(Debug, Serialize)]
pub struct PlanAnswer<'a> {
    plans: Vec<PlanTold<'a>>,
    impossible: Option<ImpossibleTold<'a>>,
    /// What can be closed all the same.
    partial: Option<PartialTold<'a>>,
    /// Ways out that share no junction that could be held: each needs its guards, so no plan has fewer units.
    routes: Vec<Vec<&'a str>>,
}

/// Who closes which gate, or which cannot be closed.
#[derive(Debug, Default, Serialize)]
pub struct GatesAnswer<'a> {
    bottleneck_s: Option<f64>,
    total_s: Option<f64>,
    optimal: bool,
    guards: Vec<GateTold<'a>>,
    impossible: Option<TooFewTold<'a>>,
}

#[derive(Debug, Serialize)]
struct GateTold<'a> {
    junction: &'a str,
    unit: &'a str,
    unit_arrives_s: f64,
}

/// Gates that take more units together than can reach any of them.
#[derive(Debug, Serialize)]
struct TooFewTold<'a> {
    gates: Vec<&'a str>,
    needed: usize,
    units: usize,
}

#[derive(Debug, Serialize)]
struct PlanTold<'a> {
    objective: Objective,
    closed_after_s: f64,
    units: usize,
    enclosed_junctions: usize,
    optimal: bool,
    value: f64,
    bound: f64,
    guards: Vec<GuardTold<'a>>,
}

#[derive(Debug, Serialize)]
struct GuardTold<'a> {
    junction: &'a str,
    unit: &'a str,
    unit_arrives_s: f64,
    suspect_arrives_s: Option<f64>,
}

#[derive(Debug, Serialize)]
struct ImpossibleTold<'a> {
    why: &'static str,
    escape: Vec<PassedTold<'a>>,
}

/// Guards past whom he gets out, and how.
#[derive(Debug, Serialize)]
struct PartialTold<'a> {
    guards: Vec<GuardTold<'a>>,
    leaks: Vec<LeakTold<'a>>,
}

#[derive(Debug, Serialize)]
struct LeakTold<'a> {
    escape: Vec<PassedTold<'a>>,
}

#[derive(Debug, Serialize)]
struct PassedTold<'a> {
    junction: &'a str,
    suspect_arrives_s: f64,
    first_unit_s: Option<f64>,
}

impl<'a> Teller<'a> {
    /// Tells plans, or why there is none.
    #[must_use]
    pub fn plans(
        self,
        plans: &[Verified],
        impossible: Option<&Impossible>,
        partial: Option<&Partial>,
        routes: &[Vec<JunctionNo>],
    ) -> PlanAnswer<'a> {
        PlanAnswer {
            plans: plans.iter().map(|plan| self.plan(plan.plan())).collect(),
            impossible: impossible.map(|impossible| {
                let (why, way) = match impossible {
                    Impossible::Escape(way) => ("escape", way),
                    Impossible::TooFew(way) => ("too_few_units", way),
                };
                ImpossibleTold { why, escape: self.escape(way) }
            }),
            partial: partial.map(|partial| PartialTold {
                guards: partial.guards().iter().map(|guard| self.guard(guard)).collect(),
                leaks: partial.verdict().leaks.iter().map(|way| LeakTold { escape: self.escape(way) }).collect(),
            }),
            routes: routes.iter().map(|route| route.iter().map(|junction| self.town.id(*junction)).collect()).collect(),
        }
    }

    /// Tells who closes which gate. Without time it tells nothing.
    #[must_use]
    pub fn gates(self, closing: &Result<Closing, GatesError>) -> GatesAnswer<'a> {
        match closing {
            Ok(closing) => GatesAnswer {
                bottleneck_s: Some(self.after_s(closing.bottleneck_ms)),
                total_s: Some(closing.total_ms as f64 / 1_000.0),
                optimal: closing.optimal,
                guards: closing.guards.iter().map(|guard| self.gate(guard)).collect(),
                impossible: None,
            },
            Err(GatesError::TooFew { gates, needed, units }) => {
                let gates = gates.iter().map(|gate| self.town.id(*gate)).collect();
                GatesAnswer { impossible: Some(TooFewTold { gates, needed: *needed, units: *units }), ..GatesAnswer::default() }
            }
            Err(GatesError::OutOfTime) => GatesAnswer::default(),
        }
    }

    fn gate(self, guard: &GateGuard) -> GateTold<'a> {
        GateTold { junction: self.town.id(guard.junction), unit: self.unit(guard.unit), unit_arrives_s: self.after_s(guard.unit_ms) }
    }

    fn plan(self, plan: &Plan) -> PlanTold<'a> {
        let told = |value: u64| match plan.objective {
            // A plan without guards is closed before anybody is ordered.
            Objective::Fastest => value.saturating_sub(self.ordered_ms.into()) as f64 / 1_000.0,
            Objective::Tightest | Objective::Fewest | Objective::Balanced => value as f64,
        };
        PlanTold {
            objective: plan.objective,
            closed_after_s: seconds(plan.closed_ms.saturating_sub(self.ordered_ms).into()),
            units: plan.guards.len(),
            enclosed_junctions: plan.enclosed,
            optimal: plan.is_optimal(),
            value: told(plan.value),
            bound: told(plan.bound),
            guards: plan.guards.iter().map(|guard| self.guard(guard)).collect(),
        }
    }

    fn guard(self, guard: &Guard) -> GuardTold<'a> {
        GuardTold {
            junction: self.town.id(guard.junction),
            unit: self.unit(guard.unit),
            unit_arrives_s: self.after_s(guard.unit_ms),
            suspect_arrives_s: guard.suspect_ms.map(|ms| self.after_s(ms)),
        }
    }

    fn escape(self, way: &[Passed]) -> Vec<PassedTold<'a>> {
        way.iter().map(|passed| self.passed(passed)).collect()
    }

    fn passed(self, passed: &Passed) -> PassedTold<'a> {
        PassedTold {
            junction: self.town.id(passed.junction),
            suspect_arrives_s: self.after_s(passed.suspect_ms),
            first_unit_s: passed.first_unit_ms.map(|ms| self.after_s(ms)),
        }
    }

    fn unit(self, unit: u32) -> &'a str {
        self.units.get(unit as usize).map(|unit| unit.id.as_str()).unwrap_or_default()
    }

    /// Seconds after the order; before it they are negative.
    fn after_s(self, ms: u32) -> f64 {
        seconds(i64::from(ms) - i64::from(self.ordered_ms))
    }
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}
