//! Fewest units, or least price of units and ground: by least cuts, branch and bound.
//!
//! A plan's walls part his start from what is protected, so that no plan costs less than the least cut of spots that could be walls at
//! all. Whether a spot could be one is known from the walk in which every junction is held as early as it can be: what he passes there
//! he passes in every plan. The least cut need not be a plan: its units may be wanted twice, or be in time only if others hold him up. Then
//! the branch is split, by those of its spots that are not held; or, where all are, by what else holds him up on his way to them.

use super::{
    super::Scene,
    best::Best,
    board::Board,
    flow::{FREE, Flow},
    ground::{Ground, SpotNo},
    nearest::NEVER,
    tree::{Branch, Mark, Tree},
    walk::Walk,
    work::{Meter, Stopped},
};

/// What a unit and ground cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prices {
    pub(super) unit: u64,
    pub(super) is_ground_weighed: bool,
}

/// A try that goes on in the next step, with the flow as it is.
#[derive(Debug)]
struct Dive {
    left: u32,
    /// Spots of the last cut that nobody was left for.
    unmanned: Vec<SpotNo>,
    /// Spots that are held besides.
    held: Vec<SpotNo>,
}

/// Plans that are ready by a time, in order of what they cost.
#[derive(Debug)]
pub(super) struct Cutting {
    prices: Prices,
    latest_ms: u32,
    tree: Tree,
    flow: Flow,
    /// The walk with everything held as early as it can be.
    relaxed: Walk,
    /// Branches whose cut was tried.
    looked: u32,
    dive: Option<Dive>,
    /// Ways out that share no more than spots let through: the proof of the first bound.
    pub(super) routes: Option<Vec<Vec<SpotNo>>>,
    /// The cut of the first branch whose spots are in time even if nothing else holds him up; where there is one.
    pub(super) first_cut: Option<Vec<SpotNo>>,
}

impl Cutting {
    pub(super) fn new(ground: &Ground, prices: Prices, latest_ms: u32) -> Self {
        let tree = Tree::new(ground.spots().len());
        Self {
            prices,
            latest_ms,
            tree,
            flow: Flow::default(),
            relaxed: Walk::default(),
            looked: 0,
            dive: None,
            routes: None,
            first_cut: None,
        }
    }

    /// No plan that is still to be looked at costs less; none when all were.
    pub(super) fn bound(&self) -> Option<u64> {
        self.tree.bound()
    }

    /// Whether nothing can be looked at any more.
    pub(super) fn is_done(&self) -> bool {
        self.tree.is_empty()
    }

