//! The checks of one report against its own past and the server's clock.

use serde::{Deserialize, Serialize};

use super::{Datum, Refusal, RefusalReason, Report};
use crate::{
    geodesy::{EARTH_RADIUS_M, LatLng, PositionError, gcj02, haversine_m},
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

/// What is remembered of one source. Small: a table of many thousands is walked at random, once a fix.
#[derive(Debug, Clone)]
pub(super) struct Track {
    /// The last good fix; before the first it is so long ago that everything can be reached from there.
    at: LatLng,
    time: Timestamp,
    /// Where it claims to be though it cannot have come there: rare, so apart.
    elsewhere: Option<Box<Elsewhere>>,
}

/// The last fix that was not believed, and how many agree with it.
#[derive(Debug, Clone)]
struct Elsewhere {
    at: LatLng,
    time: Timestamp,
    agreeing: u8,
}

impl Default for Track {
    fn default() -> Self {
        Self { at: LatLng::default(), time: Timestamp::from_unix_ms(i64::MIN), elsewhere: None }
    }
}

#[cold]
fn refuse(reason: RefusalReason, field: &'static str, detail: String) -> Refusal {
    Refusal { reason, field, detail }
}

#[inline]
fn in_range(value: Option<f64>, field: &'static str, max: f64, right: &str) -> Result<Option<f32>, Refusal> {
    match value {
        Some(value) if !(0.0..=max).contains(&value) => Err(out_of_range(value, field, right)),
        value => Ok(value.map(|value| value as f32)),
    }
}

#[cold]
fn out_of_range(value: f64, field: &'static str, right: &str) -> Refusal {
    refuse(RefusalReason::OutOfRange, field, format!("{value} is out of range: give {right}"))
}

#[cold]
fn no_place(error: PositionError) -> Refusal {
    let field = if matches!(error, PositionError::Latitude(_)) { "lat" } else { "lon" };
    refuse(RefusalReason::OutOfRange, field, error.to_string())
}

/// Ranges and datum: what can be said of a report by itself.
#[inline]
fn parse(report: &Report) -> Result<Fix, Refusal> {
    let at = LatLng::new(report.lat_deg, report.lng_deg).map_err(no_place)?;
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
    let heading_deg = in_range(report.heading_deg, "heading_deg", 360.0, "degrees clockwise from north, 0 to 360")?;
    let accuracy_m = in_range(report.accuracy_m, "accuracy_m", ACCURACY_M_MAX, "metres, 0 to 100000")?;
    // Within f32, 359.999999 is 360 too.
    let heading_deg = heading_deg.map(|deg| if deg >= 360.0 { 0.0 } else { deg });
    Ok(Fix { at, time: report.time, speed_mps, heading_deg, accuracy_m })
}

impl Track {
    /// Checks a report; a good one becomes the past. About 20 ns, and 0.1 us for a jump.
    #[inline]
    pub(super) fn check(&mut self, report: &Report, flies: bool, limits: &CheckLimits, now: Timestamp) -> Result<Fix, Refusal> {
        let fix = parse(report)?;
        let ahead_ms = fix.time.ms_since(now);
        if ahead_ms > i64::from(limits.future_s_max) * 1_000 || ahead_ms < -i64::from(limits.age_s_max) * 1_000 {
            return Err(wrong_clock(fix.time, limits, now));
        }
        let (at, time) = (self.at, self.time);
        if fix.time <= time {
            return Err(not_newer(fix.time, time));
        }
        let mps_max = if flies { limits.air_mps_max } else { limits.ground_mps_max };
        if !reaches(at, time, &fix, mps_max, limits.jump_slack_m) && !self.believes(&fix, mps_max, limits.jump_slack_m) {
            return Err(jump(at, time, &fix, mps_max));
        }
        (self.at, self.time) = (fix.at, fix.time);
        self.elsewhere = None;
        Ok(fix)
    }

    /// Counts fixes that agree with each other elsewhere; after a few the past was wrong.
    #[cold]
    fn believes(&mut self, fix: &Fix, mps_max: f64, slack_m: f64) -> bool {
        let agreeing = match &self.elsewhere {
            Some(other) if fix.time > other.time && reaches(other.at, other.time, fix, mps_max, slack_m) => other.agreeing + 1,
            _ => 1,
        };
        self.elsewhere = Some(Box::new(Elsewhere { at: fix.at, time: fix.time, agreeing }));
        agreeing >= AGREEING_MAX
    }
}

#[cold]
fn wrong_clock(time: Timestamp, limits: &CheckLimits, now: Timestamp) -> Refusal {
    let ahead_ms = time.ms_since(now);
    if ahead_ms > 0 {
        let (ahead_s, most_s) = (ahead_ms / 1_000, limits.future_s_max);
        let detail = format!("{time} is {ahead_s} s ahead of the server's clock ({now}): at most {most_s} s; set the device's clock");
        return refuse(RefusalReason::Future, "time", detail);
    }
    let (behind_s, most_s) = (ahead_ms.saturating_neg() / 1_000, limits.age_s_max);
    refuse(RefusalReason::TooOld, "time", format!("{time} is {behind_s} s behind the server's clock ({now}): at most {most_s} s"))
}

#[cold]
fn not_newer(time: Timestamp, last: Timestamp) -> Refusal {
    if time == last {
        return refuse(RefusalReason::Repeated, "time", format!("a fix of {last} was sent before: each once"));
    }
    refuse(RefusalReason::Late, "time", format!("{time} is before {last}, which was sent already: in order of time"))
}

#[cold]
fn jump(from: LatLng, time: Timestamp, fix: &Fix, mps_max: f64) -> Refusal {
    let detail = format!(
        "[{}, {}] is {:.0} m from the last fix, {:.1} s before: more than {mps_max} m/s",
        fix.at.lat_deg(),
        fix.at.lng_deg(),
        haversine_m(from, fix.at),
        fix.time.ms_since(time) as f64 / 1_000.0
    );
    refuse(RefusalReason::ImpossibleJump, "lat", detail)
}

/// Whether a fix lies within what a speed allows since another. Most do by far: the way along the meridian and then along
/// the equator's degrees is never shorter than the great circle, and costs no sine.
#[inline]
fn reaches(from: LatLng, time: Timestamp, fix: &Fix, mps_max: f64, slack_m: f64) -> bool {
    let reach_m = fix.time.ms_since(time) as f64 / 1_000.0 * mps_max + slack_m;
    detour_m(from, fix.at) <= reach_m || haversine_m(from, fix.at) <= reach_m
}

/// Never less than [`haversine_m`], for next to nothing.
#[inline]
fn detour_m(a: LatLng, b: LatLng) -> f64 {
    /// A degree of the meridian, and a millionth more than what rounding could take from the haversine.
    const DEGREE_M: f64 = EARTH_RADIUS_M * std::f64::consts::PI / 180.0 * (1.0 + 1e-6);
    ((b.lat_deg() - a.lat_deg()).abs() + (b.lng_deg() - a.lng_deg()).abs()) * DEGREE_M
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_detour_is_never_shorter(lat in -90.0..=90.0f64, lng in -180.0..=180.0f64, away in -1e-3..1e-3f64, aside in -1e-3..1e-3f64, far in prop::bool::ANY) {
            let from = LatLng::new(lat, lng).unwrap();
            let scale = if far { 1e5 } else { 1.0 };
            let to = LatLng::new((lat + away * scale).clamp(-90.0, 90.0), (lng + aside * scale).clamp(-180.0, 180.0)).unwrap();
            prop_assert!(detour_m(from, to) >= haversine_m(from, to));
            prop_assert!(detour_m(from, from) == 0.0);
        }
    }

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
