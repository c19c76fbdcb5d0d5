//! What each drive costs now: the time that it takes when the road is free, made longer by jams and taken away by closures.

use std::{collections::HashMap, sync::Arc};

use super::{Drive, DriveNo, EdgeNo, Landmarks, Pace, Paces, RoadNetwork, TRAVELS, Travel};

/// What a drive costs that may not be driven.
pub const NEVER: u32 = u32::MAX;
/// The slowest that a road can be made, by its factor; slower is closed.
pub const FACTOR_MAX: f32 = 100.0;
/// The fastest.
pub const FACTOR_MIN: f32 = 0.1;

/// How fast edges of one class, speed and direction are driven: milliseconds a millimetre by way of travelling, none where they
/// may not be.
#[derive(Debug)]
struct Kind {
    one_way: bool,
    rates: [Option<f64>; TRAVELS],
}

/// What every edge takes when it is free: so long a line, of such a kind. 8 bytes an edge.
#[derive(Debug, Default)]
struct Free {
    edges: Box<[(u32, u16)]>,
    kinds: Vec<Kind>,
}

/// Whole milliseconds, at least one.
fn whole_ms(ms: f64) -> u32 {
    // Conversions saturate.
    ((ms + 0.5) as u32).clamp(1, NEVER - 1)
}

impl Free {
    fn new(network: &RoadNetwork, paces: &Paces) -> Self {
        let (mut kinds, mut numbers) = (Vec::new(), HashMap::new());
        let edges = network.edges().iter().zip(0..).map(|(edge, no): (_, EdgeNo)| {
            let kind = *numbers.entry((edge.class, edge.speed_kmh, edge.one_way)).or_insert_with(|| {
                let rate = |travel: usize| {
                    let Pace { share, least_kmh, most_kmh } = paces.get(*Travel::ALL.get(travel)?, edge.class)?;
                    // km/h to m/s, which is millimetres a millisecond, is 3.6.
                    Some(3.6 / (f64::from(edge.speed_kmh) * share).min(most_kmh).max(least_kmh).max(0.1))
                };
                kinds.push(Kind { one_way: edge.one_way, rates: std::array::from_fn(rate) });
                // Of classes, speeds and directions there are fewer.
                (kinds.len() - 1) as u16
            });
            (network.length_mm(no).unwrap_or_default(), kind)
        });
        Self { edges: edges.collect(), kinds }
    }

    /// A drive's length in millimetres, and by way of travelling its rate.
    fn of(&self, drive: DriveNo) -> Option<(f64, impl Iterator<Item = Option<f64>>)> {
        let Drive { edge, backward } = Drive::from_no(drive);
        let (length_mm, kind) = *self.edges.get(edge as usize)?;
        let Kind { one_way, rates } = self.kinds.get(usize::from(kind))?;
        let is_against = *one_way && backward;
        let rates = rates.iter().zip(Travel::ALL).map(move |(rate, travel)| rate.filter(|_| !(is_against && travel.keeps_one_way())));
        Some((length_mm.into(), rates))
    }
}

/// What every drive costs now, milliseconds, for every way of travelling. 48 bytes an edge; copies share 8 of them.
#[derive(Debug, Clone, Default)]
pub struct Costs {
    free: Arc<Free>,
    /// By way of travelling, then by drive.
    now: [Box<[u32]>; TRAVELS],
    /// The least factor ever set, 1 at most: what was never faster than when it is free bounds every search.
    least_factor: Option<f32>,
    changes: u64,
    landmarks: Arc<Landmarks>,
}

impl Costs {
    /// With every road open and free. Linear.
    #[must_use]
    pub fn new(network: &RoadNetwork, paces: &Paces) -> Self {
        let drives = 2 * network.edges().len();
        let now = std::array::from_fn(|_| vec![NEVER; drives].into());
        let mut costs = Self { free: Arc::new(Free::new(network, paces)), now, least_factor: None, changes: 0, landmarks: Arc::default() };
        for drive in 0..drives as DriveNo {
            costs.set_factor(drive, 1.0);
        }
        Self { changes: 0, ..costs }
    }

    /// For one way of travelling, every road open and free, both ways along one-way streets, `faster` times as fast as these costs say.
    /// The other ways of travelling go nowhere. Linear.
    #[must_use]
    pub fn unruled(&self, travel: Travel, faster: f64) -> Self {
        let of_edge = |edge: EdgeNo| {
            let ms = |backward| self.free_ms(Drive { edge, backward }.no(), travel);
            let ms = Some(ms(false).min(ms(true))).filter(|ms| *ms != NEVER);
            // Conversions saturate.
            [ms.map_or(NEVER, |ms| (f64::from(ms) / faster.max(1.0)) as u32); 2]
        };
        let mut now: [Box<[u32]>; TRAVELS] = Default::default();
        if let Some(slot) = now.get_mut(usize::from(travel.code())) {
            *slot = (0..self.free.edges.len() as EdgeNo).flat_map(of_edge).collect();
        }
        Self { free: self.free.clone(), now, ..Self::default() }
    }

