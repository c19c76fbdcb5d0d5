//! Logs and metrics: where they go, and what each metric means.
//!
//! Logs name devices and units by id at most, never positions or anything secret; people by id, in the audit trail alone
//! (`server::audit`).

use std::{
    borrow::Cow,
    io::{self, IsTerminal as _, Write},
};

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use crate::server::measure;

/// The bounds of request times, seconds: nearest answers in microseconds, a layer in tens of milliseconds.
const SECONDS: &[f64] = &[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Why telemetry did not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is no filter.
    #[error(
        "log.filter = {filter:?} is wrong: give a level (error, warn, info, debug, trace) or levels by module, e.g. info,citygate=debug ({source})"
    )]
    Filter {
        /// The filter.
        filter: String,
        /// Why.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Something else of this process logs already.
    #[error("cannot log: {0}")]
    Log(String),
    /// Something else of this process counts already.
    #[error("cannot count: {0}")]
    Metrics(#[from] BuildError),
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Words, for people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Logs to standard error, as `RUST_LOG` or else the filter says. Whatever somebody sends, an event is one line.
///
/// # Errors
/// [`TelemetryError`] when the filter is wrong.
pub fn start_log(filter: &str, format: LogFormat) -> Result<(), TelemetryError> {
    let from_environment = std::env::var(EnvFilter::DEFAULT_ENV).ok();
    let words = from_environment.as_deref().unwrap_or(filter);
    let parsed = words.parse::<EnvFilter>().map_err(|source| TelemetryError::Filter { filter: words.to_owned(), source })?;
    let has_colours = format == LogFormat::Text && io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt().with_env_filter(parsed).with_writer(move || Lines { has_colours }).with_ansi(has_colours);
    match format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
    }
    .map_err(|error| TelemetryError::Log(error.to_string()))
}

/// Standard error, line by line: an event comes whole.
struct Lines {
    /// Whether escape characters are the log's own.
    has_colours: bool,
}

impl Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let mut out = io::stderr().lock();
        out.write_all(one_line(&String::from_utf8_lossy(event), self.has_colours).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// An event without control characters but the end of its line, so that nobody who sends one writes lines of his own. Escaped as in
/// JSON: such a line stays what it is.
fn one_line(event: &str, has_colours: bool) -> Cow<'_, str> {
    let (line, end) = event.strip_suffix('\n').map_or((event, ""), |line| (line, "\n"));
    let is_bad = |c: char| (c.is_control() && !(has_colours && c == '\u{1b}')) || matches!(c, '\u{2028}' | '\u{2029}');
    if !line.contains(is_bad) {
        return Cow::Borrowed(event);
    }
    let mut out = String::with_capacity(event.len() + 8);
    for c in line.chars() {
        if is_bad(c) { out.push_str(&format!("\\u{:04x}", u32::from(c))) } else { out.push(c) }
    }
    Cow::Owned(out + end)
}

/// Starts to count. Whoever counts before this counts for nobody.
///
/// # Errors
/// [`TelemetryError`] when something counts already.
pub fn start_metrics() -> Result<PrometheusHandle, TelemetryError> {
    let handle =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(measure::REQUEST_SECONDS.to_owned()), SECONDS)?.install_recorder()?;
    describe();
    begin();
    Ok(handle)
}

/// Counters begin at nothing: of one that appears with its first count nobody sees that it rose.
fn begin() {
    let counters = [
        "citygate_ticks_total",
        "citygate_superseded_fixes_total",
        "citygate_journal_failures_total",
        "citygate_queue_merged_fixes_total",
        measure::TOO_OFTEN,
        measure::STREAM_STUCK,
        measure::STREAM_BYTES,
        measure::STREAM_WRITES,
        measure::TICKS,
        measure::TICK_UNITS,
    ];
    for counter in counters {
        metrics::counter!(counter).increment(0);
    }
    for cause in ["subscribe", "asked", "sight", "late"] {
        metrics::counter!(measure::SNAPSHOTS, "cause" => cause).increment(0);
    }
    for cause in ["stuck", "behind"] {
        metrics::counter!(measure::STREAM_CUT, "cause" => cause).increment(0);
    }
    for outcome in ["applied", "rejected", "failed"] {
        metrics::counter!(measure::COMMANDS, "outcome" => outcome).increment(0);
    }
    for route in ["/v1/stream", "/v1/stream/events", "/v1/ingest", "/v1/ask"] {
        metrics::gauge!(measure::SOCKETS, "route" => route).set(0.0);
        metrics::counter!(measure::SOCKETS_REFUSED, "route" => route).increment(0);
    }
}

