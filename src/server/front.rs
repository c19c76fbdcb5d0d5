//! What every HTTP request meets first: the guard, the entry, which gives it the pass of whoever asks, then the questions,
//! then the other routes.
//!
//! A question is answered right here, into one buffer that is written with its head in one go; it passes no router and no
//! layer. Everything else goes to the router of [`super::routes`].

use std::{convert::Infallible, net::IpAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderValue, Method, Request, Response, header, request::Parts},
    response::IntoResponse,
};
use http_body_util::{Either, Full};
use hyper::{body::Incoming, service::Service as _};
use hyper_util::service::TowerToHyperService;

use super::{
    App, body,
    entry::Asker,
    guard,
    problem::Problem,
    question::{self, Found},
    routes,
};
use crate::access::Pass;

/// The body of an answer: a question's own bytes, or whatever a route gives.
pub type FrontBody = Either<Full<Bytes>, Body>;

/// Room for the answer to a usual question, so that its buffer does not grow step by step.
pub const ANSWER_BYTES: usize = 8 * 1024;

/// The server's answers to HTTP. One for all connections.
#[derive(Debug)]
pub struct Front {
    app: App,
    routes: TowerToHyperService<Router>,
    /// The one that the server listens on.
    port: u16,
}

impl Front {
    /// The questions and routes of a server that listens on `port`.
    #[must_use]
    pub fn new(app: App, port: u16) -> Self {
        Self { routes: TowerToHyperService::new(routes::router(app.clone())), app, port }
    }

    /// Answers a request that came from `address`. Security headers are on every answer.
    ///
    /// # Errors
    /// None: a request that is wrong is answered with a problem.
    pub async fn answer(self: Arc<Self>, address: IpAddr, request: Request<Incoming>) -> Result<Response<FrontBody>, Infallible> {
        let (mut parts, content) = request.into_parts();
        let question = question::find(parts.uri.path()).filter(|found| asks(&parts.method, found.question.method));
        let known = guard::check(self.port, &parts.method, &parts.headers)
            .and_then(|()| self.app.entry.asker(&parts.method, &parts.headers, self.app.bus.now()));
        let mut response = match (known, question) {
            (Err(problem), _) => problem.into_response().map(Either::Right),
            (Ok(known), Some(found)) => self.question(&found, known.as_ref().map(|known| &known.pass), &parts, content).await,
            (Ok(known), None) => {
                parts.extensions.insert(match &known {
                    Some(known) => self.app.stop.or(known.ends.clone()),
                    None => self.app.stop.clone(),
                });
                let session = known.as_ref().and_then(|known| known.session);
                parts.extensions.insert(Asker { pass: known.map(|known| known.pass), session, address });
                match self.routes.call(Request::from_parts(parts, content)).await {
                    Ok(response) => response.map(Either::Right),
                    Err(never) => match never {},
                }
            }
        };
        guard::secure(response.headers_mut());
        Ok(response)
    }

    async fn question(&self, found: &Found<'_>, pass: Option<&Pass>, parts: &Parts, content: Incoming) -> Response<FrontBody> {
        let timer = self.app.meters.start(found.no);
        let (status, response) = match self.bytes(found, pass, parts, content).await {
            Ok(bytes) => {
                let mut response = Response::new(Either::Left(Full::new(Bytes::from(bytes))));
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                (response.status(), response)
            }
            Err(problem) => (problem.kind().status(), problem.into_response().map(Either::Right)),
        };
        timer.stop(parts.method.as_str(), status);
        response
    }

    async fn bytes(&self, found: &Found<'_>, pass: Option<&Pass>, parts: &Parts, content: Incoming) -> Result<Vec<u8>, Problem> {
        guard::check_origin(&parts.headers)?;
        let admitted = found.admit(pass)?;
        let content = if *found.question.method == Method::POST {
            body::check_type(&parts.headers, &["application/json"])?;
            body::read(content, body::JSON_BYTES_MAX).await?
        } else {
            Bytes::new()
        };
        question::answer(&self.app, admitted, parts.uri.query().unwrap_or_default(), &content, Vec::with_capacity(ANSWER_BYTES)).await
    }
}

/// Whether a request has the method of a question. GET answers HEAD too: hyper leaves the body out.
fn asks(method: &Method, right: &Method) -> bool {
    method == right || (method == Method::HEAD && right == Method::GET)
}
