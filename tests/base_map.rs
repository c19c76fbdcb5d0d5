//! The base map's file: ranges, who may, wrong files, and one that is replaced or cut while it is served.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{fs, path::Path};

use common::{Answer, Server, data, quietly};
use serde_json::{Value, json};
use tempfile::TempDir;

const PATH: &str = "/v1/map/base.pmtiles";
/// As the server has it.
const RANGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A file with a right header, tiles of this type, and after it bytes that tell where they stand.
fn pmtiles(size: usize, kind: u8) -> Vec<u8> {
    let mut bytes = b"PMTiles\x03".to_vec();
    for word in [127, 100, 227, 50, 0, 0, 277, size as u64 - 277, 0, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([1, 2, 2, kind, 0, 15]);
    bytes.resize(127, 0);
    bytes.extend((127..size).map(|at| (at % 251) as u8));
    bytes
}

fn config(path: &Path) -> String {
    format!("[map]\npmtiles = {path:?}\n")
}

/// A server with this base map beside its state.
fn serve(bytes: &[u8]) -> Server {
    let state = TempDir::new().unwrap();
    let path = state.path().join("base.pmtiles");
    fs::write(&path, bytes).unwrap();
    Server::start_with(state, &config(&path))
}

fn range(server: &Server, range: &str) -> Answer {
    server.send("GET", PATH, &[("Range", range)], b"")
}

#[test]
fn ranges_of_the_file_are_given() {
    let file = pmtiles(100_000, 1);
    let server = serve(&file);
    assert_eq!(server.ask("/v1/city")["base_map"], json!({"tiles": "vector", "zoom_min": 0, "zoom_max": 15}));
    for (asked, first, end) in
        [("bytes=0-126", 0, 127), ("bytes=500-99999999", 500, 100_000), ("bytes=-10", 99_990, 100_000), ("bytes=99999-", 99_999, 100_000)]
    {
        let answer = range(&server, asked);
        assert_eq!((answer.status, &answer.body[..]), (206, &file[first..end]), "{asked}");
        assert_eq!(answer.header("content-range"), Some(&*format!("bytes {first}-{}/100000", end - 1)));
        assert_eq!(answer.header("content-length"), Some(&*(end - first).to_string()));
        assert_eq!((answer.header("content-type"), answer.header("accept-ranges")), (Some("application/vnd.pmtiles"), Some("bytes")));
    }
    for wrong in ["bytes=100000-", "bytes=9-3", "bytes=0-1,5-6", "lines=1-2"] {
        let answer = range(&server, wrong);
        assert_eq!(answer.header("content-range"), Some("bytes */100000"), "{wrong}");
        let problem = answer.problem(416, "bad-range");
        assert_eq!((&problem["field"], &problem["value"]), (&json!("range"), &json!(wrong)));
    }
    // A short file is given as a whole, too; HEAD gives its length and no byte of it.
    let whole = server.get(PATH);
    assert_eq!((whole.status, whole.body == file), (200, true));
    let head = server.send("HEAD", PATH, &[], b"");
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("100000"), 0));
    assert_eq!(head.header("etag"), whole.header("etag"));
    assert_eq!(server.get(&format!("{PATH}?v=1")).problem(400, "unknown-parameter")["field"], "v");
    server.send("POST", PATH, &[], b"").problem(405, "wrong-method");
}

#[test]
fn conditions_hold() {
    let file = pmtiles(1_000, 2);
    let server = serve(&file);
    assert_eq!(server.ask("/v1/city")["base_map"]["tiles"], "raster");
    let etag = server.get(PATH).header("etag").unwrap().to_owned();
    let asked = |condition: &str, value: &str| server.send("GET", PATH, &[("Range", "bytes=0-9"), (condition, value)], b"");
    for (condition, value, status, length) in [
        ("If-Match", &*etag, 206, 10),
        ("If-Match", "*", 206, 10),
        ("If-Range", &*etag, 206, 10),
        // Of another file the range means nothing: all of this one.
        ("If-Range", "\"other\"", 200, 1_000),
        ("If-None-Match", &*etag, 304, 0),
        ("If-None-Match", "\"other\"", 206, 10),
    ] {
        let answer = asked(condition, value);
        assert_eq!((answer.status, answer.body.len()), (status, length), "{condition}: {value}");
        assert_eq!(answer.header("etag"), Some(&*etag));
    }
    assert_eq!(asked("If-Match", "\"other\"").problem(412, "unexpected")["expected"], etag);
}

