//! The life of a cordon: ordered, changed, sighted, ended, and how it stands.

use std::{
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{
    ask::{CordonAsk, GuardAsk, StartAsk, budget, cannot_send, wrong},
    desk::Desk,
    json::{CordonJson, LeakJson, PlanJson, Writer},
};
use crate::{
    access::Pass,
    bus::Applied,
    engine::{Command, Cordon, CordonCommand, CordonSpec, CordonState, Event, Force, Hunt, SeenWorld, Sent, Subject, Wanted},
    model::{CordonId, Timestamp, UnitId},
    roads::JunctionNo,
    server::{
        App,
        asking::{self, Asking},
        body, command,
        problem::{Problem, ProblemDocument, ProblemKind},
        query::{Params, parse_as},
    },
};

/// The parameters of `GET /v1/cordons`.
pub const LIST_PARAMS: &[&str] = &["state"];
/// Until the orders of a plan are given that is done by itself, milliseconds,
const DO_MS: i64 = 1_000;
/// and of one that is proposed.
pub(super) const CHOOSE_MS: i64 = 10_000;
/// What a body may be called.
const JSON: &[&str] = &["application/json"];
/// What a change may be called.
const PATCH: &[&str] = &["application/merge-patch+json", "application/json"];

fn find(seen: &SeenWorld<'_>, id: &CordonId) -> Result<Arc<Cordon>, Problem> {
    seen.cordon(id).ok_or_else(|| Problem::not_found("cordon", id.as_str()))
}

/// How a cordon stands now.
pub(super) fn show(app: &App, seen: &SeenWorld<'_>, desk: &mut Desk, cordon: &Arc<Cordon>) -> CordonJson {
    let now = app.bus.now();
    let view = seen.look(&mut desk.ground, &mut desk.search, cordon, now);
    let writer = Writer { seen, now, force: &cordon.spec.force };
    let planned = app.proposals.of(cordon).filter(|_| !view.holds);
    let proposal = planned.and_then(|planned| writer.plan_if_seen(desk, &planned));
    writer.cordon(desk, &view, proposal)
}

/// A cordon after it was changed.
pub(super) async fn shown(app: App, pass: Pass, id: CordonId, status: StatusCode) -> Result<Response, Problem> {
    let tag = asking::tag(&app, &Subject::Cordon(id.clone()));
    Ok((status, tag, Json(found(app, pass, id).await?)).into_response())
}

/// The cordon that a command was about.
pub(super) fn of(applied: &Applied) -> Result<CordonId, Problem> {
    parse_as("id", applied.subject.id())
}

/// A cordon as the bearer of a pass sees it.
pub(super) async fn found(app: App, pass: Pass, id: CordonId) -> Result<CordonJson, Problem> {
    let desks = app.desks.clone();
    let look = move |desk: &mut Desk| {
        let seen = app.seen(&pass);
        Ok(show(&app, &seen, desk, &find(&seen, &id)?))
    };
    desks.apart(look).await
}

/// Which cordons are listed.
enum Listed {
    Running,
    All,
    In(CordonState),
}

impl FromStr for Listed {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "running" => Ok(Self::Running),
            "all" => Ok(Self::All),
            other => other.parse().map(Self::In).map_err(|error: crate::model::UnknownWord| format!("{error}, running, all")),
        }
    }
}

/// Cordons.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CordonsJson {
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
    /// By id.
    cordons: Vec<CordonJson>,
}

