//! The trail beside the journal: whatever becomes of its file, a search and the last event of a subject are those of the journal.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use citygate::{
    bus::BusLimits,
    engine::Event,
    journal::{Draft, Journal, JournalError, Log, Search, TRAIL_FILE, What, backup, catch_up},
    model::{Actor, Status, Timestamp},
};
use rand::{Rng, RngCore, SeedableRng, rngs::SmallRng};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    common::wait,
    restart::start,
    search::{check, draft, export, found, right, write},
};

fn file(state: &Path) -> PathBuf {
    state.join(TRAIL_FILE)
}

/// The last row that a trail knows.
fn last(state: &Path) -> Option<i64> {
    let trail = rusqlite::Connection::open_with_flags(file(state), rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE).ok()?;
    trail.query_row("SELECT seq FROM trail", [], |row| row.get(0)).ok()
}

/// The last event of a unit, as the journal that refuses a row says it.
fn last_event(state: &Path, unit: &str) -> u64 {
    let event = Event::StatusSet { id: unit.parse().unwrap(), status: Status::Busy };
    let at = Timestamp::from_unix_ms(1_764_000_000_000);
    let never = Draft { at, what: What::Event(event), actor: Actor::Machine, key: None, expected: Some(u64::MAX) };
    match Journal::open(state).unwrap().append(&mut std::iter::once(Cow::Owned(never))) {
        Err(JournalError::Expected { found, .. }) => found,
        other => panic!("{other:?}"),
    }
}

/// All that is asked of a trail, against the rows.
fn all_is_right(state: &Path, rows: &[Value], what: &str) {
    check(state, rows, 25);
    for unit in ["car-7", "car-1234", "car-3500"] {
        let is_it = |row: &&Value| row["subject"] == format!("unit/{unit}") && row["kind"] == "event";
        let right = rows.iter().rev().find(is_it).map_or(0, |row| row["seq"].as_u64().unwrap());
        assert_eq!(last_event(state, unit), right, "{what}, {unit}");
    }
}

