//! The innermost ring that any cordon could be, or the way by which he gets out of every one.

use super::{
    super::{PointNo, Scene, plan::Passed},
    readiness::Readiness,
    work::{Meter, Stopped},
};
use crate::roads::{Frontier, JunctionNo};

/// What the walk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fence {
    /// The junctions at which he is stopped if every junction is held as early as it can be, with when he comes to each, milliseconds.
    /// Every plan encloses at least what these do.
    Walls(Vec<(JunctionNo, u32)>),
    /// At each junction on this way he is before the units that it takes.
    Escape(Vec<Passed>),
}

/// The walk out from where he may be, while each junction is held as early as it can be, whoever else is needed elsewhere. In any
/// plan a junction is held no earlier, so he is everywhere at least as early as here: what he reaches here he reaches whatever is
/// planned.
#[derive(Debug, Default)]
pub(super) struct FenceWalk {
    frontier: Frontier,
    /// Where each junction is reached from.
    from: Vec<PointNo>,
}

impl FenceWalk {
    /// Walks. Linear in what he reaches, some 50 ns a junction, and the looks at the units near it.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn walk(&mut self, scene: &Scene, readiness: &mut Readiness, meter: &mut Meter<'_>) -> Result<Fence, Stopped> {
        self.frontier.begin(scene.junctions());
        if self.from.len() < scene.junctions() {
            self.from.resize(scene.junctions(), 0);
        }
        for start in &scene.starts {
            self.reach(start.point, start.point, start.ms);
        }
        let mut walls = Vec::new();
        while let Some((ms, junction)) = self.frontier.settle() {
            meter.work(1)?;
            let held_by = ms.checked_sub(scene.margin_ms);
            let is_held = match held_by {
                Some(limit_ms) => readiness.by(scene, junction, limit_ms, meter)?.is_some(),
                None => false,
            };
            if is_held {
                walls.push((junction, ms));
            } else if scene.is_protected(junction) {
                return self.way_to(scene, junction, readiness, meter).map(Fence::Escape);
            } else {
                for step in scene.suspect.steps_out(junction) {
                    self.reach(junction, step.point, ms.saturating_add(step.ms));
                }
            }
        }
        walls.sort_unstable();
        Ok(Fence::Walls(walls))
    }

    fn reach(&mut self, from: PointNo, point: PointNo, ms: u32) {
        if self.frontier.offer(point, ms)
            && let Some(slot) = self.from.get_mut(point as usize)
        {
            *slot = from;
        }
    }

    fn way_to(&self, scene: &Scene, goal: JunctionNo, readiness: &mut Readiness, meter: &mut Meter<'_>) -> Result<Vec<Passed>, Stopped> {
        let mut way = Vec::new();
        let mut next = Some(goal);
        while let Some(junction) = next {
            let first_unit_ms = readiness.by(scene, junction, u32::MAX - 1, meter)?;
            way.push(Passed { junction, suspect_ms: self.frontier.ms(junction).unwrap_or_default(), first_unit_ms });
            next = self.from.get(junction as usize).copied().filter(|from| *from != junction);
        }
        way.reverse();
        Ok(way)
    }
}
