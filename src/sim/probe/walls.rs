//! Walls that measure: each subscribes to the whole city in the binary form. They have a thread of their own.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use hdrhistogram::CreationError;
use tokio::{net::TcpStream, task::JoinSet, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{self, Message, protocol::WebSocketConfig},
};

use super::{
    SentLog,
    wall::{Wall, WallReport},
};
use crate::sim::doors::handshake;

/// Deltas are short; a snapshot of a city takes a few reads.
const READ_BUFFER_BYTES: usize = 8 * 1024;
/// A wall looks this often whether it is to stop.
const LOOK: Duration = Duration::from_millis(500);
/// Before a wall that lost its connection tries again.
const AGAIN: Duration = Duration::from_millis(500);

/// Why walls cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum WallError {
    /// The system gives no thread.
    #[error("the system gives no thread for walls: {0}")]
    Thread(#[from] std::io::Error),
    /// The thread of the walls is gone.
    #[error("the walls' thread ended by itself")]
    Gone,
}

/// What the walls' thread and the others share.
#[derive(Debug)]
struct Flags {
    measuring: AtomicBool,
    stop: AtomicBool,
    connected: AtomicUsize,
}

/// Walls on a thread of their own.
#[derive(Debug)]
pub struct Walls {
    flags: Arc<Flags>,
    thread: Option<JoinHandle<std::io::Result<WallReport>>>,
}

impl Walls {
    /// Opens `count` walls.
    ///
    /// # Errors
    /// [`WallError::Thread`].
    pub fn open(count: usize, server: SocketAddr, token: Option<String>, sent: Arc<SentLog>) -> Result<Self, WallError> {
        let flags = Arc::new(Flags { measuring: AtomicBool::new(false), stop: AtomicBool::new(false), connected: AtomicUsize::new(0) });
        let own = flags.clone();
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(watch(count, server, token, sent, own)).map_err(std::io::Error::other)
        };
        let thread = std::thread::Builder::new().name("walls".to_owned()).spawn(run)?;
        Ok(Self { flags, thread: Some(thread) })
    }

    /// How many walls are connected now.
    #[must_use]
    pub fn connected(&self) -> usize {
        self.flags.connected.load(Ordering::Relaxed)
    }

    /// Starts counting from zero.
    pub fn start(&self) {
        self.flags.measuring.store(true, Ordering::Release);
    }

    /// Closes the walls and gives what they saw since the start.
    ///
    /// # Errors
    /// [`WallError::Gone`].
    pub fn finish(mut self) -> Result<WallReport, WallError> {
        self.flags.stop.store(true, Ordering::Release);
        let thread = self.thread.take().ok_or(WallError::Gone)?;
        Ok(thread.join().map_err(|_| WallError::Gone)??)
    }
}

impl Drop for Walls {
    fn drop(&mut self) {
        self.flags.stop.store(true, Ordering::Release);
    }
}

async fn watch(
    count: usize,
    server: SocketAddr,
    token: Option<String>,
    sent: Arc<SentLog>,
    flags: Arc<Flags>,
) -> Result<WallReport, CreationError> {
    let mut walls = JoinSet::new();
    for _ in 0..count {
        walls.spawn(keep(Wall::new(sent.clone())?, server, token.clone(), flags.clone()));
    }
    let mut all = WallReport::new()?;
    while let Some(report) = walls.join_next().await {
        if let Ok(report) = report {
            all.merge(&report);
        }
    }
    Ok(all)
}

/// Keeps a wall connected until it is to stop.
async fn keep(mut wall: Wall, server: SocketAddr, token: Option<String>, flags: Arc<Flags>) -> WallReport {
    let mut measuring = false;
    while !flags.stop.load(Ordering::Acquire) {
        if let Ok(mut socket) = connect(server, token.as_deref()).await {
            flags.connected.fetch_add(1, Ordering::Relaxed);
            look(&mut wall, &mut socket, &flags, &mut measuring).await;
            flags.connected.fetch_sub(1, Ordering::Relaxed);
        }
        if !flags.stop.load(Ordering::Acquire) {
            wall.lost();
            tokio::time::sleep(AGAIN).await;
        }
    }
    wall.into_report()
}

/// Hands a wall its messages until it is to stop or its connection is lost.
async fn look(wall: &mut Wall, socket: &mut WebSocketStream<TcpStream>, flags: &Flags, measuring: &mut bool) {
    while !flags.stop.load(Ordering::Acquire) {
        let Ok(message) = timeout(LOOK, socket.next()).await else { continue };
        let now = Instant::now();
        if !*measuring && flags.measuring.load(Ordering::Acquire) {
            *measuring = true;
            wall.restart();
        }
        match message {
            Some(Ok(Message::Binary(bytes))) => wall.binary(&bytes, now),
            Some(Ok(Message::Text(text))) => wall.text(&text),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            Some(Ok(_)) => {}
        }
    }
    let _ = socket.close(None).await;
}

async fn connect(server: SocketAddr, token: Option<&str>) -> Result<WebSocketStream<TcpStream>, tungstenite::Error> {
    let stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
    let (mut socket, _) = client_async_with_config(handshake(server, "/v1/stream", token)?, stream, Some(config)).await?;
    socket.send(Message::text(r#"{"type":"subscribe","bbox":null,"kinds":null,"layers":null}"#)).await?;
    Ok(socket)
}
