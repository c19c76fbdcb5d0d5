#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::*;
use crate::cordon::{Entry, Going, Objective, Plan, Streets, Unit};

/// He is at 1; 0 and 4 are protected: 0 - 1 - 2 - 3 - 4, 10 ms a step for everybody. A unit stands at each junction and moves off at 5.
fn row() -> Scene {
    let both = (0..4).flat_map(|n| [(n, n + 1, 10), (n + 1, n, 10)]);
    let streets = Arc::new(Streets::new(5, both));
    let unit = |who| Unit { who, going: 0, entries: [Some(Entry { point: who, ms: 5 }), None] };
    Scene {
        suspect: streets.clone(),
        starts: vec![Entry { point: 1, ms: 0 }],
        protected: vec![true, false, false, false, true],
        needs: [1, 1, 1, 2, 1].into(),
        weights: [1, 10, 100, 1_000, 10_000].into(),
        goings: vec![Going { streets, extra: [].into() }],
        units: (0..5).map(unit).collect(),
        margin_ms: 5,
    }
}

fn guard(junction: u32, unit: u32, unit_ms: u32, suspect_ms: Option<u32>) -> Guard {
    Guard { junction, unit, unit_ms, suspect_ms }
}

#[test]
fn what_holds_holds_and_says_by_how_much() {
    let (scene, guards) = (row(), [guard(0, 0, 5, Some(10)), guard(2, 2, 5, Some(10))]);
    let verdict = verify(&scene, &guards);
    let gate = |junction| Gate { junction, held_ms: 5, suspect_ms: Some(10), slack_ms: Some(5) };
    let right = Verdict {
        holds: true,
        leaks: vec![],
        closed_ms: 5,
        enclosed: vec![1],
        enclosed_weight: 10,
        gates: vec![gate(0), gate(2)],
        faults: vec![],
    };
    assert_eq!(verdict, right);
    // He comes at 10 to what is held from 5 on, with 5 wanted: there is nothing to spare.
    let tolerance = tolerance(&scene, &guards);
    assert_eq!((tolerance.extra_margin_ms, tolerance.speed_up_percent), (Some(0), Some(0)));
    let ways = |leaks: &[Vec<Passed>]| {
        leaks.iter().map(|way| way.iter().map(|at| (at.junction, at.suspect_ms)).collect()).collect::<Vec<Vec<_>>>()
    };
    assert_eq!(ways(&tolerance.faster), [vec![(1, 0), (0, 9)], vec![(1, 0), (2, 9), (3, 18), (4, 27)]]);
    assert_eq!(ways(&tolerance.later), [vec![(1, 0), (0, 10)], vec![(1, 0), (2, 10), (3, 20), (4, 30)]]);
}

#[test]
fn a_guard_who_only_holds_him_up_counts() {
    let mut scene = row();
    // A detour from 1 to 3 that takes 50, so that 3 can be held in time when 2 is.
    let both = (0..4).flat_map(|n| [(n, n + 1, 10), (n + 1, n, 10)]);
    scene.suspect = Arc::new(Streets::new(5, both.chain([(1, 3, 50)])));
    let guards = [guard(0, 0, 5, Some(10)), guard(2, 2, 5, Some(10)), guard(3, 3, 5, Some(50)), guard(3, 4, 15, Some(50))];
    let verdict = verify(&scene, &guards);
    assert!(verdict.holds && verdict.faults.is_empty(), "{verdict:?}");
    assert_eq!(verdict.gates[2], Gate { junction: 3, held_ms: 15, suspect_ms: Some(50), slack_ms: Some(35) });
    let alone = verify(&scene, &[guards[0], guards[2], guards[3]]);
    // At 20 he would come just when he is stopped.
    assert_eq!((alone.holds, alone.gates[1].slack_ms), (true, Some(5)));
    scene.margin_ms = 6;
    assert!(!verify(&scene, &[guards[0], guards[2], guards[3]]).holds);
}

#[test]
fn each_fault_is_named_and_counts_against_the_plan() {
    let scene = row();
    let faults = |guards: &[Guard]| verify(&scene, guards).faults;
    assert_eq!(faults(&[guard(9, 0, 5, None)]), [Fault::NoJunction { junction: 9 }]);
    assert_eq!(faults(&[guard(0, 9, 5, None)]), [Fault::NoUnit { unit: 9 }]);
    assert_eq!(faults(&[guard(0, 0, 5, None), guard(1, 0, 15, None)]), [Fault::Twice { unit: 0 }]);
    assert_eq!(faults(&[guard(3, 3, 5, None)]), [Fault::TooFew { junction: 3, given: 1, need: 2 }]);
    let early = Fault::TooEarly { junction: 0, unit: 1, claimed_ms: 14, ready_ms: Some(15) };
    assert_eq!(faults(&[guard(0, 1, 14, None)]), [early]);
    let mut scene = row();
    scene.needs = [0; 5].into();
    scene.starts.clear();
    let verdict = verify(&scene, &[guard(0, 0, 5, None)]);
    assert_eq!((verdict.holds, verdict.faults), (false, vec![Fault::Nowhere, Fault::Unholdable { junction: 0 }]));
    let tolerance = tolerance(&scene, &[]);
    assert_eq!((tolerance.extra_margin_ms, tolerance.speed_up_percent), (None, None));
}

