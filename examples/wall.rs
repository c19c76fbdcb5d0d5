//! A map wall in words: connects to the stream in its binary form and prints what it shows, once a second.
//!
//! ```sh
//! cargo run --example wall                                   # the server at 127.0.0.1:8080
//! CITYGATE_TOKEN=... cargo run --example wall -- wall.example:8080
//! ```
#![allow(clippy::print_stdout, reason = "it talks to a terminal")]

use std::{
    collections::HashMap,
    error::Error,
    time::{Duration, Instant},
};

use citygate::frames::{FrameKind, Record, STEPS_A_DEG, decode};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

/// What the wall shows.
#[derive(Default)]
struct Map {
    names: HashMap<u32, String>,
    units: HashMap<u32, Record>,
    /// The last tick that it shows.
    seq: u64,
}

impl Map {
    /// Takes a frame in; says whether it fits what was there.
    fn take(&mut self, bytes: &[u8]) -> Result<bool, Box<dyn Error>> {
        let frame = decode(bytes)?;
        if frame.kind == FrameKind::Units {
            self.units.clear();
        } else if self.seq + u64::from(frame.ticks) != frame.seq {
            return Ok(false);
        }
        self.seq = frame.seq;
        for no in frame.left() {
            self.units.remove(&no);
        }
        for record in frame.records() {
            // Of a record without a fix the position stays what it was.
            let spot = record.spot.or_else(|| self.units.get(&record.no)?.spot);
            self.units.insert(record.no, Record { spot, ..*record });
        }
        Ok(true)
    }

    fn text(&mut self, text: &str) -> Result<(), Box<dyn Error>> {
        let message: Value = serde_json::from_str(text)?;
        match message["type"].as_str() {
            Some("roster") => {
                for unit in message["units"].as_array().into_iter().flatten() {
                    if let (Some(no), Some(callsign)) = (unit["no"].as_u64(), unit["callsign"].as_str()) {
                        self.names.insert(no as u32, callsign.to_owned());
                    }
                }
            }
            Some("events") => message["events"].as_array().into_iter().flatten().for_each(|event| println!("  {event}")),
            Some("error") => return Err(message["problem"].to_string().into()),
            _ => {}
        }
        Ok(())
    }

    fn print(&self) {
        println!("tick {}: {} units", self.seq, self.units.len());
        let mut placed: Vec<_> = self.units.values().filter_map(|unit| Some((unit.no, unit.spot?))).collect();
        placed.sort_by_key(|(no, _)| *no);
        for (no, spot) in placed.iter().take(3) {
            let degrees = |steps: i32| f64::from(steps) / STEPS_A_DEG;
            println!("  {:8} {:.6} {:.6}", self.names.get(no).map_or("", String::as_str), degrees(spot.at.lat), degrees(spot.at.lng));
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let mut request = format!("ws://{server}/v1/stream").into_client_request()?;
    if let Ok(token) = std::env::var("CITYGATE_TOKEN") {
        request.headers_mut().insert("authorization", HeaderValue::try_from(format!("Bearer {token}"))?);
    }
    let (mut socket, _) = connect_async(request).await?;
    socket.send(Message::text(json!({"type": "subscribe"}).to_string())).await?;
    let (mut map, mut printed) = (Map::default(), Instant::now());
    while let Some(message) = socket.next().await {
        match message? {
            Message::Binary(bytes) if !map.take(&bytes)? => socket.send(Message::text(json!({"type": "resync"}).to_string())).await?,
            Message::Text(text) => map.text(&text)?,
            Message::Close(Some(frame)) => println!("closed: {} {}", frame.code, frame.reason),
            _ => {}
        }
        if printed.elapsed() >= Duration::from_secs(1) {
            printed = Instant::now();
            map.print();
        }
    }
    Ok(())
}
