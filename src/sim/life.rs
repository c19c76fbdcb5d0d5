//! What units do besides moving: incidents come and go, people are busy for a while, now and then somebody raises the
//! alarm. Pure and seeded; the proportions of the statuses stay as the city's files have them.

use std::{cmp::Reverse, collections::BinaryHeap};

use rand::{Rng, rngs::SmallRng, seq::IndexedRandom};

use super::{chance::dice, fleet::Fleet};
use crate::model::{Status, UnitKind};

/// How long a unit is assigned, en route, on scene: at least and less than, seconds. Their means are to each other as the
/// sample's 9 : 27 : 34 units.
const ASSIGNED_S: (u64, u64) = (5, 35);
const EN_ROUTE_S: (u64, u64) = (30, 90);
const ON_SCENE_S: (u64, u64) = (40, 110);
/// New incidents a second that keep some 70 units at incidents of 155 s in the mean.
const INCIDENTS_PER_S: f64 = 0.45;
/// Pairs a second of whom one gets busy and one gets free.
const SWAPS_PER_S: f64 = 0.2;
/// Alarms a second: one in two minutes.
const ALARMS_PER_S: f64 = 1.0 / 120.0;
/// How long an alarm stands, seconds.
const ALARM_S: u64 = 30;
/// What is to happen to a unit that is sent somewhere waits, seconds.
const ORDERED_S: u64 = 10;
/// How often a unit that fits is looked for.
const TRIES: usize = 40;

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A unit has another status.
    Status(usize, Status),
    /// A unit's people press the button of their terminal.
    Alarm(usize),
    /// Their alarm is over.
    AllClear(usize),
}

/// The dice of all that happens.
#[derive(Debug)]
pub struct Life {
    rng: SmallRng,
    second: u64,
    alarms: bool,
    /// What is to happen, by second and unit.
    due: BinaryHeap<Reverse<(u64, usize, Next)>>,
    /// Who may be sent: units that move on the ground.
    mobile: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Status(Status),
    AllClear,
}

impl Life {
    /// The life of a fleet; without alarms when `alarms` is off.
    #[must_use]
    pub fn new(fleet: &Fleet, seed: u64, alarms: bool) -> Self {
        let is_mobile = |unit: &usize| {
            matches!(fleet.kind(*unit), Some(UnitKind::PatrolCar | UnitKind::ArmedCar | UnitKind::Motorcycle | UnitKind::Foot))
        };
        let mobile = (0..fleet.len()).filter(is_mobile).collect();
        let mut life = Self { rng: dice(seed, "life"), second: 0, alarms, due: BinaryHeap::new(), mobile };
        for unit in 0..fleet.len() {
            if let Some(status) = fleet.status(unit) {
                // It has been at it for a while: what is left is shorter than the whole.
                life.follow(unit, status, true);
            }
        }
        life
    }

    /// Plans what comes after a status that does not last.
    fn follow(&mut self, unit: usize, status: Status, begun: bool) {
        let (lasts_s, next) = match status {
            Status::Assigned => (ASSIGNED_S, Status::EnRoute),
            Status::EnRoute => (EN_ROUTE_S, Status::OnScene),
            Status::OnScene => (ON_SCENE_S, Status::Available),
            _ => return,
        };
        let (least_s, most_s) = if begun { (1, lasts_s.1 * 3 / 4) } else { lasts_s };
        let at = self.second + self.rng.random_range(least_s..most_s);
        self.due.push(Reverse((at, unit, Next::Status(next))));
    }

    /// A unit of a status, at random.
    fn pick(&mut self, fleet: &Fleet, status: Status) -> Option<usize> {
        let Self { mobile, rng, .. } = self;
        let fits = |unit: &usize| fleet.status(*unit) == Some(status) && !fleet.is_ordered(*unit);
        (0..TRIES).find_map(|_| mobile.choose(rng).copied().filter(fits))
    }

