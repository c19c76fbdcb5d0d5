//! How many instructions the hottest paths take, against a budget: a slow-down is seen at once, on any machine, however busy.
//!
//! valgrind's callgrind counts what the processor would execute inside one function of each path, which is the same number
//! run after run: the paths are seeded and single-threaded. It does not see caches nor branch predictors: that is what
//! `make bench` measures. `make test` runs it, built as `profile.toml` says.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[path = "../index/city.rs"]
#[allow(dead_code, unreachable_pub)]
mod city;
mod paths;
mod valgrind;

use std::process::ExitCode;

/// A path, and what it may cost.
struct Path {
    /// The function in [`paths`] whose instructions count, all that it calls included; it is also the path's name.
    function: &'static str,
    what: &'static str,
    /// Instructions a time: a tenth more than what was measured when it was last set.
    budget: f64,
    /// Sets up, runs the function once and gives how many times the path was gone inside it.
    run: fn() -> usize,
}

const PATHS: &[Path] = &[
    Path { function: "counted_moves", what: "a move of 20 m in the index, of 3,500 units", budget: 160.0, run: paths::moves },
    Path { function: "counted_questions", what: "the nearest 10 of 30 % of 100,000 units", budget: 13_300.0, run: paths::questions },
    Path { function: "counted_askers", what: "whether one of 10,000 addresses may ask", budget: 400.0, run: paths::askers },
    Path { function: "counted_actors", what: "whether one of 10,000 people may ask", budget: 297.0, run: paths::actors },
    Path { function: "counted_frames", what: "a fix from a gateway's bytes to the engine's queue", budget: 404.0, run: paths::frames },
    Path { function: "counted_fixes", what: "a fix in the engine: index, roads, zones, news", budget: 2_752.0, run: paths::fixes },
];

/// A path that takes less than this share of its budget is faster than the budget knows.
const LOOSE: f64 = 0.8;

fn main() -> ExitCode {
    // Under valgrind: the path that is named, and how often it was gone as the only output.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(path) = PATHS.iter().find(|path| arguments.iter().any(|argument| argument == path.function)) {
        println!("{}", (path.run)());
        return ExitCode::SUCCESS;
    }
    println!("{:<52} {:>14} {:>10}", "instructions", "counted", "budget");
    let counts = std::thread::scope(|scope| {
        let counting: Vec<_> = PATHS.iter().map(|path| scope.spawn(|| valgrind::count(path.function))).collect();
        counting.into_iter().map(|counting| counting.join().unwrap()).collect::<Vec<_>>()
    });
    let mut failed = 0;
    for (path, count) in PATHS.iter().zip(counts) {
        match count {
            Ok(count) => {
                println!("{:<52} {count:>14.1} {:>10.0}", path.what, path.budget);
                if count > path.budget {
                    path.tell_too_many(count);
                    failed += 1;
                } else if count < path.budget * LOOSE {
                    eprintln!(
                        "{}: much faster than its budget; set it to {:.0} in {}, so that this stays",
                        path.function,
                        count * 1.1,
                        file!()
                    );
                }
            }
            Err(why) => {
                eprintln!("{}: not counted: {why}", path.function);
                failed += 1;
            }
        }
    }
    println!("{} passed, {failed} failed", PATHS.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Path {
    fn tell_too_many(&self, count: f64) {
        eprintln!(
            "{}: {} takes {count:.1} instructions, {:.1} % more than its budget of {:.0}.\n  See where: callgrind_annotate {}\n  Take it out \
             again; or, when it is worth that much, set the budget to {:.0} in {} and say in the commit what it buys.",
            self.function,
            self.what,
            (count / self.budget - 1.0) * 100.0,
            self.budget,
            valgrind::counts_of(self.function).display(),
            count * 1.1,
            file!()
        );
    }
}
