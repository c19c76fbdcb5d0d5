//! Drills: the scenarios of the city's folder, each played in a world of its own. `GET /v1/drills`, `POST /v1/drills/{id}/play`.

use std::{
    collections::BTreeMap,
    io,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    App, body,
    problem::{Problem, ProblemDocument, ProblemKind},
    question::{Asked, write},
};
use crate::{
    access::Pass,
    city::{self, City},
    drill::{DrillError, Report, Scenario, ScenarioError, Stage},
    import,
    model::{Name, Timestamp},
};

/// So many are played at once; who comes then is told to come again.
pub const PLAYS_MAX: usize = 2;
/// The most scenarios that a folder may have.
pub const DRILLS_MAX: usize = 500;
/// The folder of a city that has its scenarios.
const FOLDER: &str = "drills";
/// How many seconds those should wait who come when all places are taken.
const RETRY_AFTER_S: u32 = 2;
/// What decides all chance when nothing is said.
const SEED: u64 = 1;

/// Where scenarios come from, and the places to play them.
#[derive(Debug)]
pub struct Drills {
    data: PathBuf,
    /// Empty: the city's own roads.
    roads: PathBuf,
    /// Shared, so that the limit is one for the process.
    places: Arc<Semaphore>,
}

impl Drills {
    /// Of the folder of a city, on the roads of a file where that is not empty. Files are read when they are asked for: a scenario that
    /// is written meanwhile can be played at once.
    #[must_use]
    pub fn new(data: &FilePath, roads: &FilePath) -> Self {
        Self { data: data.to_owned(), roads: roads.to_owned(), places: Arc::new(Semaphore::new(PLAYS_MAX)) }
    }

    /// The files by their ids: their names without the ending. A city without a folder of drills has none.
    fn files(&self) -> Result<BTreeMap<String, PathBuf>, Problem> {
        let folder = self.data.join(FOLDER);
        let wrong = |error: io::Error| internal(format!("cannot read {}: {error}", folder.display()));
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            entries => entries.map_err(wrong)?,
        };
        let mut files = BTreeMap::new();
        for entry in entries {
            let path = entry.map_err(wrong)?.path();
            let is_scenario = path.extension().is_some_and(|ending| ending == "toml" || ending == "json");
            if let (true, Some(id)) = (is_scenario, path.file_stem().and_then(|stem| stem.to_str())) {
                files.insert(id.to_owned(), path);
            }
        }
        if files.len() > DRILLS_MAX {
            let detail = format!("{} has {} scenarios: at most {DRILLS_MAX} are listed, remove some", folder.display(), files.len());
            return Err(Problem::new(ProblemKind::Invalid, detail).field(FOLDER).expected(format!("at most {DRILLS_MAX}")));
        }
        Ok(files)
    }

    /// The city as the server read it at its start, read again: a drill changes nothing of the live world.
    fn city(&self) -> Result<City, Problem> {
        let city = if self.roads.as_os_str().is_empty() {
            city::load(&self.data)
        } else {
            city::load_with(&self.data, import::open(&self.roads).map_err(internal)?)
        };
        city.map_err(internal)
    }

    /// A place to play; a problem when all are taken.
    fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let busy = |_| {
            Problem::new(ProblemKind::Busy, format!("{PLAYS_MAX} drills are being played already: try again in a moment"))
                .retry_after_s(RETRY_AFTER_S)
        };
        self.places.clone().try_acquire_owned().map_err(busy)
    }

    /// Plays a scenario: reads the city, which takes a fraction of the second that a short drill takes.
    fn play(&self, id: &str, seed: u64) -> Result<Vec<u8>, Problem> {
        let files = self.files()?;
        let file = files.get(id).ok_or_else(|| Problem::not_found("drill", id))?;
        let scenario = Scenario::read(file).map_err(|error| of_scenario(id, &error))?;
        let report = Stage::new(self.city()?).play(&scenario, seed, &mut |_| {}).map_err(|error| match error {
            DrillError::Scenario(error) => of_scenario(id, &error),
            other => internal(other),
        })?;
        serde_json::to_vec(&report).map_err(internal)
    }
}

fn internal(error: impl ToString) -> Problem {
    Problem::new(ProblemKind::Internal, error.to_string())
}

