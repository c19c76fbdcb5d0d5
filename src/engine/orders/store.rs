//! The orders by id and by unit, and what events do to them.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    ops::Bound,
    sync::Arc,
};

use super::{ORDERS_ENDED_MAX, Order, OrderSpec, OrderStep};
use crate::{
    delta::Notice,
    engine::{Engine, SeenWorld, UnitView, World},
    model::{OrderId, OrderState, Timestamp, UnitNo},
};

/// All orders that are known.
#[derive(Debug, Default)]
pub(in crate::engine) struct Orders {
    by_id: BTreeMap<OrderId, Arc<Order>>,
    /// The open order of each unit that has one.
    open: HashMap<UnitNo, Arc<Order>>,
    /// Those that are over, the first to end first.
    ended: VecDeque<OrderId>,
}

impl Orders {
    pub(super) fn get(&self, id: &OrderId) -> Option<&Arc<Order>> {
        self.by_id.get(id)
    }

    pub(in crate::engine) fn open_of(&self, unit: UnitNo) -> Option<&Arc<Order>> {
        self.open.get(&unit)
    }

    /// All of them: those that are over in the order of their ends, then the others by id.
    pub(in crate::engine) fn all(&self) -> Vec<Order> {
        let ended = self.ended.iter().filter_map(|id| self.by_id.get(id));
        let open = self.by_id.values().filter(|order| order.state != OrderState::Ended);
        ended.chain(open).map(|order| (**order).clone()).collect()
    }

    /// Puts an order as it is now; of those that are over the last [`ORDERS_ENDED_MAX`] stay.
    pub(in crate::engine) fn put(&mut self, order: Arc<Order>) {
        let (id, unit) = (order.spec.id.clone(), order.unit_no);
        if order.state == OrderState::Ended {
            self.open.remove(&unit);
            self.ended.push_back(id.clone());
        } else {
            self.open.insert(unit, order.clone());
        }
        self.by_id.insert(id, order);
        if self.ended.len() > ORDERS_ENDED_MAX
            && let Some(oldest) = self.ended.pop_front()
        {
            self.by_id.remove(&oldest);
        }
    }
}

/// A page of orders, by id.
#[derive(Debug, Clone)]
pub struct OrdersPage {
    /// The orders.
    pub orders: Vec<Arc<Order>>,
    /// The id to go on after, when there are more.
    pub next: Option<OrderId>,
}

impl World {
    /// An order by its id.
    #[must_use]
    pub fn order(&self, id: &OrderId) -> Option<Arc<Order>> {
        self.orders.read().get(id).cloned()
    }

    /// The open order of a unit.
    #[must_use]
    pub fn order_of(&self, unit: UnitNo) -> Option<Arc<Order>> {
        self.orders.read().open_of(unit).cloned()
    }
}

impl SeenWorld<'_> {
    fn sees_order(&self, order: &Order) -> bool {
        self.sight.is_all() || self.unit_by_no(order.unit_no).is_some()
    }

    /// An order by its id: seen by whoever sees its unit.
    #[must_use]
    pub fn order(&self, id: &OrderId) -> Option<Arc<Order>> {
        self.world.order(id).filter(|order| self.sees_order(order))
    }

    /// The open order of a unit.
    #[must_use]
    pub fn order_of(&self, unit: UnitNo) -> Option<Arc<Order>> {
        self.world.order_of(unit).filter(|order| self.sees_order(order))
    }

    /// Orders by id: of one unit where one is given, those that are over too where `all` is, after an id. Linear in the orders.
    #[must_use]
    pub fn orders(&self, unit: Option<UnitNo>, all: bool, after: Option<&OrderId>, limit: usize) -> OrdersPage {
        let known = self.world.orders.read();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let is_wanted = |order: &&Arc<Order>| {
            (all || order.state != OrderState::Ended) && unit.is_none_or(|unit| order.unit_no == unit) && self.sees_order(order)
        };
        let mut wanted = known.by_id.range::<OrderId, _>((from, Bound::Unbounded)).map(|(_, order)| order).filter(is_wanted);
        let orders: Vec<_> = wanted.by_ref().take(limit).cloned().collect();
        let next = wanted.next().and_then(|_| orders.last()).map(|last| last.spec.id.clone());
        OrdersPage { orders, next }
    }
}

impl Engine {
    /// An order is given.
    pub(in crate::engine) fn issued(&mut self, spec: OrderSpec, unit: &UnitView, at: Timestamp) {
        let order = Arc::new(Order::new(spec, unit.no, unit.spec.status, at));
        self.watch.begin(&order);
        self.put_order(order, at);
    }

    /// An order goes a step further.
    ///
    /// # Errors
    /// Says that there is none of this id.
    pub(in crate::engine) fn stepped(&mut self, id: &OrderId, step: OrderStep, at: Timestamp) -> Result<(), String> {
        let order = self.world.order(id).ok_or_else(|| format!("there is no order `{id}`"))?;
        if step != OrderStep::Accepted {
            self.watch.end(order.unit_no);
        }
        self.put_order(Arc::new(order.after(step, at)), at);
        Ok(())
    }

    fn put_order(&mut self, order: Arc<Order>, at: Timestamp) {
        self.world.orders.write().put(order.clone());
        self.cordon_of_order(&order.spec.id, at);
        let callsign = self.world.unit_by_no(order.unit_no).map(|unit| unit.spec.callsign).unwrap_or_default();
        self.notices.push(Notice::Order { order, callsign, at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geodesy::LatLng,
        model::{OrderEnd, Purpose, Status},
    };

    #[test]
    fn the_last_that_ended_are_kept_and_all_that_are_open() {
        let mut orders = Orders::default();
        let order = |n: usize| {
            let (id, unit) = (format!("order-{n:06}").parse().unwrap(), format!("u-{n}").parse().unwrap());
            let spec = OrderSpec {
                id,
                unit,
                purpose: Purpose::MoveUp,
                to: LatLng::NORTH_POLE,
                place: None,
                radius_m: 60.0,
                due: None,
                cordon: None,
                gate: None,
            };
            Order::new(spec, UnitNo(n as u32), Status::Available, Timestamp::default())
        };
        let over = |n: usize| Arc::new(order(n).after(OrderStep::Ended(OrderEnd::Done), Timestamp::default()));
        (0..=ORDERS_ENDED_MAX + 1).for_each(|n| orders.put(Arc::new(order(n))));
        (0..ORDERS_ENDED_MAX).for_each(|n| orders.put(over(n)));
        assert_eq!((orders.by_id.len(), orders.open.len(), orders.ended.len()), (ORDERS_ENDED_MAX + 2, 2, ORDERS_ENDED_MAX));
        orders.put(over(ORDERS_ENDED_MAX));
        assert_eq!((orders.by_id.len(), orders.open.len(), orders.ended.len()), (ORDERS_ENDED_MAX + 1, 1, ORDERS_ENDED_MAX));
        assert!(orders.get(&order(0).spec.id).is_none() && orders.get(&order(1).spec.id).is_some());
        assert!(orders.open_of(UnitNo(0)).is_none() && orders.open_of(UnitNo(ORDERS_ENDED_MAX as u32 + 1)).is_some());
    }
}
