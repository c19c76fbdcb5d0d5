//! What somebody wants done, and why it is rejected.

use serde::{Deserialize, Serialize};

use super::{
    CLOSURES_MAX, CORDONS_MAX, Closure, ClosureError, CordonCommand, CordonError, GATE_PLANS_MAX, GatePlanError, LOANS_MAX, Loan,
    OrderError, OrderSpec, OrderStep, Subject,
};
use crate::model::{
    Capabilities, ClosureId, CordonId, Device, DeviceId, GatePlanId, LoanId, OrderId, OrderState, OrgId, Status, UNITS_MAX, UnitError,
    UnitId, UnitKind, UnitSpec, Zone, ZoneError, ZoneId,
};

/// The most zones.
pub const ZONES_MAX: usize = 100_000;

/// What somebody wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Register a unit, or replace what is known of it.
    RegisterUnit(UnitSpec),
    /// Change some fields of a unit.
    EditUnit {
        /// Which.
        id: UnitId,
        /// The fields that change.
        patch: UnitPatch,
    },
    /// Add a zone, or replace the one of its id.
    PutZone(Zone),
    /// Remove a zone.
    RemoveZone(ZoneId),
    /// Close roads or slow them down, or replace the closure of this id.
    PutClosure(Closure),
    /// Lift a closure.
    LiftClosure(ClosureId),
    /// Order a unit to a place.
    IssueOrder {
        /// What is ordered.
        order: OrderSpec,
        /// End the unit's open order for it.
        replace: bool,
    },
    /// Take an order a step further.
    StepOrder {
        /// Whose.
        unit: UnitId,
        /// Which.
        id: OrderId,
        /// The step.
        step: OrderStep,
    },
    /// Do something with a cordon or a standing plan.
    Cordon(CordonCommand),
    /// Lend a unit.
    Lend(Loan),
    /// End a loan before its time.
    EndLoan(LoanId),
    /// The same by somebody of an organisation, who may do it to what is of its subtree or lent to it alone.
    By {
        /// The organisation.
        org: OrgId,
        /// What he wants done.
        command: Box<Self>,
    },
}

impl Command {
    /// Whether the command may touch anything, so that it is decided alone: which orders a cordon ends, its state says.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        match self {
            Self::Cordon(_) => true,
            Self::By { command, .. } => command.is_alone(),
            _ => false,
        }
    }

    /// What it is about: the thing that it makes, changes or removes.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::RegisterUnit(UnitSpec { id, .. }) | Self::EditUnit { id, .. } => Subject::Unit(id.clone()),
            Self::PutZone(Zone { id, .. }) | Self::RemoveZone(id) => Subject::Zone(id.clone()),
            Self::PutClosure(Closure { id, .. }) | Self::LiftClosure(id) => Subject::Closure(id.clone()),
            Self::IssueOrder { order: OrderSpec { id, .. }, .. } | Self::StepOrder { id, .. } => Subject::Order(id.clone()),
            Self::Cordon(command) => command.subject(),
            Self::Lend(Loan { id, .. }) | Self::EndLoan(id) => Subject::Loan(id.clone()),
            Self::By { command, .. } => command.subject(),
        }
    }

    /// What the command touches. Two commands that touch the same are decided one after the other.
    pub fn touches(&self) -> Vec<String> {
        let devices = |devices: &[Device]| devices.iter().map(|device| format!("device {}", device.id)).collect::<Vec<_>>();
        match self {
            Self::RegisterUnit(spec) => [vec![format!("unit {}", spec.id)], devices(&spec.devices)].concat(),
            Self::EditUnit { id, patch } => {
                [vec![format!("unit {id}")], patch.devices.as_deref().map(devices).unwrap_or_default()].concat()
            }
            Self::PutZone(zone) => {
                let followed = zone.follows.as_ref().map(|follows| format!("unit {}", follows.unit));
                std::iter::once(format!("zone {}", zone.id)).chain(followed).collect()
            }
            Self::RemoveZone(id) => vec![format!("zone {id}")],
            Self::PutClosure(Closure { id, .. }) | Self::LiftClosure(id) => vec![format!("closure {id}")],
            // All that happens to an order happens to its unit.
            Self::IssueOrder { order: OrderSpec { unit, id, .. }, .. } | Self::StepOrder { unit, id, .. } => {
                vec![format!("unit {unit}"), format!("order {id}")]
            }
            Self::Lend(Loan { id, unit, .. }) => vec![format!("unit {unit}"), format!("loan {id}")],
            Self::EndLoan(id) => vec![format!("loan {id}")],
            // It is decided alone.
            Self::Cordon(_) => Vec::new(),
            Self::By { command, .. } => command.touches(),
        }
    }
}

