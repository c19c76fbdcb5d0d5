//! What criterion left behind.

use std::{cell::RefCell, fs, path::PathBuf, time::SystemTime};

use serde::Deserialize;

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// The measurements in `target/criterion`, and when those were made that were read.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    made: RefCell<Vec<SystemTime>>,
}

fn folder() -> PathBuf {
    // The folder for tests' files lies beside criterion's.
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("criterion")
}

impl Measured {
    /// The median of an iteration, nanoseconds; none when it was not measured.
    pub(crate) fn ns(&self, group: &str, bench: &str, parameter: &str) -> Option<f64> {
        let file = folder().join(group).join(bench).join(parameter).join("new/estimates.json");
        let estimates: Estimates = serde_json::from_slice(&fs::read(&file).ok()?).ok()?;
        self.made.borrow_mut().extend(fs::metadata(&file).and_then(|about| about.modified()));
        Some(estimates.median.point_estimate)
    }

    /// When the first of what was read was measured.
    pub(crate) fn first(&self) -> String {
        said(self.made.borrow().iter().min())
    }

    /// When the last of it was.
    pub(crate) fn last(&self) -> String {
        said(self.made.borrow().iter().max())
    }
}

fn said(time: Option<&SystemTime>) -> String {
    let time = time.and_then(|time| jiff::Timestamp::try_from(*time).ok());
    time.map_or_else(|| "never".to_owned(), |time| time.strftime("%F %T UTC").to_string())
}
