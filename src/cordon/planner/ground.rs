//! The part of the streets that matters: what he can reach before he has escaped.

use super::{
    super::{Scene, Step},
    nearest::NEVER,
    readiness::Readiness,
    work::{Meter, Stopped},
};
use crate::roads::{Frontier, JunctionNo};

/// A junction's place in a [`Ground`].
pub(super) type SpotNo = u32;
/// An arc's place in a [`Ground`].
pub(super) type ArcNo = u32;
pub(super) const NONE: u32 = u32::MAX;

/// A junction that he can reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) junction: JunctionNo,
    /// The earliest that he can be there when nothing is held.
    pub(super) free_ms: u32,
    /// The earliest time at which he can be stopped there, whoever else is needed elsewhere: ready, and the margin. [`NEVER`] where
    /// nobody can.
    pub(super) due_ms: u32,
    pub(super) need: u8,
    pub(super) is_protected: bool,
    pub(super) weight: u32,
    /// The fewest steps to a protected junction.
    pub(super) hops: u32,
    /// On the earliest way to it: the spot before, and the arc from there. [`NONE`] at a start.
    pub(super) before: (SpotNo, ArcNo),
}

/// The junctions that he can reach without passing a protected one, numbered in the order in which he does, and the arcs between them.
/// From protected ones none lead on: he has escaped, or was stopped.
#[derive(Debug, Default)]
pub(super) struct Ground {
    frontier: Frontier,
    /// By junction.
    spot_of: Vec<SpotNo>,
    before: Vec<(JunctionNo, ArcNo)>,
    spots: Vec<Spot>,
    offsets: Vec<u32>,
    arcs: Vec<Step>,
    back_offsets: Vec<u32>,
    /// The arcs into a spot: where each comes from, and which it is.
    back: Vec<(SpotNo, ArcNo)>,
    starts: Vec<(SpotNo, u32)>,
}

