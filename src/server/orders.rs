//! Orders: send units to places, see how far they are, take them a step further.

use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use smol_str::SmolStr;

use super::{
    App,
    asking::{self, Asking},
    body, command,
    looks::look,
    problem::{Problem, ProblemDocument, ProblemKind},
    query::parse_as,
    question::{Asked, write},
    units::LIMIT_MAX,
};
use crate::{
    engine::{Command, ORDER_RADIUS_M_DEFAULT, Order, OrderSpec, OrderStep, OrdersPage, SeenWorld, Subject},
    geodesy::LatLng,
    model::{CordonId, Name, OrderEnd, OrderId, OrderState, Purpose, Timestamp, UnitId, ZoneId},
};

/// The parameters of `GET /v1/orders`.
pub const LIST_PARAMS: &[&str] = &["unit", "state", "limit", "cursor"];
/// The most orders in one ask.
pub const ORDERS_AN_ASK_MAX: usize = 1_000;
/// The latest that a unit may be asked to be there, seconds from now.
pub const DUE_S_MAX: u32 = 86_400;

/// An order as the API shows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Order)]
pub struct OrderJson<'a> {
    #[schema(value_type = String)]
    id: &'a OrderId,
    #[schema(value_type = String)]
    unit: &'a UnitId,
    callsign: &'a str,
    purpose: Purpose,
    /// `{"lat", "lon"}`.
    #[schema(value_type = Object)]
    to: LatLng,
    place: Option<&'a Name>,
    /// A fix that is so near shows that the unit is there, metres.
    radius_m: f64,
    state: OrderState,
    /// Why it is over.
    reason: Option<OrderEnd>,
    #[schema(value_type = String, format = DateTime)]
    issued_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    accepted_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    arrived_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// By when the unit is to be there.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// The cordon that it is a guard of.
    #[schema(value_type = Option<String>)]
    cordon: Option<&'a CordonId>,
    /// The city's gate that it is sent to for that.
    #[schema(value_type = Option<String>)]
    gate: Option<&'a ZoneId>,
}

impl<'a> OrderJson<'a> {
    /// An order of the unit that is called so.
    #[must_use]
    pub fn of(order: &'a Order, callsign: &'a str) -> Self {
        let OrderSpec { id, unit, purpose, to, place, radius_m, due, cordon, gate } = &order.spec;
        Self {
            id,
            unit,
            callsign,
            purpose: *purpose,
            to: *to,
            place: place.as_ref(),
            radius_m: *radius_m,
            state: order.state,
            reason: order.reason,
            issued_at: order.issued_at,
            accepted_at: order.accepted_at,
            arrived_at: order.arrived_at,
            ended_at: order.ended_at,
            due_at: *due,
            cordon: cordon.as_ref(),
            gate: gate.as_ref(),
        }
    }
}

fn callsign(seen: &SeenWorld<'_>, order: &Order) -> SmolStr {
    seen.unit_by_no(order.unit_no).map(|unit| unit.spec.callsign).unwrap_or_default()
}

/// A page of orders.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OrderPage<'a> {
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
    orders: Vec<OrderJson<'a>>,
    /// The cursor of the next page, null on the last.
    #[schema(value_type = Option<String>)]
    next: Option<OrderId>,
}

/// Which orders are listed.
enum Listed {
    Open,
    All,
}

impl std::str::FromStr for Listed {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "open" => Ok(Self::Open),
            "all" => Ok(Self::All),
            _ => Err("not a choice of orders: open or all"),
        }
    }
}

