//! The TCP door: accepts gateways and drives a [`Session`] on each connection.
//!
//! Decoding and checks run where the connection's task runs and are not spread any further: eight connections that flood
//! (5.9 to 7.2 million fixes/s on two cores) keep the writer busy before one door thread, which costs 0.1 us a fix. At a steady
//! 500,000/s in batches of 200 one door thread takes 0.12 of a core and two take 0.15 together.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, timeout},
};

use super::{
    Doorkeeper, Frame, FrameError, Session, Taken,
    frame::{self, FRAME_BYTES_MAX, LENGTH_BYTES},
    take,
};
use crate::{
    ingest::{Gate, accept::Accept},
    tls::{Stream, Tls},
};

/// Bytes of a connection's read buffer: some 2,300 fixes. It grows to hold a longer frame, [`FRAME_BYTES_MAX`] at most.
const READ_BYTES: usize = 65_536;
/// How long a gateway may take to shake hands, and then to say who it is.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a gateway may take to hear why its connection ends.
const GOODBYE: Duration = Duration::from_millis(500);

/// The limits of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayLimits {
    /// The most connections at a time; one more is told so and closed.
    pub connections_max: usize,
    /// A connection on which no frame that can be read came for so long is closed, seconds. A gateway that has nothing to
    /// say sends a FIXES frame without records.
    pub idle_s: u32,
    /// A gateway that does not take its answers for so long is cut off, seconds.
    pub write_s: u32,
    /// How long connections may take to end when the server stops, seconds.
    pub stop_s: u32,
}

