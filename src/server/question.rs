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
    entry::not_signed_in,
    guard::Who,
    problem::{Problem, ProblemKind},
    query::Params,
    routes::QUESTIONS,
};
use crate::{access::Pass, engine::Subject};

/// A question with its parameters.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Of whoever asks.
    pub pass: &'a Pass,
    /// What the path names where its pattern has `{id}`; empty otherwise.
    pub id: Cow<'a, str>,
    /// The parameters.
    pub params: Params<'a>,
    /// The body; empty where there is none.
    pub body: &'a [u8],
}

/// Appends the answer as JSON.
pub type Answer = fn(&App, &Asked<'_>, &mut Vec<u8>) -> Result<(), Problem>;

/// Where a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// On the thread that reads it: it takes microseconds.
    Here,
    /// Where nobody waits for the thread, few at once: it takes milliseconds.
    Apart,
}

/// How many questions are answered apart at once; the others wait. The engine, its walls and the short questions go on meanwhile.
pub const APART_MAX: usize = 2;

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
    /// Where it is answered.
    pub runs: Runs,
    /// What answers.
    pub answer: Answer,
    /// The thing that it shows, by its id, where it shows one.
    pub shows: Option<fn(&str) -> Option<Subject>>,
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

impl Found<'_> {
    /// The one thing that is asked for.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        let shows = self.question.shows?;
        shows(&percent_decode_str(self.id).decode_utf8().ok()?)
    }
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

/// A question that whoever asks may ask: there is no other way to an answer.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'a> {
    question: &'static Question,
    id: &'a str,
    pass: &'a Pass,
}

impl<'a> Found<'a> {
    /// The question for the bearer of a pass.
    ///
    /// # Errors
    /// A 401 problem for nobody, a 403 problem when he may not ask it.
    pub fn admit(&self, pass: Option<&'a Pass>) -> Result<Admitted<'a>, Problem> {
        let Self { question, id, .. } = *self;
        question.who.admit(pass)?;
        let pass = pass.ok_or_else(not_signed_in)?;
        Ok(Admitted { question, id, pass })
    }
}

/// Appends the answer to a question as JSON to `out`, and gives that back.
///
/// # Errors
/// A problem that names what is wrong with the question.
pub async fn answer(app: &App, admitted: Admitted<'_>, query: &str, body: &[u8], mut out: Vec<u8>) -> Result<Vec<u8>, Problem> {
    if admitted.question.runs == Runs::Here {
        run(app, admitted, query, body, &mut out)?;
        return Ok(out);
    }
    let Admitted { question, id, pass } = admitted;
    let fault = |detail: String| Problem::new(ProblemKind::Internal, detail);
    // Kept until it is answered, though who asked may be gone.
    let place = app.apart.clone().acquire_owned().await.map_err(|error| fault(error.to_string()))?;
    let (app, id, pass, query, body) = (app.clone(), id.to_owned(), pass.clone(), query.to_owned(), body.to_vec());
    let work = move || {
        let _place = place;
        run(&app, Admitted { question, id: &id, pass: &pass }, &query, &body, &mut out).map(|()| out)
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| fault(error.to_string()))?
}

fn run(app: &App, Admitted { question, id, pass }: Admitted<'_>, query: &str, body: &[u8], out: &mut Vec<u8>) -> Result<(), Problem> {
    let params = Params::read(query)?;
    params.only(question.takes)?;
    let id = percent_decode_str(id).decode_utf8().map_err(|_| Problem::bad_value("id", id, "an id, percent-encoded UTF-8"))?;
    (question.answer)(app, &Asked { pass, id, params, body }, out)
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
    use crate::access::Role;

    #[test]
    fn who_may_not_see_is_answered_nothing() {
        let found = find("/v1/nearest").unwrap();
        assert!(found.admit(Some(&Pass { role: Role::Viewer, ..Pass::MACHINE })).is_ok());
        for role in [Role::Unit, Role::Gateway] {
            let pass = Pass { role, ..Pass::MACHINE };
            assert_eq!(found.admit(Some(&pass)).unwrap_err().kind(), ProblemKind::NotAllowed, "{role}");
        }
        assert_eq!(found.admit(None).unwrap_err().kind(), ProblemKind::NotSignedIn);
    }

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
