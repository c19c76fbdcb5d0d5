//! `citygate load`: fixes in, questions out, and what that costs.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use clap::Args;

use super::token::{self, TokenError};
use crate::{
    load::{self, Kind, LoadError, Options, Over},
    telemetry::{self, TelemetryError},
};

/// What `load` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Everything has a moment at which it is due, and its latency counts from then: a server that falls behind shows as latency. \
Every unit patrols a way of its own at 50 m/s and is where the clock says, so that the server's checks accept every fix, at any rate and in one run after the \
other with the same seed; a unit reports at most 200 times a second, so give 100000 units for 500000 fixes a second, which are then 10 m apart. Units that the server does not know are registered (load-0000000 and on), \
which makes them part of its journal: use a state folder of its own."
)]
pub struct LoadArguments {
    /// The server's HTTP address or URL.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    http: String,
    /// A file with a program's token, for a server where nobody comes in without one.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The server's address for gateways.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8809")]
    gateway: String,
    /// How many units report.
    #[arg(long, value_name = "N", default_value_t = 3_500)]
    units: usize,
    /// Fixes a second, of all units together.
    #[arg(long, value_name = "RATE", default_value_t = 3_500.0)]
    fixes_per_s: f64,
    /// Connections that carry fixes.
    #[arg(long, value_name = "N", default_value_t = 8)]
    connections: usize,
    /// Fixes in a batch.
    #[arg(long, value_name = "N", default_value_t = 100)]
    batch: usize,
    /// Questions for the ten nearest, a second.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    nearest_per_s: f64,
    /// Questions for who stands in three rings, a second.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    rings_per_s: f64,
    /// Questions for the zones at a place, a second.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    zones_per_s: f64,
    /// How questions travel.
    #[arg(long, value_enum, default_value_t)]
    over: Over,
    /// Connections of each kind of question; each asks one at a time.
    #[arg(long, value_name = "N", default_value_t = 2)]
    askers: usize,
    /// As fast as answers come, instead of at the rates: finds the highest rate; a rate of zero stays zero.
    #[arg(long)]
    flat_out: bool,
    /// Batches in flight on a connection when flat out.
    #[arg(long, value_name = "N", default_value_t = 4)]
    in_flight: usize,
    /// How long is measured, seconds.
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// How long before that is left out, seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0)]
    warm_up: f64,
    /// What decides all chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The server's process: tell its share of a core, its time a fix and its memory.
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
    /// Put this program, and the server where its process is named, on this one core.
    #[arg(long, value_name = "N")]
    pin_core: Option<usize>,
    /// Write the report as JSON too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Why a load failed.
#[derive(Debug, thiserror::Error)]
pub enum LoadCommandError {
    /// The load.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Logs.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The file of the report.
    #[error("cannot write {file} (--json): {source}")]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output is closed.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl LoadArguments {
    fn options(&self) -> Result<Options, TokenError> {
        let given = self;
        Ok(Options {
            http: given.http.clone(),
            token: token::read(given.token_file.as_deref())?,
            gateway: given.gateway.clone(),
            units: given.units,
            fixes_per_s: given.fixes_per_s,
            connections: given.connections,
            batch: given.batch,
            questions: [(Kind::Nearest, given.nearest_per_s), (Kind::Rings, given.rings_per_s), (Kind::Zones, given.zones_per_s)],
            over: given.over,
            askers: given.askers,
            flat_out: given.flat_out,
            in_flight: given.in_flight,
            seconds: given.seconds,
            warm_up_s: given.warm_up,
            seed: given.seed,
            server_pid: given.server_pid,
            pin_core: given.pin_core,
        })
    }
}

/// Runs a load until its time is over.
///
/// # Errors
/// [`LoadCommandError`]; also when nothing came through.
pub fn run(arguments: &LoadArguments) -> Result<(), LoadCommandError> {
    telemetry::start_log("warn", telemetry::LogFormat::Text)?;
    let report = load::run(&arguments.options()?)?;
    if let Some(file) = &arguments.json {
        let wrong = |source: io::Error| LoadCommandError::File { file: file.clone(), source };
        let mut out = BufWriter::new(File::create(file).map_err(wrong)?);
        serde_json::to_writer_pretty(&mut out, &report).map_err(io::Error::from).map_err(wrong)?;
        writeln!(out).and_then(|()| out.flush()).map_err(wrong)?;
    }
    writeln!(io::stdout().lock(), "{report}")?;
    Ok(())
}
