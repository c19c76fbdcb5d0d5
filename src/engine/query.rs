//! The questions: who is nearest, who is there, who stands in which ring.

use std::{borrow::Cow, sync::Arc};

use geo::{Intersects, Rect};

use super::{SeenWorld, UnitView, World, unit::Unit};
use crate::{
    geodesy::LatLng,
    geography::Geography,
    index::{Area, Filter, Found, Hit, SeenSince},
    model::{Contact, DeviceKind, Layer, LayerSet, Status, Timestamp, UnitId, UnitNo, Zone, ZoneId},
    rings::{self, Border, Core},
};

/// How new a unit's fix must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Freshness {
    /// Live by the limits of its device.
    #[default]
    Live,
    /// At most so many milliseconds old.
    MaxAgeMs(i64),
    /// Of any age.
    Any,
}

/// Who is nearest?
#[derive(Debug, Clone, PartialEq)]
pub struct NearestQuery {
    /// To where.
    pub at: crate::geodesy::LatLng,
    /// How many.
    pub k: usize,
    /// How far at most, metres.
    pub max_m: Option<f64>,
    /// Of whom; its `seen_since` is set from `freshness`.
    pub filter: Filter,
    /// How new the fix must be.
    pub freshness: Freshness,
}

/// Why a nearer unit was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// Its status is not one that was asked for.
    Status(Status),
    /// Its fix is too old.
    Contact(Contact),
}

impl LeftOut {
    /// The reason in one word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status(status) => status.as_str(),
            Self::Contact(contact) => contact.as_str(),
        }
    }
}

/// The nearest units and who was passed over.
#[derive(Debug, Clone)]
pub struct NearestAnswer {
    /// Nearest first, with the distance in metres.
    pub units: Vec<(UnitView, f64)>,
    /// Units of the kind, capabilities and organisation asked for that are nearer than the last one found (or, where fewer
    /// than k were found, within reach), counted by the first reason that excludes them; ordered by reason.
    pub left_out: Vec<(LeftOut, usize)>,
}

/// A page of units.
#[derive(Debug, Clone)]
pub struct UnitsQuery {
    /// Within any of these boxes: longitude and latitude in degrees.
    pub boxes: Option<Vec<Rect<f64>>>,
    /// Of whom; its `seen_since` counts only for units with a fix.
    pub filter: Filter,
    /// How many at most.
    pub limit: usize,
    /// After this unit, by id.
    pub after: Option<UnitId>,
}

/// Units by id, and whether there are more.
#[derive(Debug, Clone)]
pub struct UnitsPage {
    /// The units.
    pub units: Vec<UnitView>,
    /// The last id of this page, when more follow.
    pub next: Option<UnitId>,
}

/// A page of zones, by id.
#[derive(Debug, Clone)]
pub struct ZonesPage {
    /// The zones.
    pub zones: Vec<Zone>,
    /// The last id of this page, when more follow.
    pub next: Option<ZoneId>,
}

/// Who stands in a ring.
#[derive(Debug, Clone)]
pub struct RingMembers {
    /// Nearest to the core first, with the distance in metres.
    pub units: Vec<(UnitView, f64)>,
}

impl World {
    pub(super) fn seen_since(&self, freshness: Freshness, now: Timestamp) -> SeenSince {
        match freshness {
            Freshness::Live => self.limits().live_since(now),
            Freshness::MaxAgeMs(ms) => SeenSince([now.plus_ms(-ms); DeviceKind::ALL.len()]),
            Freshness::Any => SeenSince::ANY,
        }
    }
}

