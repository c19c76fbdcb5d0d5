//! The streets that scenes are made from: made once, and anew when what the roads cost changes.

use std::sync::Arc;

use super::Suspect;
use crate::{
    cordon::{Going, NEED_MAX, Streets, going, suspect_streets},
    engine::Roads,
    roads::{Costs, RoadClass, Travel},
};

/// How many suspects' streets are kept: each is some 40 bytes an edge.
const SUSPECTS_MAX: usize = 8;

/// Streets of suspects and units, needs and weights of junctions. Empty until asked; each asked for first costs a pass over the roads.
#[derive(Debug, Default)]
pub struct Ground {
    /// Those that `goings` were made with.
    costs: Costs,
    goings: Vec<(Travel, Going)>,
    /// The last asked for comes last.
    suspects: Vec<(Suspect, f64, Arc<Streets>)>,
    needs: Vec<(u8, Arc<[u8]>)>,
    weights: Option<Arc<[u32]>>,
}

impl Ground {
    /// Forgets what jams and closures have changed since. Linear in the roads, some 0.2 ms for the sample city.
    pub fn renew(&mut self, roads: &Roads) {
        let costs = roads.costs();
        let is_known = self.costs.of(Travel::Car).len() == costs.of(Travel::Car).len() && self.costs.changes() == costs.changes();
        if !is_known {
            self.costs = costs.clone();
            self.goings.clear();
        }
    }

    /// What drives cost at the last [`Ground::renew`].
    #[must_use]
    pub const fn costs(&self) -> &Costs {
        &self.costs
    }

    /// How units go who travel so.
    pub fn going(&mut self, roads: &Roads, travel: Travel) -> Going {
        if let Some((_, going)) = self.goings.iter().find(|(known, _)| *known == travel) {
            return going.clone();
        }
        let made = going(&roads.graph, &self.costs, travel);
        self.goings.push((travel, made.clone()));
        made
    }

    /// How a suspect goes who outruns the paces by so much.
    pub fn suspect(&mut self, roads: &Roads, suspect: Suspect, faster: f64) -> Arc<Streets> {
        let is_it = |(known, by, _): &(Suspect, f64, _)| *known == suspect && by.to_bits() == faster.to_bits();
        let known = self.suspects.iter().position(is_it).map(|place| self.suspects.remove(place));
        let kept = known.unwrap_or_else(|| {
            let streets = suspect_streets(&roads.network, &roads.costs(), suspect.travel(), faster);
            (suspect, faster, Arc::new(streets))
        });
        if self.suspects.len() >= SUSPECTS_MAX {
            self.suspects.remove(0);
        }
        let streets = kept.2.clone();
        self.suspects.push(kept);
        streets
    }

    /// How many units hold each junction: `wide` where a ring road or a motorway runs, one elsewhere.
    pub fn needs(&mut self, roads: &Roads, wide: u8) -> Arc<[u8]> {
        if let Some((_, needs)) = self.needs.iter().find(|(known, _)| *known == wide) {
            return needs.clone();
        }
        let mut needs = vec![1; roads.network.junctions().len()];
        for edge in roads.network.edges().iter().filter(|edge| matches!(edge.class, RoadClass::Ring | RoadClass::Motorway)) {
            for end in [edge.from, edge.to] {
                if let Some(need) = needs.get_mut(end as usize) {
                    *need = wide.clamp(1, NEED_MAX);
                }
            }
        }
        let needs: Arc<[u8]> = needs.into();
        self.needs.push((wide, needs.clone()));
        needs
    }

    /// The metres of road that belong to each junction: half of every edge that ends there.
    pub fn weights(&mut self, roads: &Roads) -> Arc<[u32]> {
        self.weights.get_or_insert_with(|| weights(roads)).clone()
    }
}

fn weights(roads: &Roads) -> Arc<[u32]> {
    let mut halves_m = vec![0.0; roads.network.junctions().len()];
    for (edge, no) in roads.network.edges().iter().zip(0..) {
        let half_m = roads.network.length_m(no).unwrap_or_default() / 2.0;
        for end in [edge.from, edge.to] {
            if let Some(sum) = halves_m.get_mut(end as usize) {
                *sum += half_m;
            }
        }
    }
    // Conversions saturate.
    halves_m.into_iter().map(|sum: f64| sum.round() as u32).collect()
}
