//! The map wall in a real browser: `web/e2e/wall.mjs` drives Chromium against this build of the server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{path::Path, process::Command};

#[test]
fn a_browser_sees_units_move_loses_the_server_and_recovers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut node = Command::new("node");
    node.current_dir(root.join("web")).arg("e2e/wall.mjs").args(["--bin", env!("CARGO_BIN_EXE_citygate"), "--data"]).arg(root.join("data"));
    if let Some(shots) = std::env::var_os("CITYGATE_SHOTS") {
        node.arg("--shots").arg(shots);
    }
    let status = node.status().expect("Node.js runs the browser: install Node 20 or later");
    assert!(status.success(), "the browser test failed: its lines above say where");
}
