//! How strong the rings of a cordon are: how many units each takes, and how many it has.

use std::collections::{BTreeMap, BTreeSet};

use super::{Force, GateState, Ground};
use crate::{cordon::need_times, engine::SeenWorld, roads::JunctionNo};

/// How strong a ring is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strength {
    /// Which, the innermost being 1.
    pub ring: u8,
    /// How many units it is to have.
    pub asked: usize,
    /// How many are there, or come in time.
    pub have: usize,
    /// How many of those are there.
    pub held: usize,
}

impl SeenWorld<'_> {
    /// How strong each ring is, the innermost first, from what ring and junction each guard is of and how it stands. Its junctions ask for
    /// what `force` says; without one, where gates are closed against nobody, for as many as were sent.
    #[must_use]
    pub fn strength(&self, ground: &mut Ground, force: Option<&Force>, guards: &[(u8, JunctionNo, GateState)]) -> Vec<Strength> {
        let needs = force.map(|force| (force, ground.needs(self.roads(), force.wide)));
        let mut rings = BTreeMap::<u8, (Strength, BTreeSet<JunctionNo>)>::new();
        for (ring, junction, state) in guards {
            let none = Strength { ring: *ring, asked: 0, have: 0, held: 0 };
            let (strength, junctions) = rings.entry(*ring).or_insert_with(|| (none, BTreeSet::new()));
            strength.have += usize::from(matches!(state, GateState::Coming | GateState::Held));
            strength.held += usize::from(*state == GateState::Held);
            strength.asked += match &needs {
                Some((force, needs)) if junctions.insert(*junction) => {
                    let need = needs.get(*junction as usize).copied().unwrap_or(1);
                    need_times(need, force.times(*ring)).into()
                }
                Some(_) => 0,
                None => 1,
            };
        }
        rings.into_values().map(|(strength, _)| strength).collect()
    }
}
