//! Is it alive, is it ready, what is wrong and what to do, what does it count?

pub mod look;
pub mod watch;

use std::fmt::Write as _;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use self::{
    look::{Check, Sight, look},
    watch::Moment,
};
use super::{
    App,
    problem::{Problem, ProblemDocument, ProblemKind},
};
use crate::model::Timestamp;

/// A state in one word.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `alive` or `ready`.
    status: &'static str,
    /// The server's clock, by which a wall knows how old its picture can be.
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
    /// What is wrong with the journal, while something is: commands are refused, and all else goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<String>,
}

/// Whether the process answers, and whether commands can be kept.
#[utoipa::path(get, path = "/healthz", tag = "operation",
    responses((status = 200, body = Health),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn healthz(State(app): State<App>) -> Json<Health> {
    Json(Health { status: "alive", server_time: app.bus.now(), journal: app.bus.journal_trouble() })
}

/// Whether the journal is replayed and can be written, the writer runs and the last tick is recent.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses((status = 200, body = Health),
        (status = 503, description = "Not ready", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn readyz(State(app): State<App>) -> Result<Json<Health>, Problem> {
    if app.stop.is_said() {
        return Err(Problem::new(ProblemKind::NotReady, "the server stops"));
    }
    if !app.bus.is_healthy() {
        return Err(Problem::new(
            ProblemKind::NotReady,
            "the engine's writer made no tick within the last seconds: see the log, and restart when it stays so",
        ));
    }
    if let Some(why) = app.bus.journal_trouble() {
        let detail = format!("commands are refused, since the journal cannot be written: {why}; questions and the stream go on");
        return Err(Problem::new(ProblemKind::Journal, detail));
    }
    Ok(Json(Health { status: "ready", server_time: app.bus.now(), journal: None }))
}

/// The metrics, in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "Prometheus text", content_type = "text/plain"),
        (status = 404, description = "Switched off: `http.metrics` in the configuration", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], app.metrics.render())
        .into_response()
}

/// How well the server is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Report)]
pub struct ReportJson {
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
    /// The worst of the checks.
    state: look::State,
    checks: Vec<Check>,
}

fn checked(app: &App) -> ReportJson {
    let (world, now) = (app.bus.world(), Moment::now(app));
    let sight = Sight {
        then: app.watch.then().unwrap_or(now),
        now,
        ticks: app.bus.is_healthy(),
        disk: app.watch.disk(),
        has_landmarks: !world.roads().costs().landmarks().is_empty(),
        senders: world.seen_by(crate::engine::Sight::ALL).senders(app.bus.now()).len(),
        units: world.count().0,
    };
    let checks = look(&sight);
    let state = checks.iter().map(|check| check.state).max().unwrap_or(look::State::Ok);
    ReportJson { server_time: app.bus.now(), state, checks }
}

/// What is well and what is not, in words: what is wrong, and what to do. For people; `/healthz` and `/readyz` are for machines.
#[utoipa::path(get, path = "/v1/health", tag = "operation",
    responses((status = 200, body = ReportJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn report(State(app): State<App>) -> Json<ReportJson> {
    Json(checked(&app))
}

/// The same as a page, in Chinese and English.
pub async fn page(State(app): State<App>) -> Response {
    let ReportJson { server_time, state, checks } = checked(&app);
    let mut rows = String::new();
    for Check { name, state, says, advice } in &checks {
        let (zh, en) = state.words();
        let (advice_zh, advice_en) = advice.as_ref().map_or(("", ""), |advice| (advice.zh.as_str(), advice.en.as_str()));
        // Nothing fails that is written to a string; names and words are this file's neighbours' own and hold no markup.
        let _written = write!(
            rows,
            "<tr class=\"{en}\"><td>{name}<td>{zh} {en}<td><p lang=\"zh\">{} <b>{advice_zh}</b><p lang=\"en\">{} <b>{advice_en}</b>",
            says.zh, says.en
        );
    }
    let (zh, en) = state.words();
    let page = format!(
        "<!doctype html><html lang=\"zh\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"refresh\" content=\"10\"><title>Citygate: {zh} {en}</title><link rel=\"stylesheet\" href=\"/health.css\">\
         <h1 class=\"{en}\">{zh} {en}</h1><p>{server_time}<table>{rows}</table></html>"
    );
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], page).into_response()
}
