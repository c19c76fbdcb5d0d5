//! The configuration: one TOML file, every limit with its default, unknown keys refused.

mod doors;
mod oidc;
mod roads;

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    bus::BusLimits,
    engine::ContactLimits,
    identity::Limits,
    ingest::IngestLimits,
    server::{StreamLimits, request::RequestLog},
    telemetry::LogFormat,
};

pub use doors::{DatumConfig, GatewayConfig, GatewayTlsConfig, HttpConfig, HttpTlsConfig, Jt808Config, Jt808Mode};
pub use oidc::OidcConfig;
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

section! {
    /// The city's files.
    DataConfig {
        /// Their folder.
        folder: PathBuf = PathBuf::from("data"),
    }
}

section! {
    /// What the wall draws under the city.
    MapConfig {
        /// A PMTiles file, the base map. Empty: none.
        pmtiles: PathBuf = PathBuf::new(),
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
        /// A provider of identities.
        oidc: OidcConfig = OidcConfig::default(),
    }
}

impl AccessConfig {
    /// Whether whoever asks must say who they are.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        !self.demo
    }

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
        /// How a line looks.
        format: LogFormat = LogFormat::Text,
        /// At which level each request is logged.
        requests: RequestLog = RequestLog::Debug,
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
    /// What the wall draws under the city.
    pub map: MapConfig,
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
        let access = self.access.is_on();
        self.http.check(access)?;
        self.jt808.check(access)?;
        self.gateway.check(access)?;
        range("access.session_h", self.access.session_h, 1, 720, "hours")?;
        range("access.idle_min", self.access.idle_min, 1, 43_200, "minutes")?;
        self.access.oidc.check()?;
        self.check_ingest()?;
        self.check_contact()?;
        self.roads.check()?;
        range("bus.fixes_max", self.bus.fixes_max, 16, 10_000_000, "fixes")?;
        range("bus.commands_max", self.bus.commands_max, 1, 1_000_000, "commands")?;
        range("bus.tick_ms", self.bus.tick_ms, 20, 10_000, "milliseconds")?;
        range("bus.ticks_kept", self.bus.ticks_kept, 2, 1_024, "ticks")?;
        range("bus.snapshot_rows", self.bus.snapshot_rows, 1, 1_000_000_000, "rows")?;
        range("bus.positions_s", self.bus.positions_s, 1, 3_600, "seconds")?;
        range("stream.sockets_max", self.stream.sockets_max, 1, 100_000, "sockets")?;
        range("stream.write_timeout_s", self.stream.write_timeout_s, 1, 300, "seconds")?;
        range("stream.idle_timeout_s", self.stream.idle_timeout_s, 3, 3_600, "seconds")?;
        range("stream.units_max", self.stream.units_max as usize, 100, 1_000_000, "units")
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
