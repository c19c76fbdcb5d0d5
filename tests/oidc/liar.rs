//! A provider that lies: it signs whatever a code asks for. A code is a lie and the nonce of the sign-in, with a dot between.

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use crate::SECRET;

/// The provider.
#[derive(Clone)]
struct Liar {
    issuer: String,
    /// Whether it has its second key.
    rotated: Arc<AtomicBool>,
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn published(seed: u8) -> Value {
    let x = URL_SAFE_NO_PAD.encode(key(seed).verifying_key().as_bytes());
    json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": format!("k{seed}"), "x": x})
}

fn sign(seed: u8, name: &str, claims: &Value) -> String {
    let header = Header { kid: Some(name.to_owned()), ..Header::new(Algorithm::EdDSA) };
    encode(&header, claims, &EncodingKey::from_ed_der(key(seed).to_pkcs8_der().unwrap().as_bytes())).unwrap()
}

/// A door of its own.
fn door() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Runs something for as long as the test runs.
fn apart(work: impl Future<Output = ()> + Send + 'static) {
    std::thread::spawn(move || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work));
}

/// Starts it; gives what it calls itself.
pub(crate) fn start() -> String {
    let (listener, address) = door();
    let issuer = format!("http://{address}");
    serve(listener, issuer.clone());
    issuer
}

/// The same behind TLS, with a certificate for `localhost`.
pub(crate) fn start_with(tls: Arc<ServerConfig>) -> String {
    let ((listener, address), (outer, outer_address)) = (door(), door());
    let issuer = format!("https://localhost:{}", outer_address.port());
    serve(listener, issuer.clone());
    apart(async move {
        let outer = tokio::net::TcpListener::from_std(outer).unwrap();
        loop {
            let (socket, _) = outer.accept().await.unwrap();
            // Whoever does not trust the certificate is gone.
            let Ok(mut client) = TlsAcceptor::from(tls.clone()).accept(socket).await else { continue };
            let mut inner = tokio::net::TcpStream::connect(address).await.unwrap();
            let _ended = tokio::io::copy_bidirectional(&mut client, &mut inner).await;
        }
    });
    issuer
}

fn serve(listener: TcpListener, issuer: String) {
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/keys", get(keys))
        .route("/token", post(token))
        .with_state(Liar { issuer, rotated: Arc::default() });
    apart(async { axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await.unwrap() });
}

async fn metadata(State(Liar { issuer, .. }): State<Liar>) -> Json<Value> {
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth?tenant=1"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
    }))
}

async fn keys(State(liar): State<Liar>) -> Json<Value> {
    let more = liar.rotated.load(Ordering::SeqCst).then(|| published(2));
    let odd = json!({"kty": "of-a-new-kind", "kid": "k9"});
    let keys: Vec<_> = [Some(odd), Some(published(1)), more].into_iter().flatten().collect();
    Json(json!({"keys": keys}))
}

async fn token(State(liar): State<Liar>, headers: HeaderMap, form: String) -> Response {
    let asked: HashMap<_, _> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let basic = format!("Basic {}", STANDARD.encode(format!("citygate:{SECRET}")));
    assert_eq!(headers[header::AUTHORIZATION], basic);
    assert_eq!(asked["grant_type"], "authorization_code");
    assert!(asked["redirect_uri"].ends_with("/signin/callback") && asked["code_verifier"].len() >= 43);
    let (lie, nonce) = asked["code"].split_once('.').unwrap();
    let now = get_current_timestamp();
    let mut claims = json!({"iss": liar.issuer, "aud": "citygate", "sub": "7", "nonce": nonce, "iat": now, "exp": now + 300,
        "preferred_username": "sun.qi", "name": "孙七", "roles": ["指挥"], "station": crate::station()});
    let unsigned = |algorithm: &str, claims: &Value| {
        let header = json!({"alg": algorithm, "kid": "k1"}).to_string();
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_string()))
    };
    let text = match lie {
        "slow" => return std::future::pending().await,
        "broken" => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "garbage" => return "<html>".into_response(),
        "huge" => return " ".repeat(1 << 20).into_response(),
        "refused" => return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response(),
        "forged" => sign(3, "k1", &claims),
        "unknown" => sign(3, "k3", &claims),
        "unsigned" => unsigned("none", &claims),
        "hmac" => {
            let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::HS256) };
            encode(&header, &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
        }
        "rotated" => {
            liar.rotated.store(true, Ordering::SeqCst);
            sign(2, "k2", &claims)
        }
        _ => {
            match lie {
                "honest" => {}
                "nonce" => claims["nonce"] = json!("of another sign-in"),
                "audience" => claims["aud"] = json!("another"),
                "issuer" => claims["iss"] = json!("http://127.0.0.1:1"),
                "expired" => claims["exp"] = json!(now - 300),
                "somebody" => claims["sub"] = json!("8"),
                other => panic!("{other}"),
            }
            sign(1, "k1", &claims)
        }
    };
    Json(json!({"access_token": "a", "token_type": "Bearer", "id_token": text})).into_response()
}
