//! Citygate beside Redis, over the wire, in one run on one machine: fixes in, nearest out, memory, fences.
//!
//! Both servers are started here, one after the other, with nothing but memory to write to that counts: Redis without
//! persistence, Citygate with its journal, which fixes never touch. What asks is the same code for both; only the bytes
//! differ. Run with `make bench` or `cargo bench --bench peers`; words after `--` choose parts: `fixes`, `nearest`,
//! `memory`, `fences`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod city;
mod fences;
mod fixes;
mod machine;
mod memory;
mod nearest;
mod redis;
mod server;

/// Units of the usual measurements.
const UNITS: usize = 100_000;
/// Units of the measurement of memory.
const UNITS_MANY: usize = 1_000_000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |part: &str| words.is_empty() || words.iter().any(|word| word == part);
    redis::install();
    machine::print_head(&["redis-server"]);
    if wants("nearest") {
        nearest::run();
    }
    if wants("fixes") {
        fixes::run();
    }
    if wants("memory") {
        memory::run();
    }
    if wants("fences") {
        fences::run();
    }
}
