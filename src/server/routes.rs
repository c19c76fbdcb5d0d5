//! The tables: what there is, who may use it, which parameters it takes. What is in neither does not exist.

use axum::{
    Router,
    extract::{Request, State},
    handler::Handler,
    http::{Method, Uri},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};

use super::{
    App, accounts, ask, asking, audit, base_map, city, cordons, coverage, density, docs, drills,
    entry::Asker,
    fixes, guard,
    guard::Who,
    health, ingest_socket, loans, meant, measure, move_up, nearest, orders, osmand,
    problem::{Problem, ProblemKind},
    programs, provider,
    query::Params,
    question::{Answer, Question, Runs},
    reach, rings, roads, rooms, session, stream, trail, units, wall, zones,
};
use crate::{access::Action, engine::Subject};

/// The parameters that a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// These and no others: another one is refused by name.
    Only(&'static [&'static str]),
    /// Anything: a page reads them in the browser, or the route's own parser does.
    Anything,
}

/// What a question needs.
const SEE: Who = Who::May(Action::See);
const AUDIT: Who = Who::May(Action::Audit);

const fn question(method: &'static Method, path: &'static str, who: Who, takes: &'static [&'static str], answer: Answer) -> Question {
    Question { method, path, who, takes, runs: Runs::Here, answer, shows: None }
}

/// The same, showing one thing.
const fn one(question: Question, shows: fn(&str) -> Option<Subject>) -> Question {
    Question { shows: Some(shows), ..question }
}

/// The same, answered where nobody waits for the thread.
const fn apart(question: Question) -> Question {
    Question { runs: Runs::Apart, ..question }
}

/// What is asked and answered in JSON without changing anything: the same over HTTP and over the WebSocket `/v1/ask`. Of two
/// patterns that fit a path the first counts.
#[rustfmt::skip] // A table: one row a question.
pub static QUESTIONS: &[Question] = &[
    question(&Method::GET,  "/v1/nearest",               SEE, nearest::PARAMS,     nearest::nearest),
    question(&Method::POST, "/v1/rings",                 SEE, &[],                 rings::rings),
    question(&Method::GET,  "/v1/units",                 SEE, units::LIST_PARAMS,  units::list),
    one(question(&Method::GET,  "/v1/units/{id}",            SEE, &[],                 units::get), |id| id.parse().ok().map(Subject::Unit)),
    question(&Method::GET,  "/v1/zones",                 SEE, zones::LIST_PARAMS,  zones::list),
    question(&Method::GET,  "/v1/zones/at",              SEE, zones::AT_PARAMS,    zones::at),
    one(question(&Method::GET,  "/v1/zones/{id}",            SEE, &[],                 zones::get), |id| id.parse().ok().map(Subject::Zone)),
    question(&Method::GET,  "/v1/zones/{id}/units",      SEE, &[],                 zones::units),
    question(&Method::GET,  "/v1/roads/at",              SEE, roads::AT_PARAMS,    roads::at),
    apart(question(&Method::POST, "/v1/roads/meant",     SEE, &[],                 meant::meant)),
    question(&Method::GET,  "/v1/roads/closures",        SEE, roads::LIST_PARAMS,  roads::list),
    one(question(&Method::GET,  "/v1/roads/closures/{id}",   SEE, &[],                 roads::get), |id| id.parse().ok().map(Subject::Closure)),
    question(&Method::GET,  "/v1/orders",                SEE, orders::LIST_PARAMS, orders::list),
    one(question(&Method::GET,  "/v1/orders/{id}",           SEE, &[],                 orders::get), |id| id.parse().ok().map(Subject::Order)),
    question(&Method::GET,  "/v1/loans",                 SEE, &[],                 loans::list),
    apart(question(&Method::GET,  "/v1/reach",           SEE, reach::PARAMS,       reach::reach)),
    apart(question(&Method::GET,  "/v1/coverage",        SEE, coverage::PARAMS,    coverage::coverage)),
    apart(question(&Method::GET,  "/v1/coverage/grid",   SEE, &[],                 coverage::grid)),
    apart(question(&Method::POST, "/v1/move-up",         SEE, &[],                 move_up::move_up)),
    apart(question(&Method::GET,  "/v1/drills",          SEE, &[],                 drills::list)),
    question(&Method::GET,  "/v1/density",               SEE, density::PARAMS,     density::density),
    apart(question(&Method::GET,  "/v1/audit",           AUDIT, trail::PARAMS,     trail::search)),
    question(&Method::GET,  "/v1/city",                  SEE, &[],                 city::city),
];

