//! A cordon that runs: whether it still holds after a change, and the least change that makes it hold again.
//!
//! | file | what |
//! |---|---|
//! | `mod` | the changes, and whether it holds |
//! | `mend` | who takes the place of whom, or which junctions take the place of which |
//! | `near` | what lies around the gates that do not hold |
//! | `fill` | units for places that are open |
//!
//! # Why a late unit costs a look
//! While every junction that is posted stops him, when he comes to each depends on where they are and not on who holds them. That walk
//! is made once; whoever is in time for it, however late, changes nothing. Only when somebody is not does he walk again.

mod fill;
mod mend;
mod near;

use std::collections::BTreeMap;

use super::{
    super::{Entry, Guard, Plan, Scene, Unit},
    flow::Flow,
    ground::{Ground, SpotNo},
    nearest::{NEVER, Nearest},
    readiness::Readiness,
    walk::Walk,
    work::Meter,
};
use crate::roads::JunctionNo;
use fill::Fill;

/// What becomes of a cordon after changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// It holds as it is.
    Holds,
    /// It holds with this. Everybody who is in time stays where he is, as [`Running::repair`] says; whoever is late is let go. Its objective
    /// is the fewest units, of which nothing is proved.
    Kept(Plan),
    /// Not with everybody who is in time where he is, or that was not found: what it should be is for the planner to say, from nothing.
    Beyond,
}

/// A cordon that runs, and all that is known of it, so that a change costs what it changes.
#[derive(Debug)]
pub struct Running {
    scene: Scene,
    /// Those who come, with when they are ready.
    guards: Vec<Guard>,
    /// The junctions that the plan holds, those besides that cannot be held any more.
    posted: Vec<JunctionNo>,
    /// Of those who hold nothing.
    readiness: Readiness,
    ground: Ground,
    /// While every posted junction stops him.
    closed: Walk,
    /// As it is.
    open: Walk,
    flow: Flow,
    fill: Fill,
    /// For one unit at a time.
    own: Nearest,
    /// Whether `readiness` and `ground` are true of those who hold nothing.
    is_fielded: bool,
    /// Whether `ground` is true of where he may be.
    is_grounded: bool,
    /// Whether `closed` is true; then whether he gets out of it.
    leaks: Option<bool>,
    holds: Option<bool>,
}

impl Running {
    /// A cordon whose guards are these, and everybody else is free. What it knows it finds out when it is first asked: some milliseconds
    /// in a city.
    #[must_use]
    pub fn new(scene: Scene, guards: &[Guard]) -> Self {
        let mut posted: Vec<JunctionNo> = guards.iter().map(|guard| guard.junction).collect();
        posted.sort_unstable();
        posted.dedup();
        Self {
            scene,
            guards: guards.to_vec(),
            posted,
            readiness: Readiness::default(),
            ground: Ground::default(),
            closed: Walk::default(),
            open: Walk::default(),
            flow: Flow::default(),
            fill: Fill::default(),
            own: Nearest::default(),
            is_fielded: false,
            is_grounded: false,
            leaks: None,
            holds: None,
        }
    }

