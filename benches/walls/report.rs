//! What a run came to, as a table, and whether all of it was right.

use citygate::sim::probe::{Latencies, Latency};

use crate::{
    Phase, Stuck,
    feed::Fed,
    machine::row,
    views::{Extent, View},
};

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn mib(mib: f64) -> String {
    format!("{mib:.1} MiB")
}

/// The quotient as text; nothing where it is of nothing.
fn quotient(of: f64, by: f64, digits: usize) -> String {
    if by > 0.0 { format!("{:.digits$}", of / by) } else { "-".to_owned() }
}

/// How many walls of each extent there are.
fn counts(views: &[View]) -> [usize; 2] {
    let cities = views.iter().filter(|view| view.extent() == Extent::City).count();
    [cities, views.len() - cities]
}

/// Bytes a second of a wall of an extent.
fn bytes_per_s(phase: &Phase, walls: [usize; 2], extent: Extent) -> f64 {
    phase.seen.bytes[extent as usize] as f64 / phase.cost.seconds / walls[extent as usize].max(1) as f64
}

/// A row of a figure of each phase; what a phase has none of stays empty.
fn each(what: &str, phases: &[Option<&Phase>; 3], figure: impl Fn(&Phase) -> String) {
    let [first, second, third] = phases.map(|phase| phase.map_or_else(String::new, &figure));
    row(what, &first, &second, &third);
}

fn latency(phases: &[Option<&Phase>; 3], what: &str, of: impl Fn(&Phase) -> &Latencies, shown: &[Quantile]) {
    for (name, figure) in shown {
        each(&format!("{what}, {name}"), phases, |phase| {
            of(phase).latency().map_or_else(String::new, |all| format!("{:.1} ms", figure(&all)))
        });
    }
}

