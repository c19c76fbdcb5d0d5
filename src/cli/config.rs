//! `citygate config`: the default configuration, and what is wrong with a file.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Subcommand;

use crate::config::{Config, ConfigError, DEFAULT_TOML};

/// What to do with configurations.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the whole default configuration with its comments.
    Default,
    /// Check a file.
    Check {
        /// The file.
        file: PathBuf,
    },
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum ConfigCommandError {
    /// The file is wrong.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: ConfigError,
    },
    /// Standard output is closed.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Runs the command.
///
/// # Errors
/// [`ConfigCommandError`] names the file, the key, the value and what is right.
pub fn run(command: &ConfigCommand) -> Result<(), ConfigCommandError> {
    match command {
        ConfigCommand::Default => io::stdout().write_all(DEFAULT_TOML.as_bytes())?,
        ConfigCommand::Check { file } => {
            Config::read(file).map_err(|source| ConfigCommandError::File { file: file.clone(), source })?;
            writeln!(io::stdout(), "{} is right", file.display())?;
        }
    }
    Ok(())
}
