//! Who may ask: deny by default.
//!
//! Every route and question says who may use it ([`Who`]), and whoever asks comes with a pass or without one
//! ([`super::entry`]). The server binds loopback addresses only, answers only requests that name a loopback host (a page of
//! another site that has its name point here is turned away), and of what is not open to anybody it gives nothing to a page
//! of another origin.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::{
    entry::not_signed_in,
    problem::{Problem, ProblemKind},
};
use crate::access::{Action, Pass, Role, may};

/// Who may use a route. Every route says one; a route that says none does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whoever reaches the server, from any page: what tells nothing of the city.
    Anybody,
    /// Whoever has signed in, from no page but those that this server gave: what concerns himself.
    Somebody,
    /// Whoever has a pass for this, from no page but those that this server gave.
    May(Action),
}

impl Who {
    /// Checks that the bearer of a pass is among them; without one it is nobody.
    ///
    /// # Errors
    /// A 401 problem for nobody, or a 403 problem that names the role and what it may not do.
    pub fn admit(self, pass: Option<&Pass>) -> Result<(), Problem> {
        let pass = match self {
            Self::Anybody => return Ok(()),
            Self::Somebody | Self::May(_) => pass.ok_or_else(not_signed_in)?,
        };
        match self {
            Self::May(action) if !pass.may(action) => {
                let allowed = Role::ALL.iter().filter(|role| may(**role, action)).map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
                let detail = format!("the role {} may not {action}: it takes one of {allowed}", pass.role);
                Err(Problem::new(ProblemKind::NotAllowed, detail).field("role").value(pass.role.as_str()).expected(allowed))
            }
            Self::Anybody | Self::Somebody | Self::May(_) => Ok(()),
        }
    }
}

/// What a page of this server may load and do, and what no page may do with it.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     worker-src 'self' blob:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'";

const SECURITY_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Adds the security headers to a response.
pub fn secure(headers: &mut HeaderMap) {
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, value);
    }
}

/// An address that the server does not bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is not a loopback address: without access control Citygate serves this machine alone; give 127.0.0.1 or [::1] and let a proxy with access control face the network"
)]
pub struct NotLoopback(pub SocketAddr);

/// Checks an address before it is bound.
///
/// # Errors
/// [`NotLoopback`] for any address that another machine could reach.
pub fn check_bind(address: SocketAddr) -> Result<SocketAddr, NotLoopback> {
    if address.ip().to_canonical().is_loopback() { Ok(address) } else { Err(NotLoopback(address)) }
}

/// A loopback name or address with the port that the server listens on.
fn is_own_authority(authority: &str, port: u16) -> bool {
    let (host, given) = match authority.rsplit_once(':') {
        Some((host, digits)) if !authority.ends_with(']') => (host, digits),
        _ => (authority, "80"),
    };
    let is_loopback = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(bare) => bare.parse::<Ipv6Addr>().is_ok_and(|ip| ip.to_canonical().is_loopback()),
        None => host.eq_ignore_ascii_case("localhost") || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
    };
    is_loopback && given.bytes().all(|byte| byte.is_ascii_digit()) && given.parse() == Ok(port)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Checks that the request names this machine and the port that it listens on.
///
/// # Errors
/// A 403 problem that names the header, its value and what is right.
pub fn check_host(headers: &HeaderMap, port: u16) -> Result<(), Problem> {
    let host = text(headers, &header::HOST);
    if headers.get_all(header::HOST).iter().count() == 1 && is_own_authority(host, port) {
        return Ok(());
    }
    let expected = format!("127.0.0.1:{port}, localhost:{port} or [::1]:{port}");
    Err(Problem::new(ProblemKind::ForeignHost, format!("this server answers this machine alone: send Host {expected}"))
        .field("Host")
        .value(host)
        .expected(expected))
}

/// Checks that a request which a browser sent comes from a page of this server. Programs send neither header.
///
/// # Errors
/// A 403 problem that names the header, its value and what is right.
pub fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let host = text(headers, &header::HOST);
    for origin in headers.get_all(header::ORIGIN) {
        let same = origin.to_str().is_ok_and(|origin| origin.strip_prefix("http://").is_some_and(|rest| rest.eq_ignore_ascii_case(host)));
        if !same {
            return Err(foreign("Origin", origin, format!("http://{host}, or no Origin header")));
        }
    }
    // A plain image or form of another page carries no Origin on GET, but the browser says where it comes from.
    for site in headers.get_all("sec-fetch-site") {
        if !matches!(site.as_bytes(), b"same-origin" | b"none") {
            return Err(foreign("Sec-Fetch-Site", site, "same-origin or none".to_owned()));
        }
    }
    Ok(())
}

