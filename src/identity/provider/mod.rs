//! Another house that knows people: a provider of identities (OpenID Connect, authorization code with PKCE).
//!
//! A browser is sent there with [`Provider::begin`] and comes back with a code, for which [`Provider::finish`] gets a signed token
//! from the provider itself and finds in it who has signed in. Between the two this server remembers nothing: state, nonce and
//! PKCE verifier are hashes of one secret that the browser keeps in a cookie, so whoever comes back without it is turned away.
//!
//! What the provider says of itself is asked for when somebody first signs in, and kept for an hour; a token signed with a key that
//! is not known has the keys read anew. Every answer has a time and a length, and so many wait for the provider at most: a provider
//! that hangs costs nobody else anything.

mod claims;
mod client;
mod id_token;

use std::{collections::BTreeMap, path::Path, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::{
    sync::{Mutex, Semaphore},
    time::Instant,
};

pub use claims::{ClaimRules, Claimed};
use client::Client;
pub use client::is_fit;
use id_token::TokenError;

use super::{Digest, secret};
use crate::tls::TlsError;

/// How long the provider may take, with everything that is asked of it for one step of a sign-in.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long what the provider says of itself holds.
const METADATA_AGE: Duration = Duration::from_secs(3_600);
/// How many sign-ins may wait for the provider.
const WAITING_MAX: usize = 32;

/// What is agreed with a provider.
#[derive(Clone)]
pub struct Agreement {
    /// The provider as it calls itself in its tokens, to the byte.
    pub issuer: String,
    /// Its name before people.
    pub name: String,
    /// What this server is called there.
    pub client_id: String,
    /// How it shows that it is.
    pub client_secret: String,
    /// What is asked for.
    pub scopes: String,
    /// How claims become people.
    pub rules: ClaimRules,
}

impl std::fmt::Debug for Agreement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Agreement({} as {})", self.issuer, self.client_id)
    }
}

/// Why nobody is signed in. Never says what was shown.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// Too many wait for it.
    #[error("{WAITING_MAX} sign-ins wait for the provider already")]
    Busy,
    /// It took too long.
    #[error("the provider did not answer within {} s", PATIENCE.as_secs())]
    TimedOut,
    /// It cannot be reached.
    #[error("the provider cannot be reached at {url}: {why}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        why: String,
    },
    /// It answers something else.
    #[error("the provider's answer at {url} is of no use: {why}")]
    Answer {
        /// What was asked.
        url: String,
        /// Why.
        why: String,
    },
    /// It refuses: the person, the code, or this server.
    #[error("the provider refuses: {0}")]
    Refused(String),
    /// Its token does not hold.
    #[error("the provider's token does not hold: {0}")]
    Token(#[from] TokenError),
    /// The token does not say who somebody is in words that fit.
    #[error("the claim {claim} is no user name: it takes 1 to 64 characters of A-Z a-z 0-9 . _ : -")]
    NoUser {
        /// The claim.
        claim: String,
    },
    /// Nothing that the token says is a role here.
    #[error("the claim {claim} has no role of the table access.oidc.roles")]
    NoRole {
        /// The claim.
        claim: String,
        /// Who it is.
        user: crate::model::UserId,
    },
    /// The token names no organisation.
    #[error("the claim {claim} is the id of no organisation")]
    NoOrg {
        /// The claim.
        claim: String,
        /// Who it is.
        user: crate::model::UserId,
    },
}

/// What a provider says of itself (OpenID Connect Discovery 1.0), as far as it matters here.
#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    /// Left out, it is `client_secret_basic`.
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

/// What is known of a provider now.
#[derive(Debug, Clone)]
struct Known {
    metadata: Metadata,
    keys: Vec<Jwk>,
    read: Instant,
}

/// What the token endpoint answers, and how it refuses.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// A provider of identities.
#[derive(Debug)]
pub struct Provider {
    agreement: Agreement,
    client: Client,
    /// Held while it is asked about itself, so that it is asked once for all who wait.
    known: Mutex<Option<Known>>,
    places: Semaphore,
}

/// State, nonce and verifier of one sign-in.
struct Secrets {
    state: String,
    nonce: String,
    verifier: String,
}

impl Secrets {
    /// All from the secret of the browser's cookie, so that none tells another.
    fn of(secret: &str) -> Self {
        let of = |what: &str| Digest::of(&format!("{what} {secret}")).to_hex();
        Self { state: of("state"), nonce: of("nonce"), verifier: of("verifier") }
    }
}

impl Provider {
    /// A provider that nothing has been asked of yet. It is trusted with a certificate of the `authorities`, PEM; of those of the
    /// system where none are given.
    ///
    /// # Errors
    /// [`TlsError`] when the authorities cannot be read.
    pub fn new(agreement: Agreement, authorities: Option<&Path>) -> Result<Self, TlsError> {
        let client = Client::new(&agreement.issuer, authorities)?;
        Ok(Self { agreement, client, known: Mutex::default(), places: Semaphore::new(WAITING_MAX) })
    }