#[test]
fn a_range_has_a_bound() {
    let size = RANGE_BYTES_MAX + 1_000;
    let file = pmtiles(size, 1);
    let server = serve(&file);
    let longest = range(&server, &format!("bytes=1000-{}", size - 1));
    assert_eq!((longest.status, longest.body == file[1_000..]), (206, true));
    let longer = range(&server, "bytes=999-").problem(416, "bad-range");
    assert!(longer["expected"].as_str().unwrap().contains("4194304"), "{longer}");
    assert_eq!(server.get(PATH).problem(416, "bad-range")["field"], "range");
    assert_eq!(server.send("HEAD", PATH, &[], b"").header("content-length"), Some(&*size.to_string()));
}

#[test]
fn without_a_file_there_is_none_and_a_wrong_one_is_no_start() {
    let server = Server::start();
    assert_eq!(server.ask("/v1/city")["base_map"], Value::Null);
    assert_eq!(range(&server, "bytes=0-9").problem(404, "not-found")["field"], "map.pmtiles");

    let state = TempDir::new().unwrap();
    let path = state.path().join("base.pmtiles");
    fs::write(state.path().join("citygate.toml"), config(&path)).unwrap();
    let mut old = pmtiles(1_000, 1);
    old[7] = 2;
    let cut = &pmtiles(1_000, 1)[..999];
    let cases: [(Option<&[u8]>, &str); 5] = [
        (None, "cannot be read"),
        (Some(b"PK\x03\x04 a zip file, much longer than a header is, or as long at least, so that it may be one: more than a hundred bytes, in fact 127"), "begins with \"PK"),
        (Some(&old), "version = 2"),
        (Some(cut), "the tiles lies from 277"),
        (Some(b""), "it has 0 bytes"),
    ];
    for (bytes, words) in cases {
        if let Some(bytes) = bytes {
            fs::write(&path, bytes).unwrap();
        }
        let log = state.path().join("log");
        let to = fs::File::create(&log).unwrap();
        assert!(Server::launch(&data(), state.path(), |server| quietly(server).stderr(to)).is_err(), "{words}");
        let said = fs::read_to_string(&log).unwrap();
        assert!(said.contains("map.pmtiles = ") && said.contains("base.pmtiles") && said.contains(words), "{said}");
    }
}

#[test]
fn a_new_file_is_taken_a_wrong_one_is_not_and_a_cut_one_is_told() {
    let state = TempDir::new().unwrap();
    let path = state.path().join("base.pmtiles");
    let (first, second) = (pmtiles(2_000, 1), pmtiles(3_000, 1));
    fs::write(&path, &first).unwrap();
    let server = Server::start_logged(state, &config(&path));
    let etag = range(&server, "bytes=0-9").header("etag").unwrap().to_owned();
    let put = |bytes: &[u8]| {
        let new = path.with_extension("new");
        fs::write(&new, bytes).unwrap();
        fs::rename(new, &path).unwrap();
    };
    // A wrong one in its place, and none: what was there is still given.
    put(b"no base map");
    let still = range(&server, "bytes=300-1999");
    assert_eq!((still.status, still.body == first[300..], still.header("etag")), (206, true, Some(&*etag)));
    fs::remove_file(&path).unwrap();
    assert_eq!(range(&server, "bytes=300-1999").body, first[300..]);
    let log = fs::read_to_string(server.file("log")).unwrap();
    assert!(log.contains("it has 11 bytes") && log.contains("cannot be read"), "{log}");

    put(&second);
    let new = range(&server, "bytes=300-2999");
    assert_eq!((new.status, new.body == second[300..]), (206, true));
    assert_ne!(new.header("etag"), Some(&*etag));
    let old = server.send("GET", PATH, &[("Range", "bytes=0-9"), ("If-Match", &etag)], b"");
    old.problem(412, "unexpected");

    // Cut where it lies: no byte of it is given any more, until there is a right one.
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(2_500).unwrap();
    for asked in ["bytes=300-399", "bytes=2600-2700"] {
        range(&server, asked).problem(503, "not-ready");
    }
    assert_eq!(server.ask("/v1/city")["base_map"]["tiles"], "vector");
    put(&first);
    assert_eq!(range(&server, "bytes=300-1999").body, first[300..]);
}

#[test]
fn whoever_may_see_the_wall_may_see_it() {
    let state = TempDir::new().unwrap();
    let path = state.path().join("base.pmtiles");
    fs::write(&path, pmtiles(1_000, 1)).unwrap();
    let server = Server::start_closed(state, &config(&path));
    range(&server, "bytes=0-9").problem(401, "not-signed-in");
    assert_eq!(server.send("HEAD", PATH, &[], b"").status, 401);

    let demo = serve(&pmtiles(1_000, 1));
    let foreign = demo.send("GET", PATH, &[("Origin", "http://elsewhere.example"), ("Range", "bytes=0-9")], b"");
    foreign.problem(403, "foreign-origin");
}
