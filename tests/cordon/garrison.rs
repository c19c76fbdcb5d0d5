//! Larger towns in which the best plan is known without a planner: everybody stands where he is needed and drives nowhere.

use citygate::cordon::{Ask, Objective, Plan, Planner, Scene, Verified};

use crate::{
    GARRISONS,
    brute::{Ready, truth},
    planner::routes_are_disjoint,
    town::Town,
};

/// The plan that is best at one thing, proved to be, and how many ways out no junction is shared by.
fn best(scene: &Scene, objective: Objective, case: &str) -> (Plan, usize) {
    let ask = Ask { objectives: vec![objective], unit_price: None };
    let answer = Planner::new().plan(scene, &ask, &mut || false, &mut |_| {});
    assert_eq!((answer.impossible.as_ref(), answer.plans.len()), (None, 1), "{case}: {objective}");
    routes_are_disjoint(scene, &answer.routes, case);
    let plan = answer.plans.into_iter().next().unwrap();
    assert!(plan.is_optimal() && Verified::new(scene, plan.clone()).is_ok(), "{case}: {plan:?}");
    (plan, answer.routes.len())
}

#[test]
fn the_fewest_units_are_as_many_as_there_are_ways_out() {
    let mut most = 0;
    for seed in 0..GARRISONS {
        // Who is ready before he is anywhere holds anything: the least cut, proved by as many ways that share no junction.
        let scene = Scene { margin_ms: 0, ..Town::garrisoned(seed, 0) };
        let (plan, routes) = best(&scene, Objective::Fewest, &format!("town {seed}"));
        assert_eq!(plan.value, routes as u64, "town {seed}");
        most = most.max(routes);
    }
    assert!(most >= 2, "{most}");
}

#[test]
fn the_tightest_plan_is_the_innermost_ring() {
    for seed in 0..GARRISONS {
        let scene = Town::garrisoned(seed, 60_000);
        let ready = Ready::new(&scene);
        let all: Vec<Option<u64>> = (0..scene.junctions() as u32).map(|at| ready.first_ms(&scene, at)).collect();
        let innermost = truth(&scene, &all);
        if innermost.holds {
            let (plan, _) = best(&scene, Objective::Tightest, &format!("town {seed}"));
            assert_eq!(plan.value, innermost.enclosed_weight, "town {seed}");
        }
    }
}

#[test]
fn the_fastest_plan_is_closed_when_those_who_are_ready_by_then_hold() {
    for seed in 0..GARRISONS {
        let scene = Town::garrisoned(seed, 200_000);
        let ready = Ready::new(&scene);
        let first = |at: u32| ready.first_ms(&scene, at);
        let holds_by = |most_ms: u64| {
            let held: Vec<Option<u64>> = (0..scene.junctions() as u32).map(|at| first(at).filter(|ms| *ms <= most_ms)).collect();
            truth(&scene, &held).holds
        };
        let mut times: Vec<u64> = (0..scene.junctions() as u32).filter_map(first).collect();
        times.sort_unstable();
        // Later, more is held: the first time at which it holds.
        let first_that_holds = times.partition_point(|ms| !holds_by(*ms));
        if let Some(closed_ms) = times.get(first_that_holds) {
            let (plan, _) = best(&scene, Objective::Fastest, &format!("town {seed}"));
            assert_eq!(plan.value, *closed_ms, "town {seed}");
        }
    }
}