    /// What every drive costs for one way of travelling, by drive.
    #[must_use]
    pub fn of(&self, travel: Travel) -> &[u32] {
        self.now.get(usize::from(travel.code())).map_or(&[], |costs| costs)
    }

    /// What a drive costs when the road is open and free; [`NEVER`] where it may not be driven.
    #[must_use]
    pub fn free_ms(&self, drive: DriveNo, travel: Travel) -> u32 {
        let rate = |(length_mm, mut rates): (f64, _)| Some((length_mm, Iterator::nth(&mut rates, usize::from(travel.code()))??));
        self.free.of(drive).and_then(rate).map_or(NEVER, |(length_mm, rate): (f64, f64)| whole_ms(length_mm * rate))
    }

    /// What every drive costs when the roads are open and free, by drive. Linear.
    #[must_use]
    pub fn free_of(&self, travel: Travel) -> Box<[u32]> {
        (0..2 * self.free.edges.len() as DriveNo).map(|drive| self.free_ms(drive, travel)).collect()
    }

    /// The least factor that was ever set, 1 at most.
    #[must_use]
    pub fn least_factor(&self) -> f32 {
        self.least_factor.unwrap_or(1.0)
    }

    /// How often a factor was set: while it stays the same, so do the costs.
    #[must_use]
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// What is known of how long ways take at least.
    #[must_use]
    pub fn landmarks(&self) -> &Landmarks {
        &self.landmarks
    }

    /// Has searches look in the right direction from now on. The landmarks are those of these costs' network and paces.
    pub fn set_landmarks(&mut self, landmarks: Arc<Landmarks>) {
        self.landmarks = landmarks;
    }

    /// Makes a drive so many times as slow as when it is free; more than [`FACTOR_MAX`] closes it. Counts from the next search
    /// on; constant time.
    pub fn set_factor(&mut self, drive: DriveNo, factor: f32) {
        let factor = factor.max(FACTOR_MIN);
        let Some((length_mm, rates)) = self.free.of(drive) else { return };
        for (rate, now) in rates.zip(&mut self.now) {
            if let Some(now) = now.get_mut(drive as usize) {
                *now = match rate {
                    Some(rate) if factor <= FACTOR_MAX => slowed(whole_ms(length_mm * rate), factor),
                    _ => NEVER,
                };
            }
        }
        self.least_factor = Some(self.least_factor().min(factor));
        self.changes += 1;
    }
}

/// A time times a factor.
fn slowed(ms: u32, factor: f32) -> u32 {
    if factor == 1.0 { ms } else { whole_ms(f64::from(ms) * f64::from(factor)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geodesy::LatLng,
        model::Name,
        roads::{RoadClass, RoadEdge},
    };

    /// One one-way street of 1,112 m at 36 km/h.
    fn street() -> RoadNetwork {
        let ends = [LatLng::new(22.80, 108.3).unwrap(), LatLng::new(22.81, 108.3).unwrap()];
        let edge = RoadEdge {
            from: 0,
            to: 1,
            class: RoadClass::Street,
            speed_kmh: 36,
            one_way: true,
            bridge: false,
            name: std::sync::Arc::new(Name::default()),
            shape: ends.into(),
        };
        RoadNetwork::new(ends.to_vec(), vec![edge]).unwrap()
    }

    #[test]
    fn each_goes_as_its_pace_says_and_only_walkers_against_a_one_way_street() {
        let costs = Costs::new(&street(), &Paces::default());
        // 36 km/h is 10 m/s; four fifths of it 8 m/s.
        assert_eq!(costs.of(Travel::Car), [138_994, NEVER]);
        assert_eq!(costs.of(Travel::UrgentCar), [85_535, NEVER]);
        assert_eq!(costs.of(Travel::Foot), [800_605, 800_605]);
    }

    #[test]
    fn jams_and_closures_count_at_once_and_end() {
        let mut costs = Costs::new(&street(), &Paces::default());
        costs.set_factor(0, 2.0);
        assert_eq!(costs.of(Travel::Car), [277_988, NEVER]);
        costs.set_factor(0, f32::INFINITY);
        assert_eq!((costs.of(Travel::Car), costs.of(Travel::Foot)), (&[NEVER, NEVER][..], &[NEVER, 800_605][..]));
        costs.set_factor(0, 1.0);
        assert_eq!(costs.of(Travel::Car), [138_994, NEVER]);
        costs.set_factor(9, 1.0);
    }
}
