//! A unit that goes along roads: from junction to junction, never against a one-way street.

use std::collections::VecDeque;

use rand::{Rng, rngs::SmallRng};

use super::{Guide, Habits, Motion, Pace, turn_deg};
use crate::{
    geodesy::{LatLng, haversine_m},
    roads::{Arc, Drive, JunctionNo, RoadNetwork, RoadPlace, Route},
};

/// Junctions that one step may pass; beyond it the unit waits for the next step.
const JUNCTIONS_MAX: usize = 16;
/// A sharper turn than this is taken slowly, degrees.
const SHARP_TURN_DEG: f64 = 50.0;
/// How fast a sharp turn is taken, metres a second.
const TURN_MPS: f64 = 4.0;
/// How much more a unit that is far from home likes a road that leads nearer.
const HOMEWARD: f64 = 6.0;
/// Speed over what the road allows when a unit hurries.
const URGENT_SHARE: f64 = 1.3;
/// A unit starts at most this far from its junction, metres.
const START_SPREAD_M: f64 = 80.0;

/// A unit on the roads.
#[derive(Debug, Clone)]
pub struct Ground {
    habits: &'static Habits,
    home: LatLng,
    /// The stretch that it is on, and the metres from its start.
    arc: Arc,
    along_m: f64,
    speed_mps: f64,
    /// What is left of a stop, seconds.
    stop_s: f64,
    /// How this driver differs from others: a factor on the patrol speed.
    manner: f64,
    /// Where it is sent, until it is there.
    errand: Option<Errand>,
}

/// A way to a place.
#[derive(Debug, Clone)]
struct Errand {
    /// The drives after the one that it is on.
    rest: VecDeque<Drive>,
    /// The place: metres from the start of the last drive.
    end_m: f64,
}

impl Ground {
    /// A unit that starts near the junction nearest to its home. `None` when there is no way out of it.
    pub fn new(habits: &'static Habits, home: LatLng, roads: &RoadNetwork, rng: &mut SmallRng) -> Option<Self> {
        let junction = roads.nearest_junction(home)?;
        let ways = roads.arcs(junction);
        let liked = ways.clone().filter(|arc| likes(habits, roads, arc) > 0.0).count();
        let nth = rng.random_range(0..liked.max(1));
        let arc = ways.clone().filter(|arc| liked == 0 || likes(habits, roads, arc) > 0.0).nth(nth)?;
        // Not all of a station's cars stand on one point.
        let along_m = rng.random_range(0.0..START_SPREAD_M).min(arc.length_m);
        Some(Self { habits, home, arc, along_m, speed_mps: 0.0, stop_s: 0.0, manner: rng.random_range(0.85..1.1), errand: None })
    }

    /// The stretch that it is on.
    #[must_use]
    pub const fn drive(&self) -> Drive {
        self.arc.drive
    }

    /// Where it is on the roads.
    #[must_use]
    pub fn place(&self) -> RoadPlace {
        let share = if self.arc.length_m > 0.0 { self.along_m / self.arc.length_m } else { 0.0 };
        RoadPlace::new(self.arc.drive.edge, if self.arc.drive.backward { 1.0 - share } else { share })
    }

    /// Sends it along a way that begins where it is.
    pub fn send(&mut self, route: &Route, roads: &RoadNetwork) {
        let along_m = |drive: Drive, place: RoadPlace| {
            let share = if drive.backward { 1.0 - place.share() } else { place.share() };
            share * roads.length_m(drive.edge).unwrap_or_default()
        };
        let mut rest: VecDeque<Drive> = route.drives.iter().copied().collect();
        let (Some(first), Some(last)) = (rest.pop_front(), route.drives.last()) else { return };
        let Some(arc) = arc(first, roads) else { return };
        (self.along_m, self.stop_s) = (along_m(first, route.from).min(arc.length_m), 0.0);
        self.arc = arc;
        self.errand = Some(Errand { rest, end_m: along_m(*last, route.to) });
    }

    /// Whether it is on its way to a place.
    #[must_use]
    pub const fn is_sent(&self) -> bool {
        self.errand.is_some()
    }

    /// It goes where it likes again.
    pub fn release(&mut self) {
        self.errand = None;
    }

    /// From now on its ground is about this place.
    pub const fn settle(&mut self, home: LatLng) {
        self.home = home;
    }

    /// The speed that it would like to have, metres a second.
    fn wish_mps(&self, roads: &RoadNetwork, pace: Pace) -> f64 {
        let habits = self.habits;
        let road_kmh = roads.edges().get(self.arc.drive.edge as usize).map_or(0, |edge| edge.speed_kmh);
        let road_mps = f64::from(road_kmh) / 3.6 * habits.speed_share * self.manner;
        match pace {
            Pace::Still => 0.0,
            Pace::Patrol => road_mps.clamp(habits.mps_min, habits.mps_max),
            Pace::Urgent => (road_mps * URGENT_SHARE).clamp(habits.mps_min, habits.urgent_mps_max),
        }
    }

