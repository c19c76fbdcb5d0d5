//! The desk: everybody who is known, and the lookup that every request makes.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::OnceLock,
};

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

use super::{
    Account, Digest, Session, StoreError, Throttle, Token, password,
    password::PasswordError,
    secret,
    store::{Store, Table},
    token::Key,
};
use crate::{
    access::{ActionSet, Pass, Role},
    model::{Actor, IdError, OrgId, Timestamp, UserId},
};

/// How long sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// At most, ms.
    pub session_ms: i64,
    /// Unused, ms.
    pub idle_ms: i64,
}

/// Why something about people or programs was not done.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The name, the password or the code of the second factor. Which one is not said.
    #[error("the name, the password or the code is wrong")]
    Wrong,
    /// The name and the password are right, and the account has a second factor.
    #[error("this account asks for the code of its second factor")]
    CodeNeeded,
    /// A one-time code that nobody has, or had too long ago.
    #[error("this one-time code is wrong, used or too old")]
    OneTimeCode,
    /// Too many tries.
    #[error("too many tries: try again in {0} s")]
    Wait(u32),
    /// A new password is not taken.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Somebody takes a name that somebody has.
    #[error("the name {0} is taken")]
    Taken(UserId),
    /// The account is blocked.
    #[error("the account {0} is blocked")]
    Blocked(UserId),
    /// Name, role and organisation of the account are the provider's to say.
    #[error(
        "{0} signs in by the provider of identities, which says name, role and organisation: change them there; here the account is blocked or removed"
    )]
    Provided(UserId),
    /// Nobody has the name.
    #[error("there is no account {0}")]
    UnknownUser(UserId),
    /// No such session, or somebody else's.
    #[error("there is no such session")]
    UnknownSession,
    /// No such token.
    #[error("there is no such token")]
    UnknownToken,
    /// Nobody could administer any more.
    #[error("{0} is the last administrator: make another one first")]
    LastAdministrator(UserId),
    /// An organisation for whoever is of the whole city.
    #[error("the role {0} is of the whole city, and of no organisation")]
    WholeCity(Role),
    /// A limit.
    #[error("there are {0} {1} already, and there may be no more")]
    Full(usize, &'static str),
    /// A secret that no app can have made.
    #[error("the second factor's secret has 32 letters of A-Z and 2-7, as it was given")]
    Second,
    /// A token lives a day at least and two years at most.
    #[error("a token is for 1 to {} days", super::DAYS_MAX)]
    Days,
    /// A token that this server did not sign, that is over, or that was revoked. Which is not said.
    #[error("this token is forged, over, revoked or not for this server")]
    BadToken,
    /// The system could not sign.
    #[error("the token could not be signed")]
    Sign,
    /// A row of the file names nobody.
    #[error("accounts: {0}")]
    Id(#[from] IdError),
}

/// Somebody who is known.
#[derive(Debug, Clone)]
pub struct Known {
    /// What goes with whatever is asked.
    pub pass: Pass,
    /// The session, where it was one.
    pub session: Option<Digest>,
    /// Says true when the session or token ends.
    pub ends: watch::Receiver<bool>,
}

/// Everybody. A lookup holds the lock for reading for a map's search.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) accounts: BTreeMap<UserId, Account>,
    pub(super) sessions: HashMap<Digest, Session>,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) keys: BTreeMap<String, Key>,
    /// The token of each text whose signature was found right, so that it is looked at once.
    pub(super) checked: HashMap<Digest, String>,
    /// The code with which an administrator is made.
    pub(super) set_up_code: Option<Digest>,
}

/// People and programs.
#[derive(Debug)]
pub struct Identity {
    pub(super) limits: Limits,
    /// Whoever changes something holds it from the check to the change in memory, so that changes come one after the other. Taken
    /// before `state`.
    pub(super) store: Mutex<Store>,
    pub(super) state: RwLock<State>,
    pub(super) throttle: Mutex<Throttle>,
    /// The hash that is tried for names that nobody has, so that they take as long.
    decoy: OnceLock<String>,
}

