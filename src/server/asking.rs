//! Who asks for a change, under which key and on which condition: the headers of every route that has commands done.

use axum::{
    body::Body,
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use utoipa::{
    Modify,
    openapi::{
        HeaderBuilder, ObjectBuilder, OpenApi, RefOr, Required, Type,
        path::{Operation, ParameterBuilder, ParameterIn, PathItem},
        response::ResponseBuilder,
    },
};

use super::{App, body, problem::Problem, routes};
use crate::{
    access::Pass,
    bus::{self, Expected},
    engine::{Command, Subject},
    journal::{KEY_CHARS_MAX, Key},
};

/// The header of a key.
const KEY: &str = "idempotency-key";
/// The most ETags in a condition.
const TAGS_MAX: usize = 16;

/// Who asks, and how.
#[derive(Debug, Clone)]
pub struct Asking {
    /// Who, and what he may do.
    pub pass: Pass,
    /// The idempotency key.
    pub key: Option<Key>,
    /// On what condition.
    pub expected: Expected,
}

impl Asking {
    /// A command asked for so.
    #[must_use]
    pub fn request(&self, command: Command) -> bus::Request {
        let Self { pass, key, expected } = self.clone();
        let command = match pass.org {
            Some(org) => Command::By { org, command: Box::new(command) },
            None => command,
        };
        bus::Request { command, actor: pass.actor, key, expected }
    }

    /// The same for one of many commands of a request, counted from 0.
    #[must_use]
    pub fn part(&self, n: usize) -> Self {
        Self { key: self.key.as_ref().map(|key| key.part(n)), ..self.clone() }
    }
}

/// The `ETag` of a thing: ask for it before you look at the thing.
#[must_use]
pub fn tag(app: &App, subject: &Subject) -> [(HeaderName, HeaderValue); 1] {
    let tag = format!("\"{}\"", app.bus.last_event(subject));
    [(header::ETAG, HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"0\"")))]
}

/// Reads the headers, and gives the route an [`Asking`].
pub async fn read(request: Request, next: Next) -> Response {
    match asking(request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn asking(request: Request) -> Result<Request, Problem> {
    let (mut parts, mut content) = request.into_parts();
    let expected = expected(&parts.headers)?;
    let key = match text(&parts.headers, KEY)? {
        None => None,
        Some(key) => {
            let bytes = body::read(content, body::JSON_BYTES_MAX).await?;
            let path = parts.uri.path_and_query().map_or(parts.uri.path(), |path| path.as_str());
            let mut sha = Sha256::new();
            [parts.method.as_str(), " ", path, "\n"].iter().for_each(|text| sha.update(text));
            sha.update(&bytes);
            content = Body::from(bytes);
            let wrong = |_| Problem::bad_value("Idempotency-Key", key, &format!("1 to {KEY_CHARS_MAX} visible ASCII characters"));
            Some(Key::new(key, sha.finalize().into()).map_err(wrong)?)
        }
    };
    let pass = Pass::from_request_parts(&mut parts, &()).await?;
    parts.extensions.insert(Asking { pass, key, expected });
    Ok(Request::from_parts(parts, content))
}

/// A header that stands there once at most.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match value.to_str() {
        Ok(text) if values.next().is_none() => Ok(Some(text)),
        _ => Err(Problem::bad_value(name, &String::from_utf8_lossy(value.as_bytes()), "it once, in ASCII")),
    }
}

