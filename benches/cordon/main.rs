//! Cordons in the sample city: the fence with its proof, the first plan and the fewest units, the gates of the ring road, the verifier; the
//! repair after a change; and how far from proved the four plans are after the time that a commander waits.
//!
//! Seeded: two hundred times somebody was seen somewhere inside the ring road one to three minutes ago, and what is outside is protected from
//! him; with all units of the city, and with one in thirty. Every plan is verified before it counts. Run with `make bench`; with the feature
//! `highs` (`make highs`) the solver HiGHS plans the same beside.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "highs")]
mod by_mip;
mod city;
mod repair;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use city::Town;
use citygate::cordon::{
    Ask, Fence, Guard, Impossible, Objective, Plan, Planner, Scene, Verified, close_gates, is_escape, tolerance, verify,
};
use criterion::{BenchmarkId, Criterion};

const OURS: &str = "citygate";
const INCIDENTS: usize = 200;
/// One in so many units.
const SHARES: [usize; 2] = [1, 30];
/// How long the planner has.
const BUDGET: Duration = Duration::from_millis(250);

/// The middle, the ninetieth, the ninety-ninth and the last of some times, milliseconds.
fn row(what: &str, units: usize, mut times: Vec<Duration>) {
    times.sort_unstable();
    let Some(last) = times.len().checked_sub(1) else { return };
    let at = |share: f64| times[(share * last as f64).round() as usize].as_secs_f64() * 1e3;
    println!("| {what} | {units} | {} | {:.2} | {:.2} | {:.2} | {:.2} |", times.len(), at(0.5), at(0.9), at(0.99), at(1.0));
}

fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let result = run();
    (begun.elapsed(), result)
}

/// One incident after the other.
fn bench<T>(c: &mut Criterion, what: &str, units: usize, scenes: &[Scene], mut run: impl FnMut(&Scene) -> T) {
    let mut next = 0;
    let mut group = c.benchmark_group(what);
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    group.bench_function(BenchmarkId::new(OURS, units), |bencher| {
        bencher.iter(|| {
            next = (next + 1) % scenes.len();
            black_box(run(&scenes[next]))
        });
    });
    group.finish();
    row(what, units, scenes.iter().map(|scene| timed(|| black_box(run(scene))).0).collect());
}

/// Plans for an incident within the budget, verified; when the first was found.
fn plans(planner: &mut Planner, scene: &Scene, objectives: &[Objective]) -> (Option<Duration>, Vec<Plan>, Option<Impossible>) {
    let (begun, mut first) = (Instant::now(), None);
    let ask = Ask { objectives: objectives.to_vec(), unit_price: None };
    let mut budget = || begun.elapsed() > BUDGET;
    let answer = planner.plan(scene, &ask, &mut budget, &mut |_| {
        first.get_or_insert_with(|| begun.elapsed());
    });
    (first, answer.plans, answer.impossible)
}

fn share(c: &mut Criterion, town: &mut Town, one_in: usize) {
    let scenes: Vec<Scene> = (0..INCIDENTS).map(|_| town.incident(one_in)).collect();
    let (units, mut planner) = (scenes[0].units.len(), Planner::new());
    let mut forever = || false;
    bench(c, "fence", units, &scenes, |scene| planner.fence(scene, &mut forever));
    let possible = scenes.iter().filter(|scene| match planner.fence(scene, &mut || false) {
        Some(Fence::Escape(way)) => {
            assert!(is_escape(scene, &way));
            false
        }
        fence => fence.is_some(),
    });
    let possible: Vec<Scene> = possible.cloned().collect();
    eprintln!("{units} units: he gets out before anybody in {} of {INCIDENTS} incidents", INCIDENTS - possible.len());
    if possible.is_empty() {
        return;
    }

    bench(c, "fewest_from_nothing", units, &possible, |scene| plans(&mut planner, scene, &[Objective::Fewest]));
    let first = possible.iter().filter_map(|scene| plans(&mut planner, scene, Objective::ALL).0);
    row("first of four plans", units, first.collect());
    let found: Vec<(&Scene, Vec<Plan>, bool)> = possible
        .iter()
        .map(|scene| {
            let (_, plans, impossible) = plans(&mut planner, scene, Objective::ALL);
            (scene, plans, impossible.is_some())
        })
        .collect();
    let fewest = |(scene, plans, _): &(&Scene, Vec<Plan>, bool)| {
        let plan = plans.iter().find(|plan| plan.objective == Objective::Fewest)?;
        Some(((*scene).clone(), plan.guards.clone()))
    };
    let (held, guards): (Vec<Scene>, Vec<_>) = found.iter().filter_map(fewest).unzip();
    for (what, with_tolerance) in [("verify", false), ("tolerance", true)] {
        if held.is_empty() {
            continue;
        }
        bench(c, what, units, &held, |scene| {
            let at = held.iter().position(|other| std::ptr::eq(other, scene)).unwrap();
            if with_tolerance { tolerance(scene, &guards[at]).extra_margin_ms } else { Some(u32::from(verify(scene, &guards[at]).holds)) }
        });
    }
    let cordons: Vec<(&Scene, Vec<Guard>)> = held.iter().zip(guards).collect();
    repair::changes(&mut planner, units, &cordons);
    gaps(units, &found);
    #[cfg(feature = "highs")]
    by_mip::beside(units, &possible);
}

/// What is proved of the plans that the budget gave.
fn gaps(units: usize, found: &[(&Scene, Vec<Plan>, bool)]) {
    let none = found.iter().filter(|(_, plans, _)| plans.is_empty()).count();
    let proved = found.iter().filter(|(.., impossible)| *impossible).count();
    println!("\n{units} units, {BUDGET:?}: of {} incidents {none} without a plan, {proved} of them proved to have none\n", found.len());
    println!("| plan | units | found | proved best | gap p50 % | p90 | p99 | max |\n|---|---|---|---|---|---|---|---|");
    for objective in Objective::ALL {
        let mut gaps = Vec::new();
        for (scene, plans, _) in found {
            for plan in plans.iter().filter(|plan| plan.objective == *objective) {
                let verified = Verified::new(scene, plan.clone()).unwrap();
                let (value, bound) = (verified.plan().value as f64, verified.plan().bound as f64);
                gaps.push(if value == 0.0 { 0.0 } else { 100.0 * (value - bound) / value });
            }
        }
        gaps.sort_by(f64::total_cmp);
        let Some(last) = gaps.len().checked_sub(1) else { continue };
        let at = |share: f64| gaps[(share * last as f64).round() as usize];
        let best = gaps.iter().filter(|gap| **gap == 0.0).count();
        println!(
            "| {objective} | {units} | {} | {best} | {:.1} | {:.1} | {:.1} | {:.1} |",
            gaps.len(),
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0)
        );
    }
    println!();
}

fn main() {
    let mut c = Criterion::default().configure_from_args();
    let mut town = Town::sample_city();
    eprintln!("{} junctions, {} gates", town.junctions(), town.gates().len());
    println!("| ms | units | incidents | p50 | p90 | p99 | max |\n|---|---|---|---|---|---|---|");
    let gates = town.gates();
    for one_in in SHARES {
        let scene = town.incident(one_in);
        #[cfg(feature = "highs")]
        by_mip::gates(&town, &scene);
        bench(&mut c, "close_26_gates", scene.units.len(), &[scene], |scene| {
            close_gates(&scene.goings, &scene.units, &gates, &mut || false).unwrap().bottleneck_ms
        });
        share(&mut c, &mut town, one_in);
    }
    c.final_summary();
}
