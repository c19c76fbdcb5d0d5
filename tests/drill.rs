//! Drills: the two cases end as they should, the same seed gives the same drill, what is wrong in a scenario is named.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{path::Path, process::Command, sync::OnceLock};

use citygate::{
    drill::{
        Report, Scenario, Stage,
        report::{Ending, EventKind},
    },
    geodesy::{LatLng, haversine_m},
    roads::RoadClass,
};
use serde_json::Value;
use tempfile::TempDir;

/// One city for all drills of this file.
fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| Stage::load(&common::data()).unwrap())
}

fn file(name: &str) -> std::path::PathBuf {
    common::data().join("drills").join(name)
}

fn play(scenario: &Scenario, seed: u64) -> Report {
    stage().play(scenario, seed, &mut |_| {}).unwrap()
}

fn count(report: &Report, kind: EventKind) -> usize {
    report.events.iter().filter(|event| event.kind == kind).count()
}

/// Where the suspect was.
fn suspect_at(report: &Report, s: f64) -> LatLng {
    let track = &report.suspect.track;
    let next = track.partition_point(|point| point.0 <= s).clamp(1, track.len() - 1);
    let (a, b) = (track[next - 1], track[next]);
    let share = if b.0 > a.0 { ((s - a.0) / (b.0 - a.0)).clamp(0.0, 1.0) } else { 1.0 };
    LatLng::new(a.2 + (b.2 - a.2) * share, a.1 + (b.1 - a.1) * share).unwrap()
}

