//! The senders: each takes what the schedule gives it and speaks one protocol over a socket of its own.

mod desk;
mod ears;
mod http;
mod phone;
mod radio;
mod terminal;

pub use desk::{Desk, Patch};
pub use ears::{Ears, Heard};
pub use http::{HttpError, HttpLink, bearer, handshake};
pub use phone::Phone;
pub use radio::{Batch, Radio};
pub use terminal::Terminal;

use std::{future::Future, net::SocketAddr, rc::Rc, sync::Arc, time::Duration};

use tokio::{
    net::TcpStream,
    sync::{Semaphore, mpsc},
    time::{sleep, timeout},
};

use super::{backoff::Backoff, chance::dice, fleet::SimFix, probe::SentLog, stats::Stats};

/// How long a connection, a handshake or an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How many senders connect at once: a server that comes back is not to be overrun.
pub const CONNECTING_MAX: usize = 64;
/// What waits for a sender. One: what it could not send in time is not made up for.
pub const ORDERS_MAX: usize = 1;

/// What a sender is to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Order {
    /// Report a fix.
    Fix(SimFix),
    /// Say that it is still there.
    Heartbeat,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The socket.
    #[error("connection lost: {0}")]
    Socket(#[from] std::io::Error),
    /// Nobody answered in time.
    #[error("no answer for {0:?}")]
    Silent(Duration),
    /// The server closed the connection.
    #[error("the server closed the connection")]
    Closed,
    /// The server does not let the sender in, or takes none of its fixes.
    #[error("refused: {0}")]
    Refused(String),
    /// HTTP.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// WebSocket.
    #[error("WebSocket: {0}")]
    WebSocket(Box<tokio_tungstenite::tungstenite::Error>),
    /// A frame of JT/T 808 that cannot be read or written.
    #[error("JT/T 808: {0}")]
    Jt808(#[from] crate::ingest::jt808::DecodeError),
}

impl From<tokio_tungstenite::tungstenite::Error> for DoorError {
    fn from(error: tokio_tungstenite::tungstenite::Error) -> Self {
        Self::WebSocket(Box::new(error))
    }
}

/// What all senders of a run share.
#[derive(Debug)]
pub struct Shared {
    /// Where HTTP is served.
    pub http: SocketAddr,
    /// Where JT/T 808 is served.
    pub jt808: SocketAddr,
    /// What every sender shows over HTTP.
    pub token: Option<String>,
    /// The seed of the run.
    pub seed: u64,
    /// The counters.
    pub stats: Stats,
    /// Where the times of fixes are noted, when somebody measures.
    pub sent: Option<Arc<SentLog>>,
    /// Held while connecting.
    connecting: Semaphore,
}

impl Shared {
    /// For one run.
    #[must_use]
    pub fn new(http: SocketAddr, jt808: SocketAddr, token: Option<String>, seed: u64, sent: Option<Arc<SentLog>>) -> Self {
        Self { http, jt808, token, seed, stats: Stats::default(), sent, connecting: Semaphore::new(CONNECTING_MAX) }
    }

    /// Opens a connection, in turn with the others.
    ///
    /// # Errors
    /// [`DoorError`] when it is not there in [`PATIENCE`].
    pub async fn connect(&self, to: SocketAddr) -> Result<TcpStream, DoorError> {
        let _turn = self.connecting.acquire().await;
        let stream = within(TcpStream::connect(to)).await??;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Notes that a fix goes into its socket now. `time_ms` is the time as the protocol writes it.
    pub fn note(&self, unit: usize, fix: &SimFix, time_ms: i64) {
        self.stats.sent.add(1);
        if let Some(sent) = &self.sent {
            sent.note(unit, time_ms, fix.lat_udeg, fix.lng_udeg);
        }
    }
}

/// Waits for at most [`PATIENCE`].
async fn within<T>(what: impl Future<Output = T>) -> Result<T, DoorError> {
    timeout(PATIENCE, what).await.map_err(|_| DoorError::Silent(PATIENCE))
}

/// A sender: it connects, then serves its orders until the connection ends.
pub trait Door {
    /// What it is given.
    type Order;

    /// Whether an order is worth nothing later on. What was due while there was no connection is then dropped.
    const PERISHES: bool = true;

    /// Its name, for its own dice.
    fn name(&self) -> String;

    /// Connects and gets let in.
    fn open(&mut self, shared: &Shared) -> impl Future<Output = Result<(), DoorError>>;

    /// Serves orders over the open connection. Returns when it is lost, `Ok` when there are no more orders.
    fn serve(&mut self, shared: &Shared, orders: &mut mpsc::Receiver<Self::Order>) -> impl Future<Output = Result<(), DoorError>>;

    /// Drops the connection.
    fn close(&mut self);
}

/// Keeps a sender connected for as long as there are orders.
pub async fn keep<D: Door>(mut door: D, shared: Rc<Shared>, mut orders: mpsc::Receiver<D::Order>) {
    let name = door.name();
    let mut backoff = Backoff::new(dice(shared.seed, &name));
    let mut waiting = false;
    loop {
        let ended = match door.open(&shared).await {
            Ok(()) => {
                backoff.reset();
                if std::mem::take(&mut waiting) {
                    shared.stats.reconnecting.less();
                }
                while D::PERISHES && orders.try_recv().is_ok() {}
                shared.stats.connected.add(1);
                let ended = door.serve(&shared, &mut orders).await;
                shared.stats.connected.less();
                ended
            }
            Err(error) => Err(error),
        };
        door.close();
        let Err(error) = ended else { return };
        tracing::debug!(%name, %error, "a sender lost its connection");
        shared.stats.lost.add(1);
        if !std::mem::replace(&mut waiting, true) {
            shared.stats.reconnecting.add(1);
        }
        sleep(backoff.wait()).await;
    }
}
