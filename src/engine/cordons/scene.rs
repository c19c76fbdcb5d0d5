//! The scene of the moment: roads, suspect and units as they are now, for the planner and the verifier.

use std::sync::Arc;

use super::{AskError, Force, Ground, Hunt, force::Fielded, protect::protected};
use crate::{
    cordon::{Entry, Scene, Streets, Unit, entries, starts},
    engine::{Roads, TO_ROAD_M_MAX, World},
    geodesy::LatLng,
    model::{Timestamp, UnitNo},
    roads::{NEVER, RoadPlace, Travel},
};

/// A scene, and what its numbers mean.
#[derive(Debug, Clone)]
pub(super) struct Staged {
    pub(super) scene: Scene,
    /// When its clock begins.
    pub(super) zero: Timestamp,
    /// What its clock says now, milliseconds.
    pub(super) now_ms: u32,
    /// By place in the scene's units: which unit it is.
    pub(super) who: Vec<UnitNo>,
    /// By place in the scene's goings.
    travels: Vec<Travel>,
}

/// The road that he was seen on: the nearest that he may use.
pub(super) fn seen_on(roads: &Roads, travel: Travel, at: LatLng) -> Result<RoadPlace, AskError> {
    let costs = roads.costs();
    let may_go = |edge: u32| [2 * edge, 2 * edge + 1].into_iter().any(|drive| costs.free_ms(drive, travel) != NEVER);
    roads.snapper.nearest(at, TO_ROAD_M_MAX, may_go).map(|(place, _)| place).ok_or(AskError::NoRoad { at })
}

impl Staged {
    /// A scene without units. Searches the roads twice where gates are protected, otherwise looks at each junction.
    pub(super) fn new(world: &World, ground: &mut Ground, hunt: &Hunt, wide: u8, now: Timestamp) -> Result<Self, AskError> {
        let roads = world.roads();
        let (zero, travel) = (hunt.zero(), hunt.suspect.travel());
        let mut from = Vec::new();
        for seen in &hunt.starts {
            let place = seen_on(roads, travel, seen.at)?;
            from.extend(starts(&roads.network, &roads.costs(), travel, hunt.faster, place, clock(zero, seen.time)));
        }
        let suspect = ground.suspect(roads, hunt.suspect, hunt.faster);
        let scene = Scene {
            protected: protected(world, hunt, &suspect, &from)?,
            suspect,
            starts: from,
            needs: ground.needs(roads, wide),
            weights: ground.weights(roads),
            goings: Vec::new(),
            units: Vec::new(),
            margin_ms: hunt.margin_ms,
        };
        Ok(Self { scene, zero, now_ms: clock(zero, now), who: Vec::new(), travels: Vec::new() })
    }

    /// A scene without a suspect and units, whose clock begins now: for gates that are closed against nobody in particular.
    pub(super) fn without_suspect(world: &World, ground: &mut Ground, wide: u8, now: Timestamp) -> Self {
        let roads = world.roads();
        let scene = Scene {
            suspect: Arc::new(Streets::new(roads.network.junctions().len(), std::iter::empty())),
            starts: Vec::new(),
            protected: Vec::new(),
            needs: ground.needs(roads, wide),
            weights: ground.weights(roads),
            goings: Vec::new(),
            units: Vec::new(),
            margin_ms: 0,
        };
        Self { scene, zero: now, now_ms: 0, who: Vec::new(), travels: Vec::new() }
    }

    /// Adds a unit that may begin here and there; gives its place in the scene's units.
    pub(super) fn add(&mut self, roads: &Roads, ground: &mut Ground, unit: UnitNo, travel: Travel, from: [Option<Entry>; 2]) -> u32 {
        let going = self.travels.iter().position(|known| *known == travel).unwrap_or_else(|| {
            self.travels.push(travel);
            self.scene.goings.push(ground.going(roads, travel));
            self.travels.len() - 1
        });
        self.scene.units.push(Unit { who: unit.0, going: going as u8, entries: from });
        self.who.push(unit);
        self.who.len() as u32 - 1
    }

    /// Adds everybody who may be sent.
    pub(super) fn add_all(&mut self, roads: &Roads, ground: &mut Ground, force: &Force, fielded: &[Fielded]) {
        for Fielded { unit, place, travel, turn_out_ms } in fielded {
            let ms = self.now_ms.saturating_add(*turn_out_ms).saturating_add(force.set_up_ms);
            let from = entries(&roads.graph, ground.costs(), *travel, *place, ms);
            self.add(roads, ground, *unit, *travel, from);
        }
    }

    /// The unit at a place of the scene's units.
    pub(super) fn unit(&self, place: u32) -> Option<UnitNo> {
        self.who.get(place as usize).copied()
    }

    /// When it is what on the scene's clock, as an instant.
    pub(super) fn instant(&self, ms: u32) -> Timestamp {
        self.zero.plus_ms(i64::from(ms))
    }
}

/// What a clock that begins at `zero` says at an instant, milliseconds; 0 before.
pub(super) fn clock(zero: Timestamp, at: Timestamp) -> u32 {
    u32::try_from(at.ms_since(zero).max(0)).unwrap_or(u32::MAX)
}
