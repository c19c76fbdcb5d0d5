//! The numbers of a scenario: parsed within their limits, and what they are when they are left out.

use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, de::Error};

use super::{CALL_UNITS_MAX, STEPS_MAX};
use crate::cordon::NEED_MAX;

/// The longest time of a scenario, seconds.
const SECONDS_MAX: f64 = 86_400.0;

fn within<E: Error>(value: f64, range: RangeInclusive<f64>, unit: &str) -> Result<f64, E> {
    if range.contains(&value) {
        return Ok(value);
    }
    Err(E::custom(format_args!("{value} is out of range: give {unit} from {} to {}", range.start(), range.end())))
}

fn seconds<E: Error>(value: f64) -> Result<i64, E> {
    within(value, 0.0..=SECONDS_MAX, "seconds").map(|seconds| (seconds * 1_000.0).round() as i64)
}

/// Seconds, as milliseconds.
pub(super) fn ms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    seconds(f64::deserialize(deserializer)?)
}

/// Seconds, or nothing.
pub(super) fn maybe_ms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Option::<f64>::deserialize(deserializer)?.map(seconds).transpose()
}

/// From so many seconds to so many.
pub(super) fn span_s<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[i64; 2], D::Error> {
    let [least, most] = <[f64; 2]>::deserialize(deserializer)?;
    ordered(least, most)?;
    Ok([seconds(least)?, seconds(most)?])
}

/// From one factor to another.
pub(super) fn factors<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[f64; 2], D::Error> {
    let [least, most] = <[f64; 2]>::deserialize(deserializer)?;
    ordered(least, most)?;
    Ok([within(least, 0.5..=5.0, "factors")?, within(most, 0.5..=5.0, "factors")?])
}

fn ordered<E: Error>(least: f64, most: f64) -> Result<(), E> {
    if least <= most { Ok(()) } else { Err(E::custom(format_args!("[{least}, {most}] is out of order: give the lesser first"))) }
}

/// How often a unit reports.
pub(super) fn period_s<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    within(i64::deserialize(deserializer)? as f64, 1.0..=30.0, "whole seconds").map(|seconds| seconds as i64)
}

/// From how near somebody is stopped.
pub(super) fn meet_m<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    within(f64::deserialize(deserializer)?, 0.0..=200.0, "metres")
}

/// A radius.
pub(super) fn radius_m<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Option::<f64>::deserialize(deserializer)?.map(|metres| within(metres, 100.0..=100_000.0, "metres")).transpose()
}

/// How many times as fast as everybody.
pub(super) fn faster<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    within(f64::deserialize(deserializer)?, 0.2..=5.0, "a factor")
}

/// How many units.
pub(super) fn units<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    within(u32::deserialize(deserializer)?.into(), 1.0..=CALL_UNITS_MAX as f64, "units").map(|units| units as usize)
}

/// How many units hold a junction.
pub(super) fn need<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    within(u32::deserialize(deserializer)?.into(), 1.0..=f64::from(NEED_MAX), "units").map(|units| units as u8)
}

/// A list that is not too long.
pub(super) fn few<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list = Vec::<T>::deserialize(deserializer)?;
    if list.len() > STEPS_MAX {
        return Err(D::Error::custom(format_args!("{} are too many: give {STEPS_MAX} at most", list.len())));
    }
    Ok(list)
}

pub(super) const fn report_s() -> i64 {
    10
}

pub(super) const fn as_reckoned() -> [f64; 2] {
    [1.0, 1.0]
}

pub(super) const fn meets_m() -> f64 {
    30.0
}

pub(super) const fn one() -> f64 {
    1.0
}

pub(super) const fn a_fifth() -> f64 {
    1.2
}

pub(super) const fn one_unit() -> usize {
    1
}

pub(super) const fn one_each() -> u8 {
    1
}

pub(super) const fn half_minute_ms() -> i64 {
    30_000
}

pub(super) const fn minute_ms() -> i64 {
    60_000
}

pub(super) const fn ten_minutes_ms() -> i64 {
    600_000
}
