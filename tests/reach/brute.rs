//! Arrival times from the network itself: relaxed until nothing changes, bans looked up turn by turn.

use citygate::{
    reach::Source,
    roads::{Costs, Drive, NEVER, RoadNetwork, RoadPlace},
};

pub(crate) struct Brute<'a> {
    network: &'a RoadNetwork,
    costs: &'a Costs,
    source: Source,
    /// By drive: when the source is at its start, having come by another.
    starts: Vec<Option<u64>>,
}

impl<'a> Brute<'a> {
    pub(crate) fn new(network: &'a RoadNetwork, costs: &'a Costs, source: Source) -> Self {
        let (drives, of) = (2 * network.edges().len() as u32, costs.of(source.travel));
        let cost = |drive: u32| of[drive as usize];
        let mut ends: Vec<Option<u64>> = vec![None; drives as usize];
        for backward in [false, true] {
            let drive = source.place.drive(backward).no();
            if cost(drive) != NEVER {
                ends[drive as usize] = Some(u64::from(source.delay_ms) + u64::from(source.place.ms_to_end(backward, cost(drive))));
            }
        }
        let mut starts = vec![None; drives as usize];
        loop {
            let mut changed = false;
            for from in 0..drives {
                for to in 0..drives {
                    let meet = network.ends(from).unwrap().1 == network.ends(to).unwrap().0;
                    let banned = network.bans().iter().any(|ban| ban.from == Drive::from_no(from) && ban.to == Drive::from_no(to));
                    let Some(ms) = ends[from as usize].filter(|_| meet && !banned && cost(to) != NEVER) else { continue };
                    if starts[to as usize].is_none_or(|old| ms < old) {
                        starts[to as usize] = Some(ms);
                    }
                    let end = ms + u64::from(cost(to));
                    if ends[to as usize].is_none_or(|old| end < old) {
                        ends[to as usize] = Some(end);
                        changed = true;
                    }
                }
            }
            if !changed {
                return Self { network, costs, source, starts };
            }
        }
    }

    /// When it is at a place.
    pub(crate) fn ms_to(&self, place: RoadPlace) -> Option<u64> {
        assert!((place.edge as usize) < self.network.edges().len());
        let by = |backward: bool| {
            let drive = place.drive(backward).no() as usize;
            let cost = self.costs.of(self.source.travel)[drive];
            if cost == NEVER {
                return None;
            }
            let by_start = self.starts[drive].map(|ms| ms + u64::from(place.ms_from_start(backward, cost)));
            let here = Some(self.source.place).filter(|own| own.edge == place.edge);
            let straight = here.and_then(|own| own.ms_to(place, backward, cost)).map(|ms| u64::from(self.source.delay_ms) + u64::from(ms));
            by_start.into_iter().chain(straight).min()
        };
        by(false).into_iter().chain(by(true)).min()
    }
}
