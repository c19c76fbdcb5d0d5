//! Units: list, one, register, edit.

use axum::{
    Extension,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use geo::Rect;
use serde::{Deserialize, Serialize};

use super::{
    App,
    asking::{self, Asking},
    body, command,
    looks::look,
    problem::{Problem, ProblemDocument, ProblemKind},
    query::{Params, parse_as},
    question::{self, Asked},
    view::{DeviceSchema, UnitJson, Viewer},
};
use crate::{
    access::Pass,
    bus::Applied,
    engine::{Command, SeenWorld, Subject, UnitPatch, UnitsQuery},
    index::{Filter, OrgRange},
    model::{Capabilities, Capability, Device, OrgId, Status, UnitId, UnitKind, UnitSpec},
};

/// The most things on a page.
pub const LIMIT_MAX: usize = 10_000;
/// Things on a page when nothing is said.
pub const LIMIT_DEFAULT: usize = 1_000;

/// The parameters of `GET /v1/units`.
pub const LIST_PARAMS: &[&str] = &["bbox", "kind", "status", "capability", "org", "limit", "cursor"];

/// A GeoJSON feature of a unit.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnitFeature<'a> {
    #[serde(rename = "type")]
    #[schema(example = "Feature")]
    kind: &'static str,
    #[schema(value_type = String)]
    id: &'a UnitId,
    /// A GeoJSON point, null for a unit that never had a fix.
    #[schema(value_type = Option<Object>)]
    geometry: Option<Point>,
    properties: UnitJson<'a>,
}

#[derive(Debug, Serialize)]
struct Point {
    #[serde(rename = "type")]
    kind: &'static str,
    coordinates: [f64; 2],
}

/// A page of units as GeoJSON.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UnitCollection<'a> {
    #[serde(rename = "type")]
    #[schema(example = "FeatureCollection")]
    kind: &'static str,
    features: Vec<UnitFeature<'a>>,
    /// The cursor of the next page, null on the last.
    #[schema(value_type = Option<String>)]
    next: Option<UnitId>,
}

/// The organisation and all below it that a query names.
///
/// # Errors
/// A 400 problem when there is no such organisation.
pub fn org_range(params: &Params<'_>, world: &SeenWorld<'_>) -> Result<Option<OrgRange>, Problem> {
    let Some(id) = params.parse::<OrgId>("org")? else { return Ok(None) };
    let range = world.organisations().subtree(&id);
    range.map(Some).ok_or_else(|| Problem::bad_value("org", id.as_str(), "the id of an organisation: /v1/city lists them"))
}

/// What `kind`, `capability` and `org` ask for; any status.
///
/// # Errors
/// A 400 problem for a word that is not known.
pub fn filter(params: &Params<'_>, world: &SeenWorld<'_>) -> Result<Filter, Problem> {
    let all = Filter::default();
    Ok(Filter {
        kinds: params.list::<UnitKind, _>("kind")?.unwrap_or(all.kinds),
        capabilities: params.list::<Capability, _>("capability")?.unwrap_or(all.capabilities),
        org: org_range(params, world)?,
        ..all
    })
}

/// Which units are asked for.
#[derive(Debug)]
pub struct Wanted {
    /// Within any of these boxes: longitude and latitude in degrees.
    pub boxes: Option<Vec<Rect<f64>>>,
    /// Of whom.
    pub filter: Filter,
}

/// What is asked for with `bbox`, `kind`, `status`, `capability` and `org`.
///
/// # Errors
/// A 400 problem for what cannot be read.
pub fn wanted(params: &Params<'_>, world: &SeenWorld<'_>) -> Result<Wanted, Problem> {
    let statuses = params.list::<Status, _>("status")?;
    let mut filter = filter(params, world)?;
    filter.statuses = statuses.unwrap_or(filter.statuses);
    Ok(Wanted { boxes: params.bbox()?.map(boxes), filter })
}

/// The boxes of a bbox: two when it crosses the antimeridian.
fn boxes([west, south, east, north]: [f64; 4]) -> Vec<Rect<f64>> {
    let rect = |west: f64, east: f64| Rect::new((west, south), (east, north));
    if west <= east { vec![rect(west, east)] } else { vec![rect(west, 180.0), rect(-180.0, east)] }
}

