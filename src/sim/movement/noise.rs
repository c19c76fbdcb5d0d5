//! What satellites add to a position: an error of a few metres that wanders slowly, as it does in a street.

use rand::{Rng, rngs::SmallRng};

use crate::geodesy::LatLng;

/// How long an error lasts, seconds.
const LASTS_S: f64 = 30.0;
/// The largest error, in standard deviations.
const SIGMAS_MAX: f64 = 3.0;

/// The error of one receiver: a first-order Gauss-Markov process in each direction.
#[derive(Debug, Clone)]
pub struct GpsNoise {
    sigma_m: f64,
    east_m: f64,
    north_m: f64,
}

/// Nearly normal, from -6 to 6, with a deviation of 1: the sum of twelve even ones less six.
fn normal(rng: &mut SmallRng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

impl GpsNoise {
    /// A receiver whose error has a deviation of 2 to 4 m in all.
    pub fn new(rng: &mut SmallRng) -> Self {
        let sigma_m = rng.random_range(2.0..4.0) / std::f64::consts::SQRT_2;
        Self { sigma_m, east_m: normal(rng) * sigma_m, north_m: normal(rng) * sigma_m }
    }

    /// The error that the receiver itself would tell, metres.
    #[must_use]
    pub fn accuracy_m(&self) -> f64 {
        self.sigma_m * 2.0
    }

    /// The position that the receiver gives, `dt_s` seconds after the last.
    pub fn apply(&mut self, at: LatLng, dt_s: f64, rng: &mut SmallRng) -> LatLng {
        let keep = (-dt_s / LASTS_S).exp();
        let fresh_m = self.sigma_m * (1.0 - keep * keep).sqrt();
        let most_m = self.sigma_m * SIGMAS_MAX;
        self.east_m = (self.east_m * keep + fresh_m * normal(rng)).clamp(-most_m, most_m);
        self.north_m = (self.north_m * keep + fresh_m * normal(rng)).clamp(-most_m, most_m);
        at.offset(self.east_m.hypot(self.north_m), self.east_m.atan2(self.north_m).to_degrees())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::geodesy::haversine_m;

    #[test]
    fn the_error_is_of_a_few_metres_and_wanders() {
        let at = LatLng::new(22.85, 108.4).unwrap();
        for seed in 0..10 {
            let mut rng = SmallRng::seed_from_u64(seed);
            let mut noise = GpsNoise::new(&mut rng);
            let seen: Vec<_> = (0..5_000).map(|_| noise.apply(at, 1.0, &mut rng)).collect();
            let mean_square = seen.iter().map(|seen| haversine_m(*seen, at).powi(2)).sum::<f64>() / 5_000.0;
            assert!((1.5..4.6).contains(&mean_square.sqrt()), "{mean_square}");
            let steps = seen.windows(2).map(|pair| haversine_m(pair[0], pair[1])).fold(0.0, f64::max);
            assert!(steps < 4.0, "a step of {steps} m");
        }
    }
}
