//! The server keeps its own OpenAPI document: schemathesis (`make setup-schemathesis`) asks every operation what is right and what is
//! wrong by it. No fault of the server, no answer, content type, header or schema that is not documented.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{fs, path::Path, process::Command};

use common::Server;
use serde_json::json;
use tempfile::TempDir;

/// What is looked at in each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
     response_schema_conformance,unsupported_method,allow_header_conformance";

/// How long it asks, seconds. What it asks until then is the same for the same seed.
const SECONDS: &str = "45";

/// Makes what schemathesis.toml names, so that there is something to answer with. Gives the id of an order.
fn furnish(server: &Server) -> String {
    server.register("asked-unit", "patrol_car", "available");
    server.fix("asked-unit", 22.82, 108.37);
    let name = json!({"zh": "测试", "en": "Test"});
    let zone = json!({"layer": "beats", "name": name, "shape": {"type": "Circle", "center": [108.37, 22.82], "radius_m": 500}});
    assert_eq!(server.send_json("PUT", "/v1/zones/asked-zone", &zone).status, 201);
    let road = json!({"type": "LineString", "coordinates": [[108.365, 22.815], [108.372, 22.822]]});
    let closure = json!({"id": "asked-closure", "reason": "fair", "where": road, "until": "2030-01-01T00:00:00Z"});
    assert_eq!(server.send_json("POST", "/v1/roads/closures", &closure).status, 201);
    let order = json!({"orders": [{"unit": "asked-unit", "purpose": "move_up", "to": {"lat": 22.82, "lon": 108.37}, "due_s": 600}]});
    let given = server.send_json("POST", "/v1/orders", &order).json();
    given["orders"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn the_server_answers_as_its_document_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schemathesis = root.join("target/schemathesis/bin/schemathesis");
    assert!(schemathesis.exists(), "{} is missing: make setup-schemathesis", schemathesis.display());
    let server = Server::start_with(TempDir::new().unwrap(), "[http]\nmetrics = true\ndocs = true\n");
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("schemathesis.toml");
    let order = furnish(&server);
    let orders = format!("\n[[operations]]\ninclude-path = \"/v1/orders/{{id}}\"\nparameters = {{ id = \"{order}\" }}\n");
    fs::write(&config, fs::read_to_string(root.join("tests/schemathesis.toml")).unwrap() + &orders).unwrap();
    let output = Command::new(schemathesis)
        .arg("--config-file")
        .arg(&config)
        .args(["run", &format!("http://{}/openapi.json", server.http), "--checks", CHECKS, "--max-time", SECONDS])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(server.ask("/readyz")["status"] == "ready", "the server is well after all that");
}
