//! How much of the road somebody reaches in time, kept right while units come, go and move and roads change.

use std::sync::Arc;

use super::{
    Groups, LIMIT_MS_MAX, LIMITS, ReachError, Share, Source, Span, Stretch,
    front::Front,
    key::{ms, who},
    scene::Scene,
    share::{Sum, amount, weight},
    source::Sources,
    span::{PLACES, count, gaps},
};
use crate::roads::{Costs, Drive, DriveNo, EdgeNo, NodeNo, RoadGraph, RoadNetwork, RoadPlace, Travel};

/// Who is somewhere first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct First {
    /// The unit's number; of several at one time the lowest.
    pub who: u32,
    /// When, turn-out included, milliseconds.
    pub ms: u32,
    /// How it comes.
    pub travel: Travel,
}

/// What is known of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EdgeState {
    /// Millimetres.
    weight: u32,
    /// How many of its places are reached within each limit.
    reached: [u32; LIMITS],
    /// Whether it is to be counted anew.
    pending: bool,
}

/// The coverage of a city by its units. See the [module](super) for what it means, how exact it is and what it costs.
///
/// It keeps costs of its own: a change of a road is told to it ([`Coverage::set_factor`]), so its labels always are those of the
/// costs that it knows.
#[derive(Debug, Clone)]
pub struct Coverage {
    graph: Arc<RoadGraph>,
    costs: Costs,
    groups: Arc<Groups>,
    limits_ms: [u32; LIMITS],
    fronts: Vec<Front>,
    sources: Sources,
    edges: Vec<EdgeState>,
    city: Sum,
    by_group: Vec<Sum>,
    /// Edges to be counted anew.
    pending: Vec<EdgeNo>,
    spans: Vec<Span>,
}

impl Coverage {
    /// Of a city without units. `limits_ms` rise. Linear in the network.
    ///
    /// # Errors
    /// [`ReachError::Limits`] when they do not rise, are 0, or are over [`LIMIT_MS_MAX`].
    pub fn new(
        network: &RoadNetwork,
        graph: Arc<RoadGraph>,
        costs: Costs,
        groups: Arc<Groups>,
        limits_ms: [u32; LIMITS],
    ) -> Result<Self, ReachError> {
        let most_ms = check_limits(limits_ms)?;
        let (mut city, mut by_group) = (Sum::default(), vec![Sum::default(); groups.len()]);
        let mut edges = Vec::with_capacity(network.edges().len());
        for edge in 0..network.edges().len() as EdgeNo {
            let weight = weight(network.length_m(edge).unwrap_or(0.0));
            edges.push(EdgeState { weight, reached: [0; LIMITS], pending: false });
            city.total += amount(weight, PLACES);
            for group in groups.of(edge) {
                if let Some(sum) = by_group.get_mut(*group as usize) {
                    sum.total += amount(weight, PLACES);
                }
            }
        }
        let fronts = Travel::ALL.iter().map(|travel| Front::new(*travel, graph.len(), most_ms)).collect();
        let (sources, pending, spans) = (Sources::default(), Vec::new(), Vec::new());
        Ok(Self { graph, costs, groups, limits_ms, fronts, sources, edges, city, by_group, pending, spans })
    }

    /// A unit is there, or moved, or goes otherwise than before.
    ///
    /// # Errors
    /// [`ReachError::NoEdge`] for a place on no edge; nothing changes then.
    pub fn put(&mut self, who: u32, place: RoadPlace, travel: Travel, delay_ms: u32) -> Result<(), ReachError> {
        self.put_all(&[Source { who, place, travel, delay_ms }])
    }

    /// The same for many at once: cheaper than one by one. Of two of one unit the later counts.
    ///
    /// # Errors
    /// [`ReachError::NoEdge`] for the first place on no edge; nothing changes then.
    pub fn put_all(&mut self, sources: &[Source]) -> Result<(), ReachError> {
        if let Some(wrong) = sources.iter().find(|source| source.place.edge as usize >= self.edges.len()) {
            return Err(ReachError::NoEdge { edge: wrong.place.edge, count: self.edges.len() });
        }
        for source in sources {
            if self.sources.get(source.who) != Some(*source) {
                self.take_away(source.who);
                self.sources.put(*source);
                self.ask_on(*source);
            }
        }
        self.settle();
        Ok(())
    }

    /// A unit is gone, or cannot be sent. Whether it was there.
    pub fn remove(&mut self, who: u32) -> bool {
        let was_there = self.take_away(who);
        self.settle();
        was_there
    }

    /// A drive is made so many times as slow as when it is free, or closed: see [`Costs::set_factor`].
    pub fn set_factor(&mut self, drive: DriveNo, factor: f32) {
        let Drive { edge, .. } = Drive::from_no(drive);
        if edge as usize >= self.edges.len() {
            return;
        }
        for front in &mut self.fronts {
            let ground = Scene { graph: &self.graph, costs: &self.costs, fronts: &[], sources: &self.sources }.ground(front.travel);
            front.lose_drive(ground, drive);
        }
        self.costs.set_factor(drive, factor);
        for front in &mut self.fronts {
            front.ask(&self.graph, drive);
        }
        self.count_anew(edge);
        self.settle();
    }

    /// The limits, milliseconds.
    #[must_use]
    pub const fn limits_ms(&self) -> [u32; LIMITS] {
        self.limits_ms
    }

    /// How many units there are.
    #[must_use]
    pub fn units(&self) -> usize {
        self.sources.len()
    }

    /// A unit as it was put.
    #[must_use]
    pub fn unit(&self, who: u32) -> Option<Source> {
        self.sources.get(who)
    }

    /// The groups of every edge.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// What is reached of all roads, within each limit.
    #[must_use]
    pub fn city(&self) -> [Share; LIMITS] {
        self.city.shares()
    }

