//! Who stands in which ring, and what is short?

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    App, body,
    problem::{Problem, ProblemDocument, ProblemKind},
    question::{Asked, write},
    view::Viewer,
};
use crate::{
    engine::{RingMembers, UnitView},
    geodesy::LatLng,
    model::{Contact, Status, UnitId, UnitKind, ZoneShape},
    rings::{Border, Core, RINGS_MAX},
};

/// The farthest outer border of a ring, metres.
pub const OUTER_M_MAX: f64 = 500_000.0;
/// The most units that a ring may be said to need.
pub const NEED_MAX: u32 = 100_000;
/// The longest name of a ring, characters.
const NAME_CHARS_MAX: usize = 64;

/// How many units a ring needs: in all, or of each kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Need {
    /// In all.
    Total(u32),
    /// Of each kind.
    Kinds(BTreeMap<UnitKind, u32>),
}

/// One ring of the question.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RingAsk {
    /// What it is called, e.g. `封控圈`.
    name: String,
    /// The outer border: so many metres from the core. Either this or `polygon`.
    #[serde(default)]
    outer_m: Option<f64>,
    /// The outer border: a GeoJSON `Polygon` or `MultiPolygon`.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    polygon: Option<ZoneShape>,
    /// How many units it needs.
    #[serde(default)]
    need: Option<Need>,
}

/// The question.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RingsAsk {
    /// What the rings protect: a GeoJSON `Point`, `Polygon` or `MultiPolygon`.
    #[schema(value_type = Object)]
    core: Value,
    /// Inner to outer, at most 16.
    rings: Vec<RingAsk>,
}

/// A unit in a ring.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RingUnit {
    #[schema(value_type = String)]
    id: UnitId,
    callsign: String,
    kind: UnitKind,
    status: Status,
    contact: Contact,
    lat: f64,
    lon: f64,
    /// Metres from the core, 0 in it.
    distance_m: f64,
}

/// A ring and who stands in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RingJson {
    name: String,
    outer_m: Option<f64>,
    /// Units in the ring, of any status and age.
    total: usize,
    /// Units in the ring that are on duty, not out of service, and live.
    have: u32,
    need: Option<Need>,
    /// What is missing to the need, in the need's own form; 0 where nothing was said.
    shortfall: Need,
    #[schema(value_type = Object)]
    by_kind: BTreeMap<UnitKind, u32>,
    #[schema(value_type = Object)]
    by_status: BTreeMap<Status, u32>,
    /// Nearest to the core first.
    units: Vec<RingUnit>,
}

/// The answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RingsJson {
    rings: Vec<RingJson>,
}

fn core(json: &Value) -> Result<Core, Problem> {
    let expected = "a GeoJSON Point, Polygon or MultiPolygon";
    let wrong = |detail: &str| Problem::new(ProblemKind::Invalid, format!("core: {detail}")).field("core").expected(expected);
    if json.get("type").and_then(Value::as_str) == Some("Point") {
        let [lon, lat] = json
            .get("coordinates")
            .and_then(|coordinates| serde_json::from_value::<[f64; 2]>(coordinates.clone()).ok())
            .ok_or_else(|| wrong("a Point has coordinates [longitude, latitude]"))?;
        return LatLng::new(lat, lon).map(Core::Point).map_err(|error| wrong(&error.to_string()));
    }
    match serde_json::from_value::<ZoneShape>(json.clone()) {
        Ok(ZoneShape::Polygon(polygon)) => Ok(Core::Polygon(polygon)),
        Ok(ZoneShape::Circle { .. }) => Err(wrong("a Circle is no core: give its centre as a Point, and the ring an outer_m")),
        Err(error) => Err(wrong(&error.to_string())),
    }
}

fn border(ring: &RingAsk, field: &str) -> Result<Border, Problem> {
    let chars = ring.name.chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX {
        return Err(Problem::out_of_range(&format!("{field}.name"), &ring.name, &format!("1 to {NAME_CHARS_MAX} characters")));
    }
    let needs = match &ring.need {
        None => 0,
        Some(Need::Total(n)) => *n,
        Some(Need::Kinds(kinds)) => kinds.values().copied().max().unwrap_or(0),
    };
    if needs > NEED_MAX {
        return Err(Problem::out_of_range(&format!("{field}.need"), &needs.to_string(), &format!("at most {NEED_MAX} units")));
    }
    match (ring.outer_m, &ring.polygon) {
        (Some(outer_m), None) if outer_m > 0.0 && outer_m <= OUTER_M_MAX => Ok(Border::Distance(outer_m)),
        (Some(outer_m), None) => {
            Err(Problem::out_of_range(&format!("{field}.outer_m"), &outer_m.to_string(), &format!("metres above 0, at most {OUTER_M_MAX}")))
        }
        (None, Some(shape)) => Ok(Border::Drawn(shape.clone())),
        _ => Err(Problem::new(ProblemKind::Invalid, format!("{field} must have one outer border: give outer_m or polygon, not both"))
            .field(field)
            .expected("outer_m or polygon")),
    }
}

/// On duty, not out of service, and live: what a ring can count on.
fn counts(unit: &UnitView, contact: Contact) -> bool {
    contact == Contact::Live && !matches!(unit.spec.status, Status::OffDuty | Status::OutOfService)
}

