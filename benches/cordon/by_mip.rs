//! The planner beside HiGHS, each with the same time.

use std::time::{Duration, Instant};

use citygate::cordon::{Arrival, Ask, Mip, Objective, Plan, Planner, Scene, Verified, close_gates, close_gates_by_mip};

use crate::{Town, row, timed};

/// What both have for the fewest units to be proved.
const PROOF: Duration = Duration::from_secs(5);
/// What both have for a plan by each objective, and for one in how many incidents.
const TIMES: [(Duration, usize); 2] = [(Duration::from_millis(250), 1), (Duration::from_secs(5), 20)];

fn by_planner(planner: &mut Planner, scene: &Scene, objective: Objective, time: Duration) -> Option<Plan> {
    let begun = Instant::now();
    let ask = Ask { objectives: vec![objective], unit_price: None };
    planner.plan(scene, &ask, &mut || begun.elapsed() > time, &mut |_| {}).plans.pop()
}

fn by_mip(mip: &mut Mip, scene: &Scene, objective: Objective, unit_price: u64, time: Duration) -> (Option<Plan>, Option<u64>) {
    let begun = Instant::now();
    let answer = mip.plan(scene, objective, unit_price, Arrival::Free, &mut || time.saturating_sub(begun.elapsed()));
    (answer.plan.map(|plan| Verified::new(scene, plan).unwrap().plan().clone()), answer.bound)
}

/// What a unit costs in the balanced plan of the planner.
fn price(plan: &Plan) -> u64 {
    (plan.value - plan.enclosed_weight) / (plan.guards.len() as u64).max(1)
}

/// How long both take to the proof that no plan has fewer units.
fn fewest(units: usize, scenes: &[Scene]) {
    let (mut planner, mut mip) = (Planner::new(), Mip::default());
    let (mut ours, mut theirs, mut ratios, mut fewer) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for scene in scenes {
        let (our_time, our) = timed(|| by_planner(&mut planner, scene, Objective::Fewest, PROOF));
        let (their_time, (their, bound)) = timed(|| by_mip(&mut mip, scene, Objective::Fewest, 0, PROOF));
        let our = our.filter(Plan::is_optimal);
        let their = their.filter(|plan| Some(plan.value) == bound);
        ours.extend(our.iter().map(|_| our_time));
        theirs.extend(their.iter().map(|_| their_time));
        if let (Some(our), Some(their)) = (our, their) {
            assert!(our.value <= their.value, "{our:?} {their:?}");
            fewer += usize::from(our.value < their.value);
            ratios.push(their_time.as_secs_f64() / our_time.as_secs_f64());
        }
    }
    println!("\n{units} units, {} incidents, {PROOF:?} each: to the proof of the fewest units\n", scenes.len());
    println!("| ms | units | proved | p50 | p90 | p99 | max |\n|---|---|---|---|---|---|---|");
    row("fewest by citygate", units, ours);
    row("fewest by HiGHS", units, theirs);
    ratios.sort_by(f64::total_cmp);
    if let Some(last) = ratios.len().checked_sub(1) {
        let at = |share: f64| ratios[(share * last as f64).round() as usize];
        println!(
            "\nHiGHS takes p10 {:.1}, p50 {:.1}, p90 {:.1} times as long; fewer units since guards hold him up: {fewer}",
            at(0.1),
            at(0.5),
            at(0.9)
        );
    }
}

/// Whose plan is better after the same time.
fn better(units: usize, scenes: &[Scene]) {
    let (mut planner, mut mip) = (Planner::new(), Mip::default());
    println!("\n| plan | units | time | incidents | citygate better | equal | HiGHS better | only citygate | only HiGHS | neither |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (time, one_in) in TIMES {
        for objective in Objective::ALL {
            let (mut counts, mut incidents) = ([0; 6], 0);
            for scene in scenes.iter().step_by(one_in) {
                let our = by_planner(&mut planner, scene, *objective, time);
                // Without a price of his own there is no balanced plan to compare.
                let Some(unit_price) = our.as_ref().map_or((*objective != Objective::Balanced).then_some(0), |plan| Some(price(plan)))
                else {
                    continue;
                };
                incidents += 1;
                let their = by_mip(&mut mip, scene, *objective, unit_price, time).0;
                let place = match (our, their) {
                    (Some(our), Some(their)) => 1 + our.value.cmp(&their.value) as i8,
                    (Some(_), None) => 3,
                    (None, Some(_)) => 4,
                    (None, None) => 5,
                };
                counts[place as usize] += 1;
            }
            let counts = counts.map(|count: usize| count.to_string()).join(" | ");
            println!("| {objective} | {units} | {time:?} | {incidents} | {counts} |");
        }
    }
    println!();
}

/// All of it, for incidents in which a cordon may be possible.
pub(crate) fn beside(units: usize, scenes: &[Scene]) {
    fewest(units, scenes);
    better(units, scenes);
}

/// The gates of the ring road by both.
pub(crate) fn gates(town: &Town, scene: &Scene) {
    let (our_time, ours) = timed(|| close_gates(&scene.goings, &scene.units, &town.gates(), &mut || false).unwrap());
    let (their_time, theirs) = timed(|| close_gates_by_mip(&scene.goings, &scene.units, &town.gates(), &mut || PROOF).unwrap());
    assert_eq!((ours.bottleneck_ms, ours.total_ms), theirs);
    println!(
        "{} units, {} gates: the same by both, {our_time:?} by citygate, {their_time:?} by HiGHS",
        scene.units.len(),
        town.gates().len()
    );
}
