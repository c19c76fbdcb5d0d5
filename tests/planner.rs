//! The planner against every plan there is, on small random scenes; and against what must be true of any, on larger ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::sync::Arc;

use citygate::{
    cordon::{
        Answer, Ask, Entry, Fence, GatesError, Going, Guard, Impossible, Objective, Passed, Plan, Planner, Ring, Scene, Streets, Unit,
        close_gates,
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
        let mut last = Vec::new();
        while last != at {
            last.clone_from(&at);
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

fn check(scene: &Scene, times: &[Vec<Option<u32>>], plan: &Plan) {
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
        let (answer, best, times) = (plan(&scene, price), enumerate(&scene, price), unit_times(&scene));
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
                    check(&scene, &times, plan);
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

/// A town of blocks with avenues, some streets missing, and a few ways out to what is protected; units anywhere, he too.
fn town(rng: &mut SmallRng, side: u32, units: u32) -> Scene {
    let (blocks, ways_out) = (side * side, 2 + side / 3);
    let mut steps = Vec::new();
    for at in 0..blocks {
        for (is_there, to) in [(at % side + 1 < side, at + 1), (at + side < blocks, at + side)] {
            let is_avenue = if to == at + 1 { at / side % 4 == 1 } else { at % side % 4 == 1 };
            if is_there && (is_avenue || rng.random_bool(0.85)) {
                let ms = rng.random_range(4..20) * if is_avenue { 500 } else { 1_000 };
                steps.push((at, to, ms));
                if rng.random_bool(0.9) {
                    steps.push((to, at, ms));
                }
            }
        }
    }
    for out in 0..ways_out {
        let at = rng.random_range(0..side);
        let gate = [at, blocks - 1 - at, at * side, at * side + side - 1][rng.random_range(0..4)];
        steps.push((gate, blocks + out, 5_000));
    }
    let count = (blocks + ways_out) as usize;
    let streets = Streets::new(count, steps.into_iter());
    let begins_ms = rng.random_range(5_000..30_000);
    let unit = |rng: &mut SmallRng, who| Unit {
        who,
        going: 0,
        entries: [Some(Entry { point: rng.random_range(0..blocks), ms: begins_ms + rng.random_range(0..9_000) }), None],
    };
    Scene {
        suspect: Arc::new(streets.clone()),
        starts: vec![Entry { point: rng.random_range(0..blocks), ms: 0 }],
        protected: (0..count).map(|at| at >= blocks as usize).collect(),
        needs: (0..count).map(|at| if at >= blocks as usize { 0 } else { 1 + u8::from(rng.random_bool(0.1)) }).collect::<Vec<u8>>().into(),
        weights: (0..count).map(|_| rng.random_range(1..9)).collect::<Vec<u32>>().into(),
        goings: vec![Going { streets: Arc::new(streets), extra: Vec::new().into() }],
        units: (0..units).map(|who| unit(rng, who)).collect(),
        margin_ms: 1_000,
    }
}

/// Stops after so many questions.
fn for_questions(most: u32) -> impl FnMut() -> bool {
    let mut asked = 0;
    move || {
        asked += 1;
        asked > most
    }
}

#[test]
fn in_towns_what_must_be_true_of_any_plan_is() {
    let mut rng = SmallRng::seed_from_u64(21);
    let (mut planned, mut proved) = (0, 0);
    for round in 0..30 {
        let (side, units) = (rng.random_range(8..20), [12, 40, 200][round % 3]);
        let scene = town(&mut rng, side, units);
        let ask = Ask { objectives: Objective::ALL.to_vec(), unit_price: None };
        let mut told: Vec<Plan> = Vec::new();
        let answer = Planner::new().plan(&scene, &ask, &mut for_questions(40), &mut |plan| told.push(plan.clone()));
        match Planner::new().fence(&scene, &mut forever()).unwrap() {
            Fence::Escape(way) => {
                assert_eq!(answer.impossible, Some(Impossible::Escape(way.clone())));
                drives(&scene, &way, true);
                continue;
            }
            Fence::Walls(walls) => {
                for plan in &answer.plans {
                    // Nothing encloses less than the innermost ring, and everything that is told holds.
                    let inner = walked(&scene, &walls.iter().flat_map(|(at, _)| vec![(*at, 0); scene.need(*at)]).collect::<Vec<_>>());
                    assert!(inner.enclosed.len() <= plan.enclosed);
                }
            }
        }
        let times = unit_times(&scene);
        for plan in told.iter().chain(&answer.plans) {
            check(&scene, &times, plan);
            assert!(plan.bound <= plan.value);
        }
        for objective in Objective::ALL {
            // Each plan told is better than those before, and the last is the answer.
            let values: Vec<u64> = told.iter().filter(|plan| plan.objective == *objective).map(|plan| plan.value).collect();
            assert!(values.windows(2).all(|pair| pair[1] < pair[0]));
            let last = answer.plans.iter().find(|plan| plan.objective == *objective);
            assert_eq!(values.last().copied(), last.map(|plan| plan.value));
        }
        let Some(fewest) = answer.plans.iter().find(|plan| plan.objective == Objective::Fewest) else { continue };
        planned += 1;
        assert!(answer.plans.iter().all(|plan| plan.guards.len() as u64 >= fewest.bound));
        assert!(answer.routes.len() as u64 <= fewest.bound);
        ways_out_share_nothing(&scene, &answer.routes);
        if fewest.is_optimal() {
            proved += 1;
            for left_out in 0..fewest.guards.len() {
                let mut guards: Vec<(u32, u32)> = fewest.guards.iter().map(|guard| (guard.junction, guard.unit_ms)).collect();
                guards.remove(left_out);
                assert!(walked(&scene, &guards).escapes, "{round}: one guard of the fewest is too many");
            }
        }
    }
    assert!(planned > 8 && proved > 6, "{planned} {proved}");
}

/// The ways are ways, and share no junction that could ever be held more often than it takes units.
fn ways_out_share_nothing(scene: &Scene, ways: &[Vec<u32>]) {
    let mut passed = vec![0_usize; scene.junctions()];
    for way in ways {
        assert!(scene.starts.iter().any(|start| Some(&start.point) == way.first()));
        assert!(scene.protected[*way.last().unwrap() as usize]);
        for pair in way.windows(2) {
            assert!(scene.suspect.steps_out(pair[0]).iter().any(|step| step.point == pair[1]));
        }
        way.iter().for_each(|at| passed[*at as usize] += 1);
    }
    let Fence::Walls(walls) = Planner::new().fence(scene, &mut forever()).unwrap() else { panic!() };
    let inner = walked(scene, &walls.iter().flat_map(|(at, _)| vec![(*at, 0); scene.need(*at)]).collect::<Vec<_>>());
    for (at, count) in passed.into_iter().enumerate() {
        let can_hold = scene.needs[at] > 0 && !inner.enclosed.contains(&(at as u32));
        assert!(!can_hold || count <= scene.need(at as u32));
    }
}

#[test]
fn rings_lie_in_rings_and_share_nobody() {
    let mut rng = SmallRng::seed_from_u64(8);
    let mut nested = 0;
    for _ in 0..24 {
        let mut scene = town(&mut rng, 18, 300);
        scene.needs = scene.needs.iter().map(|need| *need.min(&1)).collect::<Vec<u8>>().into();
        let rings = [
            Ring { objective: Objective::Tightest, strength: 1 },
            Ring { objective: Objective::Balanced, strength: 2 },
            Ring { objective: Objective::Fewest, strength: 1 },
        ];
        let mut asked = [0; 3];
        let mut is_spent = |ring: usize| {
            asked[ring] += 1;
            asked[ring] > 20
        };
        let answers = Planner::new().rings(&scene, None, &rings, None, &mut is_spent, &mut |_, _| {});
        assert_eq!(answers.len(), 3);
        let plans: Vec<&Plan> = answers.iter().filter_map(|answer| answer.plans.first()).collect();
        let mut units: Vec<u32> = plans.iter().flat_map(|plan| &plan.guards).map(|guard| guard.unit).collect();
        let all = units.len();
        units.sort_unstable();
        units.dedup();
        assert_eq!(units.len(), all);
        let times = unit_times(&scene);
        for (answer, ring) in answers.iter().zip(rings) {
            let mut alone = scene.clone();
            alone.needs = scene.needs.iter().map(|need| need * ring.strength).collect::<Vec<u8>>().into();
            answer.plans.iter().for_each(|plan| check(&alone, &times, plan));
        }
        if plans.len() == 3 {
            nested += 1;
            let reach = |plan: &Plan| {
                let held: Vec<u32> = plan.guards.iter().map(|guard| guard.junction).collect();
                let mut all = scene.clone();
                all.needs = (0..scene.junctions() as u32).map(|at| u8::from(held.contains(&at))).collect::<Vec<u8>>().into();
                let mut once = held.clone();
                once.dedup();
                (walked(&all, &once.iter().map(|at| (*at, 0)).collect::<Vec<_>>()).enclosed, held)
            };
            for pair in plans.windows(2) {
                let ((inner, walls), (outer, around)) = (reach(pair[0]), reach(pair[1]));
                assert!(inner.iter().chain(&walls).all(|at| outer.contains(at) && !around.contains(at)));
            }
        }
    }
    assert!(nested > 3, "{nested}");
}

#[test]
fn odd_scenes_get_a_plain_answer() {
    let mut rng = SmallRng::seed_from_u64(3);
    let town = std::iter::repeat_with(|| town(&mut rng, 9, 60)).find(|town| !plan(town, 3).plans.is_empty()).unwrap();
    let with = |change: &dyn Fn(&mut Scene)| {
        let mut scene = town.clone();
        change(&mut scene);
        plan(&scene, 3)
    };
    // Nobody to stop, or nothing to protect: nobody is needed.
    for answer in [with(&|scene| scene.starts.clear()), with(&|scene| scene.protected.fill(false)), with(&|scene| scene.protected.clear())]
    {
        assert_eq!((answer.plans.len(), answer.impossible, answer.routes.len()), (4, None, 0));
        assert!(answer.plans.iter().all(Plan::is_optimal));
        for plan in answer.plans.iter().filter(|plan| matches!(plan.objective, Objective::Fewest | Objective::Fastest)) {
            assert_eq!((plan.guards.len(), plan.closed_ms, plan.value), (0, 0, 0));
        }
    }
    // He is there already, nobody is, nobody can hold anything, or everybody is too late.
    let start = town.starts[0].point;
    let escapes = [
        with(&|scene| scene.protected[start as usize] = true),
        with(&|scene| scene.units.clear()),
        with(&|scene| scene.goings.clear()),
        with(&|scene| scene.needs = Vec::new().into()),
        with(&|scene| scene.margin_ms = u32::MAX),
        with(&|scene| scene.units.iter_mut().for_each(|unit| unit.entries = [Some(Entry { point: start, ms: u32::MAX }), None])),
    ];
    for answer in escapes {
        let Some(Impossible::Escape(way)) = answer.impossible else { panic!("{answer:?}") };
        assert_eq!(way.first().map(|passed| passed.junction), Some(start));
        assert!(answer.plans.is_empty());
    }
    // Points that there are not are of nobody, and what weighs nothing is enclosed for nothing.
    let nowhere = Entry { point: 1_000_000, ms: 0 };
    assert_eq!(with(&|scene| scene.starts.push(nowhere)), with(&|_| {}));
    assert!(with(&|scene| scene.weights = Vec::new().into()).plans.iter().all(|plan| plan.enclosed_weight == 0));
    // Without time nothing is claimed; a planner is used again.
    let mut planner = Planner::new();
    let ask = Ask { objectives: Objective::ALL.to_vec(), unit_price: Some(3) };
    let holds = |scene: &Scene| matches!(Planner::new().fence(scene, &mut forever()), Some(Fence::Walls(_)));
    let larger = std::iter::repeat_with(|| self::town(&mut rng, 60, 1_500)).find(holds).unwrap();
    let answer = planner.plan(&larger, &ask, &mut || true, &mut |_| {});
    assert!(answer.plans.is_empty() && answer.impossible.is_none());
    assert_eq!(planner.plan(&town, &ask, &mut forever(), &mut |_| {}), with(&|_| {}));
    let none = planner.plan(&town, &Ask { objectives: Vec::new(), unit_price: None }, &mut forever(), &mut |_| {});
    assert_eq!((none.plans.len(), none.impossible), (0, None));
}
