//! The state as readers see it: one writer changes it, everybody asks it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use parking_lot::RwLock;

use super::{ContactLimits, Organisations};
use crate::{
    geography::Geography,
    index::{Index, Tag},
    model::{Contact, DeviceId, DeviceKind, Fix, Timestamp, UnitId, UnitNo, UnitSpec},
};

/// One unit as it is now. Cheap to clone: a counted reference and a few numbers.
#[derive(Debug, Clone)]
pub struct UnitView {
    /// Its number in records.
    pub no: UnitNo,
    /// What is known of it.
    pub spec: Arc<UnitSpec>,
    /// Its last fix.
    pub fix: Option<Fix>,
    /// The kind of device that gave the fix.
    pub device: DeviceKind,
    /// How old the fix is against the limits, when it was last looked at: within a second.
    pub contact: Contact,
}

impl UnitView {
    /// The age of the fix in milliseconds, never below zero.
    #[must_use]
    pub fn age_ms(&self, now: Timestamp) -> Option<i64> {
        self.fix.map(|fix| now.ms_since(fix.time).max(0))
    }
}

/// What moves: the units and the index of their positions.
#[derive(Debug, Default)]
pub(super) struct Live {
    pub(super) index: Index,
    /// By unit number.
    pub(super) units: Vec<UnitView>,
}

impl Live {
    /// What queries filter on, of a unit with a fix.
    pub(super) fn tag(view: &UnitView, org: u16, seen: Timestamp) -> Tag {
        Tag { kind: view.spec.kind, status: view.spec.status, device: view.device, org, capabilities: view.spec.capabilities, seen }
    }
}

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
    /// Ordered, so that a listing can go on where it stopped.
    pub(super) units: BTreeMap<UnitId, UnitNo>,
    pub(super) devices: HashMap<DeviceId, Carrier>,
}

/// The shared state. The engine alone writes; every lock is held for the search or the write alone.
#[derive(Debug)]
pub struct World {
    /// Units and positions change with every fix: readers copy out what they need and let go.
    pub(super) live: RwLock<Live>,
    /// Names change only with registrations; apart from `live`, so that finding a device never waits for fixes.
    pub(super) directory: RwLock<Directory>,
    /// Grows with each change of the directory, so that who looked a carrier up knows whether to look again.
    pub(super) directory_version: AtomicU64,
    /// Zones change rarely and as a whole: a question works on the snapshot it took.
    pub(super) geography: ArcSwap<Geography>,
    organisations: Organisations,
    limits: ContactLimits,
}

impl World {
    /// A world without units.
    #[must_use]
    pub fn new(organisations: Organisations, geography: Geography, limits: ContactLimits) -> Self {
        Self {
            live: RwLock::new(Live::default()),
            directory: RwLock::new(Directory::default()),
            directory_version: AtomicU64::new(0),
            geography: ArcSwap::from_pointee(geography),
            organisations,
            limits,
        }
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
        let live = self.live.read();
        (live.units.len(), live.index.len())
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
        let no = *self.directory.read().units.get(unit)?;
        let view = self.unit_by_no(no)?;
        let device = view.spec.devices.first().map_or(DeviceKind::Radio, |device| device.kind);
        Some(Carrier { unit: no, device, flies: view.spec.kind.flies() })
    }

    /// A unit by its id.
    #[must_use]
    pub fn unit(&self, id: &UnitId) -> Option<UnitView> {
        let no = *self.directory.read().units.get(id)?;
        self.unit_by_no(no)
    }

    /// A unit by its number.
    #[must_use]
    pub fn unit_by_no(&self, no: UnitNo) -> Option<UnitView> {
        self.live.read().units.get(no.index()).cloned()
    }

    /// Visits every unit, by number, under the read lock: copy out and come back.
    pub fn for_each_unit(&self, mut visit: impl FnMut(&UnitView)) {
        for view in &self.live.read().units {
            visit(view);
        }
    }
}
