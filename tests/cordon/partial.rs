//! Where no plan holds: what the planner closes all the same, against every way to send somebody.

use std::cmp::Reverse;

use citygate::cordon::{Answer, Ask, Guard, Objective, Planner, Scene, verify};

use crate::{
    PLANNED, TOWNS_PLANNED,
    adversary::gets_out,
    brute::{Ready, comes, held, stops},
    every_plan::every_plan,
    small::small,
    town::Town,
};

/// Past some guards: to how many protected junctions he comes, and when to the first. Less is better.
fn losses(scene: &Scene, guards: &[Guard]) -> (usize, Reverse<Option<u64>>) {
    let held = held(scene, guards);
    let comes = comes(scene, &held);
    let out = (0..scene.junctions() as u32).filter(|at| scene.is_protected(*at)).filter_map(|at| Some((at, comes[at as usize]?)));
    let times: Vec<u64> = out.filter(|(at, ms)| !stops(scene, held[*at as usize], *ms)).map(|(_, ms)| ms).collect();
    (times.len(), Reverse(times.iter().min().copied()))
}

fn plan(scene: &Scene, questions: usize) -> Answer {
    let mut asked = 0;
    let mut budget = || {
        asked += 1;
        asked > questions
    };
    let ask = Ask { objectives: Objective::ALL.to_vec(), unit_price: None };
    Planner::new().plan(scene, &ask, &mut budget, &mut |_| {})
}

/// What the guards of an answer leave to him, when it has some: each can do what it is to do, the ways out are the verifier's, and it is better than
/// to send nobody.
fn left(scene: &Scene, answer: &Answer, case: &str) -> Option<(usize, Reverse<Option<u64>>)> {
    assert!(answer.partial.is_none() || answer.impossible.is_some(), "{case}");
    let partial = answer.partial.as_ref()?;
    let (guards, verdict) = (partial.guards(), verify(scene, partial.guards()));
    assert!(guards.is_sorted() && !verdict.holds && verdict.faults.is_empty(), "{case}: {guards:?} {:?}", verdict.faults);
    for gate in &verdict.gates {
        assert!(gate.slack_ms.unwrap() >= i64::from(scene.margin_ms), "{case}: {gate:?} does not stop him");
    }
    assert_eq!(partial.verdict(), &verdict, "{case}");
    let held = held(scene, guards);
    assert!(partial.verdict().leaks.iter().all(|way| gets_out(scene, &held, way)), "{case}: {:?}", partial.verdict().leaks);
    let losses = losses(scene, guards);
    assert_eq!(partial.verdict().leaks[0].last().map(|passed| u64::from(passed.suspect_ms)), losses.1.0, "{case}");
    assert!(losses < self::losses(scene, &[]), "{case}: {guards:?} are of no use");
    Some(losses)
}

#[test]
fn what_can_be_closed_is_where_no_plan_holds() {
    let (mut partial, mut fewest, mut best, mut missed) = (0, 0, 0, 0);
    for seed in 0..PLANNED {
        let (scene, case) = (small(seed), format!("seed {seed}"));
        let answer = plan(&scene, usize::MAX);
        if answer.impossible.is_none() {
            assert_eq!(answer.partial, None, "{case}");
            continue;
        }
        let of_nobody = losses(&scene, &[]);
        let mut least = of_nobody;
        every_plan(&scene, &Ready::new(&scene), |guards| least = least.min(losses(&scene, guards)));
        match left(&scene, &answer, &case) {
            Some(left) => {
                assert!(least <= left, "{case}");
                partial += 1;
                fewest += usize::from(least.0 == left.0);
                best += usize::from(least == left);
            }
            None => missed += usize::from(least < of_nobody),
        }
    }
    // It is a search without proof: nearly always the best, and nearly never nothing where something could be had.
    let counts = format!("{partial} {fewest} {best} {missed}");
    assert!(partial > 100 && fewest * 100 > partial * 95 && best * 100 > partial * 80 && missed * 50 < partial, "{counts}");
}

#[test]
fn in_towns_too_what_can_be_closed_is() {
    let mut partial = 0;
    for seed in 0..TOWNS_PLANNED {
        let (Town { mut scene, laid }, case) = (Town::new(seed), format!("town {seed}"));
        // Half of those whom it takes are there, and nobody else.
        let units = laid.iter().map(|guard| scene.units[guard.unit as usize]).take(laid.len().div_ceil(2));
        scene.units = units.collect();
        partial += usize::from(left(&scene, &plan(&scene, 200), &case).is_some());
    }
    assert!(partial > 4, "{partial}");
}
