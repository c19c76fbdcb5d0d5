//! One load, from the first look at the server to the report.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    thread::{self, ScopedJoinHandle},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{
    FixReport, LoadError, Options, Quantiles, QuestionReport, Report,
    asker::{self, Asked, Asker},
    drive::{Driven, Pace, drive},
    fixes::{FixBatches, Gateway},
    fleet::{Bounds, Fleet},
    pin::pin,
    report::{Taken, histogram},
    units,
    window::{Window, wake_on_time},
};
use crate::sim::probe::{ProcessError, ProcessSample};

/// How often the progress is shown.
const LOOK: Duration = Duration::from_millis(200);

/// Looks a server up.
fn address(flag: &'static str, value: &str) -> Result<SocketAddr, LoadError> {
    let bare = value.strip_prefix("http://").unwrap_or(value).trim_end_matches('/');
    let wrong = |why: String| LoadError::Range { flag, value: value.to_owned(), expected: format!("host:port ({why})") };
    let mut found = bare.to_socket_addrs().map_err(|error| wrong(error.to_string()))?;
    found.next().ok_or_else(|| wrong("no such host".to_owned()))
}

/// A bar on standard error, where somebody looks.
fn bar(length: u64, what: &'static str) -> ProgressBar {
    let form = "{msg:<12} {wide_bar} {pos}/{len} {eta}";
    let style = ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style).with_message(what)
}

/// Everything that is ready to be sent.
struct Fixes {
    streams: Vec<std::net::TcpStream>,
    batches: FixBatches,
    pace: Pace,
}

/// Runs a load. Blocks until it is over.
///
/// # Errors
/// [`LoadError`]; also when nothing came through.
pub fn run(options: &Options) -> Result<Report, LoadError> {
    options.check()?;
    let (http, gateway) = (address("--http", &options.http)?, address("--gateway", &options.gateway)?);
    options.server_pid.map(ProcessSample::take).transpose()?;
    let city = units::city(http, options.token.as_deref())?;
    let bounds = Bounds::new(city.bbox);
    let (fixes, registered) = match options.fixes_per_s > 0.0 {
        true => prepare(options, http, gateway, &city, bounds).map(|(fixes, registered)| (Some(fixes), registered))?,
        false => (None, 0),
    };
    if let Some(core) = options.pin_core {
        for process in options.server_pid.into_iter().chain([std::process::id()]) {
            pin(process, &[core]).map_err(|source| ProcessError::Read { pid: process, source })?;
        }
    }
    let askers = askers(options, http, bounds);
    let window = Window::new(options.warm_up_s, options.seconds);
    thread::scope(|scope| {
        let driver = fixes.map(|Fixes { streams, mut batches, pace }| {
            let drive = move || {
                wake_on_time();
                let driven = drive(streams, &mut batches, pace, &window)?;
                Ok((driven, batches))
            };
            scope.spawn(drive)
        });
        let asking: Vec<_> = askers.iter().map(|asker| (asker, scope.spawn(move || asker::ask(asker, &window)))).collect();
        let taken = watch(options, &window)?;
        let driven = driver.map(join).transpose()?;
        let mut questions = Vec::new();
        for (kind, per_s) in options.questions.iter().filter(|(_, per_s)| *per_s > 0.0) {
            questions.push((*kind, *per_s, Asked { answered: 0, failed: 0, first_failure: None, latency: histogram()? }));
        }
        for (asker, thread) in asking {
            let asked = join(thread)?;
            if let Some((.., all)) = questions.iter_mut().find(|(kind, ..)| *kind == asker.kind) {
                all.answered += asked.answered;
                all.failed += asked.failed;
                all.first_failure = all.first_failure.take().or(asked.first_failure);
                // Of the same bounds and digits.
                let _fits = all.latency.add(&asked.latency);
            }
        }
        let per_s = |count: u64| count as f64 / window.seconds();
        let questions: Vec<_> = questions
            .into_iter()
            .map(|(kind, planned, asked)| QuestionReport {
                question: kind.as_str(),
                planned_per_s: (!options.flat_out).then_some(planned),
                per_s: per_s(asked.answered),
                failed: asked.failed,
                first_failure: asked.first_failure,
                latency: Quantiles::of(&asked.latency),
            })
            .collect();
        let fixes = driven.map(|(driven, batches)| fix_report(options, &driven, batches, &window));
        if fixes.as_ref().is_none_or(|fixes| fixes.accepted == 0) && questions.iter().all(|question| question.per_s == 0.0) {
            return Err(LoadError::Nothing);
        }
        let fixes_per_s = fixes.as_ref().map(|fixes| fixes.per_s);
        let (client, server) = taken;
        let units = if fixes.is_some() { options.units } else { 0 };
        let taken = |(from, to)| taken_between(from, to, fixes_per_s);
        let (client, server) = (taken(client), server.map(taken));
        Ok(Report { window_s: window.seconds(), units, registered, over: options.over, fixes, questions, server, client })
    })
}

