//! What every HTTP request meets first: a name for the log, how often its address asks, the guard, the entry, which gives it
//! the pass of whoever asks, how often he does, then the questions, then the other routes; a request as a whole has a time.
//!
//! A question is answered right here, into one buffer that is written with its head in one go; it passes no router and no
//! layer. Everything else goes to the router of [`super::routes`].

use std::{
    convert::Infallible,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderValue, Method, Request, Response, header, request::Parts},
    response::IntoResponse,
};
use http_body_util::{Either, Full};
use hyper::{body::Incoming, service::Service as _};
use hyper_util::service::TowerToHyperService;
use tracing::Instrument as _;

use super::{
    App, asking, audit, body,
    entry::Asker,
    guard,
    own::Own,
    problem::{self, Problem, ProblemKind},
    question::{self, Found},
    rates::Client,
    request::{RequestId, RequestIds, RequestLog, X_REQUEST_ID},
    routes,
};
use crate::access::Pass;

/// The body of an answer: a question's own bytes, or whatever a route gives.
pub type FrontBody = Either<Full<Bytes>, Body>;

/// Room for the answer to a usual question, so that its buffer does not grow step by step.
pub const ANSWER_BYTES: usize = 8 * 1024;

/// How the server faces those who ask.
#[derive(Debug, Clone)]
pub struct Facing {
    /// What it is called.
    pub own: Own,
    /// The longest that a request may take, from its head to its answer's.
    pub request_timeout: Duration,
    /// Whether each request is logged.
    pub log: RequestLog,
}

/// The server's answers to HTTP. One for all connections.
#[derive(Debug)]
pub struct Front {
    app: App,
    routes: TowerToHyperService<Router>,
    facing: Facing,
    ids: RequestIds,
}

impl Front {
    /// The questions and routes of a server.
    #[must_use]
    pub fn new(app: App, facing: Facing) -> Self {
        Self { routes: TowerToHyperService::new(routes::router(app.clone())), app, facing, ids: RequestIds::default() }
    }

    /// Answers a request of a peer. Its id and the security headers are on every answer.
    ///
    /// # Errors
    /// None: a request that is wrong is answered with a problem.
    pub async fn answer(self: Arc<Self>, peer: IpAddr, request: Request<Incoming>) -> Result<Response<FrontBody>, Infallible> {
        let start = Instant::now();
        let (mut parts, content) = request.into_parts();
        let id = self.ids.of(&parts.headers);
        let client = self.facing.own.client(peer, &parts.headers);
        let line = self.facing.log.begin(&parts);
        parts.extensions.insert(Client(client));
        let answer = tokio::time::timeout(self.facing.request_timeout, self.admitted(client, &id, parts, content)).await;
        let mut response =
            answer.unwrap_or_else(|_| Err(self.overdue())).unwrap_or_else(|problem| problem.into_response().map(Either::Right));
        if let Some(document) = problem::tell(&mut response, id.as_str()) {
            *response.body_mut() = Either::Left(Full::new(Bytes::from(document)));
        }
        guard::secure(response.headers_mut(), &self.facing.own);
        response.headers_mut().insert(X_REQUEST_ID, id.header());
        if let Some(line) = line {
            line.end(&id, client, response.status(), start.elapsed());
        }
        Ok(response)
    }

    async fn admitted(&self, client: IpAddr, id: &RequestId, mut parts: Parts, content: Incoming) -> Result<Response<FrontBody>, Problem> {
        self.app.askers.take(client)?;
        guard::check(&self.facing.own, &parts.method, &parts.headers)?;
        let known = self.app.entry.asker(&parts.method, &parts.headers, self.app.bus.now())?;
        if let Some(known) = &known {
            self.app.askers.take_of(&known.pass.actor, client)?;
        }
        let question = question::find(parts.uri.path()).filter(|found| asks(&parts.method, found.question.method));
        if let Some(found) = question {
            return Ok(self.question(&found, known.as_ref().map(|known| &known.pass), &parts, content).await);
        }
        parts.extensions.insert(match &known {
            Some(known) => self.app.stop.or(known.ends.clone()),
            None => self.app.stop.clone(),
        });
        let session = known.as_ref().and_then(|known| known.session);
        parts.extensions.insert(Asker { pass: known.map(|known| known.pass), session, address: client });
        let span = tracing::warn_span!("request", id = id.as_str());
        match self.routes.call(Request::from_parts(parts, content)).instrument(span).await {
            Ok(response) => Ok(response.map(Either::Right)),
            Err(never) => match never {},
        }
    }

    fn overdue(&self) -> Problem {
        let seconds = self.facing.request_timeout.as_secs();
        Problem::new(
            ProblemKind::Overdue,
            format!(
                "this was not answered within {seconds} s (http.request_timeout_s); what it should do may be done all the same: look before you ask again"
            ),
        )
    }

    async fn question(&self, found: &Found<'_>, pass: Option<&Pass>, parts: &Parts, content: Incoming) -> Response<FrontBody> {
        let timer = self.app.meters.start(found.no);
        // Before the thing is looked at: see `Bus::last_event`.
        let tag = found.subject().map(|subject| asking::tag(&self.app, &subject));
        let (status, response) = match self.bytes(found, pass, parts, content).await {
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

    async fn bytes(&self, found: &Found<'_>, pass: Option<&Pass>, parts: &Parts, content: Incoming) -> Result<Vec<u8>, Problem> {
        guard::check_origin(&parts.headers)?;
        let admitted = found.admit(pass).inspect_err(|problem| {
            audit::refused(&self.app, pass, parts.method.as_str(), found.question.path, problem);
        })?;
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
