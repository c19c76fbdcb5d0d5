//! Who is there first, beside searches from one place to all: the five earliest of three in ten among 3,500 units of the sample
//! city, and of one in a hundred among as many on a generated network of 250,000 junctions.
//!
//! Ours answers for three ways of going at once; the peers for one, under blue light. Criterion measures how long a question
//! takes in all; then each is timed by itself, so that the tail shows. Run with `make bench`.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod peers;
mod town;

use std::{
    fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use citygate::roads::{Landmarks, Question, RoadPlace, Search, Travel};
use criterion::{BenchmarkId, Criterion};
use peers::{OneToAll, Petgraph};
use town::{Town, WAYS};

/// No limit that matters.
const MOST_MS: u32 = 24 * 3_600_000;
/// Questions whose answers are compared before anything is measured.
const COMPARED: usize = 40;
/// Questions that are asked of what takes its time.
const SLOW_ASKED: usize = 32;
const ASKINGS: usize = 5;
/// Fewer than this share are few.
const FEW: f64 = 0.1;

const fn five(to: RoadPlace) -> Question<'static> {
    Question { to, k: 5, most_ms: MOST_MS, ways: &WAYS }
}

/// Nanoseconds of each question, sorted: of each the least of five askings, so that what else runs on the machine counts little.
fn each(questions: &[RoadPlace], mut ask: impl FnMut(RoadPlace) -> usize) -> Vec<u64> {
    let mut times = vec![u64::MAX; questions.len()];
    for _ in 0..ASKINGS {
        for (to, least) in questions.iter().zip(&mut times) {
            let start = Instant::now();
            black_box(ask(black_box(*to)));
            *least = (*least).min(start.elapsed().as_nanos() as u64);
        }
    }
    times.sort_unstable();
    times
}

/// Prints a row, and leaves its times where criterion leaves its own, so that the table of all benches finds them.
fn row(group: &str, peer: &str, town: &str, times: &[u64]) {
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let us = |share| at(share) as f64 / 1_000.0;
    println!("| {group} | {town} | {peer} | {:.1} | {:.1} | {:.1} | {:.1} |", us(0.5), us(0.9), us(0.99), us(1.0));
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let size = format!("{town}_{name}");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion").join(group).join(peer).join(size).join("new");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("estimates.json"), format!(r#"{{"median": {{"point_estimate": {}}}}}"#, at(share))).unwrap();
    }
}

/// One question after the other.
fn bench(c: &mut Criterion, group: &str, peer: &str, town: &str, questions: &[RoadPlace], mut ask: impl FnMut(RoadPlace) -> usize) {
    let mut next = 0;
    let mut group = c.benchmark_group(group);
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(1_500));
    group.bench_function(BenchmarkId::new(peer, town), |b| {
        b.iter(|| {
            next = (next + 1) % questions.len();
            ask(black_box(questions[next]))
        });
    });
}

/// Five of a share of all, in a town that has landmarks: ours in both its forms, and the peers.
fn nearest(c: &mut Criterion, name: &str, town: &mut Town, questions: usize, (group, share): (&str, f64)) {
    let questions = town.questions(questions);
    let (mut search, few) = (Search::default(), town.eligible(share));
    for to in &questions[..COMPARED] {
        let found = search.earliest(&town.graph, &town.costs, &five(*to), town.on_edge(share));
        assert_eq!(found, search.earliest_of(&town.graph, &town.costs, &five(*to), &few));
    }
    let mut measure = |peer: &str, questions: &[RoadPlace], ask: &mut dyn FnMut(RoadPlace) -> usize| {
        bench(c, group, peer, name, questions, &mut *ask);
        row(group, peer, name, &each(questions, ask));
    };
    let fewer = &questions[..SLOW_ASKED];
    // Ours is the one that is meant for so many; the others of ours stand beside it.
    let is_few = share < FEW;
    let (by_edge, by_landmarks) = if is_few { ("by_edge", "citygate") } else { ("citygate", "by_landmarks") };
    let plain = if is_few { fewer } else { &questions };
    measure(by_edge, plain, &mut |to| search.earliest(&town.graph, &town.costs, &five(to), town.on_edge(share)).len());
    measure(by_landmarks, &questions, &mut |to| search.earliest_of(&town.graph, &town.costs, &five(to), &few).len());
    let mut one_to_all = OneToAll::new(&town.graph);
    measure("one_to_all", fewer, &mut |to| one_to_all.search(town, Travel::UrgentCar, to));
    let petgraph = Petgraph::new(town, Travel::UrgentCar);
    measure("petgraph", fewer, &mut |to| petgraph.search(town, to));
}

fn main() {
    let mut c = Criterion::default().configure_from_args();
    println!("| us | town | | p50 | p90 | p99 | max |\n|---|---|---|---|---|---|---|");
    for (name, mut town, questions) in [("sample_city", Town::sample_city(), 4_096), ("250000_junctions", Town::generated(), 512)] {
        let start = Instant::now();
        let landmarks = Landmarks::new(&town.graph, &town.costs, WAYS.map(|(travel, _)| travel));
        println!("landmarks of {name} for {} ways: {:.0} ms", WAYS.len(), start.elapsed().as_secs_f64() * 1_000.0);
        town.costs.set_landmarks(landmarks.into());
        for shared in [("nearest_5_by_eta", 0.3), ("nearest_5_by_eta_of_1_percent", 0.01)] {
            nearest(&mut c, name, &mut town, questions, shared);
        }
    }
    c.final_summary();
}