/// How cordons stand now, by id. Of those that are over the last 1,000 are kept.
#[utoipa::path(get, path = "/v1/cordons", tag = "cordons",
    params(("state" = Option<String>, Query, description = "`running` (when not given), `all`, or one of `ordered`, `closing`, `closed`, `opening`, `ended`")),
    responses((status = 200, body = CordonsJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn list(State(app): State<App>, pass: Pass, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let listed = Params::read(query.as_deref().unwrap_or_default())?.parse("state")?.unwrap_or(Listed::Running);
    let is_wanted = move |cordon: &Arc<Cordon>| match listed {
        Listed::Running => cordon.runs(),
        Listed::All => true,
        Listed::In(state) => cordon.state() == state,
    };
    let cordons = app.desks.clone().apart(move |desk| {
        let seen = app.seen(&pass);
        let all = seen.all_cordons();
        let cordons = all.iter().filter(|cordon| is_wanted(cordon)).map(|cordon| show(&app, &seen, desk, cordon)).collect();
        Ok(CordonsJson { server_time: app.bus.now(), cordons })
    });
    Ok(Json(cordons.await?).into_response())
}

/// How a cordon stands now: where its units are, whether he can still get out, who could take the place of whom.
#[utoipa::path(get, path = "/v1/cordons/{id}", tag = "cordons", params(("id" = String, Path)),
    responses((status = 200, body = CordonJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, pass: Pass, Path(id): Path<String>) -> Result<Response, Problem> {
    shown(app, pass, parse_as("id", &id)?, StatusCode::OK).await
}

/// The guards that are wanted. One that says no ring is of that which it is of already.
fn wanted(guards: &[GuardAsk], cordon: Option<&Cordon>) -> Vec<Wanted> {
    let ring_of = |junction: JunctionNo, unit: &UnitId| {
        let mut known = cordon.into_iter().flat_map(|cordon| cordon.guards.iter());
        known.find(|posted| posted.post.junction == junction || posted.post.unit == *unit).map(|posted| posted.post.ring)
    };
    let want = |GuardAsk { junction, unit, ring }: &GuardAsk| Wanted {
        junction: *junction,
        unit: unit.clone(),
        ring: ring.or_else(|| ring_of(*junction, unit)).unwrap_or(1),
    };
    guards.iter().map(want).collect()
}

/// Refuses what leaks, with the ways out.
fn tight(writer: &Writer<'_>, sent: &Sent, accept_leaks: bool) -> Result<(), Problem> {
    if sent.holds || accept_leaks {
        return Ok(());
    }
    let leaks: Vec<LeakJson> = sent.leaks.iter().map(|leak| writer.leak(leak)).collect();
    let out = sent.leaks.first().and_then(|leak| leak.passed.last());
    let mut detail = match out {
        Some((junction, suspect, first)) => {
            let soon = |at: &Timestamp| format!("{:.0} s", super::json::seconds(writer.now, *at));
            let first = first
                .as_ref()
                .map_or_else(|| "nobody comes there".to_owned(), |first| format!("the first unit is there in {}", soon(first)));
            format!("it leaks: he can be at junction {junction} in {}, and {first}", soon(suspect))
        }
        None => "it leaks".to_owned(),
    };
    for fault in &sent.faults {
        detail += &format!("; {fault}");
    }
    let expected = "guards that hold, or `\"accept_leaks\": true`";
    let leaks = serde_json::to_value(leaks).unwrap_or_default();
    Err(Problem::new(ProblemKind::Conflict, format!("{detail}: give {expected}")).field("guards").expected(expected).leaks(leaks))
}

/// The posts of those who are wanted, if that holds now.
async fn posts(
    app: &App,
    pass: &Pass,
    hunt: Option<Hunt>,
    force: Force,
    cordon: Option<Arc<Cordon>>,
    guards: Vec<GuardAsk>,
    accept_leaks: bool,
) -> Result<Sent, Problem> {
    let (app, pass) = (app.clone(), pass.clone());
    let work = app.desks.clone().apart(move |desk| {
        let (seen, now) = (app.seen(&pass), app.bus.now());
        let wanted = wanted(&guards, cordon.as_deref());
        let sent =
            seen.send(&mut desk.ground, (hunt.as_ref(), &force), cordon.as_deref(), &wanted, now).map_err(|error| cannot_send(&error))?;
        tight(&Writer { seen: &seen, now, force: &force }, &sent, accept_leaks)?;
        Ok(sent)
    });
    work.await
}

/// A new id.
pub(super) fn new_id(now: Timestamp) -> Result<CordonId, Problem> {
    parse_as("id", &format!("cordon-{:x}-{:08x}", now.unix_ms(), rand::random::<u32>()))
}

/// Orders a cordon: its units are given their orders with it. What leaks by what is true now is refused with 409 and `leaks`, unless that
/// is accepted. Durable when answered.
#[utoipa::path(post, path = "/v1/cordons", tag = "cordons", request_body = CordonAsk,
    responses((status = 201, description = "Ordered", body = CordonJson),
        (status = "default", description = "A problem; `leaks` has the ways out", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    if let Some(applied) = command::done(&app, &asking)? {
        return shown(app, asking.pass, of(&applied)?, StatusCode::CREATED).await;
    }
    let ask: CordonAsk = body::json(&headers, content, JSON).await?;
    let now = app.bus.now();
    let (hunt, force) = ask.hunt(now)?;
    let CordonAsk { name, objective, guards, accept_leaks, .. } = ask;
    let guards = guards.ok_or_else(|| {
        Problem::new(ProblemKind::Invalid, "guards is missing: give who holds what, as a plan says")
            .field("guards")
            .expected("[{\"junction\": 1, \"unit\": \"car-1\"}]")
    })?;
    let sent = posts(&app, &asking.pass, Some(hunt.clone()), force.clone(), None, guards, accept_leaks.unwrap_or(false)).await?;
    let spec = CordonSpec { id: new_id(now)?, name, hunt: Some(hunt), force, objective, gate_plan: None, org: asking.pass.org.clone() };
    let order = CordonCommand::Order { cordon: Box::new(spec), posts: sent.posts };
    let applied = command::run(&app, &asking, Command::Cordon(order)).await?;
    shown(app, asking.pass, of(&applied)?, StatusCode::CREATED).await
}

/// How far a cordon is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CordonStep {
    /// It is taken away, one unit after another: it is over when the last has ended its order.
    Opening,
    /// It is over at once, and all its orders with it.
    Ended,
}

/// A change: other guards, or a step.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CordonPatch {
    /// Who holds what from now on: all of them.
    #[serde(default)]
    guards: Option<Vec<GuardAsk>>,
    /// Though it leaks.
    #[serde(default)]
    accept_leaks: bool,
    #[serde(default)]
    state: Option<CordonStep>,
}

/// Changes a cordon. Units that stay keep their orders. What leaks by what is true now is refused with 409 and `leaks`, unless that is
/// accepted. Durable when answered.
#[utoipa::path(patch, path = "/v1/cordons/{id}", tag = "cordons", params(("id" = String, Path)), request_body = CordonPatch,
    responses((status = 200, body = CordonJson),
        (status = "default", description = "A problem; `leaks` has the ways out", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn patch(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    let id: CordonId = parse_as("id", &id)?;
    if command::done(&app, &asking)?.is_some() {
        return shown(app, asking.pass, id, StatusCode::OK).await;
    }
    let patch: CordonPatch = body::json(&headers, content, PATCH).await?;
    let cordon = find(&app.seen(&asking.pass), &id)?;
    let change = match (patch.guards, patch.state) {
        (Some(guards), None) => {
            let CordonSpec { hunt, force, .. } = cordon.spec.clone();
            let sent = posts(&app, &asking.pass, hunt, force, Some(cordon), guards, patch.accept_leaks).await?;
            CordonCommand::Change { id: id.clone(), posts: sent.posts }
        }
        (None, Some(CordonStep::Opening)) => CordonCommand::Open(id.clone()),
        (None, Some(CordonStep::Ended)) => CordonCommand::End(id.clone()),
        _ => {
            let expected = "either guards or state";
            return Err(Problem::new(ProblemKind::Invalid, format!("the change is not clear: give {expected}"))
                .field("guards")
                .expected(expected));
        }
    };
    command::run(&app, &asking, Command::Cordon(change)).await?;
    shown(app, asking.pass, id, StatusCode::OK).await
}

/// What becomes of the plan after a sighting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Replan {
    /// It is proposed.
    #[default]
    Propose,
    /// It is done.
    Do,
}

/// He was seen.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SightingAsk {
    /// Degrees, WGS-84.
    lat: f64,
    /// Degrees, WGS-84.
    lon: f64,
    /// How long ago, seconds: 0 to 21600, and not before he was seen last.
    seen_s_ago: f64,
    /// Whether a better plan is proposed or done.
    #[serde(default)]
    replan: Replan,
    /// How long may be searched, milliseconds: 1 to 5000, 250 when not given.
    #[serde(default)]
    budget_ms: Option<u32>,
}

/// A cordon after a sighting. Its proposal is what it should be now; null when it holds and nothing is gained that is worth it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SightedJson {
    #[serde(flatten)]
    cordon: CordonJson,
    /// Whether it was done.
    done: bool,
}

/// He was seen again: the cordon counts from there and then, and is planned anew. Who is committed stays, unless it leaks otherwise, or the gates
/// would be closed a minute sooner or around half the ground. Durable when answered.
#[utoipa::path(post, path = "/v1/cordons/{id}/sightings", tag = "cordons", params(("id" = String, Path)), request_body = SightingAsk,
    responses((status = 200, body = SightedJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn sight(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    let id: CordonId = parse_as("id", &id)?;
    if let Some(applied) = command::done(&app, &asking)? {
        return sighted(app, asking.pass, id, &applied, None).await;
    }
    let SightingAsk { lat, lon, seen_s_ago, replan, budget_ms } = body::json(&headers, content, JSON).await?;
    let (now, budget_ms) = (app.bus.now(), budget(budget_ms)?);
    let seen = StartAsk { lat, lon, seen_s_ago }.seen(now)?;
    let cordon = find(&app.seen(&asking.pass), &id)?;
    let no_suspect =
        || Problem::new(ProblemKind::Conflict, format!("cordon `{id}` seeks nobody: a sighting needs a cordon with a suspect")).field("id");
    let hunt = Hunt { starts: vec![seen], ..cordon.spec.hunt.clone().ok_or_else(no_suspect)? };
    let (here, whose, begun) = (app.clone(), asking.pass.clone(), Instant::now());
    let work = app.desks.clone().work(move |desk| {
        let (seen, budget) = (here.seen(&whose), Duration::from_millis(u64::from(budget_ms)));
        let Desk { ground, planner, search } = desk;
        let mut spent = || begun.elapsed() >= budget;
        // Who is only asked needs time to answer.
        let choice_ms = if replan == Replan::Do { DO_MS } else { CHOOSE_MS };
        let ordered = now.plus_ms(i64::from(budget_ms) + choice_ms);
        let (_, planned) =
            seen.replan((ground, planner, search), &cordon, &hunt, (now, ordered), &mut spent).map_err(|error| wrong(&error))?;
        let posts = planned.as_ref().map(|planned| seen.posts(&planned.guards));
        let writer = Writer { seen: &seen, now, force: &cordon.spec.force };
        Ok((planned.and_then(|planned| writer.plan_if_seen(desk, &planned)), posts))
    });
    let (proposal, posts) = work.await?;
    let posts = posts.filter(|_| replan == Replan::Do);
    let applied = command::run(&app, &asking, Command::Cordon(CordonCommand::Sight { id: id.clone(), seen, posts })).await?;
    sighted(app, asking.pass, id, &applied, Some(proposal)).await
}

/// The answer to a sighting. One that was told before has the proposal of now, not that of then.
async fn sighted(app: App, pass: Pass, id: CordonId, applied: &Applied, proposal: Option<Option<PlanJson>>) -> Result<Response, Problem> {
    let (tag, done) = (asking::tag(&app, &applied.subject), applied.event == Event::CORDON_CHANGED);
    let mut cordon = found(app, pass, id).await?;
    cordon.proposal = proposal.unwrap_or(cordon.proposal);
    Ok((tag, Json(SightedJson { cordon, done })).into_response())
}
