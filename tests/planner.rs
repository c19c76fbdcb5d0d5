//! The planner against every plan there is, on small random scenes; and against what must be true of any, on larger ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::sync::Arc;

use citygate::{
    cordon::{
        Answer, Ask, Entry, GatesError, Going, Guard, Impossible, Objective, Passed, Plan, Planner, Scene, Streets, Unit, close_gates,
    },
    roads::JunctionNo,
};
use rand::{Rng, SeedableRng, rngs::SmallRng};

fn forever() -> impl FnMut() -> bool {
    || false
}

fn plan(scene: &Scene, price: u64) -> Answer {
    let ask = Ask { objectives: Objective::ALL.to_vec(), unit_price: Some(price) };
    Planner::new().plan(scene, &ask, &mut forever(), &mut |_| {})
}

/// All that the walk of a suspect shows, searched the simplest way.
struct Walked {
    enclosed: Vec<JunctionNo>,
    escapes: bool,
    at_ms: Vec<Option<u32>>,
}

fn walked(scene: &Scene, guards: &[(JunctionNo, u32)]) -> Walked {
    let count = scene.junctions();
    let due = |junction: usize| -> Option<u32> {
        let times: Vec<u32> = guards.iter().filter(|(at, _)| *at as usize == junction).map(|(_, ms)| *ms).collect();
        (scene.need(junction as u32) > 0 && times.len() == scene.need(junction as u32))
            .then(|| times.iter().max().unwrap() + scene.margin_ms)
    };
    let mut at_ms: Vec<Option<u32>> = vec![None; count];
    for start in &scene.starts {
        let slot = &mut at_ms[start.point as usize];
        *slot = Some(slot.map_or(start.ms, |ms| ms.min(start.ms)));
    }
    let mut done = vec![false; count];
    let (mut enclosed, mut escapes) = (Vec::new(), false);
    while let Some(next) = (0..count).filter(|at| !done[*at] && at_ms[*at].is_some()).min_by_key(|at| at_ms[*at]) {
        done[next] = true;
        let ms = at_ms[next].unwrap();
        if due(next).is_some_and(|due| due <= ms) {
            continue;
        }
        enclosed.push(next as u32);
        if scene.protected[next] {
            escapes = true;
            continue;
        }
        for step in scene.suspect.steps_out(next as u32) {
            let slot = &mut at_ms[step.point as usize];
            *slot = Some(slot.map_or(ms + step.ms, |known| known.min(ms + step.ms)));
        }
    }
    Walked { enclosed, escapes, at_ms }
}

/// By unit and junction: when the unit is ready there.
fn unit_times(scene: &Scene) -> Vec<Vec<Option<u32>>> {
    let times = scene.units.iter().map(|unit| {
        let going = &scene.goings[usize::from(unit.going)];
        let mut at = vec![u32::MAX; going.streets.len()];
        for entry in unit.entries.iter().flatten() {
            at[entry.point as usize] = at[entry.point as usize].min(entry.ms);
        }
        for _ in 0..at.len() {
            for point in 0..at.len() {
                for step in going.streets.steps_out(point as u32) {
                    at[step.point as usize] = at[step.point as usize].min(at[point].saturating_add(step.ms));
                }
            }
        }
        let mut by_junction = vec![None; scene.junctions()];
        for (point, ms) in at.into_iter().enumerate().filter(|(_, ms)| *ms < u32::MAX) {
            let slot: &mut Option<u32> = &mut by_junction[going.junction(point as u32).unwrap() as usize];
            *slot = Some(slot.map_or(ms, |known: u32| known.min(ms)));
        }
        by_junction
    });
    times.collect()
}

/// The least value of each objective over all plans, in the order of the objectives.
fn enumerate(scene: &Scene, price: u64) -> Option<[u64; 4]> {
    let times = unit_times(scene);
    let mut best: Option<[u64; 4]> = None;
    let mut posts: Vec<Option<u32>> = vec![None; scene.units.len()];
    loop {
        let guards: Option<Vec<(u32, u32)>> =
            posts.iter().enumerate().filter_map(|(unit, post)| post.map(|post| times[unit][post as usize].map(|ms| (post, ms)))).collect();
        if let Some(guards) = guards {
            let all = walked(scene, &guards);
            if !all.escapes {
                let weight = all.enclosed.iter().map(|at| u64::from(scene.weights[*at as usize])).sum::<u64>();
                let closed = guards.iter().map(|(_, ms)| u64::from(*ms)).max().unwrap_or_default();
                let values = [closed, weight, guards.len() as u64, weight + price * guards.len() as u64];
                best = Some(best.map_or(values, |best| std::array::from_fn(|n| best[n].min(values[n]))));
            }
        }
        let Some(next) = posts.iter().position(|post| *post != Some(scene.junctions() as u32 - 1)) else { return best };
        posts[..next].fill(None);
        posts[next] = Some(posts[next].map_or(0, |post| post + 1));
    }
}

