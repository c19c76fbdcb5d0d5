//! Units that move: cheap enough to share a machine with what they measure.
//!
//! Each patrols its own straight way through the city, to and fro. Where it is follows from the clock alone: whatever the rate,
//! no two fixes make a speed that the server's checks refuse, and a later run goes on where the city is by then.

use rand::{Rng, SeedableRng, rngs::SmallRng};

use crate::{
    geodesy::EARTH_RADIUS_M,
    ingest::binary::frame::{FixRecord, NONE},
};

/// How fast units go, metres a millisecond: 50 m/s, below what the server takes for the fastest on the ground.
const SPEED: f64 = 0.05;
/// How long ways are, metres.
const WAY_M: std::ops::Range<f64> = 300.0..2_000.0;

/// The box of a city, ten-millionths of a degree.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    lat: (i32, i32),
    lon: (i32, i32),
    /// Ten-millionths of a degree to a metre: north, east.
    metre: (f64, f64),
}

impl Bounds {
    /// From west, south, east, north in degrees.
    #[must_use]
    pub fn new([west, south, east, north]: [f64; 4]) -> Self {
        let e7 = |deg: f64| (deg * 1e7).round() as i32;
        let metre = 1e7 / (EARTH_RADIUS_M.to_radians());
        let middle = f64::midpoint(south, north).to_radians();
        Self { lat: (e7(south), e7(north)), lon: (e7(west), e7(east)), metre: (metre, metre / middle.cos().max(0.01)) }
    }

    /// A random place in the box: latitude and longitude in degrees.
    pub fn anywhere(&self, rng: &mut SmallRng) -> (f64, f64) {
        (f64::from(rng.random_range(self.lat.0..=self.lat.1)) / 1e7, f64::from(rng.random_range(self.lon.0..=self.lon.1)) / 1e7)
    }
}

/// A unit on its way. 48 bytes.
#[derive(Debug, Clone, Copy)]
struct Mover {
    time_ms: i64,
    /// Where its way begins.
    lat_e7: i32,
    lon_e7: i32,
    /// Ten-millionths of a degree for a metre of way.
    lat_m: f32,
    lon_m: f32,
    way_m: f32,
    /// One by the metres there and back.
    turns_a_m: f64,
    heading_cdeg: u16,
}

/// The units of one connection, which report one after the other, round and round.
#[derive(Debug)]
pub struct Fleet {
    movers: Vec<Mover>,
    next: usize,
}

impl Fleet {
    /// The units of these numbers. Their ways follow from the number and the seed.
    #[must_use]
    pub fn new(units: std::ops::Range<usize>, bounds: &Bounds, seed: u64) -> Self {
        Self { movers: units.map(|number| Mover::new(number as u64, bounds, seed)).collect(), next: 0 }
    }

    /// The next fix at the time `now_ms`. Times of a unit always grow, by a millisecond at least. Some nanoseconds.
    pub fn fix(&mut self, now_ms: i64) -> FixRecord {
        let handle = self.next;
        self.next = if handle + 1 < self.movers.len() { handle + 1 } else { 0 };
        match self.movers.get_mut(handle) {
            Some(mover) => mover.go(handle as u32, now_ms),
            None => AT_REST,
        }
    }
}

/// What a fleet without units would say; there is none.
const AT_REST: FixRecord =
    FixRecord { handle: 0, time_ms: 0, lat_e7: 0, lon_e7: 0, speed_cmps: NONE, heading_cdeg: NONE, accuracy_dm: NONE, flags: 0 };