impl Default for GatewayLimits {
    fn default() -> Self {
        Self { connections_max: 64, idle_s: 180, write_s: 10, stop_s: 5 }
    }
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the gateway closed it")]
    ByGateway,
    #[error("no frame that can be read came for too long")]
    Idle,
    #[error("the server is stopping: connect again when it is back")]
    Stopping,
    #[error("the token that let it in is over or was revoked")]
    NotLetIn,
    #[error("the gateway did not take its answers")]
    SlowReader,
    #[error(transparent)]
    Lost(#[from] FrameError),
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// Who comes in by the door.
#[derive(Debug, Clone)]
pub struct Admission {
    /// The TLS of the door, where it has any.
    pub tls: Option<Arc<Tls>>,
    /// Who asks for a token, where no certificate says who a gateway is.
    pub doorkeeper: Option<Doorkeeper>,
}

/// Takes gateways until `stop` says true or its sender is gone. Returns when every connection has ended, at the latest
/// [`GatewayLimits::stop_s`] after that.
pub async fn serve(listener: TcpListener, admission: Admission, gate: Arc<Gate>, limits: GatewayLimits, stop: watch::Receiver<bool>) {
    let door = Accept {
        who: "gateway",
        connections_max: limits.connections_max,
        stop: Duration::from_secs(limits.stop_s.into()),
        open: metrics::gauge!("citygate_gateway_connections"),
        turned_away: metrics::counter!("citygate_gateway_turned_away_total"),
    };
    let connect = |socket, peer| greet(socket, peer, admission.clone(), gate.clone(), limits, stop.clone());
    // Whoever waits for a handshake could not read words.
    let turn_away = |socket: &TcpStream| {
        if admission.tls.is_none() {
            turn_away(socket, limits.connections_max)
        }
    };
    door.run(listener, stop.clone(), connect, turn_away).await;
}

async fn greet(
    socket: TcpStream,
    peer: SocketAddr,
    Admission { tls, doorkeeper }: Admission,
    gate: Arc<Gate>,
    limits: GatewayLimits,
    mut stop: watch::Receiver<bool>,
) {
    let greeted = tokio::select! {
        biased;
        _ = stop.wait_for(|stop| *stop) => return,
        greeted = async { socket.set_nodelay(true).map(|()| Stream::accept(tls.as_deref(), socket, HANDSHAKE))?.await } => greeted,
    };
    match greeted {
        Ok(socket) => Connection { socket, gate, session: Session::with(doorkeeper), limits, stop, out: Vec::new() }.run(peer).await,
        Err(error) => tracing::warn!(%peer, %error, "a gateway could not shake hands"),
    }
}

fn turn_away(socket: &TcpStream, most: usize) {
    let mut out = Vec::new();
    frame::error(&mut out, &format_args!("{most} gateways are connected, which is the most (gateway.limits.connections_max)"));
    // A fresh socket has room for this; whoever is gone already need not know.
    let _told = socket.try_write(&out);
}

struct Connection {
    socket: Stream,
    gate: Arc<Gate>,
    session: Session,
    limits: GatewayLimits,
    stop: watch::Receiver<bool>,
    out: Vec<u8>,
}

impl Connection {
    async fn run(mut self, peer: SocketAddr) {
        tracing::debug!(%peer, "a gateway connected");
        let Err(ended) = self.talk().await;
        match ended {
            Ended::ByGateway | Ended::Failed(_) => tracing::debug!(%peer, why = %ended, "a gateway's connection ended"),
            Ended::Stopping => {}
            Ended::Idle | Ended::SlowReader | Ended::NotLetIn | Ended::Lost(_) => {
                tracing::warn!(%peer, why = %ended, "a gateway is cut off")
            }
        }
        match ended {
            Ended::Idle | Ended::NotLetIn | Ended::Stopping => {
                frame::error(&mut self.out, &ended);
                self.goodbye().await;
            }
            // The answers say so already.
            Ended::Lost(_) => self.goodbye().await,
            Ended::ByGateway | Ended::SlowReader | Ended::Failed(_) => {}
        }
    }

    async fn talk(&mut self) -> Result<Infallible, Ended> {
        let idle = Duration::from_secs(self.limits.idle_s.into());
        let (mut buffer, mut filled) = (vec![0; READ_BYTES], 0);
        let (mut last_frame, mut frames) = (Instant::now(), 0);
        loop {
            let patience = if self.session.is_greeted() { idle } else { idle.min(HANDSHAKE) };
            let free = buffer.get_mut(filled..).unwrap_or_default();
            let room = free.len();
            let read = tokio::select! {
                biased;
                _ = self.stop.wait_for(|stop| *stop) => return Err(Ended::Stopping),
                () = self.session.ends() => return Err(Ended::NotLetIn),
                read = timeout(patience.saturating_sub(last_frame.elapsed()), self.socket.read(free)) => read.map_err(|_| Ended::Idle)??,
            };
            if read == 0 {
                return Err(Ended::ByGateway);
            }
            // More is waiting: a gateway that floods lets the others have their turn.
            if read == room {
                tokio::task::yield_now().await;
            }
            filled += read;
            let left = self.take(buffer.get(..filled).unwrap_or_default()).await?;
            buffer.copy_within(filled - left..filled, 0);
            filled = left;
            // The rest of a frame is awaited, so its length was seen to be in range.
            let needed = Frame::bytes_needed(buffer.get(..filled).unwrap_or_default()).unwrap_or_default();
            debug_assert!(needed <= LENGTH_BYTES + FRAME_BYTES_MAX);
            if needed > buffer.len() {
                buffer.resize(needed, 0);
            }
            if self.session.frames() != frames {
                (last_frame, frames) = (Instant::now(), self.session.frames());
            }
        }
    }

    /// All that was read, in one go; the answers to it in one write. Gives how many bytes are left: the beginning of a frame.
    async fn take(&mut self, mut bytes: &[u8]) -> Result<usize, Ended> {
        loop {
            let taken = take(&mut self.session, &mut bytes, &self.gate, &mut self.out).await?;
            self.write().await?;
            if taken == Taken::All {
                return Ok(bytes.len());
            }
        }
    }

    async fn write(&mut self) -> Result<(), Ended> {
        if !self.out.is_empty() {
            let writing = async {
                self.socket.write_all(&self.out).await?;
                self.socket.flush().await
            };
            timeout(Duration::from_secs(self.limits.write_s.into()), writing).await.map_err(|_| Ended::SlowReader)??;
            self.out.clear();
        }
        Ok(())
    }

    /// Writes the last words, as far as the gateway listens. What it still sends is read away: a socket that is closed on
    /// unread bytes takes back what it said.
    async fn goodbye(&mut self) {
        let said = async {
            self.socket.write_all(&self.out).await?;
            self.socket.shutdown().await?;
            let mut away = [0; 4096];
            while self.socket.read(&mut away).await? > 0 {}
            io::Result::Ok(())
        };
        // Who does not listen in time, or is gone, is not waited for.
        let _said = timeout(GOODBYE, said).await;
    }
}
