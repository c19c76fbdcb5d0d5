//! A radio gateway: the fixes of many radios as native JSON, one message a second over one WebSocket.

use std::{fmt::Write, net::SocketAddr};

use futures_util::{SinkExt, StreamExt};
use serde::{Deserialize, de::IgnoredAny};
use tokio::{net::TcpStream, sync::mpsc};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use super::{Door, DoorError, Shared, handshake, within};
use crate::{
    model::DeviceId,
    sim::fleet::{Degrees, SimFix},
};

/// Answers and pings are short.
const READ_BUFFER_BYTES: usize = 4096;
/// So many messages without an answer tell that nobody is there.
const UNANSWERED_MAX: u32 = 30;

/// The fixes of one second.
#[derive(Debug, Default)]
pub struct Batch {
    /// One fix a line.
    text: String,
    fixes: Vec<(usize, SimFix)>,
}

impl Batch {
    /// Adds a fix.
    pub fn push(&mut self, unit: usize, device: &DeviceId, fix: SimFix) {
        let (lat, lng) = (Degrees(fix.lat_udeg), Degrees(fix.lng_udeg));
        // Writing into a string cannot fail.
        let _ = writeln!(
            self.text,
            r#"{{"device":"{device}","lat":{lat},"lon":{lng},"time":"{}","speed_mps":{:.2},"heading_deg":{:.1},"accuracy_m":{:.1}}}"#,
            fix.time, fix.speed_mps, fix.heading_deg, fix.accuracy_m
        );
        self.fixes.push((unit, fix));
    }

    /// How many fixes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.fixes.len()
    }

    /// Whether there is no fix.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.fixes.is_empty()
    }
}

/// The server's answer to a batch.
#[derive(Deserialize)]
struct Answer {
    accepted: u64,
    refused: Vec<IgnoredAny>,
}

/// One gateway.
#[derive(Debug)]
pub struct Radio {
    gateway: usize,
    server: SocketAddr,
    socket: Option<WebSocketStream<TcpStream>>,
}

impl Radio {
    /// The gateway of a number.
    #[must_use]
    pub const fn new(gateway: usize, server: SocketAddr) -> Self {
        Self { gateway, server, socket: None }
    }
}

impl Door for Radio {
    type Order = Batch;

    fn name(&self) -> String {
        format!("gateway-{}", self.gateway)
    }

    async fn open(&mut self, shared: &Shared) -> Result<(), DoorError> {
        let stream = shared.connect(self.server).await?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let request = handshake(self.server, "/v1/ingest", shared.token.as_deref())?;
        let (socket, _) = within(client_async_with_config(request, stream, Some(config))).await??;
        self.socket = Some(socket);
        Ok(())
    }

    async fn serve(&mut self, shared: &Shared, orders: &mut mpsc::Receiver<Batch>) -> Result<(), DoorError> {
        let socket = self.socket.as_mut().ok_or(DoorError::Closed)?;
        let mut unanswered = 0;
        loop {
            tokio::select! {
                batch = orders.recv() => {
                    let Some(Batch { text, fixes }) = batch else { return Ok(()) };
                    for (unit, fix) in &fixes {
                        shared.note(*unit, fix, fix.time.unix_ms());
                    }
                    unanswered += 1;
                    within(socket.send(Message::text(text))).await??;
                }
                message = socket.next() => match message {
                    None | Some(Ok(Message::Close(_))) => return Err(DoorError::Closed),
                    Some(Ok(Message::Text(text))) => {
                        unanswered = 0;
                        if let Ok(answer) = serde_json::from_str::<Answer>(&text) {
                            shared.stats.accepted.add(answer.accepted);
                            shared.stats.refused.add(answer.refused.len() as u64);
                        }
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error.into()),
                },
            }
            if unanswered >= UNANSWERED_MAX {
                return Err(DoorError::Closed);
            }
        }
    }

    fn close(&mut self) {
        self.socket = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ingest::{Source, native},
        model::Timestamp,
    };

    #[test]
    fn the_server_reads_what_a_gateway_writes() {
        let mut batch = Batch::default();
        let fix = SimFix {
            time: Timestamp::from_unix_ms(1_800_000_000_120),
            lat_udeg: -22_800_001,
            lng_udeg: 108_300_002,
            speed_mps: 41.5,
            heading_deg: 359.9,
            accuracy_m: 4.0,
            alarm: false,
        };
        let device: DeviceId = "radio-H-1".parse().unwrap();
        (0..3).for_each(|unit| batch.push(unit, &device, fix));
        let count = native::parse(batch.text.as_bytes(), |_, item| {
            let (source, report) = item.unwrap();
            assert_eq!(source, Source::Device(device.clone()));
            assert_eq!((report.lat_deg, report.lng_deg, report.time), (-22.800001, 108.300002, fix.time));
        });
        assert_eq!((count, batch.len(), batch.is_empty()), (Ok(3), 3, false));
    }
}
