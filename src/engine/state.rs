//! The state that follows from events, whole: what a snapshot keeps, and what two replays are compared by.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Closure, Cordon, Engine, Event, FoldError, GatePlan, Loan, Order, World, profile::Profile};
use crate::model::{OrderState, Timestamp, UnitSpec, Zone, ZoneId};

/// All that events make, in one order: the same events give the same bytes of it. Where everybody is follows from fixes, and is not here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// By number.
    units: Vec<UnitSpec>,
    /// By id, those of the city's files too.
    zones: Vec<Zone>,
    /// By id, each since when it holds.
    closures: Vec<(Timestamp, Closure)>,
    /// Those that are over, the first to end first; then the open ones, by id.
    orders: Vec<Order>,
    /// The same of cordons.
    cordons: Vec<Cordon>,
    /// By id, that of the city's files too.
    plans: Vec<GatePlan>,
    /// By id.
    loans: Vec<Loan>,
}

impl World {
    /// The state as it is now. Copies all of it: about a microsecond a unit. Nobody may apply events meanwhile.
    #[must_use]
    pub fn state(&self) -> State {
        let units = self.units.read().iter().map(|unit| unit.spec().to_spec(self.organisations())).collect();
        let zones = self.geography().zones().cloned().collect();
        let (cordons, plans) = self.cordons.read().all();
        let loans = self.loans.read().all();
        State { units, zones, closures: self.roads().all_closures(), orders: self.orders.read().all(), cordons, plans, loans }
    }
}

impl Engine {
    /// Takes a state in place of the events that made it. The world must be as the city's files say, and those must be the ones that the
    /// state was made on.
    ///
    /// # Errors
    /// [`FoldError`] when the state does not fit itself.
    pub fn restore(&mut self, state: State) -> Result<(), FoldError> {
        let State { units, zones, closures, orders, cordons, plans, loans } = state;
        for unit in units {
            self.set_unit(Profile::new(unit, self.world.organisations()), Timestamp::default());
        }
        self.restore_zones(zones)?;
        for (since, closure) in closures {
            self.world.roads().close(closure, since);
        }
        for mut order in orders {
            let misfit = || FoldError { event: "order_issued", detail: format!("there is no unit `{}`", order.spec.unit) };
            order.unit_no = self.world.unit(&order.spec.unit).ok_or_else(misfit)?.no;
            let order = std::sync::Arc::new(order);
            if matches!(order.state, OrderState::Issued | OrderState::Accepted) {
                self.watch.begin(&order);
            }
            self.world.orders.write().put(order);
        }
        for mut cordon in cordons {
            cordon.guards = self.world.on_these_roads(cordon.guards.to_vec()).into();
            self.world.cordons.write().put(cordon);
        }
        self.world.cordons.write().set_plans(plans);
        let loans: Vec<Event> = loans.into_iter().map(|loan| Event::LoanMade { loan }).collect();
        self.apply(loans.iter().map(|event| (Timestamp::default(), event)))
    }

    fn restore_zones(&mut self, zones: Vec<Zone>) -> Result<(), FoldError> {
        let (base, now) = (self.world.geography(), Timestamp::default());
        let kept: HashSet<ZoneId> = zones.iter().map(|zone| zone.id.clone()).collect();
        let gone = base.zones().filter(|zone| !kept.contains(&zone.id)).map(|zone| Event::ZoneRemoved { id: zone.id.clone() });
        let put = zones.into_iter().filter(|zone| base.zone(&zone.id) != Some(zone)).map(|zone| Event::ZonePut { zone });
        let events: Vec<Event> = gone.chain(put).collect();
        self.apply(events.iter().map(|event| (now, event)))
    }
}
