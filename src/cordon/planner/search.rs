//! The planner: what is looked for in turn, until all is proved or the budget is spent.

use super::{
    super::{Impossible, Objective, Partial, Plan, Scene, plan::Passed},
    best::Best,
    board::Board,
    cutting::{Cutting, Prices},
    fastest::Fastest,
    fence::{Fence, FenceWalk},
    ground::SpotNo,
    inward::{Inward, Wanted},
    nearest::NEVER,
    partial,
    work::{Budget, Meter, Stopped},
};
use crate::roads::JunctionNo;

/// What to plan for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// What plans should be best at; the answer has one of each at most.
    pub objectives: Vec<Objective>,
    /// What a unit is worth in weight, for [`Objective::Balanced`]. None: what one unit more saves of the ground on the way from the fewest
    /// units to the innermost ring, so that the plan lies at the knee between them.
    pub unit_price: Option<u64>,
}

/// What the planner found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// In the order of their objectives.
    pub plans: Vec<Plan>,
    /// Why there are none; none also when the budget was spent before this was known.
    pub impossible: Option<Impossible>,
    /// Where there are none: guards past whom he comes to the fewest protected junctions, and of equals to the first of them as late as can be,
    /// of all that were tried. None also when nobody is of any use, or the budget was spent.
    pub partial: Option<Partial>,
    /// Ways out, from a start to what is protected, that share junctions only as far as these take several units or cannot be held at all: at
    /// least as many units as there are ways are needed.
    pub routes: Vec<Vec<JunctionNo>>,
}

/// Plans cordons. It is the scratch of its searches: keep one for each thread.
#[derive(Debug, Default)]
pub struct Planner {
    fence: FenceWalk,
    board: Board,
}

/// Work for each search in the first round, in points; twice as much in each round after that.
const FIRST_ROUND: u64 = 20_000;
const LAST_ROUND: u64 = 2_000_000;
/// The least part of a round that a search gets.
const LEAST_PART: f64 = 0.1;

impl Planner {
    /// A planner that has planned nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The innermost ring that any cordon could be, or the proof that there is none; nothing when the budget is spent. Linear in what
    /// lies within the ring.
    pub fn fence(&mut self, scene: &Scene, budget: &mut dyn Budget) -> Option<Fence> {
        self.board.readiness.begin(scene);
        self.fence.walk(scene, &mut self.board.readiness, &mut Meter::new(budget)).ok()
    }

    /// Plans: a plan as soon as there is one, then better ones, of which `found` is told, until each is proved to be the best, or it is proved
    /// that there is none, or the budget is spent.
    pub fn plan(&mut self, scene: &Scene, ask: &Ask, budget: &mut dyn Budget, found: &mut dyn FnMut(&Plan)) -> Answer {
        let mut meter = Meter::new(budget);
        let mut run = Run { scene, board: &mut self.board, best: Best::new(&ask.objectives, found), routes: Vec::new() };
        // What is found before the budget is spent counts.
        let impossible = run.all(&mut self.fence, ask, &mut meter).unwrap_or_default();
        let (plans, routes) = (run.best.into_plans(), run.routes);
        let partial = impossible.as_ref().and_then(|_| self.partial(scene, &mut meter).ok().flatten());
        Answer { plans, impossible, partial, routes }
    }

    /// What can be closed all the same.
    fn partial(&mut self, scene: &Scene, meter: &mut Meter<'_>) -> Result<Option<Partial>, Stopped> {
        self.board.begin(scene, meter)?;
        Ok(Partial::new(scene, partial::find(scene, &mut self.board, meter)?))
    }
}

struct Run<'a, 'b> {
    scene: &'a Scene,
    board: &'a mut Board,
    best: Best<'b>,
    routes: Vec<Vec<JunctionNo>>,
}

impl Run<'_, '_> {
    fn all(&mut self, fence: &mut FenceWalk, ask: &Ask, meter: &mut Meter<'_>) -> Result<Option<Impossible>, Stopped> {
        self.board.readiness.begin(self.scene);
        if let Fence::Escape(way) = fence.walk(self.scene, &mut self.board.readiness, meter)? {
            return Ok(Some(Impossible::Escape(way)));
        }
        if ask.objectives.is_empty() {
            return Ok(None);
        }
        self.board.begin(self.scene, meter)?;
        if let Some(price) = ask.unit_price {
            self.best.set_price(price);
        }
        let units = Prices { unit: 1, is_ground_weighed: false };
        let mut fewest = Cutting::new(&self.board.ground, units, NEVER - 1);
        self.cut(&mut fewest, Objective::Fewest, meter)?;
        let ground = &self.board.ground;
        let junction = |spot: SpotNo| ground.spot(spot).map(|spot| spot.junction);
        let routes = fewest.routes.take().unwrap_or_default();
        self.routes = routes.into_iter().map(|way| way.into_iter().filter_map(junction).collect()).collect();
        if ask.unit_price.is_none() && self.best.asks(Objective::Balanced) {
            let price = self.knee(fewest.first_cut.as_deref(), meter)?;
            self.best.set_price(price);
        }
        self.rounds(fewest, meter)
    }