/// What every report keeps.
fn check(report: &Report) {
    assert_eq!(report.totals.double_orders, 0);
    assert!(report.events.windows(2).all(|pair| pair[0].at_s <= pair[1].at_s));
    assert!(report.suspect.track.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    for unit in &report.units {
        assert!(unit.track.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{}", unit.id);
    }
    // He is where he may be, from when he is heard of first until the end or until nobody knows.
    assert!(report.may_be.windows(2).all(|pair| pair[0].until_s <= pair[1].from_s));
    assert!(!report.may_be.is_empty());
    for known in &report.may_be {
        assert!(known.from_s < known.until_s && known.until_s <= report.outcome.at_s, "{} to {}", known.from_s, known.until_s);
        for s in [known.from_s, (known.from_s + known.until_s) / 2.0, known.until_s] {
            assert!(known.area.contains(suspect_at(report, s)), "at {s} s");
        }
    }
    for order in &report.orders {
        assert!(order.issued_s <= order.departs_s.1 && order.departs_s.1 <= order.arrives_s.1, "{order:?}");
    }
}

#[test]
fn eight_minutes_end_at_a_junction_by_the_outer_ring_and_not_by_the_first_car() {
    let scenario = Scenario::read(&file("eight-minutes.toml")).unwrap();
    let report = play(&scenario, 1);
    check(&report);
    let outcome = &report.outcome;
    assert_eq!(outcome.ending, Ending::Stopped, "{outcome:?}");
    assert!((420.0..540.0).contains(&outcome.at_s), "{outcome:?}");
    assert!(outcome.junction.is_some(), "{outcome:?}");
    let city = citygate::city::load(&common::data()).unwrap();
    let ring = city.roads.edges().iter().filter(|edge| edge.class == RoadClass::Ring);
    let to_ring_m = ring.flat_map(|edge| edge.shape.iter()).map(|at| haversine_m(at, outcome.at)).fold(f64::MAX, f64::min);
    assert!(to_ring_m < 1_000.0, "{to_ring_m} m from the ring road");
    // The first car was sent to the scene and is there; somebody else stopped him, a unit of the second service station among them.
    let first = &report.orders[0];
    assert_eq!((first.task, report.units[0].kind.as_str()), ("scene", "patrol_car"));
    assert!(!outcome.by.contains(&first.unit) && !outcome.by.is_empty(), "{outcome:?}");
    let of = |id: &citygate::model::UnitId| city.units.iter().find(|unit| unit.id == *id).unwrap().org.to_string();
    assert!(outcome.by.iter().any(|id| of(id) == "nanyuan-09"), "{outcome:?}");
    // The cordon was verified and closed before he came, and is open again within minutes.
    let cordon = &report.cordons[0];
    assert!(cordon.closed_s.unwrap() < outcome.at_s && cordon.leaks_s.is_none() && cordon.broken_s.is_none());
    assert!(outcome.flows_again_s.unwrap() - outcome.at_s < 300.0);
    let hindsight = report.hindsight.as_ref().unwrap();
    assert!(hindsight.possible_s < cordon.ordered_s && hindsight.sooner_s.unwrap() > 0.0, "{hindsight:?}");

    // The same seed, the same drill, to the byte; another seed, another one.
    let json = |report: &Report| serde_json::to_string(report).unwrap();
    let again = play(&scenario, 1);
    assert_eq!(json(&again), json(&report));
    assert_ne!(json(&play(&scenario, 2)), json(&report));
}

#[test]
fn the_out_of_town_car_is_stopped_together_about_an_hour_later_and_traffic_flows_again() {
    let report = play(&Scenario::read(&file("out-of-town-car.toml")).unwrap(), 1);
    check(&report);
    let outcome = &report.outcome;
    assert_eq!(outcome.ending, Ending::Stopped, "{outcome:?}");
    assert!((3_000.0..4_200.0).contains(&outcome.at_s), "{outcome:?}");
    assert!(outcome.junction.is_some() && outcome.by.len() >= 3 && outcome.kinds.len() >= 2, "{outcome:?}");
    assert!(count(&report, EventKind::Sighting) >= 3 && report.cordons.len() >= 2);
    assert!(outcome.flows_again_s.unwrap() - outcome.at_s < 300.0);
    assert!(report.cordons.iter().all(|cordon| cordon.ended_s.is_some()));
}

/// A short scenario at a place, for a suspect who behaves so.
fn short(behaviour: &str, lat: f64, lon: f64) -> Scenario {
    Scenario::from_toml(&format!(
        r#"
        name = {{ zh = "试", en = "Try" }}
        begins = "2026-11-03T02:00:00Z"
        lasts_s = 900
        report_every_s = 30
        meets_m = 0
        incident = {{ what = {{ zh = "试", en = "Try" }}, at = {{ lat = {lat}, lon = {lon} }}, reported_s = 10 }}
        suspect = {{ travel = "car", behaviour = "{behaviour}" }}
        protect = {{ gates = true }}
        cordons = [{{ at_s = 45, name = {{ zh = "试", en = "Try" }} }}]
        "#
    ))
    .unwrap()
}

#[test]
fn who_knows_the_plan_stays_inside_in_the_city_too() {
    for (seed, (lat, lon)) in [(22.85, 108.40), (22.83, 108.36), (22.88, 108.43)].into_iter().enumerate() {
        let report = play(&short("knows_the_plan", lat, lon), seed as u64);
        check(&report);
        assert_eq!(report.cordons.len(), 1, "{:?}", report.events);
        assert_ne!(report.outcome.ending, Ending::Out, "{:?}", report.outcome);
        assert!(report.cordons[0].gates.iter().all(|gate| gate.passed_s.is_none()));
    }
}

#[test]
fn without_a_cordon_he_gets_out_and_the_report_says_what_was_possible() {
    let scenario = Scenario { cordons: vec![], ..short("shortest_way_out", 22.82, 108.36) };
    let report = play(&scenario, 1);
    assert_eq!(report.outcome.ending, Ending::Out, "{:?}", report.outcome);
    assert!(report.outcome.gate.is_none() && count(&report, EventKind::Out) == 1);
    let mut late = short("shortest_way_out", 22.82, 108.36);
    late.cordons[0].at_ms = 890_000;
    let report = play(&late, 1);
    assert!(report.cordons.is_empty() && report.hindsight.is_some(), "{:?}", report.hindsight);
    assert!(report.better[0].en.contains("never ordered"), "{:?}", report.better);
}

#[test]
fn what_is_wrong_in_a_scenario_is_named() {
    let right = std::fs::read_to_string(file("eight-minutes.toml")).unwrap();
    let refused = |from: &str, to: &str| {
        assert!(right.contains(from), "{from}");
        let text = right.replacen(from, to, 1);
        match Scenario::from_toml(&text) {
            Err(error) => error.to_string(),
            Ok(scenario) => stage().play(&scenario, 1, &mut |_| {}).unwrap_err().to_string(),
        }
    };
    for (from, to, field, says) in [
        ("lasts_s = 900", "lasts_s = -1", "lasts_s", &["-1", "0 to 86400"][..]),
        ("lasts_s = 900", "lasts_s = \"long\"", "lasts_s", &["long"]),
        ("behaviour = \"shortest_way_out\"", "behaviour = \"flies\"", "suspect.behaviour", &["flies", "knows_the_plan"]),
        ("at = { lat = 22.813475", "at = { lat = 122.8", "incident.at", &["122.8", "-90 to 90"]),
        ("at = { lat = 22.813475", "at = { lat = 12.8", "incident.at", &["12.8", "on the roads"]),
        ("count = 2", "count = 0", "calls[1].count", &["0", "1 to 50"]),
        ("gates = true", "zone = \"nowhere\"", "protect", &["nowhere", "zone of the city"]),
        ("gates = true", "gates = true\nradius_m = 500", "protect", &["one of"]),
        ("orgs = [\"nanyuan-04\"]", "orgs = [\"nobody\"]", "calls[0].orgs", &["nobody", "organisation"]),
        ("kinds = [\"patrol_car\"]", "kinds = [\"tank\"]", "calls[0].kinds", &["tank", "patrol_car"]),
        ("begins = \"2026-11-03T10:50:00+08:00\"", "begins = \"today\"", "begins", &["today", "RFC 3339"]),
        ("accept_s = [0, 12]", "accept_s = [12, 0]", "accept_s", &["[12, 0]", "lesser first"]),
        ("seen_s_ago = 12", "seen_s_ago = 1000", "sightings[0].seen_s_ago", &["1000", "at_s"]),
        ("release_s = 150", "releases_s = 150", "releases_s", &["release_s"]),
    ] {
        let error = refused(from, to);
        assert!(error.contains(field) && says.iter().all(|word| error.contains(word)), "{from} -> {to}: {error}");
    }
    let json = Scenario::from_json(r#"{"name": {"zh": "a", "en": "b"}, "lasts_s": true}"#).unwrap_err().to_string();
    assert!(json.contains("lasts_s") && json.contains("true"), "{json}");
    assert!(Scenario::read(Path::new("nothing.toml")).unwrap_err().to_string().contains("nothing.toml"));
}

#[test]
fn the_command_writes_a_report_and_a_replay_that_hold_everything() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("short.toml");
    let text = std::fs::read_to_string(file("eight-minutes.toml")).unwrap().replace("lasts_s = 900", "lasts_s = 200");
    std::fs::write(&path, text).unwrap();
    let run = |file: &Path| {
        Command::new(env!("CARGO_BIN_EXE_citygate"))
            .arg("drill")
            .arg(file)
            .arg("--data")
            .arg(common::data())
            .args(["--speed", "100000", "--out"])
            .arg(folder.path().join("out"))
            .output()
            .unwrap()
    };
    let output = run(&path);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Assault reported"));
    let read = |name: &str| std::fs::read_to_string(folder.path().join("out").join(name)).unwrap();
    let report: Value = serde_json::from_str(&read("short.json")).unwrap();
    assert_eq!((report["outcome"]["ending"].as_str(), report["totals"]["double_orders"].as_u64()), (Some("inside"), Some(0)));
    assert!(report["cordons"][0]["gates"].as_array().unwrap().len() > 5 && report["rows"].as_array().unwrap().len() > 3);
    let page = read("short.html");
    let data = page.split("<script id=\"data\" type=\"application/json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["report"], report);
    assert!(data["map"]["streets"].as_array().unwrap().len() > 100);
    assert!(!page.contains("http://") && !page.contains("https://") && page.contains("default-src 'none'"));

    std::fs::write(&path, "lasts_s = -1").unwrap();
    let output = run(&path);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("short.toml") && error.contains("lasts_s"), "{error}");
}
