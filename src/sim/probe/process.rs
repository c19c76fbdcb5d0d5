//! What a process takes, from `/proc`.

use std::{fs, time::Instant};

/// Ticks of processor time in a second: the kernel reports to user space in hundredths on every machine.
const TICKS_PER_S: f64 = 100.0;

/// Why a process cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no such process, or no `/proc`.
    #[error("process {pid}: {source}; give the number of a running process with --server-pid")]
    Read {
        /// The process.
        pid: u32,
        /// What happened.
        source: std::io::Error,
    },
    /// The file has another form.
    #[error("process {pid}: {file} cannot be read")]
    Form {
        /// The process.
        pid: u32,
        /// The file.
        file: &'static str,
    },
}

/// A process at one instant.
#[derive(Debug, Clone, Copy)]
pub struct ProcessSample {
    /// When.
    pub at: Instant,
    /// Processor time in the program, seconds.
    pub user_s: f64,
    /// Processor time in the kernel, seconds.
    pub kernel_s: f64,
    /// Resident memory, MiB.
    pub rss_mib: f64,
}

/// User and kernel ticks of `/proc/PID/stat`: fields 14 and 15. The name before them may hold blanks and brackets.
fn ticks(stat: &str) -> Option<(u64, u64)> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// `VmRSS` of `/proc/PID/status`, kB.
fn rss_kb(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_ascii_whitespace().next()?.parse().ok()
}

impl ProcessSample {
    /// Looks at a process. Two small reads.
    ///
    /// # Errors
    /// [`ProcessError`] when it is gone.
    pub fn take(pid: u32) -> Result<Self, ProcessError> {
        let read =
            |file: &'static str| fs::read_to_string(format!("/proc/{pid}/{file}")).map_err(|source| ProcessError::Read { pid, source });
        let at = Instant::now();
        let (user, kernel) = ticks(&read("stat")?).ok_or(ProcessError::Form { pid, file: "stat" })?;
        let rss_kb = rss_kb(&read("status")?).ok_or(ProcessError::Form { pid, file: "status" })?;
        Ok(Self { at, user_s: user as f64 / TICKS_PER_S, kernel_s: kernel as f64 / TICKS_PER_S, rss_mib: rss_kb as f64 / 1024.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_the_right_ones() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 1 0 0 0 123 45 0 0 20 0 5 0 100 1000 200";
        assert_eq!(ticks(stat), Some((123, 45)));
        assert_eq!(rss_kb("Name:\tx\nVmRSS:\t   2048 kB\n"), Some(2048));
        assert_eq!(ticks("nonsense"), None);
        assert_eq!(rss_kb(""), None);
    }

    #[test]
    fn this_process_has_memory() {
        assert!(ProcessSample::take(std::process::id()).unwrap().rss_mib > 1.0);
        assert!(ProcessSample::take(u32::MAX).is_err());
    }
}
