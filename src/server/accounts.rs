//! Accounts: what administrators do with people.

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
    audit::audit,
    body,
    problem::{Problem, ProblemDocument, ProblemKind},
    query::parse_as,
    session::checked_name,
    units::no_content,
};
use crate::{
    access::{Pass, Role},
    identity::{Account, AccountEdit},
    journal::Noted,
    model::{OrgId, Timestamp, UserId},
};

/// An account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Account)]
pub struct AccountJson {
    #[schema(value_type = String)]
    id: UserId,
    name: String,
    role: Role,
    /// The organisation that is seen and ordered, with all below it; null for the whole city.
    #[schema(value_type = Option<String>)]
    org: Option<OrgId>,
    blocked: bool,
    /// Whether the person has chosen a password.
    set_up: bool,
    second_factor: bool,
    /// Whether the provider of identities says who this is: name, role and organisation are changed there.
    provided: bool,
    #[schema(value_type = String)]
    created: Timestamp,
    /// The one-time code with which the person chooses a password: said once, good for seven days.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

impl AccountJson {
    fn new(id: UserId, account: Account, code: Option<String>) -> Self {
        let (set_up, second_factor, provided) = (account.is_set_up(), account.has_second(), account.is_provided());
        let AccountEdit { name, role, org, blocked } = account.edit;
        Self { id, name, role, org, blocked, set_up, second_factor, provided, created: account.created, code }
    }
}

fn answer(status: StatusCode, json: impl Serialize) -> Response {
    (status, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(json)).into_response()
}

/// All accounts, by id.
#[utoipa::path(get, path = "/v1/accounts", tag = "access", responses((status = 200, body = Vec<AccountJson>),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn list(State(app): State<App>) -> Response {
    let accounts = app.entry.identity.accounts();
    answer(StatusCode::OK, accounts.into_iter().map(|(id, account)| AccountJson::new(id, account, None)).collect::<Vec<_>>())
}

/// What is said of a person.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPut {
    /// The name before people: 1 to 64 characters.
    name: String,
    role: Role,
    /// Left out or null: the whole city.
    #[schema(value_type = Option<String>)]
    org: Option<OrgId>,
    #[serde(default)]
    blocked: bool,
}

/// An organisation that there is.
///
/// # Errors
/// A 422 problem for one that there is not.
pub fn known_org(app: &App, org: Option<OrgId>) -> Result<Option<OrgId>, Problem> {
    match org {
        Some(org) if app.organisations().subtree(&org).is_none() => {
            let problem = Problem::new(ProblemKind::Invalid, format!("there is no organisation `{org}`")).field("org").value(org.as_str());
            Err(problem.expected("the id of an organisation: /v1/city lists them"))
        }
        org => Ok(org),
    }
}

/// Makes an account or changes one. A new one comes with a one-time code for the person; the sessions of a changed one end.
#[utoipa::path(put, path = "/v1/accounts/{id}", tag = "access", params(("id" = String, Path)), request_body = AccountPut,
    responses((status = 200, description = "Changed", body = AccountJson), (status = 201, description = "Made", body = AccountJson),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn put(
    State(app): State<App>,
    pass: Pass,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    let user: UserId = parse_as("id", &id)?;
    let AccountPut { name, role, org, blocked } = body::json(&headers, content, &["application/json"]).await?;
    if matches!(role, Role::Unit | Role::Gateway) {
        let detail = format!("the role {role} is for programs: they have tokens, /v1/programs");
        return Err(Problem::new(ProblemKind::Invalid, detail)
            .field("role")
            .value(role.as_str())
            .expected("viewer, dispatcher, commander or administrator"));
    }
    let edit = AccountEdit { name: checked_name(&name)?, role, org: known_org(&app, org)?, blocked };
    let now = app.bus.now();
    let (code, account) = app
        .entry
        .work(move |identity| {
            let code = identity.put_account(&user, edit, now)?;
            identity.account(&user).map(|account| (code, AccountJson::new(user, account, None)))
        })
        .await?;
    let what = if code.is_some() { Noted::AccountMade } else { Noted::AccountChanged };
    audit(&app, &pass.actor, what, format!("account/{id}"), json!({ "role": role, "org": account.org, "blocked": blocked }));
    let status = if code.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok(answer(status, AccountJson { code, ..account }))
}

/// A new one-time code for a person who lost the password or the app: both are void at once, and all sessions end.
#[utoipa::path(post, path = "/v1/accounts/{id}/code", tag = "access", params(("id" = String, Path)), responses((status = 200, body = AccountJson),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn code(State(app): State<App>, pass: Pass, Path(id): Path<String>) -> Result<Response, Problem> {
    let user: UserId = parse_as("id", &id)?;
    let now = app.bus.now();
    let json = app
        .entry
        .work(move |identity| {
            let code = identity.invite(&user, now)?;
            identity.account(&user).map(|account| AccountJson::new(user, account, Some(code)))
        })
        .await?;
    audit(&app, &pass.actor, Noted::AccountReset, format!("account/{id}"), json!({}));
    Ok(answer(StatusCode::OK, json))
}

/// Removes an account; its sessions end.
#[utoipa::path(delete, path = "/v1/accounts/{id}", tag = "access", params(("id" = String, Path)), responses((status = 204, description = "Removed"),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn delete(State(app): State<App>, pass: Pass, Path(id): Path<String>) -> Result<Response, Problem> {
    let user: UserId = parse_as("id", &id)?;
    app.entry.work(move |identity| identity.remove_account(&user)).await?;
    audit(&app, &pass.actor, Noted::AccountRemoved, format!("account/{id}"), json!({}));
    Ok(no_content())
}
