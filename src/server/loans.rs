//! Loans: lend a unit to an organisation, see what is lent, end a loan.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{
    App, body, command,
    problem::{Problem, ProblemDocument},
    query::parse_as,
    question::{Asked, write},
    units::no_content,
};
use crate::{
    access::Pass,
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
pub async fn post(State(app): State<App>, pass: Pass, headers: HeaderMap, content: Body) -> Result<Response, Problem> {
    let LoanAsk { unit, to, until } = body::json(&headers, content, &["application/json"]).await?;
    let now = app.bus.now();
    if until <= now {
        return Err(Problem::out_of_range("until", &until.to_string(), "a time to come"));
    }
    let id = parse_as("id", &format!("loan-{:x}-{:08x}", now.unix_ms(), rand::random::<u32>()))?;
    let loan = Loan { id, unit, to, until };
    command::run(&app, &pass, Command::Lend(loan.clone())).await?;
    Ok((StatusCode::CREATED, Json(LoanJson::from(&loan))).into_response())
}

/// Ends a loan before its time: by whoever lends, or by whoever borrows. Durable when answered.
#[utoipa::path(delete, path = "/v1/loans/{id}", tag = "units", params(("id" = String, Path)),
    responses((status = 204, description = "Ended"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn delete(State(app): State<App>, pass: Pass, Path(id): Path<String>) -> Result<Response, Problem> {
    command::run(&app, &pass, Command::EndLoan(parse_as("id", &id)?)).await?;
    Ok(no_content())
}
