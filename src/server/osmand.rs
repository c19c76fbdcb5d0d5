//! OsmAnd and Traccar clients: one fix a request.
//!
//! A phone sends again what was not answered with 200, and sends nothing newer before. So whatever sending again cannot
//! cure is answered 200 and counted: a repeated, late or too old fix, a jump, a clock that is ahead.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, Uri, header},
};

use super::{
    App, body,
    problem::{Problem, ProblemDocument, ProblemKind},
};
use crate::ingest::{
    Protocol, Refusal, RefusalReason, Source,
    native::Answer,
    osmand::{Message, REQUEST_BYTES_MAX, parse_json, parse_query},
};

/// How many seconds a phone should wait when the engine is busy.
const RETRY_AFTER_S: u32 = 5;

/// Takes a fix in the query string: `id`, `lat`, `lon`, `timestamp`, and optionally `speed` (knots), `bearing`, `accuracy`, `alarm=sos`.
#[utoipa::path(get, path = "/osmand", tag = "ingest",
    params(("id" = String, Query, description = "the device; also `deviceid`"), ("lat" = f64, Query), ("lon" = f64, Query),
        ("timestamp" = Option<String>, Query, description = "Unix seconds or milliseconds, or RFC 3339"),
        ("speed" = Option<f64>, Query, description = "knots"), ("bearing" = Option<f64>, Query, description = "degrees"),
        ("accuracy" = Option<f64>, Query, description = "metres"), ("alarm" = Option<String>, Query, description = "`sos` raises the unit's alarm")),
    responses((status = 200, description = "Accepted, or refused in a way that sending again does not cure", body = Answer),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, uri: Uri) -> Result<Json<Answer>, Problem> {
    take(&app, parse_query(uri.query().unwrap_or_default())).await
}

/// A fix as a form: the names of the query string.
#[derive(utoipa::ToSchema)]
#[schema(as = OsmandForm)]
#[allow(dead_code, reason = "describes what the parser of forms reads")]
pub struct OsmandForm {
    /// The device; also `deviceid`.
    id: String,
    lat: f64,
    lon: f64,
    /// Unix seconds or milliseconds, or RFC 3339.
    timestamp: Option<String>,
    /// Knots.
    speed: Option<f64>,
    /// Degrees.
    bearing: Option<f64>,
    /// Metres.
    accuracy: Option<f64>,
    /// `sos` raises the unit's alarm.
    alarm: Option<String>,
}

/// Takes a fix in the query string, in a form body, or in the JSON of the Traccar Client.
#[utoipa::path(post, path = "/osmand", tag = "ingest",
    request_body(content((OsmandForm = "application/x-www-form-urlencoded"), (serde_json::Value = "application/json"))),
    responses((status = 200, description = "Accepted, or refused in a way that sending again does not cure", body = Answer),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn post(State(app): State<App>, uri: Uri, headers: HeaderMap, content: Body) -> Result<Json<Answer>, Problem> {
    let bytes = body::read(content, REQUEST_BYTES_MAX).await?;
    if bytes.is_empty() {
        return take(&app, parse_query(uri.query().unwrap_or_default())).await;
    }
    body::check_type(&headers, &["application/x-www-form-urlencoded", "application/json"])?;
    let is_json =
        headers.get(header::CONTENT_TYPE).is_some_and(|given| given.as_bytes().to_ascii_lowercase().starts_with(b"application/json"));
    let message = match std::str::from_utf8(&bytes) {
        _ if is_json => parse_json(&bytes),
        Ok(form) => parse_query(form),
        Err(_) => Err(Refusal { reason: RefusalReason::Malformed, field: "body", detail: "is no UTF-8: percent-encode it".to_owned() }),
    };
    take(&app, message).await
}

async fn take(app: &App, message: Result<Message, Refusal>) -> Result<Json<Answer>, Problem> {
    let refuse = |refusal: Refusal| {
        app.gate.count_refusal(Protocol::Osmand, refusal.reason);
        refused(refusal)
    };
    let Message { device, sos, report } = match message {
        Ok(message) => message,
        Err(refusal) => return refuse(refusal),
    };
    let source = Source::Device(device.clone());
    if let Err(refusal) = app.gate.prepare(&source, Protocol::Osmand).await {
        return refuse(refusal);
    }
    if sos {
        // Not answered with 200 before it is durable: the phone would not send the alarm again.
        app.gate.raise_alarm(&device).await.map_err(|error| {
            Problem::new(ProblemKind::Busy, format!("the alarm is not kept yet, send it again: {error}")).retry_after_s(RETRY_AFTER_S)
        })?;
    }
    let report = match report {
        Ok(report) => report,
        Err(refusal) => return refuse(refusal),
    };
    let mut results = Vec::with_capacity(1);
    app.gate.accept(&[(source, report)], Protocol::Osmand, &mut results);
    match results.pop() {
        Some(Err(refusal)) => refused(refusal),
        _ => Ok(Json(Answer { accepted: 1, ..Answer::default() })),
    }
}

/// The answer to a refused fix.
fn refused(refusal: Refusal) -> Result<Json<Answer>, Problem> {
    let kind = match refusal.reason {
        RefusalReason::Malformed => ProblemKind::BadValue,
        RefusalReason::OutOfRange => ProblemKind::OutOfRange,
        RefusalReason::UnknownDevice => ProblemKind::UnknownDevice,
        RefusalReason::Overflow => ProblemKind::Busy,
        RefusalReason::NoPosition
        | RefusalReason::Future
        | RefusalReason::TooOld
        | RefusalReason::Repeated
        | RefusalReason::Late
        | RefusalReason::ImpossibleJump => {
            let mut answer = Answer::default();
            answer.refuse(0, refusal);
            return Ok(Json(answer));
        }
    };
    let expected = refusal.detail.rsplit_once(": ").map(|(_, right)| right.to_owned());
    let problem = Problem::new(kind, refusal.to_string()).field(refusal.field);
    Err(match expected {
        Some(expected) => problem.expected(expected),
        None => problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sending_again_does_not_cure_is_answered() {
        for reason in RefusalReason::ALL {
            let answer = refused(Refusal { reason: *reason, field: "time", detail: "x: y".to_owned() });
            let cured = matches!(
                reason,
                RefusalReason::Malformed | RefusalReason::OutOfRange | RefusalReason::UnknownDevice | RefusalReason::Overflow
            );
            assert_eq!(answer.is_err(), cured, "{reason}");
        }
    }
}
