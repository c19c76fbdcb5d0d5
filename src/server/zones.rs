//! Zones: list, one, at a place, who is in one; put and remove.

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
    problem::{Problem, ProblemDocument},
    query::parse_as,
    question::{Asked, write},
    units::{LIMIT_DEFAULT, LIMIT_MAX, made, no_content, same_id},
    view::{UnitJson, Viewer},
};
use crate::{
    access::Pass,
    engine::{Command, Subject, Whereabouts, ZonesPage},
    model::{Follows, Layer, Name, OrgId, Zone, ZoneId, ZoneShape},
};

/// The parameters of `GET /v1/zones`.
pub const LIST_PARAMS: &[&str] = &["layer", "limit", "cursor"];
/// The parameters of `GET /v1/zones/at`.
pub const AT_PARAMS: &[&str] = &["lat", "lon"];

/// A zone.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Zone)]
pub struct ZoneJson {
    /// In a body it may be left out; otherwise the same as in the path.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    id: Option<ZoneId>,
    layer: Layer,
    name: Name,
    /// The organisation that answers for it.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    org: Option<OrgId>,
    /// A GeoJSON `Polygon` or `MultiPolygon`, or `{"type": "Circle", "center": [lon, lat], "radius_m": n}`.
    #[schema(value_type = Object)]
    shape: ZoneShape,
    /// The unit that the zone moves with: its shape is as drawn when the unit stood at `from`.
    #[schema(value_type = Option<FollowsSchema>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    follows: Option<Follows>,
    /// A unit has entered when it has been inside for so long by the times of the fixes, 0 to 3600 seconds.
    #[serde(default)]
    dwell_s: u16,
}

/// What a zone moves with. It keeps its metres north and east of the unit, and is nowhere while the unit has no fix.
#[derive(utoipa::ToSchema)]
#[schema(as = Follows)]
#[allow(dead_code, reason = "describes the model's type, which floor 0 keeps free of HTTP")]
pub struct FollowsSchema {
    /// The unit. It is told nothing of its own zone and is not in it.
    unit: String,
    /// Where the unit stood when the shape was drawn: `[lon, lat]`.
    from: [f64; 2],
}

impl From<Zone> for ZoneJson {
    fn from(Zone { id, layer, name, org, shape, follows, dwell_s }: Zone) -> Self {
        Self { id: Some(id), layer, name, org, shape, follows, dwell_s }
    }
}

/// A page of zones.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ZonePage {
    zones: Vec<ZoneJson>,
    /// The cursor of the next page, null on the last.
    #[schema(value_type = Option<String>)]
    next: Option<ZoneId>,
}

