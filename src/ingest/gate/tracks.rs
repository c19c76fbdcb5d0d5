//! The past of every source, found once by a door and then at hand.

use std::{collections::HashMap, sync::Arc};

use parking_lot::{Mutex, MutexGuard, RwLock};

use super::{Source, Track};
use crate::model::{DeviceId, UnitNo};

/// Tracks that are made at once: those of units that registered together mostly report together.
const BLOCK: usize = 128;

type Block = Arc<[Mutex<Track>]>;

/// Where the past of a source is. Whoever holds it takes no lock but the track's own.
#[derive(Debug, Clone)]
pub(super) struct Past {
    block: Block,
    place: usize,
}

impl Past {
    /// The track; there always is one.
    pub(super) fn lock(&self) -> Option<MutexGuard<'_, Track>> {
        Some(self.block.get(self.place)?.lock())
    }
}

/// Tracks by number, side by side: 40 bytes each.
#[derive(Debug, Default)]
struct Blocks(Vec<Option<Block>>);

impl Blocks {
    fn get(&self, no: usize) -> Option<Past> {
        let block = self.0.get(no / BLOCK)?.clone()?;
        Some(Past { block, place: no % BLOCK })
    }

    fn make(&mut self, no: usize) -> Past {
        if self.0.len() <= no / BLOCK {
            self.0.resize(no / BLOCK + 1, None);
        }
        let made = || (0..BLOCK).map(|_| Mutex::default()).collect();
        let block = match self.0.get_mut(no / BLOCK) {
            Some(slot) => slot.get_or_insert_with(made).clone(),
            None => made(),
        };
        Past { block, place: no % BLOCK }
    }
}

#[derive(Debug, Default)]
struct Devices {
    numbers: HashMap<DeviceId, u32>,
    blocks: Blocks,
}

/// The past of each source. Units have numbers; devices get one here when they first report, which they keep whoever carries them.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    units: RwLock<Blocks>,
    devices: RwLock<Devices>,
}

impl Tracks {
    /// The past of a source; `unit` is the number of the unit that it is or that carries it.
    pub(super) fn of(&self, source: &Source, unit: UnitNo) -> Past {
        match source {
            Source::Unit(_) => {
                let known = self.units.read().get(unit.index());
                known.unwrap_or_else(|| self.units.write().make(unit.index()))
            }
            Source::Device(id) => self.device(id),
        }
    }

    fn device(&self, id: &DeviceId) -> Past {
        let known = {
            let devices = self.devices.read();
            devices.numbers.get(id).and_then(|no| devices.blocks.get(*no as usize))
        };
        known.unwrap_or_else(|| {
            let Devices { numbers, blocks } = &mut *self.devices.write();
            let next = numbers.len() as u32;
            blocks.make(*numbers.entry(id.clone()).or_insert(next) as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const _: () = assert!(size_of::<Mutex<Track>>() == 40);

    #[test]
    fn every_source_has_its_own() {
        let tracks = Tracks::default();
        let device = |n: usize| Source::Device(format!("d-{n}").parse().unwrap());
        let unit = |n: usize| (Source::Unit(format!("u-{n}").parse().unwrap()), UnitNo(n as u32));
        // All held at once: none is another's.
        let all: Vec<Past> = (0..3 * BLOCK).flat_map(|n| [tracks.of(&unit(n).0, unit(n).1), tracks.of(&device(n), UnitNo(0))]).collect();
        let held: Vec<_> = all.iter().map(|past| past.lock().unwrap()).collect();
        assert_eq!(held.len(), 6 * BLOCK);
        drop(held);
        // A device keeps its own when another unit carries it.
        let again = tracks.of(&device(5), UnitNo(7));
        assert!(Arc::ptr_eq(&again.block, &all[11].block) && again.place == all[11].place);
    }
}
