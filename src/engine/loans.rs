//! Loans (借调): a unit lent to an organisation until a time. Both see and order it meanwhile: the lender, of whom it stays, and whoever
//! borrows it, with all above. A loan ends at its time by itself, or when one of the two ends it.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

use serde::{Deserialize, Serialize};

use super::{Engine, Event, Rejection, SeenWorld, World};
use crate::{
    index::OrgRange,
    model::{LoanId, OrgId, Timestamp, UnitId, UnitNo},
};

/// The most loans at once.
pub const LOANS_MAX: usize = 10_000;

/// A unit lent to an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loan {
    /// Its id.
    pub id: LoanId,
    /// Which unit.
    pub unit: UnitId,
    /// To whom.
    pub to: OrgId,
    /// When it ends by itself.
    pub until: Timestamp,
}

/// A loan that holds.
#[derive(Debug, Clone)]
struct Held {
    loan: Arc<Loan>,
    unit: UnitNo,
    /// The number of whoever borrows; none where the city has no such organisation any longer.
    to: Option<u16>,
}

/// All loans that hold.
#[derive(Debug, Default)]
pub(super) struct Loans {
    by_id: BTreeMap<LoanId, Held>,
    /// How many loans of a unit to an organisation there are.
    to: BTreeMap<(u16, UnitNo), u32>,
}

impl Loans {
    /// The units lent to organisations of a range, ascending, each once.
    pub(super) fn to(&self, range: OrgRange) -> Vec<UnitNo> {
        if range.is_none() {
            return Vec::new();
        }
        let lent = self.to.range((range.first, UnitNo(0))..=(range.last, UnitNo(u32::MAX)));
        let mut units: Vec<UnitNo> = lent.map(|((_, unit), _)| *unit).collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    /// All that hold, by id.
    pub(super) fn all(&self) -> Vec<Loan> {
        self.by_id.values().map(|held| (*held.loan).clone()).collect()
    }

    fn put(&mut self, held: Held) {
        let id = held.loan.id.clone();
        self.remove(&id);
        if let Some(to) = held.to {
            *self.to.entry((to, held.unit)).or_default() += 1;
        }
        self.by_id.insert(id, held);
    }

    /// Ends a loan; gives its unit.
    fn remove(&mut self, id: &LoanId) -> Option<UnitNo> {
        let Held { unit, to, .. } = self.by_id.remove(id)?;
        if let Some(to) = to
            && let Some(count) = self.to.get_mut(&(to, unit))
        {
            *count -= 1;
            if *count == 0 {
                self.to.remove(&(to, unit));
            }
        }
        Some(unit)
    }
}

impl World {
    /// A loan by its id, until it ends: within a second of its time.
    pub(super) fn loan(&self, id: &LoanId) -> Option<Arc<Loan>> {
        self.loans.read().by_id.get(id).map(|held| held.loan.clone())
    }

    /// Grows with each loan that is made or ends, so that who keeps a sight knows when to take another.
    #[must_use]
    pub fn loans_version(&self) -> u64 {
        self.loans_version.load(Ordering::Acquire)
    }

    pub(super) fn decide_lend(&self, loan: &Loan) -> Result<Vec<Event>, Rejection> {
        if self.unit(&loan.unit).is_none() {
            return Err(Rejection::UnknownLent(loan.unit.clone()));
        }
        if self.organisations().no(&loan.to).is_none() {
            return Err(Rejection::UnknownBorrower(loan.to.clone()));
        }
        let loans = self.loans.read();
        match loans.by_id.get(&loan.id) {
            Some(known) if *known.loan == *loan => Ok(Vec::new()),
            Some(_) => Err(Rejection::KnownLoan(loan.id.clone())),
            None if loans.by_id.len() >= LOANS_MAX => Err(Rejection::LoanCount),
            None => Ok(vec![Event::LoanMade { loan: loan.clone() }]),
        }
    }

