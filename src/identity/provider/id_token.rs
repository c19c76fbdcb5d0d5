//! The provider's token: whether it is the provider's, for this server, of this sign-in, and still good.

use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, PublicKeyUse},
};
use serde_json::{Map, Value};

/// What signs: nothing with a secret that both sides have, since who checks could then sign, too.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// So far the provider's clock may be from this one, seconds.
const CLOCK_S: u64 = 60;

/// What is wrong with a token. Never says what is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No key of the provider has its name.
    #[error("the provider has no key that could have signed it")]
    UnknownKey,
    /// It is no token, forged, for somebody else, or over.
    #[error("{0}")]
    Invalid(String),
    /// A claim is not as it must be.
    #[error("{0} is not as it must be")]
    Claim(&'static str),
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Who gives it.
    pub(super) issuer: &'a str,
    /// For whom.
    pub(super) client_id: &'a str,
    /// In which sign-in.
    pub(super) nonce: &'a str,
}

/// The claims of a token that holds (OpenID Connect Core 1.0, section 3.1.3.7).
///
/// # Errors
/// [`TokenError`] says what does not hold.
pub(super) fn check(token: &str, keys: &[Jwk], expected: Expected<'_>) -> Result<Map<String, Value>, TokenError> {
    let invalid = |error: jsonwebtoken::errors::Error| TokenError::Invalid(error.to_string());
    let header = decode_header(token).map_err(invalid)?;
    let algorithm = header.alg;
    if !ALGORITHMS.contains(&algorithm) {
        return Err(TokenError::Invalid(format!("it is signed by {algorithm:?}")));
    }
    let mut rules = Validation::new(algorithm);
    rules.leeway = CLOCK_S;
    rules.validate_nbf = true;
    rules.set_issuer(&[expected.issuer]);
    rules.set_audience(&[expected.client_id]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let fits = |key: &&Jwk| {
        let common = &key.common;
        header.kid.as_ref().is_none_or(|name| common.key_id.as_ref() == Some(name))
            && common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature)
            && common.key_algorithm.is_none_or(|right| right == algorithm.into())
    };
    let fitting = keys.iter().filter(fits).filter_map(|key| DecodingKey::from_jwk(key).ok());
    let fitting = fitting.filter(|key| key.family() == algorithm.family());
    let mut last = TokenError::UnknownKey;
    for key in fitting {
        match decode::<Map<String, Value>>(token, &key, &rules) {
            Ok(data) => return claims(data.claims, expected),
            Err(error) => last = invalid(error),
        }
    }
    Err(last)
}

