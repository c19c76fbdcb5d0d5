//! What the end-to-end tests share: the binary that ships, started on free ports with a state folder of its own.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests: what fails here fails the test")]

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take. Generous: the machine may be busy, and a test that waits does not fail earlier for it. Longer than the
/// server gives a request, so that one which hangs is answered by the server itself, and says so.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Lets units of a test be here now and there in the next moment.
pub(crate) const FAST_UNITS: &str = "[ingest.check]\njump_slack_m = 100000.0\n";

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) http: SocketAddr,
    pub(crate) gateway: SocketAddr,
    /// What makes the first administrator, where the server said it.
    pub(crate) set_up_code: Option<String>,
    /// None after [`Server::into_state`].
    state: Option<TempDir>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The document of a problem, which every error must be.
    pub(crate) fn problem(&self, status: u16, kind: &str) -> Value {
        let json = self.json();
        assert_eq!(self.status, status, "{json}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{json}");
        assert_eq!(json["type"], format!("/docs#problem-{kind}"), "{json}");
        assert_eq!(json["status"], status, "{json}");
        assert!(json["title"].is_string() && json["detail"].is_string(), "{json}");
        assert_eq!(json["request_id"].as_str(), self.header("x-request-id"), "{json}");
        json
    }
}

/// The folder of the sample city.
pub(crate) fn data() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// A server where nobody signs in, and which tells what is wrong and nothing else.
pub(crate) fn quietly(server: &mut Command) -> &mut Command {
    server.arg("--demo").env("RUST_LOG", "warn")
}

impl Server {
    /// Starts a server with an empty journal.
    pub(crate) fn start() -> Self {
        Self::start_with(TempDir::new().unwrap(), "")
    }

    /// Starts a server on a state folder, with a configuration.
    pub(crate) fn start_with(state: TempDir, config: &str) -> Self {
        Self::start_in(&data(), state, config)
    }

    /// The same in the city of a folder. Nobody signs in.
    pub(crate) fn start_in(city: &Path, state: TempDir, config: &str) -> Self {
        Self::spawn(city, state, config, quietly)
    }

    /// The same in the sample city with its log in a file of the state folder, as the configuration says what is logged.
    pub(crate) fn start_logged(state: TempDir, config: &str) -> Self {
        let log = std::fs::File::create(state.path().join("log")).unwrap();
        Self::spawn(&data(), state, config, |server| server.arg("--demo").env_remove("RUST_LOG").stderr(log))
    }

    /// Starts a server where people sign in, with its log in a file of the state folder.
    pub(crate) fn start_closed(state: TempDir, config: &str) -> Self {
        let log = std::fs::File::create(state.path().join("log")).unwrap();
        Self::spawn(&data(), state, config, |server| server.env_remove("RUST_LOG").stderr(log))
    }

    /// The same, the process being set up before it starts. Metrics and documentation are there unless the configuration has `[http]`.
    pub(crate) fn spawn(city: &Path, state: TempDir, config: &str, set_up: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let path = state.path().join("citygate.toml");
        let pages = if config.contains("[http]") { "" } else { "[http]\nmetrics = true\ndocs = true\n" };
        std::fs::write(&path, format!("{pages}{config}")).unwrap();
        let mut server = Self::launch(city, state.path(), set_up).unwrap_or_else(|lines| panic!("it ended before it was ready: {lines:?}"));
        server.state = Some(state);
        server
    }

    /// Starts a server on a state folder that is somebody else's; the lines that it said where it ends before it is ready.
    pub(crate) fn launch(city: &Path, state: &Path, set_up: impl FnOnce(&mut Command) -> &mut Command) -> Result<Self, Vec<String>> {
        let config = state.join("citygate.toml");
        let mut command = Command::new(env!("CARGO_BIN_EXE_citygate"));
        command.args(["serve", "--http", "127.0.0.1:0", "--jt808", "127.0.0.1:0", "--gateway", "127.0.0.1:0"]);
        if config.exists() {
            command.arg("--config").arg(config);
        }
        command.arg("--data").arg(city).arg("--state").arg(state).stdout(Stdio::piped());
        let mut child = set_up(&mut command).spawn().unwrap();
        match until_ready(child.stdout.take().unwrap()) {
            Ok(lines) => {
                let at = |door: &str| lines.iter().find_map(|line| line.strip_prefix(door));
                let http = at("http ").unwrap().split_once("://").unwrap().1.parse().unwrap();
                let set_up_code = at("set-up code ").and_then(|line| line.split(' ').next()).map(str::to_owned);
                Ok(Self { http, gateway: at("gateway ").unwrap().parse().unwrap(), set_up_code, child, state: None })
            }
            Err(lines) => {
                child.wait().unwrap();
                Err(lines)
            }
        }
    }