fn join<T>(thread: ScopedJoinHandle<'_, Result<T, LoadError>>) -> Result<T, LoadError> {
    thread.join().unwrap_or(Err(LoadError::Thread))
}

/// Opens the connections of fixes and sees to it that the server knows all units.
fn prepare(
    options: &Options,
    http: SocketAddr,
    gateway: SocketAddr,
    city: &units::City,
    bounds: Bounds,
) -> Result<(Fixes, usize), LoadError> {
    let Options { units, connections, batch, fixes_per_s, flat_out, in_flight, seed, .. } = *options;
    let (mut streams, mut fleets, mut first, mut registered) = (Vec::new(), Vec::new(), 0, 0);
    for line in 0..connections {
        // The rest of the division goes to the first ones.
        let count = units / connections + usize::from(line < units % connections);
        let mut door = Gateway::open(gateway, options.token.as_deref())?;
        let unknown = door.name(first, count)?;
        if !unknown.is_empty() {
            let progress = bar(unknown.len() as u64, "registering");
            units::register(http, options.token.as_deref(), city, &unknown, || progress.inc(1))?;
            progress.finish_and_clear();
            registered += unknown.len();
            if let Some(still) = door.name(first, count)?.first() {
                return Err(LoadError::Unit { unit: units::id(*still)?.to_string(), why: "it is registered and not known".to_owned() });
            }
        }
        streams.push(door.into_stream());
        fleets.push(Fleet::new(first..first + count, &bounds, seed));
        first += count;
    }
    let batches = FixBatches::new(fleets, batch);
    let pace = if flat_out { Pace::FlatOut(in_flight) } else { Pace::Steady(fixes_per_s / batch as f64) };
    Ok((Fixes { streams, batches, pace }, registered))
}

fn askers(options: &Options, http: SocketAddr, bounds: Bounds) -> Vec<Asker> {
    let asked = options.questions.iter().filter(|(_, per_s)| *per_s > 0.0);
    let of_kind = |(kind, per_s): &(super::Kind, f64)| {
        let (kind, per_s) = (*kind, (!options.flat_out).then_some(per_s / options.askers as f64));
        (0..options.askers as u64).map(move |n| Asker {
            http,
            token: options.token.clone(),
            kind,
            over: options.over,
            per_s,
            bounds,
            seed: options.seed + 1_000 + n,
        })
    };
    asked.flat_map(of_kind).collect()
}

type Between = (ProcessSample, ProcessSample);

/// Shows the progress, and looks at both processes when the window opens and closes.
fn watch(options: &Options, window: &Window) -> Result<(Between, Option<Between>), LoadError> {
    let progress = bar((window.closes - window.starts).as_millis() as u64, "running");
    let sample = |at: Instant| {
        while Instant::now() < at {
            thread::sleep(LOOK.min(at.saturating_duration_since(Instant::now())));
            progress.set_position(window.starts.elapsed().as_millis() as u64);
        }
        let server = options.server_pid.map(ProcessSample::take).transpose()?;
        Ok::<_, LoadError>((ProcessSample::take(std::process::id())?, server))
    };
    let (opened, closed) = (sample(window.opens)?, sample(window.closes)?);
    progress.finish_and_clear();
    Ok(((opened.0, closed.0), opened.1.zip(closed.1)))
}

fn taken_between(from: ProcessSample, to: ProcessSample, fixes_per_s: Option<f64>) -> Taken {
    let wall_s = to.at.duration_since(from.at).as_secs_f64();
    let (user_s, kernel_s) = (to.user_s - from.user_s, to.kernel_s - from.kernel_s);
    let cpu_of_one_core = (user_s + kernel_s) / wall_s;
    let cpu_us_per_fix = fixes_per_s.filter(|per_s| *per_s > 0.0).map(|per_s| cpu_of_one_core * 1e6 / per_s);
    Taken { cpu_of_one_core, cpu_in_kernel: kernel_s / wall_s, cpu_us_per_fix, rss_mib: to.rss_mib }
}

fn fix_report(options: &Options, driven: &Driven, batches: FixBatches, window: &Window) -> FixReport {
    let fixes = |count: u64| count * options.batch as u64;
    FixReport {
        planned_per_s: (!options.flat_out).then_some(options.fixes_per_s),
        per_s: driven.accepted as f64 / window.seconds(),
        accepted: batches.accepted,
        refused: batches.refused,
        missed: fixes(driven.missed),
        unanswered: fixes(driven.unanswered),
        first_refusal: batches.first_refusal,
        latency: Quantiles::of(&driven.latency),
    }
}
