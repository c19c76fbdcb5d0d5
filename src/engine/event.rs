//! What somebody did: the words of the journal. State is a fold over them.

use serde::{Deserialize, Serialize};

use super::{Closure, CordonEnd, CordonSpec, GatePlan, Loan, OrderSpec, Posted, Seen, Subject, UnitPatch};
use crate::model::{ClosureId, CordonId, GatePlanId, LoanId, OrderEnd, OrderId, Status, UnitId, UnitSpec, Zone, ZoneId};

/// One thing that was done, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A unit is known from now on.
    UnitRegistered {
        /// All of it.
        unit: UnitSpec,
    },
    /// What is known of a unit is replaced.
    UnitReplaced {
        /// All of it.
        unit: UnitSpec,
    },
    /// Some fields of a unit changed, its status and alarm apart.
    UnitEdited {
        /// Which.
        id: UnitId,
        /// What changed.
        change: UnitPatch,
    },
    /// A unit's status changed.
    StatusSet {
        /// Which.
        id: UnitId,
        /// To what.
        status: Status,
    },
    /// A unit's alarm was raised or ended.
    AlarmSet {
        /// Which.
        id: UnitId,
        /// Raised?
        alarm: bool,
    },
    /// A zone was added or replaced.
    ZonePut {
        /// All of it.
        zone: Zone,
    },
    /// A zone was removed.
    ZoneRemoved {
        /// Which.
        id: ZoneId,
    },
    /// Roads were closed or slowed down, or a closure was replaced.
    ClosurePut {
        /// All of it.
        closure: Closure,
    },
    /// A closure was lifted before its end.
    ClosureLifted {
        /// Which.
        id: ClosureId,
    },
    /// A unit was ordered to a place.
    OrderIssued {
        /// All of it.
        order: OrderSpec,
    },
    /// A unit accepted its order.
    OrderAccepted {
        /// Which.
        id: OrderId,
    },
    /// A unit is where it was ordered to.
    OrderArrived {
        /// Which.
        id: OrderId,
    },
    /// An order is over.
    OrderEnded {
        /// Which.
        id: OrderId,
        /// Why.
        reason: OrderEnd,
    },
    /// A cordon was ordered; the orders of its guards follow.
    CordonOrdered {
        /// What it is.
        cordon: CordonSpec,
        /// Who holds what.
        guards: Vec<Posted>,
    },
    /// He who is sought was seen again.
    CordonSighted {
        /// Of which cordon.
        id: CordonId,
        /// Where, and when.
        seen: Seen,
    },
    /// Others hold a cordon, or other junctions are held.
    CordonChanged {
        /// Which.
        id: CordonId,
        /// Who holds what from now on.
        guards: Vec<Posted>,
    },
    /// A cordon is being taken away.
    CordonOpening {
        /// Which.
        id: CordonId,
    },
    /// A cordon is over.
    CordonEnded {
        /// Which.
        id: CordonId,
        /// Why.
        why: CordonEnd,
    },
    /// A standing plan was laid down or replaced.
    GatePlanPut {
        /// All of it.
        plan: GatePlan,
    },
    /// A standing plan was removed.
    GatePlanRemoved {
        /// Which.
        id: GatePlanId,
    },
    /// A unit was lent.
    LoanMade {
        /// All of it.
        loan: Loan,
    },
    /// A loan was ended before its time.
    LoanEnded {
        /// Which.
        id: LoanId,
    },
}

impl Event {
    /// The name of [`Event::CordonChanged`].
    pub const CORDON_CHANGED: &'static str = "cordon_changed";

    /// The names of all events.
    pub const NAMES: [&'static str; 22] = [
        "unit_registered",
        "unit_replaced",
        "unit_edited",
        "status_set",
        "alarm_set",
        "zone_put",
        "zone_removed",
        "closure_put",
        "closure_lifted",
        "order_issued",
        "order_accepted",
        "order_arrived",
        "order_ended",
        "cordon_ordered",
        "cordon_sighted",
        Self::CORDON_CHANGED,
        "cordon_opening",
        "cordon_ended",
        "gate_plan_put",
        "gate_plan_removed",
        "loan_made",
        "loan_ended",
    ];

