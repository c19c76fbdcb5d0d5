//! One program after the other, until its plan can be manned, or the time is over.

use std::{collections::BTreeMap, time::Duration};

use super::{
    super::{
        super::{Objective, Scene},
        best::{Best, Draft},
        board::Board,
        cutting::Prices,
        ground::SpotNo,
        nearest::{NEVER, Ready},
        work::{Meter, Stopped},
    },
    Arrival,
    firsts::Firsts,
    model::{Model, Place},
    solver::{Solved, Wanted, solve},
};

/// How many units are told apart at a junction at first.
const TOLD_APART: usize = 8;
/// Units alone are counted.
const UNITS: Prices = Prices { unit: 1, is_ground_weighed: false };

/// A search for the best plan by one objective.
pub(super) struct Search<'a, 'b> {
    pub(super) scene: &'a Scene,
    pub(super) board: &'a mut Board,
    pub(super) arrival: Arrival,
    pub(super) left: &'a mut dyn FnMut() -> Duration,
    pub(super) best: Best<'b>,
    /// The first units everywhere.
    firsts: Firsts,
    /// All units of spots where the first were too few, whether they are in time or not.
    all: BTreeMap<SpotNo, Vec<Ready>>,
}

/// What became of a program.
enum Outcome {
    Plan(Draft),
    /// There is none.
    None,
    /// The time was over, or what it holds does not.
    Open,
}

/// What is held, by spot; when he comes there, by spot; and what is enclosed whatever is held.
struct Situation {
    places: Vec<Place>,
    by_ms: Vec<u32>,
    weight: u64,
}

