//! People: how they sign in and out, choose passwords, and what administrators do with accounts.

use std::net::IpAddr;

use super::{
    Account, AccountEdit, CODE_DAYS, Digest, Identity, IdentityError, Second, Session,
    account::Invitation,
    desk::{fits, keeps_role},
    password, secret,
    store::{Store, Table},
};
use crate::{
    access::Role,
    model::{Timestamp, UserId},
};

/// The most accounts.
pub(super) const ACCOUNTS_MAX: usize = 10_000;
/// The most open sessions of one person: one more ends the one that was used longest ago.
pub(super) const SESSIONS_A_USER_MAX: usize = 10;
/// One day, ms.
const DAY_MS: i64 = 86_400_000;

/// What somebody shows who signs in.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// The name.
    pub user: &'a UserId,
    /// The password.
    pub password: &'a str,
    /// The code of the second factor.
    pub code: Option<&'a str>,
    /// From where.
    pub address: IpAddr,
}

/// What somebody shows who has a one-time code.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// The code.
    pub code: &'a str,
    /// With a set-up code one chooses a name to sign in with and one before people; others have theirs.
    pub chosen: Option<(&'a UserId, &'a str)>,
    /// The new password.
    pub password: &'a str,
    /// From where.
    pub address: IpAddr,
}

/// A session that was opened just now.
pub struct Opened {
    /// Whose.
    pub user: UserId,
    /// What opens it: for a cookie, and nowhere else.
    pub secret: String,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({})", self.user)
    }
}

impl Identity {
    /// Signs somebody in. A try that comes too early is not looked at; a name that nobody has takes as long as a wrong password.
    ///
    /// # Errors
    /// [`IdentityError::Wrong`], [`IdentityError::CodeNeeded`] or [`IdentityError::Wait`].
    pub fn sign_in(&self, shown: SignIn<'_>, now: Timestamp) -> Result<Opened, IdentityError> {
        let SignIn { user, password, code, address } = shown;
        self.throttle.lock().attempt(Some(user), address, now).map_err(IdentityError::Wait)?;
        let account = self.state.read().accounts.get(user).filter(|account| !account.edit.blocked).cloned();
        let hash = account.as_ref().and_then(|account| account.password.as_deref());
        if !password::verify(password, hash.unwrap_or_else(|| self.decoy())) || hash.is_none() {
            return Err(IdentityError::Wrong);
        }
        let store = self.store.lock();
        // As it is now: another one may have used the same code meanwhile.
        let mut account = self.account(user).map_err(|_| IdentityError::Wrong)?;
        if account.password.as_deref() != hash || account.edit.blocked {
            return Err(IdentityError::Wrong);
        }
        if let Some(second) = &account.second {
            let code = code.ok_or(IdentityError::CodeNeeded)?;
            account.second_used = second.check(code, seconds(now), account.second_used).ok_or(IdentityError::Wrong)?;
            self.keep(&store, user, account)?;
        }
        self.throttle.lock().forgive(Some(user), address);
        self.open_session(&store, user, address, now)
    }

