//! The audit trail: what people and programs did that is no command of the engine.

use serde_json::{Value, json};

use super::{
    App,
    problem::{Problem, ProblemKind},
};
use crate::{
    access::Pass,
    journal::{Note, Noted},
    model::Actor,
};

/// Puts on record what somebody did, and logs it. `subject` names an account, a session, a token or a
/// route. Neither it nor `body` is ever a secret.
pub fn audit(app: &App, actor: &Actor, what: Noted, subject: String, body: Value) {
    tracing::info!(%actor, what = what.as_str(), subject, %body, "audit");
    app.bus.note(actor.clone(), Note { event: what, subject, body });
}

/// The same of whoever asked for what his role may not do: `route` is the pattern of its path.
pub fn refused(app: &App, pass: Option<&Pass>, method: &str, route: &str, problem: &Problem) {
    if let (Some(pass), ProblemKind::NotAllowed) = (pass, problem.kind()) {
        audit(app, &pass.actor, Noted::Refused, format!("route{route}"), json!({ "method": method, "role": pass.role }));
    }
}
