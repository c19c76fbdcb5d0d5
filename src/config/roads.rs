//! How fast who goes on which road, how each kind of unit goes, and how long it takes to move off.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{ConfigError, range, section};
use crate::{
    engine::Movement,
    model::{Status, UnitKind},
    roads::{Pace, Paces, RoadClass, Travel},
};

/// The fastest that anybody goes along roads, km/h.
const ROAD_KMH_MAX: f64 = 300.0;
/// The fastest that anybody flies, km/h.
const AIR_KMH_MAX: f64 = 1_000.0;
/// The largest share of a road's own speed.
const SHARE_MAX: f64 = 5.0;
/// The longest time to move off, seconds.
const TURN_OUT_S_MAX: u32 = 86_400;

/// How fast somebody goes on a class of road.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaceConfig {
    /// The share of the road's own speed.
    pub share: f64,
    /// Never slower than this, km/h.
    pub least_kmh: f64,
    /// Never faster than this, km/h; 0: may not go there.
    pub most_kmh: f64,
}

/// The paces that a file gives: by way of travelling and class of road, those left out as they are by default.
type Given = BTreeMap<Travel, BTreeMap<RoadClass, PaceConfig>>;

/// The paces by way of travelling and class of road.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Given")]
pub struct PacesConfig(Given);

impl Default for PacesConfig {
    fn default() -> Self {
        let paces = Paces::default();
        let of_class = |travel, class| match paces.get(travel, class) {
            Some(Pace { share, least_kmh, most_kmh }) => PaceConfig { share, least_kmh, most_kmh },
            None => PaceConfig { share: 0.0, least_kmh: 0.0, most_kmh: 0.0 },
        };
        let of_travel = |travel: &Travel| (*travel, RoadClass::ALL.iter().map(|class| (*class, of_class(*travel, *class))).collect());
        Self(Travel::ALL.iter().map(of_travel).collect())
    }
}

impl From<Given> for PacesConfig {
    fn from(given: Given) -> Self {
        let Self(mut paces) = Self::default();
        for (travel, given) in given {
            paces.entry(travel).or_default().extend(given);
        }
        Self(paces)
    }
}

impl PacesConfig {
    /// As searches know them.
    #[must_use]
    pub fn paces(&self) -> Paces {
        let pace = |travel: &Travel, class: &RoadClass| {
            let PaceConfig { share, least_kmh, most_kmh } = *self.0.get(travel)?.get(class)?;
            (most_kmh > 0.0).then_some(Pace { share, least_kmh, most_kmh })
        };
        let of_class = |travel: usize, class: usize| pace(Travel::ALL.get(travel)?, RoadClass::ALL.get(class)?);
        Paces(std::array::from_fn(|travel| std::array::from_fn(|class| of_class(travel, class))))
    }

    fn check(&self) -> Result<(), ConfigError> {
        for (travel, paces) in &self.0 {
            for (class, pace) in paces {
                let key = |field: &str| format!("roads.paces.{travel}.{}.{field}", class.as_str());
                range(key("share"), pace.share, 0.0, SHARE_MAX, "a share of the road's own speed")?;
                range(key("most_kmh"), pace.most_kmh, 0.0, ROAD_KMH_MAX, "km/h")?;
                range(key("least_kmh"), pace.least_kmh, 0.0, pace.most_kmh, "km/h")?;
                if pace.most_kmh > 0.0 && pace.share == 0.0 {
                    range(key("least_kmh"), pace.least_kmh, 1.0, pace.most_kmh, "km/h, where the share is 0,")?;
                }
            }
        }
        Ok(())
    }
}

fn ways(kind: UnitKind) -> [Travel; 2] {
    Movement::default().ways.get(usize::from(kind.code())).copied().unwrap_or([Travel::Foot; 2])
}

fn air_kmh(kind: UnitKind) -> f64 {
    Movement::default().air_mps.get(usize::from(kind.code())).map_or(1.0, |mps| (mps * 3.6).round())
}

