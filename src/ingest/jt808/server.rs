//! The TCP door: accepts terminals and drives a [`Session`] on each connection.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{Instant, timeout},
};

use super::{Event, Fed, PART_WAIT_MS, Receiver, RegisterVerdict, Registration, Session, SessionConfig, Verdict, id};
use crate::{
    bus,
    ingest::{Gate, Protocol, Refusal, RefusalReason, Source, accept::Accept},
    model::DeviceId,
};

/// Bytes of a connection's read buffer: about a hundred locations.
const READ_BYTES: usize = 8192;

/// The limits of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jt808Limits {
    /// The most connections at a time; one more is closed at once.
    pub connections_max: usize,
    /// A connection on which nothing that can be read came for so long is closed, seconds. Terminals send
    /// a heartbeat every 30 to 60 s.
    pub idle_s: u32,
    /// A terminal that does not take its answers for so long is cut off, seconds.
    pub write_s: u32,
    /// How long connections may take to end when the server stops, seconds.
    pub stop_s: u32,
}

impl Default for Jt808Limits {
    fn default() -> Self {
        Self { connections_max: 8_192, idle_s: 180, write_s: 10, stop_s: 5 }
    }
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the terminal closed it")]
    ByTerminal,
    #[error("nothing that can be read came for too long")]
    Idle,
    #[error("the server is stopping")]
    Stopping,
    #[error("the terminal did not take its answers")]
    SlowReader,
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// Takes terminals until `stop` says true or its sender is gone. Returns when every connection has ended, at the
/// latest [`Jt808Limits::stop_s`] after that.
pub async fn serve(listener: TcpListener, gate: Arc<Gate>, config: SessionConfig, limits: Jt808Limits, stop: watch::Receiver<bool>) {
    let door = Accept {
        who: "terminal",
        connections_max: limits.connections_max,
        stop: Duration::from_secs(limits.stop_s.into()),
        open: metrics::gauge!("citygate_jt808_connections"),
        turned_away: metrics::counter!("citygate_jt808_turned_away_total"),
    };
    let connect = |socket, peer| {
        let connection = Connection { socket, gate: gate.clone(), session: Session::new(config.clone()), limits, stop: stop.clone() };
        async move {
            let (ended, device) = connection.run().await;
            tracing::debug!(%peer, ?device, why = %ended, "a terminal's connection ended");
        }
    };
    // JT/T 808 has no word for it: one too many is closed.
    door.run(listener, stop.clone(), connect, |_| {}).await;
}

struct Connection {
    socket: TcpStream,
    gate: Arc<Gate>,
    session: Session,
    limits: Jt808Limits,
    stop: watch::Receiver<bool>,
}

impl Connection {
    async fn run(mut self) -> (Ended, Option<DeviceId>) {
        let Err(ended) = self.talk().await;
        (ended, self.session.device().cloned())
    }

    async fn talk(&mut self) -> Result<Infallible, Ended> {
        self.socket.set_nodelay(true)?;
        let idle = Duration::from_secs(self.limits.idle_s.into());
        let tick = Duration::from_millis(PART_WAIT_MS as u64);
        let mut buffer = vec![0; READ_BYTES];
        let (mut out, mut results) = (Vec::new(), Vec::new());
        let (mut last_good, mut good) = (Instant::now(), 0);
        loop {
            let left = idle.saturating_sub(last_good.elapsed());
            if left.is_zero() {
                return Err(Ended::Idle);
            }
            let read = tokio::select! {
                biased;
                _ = self.stop.wait_for(|stop| *stop) => return Err(Ended::Stopping),
                read = timeout(left.min(tick), self.socket.read(&mut buffer)) => read,
            };
            if let Ok(read) = read {
                let bytes = buffer.get(..read?).unwrap_or_default();
                if bytes.is_empty() {
                    return Err(Ended::ByTerminal);
                }
                self.take(bytes, &mut results, &mut out).await;
            }
            if self.session.good() != good {
                (last_good, good) = (Instant::now(), self.session.good());
            }
            self.session.tick(bus::now(), &mut out);
            if !out.is_empty() {
                match timeout(Duration::from_secs(self.limits.write_s.into()), self.socket.write_all(&out)).await {
                    Ok(written) => written?,
                    Err(_) => return Err(Ended::SlowReader),
                }
                out.clear();
            }
        }
    }

    /// Everything that one read gave: the positions to the gate at once, then the alarms, then the answers.
    async fn take(&mut self, mut bytes: &[u8], results: &mut Vec<Result<(), Refusal>>, out: &mut Vec<u8>) {
        let gate = self.gate.clone();
        let mut door = Door { gate: &gate };
        while let Fed::Newcomer(device) = self.session.feed(&mut bytes, bus::now(), &mut door, out) {
            if let Err(refusal) = gate.prepare(&Source::Device(device), Protocol::Jt808).await {
                tracing::info!(%refusal, "an unknown terminal connected");
            }
        }
        results.clear();
        if !self.session.reports().is_empty() {
            gate.accept(self.session.reports(), Protocol::Jt808, results);
        }
        let mut raised = true;
        for device in self.session.emergencies() {
            // The unit may have been taken off the force since it was let in.
            raised &= gate.knows(device);
            if let Err(error) = gate.raise_alarm(device).await {
                raised = false;
                tracing::error!(%device, %error, "an emergency button was pressed and its alarm is not raised");
            }
        }
        self.session.settle(results, raised, &mut door, out);
    }
}

/// The gate as a session sees it.
struct Door<'a> {
    gate: &'a Gate,
}

impl Receiver for Door<'_> {
    fn knows(&mut self, device: &DeviceId) -> bool {
        self.gate.knows(device)
    }

    fn register(&mut self, device: &DeviceId, _registration: &Registration) -> RegisterVerdict {
        if self.gate.knows(device) { RegisterVerdict::Accepted } else { RegisterVerdict::UnknownTerminal }
    }

    fn note(&mut self, event: Event<'_>) {
        let count = |reason| self.gate.count_refusal(Protocol::Jt808, reason);
        match event {
            Event::Registered { device, registration, verdict } => {
                tracing::debug!(%device, plate = registration.plate, ?verdict, "a terminal registers");
            }
            Event::Authenticated { device, accepted, code_is_right, .. } => {
                tracing::debug!(%device, accepted, code_is_right, "a terminal authenticates");
            }
            Event::LoggedOut { device } => tracing::debug!(%device, "a terminal logs out"),
            // The gate has counted what it was given; this one it never saw.
            Event::Location { verdict: Verdict::Refused(RefusalReason::NoPosition), location: Some(location), .. }
                if !location.positioned() =>
            {
                count(RefusalReason::NoPosition);
            }
            Event::NotLetIn { device, id } => {
                tracing::debug!(%device, id, "a terminal that is not let in");
                if matches!(id, id::LOCATION | id::BATCH) {
                    count(RefusalReason::UnknownDevice);
                }
            }
            Event::Malformed { device, id, error } => {
                tracing::debug!(?device, ?id, %error, "a message that cannot be read");
                count(RefusalReason::Malformed);
            }
            Event::DamagedFrame { device, error } => {
                tracing::debug!(?device, %error, "a damaged frame");
                count(RefusalReason::Malformed);
            }
            Event::Location { .. } | Event::Batch { .. } | Event::Answered { .. } => {}
        }
    }
}
