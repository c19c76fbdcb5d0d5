//! What the server is called, and who really asks: its own names and port, the scheme of its pages, the address behind a proxy.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use serde::{Deserialize, Serialize};

use super::problem::{Problem, ProblemKind};

/// Where a proxy writes for whom it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ProxyHeader {
    /// A list of addresses: what nearly all proxies write.
    #[default]
    #[serde(rename = "X-Forwarded-For")]
    XForwardedFor,
    /// The same with names (RFC 7239).
    Forwarded,
}

impl ProxyHeader {
    /// The address that the proxy itself wrote, which is the last: what stands before it anybody may have written.
    fn client(self, headers: &HeaderMap) -> Option<IpAddr> {
        let name = match self {
            Self::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Self::Forwarded => header::FORWARDED,
        };
        let last = headers.get_all(name).iter().next_back()?.to_str().ok()?.rsplit(',').next()?.trim();
        match self {
            Self::XForwardedFor => address(last),
            Self::Forwarded => last.split(';').find_map(|pair| {
                let (name, value) = pair.trim().split_once('=')?;
                name.eq_ignore_ascii_case("for").then(|| address(value.trim_matches('"')))?
            }),
        }
    }
}

/// An address as proxies write it, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let found = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    found.map(|address| address.to_canonical())
}

/// How pages of this server are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With.
    Https,
    /// By a proxy with TLS, which says here for whom it asks.
    OfProxy(ProxyHeader),
}

/// The server as its clients know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The port that it listens on.
    pub port: u16,
    /// Its names and addresses beside loopback: `host` or `host:port`.
    pub names: Vec<String>,
    /// How its pages are reached.
    pub scheme: Scheme,
}

/// An authority's host, and its port where it has one.
fn split(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, digits)) if !authority.ends_with(']') => (host, Some(digits)),
        _ => (authority, None),
    }
}

fn is_loopback(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(bare) => bare.parse::<Ipv6Addr>().is_ok_and(|ip| ip.to_canonical().is_loopback()),
        None => host.eq_ignore_ascii_case("localhost") || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
    }
}

/// Whether a name of the configuration is a `host` or `host:port`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let (host, port) = split(name);
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let host_fits = match bare {
        Some(bare) => bare.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')),
    };
    host_fits && port.is_none_or(|digits| number(digits).is_some_and(|port| port > 0))
}

/// A port: digits alone, no sign.
fn number(digits: &str) -> Option<u16> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

impl Own {
    /// Whether an authority means this server: loopback with the port that it listens on, or one of its names.
    fn is(&self, authority: &str) -> bool {
        let (host, digits) = split(authority);
        let usual = if self.scheme == Scheme::Https { 443 } else { 80 };
        let Some(port) = digits.map_or(Some(usual), number) else { return false };
        // The port that a browser sees at a proxy is the proxy's own.
        let at_proxy = matches!(self.scheme, Scheme::OfProxy(_)) && matches!(port, 80 | 443);
        let means = |name: &String| {
            let (own, own_port) = split(name);
            own.eq_ignore_ascii_case(host) && own_port.map_or(port == self.port || at_proxy, |own| number(own) == Some(port))
        };
        (is_loopback(host) && port == self.port) || self.names.iter().any(means)
    }

    /// Checks that a request names this server.
    ///
    /// # Errors
    /// A 403 problem that names the header, its value and what is right.
    pub fn check_host(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if headers.get_all(header::HOST).iter().count() == 1 && self.is(host) {
            return Ok(());
        }
        let port = self.port;
        let names = self.names.iter().map(|name| format!(", {name}")).collect::<String>();
        let expected = format!("127.0.0.1:{port}, localhost:{port}, [::1]:{port}{names}");
        let detail = format!("this server has another name (http.names in the configuration): send Host {expected}");
        Err(Problem::new(ProblemKind::ForeignHost, detail).field("Host").value(host).expected(expected))
    }

