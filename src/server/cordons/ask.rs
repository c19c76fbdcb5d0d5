//! What is asked for, as JSON.

use serde::Deserialize;

use crate::{
    cordon::Objective,
    engine::{AskError, Force, Hunt, PlanAsk, Protect, RunError, Seen, SendError, Suspect},
    geodesy::LatLng,
    model::{KindSet, Name, OrgId, Timestamp, UnitId},
    roads::JunctionNo,
    server::problem::{Problem, ProblemKind},
};

/// The longest that a plan may take, milliseconds.
pub const BUDGET_MS_MAX: u32 = 5_000;
/// And when nothing is said.
pub const BUDGET_MS_DEFAULT: u32 = 250;
/// So long it takes to choose when nothing is said, seconds.
const DECIDE_S_DEFAULT: f64 = 10.0;
/// A unit is ready so long before he comes when nothing is said, seconds.
const MARGIN_S_DEFAULT: f64 = 30.0;

/// Where he was seen.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartAsk {
    /// Degrees, WGS-84.
    pub lat: f64,
    /// Degrees, WGS-84.
    pub lon: f64,
    /// How long ago, seconds: 0 to 21600.
    pub seen_s_ago: f64,
}

/// Who holds what.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuardAsk {
    /// The number of the junction.
    pub junction: JunctionNo,
    /// The unit.
    #[schema(value_type = String)]
    pub unit: UnitId,
    /// Of which ring, the innermost being 1; as it was, or 1, when not given.
    #[serde(default)]
    pub ring: Option<u8>,
}

/// A cordon to plan or to order.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CordonAsk {
    /// Where he was seen: in one of 1 to 16 places.
    pub starts: Vec<StartAsk>,
    /// How he goes.
    pub suspect: Suspect,
    /// How many times as fast as everybody goes, 1 to 5: 1.25 when not given, 2 on foot. One-way streets, banned turns and closures are
    /// not for him.
    #[serde(default)]
    pub faster: Option<f64>,
    /// What he must not come to: `{"gates": true}` (what the city's gates separate from him), `{"zone": "beat-001"}` (all outside of it)
    /// or `{"radius_m": 3000}` (all that is farther from where he was seen).
    #[schema(value_type = Object)]
    pub protect: Protect,
    /// A unit is ready so long before he comes, seconds: 0 to 1800, 30 when not given.
    #[serde(default)]
    pub margin_s: Option<f64>,
    /// How long it takes to set up, seconds: 0 to 1800, 30 when not given.
    #[serde(default)]
    pub set_up_s: Option<f64>,
    /// What plans should be best at; all four when not given.
    #[serde(default)]
    pub objectives: Option<Vec<Objective>>,
    /// Units of these kinds; `patrol_car`, `armed_car`, `motorcycle` and `foot` when not given. None that flies.
    #[serde(default)]
    #[schema(value_type = Option<Vec<crate::model::UnitKind>>)]
    pub kinds: Option<KindSet>,
    /// Of these organisations and those below them.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub orgs: Option<Vec<OrgId>>,
    /// So many available units of each organisation stay behind, those that are farthest: 0 when not given.
    #[serde(default)]
    pub reserve: Option<u32>,
    /// Under blue light; true when not given.
    #[serde(default)]
    pub urgent: Option<bool>,
    /// How many units hold a junction of a ring road or motorway, 1 to 8: 1 when not given.
    #[serde(default)]
    pub wide: Option<u8>,
    /// How many times as many hold each ring, the innermost first: 1 to 8 each, once where nothing is said.
    #[serde(default)]
    pub strength: Option<Vec<u8>>,
    /// To plan: so long it takes to choose, seconds: who is ordered by then is in time. 0 to 1800, 10 when not given.
    #[serde(default)]
    pub decide_s: Option<f64>,
    /// How long may be searched, milliseconds: 1 to 5000, 250 when not given.
    #[serde(default)]
    pub budget_ms: Option<u32>,
    /// How many rings, 1 to 3: 1 when not given.
    #[serde(default)]
    pub rings: Option<u8>,
    /// To order: what it is called.
    #[serde(default)]
    pub name: Option<Name>,
    /// To order: what its plan is best at.
    #[serde(default)]
    pub objective: Option<Objective>,
    /// To order: who holds what, as a plan says, or otherwise.
    #[serde(default)]
    pub guards: Option<Vec<GuardAsk>>,
    /// To order: though it leaks.
    #[serde(default)]
    pub accept_leaks: Option<bool>,
}

