//! What a command does to orders: events, and what their units do for them.

use super::{Order, OrderError, OrderSpec, OrderStep};
use crate::{
    engine::{Event, Rejection, World},
    model::{OrderEnd, OrderId, OrderState, Purpose, Status, UnitId},
};

impl World {
    /// Gives an order, in place of the unit's open one where `replace` says so.
    pub(in crate::engine) fn decide_issue(&self, spec: &OrderSpec, replace: bool) -> Result<Vec<Event>, Rejection> {
        spec.check()?;
        let unit = self.unit(&spec.unit).ok_or_else(|| Rejection::UnknownOrdered(spec.unit.clone()))?;
        if spec.purpose == Purpose::Gate && unit.spec.kind.flies() {
            return Err(OrderError::Flies(spec.unit.clone()).into());
        }
        let orders = self.orders.read();
        if orders.get(&spec.id).is_some() {
            return Err(Rejection::KnownOrder(spec.id.clone()));
        }
        let mut status = unit.spec.status;
        let mut events = Vec::new();
        if let Some(open) = orders.open_of(unit.no) {
            if !replace {
                return Err(Rejection::OrderOpen { unit: spec.unit.clone(), open: open.spec.id.clone() });
            }
            events.extend(open.step(OrderStep::Ended(OrderEnd::Replaced), &mut status));
        }
        events.push(Event::OrderIssued { order: spec.clone() });
        if spec.purpose == Purpose::Gate && status != Status::Assigned {
            events.push(Event::StatusSet { id: spec.unit.clone(), status: Status::Assigned });
        }
        Ok(events)
    }

    /// Takes an order a step further.
    pub(in crate::engine) fn decide_step(&self, unit: &UnitId, id: &OrderId, step: OrderStep) -> Result<Vec<Event>, Rejection> {
        let order = self.order(id).filter(|order| order.spec.unit == *unit).ok_or_else(|| Rejection::UnknownOrder(id.clone()))?;
        let is_so = match step {
            OrderStep::Ended(reason) => order.reason == Some(reason),
            OrderStep::Accepted | OrderStep::Arrived => order.state == step.state(),
        };
        if is_so {
            return Ok(Vec::new());
        }
        if order.state == OrderState::Ended || step.state() < order.state {
            return Err(Rejection::OrderState { id: id.clone(), state: order.state, asked: step.state() });
        }
        let mut status = self.unit_by_no(order.unit_no).map_or(Status::Available, |unit| unit.spec.status);
        Ok(order.step(step, &mut status))
    }
}

impl Order {
    /// The events of a step. The unit's status follows where it is still the order's own.
    fn step(&self, step: OrderStep, status: &mut Status) -> Vec<Event> {
        let id = self.spec.id.clone();
        let event = match step {
            OrderStep::Accepted => Event::OrderAccepted { id },
            OrderStep::Arrived => Event::OrderArrived { id },
            OrderStep::Ended(reason) => Event::OrderEnded { id, reason },
        };
        let is_own = self.status(self.state) == Some(*status);
        let next = self.status(step.state()).filter(|next| is_own && next != status);
        let follows = next.map(|next| {
            *status = next;
            Event::StatusSet { id: self.spec.unit.clone(), status: next }
        });
        std::iter::once(event).chain(follows).collect()
    }
}
