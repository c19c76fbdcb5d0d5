//! Who can be sent along the roads right now.

use super::Way;
use crate::{
    engine::{SeenWorld, unit::Unit},
    model::{Contact, Status, Timestamp, UnitNo},
    reach::Source,
};

impl SeenWorld<'_> {
    /// Every unit that is available, live and on a road, with its way of travelling under blue light and the time until it moves
    /// off. Linear in the units; holds the read locks for that long: some 0.2 ms for 3,500.
    #[must_use]
    pub fn senders(&self, now: Timestamp) -> Vec<Source> {
        let roads = self.roads();
        let (units, on_roads) = (self.world.units.read(), roads.on_roads());
        let sender = |(no, unit): (u32, &Unit)| {
            let place = on_roads.place(no)?;
            let view = Some(unit.view(UnitNo(no))).filter(|view| self.sees(view))?;
            let Way::Road(travel) = roads.movement.way(view.spec.kind, true) else { return None };
            let contact = self.limits().contact(view.device, view.fix?.time, now);
            (view.spec.status == Status::Available && contact == Contact::Live).then(|| {
                let delay_ms = roads.movement.turn_out_ms(view.spec.kind, view.spec.status);
                Source { who: no, place, travel, delay_ms }
            })
        };
        (0..).zip(units.iter()).filter_map(sender).collect()
    }
}
