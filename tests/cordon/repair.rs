//! A cordon that runs, after random changes: what it says of itself is what the verifier says, and what it proposes holds.

use citygate::cordon::{Ask, Entry, Guard, Objective, Plan, Planner, Repair, Running, Scene, Verified, verify};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

use crate::{
    REPAIRED, TOWNS_REPAIRED,
    brute::{comes, held},
    small::small,
    town::Town,
};

/// The most changes, one after the other.
const CHANGES: usize = 5;

/// Plans from nothing, as long as it takes.
fn plan(scene: &Scene, objective: Objective) -> Option<Plan> {
    let ask = Ask { objectives: vec![objective], unit_price: Some(1) };
    let answer = Planner::new().plan(scene, &ask, &mut || false, &mut |_| {});
    assert_eq!(answer.plans.is_empty(), answer.impossible.is_some());
    answer.plans.into_iter().next()
}

/// Something changes, mostly for the worse; `late_ms` is how late somebody may be.
fn change(running: &mut Running, late_ms: u32, rng: &mut SmallRng) {
    let scene = running.scene();
    let junctions = scene.junctions() as u32;
    let guards: Vec<Guard> = running.guards().to_vec();
    let unit = |rng: &mut SmallRng| match guards.choose(rng) {
        Some(guard) if rng.random_bool(0.8) => guard.unit,
        _ => rng.random_range(0..scene.units.len().max(1)) as u32,
    };
    match rng.random_range(0..10) {
        0..=3 => {
            let (unit, ms) = (unit(rng), rng.random_range(0..=late_ms));
            let entries = scene.units.get(unit as usize).map_or([None, None], |unit| unit.entries);
            running.unit_late(unit, entries.map(|entry| entry.map(|entry| Entry { ms: entry.ms + ms, ..entry })));
        }
        // It is somewhere else, may be for the better.
        4 => {
            let entry = Entry { point: rng.random_range(0..junctions), ms: rng.random_range(0..=late_ms) };
            running.unit_late(unit(rng), [Some(entry), None]);
        }
        5 | 6 => running.unit_lost(unit(rng)),
        7 | 8 => {
            let junction = match guards.choose(rng) {
                Some(guard) if rng.random_bool(0.8) => guard.junction,
                _ => rng.random_range(0..junctions),
            };
            // Mostly with who is there.
            for guard in guards.iter().filter(|guard| guard.junction == junction) {
                if rng.random_bool(0.7) {
                    running.unit_lost(guard.unit);
                }
            }
            running.junction_lost(junction);
        }
        // Nowhere at all is a mistake, which the verifier says.
        _ if rng.random_bool(0.05) => running.sighted(vec![Entry { point: junctions, ms: 0 }]),
        _ => {
            let near = |start: &Entry, rng: &mut SmallRng| {
                let steps = scene.suspect.steps_out(start.point);
                let point = steps.choose(rng).map_or(start.point, |step| step.point);
                Entry { point, ms: start.ms + rng.random_range(0..=late_ms) }
            };
            let starts = scene.starts.iter().map(|start| near(start, rng)).collect();
            running.sighted(starts);
        }
    }
}

/// Who comes to his junction before the suspect, by times that are relaxed until nothing changes.
fn in_time(scene: &Scene, guards: &[Guard]) -> Vec<Guard> {
    let comes = comes(scene, &held(scene, guards));
    let is_in_time =
        |guard: &&Guard| comes[guard.junction as usize].is_none_or(|ms| u64::from(guard.unit_ms) + u64::from(scene.margin_ms) <= ms);
    guards.iter().filter(is_in_time).copied().collect()
}

/// What was said after changes.
#[derive(Debug, Default)]
struct Said {
    holds: usize,
    kept: usize,
    /// With other junctions.
    moved: usize,
    beyond: usize,
    /// Of these: the planner has a plan.
    possible: usize,
}