#[test]
fn a_start_may_be_held_and_what_is_protected_too() {
    let mut scene = row();
    scene.starts = vec![Entry { point: 1, ms: 10 }];
    assert!(verify(&scene, &[guard(1, 1, 5, None)]).holds);
    scene.starts = vec![Entry { point: 0, ms: 10 }];
    assert!(verify(&scene, &[guard(0, 0, 5, None)]).holds);
    assert!(!verify(&scene, &[guard(0, 1, 15, None)]).holds);
}

#[test]
fn a_plan_passes_only_with_figures_that_are_so() {
    let scene = row();
    let plan = Plan {
        objective: Objective::Fewest,
        guards: vec![guard(0, 0, 5, Some(10)), guard(2, 2, 5, Some(10))],
        closed_ms: 5,
        enclosed: 1,
        enclosed_weight: 10,
        value: 2,
        bound: 2,
    };
    let verified = Verified::new(&scene, plan.clone()).unwrap();
    assert_eq!((verified.plan(), verified.verdict().closed_ms), (&plan, 5));
    type Change = fn(&mut Plan);
    let wrong: [(&str, Change); 6] = [
        ("closed_ms", |plan| plan.closed_ms = 4),
        ("enclosed", |plan| plan.enclosed = 2),
        ("enclosed_weight", |plan| plan.enclosed_weight = 9),
        ("value", |plan| plan.value = 3),
        ("bound", |plan| plan.bound = 3),
        ("suspect_ms", |plan| plan.guards[0].suspect_ms = None),
    ];
    for (figure, change) in wrong {
        let mut plan = plan.clone();
        change(&mut plan);
        let rejected = Verified::new(&scene, plan).unwrap_err();
        assert!(matches!(rejected.verdict.faults[..], [Fault::Misstated { what, .. }] if what == figure), "{rejected}");
    }
    let leaking =
        Verified::new(&scene, Plan { guards: vec![plan.guards[0]], value: 1, bound: 1, enclosed: 3, enclosed_weight: 1_110, ..plan });
    let rejected = leaking.unwrap_err();
    assert_eq!((rejected.verdict.leaks.len(), rejected.to_string()), (1, "the plan is refused: it leaks".to_owned()));
}

#[test]
fn an_escape_is_one_only_before_everybody() {
    let mut scene = row();
    let passed = |junction, suspect_ms, first_unit_ms| Passed { junction, suspect_ms, first_unit_ms };
    // With a margin of 6 he is at 0 at 10, before 5 + 6.
    let way = [passed(1, 0, Some(5)), passed(0, 10, Some(5))];
    assert!(!is_escape(&scene, &way));
    scene.margin_ms = 6;
    assert!(is_escape(&scene, &way));
    assert!(!is_escape(&scene, &way[..1]) && !is_escape(&scene, &way[1..]) && !is_escape(&scene, &[]));
    assert!(!is_escape(&scene, &[way[0], passed(0, 9, Some(5))]));
    assert!(!is_escape(&scene, &[way[0], passed(0, 10, None)]));
    // Two units hold 3: the second is there at 15.
    let mut approach = Approach::new(&scene);
    assert_eq!((approach.held_ms(3), approach.held_ms(2), approach.held_ms(9)), (Some(15), Some(5), None));
    assert_eq!((ready_ms(&scene, 4, 0), ready_ms(&scene, 9, 0)), (Some(45), None));
}

#[test]
fn no_more_ways_out_are_shown_than_the_limit() {
    let mut scene = row();
    let outside = LEAKS_MAX as u32 + 3;
    scene.suspect = Arc::new(Streets::new(outside as usize + 1, (1..=outside).map(|n| (0, n, n))));
    scene.starts = vec![Entry { point: 0, ms: 0 }];
    scene.protected = (0..=outside).map(|n| n > 0).collect();
    let leaks = verify(&scene, &[]).leaks;
    assert_eq!(leaks.iter().map(|way| way[1].junction).collect::<Vec<_>>(), (1..=LEAKS_MAX as u32).collect::<Vec<_>>());
}
