//! The checks of one report against its own past and the server's clock.

use serde::{Deserialize, Serialize};

use super::{Datum, Refusal, RefusalReason, Report};
use crate::{
    geodesy::{LatLng, PositionError, gcj02, haversine_m},
    model::{Fix, Timestamp},
};

/// Speeds above this are no speeds, metres a second: the fastest aircraft of a force is far slower.
const SPEED_MPS_MAX: f64 = 400.0;
/// Errors above this tell of no position, metres.
const ACCURACY_M_MAX: f64 = 100_000.0;
/// So many fixes in a row that agree with each other but not with the past: the past was wrong.
const AGREEING_MAX: u8 = 3;

/// The limits of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckLimits {
    /// A fix further ahead of the server's clock is refused, seconds.
    pub future_s_max: u32,
    /// An older fix is refused, seconds.
    pub age_s_max: u32,
    /// Nothing on the ground is faster, metres a second.
    pub ground_mps_max: f64,
    /// Nothing in the air is faster, metres a second.
    pub air_mps_max: f64,
    /// So far apart two fixes may be whatever the time between them: satellites err, metres.
    pub jump_slack_m: f64,
}

impl Default for CheckLimits {
    fn default() -> Self {
        Self { future_s_max: 60, age_s_max: 3_600, ground_mps_max: 80.0, air_mps_max: 120.0, jump_slack_m: 200.0 }
    }
}

/// What is remembered of one source.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Track {
    last: Option<(LatLng, Timestamp)>,
    /// Where it claims to be though it cannot have come there, and how many fixes agree.
    elsewhere: Option<(LatLng, Timestamp, u8)>,
}

fn refuse(reason: RefusalReason, field: &'static str, detail: String) -> Refusal {
    Refusal { reason, field, detail }
}

fn in_range(value: Option<f64>, field: &'static str, max: f64, right: &str) -> Result<Option<f32>, Refusal> {
    match value {
        Some(value) if !(0.0..=max).contains(&value) => {
            Err(refuse(RefusalReason::OutOfRange, field, format!("{value} is out of range: give {right}")))
        }
        value => Ok(value.map(|value| value as f32)),
    }
}

/// Ranges and datum: what can be said of a report by itself.
fn parse(report: &Report) -> Result<Fix, Refusal> {
    let at = LatLng::new(report.lat_deg, report.lng_deg).map_err(|error| {
        let field = if matches!(error, PositionError::Latitude(_)) { "lat" } else { "lon" };
        refuse(RefusalReason::OutOfRange, field, error.to_string())
    })?;
    let at = match report.datum {
        Datum::Wgs84 => at,
        Datum::Gcj02 => gcj02::to_wgs84(at),
    };
    // Terminals that have no position yet send zeros.
    if report.lat_deg == 0.0 && report.lng_deg == 0.0 {
        return Err(refuse(
            RefusalReason::NoPosition,
            "lat",
            "0, 0 is what a device sends that has no position: send none until it has one".into(),
        ));
    }
    let speed_mps = in_range(report.speed_mps, "speed_mps", SPEED_MPS_MAX, "metres a second, 0 to 400")?;
    let heading_deg = in_range(report.heading_deg, "heading_deg", 360.0, "degrees clockwise from north, 0 to 360")?.map(|deg| deg % 360.0);
    let accuracy_m = in_range(report.accuracy_m, "accuracy_m", ACCURACY_M_MAX, "metres, 0 to 100000")?;
    Ok(Fix { at, time: report.time, speed_mps, heading_deg, accuracy_m })
}

impl Track {
    /// Checks a report; a good one becomes the past. About 0.1 us.
    pub(super) fn check(&mut self, report: &Report, flies: bool, limits: &CheckLimits, now: Timestamp) -> Result<Fix, Refusal> {
        let fix = parse(report)?;
        let ahead_ms = fix.time.ms_since(now);
        if ahead_ms > i64::from(limits.future_s_max) * 1_000 {
            let detail = format!(
                "{} is {} s ahead of the server's clock ({now}): at most {} s; set the device's clock",
                fix.time,
                ahead_ms / 1_000,
                limits.future_s_max
            );
            return Err(refuse(RefusalReason::Future, "time", detail));
        }
        if -ahead_ms > i64::from(limits.age_s_max) * 1_000 {
            let detail =
                format!("{} is {} s behind the server's clock ({now}): at most {} s", fix.time, -ahead_ms / 1_000, limits.age_s_max);
            return Err(refuse(RefusalReason::TooOld, "time", detail));
        }
        if let Some((at, time)) = self.last {
            if fix.time == time {
                return Err(refuse(RefusalReason::Repeated, "time", format!("a fix of {time} was sent before: each once")));
            }
            if fix.time < time {
                return Err(refuse(
                    RefusalReason::Late,
                    "time",
                    format!("{} is before {time}, which was sent already: in order of time", fix.time),
                ));
            }
            let mps_max = if flies { limits.air_mps_max } else { limits.ground_mps_max };
            if !reaches(at, time, &fix, mps_max, limits.jump_slack_m) && !self.believes(&fix, mps_max, limits.jump_slack_m) {
                let detail = format!(
                    "[{}, {}] is {:.0} m from the last fix, {:.1} s before: more than {mps_max} m/s",
                    fix.at.lat_deg(),
                    fix.at.lng_deg(),
                    haversine_m(at, fix.at),
                    fix.time.ms_since(time) as f64 / 1_000.0
                );
                return Err(refuse(RefusalReason::ImpossibleJump, "lat", detail));
            }
        }
        self.last = Some((fix.at, fix.time));
        self.elsewhere = None;
        Ok(fix)
    }

