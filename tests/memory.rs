//! What a unit that is registered costs: bytes, and pieces of memory.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;

use allocation_counter::measure;
use citygate::{
    engine::{ContactLimits, Engine, Event, Organisations, World},
    geography::Geography,
    model::{Name, OrgLevel, Organisation, Timestamp, UnitSpec},
};

/// A power of two, so that no table has just grown.
const UNITS: usize = 1 << 17;
/// The unit itself is 128; then its place in the order of ids, and the writer's notes of what changed.
const BYTES_MAX: i64 = 160;

#[test]
fn a_registered_unit_is_small_and_no_piece_of_its_own() {
    let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
    let world = World::new(Organisations::new(vec![top]).unwrap(), Geography::default(), ContactLimits::default());
    let mut engine = Engine::new(Arc::new(world));
    let used = measure(|| {
        for n in 0..UNITS {
            let line =
                format!(r#"{{"id":"load-{n:07}","callsign":"L-{n}","kind":"patrol_car","org":"city","crew":2,"status":"available"}}"#);
            let unit: UnitSpec = serde_json::from_str(&line).unwrap();
            engine.apply([(Timestamp::default(), &Event::UnitRegistered { unit })]).unwrap();
            if n % 1_000 == 0 {
                engine.tick(Timestamp::default());
            }
        }
        engine.tick(Timestamp::default());
    });
    assert_eq!(engine.world().count().0, UNITS);
    let (bytes, pieces) = (used.bytes_current / UNITS as i64, used.count_current);
    assert!(bytes <= BYTES_MAX, "{bytes} bytes a unit");
    // Tables, and a list of the order for each few hundred units.
    assert!(pieces <= 1_000, "{pieces} pieces of memory for {UNITS} units");
}
