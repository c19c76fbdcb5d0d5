//! The server that is measured: the optimised binary on free ports, with a state folder of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use citygate::load::{fleet::Bounds, http::HttpLink, units};
use rand::{SeedableRng, rngs::SmallRng};
use tempfile::TempDir;

pub(crate) const SEED: u64 = 20_261_122;

pub(crate) struct Server {
    child: Child,
    pub(crate) http: SocketAddr,
    pub(crate) gateway: SocketAddr,
    /// From the start of the process to the word that it is ready.
    pub(crate) start: Duration,
    _state: TempDir,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// With more arguments.
    pub(crate) fn start_with(data: &Path, arguments: &[&str]) -> Self {
        let state = TempDir::new().unwrap();
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_citygate"))
            .args(["serve", "--demo", "--http", "127.0.0.1:0", "--jt808", "127.0.0.1:0", "--gateway", "127.0.0.1:0"])
            .arg("--data")
            .arg(data)
            .arg("--state")
            .arg(state.path())
            .args(arguments)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut addresses = (None, None);
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap) {
            match line.split_once(' ') {
                Some(("http", url)) => addresses.0 = url.trim_start_matches("http://").parse().ok(),
                Some(("gateway", address)) => addresses.1 = address.parse().ok(),
                _ if line == "ready" => break,
                _ => {}
            }
        }
        let start = begun.elapsed();
        Self { child, http: addresses.0.unwrap(), gateway: addresses.1.unwrap(), start, _state: state }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Gives each of `count` units a fix, by HTTP; returns when the engine has them. Each body waits for the one before to be
    /// there, so that the queue never overflows.
    pub(crate) fn place(&self, count: usize) {
        let bounds = Bounds::new(units::city(self.http, None).unwrap().bbox);
        let mut rng = SmallRng::seed_from_u64(SEED);
        let mut link = HttpLink::open(self.http, None).unwrap();
        let numbers: Vec<usize> = (0..count).collect();
        for numbers in numbers.chunks(10_000) {
            let time = citygate::bus::now();
            let mut lines = String::new();
            for n in numbers {
                let ((lat, lon), id) = (bounds.anywhere(&mut rng), units::id(*n).unwrap());
                lines += &format!(
                    "{{\"unit\":\"{id}\",\"lat\":{lat},\"lon\":{lon},\"time\":\"{time}\",\"speed_mps\":12.5,\"heading_deg\":270,\"accuracy_m\":5}}\n"
                );
            }
            let request = link.request("POST", "/v1/fixes", Some(&lines));
            let (status, body) = link.ask(&request).unwrap();
            let said = String::from_utf8_lossy(&body[..body.len().min(300)]);
            assert!(status == 200 && said.starts_with(&format!(r#"{{"accepted":{},"#, numbers.len())), "{status}: {said}");
            let last = link.request("GET", &format!("/v1/units/{}", units::id(numbers[numbers.len() - 1]).unwrap()), None);
            while String::from_utf8_lossy(link.ask(&last).unwrap().1).contains("\"fix_time\":null") {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
