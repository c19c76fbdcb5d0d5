//! Logs and metrics: where they go, and what each metric means.
//!
//! Logs name devices and units by id at most, never positions or anything secret; people by id, in the audit trail alone
//! (`server::audit`).

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
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

/// Logs to standard error, as `RUST_LOG` or else the filter says.
///
/// # Errors
/// [`TelemetryError`] when the filter is wrong.
pub fn start_log(filter: &str) -> Result<(), TelemetryError> {
    let from_environment = std::env::var(EnvFilter::DEFAULT_ENV).ok();
    let words = from_environment.as_deref().unwrap_or(filter);
    let parsed = words.parse::<EnvFilter>().map_err(|source| TelemetryError::Filter { filter: words.to_owned(), source })?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(parsed).with_writer(std::io::stderr);
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    subscriber.with_ansi(colours).try_init().map_err(|error| TelemetryError::Log(error.to_string()))
}

/// Starts to count. Whoever counts before this counts for nobody.
///
/// # Errors
/// [`TelemetryError`] when something counts already.
pub fn start_metrics() -> Result<PrometheusHandle, TelemetryError> {
    let handle =
        PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(measure::REQUEST_SECONDS.to_owned()), SECONDS)?.install_recorder()?;
    describe();
    Ok(handle)
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
    describe_counter!("citygate_ticks_total", Unit::Count, "Ticks of the engine");
    describe_counter!("citygate_journal_commits_total", Unit::Count, "Groups of events that were made durable");
    describe_counter!("citygate_journal_events_total", Unit::Count, "Events that were made durable");
    describe_counter!("citygate_journal_failures_total", Unit::Count, "Groups of events that could not be made durable");
    describe_counter!(measure::REQUESTS, Unit::Count, "Requests answered, by method, route and status");
    describe_histogram!(measure::REQUEST_SECONDS, Unit::Seconds, "How long answers took, by route");
    describe_gauge!(measure::SOCKETS, Unit::Count, "WebSockets that are open, by route");
    describe_counter!(measure::SOCKETS_REFUSED, Unit::Count, "WebSockets turned away at the limit, by route");
    describe_counter!(measure::SNAPSHOTS, Unit::Count, "Snapshots sent to walls, by cause: subscribe, asked, lagged");
    describe_counter!(measure::STREAM_BYTES, Unit::Bytes, "Bytes of the messages sent to walls");
    describe_counter!(measure::STREAM_STUCK, Unit::Count, "Sockets closed because they took no message in time");
    describe_counter!(measure::TICKS, Unit::Count, "Ticks encoded for walls");
    describe_counter!(measure::TICK_UNITS, Unit::Count, "Units in the ticks encoded: each that changed, once a tick");
    describe_counter!(measure::COMMANDS, Unit::Count, "Commands of HTTP, by outcome: applied, rejected, failed");
}
