//! The audit trail: who did what, searched.

use std::ops::ControlFlow;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{
    App,
    problem::{Problem, ProblemDocument, ProblemKind},
    query::Params,
    question::{Asked, write},
};
use crate::{
    engine::Event,
    journal::{self, First, Kind, LIMIT_MAX, Noted, Search},
    model::Timestamp,
};

/// The parameters of `GET /v1/audit`.
pub const PARAMS: &[&str] = &["actor", "subject", "event", "kind", "from", "until", "order", "cursor", "limit"];
/// The most characters of a subject.
const SUBJECT_CHARS_MAX: usize = 128;

/// A row of the journal.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "describes the journal's type, whose form is that of an export")]
pub struct AuditRow {
    /// 1 for the first row, one more each row.
    seq: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `event`: it changed the state. `note`: it did not.
    kind: Kind,
    /// What it is about: `unit/car-1`, `order/...`, `account/...`; of somebody refused the route's pattern, `route/v1/accounts`.
    subject: String,
    /// What happened.
    #[schema(example = "unit_seen")]
    event: String,
    /// The version of the form of `body`.
    version: u32,
    /// All that is on record of it.
    #[schema(value_type = Object)]
    body: (),
    /// Who: `user:ID`, `program:ID`, `unit:ID`, `machine`, `engine`.
    #[schema(example = "user:li.na")]
    actor: String,
    /// The `Idempotency-Key` that asked for it.
    key: Option<String>,
    /// With a key: the SHA-256 of what was asked, hexadecimal.
    ask: Option<String>,
    /// The chain's hash, hexadecimal.
    hash: String,
}

/// A page of the audit trail.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AuditJson {
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
    #[schema(value_type = Vec<AuditRow>)]
    rows: Vec<Box<RawValue>>,
    /// The cursor of the next page, null on the last.
    next: Option<u64>,
}

/// The names that are known.
fn check_events(names: &[String]) -> Result<(), Problem> {
    let known = || Event::NAMES.into_iter().chain(Noted::ALL.iter().map(|noted| noted.as_str()));
    match names.iter().find(|name| !known().any(|right| right == name.as_str())) {
        Some(name) => Err(Problem::bad_value("event", name, &format!("any of these: {}", known().collect::<Vec<_>>().join(", ")))),
        None => Ok(()),
    }
}

fn wanted(params: &Params<'_>) -> Result<Search, Problem> {
    let subject = params.text("subject").map(str::to_owned);
    if let Some(long) = subject.as_ref().filter(|subject| subject.chars().count() > SUBJECT_CHARS_MAX) {
        return Err(Problem::out_of_range("subject", long, &format!("at most {SUBJECT_CHARS_MAX} characters")));
    }
    let events: Vec<String> = params.list("event")?.unwrap_or_default();
    check_events(&events)?;
    let all = Search::default();
    Ok(Search {
        actor: params.parse("actor")?,
        subject,
        events,
        kind: params.parse("kind")?,
        from: params.parse("from")?,
        until: params.parse("until")?,
        order: params.parse("order")?.unwrap_or(all.order),
        after: params.number("cursor", 0..=u64::MAX, "a whole number")?,
        limit: params.number("limit", 1..=LIMIT_MAX, "a whole number")?.unwrap_or(all.limit),
    })
}

/// Who did what, a page at a time: every event, every note. For administrators. The same rows as an export of the journal has.
#[utoipa::path(get, path = "/v1/audit", tag = "access",
    params(("actor" = Option<String>, Query, description = "`user:ID`, `program:ID`, `unit:ID`, `machine` or `engine`"),
        ("subject" = Option<String>, Query, description = "what it is about, `unit/car-1`; with a slash at its end all that begins so, `unit/`"),
        ("event" = Option<String>, Query, description = "any of these names, separated by commas"),
        ("kind" = Option<Kind>, Query, description = "`event`: what changed the state; `note`: what did not"),
        ("from" = Option<String>, Query, description = "RFC 3339: not before"),
        ("until" = Option<String>, Query, description = "RFC 3339: before"),
        ("order" = Option<First>, Query, description = "`newest` first, also when not given, or `oldest`"),
        ("cursor" = Option<u64>, Query, description = "`next` of the page before: in that order, the rows after the one of this number"),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 when not given")),
    responses((status = 200, body = AuditJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn search(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let search = wanted(&asked.params)?;
    let (mut rows, mut last) = (Vec::new(), 0);
    let mut visit = |row: &journal::Row<'_>| {
        last = row.seq;
        rows.push(to_raw_value(row));
        ControlFlow::Continue(())
    };
    let fault = |error: String| {
        tracing::error!(error, "the audit trail");
        // Paths of the machine are not for whoever asks.
        Problem::new(ProblemKind::Internal, "the audit trail cannot be read")
    };
    journal::search(&app.state, &search, &mut visit).map_err(|error| fault(error.to_string()))?;
    let rows = rows.into_iter().collect::<Result<Vec<_>, _>>().map_err(|error| fault(error.to_string()))?;
    let next = (rows.len() == search.limit).then_some(last);
    write(out, &AuditJson { server_time: app.bus.now(), rows, next })
}
