//! How each kind of unit gets to where it is sent, and how long it takes before it moves off.

use crate::{
    model::{Status, UnitKind},
    roads::Travel,
};

const KINDS: usize = UnitKind::ALL.len();

/// How a unit gets there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    /// Along roads.
    Road(Travel),
    /// Straight, metres a second.
    Air(f64),
}

/// How units move: tables by kind and by status, in code order.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    /// How a kind goes along roads: usually, and urgently. Those that fly do not.
    pub ways: [[Travel; 2]; KINDS],
    /// How fast a kind flies, metres a second. Only those that fly do.
    pub air_mps: [f64; KINDS],
    /// How long a kind takes to move off, seconds,
    pub kind_s: [u32; KINDS],
    /// and how much longer when it is doing this.
    pub status_s: [u32; Status::ALL.len()],
}

impl Default for Movement {
    /// Cars and motorcycles as such, under blue light when it is urgent, all others on foot; 200 km/h for helicopters and
    /// 60 for drones. Crews in the street move off in seconds, a helicopter takes three minutes, a busy unit two more.
    fn default() -> Self {
        let kind = |n: usize| UnitKind::ALL.get(n).copied().unwrap_or(UnitKind::Foot);
        Self {
            ways: std::array::from_fn(|n| match kind(n) {
                UnitKind::PatrolCar | UnitKind::ArmedCar => [Travel::Car, Travel::UrgentCar],
                UnitKind::Motorcycle => [Travel::Motorcycle, Travel::UrgentMotorcycle],
                UnitKind::Foot | UnitKind::Post | UnitKind::Volunteers | UnitKind::Helicopter | UnitKind::Drone => [Travel::Foot; 2],
            }),
            air_mps: std::array::from_fn(|n| if kind(n) == UnitKind::Helicopter { 200.0 / 3.6 } else { 60.0 / 3.6 }),
            kind_s: std::array::from_fn(|n| match kind(n) {
                UnitKind::PatrolCar | UnitKind::Motorcycle | UnitKind::Foot => 10,
                UnitKind::ArmedCar | UnitKind::Post => 20,
                UnitKind::Drone | UnitKind::Volunteers => 60,
                UnitKind::Helicopter => 180,
            }),
            status_s: std::array::from_fn(|n| match Status::ALL.get(n) {
                Some(Status::Assigned | Status::EnRoute) => 30,
                Some(Status::OnScene | Status::Busy) => 120,
                Some(Status::OffDuty | Status::OutOfService) => 1_800,
                Some(Status::Available) | None => 0,
            }),
        }
    }
}

impl Movement {
    /// How a kind gets there, under blue light when `urgent`.
    #[must_use]
    pub fn way(&self, kind: UnitKind, urgent: bool) -> Way {
        let n = usize::from(kind.code());
        if kind.flies() {
            return Way::Air(self.air_mps.get(n).copied().unwrap_or(1.0));
        }
        Way::Road(self.ways.get(n).and_then(|ways| ways.get(usize::from(urgent))).copied().unwrap_or(Travel::Foot))
    }

    /// The ways that anybody goes by along roads, each once.
    pub fn travels(&self) -> impl Iterator<Item = Travel> {
        let goes = |travel: &Travel| {
            let kinds = UnitKind::ALL.iter().zip(&self.ways).filter(|(kind, _)| !kind.flies());
            kinds.flat_map(|(_, ways)| ways).any(|way| way == travel)
        };
        Travel::ALL.iter().copied().filter(goes)
    }

    /// Until a unit moves off, milliseconds.
    #[must_use]
    pub fn turn_out_ms(&self, kind: UnitKind, status: Status) -> u32 {
        let of_kind = self.kind_s.get(usize::from(kind.code())).copied().unwrap_or(0);
        let of_status = self.status_s.get(usize::from(status.code())).copied().unwrap_or(0);
        of_kind.saturating_add(of_status).saturating_mul(1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_goes_its_way() {
        let movement = Movement::default();
        assert_eq!(movement.way(UnitKind::PatrolCar, true), Way::Road(Travel::UrgentCar));
        assert_eq!(movement.way(UnitKind::Motorcycle, false), Way::Road(Travel::Motorcycle));
        assert_eq!(movement.way(UnitKind::Post, true), Way::Road(Travel::Foot));
        assert_eq!(movement.way(UnitKind::Drone, true), Way::Air(60.0 / 3.6));
        assert_eq!(movement.turn_out_ms(UnitKind::PatrolCar, Status::Available), 10_000);
        assert_eq!(movement.turn_out_ms(UnitKind::Helicopter, Status::Busy), 300_000);
    }
}