fn check(scene: &Scene, plan: &Plan) {
    let times = unit_times(scene);
    let guards: Vec<(u32, u32)> = plan.guards.iter().map(|guard| (guard.junction, guard.unit_ms)).collect();
    for Guard { junction, unit, unit_ms, .. } in &plan.guards {
        assert_eq!(times[*unit as usize][*junction as usize], Some(*unit_ms));
    }
    let mut units: Vec<u32> = plan.guards.iter().map(|guard| guard.unit).collect();
    units.sort_unstable();
    units.dedup();
    assert_eq!(units.len(), plan.guards.len());
    let all = walked(scene, &guards);
    assert!(!all.escapes, "{plan:?}");
    assert_eq!(plan.enclosed, all.enclosed.len());
    assert_eq!(plan.enclosed_weight, all.enclosed.iter().map(|at| u64::from(scene.weights[*at as usize])).sum::<u64>());
    assert_eq!(plan.closed_ms, guards.iter().map(|(_, ms)| *ms).max().unwrap_or_default());
    assert!(plan.guards.is_sorted());
    for guard in &plan.guards {
        // What is held stops him, and he comes no earlier than it says.
        assert!(guard.suspect_ms.unwrap() >= guard.unit_ms + scene.margin_ms);
        assert!(guard.suspect_ms <= all.at_ms[guard.junction as usize]);
    }
}

/// A small scene with all that may be: ties, steps of no time, one-ways, starts on an edge and several, junctions that cannot be held or take
/// two, units on edges and of several ways of going, and nodes beside junctions.
fn small(rng: &mut SmallRng) -> Scene {
    let count = rng.random_range(2..=7_u32);
    let most_ms = [2, 6, 30][rng.random_range(0..3)];
    let steps = |rng: &mut SmallRng, points: u32| -> Vec<(u32, u32, u32)> {
        let mut steps = Vec::new();
        for _ in 0..rng.random_range(points..=3 * points) {
            let (a, b, ms) = (rng.random_range(0..points), rng.random_range(0..points), rng.random_range(0..=most_ms));
            steps.push((a, b, ms));
            if rng.random_bool(0.7) {
                steps.push((b, a, ms));
            }
        }
        steps
    };
    let suspect = Streets::new(count as usize, steps(rng, count).into_iter());
    let goings: Vec<Going> = (0..rng.random_range(1..=2))
        .map(|_| {
            let extra: Vec<u32> = (0..rng.random_range(0..=2)).map(|_| rng.random_range(0..count)).collect();
            let points = count + extra.len() as u32;
            Going { streets: Arc::new(Streets::new(points as usize, steps(rng, points).into_iter())), extra: extra.into() }
        })
        .collect();
    let units = (0..rng.random_range(0..=4))
        .map(|who| {
            let going = rng.random_range(0..goings.len());
            let points = goings[going].streets.len() as u32;
            let entry = |rng: &mut SmallRng| Entry { point: rng.random_range(0..points), ms: rng.random_range(0..=most_ms) };
            let second = rng.random_bool(0.4).then(|| entry(rng));
            Unit { who, going: going as u8, entries: [Some(entry(rng)), second] }
        })
        .collect();
    let late = rng.random_range(0..=2 * most_ms);
    let starts = (0..rng.random_range(1..=3))
        .map(|_| Entry { point: rng.random_range(0..count), ms: rng.random_range(0..=most_ms) + late })
        .collect();
    let some_two = rng.random_bool(0.4);
    Scene {
        suspect: Arc::new(suspect),
        starts,
        protected: (0..count).map(|_| rng.random_bool(0.25)).collect(),
        needs: (0..count)
            .map(|_| {
                if rng.random_bool(0.15) {
                    0
                } else if some_two && rng.random_bool(0.4) {
                    2
                } else {
                    1
                }
            })
            .collect::<Vec<u8>>()
            .into(),
        weights: (0..count).map(|_| rng.random_range(0..=9)).collect::<Vec<u32>>().into(),
        goings,
        units,
        margin_ms: rng.random_range(0..=3),
    }
}

#[test]
fn small_scenes_are_planned_as_well_as_they_can_be() {
    let mut rng = SmallRng::seed_from_u64(11);
    let (mut planned, mut escapes, mut too_few) = (0, 0, 0);
    for round in 0..3_000 {
        let scene = small(&mut rng);
        let price = rng.random_range(0..=12);
        let (answer, best) = (plan(&scene, price), enumerate(&scene, price));
        match best {
            None => match answer.impossible {
                Some(Impossible::Escape(way)) => {
                    escapes += 1;
                    drives(&scene, &way, true);
                }
                Some(Impossible::TooFew(way)) => {
                    too_few += 1;
                    drives(&scene, &way, false);
                }
                None => panic!("{round}: {scene:?} {answer:?}"),
            },
            Some(best) => {
                planned += 1;
                assert_eq!(answer.impossible, None, "{round}: {scene:?}");
                assert_eq!(answer.plans.len(), 4, "{round}: {scene:?} {answer:?}");
                for ((plan, objective), value) in answer.plans.iter().zip(Objective::ALL).zip(best) {
                    assert_eq!((plan.objective, plan.value, plan.bound), (*objective, value, value), "{round}: {scene:?} {answer:?}");
                    check(&scene, plan);
                }
                assert!(answer.routes.len() as u64 <= best[2]);
            }
        }
    }
    assert!(planned > 500 && escapes > 100 && too_few > 20, "{planned} {escapes} {too_few}");
}

