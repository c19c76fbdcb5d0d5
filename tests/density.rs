//! Units by H3 cell, beside a count of each unit by hand.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{collections::BTreeMap, sync::Arc};

use citygate::{
    engine::{Command, ContactLimits, DensityQuery, Engine, Organisations, Sight, UnitFix, World},
    geodesy::LatLng,
    geography::Geography,
    index::Filter,
    model::{DeviceKind, Fix, KindSet, Name, OrgLevel, Organisation, Status, StatusSet, Timestamp, UnitKind, UnitSpec},
};
use geo::Rect;
use h3o::{CellIndex, Resolution};
use proptest::prelude::*;

const T0: Timestamp = Timestamp::from_unix_ms(1_764_000_000_000);

/// Kind, status, and a place in degrees unless it never had a fix.
type Unit = (usize, usize, Option<(f64, f64)>);

fn world(units: &[Unit]) -> Arc<World> {
    let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
    let orgs = Organisations::new(vec![top]).unwrap();
    let mut engine = Engine::new(Arc::new(World::new(orgs, Geography::default(), ContactLimits::default())));
    for (n, (kind, status, place)) in units.iter().enumerate() {
        let (kind, status) = (UnitKind::ALL[*kind], Status::ALL[*status]);
        let json = format!(r#"{{"id":"u-{n}","callsign":"U","kind":"{kind}","org":"city","status":"{status}"}}"#);
        let spec: UnitSpec = serde_json::from_str(&json).unwrap();
        let id = spec.id.clone();
        let events = engine.decide(&Command::RegisterUnit(spec)).unwrap();
        engine.apply(events.iter().map(|event| (T0, event))).unwrap();
        if let Some((lat, lng)) = *place {
            let fix = Fix { at: LatLng::new(lat, lng).unwrap(), time: T0, speed_mps: None, heading_deg: None, accuracy_m: None };
            engine.fixes(&[UnitFix { unit: engine.world().unit(&id).unwrap().no, device: DeviceKind::Radio, fix }], T0);
        }
    }
    engine.world().clone()
}

fn place() -> impl Strategy<Value = (f64, f64)> {
    // A city, where cells are shared; and anywhere, poles and the antimeridian too.
    prop_oneof![
        4 => (22.70..23.00, 108.2..108.6),
        1 => (-90.0..=90.0, -180.0..=180.0),
        1 => (prop_oneof![Just(90.0), Just(-90.0), Just(0.0)], prop_oneof![Just(180.0), Just(-180.0), Just(0.0)]),
    ]
}

proptest! {
    #[test]
    fn every_unit_is_counted_once(
        units in prop::collection::vec((0..UnitKind::ALL.len(), 0..Status::ALL.len(), prop::option::weighted(0.9, place())), 0..60),
        res in 4..=9_u8,
        is_filtered in any::<bool>(),
        is_boxed in any::<bool>(),
    ) {
        let (kinds, statuses) = (KindSet::EMPTY.with(UnitKind::Foot).with(UnitKind::Drone), StatusSet::EMPTY.with(Status::Available).with(Status::Busy));
        let filter = if is_filtered { Filter { kinds, statuses, ..Filter::default() } } else { Filter::default() };
        let boxes = is_boxed.then(|| vec![Rect::new((108.3, 22.75), (108.5, 22.9))]);
        let resolution = Resolution::try_from(res).unwrap();
        let mut right: BTreeMap<CellIndex, BTreeMap<Status, u32>> = BTreeMap::new();
        for (kind, status, place) in &units {
            let (kind, status) = (UnitKind::ALL[*kind], Status::ALL[*status]);
            let Some((lat, lng)) = *place else { continue };
            let in_filter = !is_filtered || (kinds.contains(kind) && statuses.contains(status));
            let in_box = !is_boxed || ((108.3..=108.5).contains(&lng) && (22.75..=22.9).contains(&lat));
            if in_filter && in_box {
                let cell = h3o::LatLng::new(lat, lng).unwrap().to_cell(resolution);
                *right.entry(cell).or_default().entry(status).or_default() += 1;
            }
        }
        let found = world(&units).seen_by(Sight::ALL).density(&DensityQuery { resolution, boxes, filter });
        for density in found.values() {
            prop_assert_eq!(density.units, density.by_status.values().sum::<u32>());
        }
        let found: BTreeMap<_, _> = found.into_iter().map(|(cell, density)| (cell, density.by_status)).collect();
        prop_assert_eq!(found, right);
    }
}
