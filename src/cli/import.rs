//! `citygate import`: what others know of a city, as Citygate reads it.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand};

use crate::{
    import::{self, Extras, ImportError, Options, lines::Columns},
    telemetry::{self, TelemetryError},
};

/// What to import.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Roads: an OpenStreetMap PBF, or FlatGeobuf lines.
    Roads(RoadsArguments),
}

/// What `import roads` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "The server uses the file with `citygate serve --roads FILE`. Columns of a FlatGeobuf, and what they say by default: class, \
speed=speed_kmh, oneway, bridge, access, name_zh, name_en, from and to (numbers of junctions; without them lines meet where they end at the same place)."
)]
pub struct RoadsArguments {
    /// The file: *.osm.pbf or *.fgb.
    file: PathBuf,
    /// Where the roads are written.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Which column of a FlatGeobuf says what, e.g. class=highway; once for each.
    #[arg(long, value_name = "FIELD=COLUMN")]
    map: Vec<String>,
    /// Whom a map of these roads must name; for OpenStreetMap its contributors, otherwise nobody.
    #[arg(long, value_name = "TEXT")]
    attribution: Option<String>,
    /// Take roads for walkers too.
    #[arg(long)]
    paths: bool,
    /// Take ferries too.
    #[arg(long)]
    ferries: bool,
}

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportCommandError {
    /// The import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The mapping of columns.
    #[error(transparent)]
    Columns(#[from] import::lines::LinesError),
    /// Logs.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// Standard output is closed.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Runs the command.
///
/// # Errors
/// [`ImportCommandError`] names the file, what is wrong and what is right.
pub fn run(ImportCommand::Roads(arguments): ImportCommand) -> Result<(), ImportCommandError> {
    telemetry::start_log("warn", telemetry::LogFormat::Text)?;
    let RoadsArguments { file, out, map, attribution, paths, ferries } = arguments;
    let columns = Columns::new(&map)?;
    let report = import::run(&Options { file, out, columns, extras: Extras { paths, ferries }, attribution })?;
    writeln!(io::stdout().lock(), "{report}")?;
    Ok(())
}
