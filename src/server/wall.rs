//! The map wall and the documentation page: files of the web build, inside the binary.

use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem::{Problem, ProblemKind};

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Web;

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Citygate</title>\
     <h1>The map wall is not in this binary</h1><p>Run <code>make build</code> and start Citygate again. The API is here all the \
     same: <a href=\"/openapi.json\">/openapi.json</a>.</p></html>";

/// Names with a content hash never change what they hold.
const CACHE_FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Every other file is asked for again, and usually not sent again.
const CACHE_CHECKED: HeaderValue = HeaderValue::from_static("no-cache");

/// The wall.
pub async fn index(headers: HeaderMap) -> Response {
    page("index.html", &headers)
}

/// Where people sign in.
pub async fn sign_in(headers: HeaderMap) -> Response {
    page("signin.html", &headers)
}

/// One's own account, and for administrators those of others.
pub async fn account(headers: HeaderMap) -> Response {
    page("account.html", &headers)
}

/// The documentation page.
pub async fn docs(headers: HeaderMap) -> Response {
    page("docs.html", &headers)
}

fn page(path: &str, headers: &HeaderMap) -> Response {
    match Web::get(path) {
        Some(found) => file(path, found, headers),
        None => (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], NOT_BUILT)
            .into_response(),
    }
}

/// A file that the pages load.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match Web::get(&path) {
        Some(found) => file(&path, found, &headers),
        None => unknown(&format!("/{path}")),
    }
}

/// The problem of a path that nothing answers.
pub fn unknown(path: &str) -> Response {
    Problem::new(ProblemKind::UnknownRoute, "there is nothing at this path: /openapi.json lists what there is")
        .field("path")
        .value(path)
        .expected("a path of /openapi.json")
        .into_response()
}

fn file(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let etag = hash.iter().take(16).fold(String::from("\""), |text, byte| text + &format!("{byte:02x}")) + "\"";
    let cache = if path.starts_with("assets/") { CACHE_FOR_EVER } else { CACHE_CHECKED };
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes());
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { file.data.into_owned().into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::CACHE_CONTROL, cache);
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// The types that the web build makes; anything else is bytes.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