/// A scenario that cannot be played: names its field, its value and what is right.
fn of_scenario(id: &str, error: &ScenarioError) -> Problem {
    let problem = Problem::new(ProblemKind::Invalid, format!("the scenario `{id}`: {error}"));
    match error {
        ScenarioError::Field { field, .. } => problem.field(field),
        ScenarioError::Read { .. } | ScenarioError::Form { .. } => problem.field("id").value(id),
    }
}

/// A scenario.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DrillJson {
    id: String,
    /// What it is called; its id where it does not read.
    name: Name,
    summary: Name,
    /// When the offence is.
    #[schema(value_type = Option<String>, format = DateTime)]
    begins: Option<Timestamp>,
    /// It ends then at the latest, seconds since the offence.
    lasts_s: Option<f64>,
    /// Why it does not read: the field, its value, what is right.
    problem: Option<String>,
}

/// The scenarios.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DrillsJson {
    drills: Vec<DrillJson>,
}

fn entry(id: String, file: &FilePath) -> DrillJson {
    match Scenario::read(file) {
        Ok(Scenario { name, summary, begins, lasts_ms, .. }) => {
            let lasts_s = Some(lasts_ms as f64 / 1_000.0);
            DrillJson { id, name, summary, begins: Some(begins.at), lasts_s, problem: None }
        }
        Err(error) => {
            let name = Name { zh: id.clone(), en: id.clone() };
            DrillJson { id, name, summary: Name::default(), begins: None, lasts_s: None, problem: Some(error.to_string()) }
        }
    }
}

/// The scenarios of the city, by id: for those who see all of it. One that does not read is listed with the reason.
#[utoipa::path(get, path = "/v1/drills", tag = "drills", responses((status = 200, body = DrillsJson),
    (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn list(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    // Scenarios play with the units of the whole city.
    let files = if app.seen(asked.pass).sight().is_all() { app.drills.files()? } else { BTreeMap::new() };
    let drills = files.into_iter().map(|(id, file)| entry(id, &file)).collect();
    write(out, &DrillsJson { drills })
}

/// How a drill is played: all of it may be left out, and so may the body.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlayAsk {
    /// What decides all chance, 1 when not given: the same scenario and seed give the same report.
    #[serde(default)]
    seed: Option<u64>,
}

/// Plays a scenario in a world of its own, to its end: who was sent, where everybody was and when, what was held, how it ended and what
/// would have been better. The live world is neither asked nor changed. It takes seconds; few are played at once.
#[utoipa::path(post, path = "/v1/drills/{id}/play", tag = "drills", params(("id" = String, Path)), request_body = PlayAsk,
    responses((status = 200, description = "The report", body = Report),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn play(
    State(app): State<App>,
    pass: Pass,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Problem> {
    if !app.seen(&pass).sight().is_all() {
        return Err(Problem::not_found("drill", &id));
    }
    let bytes: Bytes = body::read(content, body::JSON_BYTES_MAX).await?;
    let PlayAsk { seed } = if bytes.is_empty() {
        PlayAsk::default()
    } else {
        body::check_type(&headers, &["application/json"])?;
        body::parse_json(&bytes)?
    };
    // Kept until it is played, though who asked may be gone.
    let place = app.drills.place()?;
    let work = move || {
        let _place = place;
        app.drills.play(&id, seed.unwrap_or(SEED))
    };
    let report = tokio::task::spawn_blocking(work).await.map_err(internal)??;
    let json = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((json, report).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_played_at_once() {
        let drills = Drills::new(FilePath::new("."), FilePath::new(""));
        let places: Vec<_> = (0..PLAYS_MAX).map(|_| drills.place().unwrap()).collect();
        assert_eq!(drills.place().unwrap_err().kind(), ProblemKind::Busy);
        drop(places);
        assert!(drills.place().is_ok());
    }

    #[test]
    fn a_folder_has_so_many_scenarios_at_most() {
        let city = tempfile::TempDir::new().unwrap();
        let drills = Drills::new(city.path(), FilePath::new(""));
        assert!(drills.files().unwrap().is_empty(), "a city without a folder of drills");
        std::fs::create_dir(city.path().join(FOLDER)).unwrap();
        let put = |name: String| std::fs::write(city.path().join(FOLDER).join(name), "").unwrap();
        (0..DRILLS_MAX).for_each(|n| put(format!("drill-{n}.toml")));
        put("notes.txt".to_owned());
        assert_eq!(drills.files().unwrap().len(), DRILLS_MAX);
        put("one-more.json".to_owned());
        assert_eq!(drills.files().unwrap_err().kind(), ProblemKind::Invalid);
    }
}
