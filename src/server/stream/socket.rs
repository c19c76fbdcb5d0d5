//! One wall's socket: ticks out, asks in.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::ws::{Message, Utf8Bytes, WebSocket},
};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Instant, MissedTickBehavior, interval},
};

use super::{
    message::{self, Ask, Say},
    record,
    tick::EncodedTick,
    wall::{Cause, Out, Wall},
};
use crate::server::{
    App, measure,
    problem::Problem,
    sockets::{self, Place, SendError},
    stop::Stop,
};

/// Why a wall's socket ends.
enum End {
    /// The client closed it, broke it, hung or fell silent.
    Client,
    /// The server stops, or whoever looks may no more.
    Server,
}

/// Serves a wall until it goes, its session or token ends, or the server stops.
pub async fn serve(mut socket: WebSocket, app: App, stop: Stop, wall: Wall, place: Place) {
    let end = run(&mut socket, &app, stop, wall).await;
    if matches!(end, End::Server) {
        sockets::close(socket).await;
    }
    drop(place);
}

async fn run(socket: &mut WebSocket, app: &App, mut stop: Stop, mut wall: Wall) -> End {
    // Before hello, so that no tick is missed after it.
    let mut ticks = app.hub.subscribe();
    let mut out = Vec::new();
    let mut pings = interval(app.sockets.idle_timeout / 3);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let hello = Say::Hello { version: record::VERSION, tick_ms: u64::from(app.bus.limits().tick_ms), server_time: app.bus.now() };
    if say(socket, app, &hello).await.is_err() {
        return End::Client;
    }
    loop {
        let sent = tokio::select! {
            // A stop comes before ticks, ticks before asks: a client that asks without end does not starve itself.
            biased;
            () = stop.said() => return End::Server,
            tick = ticks.recv() => match tick {
                Ok(tick) => show(socket, app, &mut wall, &tick, &mut out).await,
                Err(RecvError::Lagged(_)) => {
                    wall.resync(Cause::Lagged);
                    Ok(())
                }
                Err(RecvError::Closed) => return End::Server,
            },
            asked = socket.recv() => {
                heard = Instant::now();
                match asked {
                    Some(Ok(message)) => answer(socket, app, &mut wall, message).await,
                    Some(Err(_)) | None => return End::Client,
                }
            }
            _ = pings.tick() => {
                if heard.elapsed() > app.sockets.idle_timeout {
                    return End::Client;
                }
                sockets::send(socket, std::iter::once(Message::Ping(Bytes::new())), app.sockets.write_timeout).await
            }
        };
        if let Err(error) = sent {
            tracing::debug!(%error, "a wall is closed");
            return End::Client;
        }
    }
}

async fn show(socket: &mut WebSocket, app: &App, wall: &mut Wall, tick: &Arc<EncodedTick>, out: &mut Vec<Out>) -> Result<(), SendError> {
    if let Some(cause) = wall.tick(tick, app.bus.world(), &app.hub, out) {
        metrics::counter!(measure::SNAPSHOTS, "cause" => cause.as_str()).increment(1);
    }
    if out.is_empty() {
        return Ok(());
    }
    metrics::counter!(measure::STREAM_BYTES).increment(out.iter().map(Out::len).sum::<usize>() as u64);
    let messages = out.drain(..).map(|message| match message {
        Out::Binary(bytes) => Message::Binary(bytes),
        Out::Text(text) => Message::Text(Utf8Bytes::from(text)),
    });
    sockets::send(socket, messages, app.sockets.write_timeout).await
}

async fn answer(socket: &mut WebSocket, app: &App, wall: &mut Wall, message: Message) -> Result<(), SendError> {
    let problem = match message {
        Message::Text(text) => match Ask::parse(&text) {
            Ok(Ask::Subscribe(view)) => {
                wall.subscribe(view);
                return Ok(());
            }
            Ok(Ask::Resync) => {
                wall.resync(Cause::Asked);
                return Ok(());
            }
            Err(problem) => problem,
        },
        Message::Binary(bytes) => Problem::bad_value(
            "message",
            &format!("{} bytes of binary", bytes.len()),
            "a text message: {\"type\":\"subscribe\",...} or {\"type\":\"resync\"}",
        ),
        // Pings are answered by the WebSocket itself; after a close the next receive ends.
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(()),
    };
    say(socket, app, &Say::Error { problem: problem.document() }).await
}

async fn say(socket: &mut WebSocket, app: &App, what: &Say<'_>) -> Result<(), SendError> {
    let text = Message::Text(Utf8Bytes::from(message::text(what)));
    sockets::send(socket, std::iter::once(text), app.sockets.write_timeout).await
}
