//! From junctions chosen to a plan: who holds them, and whether he is stopped.

use super::{
    super::{Guard, NEED_MAX, Scene},
    best::Draft,
    cheapest::Cheapest,
    ground::{Ground, NONE, SpotNo},
    matching::Matching,
    nearest::{NEVER, Ready},
    readiness::Readiness,
    walk::Walk,
    work::{Meter, Stopped},
};
use crate::roads::JunctionNo;

/// How many units are listed for a place at first.
const LISTED: usize = 6;

/// The units listed for a place: the first so many that are ready by a time; [`NONE`] when that is all of them.
#[derive(Debug, Clone, Copy)]
struct Listed {
    junction: JunctionNo,
    limit_ms: u32,
    most: u32,
}

/// A unit that holds a spot, from when on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) spot: SpotNo,
    pub(super) unit: u32,
    pub(super) ms: u32,
}

/// The scene with what is known of it, and the scratch that every search uses.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) readiness: Readiness,
    pub(super) ground: Ground,
    pub(super) walk: Walk,
    pub(super) matching: Matching,
    /// The spot of each place of the matching.
    pub(super) places: Vec<SpotNo>,
    /// By place: which units were listed.
    lists: Vec<Listed>,
    /// The places that nobody was left for.
    pub(super) unmanned: Vec<u32>,
    /// Spots that are too many for the units that are in time for them, as few as were met.
    pub(super) stuck: Vec<SpotNo>,
    cheapest: Cheapest,
    /// By spot: chosen, while a walk runs.
    is_chosen: Vec<bool>,
    /// By spot: when it stops him, while a plan is checked.
    due_ms: Vec<u32>,
}

