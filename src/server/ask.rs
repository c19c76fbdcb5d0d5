//! The questions over a WebSocket: one message in, one answer out, in order.

use std::borrow::Cow;

use axum::{
    extract::{
        Extension, State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    App, audit, body,
    front::ANSWER_BYTES,
    measure,
    problem::{Problem, ProblemDocument, ProblemKind},
    question,
    rates::Client,
    routes::QUESTIONS,
    sockets::{self, Ears, Heard},
    stop::Stop,
};
use crate::access::Pass;

/// The longest message, bytes: every question that HTTP takes fits in. A longer one closes the socket.
pub const MESSAGE_BYTES_MAX: usize = body::JSON_BYTES_MAX + 16 * 1024;
/// The longest id of a question, bytes of JSON.
pub const ID_BYTES_MAX: usize = 256;

const FORM: &str = "a text message {\"id\": 1, \"ask\": \"/v1/nearest?lat=22.8&lon=108.3\"}, with \"body\" for /v1/rings and /v1/move-up";

/// Answers the questions of this API, one message after the other.
#[utoipa::path(get, path = "/v1/ask", tag = "questions",
    responses((status = 101, description = "A WebSocket. Each text message is a question, `{\"id\": 1, \"ask\": \"/v1/nearest?lat=22.8&lon=108.3&k=10\"}`, \
        `id` being any JSON scalar of at most 256 bytes; one with a body has it as `\"body\": {...}`. The answer is `{\"id\": 1, \"status\": 200, \"body\": {...}}`, \
        its body the bytes that HTTP gives, a problem document included. Answers come in order, and a bad question never closes the socket. \
        Questions: `/v1/nearest`, `/v1/rings`, `/v1/units`, `/v1/units/{id}`, `/v1/zones`, `/v1/zones/at`, `/v1/zones/{id}`, `/v1/zones/{id}/units`, `/v1/roads/at`, `/v1/roads/meant`, `/v1/roads/closures`, `/v1/roads/closures/{id}`, `/v1/orders`, `/v1/orders/{id}`, `/v1/loans`, `/v1/reach`, `/v1/coverage`, `/v1/coverage/grid`, `/v1/move-up`, `/v1/density`, `/v1/audit`, `/v1/city`"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn ask(
    State(app): State<App>,
    pass: Pass,
    Extension(client): Extension<Client>,
    stop: Stop,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = sockets::configure(upgrade, MESSAGE_BYTES_MAX)?;
    let place = app.sockets.take("/v1/ask")?;
    let serve = async move |mut socket: WebSocket| {
        if run(&mut socket, &app, &pass, client, stop).await {
            sockets::close(socket).await;
        }
        drop(place);
    };
    Ok(upgrade.on_upgrade(serve).into_response())
}

/// Serves whoever asks. True when the server stops, false when the client is gone.
async fn run(socket: &mut WebSocket, app: &App, pass: &Pass, client: Client, stop: Stop) -> bool {
    let mut ears = Ears::new(&app.sockets, stop);
    loop {
        let message = match ears.hear(socket).await {
            Heard::Said(Message::Text(text)) => answer(app, pass, client, &text).await,
            Heard::Said(other) => wrong(None, &not_text(other.into_data().len())),
            Heard::Stop => return true,
            Heard::Gone => return false,
        };
        if let Err(error) = sockets::send(socket, std::iter::once(message), app.sockets.write_timeout).await {
            tracing::debug!(%error, "one who asks is closed");
            return false;
        }
    }
}

/// A question as it comes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    ask: Cow<'a, str>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

/// What is read of a message that is wrong, so that its answer finds whoever asked.
#[derive(Deserialize)]
struct IdOnly<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
}

/// The id as its own JSON, where it is one.
fn scalar(id: &RawValue) -> Option<&str> {
    Some(id.get()).filter(|text| !text.starts_with(['{', '[']) && text.len() <= ID_BYTES_MAX)
}

async fn answer(app: &App, pass: &Pass, client: Client, text: &str) -> Message {
    let envelope: Envelope<'_> = match serde_json::from_str(text) {
        Ok(envelope) => envelope,
        Err(error) => {
            let id = serde_json::from_str::<IdOnly<'_>>(text).ok().and_then(|only| scalar(only.id));
            return wrong(id, &body::bad_json(&error));
        }
    };
    let Some(id) = scalar(envelope.id) else {
        let expected = format!("a string, a number, true, false or null, of at most {ID_BYTES_MAX} bytes");
        let problem = Problem::new(ProblemKind::BadJson, format!("id is no name for a question: give {expected}")).field("id");
        return wrong(None, &problem.expected(expected));
    };
    if let Err(problem) = app.askers.take(client.0).and_then(|()| app.askers.take_of(&pass.actor, client.0)) {
        return wrong(Some(id), &problem);
    }
    let (path, query) = envelope.ask.split_once('?').unwrap_or((&envelope.ask, ""));
    let Some(found) = question::find(path) else { return wrong(Some(id), &unknown(path)) };
    let timer = app.meters.start(found.no);
    let content = envelope.body.map_or("", RawValue::get);
    let answered = match (found.question.method, envelope.body) {
        (&Method::GET, Some(_)) => {
            Err(Problem::new(ProblemKind::BadJson, "this question has no body: leave it out").field("body").expected("no body"))
        }
        _ => match found.admit(Some(pass)) {
            Ok(admitted) => question::answer(app, admitted, query, content.as_bytes(), begin(id, StatusCode::OK)).await,
            Err(problem) => {
                audit::refused(app, Some(pass), measure::ASKED, found.question.path, &problem);
                Err(problem)
            }
        },
    };
    match answered {
        Ok(out) => {
            timer.stop(measure::ASKED, StatusCode::OK);
            end(out)
        }
        Err(problem) => {
            timer.stop(measure::ASKED, problem.kind().status());
            wrong(Some(id), &problem)
        }
    }
}

fn begin(id: &str, status: StatusCode) -> Vec<u8> {
    let mut out = Vec::with_capacity(ANSWER_BYTES);
    for part in [r#"{"id":"#, id, r#","status":"#, status.as_str(), r#","body":"#] {
        out.extend_from_slice(part.as_bytes());
    }
    out
}

fn end(mut out: Vec<u8>) -> Message {
    out.push(b'}');
    // What serializes strings and copies a piece of UTF-8 makes UTF-8.
    Message::Text(Utf8Bytes::from(String::from_utf8(out).unwrap_or_default()))
}

fn wrong(id: Option<&str>, problem: &Problem) -> Message {
    let mut out = begin(id.unwrap_or("null"), problem.kind().status());
    // Strings, numbers and JSON values always serialize.
    let _written = question::write(&mut out, &problem.document());
    end(out)
}

fn unknown(path: &str) -> Problem {
    let expected = QUESTIONS.iter().map(|question| question.path).collect::<Vec<_>>().join(", ");
    let shown: String = path.chars().take(64).collect();
    Problem::new(ProblemKind::UnknownRoute, format!("there is no question `{shown}`: ask one of {expected}"))
        .field("ask")
        .value(path)
        .expected(expected)
}

fn not_text(bytes: usize) -> Problem {
    Problem::bad_value("message", &format!("{bytes} bytes of binary"), FORM)
}