/// Zones by id, a page at a time.
#[utoipa::path(get, path = "/v1/zones", tag = "zones",
    params(("layer" = Option<String>, Query, description = "any of these, separated by commas"),
        ("limit" = Option<usize>, Query, description = "1 to 10000, 1000 when not given"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before")),
    responses((status = 200, body = ZonePage),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn list(app: &App, Asked { pass, params, .. }: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let layers = params.list::<Layer, crate::model::LayerSet>("layer")?.unwrap_or(crate::model::LayerSet::ALL);
    let limit = params.number("limit", 1..=LIMIT_MAX, "a whole number")?.unwrap_or(LIMIT_DEFAULT);
    let after: Option<ZoneId> = params.parse("cursor")?;
    let ZonesPage { zones, next } = app.seen(pass).zones(layers, after.as_ref(), limit);
    write(out, &ZonePage { zones: zones.into_iter().map(ZoneJson::from).collect(), next })
}

fn show(app: &App, pass: &Pass, id: &ZoneId) -> Result<ZoneJson, Problem> {
    app.seen(pass).zone(id).map(ZoneJson::from).ok_or_else(|| Problem::not_found("zone", id.as_str()))
}

/// One zone.
#[utoipa::path(get, path = "/v1/zones/{id}", tag = "zones", params(("id" = String, Path)),
    responses((status = 200, body = ZoneJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn get(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    write(out, &show(app, asked.pass, &parse_as("id", &asked.id)?)?)
}

/// Adds a zone or replaces one. Durable when answered; walls are told to fetch the layer again.
#[utoipa::path(put, path = "/v1/zones/{id}", tag = "zones", params(("id" = String, Path)), request_body = ZoneJson,
    responses((status = 200, description = "Replaced", body = ZoneJson), (status = 201, description = "Added", body = ZoneJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn put(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    let id: ZoneId = parse_as("id", &id)?;
    let zone: ZoneJson = body::json(&headers, content, &["application/json"]).await?;
    same_id(zone.id.as_ref().map(ZoneId::as_str), id.as_str())?;
    let ZoneJson { layer, name, org, shape, follows, dwell_s, .. } = zone;
    // Drawn by somebody of an organisation it is that one's own, unless he says otherwise.
    let org = org.or_else(|| asking.pass.org.clone());
    let zone = Zone { id: id.clone(), layer, name, org, shape, follows, dwell_s };
    let applied = command::run(&app, &asking, Command::PutZone(zone)).await?;
    let tag = asking::tag(&app, &Subject::Zone(id.clone()));
    Ok((made(&applied), tag, Json(show(&app, &asking.pass, &id)?)).into_response())
}

/// Removes a zone. Durable when answered; walls are told to fetch the layer again.
#[utoipa::path(delete, path = "/v1/zones/{id}", tag = "zones", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn delete(State(app): State<App>, Extension(asking): Extension<Asking>, Path(id): Path<String>) -> Result<Response, Problem> {
    command::run(&app, &asking, Command::RemoveZone(parse_as("id", &id)?)).await?;
    Ok(no_content())
}

/// The units in a zone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ZoneUnits<'a> {
    units: Vec<UnitJson<'a>>,
}

/// The units whose last fix is in the zone or on its border, of any status and age.
#[utoipa::path(get, path = "/v1/zones/{id}/units", tag = "zones", params(("id" = String, Path)),
    responses((status = 200, body = ZoneUnits),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn units(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let id: ZoneId = parse_as("id", &asked.id)?;
    let seen = app.seen(asked.pass);
    let units = seen.zone_units(&id).ok_or_else(|| Problem::not_found("zone", id.as_str()))?;
    let viewer = Viewer::new(&seen, app.bus.now());
    write(out, &ZoneUnits { units: units.iter().map(|unit| viewer.unit(unit)).collect() })
}

/// A zone by name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ZoneName<'a> {
    #[schema(value_type = String)]
    id: &'a ZoneId,
    name: &'a Name,
}

/// The zones of one layer that hold a place.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LayerZones<'a> {
    layer: Layer,
    zones: Vec<ZoneName<'a>>,
}

/// The zones of every layer that hold a place.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ZonesAt<'a> {
    layers: Vec<LayerZones<'a>>,
}

/// The zones of every layer that hold a place, or have it on their border. Layers overlap and stack; a zone that
/// follows a unit is where the unit's last fix puts it.
#[utoipa::path(get, path = "/v1/zones/at", tag = "zones",
    params(("lat" = f64, Query, description = "degrees, WGS-84"), ("lon" = f64, Query, description = "degrees, WGS-84")),
    responses((status = 200, body = ZonesAt),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn at(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let position = asked.params.position()?;
    let seen = app.seen(asked.pass);
    let (zones, mut found) = (Whereabouts::new(&seen), Vec::new());
    zones.zones_at(position, None, &mut found);
    let of_layer = |layer: Layer| {
        let zones = found.iter().filter_map(|no| zones.zone(*no)).filter(|zone| zone.layer == layer);
        LayerZones { layer, zones: zones.map(|zone| ZoneName { id: &zone.id, name: &zone.name }).collect() }
    };
    write(out, &ZonesAt { layers: Layer::ALL.iter().copied().map(of_layer).collect() })
}
