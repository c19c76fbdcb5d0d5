//! Signing in by a provider of identities: a browser is sent there, and comes back with a code.
//!
//! Both are pages that a browser goes to, not calls of a program: what goes wrong is told on the page of signing in, which has words
//! for it in the reader's language, and in full in the log.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::json;

use super::{
    App,
    accounts::known_org,
    audit::audit,
    entry::{Asker, Cookie},
    problem::{Problem, ProblemKind},
    query::Params,
    session,
};
use crate::{
    identity::{
        IdentityError,
        provider::{Claimed, Provider, ProviderError, refusal},
    },
    journal::Noted,
    model::{Actor, UserId},
};

/// The page to which the provider sends a browser back.
const CALLBACK: &str = "/signin/callback";
/// The longest address of a page of this server to which somebody goes on, bytes.
const TO_BYTES_MAX: usize = 1024;

/// Why nobody was signed in: a word for the page, and whom it is about where that is sure.
struct Refused {
    word: &'static str,
    user: Option<UserId>,
    detail: String,
}

impl Refused {
    fn new(word: &'static str, detail: impl std::fmt::Display) -> Self {
        Self { word, user: None, detail: detail.to_string() }
    }
}

impl From<ProviderError> for Refused {
    fn from(error: ProviderError) -> Self {
        use ProviderError as E;
        let detail = error.to_string();
        let (word, user) = match error {
            E::Busy | E::TimedOut | E::Unreachable { .. } | E::Answer { .. } => ("unavailable", None),
            E::Refused(_) => ("refused", None),
            E::Token(_) => ("token", None),
            E::NoUser { .. } => ("no_user", None),
            E::NoRole { user, .. } => ("no_role", Some(user)),
            E::NoOrg { user, .. } => ("no_org", Some(user)),
        };
        Self { word, user, detail }
    }
}

impl From<IdentityError> for Refused {
    fn from(error: IdentityError) -> Self {
        let detail = error.to_string();
        let (word, user) = match error {
            IdentityError::Taken(user) => ("taken", Some(user)),
            IdentityError::Blocked(user) => ("blocked", Some(user)),
            IdentityError::Wait(_) => ("wait", None),
            _ => ("failed", None),
        };
        Self { word, user, detail }
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::new("failed", problem.detail())
    }
}

fn provider(app: &App) -> Result<&Provider, Problem> {
    app.entry.provider.as_ref().ok_or_else(|| Problem::new(ProblemKind::UnknownRoute, "there is no provider of identities"))
}

/// A page of this server: anything else would send people who trust it somewhere else.
fn page(to: &str) -> &str {
    let is_own = to.starts_with('/') && !to.starts_with("//") && to.len() <= TO_BYTES_MAX;
    if is_own && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') { to } else { "/" }
}

/// Sends a browser on, with cookies.
fn on(to: &str, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    // Whoever gave the address has made one.
    headers.insert(header::LOCATION, HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/signin")));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// Puts a refusal on record, and sends the browser to where it is told.
fn refused(app: &App, asker: &Asker, to: &str, refused: &Refused) -> Response {
    tracing::warn!(why = refused.word, detail = refused.detail, "nobody is signed in by the provider");
    let subject = refused.user.as_ref().map_or_else(|| "account".to_owned(), |user| format!("account/{user}"));
    audit(app, &Actor::Engine, Noted::SignInRefused, subject, json!({ "address": asker.address, "why": refused.word, "by": "provider" }));
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("refused", refused.word).append_pair("to", to).finish();
    on(&format!("/signin?{query}"), [app.entry.cookie(Cookie::SignIn, "")])
}

/// Sends a browser to the provider. `to` is the page to which it goes on in the end.
pub async fn begin(State(app): State<App>, asker: Asker, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let params = Params::read(uri.query().unwrap_or_default())?;
    let to = page(params.text("to").unwrap_or("/"));
    let provider = provider(&app)?;
    let secret = provider.secret();
    let redirect = app.entry.origin(&headers) + CALLBACK;
    Ok(match provider.begin(&secret, &redirect).await {
        Ok(there) => on(&there, [app.entry.cookie(Cookie::SignIn, &format!("{secret}.{}", utf8_percent_encode(to, NON_ALPHANUMERIC)))]),
        Err(error) => refused(&app, &asker, to, &error.into()),
    })
}

/// Signs in whoever comes back from the provider with a code, in the browser that was sent there.
pub async fn finish(State(app): State<App>, asker: Asker, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let kept = app.entry.shown(&headers, Cookie::SignIn).and_then(|kept| kept.split_once('.'));
    let to = kept.map(|(_, to)| percent_decode_str(to).decode_utf8_lossy());
    let to = page(to.as_deref().unwrap_or("/"));
    let secret = kept.map(|(secret, _)| secret);
    Ok(match claimed(&app, &asker, &headers, secret, uri.query().unwrap_or_default()).await {
        Ok(cookie) => on(to, [cookie, app.entry.cookie(Cookie::SignIn, "")]),
        Err(why) => refused(&app, &asker, to, &why),
    })
}

/// The cookie of a session of whoever the provider has signed in.
async fn claimed(app: &App, asker: &Asker, headers: &HeaderMap, secret: Option<&str>, query: &str) -> Result<HeaderValue, Refused> {
    let provider = provider(app)?;
    let params = Params::read(query)?;
    let stale = || Refused::new("stale", "no browser that was sent there comes back like this");
    let secret = secret.ok_or_else(stale)?;
    if !provider.is_state(secret, params.text("state").unwrap_or_default()) {
        return Err(stale());
    }
    if params.text("iss").is_some_and(|issuer| !provider.is_issuer(issuer)) {
        return Err(Refused::new("token", "another issuer sends the browser back"));
    }
    if let Some(error) = params.text("error") {
        return Err(ProviderError::Refused(refusal(error).to_owned()).into());
    }
    let code = params.text("code").ok_or_else(stale)?;
    let (address, now) = (asker.address, app.bus.now());
    app.entry.identity.attempt(address, now)?;
    let redirect = app.entry.origin(headers) + CALLBACK;
    let claimed = provider.finish(secret, code, &redirect).await?;
    let Claimed { user, edit, .. } = &claimed;
    if let Err(problem) = known_org(app, edit.org.clone()) {
        return Err(Refused { word: "no_org", user: Some(user.clone()), detail: problem.detail().to_owned() });
    }
    let opened = app.entry.work(move |identity| Ok(identity.sign_in_claimed(claimed, address, now))).await??;
    session::begun(app, asker, Noted::SignedIn, opened.user).await?;
    Ok(app.entry.cookie(Cookie::Session, &opened.secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_server() {
        for good in ["/", "/account", "/?lang=zh&theme=dark#x"] {
            assert_eq!(page(good), good);
        }
        let long = format!("/{}", "a".repeat(TO_BYTES_MAX));
        for bad in ["", "account", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/\r\nSet-Cookie: x", "/警", &long]
        {
            assert_eq!(page(bad), "/", "{bad:?}");
        }
    }
}