fn describe() {
    describe_counter!("citygate_fixes_accepted_total", Unit::Count, "Fixes that passed the gate, by protocol");
    describe_counter!("citygate_fixes_refused_total", Unit::Count, "Fixes that were refused, by protocol and reason");
    describe_counter!("citygate_superseded_fixes_total", Unit::Count, "Fixes that came after a fresher one of the same unit");
    describe_counter!("citygate_queue_merged_fixes_total", Unit::Count, "Fixes that a newer one of the same unit replaced in the queue");
    describe_gauge!("citygate_jt808_connections", Unit::Count, "JT/T 808 terminals that are connected");
    describe_counter!(
        "citygate_jt808_turned_away_total",
        Unit::Count,
        "JT/T 808 connections that were closed because all places were taken"
    );
    describe_gauge!("citygate_gateway_connections", Unit::Count, "Gateways that are connected");
    describe_counter!("citygate_gateway_turned_away_total", Unit::Count, "Gateways that were turned away because all places were taken");
    describe_counter!("citygate_ticks_total", Unit::Count, "Ticks of the engine");
    describe_counter!("citygate_journal_commits_total", Unit::Count, "Groups of events that were made durable");
    describe_counter!("citygate_journal_events_total", Unit::Count, "Events that were made durable");
    describe_counter!("citygate_journal_failures_total", Unit::Count, "Groups of events that could not be made durable");
    describe_counter!(measure::REQUESTS, Unit::Count, "Requests answered, by method, route and status");
    describe_histogram!(measure::REQUEST_SECONDS, Unit::Seconds, "How long answers took, by route");
    describe_counter!(measure::TOO_OFTEN, Unit::Count, "Requests and questions turned away because their address asked too often");
    describe_gauge!(measure::SOCKETS, Unit::Count, "WebSockets that are open, by route");
    describe_counter!(measure::SOCKETS_REFUSED, Unit::Count, "WebSockets turned away at the limit, by route");
    describe_counter!(measure::SNAPSHOTS, Unit::Count, "Snapshots sent to walls, by cause: subscribe, asked, sight, late");
    describe_counter!(measure::STREAM_BYTES, Unit::Bytes, "Bytes of the messages sent to walls");
    describe_counter!(measure::STREAM_WRITES, Unit::Count, "Times that walls were brought up to date");
    describe_counter!(measure::STREAM_CUT, Unit::Count, "Walls cut off, by cause: stuck took nothing in time, behind took too little");
    describe_counter!(measure::STREAM_STUCK, Unit::Count, "Other sockets closed because they took no message in time");
    describe_counter!(measure::TICKS, Unit::Count, "Ticks encoded for walls");
    describe_counter!(measure::TICK_UNITS, Unit::Count, "Units in the ticks encoded: each that changed, once a tick");
    describe_counter!(measure::COMMANDS, Unit::Count, "Commands of HTTP, by outcome: applied, rejected, failed");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        assert_eq!(one_line("all is well 城\n", false), "all is well 城\n");
        assert_eq!(one_line("path /\r\nWARN forged\n", false), "path /\\u000d\\u000aWARN forged\n");
        assert_eq!(one_line("\u{1b}[2J\u{85}\u{2028}x", false), "\\u001b[2J\\u0085\\u2028x");
        assert_eq!(one_line("\u{1b}[32m INFO\u{7}\n", true), "\u{1b}[32m INFO\\u0007\n");
    }
}
