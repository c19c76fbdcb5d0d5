//! The configuration and its command, on the binary that ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::{collections::BTreeSet, process::Command};

use citygate::config::{Config, DEFAULT_TOML};

fn keys(prefix: &str, table: &toml::Table, found: &mut BTreeSet<String>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => keys(&format!("{prefix}{key}."), inner, found),
            _ => {
                found.insert(format!("{prefix}{key}"));
            }
        }
    }
}

fn keys_of(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    keys("", &text.parse().unwrap(), &mut found);
    found
}

fn citygate(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_citygate")).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_printed_default_is_the_default_and_has_every_key() {
    let (code, printed, _) = citygate(&["config", "default"]);
    assert_eq!(code, Some(0));
    assert_eq!(printed, DEFAULT_TOML);
    assert_eq!(Config::parse(&printed).unwrap(), Config::default());
    assert_eq!(keys_of(&printed), keys_of(&toml::to_string(&Config::default()).unwrap()));
}

#[test]
fn every_key_is_explained() {
    let mut explained = false;
    for line in DEFAULT_TOML.lines() {
        if line.contains(" = ") && !line.starts_with('#') {
            assert!(explained, "{line} has no comment above it");
            explained = false;
        } else {
            explained = line.starts_with('#');
        }
    }
}

#[test]
fn a_wrong_file_is_refused_with_key_value_and_what_is_right() {
    for (text, words) in [
        ("[http]\nadress = \"127.0.0.1:1\"", vec!["line 2", "adress", "address"]),
        ("[htp]\n", vec!["line 1", "htp", "http"]),
        ("[http]\naddress = \"0.0.0.0:8080\"", vec!["http.address", "0.0.0.0:8080", "certificate"]),
        ("[http]\naddress = 8080", vec!["line 2", "address = 8080"]),
        ("[http]\nconnections_max = 0", vec!["http.connections_max", "0", "1 to 100000"]),
        ("[http]\nnames = [\"https://map.example\"]", vec!["http.names", "https://map.example", "without scheme"]),
        ("[http]\nrequest_timeout_s = 0", vec!["http.request_timeout_s", "0", "1 to 3600"]),
        ("[http]\nproxy_header = \"X-Real-IP\"", vec!["line 2", "X-Forwarded-For", "Forwarded"]),
        ("[http.rate]\nactor_burst = 0", vec!["http.rate.actor_burst", "0", "1 to 1000000"]),
        ("[access.oidc]\nissuer = \"http://login.example\"", vec!["access.oidc.issuer", "http://login.example", "https://"]),
        ("[access.oidc]\nclient_id = \"citygate\"", vec!["access.oidc.issuer", "client_id"]),
        ("[access.oidc]\nissuer = \"https://a.example\"", vec!["access.oidc.name", "1 to 64"]),
        (
            "[access.oidc]\nissuer = \"https://a.example\"\nname = \"SSO\"\nclient_id = \"c\"\nclient_secret_file = \"s\"\nroles = { g = \"gateway\" }",
            vec!["access.oidc.roles", "viewer, dispatcher, commander or administrator"],
        ),
        ("[http.rate]\nrequests_per_s = 0", vec!["http.rate.requests_per_s", "0", "1 to 1000000"]),
        ("[http.tls]\ncertificate = \"a.pem\"", vec!["http.tls.key", "http.tls.certificate", "belong together"]),
        ("[gateway.tls]\nclient_ca = \"a.pem\"", vec!["gateway.tls.certificate", "gateway.tls.key"]),
        (
            "[http]\naddress = \"10.1.2.3:443\"\nbehind_proxy = true\n[access]\ndemo = true",
            vec!["http.address", "10.1.2.3:443", "loopback", "demo"],
        ),
        ("[log]\nformat = \"xml\"", vec!["line 2", "text", "json"]),
        ("[log]\nrequests = \"warn\"", vec!["line 2", "off", "info"]),
        ("[contact.radio]\nstale_s = 300\nlost_s = 60", vec!["contact.radio.lost_s", "60", "301"]),
        ("[bus]\ntick_ms = 1", vec!["bus.tick_ms", "20 to 10000"]),
        ("[jt808]\nmode = \"loose\"", vec!["line 2", "strict"]),
        ("[gateway]\naddress = \"192.168.1.4:8809\"", vec!["gateway.address", "192.168.1.4:8809", "certificate"]),
        ("[gateway.limits]\nconnections_max = 10001", vec!["gateway.limits.connections_max", "10001", "1 to 10000"]),
        ("[gateway.limits]\nidle_s = 0", vec!["gateway.limits.idle_s", "0", "1 to 86400"]),
        ("[ingest]\nunknown_devices = \"ignore\"", vec!["refuse", "adopt"]),
        ("[ingest.check]\nground_mps_max = nan", vec!["ingest.check.ground_mps_max"]),
        ("[roads.paces.foot]\nring = { share = 9, least_kmh = 0, most_kmh = 5 }", vec!["roads.paces.foot.ring.share", "9", "0 to 5"]),
        (
            "[roads.paces.car]\nstreet = { share = 1, least_kmh = 60, most_kmh = 50 }",
            vec!["roads.paces.car.street.least_kmh", "60", "0 to 50"],
        ),
        ("[roads.paces.car]\nstreet = { share = 0, least_kmh = 0, most_kmh = 50 }", vec!["roads.paces.car.street.least_kmh", "1 to 50"]),
        ("[roads.paces.car]\nlane = { share = 1, least_kmh = 1, most_kmh = 50 }", vec!["line 2", "lane", "arterial"]),
        ("[roads.paces.tram]\n", vec!["tram", "urgent_car"]),
        ("[roads.ways]\npatrol_car = [\"car\"]", vec!["line 2", "patrol_car", "length 2"]),
        ("[roads.air]\ndrone_kmh = 0.0", vec!["roads.air.drone_kmh", "1 to 1000"]),
        ("[roads.turn_out.status_s]\nbusy = 86401", vec!["roads.turn_out.status_s.busy", "86401", "0 to 86400"]),
        ("http = ", vec!["line 1"]),
    ] {
        let error = Config::parse(text).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "{text:?}: {error} has no {word:?}");
        }
        assert!(!error.contains('\n'), "one line: {error}");
    }
}

