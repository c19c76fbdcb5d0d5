//! What all WebSockets share: a bound on how many there are, small buffers, sends that end.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{
        Request, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use futures_util::SinkExt;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};
use tokio_tungstenite::tungstenite::handshake::server::create_response;

use super::{
    measure,
    problem::{Problem, ProblemKind},
    stop::Stop,
};

/// The read buffer of a socket. The usual 128 KiB would be zeroed at each read.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// What is collected before it is written; every tick is flushed, so this bounds a burst alone.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// How many seconds a client that was turned away should wait.
const RETRY_AFTER_S: u32 = 5;

/// The places for WebSockets, and how long one may be silent or stuck.
#[derive(Debug, Clone)]
pub struct Sockets {
    places: Arc<Semaphore>,
    sockets_max: usize,
    /// The longest that one message may take to be taken.
    pub write_timeout: Duration,
    /// The longest silence of a client.
    pub idle_timeout: Duration,
}

/// One place: given back when dropped.
#[derive(Debug)]
pub struct Place {
    route: &'static str,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!(measure::SOCKETS, "route" => self.route).decrement(1.0);
    }
}

impl Sockets {
    /// So many places.
    #[must_use]
    pub fn new(sockets_max: usize, write_timeout: Duration, idle_timeout: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(sockets_max)), sockets_max, write_timeout, idle_timeout }
    }

    /// Takes a place for a socket of a route.
    ///
    /// # Errors
    /// A 503 problem when there is none left.
    pub fn take(&self, route: &'static str) -> Result<Place, Problem> {
        let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() else {
            metrics::counter!(measure::SOCKETS_REFUSED, "route" => route).increment(1);
            let detail = format!(
                "all {} WebSockets are in use (stream.sockets_max): close one, or try again in {RETRY_AFTER_S} s",
                self.sockets_max
            );
            return Err(Problem::new(ProblemKind::Busy, detail).retry_after_s(RETRY_AFTER_S));
        };
        metrics::gauge!(measure::SOCKETS, "route" => route).increment(1.0);
        Ok(Place { route, _permit: permit })
    }
}

/// Answers a WebSocket handshake, and hands on the socket under it.
///
/// # Errors
/// A 426 problem when the request is no WebSocket handshake.
pub fn upgrade<F>(mut request: Request, serve: impl FnOnce(TokioIo<Upgraded>) -> F + Send + 'static) -> Result<Response, Problem>
where
    F: Future<Output = ()> + Send,
{
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let answer = create_response(&axum::http::Request::from_parts(parts, ())).map_err(|error| no_handshake(&error))?;
    tokio::spawn(async move {
        // A client that is gone before it was answered is no fault.
        if let Ok(upgraded) = upgrade.await {
            serve(TokioIo::new(upgraded)).await;
        }
    });
    Ok(answer.map(|()| Body::empty()))
}

/// How long a socket is waited for to take a goodbye.
pub const GOODBYE: Duration = Duration::from_secs(1);

/// How long sockets get to say goodbye after the stop.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(2);

impl Sockets {
    /// Resolves when no socket is open any more, or after two seconds.
    pub async fn closed(&self) {
        let all = u32::try_from(self.sockets_max).unwrap_or(u32::MAX);
        if tokio::time::timeout(GOODBYE_TIMEOUT, self.places.acquire_many(all)).await.is_err() {
            tracing::warn!(open = self.sockets_max - self.places.available_permits(), "WebSockets did not close in time and are cut");
        }
    }
}

fn no_handshake(error: &dyn std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::UpgradeNeeded, format!("this route is a WebSocket: {error}"))
        .field("Upgrade")
        .expected("a WebSocket handshake (RFC 6455, version 13)")
}

/// Sets a socket's limits.
///
/// # Errors
/// A 426 problem when the request is no WebSocket handshake.
pub fn configure(
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    message_bytes_max: usize,
) -> Result<WebSocketUpgrade, Problem> {
    let upgrade = upgrade.map_err(|rejection| no_handshake(&rejection))?;
    Ok(upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_message_size(message_bytes_max)
        .max_frame_size(message_bytes_max))
}

/// A socket that can no longer be written to.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It took nothing for too long.
    #[error("the reader took no message in time")]
    Stuck,
    /// It is gone.
    #[error("the socket broke: {0}")]
    Broken(#[from] axum::Error),
}

/// Sends messages with one flush.
///
/// # Errors
/// [`SendError`] when they are not taken in time: the socket is then of no more use.
pub async fn send(socket: &mut WebSocket, messages: impl Iterator<Item = Message>, timeout: Duration) -> Result<(), SendError> {
    let all = async {
        for message in messages {
            socket.feed(message).await?;
        }
        socket.flush().await
    };
    match tokio::time::timeout(timeout, all).await {
        Ok(sent) => Ok(sent?),
        Err(_) => {
            metrics::counter!(measure::STREAM_STUCK).increment(1);
            Err(SendError::Stuck)
        }
    }
}

/// What a socket that is answered message by message brings.
#[derive(Debug)]
pub enum Heard {
    /// A message; pings and pongs are none.
    Said(Message),
    /// The server stops: say goodbye.
    Stop,
    /// The client is gone, or was silent for too long.
    Gone,
}

/// Hears a socket, and asks it for a sign of life while it is silent.
#[derive(Debug)]
pub struct Ears {
    stop: Stop,
    idle_timeout: Duration,
    write_timeout: Duration,
    pings: Interval,
    heard: Instant,
}

impl Ears {
    /// For a socket that was just opened.
    #[must_use]
    pub fn new(sockets: &Sockets, stop: Stop) -> Self {
        let between = sockets.idle_timeout / 3;
        let mut pings = interval_at(Instant::now() + between, between);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { stop, idle_timeout: sockets.idle_timeout, write_timeout: sockets.write_timeout, pings, heard: Instant::now() }
    }

    /// Waits for the next message.
    pub async fn hear(&mut self, socket: &mut WebSocket) -> Heard {
        loop {
            tokio::select! {
                biased;
                () = self.stop.said() => return Heard::Stop,
                message = socket.recv() => {
                    self.heard = Instant::now();
                    match message {
                        Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => return Heard::Said(message),
                        // Pings are answered by the WebSocket itself; after a close the next receive ends.
                        Some(Ok(_)) => continue,
                        Some(Err(_)) | None => return Heard::Gone,
                    }
                }
                _ = self.pings.tick() => {}
            }
            if self.heard.elapsed() > self.idle_timeout {
                return Heard::Gone;
            }
            let ping = Message::Ping(Bytes::new());
            if send(socket, std::iter::once(ping), self.write_timeout).await.is_err() {
                return Heard::Gone;
            }
        }
    }
}

/// Says goodbye: the server stops, or the session or token that opened the socket is over.
pub async fn close(mut socket: WebSocket) {
    let frame = CloseFrame { code: close_code::AWAY, reason: "the server stops, or you are signed out".into() };
    // A client that is gone already is no fault, one that hangs is not waited for.
    let _goodbye = send(&mut socket, std::iter::once(Message::Close(Some(frame))), GOODBYE).await;
}
