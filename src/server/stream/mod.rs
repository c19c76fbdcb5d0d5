//! The stream to map walls: a snapshot of the view, then what changed, tick by tick.
//!
//! ```text
//! engine's tick -> Hub -> Picture: units by H3 cell; each cell in which something changed is encoded once
//!                     \-> Notices, Rosters: what happened, and who is who, for a window of a minute
//! Wall -> Channel: one for all walls of the same view, form and sight; puts the messages of a tick together once
//!      -> Line: the same bytes to each wall, one write a tick, by threads that do nothing else; its own task reads, and writes what is left
//! ```
//!
//! A wall knows no more than the last tick that it shows. What changed since then is found in the picture, so a wall that missed ticks,
//! because its socket took no more or because it was away, is shown each unit once, as it is now, and is told all that happened, in order.
//! One that is away for longer than the window gets a snapshot; one that reads too slowly for that long is cut off with the reason, and
//! so is one that takes nothing for [`super::app::StreamLimits::write_timeout_s`]. What it may not see is left out where the pieces are
//! put together (`audience`), and nowhere else. The bytes of positions are in [`crate::frames`], the words in [`message`].

mod audience;
mod cell;
mod channel;
pub mod events;
pub mod form;
mod hub;
mod line;
pub mod message;
mod notices;
mod picture;
mod socket;
pub mod view;
pub mod wall;
mod wire;

pub use hub::{Hub, WINDOW_MS};

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};

use super::{
    App,
    problem::Problem,
    query::{Params, parse_as},
    sockets,
    stop::Stop,
};
use crate::access::Pass;
use form::Format;
use wall::Wall;

/// The stream to map walls.
#[utoipa::path(get, path = "/v1/stream", tag = "stream",
    params(("format" = Option<String>, Query, description = "`binary` (default) or `json`")),
    responses((status = 101, description = "A WebSocket. The server says `hello`; send `{\"type\":\"subscribe\",\"bbox\":null,\"kinds\":null,\"layers\":null}` to be sent the roster, a snapshot and a delta each tick, `events` (`zone`, `contact` and `status` of units in the view, `order` of all), and `zones` and `closures` when those are to be fetched again. \
        With `\"after\":{\"run\":...,\"seq\":...}` a wall that was here with the same view goes on where it was. After a snapshot that it did not ask for, fetch `/v1/orders` and `/v1/roads/closures`. `/asyncapi.json` describes every message"),
        (status = "default", description = "A problem", body = super::problem::ProblemDocument, content_type = "application/problem+json")))]
pub async fn stream(
    State(app): State<App>,
    stop: Stop,
    pass: Pass,
    params: Params<'static>,
    request: Request,
) -> Result<Response<Body>, Problem> {
    let format = params.text("format").map_or(Ok(Format::Binary), |value| parse_as("format", value))?;
    let place = app.sockets.take("/v1/stream")?;
    sockets::upgrade(request, async move |socket| socket::serve(socket, app, stop, Wall::new(format, pass.org), place).await)
}