impl Board {
    /// Begins with a scene whose readiness has begun.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn begin(&mut self, scene: &Scene, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        self.ground.begin(scene, &mut self.readiness, meter)?;
        self.is_chosen.clear();
        self.is_chosen.resize(self.ground.spots().len(), false);
        self.due_ms.clear();
        self.due_ms.resize(self.ground.spots().len(), NEVER);
        Ok(())
    }

    /// The walk with some spots held from the beginning.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn walk_with(&mut self, chosen: &[SpotNo], meter: &mut Meter<'_>) -> Result<(), Stopped> {
        self.choose(chosen, true);
        let is_chosen = &self.is_chosen;
        let walked = self.walk.run(&self.ground, meter, |spot, _| is_chosen.get(spot as usize).copied().unwrap_or_default());
        self.choose(chosen, false);
        walked
    }

    fn choose(&mut self, chosen: &[SpotNo], is: bool) {
        for spot in chosen {
            if let Some(slot) = self.is_chosen.get_mut(*spot as usize) {
                *slot = is;
            }
        }
    }

    /// Lists for each of some spots, at which he is then, the units nearest to it that are in time; and gives every place somebody, as far as
    /// that goes, in their order: whether all have one. Else `unmanned` and `stuck` say what is wrong. Where the units listed are too
    /// few, more are, until there are no more or as many as there are places: more cannot be wanted elsewhere.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn man(&mut self, scene: &Scene, at: &[(SpotNo, u32)], latest_ms: u32, meter: &mut Meter<'_>) -> Result<bool, Stopped> {
        self.list(scene, at, latest_ms, meter)?;
        self.unmanned.clear();
        self.stuck.clear();
        let mut stuck = Vec::new();
        for place in 0..self.places.len() as u32 {
            loop {
                if self.matching.fill(place, NEVER) {
                    break;
                }
                stuck.clear();
                stuck.extend_from_slice(self.matching.stuck());
                if self.widen(scene, &stuck, meter)? {
                    continue;
                }
                self.unmanned.push(place);
                let mut spots: Vec<SpotNo> = stuck.iter().filter_map(|place| self.places.get(*place as usize)).copied().collect();
                spots.sort_unstable();
                spots.dedup();
                if self.stuck.is_empty() || spots.len() < self.stuck.len() {
                    self.stuck = spots;
                }
                break;
            }
        }
        Ok(self.unmanned.is_empty())
    }

    fn list(&mut self, scene: &Scene, at: &[(SpotNo, u32)], latest_ms: u32, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        let need = |spot: SpotNo| self.ground.spot(spot).map_or(0, |spot| usize::from(spot.need));
        let ground = &self.ground;
        let wanted_ms = || {
            let mut wanted_ms = vec![None; scene.junctions()];
            for spot in ground.spots().iter().filter(|spot| spot.need > 0) {
                if let Some(wanted) = wanted_ms.get_mut(spot.junction as usize) {
                    *wanted = spot.free_ms.checked_sub(scene.margin_ms);
                }
            }
            wanted_ms
        };
        self.readiness.nearest.reach(scene, wanted_ms, meter)?;
        self.matching.begin(scene.units.len());
        self.places.clear();
        self.lists.clear();
        // The first place of each comes before the second of any, so that the first can be filled before.
        for nth in 0..usize::from(NEED_MAX) {
            for (spot, ms) in at.iter().filter(|(spot, _)| need(*spot) > nth) {
                let Some(junction) = self.ground.spot(*spot).map(|spot| spot.junction) else { continue };
                // Of units that are in time for him only with less than no margin there are none.
                let limit_ms = ms.checked_sub(scene.margin_ms).map(|limit_ms| limit_ms.min(latest_ms).min(NEVER - 1));
                let most = if limit_ms.is_some() { need(*spot).max(LISTED) } else { 0 };
                let limit_ms = limit_ms.unwrap_or_default();
                let options = self.readiness.nearest.at(&scene.goings, junction, most, limit_ms, meter)?;
                self.lists.push(Listed { junction, limit_ms, most: if options.len() < most { NONE } else { most as u32 } });
                self.matching.add(options);
                self.places.push(*spot);
            }
        }
        Ok(())
    }

    /// Lists more units for some places: whether there were more.
    fn widen(&mut self, scene: &Scene, places: &[u32], meter: &mut Meter<'_>) -> Result<bool, Stopped> {
        let mut is_wider = false;
        for place in places {
            let Some(listed) = self.lists.get_mut(*place as usize) else { continue };
            if listed.most as usize >= self.places.len().min(scene.units.len()) {
                continue;
            }
            let most = listed.most.saturating_mul(4);
            let options = self.readiness.nearest.at(&scene.goings, listed.junction, most as usize, listed.limit_ms, meter)?;
            is_wider |= options.len() > listed.most as usize;
            listed.most = if options.len() < most as usize { NONE } else { most };
            self.matching.widen(*place, options);
        }
        Ok(is_wider)
    }

    /// The spots of the places that nobody was left for.
    pub(super) fn unmanned(&self) -> impl Iterator<Item = SpotNo> {
        self.unmanned.iter().filter_map(|place| self.places.get(*place as usize)).copied()
    }

    /// The plan that holds the places listed, which can all be filled: closed as early as possible, then with the least total of times; and
    /// checked by a walk. None when he gets out, which he does not.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn draft(&mut self, scene: &Scene, meter: &mut Meter<'_>) -> Result<Option<Draft>, Stopped> {
        let Some(held) = self.assign(scene) else { return Ok(None) };
        self.walk_held(scene, &held, 1, meter)?;
        let guards = self.guards(scene, &held);
        let closed_ms = held.iter().map(|held| held.ms).max().unwrap_or_default();
        let (enclosed, weight) = (self.walk.inside.len(), self.walk.weight);
        Ok(self.walk.leak.is_none().then_some(Draft { guards, closed_ms, enclosed, weight }))
    }

    /// Who holds the spots listed that have all whom they take.
    pub(super) fn manned(&self) -> Vec<Held> {
        let unmanned: Vec<SpotNo> = self.unmanned().collect();
        let places = (0..).zip(&self.places).filter(|(_, spot)| !unmanned.contains(spot));
        let held = |(place, spot): (u32, &SpotNo)| self.matching.holder(place).map(|Ready { ms, unit }| Held { spot: *spot, unit, ms });
        places.filter_map(held).collect()
    }

    /// Who goes to which of the places listed, the last as early as possible, then with the least total of times. None when they cannot all be
    /// filled.
    pub(super) fn assign(&mut self, scene: &Scene) -> Option<Vec<Held>> {
        let closed_ms = if self.places.is_empty() { 0 } else { self.matching.bottleneck()? };
        self.cheapest.assign(&mut self.matching, scene.units.len(), closed_ms);
        let held = |(place, spot): (u32, &SpotNo)| self.matching.holder(place).map(|Ready { ms, unit }| Held { spot: *spot, unit, ms });
        (0..).zip(&self.places).map(held).collect()
    }

    /// What is held after a walk with it, as guards.
    pub(super) fn guards(&self, scene: &Scene, held: &[Held]) -> Vec<Guard> {
        let guards = held.iter().filter_map(|Held { spot, unit, ms }| {
            let of = self.ground.spot(*spot)?;
            let last_ms = held.iter().filter(|other| other.spot == *spot).map(|other| other.ms).max()?;
            let due_ms = last_ms.saturating_add(scene.margin_ms);
            let suspect_ms = if due_ms <= of.free_ms { Some(of.free_ms) } else { self.walk.ms(*spot) };
            Some(Guard { junction: of.junction, unit: *unit, unit_ms: *ms, suspect_ms })
        });
        let mut guards: Vec<Guard> = guards.collect();
        guards.sort_unstable();
        guards
    }

    /// The walk while spots are held by units from when these are ready, until he has escaped in so many places.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn walk_held(&mut self, scene: &Scene, held: &[Held], leaks_max: usize, meter: &mut Meter<'_>) -> Result<(), Stopped> {
        for held in held {
            if let Some(due_ms) = self.due_ms.get_mut(held.spot as usize) {
                let at_ms = held.ms.saturating_add(scene.margin_ms);
                *due_ms = if *due_ms == NEVER { at_ms } else { at_ms.max(*due_ms) };
            }
        }
        let due_ms = &self.due_ms;
        let stops = |spot: SpotNo, ms: u32| due_ms.get(spot as usize).is_some_and(|due_ms| *due_ms <= ms);
        let walked = self.walk.run_to(&self.ground, leaks_max, meter, stops);
        for held in held {
            if let Some(due_ms) = self.due_ms.get_mut(held.spot as usize) {
                *due_ms = NEVER;
            }
        }
        walked
    }

    /// A way out through the innermost ring, manned as far as that goes: spots and when he is there.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn leak(&mut self, scene: &Scene, meter: &mut Meter<'_>) -> Result<Vec<(SpotNo, u32)>, Stopped> {
        let ground = &self.ground;
        self.walk.run(ground, meter, |spot, ms| ground.spot(spot).is_some_and(|spot| spot.due_ms <= ms))?;
        let walls = self.walk.walls.clone();
        self.man(scene, &walls, NEVER, meter)?;
        let held: Vec<Held> = self.manned();
        self.walk_held(scene, &held, 1, meter)?;
        let Some(leak) = self.walk.leak else { return Ok(Vec::new()) };
        let mut way: Vec<(SpotNo, u32)> = self.walk.way_back(leak).map(|spot| (spot, self.walk.ms(spot).unwrap_or_default())).collect();
        way.reverse();
        Ok(way)
    }
}
