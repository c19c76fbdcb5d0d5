//! The ways that a suspect may take: least time, past what is held before he comes.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use crate::roads::{Costs, Drive, DriveNo, JunctionNo, NEVER, RoadGraph, RoadNetwork, RoadPlace, Travel};

/// From when on each junction is held, milliseconds since the offence.
pub(super) type Held = HashMap<JunctionNo, i64>;

/// Where he is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Here {
    /// At a junction.
    Junction(JunctionNo),
    /// On an edge, facing one way along it.
    Edge(RoadPlace, Drive),
}

/// Streets as he takes them: banned turns do not hold for him, one-way streets where he keeps them.
#[derive(Debug)]
pub(super) struct Streets<'a> {
    pub(super) network: &'a RoadNetwork,
    pub(super) graph: &'a RoadGraph,
    /// What everybody takes, with every road open and free.
    pub(super) all: &'a Costs,
    /// By drive, milliseconds.
    costs: Box<[u32]>,
}

impl<'a> Streets<'a> {
    /// For somebody who goes so many times as fast as everybody. Times are rounded up.
    pub(super) fn new(
        network: &'a RoadNetwork,
        graph: &'a RoadGraph,
        all: &'a Costs,
        travel: Travel,
        faster: f64,
        keeps_one_way: bool,
    ) -> Self {
        let cost = |drive: DriveNo| {
            // The other drive of an edge has the number beside it.
            let either_way = || all.free_ms(drive ^ 1, travel);
            let ms = Some(all.free_ms(drive, travel)).filter(|ms| *ms != NEVER || keeps_one_way).unwrap_or_else(either_way);
            if ms == NEVER { NEVER } else { (f64::from(ms) / faster).ceil() as u32 }
        };
        let costs = (0..2 * network.edges().len() as DriveNo).map(cost).collect();
        Self { network, graph, all, costs }
    }

    /// What a drive takes; none when he does not go there.
    pub(super) fn cost(&self, drive: DriveNo) -> Option<u32> {
        self.costs.get(drive as usize).copied().filter(|ms| *ms != NEVER)
    }

    /// The ways on from a junction: the drive, the junction at its end, milliseconds.
    pub(super) fn ways(&self, from: JunctionNo) -> impl Iterator<Item = (DriveNo, JunctionNo, u32)> {
        // A junction's own node has every drive, whatever turns are banned.
        self.graph.ways_out(from).iter().filter_map(|link| Some((link.drive, self.graph.junction(link.node)?, self.cost(link.drive)?)))
    }

    /// The first drives from where he is, what is left of each, and where it ends.
    fn first(&self, here: Here) -> Vec<(DriveNo, JunctionNo, u32)> {
        match here {
            Here::Junction(junction) => self.ways(junction).collect(),
            Here::Edge(place, _) => {
                let both = [false, true].into_iter().filter_map(|backward| {
                    let drive = place.drive(backward).no();
                    Some((drive, self.network.ends(drive)?.1, place.ms_to_end(backward, self.cost(drive)?)))
                });
                both.collect()
            }
        }
    }

    /// The drives of least time to a junction that is wanted, the first of them in part where he is on an edge; none when every way
    /// is held before he comes. Empty when he is there. Linear in the junctions nearer than it.
    pub(super) fn way(&self, here: Here, now_ms: i64, held: &Held, is_wanted: impl Fn(JunctionNo) -> bool) -> Option<Vec<DriveNo>> {
        if let Here::Junction(junction) = here
            && is_wanted(junction)
        {
            return Some(Vec::new());
        }
        let mut best: HashMap<JunctionNo, (i64, Option<JunctionNo>, DriveNo)> = HashMap::new();
        let mut queue = BinaryHeap::new();
        let offer = |queue: &mut BinaryHeap<_>, best: &mut HashMap<_, (i64, _, _)>, to, ms, before, drive| {
            if best.get(&to).is_none_or(|(known, ..)| ms < *known) {
                best.insert(to, (ms, before, drive));
                queue.push(Reverse((ms, to)));
            }
        };
        for (drive, to, ms) in self.first(here) {
            offer(&mut queue, &mut best, to, now_ms + i64::from(ms), None, drive);
        }
        while let Some(Reverse((ms, junction))) = queue.pop() {
            if best.get(&junction).is_none_or(|(known, ..)| *known < ms) || held.get(&junction).is_some_and(|ready_ms| *ready_ms <= ms) {
                continue;
            }
            if is_wanted(junction) {
                let mut drives = Vec::new();
                let mut at = Some(junction);
                while let Some((_, before, drive)) = at.and_then(|at| best.get(&at)) {
                    drives.push(*drive);
                    at = *before;
                }
                drives.reverse();
                return Some(drives);
            }
            // Where he begins nothing leads back to: he was there.
            for (drive, to, cost) in self.ways(junction) {
                offer(&mut queue, &mut best, to, ms + i64::from(cost), Some(junction), drive);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{roads::Paces, sim::movement::town::town};

    #[test]
    fn he_goes_round_what_is_held_in_time_and_through_what_is_not() {
        let network = town(3);
        let graph = RoadGraph::new(&network);
        let costs = Costs::new(&network, &Paces::default());
        let streets = Streets::new(&network, &graph, &costs, Travel::Car, 1.0, false);
        let way = |held: &Held| streets.way(Here::Junction(0), 0, held, |junction| junction == 8);
        let ends = |drives: Vec<DriveNo>| drives.iter().map(|drive| network.ends(*drive).unwrap().1).collect::<Vec<_>>();
        let free = ends(way(&Held::new()).unwrap());
        assert_eq!((free.len(), free.last()), (4, Some(&8)));
        let first = *free.first().unwrap();
        assert!(!ends(way(&Held::from([(first, 0)])).unwrap()).contains(&first));
        assert_eq!(ends(way(&Held::from([(first, 3_600_000)])).unwrap()), free, "held long after he is through");
        assert_eq!(way(&Held::from([(1, 0), (3, 0)])), None);
        // From the middle of an edge he may turn.
        let place = RoadPlace::new(0, 0.5);
        let from_edge = streets.way(Here::Edge(place, place.drive(false)), 0, &Held::from([(1, 0)]), |junction| junction == 8).unwrap();
        assert_eq!(from_edge.first(), Some(&place.drive(true).no()));
    }
}
