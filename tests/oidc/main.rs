//! Signing in by a provider of identities, on the binary that ships: by a real one, and by one that lies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod browser;
#[path = "../common/mod.rs"]
mod common;
mod liar;

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
};

use browser::{Browser, param};
use citygate::journal;
use common::{Server, data};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

/// What this server shows the provider.
const SECRET: &str = "a-secret-of-two-servers";
const PASSWORD: &str = "a heron by the river";

/// An organisation of the sample city.
fn station() -> String {
    let organisations: Value = serde_json::from_slice(&std::fs::read(data().join("organisations.json")).unwrap()).unwrap();
    let found = organisations.as_array().unwrap().iter().find(|org| !org["parent"].is_null()).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

/// A real provider, of the package that `web` has.
struct Provider {
    child: Child,
    issuer: String,
    /// Open as long as it runs: it goes on to write there.
    _said: BufReader<ChildStdout>,
}

impl Provider {
    fn start() -> Self {
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let mut node = Command::new("node");
        node.current_dir(web).arg("e2e/provider.mjs").env("CLIENT_SECRET", SECRET).env("STATION", station());
        let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        assert!(line.starts_with("http://"), "the provider did not start: `npm ci` in web installs it");
        Self { child, issuer: line.trim().to_owned(), _said: said }
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A server that agrees with a provider, and whoever administers it with a password.
struct House {
    server: Server,
    chief: String,
    secrets: Vec<String>,
}

fn config(issuer: &str, more: &str, state: &Path) -> String {
    std::fs::write(state.join("client-secret"), format!("{SECRET}\n")).unwrap();
    let roles = "roles = { \"值班员\" = \"dispatcher\", \"指挥\" = \"commander\" }";
    format!(
        "[log]\nfilter = \"debug\"\n[access.oidc]\nissuer = \"{issuer}\"\nname = \"市局统一认证\"\nclient_id = \"citygate\"\n\
         client_secret_file = \"{}/client-secret\"\n{roles}\norg_claim = \"station\"\n{more}",
        state.display()
    )
}

impl House {
    fn start(issuer: &str) -> Self {
        Self::start_with(issuer, "")
    }

    /// With more lines of the provider's section.
    fn start_with(issuer: &str, more: &str) -> Self {
        let state = TempDir::new().unwrap();
        let config = config(issuer, more, state.path());
        let server = Server::start_closed(state, &config);
        let code = server.set_up_code.clone().unwrap();
        let first = json!({"code": code, "user": "chief", "name": "局长", "password": PASSWORD});
        let made = server.send_json("POST", "/v1/session/code", &first);
        let chief = made.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Self { server, chief, secrets: vec![SECRET.to_owned(), code] }
    }

    fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.server.http)
    }

    /// Sends a browser to the provider, to go on to `to`.
    fn begin(&self, browser: &mut Browser, to: &str) -> String {
        browser.next(&self.url(&format!("/signin/provider?to={to}")), None)
    }

    /// A browser that comes back to this address: why it is refused, if it is.
    fn finish(&mut self, browser: &mut Browser, back: &str) -> Option<String> {
        self.secrets.extend(param(back, "code"));
        let to = browser.next(back, None);
        self.secrets.extend(browser.cookie(self.server.http, "citygate").map(str::to_owned));
        param(&to, "refused")
    }

    /// The whole way by the real provider.
    fn sign_in(&mut self, login: &str) -> (Browser, Option<String>) {
        let mut browser = Browser::default();
        let there = self.begin(&mut browser, "/");
        let back = browser.sign_in_there(&there, login);
        let refused = self.finish(&mut browser, &back);
        (browser, refused)
    }

    /// The whole way by the one that lies: who is signed in, or why nobody.
    fn tell(&mut self, lie: &str) -> (Value, Option<String>) {
        let mut browser = Browser::default();
        let back = self.lie(&mut browser, lie);
        let refused = self.finish(&mut browser, &back);
        (self.who(&mut browser)["actor"].clone(), refused)
    }

    /// The address to which the one that lies sends a browser back.
    fn lie(&self, browser: &mut Browser, lie: &str) -> String {
        let there = self.begin(browser, "/");
        let [state, nonce] = ["state", "nonce"].map(|name| param(&there, name).unwrap());
        self.url(&format!("/signin/callback?code={lie}.{nonce}&state={state}"))
    }

    fn who(&self, browser: &mut Browser) -> Value {
        browser.ask(&self.url("/v1/session"), None).json()
    }

    fn chief(&self, method: &str, target: &str, body: &Value) -> common::Answer {
        let headers = [("Content-Type", "application/json"), ("Cookie", self.chief.as_str()), ("X-Citygate", "1")];
        self.server.send(method, target, &headers, body.to_string().as_bytes())
    }

    /// Stops the server; its journal as text. No secret is in it or in the log.
    fn end(mut self) -> (TempDir, String) {
        self.server.signal("-TERM");
        assert!(self.server.ended().success());
        let state = self.server.kill();
        let log = std::fs::read_to_string(state.path().join("log")).unwrap();
        let mut rows = Vec::new();
        journal::export(state.path(), 1, &mut rows).unwrap().unwrap();
        let rows = String::from_utf8(rows).unwrap();
        for secret in &self.secrets {
            assert!(!log.contains(secret), "the log has {secret}");
            assert!(!rows.contains(secret), "the journal has {secret}");
        }
        (state, rows)
    }
}

#[test]
fn people_sign_in_by_a_real_provider() {
    let provider = Provider::start();
    let mut house = House::start(&provider.issuer);
    assert_eq!(house.server.ask("/v1/session")["provider"], "市局统一认证");

    let mut browser = Browser::default();
    let there = house.begin(&mut browser, "/account%3Flang=zh");
    assert!(there.starts_with(&provider.issuer) && param(&there, "code_challenge_method").as_deref() == Some("S256"), "{there}");
    let back = browser.sign_in_there(&there, "li.na");
    let sign_in = browser.cookie(house.server.http, "citygate-signin").unwrap().to_owned();
    let answer = browser.ask(&back, None);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account?lang=zh")));
    let set = answer.header("set-cookie").unwrap();
    assert!(set.starts_with("citygate=") && set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
    assert_eq!(browser.cookie(house.server.http, "citygate-signin"), None);
    house.secrets.extend([param(&back, "code").unwrap(), browser.cookie(house.server.http, "citygate").unwrap().to_owned()]);
    let who = house.who(&mut browser);
    assert_eq!(
        (&who["actor"], &who["name"], &who["role"], &who["org"]),
        (&json!("user:li.na"), &json!("李娜"), &json!("dispatcher"), &json!(station()))
    );
    let open = browser.ask(&house.url("/v1/sessions"), None).json();
    assert_eq!((open.as_array().unwrap().len(), &open[0]["this"]), (1, &json!(true)));

    // The same code again, in the same browser: the provider knows it is used.
    let replay = [("Cookie", format!("citygate-signin={sign_in}"))];
    let replay: Vec<_> = replay.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let target = back.strip_prefix(&house.url("")).unwrap();
    let again = house.server.send("GET", target, &replay, b"");
    assert_eq!(param(again.header("location").unwrap(), "refused").as_deref(), Some("refused"));
    // In another one, or with another state.
    let elsewhere = house.server.send("GET", target, &[], b"");
    assert_eq!(param(elsewhere.header("location").unwrap(), "refused").as_deref(), Some("stale"));
    let wrong = format!("/signin/callback?code=x&state={}", "0".repeat(64));
    let wrong = house.server.send("GET", &wrong, &replay, b"");
    assert_eq!(param(wrong.header("location").unwrap(), "refused").as_deref(), Some("stale"));
    // Somebody who changes his mind there.
    let mut other = Browser::default();
    let there = house.begin(&mut other, "//evil.example");
    let state = param(&there, "state").unwrap();
    let gone = house.url(&format!("/signin/callback?error=access_denied&state={state}"));
    let to = other.next(&gone, None);
    assert_eq!((param(&to, "refused").as_deref(), param(&to, "to").as_deref()), (Some("refused"), Some("/")));

    let (mut chen, refused) = house.sign_in("chen.bo");
    assert_eq!((refused, &house.who(&mut chen)["role"]), (None, &json!("commander")));
    for (login, why) in [("wang.wu", "no_role"), ("zhao.liu", "no_org"), ("chief", "taken"), ("nobody", "no_role")] {
        let (mut browser, refused) = house.sign_in(login);
        assert_eq!((refused.as_deref(), &house.who(&mut browser)["actor"]), (Some(why), &Value::Null), "{login}");
    }
    // Another session of the same person, listed beside the first.
    let (mut second, refused) = house.sign_in("li.na");
    assert_eq!(refused, None);
    assert_eq!(second.ask(&house.url("/v1/sessions"), None).json().as_array().unwrap().len(), 2);

    // What the provider says is not said here; whom it lets in may be kept out here.
    let li = |role: &str, blocked| json!({"name": "李娜", "role": role, "org": station(), "blocked": blocked});
    house.chief("PUT", "/v1/accounts/li.na", &li("commander", false)).problem(409, "conflict");
    house.chief("POST", "/v1/accounts/li.na/code", &json!({})).problem(409, "conflict");
    let put = house.chief("PUT", "/v1/accounts/li.na", &li("dispatcher", true));
    assert_eq!((put.status, &put.json()["provided"]), (200, &json!(true)));
    assert_eq!(house.who(&mut second)["actor"], Value::Null);
    assert_eq!(house.sign_in("li.na").1.as_deref(), Some("blocked"));
    let (_, rows) = house.end();
    for word in ["\"signed_in\"", "\"sign_in_refused\"", "\"no_role\"", "\"taken\"", "account/wang.wu"] {
        assert!(rows.contains(word), "the journal has no {word}");
    }
}

#[test]
fn a_provider_that_is_gone_hurts_nobody_else() {
    let mut provider = Provider::start();
    let mut house = House::start(&provider.issuer);
    let mut browser = Browser::default();
    let there = house.begin(&mut browser, "/");
    let back = browser.sign_in_there(&there, "li.na");
    provider.stop();
    assert_eq!(house.finish(&mut browser, &back).as_deref(), Some("unavailable"));
    assert_eq!(house.chief("GET", "/v1/units?limit=1", &json!({})).status, 200);
    let (state, _) = house.end();
    // A server that has never heard of it.
    let config = config(&provider.issuer, "", state.path());
    let server = Server::start_closed(state, &config);
    let to = Browser::default().next(&format!("http://{}/signin/provider", server.http), None);
    assert_eq!(param(&to, "refused").as_deref(), Some("unavailable"));
    let signed_in = server.send_json("POST", "/v1/session", &json!({"user": "chief", "password": PASSWORD}));
    assert_eq!(signed_in.status, 200, "whoever has a password signs in as ever");
}

#[test]
fn a_provider_that_lies_lets_nobody_in() {
    let mut house = House::start(&liar::start());
    let sun = json!("user:sun.qi");
    assert_eq!(house.tell("honest"), (sun.clone(), None));
    assert_eq!(house.tell("rotated"), (sun.clone(), None));
    assert_eq!(house.tell("honest"), (sun, None), "the older key is still the provider's");
    let lies = [
        ("nonce", "token"),
        ("audience", "token"),
        ("issuer", "token"),
        ("expired", "token"),
        ("forged", "token"),
        ("unknown", "token"),
        ("unsigned", "token"),
        ("hmac", "token"),
        ("somebody", "taken"),
        ("refused", "refused"),
        ("broken", "unavailable"),
        ("garbage", "unavailable"),
        ("huge", "unavailable"),
    ];
    for (lie, why) in lies {
        assert_eq!(house.tell(lie), (Value::Null, Some(why.to_owned())), "{lie}");
    }
    // One that never answers is given up, and nobody else waits for it.
    let mut browser = Browser::default();
    let slow = house.lie(&mut browser, "slow");
    let given_up = std::thread::spawn(move || browser.next(&slow, None));
    assert_eq!(house.server.get("/healthz").status, 200);
    assert_eq!(house.tell("honest").1, None);
    assert!(!given_up.is_finished(), "all that was done while it waited");
    assert_eq!(param(&given_up.join().unwrap(), "refused").as_deref(), Some("unavailable"));
    // Whoever tries again and again must wait.
    let waits = (0..40).any(|_| house.tell("nonce").1.as_deref() == Some("wait"));
    assert!(waits);
    house.end();
}

#[test]
fn a_provider_is_trusted_by_its_certificate() {
    let authority = || {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    };
    let (ours, strange, folder) = (authority(), authority(), TempDir::new().unwrap());
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &ours).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let tls = builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let issuer = liar::start_with(Arc::new(tls));
    let start = |name: &str, pem: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        House::start_with(&issuer, &format!("ca = \"{}\"\n", path.display()))
    };
    let mut house = start("ours.pem", ours.pem());
    assert_eq!(house.tell("honest"), (json!("user:sun.qi"), None));
    house.end();
    let house = start("strange.pem", strange.pem());
    let to = Browser::default().next(&house.url("/signin/provider"), None);
    assert_eq!(param(&to, "refused").as_deref(), Some("unavailable"));
    house.end();
}