/// One row of the table of routes.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path's pattern.
    pub path: &'static str,
    /// Who may use it.
    pub who: Who,
    /// The parameters that it takes.
    pub takes: Takes,
    /// Whether it has commands done: it then takes the headers of [`asking`].
    pub edits: bool,
    /// What answers.
    answers: MethodRouter<App>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {:?} {:?}", self.method, self.path, self.who, self.takes)
    }
}

fn route<T: 'static>(method: &Method, path: &'static str, who: Who, takes: Takes, handler: impl Handler<T, App>) -> Route {
    let filter = match *method {
        Method::PUT => MethodFilter::PUT,
        Method::PATCH => MethodFilter::PATCH,
        Method::POST => MethodFilter::POST,
        Method::DELETE => MethodFilter::DELETE,
        // GET answers HEAD too.
        _ => MethodFilter::GET,
    };
    Route { method: method.clone(), path, who, takes, edits: false, answers: on(filter, handler) }
}

/// The same, having commands done.
fn edit<T: 'static>(method: &Method, path: &'static str, who: Who, handler: impl Handler<T, App>) -> Route {
    Route { edits: true, ..route(method, path, who, Takes::Only(&[]), handler) }
}

/// Every route of the server that is no question: what changes state, streams, or gives files.
#[must_use]
#[rustfmt::skip] // A table: one row a route.
pub fn table() -> Vec<Route> {
    use Action::{Administer, Direct, Drill, EditClosures, EditPlans, EditUnits, EditZones, Operate, Order, PlanCordons, RunCordons, See, SendFixes, StepOrders};
    use Takes::{Anything, Only};
    use Who::{Anybody, May, Somebody};
    let (get, put, patch, post, delete) = (&Method::GET, &Method::PUT, &Method::PATCH, &Method::POST, &Method::DELETE);
    vec![
        route(get,    "/v1/layers/{layer}",         May(See),          Only(&[]),                 city::layer),
        route(get,    "/v1/map/base.pmtiles",       May(See),          Only(&[]),                 base_map::get),
        edit(put,    "/v1/units/{id}",             May(EditUnits),    units::put),
        edit(patch,  "/v1/units/{id}",             May(EditUnits),    units::patch),
        edit(put,    "/v1/zones/{id}",             May(EditZones),    zones::put),
        edit(delete, "/v1/zones/{id}",             May(EditZones),    zones::delete),
        edit(post,   "/v1/roads/closures",         May(EditClosures), roads::post),
        edit(delete, "/v1/roads/closures/{id}",    May(EditClosures), roads::delete),
        edit(post,   "/v1/orders",                 May(Order),        orders::post),
        edit(patch,  "/v1/orders/{id}",            May(StepOrders),   orders::patch),
        edit(post,   "/v1/loans",                  May(Order),        loans::post),
        edit(delete, "/v1/loans/{id}",             May(Order),        loans::delete),
        route(post,   "/v1/cordons/plan",           May(PlanCordons),  Only(&[]),                 cordons::plan),
        route(get,    "/v1/cordons",                May(See),          Only(cordons::LIST_PARAMS), cordons::list),
        edit(post,   "/v1/cordons",                May(RunCordons),   cordons::post),
        route(get,    "/v1/cordons/{id}",           May(See),          Only(&[]),                 cordons::get),
        edit(patch,  "/v1/cordons/{id}",           May(RunCordons),   cordons::patch),
        edit(post,   "/v1/cordons/{id}/sightings", May(RunCordons),   cordons::sight),
        route(get,    "/v1/gate-plans",             May(See),          Only(&[]),                 cordons::list_gates),
        edit(put,    "/v1/gate-plans/{id}",        May(EditPlans),    cordons::put_gates),
        edit(delete, "/v1/gate-plans/{id}",        May(EditPlans),    cordons::delete_gates),
        edit(post,   "/v1/gate-plans/{id}/run",    May(RunCordons),   cordons::run_gates),
        route(post,   "/v1/drills/{id}/play",       May(Drill),        Only(&[]),                 drills::play),
        route(get,    "/v1/rooms/{id}",             May(See),          Only(&[]),                 rooms::get),
        route(put,    "/v1/rooms/{id}",             May(Direct),       Only(&[]),                 rooms::put),
        route(delete, "/v1/rooms/{id}",             May(Direct),       Only(rooms::LEAVE_PARAMS), rooms::delete),
        route(get,    "/v1/suspect",                May(See),          Only(cordons::SUSPECT_PARAMS), cordons::suspect),
        route(post,   "/v1/fixes",                  May(SendFixes),    Only(&[]),                 fixes::post),
        route(get,    "/v1/ingest",                 May(SendFixes),    Only(&[]),                 ingest_socket::ingest),
        route(get,    "/v1/ask",                    May(See),          Only(&[]),                 ask::ask),
        route(get,    "/v1/stream",                 May(See),          Only(&["format"]),         stream::stream),
        route(get,    "/v1/stream/events",          May(See),          Only(stream::events::PARAMS), stream::events::events),
        // A GET that changes state: phones send it so.
        route(get,    "/osmand",                    May(SendFixes),    Anything,                  osmand::get),
        route(post,   "/osmand",                    May(SendFixes),    Anything,                  osmand::post),
        route(get,    "/v1/health",                 May(See),          Only(&[]),                 health::report),
        route(get,    "/health",                    May(See),          Anything,                  health::page),
        route(get,    "/v1/session",                Anybody,           Only(&[]),                 session::get),
        route(post,   "/v1/session",                Anybody,           Only(&[]),                 session::post),
        route(delete, "/v1/session",                Somebody,          Only(&[]),                 session::delete),
        route(post,   "/v1/session/code",           Anybody,           Only(&[]),                 session::code),
        route(put,    "/v1/session/password",       Somebody,          Only(&[]),                 session::password),
        route(get,    "/v1/session/second-factor",  Somebody,          Only(&[]),                 session::second),
        route(put,    "/v1/session/second-factor",  Somebody,          Only(&[]),                 session::confirm),
        route(delete, "/v1/session/second-factor",  Somebody,          Only(&[]),                 session::without),
        route(get,    "/v1/sessions",               Somebody,          Only(&[]),                 session::list),
        route(delete, "/v1/sessions/{id}",          Somebody,          Only(&[]),                 session::end),
        route(get,    "/v1/accounts",               May(Administer),   Only(&[]),                 accounts::list),
        route(put,    "/v1/accounts/{id}",          May(Administer),   Only(&[]),                 accounts::put),
        route(delete, "/v1/accounts/{id}",          May(Administer),   Only(&[]),                 accounts::delete),
        route(post,   "/v1/accounts/{id}/code",     May(Administer),   Only(&[]),                 accounts::code),
        route(get,    "/v1/programs",               May(Administer),   Only(&[]),                 programs::list),
        route(post,   "/v1/programs/{id}/tokens",   May(Administer),   Only(&[]),                 programs::post),
        route(delete, "/v1/programs/{id}/tokens/{token}", May(Administer), Only(&[]),             programs::delete),
        route(get,    "/healthz",                   Anybody,           Only(&[]),                 health::healthz),
        route(get,    "/readyz",                    Anybody,           Only(&[]),                 health::readyz),
        route(get,    "/metrics",                   May(Operate),      Only(&[]),                 health::metrics),
        route(get,    "/openapi.json",              May(See),          Only(&[]),                 docs::openapi),
        route(get,    "/asyncapi.json",             May(See),          Only(&[]),                 docs::asyncapi),
        route(get,    "/docs",                      Anybody,           Anything,                  wall::docs),
        route(get,    "/signin",                    Anybody,           Anything,                  wall::sign_in),
        route(get,    "/signin/provider",           Anybody,           Anything,                  provider::begin),
        route(get,    "/signin/callback",           Anybody,           Anything,                  provider::finish),
        route(get,    "/account",                   Anybody,           Anything,                  wall::account),
        route(get,    "/",                          Anybody,           Anything,                  wall::index),
        route(get,    "/{*path}",                   Anybody,           Anything,                  wall::asset),
    ]
}

