//! The entry: who asks, by what he shows: a session's cookie, a program's token, or in the demo nothing.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
};
use tokio::sync::{Semaphore, watch};

use super::{
    problem::{Problem, ProblemKind},
    stop::Stop,
};
use crate::{
    access::Pass,
    identity::{Digest, Identity, IdentityError, Known, provider::Provider},
    model::{Actor, Timestamp, UserId},
};

/// What a page of this server sends with whatever changes something. No form and no image of another page can.
pub const PAGE_HEADER: &str = "x-citygate";
/// Passwords that are hashed at once: each takes 19 MiB and a core.
const HASHED_MAX: usize = 2;

/// Who may come in.
#[derive(Debug)]
pub struct Entry {
    /// Those who are known.
    pub identity: Identity,
    /// Who knows people, too.
    pub provider: Option<Provider>,
    /// Whether whoever shows nothing may do everything: on loopback addresses alone.
    pub demo: bool,
    /// Whether browsers reach this server over TLS.
    secure: bool,
    places: Arc<Semaphore>,
    /// Never ends.
    demo_ends: watch::Sender<bool>,
}

/// What a browser keeps for this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The secret of a session.
    Session,
    /// That of a sign-in by a provider, while it goes on.
    SignIn,
}

impl Cookie {
    /// With `__Host-` a browser takes it from this very host over TLS alone.
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-citygate",
            (Self::Session, false) => "citygate",
            (Self::SignIn, true) => "__Host-citygate-signin",
            (Self::SignIn, false) => "citygate-signin",
        }
    }

    /// When it is shown, and for how long. The provider's page sends the browser back, so that of a sign-in is shown to what another
    /// page links to; it opens nothing.
    const fn rules(self) -> &'static str {
        match self {
            Self::Session => "; SameSite=Strict",
            Self::SignIn => "; SameSite=Lax; Max-Age=600",
        }
    }
}

impl Entry {
    /// An entry for those of `identity`.
    #[must_use]
    pub fn new(identity: Identity, provider: Option<Provider>, demo: bool, secure: bool) -> Self {
        Self { identity, provider, demo, secure, places: Arc::new(Semaphore::new(HASHED_MAX)), demo_ends: watch::Sender::new(false) }
    }

    /// Who asks; `None` is nobody. A token counts before a cookie; a session that is over is nobody's.
    ///
    /// # Errors
    /// A 401 problem for a token that opens nothing, a 403 problem where a cookie comes with something that changes state and
    /// without [`PAGE_HEADER`].
    pub fn asker(&self, method: &Method, headers: &HeaderMap, now: Timestamp) -> Result<Option<Known>, Problem> {
        if headers.contains_key(header::AUTHORIZATION) {
            let token = bearer(headers).ok_or(IdentityError::BadToken);
            return token.and_then(|token| self.identity.by_token(token, now)).map(Some).map_err(|error| problem(&error));
        }
        if let Some(known) = self.shown(headers, Cookie::Session).and_then(|secret| self.identity.by_session(secret, now)) {
            let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
            if changes && !headers.contains_key(PAGE_HEADER) {
                let detail = format!("whoever signed in with a browser sends {PAGE_HEADER} with what changes something");
                return Err(Problem::new(ProblemKind::ForeignOrigin, detail).field(PAGE_HEADER).expected(format!("{PAGE_HEADER}: 1")));
            }
            return Ok(Some(known));
        }
        let demo = || Known { pass: Pass::MACHINE, session: None, ends: self.demo_ends.subscribe() };
        Ok(self.demo.then(demo))
    }

