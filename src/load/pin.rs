//! Processes on certain cores, so that a latency does not depend on which happen to be awake.

use std::{fs, io};

use rustix::thread::{CpuSet, Pid, sched_setaffinity};

/// Puts every thread of a process on these cores. Threads that it starts later inherit that.
///
/// # Errors
/// When there is no such process, or none of the cores.
pub fn pin(process: u32, cores: &[usize]) -> io::Result<()> {
    let mut set = CpuSet::new();
    for core in cores {
        if *core >= CpuSet::MAX_CPU {
            return Err(io::Error::other(format!("there is no core {core}: /proc/cpuinfo lists them")));
        }
        set.set(*core);
    }
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let name = task?.file_name();
        let thread = name.to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
        // A thread may end while the folder is read.
        match sched_setaffinity(thread, &set) {
            Err(rustix::io::Errno::SRCH) => {}
            result => result?,
        }
    }
    Ok(())
}