impl Ground {
    /// Begins with another scene. Linear in what he can reach, some 100 ns a junction, and the guard times of all.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn begin(&mut self, scene: &Scene, readiness: &mut Readiness, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        let ready = readiness.all(scene, meter)?;
        for spot in self.spots.drain(..) {
            if let Some(slot) = self.spot_of.get_mut(spot.junction as usize) {
                *slot = NONE;
            }
        }
        self.spot_of.resize(scene.junctions().max(self.spot_of.len()), NONE);
        self.before.resize(scene.junctions().max(self.before.len()), (NONE, NONE));
        self.reach(scene, ready, meter)?;
        self.link(scene);
        self.count_hops();
        meter.work(self.spots.len())?;
        self.starts.clear();
        for start in &scene.starts {
            if let Some(spot) = self.spot_of(start.point) {
                self.starts.push((spot, start.ms));
            }
        }
        Ok(())
    }

    /// Numbers what he can reach.
    fn reach(&mut self, scene: &Scene, ready: &[u32], meter: &mut Meter<'_>) -> Result<(), Stopped> {
        self.frontier.begin(scene.junctions());
        for start in &scene.starts {
            if self.frontier.offer(start.point, start.ms)
                && let Some(slot) = self.before.get_mut(start.point as usize)
            {
                *slot = (NONE, NONE);
            }
        }
        while let Some((free_ms, junction)) = self.frontier.settle() {
            meter.work(1)?;
            let place = junction as usize;
            if let Some(slot) = self.spot_of.get_mut(place) {
                *slot = self.spots.len() as SpotNo;
            }
            let need = scene.need(junction) as u8;
            let due_ms = ready.get(place).map_or(NEVER, |ms| ms.saturating_add(scene.margin_ms));
            let is_protected = scene.is_protected(junction);
            let weight = scene.weights.get(place).copied().unwrap_or_default();
            let before = self.before.get(place).copied().unwrap_or((NONE, NONE));
            self.spots.push(Spot { junction, free_ms, due_ms, need, is_protected, weight, hops: NONE, before });
            if !is_protected {
                for (nth, step) in (0..).zip(scene.suspect.steps_out(junction)) {
                    if self.frontier.offer(step.point, free_ms.saturating_add(step.ms))
                        && let Some(slot) = self.before.get_mut(step.point as usize)
                    {
                        *slot = (junction, nth);
                    }
                }
            }
        }
        Ok(())
    }

    /// Lists the arcs, forwards and backwards.
    fn link(&mut self, scene: &Scene) {
        self.offsets.clear();
        self.arcs.clear();
        self.back_offsets.clear();
        self.back_offsets.resize(self.spots.len() + 1, 0);
        for spot in &self.spots {
            self.offsets.push(self.arcs.len() as u32);
            let steps = if spot.is_protected { &[] } else { scene.suspect.steps_out(spot.junction) };
            for step in steps {
                let to = self.spot_of.get(step.point as usize).copied().unwrap_or(NONE);
                self.arcs.push(Step { point: to, ms: step.ms });
                if let Some(count) = self.back_offsets.get_mut(to as usize) {
                    *count += 1;
                }
            }
        }
        self.offsets.push(self.arcs.len() as u32);
        let mut sum = 0;
        for slot in &mut self.back_offsets {
            sum += *slot;
            *slot = sum;
        }
        self.back.clear();
        self.back.resize(self.arcs.len(), (NONE, NONE));
        for spot in (0..self.spots.len()).rev() {
            for arc in self.arc_range(spot as SpotNo).rev() {
                let Some(to) = self.arcs.get(arc).map(|arc| arc.point) else { continue };
                let Some(free) = self.back_offsets.get_mut(to as usize) else { continue };
                *free -= 1;
                if let Some(slot) = self.back.get_mut(*free as usize) {
                    *slot = (spot as SpotNo, arc as ArcNo);
                }
            }
        }
        for place in 0..self.spots.len() {
            let Some((junction, nth)) = self.spots.get(place).map(|spot| spot.before).filter(|before| before.0 != NONE) else { continue };
            let from = self.spot_of.get(junction as usize).copied().unwrap_or(NONE);
            let arc = self.offsets.get(from as usize).map_or(NONE, |first| first + nth);
            if let Some(spot) = self.spots.get_mut(place) {
                spot.before = (from, arc);
            }
        }
    }

    /// Counts the steps to what is protected, backwards from it.
    fn count_hops(&mut self) {
        let mut queue = Vec::with_capacity(self.spots.len());
        for (place, spot) in (0..).zip(&mut self.spots) {
            if spot.is_protected {
                spot.hops = 0;
                queue.push(place);
            }
        }
        let mut next = 0;
        while let Some(&spot) = queue.get(next) {
            next += 1;
            let hops = self.spot(spot).map_or(NONE, |spot| spot.hops) + 1;
            let range = self.back_range(spot);
            for (from, _) in self.back.get(range).unwrap_or_default() {
                if let Some(before) = self.spots.get_mut(*from as usize).filter(|before| before.hops == NONE) {
                    before.hops = hops;
                    queue.push(*from);
                }
            }
        }
    }

    fn arc_range(&self, spot: SpotNo) -> std::ops::Range<usize> {
        let at = |place| self.offsets.get(place).copied().unwrap_or_default() as usize;
        at(spot as usize)..at(spot as usize + 1)
    }

    fn back_range(&self, spot: SpotNo) -> std::ops::Range<usize> {
        let at = |place| self.back_offsets.get(place).copied().unwrap_or_default() as usize;
        at(spot as usize)..at(spot as usize + 1)
    }

    pub(super) fn spots(&self) -> &[Spot] {
        &self.spots
    }

    pub(super) fn spot(&self, spot: SpotNo) -> Option<&Spot> {
        self.spots.get(spot as usize)
    }

    pub(super) fn spot_of(&self, junction: JunctionNo) -> Option<SpotNo> {
        self.spot_of.get(junction as usize).copied().filter(|spot| *spot != NONE)
    }

    /// The arcs from a spot: each with its number.
    pub(super) fn arcs_out(&self, spot: SpotNo) -> impl Iterator<Item = (ArcNo, Step)> {
        let range = self.arc_range(spot);
        (range.start as ArcNo..).zip(self.arcs.get(range).unwrap_or_default().iter().copied())
    }

    /// The arcs into a spot: where each comes from, and its number.
    pub(super) fn arcs_in(&self, spot: SpotNo) -> &[(SpotNo, ArcNo)] {
        self.back.get(self.back_range(spot)).unwrap_or_default()
    }

    pub(super) fn arcs(&self) -> usize {
        self.arcs.len()
    }

    /// Where he may be, and from when on.
    pub(super) fn starts(&self) -> &[(SpotNo, u32)] {
        &self.starts
    }
}