/// The fields of a unit that change; those left out stay.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitPatch {
    /// A new call sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callsign: Option<String>,
    /// A new kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<UnitKind>,
    /// A new organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// New capabilities, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Capabilities>,
    /// A new number of people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crew: Option<u16>,
    /// New devices, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<Device>>,
    /// A new status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// The alarm raised or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<bool>,
}

impl UnitPatch {
    /// The unit with the changes made.
    #[must_use]
    pub fn applied_to(&self, spec: &UnitSpec) -> UnitSpec {
        let Self { callsign, kind, org, capabilities, crew, devices, status, alarm } = self.clone();
        UnitSpec {
            id: spec.id.clone(),
            callsign: callsign.unwrap_or_else(|| spec.callsign.clone()),
            kind: kind.unwrap_or(spec.kind),
            org: org.unwrap_or_else(|| spec.org.clone()),
            capabilities: capabilities.unwrap_or(spec.capabilities),
            crew: crew.unwrap_or(spec.crew),
            devices: devices.unwrap_or_else(|| spec.devices.clone()),
            status: status.unwrap_or(spec.status),
            alarm: alarm.unwrap_or(spec.alarm),
            home: spec.home,
        }
    }

    /// The patch without the fields that already are so.
    #[must_use]
    pub(super) fn against(self, spec: &UnitSpec) -> Self {
        Self {
            callsign: self.callsign.filter(|new| *new != spec.callsign),
            kind: self.kind.filter(|new| *new != spec.kind),
            org: self.org.filter(|new| *new != spec.org),
            capabilities: self.capabilities.filter(|new| *new != spec.capabilities),
            crew: self.crew.filter(|new| *new != spec.crew),
            devices: self.devices.filter(|new| *new != spec.devices),
            status: self.status.filter(|new| *new != spec.status),
            alarm: self.alarm.filter(|new| *new != spec.alarm),
        }
    }
}

