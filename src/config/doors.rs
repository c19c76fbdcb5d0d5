//! The doors of the configuration: addresses, TLS, limits.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{ConfigError, DAY_S, range, section};
use crate::{
    ingest::{Datum, binary::GatewayLimits, jt808::Jt808Limits},
    server::{
        Pages,
        guard::{Exposed, Exposure, check_bind},
        own::{self, Own, ProxyHeader, Scheme},
        rates::RateLimits,
    },
    tls::TlsFiles,
};

/// The address of a loopback port.
const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port)
}

section! {
    /// The TLS of the HTTP server; none where both are empty.
    HttpTlsConfig {
        /// The certificate, PEM.
        certificate: PathBuf = PathBuf::new(),
        /// Its private key, PEM.
        key: PathBuf = PathBuf::new(),
    }
}

section! {
    /// The HTTP server.
    HttpConfig {
        /// Where it listens.
        address: SocketAddr = loopback(8080),
        /// Its names and addresses beside loopback.
        names: Vec<String> = Vec::new(),
        /// Whether a proxy with TLS stands before it.
        behind_proxy: bool = false,
        /// Where that proxy writes for whom it asks.
        proxy_header: ProxyHeader = ProxyHeader::XForwardedFor,
        /// The most connections at once.
        connections_max: usize = 4096,
        /// The longest that a request's head may take, seconds.
        head_timeout_s: u32 = 10,
        /// The longest that a request may take as a whole, seconds.
        request_timeout_s: u32 = 60,
        /// The longest that a reader may take nothing of its answer, seconds.
        write_timeout_s: u32 = 30,
        /// Whether there is `/metrics`.
        metrics: bool = false,
        /// Whether there is `/docs`, and `/openapi.json`.
        docs: bool = false,
        /// TLS.
        tls: HttpTlsConfig = HttpTlsConfig::default(),
        /// How often one address may ask, and one person or program.
        rate: RateLimits = RateLimits::default(),
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
        /// Where it listens.
        address: SocketAddr = loopback(8808),
        /// Whether a private network or a gateway keeps strangers out: the protocol itself knows no TLS.
        behind_proxy: bool = false,
        /// How strictly terminals are read.
        mode: Jt808Mode = Jt808Mode::Strict,
        /// The datum of the positions that terminals send.
        datum: DatumConfig = DatumConfig::Wgs84,
        /// The limits of the door.
        limits: Jt808Limits = Jt808Limits::default(),
    }
}

section! {
    /// The TLS of the server of the binary protocol; none where all are empty.
    GatewayTlsConfig {
        /// The certificate, PEM.
        certificate: PathBuf = PathBuf::new(),
        /// Its private key, PEM.
        key: PathBuf = PathBuf::new(),
        /// The authorities of gateways' certificates, PEM; where it is empty, gateways show tokens.
        client_ca: PathBuf = PathBuf::new(),
    }
}

section! {
    /// The server of the binary protocol.
    GatewayConfig {
        /// Where it listens.
        address: SocketAddr = loopback(8809),
        /// Whether a proxy with TLS stands before it.
        behind_proxy: bool = false,
        /// TLS.
        tls: GatewayTlsConfig = GatewayTlsConfig::default(),
        /// The limits of the door.
        limits: GatewayLimits = GatewayLimits::default(),
    }
}

fn bind(key: &'static str, address: SocketAddr, exposure: Exposure) -> Result<(), ConfigError> {
    let expected = match check_bind(address, exposure) {
        Ok(_) => return Ok(()),
        Err(Exposed::WithoutAccess(_)) => {
            "a loopback address, e.g. 127.0.0.1:8080, or access.demo = false: in the demo whoever reaches it may do everything"
        }
        Err(Exposed::WithoutTls(_)) => "a certificate and key beside it, or behind_proxy = true where a proxy with TLS faces the network",
    };
    Err(ConfigError::Range { key: key.into(), value: address.to_string(), expected: expected.to_owned() })
}

/// The files of a door's TLS, where it has any.
fn files(keys: [&'static str; 2], certificate: &Path, key: &Path, client_ca: Option<&Path>) -> Result<Option<TlsFiles>, ConfigError> {
    let is_given = |path: &&Path| !path.as_os_str().is_empty();
    let missing = |name: &'static str| ConfigError::Range {
        key: name.into(),
        value: "\"\"".to_owned(),
        expected: format!("the path of a PEM file: {} and {} belong together", keys[0], keys[1]),
    };
    let client_ca = client_ca.filter(is_given);
    match (Some(certificate).filter(is_given), Some(key).filter(is_given)) {
        (Some(certificate), Some(key)) => {
            Ok(Some(TlsFiles { certificate: certificate.into(), key: key.into(), client_ca: client_ca.map(Into::into) }))
        }
        (None, None) if client_ca.is_none() => Ok(None),
        (None, _) => Err(missing(keys[0])),
        (_, None) => Err(missing(keys[1])),
    }
}