#[test]
fn check_says_what_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("citygate.toml");
    std::fs::write(&path, "[http]\naddress = \"127.0.0.1:0\"\n").unwrap();
    let (code, out, _) = citygate(&["config", "check", path.to_str().unwrap()]);
    assert_eq!((code, out.contains("is right")), (Some(0), true));
    std::fs::write(&path, "[stream]\nsockets_max = 0\n").unwrap();
    let (code, out, error) = citygate(&["config", "check", path.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(error.contains("stream.sockets_max = 0") && error.contains("1 to 100000") && error.lines().count() == 1, "{error}");
    let (code, _, error) = citygate(&["config", "check", "/nowhere/citygate.toml"]);
    assert_eq!((code, error.contains("/nowhere/citygate.toml")), (Some(2), true));
}

#[test]
fn flags_win_over_the_file_and_the_network_is_served_with_tls_and_sign_in_alone() {
    for (arguments, words) in [
        (vec!["serve", "--http", "0.0.0.0:0"], "certificate"),
        (vec!["serve", "--demo", "--http", "0.0.0.0:0"], "loopback"),
        (vec!["serve", "--gateway", "0.0.0.0:0"], "gateway.address = 0.0.0.0:0"),
        (vec!["serve", "--http", "127.0.0.1:0", "--jt808", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--data", "/nowhere"], "/nowhere"),
        (vec!["serve", "--config", "/nowhere/citygate.toml"], "/nowhere/citygate.toml"),
    ] {
        let (code, out, error) = citygate(&arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{error}");
        let told = error.lines().last().unwrap_or_default();
        assert!(told.starts_with("citygate: ") && told.contains(words), "{error}");
    }
}
