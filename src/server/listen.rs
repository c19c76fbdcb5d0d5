//! The listening socket: a bound on connections and on how long a request's head may take, and a polite end.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};

use super::{
    front::Front,
    guard::{NotLoopback, check_bind},
    stop::Stop,
};

/// The most that the kernel holds for a reader that does not read. Without it a wall that hangs costs megabytes.
const SEND_BUFFER_BYTES: u32 = 64 * 1024;

/// Connections that the kernel keeps while none is accepted.
const BACKLOG: u32 = 1024;

/// The largest head of a request.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// How long open requests and sockets get to end after the stop.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long to wait when the process is out of sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Limits of the listener.
#[derive(Debug, Clone, Copy)]
pub struct ListenLimits {
    /// The most connections at once.
    pub connections_max: usize,
    /// The longest that a request's head may take.
    pub head_timeout: Duration,
}

/// An address that cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// It can be reached from other machines.
    #[error(transparent)]
    NotLoopback(#[from] NotLoopback),
    /// The system refuses it.
    #[error("cannot listen on {address}: {source}; choose another port with {flag}, or stop what uses this one")]
    Refused {
        /// The flag that chooses the address.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// Binds a loopback address; `flag` chooses it on the command line. Port 0 picks a free one: ask the listener which.
///
/// # Errors
/// [`BindError`] for an address that is not loopback, or in use.
pub fn bind(address: SocketAddr, flag: &'static str) -> Result<TcpListener, BindError> {
    check_bind(address)?;
    listener(address).map_err(|source| BindError::Refused { flag, address, source })
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart finds its port although old connections still linger.
    socket.set_reuseaddr(true)?;
    // Accepted sockets take this over from the listening one.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until the stop, then lets what is open end for three seconds at most.
pub async fn serve(listener: TcpListener, front: Front, limits: ListenLimits, mut stop: Stop) {
    let front = Arc::new(front);
    // One permit a connection: at the limit, new ones wait in the kernel's backlog.
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.said() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        while open.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer, permit)) => {
                let (front, stop) = (front.clone(), stop.clone());
                open.spawn(async move {
                    connection(stream, peer, front, limits, stop).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    let ended = tokio::time::timeout(CLOSE_TIMEOUT, async { while open.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::warn!(open = open.len(), "connections did not end in time and are cut");
    }
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<(TcpStream, IpAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Ticks are small and must not wait for company.
    stream.set_nodelay(true)?;
    Ok((stream, peer.ip().to_canonical(), permit))
}

async fn connection(stream: TcpStream, peer: IpAddr, front: Arc<Front>, limits: ListenLimits, mut stop: Stop) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service_fn(move |request| front.clone().answer(peer, request)))
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.said() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_said() {
        let first = bind("127.0.0.1:0".parse().unwrap(), "--http").unwrap();
        let error = bind(first.local_addr().unwrap(), "--http").unwrap_err().to_string();
        assert!(error.contains("cannot listen on 127.0.0.1:") && error.contains("--http"), "{error}");
        assert!(matches!(bind("0.0.0.0:0".parse().unwrap(), "--http"), Err(BindError::NotLoopback(_))));
    }
}