    /// Goes round the searches until nothing is left to look for.
    fn rounds(&mut self, mut fewest: Cutting, meter: &mut Meter<'_>) -> Result<Option<Impossible>, Stopped> {
        let prices = Prices { unit: self.best.price(), is_ground_weighed: true };
        let mut balanced = Cutting::new(&self.board.ground, prices, NEVER - 1);
        let mut tightest = Inward::new(&self.board.ground, Wanted::Least, NEVER - 1);
        let mut any = Inward::new(&self.board.ground, Wanted::Any, NEVER - 1);
        let mut fastest = None;
        let mut round = FIRST_ROUND;
        loop {
            let until = self.turn(Objective::Fewest, round, meter);
            while self.goes_on(Objective::Fewest) && meter.done() < until && !fewest.is_done() {
                self.cut(&mut fewest, Objective::Fewest, meter)?;
            }
            let until = meter.done() + round;
            while !self.best.has_any() && meter.done() < until && !any.is_done() {
                any.step(self.scene, self.board, u64::MAX, &mut self.best, meter)?;
            }
            if !self.best.has_any() && (fewest.bound().is_none() || any.bound().is_none()) {
                return self.leak(meter).map(|way| Some(Impossible::TooFew(way)));
            }
            let until = self.turn(Objective::Balanced, round, meter);
            while self.goes_on(Objective::Balanced) && meter.done() < until && !balanced.is_done() {
                self.cut(&mut balanced, Objective::Balanced, meter)?;
            }
            let until = self.turn(Objective::Fastest, round, meter);
            while self.goes_on(Objective::Fastest) && self.best.has_any() && meter.done() < until {
                let search = match &mut fastest {
                    Some(search) => search,
                    None => fastest.insert(Fastest::new(self.scene, self.board, meter)?),
                };
                search.step(self.scene, self.board, &mut self.best, meter)?;
                self.best.prove(Objective::Fastest, search.bound());
            }
            let until = self.turn(Objective::Tightest, round, meter);
            while self.goes_on(Objective::Tightest) && meter.done() < until && !tightest.is_done() {
                let below = self.best.value(Objective::Tightest).unwrap_or(u64::MAX);
                tightest.step(self.scene, self.board, below, &mut self.best, meter)?;
                let bound = tightest.bound().unwrap_or(u64::MAX);
                self.best.prove(Objective::Tightest, bound);
            }
            let over = [
                (Objective::Fewest, fewest.is_done()),
                (Objective::Balanced, balanced.is_done()),
                (Objective::Fastest, false),
                (Objective::Tightest, tightest.is_done()),
            ];
            if self.best.has_any() && over.iter().all(|(objective, is_done)| *is_done || !self.goes_on(*objective)) {
                return Ok(None);
            }
            round = (round * 2).min(LAST_ROUND);
        }
    }

    /// When the turn of an objective is over: what is farthest from being proved gets a whole round, all others a part.
    fn turn(&self, objective: Objective, round: u64, meter: &Meter<'_>) -> u64 {
        let widest = Objective::ALL.iter().map(|objective| self.best.gap(*objective)).fold(0.0, f64::max);
        let part = if widest > 0.0 { (self.best.gap(objective) / widest).max(LEAST_PART) } else { 1.0 };
        meter.done() + (round as f64 * part) as u64
    }

    fn goes_on(&self, objective: Objective) -> bool {
        !self.best.is_settled(objective) || (objective == Objective::Fewest && !self.best.has_any())
    }

    /// One step of a search by cuts.
    fn cut(&mut self, search: &mut Cutting, objective: Objective, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        let most = match objective {
            Objective::Fewest => self.scene.units.len() as u64 + 1,
            _ => u64::MAX,
        };
        let below = self.best.value(objective).unwrap_or(most);
        let step = search.step(self.scene, self.board, below, &mut self.best, meter);
        self.best.prove(objective, search.bound().unwrap_or(u64::MAX));
        step
    }

    /// What one unit more saves of the ground, on the whole way from the least cut to the innermost ring.
    fn knee(&mut self, cut: Option<&[SpotNo]>, meter: &mut Meter<'_>) -> Result<u64, Stopped> {
        let ground = &self.board.ground;
        self.board.walk.run(ground, meter, |spot, ms| ground.spot(spot).is_some_and(|spot| spot.due_ms <= ms))?;
        let units = |board: &Board| -> u64 {
            let need = |spot: SpotNo| board.ground.spot(spot).map_or(0, |spot| u64::from(spot.need));
            board.walk.walls.iter().map(|(spot, _)| need(*spot)).sum()
        };
        let (inner_weight, inner_units) = (self.board.walk.weight, units(self.board));
        let Some(cut) = cut else { return Ok((inner_weight / inner_units.max(1)).max(1)) };
        self.board.walk_with(cut, meter)?;
        let saved = self.board.walk.weight.saturating_sub(inner_weight);
        Ok((saved / inner_units.saturating_sub(units(self.board)).max(1)).max(1))
    }

    /// A way out from the innermost ring, manned as far as that goes.
    fn leak(&mut self, meter: &mut Meter<'_>) -> Result<Vec<Passed>, Stopped> {
        let spots = self.board.leak(self.scene, meter)?;
        let mut way = Vec::with_capacity(spots.len());
        for (spot, suspect_ms) in spots {
            let Some(junction) = self.board.ground.spot(spot).map(|spot| spot.junction) else { continue };
            let first_unit_ms = self.board.readiness.by(self.scene, junction, NEVER - 1, meter)?;
            way.push(Passed { junction, suspect_ms, first_unit_ms });
        }
        Ok(way)
    }
}
