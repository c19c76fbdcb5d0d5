//! Commands: what HTTP asks the engine to do, and what its refusal looks like.

use super::{
    App,
    asking::Asking,
    measure,
    problem::{Problem, ProblemKind},
};
use crate::{
    bus::{Applied, CommandError},
    engine::{Command, CordonError, Rejection},
};

/// How many seconds a client should wait when the engine is busy.
const RETRY_AFTER_S: u32 = 1;

/// Has a command of the bearer of a pass done: durable when this returns.
///
/// # Errors
/// A problem that says why nothing was done.
pub async fn run(app: &App, asking: &Asking, command: Command) -> Result<Applied, Problem> {
    let (outcome, result) = match app.bus.command(asking.request(command)).await {
        Ok(applied) => ("applied", Ok(applied)),
        Err(error @ (CommandError::Rejected(_) | CommandError::Unexpected { .. } | CommandError::KeyUsed(_))) => {
            ("rejected", Err(failed(&error)))
        }
        Err(error) => ("failed", Err(failed(&error))),
    };
    metrics::counter!(measure::COMMANDS, "outcome" => outcome).increment(1);
    result
}

/// What was done before under the key: for routes that work long before they ask for a command.
///
/// # Errors
/// A problem when the key was used for something else.
pub fn done(app: &App, asking: &Asking) -> Result<Option<Applied>, Problem> {
    asking.key.as_ref().map_or(Ok(None), |key| app.bus.done(&asking.pass.actor, key)).map_err(|error| failed(&error))
}

fn failed(error: &CommandError) -> Problem {
    let later = |kind| Problem::new(kind, error.to_string()).retry_after_s(RETRY_AFTER_S);
    match error {
        CommandError::Rejected(rejection) => rejected(rejection),
        CommandError::Unexpected { last: Some(last), .. } => {
            Problem::new(ProblemKind::Unexpected, error.to_string()).field("If-Match").expected(format!("If-Match: \"{last}\""))
        }
        CommandError::Unexpected { last: None, .. } => {
            Problem::new(ProblemKind::Unexpected, error.to_string()).field("If-Match").expected("If-None-Match: *, or no condition")
        }
        CommandError::KeyUsed(key) => Problem::new(ProblemKind::KeyUsed, error.to_string())
            .field("Idempotency-Key")
            .value(key)
            .expected("a key that no other request had"),
        CommandError::Full(_) => later(ProblemKind::Busy),
        CommandError::Stopped => later(ProblemKind::NotReady),
        CommandError::Journal(_) => later(ProblemKind::Journal),
    }
}

/// The problem of a rejection.
#[must_use]
pub fn rejected(rejection: &Rejection) -> Problem {
    let (kind, expected) = match rejection {
        Rejection::UnknownUnit(_) => (ProblemKind::NotFound, "the id of a unit: /v1/units lists them"),
        Rejection::UnknownZone(_) => (ProblemKind::NotFound, "the id of a zone: /v1/zones lists them"),
        Rejection::UnknownClosure(_) => (ProblemKind::NotFound, "the id of a closure: /v1/roads/closures lists them"),
        Rejection::UnknownOrder(_) => (ProblemKind::NotFound, "the id of an order: /v1/orders lists them"),
        Rejection::UnknownOrdered(_) => (ProblemKind::NotFound, "the id of a unit: /v1/units lists them"),
        Rejection::KnownOrder(_) => (ProblemKind::Conflict, "an id that no order has"),
        Rejection::OrderOpen { .. } => (ProblemKind::Conflict, "a unit without an open order, or `\"replace\": true`"),
        Rejection::OrderState { .. } => (ProblemKind::Conflict, "a step forward"),
        Rejection::UnknownCordon(_) => (ProblemKind::NotFound, "the id of a cordon: /v1/cordons lists them"),
        Rejection::UnknownGatePlan(_) => (ProblemKind::NotFound, "the id of a standing plan: /v1/gate-plans lists them"),
        Rejection::KnownCordon(_) => (ProblemKind::Conflict, "an id that no cordon has"),
        Rejection::CordonCount => (ProblemKind::Conflict, "fewer cordons at once"),
        Rejection::GatePlanCount => (ProblemKind::Conflict, "an id that is known already"),
        Rejection::Cordon(CordonError::Over(_) | CordonError::NoSuspect(_) | CordonError::Older { .. }) => {
            (ProblemKind::Conflict, "what the detail says")
        }
        Rejection::Cordon(_) | Rejection::GatePlan(_) => (ProblemKind::Invalid, "what the detail says"),
        Rejection::UnknownOrganisation(_) => (ProblemKind::Invalid, "the id of an organisation: /v1/city lists them"),
        Rejection::DeviceTaken { .. } => (ProblemKind::Conflict, "a device that no other unit carries"),
        Rejection::UnitCount | Rejection::ZoneCount | Rejection::ClosureCount => (ProblemKind::Conflict, "an id that is known already"),
        Rejection::UnknownLoan(_) => (ProblemKind::NotFound, "the id of a loan: /v1/loans lists them"),
        Rejection::UnknownLent(_) => (ProblemKind::NotFound, "the id of a unit: /v1/units lists them"),
        Rejection::KnownLoan(_) => (ProblemKind::Conflict, "an id that no loan has"),
        Rejection::LoanCount => (ProblemKind::Conflict, "fewer loans at once"),
        Rejection::UnknownBorrower(_) => (ProblemKind::Invalid, "the id of an organisation: /v1/city lists them"),
        Rejection::Outside { .. } => (ProblemKind::NotAllowed, "what is of your organisation, below it, or lent to it"),
        Rejection::UnknownFollowed(_) => (ProblemKind::Invalid, "the id of a unit: /v1/units lists them"),
        Rejection::Unit(_) | Rejection::Zone(_) | Rejection::Closure(_) | Rejection::Order(_) => {
            (ProblemKind::Invalid, "what the detail says")
        }
    };
    let detail = rejection.to_string();
    // Errors of a unit's fields say what is right after the colon.
    let expected = detail.rsplit_once(": ").map_or_else(|| expected.to_owned(), |(_, right)| right.to_owned());
    let problem = Problem::new(kind, detail).field(rejection.field()).expected(expected);
    match rejection.value() {
        Some(value) => problem.value(&value),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_name_field_value_and_what_is_right() {
        let problem = rejected(&Rejection::DeviceTaken { device: "1380".parse().unwrap(), unit: "car-1".parse().unwrap() });
        let document = problem.document();
        assert_eq!((document.status, document.field), (409, Some("devices")));
        assert_eq!(document.expected, Some("take it from there first"));
        let problem = rejected(&Rejection::UnknownOrganisation("nowhere".parse().unwrap()));
        assert_eq!((problem.document().status, problem.document().expected), (422, Some("the id of an organisation: /v1/city lists them")));
    }
}
