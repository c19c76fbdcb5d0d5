//! The `citygate` binary.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    citygate::cli::run(citygate::cli::Arguments::parse())
}
