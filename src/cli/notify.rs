//! What systemd is told (sd_notify): ready, stopping, and that the writer ticks. Elsewhere nobody listens and nothing is said.

use std::{
    env, io,
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    },
    sync::Arc,
    time::Duration,
};

use crate::bus::Bus;

/// Where systemd listens.
#[derive(Debug, Clone, Default)]
pub(super) struct Notify(Option<Arc<(UnixDatagram, SocketAddr)>>);

impl Notify {
    /// The listener of the environment, if there is one.
    ///
    /// # Errors
    /// When it cannot be spoken to.
    pub(super) fn from_environment() -> io::Result<Self> {
        let Some(name) = env::var_os("NOTIFY_SOCKET") else { return Ok(Self::default()) };
        // A name that begins with @ is no file.
        let address = match name.as_encoded_bytes().strip_prefix(b"@") {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(&name)?,
        };
        Ok(Self(Some(Arc::new((UnixDatagram::unbound()?, address)))))
    }

    /// Says something, e.g. `READY=1`. A listener that is gone is no fault of the server's.
    pub(super) fn say(&self, words: &str) {
        let Some((socket, address)) = self.0.as_deref() else { return };
        if let Err(error) = socket.send_to_addr(words.as_bytes(), address) {
            tracing::warn!(%error, words, "the service manager cannot be told");
        }
    }

    /// Says that all is well as long as the writer ticks, twice in the time after which the service manager restarts who is silent.
    pub(super) async fn watchdog(self, bus: Bus) {
        let microseconds = env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse::<u64>().ok()).filter(|time| *time > 1);
        let (Some(microseconds), true) = (microseconds, self.0.is_some()) else { return };
        let mut times = tokio::time::interval(Duration::from_micros(microseconds / 2));
        loop {
            times.tick().await;
            if bus.is_healthy() {
                self.say("WATCHDOG=1");
            }
        }
    }
}
