//! One Markdown table of what the other benches measured: ours beside each peer, the ratio, and the target that it must meet.
//!
//! Reads what criterion (and the bench of readers) left in `target/criterion`, measures nothing itself. `make bench` prints it
//! last; what was not measured stands there as not measured.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../peers/machine.rs"]
#[allow(dead_code)]
mod machine;
mod measured;
mod rows;

use measured::Measured;
use rows::{Against, Row, Target};

/// Nanoseconds as people read them.
fn time(ns: f64) -> String {
    match ns {
        ..1_000.0 => format!("{ns:.1} ns"),
        ..1_000_000.0 => format!("{:.2} us", ns / 1e3),
        _ => format!("{:.2} ms", ns / 1e6),
    }
}

/// One line of a row: what stands in the columns behind ours.
fn compare(ours: f64, against: &Against, theirs: Option<f64>) -> [String; 5] {
    let Some(theirs) = theirs else {
        return [against.name.to_owned(), "not measured".to_owned(), String::new(), String::new(), String::new()];
    };
    let times_faster = theirs / ours;
    let ratio = match against.target {
        Target::TimesTheTime(_) => format!("{:.2} of its time", ours / theirs),
        _ if times_faster >= 1.0 => format!("{times_faster:.1} times faster"),
        _ => format!("{:.1} times slower", ours / theirs),
    };
    let (is_met, target) = match against.target {
        Target::None => (None, String::new()),
        Target::TimesFaster(least) => (Some(times_faster >= least), format!("at least {least} times faster")),
        Target::TimesTheTime(most) => (Some(ours / theirs <= most), format!("at most {most:.1} of its time")),
    };
    let verdict = is_met.map_or("", |is_met| if is_met { "met" } else { "**missed**" });
    [against.name.to_owned(), time(theirs), ratio, target, verdict.to_owned()]
}

fn lines(row: &Row, measured: &Measured) -> Vec<[String; 8]> {
    let Some(ours) = measured.ns(row.group, rows::OURS, row.size).map(|ns| ns / row.times) else {
        let empty = String::new;
        return vec![[row.what.to_owned(), row.size.to_owned(), "not measured".to_owned(), empty(), empty(), empty(), empty(), empty()]];
    };
    let mut found = Vec::new();
    for (n, against) in row.against.iter().enumerate() {
        let theirs = measured.ns(against.group.unwrap_or(row.group), against.peer, row.size).map(|ns| ns / row.times);
        let head = if n == 0 { [row.what.to_owned(), row.size.to_owned(), time(ours)] } else { [const { String::new() }; 3] };
        let ([a, b, c], [d, e, f, g, h]) = (head, compare(ours, against, theirs));
        found.push([a, b, c, d, e, f, g, h]);
    }
    if found.is_empty() {
        let empty = String::new;
        found.push([row.what.to_owned(), row.size.to_owned(), time(ours), empty(), empty(), empty(), empty(), empty()]);
    }
    found
}

fn main() {
    let measured = Measured::default();
    let rows = rows::all();
    let lines: Vec<_> = rows.iter().flat_map(|row| lines(row, &measured)).collect();
    println!(
        "\nMachine: {} cores of {}, {}. Commit {}, {}, {}. Measured from {} to {}.\n",
        machine::cores(),
        machine::field("/proc/cpuinfo", "model name"),
        machine::said("uname", &["-sr"]),
        machine::said("git", &["describe", "--always", "--dirty", "--abbrev=12"]),
        machine::said("rustc", &["--version"]),
        machine::said("date", &["-u", "+%F %T UTC"]),
        measured.first(),
        measured.last(),
    );
    println!("| what | size | Citygate | against | its time | ratio | target | |\n|---|---|---|---|---|---|---|---|");
    for line in &lines {
        println!("| {} |", line.join(" | "));
    }
    let count = |verdict: &str| lines.iter().filter(|line| line[7] == verdict).count();
    println!(
        "\nTargets: {} met, {} missed, {} not measured.",
        count("met"),
        count("**missed**"),
        rows::targets(&rows) - count("met") - count("**missed**")
    );
}
