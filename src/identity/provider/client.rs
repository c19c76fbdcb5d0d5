//! What asks the provider: one request a connection, with TLS, within a length.

use std::{fmt, path::Path, sync::Arc};

use axum::http::{HeaderValue, Method, Request, StatusCode, Uri, header, uri::Scheme};
use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinSet,
};
use tokio_rustls::{TlsConnector, rustls::ClientConfig};

use super::ProviderError;
use crate::tls::{self, TlsError};

/// The longest answer: keys and tokens are some kilobytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Asks a provider.
pub(super) struct Client {
    /// None where the issuer is on this very machine, without TLS.
    tls: Option<Arc<ClientConfig>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls.is_some() { "Client(https)" } else { "Client(http)" })
    }
}

/// Whether an address may be asked: by TLS, or on this very machine.
#[must_use]
pub fn is_fit(url: &Uri) -> bool {
    let loopback = |host: &str| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    };
    match (url.scheme(), url.host()) {
        (Some(scheme), Some(_)) if *scheme == Scheme::HTTPS => true,
        (Some(scheme), Some(host)) if *scheme == Scheme::HTTP => loopback(host),
        _ => false,
    }
}

impl Client {
    pub(super) fn new(issuer: &str, authorities: Option<&Path>) -> Result<Self, TlsError> {
        let tls = issuer.starts_with("https:").then(|| tls::client(authorities)).transpose()?;
        Ok(Self { tls })
    }

    /// Checks an address that the provider gave.
    pub(super) fn check(&self, url: &str) -> Result<Uri, ProviderError> {
        let why = || "it names an address that is not reached by https".to_owned();
        let fits = |uri: &Uri| is_fit(uri) && (uri.scheme() == Some(&Scheme::HTTPS)) == self.tls.is_some();
        url.parse().ok().filter(fits).ok_or_else(|| ProviderError::Answer { url: url.to_owned(), why: why() })
    }

    /// What is at an address.
    pub(super) async fn get(&self, url: &str) -> Result<Bytes, ProviderError> {
        let (status, bytes) = self.ask(Method::GET, url, None, String::new()).await?;
        if status == StatusCode::OK {
            return Ok(bytes);
        }
        Err(ProviderError::Answer { url: url.to_owned(), why: format!("it has status {}", status.as_u16()) })
    }

    /// Sends a form, with the id and secret of a client where they are given.
    pub(super) async fn post(
        &self,
        url: &str,
        credentials: Option<(&str, &str)>,
        form: String,
    ) -> Result<(StatusCode, Bytes), ProviderError> {
        self.ask(Method::POST, url, credentials.map(|(id, secret)| basic(id, secret)), form).await
    }

    async fn ask(
        &self,
        method: Method,
        url: &str,
        authorization: Option<HeaderValue>,
        form: String,
    ) -> Result<(StatusCode, Bytes), ProviderError> {
        let unreachable = |why: String| ProviderError::Unreachable { url: url.to_owned(), why };
        let uri = self.check(url)?;
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let mut request = Request::builder().method(&method).uri(target).header(header::ACCEPT, "application/json");
        if let Some(authority) = uri.authority() {
            request = request.header(header::HOST, authority.as_str());
        }
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(Bytes::from(form))).map_err(|error| unreachable(error.to_string()))?;
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(|error| unreachable(error.to_string()))?;
        let answer = match &self.tls {
            None => exchange(stream, request).await,
            Some(tls) => {
                let name = ServerName::try_from(host).map_err(|error| unreachable(error.to_string()))?;
                let stream = TlsConnector::from(tls.clone()).connect(name, stream).await;
                exchange(stream.map_err(|error| unreachable(error.to_string()))?, request).await
            }
        };
        answer.map_err(|error| unreachable(error.to_string()))
    }
}

/// One request and its answer.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), Box<dyn std::error::Error + Send + Sync>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with this function, however it does.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    Ok((status, Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await?.to_bytes()))
}

/// The header of a client with a secret (RFC 6749, section 2.3.1): both are encoded as in a form first.
fn basic(id: &str, secret: &str) -> HeaderValue {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let text = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))));
    let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_reached_by_tls_or_on_this_machine() {
        let fits = |url: &str| is_fit(&url.parse().unwrap());
        for good in ["https://login.example/realm", "http://127.0.0.1:4000", "http://localhost/x", "http://[::1]:1"] {
            assert!(fits(good), "{good}");
        }
        for bad in ["http://login.example", "http://127.0.0.1.example", "ftp://127.0.0.1", "/realm", "http://10.0.0.1"] {
            assert!(!fits(bad), "{bad}");
        }
        let client = Client::new("http://127.0.0.1:1", None).unwrap();
        assert!(client.check("http://127.0.0.1:2/token").is_ok());
        assert!(client.check("http://evil.example/token").is_err() && client.check("https://evil.example/token").is_err());
    }

    #[test]
    fn a_secret_is_encoded_and_not_shown() {
        let value = basic("map wall", "a:b%");
        assert_eq!(value.to_str().unwrap(), format!("Basic {}", STANDARD.encode("map+wall:a%3Ab%25")));
        assert_eq!(format!("{value:?}"), "Sensitive");
    }
}
