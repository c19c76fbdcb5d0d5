//! Programs: the signed tokens that administrators give them.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    App,
    accounts::known_org,
    audit::audit,
    body,
    problem::{Problem, ProblemDocument},
    query::parse_as,
    units::no_content,
};
use crate::{
    access::{Action, ActionSet, Pass, Role},
    identity::{Grant, Token},
    journal::Noted,
    model::{Actor, OrgId, ProgramId, Timestamp, UnitId},
};

/// A token, without its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Token)]
pub struct TokenJson {
    id: String,
    /// Whose: `program:ID` or `unit:ID`.
    #[schema(value_type = String)]
    actor: Actor,
    role: Role,
    /// The organisation that is seen and ordered, with all below it; null for the whole city.
    #[schema(value_type = Option<String>)]
    org: Option<OrgId>,
    /// The single actions that it is for, of those of its role.
    #[schema(value_type = Vec<Action>)]
    only: ActionSet,
    #[schema(value_type = String)]
    issued: Timestamp,
    #[schema(value_type = String)]
    expires: Timestamp,
    #[schema(value_type = Option<String>)]
    revoked: Option<Timestamp>,
}

impl TokenJson {
    fn new(id: String, token: Token) -> Self {
        let Token { actor, role, org, only, issued, expires, revoked, .. } = token;
        Self { id, actor, role, org, only, issued, expires, revoked }
    }
}

/// All tokens, by whom they are for; revoked ones too until they would have ended.
#[utoipa::path(get, path = "/v1/programs", tag = "access", responses((status = 200, body = Vec<TokenJson>),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn list(State(app): State<App>) -> Response {
    let mut tokens: Vec<_> = app.entry.identity.tokens().into_iter().map(|(id, token)| TokenJson::new(id, token)).collect();
    tokens.sort_by(|a, b| (&a.actor, a.issued, &a.id).cmp(&(&b.actor, b.issued, &b.id)));
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(tokens)).into_response()
}

/// What a token is to be.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantJson {
    /// With `unit` the id is that of a unit, and the token speaks for it alone.
    role: Role,
    /// Left out or null: the whole city.
    #[schema(value_type = Option<String>)]
    org: Option<OrgId>,
    /// Left out: all actions of the role.
    #[schema(value_type = Option<Vec<Action>>)]
    only: Option<ActionSet>,
    /// How long it lives: 1 to 730 days.
    days: u32,
}

/// A token that was given just now.
#[derive(Serialize, utoipa::ToSchema)]
pub struct IssuedJson {
    id: String,
    /// For `Authorization: Bearer`. Said once.
    token: String,
    #[schema(value_type = String)]
    expires: Timestamp,
}

/// Gives a program, or with the role `unit` a unit, a token.
#[utoipa::path(post, path = "/v1/programs/{id}/tokens", tag = "access", params(("id" = String, Path)), request_body = GrantJson,
    responses((status = 201, body = IssuedJson),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<App>,
    pass: Pass,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    let GrantJson { role, org, only, days } = body::json(&headers, content, &["application/json"]).await?;
    let actor = match role {
        Role::Unit => Actor::Unit(parse_as::<UnitId>("id", &id)?),
        _ => Actor::Program(parse_as::<ProgramId>("id", &id)?),
    };
    let grant = Grant { actor: actor.clone(), role, org: known_org(&app, org)?, only: only.unwrap_or(ActionSet::ALL), days };
    let now = app.bus.now();
    let issued = app.entry.work(move |identity| identity.issue(grant, now)).await?;
    let body = json!({ "for": actor, "role": role, "expires": issued.expires });
    audit(&app, &pass.actor, Noted::TokenGiven, format!("token/{}", issued.id), body);
    let json = IssuedJson { id: issued.id, token: issued.text, expires: issued.expires };
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(json)).into_response())
}

/// Revokes a token: at once, for its open WebSockets too.
#[utoipa::path(delete, path = "/v1/programs/{id}/tokens/{token}", tag = "access", params(("id" = String, Path), ("token" = String, Path)),
    responses((status = 204, description = "Revoked"),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn delete(State(app): State<App>, pass: Pass, Path((id, token)): Path<(String, String)>) -> Result<Response, Problem> {
    let of = |actor: &Actor| {
        matches!(actor, Actor::Program(program) if program.as_str() == id) || matches!(actor, Actor::Unit(unit) if unit.as_str() == id)
    };
    if !app.entry.identity.tokens().iter().any(|(name, found)| *name == token && of(&found.actor)) {
        return Err(Problem::not_found("token", &token));
    }
    let (now, name) = (app.bus.now(), token.clone());
    app.entry.work(move |identity| identity.revoke(&name, now)).await?;
    audit(&app, &pass.actor, Noted::TokenRevoked, format!("token/{token}"), json!({ "for": id }));
    Ok(no_content())
}