impl SeenWorld<'_> {
    /// When a fix is stale and lost.
    #[must_use]
    pub const fn limits(&self) -> &super::ContactLimits {
        self.world.limits()
    }

    /// A unit by its id.
    #[must_use]
    pub fn unit(&self, id: &UnitId) -> Option<UnitView> {
        self.world.unit(id).filter(|unit| self.sees(unit))
    }

    /// A unit by its number.
    #[must_use]
    pub fn unit_by_no(&self, no: UnitNo) -> Option<UnitView> {
        self.world.unit_by_no(no).filter(|unit| self.sees(unit))
    }

    /// Visits every unit, by number, under the read lock: copy out and come back.
    pub fn for_each_unit(&self, mut visit: impl FnMut(&UnitView)) {
        self.world.for_each_unit(|unit| {
            if self.sees(unit) {
                visit(unit);
            }
        });
    }

    /// A zone by its id.
    #[must_use]
    pub fn zone(&self, id: &ZoneId) -> Option<Zone> {
        self.world.geography().zone(id).filter(|zone| self.sees_zone(zone)).cloned()
    }

    /// Whether a zone is seen.
    #[must_use]
    pub fn has_zone(&self, id: &ZoneId) -> bool {
        self.world.geography().zone(id).is_some_and(|zone| self.sees_zone(zone))
    }

    /// Zones of some layers by id, after an id.
    #[must_use]
    pub fn zones(&self, layers: LayerSet, after: Option<&ZoneId>, limit: usize) -> ZonesPage {
        let geography = self.world.geography();
        let is_wanted = |zone: &&Zone| layers.contains(zone.layer) && after.is_none_or(|after| zone.id > *after) && self.sees_zone(zone);
        let mut wanted = geography.zones().filter(is_wanted);
        let zones: Vec<Zone> = wanted.by_ref().take(limit).cloned().collect();
        let next = wanted.next().and_then(|_| zones.last()).map(|last| last.id.clone());
        ZonesPage { zones, next }
    }

    /// All zones at once, for whoever sees all of them.
    #[must_use]
    pub fn whole_geography(&self) -> Option<Arc<Geography>> {
        self.sight.is_all().then(|| self.world.geography())
    }

    /// How many zones a layer has.
    #[must_use]
    pub fn zone_count(&self, layer: Layer) -> usize {
        let geography = self.world.geography();
        if self.sight.is_all() {
            return geography.count(layer);
        }
        geography.zones().filter(|zone| zone.layer == layer && self.sees_zone(zone)).count()
    }

    /// The nearest units, by haversine, exact in order. Holds the read lock for the search alone.
    #[must_use]
    pub fn nearest(&self, query: &NearestQuery, now: Timestamp) -> NearestAnswer {
        let filter = Filter { seen_since: self.world.seen_since(query.freshness, now), ..query.filter };
        let asked_for = Filter { statuses: crate::model::StatusSet::ALL, seen_since: SeenSince::ANY, ..filter };
        // Before the index, so that no status changes between the search and the answer.
        let units = self.world.units.read();
        let (hits, reasons) = self.world.index.read(|view| {
            let hits = self.nearest_of(view, &units, (query.at, query.k, query.max_m), &filter)?;
            let reach_m = if hits.len() == query.k { hits.last().map(|hit| hit.distance_m) } else { query.max_m };
            let area = Area::Circle { centre: query.at, radius_m: reach_m.unwrap_or(f64::MAX) };
            let mut reasons = [0_usize; 16];
            view.within(&area, |Found { unit, tag, .. }| {
                if asked_for.wants(&tag) && !filter.wants(&tag) && self.sight.sees(unit, tag.org) {
                    let slot = if query.filter.statuses.contains(tag.status) {
                        8 + self.limits().contact(tag.device, tag.seen, now).code()
                    } else {
                        tag.status.code()
                    };
                    if let Some(count) = reasons.get_mut(usize::from(slot)) {
                        *count += 1;
                    }
                }
            })?;
            Ok((hits, reasons))
        });
        let view = |hit: &Hit| Some((view_at(units.get(hit.unit.index())?, hit.unit, hit.at, hit.seen), hit.distance_m));
        let units = hits.iter().filter_map(view).collect();
        let reason = |(slot, count): (usize, usize)| {
            let reason = match slot.checked_sub(8) {
                Some(code) => LeftOut::Contact(Contact::from_code(code as u8)?),
                None => LeftOut::Status(Status::from_code(slot as u8)?),
            };
            (count > 0).then_some((reason, count))
        };
        NearestAnswer { units, left_out: reasons.into_iter().enumerate().filter_map(reason).collect() }
    }

    /// Units by id. Linear in the units that are passed over.
    #[must_use]
    pub fn units(&self, query: &UnitsQuery) -> UnitsPage {
        let directory = self.world.directory.read();
        let all = self.world.units.read();
        let wanted = |unit: &Unit, view: &UnitView| {
            let seen = view.fix.map_or(Timestamp::from_unix_ms(i64::MAX), |fix| fix.time);
            let in_boxes =
                |boxes: &Vec<Rect<f64>>| view.fix.is_some_and(|fix| boxes.iter().any(|rect| rect.intersects(&fix.at.to_point())));
            self.sees(view) && query.filter.wants(&unit.tag(view.device, seen)) && query.boxes.as_ref().is_none_or(in_boxes)
        };
        let mut units: Vec<UnitView> = directory
            .units
            .after(&all, query.after.as_ref())
            .filter_map(|no| {
                let unit = all.get(no.index())?;
                Some(unit.view(no)).filter(|view| wanted(unit, view))
            })
            .take(query.limit.saturating_add(1))
            .collect();
        let more = units.len() > query.limit;
        units.truncate(query.limit);
        let next = if more { units.last().map(|view| view.spec.id.clone()) } else { None };
        UnitsPage { units, next }
    }

    /// The units in a zone where it is now, by number, without the one that it follows; none when there is no such zone.
    #[must_use]
    pub fn zone_units(&self, id: &ZoneId) -> Option<Vec<UnitView>> {
        let geography = self.world.geography();
        let zone = geography.zone(id).filter(|zone| self.sees_zone(zone))?;
        let (shape, leader) = match &zone.follows {
            None => (Some(Cow::Borrowed(&zone.shape)), None),
            Some(follows) => {
                let leader = self.unit(&follows.unit)?;
                (leader.fix.and_then(|fix| zone.shape.carried(follows.from, fix.at)).map(Cow::Owned), Some(leader.no))
            }
        };
        let Some(shape) = shape else { return Some(Vec::new()) };
        let units = self.world.units.read();
        let mut found = self.world.index.within(&Area::Shape(&shape), |_| true);
        found.retain(|found| self.sight.sees(found.unit, found.tag.org));
        found.retain(|found| Some(found.unit) != leader);
        found.sort_unstable_by_key(|found| found.unit);
        let view = |found: &Found| Some(view_at(units.get(found.unit.index())?, found.unit, found.at, found.tag.seen));
        Some(found.iter().filter_map(view).collect())
    }

    /// Who stands in each ring, inner to outer.
    #[must_use]
    pub fn rings(&self, core: &Core, borders: &[Border]) -> Vec<RingMembers> {
        let units = self.world.units.read();
        let members = rings::members(&self.world.index, core, borders);
        let view = |member: rings::Member| {
            let member = Some(member).filter(|member| self.sight.sees(member.unit, member.tag.org))?;
            let view = view_at(units.get(member.unit.index())?, member.unit, member.at, member.tag.seen);
            Some((view, member.distance_m))
        };
        members.into_iter().map(|ring| RingMembers { units: ring.into_iter().filter_map(view).collect() }).collect()
    }
}

/// A unit as the index saw it: its position is the one that the answer rests on, even when a newer fix came meanwhile.
fn view_at(unit: &Unit, no: UnitNo, at: LatLng, seen: Timestamp) -> UnitView {
    let mut view = unit.view(no);
    if let Some(fix) = &mut view.fix {
        (fix.at, fix.time) = (at, seen);
    }
    view
}