    /// The scene after all changes.
    #[must_use]
    pub const fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Those who come, after all changes, each with when it is ready.
    #[must_use]
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }

    /// A unit begins elsewhere, later or sooner than was known. One search from its junction to it where it is a guard; otherwise the free
    /// units are looked at anew when one is needed.
    pub fn unit_late(&mut self, unit: u32, entries: [Option<Entry>; 2]) {
        let Some(of) = self.scene.units.get_mut(unit as usize).filter(|of| of.entries != entries) else { return };
        of.entries = entries;
        let of = *of;
        let Some(place) = self.guards.iter().position(|guard| guard.unit == unit) else {
            self.is_fielded = false;
            return;
        };
        let Some(guard) = self.guards.get(place).copied() else { return };
        match self.ready_ms(of, guard.junction) {
            Some(unit_ms) => {
                if let Some(guard) = self.guards.get_mut(place) {
                    guard.unit_ms = unit_ms;
                }
            }
            None => {
                self.guards.remove(place);
            }
        }
        self.holds = None;
    }

    /// A unit does not come, nor can it be sent anywhere.
    pub fn unit_lost(&mut self, unit: u32) {
        self.unit_late(unit, [None, None]);
    }

    /// A junction cannot be held. Its guards are free, unless they are lost too.
    pub fn junction_lost(&mut self, junction: JunctionNo) {
        if let Some(need) = std::sync::Arc::make_mut(&mut self.scene.needs).get_mut(junction as usize) {
            *need = 0;
        }
        let guards = self.guards.len();
        self.guards.retain(|guard| guard.junction != junction);
        self.is_fielded &= self.guards.len() == guards;
        self.holds = None;
    }

    /// He was seen: he may be there, and from then on.
    pub fn sighted(&mut self, starts: Vec<Entry>) {
        self.scene.starts = starts;
        self.is_grounded = false;
        (self.leaks, self.holds) = (None, None);
    }

    /// Whether he cannot get out past those who come, as the verifier says. A look where all who are posted are in time; else a walk, some
    /// 50 ns a junction that he can be at.
    pub fn holds(&mut self) -> bool {
        if let Some(holds) = self.holds {
            return holds;
        }
        let holds = self.is_somewhere() && !self.leaks_closed() && (self.red().is_empty() || !self.leaks_open());
        self.holds = Some(holds);
        holds
    }

    /// Whether he starts anywhere.
    fn is_somewhere(&self) -> bool {
        let is_there = |entry: &Entry| (entry.point as usize) < self.scene.junctions();
        !self.scene.starts.is_empty() && self.scene.starts.iter().all(is_there)
    }

    /// When a unit is ready at a junction.
    fn ready_ms(&mut self, unit: Unit, junction: JunctionNo) -> Option<u32> {
        self.own.begin(&self.scene.goings, &[unit]);
        let first = self.own.at(&self.scene.goings, junction, 1, NEVER - 1, &mut Meter::new(&mut || false)).ok()?;
        first.first().map(|ready| ready.ms)
    }

    /// Finds out what is not known of the free units, and of where he can be.
    fn survey(&mut self, are_units_wanted: bool) {
        let mut never = || false;
        let meter = &mut Meter::new(&mut never);
        if !self.is_fielded && (are_units_wanted || !self.is_grounded) {
            let mut free = self.scene.units.clone();
            for guard in &self.guards {
                if let Some(unit) = free.get_mut(guard.unit as usize) {
                    unit.entries = [None, None];
                }
            }
            let all = std::mem::replace(&mut self.scene.units, free);
            self.readiness.begin(&self.scene);
            // Without a limit nothing stops.
            self.is_fielded = self.readiness.all(&self.scene, meter).is_ok();
            self.scene.units = all;
            self.is_grounded = false;
        }
        if !self.is_grounded {
            self.is_grounded = self.ground.begin(&self.scene, &mut self.readiness, meter).is_ok();
            self.leaks = None;
        }
    }

    /// Whether he gets out though every posted junction stops him.
    fn leaks_closed(&mut self) -> bool {
        self.survey(false);
        if let Some(leaks) = self.leaks {
            return leaks;
        }
        let ground = &self.ground;
        let mut posted = vec![false; ground.spots().len()];
        for spot in self.posted.iter().filter_map(|junction| ground.spot_of(*junction)) {
            if let Some(posted) = posted.get_mut(spot as usize) {
                *posted = true;
            }
        }
        let is_posted = |spot: SpotNo| posted.get(spot as usize).copied().unwrap_or_default();
        let is_out = |spot: SpotNo| ground.spot(spot).is_some_and(|spot| spot.is_protected);
        // He goes on elsewhere when he is out, so that all times are known.
        let walked = self.closed.run(ground, &mut Meter::new(&mut || false), |spot, _| is_posted(spot) || is_out(spot));
        let leaks = walked.is_err() || self.closed.walls.iter().any(|(spot, _)| is_out(*spot) && !is_posted(*spot));
        self.leaks = Some(leaks);
        leaks
    }

    /// Whether he gets out past those who come.
    fn leaks_open(&mut self) -> bool {
        let (red, due_ms) = (self.red(), self.due_ms(&self.guards));
        let past = red.iter().filter_map(|(junction, ms)| Some((self.ground.spot_of(*junction)?, *ms)));
        self.open.go_on(&self.ground, &self.closed, past, |spot, ms| stops(&due_ms, spot, ms));
        self.open.leak.is_some()
    }

    /// From when on some guards hold junctions, those who are enough for that.
    fn held_ms(&self, guards: &[Guard]) -> BTreeMap<JunctionNo, u32> {
        let mut times = BTreeMap::<JunctionNo, Vec<u32>>::new();
        for guard in guards {
            times.entry(guard.junction).or_default().push(guard.unit_ms);
        }
        let last = |(junction, mut times): (JunctionNo, Vec<u32>)| {
            times.sort_unstable();
            Some((junction, *times.get(self.scene.need(junction).checked_sub(1)?)?))
        };
        times.into_iter().filter_map(last).collect()
    }

    /// By spot: from when on some guards stop him there.
    fn due_ms(&self, guards: &[Guard]) -> Vec<u32> {
        let mut due_ms = vec![NEVER; self.ground.spots().len()];
        for (junction, held_ms) in self.held_ms(guards) {
            if let Some(slot) = self.ground.spot_of(junction).and_then(|spot| due_ms.get_mut(spot as usize)) {
                *slot = held_ms.saturating_add(self.scene.margin_ms);
            }
        }
        due_ms
    }

    /// The posted junctions to which he comes too soon though all others stop him, and when.
    fn red(&self) -> BTreeMap<JunctionNo, u32> {
        let held_ms = self.held_ms(&self.guards);
        let red = |junction: &JunctionNo| {
            let ms = self.closed.ms(self.ground.spot_of(*junction)?)?;
            let is_late = held_ms.get(junction).is_none_or(|held_ms| held_ms.saturating_add(self.scene.margin_ms) > ms);
            is_late.then_some((*junction, ms))
        };
        self.posted.iter().filter_map(red).collect()
    }
}

fn stops(due_ms: &[u32], spot: SpotNo, ms: u32) -> bool {
    due_ms.get(spot as usize).is_some_and(|due_ms| *due_ms <= ms && *due_ms < NEVER)
}
