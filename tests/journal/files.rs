//! Backup, restore, verify and export, of a server that runs.

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::{
    clients::{Client, check, lost},
    common::{Server, data, quietly},
};

fn citygate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_citygate")).args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = citygate(arguments);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn done(arguments: &[&str]) -> String {
    let output = citygate(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_backup_of_a_running_server_is_a_server_again() {
    let (state, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    let mut clients = Client::all();
    clients.iter().for_each(|client| client.register(&server));
    clients.iter_mut().for_each(|client| (0..8).for_each(|_| assert!(client.ask(server.http))));
    let grant = serde_json::json!({ "role": "viewer", "days": 1 });
    assert_eq!(server.send_json("POST", "/v1/programs/wall/tokens", &grant).status, 201);
    let (backup, back) = (other.path().join("backup"), other.path().join("state"));
    let said = done(&["backup", "--state", text(state.path()), "--to", text(&backup)]);
    assert!(said.contains("last hash"), "{said}");
    let then = clients.clone();
    clients.iter_mut().for_each(|client| assert!(client.ask(server.http), "the server goes on"));
    check(&clients, &server, state.path());

    assert!(refused(&["backup", "--state", text(state.path()), "--to", text(&backup)]).contains("not empty"));
    done(&["restore", "--from", text(&backup), "--state", text(&back)]);
    assert!(refused(&["restore", "--from", text(&backup), "--state", text(&back)]).contains("not empty"));
    assert!(refused(&["restore", "--from", text(&backup), "--state", text(state.path())]).contains("not empty"));
    // Who may sign in, and the keys that sign tokens.
    let rows = |folder: &Path| {
        let access = rusqlite::Connection::open(folder.join("access.sqlite3")).unwrap();
        let mut select = access.prepare("SELECT id, body FROM keys ORDER BY id").unwrap();
        select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<Vec<(String, String)>, _>>().unwrap()
    };
    assert_eq!(rows(&back), rows(state.path()));
    assert!(!rows(&back).is_empty());
    let secret = |folder: &Path| std::fs::read(folder.join("jt808-secret")).unwrap();
    assert_eq!(secret(&back), secret(state.path()));

    let restored = Server::launch(&data(), &back, quietly).unwrap();
    check(&then, &restored, &back);
    assert_eq!(lost(&then, &back), 0);
    drop(restored);
    // Two servers on one folder would tell two stories.
    assert!(Server::launch(&data(), state.path(), quietly).is_err());
}

#[test]
fn the_first_row_that_was_changed_is_named() {
    let (state, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    let clients = Client::all();
    clients.iter().for_each(|client| client.register(&server));
    let copy = |name: &str| {
        let copy = other.path().join(name);
        done(&["backup", "--state", text(state.path()), "--to", text(&copy)]);
        copy
    };
    let verify = |changed: &Path, sql: &str| {
        let journal = rusqlite::Connection::open(changed.join("journal.sqlite3")).unwrap();
        journal.execute_batch(sql).unwrap();
        drop(journal);
        refused(&["verify", "--state", text(changed)])
    };
    let whole = copy("whole");
    assert!(done(&["verify", "--state", text(&whole)]).contains("as it was written"));
    assert!(done(&["verify", "--state", text(state.path())]).contains("as it was written"), "beside the server");
    let changed = verify(&copy("changed"), "UPDATE journal SET actor = 'user:li.na' WHERE seq = 1234");
    assert!(changed.contains("first row that is wrong is 1234"), "{changed}");
    let removed = verify(&copy("removed"), "DELETE FROM journal WHERE seq = 77");
    assert!(removed.contains("wrong is 77: it is missing"), "{removed}");
    let slipped = verify(
        &copy("slipped"),
        "INSERT INTO journal SELECT 0, at, kind, subject, event, version, body, actor, key, ask, hash FROM journal WHERE seq = 1",
    );
    assert!(slipped.contains("first row that is wrong is 1"), "{slipped}");
    let damaged = copy("damaged");
    verify(&damaged, "UPDATE journal SET body = '{}' WHERE seq = 5");
    let restore = refused(&["restore", "--from", text(&damaged), "--state", text(&other.path().join("new"))]);
    assert!(restore.contains("wrong is 5"), "{restore}");
    assert!(!other.path().join("new").exists());
    assert!(refused(&["verify", "--state", text(&other.path().join("none"))]).contains("there is no journal"));
}

#[test]
fn the_export_is_the_journal_line_by_line() {
    let state = TempDir::new().unwrap();
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    let clients = Client::all();
    clients.iter().for_each(|client| client.register(&server));
    let lines = |from: &str| -> Vec<serde_json::Value> {
        let out = done(&["journal", "export", "--state", text(state.path()), "--from", from]);
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = lines("1");
    assert!(all.iter().enumerate().all(|(n, line)| line["seq"] == n + 1));
    let last = &all[all.len() - 1];
    assert_eq!((&last["event"], &last["subject"]), (&"unit_registered".into(), &"unit/owned-5".into()));
    assert_eq!((&last["actor"], &last["key"]), (&"machine".into(), &"register-5".into()));
    assert_eq!(last["body"]["unit"]["callsign"], "owned-5");
    assert_eq!((last["hash"].as_str().unwrap().len(), last["ask"].as_str().unwrap().len()), (64, 64));
    assert_eq!(lines(&all.len().to_string())[..], all[all.len() - 1..]);
    assert!(lines("999999").is_empty());
}
