//! Where no plan holds: what can be closed, and how late he can be made.
//!
//! The best is by how many protected junctions he comes to, the fewest; and of equals by when he comes to the first, the latest. What he comes to
//! in the innermost ring he comes to in every plan: it is given up, and the rest is parted from him by a least cut, of spots at which he is stopped
//! whatever else is held, so that any of them may be left out. Those that nobody is left for are; the next cut does without them, or without
//! what they leave open. Whoever is left over stands on the way to the first of what he comes to, as near to his start as he is in time.

use std::cmp::Reverse;

use super::{
    super::{Guard, Scene},
    board::{Board, Held},
    flow::{FREE, Flow},
    ground::{Ground, SpotNo},
    nearest::{NEVER, Ready},
    work::{Meter, Stopped},
};

/// So many cuts are tried before what the unmanned ones leave open is given up.
const CUTS: usize = 3;

/// To how many protected junctions he comes, and when to the first. More is better.
type Value = (Reverse<usize>, Option<u32>);

/// What was learned from the tries so far.
struct Tries {
    /// By spot: a protected junction that he comes to.
    is_lost: Vec<bool>,
    /// By spot: nobody was left for it.
    is_open: Vec<bool>,
    value: Value,
    held: Vec<Held>,
    guards: Vec<Guard>,
}

/// The guards of the best that was found; none where nobody is of any use. A cut, a matching and a walk for each try.
///
/// # Errors
/// When it is time to stop, and nothing was found before.
pub(super) fn find(scene: &Scene, board: &mut Board, meter: &mut Meter<'_>) -> Result<Vec<Guard>, Stopped> {
    let none = vec![false; board.ground.spots().len()];
    let value = (Reverse(usize::MAX), None);
    let mut tries = Tries { is_lost: none.clone(), is_open: none, value, held: Vec::new(), guards: Vec::new() };
    match tries.all(scene, board, meter) {
        Err(Stopped) if tries.guards.is_empty() => Err(Stopped),
        _ => Ok(tries.guards),
    }
}

fn mark(marks: &mut [bool], spots: &[SpotNo]) {
    for spot in spots {
        if let Some(mark) = marks.get_mut(*spot as usize) {
            *mark = true;
        }
    }
}

fn is_marked(marks: &[bool], spot: SpotNo) -> bool {
    marks.get(spot as usize).copied().unwrap_or_default()
}

impl Tries {
    fn all(&mut self, scene: &Scene, board: &mut Board, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        self.weigh(scene, board, Vec::new(), meter)?;
        let ground = &board.ground;
        board.walk.run_to(ground, usize::MAX, meter, |spot, ms| ground.spot(spot).is_some_and(|spot| spot.due_ms <= ms))?;
        mark(&mut self.is_lost, &board.walk.leaks);
        self.close(scene, board, meter)?;
        self.delay(scene, board, meter)
    }

    /// Keeps what is held when it is the best so far.
    fn weigh(&mut self, scene: &Scene, board: &mut Board, mut held: Vec<Held>, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        board.walk_held(scene, &held, usize::MAX, meter)?;
        let walk = &board.walk;
        let value = (Reverse(walk.leaks.len()), walk.leak.and_then(|first| walk.ms(first)));
        if self.value < value {
            // Some may stand where he does not come any more.
            held.retain(|held| walk.walls.iter().any(|(wall, _)| *wall == held.spot));
            (self.value, self.guards) = (value, board.guards(scene, &held));
            self.held = held;
        }
        Ok(())
    }

    /// Holds cuts between him and what is not lost.
    fn close(&mut self, scene: &Scene, board: &mut Board, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        let mut flow = Flow::default();
        for tries in 1.. {
            // What no cut parts from him is lost.
            let ground = &board.ground;
            board.walk.run_to(ground, usize::MAX, meter, |spot, _| self.can_hold(ground, spot))?;
            mark(&mut self.is_lost, &board.walk.leaks);
            self.begin(&mut flow, ground);
            flow.augment(ground, FREE / 2, meter)?;
            let cut = flow.cut().filter_map(|spot| Some((spot, ground.spot(spot)?.free_ms)));
            let cut: Vec<(SpotNo, u32)> = cut.collect();
            if board.man(scene, &cut, NEVER - 1, meter)? {
                let held = board.assign(scene).unwrap_or_default();
                return self.weigh(scene, board, held, meter);
            }
            let unmanned: Vec<SpotNo> = board.unmanned().collect();
            let held = board.manned();
            self.weigh(scene, board, held, meter)?;
            mark(&mut self.is_open, &unmanned);
            if tries % CUTS == 0 {
                mark(&mut self.is_lost, &board.walk.leaks);
            }
        }
        Ok(())
    }

    /// Whether a spot may be of a cut: somebody is there before he can be.
    fn can_hold(&self, ground: &Ground, spot: SpotNo) -> bool {
        let is_in_time = ground.spot(spot).is_some_and(|spot| spot.due_ms <= spot.free_ms && spot.due_ms < NEVER);
        is_in_time && !is_marked(&self.is_open, spot)
    }

    fn begin(&self, flow: &mut Flow, ground: &Ground) {
        flow.begin(ground, |spot| {
            let Some(of) = ground.spot(spot) else { return (0, 0) };
            let drain = if of.is_protected && !is_marked(&self.is_lost, spot) { FREE } else { 0 };
            (if self.can_hold(ground, spot) { u64::from(of.need) } else { FREE }, drain)
        });
    }

    /// Sends whoever is left over to where he would come next on his way to the first protected junction that he comes to.
    fn delay(&mut self, scene: &Scene, board: &mut Board, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        let mut held = self.held.clone();
        board.walk_held(scene, &held, usize::MAX, meter)?;
        while let Some(first) = board.walk.leak {
            let mut way: Vec<(SpotNo, u32)> = board.walk.way_back(first).filter_map(|spot| Some((spot, board.walk.ms(spot)?))).collect();
            way.reverse();
            let before = held.len();
            for (spot, ms) in way {
                let Some(of) = board.ground.spot(spot).filter(|of| of.due_ms <= ms && of.due_ms < NEVER) else { continue };
                let Some(limit_ms) = ms.checked_sub(scene.margin_ms) else { continue };
                let need = usize::from(of.need);
                let ready = board.readiness.nearest.at(&scene.goings, of.junction, held.len() + need, limit_ms, meter)?;
                let is_free = |ready: &&Ready| !held.iter().any(|held| held.unit == ready.unit);
                let free: Vec<Ready> = ready.iter().filter(is_free).take(need).copied().collect();
                if free.len() == need {
                    held.extend(free.iter().map(|Ready { ms, unit }| Held { spot, unit: *unit, ms: *ms }));
                    break;
                }
            }
            if held.len() == before {
                break;
            }
            self.weigh(scene, board, held.clone(), meter)?;
        }
        Ok(())
    }
}
