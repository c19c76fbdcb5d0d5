//! The load generator against the binary that ships: fixes and questions at a fixed rate, and flat out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

struct Server {
    child: Child,
    addresses: HashMap<String, String>,
    _state: TempDir,
}

impl Server {
    fn start() -> Self {
        let state = TempDir::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_citygate"))
            .args(["serve", "--demo", "--http", "127.0.0.1:0", "--jt808", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--data"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("data"))
            .arg("--state")
            .arg(state.path())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).take_while(|line| line != "ready");
        let addresses = lines.filter_map(|line| line.split_once(' ').map(|(door, at)| (door.to_owned(), at.to_owned()))).collect();
        Self { child, addresses, _state: state }
    }

    fn load(&self, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_citygate"))
            .args(["load", "--http", &self.addresses["http"], "--gateway", &self.addresses["gateway"]])
            .args(["--server-pid", &self.child.id().to_string(), "--warm-up", "0.5"])
            .args(more)
            .output()
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The words of the row of the closing table that begins so.
fn row<'a>(table: &'a str, name: &str) -> Vec<&'a str> {
    let line = table.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no row {name}: {table}"));
    line[name.len()..].split_whitespace().collect()
}

fn number(words: &[&str], place: usize) -> f64 {
    words[place].parse().unwrap_or_else(|error| panic!("{error}: {words:?}"))
}

#[test]
fn fixes_and_questions_at_a_fixed_rate() {
    let server = Server::start();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("report.json");
    let mix = ["--units", "300", "--connections", "3", "--batch", "10", "--fixes-per-s", "3000", "--seconds", "2"];
    let questions = ["--nearest-per-s", "50", "--rings-per-s", "20", "--zones-per-s", "20"];
    for over in ["http", "websocket"] {
        let output = server.load(&[&mix[..], &questions, &["--over", over, "--json", file.to_str().unwrap()]].concat());
        let (table, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{errors}");
        let fixes = row(&table, "fixes ");
        assert_eq!((number(&fixes, 0), number(&fixes, 2)), (3_000.0, 0.0), "{table}");
        assert!((2_500.0..=3_100.0).contains(&number(&fixes, 1)), "{table}");
        for (name, rate) in [("nearest ", 50.0), ("rings ", 20.0), ("zones at ", 20.0)] {
            let words = row(&table, name);
            assert_eq!((number(&words, 0), number(&words, 2)), (rate, 0.0), "{table}");
            assert!(number(&words, 1) > rate * 0.8 && number(&words, 3) > 0.0, "{table}");
        }
        let report: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(report["registered"], if over == "http" { 300 } else { 0 }, "{report}");
        assert_eq!(
            (&report["fixes"]["refused"], &report["fixes"]["missed"], &report["over"]),
            (&0.into(), &0.into(), &over.into()),
            "{report}"
        );
        assert!(report["fixes"]["accepted"].as_u64().unwrap() > 7_000 && report["server"]["rss_mib"].as_f64().unwrap() > 1.0, "{report}");
        assert!(report["fixes"]["latency"]["p50_us"].as_f64().unwrap() > 1.0, "{report}");
    }
}

#[test]
fn flat_out_nothing_is_refused() {
    let server = Server::start();
    let output =
        server.load(&["--units", "2000", "--connections", "2", "--flat-out", "--seconds", "1", "--nearest-per-s", "1", "--askers", "1"]);
    let (table, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{errors}");
    assert!(table.contains("flat out") && table.contains("fixes      0 refused, 0 missed, 0 unanswered"), "{table}");
}

#[test]
fn what_is_wrong_is_said() {
    let server = Server::start();
    for (arguments, words) in [
        (vec!["--units", "0"], vec!["--units", "0", "1 to 1000000"]),
        (vec!["--units", "10", "--connections", "11"], vec!["--connections", "11", "1 to 10"]),
        (vec!["--units", "100", "--fixes-per-s", "30000"], vec!["--fixes-per-s", "30000", "200"]),
        (vec!["--seconds", "0"], vec!["--seconds"]),
        (vec!["--fixes-per-s", "0", "--seconds", "0.2"], vec!["no fix", "rates"]),
    ] {
        let output = server.load(&arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_citygate")).args(["load", "--http", "127.0.0.1:1"]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && error.contains("127.0.0.1:1") && error.contains("see that the server runs"), "{error}");
}
