//! The session of whoever asks: signing in and out, passwords, the second factor.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    App,
    audit::audit,
    body,
    entry::{self, Asker, Cookie},
    problem::{Problem, ProblemDocument, ProblemKind},
    units::no_content,
};
use crate::{
    access::{Action, Pass, Role},
    identity::{IdentityError, Newcomer, Opened, Second, SignIn},
    journal::Noted,
    model::{Actor, OrgId, Timestamp, UserId},
};

/// The longest name before people, characters.
pub const NAME_CHARS_MAX: usize = 64;

/// Who asks, as a page needs it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionJson {
    /// Who: `user:ID`, `program:ID`, `unit:ID`, `machine` in the demo, null for nobody.
    #[schema(value_type = Option<String>)]
    actor: Option<Actor>,
    /// The name before people.
    name: Option<String>,
    role: Option<Role>,
    /// The organisation that is seen and ordered, with all below it; null for the whole city.
    #[schema(value_type = Option<String>)]
    org: Option<OrgId>,
    /// The actions that are allowed.
    may: Vec<Action>,
    /// Whether the account has a second factor.
    second_factor: bool,
    /// Whether whoever shows nothing may do everything.
    demo: bool,
    /// The name of the provider of identities with which one signs in at `/signin/provider`, where there is one.
    provider: Option<String>,
    /// Whether an administrator is to be made with the code that the server printed at its start.
    set_up: bool,
}

fn show(app: &App, pass: Option<Pass>) -> Response {
    let account = match &pass {
        Some(Pass { actor: Actor::User(user), .. }) => app.entry.identity.account(user).ok(),
        _ => None,
    };
    let may = Action::ALL.iter().copied().filter(|action| pass.as_ref().is_some_and(|pass| pass.may(*action))).collect();
    let (actor, role, org) = pass.map_or((None, None, None), |pass| (Some(pass.actor), Some(pass.role), pass.org));
    let json = SessionJson {
        actor,
        role,
        org,
        may,
        second_factor: account.as_ref().is_some_and(|account| account.has_second()),
        name: account.map(|account| account.edit.name),
        demo: app.entry.demo,
        provider: app.entry.provider.as_ref().map(|provider| provider.name().to_owned()),
        set_up: app.entry.identity.wants_set_up(),
    };
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(json)).into_response()
}

/// Who asks, and what he may do. Nobody is answered too.
#[utoipa::path(get, path = "/v1/session", tag = "access", responses((status = 200, body = SessionJson),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, asker: Asker) -> Response {
    show(&app, asker.pass)
}

/// What somebody shows who signs in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInJson {
    #[schema(value_type = String)]
    user: UserId,
    password: String,
    /// The six digits of the second factor, where the account has one.
    code: Option<String>,
}

/// A session of its own for each sign-in: one that came along ends.
pub(super) async fn begun(app: &App, asker: &Asker, what: Noted, user: UserId) -> Result<(), Problem> {
    if let Some(old) = asker.session {
        app.entry.work(move |identity| identity.sign_out(old)).await?;
    }
    told(app, user, what, asker);
    Ok(())
}

async fn opened(app: &App, asker: &Asker, what: Noted, opened: Opened) -> Result<Response, Problem> {
    begun(app, asker, what, opened.user).await?;
    let known = app.entry.identity.by_session(&opened.secret, app.bus.now());
    let mut response = show(app, known.map(|known| known.pass));
    response.headers_mut().insert(header::SET_COOKIE, app.entry.cookie(Cookie::Session, &opened.secret));
    Ok(response)
}

/// Puts on record what somebody did with his own account.
fn told(app: &App, user: UserId, what: Noted, asker: &Asker) {
    let subject = format!("account/{user}");
    audit(app, &Actor::User(user), what, subject, json!({ "address": asker.address }));
}

/// Puts on record a try that failed: nobody knows whose it was. A name that nobody has is not said: it may be a password in the
/// wrong field.
fn failed(app: &App, user: Option<&UserId>, what: Noted, problem: &Problem, asker: &Asker) {
    let known = user.filter(|user| app.entry.identity.account(user).is_ok());
    let subject = known.map_or_else(|| "account".to_owned(), |user| format!("account/{user}"));
    audit(app, &Actor::Engine, what, subject, json!({ "address": asker.address, "why": problem.kind().slug() }));
}

