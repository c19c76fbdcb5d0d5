//! What is counted: names of the server's metrics, and requests by route.

use std::time::Instant;

use axum::{extract::Request, http::StatusCode, middleware::Next, response::Response};
use metrics::{Counter, Histogram};

use super::{question::Question, routes::QUESTIONS};

/// Requests answered, by `method`, `route` and `status`.
pub const REQUESTS: &str = "citygate_http_requests_total";
/// How long answers took, by `route`, seconds.
pub const REQUEST_SECONDS: &str = "citygate_http_request_seconds";
/// Requests and questions that were turned away because their address asked too often.
pub const TOO_OFTEN: &str = "citygate_http_too_often_total";
/// WebSockets that are open, by `route`.
pub const SOCKETS: &str = "citygate_sockets";
/// WebSockets that were turned away because the limit was reached, by `route`.
pub const SOCKETS_REFUSED: &str = "citygate_sockets_refused_total";
/// Snapshots that walls were sent, by `cause`: `subscribe`, `asked`, `sight` or `late`.
pub const SNAPSHOTS: &str = "citygate_stream_snapshots_total";
/// Bytes of the messages that walls were sent.
pub const STREAM_BYTES: &str = "citygate_stream_sent_bytes_total";
/// Times that walls were brought up to date: one write each, where the socket takes it whole.
pub const STREAM_WRITES: &str = "citygate_stream_writes_total";
/// Walls that were cut off, by `cause`: `stuck` took nothing in time, `behind` took too little to be told all that happened.
pub const STREAM_CUT: &str = "citygate_stream_cut_total";
/// Other WebSockets that were closed because they took no message in time.
pub const STREAM_STUCK: &str = "citygate_stream_stuck_total";
/// Ticks encoded.
pub const TICKS: &str = "citygate_stream_ticks_total";
/// Units in the ticks encoded: each that changed, once a tick.
pub const TICK_UNITS: &str = "citygate_stream_tick_units_total";
/// Commands that HTTP handed to the engine, by `outcome`: `applied`, `rejected` or `failed`.
pub const COMMANDS: &str = "citygate_commands_total";

/// The method that questions over the WebSocket are counted under.
pub const ASKED: &str = "ASK";

/// Counts and times a request under its route's pattern, never under its path: paths name units.
pub async fn request(route: &'static str, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let start = Instant::now();
    let response = next.run(request).await;
    metrics::histogram!(REQUEST_SECONDS, "route" => route).record(start.elapsed().as_secs_f64());
    count(route, method.as_str(), response.status());
    response
}

fn count(route: &'static str, method: &str, status: StatusCode) {
    // Methods that the server does not know are one label: a client must not be able to make up series.
    let method = match method {
        known @ ("GET" | "HEAD" | "PUT" | "PATCH" | "POST" | "DELETE" | "OPTIONS" | ASKED) => known.to_owned(),
        _ => "other".to_owned(),
    };
    metrics::counter!(REQUESTS, "method" => method, "route" => route, "status" => status.as_str().to_owned()).increment(1);
}

/// The meters of one question.
#[derive(Debug)]
struct Meter {
    route: &'static str,
    method: &'static str,
    seconds: Histogram,
    /// Answers with the method of its row and status 200: nearly all.
    good: Counter,
    /// Answers over the WebSocket with status 200.
    asked: Counter,
}

/// The meters of all questions, found once: to find one by its name costs more than many an answer.
#[derive(Debug)]
pub struct Meters(Vec<Meter>);

impl Default for Meters {
    /// Finds the meters. To be called after the recorder is installed.
    fn default() -> Self {
        let meter = |question: &Question| {
            let (route, method) = (question.path, question.method.as_str());
            let good = |method: &'static str| metrics::counter!(REQUESTS, "method" => method, "route" => route, "status" => "200");
            let seconds = metrics::histogram!(REQUEST_SECONDS, "route" => route);
            Meter { route, method, seconds, good: good(method), asked: good(ASKED) }
        };
        Self(QUESTIONS.iter().map(meter).collect())
    }
}

impl Meters {
    /// Starts to time an answer to the question of a row.
    #[must_use]
    pub fn start(&self, no: usize) -> Timer<'_> {
        Timer { meter: self.0.get(no), start: Instant::now() }
    }
}

/// An answer that is being timed.
#[derive(Debug)]
pub struct Timer<'a> {
    meter: Option<&'a Meter>,
    start: Instant,
}

impl Timer<'_> {
    /// Counts the answer and how long it took.
    pub fn stop(self, method: &str, status: StatusCode) {
        let Some(meter) = self.meter else { return };
        meter.seconds.record(self.start.elapsed().as_secs_f64());
        match method {
            _ if status != StatusCode::OK => count(meter.route, method, status),
            ASKED => meter.asked.increment(1),
            _ if method == meter.method => meter.good.increment(1),
            _ => count(meter.route, method, status),
        }
    }
}
