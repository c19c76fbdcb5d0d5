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
    ask::{BUDGET_MS_DEFAULT, CordonAsk, wrong},
    json::{PlansJson, Writer},
};
use crate::{
    access::Pass,
    cordon::{Plan, Scene},
    engine::PlanAsk,
    server::{
        App, body,
        problem::{Problem, ProblemDocument},
    },
};

/// Whether HiGHS, where it is built in, has half of a long search: for one ring, since those around it want the time.
const fn is_bettered(ask: &PlanAsk, budget_ms: u32) -> bool {
    cfg!(feature = "highs") && ask.rings == 1 && budget_ms > BUDGET_MS_DEFAULT
}

/// Looks for better plans than those that are not proved to be the best, while there is time.
#[cfg_attr(not(feature = "highs"), expect(unused_variables, reason = "HiGHS betters them"))]
fn better(scene: &Scene, plans: &mut [Plan], left: &mut dyn FnMut() -> Duration) {
    #[cfg(feature = "highs")]
    crate::cordon::Mip::default().improve(scene, plans, left);
}

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
        // Half: what HiGHS betters is to be found first.
        let own = if is_bettered(&ask, budget_ms) { budget / 2 } else { budget };
        let mut spent = |share: f64| begun.elapsed() >= own.mul_f64(share.clamp(0.0, 1.0));
        let mut better = |scene: &Scene, plans: &mut [Plan]| {
            if own < budget {
                better(scene, plans, &mut || budget.saturating_sub(begun.elapsed()));
            }
        };
        let answer = seen.plan(&mut desk.ground, &mut desk.planner, &ask, now, &mut spent, &mut better).map_err(|error| wrong(&error))?;
        for why in &answer.refused {
            tracing::error!(%why, "the verifier refused a plan of the planner");
        }
        Ok(Writer { seen: &seen, now, force: &ask.force }.plans(desk, &answer))
    });
    Ok(Json(plans.await?).into_response())
}
