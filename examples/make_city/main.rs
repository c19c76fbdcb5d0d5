//! Writes the sample city: `cargo run --release --example make_city -- [--out data] [--seed 1]`.
#![allow(clippy::print_stdout)]

mod make;

use std::path::PathBuf;

use clap::Parser;

/// Writes the sample city, all of it synthetic.
#[derive(Parser)]
struct Args {
    /// Where to; files that are there are replaced.
    #[arg(long, default_value = "data")]
    out: PathBuf,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = make::SEED)]
    seed: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let (junctions, edges) = make::make(args.seed, &args.out)?;
    println!("{}: {junctions} junctions, {edges} road edges", args.out.display());
    Ok(())
}