impl Said {
    /// Checks all that is said of a cordon now. Gives the guards that it should have.
    fn check(&mut self, running: &mut Running, is_planned: bool, case: &str) -> Option<Vec<Guard>> {
        let holds = running.holds();
        assert_eq!(holds, verify(running.scene(), running.guards()).holds, "{case}: {:?}", running.guards());
        let plan = match running.repair() {
            Repair::Holds => {
                assert!(holds, "{case}");
                self.holds += 1;
                return None;
            }
            Repair::Beyond => {
                self.beyond += 1;
                let is_planned =
                    is_planned && running.scene().starts.iter().all(|start| (start.point as usize) < running.scene().junctions());
                self.possible += usize::from(is_planned && plan(running.scene(), Objective::Fewest).is_some());
                return None;
            }
            Repair::Kept(plan) => plan,
        };
        assert!(!holds, "{case}");
        let (scene, guards) = (running.scene(), running.guards());
        if let Err(rejected) = Verified::new(scene, plan.clone()) {
            panic!("{case}: {rejected}\n{plan:?}\nleaks: {:?}", rejected.verdict.leaks);
        }
        let in_time = in_time(scene, guards);
        for guard in &in_time {
            // Who is too few where he stands, and whose junction is given up, is let go with the others.
            let is_enough = in_time.iter().filter(|other| other.junction == guard.junction).count() >= scene.need(guard.junction);
            let stays = plan.guards.iter().any(|other| (other.junction, other.unit) == (guard.junction, guard.unit));
            assert!(stays || !is_enough, "{case}: {guard:?} need not go, {plan:?}");
        }
        for guard in &plan.guards {
            let known = guards.iter().find(|known| known.unit == guard.unit);
            assert!(known.is_none_or(|known| known.junction == guard.junction), "{case}: {known:?} is sent elsewhere");
        }
        self.kept += 1;
        self.moved += usize::from(plan.guards.iter().any(|guard| guards.iter().all(|known| known.junction != guard.junction)));
        Some(plan.guards)
    }
}

#[test]
fn in_tiny_scenes_it_says_what_the_verifier_says() {
    let mut said = Said::default();
    for seed in 0..REPAIRED {
        let (scene, rng) = (small(seed), &mut SmallRng::seed_from_u64(seed));
        let objective = *Objective::ALL.choose(rng).unwrap();
        let Some(planned) = plan(&scene, objective) else { continue };
        let mut running = Running::new(scene, &planned.guards);
        assert_eq!(running.repair(), Repair::Holds, "seed {seed}");
        for n in 0..rng.random_range(1..=CHANGES) {
            change(&mut running, 6, rng);
            let case = format!("seed {seed}, change {n}");
            // Ordered, or not yet.
            if let Some(guards) = said.check(&mut running, true, &case).filter(|_| rng.random_bool(0.6)) {
                running = Running::new(running.scene().clone(), &guards);
                assert!(running.holds(), "{case}");
            }
        }
    }
    let Said { holds, kept, moved, beyond, possible } = said;
    assert!(holds > 1_000 && kept > 300 && moved > 100 && beyond > 300, "{said:?}");
    // Of what can be repaired at all it repairs the better part.
    assert!(kept > 2 * possible, "{said:?}");
}

#[test]
fn in_towns_it_says_what_the_verifier_says() {
    let mut said = Said::default();
    for seed in 0..TOWNS_REPAIRED {
        let (Town { mut scene, laid }, rng) = (Town::new(seed), &mut SmallRng::seed_from_u64(seed));
        // Some are in reserve.
        for who in 0..40 {
            let point = rng.random_range(0..scene.junctions() as u32);
            let entries = [Some(Entry { point, ms: rng.random_range(0..60_000) }), None];
            scene.units.push(citygate::cordon::Unit { who: 5_000 + who, going: 0, entries });
        }
        let mut running = Running::new(scene, &laid);
        assert_eq!(running.repair(), Repair::Holds, "town {seed}");
        for n in 0..4 * CHANGES {
            change(&mut running, 60_000, rng);
            let case = format!("town {seed}, change {n}");
            if let Some(guards) = said.check(&mut running, false, &case) {
                running = Running::new(running.scene().clone(), &guards);
                assert!(running.holds(), "{case}");
            }
        }
    }
    assert!(said.holds > 50 && said.kept > 50 && said.moved > 10, "{said:?}");
}
