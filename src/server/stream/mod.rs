//! The stream to map walls: a snapshot of the view, then what changed, tick by tick.
//!
//! Each tick is encoded once ([`tick`]); each wall filters by what it may see and what it wants to see, and copies ([`wall`]) and is sent all its messages of a tick
//! with one flush. A wall that does not keep up loses ticks and gets a snapshot in their place; one that takes nothing for
//! ten seconds is closed. The forms are in [`record`] (binary) and [`message`] (JSON).

pub mod message;
pub mod record;
pub mod socket;
pub mod tick;
pub mod view;
pub mod wall;

pub use tick::Hub;

use axum::{
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    response::{IntoResponse, Response},
};

use super::{
    App,
    problem::Problem,
    query::{Params, parse_as},
    sockets,
    stop::Stop,
};
use crate::access::Pass;
use wall::{Format, Wall};

impl std::str::FromStr for Format {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "binary" => Ok(Self::Binary),
            "json" => Ok(Self::Json),
            _ => Err("not a format of the stream: binary or json"),
        }
    }
}

/// The stream to map walls.
#[utoipa::path(get, path = "/v1/stream", tag = "stream",
    params(("format" = Option<String>, Query, description = "`binary` (default) or `json`")),
    responses((status = 101, description = "A WebSocket. The server says `hello`; send `{\"type\":\"subscribe\",\"bbox\":null,\"kinds\":null,\"layers\":null}` to be sent the roster, a snapshot and a delta each tick, `events` (`zone`, `contact` and `status` of units in the view, `order` of all), and `zones` and `closures` when those are to be fetched again. \
        A snapshot stands for ticks that were left out, too: with each, fetch `/v1/orders` and `/v1/roads/closures`"),
        (status = "default", description = "A problem", body = super::problem::ProblemDocument, content_type = "application/problem+json")))]
pub async fn stream(
    State(app): State<App>,
    stop: Stop,
    pass: Pass,
    params: Params<'static>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let format = params.text("format").map_or(Ok(Format::Binary), |value| parse_as("format", value))?;
    let place = app.sockets.take("/v1/stream")?;
    let upgrade = sockets::configure(upgrade, message::MESSAGE_BYTES_MAX)?;
    Ok(upgrade.on_upgrade(async move |socket| socket::serve(socket, app, stop, Wall::new(format, pass.org), place).await).into_response())
}
