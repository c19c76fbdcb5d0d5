//! Native fixes over a WebSocket: one message in, one answer out.

use axum::{
    body::Bytes,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use tokio::time::{Instant, interval};

use super::{
    App,
    fixes::Taker,
    problem::{Problem, ProblemDocument},
    sockets,
};
use crate::ingest::{Protocol, Refusal, RefusalReason, native::Answer};

/// The longest message, bytes: some 1,700 fixes. A longer one closes the socket.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// Takes fixes, in the form of `POST /v1/fixes`, one message after the other.
#[utoipa::path(get, path = "/v1/ingest", tag = "ingest",
    responses((status = 101, description = "A WebSocket. Each message of at most 256 KiB holds fixes as in `POST /v1/fixes` and gets one answer, `{\"accepted\": n, \"refused\": [...]}`; a wrong fix never closes the socket", body = Answer),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn ingest(State(app): State<App>, upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>) -> Result<Response, Problem> {
    let upgrade = sockets::configure(upgrade, MESSAGE_BYTES_MAX)?;
    let place = app.sockets.take("/v1/ingest")?;
    let serve = async move |mut socket: WebSocket| {
        if run(&mut socket, &app).await {
            sockets::close(socket).await;
        }
        drop(place);
    };
    Ok(upgrade.on_upgrade(serve).into_response())
}

/// Serves a reporter. True when the server stops, false when the reporter is gone.
async fn run(socket: &mut WebSocket, app: &App) -> bool {
    let mut stop = app.stop.clone();
    let mut taker = Taker::default();
    let mut pings = interval(app.sockets.idle_timeout / 3);
    let mut heard = Instant::now();
    loop {
        let answer = tokio::select! {
            biased;
            () = stop.said() => return true,
            message = socket.recv() => {
                heard = Instant::now();
                match message {
                    Some(Ok(Message::Text(text))) => answer(&mut taker, app, text.as_bytes()).await,
                    Some(Ok(Message::Binary(bytes))) => answer(&mut taker, app, &bytes).await,
                    Some(Ok(_)) => continue,
                    Some(Err(_)) | None => return false,
                }
            }
            _ = pings.tick() => {
                if heard.elapsed() > app.sockets.idle_timeout {
                    return false;
                }
                Message::Ping(Bytes::new())
            }
        };
        if let Err(error) = sockets::send(socket, std::iter::once(answer), app.sockets.write_timeout).await {
            tracing::debug!(%error, "a reporter is closed");
            return false;
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