impl Identity {
    /// Reads the file of a state folder, and makes it where there is none.
    ///
    /// # Errors
    /// [`IdentityError::Store`] when it cannot be used.
    pub fn open(state: &Path, limits: Limits) -> Result<Self, IdentityError> {
        let store = Store::open(state)?;
        let mut known = State::default();
        for (user, account) in store.load(Table::Accounts)? {
            known.accounts.insert(user.parse()?, account);
        }
        for (id, session) in store.load::<Session>(Table::Sessions)? {
            if let Some(id) = Digest::from_hex(&id).filter(|_| known.accounts.contains_key(&session.user)) {
                known.sessions.insert(id, session);
            }
        }
        known.tokens = store.load(Table::Tokens)?.into_iter().collect();
        known.keys = store.load(Table::Keys)?.into_iter().collect();
        Ok(Self { limits, store: Mutex::new(store), state: RwLock::new(known), throttle: Mutex::default(), decoy: OnceLock::new() })
    }

    /// How long sessions live.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Who shows the secret of a session. A hash and a map's search.
    #[must_use]
    pub fn by_session(&self, shown: &str, now: Timestamp) -> Option<Known> {
        let id = Digest::of(shown);
        let state = self.state.read();
        let session = state.sessions.get(&id)?;
        let account = state.accounts.get(&session.user).filter(|account| !account.edit.blocked)?;
        if !session.touch(now, self.limits) {
            return None;
        }
        let pass =
            Pass { actor: Actor::User(session.user.clone()), role: account.edit.role, org: account.edit.org.clone(), only: ActionSet::ALL };
        Some(Known { pass, session: Some(id), ends: session.ends.subscribe() })
    }

    /// Whether nobody could administer: the first administrator is still to be made.
    #[must_use]
    pub fn is_new(&self) -> bool {
        !self.state.read().accounts.values().any(Account::administers)
    }

    /// A code with which an administrator is made who chooses his own name: the first, or one more where all others are locked out.
    /// The one before is void.
    pub fn set_up_code(&self) -> String {
        let code = secret::code();
        self.state.write().set_up_code = Some(secret::digest_of_code(&code));
        code
    }

    /// Whether such a code waits to be used.
    #[must_use]
    pub fn wants_set_up(&self) -> bool {
        self.state.read().set_up_code.is_some()
    }

    /// Ends what is over, and writes when sessions were last used. To be called now and then.
    ///
    /// # Errors
    /// [`IdentityError::Store`].
    pub fn sweep(&self, now: Timestamp) -> Result<(), IdentityError> {
        let store = self.store.lock();
        // Copied out: nobody waits for the disk who only wants to look.
        let (used, over): (Vec<_>, Vec<Digest>) = {
            let state = self.state.read();
            let used = state.sessions.iter().filter(|(_, session)| session.wants_keeping());
            let over = |(_, session): &(&Digest, &Session)| session.until(self.limits) <= now;
            (
                used.map(|(id, session)| (id.to_hex(), serde_json::json!(session))).collect(),
                state.sessions.iter().filter(over).map(|(id, _)| *id).collect(),
            )
        };
        for (id, session) in &used {
            store.put(Table::Sessions, id, session)?;
        }
        self.end_all(&store, &over)?;
        self.sweep_tokens(&store, now)
    }

    pub(super) fn decoy(&self) -> &str {
        // Where the system gives no chance for a salt, no password is right either.
        self.decoy.get_or_init(|| password::hash("decoy", &secret::session()).unwrap_or_default())
    }

    /// Ends sessions.
    pub(super) fn end_all(&self, store: &Store, ids: &[Digest]) -> Result<(), IdentityError> {
        for id in ids {
            store.remove(Table::Sessions, &id.to_hex())?;
            if let Some(session) = self.state.write().sessions.remove(id) {
                session.ends.send_replace(true);
            }
        }
        Ok(())
    }

    /// Whether somebody has a role by the accounts.
    pub(super) fn other_administrator(&self, user: &UserId) -> bool {
        self.state.read().accounts.iter().any(|(other, account)| other != user && account.administers())
    }
}

/// Keeps an organisation from a role that is of the whole city.
///
/// # Errors
/// [`IdentityError::WholeCity`].
pub(super) const fn fits(role: Role, org: Option<&OrgId>) -> Result<(), IdentityError> {
    if role.is_of_the_whole_city() && org.is_some() { Err(IdentityError::WholeCity(role)) } else { Ok(()) }
}

/// Whether a change takes the role of an administrator.
pub(super) fn keeps_role(account: &Account, role: Role, blocked: bool) -> bool {
    !account.administers() || (role == Role::Administrator && !blocked)
}
