//! How fast who goes where: paces by road class, and what each drive costs now.

use super::{Drive, DriveNo, EdgeNo, RoadClass, RoadNetwork};

/// What a drive costs that may not be driven.
pub const NEVER: u32 = u32::MAX;
/// The slowest that a road can be made, by its factor; slower is closed.
pub const FACTOR_MAX: f32 = 100.0;
/// The fastest.
pub const FACTOR_MIN: f32 = 0.1;

crate::model::closed_set! {
    /// How somebody goes along roads.
    Travel, "way of travelling" {
        /// A car as everybody drives.
        Car = "car",
        /// A motorcycle as everybody rides.
        Motorcycle = "motorcycle",
        /// A car under blue light.
        UrgentCar = "urgent_car",
        /// A motorcycle under blue light.
        UrgentMotorcycle = "urgent_motorcycle",
        /// On foot: both ways along a one-way street.
        Foot = "foot",
    }
}

/// Ways of travelling.
pub const TRAVELS: usize = Travel::ALL.len();

impl Travel {
    /// Whether a one-way street leads one way only.
    #[must_use]
    pub const fn keeps_one_way(self) -> bool {
        !matches!(self, Self::Foot)
    }
}

/// How fast somebody goes on a class of road: a share of the road's own speed, held between two limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// The share of the road's speed; 0 leaves the lower limit.
    pub share: f64,
    /// Never slower than this, km/h.
    pub least_kmh: f64,
    /// Never faster than this, km/h.
    pub most_kmh: f64,
}

/// The paces of all ways of travelling, by road class; none where that class may not be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Paces(pub [[Option<Pace>; RoadClass::ALL.len()]; TRAVELS]);

impl Paces {
    /// The pace on a class of road.
    #[must_use]
    pub fn get(&self, travel: Travel, class: RoadClass) -> Option<Pace> {
        *self.0.get(usize::from(travel.code()))?.get(class as usize)?
    }
}

impl Default for Paces {
    /// Cars at four fifths of the road's speed; under blue light at its speed and three tenths more, up to 110 km/h; motorcycles
    /// a tenth faster in town; 5 km/h on foot, not on ring roads and motorways. Paths are for walkers, a ferry goes as it goes.
    fn default() -> Self {
        let pace = |share, least_kmh, most_kmh| Some(Pace { share, least_kmh, most_kmh });
        Self(std::array::from_fn(|travel| {
            std::array::from_fn(|class| match (Travel::ALL.get(travel), RoadClass::ALL.get(class)) {
                // Nobody hurries a boat.
                (Some(_), Some(RoadClass::Ferry)) => pace(1.0, 1.0, 40.0),
                (Some(Travel::Foot), Some(RoadClass::Ring | RoadClass::Motorway)) => None,
                (Some(Travel::Foot), _) => pace(0.0, 5.0, 5.0),
                (Some(_), Some(RoadClass::Path)) => None,
                (Some(Travel::Car), _) => pace(0.8, 10.0, 100.0),
                (Some(Travel::Motorcycle), Some(RoadClass::Street | RoadClass::Secondary | RoadClass::Service)) => pace(0.9, 15.0, 90.0),
                (Some(Travel::Motorcycle), _) => pace(0.8, 15.0, 90.0),
                (Some(Travel::UrgentCar), _) => pace(1.3, 20.0, 110.0),
                (Some(Travel::UrgentMotorcycle), Some(RoadClass::Street | RoadClass::Secondary | RoadClass::Service)) => {
                    pace(1.45, 25.0, 110.0)
                }
                (Some(Travel::UrgentMotorcycle), _) => pace(1.3, 25.0, 110.0),
                (None, _) => None,
            })
        }))
    }
}

/// What every drive costs now, milliseconds, for every way of travelling.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Costs {
    /// By way of travelling, then by drive: without jams and closures, and with them.
    free: [Box<[u32]>; TRAVELS],
    now: [Box<[u32]>; TRAVELS],
    /// The least factor ever set, 1 at most: what was never faster than when it is free bounds every search.
    least_factor: f32,
}