/// Whether an answer of a path shows one thing, and so carries its `ETag`.
pub(super) fn shows_one(path: &str) -> bool {
    let routes = [
        "/v1/roads/closures",
        "/v1/cordons",
        "/v1/cordons/{id}",
        "/v1/cordons/{id}/sightings",
        "/v1/gate-plans/{id}",
        "/v1/gate-plans/{id}/run",
    ];
    routes.contains(&path) || QUESTIONS.iter().any(|question| question.path == path && question.shows.is_some())
}

/// The router of the table of routes. It has no guard: [`super::front::Front`] stands before it.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    let rows = table();
    // A question's path with a method that it does not have is no page and no path of another pattern.
    for question in QUESTIONS.iter().filter(|question| rows.iter().all(|route| route.path != question.path)) {
        router = router.route(question.path, MethodRouter::new());
    }
    for Route { path, who, takes, edits, answers, .. } in rows.into_iter().filter(|route| app.pages.has(route.path)) {
        let answers = if edits { answers.route_layer(from_fn(asking::read)) } else { answers };
        let admitted = answers.route_layer(from_fn_with_state((app.clone(), path, who, takes), admit));
        router = router.route(path, admitted.layer(from_fn(move |request: Request, next: Next| measure::request(path, request, next))));
    }
    router.method_not_allowed_fallback(wrong_method).fallback(async |uri: Uri| wall::unknown(uri.path())).with_state(app)
}