fn answer(ask: RingAsk, members: &RingMembers, viewer: &Viewer<'_>) -> RingJson {
    let mut by_kind = BTreeMap::new();
    let mut by_status = BTreeMap::new();
    let mut have_of_kind: BTreeMap<UnitKind, u32> = BTreeMap::new();
    let mut units = Vec::with_capacity(members.units.len());
    for (unit, distance_m) in &members.units {
        let contact = viewer.contact(unit);
        *by_kind.entry(unit.spec.kind).or_default() += 1;
        *by_status.entry(unit.spec.status).or_default() += 1;
        if counts(unit, contact) {
            *have_of_kind.entry(unit.spec.kind).or_default() += 1;
        }
        if let Some(fix) = unit.fix {
            units.push(RingUnit {
                id: unit.spec.id.clone(),
                callsign: unit.spec.callsign.to_string(),
                kind: unit.spec.kind,
                status: unit.spec.status,
                contact,
                lat: fix.at.lat_deg(),
                lon: fix.at.lng_deg(),
                distance_m: *distance_m,
            });
        }
    }
    let have = have_of_kind.values().sum();
    let shortfall = shortfall(ask.need.as_ref(), have, &have_of_kind);
    RingJson {
        name: ask.name,
        outer_m: ask.outer_m,
        total: members.units.len(),
        have,
        need: ask.need,
        shortfall,
        by_kind,
        by_status,
        units,
    }
}

fn shortfall(need: Option<&Need>, have: u32, have_of_kind: &BTreeMap<UnitKind, u32>) -> Need {
    match need {
        None => Need::Total(0),
        Some(Need::Total(need)) => Need::Total(need.saturating_sub(have)),
        Some(Need::Kinds(kinds)) => {
            let missing = |(kind, need): (&UnitKind, &u32)| (*kind, need.saturating_sub(have_of_kind.get(kind).copied().unwrap_or(0)));
            Need::Kinds(kinds.iter().map(missing).collect())
        }
    }
}

/// Who stands in each ring, and what is short. Each unit counts once, in the innermost ring that holds it.
#[utoipa::path(post, path = "/v1/rings", tag = "rings", request_body = RingsAsk,
    responses((status = 200, body = RingsJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn rings(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let ask: RingsAsk = body::parse_json(asked.body)?;
    if ask.rings.is_empty() || ask.rings.len() > RINGS_MAX {
        return Err(Problem::out_of_range("rings", &ask.rings.len().to_string(), &format!("1 to {RINGS_MAX} rings, inner to outer")));
    }
    let core = core(&ask.core)?;
    let borders = ask.rings.iter().enumerate().map(|(n, ring)| border(ring, &format!("rings[{n}]"))).collect::<Result<Vec<_>, _>>()?;
    let seen = app.seen(asked.pass);
    let members = seen.rings(&core, &borders);
    let viewer = Viewer::new(&seen, app.bus.now());
    write(out, &RingsJson { rings: ask.rings.into_iter().zip(&members).map(|(ring, members)| answer(ring, members, &viewer)).collect() })
}

#[cfg(test)]
mod tests {
    use geo::MultiPolygon;
    use serde_json::json;

    use super::*;

    fn ring(json: Value) -> RingAsk {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn cores_are_points_or_areas() {
        assert!(matches!(core(&json!({"type": "Point", "coordinates": [108.3, 22.8]})), Ok(Core::Point(_))));
        let square = json!({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]});
        assert!(matches!(core(&square), Ok(Core::Polygon(MultiPolygon(polygons))) if polygons.len() == 1));
        for bad in [
            json!({"type": "Point"}),
            json!({"type": "Point", "coordinates": [0, 91]}),
            json!(7),
            json!({"type": "Circle", "center": [0, 0], "radius_m": 5}),
        ] {
            assert_eq!(core(&bad).unwrap_err().document().field, Some("core"), "{bad}");
        }
    }

    #[test]
    fn a_ring_has_one_border() {
        assert!(border(&ring(json!({"name": "a", "outer_m": OUTER_M_MAX})), "rings[0]").is_ok());
        for bad in [
            json!({"name": "a"}),
            json!({"name": "", "outer_m": 5}),
            json!({"name": "a", "outer_m": 0}),
            json!({"name": "a", "outer_m": OUTER_M_MAX + 1.0}),
            json!({"name": "a", "outer_m": 5, "polygon": {"type": "Circle", "center": [0, 0], "radius_m": 5}}),
            json!({"name": "a", "outer_m": 5, "need": NEED_MAX + 1}),
        ] {
            let problem = border(&ring(bad.clone()), "rings[3]").unwrap_err();
            assert!(problem.document().field.unwrap().starts_with("rings[3]"), "{bad}");
        }
    }

    #[test]
    fn shortfall_has_the_form_of_the_need() {
        let have = BTreeMap::from([(UnitKind::PatrolCar, 3)]);
        assert_eq!(shortfall(None, 3, &have), Need::Total(0));
        assert_eq!(shortfall(Some(&Need::Total(5)), 3, &have), Need::Total(2));
        let need = Need::Kinds(BTreeMap::from([(UnitKind::PatrolCar, 2), (UnitKind::ArmedCar, 1)]));
        let missing = shortfall(Some(&need), 3, &have);
        assert_eq!(serde_json::to_value(&missing).unwrap(), json!({"patrol_car": 0, "armed_car": 1}));
    }
}