    /// The event's name in the journal.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UnitRegistered { .. } => "unit_registered",
            Self::UnitReplaced { .. } => "unit_replaced",
            Self::UnitEdited { .. } => "unit_edited",
            Self::StatusSet { .. } => "status_set",
            Self::AlarmSet { .. } => "alarm_set",
            Self::ZonePut { .. } => "zone_put",
            Self::ZoneRemoved { .. } => "zone_removed",
            Self::ClosurePut { .. } => "closure_put",
            Self::ClosureLifted { .. } => "closure_lifted",
            Self::OrderIssued { .. } => "order_issued",
            Self::OrderAccepted { .. } => "order_accepted",
            Self::OrderArrived { .. } => "order_arrived",
            Self::OrderEnded { .. } => "order_ended",
            Self::CordonOrdered { .. } => "cordon_ordered",
            Self::CordonSighted { .. } => "cordon_sighted",
            Self::CordonChanged { .. } => Self::CORDON_CHANGED,
            Self::CordonOpening { .. } => "cordon_opening",
            Self::CordonEnded { .. } => "cordon_ended",
            Self::GatePlanPut { .. } => "gate_plan_put",
            Self::GatePlanRemoved { .. } => "gate_plan_removed",
            Self::LoanMade { .. } => "loan_made",
            Self::LoanEnded { .. } => "loan_ended",
        }
    }

    /// The version of the form that events of this name are written in: one more each time that it changes.
    #[must_use]
    pub const fn version(&self) -> u32 {
        1
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::UnitRegistered { unit: UnitSpec { id, .. } }
            | Self::UnitReplaced { unit: UnitSpec { id, .. } }
            | Self::UnitEdited { id, .. }
            | Self::StatusSet { id, .. }
            | Self::AlarmSet { id, .. } => Subject::Unit(id.clone()),
            Self::ZonePut { zone: Zone { id, .. } } | Self::ZoneRemoved { id } => Subject::Zone(id.clone()),
            Self::ClosurePut { closure: Closure { id, .. } } | Self::ClosureLifted { id } => Subject::Closure(id.clone()),
            Self::OrderIssued { order: OrderSpec { id, .. } }
            | Self::OrderAccepted { id }
            | Self::OrderArrived { id }
            | Self::OrderEnded { id, .. } => Subject::Order(id.clone()),
            Self::CordonOrdered { cordon: CordonSpec { id, .. }, .. }
            | Self::CordonSighted { id, .. }
            | Self::CordonChanged { id, .. }
            | Self::CordonOpening { id }
            | Self::CordonEnded { id, .. } => Subject::Cordon(id.clone()),
            Self::GatePlanPut { plan: GatePlan { id, .. } } | Self::GatePlanRemoved { id } => Subject::GatePlan(id.clone()),
            Self::LoanMade { loan: Loan { id, .. } } | Self::LoanEnded { id } => Subject::Loan(id.clone()),
        }
    }

    /// Whether the thing is gone after it.
    #[must_use]
    pub const fn removes(&self) -> bool {
        matches!(self, Self::ZoneRemoved { .. } | Self::ClosureLifted { .. } | Self::GatePlanRemoved { .. } | Self::LoanEnded { .. })
    }
}

/// An event that does not fit the state it is folded into: the journal is not of this city, or damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event `{event}` does not fit the state: {detail}")]
pub struct FoldError {
    /// The event's name.
    pub event: &'static str,
    /// What does not fit.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_missing() {
        let error = serde_json::from_str::<Event>(r#"{"event":"?"}"#).unwrap_err().to_string();
        let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(known, Event::NAMES, "{error}");
    }
}
