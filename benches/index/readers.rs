//! Readers beside the writer: how long the nearest ten take while nobody writes, and while one writer applies a million moves
//! a second. Each question is timed by itself, so that the tail shows. Run with `make bench`.
//!
//! The reader has a core to itself where there are two; what the machine itself takes away is measured, too: the longest
//! gaps between two readings of the clock.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, unreachable_pub, dead_code)]

mod city;

use std::{
    fs,
    hint::black_box,
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use city::{City, Lie, Move};
use citygate::{
    index::{Filter, Index, IndexWriter},
    model::{Status, StatusSet, UnitNo},
};

const UNITS: usize = 100_000;
const MOVES_PER_S: u64 = 1_000_000;
const MOVES_A_TURN: usize = 64;
const QUESTIONS: usize = 1_000_000;

/// Nanoseconds of each question, sorted.
fn ask(index: &Index, questions: &[citygate::geodesy::LatLng]) -> Vec<u64> {
    let filter = Filter { statuses: StatusSet::EMPTY.with(Status::Available), ..Filter::default() };
    let mut times: Vec<u64> = Vec::with_capacity(QUESTIONS);
    for n in 0..QUESTIONS {
        let start = Instant::now();
        black_box(index.nearest(black_box(questions[n % questions.len()]), 10, None, &filter));
        times.push(start.elapsed().as_nanos() as u64);
    }
    times.sort_unstable();
    times
}

/// What the machine itself takes: the same loop with nothing in it.
fn nothing() -> Vec<u64> {
    let mut times: Vec<u64> = (0..QUESTIONS)
        .map(|_| {
            let start = Instant::now();
            // As long as a question takes, so that as much can happen in it.
            while start.elapsed() < Duration::from_nanos(1_000) {}
            start.elapsed().as_nanos() as u64
        })
        .collect();
    times.sort_unstable();
    times
}

fn row(what: &str, times: &[u64]) {
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize] as f64 / 1_000.0;
    println!("| {what} | {:.2} | {:.2} | {:.2} | {:.1} |", at(0.5), at(0.99), at(0.999), at(1.0));
}

/// Leaves a time where criterion leaves its own, so that the table of all benches finds it.
fn keep(group: &str, times: &[u64]) {
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion").join(group).join("citygate").join(name).join("new");
        fs::create_dir_all(&folder).unwrap();
        let median = format!(r#"{{"median": {{"point_estimate": {}}}}}"#, times[((times.len() - 1) as f64 * share) as usize]);
        fs::write(folder.join("estimates.json"), median).unwrap();
    }
}

/// Moves at a fixed rate until told to stop; gives the moves a second and the nanoseconds of its own time a move.
fn write(index: &mut IndexWriter, round: &[Move], per_s: Option<u64>, stop: &AtomicBool, done: &AtomicU64) -> (f64, f64) {
    let start = Instant::now();
    let (mut moves, mut busy) = (0_u64, Duration::ZERO);
    'all: loop {
        for chunk in round.chunks(MOVES_A_TURN) {
            if stop.load(Relaxed) {
                break 'all;
            }
            while per_s.is_some_and(|per_s| moves > start.elapsed().as_micros() as u64 * per_s / 1_000_000) {
                std::hint::spin_loop();
            }
            let begun = Instant::now();
            let mut turn = index.turn();
            turn.expect(chunk.iter().map(|step| UnitNo(step.unit)));
            for step in chunk {
                turn.place_unit(UnitNo(step.unit), step.to, &step.tag);
            }
            drop(turn);
            busy += begun.elapsed();
            moves += chunk.len() as u64;
            done.store(moves, Relaxed);
        }
    }
    (moves as f64 / start.elapsed().as_secs_f64(), busy.as_nanos() as f64 / moves as f64)
}

fn main() {
    let mut city = City::new(UNITS, Lie::Uniform);
    let mut writer = city.index();
    let (round, questions) = (city.round(), city.questions());
    let index = writer.index().clone();
    println!("\nnearest 10 of 30 % of {UNITS} units, {QUESTIONS} questions, us\n\n| | p50 | p99 | p99.9 | max |\n|---|---|---|---|---|");
    row("nothing, for 1 us", &nothing());
    let times = ask(&index, &questions);
    row("nobody writes", &times);
    keep("nearest_while_nobody_writes", &times);
    let alone = {
        let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
        std::thread::scope(|scope| {
            let writing = scope.spawn(|| write(&mut writer, &round, Some(MOVES_PER_S), &stop, &done));
            std::thread::sleep(Duration::from_secs(1));
            stop.store(true, Relaxed);
            writing.join().unwrap()
        })
    };
    for (what, per_s) in [("1,000,000 moves/s", Some(MOVES_PER_S)), ("as many moves as it can", None)] {
        let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let (times, (rate, busy_ns)) = std::thread::scope(|scope| {
            let writing = scope.spawn(|| write(&mut writer, &round, per_s, &stop, &done));
            while done.load(Relaxed) < 100_000 {
                std::hint::spin_loop();
            }
            let times = ask(&index, &questions);
            stop.store(true, Relaxed);
            (times, writing.join().unwrap())
        });
        row(&format!("one writer, {what}"), &times);
        if per_s.is_some() {
            keep("nearest_beside_1000000_moves", &times);
        }
        println!("| its rate: {rate:.0} moves/s, {busy_ns:.0} ns a move; alone at the same pace {:.0} ns | | | | |", alone.1);
    }
}
