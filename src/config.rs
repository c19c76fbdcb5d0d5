//! The configuration: one TOML file, every limit with its default, unknown keys refused.

mod roads;

use std::{
    borrow::Cow,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    bus::BusLimits,
    engine::ContactLimits,
    identity::Limits,
    ingest::{Datum, IngestLimits, binary::GatewayLimits, jt808::Jt808Limits},
    server::StreamLimits,
};

pub use roads::{AirConfig, KindTurnOut, PaceConfig, PacesConfig, RoadsConfig, StatusTurnOut, TurnOutConfig, WaysConfig};

/// The whole default configuration with its comments, as `citygate config default` prints it.
pub const DEFAULT_TOML: &str = include_str!("config/default.toml");

/// The longest configuration file, bytes.
pub const CONFIG_BYTES_MAX: u64 = 1024 * 1024;

/// How much of a wrong line is shown, characters.
const LINE_CHARS_MAX: usize = 120;

const DAY_S: u32 = 86_400;

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is too long to be a configuration.
    #[error("{path} is too long for a configuration: at most {CONFIG_BYTES_MAX} bytes")]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// The text is no TOML, has a key that is not known, or a value of the wrong type.
    #[error("line {line}, `{shown}`: {message}")]
    Parse {
        /// The line, from 1.
        line: usize,
        /// The line's own text: key and value.
        shown: String,
        /// What is wrong, and what is right.
        message: String,
    },
    /// A value is out of range.
    #[error("{key} = {value} is wrong: give {expected}")]
    Range {
        /// The key, with its section.
        key: Cow<'static, str>,
        /// The value that was given.
        value: String,
        /// What is right.
        expected: String,
    },
}

macro_rules! section {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty = $default:expr,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)+ }

        impl Default for $name {
            fn default() -> Self { Self { $($field: $default,)+ } }
        }
    };
}

use section;

/// The address of a loopback port.
const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port)
}

section! {
    /// The HTTP server.
    HttpConfig {
        /// Where it listens: a loopback address.
        address: SocketAddr = loopback(8080),
        /// The most connections at once.
        connections_max: usize = 4096,
        /// The longest that a request's head may take, seconds.
        head_timeout_s: u32 = 10,
    }
}

/// The datum of the positions that a kind of device sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DatumConfig {
    /// What satellites give.
    #[default]
    #[serde(rename = "WGS-84")]
    Wgs84,
    /// The shifted datum of Chinese civil maps.
    #[serde(rename = "GCJ-02")]
    Gcj02,
}

impl From<DatumConfig> for Datum {
    fn from(datum: DatumConfig) -> Self {
        match datum {
            DatumConfig::Wgs84 => Self::Wgs84,
            DatumConfig::Gcj02 => Self::Gcj02,
        }
    }
}

/// How strictly JT/T 808 terminals are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Jt808Mode {
    /// As the standard says.
    #[default]
    Strict,
    /// What known terminals get wrong is taken too.
    Lenient,
}

section! {
    /// The JT/T 808 server.
    Jt808Config {
        /// Where it listens: a loopback address.
        address: SocketAddr = loopback(8808),
        /// How strictly terminals are read.
        mode: Jt808Mode = Jt808Mode::Strict,
        /// The datum of the positions that terminals send.
        datum: DatumConfig = DatumConfig::Wgs84,
        /// The limits of the door.
        limits: Jt808Limits = Jt808Limits::default(),
    }
}

section! {
    /// The server of the binary protocol.
    GatewayConfig {
        /// Where it listens: a loopback address.
        address: SocketAddr = loopback(8809),
        /// The limits of the door.
        limits: GatewayLimits = GatewayLimits::default(),
    }
}

section! {
    /// The city's files.
    DataConfig {
        /// Their folder.
        folder: PathBuf = PathBuf::from("data"),
    }
}

section! {
    /// What Citygate writes.
    StateConfig {
        /// Its folder.
        folder: PathBuf = PathBuf::from("state"),
    }
}

section! {
    /// Who may come in.
    AccessConfig {
        /// Whether whoever shows nothing may do everything. For loopback addresses alone.
        demo: bool = false,
        /// The longest that somebody stays signed in, hours.
        session_h: u32 = 12,
        /// How long a session lives that nobody uses, minutes.
        idle_min: u32 = 60,
    }
}

impl AccessConfig {
    /// How long sessions live.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { session_ms: i64::from(self.session_h) * 3_600_000, idle_ms: i64::from(self.idle_min) * 60_000 }
    }
}

section! {
    /// The log.
    LogConfig {
        /// What is logged, in the words of `RUST_LOG`.
        filter: String = "info".to_owned(),
    }
}

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The HTTP server.
    pub http: HttpConfig,
    /// The JT/T 808 server.
    pub jt808: Jt808Config,
    /// The server of the binary protocol.
    pub gateway: GatewayConfig,
    /// The gate that every fix passes.
    pub ingest: IngestLimits,
    /// When contact is stale and lost.
    pub contact: ContactLimits,
    /// Between the doors and the engine.
    pub bus: BusLimits,
    /// The stream to walls, and all WebSockets.
    pub stream: StreamLimits,
    /// The city's files.
    pub data: DataConfig,
    /// The roads, and how units get along them.
    pub roads: RoadsConfig,
    /// What Citygate writes.
    pub state: StateConfig,
    /// Who may come in.
    pub access: AccessConfig,
    /// The log.
    pub log: LogConfig,
}

