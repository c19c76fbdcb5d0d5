//! A town, who stands where and what happened become what a cordon is planned from.

use std::sync::Arc;

use super::{Held, Town, UnitAt};
use crate::{
    cordon::{Entry, Going, Scene, Streets, Unit},
    roads::JunctionNo,
};

/// How somebody moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Movement {
    /// On every road without a time of its own.
    pub speed_mps: f64,
    /// Whether one-way streets hold.
    pub one_way_holds: bool,
}

/// What units do when they are ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Order {
    /// How they move.
    pub movement: Movement,
    /// What setting up takes once they are there, seconds.
    pub set_up_s: f64,
}

/// What happened, and what must not.
#[derive(Debug, Clone)]
pub struct Incident<'a> {
    /// Where the suspect was seen: any of these.
    pub at: &'a [JunctionNo],
    /// How long ago, seconds.
    pub head_start_s: f64,
    /// How he moves.
    pub movement: Movement,
    /// What he must not reach.
    pub protected: &'a [Held],
    /// How many units hold junctions that take not 1; what the protected say of theirs wins.
    pub needs: &'a [Held],
    /// A unit is ready so long before he comes, seconds.
    pub margin_s: f64,
}

/// What decimals and binary fractions may differ by, milliseconds.
const DUST_MS: f64 = 1e-6;

/// Milliseconds, up to the next whole one.
fn up_ms(seconds: f64) -> u32 {
    (seconds * 1_000.0 - DUST_MS).ceil() as u32
}

/// Milliseconds, down to the next whole one.
fn down_ms(seconds: f64) -> u32 {
    (seconds * 1_000.0 + DUST_MS).floor() as u32
}

impl Town {
    /// The roads as somebody goes them, each for what `ms` makes of its seconds.
    fn streets(&self, movement: Movement, ms: fn(f64) -> u32) -> Arc<Streets> {
        let steps = self.roads.iter().flat_map(move |road| {
            let ([from, to], ms) = (road.ends, ms(road.time_s.unwrap_or(road.length_m / movement.speed_mps)));
            let back = !(road.one_way && movement.one_way_holds);
            [Some((from, to, ms)), back.then_some((to, from, ms))].into_iter().flatten()
        });
        Arc::new(Streets::new(self.len(), steps))
    }

    /// How units go.
    #[must_use]
    pub fn going(&self, movement: Movement) -> Going {
        Going { streets: self.streets(movement, up_ms), extra: Arc::default() }
    }

    /// Units as they are ordered at `ordered_ms` of the clock. What takes part of a millisecond takes the whole.
    #[must_use]
    pub fn ordered(units: &[UnitAt], set_up_s: f64, ordered_ms: u32) -> Vec<Unit> {
        let ms = ordered_ms.saturating_add(up_ms(set_up_s));
        let unit =
            |(n, unit): (usize, &UnitAt)| Unit { who: n as u32, going: 0, entries: [Some(Entry { point: unit.junction, ms }), None] };
        units.iter().enumerate().map(unit).collect()
    }

    /// The scene, whose clock begins when the suspect was seen, and when the units are ordered on it, milliseconds.
    #[must_use]
    pub fn scene(&self, units: &[UnitAt], order: Order, incident: &Incident<'_>) -> (Scene, u32) {
        let ordered_ms = up_ms(incident.head_start_s);
        let (mut needs, mut protected) = (vec![1; self.len()], vec![false; self.len()]);
        for held in incident.needs.iter().chain(incident.protected) {
            if let (Some(slot), Some(need)) = (needs.get_mut(held.junction as usize), held.need) {
                *slot = need;
            }
        }
        for held in incident.protected {
            if let Some(slot) = protected.get_mut(held.junction as usize) {
                *slot = true;
            }
        }
        let scene = Scene {
            suspect: self.streets(incident.movement, down_ms),
            starts: incident.at.iter().map(|at| Entry { point: *at, ms: 0 }).collect(),
            protected,
            needs: needs.into(),
            weights: vec![1; self.len()].into(),
            goings: vec![self.going(order.movement)],
            units: Self::ordered(units, order.set_up_s, ordered_ms),
            margin_ms: up_ms(incident.margin_s),
        };
        (scene, ordered_ms)
    }
}
