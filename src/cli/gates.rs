//! `citygate gates`: who closes which gate.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};

use super::{
    EXIT_IMPOSSIBLE, EXIT_NOTHING_FOUND,
    town::{PATIENCE, TownArguments, TownError, over, print},
};
use crate::{
    cordon::{GatesError, NEED_MAX, close_gates},
    instance::{GATES_MAX, Teller, Town},
    roads::JunctionNo,
    telemetry,
};

/// What to do about gates.
#[derive(Debug, Subcommand)]
pub enum GatesCommand {
    /// Send units to every gate, so that the last is closed as early as possible and then with the least driving.
    Close(Box<CloseArguments>),
}

/// What `gates close` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Seconds are counted from now, when the units are ordered. The answer is JSON: `bottleneck_s` is when the last gate is closed, `total_s` the \
seconds of all guards together, `optimal` whether both are proved least, in this order.\n\n\
Exit code: 0 when every gate is closed, 2 when what was given is wrong, 3 when it is proved that these units cannot close \
these gates (`impossible` says which), 4 when nothing was found within a minute."
)]
pub struct CloseArguments {
    #[command(flatten)]
    town: TownArguments,
    /// The gates: CSV, `junction[,need]`.
    #[arg(long, value_name = "FILE")]
    gates: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// [`TownError`] names the file, the line, the value and what is right.
pub fn run(GatesCommand::Close(arguments): GatesCommand) -> Result<ExitCode, TownError> {
    telemetry::start_log("warn", telemetry::LogFormat::Text)?;
    let (town, units) = arguments.town.read()?;
    let gates = town.held(&arguments.gates, "gates", GATES_MAX, 1..=NEED_MAX)?;
    let gates: Vec<(JunctionNo, u8)> = gates.iter().map(|gate| (gate.junction, gate.need.unwrap_or(1))).collect();
    let order = arguments.town.order();
    let goings = [town.going(order.movement)];
    let closing = close_gates(&goings, &Town::ordered(&units, order.set_up_s, 0), &gates, &mut over(PATIENCE));
    print(&Teller { town: &town, units: &units, ordered_ms: 0 }.gates(&closing))?;
    Ok(match closing {
        Ok(_) => ExitCode::SUCCESS,
        Err(GatesError::TooFew { .. }) => ExitCode::from(EXIT_IMPOSSIBLE),
        Err(GatesError::OutOfTime) => ExitCode::from(EXIT_NOTHING_FOUND),
    })
}
