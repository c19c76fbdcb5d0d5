//! `citygate backup`, `restore`, `verify` and `journal export`: what an operator does with a state folder.

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand};

use crate::journal::{self, BackupError, Copied, JournalError, Verified, VerifyError};

/// Where the server's folder is.
#[derive(Debug, Args)]
struct StateArguments {
    /// The folder that the server writes.
    #[arg(long, value_name = "DIR", default_value = "state")]
    state: PathBuf,
}

/// What `backup` takes.
#[derive(Debug, Args)]
pub struct BackupArguments {
    #[command(flatten)]
    state: StateArguments,
    /// Where the copy goes: a folder that is empty or not there yet.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// What `restore` takes.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    #[command(flatten)]
    state: StateArguments,
    /// The backup.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
}

/// What `verify` takes.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    #[command(flatten)]
    state: StateArguments,
}

/// What is done with the journal alone.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Write the journal to standard output, one JSON document a line.
    Export(ExportArguments),
}

/// What `journal export` takes.
#[derive(Debug, Args)]
pub struct ExportArguments {
    #[command(flatten)]
    state: StateArguments,
    /// The first row that is written.
    #[arg(long, value_name = "SEQ", default_value_t = 1)]
    from: u64,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum JournalCliError {
    /// Backup or restore.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The chain.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Standard output.
    #[error("standard output: {0}")]
    Out(#[from] io::Error),
}

/// Copies a state folder while its server runs.
///
/// # Errors
/// [`JournalCliError`] names the file, and what to do.
pub fn backup(arguments: &BackupArguments) -> Result<(), JournalCliError> {
    let copied = journal::backup(&arguments.state.state, &arguments.to)?;
    say_copied("backed up", &copied, &arguments.to)
}

/// Makes a state folder of a backup.
///
/// # Errors
/// [`JournalCliError`] names the file, and what to do.
pub fn restore(arguments: &RestoreArguments) -> Result<(), JournalCliError> {
    let copied = journal::restore(&arguments.from, &arguments.state.state)?;
    say_copied("restored", &copied, &arguments.state.state)
}

/// Walks the chain of hashes.
///
/// # Errors
/// [`JournalCliError`] names the first row that is wrong.
pub fn verify(arguments: &VerifyArguments) -> Result<(), JournalCliError> {
    let verified = journal::verify(&arguments.state.state)?;
    Ok(writeln!(io::stdout(), "the journal is as it was written: {}", words(&verified))?)
}

/// Writes what is asked for.
///
/// # Errors
/// [`JournalCliError`] names the file, and what to do.
pub fn run(command: &JournalCommand) -> Result<(), JournalCliError> {
    let JournalCommand::Export(ExportArguments { state, from }) = command;
    journal::export(&state.state, *from, &mut BufWriter::new(io::stdout().lock()))??;
    Ok(())
}

fn words(verified: &Verified) -> String {
    let hash: String = verified.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{} events, {} notes, last hash {hash}", verified.events, verified.notes)
}

fn say_copied(done: &str, Copied { files, journal }: &Copied, to: &std::path::Path) -> Result<(), JournalCliError> {
    Ok(writeln!(io::stdout(), "{done} {files} files to {}: {}", to.display(), words(journal))?)
}