/// Signs in: the answer sets the cookie of a new session.
#[utoipa::path(post, path = "/v1/session", tag = "access", request_body = SignInJson, responses((status = 200, body = SessionJson),
    (status = "default", description = "A problem: `wrong-credentials`, `code-needed`, `too-many-tries`", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn post(State(app): State<App>, asker: Asker, headers: HeaderMap, content: Body) -> Result<Response, Problem> {
    let SignInJson { user, password, code } = body::json(&headers, content, &["application/json"]).await?;
    let (now, address, name) = (app.bus.now(), asker.address, user.clone());
    let signed_in = app
        .entry
        .work(move |identity| identity.sign_in(SignIn { user: &user, password: &password, code: code.as_deref(), address }, now))
        .await
        .inspect_err(|problem| failed(&app, Some(&name), Noted::SignInRefused, problem, &asker))?;
    opened(&app, &asker, Noted::SignedIn, signed_in).await
}

/// Signs out.
#[utoipa::path(delete, path = "/v1/session", tag = "access", responses((status = 204, description = "Signed out"),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn delete(State(app): State<App>, asker: Asker) -> Result<Response, Problem> {
    let user = asker.user()?;
    if let Some(session) = asker.session {
        app.entry.work(move |identity| identity.sign_out(session)).await?;
    }
    told(&app, user.clone(), Noted::SignedOut, &asker);
    let mut response = no_content();
    response.headers_mut().insert(header::SET_COOKIE, app.entry.cookie(Cookie::Session, ""));
    Ok(response)
}

/// What somebody shows who has a one-time code.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeJson {
    code: String,
    /// The new password: 12 to 128 characters.
    password: String,
    /// With a set-up code alone: the name to sign in with.
    #[schema(value_type = Option<String>)]
    user: Option<UserId>,
    /// With a set-up code alone: the name before people.
    name: Option<String>,
}

/// Chooses a password with a one-time code, and signs in. With the set-up code that the server printed at its start it
/// makes an administrator.
#[utoipa::path(post, path = "/v1/session/code", tag = "access", request_body = CodeJson, responses((status = 200, body = SessionJson),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn code(State(app): State<App>, asker: Asker, headers: HeaderMap, content: Body) -> Result<Response, Problem> {
    let CodeJson { code, password, user, name } = body::json(&headers, content, &["application/json"]).await?;
    let name = name.as_deref().map(checked_name).transpose()?;
    let (now, address) = (app.bus.now(), asker.address);
    let work = app.entry.work(move |identity| {
        let chosen = user.as_ref().map(|user| (user, name.as_deref().unwrap_or(user.as_str())));
        identity.accept(Newcomer { code: &code, chosen, password: &password, address }, now)
    });
    let accepted = work.await.inspect_err(|problem| failed(&app, None, Noted::CodeRefused, problem, &asker))?;
    opened(&app, &asker, Noted::PasswordChosen, accepted).await
}

/// A name before people.
///
/// # Errors
/// A problem for none, a long one, and one with control characters.
pub fn checked_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Problem::bad_value("name", name, "1 to 64 characters"));
    }
    Ok(name.to_owned())
}

/// A change of password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordJson {
    old: String,
    /// 12 to 128 characters.
    new: String,
}

/// Changes the password: all sessions end, and the answer sets the cookie of a new one.
#[utoipa::path(put, path = "/v1/session/password", tag = "access", request_body = PasswordJson, responses((status = 200, body = SessionJson),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn password(State(app): State<App>, asker: Asker, headers: HeaderMap, content: Body) -> Result<Response, Problem> {
    let user = asker.user()?.clone();
    let PasswordJson { old, new } = body::json(&headers, content, &["application/json"]).await?;
    let (now, address) = (app.bus.now(), asker.address);
    let changed = app.entry.work(move |identity| identity.change_password(&user, &old, &new, address, now)).await?;
    opened(&app, &asker, Noted::PasswordChanged, changed).await
}

/// A second factor that an app may take.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SecondJson {
    /// 32 letters, to type into the app.
    secret: String,
    /// The same as a link that opens the app.
    link: String,
}

