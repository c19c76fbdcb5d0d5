//! Who is there first? `by=eta` of `/v1/nearest`.

use std::cell::RefCell;

use serde::Serialize;

use super::{
    nearest::DISTANCE,
    problem::Problem,
    query::Params,
    question::write,
    view::{UnitJson, Viewer},
};
use crate::{
    engine::{ArrivalsAnswer, ArrivalsQuery, Arriving, NearestQuery, PassedOver, SeenWorld, UnitView, Way, WhyNot},
    geodesy::LatLng,
    model::{Contact, Status, Timestamp, UnitId, UnitKind},
    roads::{NEVER, Search},
};

/// The parameters that `by=eta` alone takes.
pub const PARAMS: &[&str] = &["max_s", "urgent", "route", "explain"];
/// The most units in an answer by arrival: each has its route.
pub const K_MAX: usize = 100;
/// The longest way that can be asked for, seconds.
const MAX_S_MAX: f64 = 86_400.0;
/// The most units of which is said why they are passed over.
pub const EXPLAIN_MAX: usize = 50;
/// Of how many it is said when nothing is asked for.
pub const EXPLAIN_DEFAULT: usize = 5;

thread_local! {
    /// The scratch of a thread's searches.
    static SEARCH: RefCell<Search> = RefCell::default();
}

/// A GeoJSON line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LineString {
    #[serde(rename = "type")]
    #[schema(example = "LineString")]
    kind: &'static str,
    /// Longitude and latitude.
    coordinates: Vec<[f64; 2]>,
}

impl LineString {
    /// Of positions, two or more.
    pub fn new(line: impl IntoIterator<Item = LatLng>) -> Self {
        Self { kind: "LineString", coordinates: line.into_iter().map(|at| [at.lng_deg(), at.lat_deg()]).collect() }
    }
}

/// A unit and when it can be there.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ArrivingUnit<'a> {
    #[serde(flatten)]
    unit: UnitJson<'a>,
    /// Metres, as the crow flies.
    distance_m: f64,
    /// When it is there, seconds from now, moving off included.
    eta_s: f64,
    /// Until it moves off, seconds.
    turn_out_s: f64,
    /// How it goes: `car`, `motorcycle`, `urgent_car`, `urgent_motorcycle`, `foot` or `air`.
    way: &'static str,
    /// Metres along the roads, null through the air.
    road_m: Option<f64>,
    /// The way itself, with `route=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<LineString>,
}

/// A unit that is nearer, as the crow flies, than somebody of the answer, and is not in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PassedOverUnit<'a> {
    #[schema(value_type = String)]
    id: &'a UnitId,
    callsign: &'a str,
    kind: UnitKind,
    status: Status,
    contact: Contact,
    /// The age of its fix, seconds.
    age_s: Option<f64>,
    /// Metres, as the crow flies.
    distance_m: f64,
    /// A status that was not asked for, a contact that is too old, `off_roads` (it is on no road), `no_way` (none by road, or one that takes
    /// 20 minutes longer than anybody of the answer), or `later`.
    #[schema(example = "later")]
    why: &'static str,
    /// When it would be there, seconds from now, where it is `later`.
    eta_s: Option<f64>,
    /// How much later than the first of the answer, seconds.
    later_s: Option<f64>,
    /// Whether its way leads over a bridge.
    over_water: Option<bool>,
}

/// The place on the roads that units go to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GoalJson {
    lat: f64,
    lon: f64,
    /// The number of the edge.
    edge: u32,
    /// Metres from there to the place asked for.
    off_m: f64,
}

/// The units that are there first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ArrivalsJson<'a> {
    /// First by arrival, then in the order of registration.
    units: Vec<ArrivingUnit<'a>>,
    /// Null when there is no road near that may be used: only those who fly arrive then.
    to: Option<GoalJson>,
    /// Nearest first.
    passed_over: Vec<PassedOverUnit<'a>>,
    /// How `distance_m` is measured.
    #[schema(example = "haversine on the mean sphere, radius 6371008.8 m")]
    distance: &'static str,
}

