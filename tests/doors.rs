//! Limits, names and logs of the HTTP door, on the binary that ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use common::{PATIENCE, Server, wait};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tempfile::TempDir;
use tokio_tungstenite::{connect_async, tungstenite::Message};

fn start(config: &str) -> Server {
    Server::start_with(TempDir::new().unwrap(), config)
}

/// One request a second, five at once, for this machine as for any other.
const RATE: &str = "[http.rate]\nrequests_per_s = 1\nburst = 5\nthis_machine = true\n";

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_is_told_when_to_ask_again() {
    let server = start(RATE);
    tokio::task::block_in_place(|| {
        let refused = wait(|| Some(server.get("/healthz")).filter(|answer| answer.status != 200));
        let problem = refused.problem(429, "too-often");
        assert_eq!(refused.header("retry-after"), Some("1"), "{problem}");
        // A second later there is one again.
        wait(|| (server.get("/healthz").status == 200).then_some(()));
    });
    // The socket is one request, its questions are the next ones.
    let (mut socket, _) = loop {
        if let Ok(open) = connect_async(format!("ws://{}/v1/ask", server.http)).await {
            break open;
        }
    };
    let mut refused = None;
    while refused.is_none() {
        socket.send(Message::text(r#"{"id":1,"ask":"/v1/nearest?lat=22.8&lon=108.3"}"#)).await.unwrap();
        let answer: Value = serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
        refused = (answer["status"] == 429).then_some(answer);
    }
    assert_eq!(refused.unwrap()["body"]["type"], "/docs#problem-too-often");
}

#[test]
fn behind_a_proxy_each_of_its_clients_has_a_rate_and_the_proxys_names_are_own() {
    let server = start(&format!("[http]\nbehind_proxy = true\nnames = [\"map.example\"]\n{RATE}"));
    let get = |client: &str| server.send("GET", "/healthz", &[("Host", "map.example"), ("X-Forwarded-For", client)], b"").status;
    wait(|| (get("6.6.6.6, 10.0.0.1") == 429).then_some(()));
    assert_eq!(get("10.0.0.1, 10.0.0.2"), 200, "another client");
    let post =
        |origin| server.send("POST", "/v1/fixes", &[("Host", "map.example"), ("Origin", origin), ("X-Forwarded-For", "10.0.0.3")], b"");
    post("https://map.example").problem(415, "unsupported-type");
    post("https://evil.example").problem(403, "foreign-origin");
    let foreign = server.send("GET", "/healthz", &[("Host", "evil.example"), ("X-Forwarded-For", "10.0.0.4")], b"");
    assert!(foreign.problem(403, "foreign-host")["expected"].as_str().unwrap().contains("map.example"));
}

#[test]
fn a_request_has_a_time_as_a_whole() {
    let server = start("[http]\nrequest_timeout_s = 1\n");
    // The body never comes; its own time is longer.
    let mut slow = TcpStream::connect(server.http).unwrap();
    slow.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(slow, "POST /v1/fixes HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n", server.http)
        .unwrap();
    let start = Instant::now();
    let mut answer = Vec::new();
    slow.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("/docs#problem-overdue"), "{answer}");
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn a_request_that_takes_long_does_not_hold_up_the_stop() {
    let server = start("");
    let mut slow = TcpStream::connect(server.http).unwrap();
    slow.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!("POST /v1/fixes HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n", server.http);
    write!(slow, "{head}Expect: 100-continue\r\n\r\n").unwrap();
    // It is being answered: the server asks for the body, which never comes.
    let mut asked = [0; 12];
    slow.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100");
    let (status, took) = server.terminate("-TERM");
    assert_eq!((status.code(), took < Duration::from_secs(5)), (Some(0), true), "{took:?}");
}

#[test]
fn a_reader_that_takes_nothing_gives_its_place_to_the_next() {
    let server = start("[http]\nconnections_max = 1\nwrite_timeout_s = 1\n");
    let mut stuck = TcpStream::connect(server.http).unwrap();
    // More than all buffers between here and there hold.
    for _ in 0..8 {
        write!(stuck, "GET /v1/layers/roads HTTP/1.1\r\nHost: {}\r\n\r\n", server.http).unwrap();
    }
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn pages_are_there_where_the_config_says_so() {
    let server = start("[http]\nmetrics = false\ndocs = false\n");
    for page in ["/metrics", "/docs", "/openapi.json"] {
        server.get(page).problem(404, "unknown-route");
    }
    assert_eq!(server.get("/").status, 200);
}

#[test]
fn every_request_has_an_id_and_a_line_that_nobody_else_writes() {
    let server = Server::start_logged(TempDir::new().unwrap(), "[log]\nformat = \"json\"\nrequests = \"info\"\n");
    let with = |id: &str, target: &str| server.send("GET", target, &[("X-Request-Id", id)], b"");
    let answer = with("dispatch-7.a_b", "/v1/units/nobody");
    assert_eq!(answer.problem(404, "not-found")["request_id"], "dispatch-7.a_b");
    with("dispatch-8", "/v1/units/nobody?secret=1").problem(400, "unknown-parameter");
    let made = with("two words", "/v1/units/%0AWARN%20forged%1B%5B2J");
    let made = made.header("x-request-id").unwrap().to_owned();
    assert_ne!(made, "two words");
    assert_ne!(server.get("/healthz").header("x-request-id").unwrap(), made);
    // The bytes of another line, as they are: the head cannot be read, and nothing of it is a line of the log.
    let mut raw = TcpStream::connect(server.http).unwrap();
    raw.write_all(b"GET /\x0b\x1b[2J HTTP/1.1\r\nHost: \x85\r\n\r\n").unwrap();
    let _ended = raw.read_to_end(&mut Vec::new());

    let lines = || {
        let log = fs::read_to_string(server.file("log")).unwrap();
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect::<Vec<_>>()
    };
    let line = |id: &str| wait(|| lines().into_iter().find(|line| line["request"] == *id));
    let known = line("dispatch-7.a_b");
    assert_eq!(
        (&known["message"], &known["method"], &known["path"], &known["status"], &known["client"]),
        (&"answered".into(), &"GET".into(), &"/v1/units/nobody".into(), &404.into(), &"127.0.0.1".into())
    );
    assert!(known["level"] == "INFO" && known["took_us"].is_number(), "{known}");
    assert_eq!(line(&made)["path"], "/v1/units/%0AWARN%20forged%1B%5B2J");
    assert_eq!(line("dispatch-8")["status"], 400);
    assert!(lines().iter().all(|line| !line.to_string().contains("secret")), "what is asked is not logged");
}

#[test]
fn requests_are_logged_where_somebody_wants_it() {
    for (config, is_logged) in
        [("", false), ("[log]\nfilter = \"debug\"\n", true), ("[log]\nfilter = \"debug\"\nrequests = \"off\"\n", false)]
    {
        let server = Server::start_logged(TempDir::new().unwrap(), config);
        server.ask("/v1/city");
        server.ask("/healthz");
        let path = server.file("log");
        let state = server.kill();
        assert_eq!(fs::read_to_string(path).unwrap().contains("answered"), is_logged, "{config}");
        drop(state);
    }
}