    /// A file of the state folder.
    pub(crate) fn file(&self, name: &str) -> std::path::PathBuf {
        self.state.as_ref().unwrap().path().join(name)
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.pid().to_string()]).status().unwrap().success());
    }

    /// Kills the server without waiting for it.
    pub(crate) fn kill_now(&mut self) {
        self.child.kill().unwrap();
    }

    /// Waits until the server has ended, however it does.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills the server as a power cut would, and gives its state folder.
    pub(crate) fn kill(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.state.take().unwrap()
    }

    /// Asks the server to stop, and waits until it has.
    pub(crate) fn terminate(mut self, signal: &str) -> (ExitStatus, Duration) {
        let start = Instant::now();
        self.signal(signal);
        let status = self.child.wait().unwrap();
        (status, start.elapsed())
    }

    /// One request on a connection of its own. `Host` is right unless `headers` has one.
    pub(crate) fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        try_send(self.http, method, target, headers, body).unwrap_or_else(|error| panic!("no answer to {method} {target}: {error}"))
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[], b"")
    }

    /// GET that must succeed.
    pub(crate) fn ask(&self, target: &str) -> Value {
        let answer = self.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    pub(crate) fn send_json(&self, method: &str, target: &str, body: &Value) -> Answer {
        self.send(method, target, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    /// Registers a unit with one radio, which must succeed.
    pub(crate) fn register(&self, id: &str, kind: &str, status: &str) {
        let device = json!([{"id": format!("radio-{id}"), "kind": "radio"}]);
        let unit = json!({"callsign": id, "kind": kind, "org": self.top(), "status": status, "devices": device, "crew": 2});
        let answer = self.send_json("PUT", &format!("/v1/units/{id}"), &unit);
        assert_eq!(answer.status, 201, "{}", answer.json());
    }

    /// The id of the city bureau.
    pub(crate) fn top(&self) -> String {
        let city = self.ask("/v1/city");
        let top = city["organisations"].as_array().unwrap().iter().find(|org| org["parent"].is_null()).unwrap();
        top["id"].as_str().unwrap().to_owned()
    }

    /// A fix of a unit of [`Server::register`], now; returns when the engine has it.
    pub(crate) fn fix(&self, id: &str, lat: f64, lon: f64) {
        let fix = json!({"device": format!("radio-{id}"), "lat": lat, "lon": lon, "time": now(0), "speed_mps": 1.5, "heading_deg": 90.25});
        let answer = self.send_json("POST", "/v1/fixes", &fix).json();
        assert_eq!(answer["accepted"], 1, "{answer}");
        // The unit's own record is written an instant before the index, so both are asked.
        let core = json!({"type": "Point", "coordinates": [lon, lat]});
        let around = json!({"core": core, "rings": [{"name": "here", "outer_m": 1}]});
        wait(|| {
            let unit = self.ask(&format!("/v1/units/{id}"));
            let here = self.send_json("POST", "/v1/rings", &around).json();
            let mut units = here["rings"][0]["units"].as_array()?.iter();
            (unit["lat"] == lat && unit["lon"] == lon && units.any(|unit| unit["id"] == id)).then_some(())
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The lines before `ready`; an error where the server ends before.
fn until_ready(stdout: ChildStdout) -> Result<Vec<String>, Vec<String>> {
    let mut lines = Vec::new();
    for line in BufReader::new(stdout).lines() {
        let line = line.unwrap();
        if line == "ready" {
            return Ok(lines);
        }
        lines.push(line);
    }
    Err(lines)
}

/// One request on a connection of its own; an error where the server is gone before it has answered.
pub(crate) fn try_send(http: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head += &format!("Host: {http}\r\n");
    }
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    let mut stream = TcpStream::connect(http)?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(head.as_bytes())?;
    // A server that refuses the head may close before the body is written.
    let _written = stream.write_all(body);
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let broken = || io::Error::other(format!("{} bytes of an answer, and then {read:?}", bytes.len()));
    parse(&bytes).ok_or_else(broken)
}

/// An answer; none where it broke off.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> =
        lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut body = bytes[end + 4..].to_vec();
    if headers.iter().any(|(name, value)| name.eq_ignore_ascii_case("transfer-encoding") && value == "chunked") {
        body = unchunk(&body)?;
    }
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let is_whole = length.is_none_or(|(_, length)| length.parse() == Ok(body.len()) || body.is_empty());
    is_whole.then_some(Answer { status, headers, body })
}

fn unchunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(bytes.get(end + 2..end + 2 + length)?);
        bytes = bytes.get(end + 4 + length..)?;
    }
}

/// The time so many seconds from now, RFC 3339.
pub(crate) fn now(seconds: i64) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    citygate::model::Timestamp::from_unix_ms(since.as_millis() as i64 + seconds * 1000).to_string()
}

/// Asks again and again until there is an answer.
pub(crate) fn wait<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(Duration::from_millis(5));
    }
}
