//! What `citygate cordon` and `citygate gates` both take: a town, its units, and how these move.

use std::{
    io::{self, Write},
    ops::RangeInclusive,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;
use serde::Serialize;

use crate::{
    instance::{InstanceError, Movement, Order, Town, UnitAt},
    telemetry::TelemetryError,
};

/// Every time that is given, seconds: at most a day.
const SECONDS: RangeInclusive<f64> = 0.0..=86_400.0;
/// Every speed that is given, metres a second.
const SPEEDS: RangeInclusive<f64> = 0.1..=200.0;
/// How long is looked for any answer at all.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TownError {
    /// A file.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// Logs.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// Standard output is closed.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// The town and the units.
#[derive(Debug, Args)]
pub(super) struct TownArguments {
    /// The junctions: CSV, `id,x,y` (metres on a plane) or `id,lon,lat` (degrees); roads of GraphML and FlatGeobuf may bring their own.
    #[arg(long, value_name = "FILE")]
    junctions: Option<PathBuf>,
    /// The roads: CSV, `from,to[,length_m][,time_s][,one_way]`, or *.graphml, or *.fgb.
    #[arg(long, value_name = "FILE")]
    roads: PathBuf,
    /// The units: CSV, `id,junction`.
    #[arg(long, value_name = "FILE")]
    units: PathBuf,
    /// How fast units are, on every road without a time of its own.
    #[arg(long, value_name = "M/S", default_value_t = 16.67, value_parser = speed, allow_negative_numbers = true)]
    unit_speed_mps: f64,
    /// What a unit takes to set up once it is there.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = seconds, allow_negative_numbers = true)]
    set_up_s: f64,
}

impl TownArguments {
    /// Reads the town and its units.
    pub(super) fn read(&self) -> Result<(Town, Vec<UnitAt>), InstanceError> {
        let town = Town::read(self.junctions.as_deref(), &self.roads)?;
        let units = town.units(&self.units)?;
        Ok((town, units))
    }

    /// What units do when they are ordered.
    pub(super) const fn order(&self) -> Order {
        Order { movement: Movement { speed_mps: self.unit_speed_mps, one_way_holds: true }, set_up_s: self.set_up_s }
    }
}

/// Whether so much time is over; it begins now.
pub(super) fn over(time: Duration) -> impl Fn() -> bool {
    let began = Instant::now();
    move || began.elapsed() >= time
}

fn within(text: &str, range: &RangeInclusive<f64>, what: &str) -> Result<f64, String> {
    let wrong = || format!("give {what} from {} to {}", range.start(), range.end());
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(wrong)
}

/// A time.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    within(text, &SECONDS, "seconds")
}

/// A speed.
pub(super) fn speed(text: &str) -> Result<f64, String> {
    within(text, &SPEEDS, "metres a second")
}

/// One line of JSON on standard output.
pub(super) fn print(answer: &impl Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, answer)?;
    writeln!(out)
}
