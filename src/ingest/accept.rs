//! What all TCP doors share: taking connections up to a limit, until the stop.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

/// How long to wait when the system gives no more sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How a door takes connections.
pub(super) struct Accept {
    /// Who comes, for the log.
    pub(super) who: &'static str,
    /// The most at a time.
    pub(super) connections_max: usize,
    /// How long they may take to end when the server stops.
    pub(super) stop: Duration,
    /// How many there are.
    pub(super) open: metrics::Gauge,
    /// How many were one too many.
    pub(super) turned_away: metrics::Counter,
}

impl Accept {
    /// Takes connections until `stop` says true or its sender is gone: `connect` serves each, `turn_away` has the last word to
    /// one that is too many. Returns when every connection has ended, at the latest [`Accept::stop`] after that.
    pub(super) async fn run<F: Future<Output = ()> + Send + 'static>(
        self,
        listener: TcpListener,
        mut stop: watch::Receiver<bool>,
        mut connect: impl FnMut(TcpStream, SocketAddr) -> F,
        turn_away: impl Fn(&TcpStream),
    ) {
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                // Taken away as they end, so that the set holds only what is open.
                Some(_) = connections.join_next() => {
                    self.open.set(connections.len() as f64);
                    continue;
                }
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, peer)) if connections.len() >= self.connections_max => {
                    self.turned_away.increment(1);
                    tracing::warn!(%peer, most = self.connections_max, "turned a {} away: too many connections", self.who);
                    turn_away(&socket);
                }
                Ok((socket, peer)) => {
                    connections.spawn(connect(socket, peer));
                    self.open.set(connections.len() as f64);
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a {}", self.who);
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        if timeout(self.stop, async { while connections.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!(left = connections.len(), "{}s did not end in time and are cut off", self.who);
        }
        self.open.set(0.0);
    }
}