fn kind_s(kind: UnitKind) -> u32 {
    Movement::default().kind_s.get(usize::from(kind.code())).copied().unwrap_or(0)
}

fn status_s(status: Status) -> u32 {
    Movement::default().status_s.get(usize::from(status.code())).copied().unwrap_or(0)
}

section! {
    /// How each kind goes along roads: usually, and urgently.
    WaysConfig {
        /// Patrol cars.
        patrol_car: [Travel; 2] = ways(UnitKind::PatrolCar),
        /// Armed assault cars.
        armed_car: [Travel; 2] = ways(UnitKind::ArmedCar),
        /// Motorcycles.
        motorcycle: [Travel; 2] = ways(UnitKind::Motorcycle),
        /// Officers on foot.
        foot: [Travel; 2] = ways(UnitKind::Foot),
        /// Fixed posts.
        post: [Travel; 2] = ways(UnitKind::Post),
        /// Volunteer patrol groups.
        volunteers: [Travel; 2] = ways(UnitKind::Volunteers),
    }
}

section! {
    /// How fast each kind flies, km/h.
    AirConfig {
        /// Helicopters.
        helicopter_kmh: f64 = air_kmh(UnitKind::Helicopter),
        /// Drones.
        drone_kmh: f64 = air_kmh(UnitKind::Drone),
    }
}

section! {
    /// How long each kind takes to move off, seconds.
    KindTurnOut {
        /// Patrol cars.
        patrol_car: u32 = kind_s(UnitKind::PatrolCar),
        /// Armed assault cars.
        armed_car: u32 = kind_s(UnitKind::ArmedCar),
        /// Motorcycles.
        motorcycle: u32 = kind_s(UnitKind::Motorcycle),
        /// Officers on foot.
        foot: u32 = kind_s(UnitKind::Foot),
        /// Helicopters.
        helicopter: u32 = kind_s(UnitKind::Helicopter),
        /// Drones.
        drone: u32 = kind_s(UnitKind::Drone),
        /// Fixed posts.
        post: u32 = kind_s(UnitKind::Post),
        /// Volunteer patrol groups.
        volunteers: u32 = kind_s(UnitKind::Volunteers),
    }
}

section! {
    /// How much longer a unit takes to move off that is doing this, seconds.
    StatusTurnOut {
        /// Off duty.
        off_duty: u32 = status_s(Status::OffDuty),
        /// Available.
        available: u32 = status_s(Status::Available),
        /// Given an incident.
        assigned: u32 = status_s(Status::Assigned),
        /// On the way to one.
        en_route: u32 = status_s(Status::EnRoute),
        /// At one.
        on_scene: u32 = status_s(Status::OnScene),
        /// At other work.
        busy: u32 = status_s(Status::Busy),
        /// Out of service.
        out_of_service: u32 = status_s(Status::OutOfService),
    }
}

section! {
    /// The time to move off: that of the kind and that of the status together.
    TurnOutConfig {
        /// By kind.
        kind_s: KindTurnOut = KindTurnOut::default(),
        /// By status.
        status_s: StatusTurnOut = StatusTurnOut::default(),
    }
}

section! {
    /// The roads, and how units get along them.
    RoadsConfig {
        /// A file that `citygate import roads` wrote; empty for the roads of the city's folder.
        file: PathBuf = PathBuf::new(),
        /// How fast who goes on which road.
        paces: PacesConfig = PacesConfig::default(),
        /// How each kind goes along roads.
        ways: WaysConfig = WaysConfig::default(),
        /// How fast each kind flies.
        air: AirConfig = AirConfig::default(),
        /// How long they take to move off.
        turn_out: TurnOutConfig = TurnOutConfig::default(),
    }
}

impl KindTurnOut {
    const fn of(&self, kind: UnitKind) -> u32 {
        match kind {
            UnitKind::PatrolCar => self.patrol_car,
            UnitKind::ArmedCar => self.armed_car,
            UnitKind::Motorcycle => self.motorcycle,
            UnitKind::Foot => self.foot,
            UnitKind::Helicopter => self.helicopter,
            UnitKind::Drone => self.drone,
            UnitKind::Post => self.post,
            UnitKind::Volunteers => self.volunteers,
        }
    }
}

