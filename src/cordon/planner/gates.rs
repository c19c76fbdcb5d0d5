//! Fixed junctions: who goes to which, the last as early as possible.

use super::{
    super::{Going, Unit},
    cheapest::Cheapest,
    matching::Matching,
    nearest::{NEVER, Nearest},
    work::{Budget, Meter, Stopped},
};
use crate::roads::JunctionNo;

/// One unit at one gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GateGuard {
    /// The gate.
    pub junction: JunctionNo,
    /// The unit's place in the units given.
    pub unit: u32,
    /// When it is ready there, milliseconds.
    pub unit_ms: u32,
}

/// Who closes which gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// When the last is ready: no other choice is earlier. 0 without gates.
    pub bottleneck_ms: u32,
    /// The sum of the times at which the guards are ready.
    pub total_ms: u64,
    /// By junction and unit.
    pub guards: Vec<GateGuard>,
    /// Whether no choice that is as early as this in the end has a lesser sum.
    pub optimal: bool,
}

/// Why gates cannot be closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatesError {
    /// Some gates have fewer units between them than they take.
    #[error(
        "gates {gates:?} take {needed} units together, but only {units} units can reach any of them: leave some gates out, or give more units"
    )]
    TooFew {
        /// The gates: junctions, in order.
        gates: Vec<JunctionNo>,
        /// How many units they take.
        needed: usize,
        /// How many units can reach one of them at all.
        units: usize,
    },
    /// The budget ran out before anything was found.
    #[error("the time ran out before the units near every gate were known: give more time, or fewer gates")]
    OutOfTime,
}

/// Closes gates, each with the units that it takes: the last of them is ready as early as possible, and of all ways to do that the sum of the
/// times is least; both exact. As many units are searched for from each gate as all gates take together: more cannot matter.
///
/// # Errors
/// When some gates are too many for the units that can reach them; when the budget runs out.
pub fn close_gates(goings: &[Going], units: &[Unit], gates: &[(JunctionNo, u8)], budget: &mut dyn Budget) -> Result<Closing, GatesError> {
    let mut meter = Meter::new(budget);
    let mut nearest = Nearest::default();
    let mut matching = Matching::default();
    nearest.begin(goings, units);
    matching.begin(units.len());
    let most = gates.iter().map(|(_, need)| usize::from(*need)).sum();
    let mut places = Vec::with_capacity(most);
    for (junction, need) in gates {
        let options = nearest.at(goings, *junction, most, NEVER - 1, &mut meter).map_err(|Stopped| GatesError::OutOfTime)?;
        for _ in 0..*need {
            matching.add(options);
            places.push(*junction);
        }
    }
    for place in 0..places.len() as u32 {
        if !matching.fill(place, NEVER) {
            return Err(too_few(&matching, &places));
        }
    }
    let bottleneck_ms = matching.bottleneck().unwrap_or_default();
    let in_time = meter.work(0).is_ok();
    if in_time {
        Cheapest::default().assign(&mut matching, units.len(), bottleneck_ms);
    }
    let mut guards: Vec<GateGuard> = (0..)
        .zip(&places)
        .filter_map(|(place, junction)| {
            matching.holder(place).map(|ready| GateGuard { junction: *junction, unit: ready.unit, unit_ms: ready.ms })
        })
        .collect();
    guards.sort_unstable();
    let total_ms = guards.iter().map(|guard| u64::from(guard.unit_ms)).sum();
    Ok(Closing { bottleneck_ms, total_ms, guards, optimal: in_time })
}

fn too_few(matching: &Matching, places: &[JunctionNo]) -> GatesError {
    let stuck = matching.stuck();
    let mut gates: Vec<JunctionNo> = stuck.iter().filter_map(|place| places.get(*place as usize)).copied().collect();
    let mut units: Vec<u32> = stuck.iter().flat_map(|place| matching.options(*place)).map(|ready| ready.unit).collect();
    gates.sort_unstable();
    gates.dedup();
    units.sort_unstable();
    units.dedup();
    let needed = places.iter().filter(|gate| gates.binary_search(gate).is_ok()).count();
    GatesError::TooFew { gates, needed, units: units.len() }
}
