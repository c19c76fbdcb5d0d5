//! What is played: a scenario, read from TOML or JSON. Everything is checked here; a refusal names the file, the field, the value
//! and what is right.

mod numbers;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use crate::{
    cordon::{NEED_MAX, Objective},
    geodesy::LatLng,
    model::{KindSet, Name, OrgId, Timestamp, UnitId, UnitKind, ZoneId},
    roads::Travel,
};

/// The largest scenario, bytes.
pub const SCENARIO_BYTES_MAX: u64 = 1024 * 1024;
/// The most sightings, calls, cordons, legs or changes.
pub const STEPS_MAX: usize = 200;
/// The most units that one call asks for.
pub const CALL_UNITS_MAX: usize = 50;

/// What is wrong with a scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read the scenario {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is neither TOML nor JSON.
    #[error("{path} is no scenario: give a file that ends in .toml or .json, {SCENARIO_BYTES_MAX} bytes at most")]
    Form {
        /// The file.
        path: PathBuf,
    },
    /// A field is wrong.
    #[error("{field}: {what}")]
    Field {
        /// Which, e.g. `calls[2].at_s`; `.` is the scenario itself.
        field: String,
        /// Its value and what is right.
        what: String,
    },
}

impl ScenarioError {
    /// A value that is wrong, and what is right.
    pub(super) fn wrong(field: impl Into<String>, value: impl std::fmt::Display, right: &str) -> Self {
        Self::Field { field: field.into(), what: format!("`{value}` is wrong: {right}") }
    }
}

/// A scenario. Its clock begins with the offence, in seconds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called.
    pub name: Name,
    /// What it is about.
    #[serde(default)]
    pub summary: Name,
    /// When the offence is: RFC 3339, e.g. `2026-11-03T10:50:00+08:00`.
    pub begins: Begins,
    /// It ends then at the latest, seconds. (`lasts_s`)
    #[serde(rename = "lasts_s", deserialize_with = "numbers::ms")]
    pub lasts_ms: i64,
    /// How often a unit on patrol reports, seconds: 1 to 30. One that was sent reports each second.
    #[serde(default = "numbers::report_s", deserialize_with = "numbers::period_s")]
    pub report_every_s: i64,
    /// How much longer than usual crews take to move off, seconds: each between these two, by chance.
    #[serde(default, rename = "accept_s", deserialize_with = "numbers::span_s")]
    pub accept_ms: [i64; 2],
    /// How much slower than reckoned they drive: each between these two, by chance.
    #[serde(default = "numbers::as_reckoned", deserialize_with = "numbers::factors")]
    pub drive: [f64; 2],
    /// A unit that was sent and is on the suspect's stretch of road stops him from this near, metres; 0: nobody does.
    #[serde(default = "numbers::meets_m", deserialize_with = "numbers::meet_m")]
    pub meets_m: f64,
    /// So long after he is stopped everybody is released, seconds. (`release_s`)
    #[serde(default = "numbers::minute_ms", rename = "release_s", deserialize_with = "numbers::ms")]
    pub release_ms: i64,
    /// What happened.
    pub incident: Incident,
    /// Who runs.
    pub suspect: Suspect,
    /// What he must not reach: he is out there.
    pub protect: Protect,
    /// When somebody sees him.
    #[serde(default, deserialize_with = "numbers::few")]
    pub sightings: Vec<Sighting>,
    /// Who is called.
    #[serde(default, deserialize_with = "numbers::few")]
    pub calls: Vec<Call>,
    /// Which cordons are asked for.
    #[serde(default, deserialize_with = "numbers::few")]
    pub cordons: Vec<CordonAsk>,
    /// What the drill is judged by.
    #[serde(default)]
    pub targets: Targets,
}

/// An instant with the offset of its place from UTC, which the clock of the replay shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begins {
    /// The instant.
    pub at: Timestamp,
    /// Seconds east of UTC.
    pub offset_s: i32,
}

impl<'de> Deserialize<'de> for Begins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at: Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        // What has been parsed ends in Z or in +hh:mm.
        let offset = text.get(text.len().saturating_sub(6)..).filter(|offset| offset.starts_with(['+', '-'])).unwrap_or("+00:00");
        let number = |from: usize| offset.get(from..from + 2).and_then(|digits| digits.parse::<i32>().ok()).unwrap_or(0);
        let offset_s = (number(1) * 60 + number(4)) * 60;
        Ok(Self { at, offset_s: if offset.starts_with('-') { -offset_s } else { offset_s } })
    }
}

/// What happened, where, and when it was reported.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// What.
    pub what: Name,
    /// Where.
    pub at: LatLng,
    /// When it is known, seconds. (`reported_s`)
    #[serde(rename = "reported_s", deserialize_with = "numbers::ms")]
    pub reported_ms: i64,
}

crate::model::closed_set! {
    /// How a suspect goes.
    OnTheRun, "way of going" {
        /// On foot.
        Foot = "foot",
        /// By car.
        Car = "car",
        /// By motorcycle.
        Motorcycle = "motorcycle",
    }
}

