//! What is counted: names of the server's metrics, and requests by route.

use std::time::Instant;

use axum::{extract::Request, middleware::Next, response::Response};

/// Requests answered, by `method`, `route` and `status`.
pub const REQUESTS: &str = "citygate_http_requests_total";
/// How long answers took, by `route`, seconds.
pub const REQUEST_SECONDS: &str = "citygate_http_request_seconds";
/// WebSockets that are open, by `route`.
pub const SOCKETS: &str = "citygate_sockets";
/// WebSockets that were turned away because the limit was reached, by `route`.
pub const SOCKETS_REFUSED: &str = "citygate_sockets_refused_total";
/// Snapshots that walls were sent, by `cause`: `subscribe`, `asked` or `lagged`.
pub const SNAPSHOTS: &str = "citygate_stream_snapshots_total";
/// Bytes of the messages that walls were sent.
pub const STREAM_BYTES: &str = "citygate_stream_sent_bytes_total";
/// Walls that were closed because they took no message in time.
pub const STREAM_STUCK: &str = "citygate_stream_stuck_total";
/// Ticks encoded.
pub const TICKS: &str = "citygate_stream_ticks_total";
/// Units in the ticks encoded: each that changed, once a tick.
pub const TICK_UNITS: &str = "citygate_stream_tick_units_total";
/// Commands that HTTP handed to the engine, by `outcome`: `applied`, `rejected` or `failed`.
pub const COMMANDS: &str = "citygate_commands_total";

/// Counts and times a request under its route's pattern, never under its path: paths name units.
pub async fn request(route: &'static str, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let start = Instant::now();
    let response = next.run(request).await;
    metrics::histogram!(REQUEST_SECONDS, "route" => route).record(start.elapsed().as_secs_f64());
    // Methods that the server does not know are one label: a client must not be able to make up series.
    let method = match method.as_str() {
        known @ ("GET" | "HEAD" | "PUT" | "PATCH" | "POST" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    metrics::counter!(REQUESTS, "method" => method, "route" => route, "status" => response.status().as_str().to_owned()).increment(1);
    response
}