/// Its name, and where it stands.
type Quantile = (&'static str, fn(&Latency) -> f64);

const P50: Quantile = ("p50", |latency| latency.p50_ms);
const P99: Quantile = ("p99", |latency| latency.p99_ms);
const MAX: Quantile = ("max", |latency| latency.max_ms);

/// The table of Citygate: without walls, with them, and beside walls that are stuck.
pub(crate) fn ours(idle: &Phase, full: &Phase, beside: Option<&Phase>, stuck: Option<&Stuck>, views: &[View], tick_ms: u32) {
    let walls = counts(views);
    let all = views.len() as f64;
    let phases = [Some(idle), Some(full), beside];
    let with_walls = [None, Some(full), beside];
    let ticks_per_s = 1_000.0 / f64::from(tick_ms);
    row("", "no wall", &format!("{} walls", views.len()), &stuck.map_or_else(String::new, |stuck| format!("and {} stuck", stuck.walls)));
    each("server's CPU, of one core", &phases, |phase| percent(phase.cost.server));
    each("... in the kernel", &phases, |phase| percent(phase.cost.server_in_kernel));
    each("... the part that walls cost", &with_walls, |phase| percent(phase.cost.server - idle.cost.server));
    each("... of that a wall", &with_walls, |phase| format!("{:.3} %", (phase.cost.server - idle.cost.server) * 100.0 / all));
    each("this program's CPU, walls and feed, of one core", &phases, |phase| percent(phase.cost.own));
    each("fixes sent a second", &phases, |phase| format!("{:.0}", phase.fixes as f64 / phase.cost.seconds));
    latency(&with_walls, "fix written to wall", |phase| &phase.seen.fix, &[P50, P99]);
    latency(&with_walls, "tick to wall", |phase| &phase.seen.tick, &[P50, P99, MAX]);
    for (extent, name) in [(Extent::City, "the whole city"), (Extent::District, "a district")] {
        let n = extent as usize;
        if walls[n] > 0 {
            let of_wall = |count: u64, phase: &Phase| count as f64 / phase.cost.seconds / walls[n] as f64;
            each(&format!("bytes a second, {name} ({} walls)", walls[n]), &with_walls, |phase| {
                format!("{:.0}", bytes_per_s(phase, walls, extent))
            });
            each(&format!("messages a second, {name}"), &with_walls, |phase| format!("{:.2}", of_wall(phase.seen.messages[n], phase)));
            each(&format!("bytes of frames a unit that moved, {name}"), &with_walls, |phase| {
                quotient(phase.seen.record_bytes[n] as f64, phase.seen.records[n] as f64, 1)
            });
        }
    }
    each("frames a wall, by the ticks that there were", &with_walls, |phase| {
        quotient(phase.seen.frames as f64, phase.cost.seconds * ticks_per_s * all, 3)
    });
    each("packets with data, a wall and tick", &with_walls, |phase| quotient(phase.cost.packets - idle.cost.packets, ticks_per_s * all, 2));
    each("server's memory", &phases, |phase| mib(phase.rss_mib));
    let grown = |from: &Phase, to: &Phase, walls: f64| format!("{:.1} KiB", (to.rss_mib - from.rss_mib) * 1_024.0 / walls);
    let stuck_wall = beside.zip(stuck).map_or_else(String::new, |(beside, stuck)| grown(full, beside, f64::from(stuck.walls)));
    row("... a wall, a stuck one", "", &grown(idle, full, all), &stuck_wall);
    each("memory of all TCP in the kernel", &phases, |phase| mib(phase.tcp_mib));
    if let Some(Stuck { after_s, after, .. }) = stuck {
        let (rss, tcp) = (mib(after.server.rss_mib), mib(after.tcp_mib));
        row(&format!("{after_s:.1} s after the stuck were closed: memory, TCP"), "", &rss, &tcp);
    }
    each("fixes seen by a wall of the whole city, of those sent", &with_walls, |phase| {
        let samples = views.iter().filter(|view| view.is_sample && view.extent() == Extent::City).count();
        // A city of many units is shown as totals, in which there are none.
        let sent = if phase.seen.records[0] > 0 { phase.fixes * samples as u64 } else { 0 };
        quotient(phase.seen.fixes[0] as f64, sent as f64, 4)
    });
    each("snapshots in place of changes", &with_walls, |phase| phase.seen.snapshots.to_string());
    each("gaps", &with_walls, |phase| phase.seen.gaps.to_string());
    each("records of fixes that nobody sent", &with_walls, |phase| phase.seen.unmatched.to_string());
    each("records more than a step from their fix", &with_walls, |phase| phase.seen.elsewhere.to_string());
}

/// The table of ours beside the naive way.
pub(crate) fn beside_naive(ours: [&Phase; 2], naive: [&Phase; 2], views: &[View]) {
    let walls = counts(views);
    println!();
    row("beside a task and a JSON text for each wall", "Citygate", "naive", "ours / naive");
    let compare = |what: &str, [ours, naive]: [f64; 2], text: &dyn Fn(f64) -> String| {
        row(what, &text(ours), &text(naive), &quotient(ours, naive, 3));
    };
    let part = |[idle, full]: [&Phase; 2]| full.cost.server - idle.cost.server;
    compare("server's CPU, the part that walls cost", [part(ours), part(naive)], &percent);
    for (extent, name) in [(Extent::City, "the whole city"), (Extent::District, "a district")] {
        let bytes = [ours[1], naive[1]].map(|phase| bytes_per_s(phase, walls, extent));
        compare(&format!("bytes a second, {name}"), bytes, &|bytes| format!("{bytes:.0}"));
    }
    compare("this program's CPU", [ours[1], naive[1]].map(|phase| phase.cost.own), &percent);
}

/// Says what was wrong; whether anything was.
pub(crate) fn is_wrong(phases: &[&Phase], broken: usize, why: Option<String>, fed: &Fed, stuck: Option<&Stuck>) -> bool {
    let sum = |of: fn(&Phase) -> u64| phases.iter().map(|phase| of(phase)).sum::<u64>();
    let checks = [
        ("gaps", sum(|phase| phase.seen.gaps), None),
        ("records of fixes that nobody sent", sum(|phase| phase.seen.unmatched), None),
        ("records more than a step from their fix", sum(|phase| phase.seen.elsewhere), None),
        ("walls that broke", broken as u64, why),
        ("fixes that the server refused", fed.refused, fed.first_refusal.clone()),
        ("memory of stuck walls that did not come back, MiB", stuck.map_or(0, Stuck::kept_mib), None),
    ];
    println!();
    println!("fixes accepted in all {}", fed.accepted);
    let wrong = checks.into_iter().filter(|(_, count, _)| *count > 0);
    wrong.map(|(what, count, why)| eprintln!("WRONG: {what}: {count}{}", why.map_or_else(String::new, |why| format!(" ({why})")))).count()
        > 0
}
