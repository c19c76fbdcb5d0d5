//! Who sees what: an organisation sees its subtree, the ground given to it, and the units lent to it. The city sees all.
//!
//! What a sight does not see does not exist for it: it is in no list, count or total, and asking for it by name finds nothing. What
//! is everybody's are the roads, with their closures, and the names of the organisations. Times by road rest on all roads; plans and
//! coverage on the units that the sight sees, which are those that it may order.

use super::{Organisations, Roads, UnitView, World, unit::Unit};
use crate::{
    geodesy::{LatLng, haversine_m},
    index::{Filter, Hit, OrgRange, Torn, View},
    model::{OrgId, UnitNo, Zone},
};

/// What somebody sees: made once for a request or a wall, asked for each unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// An organisation and all below it; everything where there is none.
    org: Option<OrgRange>,
    /// The units lent to those, ascending.
    lent: Vec<UnitNo>,
}

impl Sight {
    /// The city's: everything.
    pub const ALL: Self = Self { org: None, lent: Vec::new() };

    /// Whether it is the city's.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.org.is_none()
    }

    /// Whether a unit of the organisation of this number is seen. A comparison; a search among those lent where it is another's.
    #[inline]
    #[must_use]
    pub fn sees(&self, unit: UnitNo, org: u16) -> bool {
        self.org.is_none_or(|range| range.contains(org) || self.lent.binary_search(&unit).is_ok())
    }

    /// Whether what is given to an organisation is this one's own: to nobody is to the city.
    pub(super) fn owns(&self, organisations: &Organisations, org: Option<&OrgId>) -> bool {
        self.org.is_none_or(|range| org.and_then(|org| organisations.no(org)).is_some_and(|org| range.contains(org)))
    }

    /// What a filter wants of the subtree; those lent are looked at apart.
    fn own(&self, filter: &Filter) -> Filter {
        let both = |own: OrgRange, asked: OrgRange| OrgRange { first: own.first.max(asked.first), last: own.last.min(asked.last) };
        let org = match (self.org, filter.org) {
            (Some(own), Some(asked)) => Some(both(own, asked)),
            (own, asked) => own.or(asked),
        };
        Filter { org, ..*filter }
    }
}

impl World {
    /// What an organisation sees now: nothing, where the city has no such organisation. Logarithmic in the loans.
    #[must_use]
    pub fn sight(&self, org: Option<&OrgId>) -> Sight {
        let Some(org) = org else { return Sight::ALL };
        match self.organisations().subtree(org) {
            Some(range) => Sight { org: Some(range), lent: self.loans.read().to(range) },
            None => Sight { org: Some(OrgRange::NONE), lent: Vec::new() },
        }
    }

    /// The world as somebody sees it: the way to every answer.
    #[must_use]
    pub const fn seen_by(&self, sight: Sight) -> SeenWorld<'_> {
        SeenWorld { world: self, sight }
    }
}

/// The world as one sight sees it. Questions are asked of it alone.
#[derive(Debug, Clone)]
pub struct SeenWorld<'a> {
    pub(super) world: &'a World,
    pub(super) sight: Sight,
}

impl<'a> SeenWorld<'a> {
    /// What is seen.
    #[must_use]
    pub const fn sight(&self) -> &Sight {
        &self.sight
    }

    /// The roads: everybody's.
    #[must_use]
    pub const fn roads(&self) -> &'a Roads {
        self.world.roads()
    }

    /// The organisations: everybody's.
    #[must_use]
    pub const fn organisations(&self) -> &'a Organisations {
        self.world.organisations()
    }

    pub(super) fn sees(&self, unit: &UnitView) -> bool {
        self.sight.sees(unit.no, unit.org_no())
    }

    /// Whether a zone is seen: ground of its own, and of what follows a unit only where that is seen.
    pub(super) fn sees_zone(&self, zone: &Zone) -> bool {
        let is_own = || self.sight.owns(self.organisations(), zone.org.as_ref());
        self.sight.is_all() || (is_own() && zone.follows.as_ref().is_none_or(|follows| self.unit(&follows.unit).is_some()))
    }

    /// The nearest units that a filter wants and that are seen: one search, and a look at those lent.
    pub(super) fn nearest_of(
        &self,
        view: &mut View<'_>,
        units: &[Unit],
        (at, k, max_m): (LatLng, usize, Option<f64>),
        filter: &Filter,
    ) -> Result<Vec<Hit>, Torn> {
        let mut hits = view.nearest(at, k, max_m, &self.sight.own(filter))?;
        let lent = self.sight.lent.iter().filter_map(|no| {
            let seen = units.get(no.index())?.view(*no);
            let fix = seen.fix?;
            let tag = units.get(no.index())?.tag(seen.device, fix.time);
            let is_found = self.sight.org.is_some_and(|range| range.contains(tag.org));
            let distance_m = haversine_m(at, fix.at);
            let is_wanted = !is_found && filter.wants(&tag) && max_m.is_none_or(|max_m| distance_m <= max_m);
            is_wanted.then_some(Hit { unit: *no, at: fix.at, seen: fix.time, distance_m })
        });
        let found = hits.len();
        hits.extend(lent);
        if hits.len() > found {
            hits.sort_unstable_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.unit.cmp(&b.unit)));
            hits.truncate(k);
        }
        Ok(hits)
    }
}
