//! Loans: lend a unit to an organisation, see what is lent, end a loan.

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{
    App,
    asking::{self, Asking},
    body, command,
    problem::{Problem, ProblemDocument},
    query::parse_as,
    question::{Asked, write},
    units::no_content,
};
use crate::{
    access::Pass,
    bus::Applied,
    engine::{Command, Loan},
    model::{LoanId, OrgId, Timestamp, UnitId},
};

/// A unit lent to an organisation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Loan)]
pub struct LoanJson {
    #[schema(value_type = String)]
    id: LoanId,
    #[schema(value_type = String)]
    unit: UnitId,
    /// To whom: it and all above it see and order the unit, as those do who lend it.
    #[schema(value_type = String)]
    to: OrgId,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

impl From<&Loan> for LoanJson {
    fn from(loan: &Loan) -> Self {
        let Loan { id, unit, to, until } = loan.clone();
        Self { id, unit, to, until }
    }
}

/// Loans that hold.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LoansJson {
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
    /// By id.
    loans: Vec<LoanJson>,
}

/// The loans that hold, by id: those that one lends or borrows by.
#[utoipa::path(get, path = "/v1/loans", tag = "units", responses((status = 200, body = LoansJson)))]
pub fn list(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let now = app.bus.now();
    let loans = app.seen(asked.pass).loans(now).iter().map(|loan| LoanJson::from(&**loan)).collect();
    write(out, &LoansJson { server_time: now, loans })
}

/// A loan to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoanAsk {
    /// A unit that one may order.
    #[schema(value_type = String)]
    unit: UnitId,
    /// The organisation to lend it to.
    #[schema(value_type = String)]
    to: OrgId,
    /// When it ends by itself: a time to come.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// Lends a unit until a time: who borrows it sees and orders it meanwhile, and who lends it still does. Durable when answered.
#[utoipa::path(post, path = "/v1/loans", tag = "units", request_body = LoanAsk,
    responses((status = 201, description = "Lent", body = LoanJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    // The id that it was given the first time, whatever the clock says now.
    if let Some(applied) = command::done(&app, &asking)? {
        return shown(&app, &asking.pass, &applied);
    }
    let LoanAsk { unit, to, until } = body::json(&headers, content, &["application/json"]).await?;
    let now = app.bus.now();
    if until <= now {
        return Err(Problem::out_of_range("until", &until.to_string(), "a time to come"));
    }
    let id = parse_as("id", &format!("loan-{:x}-{:08x}", now.unix_ms(), rand::random::<u32>()))?;
    shown(&app, &asking.pass, &command::run(&app, &asking, Command::Lend(Loan { id, unit, to, until })).await?)
}

/// The answer to a loan: the loan as it is now.
fn shown(app: &App, pass: &Pass, applied: &Applied) -> Result<Response, Problem> {
    let (tag, id) = (asking::tag(app, &applied.subject), applied.subject.id());
    let loan = app.seen(pass).loan(&parse_as("id", id)?).ok_or_else(|| Problem::not_found("loan", id))?;
    Ok((StatusCode::CREATED, tag, Json(LoanJson::from(&*loan))).into_response())
}

/// Ends a loan before its time: by whoever lends, or by whoever borrows. Durable when answered.
#[utoipa::path(delete, path = "/v1/loans/{id}", tag = "units", params(("id" = String, Path)),
    responses((status = 204, description = "Ended"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn delete(State(app): State<App>, Extension(asking): Extension<Asking>, Path(id): Path<String>) -> Result<Response, Problem> {
    command::run(&app, &asking, Command::EndLoan(parse_as("id", &id)?)).await?;
    Ok(no_content())
}
