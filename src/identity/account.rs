//! A person who signs in.

use serde::{Deserialize, Serialize};

use super::{Digest, Provided, Second};
use crate::{
    access::Role,
    model::{OrgId, Timestamp},
};

/// How long a one-time code may be used, days.
pub const CODE_DAYS: i64 = 7;

/// A one-time code with which somebody chooses a password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Invitation {
    pub(super) code: Digest,
    pub(super) until: Timestamp,
}

/// What an administrator says of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountEdit {
    /// The name before people.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// The organisation that the person sees and orders, with all below it; the whole city where there is none.
    #[serde(default)]
    pub org: Option<OrgId>,
    /// Whether the person may not sign in.
    #[serde(default)]
    pub blocked: bool,
}

/// A person's account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// What an administrator said.
    pub edit: AccountEdit,
    /// Since when there is the account.
    pub created: Timestamp,
    /// The hash; none until the person has chosen one.
    pub(super) password: Option<String>,
    /// The second factor, where the person has one.
    pub(super) second: Option<Second>,
    /// The step of its last code: each opens once.
    pub(super) second_used: u64,
    pub(super) invitation: Option<Invitation>,
    /// Who the person is to the provider that says what the person is here; none for those who have a password.
    #[serde(default)]
    pub(super) provided: Option<Provided>,
}

impl Account {
    pub(super) fn new(edit: AccountEdit, now: Timestamp) -> Self {
        Self { edit, created: now, password: None, second: None, second_used: 0, invitation: None, provided: None }
    }

    /// Whether the person has chosen a password.
    #[must_use]
    pub const fn is_set_up(&self) -> bool {
        self.password.is_some()
    }

    /// Whether codes of an app are asked for.
    #[must_use]
    pub const fn has_second(&self) -> bool {
        self.second.is_some()
    }

    /// Whether a provider of identities says who this is.
    #[must_use]
    pub const fn is_provided(&self) -> bool {
        self.provided.is_some()
    }

    /// Whether this is somebody who can administer now, whether a provider answers or not.
    pub(super) fn administers(&self) -> bool {
        self.edit.role == Role::Administrator && !self.edit.blocked && self.is_set_up()
    }
}
