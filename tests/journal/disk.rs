//! Disks that fail under the real binary.

use std::{
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{OnceLock, mpsc},
    thread,
};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    clients::{CLIENTS, Client, check, lost, said},
    common::{Server, data, quietly, wait},
};

/// The library that fails, built once.
fn faulty_disk() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faulty_disk/faulty_disk.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libfaulty_disk.so");
        let built =
            Command::new("cc").args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library).arg(source).arg("-ldl").status();
        assert!(built.unwrap().success());
        library
    })
}

/// A server on a disk that fails.
fn launch(state: &Path, faults: &[(&str, &str)]) -> Result<Server, Vec<String>> {
    let (library, folder) = (faulty_disk().to_str().unwrap(), state.to_str().unwrap());
    let environment: Vec<_> = [("LD_PRELOAD", library), ("FAULTY_DIR", folder)].into_iter().chain(faults.iter().copied()).collect();
    Server::launch(&data(), state, |server| quietly(server).envs(environment.iter().copied()))
}

/// A state folder whose city and clients are registered, and the disk that it is on is well.
fn registered() -> (TempDir, Vec<Client>) {
    let state = TempDir::new().unwrap();
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    let clients = Client::all();
    clients.iter().for_each(|client| client.register(&server));
    server.terminate("-TERM");
    (state, clients)
}

/// Loads a server until its disk has lost power.
fn until_dark(state: &Path, clients: Vec<Client>, faults: &[(&str, &str)]) -> Vec<Client> {
    let Ok(mut server) = launch(state, faults) else { return clients };
    let ((told, _tells), http) = (mpsc::channel(), server.http);
    let load = |client: Client| {
        let told = told.clone();
        thread::spawn(move || client.go_on(http, &told))
    };
    let threads: Vec<_> = clients.into_iter().map(load).collect();
    let clients = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(server.ended().signal(), Some(9), "the power went");
    clients
}

#[test]
fn what_was_acknowledged_survives_the_loss_of_all_that_was_not_synced() {
    let (state, mut clients) = registered();
    for (n, keep) in ["none", "some", "some", "none", "some", "some", "some", "none", "some", "some"].into_iter().enumerate() {
        let (at, seed) = ((40 + 157 * n).to_string(), n.to_string());
        clients = until_dark(state.path(), clients, &[("FAULTY_AT", &at), ("FAULTY_KEEP", keep), ("FAULTY_SEED", &seed)]);
        assert_eq!(lost(&clients, state.path()), 0, "power cut {n}");
    }
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    for client in &mut clients {
        assert!(client.ask(server.http));
    }
    check(&clients, &server, state.path());
}

#[test]
fn a_disk_that_only_promises_to_sync_is_caught() {
    let (state, clients) = registered();
    let faults = [("FAULTY_AT", "300"), ("FAULTY_KEEP", "none"), ("FAULTY_SWALLOW", "1")];
    let clients = until_dark(state.path(), clients, &faults);
    let lost = lost(&clients, state.path());
    assert!(lost > CLIENTS, "{lost} acknowledged commands are lost: without syncing they must be, or these tests see nothing");
}

#[test]
fn a_clock_that_jumps_changes_no_order() {
    const HOUR_MS: i64 = 3_600_000;
    let (state, mut clients) = registered();
    let clock = state.path().join("clock");
    let set = |ms: i64| {
        // In place: the server has the file open.
        let file = std::fs::OpenOptions::new().write(true).open(&clock).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &ms.to_ne_bytes(), 0).unwrap();
    };
    std::fs::write(&clock, [0; 8]).unwrap();
    let mut server = launch(state.path(), &[("FAULTY_CLOCK", clock.to_str().unwrap())]).unwrap();
    for jump in [0, -HOUR_MS, 48 * HOUR_MS, -HOUR_MS, 0] {
        set(jump);
        clients.iter_mut().for_each(|client| (0..4).for_each(|_| assert!(client.ask(server.http))));
        assert_eq!(server.get("/readyz").status, 200);
    }
    check(&clients, &server, state.path());
    let live = said(&server);
    server.kill_now();
    server.ended();
    let mut rows = Vec::new();
    citygate::journal::export(state.path(), 1, &mut rows).unwrap().unwrap();
    let at = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["at"].as_str().unwrap().to_owned();
    let times: Vec<String> = String::from_utf8(rows).unwrap().lines().map(at).collect();
    assert!(!times.is_sorted(), "the clock did jump");
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    assert!(live == said(&server), "the sequence says what came first, not the clock");
}

#[test]
fn a_full_disk_refuses_commands_and_nothing_else_until_there_is_room() {
    refuses_and_recovers("FAULTY_FULL", "full");
}

#[test]
fn a_disk_that_cannot_sync_refuses_commands_and_nothing_else_until_it_can() {
    refuses_and_recovers("FAULTY_BROKEN", "I/O");
}

fn refuses_and_recovers(fault: &str, why: &str) {
    let (state, mut clients) = registered();
    let flag = state.path().join("fault");
    let mut server = launch(state.path(), &[(fault, flag.to_str().unwrap()), ("FAULTY_LEFT", "100000")]).unwrap();
    for _ in 0..20 {
        clients.iter_mut().for_each(|client| assert!(client.ask(server.http)));
    }
    std::fs::write(&flag, b"").unwrap();
    let answer = wait(|| {
        let patch = json!({"crew": 1 + rand::random::<u16>() % 900});
        let answer = server.send_json("PATCH", "/v1/units/C-001", &patch);
        (answer.status == 503).then_some(answer)
    });
    let problem = answer.problem(503, "journal");
    assert!(problem["detail"].as_str().unwrap().contains(why), "{problem}");
    // Questions go on, and the server says what is wrong.
    assert_eq!(server.get("/v1/units/C-001").status, 200);
    assert!(server.ask("/healthz")["journal"].as_str().unwrap().contains(why));
    let ready = server.get("/readyz").problem(503, "journal");
    assert!(ready["detail"].as_str().unwrap().contains(why), "{ready}");
    std::fs::remove_file(&flag).unwrap();
    // It finds by itself that the disk is well.
    wait(|| (server.get("/readyz").status == 200).then_some(()));
    assert!(server.ask("/healthz").get("journal").is_none());
    for client in &mut clients {
        assert!(client.ask(server.http), "commands work again without a restart");
    }
    check(&clients, &server, state.path());
    server.kill_now();
    server.ended();
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    check(&clients, &server, state.path());
    let mut rows = Vec::new();
    citygate::journal::export(state.path(), 1, &mut rows).unwrap().unwrap();
    assert!(String::from_utf8(rows).unwrap().contains(r#""event":"journal_failed""#), "and it is on record");
}
