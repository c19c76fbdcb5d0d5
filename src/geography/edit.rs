//! Zones change: a new geography that shares with the old one what did not.

use std::{collections::BTreeMap, sync::Arc};

use super::{Geography, Moving, ZoneNo, bounds, cells::Cells, leaves};
use crate::model::{UnitNo, Zone, ZoneId};

/// When more than one zone in so many changes, the tree is loaded anew and the cells are made from nothing.
const ANEW_ONE_IN: usize = 8;

/// A zone to come, with the unit that it follows, or none where it goes.
type Change = Option<(Zone, Option<UnitNo>)>;

/// Changes to a geography that are not made yet.
#[derive(Debug)]
pub struct Edit {
    base: Arc<Geography>,
    changes: BTreeMap<ZoneId, Change>,
}

impl Edit {
    /// No changes yet.
    #[must_use]
    pub const fn new(base: Arc<Geography>) -> Self {
        Self { base, changes: BTreeMap::new() }
    }

    /// A zone as it will be.
    #[must_use]
    pub fn zone(&self, id: &ZoneId) -> Option<&Zone> {
        match self.changes.get(id) {
            Some(change) => change.as_ref().map(|(zone, _)| zone),
            None => self.base.zone(id),
        }
    }

    /// Adds a zone, or replaces the one of its id. `followed` is the number of the unit that it follows.
    pub fn put(&mut self, zone: Zone, followed: Option<UnitNo>) {
        self.changes.insert(zone.id.clone(), Some((zone, followed)));
    }

    /// Removes a zone.
    pub fn remove(&mut self, id: &ZoneId) {
        self.changes.insert(id.clone(), None);
    }

    /// The geography with the changes, and the numbers of the zones that were added, replaced or removed. A zone keeps its
    /// number; that of one that is gone may be given again.
    ///
    /// # Cost
    /// Copies a number and a counted reference a zone, and the nodes of the tree; forgets the cells that the old and the new
    /// areas touch. One zone of 25,000: about a millisecond; `benches/zones.rs` measures it.
    #[must_use]
    pub fn done(self) -> (Geography, Vec<ZoneNo>) {
        let Self { base, changes } = self;
        let anew = changes.len() * ANEW_ONE_IN > base.order.len();
        let mut next = if anew {
            Geography { zones: base.zones.clone(), moving: base.moving.clone(), ..Geography::default() }
        } else {
            Geography::clone(&base)
        };
        if base.cells.is_full() {
            next.cells = Cells::default();
        }
        let mut free: Vec<ZoneNo> = base.zones.iter().zip(0..).filter(|(slot, _)| slot.is_none()).map(|(_, no)| no).collect();
        free.reverse();
        let (mut changed, mut added, mut gone, mut moving) = (Vec::with_capacity(changes.len()), Vec::new(), Vec::new(), Vec::new());
        for (id, change) in changes {
            let no = match (base.no(&id), &change) {
                (Some(no), Some(_)) => no,
                (Some(no), None) => {
                    gone.push(no);
                    no
                }
                (None, None) => continue,
                (None, Some(_)) => {
                    let no = free.pop().unwrap_or(next.zones.len() as ZoneNo);
                    added.push(no);
                    no
                }
            };
            changed.push(no);
            if no as usize == next.zones.len() {
                next.zones.push(None);
            }
            let Some(slot) = next.zones.get_mut(no as usize) else { continue };
            moving.extend(change.as_ref().and_then(|(_, followed)| Some(Moving { zone: no, unit: (*followed)? })));
            let old = std::mem::replace(slot, change.map(|(zone, _)| Arc::new(zone)));
            if !anew {
                for leaf in old.iter().flat_map(|zone| leaves(no, zone)) {
                    next.tree.remove(&leaf);
                    next.cells.forget(&bounds(&leaf));
                }
                for leaf in slot.iter().flat_map(|zone| leaves(no, zone)) {
                    next.cells.forget(&bounds(&leaf));
                    next.tree.insert(leaf);
                }
            }
        }
        changed.sort_unstable();
        gone.sort_unstable();
        next.moving.retain(|moving| changed.binary_search(&moving.zone).is_err());
        next.moving.append(&mut moving);
        if anew {
            next.order_by_id();
            next.load_tree();
        } else {
            next.order.retain(|no| gone.binary_search(no).is_err());
            for no in added {
                let place = next.order.partition_point(|other| next.id(*other) < next.id(no));
                next.order.insert(place, no);
            }
        }
        (next, changed)
    }
}
