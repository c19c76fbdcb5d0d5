//! Standing plans: gates that are closed together by one word.

use std::time::{Duration, Instant};

use axum::{
    Extension, Json,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{
    ask::{BUDGET_MS_MAX, ForceAsk, cannot_close},
    life::{new_id, of, shown},
};
use crate::{
    access::Pass,
    engine::{Command, CordonCommand, CordonSpec, GatePlan, GatePlanError, PlanGate, SeenWorld, Subject},
    geodesy::LatLng,
    model::{GatePlanId, KindSet, Name, OrgId, Timestamp, UnitId, ZoneId},
    roads::JunctionNo,
    server::{
        App,
        asking::{self, Asking},
        body, command,
        problem::{Problem, ProblemDocument},
        query::parse_as,
        units::{made, no_content},
    },
};

/// A gate of a standing plan.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanGateAsk {
    /// Where: at the nearest junction, 200 m away at most. `{"lat", "lon"}`.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    at: Option<LatLng>,
    /// Or the city's gate of this id.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    gate: Option<ZoneId>,
    /// How many units hold it, 1 to 8: 1 when not given.
    #[serde(default)]
    need: Option<u8>,
    /// Whose duty it is; whoever is there first where this one is not free.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    unit: Option<UnitId>,
}

/// A standing plan.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GatePlanAsk {
    name: Name,
    /// 1 to 1,000.
    gates: Vec<PlanGateAsk>,
}

/// A gate of a standing plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PlanGateJson {
    /// `{"lat", "lon"}`.
    #[schema(value_type = Object)]
    at: LatLng,
    #[schema(value_type = Option<String>)]
    gate: Option<ZoneId>,
    junction: Option<JunctionNo>,
    place: Option<Name>,
    bearing_deg: Option<f64>,
    need: u8,
    #[schema(value_type = Option<String>)]
    unit: Option<UnitId>,
}

/// A standing plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = GatePlan)]
pub struct GatePlanJson {
    #[schema(value_type = String)]
    id: GatePlanId,
    name: Name,
    gates: Vec<PlanGateJson>,
}

/// Standing plans.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GatePlansJson {
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
    /// By id.
    plans: Vec<GatePlanJson>,
}

fn json(seen: &SeenWorld<'_>, plan: &GatePlan) -> GatePlanJson {
    let gate = |gate: &PlanGate| {
        let junction = seen.roads().junction_at(gate.at);
        PlanGateJson {
            at: gate.at,
            gate: gate.gate.clone(),
            junction,
            place: junction.and_then(|junction| seen.junction_name(junction)),
            bearing_deg: junction.and_then(|junction| seen.gate_at(junction)).map(|gate| gate.bearing_deg),
            need: gate.need,
            unit: gate.unit.clone().filter(|unit| seen.unit(unit).is_some()),
        }
    };
    GatePlanJson { id: plan.id.clone(), name: plan.name.clone(), gates: plan.gates.iter().map(gate).collect() }
}