/// What the signature's own check leaves open.
fn claims(claims: Map<String, Value>, expected: Expected<'_>) -> Result<Map<String, Value>, TokenError> {
    let is = |name: &str, right: &str| claims.get(name).and_then(Value::as_str) == Some(right);
    // Lists of one are the same as the one; of two, the other one is not trusted.
    let alone = |name: &str, right: &str| is(name, right) || claims.get(name) == Some(&Value::from(vec![right]));
    if !is("iss", expected.issuer) {
        return Err(TokenError::Claim("iss"));
    }
    if !alone("aud", expected.client_id) {
        return Err(TokenError::Claim("aud"));
    }
    if claims.contains_key("azp") && !is("azp", expected.client_id) {
        return Err(TokenError::Claim("azp"));
    }
    if !is("nonce", expected.nonce) {
        return Err(TokenError::Claim("nonce"));
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
    use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
    use serde_json::json;

    use super::*;

    const EXPECTED: Expected<'_> = Expected { issuer: "https://login.example", client_id: "citygate", nonce: "n-1" };

    fn signer(seed: u8) -> (EncodingKey, Value) {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let pair = SigningKey::from_bytes(&[seed; 32]);
        let x = URL_SAFE_NO_PAD.encode(pair.verifying_key().as_bytes());
        (
            EncodingKey::from_ed_der(pair.to_pkcs8_der().unwrap().as_bytes()),
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": format!("k{seed}")}),
        )
    }

    fn keys(all: &[&Value]) -> Vec<Jwk> {
        all.iter().map(|key| serde_json::from_value((*key).clone()).unwrap()).collect()
    }

    fn good() -> Value {
        let now = get_current_timestamp();
        json!({"iss": EXPECTED.issuer, "aud": EXPECTED.client_id, "sub": "1", "nonce": "n-1", "iat": now, "exp": now + 300})
    }

    fn sign(key: &EncodingKey, name: &str, claims: &Value) -> String {
        encode(&Header { kid: Some(name.to_owned()), ..Header::new(Algorithm::EdDSA) }, claims, key).unwrap()
    }

    #[test]
    fn a_token_holds_when_all_of_it_does() {
        let (key, public) = signer(1);
        let (other, other_public) = signer(2);
        let known = keys(&[&public]);
        let with = |name: &str, value: Value| {
            let mut claims = good();
            claims[name] = value;
            check(&sign(&key, "k1", &claims), &known, EXPECTED)
        };
        assert_eq!(check(&sign(&key, "k1", &good()), &known, EXPECTED).unwrap()["sub"], "1");
        with("aud", json!([EXPECTED.client_id])).unwrap();
        with("azp", json!(EXPECTED.client_id)).unwrap();
        let now = get_current_timestamp();
        for (name, value) in [
            ("iss", json!("https://evil.example")),
            ("iss", json!([EXPECTED.issuer, "https://evil.example"])),
            ("iss", Value::Null),
            ("aud", json!("another")),
            ("aud", json!([EXPECTED.client_id, "another"])),
            ("aud", json!([])),
            ("azp", json!("another")),
            ("nonce", json!("n-2")),
            ("nonce", Value::Null),
            ("exp", json!(now - 2 * CLOCK_S)),
            ("exp", json!("soon")),
            ("exp", Value::Null),
            ("nbf", json!(now + 2 * CLOCK_S)),
            ("sub", Value::Null),
        ] {
            assert!(with(name, value.clone()).is_err(), "{name} = {value}");
        }
        let forged = sign(&other, "k1", &good());
        assert!(matches!(check(&forged, &known, EXPECTED), Err(TokenError::Invalid(_))));
        let rotated = sign(&other, "k2", &good());
        assert_eq!(check(&rotated, &known, EXPECTED), Err(TokenError::UnknownKey));
        check(&rotated, &keys(&[&public, &other_public]), EXPECTED).unwrap();
        let nameless = encode(&Header::new(Algorithm::EdDSA), &good(), &other).unwrap();
        check(&nameless, &keys(&[&public, &other_public]), EXPECTED).unwrap();
    }

    #[test]
    fn a_secret_that_both_sides_have_signs_nothing() {
        let (_, public) = signer(1);
        let secret = json!({"kty": "oct", "k": "c2VjcmV0", "kid": "k1"});
        let known = keys(&[&public, &secret]);
        let header = |algorithm| Header { kid: Some("k1".to_owned()), ..Header::new(algorithm) };
        let x = public["x"].as_str().unwrap();
        for key in [
            EncodingKey::from_secret(b"secret"),
            EncodingKey::from_base64_secret("c2VjcmV0").unwrap(),
            EncodingKey::from_secret(x.as_bytes()),
        ] {
            let token = encode(&header(Algorithm::HS256), &good(), &key).unwrap();
            assert!(matches!(check(&token, &known, EXPECTED), Err(TokenError::Invalid(_))));
        }
        let body = sign(&signer(1).0, "k1", &good());
        let body = body.split('.').nth(1).unwrap();
        // {"alg":"none","kid":"k1"}
        for forged in ["", ".", "..", "a.b.c", &format!("eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.{body}.")] {
            assert!(matches!(check(forged, &known, EXPECTED), Err(TokenError::Invalid(_))), "{forged}");
        }
    }

    #[test]
    fn a_key_for_something_else_signs_nothing() {
        let (key, mut public) = signer(1);
        public["use"] = json!("enc");
        assert_eq!(check(&sign(&key, "k1", &good()), &keys(&[&public]), EXPECTED), Err(TokenError::UnknownKey));
        public["use"] = json!("sig");
        public["alg"] = json!("RS256");
        assert_eq!(check(&sign(&key, "k1", &good()), &keys(&[&public]), EXPECTED), Err(TokenError::UnknownKey));
    }
}
