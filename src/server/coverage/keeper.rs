//! The coverage of the city, kept between questions: a question brings it up to date, which costs what changed since the last.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use h3o::{CellIndex, Resolution};
use parking_lot::{MappedMutexGuard, Mutex, MutexGuard};

use crate::{
    engine::{SeenWorld, Sight, World},
    geodesy::LatLng,
    geography::Geography,
    model::{Timestamp, UnitNo},
    reach::{Coverage, GroupNo, Groups, PROMISE_MS, ReachError},
};

/// The cells that a map shows: some 0.1 km² each, 350 m wide.
pub(super) const RESOLUTION: Resolution = Resolution::Nine;
/// Younger than this it is not brought up to date again: ten walls cost what one does.
const FRESH: Duration = Duration::from_millis(900);

/// The coverage, and what it was made from.
#[derive(Debug)]
pub struct Kept {
    /// The coverage. A zone's group is its number; those of cells follow.
    pub coverage: Coverage,
    /// The cells that have roads, in the order of their groups.
    pub cells: Vec<CellIndex>,
    /// The zones that the groups are made of.
    pub geography: Arc<Geography>,
    /// Counts up when all was made anew.
    pub version: u64,
    /// The units that can be sent, by number, ascending.
    pub units: Vec<u32>,
    first_cell: GroupNo,
    /// Of [`crate::roads::Costs::changes`].
    changes: u64,
    at: Instant,
}

impl Kept {
    /// The groups of the cells, in their order.
    pub fn cell_groups(&self) -> std::ops::Range<GroupNo> {
        self.first_cell..self.first_cell + self.cells.len() as GroupNo
    }

    /// The cell of a group.
    pub fn cell(&self, group: GroupNo) -> Option<CellIndex> {
        self.cells.get(group.checked_sub(self.first_cell)? as usize).copied()
    }

    fn new(world: &World, version: u64) -> Result<Self, ReachError> {
        let (roads, geography) = (world.roads(), world.geography());
        let first_cell = geography.zones().filter_map(|zone| geography.no(&zone.id)).max().map_or(0, |last| last + 1);
        let (mut numbers, mut cells): (HashMap<CellIndex, GroupNo>, Vec<CellIndex>) = (HashMap::new(), Vec::new());
        let mut zones = Vec::new();
        let groups = Groups::by_middle(&roads.network, |at| {
            geography.zones_at(at, &mut zones);
            let cell = cell_of(at).map(|cell| {
                *numbers.entry(cell).or_insert_with(|| {
                    cells.push(cell);
                    first_cell + cells.len() as GroupNo - 1
                })
            });
            zones.iter().copied().chain(cell).collect::<Vec<_>>()
        });
        let costs = roads.costs().clone();
        let changes = costs.changes();
        let coverage = Coverage::new(&roads.network, roads.graph.clone(), costs, Arc::new(groups), PROMISE_MS)?;
        Ok(Self { coverage, cells, geography, version, first_cell, changes, units: Vec::new(), at: Instant::now() })
    }

    /// Puts the units where they are now.
    fn follow(&mut self, world: &World, now: Timestamp) -> Result<(), ReachError> {
        let senders = world.seen_by(Sight::ALL).senders(now);
        let gone = self.units.iter().filter(|who| senders.binary_search_by_key(who, |sender| &sender.who).is_err());
        gone.for_each(|who| {
            self.coverage.remove(*who);
        });
        self.coverage.put_all(&senders)?;
        self.units = senders.iter().map(|sender| sender.who).collect();
        self.at = Instant::now();
        Ok(())
    }
}

impl Kept {
    /// The same by the units alone that are seen. Linear in the units; some milliseconds for each hundred that are not.
    fn part(&self, seen: &SeenWorld<'_>) -> Self {
        let mut coverage = self.coverage.clone();
        let (units, hidden) = self.units.iter().partition(|who| seen.unit_by_no(UnitNo(**who)).is_some());
        let hidden: Vec<u32> = hidden;
        hidden.into_iter().for_each(|who| {
            coverage.remove(who);
        });
        Self {
            coverage,
            cells: self.cells.clone(),
            geography: self.geography.clone(),
            version: self.version,
            units,
            first_cell: self.first_cell,
            changes: self.changes,
            at: self.at,
        }
    }
}

/// The coverage as somebody sees it.
#[derive(Debug)]
pub enum Looked<'a> {
    /// By all units: the one that is kept.
    Whole(MappedMutexGuard<'a, Kept>),
    /// By some of them.
    Part(Box<Kept>),
}

impl std::ops::Deref for Looked<'_> {
    type Target = Kept;
    fn deref(&self) -> &Kept {
        match self {
            Self::Whole(kept) => kept,
            Self::Part(kept) => kept,
        }
    }
}

fn cell_of(at: LatLng) -> Option<CellIndex> {
    Some(h3o::LatLng::new(at.lat_deg(), at.lng_deg()).ok()?.to_cell(RESOLUTION))
}

/// The one coverage of a server. Nothing is computed while nobody asks.
#[derive(Debug, Default)]
pub struct Keeper(Mutex<Option<Kept>>);

impl Keeper {
    /// The coverage as it is now, or was less than a second ago. From nothing (the first question, a road closed, a zone
    /// changed) some 100 ms for the sample city, otherwise what the units that moved cost: not for a thread that others
    /// wait for.
    ///
    /// # Errors
    /// None but a fault of the server's own.
    pub fn now(&self, world: &World, seen: &SeenWorld<'_>, now: Timestamp) -> Result<Looked<'_>, ReachError> {
        let kept = self.whole(world, now)?;
        Ok(if seen.sight().is_all() { Looked::Whole(kept) } else { Looked::Part(Box::new(kept.part(seen))) })
    }

    fn whole(&self, world: &World, now: Timestamp) -> Result<MappedMutexGuard<'_, Kept>, ReachError> {
        let mut slot = self.0.lock();
        let is_right = |kept: &Kept| Arc::ptr_eq(&kept.geography, &world.geography()) && kept.changes == world.roads().costs().changes();
        let mut kept = match slot.take() {
            Some(kept) if kept.at.elapsed() < FRESH => {
                return Ok(MutexGuard::map(slot, |slot| slot.insert(kept)));
            }
            Some(kept) if is_right(&kept) => kept,
            other => Kept::new(world, other.map_or(0, |kept| kept.version + 1))?,
        };
        kept.follow(world, now)?;
        Ok(MutexGuard::map(slot, |slot| slot.insert(kept)))
    }
}
