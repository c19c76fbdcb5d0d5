use citygate::{
    reach::{Coverage, MOVES_MAX, MoveUp, POSTS_MAX, PROMISE_MS, Plan, ReachError, Source, UNITS_MAX},
    roads::{RoadPlace, Travel},
};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

use crate::{
    brute::Brute,
    small::{LIMITS_MS, Small, small},
};

pub(crate) struct Case {
    pub(crate) small: Small,
    pub(crate) sources: Vec<Source>,
    pub(crate) units: Vec<u32>,
    pub(crate) posts: Vec<RoadPlace>,
    pub(crate) limit: usize,
    pub(crate) within_ms: u32,
    pub(crate) most_moves: usize,
}

/// Ten units, of which some may move, standing about two places.
pub(crate) fn case(seed: u64) -> Case {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut small = small(&mut rng);
    while small.network.edges().len() < 15 {
        small = crate::small::small(&mut rng);
    }
    let bases = [small.place(&mut rng), small.place(&mut rng)];
    let source = |who, rng: &mut SmallRng| {
        let place = RoadPlace { along: rng.random(), ..bases[rng.random_range(0..2)] };
        let travel = *[Travel::Car, Travel::UrgentCar, Travel::Foot].choose(rng).unwrap();
        Source { who, place, travel, delay_ms: *[0, 5_000].choose(rng).unwrap() }
    };
    let sources: Vec<Source> = (0..10).map(|who| source(who, &mut rng)).collect();
    let units = (0..10).filter(|_| rng.random_bool(0.5)).collect();
    let posts = (0..rng.random_range(2..6)).map(|_| small.place(&mut rng)).collect();
    let (limit, within_ms) = (rng.random_range(0..2), rng.random_range(20_000..400_000));
    Case { small, sources, units, posts, limit, within_ms, most_moves: rng.random_range(1..4) }
}

impl Case {
    pub(crate) fn ask(&self) -> MoveUp<'_> {
        let limit_ms = LIMITS_MS[self.limit];
        MoveUp { units: &self.units, posts: &self.posts, most_moves: self.most_moves, limit_ms, within_ms: self.within_ms }
    }

    /// What is reached after some moves, computed from nothing.
    fn after_m(&self, moves: &[(u32, usize)]) -> f64 {
        let place = |source: &Source| moves.iter().find(|(who, _)| *who == source.who).map_or(source.place, |(_, post)| self.posts[*post]);
        let moved: Vec<Source> = self.sources.iter().map(|source| Source { place: place(source), ..*source }).collect();
        self.small.coverage(&self.small.costs, &moved).city()[self.limit].reached_m
    }

    /// When a unit is at a post, if in time.
    fn there_ms(&self, who: u32, post: usize) -> Option<u64> {
        let brute = Brute::new(&self.small.network, &self.small.costs, self.sources[who as usize]);
        brute.ms_to(self.posts[post]).filter(|ms| *ms <= u64::from(self.within_ms))
    }

    /// Who could be where in time.
    pub(crate) fn offers(&self) -> Vec<(u32, usize)> {
        let of_unit = |who: &u32| {
            let brute = Brute::new(&self.small.network, &self.small.costs, self.sources[*who as usize]);
            let is_in_time = |post: &usize| brute.ms_to(self.posts[*post]).is_some_and(|ms| ms <= u64::from(self.within_ms));
            (0..self.posts.len()).filter(is_in_time).map(|post| (*who, post)).collect::<Vec<_>>()
        };
        self.units.iter().flat_map(of_unit).collect()
    }

    /// The best there is, by trying all.
    pub(crate) fn best_m(&self) -> f64 {
        self.best_of_all_m(&mut Vec::new(), &self.offers())
    }

    fn best_of_all_m(&self, made: &mut Vec<(u32, usize)>, offers: &[(u32, usize)]) -> f64 {
        let mut best = self.after_m(made);
        if made.len() == self.most_moves {
            return best;
        }
        for (n, (who, post)) in offers.iter().enumerate() {
            if made.iter().all(|(other, taken)| other != who && taken != post) {
                made.push((*who, *post));
                best = best.max(self.best_of_all_m(made, &offers[n + 1..]));
                made.pop();
            }
        }
        best
    }
}

