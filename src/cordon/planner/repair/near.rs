//! What lies around gates that do not hold: where a repair is looked for first.

use super::super::{
    ground::{Ground, SpotNo},
    walk::Walk,
};

/// So many spots are near.
const NEAR: usize = 600;

/// The part of the ground in which other junctions are looked for.
#[derive(Debug)]
pub(super) struct Near {
    /// By spot; empty when all of the ground is.
    is_near: Vec<bool>,
    /// Where he comes into it.
    pub(super) sources: Vec<SpotNo>,
}

impl Near {
    /// All of the ground, from where he may start.
    pub(super) fn all(ground: &Ground) -> Self {
        Self { is_near: Vec::new(), sources: ground.starts().iter().map(|(spot, _)| *spot).collect() }
    }

    /// The spots that are the fewest steps from some, in any direction. `inside` is where he is when all gates hold. Linear in them, and
    /// some nanoseconds for each spot of the ground.
    pub(super) fn around(ground: &Ground, spots: impl Iterator<Item = SpotNo>, inside: &Walk) -> Self {
        let mut is_near = vec![false; ground.spots().len()];
        let mut queue = Vec::with_capacity(NEAR);
        let see = |spot: SpotNo, queue: &mut Vec<SpotNo>, is_near: &mut Vec<bool>| {
            if queue.len() < NEAR
                && let Some(is_near) = is_near.get_mut(spot as usize).filter(|is_near| !**is_near)
            {
                *is_near = true;
                queue.push(spot);
            }
        };
        spots.for_each(|spot| see(spot, &mut queue, &mut is_near));
        let mut next = 0;
        while let Some(spot) = queue.get(next).copied() {
            next += 1;
            let into = ground.arcs_in(spot).iter().map(|(from, _)| *from);
            into.chain(ground.arcs_out(spot).map(|(_, step)| step.point)).for_each(|spot| see(spot, &mut queue, &mut is_near));
        }
        let is_far = |spot: SpotNo| !is_near.get(spot as usize).copied().unwrap_or_default();
        let is_start = |spot: SpotNo| ground.starts().iter().any(|(start, _)| *start == spot);
        // He is on both sides of the edge: what is beyond it is his already.
        let mut is_inside = vec![false; ground.spots().len()];
        for spot in &inside.inside {
            if let Some(is_inside) = is_inside.get_mut(*spot as usize) {
                *is_inside = true;
            }
        }
        let comes_from_far = |spot: SpotNo| {
            let mut from = ground.arcs_in(spot).iter().map(|(from, _)| *from);
            from.any(|from| is_far(from) && is_inside.get(from as usize).copied().unwrap_or_default())
        };
        let sources = queue.into_iter().filter(|spot| is_start(*spot) || comes_from_far(*spot)).collect();
        Self { is_near, sources }
    }

    pub(super) fn has(&self, spot: SpotNo) -> bool {
        self.is_near.is_empty() || self.is_near.get(spot as usize).copied().unwrap_or_default()
    }
}