/// Orders by id, a page at a time. Of those that are over the last 10,000 are kept.
#[utoipa::path(get, path = "/v1/orders", tag = "orders",
    params(("unit" = Option<String>, Query, description = "those of this unit"),
        ("state" = Option<String>, Query, description = "`open` (when not given) or `all`: with those that are over"),
        ("limit" = Option<usize>, Query, description = "1 to 10000, 10000 when not given"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before")),
    responses((status = 200, body = OrderPage),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn list(app: &App, Asked { pass, params, .. }: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let seen = app.seen(pass);
    let all = matches!(params.parse("state")?, Some(Listed::All));
    let limit = params.number("limit", 1..=LIMIT_MAX, "a whole number")?.unwrap_or(LIMIT_MAX);
    let after: Option<OrderId> = params.parse("cursor")?;
    let unit = match params.parse::<UnitId>("unit")? {
        Some(id) => {
            let unit = seen.unit(&id);
            look(app, pass, &id, unit.is_some());
            Some(unit.ok_or_else(|| Problem::not_found("unit", id.as_str()).field("unit"))?.no)
        }
        None => None,
    };
    let OrdersPage { orders, next } = seen.orders(unit, all, after.as_ref(), limit);
    let callsigns: Vec<_> = orders.iter().map(|order| callsign(&seen, order)).collect();
    let orders = orders.iter().zip(&callsigns).map(|(order, callsign)| OrderJson::of(order, callsign)).collect();
    write(out, &OrderPage { server_time: app.bus.now(), orders, next })
}

/// One order.
#[utoipa::path(get, path = "/v1/orders/{id}", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = OrderJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn get(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let seen = app.seen(asked.pass);
    let order = find(&seen, &parse_as("id", &asked.id)?)?;
    write(out, &OrderJson::of(&order, &callsign(&seen, &order)))
}

fn find(seen: &SeenWorld<'_>, id: &OrderId) -> Result<std::sync::Arc<Order>, Problem> {
    seen.order(id).ok_or_else(|| Problem::not_found("order", id.as_str()))
}

/// One order that is asked for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderAsk {
    #[schema(value_type = String)]
    unit: UnitId,
    /// `move_up`: to stand where it is missed; `gate`: to hold a gate, for which its status follows the order.
    purpose: Purpose,
    /// `{"lat", "lon"}`.
    #[schema(value_type = Object)]
    to: LatLng,
    /// What people call the place.
    #[serde(default)]
    place: Option<Name>,
    /// A fix that is so near shows that the unit is there, metres: 5 to 2000, 60 when not given.
    #[serde(default)]
    radius_m: Option<f64>,
    /// By when it is to be there, seconds from now: 1 to 86400.
    #[serde(default)]
    due_s: Option<u32>,
    /// End the unit's open order for it.
    #[serde(default)]
    replace: bool,
}

/// Orders to give.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrdersAsk {
    /// 1 to 1000, each decided by itself.
    #[schema(value_type = Vec<OrderAsk>)]
    orders: Vec<Box<RawValue>>,
}

/// An order that was refused.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RefusedOrder<'a> {
    /// Its place in what was asked for, from 0.
    index: usize,
    problem: ProblemDocument<'a>,
}

/// What became of the orders that were asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OrdersGiven<'a> {
    orders: Vec<OrderJson<'a>>,
    refused: Vec<RefusedOrder<'a>>,
}

