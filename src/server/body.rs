//! Bodies: a bound on length and time, then JSON that says where it is wrong.

use std::time::Duration;

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{HeaderMap, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::problem::{Problem, ProblemKind};

/// The longest body of a route that takes one thing: a unit, a zone, rings.
pub const JSON_BYTES_MAX: usize = 1024 * 1024;

/// How long a body may take to arrive.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a whole body.
///
/// # Errors
/// A problem when it is longer than `bytes_max`, slower than [`BODY_TIMEOUT`], or breaks off.
pub async fn read<B>(body: B, bytes_max: usize) -> Result<Bytes, Problem>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>>,
{
    read_within(body, bytes_max, BODY_TIMEOUT).await
}

async fn read_within<B>(body: B, bytes_max: usize, timeout: Duration) -> Result<Bytes, Problem>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>>,
{
    let collected = tokio::time::timeout(timeout, Limited::new(body, bytes_max).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let expected = format!("at most {bytes_max} bytes");
            Err(Problem::new(ProblemKind::TooLarge, format!("the body is too large: send {expected}")).field("body").expected(expected))
        }
        Ok(Err(_)) => Err(Problem::new(ProblemKind::BadValue, "the body broke off before its end").field("body")),
        Err(_) => {
            let expected = format!("the whole body within {} s", timeout.as_secs());
            Err(Problem::new(ProblemKind::TooSlow, format!("the body is too slow: send {expected}")).field("body").expected(expected))
        }
    }
}

/// Checks that the content type is one of `accepted` (without parameters), the first of them being the usual one.
///
/// # Errors
/// A 415 problem that lists what is right.
pub fn check_type(headers: &HeaderMap, accepted: &[&str]) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if accepted.iter().any(|right| essence.eq_ignore_ascii_case(right)) {
        return Ok(());
    }
    let expected = accepted.join(" or ");
    Err(Problem::new(ProblemKind::UnsupportedType, format!("this route does not take this content type: send {expected}"))
        .field("Content-Type")
        .value(given)
        .expected(expected))
}

/// Reads a JSON body of at most [`JSON_BYTES_MAX`].
///
/// # Errors
/// A problem on type, length, time, or JSON: with the line, the column and what is right.
pub async fn json<T: DeserializeOwned>(headers: &HeaderMap, body: Body, accepted: &[&str]) -> Result<T, Problem> {
    check_type(headers, accepted)?;
    parse_json(&read(body, JSON_BYTES_MAX).await?)
}

/// Parses JSON.
///
/// # Errors
/// A problem with the line, the column and what is right.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| bad_json(&error))
}

/// The problem of a JSON error.
#[must_use]
pub fn bad_json(error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    // serde names a field in backticks: unknown field `x`, missing field `x`.
    let field = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.split_once(start).and_then(|(_, rest)| rest.split_once('`')).map(|(name, _)| name.to_owned()));
    let expected =
        message.split_once("expected ").map(|(_, rest)| rest.rsplit_once(" at line").map_or(rest, |(words, _)| words).to_owned());
    let mut problem =
        Problem::new(ProblemKind::BadJson, format!("the body cannot be read: {message}")).field(field.unwrap_or_else(|| "body".to_owned()));
    if let Some(expected) = expected {
        problem = problem.expected(expected);
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "read by serde alone")]
    struct Two {
        a: u8,
        b: u8,
    }

    #[test]
    fn json_errors_say_where_and_what() {
        let detail = |text: &str| {
            let problem = parse_json::<Two>(text.as_bytes()).unwrap_err();
            serde_json::to_value(problem.document()).unwrap()
        };
        let unknown = detail("{\n \"a\": 1, \"c\": 2}");
        assert_eq!(unknown["field"], "c");
        assert!(unknown["detail"].as_str().unwrap().contains("line 2 column"), "{unknown}");
        assert_eq!(unknown["expected"], "`a` or `b`");
        assert_eq!(detail("{\"a\":1}")["field"], "b");
        assert_eq!(detail("nonsense")["type"], "/docs#problem-bad-json");
        assert_eq!(detail("{\"a\":300,\"b\":1}")["expected"], "u8");
    }

    #[tokio::test]
    async fn bodies_are_bounded() {
        assert_eq!(read(Body::from("12345"), 5).await.unwrap().len(), 5);
        let problem = read(Body::from("123456"), 5).await.unwrap_err();
        assert_eq!(problem.kind(), ProblemKind::TooLarge);
        assert!(problem.detail().contains("at most 5 bytes"));
    }

    #[tokio::test]
    async fn bodies_that_never_end_are_given_up() {
        let never = Body::new(http_body_util::StreamBody::new(futures_util::stream::pending::<
            Result<hyper::body::Frame<Bytes>, std::io::Error>,
        >()));
        assert_eq!(read_within(never, 5, Duration::from_millis(5)).await.unwrap_err().kind(), ProblemKind::TooSlow);
    }

    #[test]
    fn types_are_checked() {
        let mut headers = HeaderMap::new();
        assert!(check_type(&headers, &["application/json"]).is_err());
        headers.insert(header::CONTENT_TYPE, "Application/JSON; charset=utf-8".parse().unwrap());
        check_type(&headers, &["application/json"]).unwrap();
        assert_eq!(check_type(&headers, &["application/geo+json"]).unwrap_err().kind(), ProblemKind::UnsupportedType);
    }
}
