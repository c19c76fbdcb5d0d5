//! Units that move: cheap enough to share a machine with what they measure.
//!
//! Each goes straight on until the border of the city's box turns it back. How far it moves from one fix to the next follows
//! from the time between them, so that no rate makes a speed that the server's checks refuse.

use rand::{Rng, SeedableRng, rngs::SmallRng};

use crate::{
    geodesy::EARTH_RADIUS_M,
    ingest::binary::frame::{FixRecord, NONE},
};

/// How fast units go, metres a second: fast, and below what the server takes for a ground unit.
const SPEED_MPS: f64 = 50.0;
/// The longest step, metres.
const STEP_M_MAX: f64 = 20.0;

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

/// A unit on its way. 32 bytes.
#[derive(Debug, Clone, Copy)]
struct Mover {
    time_ms: i64,
    lat_e7: i32,
    lon_e7: i32,
    /// Ten-millionths of a degree for a metre of way.
    lat_m: f32,
    lon_m: f32,
    heading_deg: f32,
}

/// The units of one connection, which report one after the other, round and round.
#[derive(Debug)]
pub struct Fleet {
    bounds: Bounds,
    movers: Vec<Mover>,
    next: usize,
}

impl Fleet {
    /// So many units anywhere in the box.
    #[must_use]
    pub fn new(units: usize, bounds: Bounds, seed: u64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut mover = || {
            let ((lat, lon), heading_deg) = (bounds.anywhere(&mut rng), rng.random_range(0.0..360.0));
            let mut mover =
                Mover { time_ms: 0, lat_e7: (lat * 1e7) as i32, lon_e7: (lon * 1e7) as i32, lat_m: 0.0, lon_m: 0.0, heading_deg };
            mover.turn(heading_deg, &bounds);
            mover
        };
        Self { bounds, movers: (0..units).map(|_| mover()).collect(), next: 0 }
    }

    /// The next fix at the time `now_ms`. Times of a unit always grow, by a millisecond at least. Some nanoseconds.
    pub fn fix(&mut self, now_ms: i64) -> FixRecord {
        let handle = self.next;
        self.next = if handle + 1 < self.movers.len() { handle + 1 } else { 0 };
        let Some(mover) = self.movers.get_mut(handle) else { return at_rest(handle) };
        let speed_mps = mover.go(now_ms, &self.bounds);
        FixRecord {
            handle: handle as u32,
            time_ms: mover.time_ms,
            lat_e7: mover.lat_e7,
            lon_e7: mover.lon_e7,
            speed_cmps: (speed_mps * 100.0) as u16,
            heading_cdeg: (mover.heading_deg * 100.0) as u16,
            accuracy_dm: 50,
            flags: 0,
        }
    }
}

/// What a fleet without units would say; there is none.
const fn at_rest(handle: usize) -> FixRecord {
    FixRecord { handle: handle as u32, time_ms: 0, lat_e7: 0, lon_e7: 0, speed_cmps: NONE, heading_cdeg: NONE, accuracy_dm: NONE, flags: 0 }
}

impl Mover {
    fn turn(&mut self, heading_deg: f32, bounds: &Bounds) {
        self.heading_deg = heading_deg.rem_euclid(360.0);
        let (sin, cos) = f64::from(self.heading_deg).to_radians().sin_cos();
        (self.lat_m, self.lon_m) = ((cos * bounds.metre.0) as f32, (sin * bounds.metre.1) as f32);
    }

    /// Goes on to `now_ms` and gives its speed, metres a second.
    fn go(&mut self, now_ms: i64, bounds: &Bounds) -> f64 {
        let last_ms = self.time_ms;
        self.time_ms = now_ms.max(last_ms + 1);
        if last_ms == 0 {
            return 0.0;
        }
        let seconds = (self.time_ms - last_ms) as f64 / 1_000.0;
        let step_m = (seconds * SPEED_MPS).min(STEP_M_MAX);
        self.lat_e7 += (f64::from(self.lat_m) * step_m) as i32;
        self.lon_e7 += (f64::from(self.lon_m) * step_m) as i32;
        // Turned back only when it goes outwards, so that it comes in again however far it is out.
        if (self.lat_e7 < bounds.lat.0 && self.lat_m < 0.0) || (self.lat_e7 > bounds.lat.1 && self.lat_m > 0.0) {
            self.turn(180.0 - self.heading_deg, bounds);
        }
        if (self.lon_e7 < bounds.lon.0 && self.lon_m < 0.0) || (self.lon_e7 > bounds.lon.1 && self.lon_m > 0.0) {
            self.turn(-self.heading_deg, bounds);
        }
        step_m / seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::{LatLng, haversine_m};

    #[test]
    fn units_stay_in_the_box_and_below_the_speed_that_is_refused() {
        let bounds = Bounds::new([108.39, 22.79, 108.41, 22.81]);
        let mut fleet = Fleet::new(7, bounds, 1);
        let mut last: Vec<Option<FixRecord>> = vec![None; 7];
        let mut rng = SmallRng::seed_from_u64(2);
        let mut now_ms = 1_000;
        for n in 0..70_000 {
            now_ms += rng.random_range(0..200);
            let fix = fleet.fix(now_ms);
            assert_eq!(fix.handle, n % 7);
            let at = |fix: &FixRecord| LatLng::new(f64::from(fix.lat_e7) / 1e7, f64::from(fix.lon_e7) / 1e7).unwrap();
            let (lat, lon) = (at(&fix).lat_deg(), at(&fix).lng_deg());
            assert!((22.789..22.811).contains(&lat) && (108.389..108.411).contains(&lon), "{fix:?}");
            let slot = &mut last[fix.handle as usize];
            if let Some(before) = slot {
                assert!(fix.time_ms > before.time_ms);
                let (metres, seconds) = (haversine_m(at(before), at(&fix)), (fix.time_ms - before.time_ms) as f64 / 1_000.0);
                assert!(metres <= SPEED_MPS * seconds + 0.1 && metres <= STEP_M_MAX + 0.1, "{metres} m in {seconds} s");
            }
            *slot = Some(fix);
        }
    }
}
