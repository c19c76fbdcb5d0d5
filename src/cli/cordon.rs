//! `citygate cordon`: plans for any town, units and incident that somebody has as files.

use std::{cell::Cell, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Subcommand};

use super::{
    EXIT_IMPOSSIBLE, EXIT_NOTHING_FOUND,
    town::{PATIENCE, TownArguments, TownError, over, print, seconds, speed},
};
use crate::{
    cordon::{Ask, Impossible, NEED_MAX, Objective, Plan, Planner, Scene, Verified, is_escape},
    instance::{Incident, JUNCTIONS_MAX, Movement, Teller},
    telemetry,
};

/// The longest that may be looked, milliseconds.
const BUDGET_MS_MAX: u64 = 3_600_000;

/// What to do about cordons.
#[derive(Debug, Subcommand)]
pub enum CordonCommand {
    /// Plan which units hold which junctions, so that a suspect cannot get out, whatever he does.
    Plan(Box<PlanArguments>),
}

/// What `cordon plan` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "All seconds of the answer are counted from now, when the units are ordered; the suspect left his junction --head-start-s before. \
He may wait, turn and wander; a unit that is ready when he comes, or before, stops him. Times are whole milliseconds a road: his rounded down, ours up.\n\n\
The answer is JSON: a plan for each objective (fastest, tightest, fewest, balanced), none of which is shown before it has been verified. `value` is what \
its objective counts, `bound` what no plan can be below: seconds until closed, junctions enclosed, units, or the price of units and junctions together; \
`optimal` where both are equal. `impossible` is null, or a way out on which he is before every unit (why: escape) or that stays \
open however the units are shared out (too_few_units); `partial` is then what can be closed all the same, with the ways out that are left, the earliest \
first: past its guards he comes to as few protected junctions as could be found, and of equals to the first of them as late; `routes` are ways out side by side.\n\n\
Exit code: 0 with a plan, 2 when what was given is wrong, 3 when it is proved that there is no plan, 4 when nothing was found or proved in time."
)]
pub struct PlanArguments {
    #[command(flatten)]
    town: TownArguments,
    /// What he must not reach: CSV, `junction[,need]`. He has escaped when he comes to one of these that is not held in time.
    #[arg(long, value_name = "FILE")]
    protect: PathBuf,
    /// How many units hold a junction, where that is not 1: CSV, `junction,need`; 0 where nobody can.
    #[arg(long, value_name = "FILE")]
    needs: Option<PathBuf>,
    /// The junction that the suspect was at; given several times, he may have been at any.
    #[arg(long, value_name = "JUNCTION", required = true)]
    at: Vec<String>,
    /// How long ago that was.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    head_start_s: f64,
    /// How fast he is, on every road without a time of its own.
    #[arg(long, value_name = "M/S", default_value_t = 16.67, value_parser = speed, allow_negative_numbers = true)]
    suspect_speed_mps: f64,
    /// One-way streets do not hold him.
    #[arg(long)]
    suspect_any_way: bool,
    /// A unit is to be ready so long before he comes.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = seconds, allow_negative_numbers = true)]
    margin_s: f64,
    /// How long is looked for better plans and proofs; until there is any plan or the proof that there is none, up to a minute.
    #[arg(long, value_name = "MS", default_value_t = 250, value_parser = clap::value_parser!(u64).range(..=BUDGET_MS_MAX))]
    budget_ms: u64,
    /// How long HiGHS then looks for better plans than those that are not proved to be the best.
    #[cfg(feature = "highs")]
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = seconds, allow_negative_numbers = true)]
    improve_s: f64,
}

/// Runs the command.
///
/// # Errors
/// [`TownError`] names the file, the line, the value and what is right.
pub fn run(CordonCommand::Plan(arguments): CordonCommand) -> Result<ExitCode, TownError> {
    telemetry::start_log("warn", telemetry::LogFormat::Text)?;
    let (town, units) = arguments.town.read()?;
    let needs = arguments.needs.as_deref().map_or(Ok(Vec::new()), |file| town.held(file, "needs", JUNCTIONS_MAX, 0..=NEED_MAX))?;
    let incident = Incident {
        at: &town.at(&arguments.at)?,
        head_start_s: arguments.head_start_s,
        movement: Movement { speed_mps: arguments.suspect_speed_mps, one_way_holds: !arguments.suspect_any_way },
        protected: &town.held(&arguments.protect, "protected junctions", JUNCTIONS_MAX, 0..=NEED_MAX)?,
        needs: &needs,
        margin_s: arguments.margin_s,
    };
    let (scene, ordered_ms) = town.scene(&units, arguments.town.order(), &incident);
    let ask = Ask { objectives: Objective::ALL.to_vec(), unit_price: None };
    let (is_over, is_hopeless, is_found) = (over(Duration::from_millis(arguments.budget_ms)), over(PATIENCE), Cell::new(false));
    let mut budget = || is_over() && (is_found.get() || is_hopeless());
    #[cfg_attr(not(feature = "highs"), expect(unused_mut, reason = "HiGHS betters it"))]
    let mut answer = Planner::new().plan(&scene, &ask, &mut budget, &mut |_| is_found.set(true));
    #[cfg(feature = "highs")]
    if arguments.improve_s > 0.0 {
        let (begun, time) = (std::time::Instant::now(), Duration::from_secs_f64(arguments.improve_s));
        crate::cordon::Mip::default().improve(&scene, &mut answer.plans, &mut || time.saturating_sub(begun.elapsed()));
    }
    let plans = verified(&scene, answer.plans);
    let impossible = answer.impossible.filter(|impossible| is_true(&scene, impossible));
    print(&Teller { town: &town, units: &units, ordered_ms }.plans(&plans, impossible.as_ref(), answer.partial.as_ref(), &answer.routes))?;
    Ok(match impossible {
        _ if !plans.is_empty() => ExitCode::SUCCESS,
        Some(_) => ExitCode::from(EXIT_IMPOSSIBLE),
        None => ExitCode::from(EXIT_NOTHING_FOUND),
    })
}

/// The plans that the verifier passes: all, unless there is a fault in the planner.
fn verified(scene: &Scene, plans: Vec<Plan>) -> Vec<Verified> {
    let passed = |plan| Verified::new(scene, plan).inspect_err(|error| tracing::error!(%error, "a plan is not shown")).ok();
    plans.into_iter().filter_map(passed).collect()
}

/// Whether a way out is one.
fn is_true(scene: &Scene, impossible: &Impossible) -> bool {
    match impossible {
        Impossible::Escape(way) => is_escape(scene, way),
        Impossible::TooFew(_) => true,
    }
}
