//! The command line: arguments in, exit code out. No logic.

pub mod config;
pub mod drill;
pub mod import;
pub mod load;
pub mod serve;
pub mod simulate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The exit code of a start that failed: bad arguments, bad configuration, a port in use, data that is missing.
pub const EXIT_FAILED: u8 = 2;

/// The engine under a police command centre's one map.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve(serve::ServeArguments),
    /// Drive the units of the city through the sockets of a running server.
    Simulate(simulate::SimulateArguments),
    /// Load a running server with fixes and questions, and tell what that costs.
    Load(Box<load::LoadArguments>),
    /// Play a scenario against the simulated city, and tell what would have been better.
    Drill(drill::DrillArguments),
    /// Bring in what others know of a city.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Print the default configuration, or check a file.
    #[command(subcommand)]
    Config(config::ConfigCommand),
}

/// Runs what the arguments say. A failure is one line on standard error that names its cause.
#[must_use]
pub fn run(arguments: Arguments) -> ExitCode {
    let result = match arguments.command {
        Command::Serve(arguments) => serve::run(arguments).map_err(|error| error.to_string()),
        Command::Simulate(arguments) => simulate::run(arguments).map_err(|error| error.to_string()),
        Command::Load(arguments) => load::run(&arguments).map_err(|error| error.to_string()),
        Command::Drill(arguments) => drill::run(&arguments).map_err(|error| error.to_string()),
        Command::Import(command) => import::run(command).map_err(|error| error.to_string()),
        Command::Config(command) => config::run(&command).map_err(|error| error.to_string()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say_error(&message);
            ExitCode::from(EXIT_FAILED)
        }
    }
}

#[expect(clippy::print_stderr, reason = "the one place where a failure is told")]
fn say_error(message: &str) {
    eprintln!("citygate: {message}");
}
