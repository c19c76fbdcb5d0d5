//! The verifier against everything that a suspect can do.

use citygate::cordon::{Fault, Guard, SPEED_UP_PERCENT_MAX, Scene, is_escape, ready_ms, tolerance, verify};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

use crate::{
    TOLERANCES, TOWNS, TRIED_BY_ADVERSARY,
    adversary::{escapes, gets_out},
    brute::{Ready, Truth, comes, held, stops, truth},
    small::small,
    town::Town,
};

/// Some units at some junctions, each once and no sooner than it can be; some later, some junctions with too few.
fn guards(scene: &Scene, ready: &Ready, rng: &mut SmallRng) -> Vec<Guard> {
    let mut guards = Vec::new();
    for unit in 0..scene.units.len() as u32 {
        let places: Vec<u32> = (0..scene.junctions() as u32).filter(|at| ready.ms(unit, *at).is_some() && scene.need(*at) > 0).collect();
        // Where somebody stands already, now and then, so that junctions that take two have them.
        let beside = guards.last().map(|guard: &Guard| guard.junction).filter(|at| places.contains(at) && rng.random_bool(0.3));
        if let Some(at) = beside.or_else(|| places.choose(rng).copied()).filter(|_| rng.random_bool(0.85)) {
            let guard = ready.guard(at, unit).unwrap();
            let late_ms = *[0, 0, 0, 1, 5].choose(rng).unwrap();
            guards.push(Guard { unit_ms: guard.unit_ms + late_ms, ..guard });
        }
    }
    guards
}

/// A tiny scene and some guards.
fn case(seed: u64) -> (Scene, Ready, Vec<Guard>) {
    let scene = small(seed);
    let ready = Ready::new(&scene);
    let guards = guards(&scene, &ready, &mut SmallRng::seed_from_u64(seed));
    (scene, ready, guards)
}

#[test]
fn it_says_what_a_suspect_who_tries_everything_finds() {
    let (mut holding, mut only_by_guards) = (0, 0);
    for seed in 0..TRIED_BY_ADVERSARY {
        let (scene, ready, guards) = case(seed);
        let (held, verdict) = (held(&scene, &guards), verify(&scene, &guards));
        assert_eq!(verdict.holds, !escapes(&scene, &held), "seed {seed}: {guards:?}");
        let mut enclosed = verdict.enclosed.clone();
        enclosed.sort_unstable();
        let said = Truth { holds: verdict.holds, enclosed, enclosed_weight: verdict.enclosed_weight };
        assert_eq!(said, truth(&scene, &held), "seed {seed}");
        assert_eq!(verdict.leaks.is_empty(), verdict.holds, "seed {seed}");
        for way in &verdict.leaks {
            assert!(gets_out(&scene, &held, way), "seed {seed}: {way:?}");
            for passed in way {
                assert_eq!(passed.first_unit_ms.map(u64::from), ready.first_ms(&scene, passed.junction), "seed {seed}");
            }
        }
        let comes = comes(&scene, &held);
        for gate in &verdict.gates {
            let (held_ms, suspect_ms) = (held[gate.junction as usize].unwrap(), comes[gate.junction as usize]);
            assert_eq!((u64::from(gate.held_ms), gate.suspect_ms.map(u64::from)), (held_ms, suspect_ms), "seed {seed}");
            assert_eq!(gate.slack_ms, suspect_ms.map(|ms| ms as i64 - held_ms as i64), "seed {seed}");
        }
        assert!(verdict.faults.iter().all(|fault| matches!(fault, Fault::TooFew { .. })), "seed {seed}: {:?}", verdict.faults);
        holding += usize::from(verdict.holds);
        only_by_guards += usize::from(verdict.holds && !verify(&scene, &[]).holds);
    }
    // Neither all nor none: the cases say something.
    assert!(holding > 1_000 && only_by_guards > 300, "{holding}, {only_by_guards}");
}