impl OnTheRun {
    /// The way of travelling along roads.
    #[must_use]
    pub const fn travel(self) -> Travel {
        match self {
            Self::Foot => Travel::Foot,
            Self::Car => Travel::Car,
            Self::Motorcycle => Travel::Motorcycle,
        }
    }
}

crate::model::closed_set! {
    /// What a suspect does after the legs that he is given.
    Behaviour, "behaviour" {
        /// Leaves by the way that takes the least time, and knows of nobody.
        ShortestWayOut = "shortest_way_out",
        /// Goes anywhere, turning by chance.
        Random = "random",
        /// Goes anywhere for a while, hides for a while, then leaves by the shortest way.
        Hides = "hides",
        /// Knows who will be where and when: leaves by any way that is open when he comes; while there is none, he keeps out of the
        /// way and waits for one.
        KnowsThePlan = "knows_the_plan",
        /// Stays where his last leg ends.
        Itinerary = "itinerary",
    }
}

/// Who runs, and how.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspect {
    /// How he goes at first.
    pub travel: OnTheRun,
    /// What he does after his legs.
    pub behaviour: Behaviour,
    /// How many times as fast as everybody goes.
    #[serde(default = "numbers::one", deserialize_with = "numbers::faster")]
    pub faster: f64,
    /// Whether one-way streets hold for him.
    #[serde(default)]
    pub keeps_one_way: bool,
    /// When he leaves, seconds. (`leaves_s`)
    #[serde(default, rename = "leaves_s", deserialize_with = "numbers::ms")]
    pub leaves_ms: i64,
    /// One who hides goes anywhere for so long first, seconds. (`hides_after_s`)
    #[serde(default = "numbers::minute_ms", rename = "hides_after_s", deserialize_with = "numbers::ms")]
    pub hides_after_ms: i64,
    /// And hides for so long, seconds. (`hides_s`)
    #[serde(default = "numbers::ten_minutes_ms", rename = "hides_s", deserialize_with = "numbers::ms")]
    pub hides_ms: i64,
    /// Where he goes first, one after the other.
    #[serde(default, deserialize_with = "numbers::few")]
    pub legs: Vec<Leg>,
    /// When he goes on another way.
    #[serde(default, deserialize_with = "numbers::few")]
    pub changes: Vec<Change>,
}

/// A place that a suspect goes to.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// Where: the nearest junction.
    pub to: LatLng,
    /// How long he stays there, seconds. (`wait_s`)
    #[serde(default, rename = "wait_s", deserialize_with = "numbers::ms")]
    pub wait_ms: i64,
}

/// Another way of going.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// When, seconds. (`at_s`)
    #[serde(rename = "at_s", deserialize_with = "numbers::ms")]
    pub at_ms: i64,
    /// How from then on.
    pub travel: OnTheRun,
}

/// What he must not reach. One of the three.
#[derive(Debug, Clone, PartialEq)]
pub enum Protect {
    /// Everything outside the city's gates; the gates themselves may be held.
    Gates,
    /// Everything outside a zone.
    Zone(ZoneId),
    /// Everything farther than this from where he was last seen, metres.
    Radius(f64),
}

impl<'de> Deserialize<'de> for Protect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            gates: Option<bool>,
            zone: Option<ZoneId>,
            #[serde(default, deserialize_with = "numbers::radius_m")]
            radius_m: Option<f64>,
        }
        match Raw::deserialize(deserializer)? {
            Raw { gates: Some(true), zone: None, radius_m: None } => Ok(Self::Gates),
            Raw { gates: None, zone: Some(zone), radius_m: None } => Ok(Self::Zone(zone)),
            Raw { gates: None, zone: None, radius_m: Some(radius_m) } => Ok(Self::Radius(radius_m)),
            _ => Err(serde::de::Error::custom("give one of gates = true, zone = \"ID\", radius_m = METRES")),
        }
    }
}

/// Somebody sees him. Where, the drill knows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sighting {
    /// When it is reported, seconds. (`at_s`)
    #[serde(rename = "at_s", deserialize_with = "numbers::ms")]
    pub at_ms: i64,
    /// How long before that it was, seconds. (`seen_s_ago`)
    #[serde(default, rename = "seen_s_ago", deserialize_with = "numbers::ms")]
    pub seen_ms_ago: i64,
    /// What was seen.
    pub what: Name,
}

crate::model::closed_set! {
    /// Where somebody is sent.
    Whereto, "target" {
        /// To the incident.
        Scene = "scene",
        /// To where he was last seen.
        Sighting = "sighting",
        /// To the held junction that he can be at first.
        Gate = "gate",
    }
}