/// Why a command is rejected. Nothing of it is done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Rejection {
    /// There is no such unit.
    #[error("there is no unit `{0}`")]
    UnknownUnit(UnitId),
    /// There is no such zone.
    #[error("there is no zone `{0}`")]
    UnknownZone(ZoneId),
    /// There is no unit that the zone could follow.
    #[error("there is no unit `{0}` to follow: register it first")]
    UnknownFollowed(UnitId),
    /// A field of the zone is wrong.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// There is no such organisation.
    #[error("there is no organisation `{0}`")]
    UnknownOrganisation(OrgId),
    /// Another unit carries the device.
    #[error("device `{device}` is carried by unit `{unit}`: take it from there first")]
    DeviceTaken {
        /// The device.
        device: DeviceId,
        /// Who carries it.
        unit: UnitId,
    },
    /// A field of the unit is wrong.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// There are too many units.
    #[error("there are {UNITS_MAX} units already, which is the most")]
    UnitCount,
    /// There is no such closure.
    #[error("there is no closure `{0}`")]
    UnknownClosure(ClosureId),
    /// A field of the closure is wrong.
    #[error(transparent)]
    Closure(#[from] ClosureError),
    /// There are too many closures.
    #[error("there are {CLOSURES_MAX} closures already, which is the most")]
    ClosureCount,
    /// There is no such order.
    #[error("there is no order `{0}`")]
    UnknownOrder(OrderId),
    /// There is such an order already.
    #[error("there is an order `{0}` already: give another id")]
    KnownOrder(OrderId),
    /// There is no unit that could be ordered.
    #[error("there is no unit `{0}` to order: register it first")]
    UnknownOrdered(UnitId),
    /// A field of the order is wrong.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The unit has an order already.
    #[error("unit `{unit}` has the open order `{open}`: end that first, or say that this one replaces it")]
    OrderOpen {
        /// The unit.
        unit: UnitId,
        /// Its open order.
        open: OrderId,
    },
    /// An order goes forward only.
    #[error("order `{id}` is {state} and cannot become {asked}: it goes issued, accepted, arrived, ended, and ends once")]
    OrderState {
        /// The order.
        id: OrderId,
        /// How far it is.
        state: OrderState,
        /// What was asked for.
        asked: OrderState,
    },
    /// There is no such cordon.
    #[error("there is no cordon `{0}`")]
    UnknownCordon(CordonId),
    /// There is such a cordon already.
    #[error("there is a cordon `{0}` already: give another id")]
    KnownCordon(CordonId),
    /// Too many cordons run.
    #[error("{CORDONS_MAX} cordons run already, which is the most: end one")]
    CordonCount,
    /// A field of the cordon is wrong.
    #[error(transparent)]
    Cordon(#[from] CordonError),
    /// There is no such standing plan.
    #[error("there is no standing plan `{0}`")]
    UnknownGatePlan(GatePlanId),
    /// There are too many standing plans.
    #[error("there are {GATE_PLANS_MAX} standing plans already, which is the most")]
    GatePlanCount,
    /// A field of the standing plan is wrong.
    #[error(transparent)]
    GatePlan(#[from] GatePlanError),
    /// There are too many zones.
    #[error("there are {ZONES_MAX} zones already, which is the most")]
    ZoneCount,
    /// There is no such loan.
    #[error("there is no loan `{0}`")]
    UnknownLoan(LoanId),
    /// There is such a loan already.
    #[error("there is a loan `{0}` already: give another id")]
    KnownLoan(LoanId),
    /// There is no unit that could be lent.
    #[error("there is no unit `{0}` to lend: register it first")]
    UnknownLent(UnitId),
    /// There is no organisation that could borrow.
    #[error("there is no organisation `{0}` to lend to")]
    UnknownBorrower(OrgId),
    /// There are too many loans.
    #[error("there are {LOANS_MAX} loans already, which is the most: end one")]
    LoanCount,
    /// It is seen and is another's.
    #[error("{field} `{value}` is outside your organisation: name what is of it, below it, or lent to it")]
    Outside {
        /// The field.
        field: &'static str,
        /// Whose or what.
        value: String,
    },
}

impl Rejection {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::UnknownUnit(_)
            | Self::UnknownZone(_)
            | Self::UnknownClosure(_)
            | Self::UnknownOrder(_)
            | Self::KnownOrder(_)
            | Self::UnknownCordon(_)
            | Self::KnownCordon(_)
            | Self::CordonCount
            | Self::UnknownGatePlan(_)
            | Self::GatePlanCount
            | Self::UnitCount
            | Self::ZoneCount
            | Self::ClosureCount
            | Self::UnknownLoan(_)
            | Self::KnownLoan(_)
            | Self::LoanCount => "id",
            Self::UnknownBorrower(_) => "to",
            Self::Outside { field, .. } => field,
            Self::UnknownOrganisation(_) => "org",
            Self::DeviceTaken { .. } => "devices",
            Self::UnknownFollowed(_) => "follows",
            Self::Unit(error) => error.field(),
            Self::Zone(error) => error.field(),
            Self::Closure(error) => error.field(),
            Self::UnknownOrdered(_) | Self::UnknownLent(_) | Self::OrderOpen { .. } => "unit",
            Self::Order(error) => error.field(),
            Self::Cordon(error) => error.field(),
            Self::GatePlan(error) => error.field(),
            Self::OrderState { .. } => "state",
        }
    }

    /// The value that is wrong, where it is one word.
    #[must_use]
    pub fn value(&self) -> Option<String> {
        match self {
            Self::UnknownUnit(id) | Self::UnknownFollowed(id) | Self::UnknownOrdered(id) | Self::UnknownLent(id) => Some(id.to_string()),
            Self::UnknownLoan(id) | Self::KnownLoan(id) => Some(id.to_string()),
            Self::UnknownBorrower(id) => Some(id.to_string()),
            Self::Outside { value, .. } => Some(value.clone()),
            Self::OrderOpen { unit, .. } => Some(unit.to_string()),
            Self::UnknownOrder(id) | Self::KnownOrder(id) => Some(id.to_string()),
            Self::OrderState { asked, .. } => Some(asked.to_string()),
            Self::UnknownCordon(id) | Self::KnownCordon(id) => Some(id.to_string()),
            Self::UnknownGatePlan(id) => Some(id.to_string()),
            Self::UnknownZone(id) => Some(id.to_string()),
            Self::UnknownClosure(id) => Some(id.to_string()),
            Self::UnknownOrganisation(id) => Some(id.to_string()),
            Self::DeviceTaken { device, .. } => Some(device.to_string()),
            Self::Unit(_)
            | Self::Zone(_)
            | Self::Closure(_)
            | Self::Order(_)
            | Self::Cordon(_)
            | Self::GatePlan(_)
            | Self::CordonCount
            | Self::GatePlanCount
            | Self::UnitCount
            | Self::ZoneCount
            | Self::ClosureCount
            | Self::LoanCount => None,
        }
    }
}