#[test]
fn slack_is_how_late_a_guard_may_be() {
    for seed in 0..TRIED_BY_ADVERSARY / 4 {
        let (scene, _, guards) = case(seed);
        let verdict = verify(&scene, &guards);
        for gate in verdict.gates.iter().filter(|gate| scene.need(gate.junction) == 1) {
            let spare = gate.slack_ms.map(|slack| slack - i64::from(scene.margin_ms)).filter(|spare| *spare >= 0);
            if let (Some(spare), [only]) = (spare, &guards.iter().filter(|guard| guard.junction == gate.junction).collect::<Vec<_>>()[..]) {
                let late =
                    |ms| guards.iter().map(move |guard| Guard { unit_ms: guard.unit_ms + if guard == *only { ms } else { 0 }, ..*guard });
                let as_late: Vec<Guard> = late(spare as u32).collect();
                assert_eq!(verify(&scene, &as_late).enclosed, verdict.enclosed, "seed {seed}");
                // A millisecond more and he is past.
                let later = verify(&scene, &late(spare as u32 + 1).collect::<Vec<_>>());
                let is_out = scene.is_protected(gate.junction) && !later.holds;
                assert!(is_out || later.enclosed.contains(&gate.junction), "seed {seed}: {gate:?}");
            }
        }
    }
}

#[test]
fn units_are_ready_when_they_are() {
    for seed in 0..TRIED_BY_ADVERSARY / 4 {
        let (scene, ready, guards) = case(seed);
        for (unit, at) in (0..scene.units.len() as u32).flat_map(|unit| (0..scene.junctions() as u32).map(move |at| (unit, at))) {
            assert_eq!(ready_ms(&scene, unit, at).map(u64::from), ready.ms(unit, at), "seed {seed}");
        }
        // Who is said to be there a millisecond too soon is found out, and counts from when it is there.
        for (n, guard) in guards.iter().enumerate() {
            let right = ready.guard(guard.junction, guard.unit).unwrap();
            let Some(unit_ms) = right.unit_ms.checked_sub(1) else { continue };
            let (mut early, mut honest) = (guards.clone(), guards.clone());
            (early[n].unit_ms, honest[n].unit_ms) = (unit_ms, right.unit_ms);
            let verdict = verify(&scene, &early);
            let fault = Fault::TooEarly { junction: guard.junction, unit: guard.unit, claimed_ms: unit_ms, ready_ms: Some(right.unit_ms) };
            assert!(verdict.faults.contains(&fault), "seed {seed}: {:?}", verdict.faults);
            assert_eq!(verdict.enclosed, verify(&scene, &honest).enclosed, "seed {seed}");
        }
    }
}

#[test]
fn a_unit_sent_twice_and_one_who_cannot_come_are_found() {
    for seed in 0..TRIED_BY_ADVERSARY / 4 {
        let (scene, ready, mut guards) = case(seed);
        let Some(first) = guards.first().copied() else { continue };
        let before = verify(&scene, &guards);
        for junction in 0..scene.junctions() as u32 {
            guards.push(Guard { junction, unit_ms: 0, ..first });
            let verdict = verify(&scene, &guards);
            assert!(verdict.faults.contains(&Fault::Twice { unit: first.unit }));
            assert_eq!((verdict.holds, verdict.enclosed), (before.holds, before.enclosed.clone()), "seed {seed}");
            guards.pop();
        }
        for junction in (0..scene.junctions() as u32).filter(|at| ready.ms(first.unit, *at).is_none()) {
            let verdict = verify(&scene, &[Guard { junction, ..first }]);
            let unholdable = Fault::Unholdable { junction };
            let fault = Fault::TooEarly { junction, unit: first.unit, claimed_ms: first.unit_ms, ready_ms: None };
            assert!(verdict.faults.contains(&fault) || verdict.faults.contains(&unholdable), "seed {seed}: {:?}", verdict.faults);
            assert_eq!(verdict.enclosed, verify(&scene, &[]).enclosed, "seed {seed}");
        }
    }
}

