//! One wall's WebSocket: ticks out, asks in.

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
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
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use super::{
    hub::WINDOW_MS,
    message::{self, Ask, Say},
    wall::{Behind, Wall},
    wire::Wire,
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

/// A wall's socket.
pub(super) type Socket = WebSocketStream<Wire<TokioIo<Upgraded>>>;

/// Why a wall's socket ends.
enum End {
    /// The client closed it, broke it or fell silent.
    Client,
    /// The server stops, or whoever looks may no more.
    Server,
    /// It took nothing for too long: nothing more would reach it.
    Stuck,
    /// It is too far behind.
    Behind,
}

/// What comes of a socket.
enum Heard {
    /// Everything is out.
    Out,
    Said(Message),
    /// It is closed or broken.
    Gone,
}

/// Serves a wall until it goes, its session or token ends, or the server stops.
pub(super) async fn serve(mut socket: Socket, app: App, stop: Stop, wall: Wall, place: Place) {
    let end = run(&mut socket, &app, stop, wall).await;
    let cut = |why: &'static str| metrics::counter!(measure::STREAM_CUT, "cause" => why).increment(1);
    let goodbye = match end {
        Ok(End::Server) => Some((CloseCode::Away, "the server stops, or you are signed out".to_owned())),
        Ok(End::Behind) => {
            cut("behind");
            Some((CloseCode::Again, Behind.to_string()))
        }
        Ok(End::Stuck) => {
            cut("stuck");
            None
        }
        Ok(End::Client) => None,
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

async fn run(socket: &mut Socket, app: &App, mut stop: Stop, mut wall: Wall) -> Result<End, Error> {
    // Before hello, so that no tick is missed after it.
    let mut ticks = app.hub.ticks();
    let (idle_timeout, write_timeout) = (app.sockets.idle_timeout, app.sockets.write_timeout);
    let mut pings = interval(idle_timeout / 3);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.tick().await;
    let mut heard = Instant::now();
    // Kept over the turns of the loop, and of ten thousand walls: it is not made anew for each tick.
    let mut said = pin!(stop.said());
    let hello = Say::Hello {
        version: frames::VERSION,
        run: app.hub.run,
        window_ms: WINDOW_MS,
        tick_ms: u64::from(app.bus.limits().tick_ms),
        server_time: app.bus.now(),
    };
    socket.send(Message::text(message::text(&hello))).await?;
    loop {
        tokio::select! {
            // A stop comes before ticks, ticks before asks: a client that asks without end does not starve itself.
            biased;
            () = &mut said => return Ok(End::Server),
            tick = ticks.changed() => {
                if tick.is_err() {
                    return Ok(End::Server);
                }
                if !socket.get_ref().is_empty() && socket.get_ref().took().elapsed() > write_timeout {
                    return Ok(End::Stuck);
                }
                // What does not fit now is made up for when everything is out.
                if is_ready(socket).await? && !show(socket, app, &mut wall).await? {
                    return Ok(End::Behind);
                }
            }
            came = hear(socket) => match came? {
                Heard::Out => {
                    if is_ready(socket).await? && !show(socket, app, &mut wall).await? {
                        return Ok(End::Behind);
                    }
                }
                Heard::Said(message) => {
                    heard = Instant::now();
                    answer(socket, app, &mut wall, message).await?;
                }
                Heard::Gone => return Ok(End::Client),
            },
            _ = pings.tick() => {
                if heard.elapsed() > idle_timeout {
                    return Ok(End::Client);
                }
                if is_ready(socket).await? {
                    socket.feed(Message::Ping(Bytes::new())).await?;
                }
            }
        }
    }
}

/// Whether everything is out, what the WebSocket says of itself, too: messages may be put beside it then.
async fn is_ready(socket: &mut Socket) -> Result<bool, Error> {
    if !socket.get_ref().is_empty() {
        return Ok(false);
    }
    poll_fn(|cx| match Pin::new(&mut *socket).poll_flush(cx) {
        Poll::Ready(done) => Poll::Ready(done.map(|()| true)),
        Poll::Pending => Poll::Ready(Ok(false)),
    })
    .await
}

/// Writes what waits, and waits for what comes.
async fn hear(socket: &mut Socket) -> Result<Heard, io::Error> {
    poll_fn(|cx| {
        if !socket.get_ref().is_empty()
            && let Poll::Ready(out) = socket.get_mut().poll_empty(cx)
        {
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

/// Puts what brings the wall up to date on its way, as far as the socket takes it now; says whether it still can be.
async fn show(socket: &mut Socket, app: &App, wall: &mut Wall) -> Result<bool, io::Error> {
    let (first, then) = match wall.next(&app.hub, app.bus.world()) {
        Ok(None) => return Ok(true),
        Ok(Some(pieces)) => pieces,
        Err(Behind) => return Ok(false),
    };
    app.hub.counters.bytes.increment((first.len() + then.len()) as u64);
    app.hub.counters.messages.increment(1);
    socket.get_mut().put(first, then);
    match poll_fn(|cx| Poll::Ready(socket.get_mut().poll_empty(cx))).await {
        Poll::Ready(out) => out.map(|()| true),
        Poll::Pending => Ok(true),
    }
}

async fn answer(socket: &mut Socket, app: &App, wall: &mut Wall, message: Message) -> Result<(), Error> {
    let problem = match message {
        Message::Text(text) => match Ask::parse(&text) {
            Ok(Ask::Subscribe(view, mark)) => {
                wall.subscribe(view, mark, &app.hub, app.bus.world());
                return Ok(());
            }
            Ok(Ask::Resync) => {
                wall.resync();
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
