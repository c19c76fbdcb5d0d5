//! Signed tokens of programs (JWT, EdDSA), and the keys that sign them.

use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::secret::{hex, unhex};
use crate::{
    access::{ActionSet, Role},
    model::{Actor, OrgId, Timestamp},
};

/// For whom tokens are, and who gives them.
pub const AUDIENCE: &str = "citygate";
/// The longest that a token may live, days.
pub const DAYS_MAX: u32 = 730;
/// The longest text that is looked at: what this server signs is some 500 bytes.
pub(super) const TEXT_BYTES_MAX: usize = 4 * 1024;

/// A token that was given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    /// Whose: a program, or a unit.
    pub actor: Actor,
    /// What it may do.
    pub role: Role,
    /// The organisation that it sees and orders, with all below it; the whole city where there is none.
    pub org: Option<OrgId>,
    /// The single actions that it is for, of those of its role.
    pub only: ActionSet,
    /// The key that signed it.
    pub key: String,
    /// When it was given.
    pub issued: Timestamp,
    /// When it is over.
    pub expires: Timestamp,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// Says that it is over, to the sockets that it opened.
    #[serde(skip)]
    pub(super) ends: watch::Sender<bool>,
}

impl Token {
    /// Whether it opens anything.
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && now < self.expires
    }
}

/// A key that signs.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Key {
    /// The secret, 32 bytes in hexadecimal.
    secret: String,
    pub(super) created: Timestamp,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.created)
    }
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Actor,
    jti: String,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<OrgId>,
    iat: i64,
    exp: i64,
}

impl Key {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { secret: hex(&rand::random::<[u8; 32]>()), created: now }
    }

    fn pair(&self) -> Option<SigningKey> {
        unhex(&self.secret).map(|bytes| SigningKey::from_bytes(&bytes))
    }

    /// The text of a token.
    pub(super) fn sign(&self, id: &str, token: &Token) -> Option<String> {
        let private = self.pair()?.to_pkcs8_der().ok()?;
        let header = Header { kid: Some(token.key.clone()), ..Header::new(Algorithm::EdDSA) };
        let claims = Claims {
            iss: AUDIENCE.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: token.actor.clone(),
            jti: id.to_owned(),
            role: token.role,
            org: token.org.clone(),
            iat: token.issued.unix_ms() / 1_000,
            exp: token.expires.unix_ms() / 1_000,
        };
        encode(&header, &claims, &EncodingKey::from_ed_der(private.as_bytes())).ok()
    }

    /// The name of the token of a text that this key signed, for this server, and that is not over.
    pub(super) fn verify(&self, text: &str) -> Option<String> {
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[AUDIENCE]);
        rules.set_issuer(&[AUDIENCE]);
        rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // This machine's own clock said when it ends.
        rules.leeway = 0;
        let public = DecodingKey::from_ed_der(self.pair()?.verifying_key().as_bytes());
        decode::<Claims>(text, &public, &rules).ok().map(|data| data.claims.jti)
    }
}

/// The name of the key that a text says it was signed with.
pub(super) fn key_of(text: &str) -> Option<String> {
    let header = decode_header(text).ok()?;
    header.kid.filter(|_| header.alg == Algorithm::EdDSA)
}
