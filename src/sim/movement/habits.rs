//! How each kind of ground unit goes: a table of speeds, stops and tastes.

use crate::{model::UnitKind, roads::RoadClass};

/// How a kind of unit goes along roads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habits {
    /// The share of the road's speed that it keeps on patrol.
    pub speed_share: f64,
    /// It is never slower than this while it goes, metres a second.
    pub mps_min: f64,
    /// It is never faster than this on patrol, metres a second.
    pub mps_max: f64,
    /// It is never faster than this when it hurries, metres a second.
    pub urgent_mps_max: f64,
    /// How it gains and loses speed, metres a second squared.
    pub accel_mps2: f64,
    /// How often a junction stops it.
    pub stop_chance: f64,
    /// How long a stop takes at least and at most, seconds.
    pub stop_s: (f64, f64),
    /// From here on it turns for home, metres.
    pub roam_m: f64,
    /// How much it likes ring, arterial, secondary, street, highway. 0: never. It stays off ferries.
    likes: [f64; 5],
}

impl Habits {
    /// How much it likes a class of road; 0 is never.
    #[must_use]
    pub const fn likes(&self, class: RoadClass) -> f64 {
        let [ring, arterial, secondary, street, highway] = self.likes;
        match class {
            RoadClass::Ring => ring,
            RoadClass::Arterial => arterial,
            RoadClass::Secondary => secondary,
            RoadClass::Street | RoadClass::Service | RoadClass::Path => street,
            RoadClass::Highway | RoadClass::Motorway => highway,
            RoadClass::Ferry => 0.0,
        }
    }
}

const CAR: Habits = Habits {
    speed_share: 0.8,
    mps_min: 20.0 / 3.6,
    mps_max: 60.0 / 3.6,
    urgent_mps_max: 80.0 / 3.6,
    accel_mps2: 2.0,
    stop_chance: 0.2,
    stop_s: (3.0, 30.0),
    roam_m: 3_000.0,
    likes: [0.6, 3.0, 2.0, 1.0, 0.2],
};
const ARMED_CAR: Habits = Habits { speed_share: 0.7, stop_s: (5.0, 40.0), roam_m: 4_000.0, likes: [1.0, 4.0, 2.0, 0.5, 0.3], ..CAR };
const MOTORCYCLE: Habits =
    Habits { speed_share: 0.9, accel_mps2: 3.0, stop_chance: 0.15, roam_m: 2_500.0, likes: [0.2, 2.0, 2.0, 1.5, 0.1], ..CAR };
const FOOT: Habits = Habits {
    speed_share: 1.0,
    mps_min: 4.0 / 3.6,
    mps_max: 5.0 / 3.6,
    urgent_mps_max: 9.0 / 3.6,
    accel_mps2: 1.0,
    stop_chance: 0.3,
    stop_s: (10.0, 90.0),
    roam_m: 700.0,
    likes: [0.0, 1.0, 2.0, 3.0, 0.0],
};
const VOLUNTEERS: Habits = Habits {
    mps_min: 3.0 / 3.6,
    mps_max: 4.0 / 3.6,
    urgent_mps_max: 6.0 / 3.6,
    stop_chance: 0.6,
    stop_s: (60.0, 300.0),
    roam_m: 400.0,
    ..FOOT
};

/// The habits of a kind; of what does not go along roads, those of people on foot.
#[must_use]
pub const fn habits(kind: UnitKind) -> &'static Habits {
    match kind {
        UnitKind::PatrolCar => &CAR,
        UnitKind::ArmedCar => &ARMED_CAR,
        UnitKind::Motorcycle => &MOTORCYCLE,
        UnitKind::Foot | UnitKind::Helicopter | UnitKind::Drone | UnitKind::Post => &FOOT,
        UnitKind::Volunteers => &VOLUNTEERS,
    }
}