    /// Checks that a page which asks came as the pages of this server come: one without TLS is not one of a server with it.
    ///
    /// # Errors
    /// A 403 problem.
    pub fn check_scheme(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let (wrong, right) = match self.scheme {
            Scheme::Http => ("https://", "http://"),
            Scheme::Https => ("http://", "https://"),
            Scheme::OfProxy(_) => return Ok(()),
        };
        let host = headers.get(header::HOST).map(|value| value.as_bytes()).unwrap_or_default();
        for origin in headers.get_all(header::ORIGIN) {
            let rest = origin.as_bytes().strip_prefix(wrong.as_bytes());
            if rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host)) {
                return Err(Problem::new(ProblemKind::ForeignOrigin, format!("pages of this server come by {right}"))
                    .field("Origin")
                    .value(&String::from_utf8_lossy(origin.as_bytes()))
                    .expected(format!("{right}{}", String::from_utf8_lossy(host))));
            }
        }
        Ok(())
    }

    /// Who asks: the peer, or whom the proxy asks for.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        match self.scheme {
            Scheme::OfProxy(header) => header.client(headers).unwrap_or(peer),
            Scheme::Http | Scheme::Https => peer,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn own(scheme: Scheme, names: &[&str]) -> Own {
        Own { port: 8080, names: names.iter().map(|name| (*name).to_owned()).collect(), scheme }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn answers(own: &Own, host: &str) -> bool {
        own.check_host(&headers(&[("host", host)])).is_ok()
    }

    #[test]
    fn without_names_only_requests_to_this_machine_are_answered() {
        let this = own(Scheme::Http, &[]);
        for good in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"] {
            assert!(answers(&this, good), "{good}");
        }
        for bad in [
            "evil.example:8080",
            "127.0.0.1",
            "127.0.0.1:8081",
            "127.0.0.1.evil.example:8080",
            "",
            "10.0.0.1:8080",
            "a@127.0.0.1:8080",
            "::1:8080",
            "[::1]",
            "localhost:",
            "localhost:+8080",
            "[::1]x:8080",
        ] {
            let problem = this.check_host(&headers(&[("host", bad)])).unwrap_err();
            assert_eq!(problem.kind(), ProblemKind::ForeignHost, "{bad}");
        }
        assert!(
            answers(&Own { port: 80, ..this.clone() }, "localhost") && answers(&Own { port: 443, ..own(Scheme::Https, &[]) }, "localhost")
        );
        assert!(this.check_host(&HeaderMap::new()).is_err());
        assert!(this.check_host(&headers(&[("host", "localhost:8080"), ("host", "localhost:8080")])).is_err());
    }

    #[test]
    fn own_names_are_answered_at_their_ports() {
        let named = own(Scheme::Https, &["map.example", "[2001:db8::1]:8443", "10.0.0.1"]);
        for good in ["map.example:8080", "MAP.example:8080", "[2001:db8::1]:8443", "10.0.0.1:8080", "localhost:8080"] {
            assert!(answers(&named, good), "{good}");
        }
        for bad in ["map.example", "map.example:443", "a.map.example:8080", "[2001:db8::1]:8080", "10.0.0.2:8080"] {
            assert!(!answers(&named, bad), "{bad}");
        }
        let proxied = own(Scheme::OfProxy(ProxyHeader::XForwardedFor), &["map.example"]);
        assert!(answers(&proxied, "map.example") && answers(&proxied, "map.example:443") && !answers(&proxied, "map.example:9"));
        for good in ["map.example", "map.example:8443", "10.0.0.1", "[::1]:1"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", ":80", "https://map.example", "map.example:", "map.example:0", "a b", "[::1", "map.example/x", "map:80:80"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_page_without_tls_is_not_one_of_a_server_with_it() {
        let from = |scheme, origin| own(scheme, &[]).check_scheme(&headers(&[("host", "localhost:8080"), ("origin", origin)]));
        from(Scheme::Http, "http://localhost:8080").unwrap();
        from(Scheme::Https, "https://localhost:8080").unwrap();
        from(Scheme::OfProxy(ProxyHeader::Forwarded), "http://localhost:8080").unwrap();
        assert_eq!(from(Scheme::Http, "https://localhost:8080").unwrap_err().kind(), ProblemKind::ForeignOrigin);
        assert_eq!(from(Scheme::Https, "http://localhost:8080").unwrap_err().kind(), ProblemKind::ForeignOrigin);
    }

    #[test]
    fn a_proxy_says_last_for_whom_it_asks() {
        let peer: IpAddr = "127.0.0.1".parse().unwrap();
        let said = headers(&[
            ("x-forwarded-for", "6.6.6.6"),
            ("x-forwarded-for", "7.7.7.7, ::ffff:10.1.2.3"),
            ("forwarded", "for=6.6.6.6;proto=https, for=\"7.7.7.7, by=x;For=\"[2001:db8::17]:4711\";proto=http"),
        ]);
        let by = |header, said: &HeaderMap| own(Scheme::OfProxy(header), &[]).client(peer, said).to_string();
        assert_eq!(by(ProxyHeader::XForwardedFor, &said), "10.1.2.3");
        assert_eq!(by(ProxyHeader::Forwarded, &said), "2001:db8::17");
        assert_eq!(own(Scheme::Https, &[]).client(peer, &said), peer, "anybody can write that");
        for (name, value, client) in [
            ("x-forwarded-for", "10.1.2.3:5050", "10.1.2.3"),
            ("x-forwarded-for", "[2001:db8::17]", "2001:db8::17"),
            ("x-forwarded-for", "10.1.2.3, unknown", "127.0.0.1"),
            ("forwarded", "for=10.1.2.3", "10.1.2.3"),
            ("forwarded", "for=\"10.1.2.3:80\"", "10.1.2.3"),
            ("forwarded", "for=10.1.2.3, for=_hidden", "127.0.0.1"),
            ("forwarded", "10.1.2.3", "127.0.0.1"),
        ] {
            let header = if name == "forwarded" { ProxyHeader::Forwarded } else { ProxyHeader::XForwardedFor };
            let other = if name == "forwarded" { ProxyHeader::XForwardedFor } else { ProxyHeader::Forwarded };
            let said = headers(&[(name, value)]);
            assert_eq!((by(header, &said).as_str(), by(other, &said).as_str()), (client, "127.0.0.1"), "{name}: {value}");
        }
    }
}
