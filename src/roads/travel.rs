//! How fast who goes where: ways of travelling, and their paces by road class.

use super::RoadClass;

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