/// A way out is one: step by step, in time, and at each junction before the first that could be there.
fn drives(scene: &Scene, way: &[Passed], before_all: bool) {
    let first = way.first().unwrap();
    assert!(scene.starts.iter().any(|start| start.point == first.junction && start.ms <= first.suspect_ms));
    assert!(scene.protected[way.last().unwrap().junction as usize]);
    for pair in way.windows(2) {
        let takes = pair[1].suspect_ms - pair[0].suspect_ms;
        let steps = scene.suspect.steps_out(pair[0].junction);
        assert!(steps.iter().any(|step| step.point == pair[1].junction && step.ms <= takes));
    }
    if before_all {
        let times = unit_times(scene);
        for passed in way {
            let mut ready: Vec<u32> = times.iter().filter_map(|times| times[passed.junction as usize]).collect();
            ready.sort_unstable();
            let first = scene.need(passed.junction).checked_sub(1).and_then(|need| ready.get(need).copied());
            assert_eq!(passed.first_unit_ms, first);
            assert!(first.is_none_or(|ms| ms + scene.margin_ms > passed.suspect_ms));
        }
    }
}

/// Every way to give the gates their units: the least last time, and the least sum with it.
fn enumerate_gates(times: &[Vec<Option<u32>>], places: &[u32], taken: &mut Vec<usize>, best: &mut Option<(u32, u64)>) {
    let Some(gate) = places.get(taken.len()) else {
        let ms = taken.iter().zip(places).map(|(unit, gate)| times[*unit][*gate as usize].unwrap());
        let value = (ms.clone().max().unwrap_or_default(), ms.map(u64::from).sum());
        *best = Some(best.map_or(value, |best| best.min(value)));
        return;
    };
    for unit in 0..times.len() {
        if !taken.contains(&unit) && times[unit][*gate as usize].is_some() {
            taken.push(unit);
            enumerate_gates(times, places, taken, best);
            taken.pop();
        }
    }
}

#[test]
fn gates_are_closed_as_early_as_can_be_and_then_with_the_least_sum() {
    let mut rng = SmallRng::seed_from_u64(5);
    let (mut closed, mut too_few) = (0, 0);
    for round in 0..3_000 {
        let scene = small(&mut rng);
        let count = scene.junctions() as u32;
        let mut gates: Vec<(u32, u8)> = Vec::new();
        for gate in 0..count {
            if rng.random_bool(0.4) {
                gates.push((gate, if rng.random_bool(0.2) { 2 } else { 1 }));
            }
        }
        let times = unit_times(&scene);
        let places: Vec<u32> = gates.iter().flat_map(|(gate, need)| vec![*gate; usize::from(*need)]).collect();
        let mut best = None;
        enumerate_gates(&times, &places, &mut Vec::new(), &mut best);
        match close_gates(&scene.goings, &scene.units, &gates, &mut forever()) {
            Ok(closing) => {
                closed += 1;
                assert_eq!(Some((closing.bottleneck_ms, closing.total_ms)), best, "{round}: {scene:?} {gates:?}");
                assert!(closing.optimal);
                let mut units: Vec<u32> = closing.guards.iter().map(|guard| guard.unit).collect();
                units.sort_unstable();
                units.dedup();
                assert_eq!(units.len(), places.len());
                let mut held: Vec<u32> = closing.guards.iter().map(|guard| guard.junction).collect();
                held.sort_unstable();
                assert_eq!(held, places);
                for guard in closing.guards {
                    assert_eq!(times[guard.unit as usize][guard.junction as usize], Some(guard.unit_ms));
                }
            }
            Err(GatesError::TooFew { gates: few, needed, units }) => {
                too_few += 1;
                assert_eq!(best, None);
                // The gates named are too many for all who can reach them.
                let reach = times.iter().filter(|times| few.iter().any(|gate| times[*gate as usize].is_some())).count();
                let take: usize = gates.iter().filter(|(gate, _)| few.contains(gate)).map(|(_, need)| usize::from(*need)).sum();
                assert_eq!((units, needed), (reach, take));
                assert!(units < needed);
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(closed > 500 && too_few > 300, "{closed} {too_few}");
}