/// Lets a request to its route, or says why not.
async fn admit(
    State((app, path, who, takes)): State<(App, &'static str, Who, Takes)>,
    asker: Asker,
    request: Request,
    next: Next,
) -> Response {
    match check(who, takes, &asker, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            audit::refused(&app, asker.pass.as_ref(), request.method().as_str(), path, &problem);
            problem.into_response()
        }
    }
}

fn check(who: Who, takes: Takes, asker: &Asker, request: &Request) -> Result<(), Problem> {
    guard::admit(who, asker.pass.as_ref(), request.headers())?;
    match takes {
        Takes::Anything => Ok(()),
        Takes::Only(right) => Params::read(request.uri().query().unwrap_or_default())?.only(right),
    }
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let has = methods(uri.path());
    if has.is_empty() {
        return wall::unknown(uri.path());
    }
    Problem::new(ProblemKind::WrongMethod, format!("this route has no method {method}: use {has}"))
        .field("method")
        .value(method.as_str())
        .allow(&has)
        .expected(has)
        .into_response()
}

/// Method and pattern of every question and route.
fn patterns() -> Vec<(Method, &'static str)> {
    let questions = QUESTIONS.iter().map(|question| (question.method.clone(), question.path));
    questions.chain(table().into_iter().map(|route| (route.method, route.path))).collect()
}

/// The methods of a path, separated by commas. A pattern that names the path wins over one that fits it, as in the router.
fn methods(path: &str) -> String {
    let all = patterns();
    let named = all.iter().find(|(_, pattern)| *pattern == path).or_else(|| all.iter().find(|(_, pattern)| fits(pattern, path)));
    let has = |(_, pattern): &&(Method, &'static str)| named.is_some_and(|(_, named)| named == pattern);
    all.iter().filter(has).map(|(method, _)| method.as_str()).collect::<Vec<_>>().join(", ")
}

/// Whether a path fits a pattern.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(_)) if pattern.starts_with("{*") => return path != "/" && !is_api(path),
            (Some(pattern), Some(part)) if pattern.starts_with('{') || pattern == part => {}
            _ => return false,
        }
    }
}