    /// Its name before people.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.agreement.name
    }

    /// Whether that is how it calls itself.
    #[must_use]
    pub fn is_issuer(&self, issuer: &str) -> bool {
        issuer == self.agreement.issuer
    }

    /// The secret of a sign-in, for the browser's cookie.
    #[must_use]
    pub fn secret(&self) -> String {
        secret::session()
    }

    /// The address to which a browser with this secret is sent, to come back to `redirect`.
    ///
    /// # Errors
    /// [`ProviderError`] when the provider does not say where that is.
    pub async fn begin(&self, secret: &str, redirect: &str) -> Result<String, ProviderError> {
        let metadata = self.patiently(async { self.known().await.map(|known| known.metadata) }).await?;
        let Secrets { state, nonce, verifier } = Secrets::of(secret);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.agreement.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", &self.agreement.scopes)
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .finish();
        let endpoint = metadata.authorization_endpoint;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{endpoint}{joint}{query}"))
    }

    /// Whether a browser that comes back with a state is the one that was sent with this secret.
    #[must_use]
    pub fn is_state(&self, secret: &str, state: &str) -> bool {
        // Hashes are compared, so the time that it takes tells nothing of either.
        Digest::of(&Secrets::of(secret).state) == Digest::of(state)
    }

    /// Who has signed in there: gets the token for a code, and checks it.
    ///
    /// # Errors
    /// [`ProviderError`] says why nobody has.
    pub async fn finish(&self, secret: &str, code: &str, redirect: &str) -> Result<Claimed, ProviderError> {
        let Secrets { nonce, verifier, .. } = Secrets::of(secret);
        let claims = self.patiently(async {
            let known = self.known().await?;
            let token = self.token(&known.metadata, code, &verifier, redirect).await?;
            let expected = id_token::Expected { issuer: &self.agreement.issuer, client_id: &self.agreement.client_id, nonce: &nonce };
            match id_token::check(&token, &known.keys, expected) {
                // The provider may have a new key since.
                Err(TokenError::UnknownKey) => Ok(id_token::check(&token, &self.read().await?.keys, expected)?),
                checked => Ok(checked?),
            }
        });
        self.agreement.rules.person(&self.agreement.issuer, &claims.await?)
    }

    /// Does something within the time that the provider has, where there is a place.
    async fn patiently<T>(&self, work: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
        let _place = self.places.try_acquire().map_err(|_| ProviderError::Busy)?;
        tokio::time::timeout(PATIENCE, work).await.map_err(|_| ProviderError::TimedOut)?
    }

    /// What is known of it, asked for where it is not.
    async fn known(&self) -> Result<Known, ProviderError> {
        let mut known = self.known.lock().await;
        match &*known {
            Some(known) if known.read.elapsed() < METADATA_AGE => Ok(known.clone()),
            _ => Ok(known.insert(self.ask().await?).clone()),
        }
    }

    /// The same, asked for anew.
    async fn read(&self) -> Result<Known, ProviderError> {
        let mut known = self.known.lock().await;
        Ok(known.insert(self.ask().await?).clone())
    }

    async fn ask(&self) -> Result<Known, ProviderError> {
        #[derive(Deserialize)]
        struct Keys {
            keys: Vec<Value>,
        }
        let issuer = &self.agreement.issuer;
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let metadata: Metadata = json(&url, &self.client.get(&url).await?)?;
        if metadata.issuer != *issuer {
            let why = format!("it is of another issuer than access.oidc.issuer = {issuer}");
            return Err(ProviderError::Answer { url, why });
        }
        for endpoint in [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri] {
            self.client.check(endpoint)?;
        }
        let keys: Keys = json(&metadata.jwks_uri, &self.client.get(&metadata.jwks_uri).await?)?;
        // Keys of kinds that are not known here are for others.
        let keys = keys.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        Ok(Known { metadata, keys, read: Instant::now() })
    }

    /// The token for a code.
    async fn token(&self, metadata: &Metadata, code: &str, verifier: &str, redirect: &str) -> Result<String, ProviderError> {
        let Agreement { client_id, client_secret, .. } = &self.agreement;
        let mut form =
            BTreeMap::from([("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect), ("code_verifier", verifier)]);
        let methods = metadata.token_endpoint_auth_methods_supported.as_deref().unwrap_or_default();
        let by_header = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
        if !by_header {
            form.extend([("client_id", client_id.as_str()), ("client_secret", client_secret.as_str())]);
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let credentials = by_header.then_some((client_id.as_str(), client_secret.as_str()));
        let url = &metadata.token_endpoint;
        let (status, bytes) = self.client.post(url, credentials, body).await?;
        if status.is_success() {
            return json::<Tokens>(url, &bytes).map(|tokens| tokens.id_token);
        }
        let said: Option<Value> = serde_json::from_slice(&bytes).ok();
        let error = said.as_ref().and_then(|said| said.get("error")?.as_str());
        match error {
            Some(error) if status.is_client_error() => Err(ProviderError::Refused(refusal(error).to_owned())),
            _ => Err(ProviderError::Answer { url: url.clone(), why: format!("it has status {}", status.as_u16()) }),
        }
    }
}

/// The word with which a provider refuses, where it is one of those that the standards have.
#[must_use]
pub fn refusal(error: &str) -> &str {
    let is_word = !error.is_empty() && error.len() <= 64 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_word { error } else { "it does not say why in words that are known" }
}

fn json<T: DeserializeOwned>(url: &str, bytes: &[u8]) -> Result<T, ProviderError> {
    // What is wrong is said without what it is: it may be a token.
    let wrong = |error: serde_json::Error| format!("it is no JSON of the kind ({:?})", error.classify());
    serde_json::from_slice(bytes).map_err(|error| ProviderError::Answer { url: url.to_owned(), why: wrong(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_a_sign_in_are_its_own() {
        let (one, two) = (Secrets::of("a"), Secrets::of("b"));
        let all = [&one.state, &one.nonce, &one.verifier, &two.state, &two.nonce, &two.verifier];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), 6);
        assert!(all.iter().all(|secret| (43..=128).contains(&secret.len())), "as long as RFC 7636 wants it");
    }

    #[test]
    fn a_refusal_is_a_word_or_nothing() {
        assert_eq!(refusal("access_denied"), "access_denied");
        for forged in ["", "a\nWARN forged", "<b>", &"a".repeat(65)] {
            assert!(refusal(forged).starts_with("it does not"), "{forged}");
        }
    }
}
