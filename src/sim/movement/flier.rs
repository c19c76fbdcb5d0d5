//! A unit that flies figures: helicopters circle, drones fly small eights over their ground.

use std::f64::consts::TAU;

use rand::{Rng, rngs::SmallRng};

use super::{Motion, Pace};
use crate::{geodesy::LatLng, model::UnitKind};

/// How fast a figure's centre may move, metres a second.
const DRIFT_MPS: f64 = 6.0;

/// The figure x = width sin a, y = depth sin(turns a) or depth cos a, in metres east and north of its centre.
#[derive(Debug, Clone)]
pub struct Flier {
    home: LatLng,
    /// Where the figure's centre is, metres east and north of home, and where it drifts to.
    centre_m: [f64; 2],
    goal_m: [f64; 2],
    /// How far from home the centre may be, metres.
    roam_m: f64,
    width_m: f64,
    depth_m: f64,
    /// An eight; else a circle.
    eight: bool,
    speed_mps: f64,
    angle: f64,
}

impl Flier {
    /// A unit that flies: a helicopter when `kind` says so, a drone otherwise.
    pub fn new(kind: UnitKind, home: LatLng, rng: &mut SmallRng) -> Self {
        let helicopter = kind == UnitKind::Helicopter;
        let radius_m = if helicopter { rng.random_range(900.0..1_500.0) } else { rng.random_range(120.0..300.0) };
        Self {
            home,
            centre_m: [0.0; 2],
            goal_m: [0.0; 2],
            roam_m: if helicopter { 5_000.0 } else { 0.0 },
            width_m: radius_m,
            depth_m: if helicopter { radius_m } else { radius_m * 0.6 },
            eight: !helicopter,
            speed_mps: if helicopter { rng.random_range(32.0..45.0) } else { rng.random_range(6.0..12.0) },
            angle: rng.random_range(0.0..TAU),
        }
    }

    /// East and north of the centre, and how they change with the angle.
    fn figure(&self) -> ([f64; 2], [f64; 2]) {
        let a = self.angle;
        let north = if self.eight { ((2.0 * a).sin(), 2.0 * (2.0 * a).cos()) } else { (a.cos(), -a.sin()) };
        ([self.width_m * a.sin(), self.depth_m * north.0], [self.width_m * a.cos(), self.depth_m * north.1])
    }

    /// Flies on for `dt_s` seconds; who stands hovers where it is.
    pub fn step(&mut self, dt_s: f64, pace: Pace, rng: &mut SmallRng) -> Option<Motion> {
        let moves = pace != Pace::Still;
        let ([_, _], [de, dn]) = self.figure();
        if moves {
            // The angle that makes the way on the figure as long as the speed wants it.
            self.angle = (self.angle + self.speed_mps * dt_s / de.hypot(dn).max(1.0)) % TAU;
            self.drift(dt_s, rng);
        }
        let ([east_m, north_m], [de, dn]) = self.figure();
        let (east_m, north_m) = (self.centre_m[0] + east_m, self.centre_m[1] + north_m);
        let away_m = east_m.hypot(north_m);
        let at = self.home.offset(away_m, east_m.atan2(north_m).to_degrees());
        let heading_deg = de.atan2(dn).to_degrees().rem_euclid(360.0);
        Some(Motion { at, speed_mps: if moves { self.speed_mps } else { 0.0 }, heading_deg })
    }

    fn drift(&mut self, dt_s: f64, rng: &mut SmallRng) {
        if self.roam_m <= 0.0 {
            return;
        }
        let apart = [self.goal_m[0] - self.centre_m[0], self.goal_m[1] - self.centre_m[1]];
        let apart_m = apart[0].hypot(apart[1]);
        if apart_m < DRIFT_MPS * dt_s {
            let (away_m, bearing) = (rng.random_range(0.0..self.roam_m), rng.random_range(0.0..TAU));
            self.goal_m = [away_m * bearing.sin(), away_m * bearing.cos()];
            return;
        }
        let share = DRIFT_MPS * dt_s / apart_m;
        self.centre_m = [self.centre_m[0] + apart[0] * share, self.centre_m[1] + apart[1] * share];
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::{
        geodesy::{bearing_deg, haversine_m},
        sim::movement::turn_deg,
    };

    #[test]
    fn figures_are_flown_at_their_speed_and_heading() {
        let home = LatLng::new(22.85, 108.4).unwrap();
        for (kind, reach_m, most_mps) in [(UnitKind::Helicopter, 6_600.0, 60.0), (UnitKind::Drone, 400.0, 14.0)] {
            let mut rng = SmallRng::seed_from_u64(4);
            let mut unit = Flier::new(kind, home, &mut rng);
            let mut before = unit.step(1.0, Pace::Patrol, &mut rng).unwrap();
            for _ in 0..2_000 {
                let after = unit.step(1.0, Pace::Patrol, &mut rng).unwrap();
                let gone_m = haversine_m(before.at, after.at);
                assert!(gone_m < most_mps && gone_m > 2.0, "{kind} went {gone_m} m in a second");
                assert!(haversine_m(after.at, home) < reach_m);
                assert!(turn_deg(bearing_deg(before.at, after.at), after.heading_deg) < 35.0);
                before = after;
            }
            let hovering = unit.step(1.0, Pace::Still, &mut rng).unwrap();
            assert_eq!((hovering.at, hovering.speed_mps), (before.at, 0.0));
        }
    }
}
