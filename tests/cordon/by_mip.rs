//! The planner beside HiGHS, which knows nothing of its searches.

use std::time::Duration;

use citygate::cordon::{
    Answer, Arrival, Ask, GatesError, Mip, MipAnswer, Objective, Plan, Planner, Scene, Verified, close_gates, close_gates_by_mip,
};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IteratorRandom};

use crate::{
    brute::{Ready, comes},
    every_plan::best_of_all,
    small::small,
    town::Town,
};

/// Tiny scenes, each compared with every plan there is.
const TINY: u64 = 400;
/// Towns that both plan.
const TOWNS: u64 = 12;
/// How often the planner asks whether its time in a town is over.
const QUESTIONS: usize = 40;
/// What HiGHS has for an objective of a town.
const TOWN_TIME: Duration = Duration::from_secs(10);

/// What HiGHS finds, with any time: verified.
fn by_mip(scene: &Scene, objective: Objective, unit_price: u64, arrival: Arrival, case: &str) -> MipAnswer {
    let answer = Mip::default().plan(scene, objective, unit_price, arrival, &mut || TOWN_TIME);
    if let Some(plan) = &answer.plan {
        if let Err(rejected) = Verified::new(scene, plan.clone()) {
            panic!("{case}: {objective} {arrival:?}: {rejected}\n{plan:?}");
        }
        assert!(answer.bound.is_some_and(|bound| bound <= plan.value), "{case}: {objective} {arrival:?}: {answer:?}");
    }
    answer
}

fn by_planner(scene: &Scene, unit_price: u64, questions: usize) -> Answer {
    let mut asked = 0;
    let mut budget = || {
        asked += 1;
        asked > questions
    };
    let ask = Ask { objectives: Objective::ALL.to_vec(), unit_price: Some(unit_price) };
    Planner::new().plan(scene, &ask, &mut budget, &mut |_| {})
}

#[test]
fn of_plans_that_do_not_count_on_delays_none_is_better() {
    let (mut possible, mut impossible) = (0, 0);
    for seed in 0..TINY {
        let (scene, unit_price, case) = (small(seed), seed % 7, format!("seed {seed}"));
        let ready = Ready::new(&scene);
        let free = comes(&scene, &vec![None; scene.junctions()]);
        let best = best_of_all(&scene, &ready, unit_price, |guard| {
            free[guard.junction as usize].is_none_or(|ms| u64::from(guard.unit_ms) + u64::from(scene.margin_ms) <= ms)
        });
        for objective in Objective::ALL {
            let answer = by_mip(&scene, *objective, unit_price, Arrival::Free, &case);
            let value = best.map(|best| match objective {
                Objective::Fastest => best.closed_ms,
                Objective::Tightest => best.enclosed_weight,
                Objective::Fewest => best.units,
                Objective::Balanced => best.balanced,
            });
            assert_eq!((answer.plan.map(|plan| plan.value), answer.bound), (value, value), "{case}: {objective}");
        }
        *if best.is_some() { &mut possible } else { &mut impossible } += 1;
    }
    assert!(possible > TINY / 4 && impossible > TINY / 4, "{possible}, {impossible}");
}

/// Where a plan of the planner lies between what HiGHS proves of all plans and the best that counts on no delays: whether these are equal.
fn lies_between(scene: &Scene, plan: &Plan, unit_price: u64, case: &str) -> bool {
    let all = by_mip(scene, plan.objective, unit_price, Arrival::Latest, case);
    let free = by_mip(scene, plan.objective, unit_price, Arrival::Free, case);
    let least = all.bound.unwrap_or_else(|| panic!("{case}: HiGHS says that there is none, but {plan:?}"));
    assert!(least <= plan.value, "{case}: {least} at least, but {plan:?}");
    for found in [&all, &free].into_iter().filter_map(|answer| answer.plan.as_ref()) {
        assert!(plan.bound <= found.value, "{case}: {plan:?} is said to be the best, but {found:?}");
    }
    free.plan.is_some_and(|found| found.value == least)
}