    /// Looks at one branch, or goes on with a try; plans must cost less than `below`.
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
        if let Some(dive) = self.dive.take() {
            return self.dive(dive, scene, board, below, best, meter);
        }
        let Some(branch) = self.tree.take() else { return Ok(()) };
        if branch.bound >= below {
            return Ok(());
        }
        self.look(branch, scene, board, below, best, meter).inspect_err(|Stopped| self.tree.put(branch))
    }

    /// Adds to the flow until it is the greatest, or has come to a limit: true when it has.
    fn fill(&mut self, ground: &Ground, limit: u64, meter: &mut Meter<'_>) -> Result<bool, Stopped> {
        if self.prices.is_ground_weighed { self.flow.drain(ground, limit, meter) } else { self.flow.augment(ground, limit, meter) }
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
        let last_due = self.latest_ms.saturating_add(scene.margin_ms);
        let due = |ground: &Ground, spot: SpotNo| ground.spot(spot).map_or(u32::MAX, |spot| spot.due_ms);
        let ground = &board.ground;
        let can_stop = |spot: SpotNo, ms: u32, tree: &Tree| {
            let due_ms = due(ground, spot);
            tree.mark(spot) != Mark::Open && due_ms <= ms && due_ms <= last_due && due_ms < u32::MAX
        };
        let tree = &self.tree;
        self.relaxed.run(ground, meter, |spot, ms| can_stop(spot, ms, tree))?;
        let is_passed = |spot: SpotNo| self.relaxed.ms(spot).is_some_and(|ms| !can_stop(spot, ms, tree));
        if self.relaxed.leak.is_some() || tree.held().any(is_passed) {
            return Ok(());
        }
        let need = |spot: SpotNo| ground.spot(spot).map_or(0, |spot| u64::from(spot.need));
        let held: Vec<SpotNo> = tree.held().collect();
        let price = self.prices.unit;
        let base: u64 = held.iter().map(|spot| price.saturating_mul(need(*spot))).sum();
        if base >= below {
            return Ok(());
        }
        let is_ground_weighed = self.prices.is_ground_weighed;
        self.flow.begin(ground, |spot| {
            let Some(of) = ground.spot(spot) else { return (0, 0) };
            let drain = if of.is_protected {
                FREE
            } else if is_ground_weighed {
                u64::from(of.weight)
            } else {
                0
            };
            let cap = match tree.mark(spot) {
                Mark::Held => 0,
                _ if !can_stop(spot, self.relaxed.ms(spot).unwrap_or(u32::MAX), tree) => FREE,
                _ => price.saturating_mul(u64::from(of.need)).min(FREE / 2),
            };
            (cap, drain)
        });
        if is_ground_weighed {
            self.flow.pour(ground);
            self.flow.flood(ground);
        }
        let limit = below.saturating_sub(base).min(FREE / 2);
        let is_over = self.fill(ground, limit, meter)?;
        let branch = branch.with(base.saturating_add(self.flow.value()));
        if is_over || branch.bound >= below {
            return Ok(());
        }
        if branch.depth == 0 && !is_ground_weighed {
            self.routes = Some(self.flow.ways(ground));
        }
        let bold = with_held(self.flow.cut().collect(), &held);
        if let Some(sure) = self.sure_cut(ground, limit, meter)? {
            if branch.depth == 0 {
                self.first_cut = Some(sure.clone());
            }
            let sure = with_held(sure, &held);
            let cost = self.propose(scene, board, &sure, best, meter)?;
            if cost.is_some_and(|cost| cost <= branch.bound) {
                return Ok(());
            }
            self.looked += 1;
            if cost.is_none() && self.looked.is_power_of_two() {
                self.dive = Some(Dive { left: 4 * self.looked, unmanned: board.unmanned().collect(), held: held.clone() });
            }
        }
        self.split(branch, scene, board, &bold, best, meter)
    }

    /// A plan soon, though not the best: does without what nobody is left for, until the rest is manned. Each step gives up some more.
    fn dive(
        &mut self,
        dive: Dive,
        scene: &Scene,
        board: &mut Board,
        below: u64,
        best: &mut Best<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Stopped> {
        let mut given_up = dive.unmanned;
        given_up.retain(|spot| !dive.held.contains(spot));
        given_up.iter().for_each(|spot| self.flow.free(*spot));
        let base: u64 = dive.held.iter().filter_map(|spot| board.ground.spot(*spot)).map(|spot| u64::from(spot.need)).sum();
        let limit = below.saturating_sub(self.prices.unit.saturating_mul(base)).min(FREE / 2);
        if given_up.is_empty() || self.flow.leaks(&board.ground) || self.fill(&board.ground, limit, meter)? {
            return Ok(());
        }
        let spots = with_held(self.flow.cut().collect(), &dive.held);
        if self.propose(scene, board, &spots, best, meter)?.is_none() && dive.left > 0 {
            self.dive = Some(Dive { left: dive.left - 1, unmanned: board.unmanned().collect(), held: dive.held });
        }
        Ok(())
    }

    /// The least cut of spots that are in time even if nothing else holds him up: more flow, since fewer can be held. None when there is
    /// none below the limit.
    fn sure_cut(&mut self, ground: &Ground, limit: u64, meter: &mut Meter<'_>) -> Result<Option<Vec<SpotNo>>, Stopped> {
        for (number, spot) in (0..).zip(ground.spots()) {
            if spot.due_ms > spot.free_ms && self.flow.cap(number) > 0 {
                self.flow.free(number);
            }
        }
        if self.flow.leaks(ground) || self.fill(ground, limit, meter)? {
            return Ok(None);
        }
        Ok(Some(self.flow.cut().collect()))
    }

    /// Offers the plan that holds some spots, if it can be manned: what it costs.
    fn propose(
        &self,
        scene: &Scene,
        board: &mut Board,
        spots: &[SpotNo],
        best: &mut Best<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<Option<u64>, Stopped> {
        board.walk_with(spots, meter)?;
        if board.walk.leak.is_some() {
            return Ok(None);
        }
        let walls = board.walk.walls.clone();
        let weight = if self.prices.is_ground_weighed { board.walk.weight } else { 0 };
        if !board.man(scene, &walls, self.latest_ms, meter)? {
            return Ok(None);
        }
        let cost = weight.saturating_add(self.prices.unit.saturating_mul(board.places.len() as u64));
        if let Some(draft) = board.draft(scene, meter)? {
            best.offer(&draft);
        }
        Ok(Some(cost))
    }

    /// Splits a branch by its least cut, together with what it holds, unless that is a plan.
    fn split(
        &mut self,
        branch: Branch,
        scene: &Scene,
        board: &mut Board,
        spots: &[SpotNo],
        best: &mut Best<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Stopped> {
        // Nobody comes later than in the relaxed walk: whoever is not in time for that is for nothing. Where he does not come in it, anybody may
        // be in time, so that there is little to learn from who all those are.
        let by_ms = |spot: SpotNo| self.relaxed.ms(spot).or((self.latest_ms < NEVER - 1).then_some(u32::MAX));
        let at: Vec<(SpotNo, u32)> = spots.iter().filter_map(|spot| Some((*spot, by_ms(*spot)?))).collect();
        if !board.man(scene, &at, self.latest_ms, meter)? {
            let stuck = self.not_held(board.stuck.clone());
            self.tree.split(branch, &stuck, Mark::Held);
            return Ok(());
        }
        if self.propose(scene, board, spots, best, meter)?.is_some() {
            return Ok(());
        }
        // All are held, or not; if they are, something on his way to them is too.
        let stuck = board.stuck.clone();
        let mut delaying: Vec<SpotNo> = stuck.iter().flat_map(|spot| board.walk.way_back(*spot)).collect();
        delaying.sort_unstable();
        delaying.dedup();
        let ground = &board.ground;
        let last_due = self.latest_ms.saturating_add(scene.margin_ms);
        delaying.retain(|spot| {
            let by_ms = self.relaxed.ms(*spot).unwrap_or(u32::MAX).min(last_due);
            self.tree.mark(*spot) == Mark::Any
                && !spots.contains(spot)
                && ground.spot(*spot).is_some_and(|spot| spot.due_ms <= by_ms && spot.due_ms < u32::MAX)
        });
        let stuck = self.not_held(stuck);
        let all_held = self.tree.split(branch, &stuck, Mark::Held);
        self.tree.split(all_held, &delaying, Mark::Open);
        Ok(())
    }

    fn not_held(&self, mut spots: Vec<SpotNo>) -> Vec<SpotNo> {
        spots.retain(|spot| self.tree.mark(*spot) != Mark::Held);
        spots
    }
}

fn with_held(mut cut: Vec<SpotNo>, held: &[SpotNo]) -> Vec<SpotNo> {
    cut.extend(held);
    cut.sort_unstable();
    cut.dedup();
    cut
}
