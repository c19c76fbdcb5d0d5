//! Questions on a connection of their own, one after the other, each due at its moment.

use std::{
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use rand::{SeedableRng, rngs::SmallRng};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket, protocol::WebSocketConfig};

use super::{
    Kind, LoadError, Over,
    fleet::Bounds,
    http::{self, HttpLink},
    report::histogram,
    window::{Window, wake_on_time},
};
use crate::sim::doors::handshake;

/// Questions that are made ahead and asked round and round.
const PREPARED: usize = 1_024;
/// The smallest buffer that holds a usual answer.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// What the questions of one connection came to.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Questions of the window that were answered 200.
    pub answered: u64,
    /// Questions of the window that were answered otherwise.
    pub failed: u64,
    /// What the first failure said.
    pub first_failure: Option<String>,
    /// From the moment that a question was due to its answer, nanoseconds.
    pub latency: Histogram<u64>,
}

/// Whom to ask what, and how often.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The server.
    pub http: SocketAddr,
    /// A program's token.
    pub token: Option<String>,
    /// What.
    pub kind: Kind,
    /// How it travels.
    pub over: Over,
    /// Questions a second on this connection; `None` is as fast as answers come.
    pub per_s: Option<f64>,
    /// Where places are asked for.
    pub bounds: Bounds,
    /// What decides them.
    pub seed: u64,
}

enum Link {
    Http(HttpLink, Vec<Vec<u8>>),
    Socket(Box<WebSocket<TcpStream>>, Vec<Message>),
}

impl Link {
    fn open(asker: &Asker) -> Result<Self, LoadError> {
        let mut rng = SmallRng::seed_from_u64(asker.seed);
        let questions = (0..PREPARED).map(|_| question(asker.kind, asker.bounds.anywhere(&mut rng)));
        match asker.over {
            Over::Http => {
                let link = HttpLink::open(asker.http, asker.token.as_deref())?;
                let request = |(target, body): (String, Option<String>)| {
                    let method = if body.is_some() { "POST" } else { "GET" };
                    link.request(method, &target, body.as_deref())
                };
                let requests = questions.map(request).collect();
                Ok(Self::Http(link, requests))
            }
            Over::Websocket => {
                let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
                let stream = http::connect(asker.http)?;
                let wrong = |why: String| LoadError::Answer { what: "/v1/ask", why };
                let request = handshake(asker.http, "/v1/ask", asker.token.as_deref()).map_err(|error| wrong(error.to_string()))?;
                let (socket, _) =
                    tungstenite::client::client_with_config(request, stream, Some(config)).map_err(|error| wrong(error.to_string()))?;
                let message = |(target, body): (String, Option<String>)| {
                    let body = body.map_or_else(String::new, |body| format!(r#","body":{body}"#));
                    Message::text(format!(r#"{{"id":1,"ask":"{target}"{body}}}"#))
                };
                Ok(Self::Socket(Box::new(socket), questions.map(message).collect()))
            }
        }
    }

    /// Asks question `n`; gives what is wrong with the answer, if anything.
    fn ask(&mut self, n: usize) -> Result<Option<String>, LoadError> {
        match self {
            Self::Http(link, requests) => {
                let Some(request) = requests.get(n % PREPARED) else { return Ok(None) };
                let (status, body) = link.ask(request)?;
                Ok((status != 200).then(|| String::from_utf8_lossy(body).into_owned()))
            }
            Self::Socket(socket, messages) => {
                let broken = |error: tungstenite::Error| LoadError::Answer { what: "/v1/ask", why: error.to_string() };
                let Some(message) = messages.get(n % PREPARED) else { return Ok(None) };
                socket.send(message.clone()).map_err(broken)?;
                loop {
                    match socket.read().map_err(broken)? {
                        Message::Text(text) => return Ok((!text.starts_with(r#"{"id":1,"status":200,"#)).then(|| text.to_string())),
                        Message::Close(_) => return Err(broken(tungstenite::Error::ConnectionClosed)),
                        _ => {}
                    }
                }
            }
        }
    }
}

/// A question about a place: its target, and a body where it has one.
fn question(kind: Kind, (lat, lon): (f64, f64)) -> (String, Option<String>) {
    match kind {
        Kind::Nearest => (format!("/v1/nearest?lat={lat}&lon={lon}&k=10"), None),
        Kind::Zones => (format!("/v1/zones/at?lat={lat}&lon={lon}"), None),
        Kind::Rings => {
            let rings = [500, 1_000, 3_000].map(|outer_m| serde_json::json!({"name": format!("{outer_m} m"), "outer_m": outer_m}));
            let body = serde_json::json!({"core": {"type": "Point", "coordinates": [lon, lat]}, "rings": rings});
            ("/v1/rings".to_owned(), Some(body.to_string()))
        }
    }
}

/// Asks until the window closes.
///
/// # Errors
/// [`LoadError`] when the connection breaks.
pub fn ask(asker: &Asker, window: &Window) -> Result<Asked, LoadError> {
    wake_on_time();
    let mut link = Link::open(asker)?;
    let mut asked = Asked { answered: 0, failed: 0, first_failure: None, latency: histogram()? };
    for n in 0.. {
        let due = match asker.per_s {
            Some(per_s) => window.starts + Duration::from_secs_f64(n as f64 / per_s),
            None => Instant::now(),
        };
        if due >= window.closes {
            break;
        }
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let failure = link.ask(n)?;
        if window.counts(due) {
            asked.latency.saturating_record(due.elapsed().as_nanos() as u64);
            asked.answered += u64::from(failure.is_none());
            asked.failed += u64::from(failure.is_some());
        }
        asked.first_failure = asked.first_failure.or(failure);
    }
    Ok(asked)
}
