//! Who is nearest and free?

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    App,
    arrivals::{self, ArrivalsJson},
    problem::{Problem, ProblemDocument},
    query::Params,
    question::{Asked, write},
    units::filter,
    view::{UnitJson, Viewer},
};
use crate::{
    engine::{Freshness, NearestQuery, SeenWorld},
    model::{Status, StatusSet},
};

/// The parameters of `GET /v1/nearest`.
pub const PARAMS: &[&str] =
    &["lat", "lon", "k", "kind", "status", "capability", "org", "max_m", "max_age_s", "by", "max_s", "urgent", "route", "explain"];

/// The most units in an answer.
pub const K_MAX: usize = 1_000;
/// Units in an answer when nothing is said.
pub const K_DEFAULT: usize = 10;
/// Half the way around the Earth: farther is nobody.
const MAX_M_MAX: f64 = 20_040_000.0;
/// The oldest fix that can be asked for, seconds.
const MAX_AGE_S_MAX: f64 = 31_536_000.0;

/// How distances are measured, in every answer that ranks.
pub const DISTANCE: &str = "haversine on the mean sphere, radius 6371008.8 m";

/// A unit and how far it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NearUnit<'a> {
    #[serde(flatten)]
    unit: UnitJson<'a>,
    /// Metres, as the crow flies.
    distance_m: f64,
}

/// Units that are nearer but not in the answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LeftOutJson {
    /// How many.
    total: usize,
    /// How many for each first reason: a status that was not asked for, or a fix that is too old.
    #[schema(example = json!({"busy": 7, "stale": 2}))]
    reasons: BTreeMap<&'static str, usize>,
}

/// The nearest units.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NearestJson<'a> {
    /// Nearest first.
    units: Vec<NearUnit<'a>>,
    left_out: LeftOutJson,
    /// How distances are measured.
    #[schema(example = "haversine on the mean sphere, radius 6371008.8 m")]
    distance: &'static str,
}

/// Who is nearest: by distance, or by arrival.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "each is written by its own part")]
pub enum NearestAnswerJson<'a> {
    /// `by=distance`.
    Distance(NearestJson<'a>),
    /// `by=eta`.
    Eta(ArrivalsJson<'a>),
}

/// Whether it is asked by arrival.
fn is_by_arrival(params: &Params<'_>) -> Result<bool, Problem> {
    match params.text("by") {
        Some("eta") => Ok(true),
        None | Some("distance") => match arrivals::PARAMS.iter().find(|name| params.text(name).is_some()) {
            Some(name) => Err(Problem::bad_value(name, params.text(name).unwrap_or_default(), "by=eta with it")),
            None => Ok(false),
        },
        Some(other) => Err(Problem::bad_value("by", other, "distance or eta")),
    }
}

fn query(params: &Params<'_>, world: &SeenWorld<'_>) -> Result<NearestQuery, Problem> {
    let statuses = match params.text("status") {
        None => StatusSet::EMPTY.with(Status::Available),
        Some("any") => StatusSet::ALL,
        Some(_) => params.list::<Status, StatusSet>("status")?.unwrap_or_default(),
    };
    let freshness = match params.number("max_age_s", 0.0..=MAX_AGE_S_MAX, "seconds")? {
        None => Freshness::Live,
        Some(seconds) => Freshness::MaxAgeMs((seconds * 1000.0) as i64),
    };
    let mut filter = filter(params, world)?;
    filter.statuses = statuses;
    Ok(NearestQuery {
        at: params.position()?,
        k: params.number("k", 1..=K_MAX, "a whole number")?.unwrap_or(K_DEFAULT),
        max_m: params.number("max_m", 0.0..=MAX_M_MAX, "metres")?,
        filter,
        freshness,
    })
}

/// The nearest units, by default those that are available and live; with `by=eta` those that are there first.
#[utoipa::path(get, path = "/v1/nearest", tag = "units",
    params(("lat" = f64, Query, description = "degrees, WGS-84"), ("lon" = f64, Query, description = "degrees, WGS-84"),
        ("k" = Option<usize>, Query, description = "1 to 1000, 10 when not given"),
        ("kind" = Option<String>, Query, description = "any of these, separated by commas"),
        ("status" = Option<String>, Query, description = "any of these, separated by commas; `any` for all; `available` when not given"),
        ("capability" = Option<String>, Query, description = "all of these, separated by commas"),
        ("org" = Option<String>, Query, description = "this organisation and all below it"),
        ("max_m" = Option<f64>, Query, description = "not farther than this, metres; with `by=distance`"),
        ("by" = Option<String>, Query, description = "`distance` as the crow flies, when not given; `eta`: along the roads as they are now, each kind at its own speed, \
            moving off included; `k` is then 1 to 100"),
        ("max_s" = Option<f64>, Query, description = "with `by=eta`: not later than this, seconds"),
        ("urgent" = Option<bool>, Query, description = "with `by=eta`: under blue light, when not given"),
        ("route" = Option<bool>, Query, description = "with `by=eta`: each with its way as a GeoJSON line"),
        ("explain" = Option<usize>, Query, description = "with `by=eta`: of how many who are nearer and lost is said why, 0 to 50, 5 when not given"),
        ("max_age_s" = Option<f64>, Query, description = "a fix not older than this, seconds; when not given, a fix that is live")),
    responses((status = 200, body = NearestAnswerJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn nearest(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let (seen, now) = (app.seen(asked.pass), app.bus.now());
    let query = query(&asked.params, &seen)?;
    if is_by_arrival(&asked.params)? {
        return arrivals::arrivals(&seen, &asked.params, query, now, out);
    }
    let answer = seen.nearest(&query, now);
    let viewer = Viewer::new(&seen, now);
    let units = answer.units.iter().map(|(unit, distance_m)| NearUnit { unit: viewer.unit(unit), distance_m: *distance_m }).collect();
    let reasons: BTreeMap<_, _> = answer.left_out.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    write(out, &NearestJson { units, left_out: LeftOutJson { total: reasons.values().sum(), reasons }, distance: DISTANCE })
}