impl HttpConfig {
    /// The files of its TLS, where it has any.
    ///
    /// # Errors
    /// [`ConfigError::Range`] when one of them is missing.
    pub fn tls_files(&self) -> Result<Option<TlsFiles>, ConfigError> {
        files(["http.tls.certificate", "http.tls.key"], &self.tls.certificate, &self.tls.key, None)
    }

    /// What stands before it; `access` where whoever asks must say who they are.
    ///
    /// # Errors
    /// [`ConfigError::Range`] when a file of its TLS is missing.
    pub fn exposure(&self, access: bool) -> Result<Exposure, ConfigError> {
        Ok(Exposure { tls: self.tls_files()?.is_some(), behind_proxy: self.behind_proxy, access })
    }

    /// What it is called, listening on `port`.
    ///
    /// # Errors
    /// [`ConfigError::Range`] when a file of its TLS is missing.
    pub fn own(&self, port: u16) -> Result<Own, ConfigError> {
        let scheme = match (self.behind_proxy, self.tls_files()?) {
            (true, _) => Scheme::OfProxy(self.proxy_header),
            (false, Some(_)) => Scheme::Https,
            (false, None) => Scheme::Http,
        };
        Ok(Own { port, names: self.names.clone(), scheme })
    }

    /// Which pages there are; those of a provider of identities where there is one.
    #[must_use]
    pub const fn pages(&self, provider: bool) -> Pages {
        Pages { metrics: self.metrics, docs: self.docs, provider }
    }

    pub(super) fn check(&self, access: bool) -> Result<(), ConfigError> {
        bind("http.address", self.address, self.exposure(access)?)?;
        if let Some(wrong) = self.names.iter().find(|name| !own::is_name(name)) {
            let expected = "names as they stand in the address bar, without scheme and path, e.g. \"map.example\" or \"10.1.2.3:8443\"";
            return Err(ConfigError::Range { key: "http.names".into(), value: format!("{wrong:?}"), expected: expected.to_owned() });
        }
        range("http.connections_max", self.connections_max, 1, 100_000, "connections")?;
        range("http.head_timeout_s", self.head_timeout_s, 1, 300, "seconds")?;
        range("http.request_timeout_s", self.request_timeout_s, 1, 3_600, "seconds")?;
        range("http.write_timeout_s", self.write_timeout_s, 1, 300, "seconds")?;
        range("http.rate.requests_per_s", self.rate.requests_per_s, 1, 1_000_000, "requests")?;
        range("http.rate.burst", self.rate.burst, 1, 1_000_000, "requests")?;
        range("http.rate.addresses_max", self.rate.addresses_max, 1, 1_000_000, "addresses")?;
        range("http.rate.actor_requests_per_s", self.rate.actor_requests_per_s, 1, 1_000_000, "requests")?;
        range("http.rate.actor_burst", self.rate.actor_burst, 1, 1_000_000, "requests")?;
        range("http.rate.actors_max", self.rate.actors_max, 1, 1_000_000, "people and programs")
    }
}

impl Jt808Config {
    /// What stands before it; `access` where whoever asks must say who they are.
    #[must_use]
    pub const fn exposure(&self, access: bool) -> Exposure {
        Exposure { tls: false, behind_proxy: self.behind_proxy, access }
    }

    pub(super) fn check(&self, access: bool) -> Result<(), ConfigError> {
        bind("jt808.address", self.address, self.exposure(access))?;
        let limits = self.limits;
        range("jt808.limits.connections_max", limits.connections_max, 1, 200_000, "connections")?;
        range("jt808.limits.idle_s", limits.idle_s, 1, DAY_S, "seconds")?;
        range("jt808.limits.write_s", limits.write_s, 1, 300, "seconds")?;
        range("jt808.limits.stop_s", limits.stop_s, 1, 60, "seconds")
    }
}

impl GatewayConfig {
    /// The files of its TLS, where it has any.
    ///
    /// # Errors
    /// [`ConfigError::Range`] when one of them is missing.
    pub fn tls_files(&self) -> Result<Option<TlsFiles>, ConfigError> {
        let GatewayTlsConfig { certificate, key, client_ca } = &self.tls;
        files(["gateway.tls.certificate", "gateway.tls.key"], certificate, key, Some(client_ca))
    }

    /// What stands before it; `access` where whoever asks must say who they are.
    ///
    /// # Errors
    /// [`ConfigError::Range`] when a file of its TLS is missing.
    pub fn exposure(&self, access: bool) -> Result<Exposure, ConfigError> {
        Ok(Exposure { tls: self.tls_files()?.is_some(), behind_proxy: self.behind_proxy, access })
    }

    pub(super) fn check(&self, access: bool) -> Result<(), ConfigError> {
        bind("gateway.address", self.address, self.exposure(access)?)?;
        let limits = self.limits;
        range("gateway.limits.connections_max", limits.connections_max, 1, 10_000, "connections")?;
        range("gateway.limits.idle_s", limits.idle_s, 1, DAY_S, "seconds")?;
        range("gateway.limits.write_s", limits.write_s, 1, 300, "seconds")?;
        range("gateway.limits.stop_s", limits.stop_s, 1, 60, "seconds")
    }
}
