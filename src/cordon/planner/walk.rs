//! The walk out from where he may be, with any choice of what stops him.

use super::{
    ground::{Ground, NONE, SpotNo},
    work::{Meter, Stopped},
};
use crate::roads::Frontier;

/// What he reaches.
#[derive(Debug, Default)]
pub(super) struct Walk {
    frontier: Frontier,
    before: Vec<SpotNo>,
    /// Where he can be, in order of time.
    pub(super) inside: Vec<SpotNo>,
    /// Where he is stopped, and when he comes there.
    pub(super) walls: Vec<(SpotNo, u32)>,
    /// The protected junction by which he escapes first.
    pub(super) leak: Option<SpotNo>,
    /// All by which he escapes, in order of time, as far as the walk went.
    pub(super) leaks: Vec<SpotNo>,
    /// What `inside` weighs.
    pub(super) weight: u64,
}

impl Walk {
    /// Dijkstra's algorithm; a spot at which he is stopped when he comes is not passed. The walk ends where he escapes.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn run(&mut self, ground: &Ground, meter: &mut Meter<'_>, stops: impl FnMut(SpotNo, u32) -> bool) -> Result<(), Stopped> {
        self.run_to(ground, 1, meter, stops)
    }

    /// The same, until he has escaped in so many places.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn run_to(
        &mut self,
        ground: &Ground,
        leaks_max: usize,
        meter: &mut Meter<'_>,
        mut stops: impl FnMut(SpotNo, u32) -> bool,
    ) -> Result<(), Stopped> {
        self.begin(ground);
        for (spot, ms) in ground.starts() {
            self.reach(NONE, *spot, *ms);
        }
        while let Some((ms, spot)) = self.frontier.settle() {
            if stops(spot, ms) {
                self.walls.push((spot, ms));
                continue;
            }
            self.inside.push(spot);
            let Some(of) = ground.spot(spot) else { continue };
            self.weight += u64::from(of.weight);
            if of.is_protected {
                self.leak.get_or_insert(spot);
                self.leaks.push(spot);
                if self.leaks.len() >= leaks_max {
                    break;
                }
            }
            for (_, step) in ground.arcs_out(spot) {
                self.reach(spot, step.point, ms.saturating_add(step.ms));
            }
        }
        meter.work(self.inside.len() + self.walls.len())
    }

    /// Goes on where another walk ended, past spots that stopped him there and do not now, each with when he comes to it. It looks only at what
    /// he reaches sooner than there, and ends where he escapes. What it reaches is reached when [`Walk::ms`] says, the rest as there.
    pub(super) fn go_on(
        &mut self,
        ground: &Ground,
        known: &Self,
        past: impl Iterator<Item = (SpotNo, u32)>,
        mut stops: impl FnMut(SpotNo, u32) -> bool,
    ) {
        self.begin(ground);
        for (spot, ms) in past {
            self.reach(NONE, spot, ms);
        }
        while let Some((ms, spot)) = self.frontier.settle() {
            if stops(spot, ms) {
                self.walls.push((spot, ms));
                continue;
            }
            self.inside.push(spot);
            if ground.spot(spot).is_some_and(|spot| spot.is_protected) {
                self.leak = Some(spot);
                break;
            }
            for (_, step) in ground.arcs_out(spot) {
                let ms = ms.saturating_add(step.ms);
                if known.ms(step.point).is_none_or(|known| ms < known) {
                    self.reach(spot, step.point, ms);
                }
            }
        }
    }

    fn begin(&mut self, ground: &Ground) {
        self.frontier.begin(ground.spots().len());
        self.before.resize(ground.spots().len().max(self.before.len()), NONE);
        self.inside.clear();
        self.walls.clear();
        self.leaks.clear();
        (self.leak, self.weight) = (None, 0);
    }

    fn reach(&mut self, from: SpotNo, spot: SpotNo, ms: u32) {
        if self.frontier.offer(spot, ms)
            && let Some(slot) = self.before.get_mut(spot as usize)
        {
            *slot = from;
        }
    }

    /// When he comes to a spot; none when he does not. Exact after a walk without a leak.
    pub(super) fn ms(&self, spot: SpotNo) -> Option<u32> {
        self.frontier.ms(spot)
    }

    /// The spots on his way to one, from it back to his start.
    pub(super) fn way_back(&self, spot: SpotNo) -> impl Iterator<Item = SpotNo> {
        std::iter::successors(Some(spot), |at| self.before.get(*at as usize).copied().filter(|from| *from != NONE))
    }
}