/// Paths that no page has.
fn is_api(path: &str) -> bool {
    path.starts_with("/v1/")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use utoipa::OpenApi;

    use super::*;
    use crate::access::{Pass, Role};

    /// Routes that give pages, not data.
    const PAGES: [&str; 8] = ["/", "/account", "/docs", "/health", "/signin", "/signin/callback", "/signin/provider", "/{*path}"];

    fn documented() -> BTreeMap<(String, String), BTreeSet<String>> {
        let json = serde_json::to_value(docs::ApiDoc::openapi()).unwrap();
        let mut found = BTreeMap::new();
        for (path, methods) in json["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let params = operation["parameters"].as_array().cloned().unwrap_or_default();
                let names = params.iter().filter(|param| param["in"] == "query").map(|param| param["name"].as_str().unwrap().to_owned());
                found.insert((path.clone(), method.to_uppercase()), names.collect());
            }
        }
        found
    }

    #[test]
    fn every_route_is_documented_and_every_documented_route_is_there() {
        let table: BTreeSet<_> = patterns()
            .into_iter()
            .filter(|(_, path)| !PAGES.contains(path))
            .map(|(method, path)| (path.to_owned(), method.to_string()))
            .collect();
        assert_eq!(table, documented().into_keys().collect());
    }

    #[test]
    fn documented_parameters_are_those_that_are_taken() {
        let documented = documented();
        let questions = QUESTIONS.iter().map(|question| (question.path, question.method.clone(), question.takes));
        let routes = table().into_iter().filter_map(|route| match route.takes {
            Takes::Only(right) => Some((route.path, route.method, right)),
            Takes::Anything => None,
        });
        for (path, method, right) in questions.chain(routes) {
            let right: BTreeSet<_> = right.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(right, documented[&(path.to_owned(), method.to_string())], "{method} {path}");
        }
    }

    /// Routes that anybody may use.
    const OPEN: [&str; 11] = [
        "/",
        "/account",
        "/docs",
        "/healthz",
        "/readyz",
        "/signin",
        "/signin/callback",
        "/signin/provider",
        "/v1/session",
        "/v1/session/code",
        "/{*path}",
    ];

    #[test]
    fn only_pages_probes_and_sign_in_are_open_and_every_action_is_needed_somewhere() {
        let rows = table();
        let open: BTreeSet<_> = rows.iter().filter(|route| route.who == Who::Anybody).map(|route| route.path).collect();
        assert_eq!(open, BTreeSet::from(OPEN));
        let needed: Vec<_> = QUESTIONS.iter().map(|question| question.who).chain(rows.iter().map(|route| route.who)).collect();
        for who in Action::ALL.iter().map(|action| Who::May(*action)) {
            assert!(needed.contains(&who), "no route or question needs {who:?}");
        }
        assert!(QUESTIONS.iter().all(|question| question.who != Who::Anybody));
    }

    #[test]
    fn who_only_sees_changes_nothing() {
        let changes = |route: &Route| route.method != Method::GET || ["/v1/ingest", "/osmand"].contains(&route.path);
        let viewer = Pass { role: Role::Viewer, ..Pass::MACHINE };
        for route in table().iter().filter(|route| changes(route)) {
            assert!(route.path.starts_with("/v1/session") || route.who.admit(Some(&viewer)).is_err(), "{route:?}");
        }
    }

    #[test]
    fn a_path_knows_its_methods() {
        assert_eq!(methods("/v1/units/a"), "GET, PUT, PATCH");
        assert_eq!(methods("/v1/zones/at"), "GET");
        assert_eq!(methods("/v1/zones/beat-1"), "GET, PUT, DELETE");
        assert_eq!(methods("/assets/a.js"), "GET");
        assert_eq!(methods("/"), "GET");
        assert_eq!(methods("/v1/unit/a"), "");
    }
}