    /// The value of a cookie that a browser shows.
    #[must_use]
    pub fn shown<'a>(&self, headers: &'a HeaderMap, which: Cookie) -> Option<&'a str> {
        cookie(headers, which.name(self.secure))
    }

    /// The header that gives a browser a cookie; an empty one takes it away.
    #[must_use]
    pub fn cookie(&self, which: Cookie, value: &str) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let rules = if value.is_empty() { "; Max-Age=0" } else { which.rules() };
        let text = format!("{}={value}; Path=/; HttpOnly{secure}{rules}", which.name(self.secure));
        // Digits, letters and percent signs: it is always a header.
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }

    /// How browsers reach this server under the name that a request has, which [`super::own::Own`] has checked.
    #[must_use]
    pub fn origin(&self, headers: &HeaderMap) -> String {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        format!("{}://{host}", if self.secure { "https" } else { "http" })
    }

    /// Does what hashes or writes, where nobody waits for the thread.
    ///
    /// # Errors
    /// The problem of what was not done.
    pub async fn work<T, W>(self: &Arc<Self>, work: W) -> Result<T, Problem>
    where
        T: Send + 'static,
        W: FnOnce(&Identity) -> Result<T, IdentityError> + Send + 'static,
    {
        let fault = |detail: String| Problem::new(ProblemKind::Internal, detail);
        let place = self.places.clone().acquire_owned().await.map_err(|error| fault(error.to_string()))?;
        let entry = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work(&entry.identity)
        });
        done.await.map_err(|error| fault(error.to_string()))?.map_err(|error| problem(&error))
    }
}

/// The token of a request that has one and no other.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (only, None) = (all.next()?.to_str().ok()?, all.next()) else { return None };
    let (scheme, token) = only.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The value of a cookie that is there once. Of two, one came from somewhere else.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut found = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(other, _)| *other == name);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

/// What a request comes with, beside its own parts.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Whoever asks; `None` is nobody.
    pub pass: Option<Pass>,
    /// The session, where it was one.
    pub session: Option<Digest>,
    /// From where.
    pub address: IpAddr,
}

impl Asker {
    /// The person who signed in.
    ///
    /// # Errors
    /// A 403 problem for programs and in the demo.
    pub fn user(&self) -> Result<&UserId, Problem> {
        match &self.pass {
            Some(Pass { actor: Actor::User(user), .. }) => Ok(user),
            _ => Err(Problem::new(ProblemKind::NotAllowed, "this is for people who signed in with a name and a password")),
        }
    }
}

fn extension<T: Clone + Send + Sync + 'static>(parts: &Parts) -> Result<T, Problem> {
    let found = parts.extensions.get().cloned();
    found.ok_or_else(|| Problem::new(ProblemKind::Internal, "the request did not come by the entry"))
}

/// Handlers take who asks as an argument. [`super::front::Front`] gives it to each request.
impl<S: Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        extension(parts)
    }
}

/// The pass of whoever asks, where the route is not for anybody.
impl<S: Sync> FromRequestParts<S> for Pass {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        extension::<Asker>(parts)?.pass.ok_or_else(not_signed_in)
    }
}

/// The word to stop, said too when the session or token ends that opened a socket.
impl<S: Sync> FromRequestParts<S> for Stop {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        extension(parts)
    }
}

/// The problem of nobody.
#[must_use]
pub fn not_signed_in() -> Problem {
    let expected = "a session's cookie (POST /v1/session) or Authorization: Bearer with a program's token";
    Problem::new(ProblemKind::NotSignedIn, format!("nobody has signed in: send {expected}")).expected(expected)
}

