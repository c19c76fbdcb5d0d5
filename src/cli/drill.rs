//! `citygate drill`: a scenario played against the simulated city.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use clap::Args;

use crate::{
    drill::{self, DrillError, Report, Scenario, Stage, report::Event},
    telemetry::{self, TelemetryError},
};

/// The slowest that a drill is told at, times real.
const SPEED_MIN: f64 = 0.1;
/// The fastest.
const SPEED_MAX: f64 = 100_000.0;

/// What `drill` takes.
#[derive(Debug, Args)]
#[command(after_help = "Written to --out: NAME.json, the report, and NAME.html, the replay: one file that asks nobody for anything. \
Scenarios to begin with: data/drills/. Every field: src/drill/scenario.rs.")]
pub struct DrillArguments {
    /// The scenario: *.toml or *.json.
    file: PathBuf,
    /// The folder of the city.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// What decides all chance: the same seed, the same drill.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the report and the replay are written.
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Tell what happens at so many times real speed; as fast as it can be reckoned unless said. It changes nothing else.
    #[arg(long, value_name = "TIMES")]
    speed: Option<f64>,
}

/// Why a drill failed.
#[derive(Debug, thiserror::Error)]
pub enum DrillCommandError {
    /// The drill.
    #[error("{file}: {source}")]
    Drill {
        /// The scenario's file.
        file: PathBuf,
        /// What is wrong.
        source: DrillError,
    },
    /// A speed that cannot be.
    #[error("speed {0} is out of range (--speed): give {SPEED_MIN} to {SPEED_MAX}")]
    Speed(f64),
    /// The replay cannot be written as JSON.
    #[error("the report cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    /// A file of the report.
    #[error("cannot write {file} (--out): {source}")]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Logs.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// Standard output is closed.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Plays a scenario and writes its report.
///
/// # Errors
/// [`DrillCommandError`] names the file, the field, the value and what is right.
pub fn run(arguments: &DrillArguments) -> Result<(), DrillCommandError> {
    telemetry::start_log("warn", telemetry::LogFormat::Text)?;
    let DrillArguments { file, data, seed, out, speed } = arguments;
    if let Some(speed) = speed.filter(|speed| !(SPEED_MIN..=SPEED_MAX).contains(speed)) {
        return Err(DrillCommandError::Speed(speed));
    }
    let wrong = |source| DrillCommandError::Drill { file: file.clone(), source };
    let scenario = Scenario::read(file).map_err(|error| wrong(error.into()))?;
    let stage = Stage::load(data).map_err(wrong)?;
    let start = Instant::now();
    let mut told = Ok(());
    let mut tell = |event: &Event| {
        if let Some(speed) = speed {
            let due = Duration::from_secs_f64((event.at_s / speed).max(0.0));
            thread::sleep(due.saturating_sub(start.elapsed()));
        }
        if told.is_ok() {
            told = line(event);
        }
    };
    let report = stage.play(&scenario, *seed, &mut tell).map_err(wrong)?;
    told?;
    let stem = file.file_stem().map_or_else(|| "drill".into(), |stem| stem.to_string_lossy());
    write(&out.join(format!("{stem}.json")), &serde_json::to_vec_pretty(&report)?)?;
    write(&out.join(format!("{stem}.html")), drill::html(&report)?.as_bytes())?;
    summary(&report, out)
}

/// An event as a line.
fn line(event: &Event) -> io::Result<()> {
    let seconds = event.at_s.round() as i64;
    writeln!(io::stdout().lock(), "{:>4}:{:02}  {}: {}", seconds / 60, seconds % 60, event.title.en, event.detail.en)
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), DrillCommandError> {
    let wrong = |source| DrillCommandError::File { file: file.to_owned(), source };
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(wrong)?;
    }
    fs::write(file, bytes).map_err(wrong)
}

fn summary(report: &Report, out: &Path) -> Result<(), DrillCommandError> {
    let mut console = io::stdout().lock();
    writeln!(console)?;
    for row in &report.rows {
        let cell = |number: Option<f64>| match number {
            None => "-".to_owned(),
            Some(number) if row.is_time => format!("{}:{:02}", number.round() as i64 / 60, number.round() as i64 % 60),
            Some(number) => number.to_string(),
        };
        writeln!(console, "{:<44} {:>8} {:>8}", row.what.en, cell(row.plan), cell(row.drill))?;
    }
    for sentence in &report.better {
        writeln!(console, "{}", sentence.en)?;
    }
    writeln!(console, "The replay is in {}.", out.display())?;
    Ok(())
}
