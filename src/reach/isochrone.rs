//! How far one comes from a place, or from several.

use super::{LIMIT_MS_MAX, ReachError, STARTS_MAX, Source, Stretch, front::Front, key::ms, scene::Scene, source::Sources};
use crate::roads::{Costs, EdgeNo, RoadGraph, RoadPlace, Travel};

/// A place to set out from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Where.
    pub place: RoadPlace,
    /// Until one moves off, milliseconds.
    pub delay_ms: u32,
}

/// What is reached from some places by one way of travelling.
#[derive(Debug)]
pub struct Isochrone<'a> {
    graph: &'a RoadGraph,
    costs: &'a Costs,
    front: Front,
    sources: Sources,
    most_ms: u32,
    /// What may be reached, in order.
    edges: Vec<EdgeNo>,
}

impl<'a> Isochrone<'a> {
    /// Searches from all starts at once, as far as `most_ms`. The cost is that of a Dijkstra search over what is reached, and of
    /// clearing eight bytes a node.
    ///
    /// # Errors
    /// [`ReachError`] for more than [`STARTS_MAX`] starts, more time than [`LIMIT_MS_MAX`], or a place on no edge.
    pub fn new(graph: &'a RoadGraph, costs: &'a Costs, travel: Travel, starts: &[Start], most_ms: u32) -> Result<Self, ReachError> {
        if starts.len() > STARTS_MAX {
            return Err(ReachError::TooMany { what: "starts", count: starts.len(), max: STARTS_MAX });
        }
        if most_ms > LIMIT_MS_MAX {
            return Err(ReachError::Time { what: "most_ms", ms: most_ms, max: LIMIT_MS_MAX });
        }
        let edges = costs.of(travel).len() / 2;
        let (mut front, mut sources) = (Front::new(travel, graph.len(), most_ms), Sources::default());
        for (Start { place, delay_ms }, who) in starts.iter().zip(0..) {
            if place.edge as usize >= edges {
                return Err(ReachError::NoEdge { edge: place.edge, count: edges });
            }
            let source = Source { who, place: *place, travel, delay_ms: *delay_ms };
            sources.put(source);
            for backward in [false, true] {
                front.ask(graph, place.drive(backward).no());
            }
        }
        front.win(Scene { graph, costs, fronts: &[], sources: &sources }.ground(travel));
        let mut reached: Vec<EdgeNo> = starts.iter().map(|start| start.place.edge).collect();
        for node in front.take_changed() {
            reached.extend(graph.ways_out(node).iter().map(|link| link.drive / 2));
        }
        reached.sort_unstable();
        reached.dedup();
        Ok(Self { graph, costs, front, sources, most_ms, edges: reached })
    }

    /// The stretches reached within a time of at most that of the search, in the order of edges.
    #[must_use]
    pub fn stretches(&self, limit_ms: u32) -> Vec<Stretch> {
        let (scene, limit_ms) = (self.scene(), limit_ms.min(self.most_ms));
        let (mut stretches, mut spans) = (Vec::new(), Vec::new());
        for edge in &self.edges {
            scene.spans(*edge, &scene.entries(*edge), limit_ms, &mut spans);
            stretches.extend(spans.iter().map(|span| Stretch { edge: *edge, span: *span }));
        }
        stretches
    }

    /// The earliest time at a place, milliseconds; none when it is after that of the search.
    #[must_use]
    pub fn ms_to(&self, place: RoadPlace) -> Option<u32> {
        self.scene().earliest(place).map(|(key, _)| ms(key)).filter(|ms| *ms <= self.most_ms)
    }

    fn scene(&self) -> Scene<'_> {
        Scene { graph: self.graph, costs: self.costs, fronts: std::slice::from_ref(&self.front), sources: &self.sources }
    }
}