/// The problem of what was not done about people or programs.
#[must_use]
pub fn problem(error: &IdentityError) -> Problem {
    use IdentityError as E;
    let detail = error.to_string();
    match error {
        E::Wrong => Problem::new(ProblemKind::WrongCredentials, detail),
        E::OneTimeCode => Problem::new(ProblemKind::WrongCredentials, detail).field("code"),
        E::CodeNeeded => Problem::new(ProblemKind::CodeNeeded, detail).field("code").expected("the six digits that the app shows now"),
        E::Wait(seconds) => Problem::new(ProblemKind::TooManyTries, detail).retry_after_s(*seconds),
        E::Password(_) => Problem::new(ProblemKind::Invalid, detail.clone()).field("password").expected(detail),
        E::Second => Problem::new(ProblemKind::Invalid, detail).field("secret"),
        E::Days => Problem::new(ProblemKind::OutOfRange, detail).field("days"),
        E::Taken(user) => Problem::new(ProblemKind::Conflict, detail).field("user").value(user.as_str()),
        E::LastAdministrator(user) | E::Provided(user) => Problem::new(ProblemKind::Conflict, detail).field("id").value(user.as_str()),
        E::Blocked(_) => Problem::new(ProblemKind::NotAllowed, detail),
        E::WholeCity(_) => Problem::new(ProblemKind::Invalid, detail).field("org").expected("null, or another role"),
        E::Full(..) => Problem::new(ProblemKind::Conflict, detail),
        E::UnknownUser(user) => Problem::not_found("account", user.as_str()),
        E::UnknownSession | E::UnknownToken => Problem::new(ProblemKind::NotFound, detail).field("id"),
        E::BadToken => Problem::new(ProblemKind::NotSignedIn, detail).field("Authorization").expected("Bearer and a token of this server"),
        // Paths of the machine are not for whoever asks.
        E::Store(_) | E::Sign | E::Id(_) => {
            tracing::error!(%error, "people and programs");
            Problem::new(ProblemKind::Internal, "what is known of people and programs cannot be read or written")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn one_token_and_one_cookie() {
        assert_eq!(bearer(&headers(&[("authorization", "bearer a.b.c")])), Some("a.b.c"));
        assert_eq!(bearer(&headers(&[("authorization", "Basic YTpi")])), None);
        assert_eq!(bearer(&headers(&[("authorization", "Bearer a"), ("authorization", "Bearer b")])), None);
        assert_eq!(cookie(&headers(&[("cookie", "x=1; citygate=ab; y=2")]), "citygate"), Some("ab"));
        assert_eq!(cookie(&headers(&[("cookie", "citygate=ab; citygate=cd")]), "citygate"), None, "one of them was planted");
        assert_eq!(cookie(&headers(&[("cookie", "citygate=ab"), ("cookie", "citygate=cd")]), "citygate"), None);
        assert_eq!(cookie(&headers(&[("cookie", "xcitygate=ab")]), "citygate"), None);
    }

    #[test]
    fn cookies_are_for_this_host_alone() {
        let folder = tempfile::tempdir().unwrap();
        let limits = crate::identity::Limits { session_ms: 1, idle_ms: 1 };
        let entry = Entry::new(Identity::open(folder.path(), limits).unwrap(), None, false, true);
        assert_eq!(entry.cookie(Cookie::Session, "ab"), "__Host-citygate=ab; Path=/; HttpOnly; Secure; SameSite=Strict");
        assert_eq!(entry.cookie(Cookie::Session, ""), "__Host-citygate=; Path=/; HttpOnly; Secure; Max-Age=0");
        let sign_in = "__Host-citygate-signin=ab; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600";
        assert_eq!(entry.cookie(Cookie::SignIn, "ab"), sign_in);
        let plain = Entry { secure: false, ..entry };
        assert_eq!(plain.cookie(Cookie::Session, "ab"), "citygate=ab; Path=/; HttpOnly; SameSite=Strict");
        let now = Timestamp::from_unix_ms(0);
        assert!(plain.asker(&Method::GET, &headers(&[("cookie", "citygate=ab")]), now).unwrap().is_none());
        let problem = plain.asker(&Method::GET, &headers(&[("authorization", "Bearer ab")]), now).unwrap_err();
        assert_eq!((problem.kind(), problem.document().value), (ProblemKind::NotSignedIn, None), "what was shown is not said back");
        let demo = Entry { demo: true, ..plain };
        assert_eq!(demo.asker(&Method::POST, &HeaderMap::new(), now).unwrap().unwrap().pass, Pass::MACHINE);
        assert!(demo.asker(&Method::GET, &headers(&[("authorization", "Bearer ab")]), now).is_err());
    }
}
