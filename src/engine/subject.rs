//! What an event is about: the thing whose order of events counts.

use std::{fmt, str::FromStr};

use super::World;
use crate::model::{ClosureId, CordonId, GatePlanId, IdError, LoanId, OrderId, UnitId, ZoneId};

/// A thing that events are about. As text, in the journal: `unit/car-1`, `zone/beat-1`, `closure/fair`, `order/o-1`, `cordon/c-1`,
/// `gate_plan/city-gates`,
/// `loan/l-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A unit.
    Unit(UnitId),
    /// A zone.
    Zone(ZoneId),
    /// A closure of roads.
    Closure(ClosureId),
    /// An order to a unit.
    Order(OrderId),
    /// A cordon.
    Cordon(CordonId),
    /// A standing plan of gates.
    GatePlan(GatePlanId),
    /// A loan of a unit.
    Loan(LoanId),
}

impl Subject {
    /// The thing's own id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Unit(id) => id.as_str(),
            Self::Zone(id) => id.as_str(),
            Self::Closure(id) => id.as_str(),
            Self::Order(id) => id.as_str(),
            Self::Cordon(id) => id.as_str(),
            Self::GatePlan(id) => id.as_str(),
            Self::Loan(id) => id.as_str(),
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Unit(_) => "unit",
            Self::Zone(_) => "zone",
            Self::Closure(_) => "closure",
            Self::Order(_) => "order",
            Self::Cordon(_) => "cordon",
            Self::GatePlan(_) => "gate_plan",
            Self::Loan(_) => "loan",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.id())
    }
}

/// A string that names no thing that events are about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// The part after the stroke is no id.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The part before the stroke is no kind.
    #[error("`{0}` is no subject: give unit/ID, zone/ID, closure/ID, order/ID, cordon/ID, gate_plan/ID or loan/ID")]
    Kind(String),
}

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(value: &str) -> Result<Self, SubjectError> {
        Ok(match value.split_once('/') {
            Some(("unit", id)) => Self::Unit(id.parse()?),
            Some(("zone", id)) => Self::Zone(id.parse()?),
            Some(("closure", id)) => Self::Closure(id.parse()?),
            Some(("order", id)) => Self::Order(id.parse()?),
            Some(("cordon", id)) => Self::Cordon(id.parse()?),
            Some(("gate_plan", id)) => Self::GatePlan(id.parse()?),
            Some(("loan", id)) => Self::Loan(id.parse()?),
            _ => return Err(SubjectError::Kind(value.chars().take(80).collect())),
        })
    }
}

impl World {
    /// Whether there is such a thing now: by an event, or by the city's files.
    #[must_use]
    pub fn knows(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Unit(id) => self.unit(id).is_some(),
            Subject::Zone(id) => self.geography().zone(id).is_some(),
            Subject::Closure(id) => self.roads().closed(id).is_some(),
            Subject::Order(id) => self.order(id).is_some(),
            Subject::Cordon(id) => self.cordon(id).is_some(),
            Subject::GatePlan(id) => self.gate_plan(id).is_some(),
            Subject::Loan(id) => self.loan(id).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_there_and_back() {
        for text in ["unit/car-1", "zone/a:b", "closure/x", "order/o", "cordon/c", "gate_plan/city-gates", "loan/l"] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for wrong in ["", "unit", "unit/", "road/1", "unit/a/b"] {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
    }
}
