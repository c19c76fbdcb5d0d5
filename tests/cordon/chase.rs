//! Chases: a suspect who drives, waits, turns and knows the plan.

use citygate::cordon::{Guard, Scene, verify};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

use crate::{
    CHASES,
    brute::{held, stops},
    town::Town,
};

/// Junctions that he comes to before he gives up.
const STEPS_MAX: usize = 400;

/// How he behaves.
#[derive(Debug, Clone, Copy)]
enum Mind {
    /// The way out with the fewest junctions.
    Shortest,
    /// Anywhere.
    Random,
    /// Waits some minutes first, then makes for the outside.
    Hides,
    /// Never goes where he would be stopped, if there is another way, and makes for the outside among what is left.
    KnowsThePlan,
}

const MINDS: [Mind; 4] = [Mind::Shortest, Mind::Random, Mind::Hides, Mind::KnowsThePlan];

/// How a chase ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Stopped,
    Inside,
    Out,
}

/// By junction: how many steps it is to what is protected.
fn steps_out(scene: &Scene) -> Vec<usize> {
    let mut steps = vec![usize::MAX; scene.junctions()];
    let mut queue: std::collections::VecDeque<u32> = (0..scene.junctions() as u32).filter(|at| scene.is_protected(*at)).collect();
    queue.iter().for_each(|at| steps[*at as usize] = 0);
    while let Some(at) = queue.pop_front() {
        for step in scene.suspect.steps_in(at) {
            if steps[step.point as usize] == usize::MAX {
                steps[step.point as usize] = steps[at as usize] + 1;
                queue.push_back(step.point);
            }
        }
    }
    steps
}

/// One drive. Nothing takes him less than the scene says; often it takes him more.
fn chase(scene: &Scene, held: &[Option<u64>], out: &[usize], mind: Mind, rng: &mut SmallRng) -> End {
    let start = scene.starts.choose(rng).unwrap();
    let (mut at, mut ms) = (start.point, u64::from(start.ms));
    let (dawdles, hurries) = (rng.random_bool(0.5), rng.random_bool(0.5));
    for n in 0..STEPS_MAX {
        if stops(scene, held[at as usize], ms) {
            return End::Stopped;
        }
        if scene.is_protected(at) {
            return End::Out;
        }
        if matches!(mind, Mind::Hides) && n == 3 {
            ms += rng.random_range(0..600_000);
        } else if dawdles && rng.random_bool(0.2) {
            ms += rng.random_range(0..60_000);
        }
        let arrives = |step: &citygate::cordon::Step, slower: u64| ms + u64::from(step.ms) * (100 + slower) / 100;
        let steps = scene.suspect.steps_out(at);
        let free: Vec<_> = steps.iter().filter(|step| !stops(scene, held[step.point as usize], arrives(step, 0))).collect();
        let outwards = |steps: &[&citygate::cordon::Step], rng: &mut SmallRng| {
            steps.iter().copied().copied().min_by_key(|step| (out[step.point as usize], rng.random::<u32>()))
        };
        let all: Vec<_> = steps.iter().collect();
        let step = match mind {
            Mind::Random => all.choose(rng).copied().copied(),
            Mind::Shortest | Mind::Hides => outwards(&all, rng),
            Mind::KnowsThePlan if rng.random_bool(0.3) => free.choose(rng).copied().copied(),
            Mind::KnowsThePlan => outwards(&free, rng).or_else(|| all.choose(rng).copied().copied()),
        };
        let Some(step) = step else { return End::Inside };
        ms = arrives(&step, if hurries { 0 } else { rng.random_range(0..80) });
        at = step.point;
    }
    End::Inside
}

/// Drives against one cordon; how many were stopped.
pub(crate) fn chases(scene: &Scene, guards: &[Guard], count: usize, rng: &mut SmallRng) -> usize {
    assert!(verify(scene, guards).holds);
    let (held, out) = (held(scene, guards), steps_out(scene));
    let ends = (0..count).map(|n| {
        let mind = MINDS[n % MINDS.len()];
        let end = chase(scene, &held, &out, mind, rng);
        assert_ne!(end, End::Out, "{mind:?}");
        end
    });
    ends.filter(|end| *end == End::Stopped).count()
}

#[test]
fn nobody_gets_out_of_a_verified_cordon() {
    let rng = &mut SmallRng::seed_from_u64(5);
    let (each, mut stopped) = (100, 0);
    for seed in 0..(CHASES / each) as u64 {
        let Town { scene, laid } = Town::new(seed);
        stopped += chases(&scene, &laid, each, rng);
    }
    assert!(stopped > CHASES / 4, "{stopped}");
}

#[test]
fn where_nobody_holds_anything_he_does_get_out() {
    let rng = &mut SmallRng::seed_from_u64(6);
    let outs = (0..20).filter(|seed| {
        let Town { scene, .. } = Town::new(*seed);
        let (held, out) = (held(&scene, &[]), steps_out(&scene));
        chase(&scene, &held, &out, Mind::KnowsThePlan, rng) == End::Out
    });
    assert!(outs.count() > 10);
}
