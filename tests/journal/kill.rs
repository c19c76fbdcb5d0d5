//! `kill -9` at random moments under load.

use std::{sync::mpsc, thread};

use rand::{Rng, SeedableRng, rngs::SmallRng};
use tempfile::TempDir;

use crate::{
    clients::{Client, check, said},
    common::{Server, data, quietly},
};

const SEED: u64 = 20_261_122;
/// So many commands are acknowledged before a kill, at most: small and large journals, kills at the very start.
const ACKNOWLEDGED_MAX: usize = 150;

/// Loads a server and kills it, again and again; every command is asked for again under its key until it is acknowledged.
fn kill(times: usize) {
    let state = TempDir::new().unwrap();
    let mut rng = SmallRng::seed_from_u64(SEED);
    let mut clients = Client::all();
    for n in 0..times {
        let mut server = Server::launch(&data(), state.path(), quietly).unwrap();
        if n == 0 {
            clients.iter().for_each(|client| client.register(&server));
        }
        let ((told, tells), http) = (mpsc::channel(), server.http);
        let load = |client: Client| {
            let told = told.clone();
            thread::spawn(move || client.go_on(http, &told))
        };
        let threads: Vec<_> = clients.drain(..).map(load).collect();
        drop(told);
        for _ in 0..rng.random_range(0..ACKNOWLEDGED_MAX) {
            tells.recv().unwrap();
        }
        server.kill_now();
        clients.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
        server.ended();
    }
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    for client in &mut clients {
        assert!(client.ask(server.http), "what was in flight is done now, or known as done");
    }
    check(&clients, &server, state.path());
    let live = said(&server);
    let (status, _) = server.terminate("-TERM");
    assert!(status.success());
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    assert!(live == said(&server), "a replay gives another state");
}

#[test]
fn fifty_kills_lose_nothing_and_do_nothing_twice() {
    kill(50);
}

#[test]
#[ignore = "ten minutes and more: make soak"]
fn a_thousand_kills_lose_nothing_and_do_nothing_twice() {
    kill(1_000);
}