    /// The next second: changes the fleet and appends what happened.
    pub fn step(&mut self, fleet: &mut Fleet, changes: &mut Vec<Change>) {
        self.second += 1;
        while let Some(Reverse((at, unit, next))) = self.due.peek().copied() {
            if at > self.second {
                break;
            }
            self.due.pop();
            match next {
                Next::Status(_) if fleet.is_ordered(unit) => self.due.push(Reverse((self.second + ORDERED_S, unit, next))),
                Next::Status(status) => self.change(fleet, unit, status, changes),
                Next::AllClear => changes.push(Change::AllClear(unit)),
            }
        }
        if self.rng.random_bool(INCIDENTS_PER_S)
            && let Some(unit) = self.pick(fleet, Status::Available)
        {
            self.change(fleet, unit, Status::Assigned, changes);
        }
        if self.rng.random_bool(SWAPS_PER_S)
            && let Some(free) = self.pick(fleet, Status::Available)
            && let Some(busy) = self.pick(fleet, Status::Busy)
        {
            self.change(fleet, free, Status::Busy, changes);
            self.change(fleet, busy, Status::Available, changes);
        }
        if self.alarms
            && self.rng.random_bool(ALARMS_PER_S)
            && let Some(unit) = self.pick(fleet, Status::Available)
        {
            changes.push(Change::Alarm(unit));
            self.due.push(Reverse((self.second + ALARM_S, unit, Next::AllClear)));
        }
    }

    fn change(&mut self, fleet: &mut Fleet, unit: usize, status: Status, changes: &mut Vec<Change>) {
        fleet.set_status(unit, status);
        self.follow(unit, status, false);
        changes.push(Change::Status(unit, status));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geodesy::LatLng, model::UnitSpec, sim::movement::town::town};

    fn fleet() -> Fleet {
        let status = |n: usize| match n % 100 {
            0..25 => "off_duty",
            25..40 => "busy",
            40 => "on_scene",
            41 => "en_route",
            _ => "available",
        };
        let unit = |n: usize| -> UnitSpec {
            let line = format!(r#"{{"id":"u{n}","callsign":"U{n}","kind":"patrol_car","org":"o","status":"{}"}}"#, status(n));
            serde_json::from_str(&line).unwrap()
        };
        Fleet::new(&(0..3_000).map(unit).collect::<Vec<_>>(), town(3), LatLng::new(22.8, 108.3).unwrap(), 1)
    }

    fn run(seed: u64, seconds: usize, alarms: bool) -> (Fleet, Vec<Change>) {
        let mut fleet = fleet();
        let mut life = Life::new(&fleet, seed, alarms);
        let mut changes = Vec::new();
        (0..seconds).for_each(|_| life.step(&mut fleet, &mut changes));
        (fleet, changes)
    }

    #[test]
    fn the_same_seed_lives_the_same_life() {
        assert_eq!(run(1, 600, true).1, run(1, 600, true).1);
        assert_ne!(run(1, 600, true).1, run(2, 600, true).1);
    }

    #[test]
    fn the_proportions_stay() {
        let count = |fleet: &Fleet, status| (0..fleet.len()).filter(|unit| fleet.status(*unit) == Some(status)).count();
        let (before, (after, changes)) = (fleet(), run(1, 3_600, true));
        assert!(changes.len() > 3_600 && changes.len() < 4 * 3_600, "{}", changes.len());
        for status in [Status::OffDuty, Status::Busy] {
            assert_eq!(count(&after, status), count(&before, status));
        }
        // Over an hour the units at incidents are as many as in the sample, and as far.
        let mut fleet = fleet();
        let mut life = Life::new(&fleet, 1, false);
        let mut sums = [0; 3];
        for _ in 0..3_600 {
            life.step(&mut fleet, &mut Vec::new());
            for (sum, status) in sums.iter_mut().zip([Status::Assigned, Status::EnRoute, Status::OnScene]) {
                *sum += count(&fleet, status);
            }
        }
        let means = sums.map(|sum| sum / 3_600);
        for (mean, right) in means.into_iter().zip([9, 27, 34]) {
            assert!((right * 3 / 4..=right * 5 / 4).contains(&mean), "{means:?}");
        }
    }

    #[test]
    fn every_alarm_ends() {
        let (_, changes) = run(3, 7_200, true);
        let raised = changes.iter().filter(|change| matches!(change, Change::Alarm(_))).count();
        let cleared = changes.iter().filter(|change| matches!(change, Change::AllClear(_))).count();
        assert!((30..110).contains(&raised) && raised - cleared <= 2, "{raised} {cleared}");
        assert!(!run(3, 7_200, false).1.iter().any(|change| matches!(change, Change::Alarm(_))));
    }

    #[test]
    fn an_incident_runs_its_course() {
        let (_, changes) = run(1, 1_000, false);
        let Some(Change::Status(unit, _)) = changes.iter().find(|c| matches!(c, Change::Status(_, Status::Assigned))) else {
            unreachable!()
        };
        let course: Vec<_> = changes
            .iter()
            .filter_map(|c| match c {
                Change::Status(u, s) if u == unit => Some(*s),
                _ => None,
            })
            .take(4)
            .collect();
        assert_eq!(course, [Status::Assigned, Status::EnRoute, Status::OnScene, Status::Available]);
    }
}
