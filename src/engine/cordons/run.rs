//! Closing the gates of a standing plan.

use super::{AskError, Force, GatePlan, Ground, Post, force::Fielded, scene::Staged};
use crate::{
    cordon::{Budget, GatesError, close_gates, ready_ms},
    engine::SeenWorld,
    model::{Timestamp, UnitId, UnitNo},
    roads::JunctionNo,
};

/// Why gates cannot be closed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RunError {
    /// What is asked for is wrong.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// There is no way to share out the units, or none was found.
    #[error(transparent)]
    Gates(#[from] GatesError),
    /// The roads are others than when it was laid down.
    #[error("no gate of the plan is on the roads: lay it down anew")]
    OffRoads,
}

impl SeenWorld<'_> {
    /// Who closes which gate of a plan: those whose duty it is where they are free, and for the other places those who are free, so that the last
    /// is there as early as possible, and then all together.
    ///
    /// # Errors
    /// [`RunError`] when the units do not suffice, or the time.
    pub fn close(
        &self,
        ground: &mut Ground,
        plan: &GatePlan,
        force: &Force,
        now: Timestamp,
        budget: &mut dyn Budget,
    ) -> Result<Vec<Post>, RunError> {
        force.check()?;
        let roads = self.roads();
        ground.renew(roads);
        let fielded = self.fielded(force, None, now)?;
        let mut staged = Staged::without_suspect(self.world, ground, force.wide, now);
        staged.add_all(roads, ground, force, &fielded, 0);
        let (mut posts, mut open) = (Vec::new(), Vec::<(JunctionNo, u8)>::new());
        let mut on_duty: Vec<u32> = Vec::new();
        for (junction, gate) in plan.junctions(roads) {
            let own = gate.unit.as_ref().and_then(|unit| place_of(self, &fielded, unit));
            let ready = own.and_then(|place| Some((place, ready_ms(&staged.scene, place, junction)?)));
            if let Some((place, ms)) = ready {
                on_duty.push(place);
                posts.extend(self.post(&staged, junction, place, ms));
            }
            let need = gate.need.saturating_sub(u8::from(ready.is_some()));
            if need > 0 {
                open.push((junction, need));
            }
        }
        if posts.is_empty() && open.is_empty() {
            return Err(RunError::OffRoads);
        }
        // The others, without those on duty: a place that nobody can begin from is nobody's.
        for place in on_duty {
            if let Some(unit) = staged.scene.units.get_mut(place as usize) {
                unit.entries = [None, None];
            }
        }
        let closing = close_gates(&staged.scene.goings, &staged.scene.units, &open, budget)?;
        posts.extend(closing.guards.iter().filter_map(|guard| self.post(&staged, guard.junction, guard.unit, guard.unit_ms)));
        posts.sort_by(|a, b| (a.junction, &a.unit).cmp(&(b.junction, &b.unit)));
        Ok(posts)
    }

    fn post(&self, staged: &Staged, junction: JunctionNo, place: u32, ready_ms: u32) -> Option<Post> {
        let unit = self.unit_by_no(staged.unit(place)?)?.spec.id;
        let at = self.roads().network.junctions().get(junction as usize)?;
        let gate = self.world.gate_at(junction).map(|gate| gate.id.clone());
        Some(Post { junction, at, place: self.world.junction_name(junction), gate, ring: 1, unit, due: staged.instant(ready_ms) })
    }
}

/// The place of a unit among those who may be sent.
fn place_of(world: &SeenWorld<'_>, fielded: &[Fielded], id: &UnitId) -> Option<u32> {
    let no: UnitNo = world.unit(id)?.no;
    (0..).zip(fielded).find(|(_, fielded)| fielded.unit == no).map(|(place, _)| place)
}
