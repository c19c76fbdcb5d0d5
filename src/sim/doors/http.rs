//! One kept-alive HTTP/1.1 connection.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::AbortHandle, task::spawn_local};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

/// The smallest buffer that hyper reads into, bytes: answers are short.
const BUFFER_BYTES: usize = 8 * 1024;
/// The most bytes of an answer that are read.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The connection.
    #[error("HTTP: {0}")]
    Connection(#[from] hyper::Error),
    /// The request is none.
    #[error("HTTP request: {0}")]
    Request(#[from] hyper::http::Error),
    /// The answer's body.
    #[error("HTTP answer: {0}")]
    Answer(Box<dyn std::error::Error + Send + Sync>),
}

/// An open connection. Needs a [`tokio::task::LocalSet`]; one request at a time.
#[derive(Debug)]
pub struct HttpLink {
    sender: SendRequest<Full<Bytes>>,
    /// The task that drives the connection; it ends with the link.
    driver: AbortHandle,
    host: String,
    /// What a program shows.
    authorization: Option<String>,
}

/// The header of a program that shows its token.
#[must_use]
pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// The request that opens a WebSocket, with a program's token where there is one.
///
/// # Errors
/// For a token that is no header.
pub fn handshake(server: SocketAddr, path: &str, token: Option<&str>) -> Result<Request<()>, tungstenite::Error> {
    let mut request = format!("ws://{server}{path}").into_client_request()?;
    if let Some(token) = token {
        let value = hyper::header::HeaderValue::from_str(&bearer(token)).map_err(hyper::http::Error::from)?;
        request.headers_mut().insert(hyper::header::AUTHORIZATION, value);
    }
    Ok(request)
}

impl Drop for HttpLink {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl HttpLink {
    /// Speaks HTTP over a connection to `server`, with a program's token where there is one.
    ///
    /// # Errors
    /// [`HttpError::Connection`].
    pub async fn new(stream: TcpStream, server: SocketAddr, token: Option<&str>) -> Result<Self, HttpError> {
        let mut builder = http1::Builder::new();
        builder.max_buf_size(BUFFER_BYTES);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
        let driver = spawn_local(async move {
            if let Err(error) = connection.await {
                tracing::trace!(%error, "an HTTP connection ended");
            }
        });
        Ok(Self { sender, driver: driver.abort_handle(), host: server.to_string(), authorization: token.map(bearer) })
    }

    /// Whether the server closed the connection.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    async fn answer(&mut self, method: &str, path: &[u8], json: Option<Bytes>) -> Result<hyper::Response<Incoming>, HttpError> {
        let mut request = Request::builder().method(method).uri(path).header("host", self.host.as_str());
        if json.is_some() {
            request = request.header("content-type", if method == "PATCH" { "application/merge-patch+json" } else { "application/json" });
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let request = request.body(Full::new(json.unwrap_or_default()))?;
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }

    /// Asks and passes over the body of the answer.
    ///
    /// # Errors
    /// [`HttpError`]; the connection is then of no more use.
    pub async fn status(&mut self, method: &str, path: &[u8], json: Option<Bytes>) -> Result<StatusCode, HttpError> {
        let mut answer = self.answer(method, path, json).await?;
        while let Some(frame) = answer.body_mut().frame().await {
            frame?;
        }
        Ok(answer.status())
    }

    /// Asks and reads the body of the answer, at most 4 MiB.
    ///
    /// # Errors
    /// [`HttpError`]; the connection is then of no more use.
    pub async fn read(&mut self, method: &str, path: &[u8], json: Option<Bytes>) -> Result<(StatusCode, Bytes), HttpError> {
        let answer = self.answer(method, path, json).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.map_err(HttpError::Answer)?;
        Ok((status, body.to_bytes()))
    }
}