fn foreign(header: &str, value: &HeaderValue, expected: String) -> Problem {
    Problem::new(ProblemKind::ForeignOrigin, "pages of another origin may not use this route")
        .field(header)
        .value(&String::from_utf8_lossy(value.as_bytes()))
        .expected(expected)
}

/// Checks what every request must be: for this machine, and where it changes something or opens a WebSocket, from no page
/// of another origin.
///
/// # Errors
/// A 403 problem.
pub fn check(port: u16, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    check_host(headers, port)?;
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) && !headers.contains_key(header::UPGRADE);
    if reads { Ok(()) } else { check_origin(headers) }
}

/// Checks that whoever asks may use a route or question, from where he asks.
///
/// # Errors
/// A 401 or 403 problem.
pub fn admit(who: Who, pass: Option<&Pass>, headers: &HeaderMap) -> Result<(), Problem> {
    if who != Who::Anybody {
        check_origin(headers)?;
    }
    who.admit(pass)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn only_loopback_is_bound() {
        for good in ["127.0.0.1:8080", "127.9.9.9:1", "[::1]:0", "[::ffff:127.0.0.1]:80"] {
            check_bind(good.parse().unwrap()).unwrap();
        }
        for bad in ["0.0.0.0:8080", "[::]:8080", "192.168.1.4:80", "[::ffff:10.0.0.1]:80"] {
            let error = check_bind(bad.parse().unwrap()).unwrap_err().to_string();
            assert!(error.contains("not a loopback address") && error.contains("127.0.0.1"), "{error}");
        }
    }

    #[test]
    fn only_requests_to_this_machine_are_answered() {
        for good in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"] {
            check_host(&headers(&[("host", good)]), 8080).unwrap();
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
            let problem = check_host(&headers(&[("host", bad)]), 8080).unwrap_err();
            assert_eq!(problem.kind(), ProblemKind::ForeignHost, "{bad}");
        }
        check_host(&headers(&[("host", "localhost")]), 80).unwrap();
        assert!(check_host(&HeaderMap::new(), 8080).is_err());
        let mut two = headers(&[("host", "localhost:8080")]);
        two.append(header::HOST, HeaderValue::from_static("localhost:8080"));
        assert!(check_host(&two, 8080).is_err());
    }

    #[test]
    fn who_may_not_is_told_so() {
        let pass = |role| Pass { role, ..Pass::MACHINE };
        let (none, foreign) = (HeaderMap::new(), headers(&[("host", "127.0.0.1:8080"), ("sec-fetch-site", "cross-site")]));
        admit(Who::Anybody, None, &foreign).unwrap();
        admit(Who::Somebody, Some(&pass(Role::Unit)), &none).unwrap();
        for who in [Who::Somebody, Who::May(Action::See)] {
            assert_eq!(admit(who, None, &none).unwrap_err().kind(), ProblemKind::NotSignedIn);
        }
        admit(Who::May(Action::RunCordons), Some(&pass(Role::Commander)), &none).unwrap();
        let problem = admit(Who::May(Action::RunCordons), Some(&pass(Role::Dispatcher)), &none).unwrap_err();
        assert_eq!(problem.kind(), ProblemKind::NotAllowed);
        let document = problem.document();
        assert_eq!((document.status, document.field, document.expected), (403, Some("role"), Some("commander, administrator")));
        assert!(document.detail.contains("dispatcher may not run_cordons"), "{}", document.detail);
        let problem = admit(Who::May(Action::See), Some(&Pass::MACHINE), &foreign).unwrap_err();
        assert_eq!(problem.kind(), ProblemKind::ForeignOrigin);
    }

    #[test]
    fn other_pages_are_turned_away() {
        check_origin(&headers(&[("host", "127.0.0.1:8080")])).unwrap();
        check_origin(&headers(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")]))
            .unwrap();
        for origin in ["http://evil.example", "null", "https://127.0.0.1:8080", "http://127.0.0.1:9999", "http://localhost:8080"] {
            let problem = check_origin(&headers(&[("host", "127.0.0.1:8080"), ("origin", origin)])).unwrap_err();
            assert_eq!(problem.kind(), ProblemKind::ForeignOrigin, "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            assert!(check_origin(&headers(&[("host", "127.0.0.1:8080"), ("sec-fetch-site", site)])).is_err());
        }
    }
}