#[test]
fn the_tolerance_is_exact() {
    for seed in 0..TOLERANCES {
        let (scene, _, guards) = case(seed);
        let found = tolerance(&scene, &guards);
        let with = |later_ms: u32| {
            let scene = Scene { margin_ms: scene.margin_ms + later_ms, ..scene.clone() };
            verify(&scene, &guards)
        };
        // Everything is less than 200 ms, so that a larger margin opens all there is to open.
        let held_to = (0..200).take_while(|later_ms| with(*later_ms).holds).last();
        let holds_always = with(100_000).holds;
        match found.extra_margin_ms {
            None => assert_eq!(held_to, None, "seed {seed}"),
            Some(ms) => assert!(Some(ms) == held_to || holds_always && ms == citygate::cordon::EXTRA_MARGIN_MS_MAX, "seed {seed}: {ms}"),
        }
        assert_eq!(found.later.is_empty(), with(30_000).holds, "seed {seed}");
        // A suspect who is faster by a fraction: every time on his side is multiplied by 100, on the units' side by 100 and so many.
        let held = held(&scene, &guards);
        let faster = |percent: u64| {
            let streets = (0..scene.junctions() as u32)
                .flat_map(|at| scene.suspect.steps_out(at).iter().map(move |step| (at, step.point, 100 * step.ms)))
                .collect::<Vec<_>>();
            let starts = scene.starts.iter().map(|start| citygate::cordon::Entry { ms: 100 * start.ms, ..*start });
            let slow = Scene {
                suspect: citygate::cordon::Streets::new(scene.junctions(), streets.into_iter()).into(),
                starts: starts.collect(),
                margin_ms: 0,
                ..scene.clone()
            };
            let held: Vec<Option<u64>> =
                held.iter().map(|ms| Some((ms.as_ref()? + u64::from(scene.margin_ms)) * (100 + percent))).collect();
            truth(&slow, &held).holds
        };
        assert_eq!(found.faster.is_empty(), faster(10), "seed {seed}");
        match found.speed_up_percent {
            None => assert!(!faster(0), "seed {seed}"),
            Some(percent) => {
                assert!(faster(u64::from(percent)), "seed {seed}: {percent}");
                assert!(percent == SPEED_UP_PERCENT_MAX || !faster(u64::from(percent) + 1), "seed {seed}: {percent}");
            }
        }
    }
}

#[test]
fn an_escape_is_before_everybody_at_each_junction() {
    let (mut proofs, mut others) = (0, 0);
    for seed in 0..TRIED_BY_ADVERSARY {
        let (scene, ready, _) = case(seed);
        // Each junction held as early as it can be, all at once: who gets out of that gets out of any plan.
        let all: Vec<Option<u64>> = (0..scene.junctions() as u32).map(|at| ready.first_ms(&scene, at)).collect();
        for way in verify(&scene, &[]).leaks {
            let is_first = way.iter().all(|at| !stops(&scene, all[at.junction as usize], u64::from(at.suspect_ms)));
            assert_eq!(is_escape(&scene, &way), is_first, "seed {seed}: {way:?}");
            if is_first {
                assert!(escapes(&scene, &all), "seed {seed}");
                proofs += 1;
            } else {
                others += 1;
            }
        }
    }
    assert!(proofs > 500 && others > 500, "{proofs}, {others}");
}

#[test]
fn towns_hold_with_the_cordon_that_was_laid_with_them() {
    for seed in 0..TOWNS {
        let Town { scene, laid } = Town::new(seed);
        let (verdict, held) = (verify(&scene, &laid), held(&scene, &laid));
        assert!(verdict.holds && verdict.faults.is_empty(), "seed {seed}: {:?}", verdict.faults);
        assert_eq!(verdict.enclosed_weight, truth(&scene, &held).enclosed_weight, "seed {seed}");
        // Without one of its junctions it holds or leaks as the relaxed times say.
        for gate in verdict.gates.iter().take(4) {
            let without: Vec<Guard> = laid.iter().filter(|guard| guard.junction != gate.junction).copied().collect();
            let held = crate::brute::held(&scene, &without);
            let verdict = verify(&scene, &without);
            assert_eq!(verdict.holds, truth(&scene, &held).holds, "seed {seed}");
            assert!(verdict.leaks.iter().all(|way| gets_out(&scene, &held, way)), "seed {seed}");
        }
        let tolerance = tolerance(&scene, &laid);
        let with = |later_ms: u32| verify(&Scene { margin_ms: scene.margin_ms + later_ms, ..scene.clone() }, &laid).holds;
        let most_ms = tolerance.extra_margin_ms.unwrap();
        assert!(with(most_ms) && (most_ms == citygate::cordon::EXTRA_MARGIN_MS_MAX || !with(most_ms + 1)), "seed {seed}: {most_ms}");
    }
}