    /// Goes on for `dt_s` seconds. About 1 us.
    pub fn step(&mut self, dt_s: f64, pace: Pace, guide: &Guide, rng: &mut SmallRng) -> Option<Motion> {
        let roads = guide.network();
        if pace == Pace::Urgent {
            self.stop_s = 0.0;
        }
        if self.stop_s > 0.0 {
            self.stop_s -= dt_s;
            self.speed_mps = 0.0;
            return self.motion(roads);
        }
        let before_mps = self.speed_mps;
        let change_mps = self.habits.accel_mps2 * dt_s;
        // Everybody brakes harder than they speed up.
        self.speed_mps = self.wish_mps(roads, pace).clamp(before_mps - 2.0 * change_mps, before_mps + change_mps).max(0.0);
        let mut left_m = (before_mps + self.speed_mps) / 2.0 * dt_s;
        for _ in 0..JUNCTIONS_MAX {
            let last = self.errand.as_ref().filter(|errand| errand.rest.is_empty());
            let (end_m, is_there) = last.map_or((self.arc.length_m, false), |errand| (errand.end_m, true));
            let to_end_m = end_m - self.along_m;
            if left_m < to_end_m {
                self.along_m += left_m;
                break;
            }
            if is_there {
                (self.along_m, self.speed_mps, self.errand) = (end_m, 0.0, None);
                break;
            }
            left_m -= to_end_m;
            let ordered = self.errand.as_mut().and_then(|errand| errand.rest.pop_front());
            let Some(next) = ordered.and_then(|drive| arc(drive, roads)).or_else(|| self.choose(guide, rng)) else {
                // A dead end that one may not leave: it waits there.
                self.along_m = self.arc.length_m;
                self.speed_mps = 0.0;
                break;
            };
            let turn = self.turn_to(&next, roads);
            (self.arc, self.along_m) = (next, 0.0);
            if pace == Pace::Patrol && rng.random_bool(self.habits.stop_chance) {
                let (least_s, most_s) = self.habits.stop_s;
                self.stop_s = rng.random_range(least_s..most_s);
                self.speed_mps = 0.0;
                break;
            }
            if turn > SHARP_TURN_DEG {
                self.speed_mps = self.speed_mps.min(TURN_MPS.max(self.habits.mps_min));
            }
        }
        self.motion(roads)
    }

    fn turn_to(&self, next: &Arc, roads: &RoadNetwork) -> f64 {
        let arriving = roads.spot(self.arc.drive, self.arc.length_m);
        let leaving = roads.spot(next.drive, 0.0);
        arriving.zip(leaving).map_or(0.0, |(a, b)| turn_deg(a.heading_deg, b.heading_deg))
    }

    /// The next stretch at the end of this one: not back when there is another that is open, rather one that it likes, homeward when far.
    fn choose(&self, guide: &Guide, rng: &mut SmallRng) -> Option<Arc> {
        let roads = guide.network();
        let mut ways = roads.arcs(self.arc.to);
        let from_home_m = |junction: JunctionNo| roads.junctions().get(junction as usize).map_or(0.0, |at| haversine_m(at, self.home));
        let here_m = from_home_m(self.arc.to);
        let is_back = |arc: &Arc| arc.drive.edge == self.arc.drive.edge && arc.drive.backward != self.arc.drive.backward;
        let weight = |arc: &Arc| {
            let homeward = if here_m > self.habits.roam_m && from_home_m(arc.to) < here_m { HOMEWARD } else { 1.0 };
            if is_back(arc) || guide.is_closed(arc.drive) { 0.0 } else { likes(self.habits, roads, arc) * homeward }
        };
        let total: f64 = ways.clone().map(|arc| weight(&arc)).sum();
        if total > 0.0 {
            let mut drawn = rng.random_range(0.0..total);
            for arc in ways.clone() {
                let weight = weight(&arc);
                if drawn < weight {
                    return Some(arc);
                }
                drawn -= weight;
            }
        }
        // Nothing that it likes: back if that is allowed, else on whatever there is.
        ways.clone().find(is_back).or_else(|| ways.next())
    }

    fn motion(&self, roads: &RoadNetwork) -> Option<Motion> {
        let spot = roads.spot(self.arc.drive, self.along_m)?;
        Some(Motion { at: spot.at, speed_mps: self.speed_mps, heading_deg: spot.heading_deg % 360.0 })
    }
}

/// A drive as a stretch.
fn arc(drive: Drive, roads: &RoadNetwork) -> Option<Arc> {
    let (_, to) = roads.ends(drive.no())?;
    Some(Arc { drive, to, length_m: roads.length_m(drive.edge)? })
}

