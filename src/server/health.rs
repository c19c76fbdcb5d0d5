//! Is it alive, is it ready, what does it count?

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    App,
    problem::{Problem, ProblemDocument, ProblemKind},
};

/// A state in one word.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `alive` or `ready`.
    status: &'static str,
    /// What is wrong with the journal, while something is: commands are refused, and all else goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<String>,
}

/// Whether the process answers, and whether commands can be kept.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = Health)))]
pub async fn healthz(State(app): State<App>) -> Json<Health> {
    Json(Health { status: "alive", journal: app.bus.journal_trouble() })
}

/// Whether the journal is replayed and can be written, the writer runs and the last tick is recent.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses((status = 200, body = Health),
        (status = 503, description = "Not ready", body = ProblemDocument, content_type = "application/problem+json")))]
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
    Ok(Json(Health { status: "ready", journal: None }))
}

/// The metrics, in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, description = "Prometheus text", content_type = "text/plain")))]
pub async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], app.metrics.render())
        .into_response()
}
