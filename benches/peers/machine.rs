//! What ran where: the head of every result.

use std::process::Command;

/// The first line that a program says.
pub(crate) fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or("unknown").to_owned(),
    )
}

/// The first value of a name in a file of `name: value` lines.
pub(crate) fn field(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
    line.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}

/// The cores of this machine.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Prints it; `peers` are the programs that ours is measured beside.
pub(crate) fn print_head(peers: &[&str]) {
    println!(
        "machine  {} x {}, {}, {}",
        cores(),
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        said("uname", &["-sr"])
    );
    println!("commit   {}", said("git", &["describe", "--always", "--dirty", "--abbrev=12"]));
    println!("date     {}", said("date", &["-u", "+%F %T UTC"]));
    let versions: Vec<String> = ["rustc"].iter().chain(peers).map(|program| said(program, &["--version"])).collect();
    println!("versions {}", versions.join(", "));
    println!(
        "load     {} (over one minute, before the start: what else runs shows in what follows)",
        said("cut", &["-d ", "-f1", "/proc/loadavg"])
    );
}

/// One row of a table: ours, the peer's, and how they compare.
pub(crate) fn row(what: &str, ours: &str, peer: &str, ratio: &str) {
    println!("{what:<52} {ours:>16} {peer:>16} {ratio:>16}");
}
