//! Who may do what, on the binary that ships: every route with every role and with none, and the ways in that must be shut.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::http::Method;
use citygate::{
    access::{Role, may},
    engine::Event,
    identity::Second,
    ingest::binary::frame::{self, Reply},
    journal::{self, Noted},
    server::{
        guard::Who,
        routes::{QUESTIONS, table},
    },
};
use common::{Answer, PATIENCE, Server};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, client::IntoClientRequest},
};

/// All that can be logged, so that no secret is.
const LOG: &str = "[log]\nfilter = \"debug\"\n";
const PASSWORD: &str = "a heron by the river";

/// A server where people sign in, with the administrator `chief`.
struct Closed {
    server: Server,
    /// Of the chief.
    cookie: String,
    /// All that must not be in the log.
    secrets: Vec<String>,
}

/// The cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap_or_else(|| panic!("no cookie: {}", String::from_utf8_lossy(&answer.body)));
    for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(word), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

impl Closed {
    fn start() -> Self {
        Self::start_with(LOG)
    }

    fn start_with(config: &str) -> Self {
        let server = Server::start_closed(TempDir::new().unwrap(), config);
        let code = server.set_up_code.clone().unwrap();
        let mut closed = Self { server, cookie: String::new(), secrets: vec![PASSWORD.to_owned(), code.clone()] };
        assert_eq!(closed.server.ask("/v1/session")["set_up"], true);
        let first = json!({"code": code, "user": "chief", "name": "局长", "password": PASSWORD});
        let made = closed.server.send_json("POST", "/v1/session/code", &first);
        assert_eq!((made.status, made.json()["role"].as_str()), (200, Some("administrator")), "{}", made.json());
        closed.cookie = cookie(&made);
        closed.secret(made.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap());
        closed.server.send_json("POST", "/v1/session/code", &first).problem(401, "wrong-credentials");
        closed
    }

    fn secret(&mut self, secret: &str) {
        self.secrets.push(secret.to_owned());
    }

    /// As the chief's own page asks.
    fn chief(&self, method: &str, target: &str, body: &Value) -> Answer {
        self.with_cookie(&self.cookie, method, target, body)
    }

    fn with_cookie(&self, cookie: &str, method: &str, target: &str, body: &Value) -> Answer {
        let headers = [("Content-Type", "application/json"), ("Cookie", cookie), ("X-Citygate", "1")];
        self.server.send(method, target, &headers, if body.is_null() { String::new() } else { body.to_string() }.as_bytes())
    }

    /// A new account with the same password; gives its cookie.
    fn person(&mut self, id: &str, role: &str) -> String {
        self.person_of(id, role, None)
    }

    fn person_of(&mut self, id: &str, role: &str, org: Option<&str>) -> String {
        let made = self.chief("PUT", &format!("/v1/accounts/{id}"), &json!({"name": id, "role": role, "org": org}));
        assert_eq!(made.status, 201, "{}", made.json());
        let code = made.json()["code"].as_str().unwrap().to_owned();
        let answer = self.server.send_json("POST", "/v1/session/code", &json!({"code": code, "password": PASSWORD}));
        self.secret(&code);
        let cookie = cookie(&answer);
        self.secret(cookie.split('=').nth(1).unwrap());
        cookie
    }

    /// A token.
    fn token(&mut self, id: &str, grant: &Value) -> (String, String) {
        let given = self.chief("POST", &format!("/v1/programs/{id}/tokens"), grant);
        assert_eq!(given.status, 201, "{}", given.json());
        let json = given.json();
        let token = json["token"].as_str().unwrap().to_owned();
        self.secret(&token);
        (json["id"].as_str().unwrap().to_owned(), token)
    }

    fn bearer(&self, token: &str, method: &str, target: &str) -> Answer {
        self.server.send(method, target, &[("Authorization", &format!("Bearer {token}"))], b"")
    }

    fn sign_in(&self, body: &Value) -> Answer {
        self.server.send_json("POST", "/v1/session", body)
    }

