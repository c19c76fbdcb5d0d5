//! A town of some thousand junctions: every plan that is printed is walked against, with code that shares nothing with what made it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    fmt::Write as _,
};

use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde_json::Value;

use super::folder::{Folder, plan};

const SIDE: usize = 60;
const UNITS: usize = 250;
const HEAD_START_S: f64 = 60.0;
const SPEED_MPS: f64 = 16.67;

/// Streets about 100 m apart, some missing, some one-way.
struct Town {
    places: Vec<(f64, f64)>,
    /// From, to, metres.
    steps: Vec<(usize, usize, f64)>,
    units: Vec<usize>,
    folder: Folder,
}

fn town(seed: u64) -> Town {
    let mut chance = SmallRng::seed_from_u64(seed);
    let places: Vec<(f64, f64)> = (0..SIDE * SIDE)
        .map(|n| {
            ((n % SIDE) as f64 * 100.0 + chance.random_range(-30.0..30.0), (n / SIDE) as f64 * 100.0 + chance.random_range(-30.0..30.0))
        })
        .collect();
    let (mut steps, mut junctions, mut roads) = (Vec::new(), "id,x,y\n".to_owned(), "from,to,one_way\n".to_owned());
    for (n, (x, y)) in places.iter().enumerate() {
        writeln!(junctions, "j{n},{x},{y}").unwrap();
        for (next, there) in [(n + 1, n % SIDE + 1 < SIDE), (n + SIDE, n / SIDE + 1 < SIDE)] {
            if !there || chance.random_bool(0.1) {
                continue;
            }
            let one_way = chance.random_bool(0.1);
            let metres = (places[n].0 - places[next].0).hypot(places[n].1 - places[next].1);
            steps.push((n, next, metres));
            if !one_way {
                steps.push((next, n, metres));
            }
            writeln!(roads, "j{n},j{next},{one_way}").unwrap();
        }
    }
    let units: Vec<usize> = (0..UNITS).map(|_| chance.random_range(0..places.len())).collect();
    let listed: String = units.iter().enumerate().map(|(n, junction)| format!("car-{n},j{junction}\n")).collect();
    let edge: String = (0..SIDE * SIDE).filter(|n| outside(*n)).map(|n| format!("j{n}\n")).collect();
    let folder = Folder::new(&[
        ("j.csv", &junctions),
        ("r.csv", &roads),
        ("u.csv", &format!("id,junction\n{listed}")),
        ("p.csv", &format!("junction\n{edge}")),
        ("g.csv", &format!("junction\n{}", (0..SIDE).step_by(5).map(|n| format!("j{n}\n")).collect::<String>())),
    ]);
    Town { places, steps, units, folder }
}

fn outside(n: usize) -> bool {
    let (x, y) = (n % SIDE, n / SIDE);
    x == 0 || y == 0 || x == SIDE - 1 || y == SIDE - 1
}

impl Town {
    /// Seconds from a junction to every other; nobody goes on from where `stops` says so.
    fn seconds(&self, from: usize, at_s: f64, stops: impl Fn(usize, f64) -> bool) -> Vec<f64> {
        let mut next = vec![Vec::new(); self.places.len()];
        for (from, to, metres) in &self.steps {
            next[*from].push((*to, metres / SPEED_MPS));
        }
        let mut best = vec![f64::INFINITY; self.places.len()];
        let mut heap = BinaryHeap::from([Reverse((ordered(at_s), from))]);
        best[from] = at_s;
        while let Some(Reverse((_, at))) = heap.pop() {
            let now = best[at];
            if stops(at, now) {
                continue;
            }
            for (to, seconds) in &next[at] {
                if now + seconds < best[*to] {
                    best[*to] = now + seconds;
                    heap.push(Reverse((ordered(now + seconds), *to)));
                }
            }
        }
        best
    }

    /// When each held junction is held, by true seconds; what the plan says of them is right to the rounding.
    fn held(&self, guards: &Value) -> BTreeMap<usize, f64> {
        let (mut held, mut used) = (BTreeMap::new(), Vec::new());
        for guard in guards.as_array().unwrap() {
            let (junction, unit) = (number(&guard["junction"], "j"), number(&guard["unit"], "car-"));
            let there_s = self.seconds(self.units[unit], 0.0, |_, _| false)[junction];
            let said_s = guard["unit_arrives_s"].as_f64().unwrap();
            assert!(said_s >= there_s - 1e-9 && said_s < there_s + 0.2, "{guard}: {there_s}");
            assert!(held.insert(junction, there_s).is_none(), "one unit holds a junction");
            used.push(unit);
        }
        used.sort_unstable();
        assert!(used.windows(2).all(|pair| pair[0] != pair[1]), "each unit once");
        held
    }

