//! Each request has an id, and a line in the log where that is asked for.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, request::Parts};
use serde::{Deserialize, Serialize};

/// The header that carries a request's id, there and back.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over.
pub const ID_BYTES_MAX: usize = 64;

/// What a request is called in its answer, its problem and the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// As a header.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// Gives ids: that of the request itself where it is sane (1 to 64 of `A-Z a-z 0-9 . _ -`), else a new one.
#[derive(Debug)]
pub struct RequestIds {
    /// Tells the ids of this run from those of another.
    run: u32,
    next: AtomicU64,
}

impl Default for RequestIds {
    fn default() -> Self {
        Self { run: rand::random(), next: AtomicU64::new(0) }
    }
}

impl RequestIds {
    /// The id of a request. Some 100 ns.
    pub fn of(&self, headers: &HeaderMap) -> RequestId {
        let is_sane = |value: &&HeaderValue| {
            let bytes = value.as_bytes();
            (1..=ID_BYTES_MAX).contains(&bytes.len())
                && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        };
        if let Some(given) = headers.get(X_REQUEST_ID).filter(is_sane) {
            return RequestId(given.clone());
        }
        let text = format!("{:08x}-{:x}", self.run, self.next.fetch_add(1, Ordering::Relaxed));
        // Hexadecimal digits are always a header.
        RequestId(HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("-")))
    }
}

/// Whether each request is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestLog {
    /// Not at all.
    Off,
    /// At level debug: seen when the filter has `debug`.
    #[default]
    Debug,
    /// At level info.
    Info,
}

/// What is known of a request before it is answered. The query is left out: it has places.
#[derive(Debug)]
pub struct Line {
    level: RequestLog,
    method: String,
    path: String,
}

impl RequestLog {
    /// The line of a request; none where nobody reads it, which costs some nanoseconds.
    #[must_use]
    pub fn begin(self, parts: &Parts) -> Option<Line> {
        let is_read = match self {
            Self::Off => false,
            Self::Debug => tracing::enabled!(tracing::Level::DEBUG),
            Self::Info => tracing::enabled!(tracing::Level::INFO),
        };
        is_read.then(|| Line { level: self, method: parts.method.to_string(), path: parts.uri.path().to_owned() })
    }
}

impl Line {
    /// Logs it.
    pub fn end(self, id: &RequestId, client: IpAddr, status: StatusCode, took: Duration) {
        let Self { level, method, path } = self;
        let (status, took_us) = (status.as_u16(), took.as_micros() as u64);
        if level == RequestLog::Info {
            tracing::info!(request = id.as_str(), %client, method, path, status, took_us, "answered");
        } else {
            tracing::debug!(request = id.as_str(), %client, method, path, status, took_us, "answered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sane_ids_are_kept_and_others_made() {
        let ids = RequestIds::default();
        let of = |text: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(X_REQUEST_ID, HeaderValue::from_bytes(text).unwrap());
            ids.of(&headers).as_str().to_owned()
        };
        for good in ["a", "7f3c.dispatch_9-x", &"x".repeat(ID_BYTES_MAX)] {
            assert_eq!(of(good.as_bytes()), good);
        }
        let long = "x".repeat(ID_BYTES_MAX + 1);
        for bad in [b"".as_slice(), b"a b", b"a\tb", b"\"a\"", "警".as_bytes(), long.as_bytes()] {
            let made = of(bad);
            assert!(made.len() > 8 && made.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'), "{made}");
        }
        assert_ne!(ids.of(&HeaderMap::new()), ids.of(&HeaderMap::new()));
    }
}
