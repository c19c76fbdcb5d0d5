//! What every HTTP request meets first: the guard, then the questions, then the other routes.
//!
//! A question is answered right here, into one buffer that is written with its head in one go; it passes no router and no
//! layer. Everything else goes to the router of [`super::routes`].

use std::{convert::Infallible, sync::Arc};

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
    App, asking, body, guard,
    problem::Problem,
    question::{self, Found},
    routes,
};

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

    /// Answers a request. Security headers are on every answer.
    ///
    /// # Errors
    /// None: a request that is wrong is answered with a problem.
    pub async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<FrontBody>, Infallible> {
        let (parts, content) = request.into_parts();
        let question = question::find(parts.uri.path()).filter(|found| asks(&parts.method, found.question.method));
        let mut response = match (guard::check(self.port, &parts.method, &parts.headers), question) {
            (Err(problem), _) => problem.into_response().map(Either::Right),
            (Ok(()), Some(found)) => self.question(&found, &parts, content).await,
            (Ok(()), None) => match self.routes.call(Request::from_parts(parts, content)).await {
                Ok(response) => response.map(Either::Right),
                Err(never) => match never {},
            },
        };
        guard::secure(response.headers_mut());
        Ok(response)
    }

    async fn question(&self, found: &Found<'_>, parts: &Parts, content: Incoming) -> Response<FrontBody> {
        let timer = self.app.meters.start(found.no);
        // Before the thing is looked at: see `Bus::last_event`.
        let tag = found.subject().map(|subject| asking::tag(&self.app, &subject));
        let (status, response) = match self.bytes(found, parts, content).await {
            Ok(bytes) => {
                let mut response = Response::new(Either::Left(Full::new(Bytes::from(bytes))));
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response.headers_mut().extend(tag.into_iter().flatten().map(|(name, value)| (Some(name), value)));
                (response.status(), response)
            }
            Err(problem) => (problem.kind().status(), problem.into_response().map(Either::Right)),
        };
        timer.stop(parts.method.as_str(), status);
        response
    }

    async fn bytes(&self, found: &Found<'_>, parts: &Parts, content: Incoming) -> Result<Vec<u8>, Problem> {
        guard::admit(found.question.who, &parts.headers)?;
        let content = if *found.question.method == Method::POST {
            body::check_type(&parts.headers, &["application/json"])?;
            body::read(content, body::JSON_BYTES_MAX).await?
        } else {
            Bytes::new()
        };
        question::answer(&self.app, found, parts.uri.query().unwrap_or_default(), &content, Vec::with_capacity(ANSWER_BYTES)).await
    }
}

/// Whether a request has the method of a question. GET answers HEAD too: hyper leaves the body out.
fn asks(method: &Method, right: &Method) -> bool {
    method == right || (method == Method::HEAD && right == Method::GET)
}
