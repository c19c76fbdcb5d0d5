//! The map wall in a real browser: `web/e2e` drives Chromium against this build of the server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{path::Path, process::Command, sync::Mutex};

/// One browser at a time: each draws by the processor alone.
static BROWSER: Mutex<()> = Mutex::new(());

/// Runs one of the browser's scripts; its screenshots go where `CITYGATE_SHOTS` says.
fn browse(script: &str) {
    let _alone = BROWSER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut node = Command::new("node");
    node.current_dir(root.join("web")).arg(script).args(["--bin", env!("CARGO_BIN_EXE_citygate"), "--data"]).arg(root.join("data"));
    if let Some(shots) = std::env::var_os("CITYGATE_SHOTS") {
        node.arg("--shots").arg(shots);
    }
    let status = node.status().expect("Node.js runs the browser: install Node 20 or later");
    assert!(status.success(), "the browser test failed: its lines above say where");
}

#[test]
fn a_browser_sees_units_move_loses_the_server_and_recovers() {
    browse("e2e/wall.mjs");
}

#[test]
fn people_sign_in_with_a_browser() {
    browse("e2e/access.mjs");
}

#[test]
fn a_wall_on_a_bad_network_never_tells_a_false_age() {
    browse("e2e/network.mjs");
}

#[test]
fn a_base_map_is_drawn_under_the_city() {
    browse("e2e/base.mjs");
}

#[test]
fn the_walls_of_a_room_show_the_same() {
    browse("e2e/rooms.mjs");
}
