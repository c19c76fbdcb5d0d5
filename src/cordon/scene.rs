//! All that a plan is made from, and checked against.

use std::sync::Arc;

use super::{PointNo, Streets};
use crate::roads::JunctionNo;

/// The most units that one junction takes.
pub const NEED_MAX: u8 = 8;

/// How some of the units go. Its points are nodes, each of which is of a junction; without banned turns the nodes are the junctions.
#[derive(Debug, Clone)]
pub struct Going {
    /// The steps, with what each takes now.
    pub streets: Arc<Streets>,
    /// The junctions of the points after the last junction: point `junctions + n` is of junction `extra[n]`.
    pub extra: Arc<[JunctionNo]>,
}

/// Where a unit may begin, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The point.
    pub point: PointNo,
    /// When it is ready there, on the scene's clock: when it is ordered, its time to move off and along the edge that it stands on,
    /// and what it takes to set up where it is going, milliseconds.
    pub ms: u32,
}

/// Somebody who may hold a junction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// The caller's number of it.
    pub who: u32,
    /// The place in [`Scene::goings`] of how it goes.
    pub going: u8,
    /// Where it may begin: the ends of its edge, or the point that it stands at.
    pub entries: [Option<Entry>; 2],
}

/// Roads, suspect, units, and what must be protected. The clock begins when the suspect was seen, in milliseconds: he may be anywhere that
/// he can reach by then. Junctions are 0 to `suspect.len() - 1`.
///
/// # What holds
/// A junction is held from when the last of the units that it takes is ready there. It stops him when he comes to it then or later, the
/// margin subtracted: `held + margin <= he comes`. He may go anywhere, wait, and turn; what is held stays so, so that the earliest he
/// can be anywhere is also the worst. He has escaped when he comes to a protected junction that does not stop him, be it his first.
#[derive(Debug, Clone)]
pub struct Scene {
    /// How he goes: no step takes him less.
    pub suspect: Arc<Streets>,
    /// Where he may be, and from when on: one place, the two ends of an edge, or several sightings.
    pub starts: Vec<Entry>,
    /// By junction: whether it must be protected from him.
    pub protected: Vec<bool>,
    /// By junction: how many units hold it, [`NEED_MAX`] at most; 0 where nobody can.
    pub needs: Arc<[u8]>,
    /// By junction: what it costs that it is enclosed with him, for plans that weigh this against units (metres of road, people, or 1).
    pub weights: Arc<[u32]>,
    /// How units go.
    pub goings: Vec<Going>,
    /// Who may be used.
    pub units: Vec<Unit>,
    /// A unit is ready so long before he comes, milliseconds.
    pub margin_ms: u32,
}

impl Scene {
    /// How many junctions there are.
    #[must_use]
    pub fn junctions(&self) -> usize {
        self.suspect.len()
    }

    /// Whether a junction must be protected.
    #[must_use]
    pub fn is_protected(&self, junction: JunctionNo) -> bool {
        self.protected.get(junction as usize).copied().unwrap_or_default()
    }

    /// The same with so many times the units at each junction.
    #[must_use]
    pub fn times(&self, strength: u8) -> Self {
        Self { needs: self.needs.iter().map(|need| need_times(*need, strength)).collect(), ..self.clone() }
    }

    /// How many units hold a junction; 0 where nobody can.
    #[must_use]
    pub fn need(&self, junction: JunctionNo) -> usize {
        self.needs.get(junction as usize).map_or(0, |need| usize::from(*need))
    }
}

/// So many times the units that a junction takes, [`NEED_MAX`] at most.
#[must_use]
pub fn need_times(need: u8, strength: u8) -> u8 {
    need.saturating_mul(strength.max(1)).min(NEED_MAX)
}

impl Going {
    /// The junction that a point is of.
    #[must_use]
    pub fn junction(&self, point: PointNo) -> Option<JunctionNo> {
        let junctions = self.streets.len().checked_sub(self.extra.len())?;
        match (point as usize).checked_sub(junctions) {
            None => Some(point),
            Some(extra) => self.extra.get(extra).copied(),
        }
    }
}