/// Seconds in a range as milliseconds.
///
/// # Errors
/// A problem that names the field that is wrong.
pub fn ms(field: &'static str, seconds: f64, most_s: u32) -> Result<u32, Problem> {
    if (0.0..=f64::from(most_s)).contains(&seconds) {
        return Ok((seconds * 1_000.0).round() as u32);
    }
    Err(Problem::out_of_range(field, &seconds.to_string(), &format!("seconds from 0 to {most_s}")))
}

/// A position.
///
/// # Errors
/// A problem that names the field that is wrong.
pub fn position(lat: f64, lon: f64) -> Result<LatLng, Problem> {
    LatLng::new(lat, lon).map_err(|error| {
        let field = if (-90.0..=90.0).contains(&lat) { "lon" } else { "lat" };
        Problem::new(ProblemKind::OutOfRange, error.to_string()).field(field)
    })
}

impl StartAsk {
    /// As the engine knows it.
    ///
    /// # Errors
    /// A problem that names the field that is wrong.
    pub fn seen(&self, now: Timestamp) -> Result<Seen, Problem> {
        let ago_ms = ms("seen_s_ago", self.seen_s_ago, crate::engine::SEEN_S_MAX)?;
        Ok(Seen { at: position(self.lat, self.lon)?, time: now.plus_ms(-i64::from(ago_ms)) })
    }
}

/// Who may be sent, as it is asked for.
#[derive(Debug, Clone, Default)]
pub struct ForceAsk {
    /// Of these kinds.
    pub kinds: Option<KindSet>,
    /// Of these organisations and those below them.
    pub orgs: Option<Vec<OrgId>>,
    /// So many of each organisation stay behind.
    pub reserve: Option<u32>,
    /// Under blue light.
    pub urgent: Option<bool>,
    /// How long it takes to set up, seconds.
    pub set_up_s: Option<f64>,
    /// How many units hold a wide junction.
    pub wide: Option<u8>,
    /// How many times as many hold each ring.
    pub strength: Option<Vec<u8>>,
}

impl ForceAsk {
    /// As the engine knows it.
    ///
    /// # Errors
    /// A problem that names the field that is wrong.
    pub fn force(self) -> Result<Force, Problem> {
        let usual = Force::default();
        let set_up_ms = self.set_up_s.map(|seconds| ms("set_up_s", seconds, crate::engine::SPARE_S_MAX)).transpose()?;
        let force = Force {
            kinds: self.kinds.unwrap_or(usual.kinds),
            orgs: self.orgs.unwrap_or(usual.orgs),
            reserve: self.reserve.unwrap_or(usual.reserve),
            urgent: self.urgent.unwrap_or(usual.urgent),
            set_up_ms: set_up_ms.unwrap_or(usual.set_up_ms),
            wide: self.wide.unwrap_or(usual.wide),
            strength: self.strength.unwrap_or(usual.strength),
        };
        force.check().map_err(|error| wrong(&error))?;
        Ok(force)
    }
}

impl CordonAsk {
    /// Who is sought, and who may be sent.
    ///
    /// # Errors
    /// A problem that names the field that is wrong.
    pub fn hunt(&self, now: Timestamp) -> Result<(Hunt, Force), Problem> {
        let margin_s = self.margin_s.unwrap_or(MARGIN_S_DEFAULT);
        let hunt = Hunt {
            starts: self.starts.iter().map(|start| start.seen(now)).collect::<Result<_, _>>()?,
            suspect: self.suspect,
            faster: self.faster.unwrap_or_else(|| self.suspect.faster()),
            protect: self.protect.clone(),
            margin_ms: ms("margin_s", margin_s, crate::engine::SPARE_S_MAX)?,
        };
        hunt.check(now).map_err(|error| wrong(&error))?;
        let Self { kinds, orgs, reserve, urgent, set_up_s, wide, strength, .. } = self.clone();
        Ok((hunt, ForceAsk { kinds, orgs, reserve, urgent, set_up_s, wide, strength }.force()?))
    }

