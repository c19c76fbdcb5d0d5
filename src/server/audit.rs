//! The audit trail: what people and programs did that is no command of the engine.

use crate::model::Actor;

/// Notes what somebody did. `what` is a word of the code; `about` names an account, a session or a token, and is never a secret.
pub fn audit(actor: &Actor, what: &'static str, about: &str) {
    tracing::info!(%actor, what, about, "audit");
}
