//! The audit trail: every search against all rows, looked at one by one; and how long one takes in a journal of a million rows.

use std::{
    borrow::Cow,
    ops::{ControlFlow, Range},
    path::Path,
    time::Instant,
};

use citygate::{
    engine::Event,
    journal::{Draft, First, JOURNAL_FILE, Journal, Kind, Log, Note, Noted, Search, TRAIL_FILE, What, catch_up, search},
    model::{Actor, Status, Timestamp},
};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde_json::{Value, json};
use tempfile::TempDir;

const BEGIN_MS: i64 = 1_764_000_000_000;
/// Between two rows on the average.
const STEP_MS: i64 = 1_000;

fn actor(n: usize) -> Actor {
    match n {
        0 => Actor::Machine,
        n if n % 2 == 0 => Actor::Program(format!("cad-{n}").parse().unwrap()),
        n => Actor::User(format!("li-{n}").parse().unwrap()),
    }
}

/// A row of chance: one in ten is a note, nine in ten are of one actor, the clock is set back now and then.
pub(crate) fn draft(rng: &mut SmallRng, n: usize) -> Draft {
    let unit = format!("car-{}", rng.random_range(0..3_500));
    let what = match rng.random_range(0..1_000) {
        0..900 => What::Event(Event::StatusSet { id: unit.parse().unwrap(), status: Status::ALL[n % Status::ALL.len()] }),
        900 => What::Note(Note { event: Noted::Refused, subject: "route/v1/accounts".to_owned(), body: json!({ "method": "GET" }) }),
        _ => What::Note(Note { event: Noted::UnitSeen, subject: format!("unit/{unit}"), body: json!({ "role": "dispatcher" }) }),
    };
    let by = if rng.random_ratio(9, 10) { 0 } else { rng.random_range(1..40) };
    let at = Timestamp::from_unix_ms(BEGIN_MS + n as i64 * STEP_MS - if rng.random_ratio(1, 100) { 60_000 } else { 0 });
    Draft { at, what, actor: actor(by), key: None, expected: None }
}

/// Appends these rows to a journal, the first with the number 0.
pub(crate) fn write(state: &Path, rows: Range<usize>) {
    let (mut journal, mut rng) = (Journal::open(state).unwrap(), SmallRng::seed_from_u64(7 + rows.start as u64));
    for from in rows.clone().step_by(5_000) {
        let drafts: Vec<Draft> = (from..rows.end.min(from + 5_000)).map(|n| draft(&mut rng, n)).collect();
        journal.append(&mut drafts.iter().map(Cow::Borrowed)).unwrap();
    }
}

/// What an export of a journal has.
pub(crate) fn export(state: &Path) -> Vec<Value> {
    let mut export = Vec::new();
    citygate::journal::export(state, 1, &mut export).unwrap().unwrap();
    let lines = export.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

pub(crate) fn found(state: &Path, asked: &Search) -> Vec<u64> {
    let mut found = Vec::new();
    let mut visit = |row: &citygate::journal::Row<'_>| {
        found.push(row.seq);
        ControlFlow::Continue(())
    };
    search(state, asked, &mut visit).unwrap();
    found
}

/// The same from an export.
pub(crate) fn right(rows: &[Value], asked: &Search) -> Vec<u64> {
    let is = |row: &&Value| {
        let text = |name: &str| row[name].as_str().unwrap();
        let at: Timestamp = text("at").parse().unwrap();
        let subject = |subject: &String| text("subject") == subject || (subject.ends_with('/') && text("subject").starts_with(subject));
        asked.actor.as_ref().is_none_or(|actor| text("actor") == actor.to_string())
            && asked.subject.as_ref().is_none_or(subject)
            && (asked.events.is_empty() || asked.events.iter().any(|event| event == text("event")))
            && asked.kind.is_none_or(|kind| text("kind") == kind.as_str())
            && asked.from.is_none_or(|from| at >= from)
            && asked.until.is_none_or(|until| at < until)
    };
    let seqs = rows.iter().filter(is).map(|row| row["seq"].as_u64().unwrap());
    match asked.order {
        First::Oldest => seqs.filter(|seq| asked.after.is_none_or(|after| *seq > after)).take(asked.limit).collect(),
        First::Newest => seqs.rev().filter(|seq| asked.after.is_none_or(|after| *seq < after)).take(asked.limit).collect(),
    }
}