    /// What is to be planned, and how long that may take, milliseconds.
    ///
    /// # Errors
    /// A problem that names the field that is wrong.
    pub fn plan(&self, now: Timestamp) -> Result<(PlanAsk, u32), Problem> {
        let order_only = [("name", self.name.is_some()), ("objective", self.objective.is_some()), ("guards", self.guards.is_some())];
        if let Some((field, _)) = order_only.into_iter().find(|(_, given)| *given) {
            let detail = format!("{field} is of a cordon that is ordered, and this is a question: leave it out, or POST /v1/cordons");
            return Err(Problem::new(ProblemKind::Invalid, detail).field(field).expected("no such field"));
        }
        let (hunt, force) = self.hunt(now)?;
        let mut objectives = self.objectives.clone().unwrap_or_else(|| Objective::ALL.to_vec());
        objectives.sort_unstable();
        objectives.dedup();
        if objectives.is_empty() {
            return Err(Problem::out_of_range("objectives", "[]", "1 or more of fastest, tightest, fewest, balanced"));
        }
        let decide_ms = ms("decide_s", self.decide_s.unwrap_or(DECIDE_S_DEFAULT), crate::engine::SPARE_S_MAX)?;
        Ok((PlanAsk { hunt, force, objectives, rings: self.rings.unwrap_or(1), decide_ms }, budget(self.budget_ms)?))
    }
}

/// How long may be searched, milliseconds.
///
/// # Errors
/// A problem that names the field that is wrong.
pub fn budget(given: Option<u32>) -> Result<u32, Problem> {
    match given.unwrap_or(BUDGET_MS_DEFAULT) {
        ms if (1..=BUDGET_MS_MAX).contains(&ms) => Ok(ms),
        other => Err(Problem::out_of_range("budget_ms", &other.to_string(), &format!("milliseconds from 1 to {BUDGET_MS_MAX}"))),
    }
}

/// What is right, as the errors say it after the colon.
fn with_expected(problem: Problem, detail: &str) -> Problem {
    match detail.rsplit_once(": ") {
        Some((_, right)) => problem.expected(right),
        None => problem,
    }
}

/// The problem of what is asked for.
#[must_use]
pub fn wrong(error: &AskError) -> Problem {
    let kind = match error {
        AskError::NoRoad { .. }
        | AskError::NotGates
        | AskError::NoGates
        | AskError::NotSeparated
        | AskError::NothingProtected
        | AskError::Zone(_)
        | AskError::Outside(_)
        | AskError::Flies(_)
        | AskError::NoKinds
        | AskError::Organisation(_) => ProblemKind::Invalid,
        _ => ProblemKind::OutOfRange,
    };
    let detail = error.to_string();
    with_expected(Problem::new(kind, detail.clone()).field(error.field()), &detail)
}

/// The problem of who cannot be sent.
#[must_use]
pub fn cannot_send(error: &SendError) -> Problem {
    let kind = match error {
        SendError::Ask(error) => return wrong(error),
        SendError::NotFree { .. } | SendError::Ordered { .. } => ProblemKind::Conflict,
        _ => ProblemKind::Invalid,
    };
    let detail = error.to_string();
    with_expected(Problem::new(kind, detail.clone()).field(error.field()), &detail)
}

/// The problem of gates that cannot be closed.
#[must_use]
pub fn cannot_close(error: &RunError) -> Problem {
    if let RunError::Ask(error) = error {
        return wrong(error);
    }
    let detail = error.to_string();
    with_expected(Problem::new(ProblemKind::Conflict, detail.clone()).field("gates"), &detail)
}
