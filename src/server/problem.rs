//! Problem documents (RFC 9457): the one form of every error of every route.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;

/// The media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The most characters of a refused value that are said back.
pub const VALUE_CHARS_MAX: usize = 200;

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $slug:literal, $status:ident, $title:literal;)+) => {
        /// What went wrong: sets the problem's `type`, `title` and `status`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemKind { $($(#[$meta])* $name,)+ }

        impl ProblemKind {
            /// Every kind, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The last part of the problem's `type`.
            #[must_use]
            pub const fn slug(self) -> &'static str { match self { $(Self::$name => $slug,)+ } }

            /// A stable URI of the kind, relative to the server.
            #[must_use]
            pub const fn uri(self) -> &'static str { match self { $(Self::$name => concat!("/docs#problem-", $slug),)+ } }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode { match self { $(Self::$name => StatusCode::$status,)+ } }

            /// What this kind of problem is, the same each time.
            #[must_use]
            pub const fn title(self) -> &'static str { match self { $(Self::$name => $title,)+ } }
        }
    };
}

kinds! {
    /// A query parameter that the route does not have.
    UnknownParameter = "unknown-parameter", BAD_REQUEST, "Unknown parameter";
    /// A needed query parameter is not there.
    MissingParameter = "missing-parameter", BAD_REQUEST, "Missing parameter";
    /// A value that cannot be read as what it should be.
    BadValue = "bad-value", BAD_REQUEST, "Unreadable value";
    /// A value that can be read but is out of range.
    OutOfRange = "out-of-range", BAD_REQUEST, "Value out of range";
    /// A body that is no JSON, or JSON of another shape.
    BadJson = "bad-json", BAD_REQUEST, "Unreadable JSON";
    /// A body that is well formed but says something impossible.
    Invalid = "invalid", UNPROCESSABLE_ENTITY, "Invalid content";
    /// The body is longer than the route takes.
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "Body too large";
    /// The body did not arrive in time.
    TooSlow = "too-slow", REQUEST_TIMEOUT, "Body too slow";
    /// The body's content type is not taken.
    UnsupportedType = "unsupported-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported content type";
    /// No such route.
    UnknownRoute = "unknown-route", NOT_FOUND, "Unknown route";
    /// The route does not have this method.
    WrongMethod = "wrong-method", METHOD_NOT_ALLOWED, "Method not allowed";
    /// The route is a WebSocket and the request is not.
    UpgradeNeeded = "upgrade-needed", UPGRADE_REQUIRED, "WebSocket upgrade needed";
    /// The thing that the request names is not there.
    NotFound = "not-found", NOT_FOUND, "Not found";
    /// No unit carries the device.
    UnknownDevice = "unknown-device", NOT_FOUND, "Unknown device";
    /// The request contradicts what is there.
    Conflict = "conflict", CONFLICT, "Conflict";
    /// The thing is not as the request's condition says.
    Unexpected = "unexpected", PRECONDITION_FAILED, "Not as expected";
    /// The thing has no such range of bytes, or not so much is given at once.
    BadRange = "bad-range", RANGE_NOT_SATISFIABLE, "Range not given";
    /// The idempotency key was used for another request.
    KeyUsed = "key-used", UNPROCESSABLE_ENTITY, "Key used for another request";
    /// The request's `Host` is not this machine.
    ForeignHost = "foreign-host", FORBIDDEN, "Foreign host";
    /// The request comes from a page of another origin.
    ForeignOrigin = "foreign-origin", FORBIDDEN, "Foreign origin";
    /// Nobody has signed in, or what was shown opens nothing.
    NotSignedIn = "not-signed-in", UNAUTHORIZED, "Not signed in";
    /// The name, the password or a code is wrong.
    WrongCredentials = "wrong-credentials", UNAUTHORIZED, "Wrong name, password or code";
    /// The account has a second factor.
    CodeNeeded = "code-needed", UNAUTHORIZED, "Code of the second factor needed";
    /// Too many tries to sign in.
    TooManyTries = "too-many-tries", TOO_MANY_REQUESTS, "Too many tries";
    /// Whoever asks may not do this.
    NotAllowed = "not-allowed", FORBIDDEN, "Not allowed";
    /// A queue or a socket limit is reached.
    Busy = "busy", SERVICE_UNAVAILABLE, "Busy";
    /// The engine is not ready, or stops.
    NotReady = "not-ready", SERVICE_UNAVAILABLE, "Not ready";
    /// The journal could not keep what was asked; nothing was changed.
    Journal = "journal", SERVICE_UNAVAILABLE, "Journal unavailable";
    /// Whoever asks, asks too often.
    TooOften = "too-often", TOO_MANY_REQUESTS, "Too many requests";
    /// The whole request took too long.
    Overdue = "overdue", SERVICE_UNAVAILABLE, "Not answered in time";
    /// A fault of the server itself.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Internal fault";
}

#[derive(Debug, Clone, PartialEq)]
struct Inner {
    kind: ProblemKind,
    detail: String,
    field: Option<String>,
    value: Option<Value>,
    expected: Option<String>,
    leaks: Option<Value>,
    retry_after_s: Option<u32>,
    allow: Option<HeaderValue>,
}

/// A problem, ready to be sent. Boxed: it rides in the error side of results.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem(Box<Inner>);

