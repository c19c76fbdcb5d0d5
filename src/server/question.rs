//! Questions: what is asked and answered in JSON without changing anything, whichever door it comes by.
//!
//! Each is one row of [`super::routes::QUESTIONS`] and one function from its parameters to bytes. HTTP ([`super::front`])
//! and the WebSocket ([`super::ask`]) both come through [`answer`], so that neither can know a parameter that the other
//! does not.

use std::borrow::Cow;

use axum::http::Method;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::{
    App,
    guard::Who,
    problem::{Problem, ProblemKind},
    query::Params,
    routes::QUESTIONS,
};

/// A question with its parameters.
#[derive(Debug)]
pub struct Asked<'a> {
    /// What the path names where its pattern has `{id}`; empty otherwise.
    pub id: Cow<'a, str>,
    /// The parameters.
    pub params: Params<'a>,
    /// The body; empty where there is none.
    pub body: &'a [u8],
}

/// Appends the answer as JSON.
pub type Answer = fn(&App, &Asked<'_>, &mut Vec<u8>) -> Result<(), Problem>;

/// One row of the table of questions.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// GET, or POST for those that have a body.
    pub method: &'static Method,
    /// The path's pattern: `{id}` stands for one part.
    pub path: &'static str,
    /// Who may ask.
    pub who: Who,
    /// The parameters that it takes.
    pub takes: &'static [&'static str],
    /// What answers.
    pub answer: Answer,
}

/// A question that a path names.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// Its row.
    pub question: &'static Question,
    /// The number of the row.
    pub no: usize,
    /// What the path has for `{id}`, still percent-encoded.
    id: &'a str,
}

/// The question of a path. Linear in the rows: a dozen.
#[must_use]
pub fn find(path: &str) -> Option<Found<'_>> {
    QUESTIONS.iter().enumerate().find_map(|(no, question)| Some(Found { question, no, id: fit(question.path, path)? }))
}

/// What a path has where the pattern has `{id}`; `None` when it does not fit.
fn fit<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let Some((before, after)) = pattern.split_once("{id}") else { return (pattern == path).then_some("") };
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

/// Appends the answer to a question as JSON. After an error `out` may hold the beginning of one.
///
/// # Errors
/// A problem that names what is wrong with the question.
pub fn answer(app: &App, found: &Found<'_>, query: &str, body: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
    let params = Params::read(query)?;
    params.only(found.question.takes)?;
    let id = percent_decode_str(found.id).decode_utf8().map_err(|_| Problem::bad_value("id", found.id, "an id, percent-encoded UTF-8"))?;
    (found.question.answer)(app, &Asked { id, params, body }, out)
}

/// Appends a value as JSON.
///
/// # Errors
/// A problem of the server's own: what it answers always serializes.
pub fn write<T: Serialize>(out: &mut Vec<u8>, value: &T) -> Result<(), Problem> {
    serde_json::to_writer(out, value).map_err(|error| Problem::new(ProblemKind::Internal, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_question() {
        let found = |path: &str| find(path).map(|found| (found.question.path, found.id.to_owned()));
        assert_eq!(found("/v1/nearest"), Some(("/v1/nearest", String::new())));
        assert_eq!(found("/v1/units/car-1"), Some(("/v1/units/{id}", "car-1".to_owned())));
        assert_eq!(found("/v1/zones/at"), Some(("/v1/zones/at", String::new())), "a path without a variable part comes first");
        assert_eq!(found("/v1/zones/a%20b/units"), Some(("/v1/zones/{id}/units", "a%20b".to_owned())));
        for none in ["/v1/units/", "/v1/units/a/b", "/v1/nearest/", "/v1/zones//units", "/v1/fixes", "", "/"] {
            assert_eq!(found(none), None, "{none}");
        }
    }
}
