//! The command line: arguments in, exit code out. No logic.

mod certificates;
pub mod config;
pub mod cordon;
pub mod drill;
pub mod gates;
pub mod import;
pub mod journal;
pub mod load;
mod notify;
mod provider;
pub mod serve;
pub mod simulate;
mod token;
mod town;

pub use token::TokenError;
pub use town::TownError;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The exit code of a start that failed: bad arguments, bad configuration, a port in use, data that is missing.
pub const EXIT_FAILED: u8 = 2;
/// The exit code when it is proved that there is no plan.
pub const EXIT_IMPOSSIBLE: u8 = 3;
/// The exit code when nothing was found or proved in time.
pub const EXIT_NOTHING_FOUND: u8 = 4;

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
    /// Plan cordons for any town that is there as files.
    #[command(subcommand)]
    Cordon(cordon::CordonCommand),
    /// Close fixed gates in any town that is there as files.
    #[command(subcommand)]
    Gates(gates::GatesCommand),
    /// Bring in what others know of a city.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Copy the state folder while its server runs.
    Backup(journal::BackupArguments),
    /// Make a state folder of a backup.
    Restore(journal::RestoreArguments),
    /// Check that the journal is as it was written.
    Verify(journal::VerifyArguments),
    /// Read the journal.
    #[command(subcommand)]
    Journal(journal::JournalCommand),
    /// Print the default configuration, or check a file.
    #[command(subcommand)]
    Config(config::ConfigCommand),
}

/// Runs what the arguments say. A failure is one line on standard error that names its cause.
#[must_use]
pub fn run(arguments: Arguments) -> ExitCode {
    let result = match arguments.command {
        Command::Serve(arguments) => done(serve::run(arguments)),
        Command::Simulate(arguments) => done(simulate::run(arguments)),
        Command::Load(arguments) => done(load::run(&arguments)),
        Command::Cordon(command) => cordon::run(command).map_err(|error| error.to_string()),
        Command::Gates(command) => gates::run(command).map_err(|error| error.to_string()),
        Command::Drill(arguments) => done(drill::run(&arguments)),
        Command::Import(command) => done(import::run(command)),
        Command::Backup(arguments) => done(journal::backup(&arguments)),
        Command::Restore(arguments) => done(journal::restore(&arguments)),
        Command::Verify(arguments) => done(journal::verify(&arguments)),
        Command::Journal(command) => done(journal::run(&command)),
        Command::Config(command) => done(config::run(&command)),
    };
    match result {
        Ok(code) => code,
        Err(message) => {
            say_error(&message);
            ExitCode::from(EXIT_FAILED)
        }
    }
}

/// What a command that succeeds or fails comes to.
fn done<E: std::fmt::Display>(result: Result<(), E>) -> Result<ExitCode, String> {
    result.map(|()| ExitCode::SUCCESS).map_err(|error| error.to_string())
}

#[expect(clippy::print_stderr, reason = "the one place where a failure is told")]
fn say_error(message: &str) {
    eprintln!("citygate: {message}");
}
