//! Who may ask: deny by default.
//!
//! Every route and question says who may use it ([`Who`]), and whoever asks comes with a pass or without one ([`super::entry`]). In the
//! demo, where nobody signs in, the server binds loopback addresses only; otherwise an address that others reach needs TLS or a proxy
//! that has it. It answers only requests that name it ([`Own`]: a page of another site that has its name point here is turned away), and
//! of what is not open to anybody it gives nothing to a page of another origin.

use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::{
    entry::not_signed_in,
    own::{Own, Scheme},
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
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SECURITY_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// For a year browsers ask this name by TLS alone.
const STRICT_TRANSPORT_SECURITY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds the security headers to a response; those of TLS where the server speaks it.
pub fn secure(headers: &mut HeaderMap, own: &Own) {
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, value);
    }
    if own.scheme == Scheme::Https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT_SECURITY);
    }
}

/// What stands between a door and the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exposure {
    /// It speaks TLS itself.
    pub tls: bool,
    /// Something that keeps strangers and listeners out stands before it: the configuration says so.
    pub behind_proxy: bool,
    /// Whoever asks is known and may do so much and no more.
    pub access: bool,
}

/// An address that the server does not bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exposed {
    /// Nobody would be asked who they are.
    #[error(
        "{0} is not a loopback address: in the demo whoever reaches it may do everything; leave the demo out, or give 127.0.0.1 or [::1]"
    )]
    WithoutAccess(SocketAddr),
    /// Everybody on the way could listen.
    #[error(
        "{0} is not a loopback address: without TLS anybody on the way could listen; give a certificate and key, or say behind_proxy = true where a proxy with TLS faces the network"
    )]
    WithoutTls(SocketAddr),
}

/// Checks an address before it is bound.
///
/// # Errors
/// [`Exposed`] for an address that another machine could reach without access control, or without TLS.
pub fn check_bind(address: SocketAddr, exposure: Exposure) -> Result<SocketAddr, Exposed> {
    match exposure {
        _ if address.ip().to_canonical().is_loopback() => Ok(address),
        Exposure { access: false, .. } => Err(Exposed::WithoutAccess(address)),
        Exposure { tls: false, behind_proxy: false, .. } => Err(Exposed::WithoutTls(address)),
        Exposure { .. } => Ok(address),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Checks that a request which a browser sent comes from a page of this server. Programs send neither header.
///
/// # Errors
/// A 403 problem that names the header, its value and what is right.
pub fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let host = text(headers, &header::HOST);
    for origin in headers.get_all(header::ORIGIN) {
        let same = origin.to_str().is_ok_and(|origin| own_page(origin, host));
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

/// Whether an origin is that of a host. Which scheme is right [`Own::check_scheme`] says.
fn own_page(origin: &str, host: &str) -> bool {
    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")).is_some_and(|rest| rest.eq_ignore_ascii_case(host))
}

fn foreign(header: &str, value: &HeaderValue, expected: String) -> Problem {
    Problem::new(ProblemKind::ForeignOrigin, "pages of another origin may not use this route")
        .field(header)
        .value(&String::from_utf8_lossy(value.as_bytes()))
        .expected(expected)
}

/// Checks what every request must be: for this server, and where it changes something or opens a WebSocket, from no page
/// of another origin.
///
/// # Errors
/// A 403 problem.
pub fn check(own: &Own, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    own.check_host(headers)?;
    own.check_scheme(headers)?;
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
    fn other_machines_reach_only_what_has_access_control_and_tls() {
        let (open, closed) = (Exposure { tls: true, behind_proxy: true, access: true }, Exposure::default());
        for loopback in ["127.0.0.1:8080", "127.9.9.9:1", "[::1]:0", "[::ffff:127.0.0.1]:80"] {
            check_bind(loopback.parse().unwrap(), closed).unwrap();
        }
        for other in ["0.0.0.0:8080", "[::]:8080", "192.168.1.4:80", "[::ffff:10.0.0.1]:80"] {
            let address = other.parse().unwrap();
            for good in [open, Exposure { tls: false, ..open }, Exposure { behind_proxy: false, ..open }] {
                check_bind(address, good).unwrap();
            }
            let error = check_bind(address, Exposure { access: false, ..open }).unwrap_err();
            assert!(error == Exposed::WithoutAccess(address) && error.to_string().contains("127.0.0.1"), "{error}");
            let error = check_bind(address, Exposure { access: true, ..closed }).unwrap_err();
            assert!(error == Exposed::WithoutTls(address) && error.to_string().contains("behind_proxy"), "{error}");
        }
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
        for origin in ["http://evil.example", "null", "ftp://127.0.0.1:8080", "http://127.0.0.1:9999", "http://localhost:8080"] {
            let problem = check_origin(&headers(&[("host", "127.0.0.1:8080"), ("origin", origin)])).unwrap_err();
            assert_eq!(problem.kind(), ProblemKind::ForeignOrigin, "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            assert!(check_origin(&headers(&[("host", "127.0.0.1:8080"), ("sec-fetch-site", site)])).is_err());
        }
    }
}
