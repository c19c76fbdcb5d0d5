//! What the kernel counts: a process's time and memory, the memory and packets of all TCP.
//!
//! How often a server writes is seen by packets: what it sends with one call is one packet on loopback while the reader keeps up, and
//! `/proc/PID/io` does not count `send`.

use std::{fs, time::Instant};

use citygate::sim::probe::ProcessSample;

/// Bytes of a page, which socket memory is counted in.
const PAGE_BYTES: f64 = 4_096.0;

/// The value that follows a word in a text of words.
pub(crate) fn after(text: &str, word: &str) -> Option<u64> {
    text.split_ascii_whitespace().skip_while(|other| *other != word).nth(1)?.parse().ok()
}

/// A value of `/proc/net/netstat`: a line of names, a line of their values.
pub(crate) fn net(text: &str, group: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter(|line| line.starts_with(group));
    let place = lines.next()?.split_ascii_whitespace().position(|other| other == name)?;
    lines.next()?.split_ascii_whitespace().nth(place)?.parse().ok()
}

/// Memory that the kernel holds for TCP on the whole machine, MiB.
pub(crate) fn tcp_mib() -> f64 {
    let text = fs::read_to_string("/proc/net/sockstat").unwrap();
    let line = text.lines().find(|line| line.starts_with("TCP:")).unwrap();
    after(line, "mem").unwrap() as f64 * PAGE_BYTES / 1_048_576.0
}

/// A moment of a run.
pub(crate) struct Look {
    pub(crate) server: ProcessSample,
    own: ProcessSample,
    packets: u64,
    pub(crate) tcp_mib: f64,
}

/// What a window cost, a second of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    /// Processor time of the server, as a share of one core, and the part in the kernel.
    pub(crate) server: f64,
    pub(crate) server_in_kernel: f64,
    /// The same of this process: walls and feed.
    pub(crate) own: f64,
    /// Packets with data that any socket of the machine sent.
    pub(crate) packets: f64,
}

impl Look {
    /// Looks at a server and at this process.
    pub(crate) fn take(server: u32) -> Self {
        let netstat = fs::read_to_string("/proc/net/netstat").unwrap();
        Self {
            server: ProcessSample::take(server).unwrap(),
            own: ProcessSample::take(std::process::id()).unwrap(),
            packets: net(&netstat, "TcpExt:", "TCPOrigDataSent").unwrap(),
            tcp_mib: tcp_mib(),
        }
    }

    /// The monotonic time of the look.
    pub(crate) const fn at(&self) -> Instant {
        self.server.at
    }

    /// What it cost since.
    pub(crate) fn since(&self, before: &Self) -> Cost {
        let seconds = (self.at() - before.at()).as_secs_f64();
        let share = |of: f64, before: f64| (of - before) / seconds;
        let all = |sample: &ProcessSample| sample.user_s + sample.kernel_s;
        Cost {
            seconds,
            server: share(all(&self.server), all(&before.server)),
            server_in_kernel: share(self.server.kernel_s, before.server.kernel_s),
            own: share(all(&self.own), all(&before.own)),
            packets: (self.packets - before.packets) as f64 / seconds,
        }
    }
}
