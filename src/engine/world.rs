//! The state as readers see it: one writer changes it, everybody asks it.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use parking_lot::RwLock;

use super::{
    CityGate, ContactLimits, Organisations, Roads,
    by_id::ById,
    cordons::Cordons,
    loans::Loans,
    orders::Orders,
    unit::{Unit, UnitView},
};
use crate::{
    geography::Geography,
    index::Index,
    model::{DeviceId, DeviceKind, UnitId, UnitNo},
};

/// Who carries a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carrier {
    /// The unit.
    pub unit: UnitNo,
    /// The kind of the device.
    pub device: DeviceKind,
    /// Whether the unit flies: the limit for impossible jumps differs.
    pub flies: bool,
}

/// From names to numbers.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) units: ById,
    pub(super) devices: HashMap<DeviceId, Carrier>,
}

/// The shared state. The engine alone writes; every lock is held for the search or the write alone.
#[derive(Debug)]
pub struct World {
    /// Where everybody is: read while it is written, see [`Index::read`].
    pub(super) index: Arc<Index>,
    /// What is known of each unit, by number. Fixes are written under a read lock, since they are atomic; the write lock is
    /// for commands. Taken after the directory, and before the index is read, so that an answer's statuses are those that it was found by.
    pub(super) units: RwLock<Vec<Unit>>,
    /// Names change only with registrations.
    pub(super) directory: RwLock<Directory>,
    /// Grows with each change of the directory, so that who looked a carrier up knows whether to look again.
    pub(super) directory_version: AtomicU64,
    /// Zones change rarely and as a whole: a question works on the snapshot it took.
    pub(super) geography: ArcSwap<Geography>,
    pub(super) orders: RwLock<Orders>,
    pub(super) cordons: RwLock<Cordons>,
    pub(super) loans: RwLock<Loans>,
    /// Grows with each change of the loans, so that who keeps a sight knows when to take another.
    pub(super) loans_version: AtomicU64,
    pub(super) gates: Box<[CityGate]>,
    organisations: Organisations,
    limits: ContactLimits,
    roads: Roads,
}

impl World {
    /// A world without units and roads, for the one [`Engine`](super::Engine) that takes it.
    #[must_use]
    pub fn new(organisations: Organisations, geography: Geography, limits: ContactLimits) -> Self {
        Self {
            index: Arc::default(),
            units: RwLock::default(),
            directory: RwLock::new(Directory::default()),
            directory_version: AtomicU64::new(0),
            geography: ArcSwap::from_pointee(geography),
            orders: RwLock::default(),
            cordons: RwLock::default(),
            loans: RwLock::default(),
            loans_version: AtomicU64::new(0),
            gates: Box::default(),
            organisations,
            limits,
            roads: Roads::default(),
        }
    }

    /// The same world with roads.
    #[must_use]
    pub fn with_roads(self, roads: Roads) -> Self {
        Self { roads, ..self }
    }

    /// The same world with the gates of a city; closing them is a standing plan from the start.
    #[must_use]
    pub fn with_gates(self, gates: Vec<CityGate>) -> Self {
        Self { cordons: RwLock::new(Cordons::of_city(&gates)), gates: gates.into(), ..self }
    }

    /// The roads.
    #[must_use]
    pub const fn roads(&self) -> &Roads {
        &self.roads
    }

    /// The zones as they are now.
    #[must_use]
    pub fn geography(&self) -> Arc<Geography> {
        self.geography.load_full()
    }

    /// The organisations.
    #[must_use]
    pub const fn organisations(&self) -> &Organisations {
        &self.organisations
    }

    /// When a fix is stale and lost.
    #[must_use]
    pub const fn limits(&self) -> &ContactLimits {
        &self.limits
    }

    /// How many units are known, and how many of them have a position.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        (self.units.read().len(), self.index.len())
    }

    /// Changes whenever [`World::carrier`] or [`World::carrier_of_unit`] may answer otherwise than before. Read it before you
    /// ask them.
    #[must_use]
    pub fn directory_version(&self) -> u64 {
        self.directory_version.load(Ordering::Acquire)
    }

    /// The unit that carries a device.
    #[must_use]
    pub fn carrier(&self, device: &DeviceId) -> Option<Carrier> {
        self.directory.read().devices.get(device).copied()
    }

    /// A unit as if it were a device of its own: for gateways that know units only.
    #[must_use]
    pub fn carrier_of_unit(&self, unit: &UnitId) -> Option<Carrier> {
        let (directory, units) = (self.directory.read(), self.units.read());
        let no = directory.units.find(&units, unit)?;
        let spec = units.get(no.index())?.spec();
        let device = spec.devices().first().map_or(DeviceKind::Radio, |device| device.kind);
        Some(Carrier { unit: no, device, flies: spec.kind.flies() })
    }

    /// A unit by its id.
    #[must_use]
    pub fn unit(&self, id: &UnitId) -> Option<UnitView> {
        let (directory, units) = (self.directory.read(), self.units.read());
        let no = directory.units.find(&units, id)?;
        Some(units.get(no.index())?.view(no))
    }

    /// A unit by its number.
    #[must_use]
    pub fn unit_by_no(&self, no: UnitNo) -> Option<UnitView> {
        Some(self.units.read().get(no.index())?.view(no))
    }

    /// Visits every unit, by number, under the read lock: copy out and come back.
    pub fn for_each_unit(&self, mut visit: impl FnMut(&UnitView)) {
        for (unit, no) in self.units.read().iter().zip(0..) {
            visit(&unit.view(UnitNo(no)));
        }
    }
}