/// Some units are called.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// When, seconds. (`at_s`)
    #[serde(rename = "at_s", deserialize_with = "numbers::ms")]
    pub at_ms: i64,
    /// What for.
    pub what: Name,
    /// Of these kinds; cars, armed cars and motorcycles unless said.
    #[serde(default = "cars_and_motorcycles", deserialize_with = "kinds")]
    pub kinds: KindSet,
    /// Of these organisations and those below; all unless said.
    #[serde(default, deserialize_with = "numbers::few")]
    pub orgs: Vec<OrgId>,
    /// These and no others.
    #[serde(default, deserialize_with = "numbers::few")]
    pub units: Vec<UnitId>,
    /// How many: those who can be there first.
    #[serde(default = "numbers::one_unit", deserialize_with = "numbers::units")]
    pub count: usize,
    /// Where to.
    #[serde(default = "scene")]
    pub to: Whereto,
    /// Or to this place.
    #[serde(default)]
    pub at: Option<LatLng>,
    /// Whether they go on to each new sighting.
    #[serde(default)]
    pub follows: bool,
}

const fn scene() -> Whereto {
    Whereto::Scene
}

fn cars_and_motorcycles() -> KindSet {
    [UnitKind::PatrolCar, UnitKind::ArmedCar, UnitKind::Motorcycle].into_iter().collect()
}

fn who_holds() -> KindSet {
    cars_and_motorcycles().with(UnitKind::Foot)
}

fn kinds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<KindSet, D::Error> {
    let kinds = KindSet::deserialize(deserializer)?;
    if kinds.iter().next().is_none() {
        return Err(serde::de::Error::custom("no kind is named: name at least one"));
    }
    Ok(kinds)
}

/// A cordon is asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CordonAsk {
    /// When, seconds. (`at_s`)
    #[serde(rename = "at_s", deserialize_with = "numbers::ms")]
    pub at_ms: i64,
    /// What it is called.
    pub name: Name,
    /// How he is thought to go; as he goes then unless said.
    #[serde(default)]
    pub suspect: Option<OnTheRun>,
    /// How many times as fast as everybody he is thought to go.
    #[serde(default = "numbers::a_fifth", deserialize_with = "numbers::faster")]
    pub faster: f64,
    /// What it protects; what the drill protects unless said.
    #[serde(default)]
    pub protect: Option<Protect>,
    /// What the plan is to be best at.
    #[serde(default = "fewest")]
    pub objective: Objective,
    /// Of these kinds; cars, armed cars, motorcycles and foot patrols unless said.
    #[serde(default = "who_holds", deserialize_with = "kinds")]
    pub kinds: KindSet,
    /// Of these organisations and those below; all unless said.
    #[serde(default, deserialize_with = "numbers::few")]
    pub orgs: Vec<OrgId>,
    /// How many units hold each junction.
    #[serde(default = "numbers::one_each", deserialize_with = "numbers::need")]
    pub per_junction: u8,
    /// So long before he comes a junction is held, seconds. (`margin_s`)
    #[serde(default = "numbers::half_minute_ms", rename = "margin_s", deserialize_with = "numbers::ms")]
    pub margin_ms: i64,
    /// What setting up at a junction takes, seconds. (`set_up_s`)
    #[serde(default = "numbers::half_minute_ms", rename = "set_up_s", deserialize_with = "numbers::ms")]
    pub set_up_ms: i64,
    /// Whether each new sighting plans it anew when it no longer holds, or with a radius in any case.
    #[serde(default = "yes")]
    pub follows: bool,
}

const fn fewest() -> Objective {
    Objective::Fewest
}

const fn yes() -> bool {
    true
}

const _: () = assert!(NEED_MAX >= 2);

/// What the drill is judged by; each may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// When the first unit is to be at the scene, seconds. (`first_on_scene_s`)
    #[serde(default, rename = "first_on_scene_s", deserialize_with = "numbers::maybe_ms")]
    pub first_on_scene_ms: Option<i64>,
    /// When the first cordon is to be ordered, seconds. (`told_to_block_s`)
    #[serde(default, rename = "told_to_block_s", deserialize_with = "numbers::maybe_ms")]
    pub told_to_block_ms: Option<i64>,
    /// When he is to be stopped, seconds. (`stopped_s`)
    #[serde(default, rename = "stopped_s", deserialize_with = "numbers::maybe_ms")]
    pub stopped_ms: Option<i64>,
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ScenarioError`] names the field, the value and what is right.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let read = |source| ScenarioError::Read { path: path.to_owned(), source };
        let form = || ScenarioError::Form { path: path.to_owned() };
        if std::fs::metadata(path).map_err(read)?.len() > SCENARIO_BYTES_MAX {
            return Err(form());
        }
        let text = std::fs::read_to_string(path).map_err(read)?;
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => Self::from_toml(&text),
            Some("json") => Self::from_json(&text),
            _ => Err(form()),
        }
    }

    /// From TOML.
    ///
    /// # Errors
    /// [`ScenarioError::Field`].
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let deserializer = toml::Deserializer::parse(text)
            .map_err(|error| ScenarioError::Field { field: ".".to_owned(), what: error.message().to_owned() })?;
        serde_path_to_error::deserialize(deserializer)
            .map_err(|error| ScenarioError::Field { field: error.path().to_string(), what: error.into_inner().message().to_owned() })
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`ScenarioError::Field`].
    pub fn from_json(text: &str) -> Result<Self, ScenarioError> {
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text))
            .map_err(|error| ScenarioError::Field { field: error.path().to_string(), what: error.into_inner().to_string() })
    }
}
