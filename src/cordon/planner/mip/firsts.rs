//! The first few units at every junction, from all units at once.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::super::{
    super::Scene,
    nearest::{NEVER, Ready},
    work::{Meter, Stopped},
};
use crate::roads::JunctionNo;

/// By junction the first so many units that are ready there, in order.
#[derive(Debug)]
pub(super) struct Firsts {
    most: usize,
    by_junction: Vec<Vec<Ready>>,
}

impl Firsts {
    /// Dijkstra's algorithm from all units, in which a point is settled once for each of its first `most` units; not beyond `limit_ms`.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn new(scene: &Scene, most: usize, limit_ms: u32, meter: &mut Meter<'_>) -> Result<Self, Stopped> {
        let mut by_junction: Vec<Vec<Ready>> = vec![Vec::new(); scene.junctions()];
        let mut queue = BinaryHeap::new();
        for (number, going) in scene.goings.iter().enumerate() {
            let mut settled: Vec<Vec<u32>> = vec![Vec::new(); going.streets.len()];
            for (unit, of) in (0_u32..).zip(&scene.units).filter(|(_, of)| usize::from(of.going) == number) {
                queue.extend(of.entries.iter().flatten().map(|entry| Reverse((entry.ms, entry.point, unit))));
            }
            let mut count = 0;
            while let Some(Reverse((ms, point, unit))) = queue.pop() {
                let Some(units) = settled.get_mut(point as usize).filter(|units| units.len() < most && !units.contains(&unit)) else {
                    continue;
                };
                units.push(unit);
                count += 1;
                if count % 4_096 == 0 {
                    meter.work(4_096)?;
                }
                if let Some(ready) = going.junction(point).and_then(|junction| by_junction.get_mut(junction as usize))
                    && ready.iter().all(|known| known.unit != unit)
                {
                    ready.push(Ready { ms, unit });
                }
                for step in going.streets.steps_out(point) {
                    let there_ms = ms.saturating_add(step.ms);
                    if there_ms <= limit_ms && there_ms < NEVER {
                        queue.push(Reverse((there_ms, step.point, unit)));
                    }
                }
            }
        }
        for ready in &mut by_junction {
            ready.sort_unstable();
            ready.truncate(most);
        }
        Ok(Self { most, by_junction })
    }

    /// The units that are ready at a junction by a time, in order, when they are known to be all.
    pub(super) fn all_by(&self, junction: JunctionNo, limit_ms: u32) -> Option<&[Ready]> {
        let ready = self.by_junction.get(junction as usize)?;
        let end = ready.partition_point(|ready| ready.ms <= limit_ms);
        if end < self.most { ready.get(..end) } else { None }
    }
}
