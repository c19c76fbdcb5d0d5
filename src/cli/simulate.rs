//! `citygate simulate`: the sample city in motion, through the real sockets.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;

use super::token::{self, TokenError};
use crate::{
    sim::{self, MeasureOptions, Options, SimError},
    telemetry::{self, TelemetryError},
};

/// What `simulate` takes.
#[derive(Debug, Args)]
pub struct SimulateArguments {
    /// The server's HTTP address or URL.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    http: String,
    /// A file with a program's token, for a server where nobody comes in without one.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The server's JT/T 808 address.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8808")]
    jt808: String,
    /// The folder of the city; the same as the server's.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// What decides all chance: the same seed drives the same ways.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How often each unit reports, a second.
    #[arg(long, default_value_t = 1.0)]
    rate_hz: f64,
    /// Stop after so many seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Raise no alarms.
    #[arg(long)]
    no_alarms: bool,
    /// Open walls of the whole city and measure how long a fix takes from its socket to theirs.
    #[arg(long)]
    measure: bool,
    /// How many walls.
    #[arg(long, value_name = "N", default_value_t = 5, requires = "measure")]
    walls: usize,
    /// The server's process: tell its share of a core and its memory.
    #[arg(long, value_name = "PID", requires = "measure")]
    server_pid: Option<u32>,
    /// Leave so many seconds at the start out of the measurement.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, requires = "measure")]
    warm_up: u64,
    /// Print the summary as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Why a simulation failed.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The simulation.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// The token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Logs.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// Standard output is closed.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl SimulateArguments {
    fn options(self) -> Result<Options, TokenError> {
        let Self { http, jt808, token_file, data, seed, rate_hz, seconds, no_alarms, measure, walls, server_pid, warm_up, .. } = self;
        let measure = measure.then_some(MeasureOptions { walls, server_pid, warm_up_s: warm_up });
        Ok(Options { http, jt808, token: token::read(token_file.as_deref())?, data, seed, rate_hz, seconds, alarms: !no_alarms, measure })
    }
}

/// Simulates until the time is over, SIGTERM or SIGINT.
///
/// # Errors
/// [`SimulateError`]; also when the server accepted nothing.
pub fn run(arguments: SimulateArguments) -> Result<(), SimulateError> {
    telemetry::start_log("warn", telemetry::LogFormat::Text)?;
    let json = arguments.json;
    let summary = sim::run(&arguments.options()?)?;
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, &summary).map_err(io::Error::from)?;
        writeln!(out)?;
    } else if let Some(measurement) = summary.measurement {
        writeln!(out, "{measurement}")?;
    }
    Ok(())
}
