//! What of an edge is reached, from both its ends and by who stands on it.

use super::{
    front::{Front, Ground},
    key::{Key, NOBODY, after, ms},
    source::Sources,
    span::{PLACES, Span, join, places_within},
};
use crate::roads::{Costs, Drive, EdgeNo, NEVER, RoadGraph, RoadPlace, TRAVELS, Travel};

/// Fronts over a graph, and the sources that they are of.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) graph: &'a RoadGraph,
    pub(super) costs: &'a Costs,
    pub(super) fronts: &'a [Front],
    pub(super) sources: &'a Sources,
}

/// When each front is at the start of each of the two drives of an edge, and what the drive costs; by drive, then by front.
pub(super) type Entries = [[(Key, u32); TRAVELS]; 2];

impl<'a> Scene<'a> {
    /// What a way of travelling searches over.
    pub(super) fn ground(&self, travel: Travel) -> Ground<'a> {
        Ground { graph: self.graph, costs: self.costs.of(travel), sources: self.sources }
    }

    pub(super) fn entries(&self, edge: EdgeNo) -> Entries {
        let mut entries = [[(NOBODY, NEVER); TRAVELS]; 2];
        for (backward, entries) in [false, true].into_iter().zip(&mut entries) {
            let drive = Drive { edge, backward }.no();
            for (front, entry) in self.fronts.iter().zip(entries) {
                let cost = self.costs.of(front.travel).get(drive as usize).copied().unwrap_or(NEVER);
                if cost != NEVER {
                    *entry = (front.entry(self.graph, drive), cost);
                }
            }
        }
        entries
    }

    /// The places of an edge that somebody reaches within a time, joined, into `spans`.
    pub(super) fn spans(&self, edge: EdgeNo, entries: &Entries, limit_ms: u32, spans: &mut Vec<Span>) {
        spans.clear();
        for (backward, entries) in [false, true].into_iter().zip(entries) {
            let places = |(start, cost): &(Key, u32)| match limit_ms.checked_sub(ms(*start)) {
                Some(rest_ms) => places_within(*cost, rest_ms),
                None => 0,
            };
            let most = entries.iter().map(places).max().unwrap_or(0);
            if most == PLACES {
                spans.clear();
                spans.push(Span::WHOLE);
                return;
            }
            if most > 0 {
                spans.push(Span::of_drive(backward, 0, most));
            }
        }
        for source in self.sources.on_edge(edge) {
            spans.extend([false, true].iter().filter_map(|backward| source.span(*backward, self.costs.of(source.travel), limit_ms)));
        }
        join(spans);
    }

    /// The earliest arrival at a place, and how it comes.
    pub(super) fn earliest(&self, place: RoadPlace) -> Option<(Key, Travel)> {
        let by_node = self.entries(place.edge).into_iter().zip([false, true]).flat_map(|(entries, backward)| {
            let at = move |(start, cost)| if cost == NEVER { NOBODY } else { after(start, place.ms_from_start(backward, cost)) };
            self.fronts.iter().zip(entries).map(move |(front, entry)| (at(entry), front.travel))
        });
        let straight = self
            .sources
            .on_edge(place.edge)
            .iter()
            .flat_map(|source| [false, true].map(|backward| (source.at(place, backward, self.costs.of(source.travel)), source.travel)));
        by_node.chain(straight).filter(|(key, _)| *key != NOBODY).min()
    }
}
