//! Durable commands a second: 64 clients beside 10,000 fixes a second, against one commit each.
//!
//! Both on one disk, one after the other, in one run. The disk is that of `target/`: memory that plays a disk syncs for nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::{
    borrow::Cow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use citygate::{
    bus::{Bus, BusLimits, Request},
    engine::{Command, ContactLimits, Event, Organisations, UnitFix, UnitPatch, World},
    geodesy::LatLng,
    geography::Geography,
    journal::{Draft, Journal, Log, What},
    model::{Actor, DeviceKind, Fix, Name, OrgLevel, Organisation, Status, UnitId, UnitNo, UnitSpec},
};
use hdrhistogram::Histogram;
use serde_json::json;

/// How long each is measured.
const SECONDS: u64 = 8;
const CLIENTS: usize = 64;
const UNITS: usize = 3_500;
const FIXES_A_SECOND: usize = 10_000;
/// Fixes are handed over so often.
const BATCHES_A_SECOND: usize = 100;

fn id(n: usize) -> UnitId {
    format!("u-{n}").parse().unwrap()
}

fn start(state: &Path) -> Bus {
    let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
    let world = World::new(Organisations::new(vec![top]).unwrap(), Geography::default(), ContactLimits::default());
    let unit = |n| serde_json::from_value::<UnitSpec>(json!({"id": id(n), "callsign": format!("U-{n}"), "kind": "foot", "org": "city"}));
    let units = (0..UNITS).map(|n| unit(n).unwrap());
    Bus::start(Arc::new(world), Journal::open(state).unwrap(), units, BusLimits::default()).unwrap().0
}

/// Commits one row at a time; how many a second.
fn one_commit_each(state: &Path) -> f64 {
    let bus = start(state);
    let at = bus.now();
    bus.stop();
    drop(bus);
    let mut journal = Journal::open(state).unwrap();
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(SECONDS) {
        let event = Event::StatusSet { id: id(count % UNITS), status: Status::ALL[count % Status::ALL.len()] };
        let draft = Draft { at, what: What::Event(event), actor: Actor::Machine, key: None, expected: None };
        journal.append(&mut std::iter::once(Cow::Borrowed(&draft))).unwrap();
        count += 1;
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

/// Hands over fixes of all units, evenly, until it is told to end.
fn send_fixes(bus: &Bus, is_over: &AtomicBool) {
    let (batch, pause) = (FIXES_A_SECOND / BATCHES_A_SECOND, Duration::from_secs(1) / BATCHES_A_SECOND as u32);
    let (begun, mut sent) = (Instant::now(), 0);
    while !is_over.load(Ordering::Relaxed) {
        let fix = |n: usize| {
            let at = LatLng::new(22.8 + (n % 1_000) as f64 * 1e-5, 108.3).unwrap();
            let fix = Fix { at, time: bus.now(), speed_mps: None, heading_deg: None, accuracy_m: None };
            UnitFix { unit: UnitNo((n % UNITS) as u32), device: DeviceKind::Radio, fix }
        };
        let fixes: Vec<UnitFix> = (sent..sent + batch).map(fix).collect();
        assert!(bus.submit(&fixes).is_empty());
        sent += batch;
        let next = begun + pause * (sent / batch) as u32;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    println!("  fixes: {:.0} a second", sent as f64 / begun.elapsed().as_secs_f64());
}

/// Commands from many clients, each waiting for its own acknowledgement; how many a second, and how long they took, microseconds.
fn many_clients(state: &Path) -> (f64, Histogram<u64>) {
    let bus = start(state);
    let is_over = AtomicBool::new(false);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut times = Histogram::new(3).unwrap();
    let mut rate = 0.0;
    thread::scope(|scope| {
        scope.spawn(|| send_fixes(&bus, &is_over));
        runtime.block_on(async {
            let begun = Instant::now();
            let client = |client: usize| {
                let bus = bus.clone();
                tokio::spawn(async move {
                    let (mut times, mut n) = (Vec::new(), 0);
                    while begun.elapsed() < Duration::from_secs(SECONDS) {
                        let patch = UnitPatch { status: Some(Status::ALL[(n + 1) % Status::ALL.len()]), ..UnitPatch::default() };
                        let command = Command::EditUnit { id: id(client * UNITS / CLIENTS + n / Status::ALL.len() % 50), patch };
                        let asked = Instant::now();
                        bus.command(Request::new(command, Actor::Machine)).await.unwrap();
                        times.push(asked.elapsed().as_micros() as u64);
                        n += 1;
                    }
                    times
                })
            };
            let clients: Vec<_> = (0..CLIENTS).map(client).collect();
            for client in clients {
                client.await.unwrap().into_iter().for_each(|us| times.record(us).unwrap());
            }
            rate = times.len() as f64 / begun.elapsed().as_secs_f64();
        });
        is_over.store(true, Ordering::Relaxed);
    });
    bus.stop();
    (rate, times)
}

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let alone = one_commit_each(&folder.path().join("alone"));
    println!("one commit each: {alone:.0} commands a second");
    let (rate, times) = many_clients(&folder.path().join("together"));
    let us = |quantile| times.value_at_quantile(quantile) as f64 / 1_000.0;
    println!("{CLIENTS} clients beside {FIXES_A_SECOND} fixes a second: {rate:.0} commands a second, {:.1} times as many", rate / alone);
    println!("  acknowledged after: p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms", us(0.5), us(0.99), us(0.999));
}