fn likes(habits: &Habits, roads: &RoadNetwork, arc: &Arc) -> f64 {
    roads.edges().get(arc.drive.edge as usize).map_or(0.0, |edge| habits.likes(edge.class))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::{
        engine::Closure,
        model::{Drawn, UnitKind},
        sim::movement::{habits, town::town},
    };

    const GROUND: [UnitKind; 5] = [UnitKind::PatrolCar, UnitKind::ArmedCar, UnitKind::Motorcycle, UnitKind::Foot, UnitKind::Volunteers];

    fn home() -> LatLng {
        LatLng::new(22.805, 108.305).unwrap()
    }

    fn drive(kind: UnitKind, seed: u64, seconds: usize) -> Vec<(Drive, Motion)> {
        let town = Guide::new(town(12));
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut unit = Ground::new(habits(kind), home(), town.network(), &mut rng).unwrap();
        let step = |_| {
            let motion = unit.step(1.0, Pace::Patrol, &town, &mut rng).unwrap();
            (unit.drive(), motion)
        };
        (0..seconds).map(step).collect()
    }

    #[test]
    fn the_same_seed_drives_the_same_way() {
        for kind in GROUND {
            assert_eq!(drive(kind, 7, 900), drive(kind, 7, 900));
            assert_ne!(drive(kind, 7, 900), drive(kind, 8, 900));
        }
    }

    #[test]
    fn nobody_drives_against_a_one_way_street() {
        let town = town(12);
        for kind in GROUND {
            for seed in 0..20 {
                for (drive, _) in drive(kind, seed, 1_000) {
                    assert!(!(drive.backward && town.edges().get(drive.edge as usize).unwrap().one_way), "{kind} went {drive:?}");
                }
            }
        }
    }

    #[test]
    fn nobody_turns_into_a_closed_street() {
        let mut town = Guide::new(town(12));
        let edges: Vec<u32> = (0..town.network().edges().len() as u32).filter(|edge| edge % 5 == 0).collect();
        let closure = |id: &str, edges, factor| Closure {
            id: id.parse().unwrap(),
            place: Drawn::Edges(edges),
            heading_deg: None,
            factor,
            reason: "test".into(),
            until: None,
            org: None,
        };
        let slow = closure("slow", vec![1, 2, 3], Some(3.0));
        assert!(town.hear(vec![closure("a", edges.clone(), None), slow.clone()]));
        assert!(!town.hear(vec![closure("a", edges.clone(), None), slow.clone()]), "no news");
        let closed = |town: &Guide, drive: Drive| town.is_closed(drive);
        assert!(!closed(&town, Drive { edge: 1, backward: false }) && closed(&town, Drive { edge: 5, backward: true }));
        let (mut turns, mut into) = (0, 0);
        for seed in 0..20 {
            let mut rng = SmallRng::seed_from_u64(seed);
            let mut unit = Ground::new(habits(UnitKind::PatrolCar), home(), town.network(), &mut rng).unwrap();
            let mut drive = unit.drive();
            for _ in 0..1_000 {
                unit.step(1.0, Pace::Patrol, &town, &mut rng).unwrap();
                if unit.drive().edge != drive.edge {
                    (turns, into) = (turns + 1, into + usize::from(closed(&town, unit.drive())));
                }
                drive = unit.drive();
            }
        }
        assert!(turns > 500 && into == 0, "{into} of {turns}");
        assert!(town.hear(vec![slow]) && !closed(&town, Drive { edge: 5, backward: true }), "lifted");
    }

    #[test]
    fn nobody_leaps() {
        for kind in GROUND {
            let most_mps = habits(kind).mps_max;
            for pair in drive(kind, 3, 2_000).windows(2) {
                let [(_, before), (_, after)] = pair else { unreachable!() };
                assert!(haversine_m(before.at, after.at) <= most_mps * 1.0 + 0.01, "{kind} leapt");
                assert!(after.speed_mps <= most_mps && (0.0..360.0).contains(&after.heading_deg));
            }
        }
    }

    #[test]
    fn a_patrol_covers_ground_and_stays_near_home() {
        for kind in GROUND {
            let way = drive(kind, 5, 3_000);
            let moved_m: f64 = way.windows(2).map(|pair| haversine_m(pair[0].1.at, pair[1].1.at)).sum();
            assert!(moved_m > 300.0, "{kind} went {moved_m:.0} m in 50 minutes");
            let far_m = way.iter().map(|(_, motion)| haversine_m(motion.at, home())).fold(0.0, f64::max);
            assert!(far_m < habits(kind).roam_m + 1_500.0, "{kind} was {far_m:.0} m from home");
        }
    }

    #[test]
    fn who_stands_stands_and_who_hurries_does_not_stop() {
        let town = Guide::new(town(12));
        let mut rng = SmallRng::seed_from_u64(1);
        let mut unit = Ground::new(habits(UnitKind::PatrolCar), home(), town.network(), &mut rng).unwrap();
        for _ in 0..30 {
            assert_eq!(unit.step(1.0, Pace::Still, &town, &mut rng).unwrap().speed_mps, 0.0);
        }
        let urgent: Vec<_> = (0..300).map(|_| unit.step(1.0, Pace::Urgent, &town, &mut rng).unwrap().speed_mps).collect();
        assert!(urgent.iter().skip(5).all(|speed| *speed > 1.0));
        let stopping: Vec<_> = (0..10).map(|_| unit.step(1.0, Pace::Still, &town, &mut rng).unwrap().speed_mps).collect();
        assert_eq!(stopping.last(), Some(&0.0));
    }
}
