//! TLS on the doors of the binary that ships: certificates made here, a TLS client that checks them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{
    fs,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::Duration,
};

use citygate::ingest::binary::frame::{self, Reply};
use common::{PATIENCE, Server, wait};
use futures_util::{SinkExt, StreamExt};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tempfile::TempDir;
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring},
};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

const HTTPS: &str = "[http.tls]\ncertificate = \"STATE/http.pem\"\nkey = \"STATE/http.key\"\n";

/// Signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
struct Pair {
    certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn sign(&self) -> Pair {
        let params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.0).unwrap();
        Pair { certificate: signed.der().clone(), pem: signed.pem(), key }
    }

    /// A client that trusts this authority alone, with a certificate of its own or without.
    fn client(&self, own: Option<Pair>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        Arc::new(match own {
            None => builder.with_no_client_auth(),
            Some(pair) => {
                let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pair.key.serialize_der()));
                builder.with_client_auth_cert(vec![pair.certificate], key).unwrap()
            }
        })
    }
}

impl Pair {
    fn write(&self, folder: &Path, name: &str) {
        fs::write(folder.join(format!("{name}.pem")), &self.pem).unwrap();
        fs::write(folder.join(format!("{name}.key")), self.key.serialize_pem()).unwrap();
    }
}

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn connect(config: &Arc<ClientConfig>, address: SocketAddr) -> Tls {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(config.clone(), name).unwrap(), socket)
}

/// One request; the whole answer as text.
fn ask(tls: &mut Tls, server: &Server, method: &str, target: &str, headers: &str) -> io::Result<String> {
    write!(tls, "{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\nConnection: close\r\n{headers}\r\n", server.http)?;
    let mut bytes = Vec::new();
    tls.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn start(state: TempDir, config: &str) -> Server {
    let config = config.replace("STATE", state.path().to_str().unwrap());
    Server::start_logged(state, &config)
}

#[test]
fn pages_come_by_tls_and_by_nothing_else() {
    let (authority, state) = (Authority::new(), TempDir::new().unwrap());
    authority.sign().write(state.path(), "http");
    let server = start(state, HTTPS);
    let client = authority.client(None);
    let get = |headers| ask(&mut connect(&client, server.http), &server, "GET", "/healthz", headers).unwrap();
    let answer = get("");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\r\nstrict-transport-security: max-age=31536000\r\n"), "{answer}");
    // Fixes without a content type are refused as such once the page may send them.
    let post = |origin: &str| {
        let origin = format!("Origin: {origin}://{}\r\n", server.http);
        ask(&mut connect(&client, server.http), &server, "POST", "/v1/fixes", &origin).unwrap()
    };
    let (own, foreign) = (post("https"), post("http"));
    assert!(own.starts_with("HTTP/1.1 415"), "{own}");
    assert!(foreign.starts_with("HTTP/1.1 403") && foreign.contains("foreign-origin"), "{foreign}");

    let mut plain = TcpStream::connect(server.http).unwrap();
    plain.set_read_timeout(Some(PATIENCE)).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut said = Vec::new();
    let _reset = plain.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&said));
    let stranger = Authority::new().client(None);
    ask(&mut connect(&stranger, server.http), &server, "GET", "/healthz", "").unwrap_err();
}