/// The standing plans, by id. A city with gates has `city-gates` from the start.
#[utoipa::path(get, path = "/v1/gate-plans", tag = "cordons",
    responses((status = 200, body = GatePlansJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn list(State(app): State<App>, pass: Pass) -> Result<Response, Problem> {
    let seen = app.seen(&pass);
    let plans = seen.gate_plans().iter().map(|plan| json(&seen, plan)).collect();
    Ok(Json(GatePlansJson { server_time: app.bus.now(), plans }).into_response())
}

/// The gate that is meant.
fn gate(seen: &SeenWorld<'_>, n: usize, PlanGateAsk { at, gate, need, unit }: PlanGateAsk) -> Result<PlanGate, Problem> {
    let need = need.unwrap_or(1);
    match (at, gate) {
        (Some(at), None) => Ok(PlanGate { at, gate: None, need, unit }),
        (None, Some(id)) => {
            let known = seen.gates().iter().find(|gate| gate.id == id);
            let unknown = || Problem::not_found("gate of the city", id.as_str()).field("gate").expected("an id of the layer gates");
            Ok(PlanGate { at: known.ok_or_else(unknown)?.at, gate: Some(id), need, unit })
        }
        _ => Err(Problem::bad_value("gates", &format!("number {n}"), "each gate either an at or a gate")),
    }
}

/// Lays down a standing plan, or replaces the one of this id. Durable when answered.
#[utoipa::path(put, path = "/v1/gate-plans/{id}", tag = "cordons", params(("id" = String, Path)), request_body = GatePlanAsk,
    responses((status = 200, description = "Replaced", body = GatePlanJson), (status = 201, description = "Laid down", body = GatePlanJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn put(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    let id: GatePlanId = parse_as("id", &id)?;
    let GatePlanAsk { name, gates } = body::json(&headers, content, &["application/json"]).await?;
    let seen = app.seen(&asking.pass);
    if gates.len() > crate::engine::GATES_MAX {
        // Before they are looked up.
        let wrong = GatePlanError::Count(gates.len());
        return Err(command::rejected(&wrong.into()));
    }
    let gates = gates.into_iter().enumerate().map(|(n, ask)| gate(&seen, n, ask)).collect::<Result<_, _>>()?;
    // Whoever changes it, it stays whose it is.
    let org = seen.gate_plan(&id).map_or_else(|| asking.pass.org.clone(), |known| known.org.clone());
    let applied =
        command::run(&app, &asking, Command::Cordon(CordonCommand::PutPlan(GatePlan { id: id.clone(), name, gates, org }))).await?;
    let tag = asking::tag(&app, &Subject::GatePlan(id.clone()));
    let seen = app.seen(&asking.pass);
    let plan = seen.gate_plan(&id).ok_or_else(|| Problem::not_found("standing plan", id.as_str()))?;
    Ok((made(&applied), tag, Json(json(&seen, &plan))).into_response())
}

/// Removes a standing plan. Cordons that were run from it go on. Durable when answered.
#[utoipa::path(delete, path = "/v1/gate-plans/{id}", tag = "cordons", params(("id" = String, Path)),
    responses((status = 204, description = "Removed"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn delete(State(app): State<App>, Extension(asking): Extension<Asking>, Path(id): Path<String>) -> Result<Response, Problem> {
    command::run(&app, &asking, Command::Cordon(CordonCommand::RemovePlan(parse_as("id", &id)?))).await?;
    Ok(no_content())
}

/// Who closes the gates: all of it may be left out, and so may the body.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunAsk {
    /// What the cordon is called; as the plan when not given.
    #[serde(default)]
    name: Option<Name>,
    /// Units of these kinds; `patrol_car`, `armed_car`, `motorcycle` and `foot` when not given. None that flies.
    #[serde(default)]
    #[schema(value_type = Option<Vec<crate::model::UnitKind>>)]
    kinds: Option<KindSet>,
    /// Of these organisations and those below them.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    orgs: Option<Vec<OrgId>>,
    /// So many available units of each organisation stay behind: 0 when not given.
    #[serde(default)]
    reserve: Option<u32>,
    /// Under blue light; true when not given.
    #[serde(default)]
    urgent: Option<bool>,
    /// How long it takes to set up, seconds: 0 to 1800, 30 when not given.
    #[serde(default)]
    set_up_s: Option<f64>,
}

/// Closes the gates of a standing plan: a cordon without a suspect, its units ordered with it. Those whose duty a gate is go there where
/// they are free; the others are chosen so that the last gate is closed as early as possible, and then all together. Durable when answered.
#[utoipa::path(post, path = "/v1/gate-plans/{id}/run", tag = "cordons", params(("id" = String, Path)), request_body = RunAsk,
    responses((status = 201, description = "Ordered", body = super::json::CordonJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn run(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    if let Some(applied) = command::done(&app, &asking)? {
        return shown(app, asking.pass, of(&applied)?, StatusCode::CREATED).await;
    }
    let id: GatePlanId = parse_as("id", &id)?;
    let bytes: Bytes = body::read(content, body::JSON_BYTES_MAX).await?;
    let RunAsk { name, kinds, orgs, reserve, urgent, set_up_s } = if bytes.is_empty() {
        RunAsk::default()
    } else {
        body::check_type(&headers, &["application/json"])?;
        body::parse_json(&bytes)?
    };
    let force = ForceAsk { kinds, orgs, reserve, urgent, set_up_s, wide: None, strength: None }.force()?;
    let plan = app.seen(&asking.pass).gate_plan(&id).ok_or_else(|| Problem::not_found("standing plan", id.as_str()))?;
    let now = app.bus.now();
    let (here, whose, who, gates) = (app.clone(), asking.pass.clone(), force.clone(), plan.clone());
    let work = app.desks.clone().work(move |desk| {
        let begun = Instant::now();
        let mut spent = || begun.elapsed() >= Duration::from_millis(u64::from(BUDGET_MS_MAX));
        here.seen(&whose).close(&mut desk.ground, &gates, &who, now, &mut spent).map_err(|error| cannot_close(&error))
    });
    let posts = work.await?;
    let name = Some(name.unwrap_or_else(|| plan.name.clone()));
    let spec = CordonSpec { id: new_id(now)?, name, hunt: None, force, objective: None, gate_plan: Some(id), org: asking.pass.org.clone() };
    let applied = command::run(&app, &asking, Command::Cordon(CordonCommand::Order { cordon: Box::new(spec), posts })).await?;
    shown(app, asking.pass, of(&applied)?, StatusCode::CREATED).await
}
