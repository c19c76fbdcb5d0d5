//! Drills: a scenario played against the simulated city, with the engine, the planner and the verifier that serve the real one.
//!
//! No sockets and no clock but its own: the same scenario, city and seed give the same drill, however fast it is played. Units patrol
//! as the simulator drives them ([`crate::sim::fleet`]); who is sent drives its route exact in time at the engine's paces; every second
//! those who were sent report, the others every so often, and all fixes go through [`crate::engine::Engine::fixes`]. Who is called is
//! who the engine says is there first; cordons are the planner's, and none is ordered that the verifier does not pass.
//!
//! # Rules
//! - He is **stopped** when he comes to a junction that is held: all the units that it takes stand there and have set up. One that is
//!   held later, he passes.
//! - He is stopped, too, when somebody who was sent to look for him or to hold a junction, and has moved off, is within `meets_m` of him
//!   on his stretch of road, or where he stands. Whoever goes to the scene goes to the scene, and
//!   who stands at a junction that is held stops him there. One who hides is not met.
//! - He is **out** when he is at a junction that the scenario protects and is not stopped there. Leaving the ring of a cordon that
//!   protects less breaks that cordon, and the drill goes on.
//! - What is known of him is the incident and the sightings, in the order in which they are reported. A sighting moves a cordon with a
//!   radius, and has one that no longer holds planned anew, as a unit does that is so late that he could be out first. Whoever is
//!   committed to a junction stays so or is released.

mod agenda;
#[cfg(test)]
mod chase;
mod cordons;
mod flight;
mod force;
mod journey;
mod map;
mod may_be;
mod orders;
mod page;
mod places;
mod play;
pub mod report;
pub mod scenario;
mod steps;
mod suspect;
mod tell;

use std::path::Path;

pub use page::html;
pub use report::Report;
pub use scenario::{Scenario, ScenarioError};

use crate::{
    city::{self, City, CityError},
    engine::{FoldError, OrganisationsError, Rejection},
    roads::{JunctionNo, RoadGraph},
};

/// Why a drill cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// The files of the city.
    #[error("{0}; give the folder of a city with --data")]
    City(#[from] CityError),
    /// The scenario.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The organisations of the city.
    #[error(transparent)]
    Organisations(#[from] OrganisationsError),
    /// The engine refuses a command.
    #[error("the engine refuses: {0}")]
    Rejected(#[from] Rejection),
    /// The engine cannot apply an event.
    #[error("the engine cannot go on: {0}")]
    Fold(#[from] FoldError),
}

/// A city made ready for drills.
#[derive(Debug)]
pub struct Stage {
    city: City,
    graph: RoadGraph,
}

impl Stage {
    /// Reads a city.
    ///
    /// # Errors
    /// [`DrillError::City`].
    pub fn load(data: &Path) -> Result<Self, DrillError> {
        Ok(Self::new(city::load(data)?))
    }

    /// Of a city.
    #[must_use]
    pub fn new(city: City) -> Self {
        let graph = RoadGraph::new(&city.roads);
        Self { city, graph }
    }

    /// The junctions that a road leads to from one, whichever way it may be driven.
    fn neighbours(&self, junction: JunctionNo) -> impl Iterator<Item = JunctionNo> {
        self.graph.ways_out(junction).iter().filter_map(|link| self.graph.junction(link.node))
    }

    /// Plays a scenario; `tell` is given each event when it happens.
    ///
    /// # Errors
    /// [`DrillError`] when the scenario does not fit the city, naming the field.
    pub fn play(&self, scenario: &Scenario, seed: u64, tell: &mut dyn FnMut(&report::Event)) -> Result<Report, DrillError> {
        play::play(self, scenario, seed, tell)
    }
}
