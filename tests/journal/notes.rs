//! Notes: on record with the next commit, never in the way, never lost without a count.

use std::sync::atomic::{AtomicBool, Ordering};

use citygate::{
    bus::{BusLimits, NOTES_MAX, Request},
    engine::{Command, UnitPatch},
    journal::{Note, Noted},
    model::Actor,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::restart::start;

pub(crate) fn note(subject: usize, n: usize) -> Note {
    Note { event: Noted::Refused, subject: format!("route/{subject}"), body: json!({ "n": n }) }
}

fn notes(state: &TempDir) -> Vec<Value> {
    let mut bytes = Vec::new();
    citygate::journal::export(state.path(), 1, &mut bytes).unwrap().unwrap();
    let rows = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| serde_json::from_slice(line).unwrap());
    rows.filter(|row: &Value| row["kind"] == "note").collect()
}

#[test]
fn a_note_is_on_record_with_who_and_what() {
    let state = TempDir::new().unwrap();
    let (bus, _) = start(state.path(), 1, BusLimits::default());
    bus.note(Actor::Unit("u-0".parse().unwrap()), note(1, 7));
    bus.note(Actor::Machine, note(2, 8));
    bus.stop();
    let notes = notes(&state);
    let told: Vec<_> = notes.iter().map(|row| [&row["actor"], &row["subject"], &row["event"], &row["body"]["n"]]).collect();
    assert_eq!(
        told,
        [
            [&json!("unit:u-0"), &json!("route/1"), &json!("refused"), &json!(7)],
            [&json!("machine"), &json!("route/2"), &json!("refused"), &json!(8)]
        ]
    );
    citygate::journal::verify(state.path()).unwrap();
    let (bus, started) = start(state.path(), 1, BusLimits::default());
    assert_eq!((started.replayed, started.registered), (1, 0), "they change no state");
    bus.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_notes_is_counted_and_holds_up_no_command() {
    const FLOOD: usize = 40 * NOTES_MAX;
    let state = TempDir::new().unwrap();
    let (bus, _) = start(state.path(), 1, BusLimits::default());
    let is_over = std::sync::Arc::new(AtomicBool::new(false));
    let flood = {
        let (bus, is_over) = (bus.clone(), is_over.clone());
        std::thread::spawn(move || {
            (0..FLOOD).for_each(|n| bus.note(Actor::Machine, note(n % 3_000, n)));
            is_over.store(true, Ordering::Relaxed);
        })
    };
    let mut commands = 0;
    while !is_over.load(Ordering::Relaxed) || commands == 0 {
        commands += 1;
        let patch = UnitPatch { crew: Some(commands % 1_000), ..UnitPatch::default() };
        bus.command(Request::new(Command::EditUnit { id: "u-0".parse().unwrap(), patch }, Actor::Machine)).await.unwrap();
    }
    flood.join().unwrap();
    bus.stop();
    let notes = notes(&state);
    let count: u64 = notes.iter().map(|row| row["body"]["count"].as_u64().unwrap_or(1)).sum();
    assert_eq!(count as usize, FLOOD, "in {} rows, beside {commands} commands", notes.len());
    citygate::journal::verify(state.path()).unwrap();
}