    /// Makes an administrator with a set-up code, or gives somebody who has a one-time code the password that he chose; and signs
    /// him in.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn accept(&self, shown: Newcomer<'_>, now: Timestamp) -> Result<Opened, IdentityError> {
        let Newcomer { code, chosen, password, address } = shown;
        self.throttle.lock().attempt(None, address, now).map_err(IdentityError::Wait)?;
        let code = secret::digest_of_code(code);
        let store = self.store.lock();
        let first = self.state.read().set_up_code == Some(code);
        let (user, mut account) = if first {
            let (user, name) = chosen.ok_or(IdentityError::OneTimeCode)?;
            if self.state.read().accounts.contains_key(user) {
                return Err(IdentityError::Taken(user.clone()));
            }
            let edit = AccountEdit { name: name.to_owned(), role: Role::Administrator, org: None, blocked: false };
            (user.clone(), Account::new(edit, now))
        } else {
            let state = self.state.read();
            let invited = |account: &&Account| {
                account.invitation.as_ref().is_some_and(|invitation| invitation.code == code && now < invitation.until)
            };
            let found = state.accounts.iter().find(|(_, account)| invited(account) && !account.edit.blocked);
            found.map(|(user, account)| (user.clone(), account.clone())).ok_or(IdentityError::OneTimeCode)?
        };
        account.password = Some(password::hash(user.as_str(), password)?);
        account.invitation = None;
        self.keep(&store, &user, account)?;
        if first {
            self.state.write().set_up_code = None;
        }
        self.throttle.lock().forgive(None, address);
        self.end_all(&store, &self.sessions_of(&user))?;
        self.open_session(&store, &user, address, now)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`IdentityError::Store`].
    pub fn sign_out(&self, session: Digest) -> Result<(), IdentityError> {
        self.end_all(&self.store.lock(), &[session])
    }

    /// Ends one of somebody's sessions, by its name.
    ///
    /// # Errors
    /// [`IdentityError::UnknownSession`] where he has no such session.
    pub fn end_session(&self, user: &UserId, name: &str) -> Result<(), IdentityError> {
        let store = self.store.lock();
        let id = self.sessions_of(user).into_iter().find(|id| id.name() == name).ok_or(IdentityError::UnknownSession)?;
        self.end_all(&store, &[id])
    }

    /// Changes a password: ends all sessions and opens a new one.
    ///
    /// # Errors
    /// [`IdentityError`] when the old password is wrong or the new one weak.
    pub fn change_password(&self, user: &UserId, old: &str, new: &str, address: IpAddr, now: Timestamp) -> Result<Opened, IdentityError> {
        self.confirm(user, old, address, now)?;
        let hash = password::hash(user.as_str(), new)?;
        let store = self.store.lock();
        let mut account = self.account(user)?;
        account.password = Some(hash);
        self.keep(&store, user, account)?;
        self.end_all(&store, &self.sessions_of(user))?;
        self.open_session(&store, user, address, now)
    }

    /// Checks the password of somebody who is signed in, before what matters.
    fn confirm(&self, user: &UserId, password: &str, address: IpAddr, now: Timestamp) -> Result<(), IdentityError> {
        self.throttle.lock().attempt(Some(user), address, now).map_err(IdentityError::Wait)?;
        let hash = self.account(user)?.password;
        if !hash.is_some_and(|hash| password::verify(password, &hash)) {
            return Err(IdentityError::Wrong);
        }
        self.throttle.lock().forgive(Some(user), address);
        Ok(())
    }

    /// Gives an account a second factor, once its app has shown that it makes the right codes.
    ///
    /// # Errors
    /// [`IdentityError::Wrong`] when the password or the code is wrong.
    pub fn set_second(&self, shown: SignIn<'_>, second: Second, now: Timestamp) -> Result<(), IdentityError> {
        self.confirm(shown.user, shown.password, shown.address, now)?;
        let used = shown.code.and_then(|code| second.check(code, seconds(now), 0)).ok_or(IdentityError::Wrong)?;
        let store = self.store.lock();
        let account = self.account(shown.user)?;
        self.keep(&store, shown.user, Account { second: Some(second), second_used: used, ..account })
    }

    /// Takes the second factor from an account.
    ///
    /// # Errors
    /// [`IdentityError::Wrong`] when the password is wrong.
    pub fn remove_second(&self, user: &UserId, password: &str, address: IpAddr, now: Timestamp) -> Result<(), IdentityError> {
        self.confirm(user, password, address, now)?;
        let store = self.store.lock();
        let account = self.account(user)?;
        self.keep(&store, user, Account { second: None, ..account })
    }

    /// Makes an account or changes one; a new one comes with the one-time code for its first password. A changed one's sessions end.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn put_account(&self, user: &UserId, edit: AccountEdit, now: Timestamp) -> Result<Option<String>, IdentityError> {
        fits(edit.role, edit.org.as_ref())?;
        let store = self.store.lock();
        let known = self.state.read().accounts.get(user).cloned();
        let Some(account) = known else {
            let count = self.state.read().accounts.len();
            if count >= ACCOUNTS_MAX {
                return Err(IdentityError::Full(count, "accounts"));
            }
            let (code, invitation) = invite(now);
            self.keep(&store, user, Account { invitation: Some(invitation), ..Account::new(edit, now) })?;
            return Ok(Some(code));
        };
        let is_said = edit == AccountEdit { blocked: edit.blocked, ..account.edit.clone() };
        if account.provided.is_some() && !is_said {
            return Err(IdentityError::Provided(user.clone()));
        }
        if !keeps_role(&account, edit.role, edit.blocked) && !self.other_administrator(user) {
            return Err(IdentityError::LastAdministrator(user.clone()));
        }
        self.keep(&store, user, Account { edit, ..account })?;
        self.end_all(&store, &self.sessions_of(user))?;
        Ok(None)
    }

    /// A one-time code for somebody who lost his password or his app: both are void at once, and all his sessions end.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn invite(&self, user: &UserId, now: Timestamp) -> Result<String, IdentityError> {
        let store = self.store.lock();
        let account = self.account(user)?;
        if account.provided.is_some() {
            return Err(IdentityError::Provided(user.clone()));
        }
        if account.administers() && !self.other_administrator(user) {
            return Err(IdentityError::LastAdministrator(user.clone()));
        }
        let (code, invitation) = invite(now);
        self.keep(&store, user, Account { password: None, second: None, invitation: Some(invitation), ..account })?;
        self.end_all(&store, &self.sessions_of(user))?;
        Ok(code)
    }

    /// Removes an account.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn remove_account(&self, user: &UserId) -> Result<(), IdentityError> {
        let store = self.store.lock();
        if self.account(user)?.administers() && !self.other_administrator(user) {
            return Err(IdentityError::LastAdministrator(user.clone()));
        }
        store.remove(Table::Accounts, user.as_str())?;
        self.end_all(&store, &self.sessions_of(user))?;
        self.state.write().accounts.remove(user);
        Ok(())
    }

    /// An account.
    ///
    /// # Errors
    /// [`IdentityError::UnknownUser`].
    pub fn account(&self, user: &UserId) -> Result<Account, IdentityError> {
        self.state.read().accounts.get(user).cloned().ok_or_else(|| IdentityError::UnknownUser(user.clone()))
    }

    /// All accounts, by name.
    #[must_use]
    pub fn accounts(&self) -> Vec<(UserId, Account)> {
        self.state.read().accounts.iter().map(|(user, account)| (user.clone(), account.clone())).collect()
    }

    /// Shows each of somebody's sessions.
    pub fn each_session(&self, user: &UserId, mut show: impl FnMut(Digest, &Session)) {
        self.state.read().sessions.iter().filter(|(_, session)| session.user == *user).for_each(|(id, session)| show(*id, session));
    }

    pub(super) fn sessions_of(&self, user: &UserId) -> Vec<Digest> {
        let mut found = Vec::new();
        self.each_session(user, |id, session| found.push((session.seen(), id)));
        found.sort_by_key(|(seen, _)| *seen);
        found.into_iter().map(|(_, id)| id).collect()
    }

    pub(super) fn keep(&self, store: &Store, user: &UserId, account: Account) -> Result<(), IdentityError> {
        store.put(Table::Accounts, user.as_str(), &account)?;
        self.state.write().accounts.insert(user.clone(), account);
        Ok(())
    }

    pub(super) fn open_session(&self, store: &Store, user: &UserId, address: IpAddr, now: Timestamp) -> Result<Opened, IdentityError> {
        let open = self.sessions_of(user);
        let too_many = (open.len() + 1).saturating_sub(SESSIONS_A_USER_MAX);
        self.end_all(store, open.get(..too_many).unwrap_or_default())?;
        let secret = secret::session();
        let (id, session) = (Digest::of(&secret), Session::new(user.clone(), address, now));
        store.put(Table::Sessions, &id.to_hex(), &session)?;
        self.state.write().sessions.insert(id, session);
        Ok(Opened { user: user.clone(), secret })
    }
}

/// A one-time code and what is kept of it.
fn invite(now: Timestamp) -> (String, Invitation) {
    let code = secret::code();
    let invitation = Invitation { code: secret::digest_of_code(&code), until: now.plus_ms(CODE_DAYS * DAY_MS) };
    (code, invitation)
}

/// Seconds since 1970.
fn seconds(now: Timestamp) -> u64 {
    u64::try_from(now.unix_ms() / 1_000).unwrap_or_default()
}
