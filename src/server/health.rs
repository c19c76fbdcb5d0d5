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
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = Health)))]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "alive" })
}

/// Whether the journal is replayed, the writer runs and the last tick is recent.
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
    Ok(Json(Health { status: "ready" }))
}

/// The metrics, in the Prometheus text format.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, description = "Prometheus text", content_type = "text/plain")))]
pub async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], app.metrics.render())
        .into_response()
}