/// Searches of chance in a journal of so many rows, each against a look at all of them; how many of the pages were full.
pub(crate) fn check(state: &Path, rows: &[Value], searches: usize) -> usize {
    let mut rng = SmallRng::seed_from_u64(11);
    let subjects = ["unit/car-7", "unit/", "route/", "route/v1/accounts", "uni", "zone/"];
    let events = ["status_set", "unit_seen", "refused", "zone_put"];
    let mut full = 0;
    for _ in 0..searches {
        let mut may = |part: u32| rng.random_ratio(part, 10);
        let [by, about, named, of, from, until, after] = [may(4), may(4), may(4), may(3), may(3), may(3), may(5)];
        let mut at = || Timestamp::from_unix_ms(BEGIN_MS + rng.random_range(-100..rows.len() as i64 + 100) * STEP_MS);
        let (begin, end) = (at(), at());
        let asked = Search {
            actor: by.then(|| actor(rng.random_range(0..41))),
            subject: about.then(|| subjects[rng.random_range(0..subjects.len())].to_owned()),
            events: if named { events.iter().filter(|_| rng.random()).map(|event| (*event).to_owned()).collect() } else { Vec::new() },
            kind: of.then(|| Kind::ALL[rng.random_range(0..Kind::ALL.len())]),
            from: from.then_some(begin),
            until: until.then_some(end),
            order: First::ALL[rng.random_range(0..First::ALL.len())],
            after: after.then(|| rng.random_range(0..rows.len() as u64 + 2)),
            limit: rng.random_range(1..200),
        };
        let found = found(state, &asked);
        assert_eq!(found, right(rows, &asked), "{asked:?}");
        full += usize::from(found.len() == asked.limit);
    }
    full
}

#[test]
fn every_search_finds_what_a_look_at_each_row_finds() {
    const ROWS: usize = 16_000;
    let state = TempDir::new().unwrap();
    write(state.path(), 0..ROWS / 2);
    check(state.path(), &export(state.path()), 50);
    assert!(!catch_up(state.path()).unwrap());
    write(state.path(), ROWS / 2..ROWS);
    let rows = export(state.path());
    check(state.path(), &rows, 300);
    assert!(!catch_up(state.path()).unwrap());
    let full = check(state.path(), &rows, 300);
    assert!((50..250).contains(&full), "{full} of the pages were full");
}

#[test]
fn a_reader_sees_what_is_written_beside_it() {
    let state = TempDir::new().unwrap();
    let (mut journal, mut rng) = (Journal::open(state.path()).unwrap(), SmallRng::seed_from_u64(3));
    for n in 1..=3 {
        journal.append(&mut std::iter::once(Cow::Owned(draft(&mut rng, n)))).unwrap();
        assert_eq!(found(state.path(), &Search::default()).first(), Some(&(n as u64)));
        assert!(!catch_up(state.path()).unwrap());
    }
}

#[test]
#[allow(clippy::print_stdout, reason = "the times are what is measured")]
#[ignore = "writes a million rows: `make soak`, in release"]
fn a_search_in_a_million_rows() {
    const ROWS: usize = 1_000_000;
    let state = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let begun = Instant::now();
    write(state.path(), 0..ROWS);
    let mb = |file: &str| std::fs::metadata(state.path().join(file)).unwrap().len() as f64 / 1e6;
    println!("{ROWS} rows written in {:.1} s, {:.0} MB", begun.elapsed().as_secs_f64(), mb(JOURNAL_FILE));
    let begun = Instant::now();
    while catch_up(state.path()).unwrap() {}
    println!("the trail of them made in {:.1} s, {:.0} MB", begun.elapsed().as_secs_f64(), mb(TRAIL_FILE));
    let at = |row: i64| Timestamp::from_unix_ms(BEGIN_MS + row * STEP_MS);
    let all = Search::default();
    let events = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let cases = [
        ("the newest", all.clone()),
        ("one unit", Search { subject: Some("unit/car-7".into()), ..all.clone() }),
        ("who looked at one unit", Search { subject: Some("unit/car-7".into()), events: events(&["unit_seen"]), ..all.clone() }),
        ("one person", Search { actor: Some(actor(3)), ..all.clone() }),
        ("all who were refused", Search { events: events(&["refused"]), ..all.clone() }),
        ("an hour long ago", Search { from: Some(at(100_000)), until: Some(at(103_600)), ..all.clone() }),
        ("the oldest notes", Search { kind: Some(Kind::Note), order: First::Oldest, ..all.clone() }),
        ("a walk that finds nothing", Search { actor: Some(actor(0)), events: events(&["status_set"]), kind: Some(Kind::Note), ..all }),
    ];
    for (name, asked) in cases {
        let mut times: Vec<f64> = (0..9)
            .map(|_| {
                let begun = Instant::now();
                let count = found(state.path(), &asked).len();
                assert!(count <= asked.limit);
                begun.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{name}: {} rows, {:.2} ms in the middle, {:.2} ms at most", found(state.path(), &asked).len(), times[4], times[8]);
        assert!(times[4] < 2_000.0, "{name}: {times:?}");
    }
}