#[test]
fn a_trail_that_is_not_the_journals_changes_no_answer() {
    const ROWS: usize = 6_000;
    let [state, other] = [(); 2].map(|()| TempDir::new().unwrap());
    write(state.path(), 0..ROWS / 2);
    catch_up(state.path()).unwrap();
    let older = fs::read(file(state.path())).unwrap();
    write(state.path(), ROWS / 2..ROWS - 1_000);
    catch_up(state.path()).unwrap();
    let whole = fs::read(file(state.path())).unwrap();
    // Another journal, with more rows; and one that has gone another way after the same beginning.
    write(other.path(), 1..ROWS + 5_000);
    catch_up(other.path()).unwrap();
    let longer = fs::read(file(other.path())).unwrap();
    let fork = TempDir::new().unwrap();
    write(fork.path(), 0..ROWS / 2);
    write(fork.path(), ROWS / 2 + 1..ROWS - 2_000);
    catch_up(fork.path()).unwrap();
    let forked = fs::read(file(fork.path())).unwrap();
    write(state.path(), ROWS - 1_000..ROWS);
    let rows = export(state.path());

    let mut rng = SmallRng::seed_from_u64(5);
    let mut spoilt = |from: usize, until: usize, chance: bool| {
        let mut bytes = whole.clone();
        let part = &mut bytes[from..until];
        if chance {
            rng.fill_bytes(part)
        } else {
            part.fill(0)
        }
        bytes
    };
    let (all, page) = (whole.len(), 4_096);
    let other_layout = {
        let trail = rusqlite::Connection::open(file(other.path())).unwrap();
        trail.execute_batch("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        drop(trail);
        fs::read(file(other.path())).unwrap()
    };
    let files = [
        ("empty", Vec::new()),
        ("no database", b"no database".repeat(1_000)),
        ("garbage", spoilt(0, all, true)),
        ("a garbage head", spoilt(0, page, true)),
        ("garbage after the head", spoilt(page, all, true)),
        ("garbage at the end", spoilt(all / 2, all, true)),
        ("zeros", spoilt(0, all, false)),
        ("zeros in the middle", spoilt(8 * page, all - 8 * page, false)),
        ("cut in half", whole[..all / 2 / page * page].to_vec()),
        ("cut within a page", whole[..all - 100].to_vec()),
        ("cut after the head", whole[..page].to_vec()),
        ("older", older),
        ("as it was", whole.clone()),
        ("of a longer journal", longer),
        ("of a journal that went another way", forked),
        ("of another layout", other_layout),
    ];
    for (what, bytes) in files {
        fs::write(file(state.path()), bytes).unwrap();
        all_is_right(state.path(), &rows, what);
        while catch_up(state.path()).unwrap() {}
        all_is_right(state.path(), &rows, what);
        assert_eq!(last(state.path()), Some(ROWS as i64), "{what}");
    }
    fs::remove_file(file(state.path())).unwrap();
    all_is_right(state.path(), &rows, "missing");
    // One that cannot be written is needed by nobody.
    fs::create_dir(file(state.path())).unwrap();
    all_is_right(state.path(), &rows, "a folder");
    catch_up(state.path()).unwrap_err();
}

#[test]
fn a_long_journal_is_taken_piece_by_piece() {
    const ROWS: usize = 50_010;
    let state = TempDir::new().unwrap();
    write(state.path(), 0..ROWS);
    let rows = export(state.path());
    assert!(catch_up(state.path()).unwrap(), "there is more");
    assert_eq!(last(state.path()), Some(50_000));
    all_is_right(state.path(), &rows, "the first piece");
    assert!(!catch_up(state.path()).unwrap());
    assert_eq!(last(state.path()), Some(ROWS as i64));
    all_is_right(state.path(), &rows, "all");
}

#[test]
fn whoever_searches_while_it_is_written_finds_all_that_was_committed() {
    const COMMITS: usize = 60;
    let state = TempDir::new().unwrap();
    write(state.path(), 0..500);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut journal, mut rng) = (Journal::open(state.path()).unwrap(), SmallRng::seed_from_u64(1));
            for n in 0..COMMITS {
                let mut rows = (0..50).map(|row| Cow::Owned(draft(&mut rng, 500 + 50 * n + row)));
                let last = journal.append(&mut rows).unwrap();
                assert_eq!(found(state.path(), &Search { limit: 1, ..Search::default() }), [last]);
            }
            is_over.store(true, Ordering::Relaxed);
        });
        // Two at once, and somebody who makes it anew now and then.
        for keeper in 0..2 {
            let (is_over, state) = (&is_over, state.path());
            scope.spawn(move || {
                let mut rng = SmallRng::seed_from_u64(keeper);
                while !is_over.load(Ordering::Relaxed) {
                    // A lock that was waited for too long is no fault: the other one has it.
                    let _ = catch_up(state);
                    if rng.random_ratio(1, 20) {
                        let trail = rusqlite::Connection::open(file(state)).unwrap();
                        let _ = trail.execute_batch("UPDATE trail SET hash = zeroblob(32)");
                    }
                }
            });
        }
        while !is_over.load(Ordering::Relaxed) {
            let before = export(state.path());
            let asked = Search { subject: Some("unit/car-7".to_owned()), limit: 1_000, ..Search::default() };
            let (right, found) = (right(&before, &asked), found(state.path(), &asked));
            assert!(found.ends_with(&right), "{found:?} {right:?}");
        }
    });
    while catch_up(state.path()).unwrap() {}
    let rows = export(state.path());
    assert_eq!(last(state.path()), Some(rows.len() as i64));
    all_is_right(state.path(), &rows, "at the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_keeps_it_and_a_backup_does_not_need_it() {
    let (state, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (bus, _) = start(state.path(), 40, BusLimits { positions_s: 1, ..BusLimits::default() });
    wait(|| (last(state.path()) == Some(40)).then_some(()));
    bus.note(Actor::Machine, crate::notes::note(1, 1));
    wait(|| (last(state.path()) == Some(41)).then_some(()));
    let copy = other.path().join("backup");
    backup(state.path(), &copy).unwrap();
    assert!(!file(&copy).exists());
    bus.stop();
    assert_eq!((last_event(&copy, "u-7"), last_event(state.path(), "u-7")), (8, 8));
}