/// Gives orders, each decided by itself. Durable when answered.
#[utoipa::path(post, path = "/v1/orders", tag = "orders", request_body = OrdersAsk,
    responses((status = 201, description = "At least one was given", body = OrdersGiven),
        (status = 200, description = "All were refused", body = OrdersGiven),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn post(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    // Under a key that was used for something else none of them is given.
    command::done(&app, &asking)?;
    let OrdersAsk { orders } = body::json(&headers, content, &["application/json"]).await?;
    if !(1..=ORDERS_AN_ASK_MAX).contains(&orders.len()) {
        return Err(Problem::out_of_range("orders", &format!("{} orders", orders.len()), &format!("1 to {ORDERS_AN_ASK_MAX} orders")));
    }
    // Those of one ask are numbered on from a random start: none takes another's id.
    let (now, start) = (app.bus.now(), rand::random::<u32>());
    let give = async |n: usize, order: &RawValue| {
        let OrderAsk { unit, purpose, to, place, radius_m, due_s, replace } = body::parse_json(order.get().as_bytes())?;
        if let Some(due_s) = due_s.filter(|due_s| !(1..=DUE_S_MAX).contains(due_s)) {
            return Err(Problem::out_of_range("due_s", &due_s.to_string(), &format!("1 to {DUE_S_MAX} seconds")));
        }
        let id: OrderId = parse_as("id", &format!("order-{:x}-{:08x}", now.unix_ms(), start.wrapping_add(n as u32)))?;
        let due = due_s.map(|due_s| now.plus_ms(i64::from(due_s) * 1_000));
        let radius_m = radius_m.unwrap_or(ORDER_RADIUS_M_DEFAULT);
        let order = OrderSpec { id, unit, purpose, to, place, radius_m, due, cordon: None, gate: None };
        let applied = command::run(&app, &asking.part(n), Command::IssueOrder { order, replace }).await?;
        find(&app.seen(&asking.pass), &parse_as("id", applied.subject.id())?)
    };
    // All at once: they become durable together.
    let given = join_all(orders.iter().enumerate().map(|(n, order)| give(n, order))).await;
    let seen = app.seen(&asking.pass);
    let callsigns: Vec<_> =
        given.iter().map(|given| given.as_ref().map_or_else(|_| SmolStr::default(), |order| callsign(&seen, order))).collect();
    let mut answer = OrdersGiven { orders: Vec::new(), refused: Vec::new() };
    for (index, (given, callsign)) in given.iter().zip(&callsigns).enumerate() {
        match given {
            Ok(order) => answer.orders.push(OrderJson::of(order, callsign)),
            Err(problem) => answer.refused.push(RefusedOrder { index, problem: problem.document() }),
        }
    }
    let status = if answer.orders.is_empty() { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(answer)).into_response())
}

/// A step of an order.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderPatch {
    /// `accepted`, `arrived` or `ended`: forward only.
    state: OrderState,
    /// Why it is over, `done` or `cancelled`: with `ended` alone.
    #[serde(default)]
    reason: Option<OrderEnd>,
}

impl OrderPatch {
    fn step(&self) -> Result<OrderStep, Problem> {
        let wrong = |field: &str, value: &str, expected: &str| {
            let detail = format!("{field} `{value}` cannot be asked for: give {expected}");
            Err(Problem::new(ProblemKind::Invalid, detail).field(field).value(value).expected(expected))
        };
        match (self.state, self.reason) {
            (OrderState::Accepted, None) => Ok(OrderStep::Accepted),
            (OrderState::Arrived, None) => Ok(OrderStep::Arrived),
            (OrderState::Ended, Some(reason @ (OrderEnd::Done | OrderEnd::Cancelled))) => Ok(OrderStep::Ended(reason)),
            (OrderState::Issued, _) => wrong("state", "issued", "accepted, arrived or ended"),
            (OrderState::Ended, reason) => wrong("reason", reason.map_or("", OrderEnd::as_str), "done or cancelled"),
            (_, Some(reason)) => wrong("reason", reason.as_str(), "a reason with `ended` alone"),
        }
    }
}

/// Takes an order a step further: the unit accepts it, is there, or it is over. What is so already stays. Durable when answered.
#[utoipa::path(patch, path = "/v1/orders/{id}", tag = "orders", params(("id" = String, Path)), request_body = OrderPatch,
    responses((status = 200, body = OrderJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn patch(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    let id: OrderId = parse_as("id", &id)?;
    let patch: OrderPatch = body::json(&headers, content, &["application/merge-patch+json", "application/json"]).await?;
    let step = patch.step()?;
    let unit = find(&app.seen(&asking.pass), &id)?.spec.unit.clone();
    if !asking.pass.speaks_for(&unit) {
        let detail = format!("order `{id}` is not {}'s: a unit takes its own orders further", asking.pass.actor);
        return Err(Problem::new(ProblemKind::NotAllowed, detail).field("id").value(id.as_str()).expected("the id of an order of its own"));
    }
    command::run(&app, &asking, Command::StepOrder { unit, id: id.clone(), step }).await?;
    let tag = asking::tag(&app, &Subject::Order(id.clone()));
    let seen = app.seen(&asking.pass);
    let order = find(&seen, &id)?;
    Ok((tag, Json(OrderJson::of(&order, &callsign(&seen, &order)))).into_response())
}
