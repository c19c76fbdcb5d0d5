//! The questions over a WebSocket, beside the same over HTTP, on the binary that ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::net::SocketAddr;

use citygate::server::{ask::ID_BYTES_MAX, body::JSON_BYTES_MAX};
use common::{Answer, PATIENCE, Server};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue},
};

const PLACE: (f64, f64) = (22.85, 108.4);

/// Somebody who asks.
struct Asker(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Asker {
    async fn open(http: SocketAddr) -> Self {
        Self(connect_async(format!("ws://{http}/v1/ask")).await.unwrap().0)
    }

    async fn say(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    async fn hear(&mut self) -> String {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap().unwrap().unwrap() {
                Message::Text(text) => return text.to_string(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn ask(&mut self, text: impl Into<String>) -> Value {
        self.say(text).await;
        serde_json::from_str(&self.hear().await).unwrap()
    }
}

/// The answer of HTTP as the socket gives it: a problem has the question's id in place of a request's.
fn as_heard(id: &str, http: &Answer) -> String {
    let request = http.header("x-request-id").unwrap();
    let body = String::from_utf8(http.body.clone()).unwrap().replace(&format!(r#","request_id":"{request}""#), "");
    format!(r#"{{"id":{id},"status":{},"body":{body}}}"#, http.status)
}

/// Ages go on while the two doors are asked one after the other: nothing else may differ.
fn without_ages(text: &str) -> String {
    let mut parts = text.split("\"age_s\":");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find([',', '}']).unwrap();
        out += "\"age_s\":";
        out += if part.starts_with("null") { "null" } else { "n" };
        out += &part[end..];
    }
    out
}

fn server() -> Server {
    let server = Server::start();
    for (id, kind, status, metres) in
        [("a-1", "foot", "available", 100.0), ("a-2", "patrol_car", "busy", 150.0), ("a-3", "drone", "available", 700.0)]
    {
        server.register(id, kind, status);
        server.fix(id, PLACE.0 + metres / 111_195.08, PLACE.1);
    }
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_that_of_http() {
    let server = server();
    let mut asker = Asker::open(server.http).await;
    let at = format!("lat={}&lon={}", PLACE.0, PLACE.1);
    let beats = server.ask("/v1/zones?layer=beats&limit=1");
    let beat = beats["zones"][0]["id"].as_str().unwrap();
    let targets = [
        format!("/v1/nearest?{at}&k=10"),
        format!("/v1/nearest?{at}&status=any&k=2&max_age_s=100&kind=foot,patrol_car"),
        format!("/v1/nearest?{at}&org={}", server.top()),
        format!("/v1/nearest?{at}&k=0"),
        format!("/v1/nearest?{at}&limt=3"),
        format!("/v1/nearest?{at}&by=eta&route=true&max_s=3000"),
        format!("/v1/nearest?{at}&by=eta&urgent=maybe"),
        format!("/v1/roads/at?{at}&max_m=5000"),
        format!("/v1/reach?{at}&minutes=1,2"),
        format!("/v1/reach?{at}&minutes=99"),
        "/v1/coverage?holes=2&layer=rapid".to_owned(),
        "/v1/coverage?minutes=4".to_owned(),
        "/v1/coverage/grid".to_owned(),
        "/v1/roads/closures?geometry=true".to_owned(),
        "/v1/roads/closures/none".to_owned(),
        "/v1/orders/none".to_owned(),
        "/v1/orders?state=some".to_owned(),
        "/v1/nearest?lat=22.8".to_owned(),
        "/v1/nearest?lat=%32%32.8&lon=1e2".to_owned(),
        "/v1/units?limit=3".to_owned(),
        "/v1/units?bbox=108.39,22.84,108.41,22.86".to_owned(),
        "/v1/units?cursor=a%20b".to_owned(),
        "/v1/units/a-1".to_owned(),
        "/v1/units/a%2D2".to_owned(),
        "/v1/units/nobody".to_owned(),
        "/v1/units/%FF".to_owned(),
        "/v1/zones?layer=rapid&limit=2".to_owned(),
        "/v1/zones?layer=sewers".to_owned(),
        format!("/v1/zones/at?{at}"),
        format!("/v1/zones/{beat}"),
        "/v1/zones/nowhere".to_owned(),
        format!("/v1/zones/{beat}/units"),
        "/v1/zones/nowhere/units".to_owned(),
        "/v1/density".to_owned(),
        "/v1/density?res=9&status=available&bbox=108.39,22.84,108.41,22.86".to_owned(),
        "/v1/density?res=10".to_owned(),
        "/v1/city".to_owned(),
        "/v1/city?x=1".to_owned(),
    ];
    for (asked, target) in targets.into_iter().enumerate() {
        let http = tokio::task::block_in_place(|| server.get(&target));
        asker.say(json!({"id": asked, "ask": target}).to_string()).await;
        let heard = asker.hear().await;
        assert_eq!(without_ages(&heard), without_ages(&as_heard(&asked.to_string(), &http)), "{target}");
    }
    let core = json!({"type": "Point", "coordinates": [PLACE.1, PLACE.0]});
    for body in [
        json!({"core": core, "rings": [{"name": "封控圈", "outer_m": 500, "need": {"foot": 2}}, {"name": "b", "outer_m": 1000}]}),
        json!({"core": core, "rings": []}),
        json!({"core": {"type": "Circle"}, "rings": [{"name": "a", "outer_m": 1}]}),
        json!({"core": core, "ring": 7}),
    ] {
        let http = tokio::task::block_in_place(|| server.send_json("POST", "/v1/rings", &body));
        asker.say(json!({"id": "r", "ask": "/v1/rings", "body": body}).to_string()).await;
        assert_eq!(asker.hear().await, as_heard("\"r\"", &http), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_come_back_as_they_were_and_answers_in_order() {
    let server = Server::start();
    let mut asker = Asker::open(server.http).await;
    let ids = ["1", "-0.50", "\"a \\u4e2d\"", "true", "null", "123456789012345678901234567890"];
    for id in ids {
        asker.say(format!(r#"{{"ask":"/v1/zones/nowhere","id":{id}}}"#)).await;
    }
    for id in ids {
        let heard = asker.hear().await;
        assert!(heard.starts_with(&format!(r#"{{"id":{id},"status":404,"body":{{"type""#)), "{heard}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_message_is_answered_and_costs_nothing_else() {
    let server = Server::start();
    let mut asker = Asker::open(server.http).await;
    let longest = "x".repeat(ID_BYTES_MAX - 2);
    for (text, id, status, kind, field) in [
        ("nonsense".to_owned(), json!(null), 400, "bad-json", "body"),
        (r#"{"id":7}"#.to_owned(), json!(7), 400, "bad-json", "ask"),
        (r#"{"ask":"/v1/city"}"#.to_owned(), json!(null), 400, "bad-json", "id"),
        (r#"{"id":8,"ask":"/v1/city","as":"fast"}"#.to_owned(), json!(8), 400, "bad-json", "as"),
        (r#"{"id":[1],"ask":"/v1/city"}"#.to_owned(), json!(null), 400, "bad-json", "id"),
        (format!(r#"{{"id":"{longest}y","ask":"/v1/city"}}"#), json!(null), 400, "bad-json", "id"),
        (format!(r#"{{"id":"{longest}","ask":"/v1/cities"}}"#), json!(longest), 404, "unknown-route", "ask"),
        (r#"{"id":9,"ask":"/v1/fixes"}"#.to_owned(), json!(9), 404, "unknown-route", "ask"),
        (r#"{"id":9,"ask":""}"#.to_owned(), json!(9), 404, "unknown-route", "ask"),
        (r#"{"id":10,"ask":"/v1/city","body":{}}"#.to_owned(), json!(10), 400, "bad-json", "body"),
        (r#"{"id":11,"ask":"/v1/rings"}"#.to_owned(), json!(11), 400, "bad-json", "body"),
        (r#"{"id":12,"ask":"/v1/rings?x=1","body":{}}"#.to_owned(), json!(12), 400, "unknown-parameter", "x"),
    ] {
        let answer = asker.ask(text.clone()).await;
        assert_eq!((&answer["id"], &answer["status"]), (&id, &json!(status)), "{text}: {answer}");
        assert_eq!(
            (&answer["body"]["type"], &answer["body"]["field"]),
            (&json!(format!("/docs#problem-{kind}")), &json!(field)),
            "{text}: {answer}"
        );
        assert!(answer["body"]["detail"].is_string(), "{answer}");
    }
    asker.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    let answer: Value = serde_json::from_str(&asker.hear().await).unwrap();
    assert_eq!((&answer["id"], &answer["body"]["field"]), (&Value::Null, &json!("message")));
    assert_eq!(asker.ask(r#"{"id":13,"ask":"/v1/city"}"#).await["body"]["synthetic"], true);
    let metrics = tokio::task::block_in_place(|| String::from_utf8(server.get("/metrics").body).unwrap());
    assert!(metrics.contains(r#"citygate_http_requests_total{method="ASK",route="/v1/city",status="200"} 1"#), "{metrics}");
    assert!(metrics.contains(r#"citygate_http_requests_total{method="ASK",route="/v1/rings",status="400"} 2"#), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_question_is_answered_and_a_longer_message_closes_the_socket() {
    let server = Server::start();
    let mut asker = Asker::open(server.http).await;
    let mut body =
        json!({"core": {"type": "Point", "coordinates": [PLACE.1, PLACE.0]}, "rings": [{"name": "a", "outer_m": 500}]}).to_string();
    body.insert_str(1, &" ".repeat(JSON_BYTES_MAX - body.len()));
    assert_eq!(asker.ask(format!(r#"{{"id":1,"ask":"/v1/rings","body":{body}}}"#)).await["status"], 200);
    let long = format!(r#"{{"id":1,"ask":"/v1/rings","body":{body}{}}}"#, " ".repeat(17 * 1024));
    let sent = asker.0.send(Message::text(long)).await;
    let heard = tokio::time::timeout(PATIENCE, asker.0.next()).await.unwrap();
    assert!(sent.is_err() || !matches!(heard, Some(Ok(Message::Text(_)))), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_own_pages_ask_and_places_have_an_end() {
    let server = Server::start_with(TempDir::new().unwrap(), "[stream]\nsockets_max = 1\n");
    let mut request = format!("ws://{}/v1/ask", server.http).into_client_request().unwrap();
    request.headers_mut().insert("origin", HeaderValue::from_static("http://evil.example"));
    let refused = |result: Result<_, tungstenite::Error>| match result {
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
        Ok(_) => 101,
    };
    assert_eq!(refused(connect_async(request).await.map(|_| ())), 403);
    let mut asker = Asker::open(server.http).await;
    assert_eq!(refused(connect_async(format!("ws://{}/v1/ask", server.http)).await.map(|_| ())), 503);
    assert_eq!(asker.ask(r#"{"id":1,"ask":"/v1/city"}"#).await["status"], 200);
    tokio::task::block_in_place(|| server.get("/v1/ask").problem(426, "upgrade-needed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_goodbye_when_the_server_stops() {
    let server = Server::start();
    let mut asker = Asker::open(server.http).await;
    assert_eq!(asker.ask(r#"{"id":1,"ask":"/v1/city"}"#).await["status"], 200);
    let stopped = tokio::task::spawn_blocking(move || server.terminate("-TERM"));
    let goodbye = tokio::time::timeout(PATIENCE, asker.0.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(&goodbye, Message::Close(Some(frame)) if u16::from(frame.code) == 1001), "{goodbye:?}");
    let (status, took) = stopped.await.unwrap();
    assert_eq!((status.code(), took < std::time::Duration::from_secs(5)), (Some(0), true), "{took:?}");
}
