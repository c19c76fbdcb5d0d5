//! Native fixes over a WebSocket, text as JSON, binary as frames: one message in, one answer out.

use axum::{
    body::Bytes,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};

use super::{
    App,
    fixes::Taker,
    problem::{Problem, ProblemDocument},
    sockets::{self, Ears, Heard, SendError},
    stop::Stop,
};
use crate::ingest::{
    Protocol, Refusal, RefusalReason,
    binary::{self, FrameError, Session, Taken, frame},
    native::Answer,
};

/// The longest message, bytes: one binary frame of the greatest length, or some 1,700 fixes as JSON. A longer one closes the
/// socket.
pub const MESSAGE_BYTES_MAX: usize = frame::LENGTH_BYTES + frame::FRAME_BYTES_MAX;

/// Takes fixes, one message after the other: text in the form of `POST /v1/fixes`, binary as the frames of gateways.
#[utoipa::path(get, path = "/v1/ingest", tag = "ingest",
    responses((status = 101, description = "A WebSocket. Each text message of at most 256 KiB holds fixes as in `POST /v1/fixes` and gets one answer, `{\"accepted\": n, \"refused\": [...]}`. A binary message holds whole frames of the gateways' protocol and gets their answers in binary messages. A wrong fix never closes the socket", body = Answer),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn ingest(
    State(app): State<App>,
    stop: Stop,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = sockets::configure(upgrade, MESSAGE_BYTES_MAX)?;
    let place = app.sockets.take("/v1/ingest")?;
    let serve = async move |mut socket: WebSocket| {
        if run(&mut socket, &app, stop).await {
            sockets::close(socket).await;
        }
        drop(place);
    };
    Ok(upgrade.on_upgrade(serve).into_response())
}

/// Serves a reporter. True when the server stops, false when the reporter is gone.
async fn run(socket: &mut WebSocket, app: &App, stop: Stop) -> bool {
    let (mut taker, mut gateway) = (Taker::default(), Gateway::default());
    let mut ears = Ears::new(&app.sockets, stop);
    loop {
        let answer = match ears.hear(socket).await {
            Heard::Said(Message::Binary(bytes)) => match gateway.take(socket, app, &bytes).await {
                Ok(answer) => answer,
                Err(error) => return gone(&error),
            },
            Heard::Said(text) => answer(&mut taker, app, &text.into_data()).await,
            Heard::Stop => return true,
            Heard::Gone => return false,
        };
        if let Err(error) = sockets::send(socket, std::iter::once(answer), app.sockets.write_timeout).await {
            return gone(&error);
        }
    }
}

fn gone(error: &SendError) -> bool {
    tracing::debug!(%error, "a reporter is closed");
    false
}

/// What a socket that sends binary messages is to the server.
#[derive(Debug, Default)]
struct Gateway {
    session: Session,
    out: Vec<u8>,
}

impl Gateway {
    /// Takes a message; gives the last of its answers. Should they be many, the first are sent meanwhile.
    async fn take(&mut self, socket: &mut WebSocket, app: &App, mut bytes: &[u8]) -> Result<Message, SendError> {
        loop {
            let taken = binary::take(&mut self.session, &mut bytes, &app.gate, &mut self.out).await;
            if taken == Ok(Taken::All) && !bytes.is_empty() {
                app.gate.count_refusal(Protocol::Binary, RefusalReason::Malformed);
                frame::error(&mut self.out, &FrameError::Cut(bytes.len()));
            }
            let answers = Message::Binary(Bytes::copy_from_slice(&self.out));
            self.out.clear();
            // Where a length is wrong, the rest of the message cannot be read; the next message can.
            if taken != Ok(Taken::Full) {
                return Ok(answers);
            }
            sockets::send(socket, std::iter::once(answers), app.sockets.write_timeout).await?;
        }
    }
}

async fn answer(taker: &mut Taker, app: &App, content: &[u8]) -> Message {
    let answer = taker.take(app, content).await.unwrap_or_else(|error| {
        app.gate.count_refusal(Protocol::Native, RefusalReason::Malformed);
        let mut answer = Answer::default();
        answer.refuse(0, Refusal { reason: RefusalReason::Malformed, field: "body", detail: error.to_string() });
        answer
    });
    // Numbers and strings always serialize.
    Message::Text(Utf8Bytes::from(serde_json::to_string(&answer).unwrap_or_default()))
}
