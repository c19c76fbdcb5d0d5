//! A cordon that runs, after a change: whether it holds, and what makes it hold again, beside a plan from nothing.

use citygate::cordon::{Entry, Guard, Objective, Planner, Repair, Running, Scene, Verified, verify};
use rand::{Rng, SeedableRng, rngs::SmallRng};

use crate::{plans, row, timed};

const SEED: u64 = 20_261_123;
/// So late is a unit, milliseconds.
const LATE_MS: std::ops::Range<u32> = 10_000..240_000;
/// So long after he was seen first he is seen again, milliseconds.
const AGAIN_MS: std::ops::Range<u32> = 180_000..300_000;

/// What happens to a cordon.
#[derive(Debug, Clone, PartialEq)]
enum Change {
    Late(u32, [Option<Entry>; 2]),
    /// A junction, and those who were there.
    Lost(u32, Vec<u32>),
    Sighted(Entry),
}

impl Change {
    fn late(scene: &Scene, guards: &[Guard], rng: &mut SmallRng) -> Self {
        let (unit, ms) = (guards[rng.random_range(0..guards.len())].unit, rng.random_range(LATE_MS));
        let later = |entry: Entry| Entry { ms: entry.ms + ms, ..entry };
        Self::Late(unit, scene.units[unit as usize].entries.map(|entry| entry.map(later)))
    }

    fn unit_lost(_: &Scene, guards: &[Guard], rng: &mut SmallRng) -> Self {
        Self::Late(guards[rng.random_range(0..guards.len())].unit, [None, None])
    }

    fn junction_lost(_: &Scene, guards: &[Guard], rng: &mut SmallRng) -> Self {
        let junction = guards[rng.random_range(0..guards.len())].junction;
        Self::Lost(junction, guards.iter().filter(|guard| guard.junction == junction).map(|guard| guard.unit).collect())
    }

    /// Somewhere in the ground that is enclosed.
    fn sighted(scene: &Scene, guards: &[Guard], rng: &mut SmallRng) -> Self {
        let enclosed = verify(scene, guards).enclosed;
        Self::Sighted(Entry { point: enclosed[rng.random_range(0..enclosed.len())], ms: rng.random_range(AGAIN_MS) })
    }

    fn happen(self, running: &mut Running) {
        match self {
            Self::Late(unit, entries) => running.unit_late(unit, entries),
            Self::Lost(junction, units) => {
                units.into_iter().for_each(|unit| running.unit_lost(unit));
                running.junction_lost(junction);
            }
            Self::Sighted(start) => running.sighted(vec![start]),
        }
    }
}

/// How somebody thinks of a change.
type Think = fn(&Scene, &[Guard], &mut SmallRng) -> Change;
const CHANGES: [(&str, Think); 4] = [
    ("unit late", Change::late),
    ("unit lost", Change::unit_lost),
    ("junction lost", Change::junction_lost),
    ("sighting", Change::sighted),
];

/// Each change of each cordon.
pub(crate) fn changes(planner: &mut Planner, units: usize, cordons: &[(&Scene, Vec<Guard>)]) {
    let begun = |(scene, guards): &(&Scene, Vec<Guard>)| {
        let mut running = Running::new((*scene).clone(), guards);
        assert!(running.holds());
        running
    };
    row("a cordon begins to run", units, cordons.iter().map(|cordon| timed(|| begun(cordon)).0).collect());
    for (what, think) in CHANGES {
        let rng = &mut SmallRng::seed_from_u64(SEED);
        let (mut all, mut repaired, mut verified, mut anew) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut holds, mut beyond, mut lost, mut more) = (0, 0, 0, Vec::new());
        for cordon in cordons {
            let (change, mut running) = (think(cordon.0, &cordon.1, rng), begun(cordon));
            let (time, repair) = timed(|| {
                change.happen(&mut running);
                running.repair()
            });
            all.push(time);
            let (time, (_, found, _)) = timed(|| plans(planner, running.scene(), &[Objective::Fewest]));
            anew.push(time);
            match repair {
                Repair::Holds => holds += 1,
                Repair::Beyond => {
                    beyond += 1;
                    lost += usize::from(!found.is_empty());
                }
                Repair::Kept(plan) => {
                    repaired.push(*all.last().unwrap());
                    more.extend(found.first().map(|found| plan.guards.len() as i64 - found.guards.len() as i64));
                    let (time, plan) = timed(|| Verified::new(running.scene(), plan));
                    plan.unwrap();
                    verified.push(time);
                }
            }
        }
        more.sort_unstable();
        eprintln!(
            "{units} units, {what}: holds {holds}, repaired {}, beyond repair {beyond}, of which a plan from nothing is found in {lost}; units \
             more than the fewest from nothing, p50 {:?}, max {:?}",
            repaired.len(),
            more.get(more.len() / 2),
            more.last()
        );
        row(what, units, all);
        row(&format!("{what}, where it is repaired"), units, repaired);
        row(&format!("{what}, the repair verified"), units, verified);
        row(&format!("{what}, fewest from nothing"), units, anew);
    }
}
