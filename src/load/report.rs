//! What a load came to: a table for people, JSON for programs.

use std::fmt;

use hdrhistogram::{CreationError, Histogram};
use serde::Serialize;

use super::Over;

/// The slowest that is told apart, nanoseconds: ten minutes.
const SLOWEST_NS: u64 = 600_000_000_000;

/// A histogram of nanoseconds with three digits. Some 250 kB.
///
/// # Errors
/// None for these bounds.
pub fn histogram() -> Result<Histogram<u64>, CreationError> {
    Histogram::new_with_bounds(1, SLOWEST_NS, 3)
}

/// Latencies, microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    /// Half are faster.
    pub p50_us: f64,
    /// Nine in ten are faster.
    pub p90_us: f64,
    /// 99 in 100 are faster.
    pub p99_us: f64,
    /// 999 in 1,000 are faster.
    pub p999_us: f64,
    /// The slowest.
    pub max_us: f64,
    /// How many there are.
    pub count: u64,
}

impl Quantiles {
    /// The figures of a histogram of nanoseconds; `None` when it is empty.
    #[must_use]
    pub fn of(latency: &Histogram<u64>) -> Option<Self> {
        let us = |share: f64| latency.value_at_quantile(share) as f64 / 1e3;
        (!latency.is_empty()).then(|| Self {
            p50_us: us(0.5),
            p90_us: us(0.9),
            p99_us: us(0.99),
            p999_us: us(0.999),
            max_us: latency.max() as f64 / 1e3,
            count: latency.len(),
        })
    }
}

/// What became of the fixes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixReport {
    /// How many a second were to be sent; `None` flat out.
    pub planned_per_s: Option<f64>,
    /// How many a second were accepted in the window.
    pub per_s: f64,
    /// Accepted, the warm-up included.
    pub accepted: u64,
    /// Refused, the warm-up included.
    pub refused: u64,
    /// Due in the window and not sent, since the server did not take what came before.
    pub missed: u64,
    /// Due in the window and not answered within three seconds of its end.
    pub unanswered: u64,
    /// What the first refusal said.
    pub first_refusal: Option<String>,
    /// From the moment that a batch was due to its acknowledgement.
    pub latency: Option<Quantiles>,
}

/// What became of one kind of question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuestionReport {
    /// Which.
    pub question: &'static str,
    /// How many a second were to be asked; `None` flat out.
    pub planned_per_s: Option<f64>,
    /// How many a second were answered.
    pub per_s: f64,
    /// Answered otherwise than 200.
    pub failed: u64,
    /// What the first failure said.
    pub first_failure: Option<String>,
    /// From the moment that a question was due to its answer.
    pub latency: Option<Quantiles>,
}

/// What a process took in the window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Taken {
    /// Processor time as a share of one core: 0.15 is 15 %.
    pub cpu_of_one_core: f64,
    /// The part of it that is spent in the kernel.
    pub cpu_in_kernel: f64,
    /// All of it, by fixes accepted, microseconds; `None` without fixes.
    pub cpu_us_per_fix: Option<f64>,
    /// Memory when the window closed, MiB.
    pub rss_mib: f64,
}

/// What a load came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The length of the window, seconds.
    pub window_s: f64,
    /// How many units reported.
    pub units: usize,
    /// Of them, how many were registered for it.
    pub registered: usize,
    /// How questions travelled.
    pub over: Over,
    /// Fixes, where any were asked for.
    pub fixes: Option<FixReport>,
    /// Each kind of question that was asked.
    pub questions: Vec<QuestionReport>,
    /// The server, when its process was named.
    pub server: Option<Taken>,
    /// This program.
    pub client: Taken,
}

/// A row of the table.
fn row(f: &mut fmt::Formatter<'_>, name: &str, planned: Option<f64>, per_s: f64, bad: u64, latency: Option<&Quantiles>) -> fmt::Result {
    let planned = planned.map_or_else(|| "flat out".to_owned(), |per_s| format!("{per_s:.0}"));
    write!(f, "\n{name:<10} {planned:>10} {per_s:>10.0} {bad:>8}")?;
    match latency {
        Some(Quantiles { p50_us, p90_us, p99_us, p999_us, max_us, .. }) => {
            write!(f, " {p50_us:>10.1} {p90_us:>10.1} {p99_us:>10.1} {p999_us:>10.1} {max_us:>10.1}")
        }
        None => write!(f, " {:>10}", "none"),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { window_s, units, registered, fixes, questions, server, client, .. } = self;
        let over = match self.over {
            Over::Http => "HTTP",
            Over::Websocket => "the WebSocket",
        };
        write!(f, "window     {window_s:.1} s, {units} units ({registered} registered for it), questions over {over}")?;
        write!(f, "\n{:<10} {:>10} {:>10} {:>8}", "", "planned/s", "done/s", "bad")?;
        write!(f, " {:>10} {:>10} {:>10} {:>10} {:>10}", "p50 us", "p90 us", "p99 us", "p99.9 us", "max us")?;
        if let Some(fixes) = fixes {
            let bad = fixes.refused + fixes.missed + fixes.unanswered;
            row(f, "fixes", fixes.planned_per_s, fixes.per_s, bad, fixes.latency.as_ref())?;
        }
        for question in questions {
            row(f, question.question, question.planned_per_s, question.per_s, question.failed, question.latency.as_ref())?;
        }
        for (name, taken) in [("server", server.as_ref()), ("client", Some(client))] {
            let Some(Taken { cpu_of_one_core, cpu_in_kernel, cpu_us_per_fix, rss_mib }) = taken else { continue };
            let (all, kernel) = (cpu_of_one_core * 100.0, cpu_in_kernel * 100.0);
            write!(f, "\n{name:<10} {all:.1} % of one core ({kernel:.1} % in the kernel)")?;
            if let Some(us) = cpu_us_per_fix {
                write!(f, ", {us:.3} us a fix")?;
            }
            write!(f, ", {rss_mib:.1} MiB")?;
        }
        if let Some(FixReport { refused, missed, unanswered, first_refusal, .. }) = fixes.as_ref() {
            write!(f, "\nfixes      {refused} refused, {missed} missed, {unanswered} unanswered")?;
            if let Some(first) = first_refusal {
                write!(f, "; the first refusal: {first}")?;
            }
        }
        for QuestionReport { question, first_failure, .. } in questions {
            if let Some(first) = first_failure {
                write!(f, "\n{question:<10} the first failure: {first}")?;
            }
        }
        Ok(())
    }
}
