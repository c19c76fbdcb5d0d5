//! What units do with the orders that the server has for them: they accept after a moment, drive there, say so, and stay until the
//! order is over. Pure and seeded.

use std::collections::{BTreeMap, HashMap};

use rand::{Rng, rngs::SmallRng};
use serde::Deserialize;

use super::{chance::dice, fleet::Fleet};
use crate::{
    geodesy::LatLng,
    model::{OrderId, OrderState, Purpose, UnitId},
};

/// How long a crew takes to accept: at least and less than, seconds.
const ACCEPT_S: (u64, u64) = (2, 6);
/// How long a unit that moved up stands at its place before it says that this is done, seconds.
const MOVED_UP_S: u64 = 3;

/// An open order, as far as its unit needs to know.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Given {
    /// Its id.
    pub id: OrderId,
    /// Whose.
    pub unit: UnitId,
    /// What for.
    pub purpose: Purpose,
    /// Where to.
    pub to: LatLng,
    /// How far it is.
    pub state: OrderState,
}

/// What a unit says of its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The order.
    pub order: OrderId,
    /// Accepted, arrived, or ended because it is done.
    pub state: OrderState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It has been told, and moves off then.
    Told(u64),
    Going,
    There(u64),
    /// It has said that all is done, and nobody has said yet that the order is over.
    Done,
    /// There is no way for it.
    Unable,
}

#[derive(Debug)]
struct Errand {
    given: Given,
    stage: Stage,
}

/// The errands of a fleet, by unit.
#[derive(Debug)]
pub struct Errands {
    numbers: HashMap<UnitId, usize>,
    open: BTreeMap<usize, Errand>,
    rng: SmallRng,
    second: u64,
}

impl Errands {
    /// For units in the order of the fleet.
    pub fn new(units: impl IntoIterator<Item = UnitId>, seed: u64) -> Self {
        let numbers = units.into_iter().zip(0..).collect();
        Self { numbers, open: BTreeMap::new(), rng: dice(seed, "errands"), second: 0 }
    }

    /// Hears which orders are open now, all of them: others are over.
    pub fn hear(&mut self, orders: Vec<Given>, fleet: &mut Fleet) {
        let mut heard: BTreeMap<usize, Given> =
            orders.into_iter().filter_map(|given| Some((*self.numbers.get(&given.unit)?, given))).collect();
        self.open.retain(|unit, errand| {
            let goes_on = heard.get(unit).is_some_and(|given| given.id == errand.given.id);
            if goes_on {
                heard.remove(unit);
            } else {
                fleet.release(*unit);
            }
            goes_on
        });
        for (unit, given) in heard {
            // One that was accepted before the fleet was there goes on at once.
            let wait_s = if given.state == OrderState::Issued { self.rng.random_range(ACCEPT_S.0..ACCEPT_S.1) } else { 0 };
            fleet.order(unit);
            self.open.insert(unit, Errand { given, stage: Stage::Told(self.second + wait_s) });
        }
    }

    /// Roads were closed or opened: who is on its way goes on by the best way from where it is.
    pub fn look_again(&self, fleet: &mut Fleet) {
        for (unit, errand) in self.open.iter().filter(|(_, errand)| errand.stage == Stage::Going) {
            // Whom no other way leads there goes on: the crew finds a way through.
            fleet.send(*unit, errand.given.to);
        }
    }