    pub(super) fn decide_end_loan(&self, id: &LoanId) -> Result<Vec<Event>, Rejection> {
        match self.loan(id) {
            Some(_) => Ok(vec![Event::LoanEnded { id: id.clone() }]),
            None => Err(Rejection::UnknownLoan(id.clone())),
        }
    }
}

impl SeenWorld<'_> {
    /// Whether a loan is seen: by whoever lends, and by whoever borrows.
    fn sees_loan(&self, loan: &Loan) -> bool {
        self.sight.owns(self.organisations(), Some(&loan.to)) || self.unit(&loan.unit).is_some()
    }

    /// The loans that hold at `now`, by id.
    #[must_use]
    pub fn loans(&self, now: Timestamp) -> Vec<Arc<Loan>> {
        let held: Vec<Arc<Loan>> = self.world.loans.read().by_id.values().map(|held| held.loan.clone()).collect();
        held.into_iter().filter(|loan| loan.until > now && self.sees_loan(loan)).collect()
    }

    /// A loan by its id.
    #[must_use]
    pub fn loan(&self, id: &LoanId) -> Option<Arc<Loan>> {
        self.world.loan(id).filter(|loan| self.sees_loan(loan))
    }
}

impl Engine {
    /// A unit is lent: whoever borrows it sees it from now on.
    pub(super) fn lent(&mut self, loan: Loan, unit: UnitNo) {
        let to = self.world.organisations().no(&loan.to);
        self.world.loans.write().put(Held { loan: Arc::new(loan), unit, to });
        self.loan_changed(unit);
    }

    /// A loan is over; one that has ended by itself meanwhile is no fault.
    pub(super) fn loan_ended(&mut self, id: &LoanId) {
        let unit = self.world.loans.write().remove(id);
        if let Some(unit) = unit {
            self.loan_changed(unit);
        }
    }

    /// Ends the loans whose time has come. Linear in the loans.
    pub(super) fn end_loans(&mut self, now: Timestamp) {
        let over = |held: &&Held| held.loan.until <= now;
        let ended: Vec<LoanId> = self.world.loans.read().by_id.values().filter(over).map(|held| held.loan.id.clone()).collect();
        ended.iter().for_each(|id| self.loan_ended(id));
    }

    /// Walls that see the unit from now on, or not any longer, hear of it with the next tick.
    fn loan_changed(&mut self, unit: UnitNo) {
        self.world.loans_version.fetch_add(1, Ordering::Release);
        self.roster.push(unit);
        self.mark(unit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_lent_twice_is_lent_until_both_have_ended() {
        let mut loans = Loans::default();
        let lend = |loans: &mut Loans, id: &str, unit: u32, to: u16| {
            let loan = Loan { id: id.parse().unwrap(), unit: "u".parse().unwrap(), to: "o".parse().unwrap(), until: Timestamp::default() };
            loans.put(Held { loan: Arc::new(loan), unit: UnitNo(unit), to: Some(to) });
        };
        lend(&mut loans, "a", 7, 3);
        lend(&mut loans, "b", 7, 3);
        lend(&mut loans, "c", 2, 4);
        lend(&mut loans, "d", 9, 5);
        let to = |loans: &Loans, first, last| loans.to(OrgRange { first, last }).iter().map(|unit| unit.0).collect::<Vec<_>>();
        assert_eq!((to(&loans, 3, 4), to(&loans, 4, 5), to(&loans, 0, 2)), (vec![2, 7], vec![2, 9], vec![]));
        assert_eq!(loans.to(OrgRange::NONE), []);
        assert_eq!(loans.remove(&"a".parse().unwrap()), Some(UnitNo(7)));
        assert_eq!(to(&loans, 3, 3), [7]);
        loans.remove(&"b".parse().unwrap());
        assert!(to(&loans, 3, 3).is_empty() && loans.remove(&"b".parse().unwrap()).is_none());
        lend(&mut loans, "d", 9, 6);
        assert_eq!((to(&loans, 5, 5), to(&loans, 6, 6)), (vec![], vec![9]), "the same id is one loan");
    }
}
