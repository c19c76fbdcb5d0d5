//! Runs this program under callgrind and reads what it counted.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The file in which the counts of a function are left, for `callgrind_annotate`.
pub(crate) fn counts_of(function: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{function}.callgrind"))
}

/// Instructions a time inside a function of [`crate::paths`], in a process of its own.
pub(crate) fn count(function: &str) -> Result<f64, String> {
    let out = counts_of(function);
    let program = std::env::current_exe().map_err(|error| format!("this program is not found: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        // A name ends so, or in a hash, as the compiler wills. Closures in it have longer names and do not toggle.
        .arg(format!("--toggle-collect=*::{function}"))
        .arg(format!("--toggle-collect=*::{function}::h????????????????"))
        .arg(program)
        .arg(function)
        .output()
        .map_err(|error| format!("valgrind does not start ({error}): install it, as `make test` does"))?;
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        return Err(format!("valgrind ended with {}: {complained}", output.status));
    }
    let times: f64 = said.trim().parse().map_err(|_| format!("it said `{}`, not how many times", said.trim()))?;
    let counts = std::fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    match total(&counts) {
        None | Some(0.0) => Err(format!("callgrind saw no function `{function}`: was it renamed, or inlined?")),
        Some(instructions) => Ok(instructions / times),
    }
}

/// The instructions that a file of callgrind's tells of.
fn total(counts: &str) -> Option<f64> {
    counts.lines().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()
}
