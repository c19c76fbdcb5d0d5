//! The base map: a PMTiles file that the configuration names, given by ranges of bytes to whoever may see the wall.

mod file;
pub mod header;
mod range;

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header as name},
    response::{IntoResponse, Response},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

use super::{
    App,
    problem::{Problem, ProblemDocument, ProblemKind},
};
use file::Held;
use header::About;

pub use file::{BaseFile, BaseMapError};

/// The most bytes that one request is given: directories and tiles are far smaller.
pub const RANGE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// The most that is in memory for all requests together, KiB: read and not yet written. Who finds no room waits.
const KIB_MAX: usize = 64 * 1024;

/// The base map.
#[derive(Debug)]
pub struct BaseMap {
    file: BaseFile,
    room: Arc<Semaphore>,
}

impl BaseMap {
    /// Of a file that was checked.
    #[must_use]
    pub fn new(file: BaseFile) -> Self {
        Self { file, room: Arc::new(Semaphore::new(KIB_MAX)) }
    }

    /// What the wall is told of it.
    #[must_use]
    pub fn about(&self) -> About {
        self.file.about()
    }
}

/// Bytes of the file that take room until they are written.
struct Piece {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The base map's PMTiles file, by ranges of bytes; a file that is longer than a range may be is not given as a whole.
#[utoipa::path(get, path = "/v1/map/base.pmtiles", tag = "city",
    params(("Range" = Option<String>, Header, description = "One range, `bytes=FIRST-LAST`, of at most 4194304 bytes"),
        ("If-Range" = Option<String>, Header, description = "The `ETag` of the file that the range is of; of another one the range is ignored"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that the file must have")),
    responses((status = 206, description = "The range", content_type = "application/vnd.pmtiles"),
        (status = 200, description = "The whole file, where it is no longer than a range may be", content_type = "application/vnd.pmtiles"),
        (status = 304, description = "The file is still the one of `If-None-Match`"),
        (status = 416, description = "The file has no such range, or it is too long; `Content-Range` has the file's length", body = ProblemDocument, content_type = "application/problem+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn get(State(app): State<App>, method: Method, asked: HeaderMap) -> Result<Response, Problem> {
    let base = app.base_map.ok_or_else(none)?;
    let looking = base.clone();
    let held = work(move || looking.file.now()).await?;
    let etag = held.etag();
    let is = |condition: &HeaderName| asked.get(condition).map(|value| names(value, &etag));
    if is(&name::IF_MATCH) == Some(false) {
        return Err(Problem::new(ProblemKind::Unexpected, "the base map is another one than If-Match says: ask for its header again")
            .field("if-match")
            .expected(etag));
    }
    if is(&name::IF_NONE_MATCH) == Some(true) {
        return Ok((StatusCode::NOT_MODIFIED, about(&etag)).into_response());
    }
    if method == Method::HEAD {
        return Ok((about(&etag), [(name::CONTENT_LENGTH, HeaderValue::from(held.size()))]).into_response());
    }
    // A range of another file means nothing in this one.
    let wanted = asked.get(name::RANGE).filter(|_| is(&name::IF_RANGE) != Some(false));
    let wanted = wanted.map(|value| value.to_str().unwrap_or_default());
    let range = match range::asked(wanted, held.size()) {
        Ok(range) => range,
        Err(problem) => return Ok(([(name::CONTENT_RANGE, format!("bytes */{}", held.size()))], problem).into_response()),
    };
    let content_range = format!("bytes {}-{}/{}", range.start, range.end.saturating_sub(1), held.size());
    let piece = read(base, held, range).await?;
    let body = Body::from(Bytes::from_owner(piece));
    Ok(match wanted {
        Some(_) => (StatusCode::PARTIAL_CONTENT, about(&etag), [(name::CONTENT_RANGE, content_range)], body).into_response(),
        None => (about(&etag), body).into_response(),
    })
}

/// What every answer says of the file. It is not kept: who asks again has the file that there is.
fn about(etag: &str) -> [(HeaderName, String); 4] {
    [
        (name::CONTENT_TYPE, "application/vnd.pmtiles".to_owned()),
        (name::ACCEPT_RANGES, "bytes".to_owned()),
        (name::CACHE_CONTROL, "no-store".to_owned()),
        (name::ETAG, etag.to_owned()),
    ]
}

/// Whether the `ETag`s of a condition name this one.
fn names(condition: &HeaderValue, etag: &str) -> bool {
    condition.to_str().unwrap_or_default().split(',').map(str::trim).any(|one| one == "*" || one == etag)
}

async fn read(base: Arc<BaseMap>, held: Arc<Held>, range: std::ops::Range<u64>) -> Result<Piece, Problem> {
    let kib = (range.end - range.start).div_ceil(1024) as u32;
    let room = base.room.clone().acquire_many_owned(kib).await.map_err(|_| cut())?;
    let bytes = work(move || base.file.read(&held, &range)).await?;
    Ok(Piece { bytes, _room: room })
}

/// Does what blocks where it may.
async fn work<T: Send + 'static>(what: impl FnOnce() -> Result<T, BaseMapError> + Send + 'static) -> Result<T, Problem> {
    spawn_blocking(what).await.ok().and_then(Result::ok).ok_or_else(cut)
}

fn none() -> Problem {
    Problem::new(ProblemKind::NotFound, "this site has no base map: the configuration names none ([map] pmtiles)")
        .field("map.pmtiles")
        .expected("a PMTiles file in the configuration")
}

fn cut() -> Problem {
    Problem::new(
        ProblemKind::NotReady,
        "the base map's file was written over and cannot be read: the server's log says what is wrong with it",
    )
    .expected("a right file, put in its place by renaming")
}