    /// Counts fixes that agree with each other elsewhere; after a few the past was wrong.
    fn believes(&mut self, fix: &Fix, mps_max: f64, slack_m: f64) -> bool {
        let agreeing = match self.elsewhere {
            Some((at, time, count)) if fix.time > time && reaches(at, time, fix, mps_max, slack_m) => count + 1,
            _ => 1,
        };
        self.elsewhere = Some((fix.at, fix.time, agreeing));
        agreeing >= AGREEING_MAX
    }
}

fn reaches(from: LatLng, time: Timestamp, fix: &Fix, mps_max: f64, slack_m: f64) -> bool {
    haversine_m(from, fix.at) <= fix.time.ms_since(time) as f64 / 1_000.0 * mps_max + slack_m
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_764_000_000_000);

    fn report(ms: i64) -> Report {
        Report {
            lat_deg: 22.8,
            lng_deg: 108.3,
            datum: Datum::Wgs84,
            time: NOW.plus_ms(ms),
            speed_mps: None,
            heading_deg: None,
            accuracy_m: None,
        }
    }

    fn check(track: &mut Track, report: &Report) -> Result<Fix, RefusalReason> {
        track.check(report, false, &CheckLimits::default(), NOW).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn clocks_are_checked_at_the_limit() {
        let once = |ms| check(&mut Track::default(), &report(ms)).map(|_| ());
        assert_eq!(
            [once(60_000), once(60_001), once(-3_600_000), once(-3_600_001)],
            [Ok(()), Err(RefusalReason::Future), Ok(()), Err(RefusalReason::TooOld)]
        );
    }

    #[test]
    fn repeated_and_late_fixes_are_told_apart_and_lose_nothing() {
        let mut track = Track::default();
        assert!(check(&mut track, &report(-1_000)).is_ok());
        assert_eq!(check(&mut track, &report(-1_000)), Err(RefusalReason::Repeated));
        assert_eq!(check(&mut track, &report(-2_000)), Err(RefusalReason::Late));
        assert!(check(&mut track, &report(0)).is_ok());
    }

    #[test]
    fn a_jump_is_refused_until_it_is_believed() {
        let mut track = Track::default();
        let away = |ms| Report { lat_deg: 23.8, ..report(ms) };
        assert!(check(&mut track, &report(0)).is_ok());
        assert_eq!(check(&mut track, &away(1_000)), Err(RefusalReason::ImpossibleJump));
        assert!(check(&mut track, &report(2_000)).is_ok(), "one wild fix changes nothing");
        assert_eq!(check(&mut track, &away(3_000)), Err(RefusalReason::ImpossibleJump));
        assert_eq!(check(&mut track, &away(4_000)), Err(RefusalReason::ImpossibleJump));
        assert!(check(&mut track, &away(5_000)).is_ok(), "the third that agrees is believed");
        assert!(check(&mut track, &away(6_000)).is_ok());
    }

    #[test]
    fn the_limit_of_a_jump_is_the_speed_and_the_slack() {
        let limits = CheckLimits::default();
        let from = LatLng::new(22.8, 108.3).unwrap();
        let moved = |metres: f64, flies| {
            let mut track = Track::default();
            track.check(&report(0), flies, &limits, NOW).unwrap();
            let to = from.offset(metres, 90.0);
            track.check(&Report { lat_deg: to.lat_deg(), lng_deg: to.lng_deg(), ..report(10_000) }, flies, &limits, NOW).is_ok()
        };
        assert!(moved(999.0, false) && !moved(1_001.0, false) && moved(1_399.0, true) && !moved(1_401.0, true));
    }

    #[test]
    fn fields_out_of_range_are_named() {
        let field = |report: Report| Track::default().check(&report, false, &CheckLimits::default(), NOW).unwrap_err().field;
        assert_eq!(field(Report { lat_deg: 91.0, ..report(0) }), "lat");
        assert_eq!(field(Report { lng_deg: f64::NAN, ..report(0) }), "lon");
        assert_eq!(field(Report { speed_mps: Some(-1.0), ..report(0) }), "speed_mps");
        assert_eq!(field(Report { heading_deg: Some(360.5), ..report(0) }), "heading_deg");
        assert_eq!(field(Report { accuracy_m: Some(f64::INFINITY), ..report(0) }), "accuracy_m");
        let fix = Track::default().check(&Report { heading_deg: Some(360.0), ..report(0) }, false, &CheckLimits::default(), NOW).unwrap();
        assert_eq!(fix.heading_deg, Some(0.0));
    }

    #[test]
    fn gcj02_is_turned_to_wgs84() {
        let wgs = LatLng::new(22.8, 108.3).unwrap();
        let gcj = gcj02::from_wgs84(wgs);
        let report = Report { lat_deg: gcj.lat_deg(), lng_deg: gcj.lng_deg(), datum: Datum::Gcj02, ..report(0) };
        let fix = Track::default().check(&report, false, &CheckLimits::default(), NOW).unwrap();
        assert!(haversine_m(fix.at, wgs) < 0.5);
        assert!(haversine_m(gcj, wgs) > 100.0);
    }
}