fn range<T: PartialOrd + std::fmt::Display>(
    key: impl Into<Cow<'static, str>>,
    value: T,
    from: T,
    to: T,
    unit: &str,
) -> Result<(), ConfigError> {
    if from <= value && value <= to {
        return Ok(());
    }
    Err(ConfigError::Range { key: key.into(), value: value.to_string(), expected: format!("{unit} from {from} to {to}") })
}

fn bind(key: &'static str, address: SocketAddr) -> Result<(), ConfigError> {
    match crate::server::guard::check_bind(address) {
        Ok(_) => Ok(()),
        Err(_) => Err(ConfigError::Range {
            key: key.into(),
            value: address.to_string(),
            expected: "a loopback address, e.g. 127.0.0.1:8080: without access control Citygate serves this machine alone".to_owned(),
        }),
    }
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`] names the key, the value and what is right.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let read = |source| ConfigError::Read { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(read)?.len() > CONFIG_BYTES_MAX {
            return Err(ConfigError::TooLong { path: path.to_owned() });
        }
        Self::parse(&std::fs::read_to_string(path).map_err(read)?)
    }

    /// Parses and checks a text.
    ///
    /// # Errors
    /// [`ConfigError`] names the key, the value and what is right.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.get(..start).unwrap_or_default().matches('\n').count();
            let shown = text.lines().nth(line).unwrap_or_default().trim().chars().take(LINE_CHARS_MAX).collect();
            ConfigError::Parse { line: line + 1, shown, message: error.message().replace('\n', " ") }
        })?;
        config.check()?;
        Ok(config)
    }

    /// Checks what types cannot say.
    ///
    /// # Errors
    /// [`ConfigError::Range`] for the first value that is out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        bind("http.address", self.http.address)?;
        range("http.connections_max", self.http.connections_max, 1, 100_000, "connections")?;
        range("http.head_timeout_s", self.http.head_timeout_s, 1, 300, "seconds")?;
        bind("jt808.address", self.jt808.address)?;
        let limits = self.jt808.limits;
        range("jt808.limits.connections_max", limits.connections_max, 1, 200_000, "connections")?;
        range("jt808.limits.idle_s", limits.idle_s, 1, DAY_S, "seconds")?;
        range("jt808.limits.write_s", limits.write_s, 1, 300, "seconds")?;
        range("jt808.limits.stop_s", limits.stop_s, 1, 60, "seconds")?;
        bind("gateway.address", self.gateway.address)?;
        let limits = self.gateway.limits;
        range("gateway.limits.connections_max", limits.connections_max, 1, 10_000, "connections")?;
        range("gateway.limits.idle_s", limits.idle_s, 1, DAY_S, "seconds")?;
        range("gateway.limits.write_s", limits.write_s, 1, 300, "seconds")?;
        range("gateway.limits.stop_s", limits.stop_s, 1, 60, "seconds")?;
        range("access.session_h", self.access.session_h, 1, 720, "hours")?;
        range("access.idle_min", self.access.idle_min, 1, 43_200, "minutes")?;
        self.check_ingest()?;
        self.check_contact()?;
        self.roads.check()?;
        range("bus.fixes_max", self.bus.fixes_max, 16, 10_000_000, "fixes")?;
        range("bus.commands_max", self.bus.commands_max, 1, 1_000_000, "commands")?;
        range("bus.tick_ms", self.bus.tick_ms, 20, 10_000, "milliseconds")?;
        range("bus.ticks_kept", self.bus.ticks_kept, 2, 1_024, "ticks")?;
        range("stream.sockets_max", self.stream.sockets_max, 1, 100_000, "sockets")?;
        range("stream.write_timeout_s", self.stream.write_timeout_s, 1, 300, "seconds")?;
        range("stream.idle_timeout_s", self.stream.idle_timeout_s, 3, 3_600, "seconds")?;
        range("stream.ticks_behind_max", self.stream.ticks_behind_max, 2, 1_024, "ticks")
    }

    fn check_ingest(&self) -> Result<(), ConfigError> {
        let IngestLimits { adopted_max, check, .. } = self.ingest;
        range("ingest.adopted_max", adopted_max, 0, 1_000_000, "devices")?;
        range("ingest.check.future_s_max", check.future_s_max, 0, DAY_S, "seconds")?;
        range("ingest.check.age_s_max", check.age_s_max, 1, 7 * DAY_S, "seconds")?;
        range("ingest.check.ground_mps_max", check.ground_mps_max, 1.0, 1_000.0, "metres a second")?;
        range("ingest.check.air_mps_max", check.air_mps_max, 1.0, 1_000.0, "metres a second")?;
        range("ingest.check.jump_slack_m", check.jump_slack_m, 0.0, 100_000.0, "metres")
    }

    fn check_contact(&self) -> Result<(), ConfigError> {
        let contacts = [
            (["contact.vehicle_terminal.stale_s", "contact.vehicle_terminal.lost_s"], self.contact.vehicle_terminal),
            (["contact.radio.stale_s", "contact.radio.lost_s"], self.contact.radio),
            (["contact.mobile_terminal.stale_s", "contact.mobile_terminal.lost_s"], self.contact.mobile_terminal),
        ];
        for ([stale, lost], limits) in contacts {
            range(stale, limits.stale_s, 1, DAY_S, "seconds")?;
            range(lost, limits.lost_s, limits.stale_s + 1, 7 * DAY_S, "seconds")?;
        }
        Ok(())
    }
}