/// Units by id, a page at a time.
#[utoipa::path(get, path = "/v1/units", tag = "units",
    params(("bbox" = Option<String>, Query, description = "west,south,east,north in degrees; west above east crosses the antimeridian"),
        ("kind" = Option<String>, Query, description = "any of these, separated by commas"),
        ("status" = Option<String>, Query, description = "any of these, separated by commas"),
        ("capability" = Option<String>, Query, description = "all of these, separated by commas"),
        ("org" = Option<String>, Query, description = "this organisation and all below it"),
        ("limit" = Option<usize>, Query, description = "1 to 10000, 1000 when not given"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before")),
    responses((status = 200, body = UnitCollection),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn list(app: &App, Asked { pass, params, .. }: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let seen = app.seen(pass);
    let Wanted { boxes, filter } = wanted(params, &seen)?;
    let page = seen.units(&UnitsQuery {
        boxes,
        filter,
        limit: params.number("limit", 1..=LIMIT_MAX, "a whole number")?.unwrap_or(LIMIT_DEFAULT),
        after: params.parse::<UnitId>("cursor")?,
    });
    let viewer = Viewer::new(&seen, app.bus.now());
    let features = page.units.iter().map(|unit| UnitFeature {
        kind: "Feature",
        id: &unit.spec.id,
        geometry: unit.fix.map(|fix| Point { kind: "Point", coordinates: [fix.at.lng_deg(), fix.at.lat_deg()] }),
        properties: viewer.unit(unit),
    });
    question::write(out, &UnitCollection { kind: "FeatureCollection", features: features.collect(), next: page.next })
}

fn show(app: &App, pass: &Pass, id: &UnitId, out: &mut Vec<u8>) -> Result<(), Problem> {
    let seen = app.seen(pass);
    let unit = seen.unit(id).ok_or_else(|| Problem::not_found("unit", id.as_str()))?;
    question::write(out, &Viewer::new(&seen, app.bus.now()).unit(&unit))
}

/// The answer to a change: the unit as it is now.
fn shown(app: &App, pass: &Pass, id: &UnitId, status: StatusCode) -> Result<Response, Problem> {
    let (tag, mut out) = (asking::tag(app, &Subject::Unit(id.clone())), Vec::new());
    show(app, pass, id, &mut out)?;
    Ok((status, tag, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], out).into_response())
}

/// One unit. Who looked at it is on record.
#[utoipa::path(get, path = "/v1/units/{id}", tag = "units", params(("id" = String, Path)),
    responses((status = 200, body = UnitJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn get(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let id = parse_as("id", &asked.id)?;
    let shown = show(app, asked.pass, &id, out);
    look(app, asked.pass, &id, shown.is_ok());
    shown
}

/// A unit as it is registered.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitPut {
    /// May be left out; otherwise the same as in the path.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    id: Option<UnitId>,
    /// 1 to 32 characters.
    callsign: String,
    kind: UnitKind,
    #[schema(value_type = String)]
    org: OrgId,
    #[serde(default)]
    #[schema(value_type = Vec<Capability>)]
    capabilities: Capabilities,
    /// At most 1000.
    #[serde(default)]
    crew: u16,
    /// `off_duty` when left out.
    #[serde(default)]
    #[schema(value_type = Option<Status>)]
    status: Option<Status>,
    #[serde(default)]
    alarm: bool,
    /// At most 16.
    #[serde(default)]
    #[schema(value_type = Vec<DeviceSchema>)]
    devices: Vec<Device>,
}

/// Registers a unit, or replaces what is known of it. Durable when answered.
#[utoipa::path(put, path = "/v1/units/{id}", tag = "units", params(("id" = String, Path)), request_body = UnitPut,
    responses((status = 200, description = "Replaced", body = UnitJson), (status = 201, description = "Registered", body = UnitJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn put(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    let id: UnitId = parse_as("id", &id)?;
    let unit: UnitPut = body::json(&headers, content, &["application/json"]).await?;
    same_id(unit.id.as_ref().map(UnitId::as_str), id.as_str())?;
    let home = app.seen(&asking.pass).unit(&id).as_ref().and_then(|unit| unit.spec.home());
    let UnitPut { callsign, kind, org, capabilities, crew, status, alarm, devices, .. } = unit;
    let status = status.unwrap_or(Status::OffDuty);
    let spec = UnitSpec { id: id.clone(), callsign, kind, org, capabilities, crew, status, alarm, devices, home };
    let applied = command::run(&app, &asking, Command::RegisterUnit(spec)).await?;
    shown(&app, &asking.pass, &id, made(&applied))
}

/// Checks that an id in a body is the one of the path.
///
/// # Errors
/// A 422 problem when it is another.
pub fn same_id(given: Option<&str>, path: &str) -> Result<(), Problem> {
    match given {
        Some(given) if given != path => {
            Err(Problem::new(ProblemKind::Invalid, format!("the body says id `{given}`, the path `{path}`: make them the same"))
                .field("id")
                .value(given)
                .expected(format!("{path}, or no id")))
        }
        _ => Ok(()),
    }
}

/// The fields of a unit that may change; those left out stay.
#[derive(utoipa::ToSchema)]
#[schema(as = UnitPatch)]
#[allow(dead_code, reason = "describes the engine's type, which floor 2 keeps free of HTTP")]
pub struct UnitPatchSchema {
    callsign: Option<String>,
    kind: Option<UnitKind>,
    org: Option<String>,
    capabilities: Option<Vec<Capability>>,
    crew: Option<u16>,
    devices: Option<Vec<DeviceSchema>>,
    status: Option<Status>,
    alarm: Option<bool>,
}

/// Changes fields of a unit (a merge patch, RFC 7396): its status, its alarm, whatever it carries. Durable when answered.
#[utoipa::path(patch, path = "/v1/units/{id}", tag = "units", params(("id" = String, Path)),
    request_body(content = UnitPatchSchema, content_type = "application/merge-patch+json"),
    responses((status = 200, body = UnitJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn patch(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    let id: UnitId = parse_as("id", &id)?;
    body::check_type(&headers, &["application/merge-patch+json", "application/json"])?;
    let bytes = body::read(content, body::JSON_BYTES_MAX).await?;
    let patch: UnitPatch = body::parse_json(&bytes)?;
    no_nulls(&bytes)?;
    command::run(&app, &asking, Command::EditUnit { id: id.clone(), patch }).await?;
    shown(&app, &asking.pass, &id, StatusCode::OK)
}

/// In a merge patch null takes a field away, and a unit has all its fields.
fn no_nulls(bytes: &[u8]) -> Result<(), Problem> {
    let fields: serde_json::Map<String, serde_json::Value> = body::parse_json(bytes)?;
    match fields.iter().find(|(_, value)| value.is_null()) {
        Some((name, _)) => Err(Problem::new(
            ProblemKind::Invalid,
            format!("{name} is null, but no field of a unit can be taken away: leave it out to keep it"),
        )
        .field(name.as_str())
        .value("null")
        .expected("a value, or no such field")),
        None => Ok(()),
    }
}

/// The status of what was made or replaced.
#[must_use]
pub const fn made(applied: &Applied) -> StatusCode {
    if applied.made { StatusCode::CREATED } else { StatusCode::OK }
}

/// For `DELETE` and the like: an answer with nothing to say.
#[must_use]
pub fn no_content() -> Response {
    (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_across_the_antimeridian_is_two() {
        let two = boxes([170.0, -10.0, -170.0, 10.0]);
        assert_eq!(two.iter().map(|rect| (rect.min().x, rect.max().x)).collect::<Vec<_>>(), [(170.0, 180.0), (-180.0, -170.0)]);
        assert_eq!(boxes([1.0, 2.0, 3.0, 4.0]).len(), 1);
    }

    #[test]
    fn nulls_are_named() {
        no_nulls(br#"{"crew":2}"#).unwrap();
        assert_eq!(no_nulls(br#"{"status":"busy","crew":null}"#).unwrap_err().document().field, Some("crew"));
    }
}