#[test]
fn the_planner_is_never_worse_in_tiny_scenes() {
    let mut same = [0; Objective::ALL.len()];
    for seed in 0..TINY {
        let (scene, unit_price, case) = (small(seed), seed % 7, format!("seed {seed}"));
        let answer = by_planner(&scene, unit_price, usize::MAX);
        for plan in &answer.plans {
            assert!(plan.is_optimal(), "{case}");
            same[usize::from(plan.objective.code())] += u64::from(lies_between(&scene, plan, unit_price, &case));
        }
        if answer.plans.is_empty() {
            for objective in Objective::ALL {
                let answer = by_mip(&scene, *objective, unit_price, Arrival::Free, &case);
                assert_eq!((answer.plan, answer.bound), (None, None), "{case}: {objective}");
            }
        }
    }
    assert!(same.iter().all(|same| *same > TINY / 4), "{same:?}");
}

#[test]
fn the_planner_is_never_worse_in_towns() {
    let (mut proved, mut same) = ([0; Objective::ALL.len()], [0; Objective::ALL.len()]);
    for seed in 0..TOWNS {
        let (Town { scene, .. }, unit_price, case) = (Town::new(seed), 100 * seed, format!("town {seed}"));
        for plan in by_planner(&scene, unit_price, QUESTIONS).plans {
            proved[usize::from(plan.objective.code())] += u64::from(plan.is_optimal());
            same[usize::from(plan.objective.code())] += u64::from(lies_between(&scene, &plan, unit_price, &case));
        }
    }
    println!("of {TOWNS} towns, by objective: proved by the planner {proved:?}, the same without delays {same:?}");
    assert!(proved.iter().all(|proved| *proved > 0) && proved.iter().sum::<u64>() > TOWNS, "{proved:?}");
    assert!(same.iter().all(|same| *same > 0), "{same:?}");
}

#[test]
fn plans_of_a_planner_that_was_stopped_are_improved() {
    let (mut better, mut bounds) = (0, 0);
    for seed in 0..TOWNS {
        let (Town { scene, .. }, unit_price) = (Town::new(seed), 100 * seed);
        let found = by_planner(&scene, unit_price, 3).plans;
        let mut improved = found.clone();
        Mip::default().improve(&scene, &mut improved, &mut || TOWN_TIME);
        assert_eq!(found.len(), improved.len());
        for (before, after) in found.iter().zip(&improved) {
            assert_eq!((before.objective, before.bound), (after.objective, after.bound), "town {seed}");
            assert!(after.value <= before.value && (!before.is_optimal() || after == before), "town {seed}: {before:?}, {after:?}");
            Verified::new(&scene, after.clone()).unwrap_or_else(|rejected| panic!("town {seed}: {rejected}"));
            better += usize::from(after.value < before.value);
            bounds += usize::from(!before.is_optimal());
        }
    }
    println!("of {bounds} plans that were not proved to be the best {better} are better");
    assert!(better > 0);
}

#[test]
fn gates_are_closed_as_early_by_both() {
    let (mut closed, mut not) = (0, 0);
    let scenes = (0..TINY).map(small).chain((0..TOWNS).map(|seed| Town::new(seed).scene));
    for (number, scene) in (0..).zip(scenes) {
        let rng = &mut SmallRng::seed_from_u64(number);
        let gates = (0..scene.junctions() as u32).choose_multiple(rng, 2 + number as usize % 11);
        let gates: Vec<(u32, u8)> = gates.into_iter().map(|gate| (gate, if rng.random_bool(0.2) { 2 } else { 1 })).collect();
        let ours = close_gates(&scene.goings, &scene.units, &gates, &mut || false);
        let theirs = close_gates_by_mip(&scene.goings, &scene.units, &gates, &mut || TOWN_TIME);
        assert_eq!(ours.as_ref().ok().map(|closing| (closing.bottleneck_ms, closing.total_ms)), theirs, "scene {number}: {gates:?}");
        *if matches!(ours, Err(GatesError::TooFew { .. })) { &mut not } else { &mut closed } += 1;
    }
    assert!(closed > 50 && not > 50, "{closed}, {not}");
}
