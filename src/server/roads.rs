//! The roads: which one is here, what is closed or slow; close and open.

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{
    App,
    asking::{self, Asking},
    body, command,
    meant::names,
    problem::{Problem, ProblemDocument},
    query::parse_as,
    question::{Asked, write},
    units::{LIMIT_DEFAULT, LIMIT_MAX, made, no_content},
};
use crate::{
    access::Pass,
    bus::Applied,
    engine::{Closed, Closure, Command, Roads, SeenWorld},
    model::{ClosureId, Drawn, Name, OrgId, Timestamp},
    roads::{Drive, EdgeNo, RoadClass},
};

/// The parameters of `GET /v1/roads/at`.
pub const AT_PARAMS: &[&str] = &["lat", "lon", "max_m"];
/// The parameters of `GET /v1/roads/closures`.
pub const LIST_PARAMS: &[&str] = &["geometry", "limit", "cursor"];
/// The farthest that a road is looked for, metres.
const MAX_M_MAX: f64 = 10_000.0;
/// And when nothing is said.
const MAX_M_DEFAULT: f64 = 200.0;
/// A page with geometry ends after so many edges, though there be room for more closures.
pub const EDGES_A_PAGE: usize = 100_000;

/// The road at a place.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoadJson {
    /// The number of the edge.
    edge: EdgeNo,
    name: Name,
    #[schema(value_type = String, example = "arterial")]
    class: RoadClass,
    speed_kmh: u8,
    one_way: bool,
    /// Over water.
    bridge: bool,
    length_m: f64,
    /// Metres from the place to the road.
    off_m: f64,
    /// The nearest place on the road.
    lat: f64,
    lon: f64,
}

/// The road that is nearest to a place.
#[utoipa::path(get, path = "/v1/roads/at", tag = "roads",
    params(("lat" = f64, Query, description = "degrees, WGS-84"), ("lon" = f64, Query, description = "degrees, WGS-84"),
        ("max_m" = Option<f64>, Query, description = "not farther than this, metres: 0 to 10000, 200 when not given")),
    responses((status = 200, body = RoadJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn at(app: &App, Asked { pass, params, .. }: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let position = params.position()?;
    let max_m = params.number("max_m", 0.0..=MAX_M_MAX, "metres")?.unwrap_or(MAX_M_DEFAULT);
    let seen = app.seen(pass);
    let Roads { network, snapper, .. } = seen.roads();
    let here = format!("{},{}", position.lat_deg(), position.lng_deg());
    let none = || Problem::not_found("road within max_m of", &here).field("lat").expected("a place nearer to a road");
    let (place, off_m) = snapper.nearest(position, max_m, |_| true).ok_or_else(none)?;
    let edge = network.edges().get(place.edge as usize).ok_or_else(none)?;
    let at = network.position(place).ok_or_else(none)?;
    let json = RoadJson {
        edge: place.edge,
        name: edge.name.into(),
        class: edge.class,
        speed_kmh: edge.speed_kmh,
        one_way: edge.one_way,
        bridge: edge.bridge,
        length_m: network.length_m(place.edge).unwrap_or_default(),
        off_m,
        lat: at.lat_deg(),
        lon: at.lng_deg(),
    };
    write(out, &json)
}

/// Roads to close or to slow down.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureAsk {
    /// One of your own, which replaces the closure of this id; otherwise it is given one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    id: Option<ClosureId>,
    /// Which roads: a GeoJSON `Point` (the nearest road within 200 m), `LineString` (those that it crosses), `Polygon` or
    /// `MultiPolygon` (those in it or across its border), `{"type": "Circle", "center": [lon, lat], "radius_m": n}`, or
    /// `{"type": "Edges", "edges": [1, 2]}`.
    #[serde(rename = "where")]
    #[schema(value_type = Object)]
    place: Drawn,
    /// Of each road only the way from end to end that is nearer to this, degrees clockwise from north, 0 to 360; both ways when not
    /// given.
    #[serde(default)]
    heading_deg: Option<f64>,
    /// So many times as slow as when it is free, 0.1 to 100; closed when not given.
    #[serde(default)]
    factor: Option<f32>,
    /// Why: 1 to 200 characters.
    reason: String,
    /// When it ends by itself.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// A GeoJSON `MultiLineString`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MultiLineString {
    #[serde(rename = "type")]
    #[schema(example = "MultiLineString")]
    kind: &'static str,
    /// Longitude and latitude.
    coordinates: Vec<Vec<[f64; 2]>>,
}

/// A closure or a jam that holds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Closure)]
pub struct ClosureJson {
    #[schema(value_type = String)]
    id: ClosureId,
    /// As it was drawn.
    #[serde(rename = "where")]
    #[schema(value_type = Object)]
    place: Drawn,
    /// Only the way that leads there; null: both ways.
    heading_deg: Option<f64>,
    /// So many times as slow as when it is free; null: closed.
    factor: Option<f32>,
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Whose it is, who may change and lift it; null: the city's.
    #[schema(value_type = Option<String>)]
    org: Option<OrgId>,
    /// How many edges it is on, and how long they are together, metres.
    edge_count: usize,
    length_m: f64,
    /// What they are called, the name that most of them have first, at most five; those without a name are left out.
    names: Vec<Name>,
    /// With `geometry=true`: their numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    edges: Option<Vec<EdgeNo>>,
    /// With `geometry=true`: their lines. Where one way alone is closed they lead that way.
    #[serde(skip_serializing_if = "Option::is_none")]
    geometry: Option<MultiLineString>,
}

impl MultiLineString {
    /// The lines of edges, as they lead on a drive along them.
    pub(super) fn new(roads: &Roads, drives: impl Iterator<Item = Drive>) -> Self {
        let line = |Drive { edge, backward }: Drive| {
            let points = roads.network.edges().get(edge as usize).into_iter().flat_map(|edge| edge.shape.iter());
            let mut line: Vec<_> = points.map(|at| [at.lng_deg(), at.lat_deg()]).collect();
            if backward {
                line.reverse();
            }
            line
        };
        Self { kind: "MultiLineString", coordinates: drives.map(line).collect() }
    }
}

/// Metres of edges together.
pub(super) fn length_m(roads: &Roads, edges: &[EdgeNo]) -> f64 {
    edges.iter().filter_map(|edge| roads.network.length_m(*edge)).sum()
}

fn json(roads: &Roads, closed: &Closed, with_geometry: bool) -> ClosureJson {
    let Closed { closure, edges, drives, since } = closed;
    let Closure { id, place, heading_deg, factor, reason, until, org } = (**closure).clone();
    let geometry = || match heading_deg {
        None => MultiLineString::new(roads, edges.iter().map(|edge| Drive { edge: *edge, backward: false })),
        Some(_) => MultiLineString::new(roads, drives.iter().map(|drive| Drive::from_no(*drive))),
    };
    ClosureJson {
        id,
        place,
        heading_deg,
        factor,
        reason,
        since: *since,
        until,
        org,
        edge_count: edges.len(),
        length_m: length_m(roads, edges),
        names: names(roads, edges),
        edges: with_geometry.then(|| edges.to_vec()),
        geometry: with_geometry.then(geometry),
    }
}

/// A page of closures.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClosurePage {
    closures: Vec<ClosureJson>,
    /// The cursor of the next page, null on the last.
    #[schema(value_type = Option<String>)]
    next: Option<ClosureId>,
}

