//! Towns of some hundred junctions, each with a cordon that is known to hold since it was laid with the town.

use std::{collections::BTreeSet, sync::Arc};

use citygate::cordon::{Entry, Going, Guard, Scene, Streets, Unit};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

use crate::brute::comes;

type Steps = Vec<(u32, u32, u32)>;

#[derive(Debug, Clone)]
pub(crate) struct Town {
    pub(crate) scene: Scene,
    /// A cordon that holds.
    pub(crate) laid: Vec<Guard>,
}

/// A grid with gaps, one-ways, diagonals, and some steps of no time.
fn grid(rng: &mut SmallRng, columns: u32, rows: u32) -> Steps {
    let mut steps = Vec::new();
    for at in 0..columns * rows {
        let (column, row) = (at % columns, at / columns);
        for (right, down, chance) in [(1, 0, 0.9), (0, 1, 0.9), (1, 1, 0.08)] {
            if column + right >= columns || row + down >= rows || !rng.random_bool(chance) {
                continue;
            }
            let to = at + right + columns * down;
            let ms = if rng.random_bool(0.02) { 0 } else { rng.random_range(3..30) * 1_000 + rng.random_range(0..2) };
            match rng.random_range(0..20) {
                0 => steps.push((at, to, ms)),
                1 => steps.push((to, at, ms)),
                _ => steps.extend([(at, to, ms), (to, at, ms)]),
            }
        }
    }
    steps
}

impl Town {
    /// He starts near the middle, between two junctions; what is protected is the edge of the town.
    pub(crate) fn new(seed: u64) -> Self {
        let rng = &mut SmallRng::seed_from_u64(seed);
        let (columns, rows) = (rng.random_range(14..45), rng.random_range(14..45));
        let junctions = columns * rows;
        let his = grid(rng, columns, rows);
        let middle = columns * (rows / 2) + columns / 2;
        let (from, to, ms) = his.iter().copied().min_by_key(|(from, ..)| from.abs_diff(middle)).unwrap();
        let seen_ms = rng.random_range(0..=ms);
        let starts = vec![Entry { point: from, ms: seen_ms }, Entry { point: to, ms: ms - seen_ms }];
        let is_edge = |at: u32| [0, columns - 1].contains(&(at % columns)) || [0, rows - 1].contains(&(at / columns));
        let mut scene = Scene {
            suspect: Arc::new(Streets::new(junctions as usize, his.iter().copied())),
            starts,
            protected: (0..junctions).map(is_edge).collect(),
            needs: (0..junctions).map(|_| *[0, 1, 1, 1, 1, 1, 1, 1, 1, 2].choose(rng).unwrap()).collect(),
            weights: (0..junctions).map(|_| rng.random_range(1..500)).collect(),
            goings: Vec::new(),
            units: Vec::new(),
            margin_ms: *[0, 5_000, 30_000].choose(rng).unwrap(),
        };
        // Who drives under blue light, by the same streets and with the same one-ways.
        let fast = his.iter().map(|(from, to, ms)| (*from, *to, ms * 3 / 4));
        let streets: Arc<Streets> = Streets::new(junctions as usize, fast.collect::<Vec<_>>().into_iter()).into();
        scene.goings.push(Going { streets, extra: [].into() });

        // The walls: where he comes first after some time.
        let times = comes(&scene, &vec![None; junctions as usize]);
        let latest_ms = times.iter().enumerate().filter(|(at, _)| is_edge(*at as u32)).filter_map(|(_, ms)| *ms).min().unwrap_or_default();
        let radius_ms = latest_ms * rng.random_range(40..=100) / 100;
        let inside = |at: u32| times[at as usize].is_some_and(|ms| ms < radius_ms) && !is_edge(at);
        let next = (0..junctions).filter(|at| inside(*at)).flat_map(|at| scene.suspect.steps_out(at).iter().map(|step| step.point));
        let mut walls: BTreeSet<u32> = next.filter(|at| !inside(*at)).collect();
        walls.extend(scene.starts.iter().map(|start| start.point).filter(|at| !inside(*at)));
        let mut needs = scene.needs.to_vec();
        let mut sent = Vec::new();
        for wall in walls {
            let comes_ms = times[wall as usize].unwrap();
            needs[wall as usize] = needs[wall as usize].max(1);
            // Where he is too soon for the margin, whoever stands there is ready in good time: the clock begins later.
            for _ in 0..needs[wall as usize] {
                let most_ms = comes_ms.saturating_sub(u64::from(scene.margin_ms));
                sent.push((wall, rng.random_range(0..=most_ms) as u32));
            }
        }
        if times.iter().flatten().count() < 30 || sent.iter().any(|(wall, _)| times[*wall as usize].unwrap() < u64::from(scene.margin_ms)) {
            return Self::new(seed + 1_000_000);
        }
        scene.needs = needs.into();
        let unit = |who, point, ms| Unit { who, going: 0, entries: [Some(Entry { point, ms }), None] };
        scene.units = sent.iter().zip(0..).map(|((wall, ms), who)| unit(who, *wall, *ms)).collect();
        for who in 0..rng.random_range(0..40) {
            scene.units.push(unit(1_000 + who, rng.random_range(0..junctions), rng.random_range(0..120_000)));
        }
        // Each stands where it is sent.
        let laid = sent.iter().zip(0..).map(|((junction, unit_ms), unit)| Guard {
            junction: *junction,
            unit,
            unit_ms: *unit_ms,
            suspect_ms: None,
        });
        let laid = laid.collect();
        Self { scene, laid }
    }
}

impl Town {
    /// The same town where nobody drives anywhere: at each junction that can be held stand as many units as it takes, each ready by some time.
    /// Who goes where is no question then.
    pub(crate) fn garrisoned(seed: u64, latest_ms: u32) -> Scene {
        let Self { mut scene, .. } = Self::new(seed);
        let rng = &mut SmallRng::seed_from_u64(seed);
        let junctions = scene.junctions();
        scene.goings = vec![Going { streets: Streets::new(junctions, [].into_iter()).into(), extra: [].into() }];
        let all = (0..junctions as u32).flat_map(|at| std::iter::repeat_n(at, scene.need(at)));
        let entry = |point| [Some(Entry { point, ms: rng.random_range(0..=latest_ms) }), None];
        scene.units = all.map(entry).zip(0..).map(|(entries, who)| Unit { who, going: 0, entries }).collect();
        scene
    }
}
