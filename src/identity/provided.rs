//! People whom a provider of identities knows: they have an account here, and no password.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Account, Identity, IdentityError, Opened, people::ACCOUNTS_MAX, provider::Claimed};
use crate::model::Timestamp;

/// Who somebody is to a provider. Names may be given again there; this is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provided {
    /// The provider.
    pub issuer: String,
    /// Its own word for the person (`sub`).
    pub subject: String,
}

impl Identity {
    /// Counts a try to sign in by a provider, before the provider is asked; [`Self::sign_in_claimed`] takes it back.
    ///
    /// # Errors
    /// [`IdentityError::Wait`] when it comes too early.
    pub fn attempt(&self, address: IpAddr, now: Timestamp) -> Result<(), IdentityError> {
        self.throttle.lock().attempt(None, address, now).map_err(IdentityError::Wait)
    }

    /// Signs in whom the provider has found right. The first time makes the account; when role, organisation or name are others than
    /// the last time, the sessions of before end.
    ///
    /// # Errors
    /// [`IdentityError::Taken`] where the name is somebody else's, [`IdentityError::Blocked`] or [`IdentityError::Full`].
    pub fn sign_in_claimed(&self, claimed: Claimed, address: IpAddr, now: Timestamp) -> Result<Opened, IdentityError> {
        let Claimed { user, edit, provided } = claimed;
        let store = self.store.lock();
        let known = self.state.read().accounts.get(&user).cloned();
        match known {
            None => {
                let count = self.state.read().accounts.len();
                if count >= ACCOUNTS_MAX {
                    return Err(IdentityError::Full(count, "accounts"));
                }
                self.keep(&store, &user, Account { provided: Some(provided), ..Account::new(edit, now) })?;
            }
            Some(account) if account.provided.as_ref() != Some(&provided) => return Err(IdentityError::Taken(user)),
            Some(account) if account.edit.blocked => return Err(IdentityError::Blocked(user)),
            Some(account) if account.edit != edit => {
                self.keep(&store, &user, Account { edit, ..account })?;
                self.end_all(&store, &self.sessions_of(&user))?;
            }
            Some(_) => {}
        }
        self.throttle.lock().forgive(None, address);
        self.open_session(&store, &user, address, now)
    }
}