/// The document as it goes out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument<'a> {
    /// A stable URI of the kind of problem, relative to the server.
    #[serde(rename = "type")]
    #[schema(example = "/docs#problem-out-of-range")]
    pub kind: &'a str,
    /// The kind of problem in words.
    pub title: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// This occurrence: what was wrong, and what is right.
    pub detail: &'a str,
    /// The field, parameter or header that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'a str>,
    /// The value that was given, cut to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<&'a Value>,
    /// What would have been right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<&'a str>,
    /// The ways out of a cordon that does not hold, as a cordon's `leaks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub leaks: Option<&'a Value>,
    /// What the request is called in the server's log; the header `X-Request-Id` has the same. A question over a WebSocket has an id of
    /// its own in place of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl Problem {
    /// A problem of this kind; `detail` is a sentence on this occurrence.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self(Box::new(Inner { kind, detail, field: None, value: None, expected: None, leaks: None, retry_after_s: None, allow: None }))
    }

    /// With the field that is wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// With the value that was given, as text.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        self.0.value = Some(Value::String(cut(value)));
        self
    }

    /// With what would have been right.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// With the ways out of a cordon that does not hold.
    #[must_use]
    pub fn leaks(mut self, leaks: Value) -> Self {
        self.0.leaks = Some(leaks);
        self
    }

    /// With a `Retry-After`, seconds.
    #[must_use]
    pub fn retry_after_s(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// With an `Allow` header: the methods that the route has.
    #[must_use]
    pub fn allow(mut self, methods: &str) -> Self {
        self.0.allow = HeaderValue::from_str(methods).ok();
        self
    }

    /// A parameter or field that cannot be read: names it, the value and what is right.
    #[must_use]
    pub fn bad_value(field: &str, value: &str, expected: &str) -> Self {
        Self::about(ProblemKind::BadValue, field, value, expected)
    }

    /// A parameter or field that is out of range: names it, the value and the range.
    #[must_use]
    pub fn out_of_range(field: &str, value: &str, expected: &str) -> Self {
        Self::about(ProblemKind::OutOfRange, field, value, expected)
    }

    fn about(kind: ProblemKind, field: &str, value: &str, expected: &str) -> Self {
        let verb = if kind == ProblemKind::OutOfRange { "is out of range" } else { "cannot be read" };
        Self::new(kind, format!("{field} `{}` {verb}: give {expected}", cut(value))).field(field).value(value).expected(expected)
    }

    /// Something that is not there.
    #[must_use]
    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(ProblemKind::NotFound, format!("there is no {what} `{}`", cut(id)))
            .field("id")
            .value(id)
            .expected(format!("the id of a {what}"))
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    /// The sentence on this occurrence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> ProblemDocument<'_> {
        let Inner { kind, detail, field, value, expected, leaks, .. } = &*self.0;
        ProblemDocument {
            kind: kind.uri(),
            title: kind.title(),
            status: kind.status().as_u16(),
            detail,
            field: field.as_deref(),
            value: value.as_ref(),
            expected: expected.as_deref(),
            leaks: leaks.as_ref(),
            request_id: None,
        }
    }
}

impl IntoResponse for Problem {
    /// Status and headers; the document follows when [`tell`] knows which request it is.
    fn into_response(self) -> Response {
        let mut response = self.0.kind.status().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.0.kind.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"citygate\""));
        }
        if let Some(seconds) = self.0.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = &self.0.allow {
            headers.insert(header::ALLOW, allow.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The document of a response that is a problem, with the request's id. None of any other response.
#[must_use]
pub fn tell<B>(response: &mut axum::http::Response<B>, request_id: &str) -> Option<Vec<u8>> {
    let problem = response.extensions_mut().remove::<Problem>()?;
    // The length was that of no document.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    let document = ProblemDocument { request_id: Some(request_id), ..problem.document() };
    // Strings, numbers and JSON values always serialize; an empty body would still carry the status.
    Some(serde_json::to_vec(&document).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        let slugs = ProblemKind::ALL.iter().map(|kind| kind.slug()).collect::<HashSet<_>>();
        assert_eq!(slugs.len(), ProblemKind::ALL.len());
        assert!(ProblemKind::ALL.iter().all(|kind| kind.status().is_client_error() || kind.status().is_server_error()));
    }

    #[test]
    fn a_problem_names_field_value_and_what_is_right() {
        let problem = Problem::out_of_range("k", "1001", "a whole number from 1 to 1000");
        let json = serde_json::to_value(problem.document()).unwrap();
        assert_eq!(json["type"], "/docs#problem-out-of-range");
        assert_eq!(json["status"], 400);
        assert_eq!(json["field"], "k");
        assert_eq!(json["value"], "1001");
        assert_eq!(json["expected"], "a whole number from 1 to 1000");
        let mut response = problem.into_response();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
        let told: Value = serde_json::from_slice(&tell(&mut response, "r-7").unwrap()).unwrap();
        assert_eq!((&told["request_id"], &told["field"]), (&Value::from("r-7"), &Value::from("k")));
        assert_eq!(tell(&mut StatusCode::NOT_FOUND.into_response(), "r-8"), None);
    }

    #[test]
    fn long_values_are_cut() {
        let problem = Problem::bad_value("id", &"长".repeat(5_000), "an id");
        let json = serde_json::to_value(problem.document()).unwrap();
        assert_eq!(json["value"].as_str().unwrap().chars().count(), VALUE_CHARS_MAX + 3);
        assert!(json["detail"].as_str().unwrap().len() < 4 * VALUE_CHARS_MAX);
    }
}
