//! Native fixes over HTTP: JSON, an array of it, or one a line.

use axum::{Json, body::Body, extract::State, http::HeaderMap};

use super::{
    App, body,
    problem::{Problem, ProblemDocument, ProblemKind},
};
use crate::ingest::{
    Protocol, Refusal, Report, Source,
    native::{self, Answer, BODY_BYTES_MAX, BodyError},
};

/// Takes the fixes of one body. Kept between bodies, so that a stream of them allocates little.
#[derive(Debug, Default)]
pub struct Taker {
    reports: Vec<(Source, Report)>,
    /// The place in the body of each of `reports`.
    places: Vec<usize>,
    results: Vec<Result<(), Refusal>>,
}

impl Taker {
    /// Hands every fix of a body to the gate; a wrong one does not cost the others.
    ///
    /// # Errors
    /// [`BodyError`] when the body is refused as a whole.
    pub async fn take(&mut self, app: &App, content: &[u8]) -> Result<Answer, BodyError> {
        self.reports.clear();
        self.places.clear();
        let mut refused: Vec<(usize, Refusal)> = Vec::new();
        native::parse(content, |place, item| match item {
            Ok(report) => {
                self.reports.push(report);
                self.places.push(place);
            }
            Err(refusal) => refused.push((place, refusal)),
        })?;
        self.prepare(app, &mut refused).await;
        for (_, refusal) in &refused {
            app.gate.count_refusal(Protocol::Native, refusal.reason);
        }
        app.gate.accept(&self.reports, Protocol::Native, &mut self.results);
        let accepted = self.results.iter().filter(|result| result.is_ok()).count();
        refused.extend(self.places.iter().zip(self.results.drain(..)).filter_map(|(place, result)| Some((*place, result.err()?))));
        refused.sort_by_key(|(place, _)| *place);
        let mut answer = Answer { accepted, ..Answer::default() };
        for (place, refusal) in refused {
            answer.refuse(place, refusal);
        }
        Ok(answer)
    }

    /// Has unknown devices adopted where the config says so; takes out the reports of those that are not.
    async fn prepare(&mut self, app: &App, refused: &mut Vec<(usize, Refusal)>) {
        let mut kept = 0;
        for n in 0..self.reports.len() {
            let (Some((source, _)), Some(place)) = (self.reports.get(n), self.places.get(n)) else { break };
            if let Err(refusal) = app.gate.prepare(source, Protocol::Native).await {
                refused.push((*place, refusal));
            } else {
                self.reports.swap(kept, n);
                self.places.swap(kept, n);
                kept += 1;
            }
        }
        self.reports.truncate(kept);
        self.places.truncate(kept);
    }
}

/// A fix.
#[derive(utoipa::ToSchema)]
#[schema(as = Fix)]
#[allow(dead_code, reason = "describes what the parser of fixes reads")]
pub struct FixSchema {
    /// Either this or `unit`.
    #[schema(example = "radio-H-1")]
    device: Option<String>,
    /// Either this or `device`.
    unit: Option<String>,
    #[schema(example = 22.81)]
    lat: f64,
    #[schema(example = 108.36)]
    lon: f64,
    #[schema(value_type = String, format = DateTime, example = "2026-11-22T14:32:07Z")]
    time: String,
    speed_mps: Option<f64>,
    heading_deg: Option<f64>,
    accuracy_m: Option<f64>,
    /// `WGS-84`, which is meant when it is left out, or `GCJ-02`.
    datum: Option<String>,
}

/// Takes fixes: one object, an array, or one a line (NDJSON), at most 20,000 and 4 MiB. Each is accepted or refused by itself.
#[utoipa::path(post, path = "/v1/fixes", tag = "ingest",
    request_body(content((FixSchema = "application/json"), (String = "application/x-ndjson")), description = "One fix, an array of them, or one a line"),
    responses((status = 200, description = "What became of them", body = Answer),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn post(State(app): State<App>, headers: HeaderMap, content: Body) -> Result<Json<Answer>, Problem> {
    body::check_type(&headers, &["application/json", "application/x-ndjson"])?;
    let bytes = body::read(content, BODY_BYTES_MAX).await?;
    Taker::default().take(&app, &bytes).await.map(Json).map_err(|error| refused(&error))
}

fn refused(error: &BodyError) -> Problem {
    let kind = match error {
        BodyError::TooLong(_) | BodyError::TooMany => ProblemKind::TooLarge,
        BodyError::Empty => ProblemKind::BadJson,
    };
    let words = error.to_string();
    let expected = words.rsplit_once(": ").map_or_else(|| words.clone(), |(_, right)| right.to_owned());
    Problem::new(kind, words).field("body").expected(expected)
}
