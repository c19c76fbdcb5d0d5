//! Programs: the tokens that they have.

use super::{
    DAYS_MAX, Digest, Identity, IdentityError, Known, Token,
    desk::fits,
    secret,
    store::{Store, Table},
    token::{Key, TEXT_BYTES_MAX, key_of},
};
use crate::{
    access::{ActionSet, Pass, Role},
    model::{Actor, OrgId, Timestamp},
};

/// The most tokens that are remembered, revoked ones too until they would have ended.
pub(super) const TOKENS_MAX: usize = 10_000;
/// A key signs for so long; then a new one does, and the old one verifies what it signed until that is over.
const KEY_MS: i64 = 90 * DAY_MS;
/// The most texts that are known to be right.
const CHECKED_MAX: usize = 4_096;
/// One day, ms.
const DAY_MS: i64 = 86_400_000;

/// What a token is to be.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Whose.
    pub actor: Actor,
    /// What it may do.
    pub role: Role,
    /// The organisation that it sees and orders; the whole city where there is none.
    pub org: Option<OrgId>,
    /// The single actions that it is for, of those of its role.
    pub only: ActionSet,
    /// How long it lives.
    pub days: u32,
}

/// A token that was given just now.
pub struct Issued {
    /// Its name.
    pub id: String,
    /// What the program shows: said once.
    pub text: String,
    /// When it is over.
    pub expires: Timestamp,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Issued({})", self.id)
    }
}

impl Identity {
    /// Signs a token.
    ///
    /// # Errors
    /// [`IdentityError::Days`], [`IdentityError::Full`] or [`IdentityError::Store`].
    pub fn issue(&self, grant: Grant, now: Timestamp) -> Result<Issued, IdentityError> {
        if !(1..=DAYS_MAX).contains(&grant.days) {
            return Err(IdentityError::Days);
        }
        fits(grant.role, grant.org.as_ref())?;
        let store = self.store.lock();
        let count = self.state.read().tokens.len();
        if count >= TOKENS_MAX {
            return Err(IdentityError::Full(count, "tokens"));
        }
        let (key_name, key) = self.key(&store, now)?;
        let Grant { actor, role, org, only, days } = grant;
        let expires = now.plus_ms(i64::from(days) * DAY_MS);
        let token = Token { actor, role, org, only, key: key_name, issued: now, expires, revoked: None, ends: Default::default() };
        let id = secret::name();
        let text = key.sign(&id, &token).ok_or(IdentityError::Sign)?;
        store.put(Table::Tokens, &id, &token)?;
        self.state.write().tokens.insert(id.clone(), token);
        Ok(Issued { id, text, expires })
    }

    /// The key that signs now.
    fn key(&self, store: &Store, now: Timestamp) -> Result<(String, Key), IdentityError> {
        let newest = self.state.read().keys.iter().max_by_key(|(_, key)| key.created).map(|(name, key)| (name.clone(), key.clone()));
        if let Some(found) = newest.filter(|(_, key)| now.ms_since(key.created) < KEY_MS) {
            return Ok(found);
        }
        let (name, key) = (secret::name(), Key::new(now));
        store.put(Table::Keys, &name, &key)?;
        self.state.write().keys.insert(name.clone(), key.clone());
        Ok((name, key))
    }

    /// Who shows a token. The signature of a text is looked at once; after that it is a hash and two searches in maps.
    ///
    /// # Errors
    /// [`IdentityError::BadToken`].
    pub fn by_token(&self, text: &str, now: Timestamp) -> Result<Known, IdentityError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(IdentityError::BadToken);
        }
        let digest = Digest::of(text);
        let checked = self.state.read().checked.get(&digest).cloned();
        let id = match checked {
            Some(id) => id,
            None => self.check(text, digest).ok_or(IdentityError::BadToken)?,
        };
        let state = self.state.read();
        let token = state.tokens.get(&id).filter(|token| token.is_good(now)).ok_or(IdentityError::BadToken)?;
        let pass = Pass { actor: token.actor.clone(), role: token.role, org: token.org.clone(), only: token.only };
        Ok(Known { pass, session: None, ends: token.ends.subscribe() })
    }

    fn check(&self, text: &str, digest: Digest) -> Option<String> {
        let key = key_of(text).and_then(|name| self.state.read().keys.get(&name).cloned())?;
        let id = key.verify(text)?;
        let mut state = self.state.write();
        if state.checked.len() >= CHECKED_MAX {
            state.checked.clear();
        }
        state.checked.insert(digest, id.clone());
        Some(id)
    }

    /// Revokes a token: at once, its open sockets too.
    ///
    /// # Errors
    /// [`IdentityError::UnknownToken`].
    pub fn revoke(&self, id: &str, now: Timestamp) -> Result<Token, IdentityError> {
        let store = self.store.lock();
        let mut token = self.state.read().tokens.get(id).cloned().ok_or(IdentityError::UnknownToken)?;
        token.revoked.get_or_insert(now);
        store.put(Table::Tokens, id, &token)?;
        token.ends.send_replace(true);
        self.state.write().tokens.insert(id.to_owned(), token.clone());
        Ok(token)
    }

    /// All tokens by name, revoked ones too until they would have ended.
    #[must_use]
    pub fn tokens(&self) -> Vec<(String, Token)> {
        self.state.read().tokens.iter().map(|(id, token)| (id.clone(), token.clone())).collect()
    }

    /// Forgets tokens that are over, and keys that signed none of those that are left.
    pub(super) fn sweep_tokens(&self, store: &Store, now: Timestamp) -> Result<(), IdentityError> {
        let over = |(_, token): &(&String, &Token)| token.expires <= now;
        let tokens: Vec<String> = self.state.read().tokens.iter().filter(over).map(|(id, _)| id.clone()).collect();
        for id in &tokens {
            store.remove(Table::Tokens, id)?;
            if let Some(token) = self.state.write().tokens.remove(id) {
                token.ends.send_replace(true);
            }
        }
        let keys: Vec<String> = {
            let state = self.state.read();
            let idle = |(name, key): &(&String, &Key)| {
                now.ms_since(key.created) >= KEY_MS && state.tokens.values().all(|token| token.key != **name)
            };
            state.keys.iter().filter(idle).map(|(name, _)| name.clone()).collect()
        };
        for name in &keys {
            store.remove(Table::Keys, name)?;
            self.state.write().keys.remove(name);
        }
        Ok(())
    }
}