    /// Where he gets to, and whether that is out.
    fn walk(&self, start: usize, held: &BTreeMap<usize, f64>) -> (usize, bool) {
        let stops = |at: usize, now: f64| held.get(&at).is_some_and(|held| *held <= now + 1e-9);
        let reached = self.seconds(start, -HEAD_START_S, stops);
        let free: Vec<usize> = (0..reached.len()).filter(|n| reached[*n].is_finite() && !stops(*n, reached[*n])).collect();
        (free.len(), free.into_iter().any(outside))
    }
}

/// As bits that are ordered as the seconds are.
fn ordered(seconds: f64) -> u64 {
    (seconds + 1e6).to_bits()
}

fn number(value: &Value, before: &str) -> usize {
    value.as_str().unwrap().strip_prefix(before).unwrap().parse().unwrap()
}

#[test]
fn nobody_gets_out_of_a_plan_that_is_printed() {
    for seed in [1, 2] {
        let town = town(seed);
        let start = (SIDE / 2) * SIDE + SIDE / 2 + seed as usize;
        let answer = town.folder.plan(&format!("--at j{start} --head-start-s {HEAD_START_S} --budget-ms 2000")).answer(0);
        for objective in ["fastest", "tightest", "fewest", "balanced"] {
            let plan = plan(&answer, objective);
            let held = town.held(&plan["guards"]);
            let (free, out) = town.walk(start, &held);
            assert!(!out, "seed {seed}, {objective}: {plan}");
            assert_eq!(
                (plan["units"].as_u64().unwrap(), plan["enclosed_junctions"].as_u64().unwrap()),
                (held.len() as u64, free as u64),
                "{objective}"
            );
            let last = held.values().fold(0.0_f64, |last, held| last.max(*held));
            assert!((plan["closed_after_s"].as_f64().unwrap() - last).abs() < 0.2, "{objective}");
            assert!(plan["bound"].as_f64().unwrap() <= plan["value"].as_f64().unwrap(), "{objective}");
            // No guard of the fewest is one too many.
            if objective == "fewest" && plan["optimal"] == true {
                for junction in held.keys() {
                    let fewer = held.iter().filter(|(at, _)| *at != junction).map(|(at, held)| (*at, *held)).collect();
                    assert!(town.walk(start, &fewer).1, "seed {seed}: j{junction} is held for nothing");
                }
            }
        }
        let least =
            |of: &str| answer["plans"].as_array().unwrap().iter().map(|plan| plan[of].as_f64().unwrap()).fold(f64::INFINITY, f64::min);
        assert_eq!(plan(&answer, "fastest")["closed_after_s"], least("closed_after_s"));
        assert_eq!(plan(&answer, "tightest")["enclosed_junctions"], least("enclosed_junctions"));
        assert_eq!(plan(&answer, "fewest")["units"], least("units"));
    }
}

#[test]
fn nobody_closes_the_gates_of_a_town_earlier() {
    let town = town(9);
    let answer = town.folder.close("").answer(0);
    let held = town.held(&answer["guards"]);
    assert_eq!((held.len(), &answer["optimal"]), (SIDE / 5, &Value::Bool(true)));
    let bottleneck_s = answer["bottleneck_s"].as_f64().unwrap();
    let total_s: f64 = held.values().sum();
    assert!((held.values().fold(0.0_f64, |last, held| last.max(*held)) - bottleneck_s).abs() < 0.2);
    assert!((answer["total_s"].as_f64().unwrap() - total_s).abs() < 0.2 * held.len() as f64);
    // By who is in time for which gate: with a little less time some gate stays open.
    let times: Vec<Vec<f64>> = town.units.iter().map(|unit| town.seconds(*unit, 0.0, |_, _| false)).collect();
    let gates: Vec<usize> = held.keys().copied().collect();
    let closed = |within_s: f64| {
        let mut of_unit = vec![None; UNITS];
        (0..gates.len())
            .all(|gate| augment(gate, &|gate, unit| times[unit][gates[gate]] <= within_s, &mut of_unit, &mut vec![false; UNITS]))
    };
    assert!(closed(bottleneck_s) && !closed(bottleneck_s - 0.2));
}

/// Finds a unit for a gate, moving others on.
fn augment(gate: usize, in_time: &impl Fn(usize, usize) -> bool, of_unit: &mut [Option<usize>], seen: &mut [bool]) -> bool {
    for unit in 0..of_unit.len() {
        if in_time(gate, unit) && !std::mem::replace(&mut seen[unit], true) {
            let taken = of_unit[unit];
            if taken.is_none_or(|other| augment(other, in_time, of_unit, seen)) {
                of_unit[unit] = Some(gate);
                return true;
            }
        }
    }
    false
}