    /// What is reached of a group's roads, within each limit; none for a group that does not exist.
    #[must_use]
    pub fn group(&self, group: super::GroupNo) -> Option<[Share; LIMITS]> {
        self.by_group.get(group as usize).map(Sum::shares)
    }

    /// How many of an edge's [`PLACES`] are reached within each limit.
    #[must_use]
    pub fn edge(&self, edge: EdgeNo) -> Option<[u32; LIMITS]> {
        self.edges.get(edge as usize).map(|state| state.reached)
    }

    /// Who is at a place first, within the longest limit.
    #[must_use]
    pub fn first(&self, place: RoadPlace) -> Option<First> {
        let (key, travel) = self.scene().earliest(place)?;
        (ms(key) <= self.most_ms()).then(|| First { who: who(key), ms: ms(key), travel })
    }

    /// Who is at a node first by one way of travelling, within the longest limit.
    #[must_use]
    pub fn first_at(&self, node: NodeNo, travel: Travel) -> Option<First> {
        let key = self.fronts.get(usize::from(travel.code()))?.key(node);
        (ms(key) <= self.most_ms()).then(|| First { who: who(key), ms: ms(key), travel })
    }

    /// The stretches that somebody reaches within a time of at most the longest limit, in the order of edges; those that nobody reaches
    /// when `reached` is false. Linear in the network.
    #[must_use]
    pub fn stretches(&self, limit_ms: u32, reached: bool) -> Vec<Stretch> {
        let (scene, limit_ms) = (self.scene(), limit_ms.min(self.most_ms()));
        let (mut stretches, mut spans) = (Vec::new(), Vec::new());
        for edge in 0..self.edges.len() as EdgeNo {
            scene.spans(edge, &scene.entries(edge), limit_ms, &mut spans);
            if reached {
                stretches.extend(spans.iter().map(|span| Stretch { edge, span: *span }));
            } else {
                stretches.extend(gaps(&spans).map(|span| Stretch { edge, span }));
            }
        }
        stretches
    }

    pub(super) fn sums(&self) -> &[Sum] {
        &self.by_group
    }

    pub(super) fn graph(&self) -> &RoadGraph {
        &self.graph
    }

    /// What every drive costs, as it knows.
    #[must_use]
    pub const fn costs(&self) -> &Costs {
        &self.costs
    }

    pub(super) fn edges(&self) -> usize {
        self.edges.len()
    }

    pub(super) fn weight(&self, edge: EdgeNo) -> u32 {
        self.edges.get(edge as usize).map_or(0, |state| state.weight)
    }

    pub(super) fn most_ms(&self) -> u32 {
        self.limits_ms.last().copied().unwrap_or(0)
    }

    fn scene(&self) -> Scene<'_> {
        Scene { graph: &self.graph, costs: &self.costs, fronts: &self.fronts, sources: &self.sources }
    }

    fn take_away(&mut self, who: u32) -> bool {
        let Some(source) = self.sources.get(who) else { return false };
        if let Some(front) = self.fronts.get_mut(usize::from(source.travel.code())) {
            let scene = Scene { graph: &self.graph, costs: &self.costs, fronts: &[], sources: &self.sources };
            front.lose_source(scene.ground(source.travel), source);
        }
        self.sources.remove(source);
        self.count_anew(source.place.edge);
        true
    }

    /// A unit that is new where it is.
    fn ask_on(&mut self, source: Source) {
        if let Some(front) = self.fronts.get_mut(usize::from(source.travel.code())) {
            for backward in [false, true] {
                front.ask(&self.graph, source.place.drive(backward).no());
            }
        }
        self.count_anew(source.place.edge);
    }

    fn count_anew(&mut self, edge: EdgeNo) {
        if let Some(state) = self.edges.get_mut(edge as usize).filter(|state| !state.pending) {
            state.pending = true;
            self.pending.push(edge);
        }
    }

    /// Makes the labels right, then the counts of the edges that they lead to, then the sums.
    fn settle(&mut self) {
        for front in &mut self.fronts {
            let scene = Scene { graph: &self.graph, costs: &self.costs, fronts: &[], sources: &self.sources };
            front.win(scene.ground(front.travel));
            for node in front.take_changed() {
                for link in self.graph.ways_out(node) {
                    let edge = link.drive / 2;
                    if let Some(state) = self.edges.get_mut(edge as usize).filter(|state| !state.pending) {
                        state.pending = true;
                        self.pending.push(edge);
                    }
                }
            }
        }
        let scene = Scene { graph: &self.graph, costs: &self.costs, fronts: &self.fronts, sources: &self.sources };
        for edge in self.pending.drain(..) {
            let entries = scene.entries(edge);
            let now = self.limits_ms.map(|limit_ms| {
                scene.spans(edge, &entries, limit_ms, &mut self.spans);
                count(&self.spans)
            });
            let Some(state) = self.edges.get_mut(edge as usize) else { continue };
            state.pending = false;
            let old = std::mem::replace(&mut state.reached, now);
            if now != old {
                self.city.change(state.weight, old, now);
                for group in self.groups.of(edge) {
                    if let Some(sum) = self.by_group.get_mut(*group as usize) {
                        sum.change(state.weight, old, now);
                    }
                }
            }
        }
    }
}

/// The longest of the limits.
fn check_limits(limits_ms: [u32; LIMITS]) -> Result<u32, ReachError> {
    let rise = limits_ms.iter().zip(limits_ms.iter().skip(1)).all(|(a, b)| a < b);
    match (limits_ms.first(), limits_ms.last()) {
        (Some(first), Some(last)) if rise && *first > 0 && *last <= LIMIT_MS_MAX => Ok(*last),
        _ => Err(ReachError::Limits { limits_ms }),
    }
}
