//! Rooms: walls that show what one of them shows, its director.
//!
//! A room is of an organisation: those who see the same may be in it, and no others. It holds a view as a link has it, where a wall looks
//! and what is open, which each wall fills with what it may see. It is in memory alone; the stream tells of each change.

use std::collections::HashMap;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use parking_lot::Mutex;
use serde::Deserialize;

use super::{
    App, body,
    problem::{Problem, ProblemDocument, ProblemKind},
    query::{Params, parse_as},
    units::no_content,
};
use crate::{
    access::Pass,
    delta::{Notice, RoomView},
    model::{Actor, OrgId, RoomName, WallId},
};

/// The most rooms that are known at once. For one more, that of which nothing was heard for longest is forgotten.
pub const ROOMS_MAX: usize = 256;
/// The longest view, bytes: the longest link.
pub const VIEW_BYTES_MAX: usize = 1_000;

/// The parameters of leaving.
pub const LEAVE_PARAMS: &[&str] = &["wall"];

type Key = (Option<OrgId>, RoomName);

/// The rooms. A lock, held for a look: who directs is one person after another.
#[derive(Debug, Default)]
pub struct Rooms(Mutex<HashMap<Key, RoomView>>);

impl Rooms {
    /// A room as it is now; one that nobody has directed yet has no view.
    fn get(&self, key: &Key) -> RoomView {
        self.0.lock().get(key).cloned().unwrap_or_else(|| RoomView::empty(key.1))
    }

    /// Sets a room's view, and tells of it while nobody else can set another.
    fn set(&self, key: Key, view: RoomView, takes: bool, tell: impl FnOnce(&RoomView)) -> Result<(), Problem> {
        let mut rooms = self.0.lock();
        let other = rooms.get(&key).filter(|room| room.wall.is_some() && room.wall != view.wall);
        if let Some(other) = other.filter(|_| !takes) {
            let by = other.by.clone().unwrap_or_default();
            return Err(Problem::new(ProblemKind::Conflict, "another wall directs this room: take it, or follow")
                .field("take")
                .value(&by)
                .expected("true, to direct in its place"));
        }
        tell(&view);
        rooms.insert(key, view);
        if rooms.len() > ROOMS_MAX
            && let Some(oldest) = rooms.iter().min_by_key(|(_, room)| room.at).map(|(key, _)| key.clone())
        {
            rooms.remove(&oldest);
        }
        Ok(())
    }

    /// Ends a wall's directing; what was shown last stays.
    fn leave(&self, key: &Key, wall: &WallId, tell: impl FnOnce(&RoomView)) {
        if let Some(room) = self.0.lock().get_mut(key).filter(|room| room.wall.as_ref() == Some(wall)) {
            (room.wall, room.by) = (None, None);
            tell(room);
        }
    }
}

/// A view to be shown in a room.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomAsk {
    /// The wall that directs; a name that it made for itself.
    #[schema(value_type = String)]
    wall: WallId,
    /// What it shows: the part of a link after `#`, at most 1,000 bytes.
    view: String,
    /// Whether it takes the room from whoever directs it.
    #[serde(default)]
    take: bool,
}

/// A room: what is shown in it, and who says so.
#[utoipa::path(get, path = "/v1/rooms/{id}", tag = "stream", params(("id" = String, Path)),
    responses((status = 200, body = RoomView),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, pass: Pass, Path(room): Path<String>) -> Result<Json<RoomView>, Problem> {
    Ok(Json(app.rooms.get(&(pass.org, parse_as("id", &room)?))))
}