/// A fresh secret for an authenticator app. It holds once it was confirmed with a code.
#[utoipa::path(get, path = "/v1/session/second-factor", tag = "access", responses((status = 200, body = SecondJson),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn second(asker: Asker) -> Result<Response, Problem> {
    let second = Second::new();
    let json = SecondJson { link: second.link(asker.user()?.as_str()), secret: second.to_base32() };
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(json)).into_response())
}

/// A second factor that the app has.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmJson {
    password: String,
    secret: String,
    /// The six digits that the app shows.
    code: String,
}

/// Takes a second factor into use.
#[utoipa::path(put, path = "/v1/session/second-factor", tag = "access", request_body = ConfirmJson, responses((status = 204, description = "In use"),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn confirm(State(app): State<App>, asker: Asker, headers: HeaderMap, content: Body) -> Result<Response, Problem> {
    let user = asker.user()?.clone();
    let ConfirmJson { password, secret, code } = body::json(&headers, content, &["application/json"]).await?;
    let second = Second::from_base32(&secret).ok_or(IdentityError::Second).map_err(|error| entry::problem(&error))?;
    let (now, address, name) = (app.bus.now(), asker.address, user.clone());
    let work = move |identity: &crate::identity::Identity| {
        identity.set_second(SignIn { user: &user, password: &password, code: Some(&code), address }, second, now)
    };
    app.entry.work(work).await?;
    told(&app, name, Noted::SecondFactorSet, &asker);
    Ok(no_content())
}

/// The password of whoever asks.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmedJson {
    password: String,
}

/// Goes without a second factor again.
#[utoipa::path(delete, path = "/v1/session/second-factor", tag = "access", request_body = ConfirmedJson, responses((status = 204, description = "Gone"),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn without(State(app): State<App>, asker: Asker, headers: HeaderMap, content: Body) -> Result<Response, Problem> {
    let user = asker.user()?.clone();
    let ConfirmedJson { password } = body::json(&headers, content, &["application/json"]).await?;
    let (now, address, name) = (app.bus.now(), asker.address, user.clone());
    app.entry.work(move |identity| identity.remove_second(&user, &password, address, now)).await?;
    told(&app, name, Noted::SecondFactorRemoved, &asker);
    Ok(no_content())
}

/// One of the sessions of whoever asks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OpenJson {
    id: String,
    /// From where it was opened.
    #[schema(value_type = String)]
    address: std::net::IpAddr,
    #[schema(value_type = String)]
    created: Timestamp,
    /// When it was last used.
    #[schema(value_type = String)]
    seen: Timestamp,
    /// When it ends if nobody uses it again.
    #[schema(value_type = String)]
    until: Timestamp,
    /// Whether it is the one that asks.
    this: bool,
}

/// The open sessions of whoever asks, the last used first.
#[utoipa::path(get, path = "/v1/sessions", tag = "access", responses((status = 200, body = Vec<OpenJson>),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn list(State(app): State<App>, asker: Asker) -> Result<Response, Problem> {
    let (identity, now) = (&app.entry.identity, app.bus.now());
    let mut open = Vec::new();
    identity.each_session(asker.user()?, |id, session| {
        let until = session.until(identity.limits());
        if now < until {
            let this = asker.session == Some(id);
            open.push(OpenJson { id: id.name(), address: session.address, created: session.created, seen: session.seen(), until, this });
        }
    });
    open.sort_by_key(|session| std::cmp::Reverse(session.seen));
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(open)).into_response())
}

/// Ends one of the sessions of whoever asks.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "access", params(("id" = String, Path)), responses((status = 204, description = "Ended"),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn end(State(app): State<App>, asker: Asker, Path(id): Path<String>) -> Result<Response, Problem> {
    let user = asker.user()?.clone();
    let (actor, name) = (Actor::User(user.clone()), id.clone());
    let ended = app.entry.work(move |identity| identity.end_session(&user, &name)).await;
    ended.map_err(|problem| if problem.kind() == ProblemKind::NotFound { Problem::not_found("session", &id) } else { problem })?;
    audit(&app, &actor, Noted::SessionEnded, format!("session/{id}"), json!({ "address": asker.address }));
    Ok(no_content())
}