/// What is closed or slow now, by id, a page at a time.
#[utoipa::path(get, path = "/v1/roads/closures", tag = "roads",
    params(("geometry" = Option<bool>, Query, description = "with the numbers and lines of the roads"),
        ("limit" = Option<usize>, Query, description = "1 to 10000, 1000 when not given; with geometry a page may end sooner"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before")),
    responses((status = 200, body = ClosurePage),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn list(app: &App, Asked { pass, params, .. }: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let with_geometry = params.flag("geometry")?.unwrap_or(false);
    let limit = params.number("limit", 1..=LIMIT_MAX, "a whole number")?.unwrap_or(LIMIT_DEFAULT);
    let after: Option<ClosureId> = params.parse("cursor")?;
    let seen = app.seen(pass);
    let roads = seen.roads();
    let mut page = ClosurePage { closures: Vec::new(), next: None };
    let mut edges = 0;
    for closed in roads.closures(app.bus.now()).iter().filter(|closed| after.as_ref().is_none_or(|after| closed.closure.id > *after)) {
        if page.closures.len() == limit || (with_geometry && edges >= EDGES_A_PAGE) {
            page.next = page.closures.last().map(|last| last.id.clone());
            break;
        }
        edges += closed.edges.len();
        page.closures.push(json(roads, closed, with_geometry));
    }
    write(out, &page)
}

fn show(seen: &SeenWorld<'_>, id: &ClosureId) -> Result<ClosureJson, Problem> {
    let roads = seen.roads();
    roads.closed(id).map(|closed| json(roads, &closed, true)).ok_or_else(|| Problem::not_found("closure", id.as_str()))
}

/// One closure with its roads.
#[utoipa::path(get, path = "/v1/roads/closures/{id}", tag = "roads", params(("id" = String, Path)),
    responses((status = 200, body = ClosureJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn get(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    write(out, &show(&app.seen(asked.pass), &parse_as("id", &asked.id)?)?)
}

/// Closes roads or slows them down. Durable when answered; the next question by arrival counts it.
#[utoipa::path(post, path = "/v1/roads/closures", tag = "roads", request_body = ClosureAsk,
    responses((status = 200, description = "Replaced", body = ClosureJson), (status = 201, description = "Added", body = ClosureJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    // The id that it was given the first time, whatever the clock says now.
    if let Some(applied) = command::done(&app, &asking)? {
        return shown(&app, &asking.pass, &applied);
    }
    let ClosureAsk { id, place, heading_deg, factor, reason, until } = body::json(&headers, content, &["application/json"]).await?;
    let now = app.bus.now();
    if let Some(until) = until.filter(|until| *until <= now) {
        return Err(Problem::out_of_range("until", &until.to_string(), "a time to come"));
    }
    let id = match id {
        Some(id) => id,
        None => parse_as("id", &format!("closure-{:x}-{:08x}", now.unix_ms(), rand::random::<u32>()))?,
    };
    // Whoever changes it, it stays whose it is.
    let known = app.seen(&asking.pass).roads().closed(&id);
    let org = known.map_or_else(|| asking.pass.org.clone(), |known| known.closure.org.clone());
    let closure = Closure { id, place, heading_deg, factor, reason, until, org };
    shown(&app, &asking.pass, &command::run(&app, &asking, Command::PutClosure(closure)).await?)
}

/// The answer to a change: the closure as it is now.
fn shown(app: &App, pass: &Pass, applied: &Applied) -> Result<Response, Problem> {
    let tag = asking::tag(app, &applied.subject);
    Ok((made(applied), tag, Json(show(&app.seen(pass), &parse_as("id", applied.subject.id())?)?)).into_response())
}

/// Lifts a closure. Durable when answered.
#[utoipa::path(delete, path = "/v1/roads/closures/{id}", tag = "roads", params(("id" = String, Path)),
    responses((status = 204, description = "Lifted"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn delete(State(app): State<App>, Extension(asking): Extension<Asking>, Path(id): Path<String>) -> Result<Response, Problem> {
    command::run(&app, &asking, Command::LiftClosure(parse_as("id", &id)?)).await?;
    Ok(no_content())
}
