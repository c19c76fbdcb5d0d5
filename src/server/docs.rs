//! The OpenAPI document, made from the routes' own descriptions.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use utoipa::OpenApi;

use super::{
    accounts, ask, asking::Conditions, base_map, city, cordons, coverage, density, drills, fixes, health, ingest_socket, loans, meant,
    move_up, nearest, orders, osmand, problem::ProblemDocument, programs, reach, rings, roads, rooms, session, stream, trail, units, zones,
};

/// The description of the API.
#[derive(Debug, OpenApi)]
#[openapi(
    info(title = "Citygate", description = "The engine under a police command centre's one map: fixes in, nearest and rings out, walls moving. \
        Positions are WGS-84 degrees, times UTC (RFC 3339), lengths metres. Every error is a problem document (RFC 9457). \
        Every answer has a header `X-Request-Id`, a sane one of the request being kept; who asks too often is answered 429. \
        People sign in with `POST /v1/session` and have a cookie; programs send `Authorization: Bearer` with a token that an administrator \
        gave them. Whoever changes something with a cookie sends `X-Citygate: 1` too."),
    tags(
        (name = "city", description = "The city: names, layers, organisations"),
        (name = "units", description = "Units, and who is nearest"),
        (name = "zones", description = "Zones in layers"),
        (name = "rings", description = "Who stands in which ring"),
        (name = "roads", description = "Who is there first, closures, and how much of the city is reached in time"),
        (name = "cordons", description = "Cordons, standing plans of gates, and where a suspect may be"),
        (name = "orders", description = "Units sent to places"),
        (name = "drills", description = "Scenarios, played in a world of their own"),
        (name = "questions", description = "All of these questions over one WebSocket"),
        (name = "ingest", description = "Fixes in"),
        (name = "stream", description = "What moves, to map walls"),
        (name = "access", description = "Sessions, accounts, tokens of programs, and who did what"),
        (name = "operation", description = "Health and metrics"),
    ),
    paths(
        city::city, city::layer, base_map::get,
        units::list, units::get, units::put, units::patch, nearest::nearest, density::density,
        zones::list, zones::at, zones::get, zones::put, zones::delete, zones::units,
        rings::rings, ask::ask,
        roads::at, meant::meant, roads::list, roads::get, roads::post, roads::delete, reach::reach,
        coverage::coverage, coverage::grid, move_up::move_up,
        cordons::plan::plan, cordons::life::list, cordons::life::get, cordons::life::post, cordons::life::patch, cordons::life::sight,
        cordons::gates::list, cordons::gates::put, cordons::gates::delete, cordons::gates::run, cordons::suspect::suspect,
        loans::list, loans::post, loans::delete,
        orders::list, orders::get, orders::post, orders::patch,
        drills::list, drills::play,
        fixes::post, osmand::get, osmand::post, ingest_socket::ingest,
        stream::stream, stream::events::events, rooms::get, rooms::put, rooms::delete,
        session::get, session::post, session::delete, session::code, session::password, session::second, session::confirm, session::without,
        session::list, session::end, accounts::list, accounts::put, accounts::delete, accounts::code,
        programs::list, programs::post, programs::delete, trail::search,
        health::report, health::healthz, health::readyz, health::metrics,
        openapi, asyncapi,
    ),
    modifiers(&Conditions),
)]
pub struct ApiDoc;

/// The description of the stream's messages (AsyncAPI).
#[utoipa::path(get, path = "/asyncapi.json", tag = "operation",
    responses((status = 200, description = "AsyncAPI 3", content_type = "application/json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn asyncapi() -> Response {
    let json = include_str!("stream/asyncapi.json");
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], json).into_response()
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "operation",
    responses((status = 200, description = "OpenAPI 3", content_type = "application/json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn openapi() -> Response {
    // The document holds only strings and numbers: it always serializes.
    let json = ApiDoc::openapi().to_json().unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], json).into_response()
}
