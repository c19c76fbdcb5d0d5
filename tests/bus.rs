//! The bus: what is acknowledged is durable, what fails is told, and fixes go on meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{path::Path, sync::Arc};

use citygate::{
    bus::{Bus, BusLimits, CommandError, Request, Started},
    engine::{Command, ContactLimits, Organisations, UnitFix, UnitPatch, World},
    geodesy::LatLng,
    geography::Geography,
    journal::Journal,
    model::{Actor, DeviceKind, Fix, Name, OrgLevel, Organisation, Status, UnitId, UnitSpec},
};

fn city(n: usize) -> Vec<UnitSpec> {
    let unit = |n| format!(r#"{{"id":"u-{n}","callsign":"U-{n}","kind":"foot","org":"city","devices":[{{"id":"d-{n}","kind":"radio"}}]}}"#);
    (0..n).map(|n| serde_json::from_str(&unit(n)).unwrap()).collect()
}

fn start(state: &Path, units: usize) -> (Bus, Started) {
    let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
    let world = World::new(Organisations::new(vec![top]).unwrap(), Geography::default(), ContactLimits::default());
    Bus::start(Arc::new(world), Journal::open(state).unwrap(), city(units), BusLimits::default()).unwrap()
}

fn id(n: usize) -> UnitId {
    format!("u-{n}").parse().unwrap()
}

fn set(n: usize, status: Status) -> Request {
    Request::new(Command::EditUnit { id: id(n), patch: UnitPatch { status: Some(status), ..UnitPatch::default() } }, Actor::Machine)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_is_a_replay() {
    let folder = tempfile::tempdir().unwrap();
    let (bus, started) = start(folder.path(), 100);
    assert_eq!(started, Started { replayed: 0, registered: 100 });
    let commands = (0..500).map(|n| {
        let bus = bus.clone();
        tokio::spawn(async move { bus.command(set(n % 100, Status::ALL[n % 7])).await })
    });
    for command in commands.collect::<Vec<_>>() {
        command.await.unwrap().unwrap();
    }
    bus.command(set(3, Status::OnScene)).await.unwrap();
    let before: Vec<_> = (0..100).map(|n| bus.world().unit(&id(n)).unwrap().spec).collect();
    bus.stop();
    assert!(matches!(bus.command(set(3, Status::Busy)).await, Err(CommandError::Stopped)));
    drop(bus);
    let (bus, started) = start(folder.path(), 101);
    assert_eq!(started.registered, 1, "only the unit that the journal does not know");
    let after: Vec<_> = (0..100).map(|n| bus.world().unit(&id(n)).unwrap().spec).collect();
    assert_eq!(before, after);
    assert_eq!(after[3].status, Status::OnScene);
    bus.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_commands_on_one_unit_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (bus, _) = start(folder.path(), 1);
    let mut last = 0;
    for n in 0..50 {
        let applied = bus.command(set(0, Status::ALL[n % 7])).await.unwrap();
        assert!(applied.seq >= last);
        last = applied.seq;
        assert_eq!(bus.world().unit(&id(0)).unwrap().spec.status, Status::ALL[n % 7], "acknowledged means visible");
    }
    bus.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_carry_what_changed_and_fixes_reach_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let (bus, _) = start(folder.path(), 3);
    let mut ticks = bus.subscribe();
    let no = bus.world().unit(&id(2)).unwrap().no;
    let here = LatLng::new(22.8, 108.3).unwrap();
    let fix = Fix { at: here, time: bus.now(), speed_mps: Some(3.0), heading_deg: None, accuracy_m: None };
    assert!(bus.submit(&[UnitFix { unit: no, device: DeviceKind::Radio, fix }]).is_empty());
    let mut seq = None;
    loop {
        let tick = ticks.recv().await.unwrap();
        assert!(seq.is_none_or(|before| tick.seq == before + 1), "ticks are numbered without a gap");
        seq = Some(tick.seq);
        if let Some(view) = tick.changed.first() {
            assert_eq!((view.no, view.fix.unwrap().at, tick.changed.len()), (no, here, 1));
            break;
        }
    }
    assert!(bus.is_healthy());
    bus.stop();
    assert!(!bus.is_healthy());
}