fn query(params: &Params<'_>, NearestQuery { at, k, max_m, filter, freshness }: NearestQuery) -> Result<ArrivalsQuery, Problem> {
    if k > K_MAX {
        return Err(Problem::out_of_range("k", &k.to_string(), &format!("with by=eta a whole number from 1 to {K_MAX}")));
    }
    if max_m.is_some() {
        return Err(Problem::bad_value("max_m", params.text("max_m").unwrap_or_default(), "max_s in its place, with by=eta"));
    }
    let most_ms = params.number("max_s", 0.0..=MAX_S_MAX, "seconds")?.map_or(NEVER - 1, |seconds| (seconds * 1_000.0) as u32);
    Ok(ArrivalsQuery {
        at,
        k,
        most_ms,
        filter,
        freshness,
        urgent: params.flag("urgent")?.unwrap_or(true),
        explain: params.number("explain", 0..=EXPLAIN_MAX, "a whole number")?.unwrap_or(EXPLAIN_DEFAULT),
    })
}

fn seconds(ms: u32) -> f64 {
    f64::from(ms) / 1_000.0
}

/// What an answer is made with.
struct Writer<'a> {
    seen: &'a SeenWorld<'a>,
    viewer: Viewer<'a>,
    at: LatLng,
    now: Timestamp,
    with_routes: bool,
}

impl Writer<'_> {
    fn arriving<'b>(&'b self, arriving: &'b Arriving) -> ArrivingUnit<'b> {
        let Arriving { unit, distance_m, eta_ms, turn_out_ms, way, route } = arriving;
        let line = || match way {
            Way::Air(_) => unit.fix.map(|fix| LineString::new([fix.at, self.at])),
            Way::Road(_) => route.as_ref().map(|route| LineString::new(route.line(&self.seen.roads().network))),
        };
        ArrivingUnit {
            unit: self.viewer.unit(unit),
            distance_m: *distance_m,
            eta_s: seconds(*eta_ms),
            turn_out_s: seconds(*turn_out_ms),
            way: match way {
                Way::Air(_) => "air",
                Way::Road(travel) => travel.as_str(),
            },
            road_m: route.as_ref().map(|route| route.length_m),
            route: if self.with_routes { line() } else { None },
        }
    }

    fn passed_over<'b>(&'b self, passed: &'b PassedOver, first_ms: Option<u32>) -> PassedOverUnit<'b> {
        let PassedOver { unit, distance_m, why } = passed;
        let later = match why {
            WhyNot::Later { eta_ms, over_water } => Some((*eta_ms, *over_water)),
            _ => None,
        };
        let UnitView { spec, .. } = unit;
        PassedOverUnit {
            id: &spec.id,
            callsign: &spec.callsign,
            kind: spec.kind,
            status: spec.status,
            contact: self.viewer.contact(unit),
            age_s: unit.age_ms(self.now).map(|ms| ms as f64 / 1000.0),
            distance_m: *distance_m,
            why: why.as_str(),
            eta_s: later.map(|(eta_ms, _)| seconds(eta_ms)),
            later_s: later.zip(first_ms).map(|((eta_ms, _), first_ms)| seconds(eta_ms.saturating_sub(first_ms))),
            over_water: later.map(|(_, over_water)| over_water),
        }
    }
}

/// Answers by arrival.
///
/// # Errors
/// A problem that names the parameter that is wrong.
pub fn arrivals(
    seen: &SeenWorld<'_>,
    params: &Params<'_>,
    nearest: NearestQuery,
    now: Timestamp,
    out: &mut Vec<u8>,
) -> Result<(), Problem> {
    let query = query(params, nearest)?;
    let with_routes = params.flag("route")?.unwrap_or(false);
    let answer: ArrivalsAnswer = SEARCH.with_borrow_mut(|search| seen.arrivals(search, &query, now));
    let writer = Writer { seen, viewer: Viewer::new(seen, now), at: query.at, now, with_routes };
    let goal = |(place, off_m): (crate::roads::RoadPlace, f64)| {
        let at = seen.roads().network.position(place)?;
        Some(GoalJson { lat: at.lat_deg(), lon: at.lng_deg(), edge: place.edge, off_m })
    };
    let first_ms = answer.units.first().map(|arriving| arriving.eta_ms);
    let json = ArrivalsJson {
        units: answer.units.iter().map(|arriving| writer.arriving(arriving)).collect(),
        to: answer.to.and_then(goal),
        passed_over: answer.passed_over.iter().map(|passed| writer.passed_over(passed, first_ms)).collect(),
        distance: DISTANCE,
    };
    write(out, &json)
}
