//! Who has arrived, seen in fixes.

use std::{collections::HashMap, sync::Arc};

use super::{Order, OrderStep};
use crate::{
    engine::Command,
    geodesy::{LatLng, haversine_m},
    model::{Fix, OrderId, Timestamp, UnitId, UnitNo},
};

/// Where a unit is ordered to.
#[derive(Debug)]
struct Goal {
    order: OrderId,
    unit: UnitId,
    to: LatLng,
    radius_m: f64,
    /// Fixes from before the order show nothing.
    since: Timestamp,
    /// A fix was there.
    is_there: bool,
}

/// The units that are on their way. A fix of any other costs a look at one byte.
#[derive(Debug, Default)]
pub(in crate::engine) struct Watch {
    /// By unit number; as long as the highest number that ever had an order.
    is_watched: Vec<bool>,
    goals: HashMap<UnitNo, Goal>,
    /// Who was seen there and of whom nobody has heard yet.
    seen: Vec<UnitNo>,
}

impl Watch {
    pub(in crate::engine) fn begin(&mut self, order: &Arc<Order>) {
        let (unit, spec) = (order.unit_no, &order.spec);
        if self.is_watched.len() <= unit.index() {
            self.is_watched.resize(unit.index() + 1, false);
        }
        self.set(unit, true);
        let Order { issued_at: since, .. } = **order;
        let goal = Goal { order: spec.id.clone(), unit: spec.unit.clone(), to: spec.to, radius_m: spec.radius_m, since, is_there: false };
        self.goals.insert(unit, goal);
    }

    pub(super) fn end(&mut self, unit: UnitNo) {
        self.set(unit, false);
        self.goals.remove(&unit);
    }

    fn set(&mut self, unit: UnitNo, is_watched: bool) {
        if let Some(flag) = self.is_watched.get_mut(unit.index()) {
            *flag = is_watched;
        }
    }

    /// Looks at a fix. Allocates only when it shows an arrival.
    pub(in crate::engine) fn look(&mut self, unit: UnitNo, fix: &Fix) {
        if self.is_watched.get(unit.index()) == Some(&true)
            && let Some(goal) = self.goals.get_mut(&unit)
            && !goal.is_there
            && fix.time >= goal.since
            && haversine_m(goal.to, fix.at) <= goal.radius_m
        {
            goal.is_there = true;
            self.seen.push(unit);
        }
    }

    /// All who were seen there and whose orders do not say so: what could not be made durable is proposed again.
    pub(in crate::engine) fn remind(&mut self) {
        self.seen.clear();
        self.seen.extend(self.goals.iter().filter(|(_, goal)| goal.is_there).map(|(unit, _)| *unit));
    }

    /// The commands that say so.
    pub(in crate::engine) fn proposals(&mut self) -> Vec<Command> {
        let arrived = |unit: UnitNo| {
            let Goal { order, unit, .. } = self.goals.get(&unit)?;
            Some(Command::StepOrder { unit: unit.clone(), id: order.clone(), step: OrderStep::Arrived })
        };
        let commands = self.seen.iter().copied().filter_map(arrived).collect();
        self.seen.clear();
        commands
    }
}
