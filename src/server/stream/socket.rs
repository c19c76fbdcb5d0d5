//! One wall's WebSocket: ticks out, asks in.

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use axum::body::Bytes;
use futures_util::{Sink, SinkExt, Stream};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::{
    hub::WINDOW_MS,
    line::{Cut, Ends, Line},
    message::{self, Ask, MESSAGE_BYTES_MAX, Say},
    wall::{Behind, Wall},
};
use crate::{
    frames,
    server::{
        App, measure,
        problem::Problem,
        sockets::{GOODBYE, Place},
        stop::Stop,
    },
};

/// The read buffer of a wall: it says little.
const READ_BUFFER_BYTES: usize = 1024;

/// Why a wall's socket ends.
enum End {
    /// The client closed it, broke it or fell silent.
    Client,
    /// The server stops, or whoever looks may no more.
    Server,
    Cut(Cut),
}

/// What comes of a socket.
enum Heard {
    /// Everything is out.
    Out,
    Said(Message),
    /// It is closed or broken.
    Gone,
    Cut(Cut),
}

/// Serves a wall until it goes, its session or token ends, or the server stops.
pub(super) async fn serve(socket: TokioIo<Upgraded>, app: App, stop: Stop, wall: Wall, place: Place) {
    let line = Line::new(socket, wall, app.sockets.write_timeout);
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let mut socket = WebSocketStream::from_raw_socket(Ends(line.clone()), Role::Server, Some(config)).await;
    let end = run(&mut socket, &line, &app, stop).await;
    line.leave();
    let cut = |why: &'static str| metrics::counter!(measure::STREAM_CUT, "cause" => why).increment(1);
    let goodbye = match end {
        Ok(End::Server) => Some((CloseCode::Away, "the server stops, or you are signed out".to_owned())),
        Ok(End::Cut(Cut::Behind)) => {
            cut("behind");
            Some((CloseCode::Again, Behind.to_string()))
        }
        Ok(End::Cut(Cut::Stuck)) => {
            cut("stuck");
            None
        }
        Ok(End::Client) => None,
        Ok(End::Cut(Cut::Broken(error))) | Err(Error::Io(error)) => {
            tracing::debug!(%error, "a wall's socket broke");
            None
        }
        Err(error) => {
            tracing::debug!(%error, "a wall is closed");
            None
        }
    };
    if let Some((code, reason)) = goodbye {
        let frame = CloseFrame { code, reason: reason.into() };
        // A client that is gone already is no fault, one that hangs is not waited for.
        let _goodbye = timeout(GOODBYE, socket.close(Some(frame))).await;
    }
    drop(place);
}

async fn run(socket: &mut WebSocketStream<Ends>, line: &Arc<Line>, app: &App, mut stop: Stop) -> Result<End, Error> {
    let idle_timeout = app.sockets.idle_timeout;
    let mut pings = interval(idle_timeout / 3);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.tick().await;
    let mut heard = Instant::now();
    let mut said = pin!(stop.said());
    let hello = Say::Hello {
        version: frames::VERSION,
        run: app.hub.run,
        window_ms: WINDOW_MS,
        tick_ms: u64::from(app.bus.limits().tick_ms),
        server_time: app.bus.now(),
    };
    socket.send(Message::text(message::text(&hello))).await?;
    app.hub.join(line);
    loop {
        tokio::select! {
            // A stop comes before what was asked: a client that asks without end does not keep it waiting.
            biased;
            () = &mut said => return Ok(End::Server),
            came = hear(socket, line) => match came? {
                // What it missed meanwhile.
                Heard::Out => line.show(&app.hub, app.bus.world()),
                Heard::Said(message) => {
                    heard = Instant::now();
                    answer(socket, line, app, message).await?;
                }
                Heard::Gone => return Ok(End::Client),
                Heard::Cut(cut) => return Ok(End::Cut(cut)),
            },
            _ = pings.tick() => {
                if heard.elapsed() > idle_timeout {
                    return Ok(End::Client);
                }
                // One that is still taking what it was sent is not asked whether it is there.
                if line.is_empty() {
                    socket.feed(Message::Ping(Bytes::new())).await?;
                    // As far as it goes now: what waits is written where it is heard.
                    if let Poll::Ready(out) = poll_fn(|cx| Poll::Ready(Pin::new(&mut *socket).poll_flush(cx))).await {
                        out?;
                    }
                }
            }
        }
    }
}

/// Writes what waits, and waits for what comes.
async fn hear(socket: &mut WebSocketStream<Ends>, line: &Line) -> Result<Heard, io::Error> {
    poll_fn(|cx| {
        if let Some(cut) = line.cut() {
            return Poll::Ready(Ok(Heard::Cut(cut)));
        }
        if let Poll::Ready(out) = line.poll_out(cx) {
            return Poll::Ready(out.map(|()| Heard::Out));
        }
        Pin::new(&mut *socket).poll_next(cx).map(|message| {
            Ok(match message {
                Some(Ok(message)) => Heard::Said(message),
                Some(Err(_)) | None => Heard::Gone,
            })
        })
    })
    .await
}

async fn answer(socket: &mut WebSocketStream<Ends>, line: &Line, app: &App, message: Message) -> Result<(), Error> {
    let problem = match message {
        Message::Text(text) => match Ask::parse(&text) {
            Ok(Ask::Subscribe(view, mark)) => {
                line.with_wall(|wall| wall.subscribe(view, mark, &app.hub, app.bus.world()));
                return Ok(());
            }
            Ok(Ask::Resync) => {
                line.with_wall(Wall::resync);
                return Ok(());
            }
            Err(problem) => problem,
        },
        Message::Binary(bytes) => Problem::bad_value(
            "message",
            &format!("{} bytes of binary", bytes.len()),
            "a text message: {\"type\":\"subscribe\",...} or {\"type\":\"resync\"}",
        ),
        // Pings are answered by the WebSocket itself; after a close the next message is none.
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => return Ok(()),
    };
    let say = socket.send(Message::text(message::text(&Say::Error { problem: problem.document() })));
    // A client that asks nonsense and does not listen is no client.
    timeout(app.sockets.write_timeout, say).await.unwrap_or(Err(Error::AlreadyClosed))
}