fn expected(headers: &HeaderMap) -> Result<Expected, Problem> {
    match (text(headers, "if-match")?, text(headers, "if-none-match")?) {
        (None, None) => Ok(Expected::Any),
        (Some("*"), None) => Ok(Expected::Exists),
        (None, Some("*")) => Ok(Expected::Absent),
        (None, Some(other)) => Err(Problem::bad_value("If-None-Match", other, "`*`: make it only where there is none")),
        (Some(_), Some(other)) => Err(Problem::bad_value("If-None-Match", other, "one of If-Match and If-None-Match")),
        (Some(tags), None) => {
            let right = "the ETag of the thing as you read it, such as \"42\", or `*`";
            let quoted = |tag: &str| tag.trim().strip_prefix('"')?.strip_suffix('"').map(str::to_owned);
            let tags: Vec<_> =
                tags.split(',').map(quoted).collect::<Option<_>>().ok_or_else(|| Problem::bad_value("If-Match", tags, right))?;
            if tags.len() > TAGS_MAX {
                return Err(Problem::out_of_range("If-Match", &format!("{} ETags", tags.len()), &format!("1 to {TAGS_MAX} ETags")));
            }
            // What is no number is the tag of nothing here.
            Ok(Expected::Last(tags.iter().filter_map(|tag| tag.parse().ok()).collect()))
        }
    }
}

/// Says in the OpenAPI document what every route that has commands done takes, and which answers carry an `ETag`.
#[derive(Debug)]
pub struct Conditions;

impl Modify for Conditions {
    fn modify(&self, document: &mut OpenApi) {
        for route in routes::table().into_iter().filter(|route| route.edits) {
            let operation = document.paths.paths.get_mut(route.path).and_then(|item| operation(item, route.method.as_str()));
            operation.into_iter().for_each(edits);
        }
        for (path, item) in &mut document.paths.paths {
            if routes::shows_one(path) {
                [&mut item.get, &mut item.put, &mut item.patch, &mut item.post].into_iter().flatten().for_each(tagged);
            }
        }
    }
}

fn operation<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Operation> {
    match method {
        "PUT" => item.put.as_mut(),
        "PATCH" => item.patch.as_mut(),
        "POST" => item.post.as_mut(),
        "DELETE" => item.delete.as_mut(),
        _ => None,
    }
}

fn edits(operation: &mut Operation) {
    let described = [
        (
            "Idempotency-Key",
            "1 to 64 visible ASCII characters. The same request again under the same key, also after a crash, is not done again and has the same answer, \
             with the thing as it is now; another request under it has 422. The last 65,536 are remembered; what was refused is not.",
        ),
        ("If-Match", "Only if the thing's `ETag` is this (or one of these), or only if there is such a thing (`*`): otherwise 412"),
        ("If-None-Match", "`*`: only if there is no such thing, otherwise 412"),
    ];
    let text = || ObjectBuilder::new().schema_type(Type::String).build();
    let parameter = |(name, says): (&str, &str)| {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::False);
        RefOr::T(parameter.description(Some(says)).schema(Some(text())).build())
    };
    operation.parameters.get_or_insert_default().extend(described.map(parameter));
    let says = "The thing is not as `If-Match` or `If-None-Match` says: a problem that says what is right";
    operation.responses.responses.insert("412".to_owned(), RefOr::T(ResponseBuilder::new().description(says).build()));
}

fn tagged(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && ["200", "201"].contains(&status.as_str())
        {
            let header = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String).build())).description(Some(
                "The sequence of the last event about this thing, in quotes; \"0\" where it is as the city's files say. For `If-Match`.",
            ));
            response.headers.insert("ETag".to_owned(), RefOr::T(header.build()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn conditions_are_read_or_named() {
        let read = |pairs: &[(&'static str, &'static str)]| expected(&headers(pairs));
        assert_eq!(read(&[]).unwrap(), Expected::Any);
        assert_eq!(read(&[("if-match", "*")]).unwrap(), Expected::Exists);
        assert_eq!(read(&[("if-none-match", "*")]).unwrap(), Expected::Absent);
        assert_eq!(read(&[("if-match", "\"7\", \"9\"")]).unwrap(), Expected::Last(vec![7, 9]));
        assert_eq!(read(&[("if-match", "\"abc\"")]).unwrap(), Expected::Last(vec![]), "nothing has this tag");
        for wrong in [
            &[("if-match", "7")][..],
            &[("if-none-match", "\"7\"")],
            &[("if-match", "*"), ("if-none-match", "*")],
            &[("if-match", "W/\"7\"")],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