    /// Stops the server, and looks for secrets in its log and journal, and for words of its audit trail.
    fn end(mut self, audited: &[&str]) {
        self.server.signal("-TERM");
        assert!(self.server.ended().success());
        let state = self.server.kill();
        let log = std::fs::read_to_string(state.path().join("log")).unwrap();
        let mut journal = Vec::new();
        journal::export(state.path(), 1, &mut journal).unwrap().unwrap();
        let journal = String::from_utf8(journal).unwrap();
        for secret in &self.secrets {
            assert!(!log.contains(secret), "the log has {secret}");
            assert!(!journal.contains(secret), "the journal has {secret}");
        }
        for what in audited {
            assert!(log.contains(&format!("what=\"{what}\"")), "the log has no {what}: {log}");
            assert!(journal.contains(&format!("\"{what}\"")), "the journal has no {what}: {journal}");
        }
    }
}

/// Every route and question: method, path with names filled in, who may.
fn doors() -> Vec<(Method, String, Who)> {
    let questions = QUESTIONS.iter().map(|question| (question.method.clone(), question.path, question.who));
    let routes = table().into_iter().map(|route| (route.method, route.path, route.who));
    let fill =
        |path: &str| path.replace("{*path}", "gate.svg").replace("{id}", "none").replace("{layer}", "none").replace("{token}", "none");
    questions.chain(routes).map(|(method, path, who)| (method, fill(path), who)).collect()
}

#[test]
fn every_route_with_every_role_and_with_none() {
    let mut closed = Closed::start();
    let tokens: Vec<(Role, String)> =
        Role::ALL.iter().map(|role| (*role, closed.token("walker", &json!({"role": role, "days": 1})).1)).collect();
    let doors = doors();
    assert!(doors.len() > 60);
    for (method, path, who) in &doors {
        // Who is let in here is answered without end; a box that is none ends it.
        let path = if path == "/v1/stream/events" { "/v1/stream/events?bbox=none" } else { path };
        let nobody = closed.server.send(method.as_str(), path, &[], b"").status;
        match who {
            Who::Anybody => assert!(nobody != 403, "{method} {path}: {nobody}"),
            Who::Somebody | Who::May(_) => assert_eq!(nobody, 401, "{method} {path}"),
        }
        for (role, token) in &tokens {
            let answer = closed.bearer(token, method.as_str(), path);
            let right = match who {
                Who::Anybody => true,
                // What concerns a person's own session is not for programs.
                Who::Somebody => false,
                Who::May(action) => may(*role, *action),
            };
            let refused = answer.status == 403;
            assert_eq!(refused, !right, "{method} {path} as {role}: {}", answer.status);
            assert!(*who == Who::Anybody || answer.status != 401, "{method} {path} as {role}");
        }
    }
    closed.end(&["password_chosen", "token_given"]);
}

