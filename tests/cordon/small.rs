//! Tiny scenes: ties, steps of no time, one-ways, starts between junctions, banned turns, junctions that cannot be held or take two.

use std::sync::Arc;

use citygate::cordon::{Entry, Going, PointNo, Scene, Streets, Unit};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

/// The most junctions of a tiny scene.
const JUNCTIONS_MAX: u32 = 9;
const UNITS_MAX: usize = 4;

type Steps = Vec<(PointNo, PointNo, u32)>;

/// Steps between near numbers, so that there is an inside and an outside; some one-way, some twice, many of no time.
fn steps(rng: &mut SmallRng, junctions: u32) -> Steps {
    let (mut steps, density) = (Vec::new(), rng.random_range(0.15..0.5));
    for from in 0..junctions {
        for to in 0..from {
            let chance = if from - to <= 2 { density } else { density / 8.0 };
            for (from, to) in [(from, to), (to, from)] {
                if rng.random_bool(chance) {
                    steps.push((from, to, *[0, 0, 1, 1, 2, 3, 5].choose(rng).unwrap()));
                }
            }
            if rng.random_bool(chance) {
                let ms = rng.random_range(0..4);
                steps.extend([(from, to, ms), (to, from, ms)]);
            }
        }
    }
    steps
}

/// How units go: mostly as the suspect does, sometimes along steps of their own. Some steps lead to a point of their own at their junction,
/// from which only some of the others lead on.
fn going(rng: &mut SmallRng, junctions: u32, his: &Steps) -> Going {
    let mut all = if rng.random_bool(0.5) { his.clone() } else { steps(rng, junctions) };
    let plain = all.clone();
    let mut extra = Vec::new();
    for _ in 0..rng.random_range(0..3) {
        let Some(through) = (0..all.len()).collect::<Vec<_>>().choose(rng).copied() else { break };
        let point = junctions + extra.len() as u32;
        let (_, junction, _) = all[through];
        if junction >= junctions {
            continue;
        }
        extra.push(junction);
        all[through].1 = point;
        let on: Vec<_> = plain.iter().filter(|(from, ..)| *from == junction && rng.random_bool(0.5)).collect();
        all.extend(on.into_iter().map(|(_, to, ms)| (point, *to, *ms)));
    }
    let streets = Streets::new(junctions as usize + extra.len(), all.into_iter());
    Going { streets: streets.into(), extra: extra.into() }
}

fn starts(rng: &mut SmallRng, junctions: u32, his: &Steps) -> Vec<Entry> {
    let anywhere = |rng: &mut SmallRng| rng.random_range(0..junctions);
    match (rng.random_range(0..4), his.choose(rng).copied()) {
        // On a step that leads both ways.
        (0 | 1, Some((from, to, ms))) => {
            let along = rng.random_range(0..=ms);
            vec![Entry { point: from, ms: along }, Entry { point: to, ms: ms - along }]
        }
        // Seen at two places, or twice at one.
        (2, _) => (0..2).map(|_| Entry { point: anywhere(rng), ms: rng.random_range(0..4) }).collect(),
        _ => vec![Entry { point: anywhere(rng), ms: *[0, 0, 3].choose(rng).unwrap() }],
    }
}

pub(crate) fn small(seed: u64) -> Scene {
    let rng = &mut SmallRng::seed_from_u64(seed);
    let junctions = rng.random_range(2..=JUNCTIONS_MAX);
    let his = steps(rng, junctions);
    let goings: Vec<Going> = (0..rng.random_range(1..3)).map(|_| going(rng, junctions, &his)).collect();
    let mut starts = starts(rng, junctions, &his);
    // Seen later than the clock begins: the units have time to be somewhere, and are few for what they could hold.
    let are_few = rng.random_bool(0.3);
    let late_ms = if are_few { 9 } else { *[0, 0, 2, 5].choose(rng).unwrap() };
    starts.iter_mut().for_each(|start| start.ms += late_ms);
    let most = if are_few { UNITS_MAX / 2 } else { UNITS_MAX };
    let count = rng.random_range(0..=most).max(rng.random_range(0..=most)) as u32;
    let units = (0..count).map(|who| {
        let going = rng.random_range(0..goings.len());
        let points = goings[going].streets.len() as u32;
        let mut entry = |chance: f64| {
            let found = Entry { point: rng.random_range(0..points), ms: *[0, 0, 1, 2, 4, 8].choose(rng).unwrap() };
            rng.random_bool(chance).then_some(found)
        };
        Unit { who: who + 100, going: going as u8, entries: [entry(0.95), entry(0.4)] }
    });
    let units = units.collect();
    // What is protected is mostly far from the start, but may be the start itself.
    let mut protected = vec![false; junctions as usize];
    for _ in 0..rng.random_range(1..=if are_few { 4 } else { 2 }) {
        let far = (0..3).map(|_| rng.random_range(0..junctions)).max_by_key(|at| at.abs_diff(starts[0].point));
        protected[far.unwrap() as usize] = true;
    }
    let needs: Vec<u8> = (0..junctions).map(|_| *[0, 1, 1, 1, 1, 1, 2].choose(rng).unwrap()).collect();
    let weights: Vec<u32> = (0..junctions).map(|_| rng.random_range(0..4)).collect();
    Scene {
        suspect: Arc::new(Streets::new(junctions as usize, his.into_iter())),
        starts,
        protected,
        needs: needs.into(),
        weights: weights.into(),
        goings,
        units,
        margin_ms: *[0, 0, 1, 3].choose(rng).unwrap(),
    }
}