#[test]
fn a_session_is_kept_for_this_host_over_tls_alone() {
    let (authority, state) = (Authority::new(), TempDir::new().unwrap());
    authority.sign().write(state.path(), "http");
    let config = HTTPS.replace("STATE", state.path().to_str().unwrap());
    let server = Server::start_closed(state, &config);
    let client = authority.client(None);
    let send = |method: &str, target: &str, headers: &str, body: &str| {
        let mut tls = connect(&client, server.http);
        let length = body.len();
        let head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {length}\r\n", server.http);
        write!(tls, "{head}Content-Type: application/json\r\n{headers}\r\n{body}").unwrap();
        let mut bytes = Vec::new();
        tls.read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let cookie = |answer: &str| {
        let set = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_else(|| panic!("{answer}"));
        let (pair, rules) = set.split_once("; ").unwrap();
        // A browser takes the name for what it says with these three alone, and with no Domain.
        assert!(pair.starts_with("__Host-citygate=") && rules == "Path=/; HttpOnly; Secure; SameSite=Strict", "{set}");
        pair.to_owned()
    };
    let code = server.set_up_code.as_deref().unwrap();
    let first = format!(r#"{{"code": "{code}", "user": "chief", "name": "局长", "password": "a heron by the river"}}"#);
    let made = cookie(&send("POST", "/v1/session/code", "", &first));
    let signed_in = cookie(&send("POST", "/v1/session", "", r#"{"user": "chief", "password": "a heron by the river"}"#));
    assert_ne!(made, signed_in);
    let who = |cookie: &str| send("GET", "/v1/session", &format!("Cookie: {cookie}\r\n"), "");
    assert!(who(&signed_in).contains(r#""actor":"user:chief""#));
    // A page without TLS, or of a neighbour's name, can set one without the prefix.
    let planted = signed_in.strip_prefix("__Host-").unwrap();
    assert!(who(planted).contains(r#""actor":null"#));
    let out = send("DELETE", "/v1/session", &format!("Cookie: {signed_in}\r\nX-Citygate: 1\r\n"), "");
    assert!(out.starts_with("HTTP/1.1 204") && out.contains("__Host-citygate=; Path=/; HttpOnly; Secure; Max-Age=0"), "{out}");
    assert!(who(&signed_in).contains(r#""actor":null"#));
}

#[test]
fn a_new_certificate_is_taken_and_a_wrong_one_is_not() {
    let (first, second, third) = (Authority::new(), Authority::new(), Authority::new());
    let state = TempDir::new().unwrap();
    first.sign().write(state.path(), "http");
    let server = start(state, HTTPS);
    let folder = server.file("");
    let gets = |authority: &Authority| ask(&mut connect(&authority.client(None), server.http), &server, "GET", "/healthz", "").is_ok();
    assert!(gets(&first) && !gets(&second));
    // A connection that is open outlives its certificate.
    let mut open = connect(&first.client(None), server.http);
    open.flush().unwrap();
    while open.conn.is_handshaking() {
        open.conn.complete_io(&mut open.sock).unwrap();
    }
    second.sign().write(&folder, "http");
    wait(|| gets(&second).then_some(()));
    assert!(!gets(&first));
    assert!(ask(&mut open, &server, "GET", "/healthz", "").unwrap().starts_with("HTTP/1.1 200"));

    let log = || fs::read_to_string(server.file("log")).unwrap();
    fs::write(folder.join("http.pem"), "no certificate").unwrap();
    server.signal("-HUP");
    wait(|| log().contains("http.pem has no certificate in PEM").then_some(()));
    assert!(gets(&second), "what was there before stays");
    fs::write(folder.join("http.pem"), third.sign().pem).unwrap();
    server.signal("-HUP");
    wait(|| log().contains("http.key").then_some(()));
    assert!(gets(&second), "a certificate without its key is none");
    third.sign().write(&folder, "http");
    server.signal("-HUP");
    wait(|| gets(&third).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_speaks_tls_and_hears_the_stop() {
    let (authority, state) = (Authority::new(), TempDir::new().unwrap());
    authority.sign().write(state.path(), "http");
    let server = start(state, HTTPS);
    // One that never shakes hands, and one that says nothing after it: the stop does not wait for them.
    let _silent = TcpStream::connect(server.http).unwrap();
    let connector = TlsConnector::from(authority.client(None));
    let tls = async || {
        let socket = tokio::net::TcpStream::connect(server.http).await.unwrap();
        connector.connect(ServerName::try_from("localhost").unwrap(), socket).await.unwrap()
    };
    let _idle = tls().await;
    let request = format!("wss://{}/v1/ask", server.http).into_client_request().unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, tls().await).await.unwrap();
    socket.send(Message::text(r#"{"id":1,"ask":"/v1/city"}"#)).await.unwrap();
    let answer = socket.next().await.unwrap().unwrap();
    assert!(answer.to_text().unwrap().starts_with(r#"{"id":1,"status":200,"#), "{answer}");
    let stopped = tokio::task::spawn_blocking(move || server.terminate("-TERM"));
    let goodbye = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(&goodbye, Message::Close(Some(frame)) if u16::from(frame.code) == 1001), "{goodbye:?}");
    let (status, took) = stopped.await.unwrap();
    assert_eq!((status.code(), took < Duration::from_secs(5)), (Some(0), true), "{took:?}");
}

#[test]
fn a_gateway_without_a_certificate_of_ours_is_not_let_in() {
    let (authority, state) = (Authority::new(), TempDir::new().unwrap());
    authority.sign().write(state.path(), "gateway");
    fs::write(state.path().join("authority.pem"), authority.0.pem()).unwrap();
    let config = "[gateway.tls]\ncertificate = \"STATE/gateway.pem\"\nkey = \"STATE/gateway.key\"\nclient_ca = \"STATE/authority.pem\"\n";
    let server = start(state, config);
    let hello = |client: &Arc<ClientConfig>| {
        let mut tls = connect(client, server.gateway);
        let mut out = Vec::new();
        frame::hello(&mut out, None);
        tls.write_all(&out)?;
        let mut welcome = [0; 10];
        tls.read_exact(&mut welcome).map(|()| welcome)
    };
    let welcome = hello(&authority.client(Some(authority.sign()))).unwrap();
    assert!(matches!(Reply::next(&mut welcome.as_slice()).unwrap(), Some(Reply::Welcome { .. })));
    hello(&authority.client(None)).unwrap_err();
    hello(&authority.client(Some(Authority::new().sign()))).unwrap_err();
}

#[test]
fn a_certificate_that_is_missing_stops_the_start() {
    let state = TempDir::new().unwrap();
    let path = state.path().join("citygate.toml");
    for (config, words) in [
        ("[http.tls]\ncertificate = \"/nowhere/a.pem\"\nkey = \"/nowhere/a.key\"\n", "cannot read /nowhere/a.pem"),
        ("[http.tls]\ncertificate = \"/nowhere/a.pem\"\n", "http.tls.key"),
        ("[gateway.tls]\nclient_ca = \"/nowhere/ca.pem\"\n", "gateway.tls.certificate"),
    ] {
        fs::write(&path, config).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_citygate"))
            .args(["serve", "--http", "127.0.0.1:0", "--jt808", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--config"])
            .arg(&path)
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && error.contains(words), "{error}");
    }
}
