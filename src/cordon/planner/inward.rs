//! Least ground enclosed, or any plan at all that is ready by a time: from the innermost ring outwards, branch and bound.
//!
//! The walk in which every junction is held as early as it can be encloses less than any plan. If its walls can be manned, at the times
//! at which he comes to them there, they are the best plan. Else some of them are too many for the units that are in time: at
//! least one of those does not stop him, and the branch is split by the first that does not. With more open he is everywhere earlier, so
//! that what is too late stays so.

use super::{
    super::Scene,
    best::Best,
    board::Board,
    ground::{Ground, SpotNo},
    tree::{Branch, Mark, Tree},
    work::{Meter, Stopped},
};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The least ground.
    Least,
    /// Any plan.
    Any,
}

/// Plans that are ready by a time, from the innermost outwards.
#[derive(Debug)]
pub(super) struct Inward {
    wanted: Wanted,
    latest_ms: u32,
    tree: Tree,
}

impl Inward {
    pub(super) fn new(ground: &Ground, wanted: Wanted, latest_ms: u32) -> Self {
        Self { wanted, latest_ms, tree: Tree::new(ground.spots().len()) }
    }

    /// No plan that is still to be looked at encloses less; none when all were.
    pub(super) fn bound(&self) -> Option<u64> {
        self.tree.bound()
    }

    /// Whether nothing can be looked at any more.
    pub(super) fn is_done(&self) -> bool {
        self.tree.is_empty()
    }

    /// Looks at one branch; plans must enclose less than `below`.
    ///
    /// # Errors
    /// When it is time to stop; the branch waits on.
    pub(super) fn step(
        &mut self,
        scene: &Scene,
        board: &mut Board,
        below: u64,
        best: &mut Best<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Stopped> {
        let Some(branch) = self.tree.take() else { return Ok(()) };
        if branch.bound >= below {
            return Ok(());
        }
        self.look(branch, scene, board, below, best, meter).inspect_err(|Stopped| self.tree.put(branch))
    }

    fn look(
        &mut self,
        branch: Branch,
        scene: &Scene,
        board: &mut Board,
        below: u64,
        best: &mut Best<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Stopped> {
        if !walk(board, scene, self.latest_ms, self.tree.marks(), meter)? || board.walk.weight >= below {
            return Ok(());
        }
        let walls = board.walk.walls.clone();
        let is_wall = |spot: SpotNo| walls.iter().any(|(wall, _)| *wall == spot);
        if self.tree.held().any(|spot| !is_wall(spot)) {
            return Ok(());
        }
        let enclosed = board.walk.weight;
        let Some(lack) = man(board, scene, walls, self.latest_ms, meter)? else {
            if let Some(draft) = board.draft(scene, meter)? {
                best.offer(&draft);
            }
            return Ok(());
        };
        let bound = match self.wanted {
            Wanted::Least => enclosed.saturating_add(lack.weight),
            Wanted::Any => 0,
        };
        if bound >= below {
            return Ok(());
        }
        let mut stuck = lack.stuck;
        stuck.retain(|spot| self.tree.mark(*spot) != Mark::Held);
        self.tree.split(branch.with(bound), &stuck, Mark::Held);
        Ok(())
    }

    /// A plan soon, though not the best: opens at once whatever nobody is left for, until the rest is manned. What it encloses, or none.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn dive(
        &self,
        scene: &Scene,
        board: &mut Board,
        below: u64,
        best: &mut Best<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<bool, Stopped> {
        let mut marks = vec![Mark::Any; board.ground.spots().len()];
        loop {
            if !walk(board, scene, self.latest_ms, &marks, meter)? || board.walk.weight >= below {
                return Ok(false);
            }
            let walls = board.walk.walls.clone();
            let Some(lack) = man(board, scene, walls, self.latest_ms, meter)? else {
                if let Some(draft) = board.draft(scene, meter)? {
                    best.offer(&draft);
                }
                return Ok(true);
            };
            for spot in lack.unmanned {
                if let Some(mark) = marks.get_mut(spot as usize) {
                    *mark = Mark::Open;
                }
            }
        }
    }
}

/// What is missing to man a ring.
struct Lack {
    /// Walls that are too many for the units that are in time, the least weight first.
    stuck: Vec<SpotNo>,
    /// Walls that nobody was left for.
    unmanned: Vec<SpotNo>,
    /// What at least is enclosed besides.
    weight: u64,
}

/// The walk with everything held as early as it can be that is not open: whether he does not get out.
fn walk(board: &mut Board, scene: &Scene, latest_ms: u32, marks: &[Mark], meter: &mut Meter<'_>) -> Result<bool, Stopped> {
    let last_due = latest_ms.saturating_add(scene.margin_ms).min(u32::MAX - 1);
    let ground = &board.ground;
    board.walk.run(ground, meter, |spot, ms| {
        let is_open = marks.get(spot as usize) == Some(&Mark::Open);
        !is_open && ground.spot(spot).is_some_and(|spot| spot.due_ms <= ms.min(last_due))
    })?;
    Ok(board.walk.leak.is_none())
}

/// Mans the walls as far as that goes, the heaviest first: none when all are manned.
///
/// The walls that stop him in a plan have each a unit for their first place. The heaviest set of walls for which that is so, found one
/// by one from the heaviest (a transversal matroid: Edmonds and Fulkerson, 1965), leaves out what at least lies open.
fn man(
    board: &mut Board,
    scene: &Scene,
    mut walls: Vec<(SpotNo, u32)>,
    latest_ms: u32,
    meter: &mut Meter<'_>,
) -> Result<Option<Lack>, Stopped> {
    let weight = |board: &Board, spot: SpotNo| board.ground.spot(spot).map_or(0, |spot| u64::from(spot.weight));
    walls.sort_by_key(|(spot, ms)| (std::cmp::Reverse(weight(board, *spot)), *ms, *spot));
    board.list(scene, &walls, latest_ms, meter)?;
    if board.fill() {
        return Ok(None);
    }
    let mut unmanned: Vec<SpotNo> = board.unmanned().collect();
    let firsts = board.unmanned.iter().filter(|place| (**place as usize) < walls.len()).count();
    let lack_weight = unmanned.iter().take(firsts).map(|spot| weight(board, *spot)).sum();
    unmanned.sort_unstable();
    unmanned.dedup();
    let mut stuck = board.stuck.clone();
    stuck.sort_by_key(|spot| (weight(board, *spot), std::cmp::Reverse(*spot)));
    Ok(Some(Lack { stuck, unmanned, weight: lack_weight }))
}
