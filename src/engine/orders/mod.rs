//! Orders (指令): each sends one unit to one place. Issued, accepted, arrived, ended; a unit has at most one that is open.
//!
//! What somebody does to an order is an event. That a unit has arrived is seen in its fixes too ([`Watch`]); the engine then
//! proposes the command that somebody would have given ([`Engine::proposals`](super::Engine::proposals)), and it goes the way of
//! all commands: decided, durable, applied.
//!
//! Under a `move_up` order nobody's status changes. A `gate` order makes its unit assigned, en route, on scene, and in the end
//! what it was before; a status that somebody else set meanwhile stays.

mod decide;
mod store;
mod watch;

use serde::{Deserialize, Serialize};

pub(super) use store::Orders;
pub use store::OrdersPage;
pub(super) use watch::Watch;

use crate::{
    geodesy::LatLng,
    model::{CordonId, Name, OrderEnd, OrderId, OrderState, Purpose, Status, Timestamp, UnitId, UnitNo, ZoneId},
};

/// How many orders that are over are kept: the last ones. Open ones are as many as there are units, at most.
pub const ORDERS_ENDED_MAX: usize = 10_000;
/// Within how many metres of the place a unit may be told to have arrived.
pub const ORDER_RADIUS_M: std::ops::RangeInclusive<f64> = 5.0..=2_000.0;
/// And when nothing is said.
pub const ORDER_RADIUS_M_DEFAULT: f64 = 60.0;
/// The most characters of a place's name, in each language.
pub const ORDER_PLACE_CHARS_MAX: usize = 100;

/// What is ordered, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderSpec {
    /// Its id.
    pub id: OrderId,
    /// Who is sent.
    pub unit: UnitId,
    /// What for.
    pub purpose: Purpose,
    /// Where to.
    pub to: LatLng,
    /// What people call the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Name>,
    /// A fix that is so near shows that the unit is there, metres.
    pub radius_m: f64,
    /// By when it is to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// The cordon that it is a guard of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cordon: Option<CordonId>,
    /// The city's gate that it is sent to for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<ZoneId>,
}

/// What is wrong with an order.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OrderError {
    /// The radius is out of range.
    #[error("radius_m {0} is out of range: give {min} to {max} metres", min = ORDER_RADIUS_M.start(), max = ORDER_RADIUS_M.end())]
    Radius(f64),
    /// The name of the place is empty or too long.
    #[error("place `{0}` is wrong: give 1 to {ORDER_PLACE_CHARS_MAX} characters without control characters in each language, or no place")]
    Place(String),
    /// Who flies follows and sights, and holds nothing.
    #[error("unit `{0}` flies and cannot hold a gate: send one that goes along roads")]
    Flies(UnitId),
}

impl OrderError {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Radius(_) => "radius_m",
            Self::Place(_) => "place",
            Self::Flies(_) => "unit",
        }
    }
}

impl OrderSpec {
    /// Checks what can be checked without the unit.
    fn check(&self) -> Result<(), OrderError> {
        if !ORDER_RADIUS_M.contains(&self.radius_m) {
            return Err(OrderError::Radius(self.radius_m));
        }
        let is_wrong = |name: &&String| {
            let length = name.chars().count();
            length == 0 || length > ORDER_PLACE_CHARS_MAX || name.chars().any(char::is_control)
        };
        match self.place.iter().flat_map(|place| [&place.zh, &place.en]).find(is_wrong) {
            Some(wrong) => Err(OrderError::Place(wrong.chars().take(ORDER_PLACE_CHARS_MAX).collect())),
            None => Ok(()),
        }
    }
}

/// One step of an order's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStep {
    /// The unit is on its way.
    Accepted,
    /// The unit is there.
    Arrived,
    /// It is over.
    Ended(OrderEnd),
}

impl OrderStep {
    /// The state that it leads to.
    #[must_use]
    pub const fn state(self) -> OrderState {
        match self {
            Self::Accepted => OrderState::Accepted,
            Self::Arrived => OrderState::Arrived,
            Self::Ended(_) => OrderState::Ended,
        }
    }
}

/// An order and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// What is ordered.
    pub spec: OrderSpec,
    /// The number of its unit, which the unit's id says.
    #[serde(skip, default = "no_unit")]
    pub unit_no: UnitNo,
    /// How far it is.
    pub state: OrderState,
    /// Why it is over.
    pub reason: Option<OrderEnd>,
    /// When it was given.
    pub issued_at: Timestamp,
    /// When the unit accepted it.
    pub accepted_at: Option<Timestamp>,
    /// When the unit was there.
    pub arrived_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// What its unit was doing before.
    before: Status,
}

const fn no_unit() -> UnitNo {
    UnitNo(u32::MAX)
}

impl Order {
    fn new(spec: OrderSpec, unit_no: UnitNo, before: Status, at: Timestamp) -> Self {
        let (reason, accepted_at, arrived_at, ended_at) = (None, None, None, None);
        Self { spec, unit_no, state: OrderState::Issued, reason, issued_at: at, accepted_at, arrived_at, ended_at, before }
    }

    /// The same order a step further.
    fn after(&self, step: OrderStep, at: Timestamp) -> Self {
        let mut next = Self { state: step.state(), ..self.clone() };
        match step {
            OrderStep::Accepted => next.accepted_at = Some(at),
            OrderStep::Arrived => next.arrived_at = Some(at),
            OrderStep::Ended(reason) => (next.reason, next.ended_at) = (Some(reason), Some(at)),
        }
        next
    }

    /// What the order makes its unit do in a state; none where it leaves it alone.
    const fn status(&self, state: OrderState) -> Option<Status> {
        match (self.spec.purpose, state) {
            (Purpose::MoveUp, _) => None,
            (Purpose::Gate, OrderState::Issued) => Some(Status::Assigned),
            (Purpose::Gate, OrderState::Accepted) => Some(Status::EnRoute),
            (Purpose::Gate, OrderState::Arrived) => Some(Status::OnScene),
            (Purpose::Gate, OrderState::Ended) => Some(self.before),
        }
    }
}