/// Every step is the best there is, its gain what a computation from nothing says, and nothing beats the bound.
#[test]
fn it_is_greedy_and_its_bound_holds() {
    let (mut worst, mut loosest, mut gained, mut moves) = (1.0_f64, 1.0_f64, [0.0, 0.0, 0.0], 0);
    for seed in 0..100 {
        let case = case(seed);
        let coverage = case.small.coverage(&case.small.costs, &case.sources);
        let Plan { moves: made, before_m, after_m, bound_m, total_m } = coverage.move_up(&case.ask()).unwrap();
        let offers = case.offers();

        let mut so_far = Vec::new();
        assert!((before_m - case.after_m(&so_far)).abs() < 1e-6);
        for step in &made {
            let reached_m = case.after_m(&so_far);
            let free = |(who, post): &&(u32, usize)| so_far.iter().all(|(other, taken)| other != who && taken != post);
            let gain = |(who, post): &(u32, usize)| case.after_m(&[&so_far[..], &[(*who, *post)]].concat()) - reached_m;
            let best = offers.iter().filter(free).map(gain).fold(f64::NEG_INFINITY, f64::max);
            assert!((step.gain_m - best).abs() < 1e-6, "{seed}: {} of {best}", step.gain_m);
            assert!((step.gain_m - gain(&(step.who, step.post))).abs() < 1e-6 && step.gain_m > 0.0);
            assert_eq!(case.there_ms(step.who, step.post), Some(u64::from(step.there_ms)));
            so_far.push((step.who, step.post));
        }
        assert!((after_m - case.after_m(&so_far)).abs() < 1e-6 && so_far.len() <= case.most_moves);
        if so_far.len() < case.most_moves {
            let free = |(who, post): &&(u32, usize)| so_far.iter().all(|(other, taken)| other != who && taken != post);
            offers.iter().filter(free).for_each(|offer| assert!(case.after_m(&[&so_far[..], &[*offer]].concat()) <= after_m + 1e-6));
        }

        let best_m = case.best_m();
        assert!(best_m >= after_m - 1e-6 && best_m <= bound_m + 1e-6 && bound_m <= total_m + 1e-6, "{seed}: {after_m} {best_m} {bound_m}");
        if best_m > before_m {
            worst = worst.min((after_m - before_m) / (best_m - before_m));
            loosest = loosest.max((bound_m - before_m) / (best_m - before_m));
            for (sum, of) in gained.iter_mut().zip([after_m, best_m, bound_m]) {
                *sum += of - before_m;
            }
            moves += made.len();
        }
    }
    let [greedy, best, bound] = gained;
    println!(
        "{moves} moves: greedy gains {:.1} % of the best (worst case {:.1} %), the bound is {:.1} % of it (loosest {:.1} %)",
        100.0 * greedy / best,
        100.0 * worst,
        100.0 * bound / best,
        100.0 * loosest
    );
    assert!(moves > 50 && greedy / best > 0.9);
}

#[test]
fn what_does_not_fit_is_named() {
    let case = case(3);
    let coverage: Coverage = case.small.coverage(&case.small.costs, &case.sources);
    let ask = MoveUp { units: &[0], posts: &case.posts, most_moves: 1, limit_ms: LIMITS_MS[2], within_ms: 1 };
    let refused = |ask: MoveUp<'_>| coverage.move_up(&ask).err();
    assert_eq!(refused(ask), None);
    assert_eq!(refused(MoveUp { units: &[77], ..ask }), Some(ReachError::NoUnit { who: 77 }));
    let too_many = |what, max| Some(ReachError::TooMany { what, count: max + 1, max });
    assert_eq!(refused(MoveUp { units: &[0; UNITS_MAX + 1], ..ask }), too_many("units", UNITS_MAX));
    assert_eq!(refused(MoveUp { units: &[0; UNITS_MAX], most_moves: MOVES_MAX, ..ask }), None);
    assert_eq!(refused(MoveUp { posts: &vec![case.posts[0]; POSTS_MAX + 1], ..ask }), too_many("posts", POSTS_MAX));
    assert_eq!(refused(MoveUp { most_moves: MOVES_MAX + 1, ..ask }), too_many("moves", MOVES_MAX));
    let max = LIMITS_MS[2];
    assert_eq!(refused(MoveUp { limit_ms: PROMISE_MS[2], ..ask }), Some(ReachError::Time { what: "limit_ms", ms: PROMISE_MS[2], max }));
    assert_eq!(refused(MoveUp { within_ms: 0, ..ask }), Some(ReachError::Time { what: "within_ms", ms: 0, max: 3_600_000 }));
    assert!(matches!(refused(MoveUp { posts: &[RoadPlace { edge: 9_999, along: 0 }], ..ask }), Some(ReachError::NoEdge { .. })));
}
