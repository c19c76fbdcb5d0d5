//! Which units to shift, as a mixed-integer program: maximal covering in which whoever leaves a place leaves what it covered.

use std::collections::BTreeMap;

use citygate::{
    reach::{Isochrone, PLACES, Source, Start, Stretch},
    roads::{RoadPlace, Travel},
};
use highs::{Col, HighsModelStatus, RowProblem, Sense};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

use crate::{
    move_up::{Case, case},
    small::{LIMITS_MS, grid},
};

/// Towns that are too large to try all.
const TOWNS: u64 = 25;

/// A town in which thirty units stand about three places, half of which may be shifted.
fn town(seed: u64) -> Case {
    let mut rng = SmallRng::seed_from_u64(seed);
    let small = grid(&mut rng, 12, 12);
    let bases = [(); 3].map(|()| small.place(&mut rng));
    let source = |who, rng: &mut SmallRng| {
        let place = RoadPlace { along: rng.random(), ..*bases.choose(rng).unwrap() };
        Source { who, place, travel: *[Travel::Car, Travel::UrgentCar].choose(rng).unwrap(), delay_ms: 5_000 }
    };
    let sources: Vec<Source> = (0..30).map(|who| source(who, &mut rng)).collect();
    let posts = (0..25).map(|_| small.place(&mut rng)).collect();
    Case { small, sources, units: (0..15).collect(), posts, limit: 1, within_ms: 400_000, most_moves: 6 }
}

/// What one reaches who stands somewhere.
fn reached(case: &Case, source: Source, place: RoadPlace) -> Vec<Stretch> {
    let start = Start { place, delay_ms: source.delay_ms };
    let limit_ms = LIMITS_MS[case.limit];
    Isochrone::new(&case.small.graph, &case.small.costs, source.travel, &[start], limit_ms).unwrap().stretches(limit_ms)
}

/// The most road that any moves within the question's limits reach, by HiGHS.
fn best_by_mip_m(case: &Case) -> f64 {
    let mut problem = RowProblem::new();
    let offers = case.offers();
    let moves: Vec<Col> = offers.iter().map(|_| problem.add_integer_column(0.0, 0..=1)).collect();
    let ones = |is_of: &dyn Fn(&(u32, usize)) -> bool| -> Vec<(Col, f64)> {
        offers.iter().zip(&moves).filter(|(offer, _)| is_of(offer)).map(|(_, column)| (*column, 1.0)).collect()
    };
    for unit in &case.units {
        problem.add_row(..=1, ones(&|(who, _)| who == unit));
    }
    for at in 0..case.posts.len() {
        problem.add_row(..=1, ones(&|(_, post)| *post == at));
    }
    problem.add_row(..=case.most_moves as u32, ones(&|_| true));

    // By stretch: who reaches it from where it is, and by which moves it is reached besides.
    let homes = case.sources.iter().map(|source| (Reacher::Home(source.who), reached(case, *source, source.place)));
    let moved = offers
        .iter()
        .enumerate()
        .map(|(no, (who, post))| (Reacher::Move(no), reached(case, case.sources[*who as usize], case.posts[*post])));
    let mut metres: BTreeMap<Vec<Reacher>, f64> = BTreeMap::new();
    let all: Vec<(Reacher, Vec<Stretch>)> = homes.chain(moved).collect();
    for edge in 0..case.small.network.edges().len() as u32 {
        let on = |stretch: &&Stretch| stretch.edge == edge;
        let mut cuts: Vec<u32> = all.iter().flat_map(|(_, of)| of.iter().filter(on)).flat_map(|of| [of.span.from, of.span.to]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let millimetres = (1_000.0 * case.small.network.length_m(edge).unwrap()).round();
        for pair in cuts.windows(2) {
            let has = |(_, of): &&(Reacher, Vec<Stretch>)| of.iter().filter(on).any(|of| of.span.from <= pair[0] && pair[1] <= of.span.to);
            let reachers = all.iter().filter(has).map(|(reacher, _)| *reacher).collect();
            *metres.entry(reachers).or_default() += millimetres * f64::from(pair[1] - pair[0]) / f64::from(PLACES) / 1_000.0;
        }
    }
    for (reachers, metres) in metres {
        let (mut factors, mut at_home) = (vec![0.0; moves.len()], 0);
        for reacher in reachers {
            match reacher {
                Reacher::Move(no) => factors[no] -= 1.0,
                // It reaches it still, unless it moves.
                Reacher::Home(unit) => {
                    at_home += 1;
                    factors.iter_mut().zip(&offers).filter(|(_, (who, _))| *who == unit).for_each(|(factor, _)| *factor += 1.0);
                }
            }
        }
        let row = moves.iter().copied().zip(factors).filter(|(_, factor)| *factor != 0.0);
        let row: Vec<(Col, f64)> = row.chain([(problem.add_column(metres, 0..=1), 1.0)]).collect();
        problem.add_row(..=at_home, row);
    }
    let mut model = problem.optimise(Sense::Maximise);
    model.set_option("threads", 1);
    model.set_option("mip_rel_gap", 0.0);
    let solved = model.solve();
    assert_eq!(solved.status(), HighsModelStatus::Optimal);
    solved.objective_value()
}

/// Somebody who reaches a stretch: a unit from where it is now, or one that makes a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reacher {
    Home(u32),
    Move(usize),
}

#[test]
fn the_best_of_all_moves_is_that_of_the_program() {
    let mut gaps = Gaps::default();
    for seed in 0..100 {
        let case = case(seed);
        let (tried_m, solved_m) = (case.best_m(), best_by_mip_m(&case));
        assert!((tried_m - solved_m).abs() < 1e-3, "{seed}: {tried_m} {solved_m}");
        gaps.add(&case, solved_m);
    }
    gaps.tell("100 small cases");
}

#[test]
fn in_towns_greedy_moves_are_near_the_best() {
    let mut gaps = Gaps::default();
    for seed in 0..TOWNS {
        let case = town(seed);
        gaps.add(&case, best_by_mip_m(&case));
    }
    gaps.tell(&format!("{TOWNS} towns"));
}

/// How far greedy moves stay behind the best.
#[derive(Debug, Default)]
struct Gaps {
    /// The least share of the best that a case gains, none where nothing can be gained.
    worst: Option<f64>,
    /// What is gained in all cases by greedy moves, by the best, and at most by the bound, metres.
    gained_m: [f64; 3],
}

impl Gaps {
    fn add(&mut self, case: &Case, best_m: f64) {
        let plan = case.small.coverage(&case.small.costs, &case.sources).move_up(&case.ask()).unwrap();
        assert!(plan.after_m <= best_m + 1e-3 && best_m <= plan.bound_m + 1e-3, "{best_m} {plan:?}");
        if best_m > plan.before_m + 1.0 {
            let share = (plan.after_m - plan.before_m) / (best_m - plan.before_m);
            self.worst = Some(self.worst.map_or(share, |worst| worst.min(share)));
        }
        for (sum, of) in self.gained_m.iter_mut().zip([plan.after_m, best_m, plan.bound_m]) {
            *sum += of - plan.before_m;
        }
    }

    #[allow(clippy::print_stdout, reason = "the gap is what is measured")]
    fn tell(&self, what: &str) {
        let [greedy, _, bound] = self.gained_m.map(|of| 100.0 * of / self.gained_m[1]);
        println!("{what}: greedy gains {greedy:.2} % of the best (worst {:?}), the bound is {bound:.2} %", self.worst);
        assert!(greedy > 90.0);
    }
}