#[test]
fn a_session_is_new_at_each_sign_in_and_ends_by_word() {
    let mut closed = Closed::start();
    let li = closed.person("li.na", "dispatcher");
    let planted = format!("citygate={}", "ab".repeat(32));
    let body = json!({"user": "li.na", "password": PASSWORD});
    let headers = [("Content-Type", "application/json"), ("Cookie", planted.as_str())];
    let answer = closed.server.send("POST", "/v1/session", &headers, body.to_string().as_bytes());
    let new = cookie(&answer);
    assert!(new != planted && new != li);
    let who = |cookie: &str| closed.with_cookie(cookie, "GET", "/v1/session", &Value::Null).json()["actor"].clone();
    assert_eq!((who(&planted), who(&new), who(&li)), (Value::Null, json!("user:li.na"), json!("user:li.na")));

    // Signing in again in the same browser ends the session that was there.
    let again = cookie(&closed.with_cookie(&new, "POST", "/v1/session", &body));
    assert_eq!((who(&new), who(&again)), (Value::Null, json!("user:li.na")));
    let open = closed.with_cookie(&again, "GET", "/v1/sessions", &Value::Null).json();
    assert_eq!(open.as_array().unwrap().len(), 2, "{open}");
    let other = open.as_array().unwrap().iter().find(|session| session["this"] == false).unwrap()["id"].as_str().unwrap().to_owned();
    closed.chief("DELETE", &format!("/v1/sessions/{other}"), &Value::Null).problem(404, "not-found");
    assert_eq!(closed.with_cookie(&again, "DELETE", &format!("/v1/sessions/{other}"), &Value::Null).status, 204);
    assert_eq!(who(&li), Value::Null);

    let changed = closed.with_cookie(&again, "PUT", "/v1/session/password", &json!({"old": PASSWORD, "new": "a kingfisher this time"}));
    let newest = cookie(&changed);
    assert_eq!((who(&again), who(&newest)), (Value::Null, json!("user:li.na")));
    let out = closed.with_cookie(&newest, "DELETE", "/v1/session", &Value::Null);
    assert!(out.status == 204 && out.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(who(&newest), Value::Null);
    for secret in [&new, &again, &newest] {
        closed.secrets.push(secret.split('=').nth(1).unwrap().to_owned());
    }
    closed.secret("a kingfisher this time");
    closed.end(&["signed_in", "signed_out", "session_ended", "password_changed"]);
}

#[test]
fn pages_of_others_do_nothing_with_a_cookie() {
    let closed = Closed::start();
    let body = json!({"name": "eve", "role": "administrator"}).to_string();
    let put = |extra: &[(&str, &str)]| {
        let mut headers = vec![("Content-Type", "application/json"), ("Cookie", closed.cookie.as_str())];
        headers.extend_from_slice(extra);
        closed.server.send("PUT", "/v1/accounts/eve", &headers, body.as_bytes())
    };
    let own = format!("http://{}", closed.server.http);
    assert_eq!(put(&[]).problem(403, "foreign-origin")["field"], "x-citygate");
    for (name, value) in
        [("Origin", "http://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")]
    {
        put(&[("X-Citygate", "1"), (name, value)]).problem(403, "foreign-origin");
    }
    let rings = closed.server.send("POST", "/v1/rings", &[("Cookie", &closed.cookie)], b"{}");
    assert_eq!(rings.problem(403, "foreign-origin")["field"], "x-citygate", "questions too");
    // Whoever signs somebody else in from another page would be seen in what he does.
    let sign_in = json!({"user": "chief", "password": PASSWORD}).to_string();
    let headers = [("Content-Type", "application/json"), ("Origin", "http://evil.example")];
    closed.server.send("POST", "/v1/session", &headers, sign_in.as_bytes()).problem(403, "foreign-origin");
    assert_eq!(put(&[("X-Citygate", "1"), ("Origin", &own), ("Sec-Fetch-Site", "same-origin")]).status, 201);
    let twice = format!("{0}; {0}", closed.cookie);
    closed.with_cookie(&twice, "GET", "/v1/units", &Value::Null).problem(401, "not-signed-in");
    closed.end(&["account_made"]);
}

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// Opens a WebSocket with these headers; gives the status where it is refused.
async fn socket(closed: &Closed, path: &str, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
    let mut request = format!("ws://{}{path}", closed.server.http).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// Waits for the end of a socket.
async fn closes(mut socket: Socket) {
    let end = async {
        while let Some(Ok(message)) = socket.next().await
            && !message.is_close()
        {}
    };
    tokio::time::timeout(PATIENCE, end).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_want_a_credential_and_end_with_it() {
    let mut closed = Closed::start();
    let (id, token) = closed.token("wall-3", &json!({"role": "viewer", "days": 1}));
    let bearer = format!("Bearer {token}");
    for path in ["/v1/stream", "/v1/ask"] {
        assert_eq!(socket(&closed, path, &[]).await.err(), Some(401));
        assert_eq!(socket(&closed, &format!("{path}?access_token={token}"), &[]).await.err(), Some(401), "never in the address");
        assert_eq!(socket(&closed, path, &[("cookie", &closed.cookie), ("origin", "http://evil.example")]).await.err(), Some(403));
        assert_eq!(socket(&closed, path, &[("authorization", "Bearer a.b.c")]).await.err(), Some(401));
        let own = format!("http://{}", closed.server.http);
        let seen = socket(&closed, path, &[("cookie", &closed.cookie), ("origin", &own)]).await;
        assert!(seen.is_ok());
    }
    assert_eq!(socket(&closed, "/v1/ingest", &[("authorization", &bearer)]).await.err(), Some(403));
    let (stream, ask) = (
        socket(&closed, "/v1/stream", &[("authorization", &bearer)]).await.unwrap_or_else(|status| panic!("{status}")),
        socket(&closed, "/v1/ask", &[("authorization", &bearer)]).await.unwrap_or_else(|status| panic!("{status}")),
    );
    let wall = socket(&closed, "/v1/stream", &[("cookie", &closed.cookie)]).await.unwrap_or_else(|status| panic!("{status}"));
    assert_eq!(closed.chief("DELETE", &format!("/v1/programs/wall-3/tokens/{id}"), &Value::Null).status, 204);
    closes(stream).await;
    closes(ask).await;
    closed.bearer(&token, "GET", "/v1/units").problem(401, "not-signed-in");
    assert_eq!(closed.chief("DELETE", "/v1/session", &Value::Null).status, 204);
    closes(wall).await;
    closed.end(&["token_revoked"]);
}

#[test]
fn passwords_are_not_guessed_and_a_second_factor_is_asked_for() {
    let mut closed = Closed::start();
    let li = closed.person("li.na", "viewer");
    let fresh = closed.with_cookie(&li, "GET", "/v1/session/second-factor", &Value::Null).json();
    let secret = fresh["secret"].as_str().unwrap().to_owned();
    assert!(fresh["link"].as_str().unwrap().starts_with("otpauth://totp/Citygate:li.na?secret="));
    closed.secret(&secret);
    let second = Second::from_base32(&secret).unwrap();
    let now_s = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let set = json!({"password": PASSWORD, "secret": secret, "code": second.code(now_s())});
    assert_eq!(closed.with_cookie(&li, "PUT", "/v1/session/second-factor", &set).status, 204);
    closed.sign_in(&json!({"user": "li.na", "password": PASSWORD})).problem(401, "code-needed");
    let next = json!({"user": "li.na", "password": PASSWORD, "code": second.code(now_s() + 30)});
    assert_eq!(closed.sign_in(&next).json()["second_factor"], true);
    closed.sign_in(&next).problem(401, "wrong-credentials");
    assert_eq!(closed.with_cookie(&li, "DELETE", "/v1/session/second-factor", &json!({"password": PASSWORD})).status, 204);
    assert_eq!(closed.sign_in(&json!({"user": "li.na", "password": PASSWORD})).status, 200);

    let wrong = json!({"user": "li.na", "password": "not the password at all"});
    closed.secret("not the password at all");
    closed.secret("typed-into-the-wrong-field");
    closed.sign_in(&json!({"user": "typed-into-the-wrong-field", "password": ""})).problem(401, "wrong-credentials");
    for _ in 0..5 {
        closed.sign_in(&wrong).problem(401, "wrong-credentials");
    }
    let waits = closed.sign_in(&json!({"user": "li.na", "password": PASSWORD}));
    waits.problem(429, "too-many-tries");
    let seconds: u64 = waits.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    common::wait(|| (closed.sign_in(&json!({"user": "li.na", "password": PASSWORD})).status == 200).then_some(()));
    assert_eq!(closed.chief("GET", "/v1/units?limit=1", &Value::Null).status, 200, "the chief works on");

    for (bad, field) in [("short", "password"), ("li.na-li.na-li.na", "password")] {
        let problem = closed.with_cookie(&li, "PUT", "/v1/session/password", &json!({"old": PASSWORD, "new": bad})).problem(422, "invalid");
        assert_eq!(problem["field"], field);
    }
    closed.end(&["sign_in_refused", "second_factor_set", "second_factor_removed"]);
}

#[test]
fn behind_a_proxy_each_client_is_locked_out_by_itself() {
    let config =
        format!("[http]\nbehind_proxy = true\nproxy_header = \"Forwarded\"\nnames = [\"map.example\"]\n{LOG}requests = \"info\"\n");
    let mut closed = Closed::start_with(&config);
    let from = |client: &str, password: &str| {
        let said = format!("for=6.6.6.6, for=\"{client}\";proto=https");
        let headers = [("Content-Type", "application/json"), ("Forwarded", said.as_str()), ("X-Forwarded-For", "7.7.7.7")];
        closed.server.send("POST", "/v1/session", &headers, json!({"user": "chief", "password": password}).to_string().as_bytes())
    };
    for _ in 0..5 {
        from("10.0.0.1", "not the password at all").problem(401, "wrong-credentials");
    }
    from("10.0.0.1", PASSWORD).problem(429, "too-many-tries");
    let there = from("[2001:db8::17]:4711", PASSWORD);
    assert_eq!(there.status, 200, "another client of the same proxy");
    let (own, secret) = (cookie(&there), there.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap().to_owned());
    let open = closed.with_cookie(&own, "GET", "/v1/sessions", &Value::Null).json();
    let here = open.as_array().unwrap().iter().find(|session| session["this"] == true).unwrap();
    assert_eq!(here["address"], "2001:db8::17");
    let log = std::fs::read_to_string(closed.server.file("log")).unwrap();
    assert!(log.contains("client=2001:db8::17") && log.contains("client=10.0.0.1"), "{log}");
    assert!(!log.contains("6.6.6.6") && !log.contains("7.7.7.7"), "what anybody can write is nowhere");
    closed.secret(&secret);
    closed.end(&["sign_in_refused"]);
}

#[test]
fn a_program_has_one_rate_from_all_addresses_together() {
    let rate = "[http.rate]\nactor_requests_per_s = 1\nactor_burst = 5\n";
    let mut closed = Closed::start_with(&format!("[http]\nbehind_proxy = true\n{rate}{LOG}"));
    let (_, token) = closed.token("cad", &json!({"role": "viewer", "days": 1}));
    let (_, other) = closed.token("wall", &json!({"role": "viewer", "days": 1}));
    let from = |n: usize, token: &str| {
        let (bearer, client) = (format!("Bearer {token}"), format!("10.0.0.{n}"));
        closed.server.send("GET", "/v1/city", &[("Authorization", &bearer), ("X-Forwarded-For", &client)], b"")
    };
    let refused = (1..200).find_map(|n| Some(from(n, &token)).filter(|answer| answer.status != 200)).unwrap();
    let problem = refused.problem(429, "too-often");
    assert_eq!(refused.header("retry-after"), Some("1"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("from all addresses together"), "{problem}");
    assert_eq!(from(200, &other).status, 200, "another program");
    common::wait(|| (from(201, &token).status == 200).then_some(()));
    closed.end(&["token_given"]);
}

/// Says hello to the door of gateways; gives the connection where it is let in.
fn gateway(closed: &Closed, token: Option<&str>) -> Result<TcpStream, String> {
    let mut stream = TcpStream::connect(closed.server.gateway).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut out = Vec::new();
    frame::hello(&mut out, token);
    stream.write_all(&out).unwrap();
    match reply(&mut stream) {
        None => Ok(stream),
        Some(error) => Err(error),
    }
}

/// The next reply; the text of an error.
fn reply(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = vec![0; 4];
    stream.read_exact(&mut bytes).unwrap();
    let length = u32::from_le_bytes(bytes[..4].try_into().unwrap());
    bytes.resize(4 + length as usize, 0);
    stream.read_exact(&mut bytes[4..]).unwrap();
    match Reply::next(&mut bytes.as_slice()).unwrap().unwrap() {
        Reply::Error(text) => Some(text.to_owned()),
        _ => None,
    }
}

#[test]
fn gateways_show_a_token_at_their_door() {
    let mut closed = Closed::start();
    let (_, viewer) = closed.token("wall", &json!({"role": "viewer", "days": 1}));
    let (id, token) = closed.token("radio", &json!({"role": "gateway", "days": 1}));
    for wrong in [None, Some("a.b.c"), Some(viewer.as_str()), Some("\u{0}")] {
        assert!(gateway(&closed, wrong).unwrap_err().contains("token"), "{wrong:?}");
    }
    // Nothing is taken before the greeting, and the one that follows a wrong one is not heard.
    let mut late = TcpStream::connect(closed.server.gateway).unwrap();
    late.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut out = Vec::new();
    assert_eq!(frame::fixes(&mut out, 1, &[]), 0);
    frame::hello(&mut out, None);
    frame::hello(&mut out, Some(&token));
    late.write_all(&out).unwrap();
    assert!(reply(&mut late).unwrap().contains("before HELLO"));
    assert!(reply(&mut late).unwrap().contains("who are you"));
    assert_eq!(late.read(&mut [0; 1]).unwrap(), 0, "closed");

    let mut radio = gateway(&closed, Some(&token)).unwrap();
    let mut out = Vec::new();
    assert_eq!(frame::fixes(&mut out, 7, &[]), 0);
    radio.write_all(&out).unwrap();
    assert_eq!(reply(&mut radio), None, "acknowledged");
    assert_eq!(closed.chief("DELETE", &format!("/v1/programs/radio/tokens/{id}"), &Value::Null).status, 204);
    assert!(reply(&mut radio).unwrap().contains("revoked"));
    assert_eq!(radio.read(&mut [0; 1]).unwrap(), 0, "closed");
    gateway(&closed, Some(&token)).unwrap_err();
    closed.end(&["token_revoked"]);
}

#[test]
fn administrators_keep_people_and_programs() {
    let mut closed = Closed::start();
    let li = closed.person("li.na", "dispatcher");
    closed.with_cookie(&li, "GET", "/v1/accounts", &Value::Null).problem(403, "not-allowed");
    closed.with_cookie(&li, "GET", "/metrics", &Value::Null).problem(403, "not-allowed");
    assert_eq!(closed.with_cookie(&li, "GET", "/v1/units?limit=1", &Value::Null).status, 200);
    let listed = closed.chief("GET", "/v1/accounts", &Value::Null).json();
    assert_eq!(listed.as_array().unwrap().iter().map(|account| &account["id"]).collect::<Vec<_>>(), ["chief", "li.na"]);
    assert!(listed.to_string().find("argon2").is_none() && listed[1].get("code").is_none());
    let put = |id: &str, body: &Value| closed.chief("PUT", &format!("/v1/accounts/{id}"), body);
    assert_eq!(put("x", &json!({"name": "x", "role": "gateway"})).problem(422, "invalid")["field"], "role");
    assert_eq!(put("x", &json!({"name": "x", "role": "viewer", "org": "nowhere"})).problem(422, "invalid")["field"], "org");
    assert_eq!(put("x", &json!({"name": " ", "role": "viewer"})).problem(400, "bad-value")["field"], "name");
    put("chief", &json!({"name": "局长", "role": "viewer"})).problem(409, "conflict");
    closed.chief("DELETE", "/v1/accounts/chief", &Value::Null).problem(409, "conflict");
    let top = closed.chief("GET", "/v1/city", &Value::Null).json()["organisations"][0]["id"].clone();
    let changed = put("li.na", &json!({"name": "李娜", "role": "commander", "org": top}));
    assert_eq!((changed.status, &changed.json()["org"]), (200, &top));
    closed.with_cookie(&li, "GET", "/v1/units", &Value::Null).problem(401, "not-signed-in");
    // Whoever gives others their rights is of the whole city.
    assert_eq!(put("li.na", &json!({"name": "李娜", "role": "administrator", "org": top})).problem(422, "invalid")["field"], "org");
    let grant = json!({"role": "administrator", "org": top, "days": 1});
    assert_eq!(closed.chief("POST", "/v1/programs/cad/tokens", &grant).problem(422, "invalid")["field"], "org");
    let reset = closed.chief("POST", "/v1/accounts/li.na/code", &Value::Null).json();
    closed.secret(reset["code"].as_str().unwrap());
    closed.sign_in(&json!({"user": "li.na", "password": PASSWORD})).problem(401, "wrong-credentials");
    assert_eq!(closed.chief("DELETE", "/v1/accounts/li.na", &Value::Null).status, 204);

    let (id, scraper) = closed.token("prometheus", &json!({"role": "administrator", "only": ["operate"], "days": 30}));
    assert_eq!(closed.bearer(&scraper, "GET", "/metrics").status, 200);
    closed.bearer(&scraper, "GET", "/v1/accounts").problem(403, "not-allowed");
    let mut forged: Vec<char> = scraper.chars().collect();
    let last = forged.len() - 5;
    forged[last] = if forged[last] == 'A' { 'B' } else { 'A' };
    closed.bearer(&forged.iter().collect::<String>(), "GET", "/metrics").problem(401, "not-signed-in");
    let two = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")];
    closed.server.send("GET", "/metrics", &two, b"").problem(401, "not-signed-in");
    closed.server.get(&format!("/metrics?access_token={scraper}")).problem(401, "not-signed-in");
    let listed = closed.chief("GET", "/v1/programs", &Value::Null).json();
    assert_eq!((&listed[0]["id"], &listed[0]["only"]), (&json!(id), &json!(["operate"])));
    assert!(!listed.to_string().contains(&scraper));
    closed.chief("DELETE", &format!("/v1/programs/other/tokens/{id}"), &Value::Null).problem(404, "not-found");
    let (_, radio) = closed.token("car-0204", &json!({"role": "unit", "days": 1}));
    let who = closed.bearer(&radio, "GET", "/v1/session").json();
    assert_eq!((&who["actor"], &who["may"]), (&json!("unit:car-0204"), &json!(["step_orders"])));
    closed.end(&["account_changed", "account_reset", "account_removed", "token_given"]);
}

#[test]
fn sessions_and_tokens_outlive_a_restart_and_the_demo_says_that_it_is_one() {
    let mut closed = Closed::start();
    let (_, token) = closed.token("cad", &json!({"role": "viewer", "days": 1}));
    let Closed { server, cookie, .. } = closed;
    let server = Server::start_closed(server.kill(), LOG);
    assert_eq!(server.set_up_code, None, "there is an administrator");
    let who = server.send("GET", "/v1/session", &[("Cookie", &cookie)], b"").json();
    assert_eq!((&who["actor"], &who["demo"], &who["set_up"]), (&json!("user:chief"), &json!(false), &json!(false)));
    assert_eq!(server.send("GET", "/v1/units?limit=1", &[("Authorization", &format!("Bearer {token}"))], b"").status, 200);

    let demo = Server::start_with(server.kill(), "");
    let who = demo.ask("/v1/session");
    assert_eq!((&who["actor"], &who["demo"], &who["role"]), (&json!("machine"), &json!(true), &json!("administrator")));
    let own = demo.send("GET", "/v1/session", &[("Cookie", &cookie)], b"").json();
    assert_eq!(own["actor"], "user:chief", "who signed in is who he is");
    demo.send_json("PUT", "/v1/session/password", &json!({"old": "", "new": ""})).problem(403, "not-allowed");
}

/// The rows of the trail that a query finds, oldest first, when there are so many.
fn trail(closed: &Closed, query: &str, count: usize) -> Vec<Value> {
    common::wait(|| {
        let page = closed.chief("GET", &format!("/v1/audit?order=oldest&{query}"), &Value::Null).json();
        let rows = page["rows"].as_array().unwrap_or_else(|| panic!("{page}")).clone();
        (rows.len() >= count).then_some(rows)
    })
}

#[test]
fn the_trail_says_who_looked_at_whom_and_who_was_refused() {
    let mut closed = Closed::start();
    let (car, org, other, foreign) = ("C-001", "nanyuan-01", "A-001", "C-002");
    let (li, wang) = (closed.person("li.na", "dispatcher"), closed.person("wang.wei", "viewer"));
    let zhao = closed.person_of("zhao", "dispatcher", Some(org));
    let (_, cad) = closed.token("cad", &json!({"role": "viewer", "days": 1}));
    let begun = SystemTime::now();
    let look = |cookie: &str, id: &str| closed.with_cookie(cookie, "GET", &format!("/v1/units/{id}"), &Value::Null).status;
    for (cookie, id) in [(&li, car), (&li, car), (&wang, car), (&li, other), (&zhao, car)] {
        assert_eq!(look(cookie, id), 200);
    }
    assert_eq!(closed.bearer(&cad, "GET", &format!("/v1/orders?unit={car}")).status, 200);
    assert_eq!((look(&zhao, foreign), look(&zhao, foreign), look(&zhao, "no-such-unit")), (404, 404, 404));
    for cookie in [&li, &wang, &zhao] {
        closed.with_cookie(cookie, "GET", "/v1/audit", &Value::Null).problem(403, "not-allowed");
    }
    closed.bearer(&cad, "GET", "/v1/accounts").problem(403, "not-allowed");

    let actors = |rows: &[Value]| rows.iter().map(|row| row["actor"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let rows = trail(&closed, &format!("subject=unit/{car}&event=unit_seen"), 4);
    assert_eq!(actors(&rows), ["user:li.na", "user:wang.wei", "user:zhao", "program:cad"], "each once");
    for row in &rows {
        let at: citygate::model::Timestamp = row["at"].as_str().unwrap().parse().unwrap();
        assert!((0..60_000).contains(&(at.unix_ms() - begun.duration_since(UNIX_EPOCH).unwrap().as_millis() as i64)), "{row}");
        assert_eq!((row["hash"].as_str().unwrap().len(), row["kind"].as_str()), (64, Some("note")));
    }
    let hidden = trail(&closed, "event=unit_hidden", 1);
    assert_eq!(
        (actors(&hidden), hidden[0]["subject"].as_str().unwrap()),
        (vec!["user:zhao".to_owned()], format!("unit/{foreign}").as_str())
    );
    let refused = trail(&closed, "event=refused&subject=route/", 4);
    let told: Vec<_> = refused.iter().map(|row| (row["actor"].as_str().unwrap(), row["subject"].as_str().unwrap())).collect();
    let trail_of = |who| (who, "route/v1/audit");
    assert_eq!(told, [trail_of("user:li.na"), trail_of("user:wang.wei"), trail_of("user:zhao"), ("program:cad", "route/v1/accounts")]);

    // Page by page there is each row once, and the chain goes through.
    let all = trail(&closed, "limit=1000", 10);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = closed.chief("GET", &format!("/v1/audit?limit=7{cursor}"), &Value::Null).json();
        paged.extend(page["rows"].as_array().unwrap().clone());
        match page["next"].as_u64() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    paged.reverse();
    assert_eq!(paged[..all.len()], all[..]);
    assert!(all.iter().zip(1..).all(|(row, seq)| row["seq"] == seq), "no gap");
    let days = closed.chief("GET", "/v1/audit?until=2020-01-01T00:00:00Z", &Value::Null).json();
    assert_eq!((days["rows"].as_array().unwrap().len(), &days["next"]), (0, &Value::Null));
    for (wrong, field) in
        [("event=unit_sen", "event"), ("actor=li.na", "actor"), ("kind=notes", "kind"), ("from=today", "from"), ("order=last", "order")]
    {
        assert_eq!(closed.chief("GET", &format!("/v1/audit?{wrong}"), &Value::Null).problem(400, "bad-value")["field"], field);
    }
    closed.chief("GET", "/v1/audit?limit=1001", &Value::Null).problem(400, "out-of-range");
    closed.end(&["unit_seen", "unit_hidden", "refused"]);
}

#[test]
fn whatever_can_be_on_record_has_words_in_both_languages() {
    let names: std::collections::BTreeSet<&str> = Event::NAMES.into_iter().chain(Noted::ALL.iter().map(|noted| noted.as_str())).collect();
    for language in ["zh", "en"] {
        let path = format!("{}/web/src/i18n/{language}.ts", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let said = text.split("did_").skip(1).map(|rest| rest.split(':').next().unwrap()).collect();
        assert_eq!(names, said, "{language}");
    }
}
