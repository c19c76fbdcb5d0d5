//! The peer: a Redis of its own, without persistence, and its protocol.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The key of all positions.
pub(crate) const KEY: &str = "units";

pub(crate) struct Redis {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// Installs Redis where it is missing, as the Makefile installs its other tools.
pub(crate) fn install() {
    let is_there = |program: &str| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !is_there("redis-server") {
        eprintln!("Installing Redis, the peer of this bench");
        let install = "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server";
        assert!(Command::new("sh").args(["-c", install]).status().unwrap().success(), "Redis cannot be installed: install redis-server");
    }
}

impl Redis {
    pub(crate) fn start() -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let port = address.port().to_string();
        let child = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let this = Self { child, address };
        while TcpStream::connect(address).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        this
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Appends a command.
pub(crate) fn command(out: &mut Vec<u8>, words: &[&str]) {
    out.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

/// Whether a reply to `GEOSEARCH ... WITHCOORD WITHDIST` is whole: each of its units is ten lines.
pub(crate) fn is_whole(reply: &[u8]) -> bool {
    let Some(end) = reply.iter().position(|byte| *byte == b'\n') else { return false };
    let units: usize = std::str::from_utf8(&reply[1..end - 1]).unwrap().parse().unwrap();
    reply.iter().filter(|byte| **byte == b'\n').count() == 1 + 10 * units
}