impl Mover {
    fn new(number: u64, bounds: &Bounds, seed: u64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed.wrapping_mul(1 << 32).wrapping_add(number));
        let ((lat, lon), heading_deg, way_m) = (bounds.anywhere(&mut rng), rng.random_range(0.0..360.0_f64), rng.random_range(WAY_M));
        let (sin, cos) = heading_deg.to_radians().sin_cos();
        let (lat_e7, lon_e7) = ((lat * 1e7).round() as i32, (lon * 1e7).round() as i32);
        let (lat_m, lon_m) = (cos * bounds.metre.0, sin * bounds.metre.1);
        // A way ends at the border of the box; one that hardly begins before it is a place where the unit stands.
        let room =
            |from: i32, (least, most): (i32, i32), a_m: f64| f64::from(if a_m < 0.0 { from - least } else { most - from }) / a_m.abs();
        let way_m = way_m.min(room(lat_e7, bounds.lat, lat_m)).min(room(lon_e7, bounds.lon, lon_m)).max(0.1);
        Self {
            time_ms: 0,
            lat_e7,
            lon_e7,
            lat_m: lat_m as f32,
            lon_m: lon_m as f32,
            way_m: way_m as f32,
            turns_a_m: 0.5 / way_m,
            heading_cdeg: (heading_deg * 100.0) as u16,
        }
    }

    fn go(&mut self, handle: u32, now_ms: i64) -> FixRecord {
        self.time_ms = now_ms.max(self.time_ms + 1);
        let turns = self.time_ms as f64 * SPEED * self.turns_a_m;
        let share = (turns - turns.floor()) as f32;
        // The first half of a turn goes there, the second back.
        let (goes_back, along_m) = (share > 0.5, (1.0 - (2.0 * share - 1.0).abs()) * self.way_m);
        FixRecord {
            handle,
            time_ms: self.time_ms,
            lat_e7: self.lat_e7 + (self.lat_m * along_m) as i32,
            lon_e7: self.lon_e7 + (self.lon_m * along_m) as i32,
            speed_cmps: (SPEED * 100_000.0) as u16,
            heading_cdeg: if goes_back { (self.heading_cdeg + 18_000) % 36_000 } else { self.heading_cdeg },
            accuracy_dm: 50,
            flags: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::{LatLng, haversine_m};

    #[test]
    fn units_stay_in_the_box_and_below_the_speed_that_is_refused() {
        let bounds = Bounds::new([108.39, 22.79, 108.41, 22.81]);
        let mut fleet = Fleet::new(3..10, &bounds, 1);
        let mut last: Vec<Option<FixRecord>> = vec![None; 7];
        let mut rng = SmallRng::seed_from_u64(2);
        let mut now_ms = 1_764_000_000_000;
        for n in 0..70_000 {
            now_ms += rng.random_range(0..200);
            if n % 10_000 == 6_999 {
                // Another run, on other connections, goes on where the city is by now.
                fleet = Fleet::new(3..10, &bounds, 1);
                now_ms += 60_000;
            }
            let fix = fleet.fix(now_ms);
            let at = |fix: &FixRecord| LatLng::new(f64::from(fix.lat_e7) / 1e7, f64::from(fix.lon_e7) / 1e7).unwrap();
            let (lat, lon) = (at(&fix).lat_deg(), at(&fix).lng_deg());
            assert!((22.7899..22.8101).contains(&lat) && (108.3899..108.4101).contains(&lon), "{fix:?}");
            assert!(fix.heading_cdeg < 36_000);
            let slot = &mut last[fix.handle as usize];
            if let Some(before) = slot {
                assert!(fix.time_ms > before.time_ms);
                let (metres, seconds) = (haversine_m(at(before), at(&fix)), (fix.time_ms - before.time_ms) as f64 / 1_000.0);
                assert!(metres <= 1_000.0 * SPEED * seconds * 1.01 + 0.2, "{metres} m in {seconds} s");
            }
            *slot = Some(fix);
        }
    }

    #[test]
    fn a_way_is_of_the_unit_whatever_its_connection() {
        let bounds = Bounds::new([108.2, 22.7, 108.6, 23.0]);
        let (mut all, mut rest) = (Fleet::new(0..9, &bounds, 7), Fleet::new(5..9, &bounds, 7));
        let all: Vec<_> = (0..9).map(|_| all.fix(1_764_000_000_000)).collect();
        for right in &all[5..] {
            let fix = rest.fix(1_764_000_000_000);
            assert_eq!((fix.lat_e7, fix.lon_e7), (right.lat_e7, right.lon_e7));
        }
        assert_ne!(all[0].lat_e7, all[1].lat_e7);
    }
}