    /// The next second: sends and releases units, and appends what they say.
    pub fn step(&mut self, fleet: &mut Fleet, said: &mut Vec<Said>) {
        self.second += 1;
        for (unit, Errand { given, stage }) in &mut self.open {
            let mut say = |state| said.push(Said { order: given.id.clone(), state });
            *stage = match *stage {
                Stage::Told(at) if at <= self.second => {
                    if fleet.send(*unit, given.to) {
                        if given.state == OrderState::Issued {
                            say(OrderState::Accepted);
                        }
                        Stage::Going
                    } else {
                        fleet.release(*unit);
                        Stage::Unable
                    }
                }
                Stage::Going if !fleet.is_sent(*unit) => {
                    say(OrderState::Arrived);
                    Stage::There(self.second)
                }
                Stage::There(since) if given.purpose == Purpose::MoveUp && self.second >= since + MOVED_UP_S => {
                    say(OrderState::Ended);
                    fleet.settle(*unit, given.to);
                    Stage::Done
                }
                other => other,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geodesy::haversine_m,
        model::{Status, Timestamp, UnitSpec},
        sim::movement::town::town,
    };

    fn fleet(kinds: &[&str]) -> Fleet {
        let unit = |(n, kind): (usize, &&str)| -> UnitSpec {
            let line = format!(r#"{{"id":"u{n}","callsign":"U","kind":"{kind}","org":"o","status":"available","home":[108.302,22.802]}}"#);
            serde_json::from_str(&line).unwrap()
        };
        let units: Vec<_> = kinds.iter().enumerate().map(unit).collect();
        Fleet::new(&units, town(12), LatLng::new(22.8, 108.3).unwrap(), 1)
    }

    fn given(n: usize, purpose: Purpose) -> Given {
        let (id, unit) = (format!("o{n}").parse().unwrap(), format!("u{n}").parse().unwrap());
        Given { id, unit, purpose, to: LatLng::new(22.815, 108.317).unwrap(), state: OrderState::Issued }
    }

    fn at(fleet: &Fleet, unit: usize) -> LatLng {
        let fix = fleet.last(unit).unwrap();
        LatLng::new(f64::from(fix.lat_udeg) / 1e6, f64::from(fix.lng_udeg) / 1e6).unwrap()
    }

    #[test]
    fn an_ordered_unit_gets_there_and_stays_or_settles() {
        let mut fleet = fleet(&["patrol_car", "patrol_car", "drone", "post", "motorcycle"]);
        let mut errands = Errands::new((0..5).map(|n| format!("u{n}").parse().unwrap()), 1);
        let orders = [Purpose::MoveUp, Purpose::Gate, Purpose::MoveUp, Purpose::MoveUp].into_iter().zip(0..);
        let mut orders: Vec<Given> = orders.map(|(purpose, n)| given(n, purpose)).collect();
        let mut told: Vec<(u64, Said)> = Vec::new();
        for second in 1..=400 {
            errands.hear(orders.clone(), &mut fleet);
            let mut said = Vec::new();
            errands.step(&mut fleet, &mut said);
            for said in said {
                if said.state == OrderState::Ended {
                    orders.retain(|given| given.id != said.order);
                }
                told.push((second, said));
            }
            (0..5).for_each(|unit| _ = fleet.step(unit, 1.0, Timestamp::from_unix_ms(second as i64 * 1_000)));
        }
        let of = |order: &str| told.iter().filter(|(_, said)| said.order.as_str() == order).map(|(_, said)| said.state).collect::<Vec<_>>();
        assert_eq!(of("o0"), [OrderState::Accepted, OrderState::Arrived, OrderState::Ended], "{told:?}");
        assert_eq!(of("o1"), [OrderState::Accepted, OrderState::Arrived]);
        assert_eq!((of("o2"), of("o3")), (vec![], vec![]), "who flies or stands does not go along roads");
        assert!(told.iter().all(|(second, said)| said.state != OrderState::Accepted || (2..=7).contains(second)), "{told:?}");
        let to = given(0, Purpose::Gate).to;
        assert!(haversine_m(at(&fleet, 1), to) < 120.0 && fleet.is_ordered(1) && !fleet.is_ordered(0));
        assert_eq!(fleet.status(1), Some(Status::Available), "its status is the server's affair");
        // Who moved up patrols about its new place, who holds a gate goes on when that is over.
        let [mut moved_m, mut held_m] = [0.0_f64; 2];
        errands.hear(Vec::new(), &mut fleet);
        for second in 0..900 {
            let before = [at(&fleet, 0), at(&fleet, 1)];
            (0..2).for_each(|unit| _ = fleet.step(unit, 1.0, Timestamp::from_unix_ms(second * 1_000)));
            moved_m += haversine_m(before[0], at(&fleet, 0));
            held_m += haversine_m(before[1], at(&fleet, 1));
        }
        assert!(moved_m > 500.0 && held_m > 500.0, "{moved_m} {held_m}");
    }
}