impl StatusTurnOut {
    const fn of(&self, status: Status) -> u32 {
        match status {
            Status::OffDuty => self.off_duty,
            Status::Available => self.available,
            Status::Assigned => self.assigned,
            Status::EnRoute => self.en_route,
            Status::OnScene => self.on_scene,
            Status::Busy => self.busy,
            Status::OutOfService => self.out_of_service,
        }
    }
}

/// A table by the words of a closed set, in code order.
fn table<W: Copy, T: Copy + Default, const N: usize>(words: &[W], of: impl Fn(W) -> T) -> [T; N] {
    std::array::from_fn(|n| words.get(n).map_or_else(T::default, |word| of(*word)))
}

impl RoadsConfig {
    /// As the engine knows it.
    #[must_use]
    pub fn movement(&self) -> Movement {
        let WaysConfig { patrol_car, armed_car, motorcycle, foot, post, volunteers } = self.ways;
        let ways = |kind: UnitKind| match kind {
            UnitKind::PatrolCar => patrol_car,
            UnitKind::ArmedCar => armed_car,
            UnitKind::Motorcycle => motorcycle,
            UnitKind::Post => post,
            UnitKind::Volunteers => volunteers,
            UnitKind::Foot | UnitKind::Helicopter | UnitKind::Drone => foot,
        };
        let air_kmh = |kind: UnitKind| if kind == UnitKind::Helicopter { self.air.helicopter_kmh } else { self.air.drone_kmh };
        Movement {
            ways: UnitKind::ALL.iter().map(|kind| ways(*kind)).collect::<Vec<_>>().try_into().unwrap_or(Movement::default().ways),
            air_mps: table(UnitKind::ALL, |kind| air_kmh(kind) / 3.6),
            kind_s: table(UnitKind::ALL, |kind| self.turn_out.kind_s.of(kind)),
            status_s: table(Status::ALL, |status| self.turn_out.status_s.of(status)),
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.paces.check()?;
        range("roads.air.helicopter_kmh", self.air.helicopter_kmh, 1.0, AIR_KMH_MAX, "km/h")?;
        range("roads.air.drone_kmh", self.air.drone_kmh, 1.0, AIR_KMH_MAX, "km/h")?;
        for kind in UnitKind::ALL {
            range(format!("roads.turn_out.kind_s.{kind}"), self.turn_out.kind_s.of(*kind), 0, TURN_OUT_S_MAX, "seconds")?;
        }
        for status in Status::ALL {
            range(format!("roads.turn_out.status_s.{status}"), self.turn_out.status_s.of(*status), 0, TURN_OUT_S_MAX, "seconds")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_configured_is_what_the_engine_does() {
        let config = RoadsConfig::default();
        assert_eq!((config.movement(), config.paces.paces()), (Movement::default(), Paces::default()));
    }

    #[test]
    fn a_pace_that_is_given_leaves_the_others_as_they_are() {
        let given = "[paces.foot]\nstreet = { share = 0.0, least_kmh = 6.0, most_kmh = 6.0 }\nsecondary = { share = 0, least_kmh = 0, most_kmh = 0 }";
        let config: RoadsConfig = toml::from_str(given).unwrap();
        let paces = config.paces.paces();
        assert_eq!(paces.get(Travel::Foot, RoadClass::Street), Some(Pace { share: 0.0, least_kmh: 6.0, most_kmh: 6.0 }));
        assert_eq!(paces.get(Travel::Foot, RoadClass::Secondary), None);
        assert_eq!(paces.get(Travel::Foot, RoadClass::Arterial), Paces::default().get(Travel::Foot, RoadClass::Arterial));
        assert_eq!(paces.get(Travel::Car, RoadClass::Street), Paces::default().get(Travel::Car, RoadClass::Street));
    }
}