/// A time times a factor, at least a millisecond.
fn slowed(ms: u32, factor: f32) -> u32 {
    if ms == NEVER || factor > FACTOR_MAX {
        return NEVER;
    }
    (f64::from(ms) * f64::from(factor)).round().clamp(1.0, f64::from(NEVER - 1)) as u32
}

impl Costs {
    /// With every road open and free. Linear.
    #[must_use]
    pub fn new(network: &RoadNetwork, paces: &Paces) -> Self {
        let free = std::array::from_fn(|travel| {
            let travel = Travel::ALL.get(travel).copied().unwrap_or(Travel::Car);
            let of_edge = |edge: EdgeNo| {
                let ms = |backward| network.free_ms(Drive { edge, backward }, travel, paces);
                [ms(false), ms(true)]
            };
            (0..network.edges().len() as EdgeNo).flat_map(of_edge).collect::<Box<[u32]>>()
        });
        Self { now: free.clone(), free, least_factor: 1.0 }
    }

    /// For one way of travelling, every road open and free, both ways along one-way streets, `faster` times as fast as the paces. The
    /// other ways of travelling go nowhere. Linear.
    #[must_use]
    pub fn unruled(network: &RoadNetwork, paces: &Paces, travel: Travel, faster: f64) -> Self {
        let of_edge = |edge: EdgeNo| {
            let ms = |backward| network.free_ms(Drive { edge, backward }, travel, paces);
            let ms = Some(ms(false).min(ms(true))).filter(|ms| *ms != NEVER);
            // Conversions saturate.
            [ms.map_or(NEVER, |ms| (f64::from(ms) / faster.max(1.0)) as u32); 2]
        };
        let mut free: [Box<[u32]>; TRAVELS] = Default::default();
        if let Some(slot) = free.get_mut(usize::from(travel.code())) {
            *slot = (0..network.edges().len() as EdgeNo).flat_map(of_edge).collect();
        }
        Self { now: free.clone(), free, least_factor: 1.0 }
    }

    /// What every drive costs for one way of travelling, by drive.
    #[must_use]
    pub fn of(&self, travel: Travel) -> &[u32] {
        self.now.get(usize::from(travel.code())).map_or(&[], |costs| costs)
    }

    /// What every drive costs when the roads are open and free, by drive.
    #[must_use]
    pub fn free_of(&self, travel: Travel) -> &[u32] {
        self.free.get(usize::from(travel.code())).map_or(&[], |costs| costs)
    }

    /// The least factor that was ever set, 1 at most.
    #[must_use]
    pub const fn least_factor(&self) -> f32 {
        self.least_factor
    }

    /// Makes a drive so many times as slow as when it is free; more than [`FACTOR_MAX`] closes it. Counts from the next search
    /// on; constant time.
    pub fn set_factor(&mut self, drive: DriveNo, factor: f32) {
        let factor = factor.max(FACTOR_MIN);
        self.least_factor = self.least_factor.min(factor);
        for (free, now) in self.free.iter().zip(&mut self.now) {
            if let (Some(free), Some(now)) = (free.get(drive as usize), now.get_mut(drive as usize)) {
                *now = slowed(*free, factor);
            }
        }
    }
}

impl RoadNetwork {
    /// The time that a drive takes when the road is free, milliseconds; [`NEVER`] where it may not be driven.
    #[must_use]
    pub fn free_ms(&self, drive: Drive, travel: Travel, paces: &Paces) -> u32 {
        let Some((edge, length_m)) = self.edges().get(drive.edge as usize).zip(self.length_m(drive.edge)) else { return NEVER };
        if edge.one_way && drive.backward && travel.keeps_one_way() {
            return NEVER;
        }
        let Some(Pace { share, least_kmh, most_kmh }) = paces.get(travel, edge.class) else { return NEVER };
        let kmh = (f64::from(edge.speed_kmh) * share).min(most_kmh).max(least_kmh).max(0.1);
        // km/h to m/s is 3.6; metres over m/s, in thousandths.
        (length_m * 3_600.0 / kmh).round().clamp(1.0, f64::from(NEVER - 1)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geodesy::LatLng, model::Name, roads::RoadEdge};

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
