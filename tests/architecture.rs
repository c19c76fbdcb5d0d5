//! The house stands: imports go down only, the lower floors know no sockets, files, clocks or chance, the map is true.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The floor of each module at the top of `src`.
const FLOORS: &[(&str, u8)] = &[
    ("main", 4),
    ("cli", 4),
    ("config", 4),
    ("telemetry", 4),
    ("ingest", 3),
    ("server", 3),
    ("tls", 3),
    ("journal", 3),
    ("bus", 3),
    ("identity", 3),
    ("city", 3),
    ("import", 3),
    ("instance", 3),
    ("sim", 3),
    ("load", 3),
    ("drill", 3),
    ("engine", 2),
    ("delta", 2),
    ("access", 1),
    ("frames", 1),
    ("index", 1),
    ("geography", 1),
    ("rings", 1),
    ("roads", 1),
    ("reach", 1),
    ("cordon", 1),
    ("model", 0),
    ("geodesy", 0),
];

/// What floors 0 to 2 must not know.
const FORBIDDEN_BELOW: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "rusqlite",
    "std::net",
    "std::fs",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "rand::",
    "metrics::",
    "tracing::",
    "std::env",
];

/// The longest file, in lines.
const LINES_MAX: usize = 500;

fn floor(module: &str) -> u8 {
    FLOORS
        .iter()
        .find(|(name, _)| *name == module)
        .unwrap_or_else(|| panic!("module `{module}` has no floor: give it one in FLOORS and in src/lib.rs"))
        .1
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    let module = |path: &Path| {
        path.strip_prefix(&root).unwrap().components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    found
        .iter()
        .map(|path| (module(path), path.clone(), fs::read_to_string(path).unwrap()))
        .filter(|(module, ..)| module != "lib")
        .collect()
}

/// The code without comments, strings apart, and without the test module at its end.
fn code(text: &str) -> String {
    let body = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    body.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules that a piece of code names as `crate::x` or `use crate::{x, y::z}`; the binary says `citygate::`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    for root in ["crate::", "citygate::"] {
        for (at, _) in code.match_indices(root) {
            let rest = &code[at + root.len()..];
            if let Some(group) = rest.strip_prefix('{') {
                let (mut depth, mut start) = (0, true);
                for (n, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && !c.is_whitespace() => {
                            found.insert(word(&group[n..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            } else {
                found.insert(word(rest));
            }
        }
    }
    found.retain(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    found
}

#[test]
fn imports_go_down_only() {
    for (module, path, text) in sources() {
        for import in imports(&code(&text)) {
            assert!(
                floor(&import) <= floor(&module),
                "{}: floor {} imports `{import}` of floor {}",
                path.display(),
                floor(&module),
                floor(&import)
            );
        }
    }
}

#[test]
fn the_imports_are_seen() {
    let code = "use crate::{\n    bus::{Bus, now},\n    model::UnitId,\n};\nfn x() { crate::server::y(); }";
    assert_eq!(imports(code).into_iter().collect::<Vec<_>>(), ["bus", "model", "server"]);
}

#[test]
fn the_lower_floors_know_no_world() {
    for (module, path, text) in sources() {
        if floor(&module) <= 2 {
            for word in FORBIDDEN_BELOW {
                assert!(!code(&text).contains(word), "{}: floor {} knows `{word}`", path.display(), floor(&module));
            }
        }
    }
}

/// Where in the server the world may be had as a whole: where a pass becomes a sight, where walls and keepers serve all sights, and where all units are
/// counted and none is named.
const WHOLE_WORLD: &[&str] =
    &["server/app.rs", "server/cordons/keeper.rs", "server/health/mod.rs", "server/stream/events.rs", "server/stream/socket.rs"];

#[test]
fn doors_ask_a_world_that_somebody_sees() {
    for (module, path, text) in sources() {
        let is_let = WHOLE_WORLD.iter().any(|file| path.ends_with(file));
        if module == "server" && !is_let {
            for word in [".world()", "Sight::ALL"] {
                let is_keeper = path.ends_with("server/coverage/keeper.rs") && word == "Sight::ALL";
                assert!(
                    is_keeper || !code(&text).contains(word),
                    "{}: `{word}` goes past what a pass may see: ask App::seen",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn files_have_one_subject() {
    for (_, path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{}: {lines} lines, more than {LINES_MAX}: split it by subject", path.display());
    }
}

#[test]
fn the_map_is_true() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules: BTreeSet<String> = sources().into_iter().map(|(module, ..)| module).collect();
    for (name, number) in FLOORS {
        assert!(modules.contains(*name), "floor {number} lists `{name}`, which is not in src/");
        let row = lib.lines().find(|line| line.starts_with(&format!("//! | {number} |"))).unwrap();
        assert!(
            row.contains(&format!("`{name}`")) || row.contains(&format!("`{name}.rs`")),
            "src/lib.rs does not show `{name}` on floor {number}"
        );
    }
    for module in &modules {
        floor(module);
    }
    assert!(lib.lines().filter(|line| line.starts_with("//!")).count() <= 100, "the map is longer than two screens");
}
