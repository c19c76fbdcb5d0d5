//! What could be held, and by whom? `POST /v1/cordons/plan`.

use std::time::{Duration, Instant};

use axum::{
    Json,
    body::Body,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::{
    ask::{CordonAsk, wrong},
    json::{PlansJson, Writer},
};
use crate::{
    access::Pass,
    server::{
        App, body,
        problem::{Problem, ProblemDocument},
    },
};

/// Plans of a cordon, each passed by the verifier: fastest closed, tightest, fewest units, balanced. Changes nothing.
#[utoipa::path(post, path = "/v1/cordons/plan", tag = "cordons", request_body = CordonAsk,
    responses((status = 200, body = PlansJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn plan(State(app): State<App>, pass: Pass, headers: HeaderMap, content: Body) -> Result<Response, Problem> {
    let ask: CordonAsk = body::json(&headers, content, &["application/json"]).await?;
    let now = app.bus.now();
    let (ask, budget_ms) = ask.plan(now)?;
    let begun = Instant::now();
    let plans = app.desks.clone().work(move |desk| {
        let seen = app.seen(&pass);
        let budget = Duration::from_millis(u64::from(budget_ms));
        let mut spent = |share: f64| begun.elapsed() >= budget.mul_f64(share.clamp(0.0, 1.0));
        let answer = seen.plan(&mut desk.ground, &mut desk.planner, &ask, now, &mut spent).map_err(|error| wrong(&error))?;
        for why in &answer.refused {
            tracing::error!(%why, "the verifier refused a plan of the planner");
        }
        Ok(Writer { seen: &seen, now, force: &ask.force }.plans(desk, &answer))
    });
    Ok(Json(plans.await?).into_response())
}
