//! Who may be sent to a cordon.

use std::collections::BTreeMap;

use super::{AskError, Force};
use crate::{
    engine::{SeenWorld, roads::Way, unit::Unit},
    geodesy::{LatLng, haversine_m},
    index::OrgRange,
    model::{Contact, OrgId, Status, Timestamp, UnitNo},
    roads::{RoadPlace, Travel},
};

/// Somebody who may be sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fielded {
    pub(super) unit: UnitNo,
    pub(super) place: RoadPlace,
    pub(super) travel: Travel,
    /// Until it moves off, milliseconds.
    pub(super) turn_out_ms: u32,
}

impl SeenWorld<'_> {
    /// Everybody who may be sent: seen, available, no alarm, live, on a road, without an open order. Of each organisation those who are farthest
    /// from `from` stay behind. Linear in the units, and a sort where some stay behind.
    pub(super) fn fielded(&self, force: &Force, from: Option<LatLng>, now: Timestamp) -> Result<Vec<Fielded>, AskError> {
        let range = |id: &OrgId| self.organisations().subtree(id).ok_or_else(|| AskError::Organisation(id.clone()));
        let orgs: Vec<OrgRange> = force.orgs.iter().map(range).collect::<Result<_, _>>()?;
        let (mut fielded, mut by_org) = (Vec::new(), BTreeMap::<u16, Vec<(f64, usize)>>::new());
        let roads = self.roads();
        let orders = self.world.orders.read();
        let (units, on_roads) = (self.world.units.read(), roads.on_roads());
        for (no, unit) in (0..).zip(units.iter()) {
            let Some(place) = on_roads.place(no) else { continue };
            let Some(found) = self.may_go(force, &orgs, UnitNo(no), unit, place, now) else { continue };
            if orders.open_of(UnitNo(no)).is_some() {
                continue;
            }
            if force.reserve > 0 {
                let at = unit.view(UnitNo(no)).fix.map(|fix| fix.at);
                let off_m = from.zip(at).map_or(0.0, |(from, at)| haversine_m(from, at));
                by_org.entry(unit.spec().org_no()).or_default().push((off_m, fielded.len()));
            }
            fielded.push(found);
        }
        drop((units, on_roads, orders));
        if force.reserve > 0 {
            let mut stays = vec![false; fielded.len()];
            for of_org in by_org.values_mut() {
                of_org.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
                for (_, place) in of_org.iter().take(force.reserve as usize) {
                    if let Some(stays) = stays.get_mut(*place) {
                        *stays = true;
                    }
                }
            }
            let mut stays = stays.into_iter();
            fielded.retain(|_| !stays.next().unwrap_or_default());
        }
        Ok(fielded)
    }

    fn may_go(&self, force: &Force, orgs: &[OrgRange], no: UnitNo, unit: &Unit, place: RoadPlace, now: Timestamp) -> Option<Fielded> {
        let spec = unit.spec();
        let is_free =
            spec.status == Status::Available && !spec.alarm && force.kinds.contains(spec.kind) && self.sight.sees(no, spec.org_no());
        if !is_free || !(orgs.is_empty() || orgs.iter().any(|range| range.contains(spec.org_no()))) {
            return None;
        }
        let view = unit.view(no);
        if self.limits().contact(view.device, view.fix?.time, now) != Contact::Live {
            return None;
        }
        let movement = &self.roads().movement;
        let Way::Road(travel) = movement.way(spec.kind, force.urgent) else { return None };
        Some(Fielded { unit: no, place, travel, turn_out_ms: movement.turn_out_ms(spec.kind, spec.status) })
    }
}
