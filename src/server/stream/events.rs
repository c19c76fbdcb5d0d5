//! The stream as server-sent events: for programs that speak no WebSocket.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::sync::watch;

use super::{
    form::Format,
    message::check_totals,
    view::View,
    wall::{Mark, Wall},
};
use crate::{
    access::Pass,
    model::{KindSet, Layer, LayerSet, UnitKind},
    server::{
        App,
        problem::{Problem, ProblemDocument},
        query::Params,
        sockets::Place,
        stop::Stop,
    },
};

/// The parameters of the route.
pub const PARAMS: &[&str] = &["bbox", "kind", "layer", "totals", "after"];
/// The header by which a browser goes on where it was.
const LAST_EVENT_ID: &str = "last-event-id";

/// A wall whose messages are the body of an answer.
struct Reader {
    app: App,
    stop: Stop,
    ticks: watch::Receiver<u64>,
    wall: Wall,
    /// What follows a whole roster.
    then: Option<Bytes>,
    _place: Place,
}

/// The stream as server-sent events.
#[utoipa::path(get, path = "/v1/stream/events", tag = "stream",
    params(("bbox" = Option<String>, Query, description = "west,south,east,north in degrees: every H3 cell of resolution 7 that it touches, whole; everywhere when not given"),
        ("kind" = Option<String>, Query, description = "any of these, separated by commas"),
        ("layer" = Option<String>, Query, description = "layers whose crossings are told, separated by commas; all when not given"),
        ("totals" = Option<u8>, Query, description = "the H3 resolution, 3 to 7, of cells whose totals are told in place of units"),
        ("after" = Option<String>, Query, description = "the id of the last event that was read with the same view, as the header `Last-Event-ID` of a browser says it")),
    responses((status = 200, description = "Events `roster`, `snapshot`, `delta` each tick, `events`, `zones` and `closures`, with the JSON of the WebSocket as data", content_type = "text/event-stream", body = String),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn events(
    State(app): State<App>,
    stop: Stop,
    pass: Pass,
    headers: HeaderMap,
    params: Params<'static>,
) -> Result<Response, Problem> {
    let view = View {
        bbox: params.bbox()?,
        kinds: params.list::<UnitKind, _>("kind")?.unwrap_or(KindSet::ALL),
        layers: params.list::<Layer, _>("layer")?.unwrap_or(LayerSet::ALL),
        totals: params.number("totals", 0..=u8::MAX, "an H3 resolution")?.map(check_totals).transpose()?,
        room: None,
    };
    let again = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    // A browser says by the header where it was, whatever the address says that it once began with.
    let mark = match again.or(params.text("after")) {
        Some(text) => Some(text.parse::<Mark>().map_err(|expected| Problem::bad_value("after", text, expected))?),
        None => None,
    };
    let place = app.sockets.take("/v1/stream/events")?;
    let mut wall = Wall::new(Format::Events, pass.org);
    wall.subscribe(view, mark, &app.hub, app.bus.world());
    let body = Reader { ticks: app.hub.ticks(), app, stop, wall, then: None, _place: place };
    let mut response = Body::from_stream(stream::unfold(body, next)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that collects before it sends makes a map of the past.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// The next messages; the end where the server stops, or the wall is too far behind: it comes again.
async fn next(mut body: Reader) -> Option<(Result<Bytes, Infallible>, Reader)> {
    loop {
        if let Some(then) = body.then.take() {
            return Some((Ok(then), body));
        }
        match body.wall.next(&body.app.hub, body.app.bus.world()) {
            Ok(Some((first, then))) => {
                body.app.hub.counters.bytes.increment((first.len() + then.len()) as u64);
                body.then = Some(then);
                if !first.is_empty() {
                    return Some((Ok(first), body));
                }
                continue;
            }
            Ok(None) => {}
            Err(_) => return None,
        }
        tokio::select! {
            biased;
            () = body.stop.said() => return None,
            tick = body.ticks.changed() => tick.ok()?,
        }
    }
}