/// Sets what the walls of a room show: told to them with the next tick.
#[utoipa::path(put, path = "/v1/rooms/{id}", tag = "stream", params(("id" = String, Path)), request_body = RoomAsk,
    responses((status = 204, description = "Set"),
        (status = 409, description = "Another wall directs it", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn put(
    State(app): State<App>,
    pass: Pass,
    Path(room): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    let room = parse_as("id", &room)?;
    let RoomAsk { wall, view, take } = body::json(&headers, content, &["application/json"]).await?;
    if view.len() > VIEW_BYTES_MAX || view.chars().any(char::is_control) {
        return Err(Problem::out_of_range("view", &view, "a link's part after #, of at most 1000 bytes"));
    }
    let view = RoomView { room, wall: Some(wall), by: name(&app, &pass.actor), view: Some(view), at: Some(app.bus.now()) };
    app.rooms.set((pass.org.clone(), room), view, take, |view| tell(&app, &pass, view))?;
    Ok(no_content())
}

/// Ends a wall's directing of a room. Its walls stay where they are; nothing happens where another directs.
#[utoipa::path(delete, path = "/v1/rooms/{id}", tag = "stream",
    params(("id" = String, Path), ("wall" = String, Query, description = "the wall that directed")),
    responses((status = 204, description = "It does not direct"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn delete(State(app): State<App>, pass: Pass, Path(room): Path<String>, params: Params<'static>) -> Result<Response, Problem> {
    let missing = || Problem::new(ProblemKind::MissingParameter, "wall is missing: give the wall that directed").field("wall");
    let wall = params.parse("wall")?.ok_or_else(missing)?;
    app.rooms.leave(&(pass.org.clone(), parse_as("id", &room)?), &wall, |view| tell(&app, &pass, view));
    Ok(no_content())
}

fn tell(app: &App, pass: &Pass, view: &RoomView) {
    app.hub.tell(Notice::Room { org: pass.org.clone(), room: view.clone(), at: app.bus.now() });
}

/// What somebody is called before people; none for whoever works on the machine itself.
fn name(app: &App, actor: &Actor) -> Option<String> {
    match actor {
        Actor::User(user) => Some(app.entry.identity.account(user).map_or_else(|_| user.to_string(), |account| account.edit.name)),
        Actor::Machine | Actor::Engine => None,
        Actor::Program(_) | Actor::Unit(_) => Some(actor.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn view(room: &str, wall: &str, at_ms: i64) -> RoomView {
        let (room, wall) = (room.parse().unwrap(), wall.parse().unwrap());
        RoomView { room, wall: Some(wall), by: None, view: Some("z=12".into()), at: Some(Timestamp::from_unix_ms(at_ms)) }
    }

    #[test]
    fn rooms_have_a_bound() {
        let rooms = Rooms::default();
        let key = |n: usize| (None, format!("room-{n}").parse().unwrap());
        // The first is heard of again, so that the second is the oldest.
        for (at, n) in (0..ROOMS_MAX).chain([0, ROOMS_MAX]).enumerate() {
            rooms.set(key(n), view(&format!("room-{n}"), "w", at as i64), false, |_| {}).unwrap();
        }
        assert_eq!(rooms.0.lock().len(), ROOMS_MAX);
        assert!(rooms.get(&key(0)).view.is_some() && rooms.get(&key(1)).view.is_none() && rooms.get(&key(ROOMS_MAX)).view.is_some());
    }

    #[test]
    fn the_last_who_took_it_directs() {
        let rooms = Rooms::default();
        let key: Key = (None, "hall".parse().unwrap());
        let mut told = Vec::new();
        let mut set =
            |wall, takes| rooms.set(key.clone(), view("hall", wall, 0), takes, |view| told.push(view.wall.clone().unwrap().to_string()));
        set("a", false).unwrap();
        assert_eq!(set("b", false).unwrap_err().kind(), ProblemKind::Conflict);
        set("b", true).unwrap();
        assert_eq!(set("a", false).unwrap_err().kind(), ProblemKind::Conflict);
        assert_eq!(told, ["a", "b"], "who is refused is not told of");
        rooms.leave(&key, &"a".parse().unwrap(), |_| panic!("another directs"));
        rooms.leave(&key, &"b".parse().unwrap(), |view| assert!(view.wall.is_none() && view.view.is_some()));
        rooms.set(key.clone(), view("hall", "a", 0), false, |_| {}).unwrap();
    }
}
