//! The earliest that a cordon can be closed: by bisection over the time.

use super::{
    super::{Objective, Scene},
    best::Best,
    board::Board,
    cutting::{Cutting, Prices},
    inward::{Inward, Wanted},
    work::{Meter, Stopped},
};

/// The search for a plan that is ready by a time, from two sides.
#[derive(Debug)]
struct Probe {
    latest_ms: u32,
    cutting: Cutting,
    inward: Inward,
    turn: u64,
}

/// A bracket of the time, and what is tried within.
#[derive(Debug)]
pub(super) struct Fastest {
    /// No plan is ready before.
    low_ms: u32,
    /// What was tried in vain for a while lies below.
    hope_ms: u32,
    probe: Option<Probe>,
    /// How much work a probe gets before a later time is tried.
    patience: u64,
    /// When the probe is given up.
    until: u64,
}

/// What a probe gets at first.
const PATIENCE: u64 = 400_000;

impl Fastest {
    /// The earliest time at which the innermost ring holds is a bound. Some twenty walks.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn new(scene: &Scene, board: &mut Board, meter: &mut Meter<'_>) -> Result<Self, Stopped> {
        let mut times: Vec<u32> = board.ground.spots().iter().map(|spot| spot.due_ms).filter(|due| *due < u32::MAX).collect();
        times.sort_unstable();
        times.dedup();
        let (mut low, mut high) = (0, times.len());
        if ring_holds(board, None, meter)? {
            (low, high) = (0, 0);
            times.clear();
        }
        while low < high {
            let middle = usize::midpoint(low, high);
            if ring_holds(board, times.get(middle).copied(), meter)? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let low_ms = times.get(low).map_or(0, |due| due - scene.margin_ms);
        Ok(Self { low_ms, hope_ms: low_ms, probe: None, patience: PATIENCE, until: 0 })
    }

    /// No plan is ready before this, milliseconds.
    pub(super) const fn bound(&self) -> u64 {
        self.low_ms as u64
    }

    /// Goes on a little, below the best plan known; without one there is nothing to go on from.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn step(&mut self, scene: &Scene, board: &mut Board, best: &mut Best<'_>, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        let Some(high_ms) = best.value(Objective::Fastest).map(|value| value.min(u64::from(u32::MAX)) as u32) else { return Ok(()) };
        if high_ms <= self.low_ms {
            return Ok(());
        }
        if self.probe.as_ref().is_none_or(|probe| probe.latest_ms >= high_ms) {
            if self.hope_ms >= high_ms {
                self.hope_ms = self.low_ms;
                self.patience *= 4;
            }
            let latest_ms = u32::midpoint(self.hope_ms, high_ms - 1);
            let prices = Prices { unit: 1, is_ground_weighed: false };
            let cutting = Cutting::new(&board.ground, prices, latest_ms);
            let inward = Inward::new(&board.ground, Wanted::Any, latest_ms);
            self.probe = Some(Probe { latest_ms, cutting, inward, turn: 0 });
            self.until = meter.done() + self.patience;
        }
        let Some(probe) = &mut self.probe else { return Ok(()) };
        let most = scene.units.len() as u64 + 1;
        // In turn from both sides.
        if probe.turn % 4 == 0 {
            probe.cutting.step(scene, board, most, best, meter)?;
        } else {
            probe.inward.step(scene, board, u64::MAX, best, meter)?;
        }
        probe.turn += 1;
        let is_found = best.value(Objective::Fastest).is_some_and(|value| value <= u64::from(probe.latest_ms));
        if is_found {
            self.probe = None;
        } else if probe.cutting.bound().is_none() || probe.inward.bound().is_none() {
            // All was looked at: there is no plan by then.
            self.low_ms = probe.latest_ms + 1;
            self.hope_ms = self.hope_ms.max(self.low_ms);
            self.probe = None;
        } else if meter.done() >= self.until || (probe.cutting.is_done() && probe.inward.is_done()) {
            self.hope_ms = probe.latest_ms + 1;
            self.probe = None;
        }
        Ok(())
    }
}

/// Whether the innermost ring of what is due by a time holds; without a time, of nothing.
fn ring_holds(board: &mut Board, last_due_ms: Option<u32>, meter: &mut Meter<'_>) -> Result<bool, Stopped> {
    let ground = &board.ground;
    board
        .walk
        .run(ground, meter, |spot, ms| last_due_ms.is_some_and(|last| ground.spot(spot).is_some_and(|spot| spot.due_ms <= ms.min(last))))?;
    Ok(board.walk.leak.is_none())
}