impl<'a, 'b> Search<'a, 'b> {
    /// Begins with a scene. Some tens of milliseconds for a city.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn new(
        scene: &'a Scene,
        board: &'a mut Board,
        arrival: Arrival,
        left: &'a mut dyn FnMut() -> Duration,
        best: Best<'b>,
    ) -> Result<Self, Stopped> {
        let mut is_spent = || left().is_zero();
        let mut meter = Meter::new(&mut is_spent);
        board.readiness.begin(scene);
        board.begin(scene, &mut meter)?;
        let firsts = Firsts::new(scene, TOLD_APART, NEVER - 1, &mut meter)?;
        Ok(Self { scene, board, arrival, left, best, firsts, all: BTreeMap::new() })
    }

    /// Looks for the best plan: no plan of the program has less than what comes back; none when there is no plan.
    pub(super) fn run(&mut self, objective: Objective) -> Option<u64> {
        let prices = match objective {
            Objective::Fastest => return self.fastest(),
            Objective::Fewest => UNITS,
            Objective::Tightest => Prices { unit: 0, is_ground_weighed: true },
            Objective::Balanced => Prices { unit: self.best.price(), is_ground_weighed: true },
        };
        let mut bound = 0;
        match self.solve(prices, NEVER - 1, Wanted::Best, &mut bound) {
            Ok(Outcome::None) => return None,
            Ok(Outcome::Plan(draft)) => self.best.offer(&draft),
            Ok(Outcome::Open) | Err(Stopped) => {}
        }
        Some(bound)
    }

    /// The least time by which there is a plan, by bisection.
    fn fastest(&mut self) -> Option<u64> {
        let (mut low_ms, mut latest_ms) = (0, NEVER - 1);
        loop {
            match self.solve(UNITS, latest_ms, Wanted::Any, &mut 0) {
                Ok(Outcome::Plan(draft)) => self.best.offer(&draft),
                Ok(Outcome::None) if latest_ms == NEVER - 1 => return None,
                Ok(Outcome::None) => low_ms = latest_ms + 1,
                Ok(Outcome::Open) | Err(Stopped) => return Some(u64::from(low_ms)),
            }
            let high_ms = self.best.value(Objective::Fastest).unwrap_or_default() as u32;
            if high_ms <= low_ms {
                return Some(u64::from(low_ms));
            }
            latest_ms = u32::midpoint(low_ms, high_ms - 1);
        }
    }

    /// Solves the program of the plans that are ready by a time, until what it holds can be manned. Its bound comes into `bound`.
    fn solve(&mut self, prices: Prices, latest_ms: u32, wanted: Wanted, bound: &mut u64) -> Result<Outcome, Stopped> {
        let Some(situation) = self.situation(latest_ms)? else { return Ok(Outcome::None) };
        let base = if prices.is_ground_weighed { situation.weight } else { 0 };
        *bound = base;
        loop {
            let units = self.units(&situation, latest_ms);
            let Model { problem, held } = Model::new(&self.board.ground, prices, &situation.places, &units);
            let mut spots = Vec::new();
            if !held.is_empty() {
                let left = (self.left)();
                if left.is_zero() {
                    return Ok(Outcome::Open);
                }
                let Solved::Bounded(solution, least) = solve(problem, wanted, left) else { return Ok(Outcome::None) };
                *bound = (*bound).max(base.saturating_add(least));
                let Some(solution) = solution else { return Ok(Outcome::Open) };
                let is_held = |column: usize| solution.columns.get(column).is_some_and(|held| *held > 0.5);
                spots.extend(held.iter().filter(|(_, column)| is_held(*column)).map(|(spot, _)| *spot));
            }
            if let Some(draft) = self.draft(&spots, &situation, latest_ms)? {
                return Ok(Outcome::Plan(draft));
            }
            if !self.tell_apart(&spots)? {
                return Ok(Outcome::Open);
            }
        }
    }

    /// What can be held, by whom ever; none when he gets out.
    fn situation(&mut self, latest_ms: u32) -> Result<Option<Situation>, Stopped> {
        let mut is_spent = || (self.left)().is_zero();
        let mut meter = Meter::new(&mut is_spent);
        let last_due = latest_ms.saturating_add(self.scene.margin_ms).min(NEVER - 1);
        let (ground, walk, arrival) = (&self.board.ground, &mut self.board.walk, self.arrival);
        let due_ms = |spot: SpotNo| ground.spot(spot).map_or(NEVER, |spot| spot.due_ms);
        let free_ms = |spot: SpotNo| ground.spot(spot).map_or(0, |spot| spot.free_ms);
        let comes_ms = |spot: SpotNo, ms: u32| if arrival == Arrival::Free { free_ms(spot) } else { ms };
        walk.run(ground, &mut meter, |spot, ms| due_ms(spot) <= comes_ms(spot, ms).min(last_due))?;
        if walk.leak.is_some() {
            return Ok(None);
        }
        let spots = 0..ground.spots().len() as SpotNo;
        let by_ms: Vec<u32> = spots.clone().map(|spot| comes_ms(spot, walk.ms(spot).unwrap_or(NEVER))).collect();
        let can_hold = |(spot, by_ms): (SpotNo, &u32)| if due_ms(spot) <= (*by_ms).min(last_due) { Place::Holdable } else { Place::Open };
        let mut places: Vec<Place> = spots.zip(&by_ms).map(can_hold).collect();
        for spot in &walk.inside {
            if let Some(place) = places.get_mut(*spot as usize) {
                *place = Place::Inside;
            }
        }
        Ok(Some(Situation { places, by_ms, weight: walk.weight }))
    }

    /// The units that are in time for spots, where all of them are known.
    fn units(&self, situation: &Situation, latest_ms: u32) -> BTreeMap<SpotNo, Vec<Ready>> {
        let mut units = BTreeMap::new();
        for ((number, place), by_ms) in (0..).zip(&situation.places).zip(&situation.by_ms) {
            let Some(spot) = self.board.ground.spot(number).filter(|_| *place == Place::Holdable) else { continue };
            let limit_ms = by_ms.saturating_sub(self.scene.margin_ms).min(latest_ms);
            let ready = match self.all.get(&number) {
                Some(all) => all.get(..all.partition_point(|ready| ready.ms <= limit_ms)),
                None => self.firsts.all_by(spot.junction, limit_ms),
            };
            if let Some(ready) = ready {
                units.insert(number, ready.to_vec());
            }
        }
        units
    }

    /// The plan that holds some spots, if it can be manned and he is stopped.
    fn draft(&mut self, spots: &[SpotNo], situation: &Situation, latest_ms: u32) -> Result<Option<Draft>, Stopped> {
        let mut is_spent = || (self.left)().is_zero();
        let mut meter = Meter::new(&mut is_spent);
        self.board.walk_with(spots, &mut meter)?;
        if self.board.walk.leak.is_some() {
            return Ok(None);
        }
        let comes_ms = |spot: SpotNo, ms: u32| match self.arrival {
            Arrival::Free => situation.by_ms.get(spot as usize).copied().unwrap_or_default(),
            Arrival::Latest => ms,
        };
        let at: Vec<(SpotNo, u32)> = self.board.walk.walls.iter().map(|(spot, ms)| (*spot, comes_ms(*spot, *ms))).collect();
        if !self.board.man(self.scene, &at, latest_ms, &mut meter)? {
            return Ok(None);
        }
        self.board.draft(self.scene, &mut meter)
    }

    /// Tells all units of some spots apart: whether they were not for one of them.
    fn tell_apart(&mut self, spots: &[SpotNo]) -> Result<bool, Stopped> {
        let mut is_spent = || (self.left)().is_zero();
        let mut meter = Meter::new(&mut is_spent);
        let mut is_new = false;
        for number in spots {
            let Some(spot) = self.board.ground.spot(*number).filter(|_| !self.all.contains_key(number)) else { continue };
            let limit_ms = match self.arrival {
                Arrival::Free => spot.free_ms.saturating_sub(self.scene.margin_ms),
                Arrival::Latest => NEVER - 1,
            };
            let most = self.scene.units.len();
            let all = self.board.readiness.nearest.at(&self.scene.goings, spot.junction, most, limit_ms, &mut meter)?;
            self.all.insert(*number, all.to_vec());
            is_new = true;
        }
        Ok(is_new)
    }
}
