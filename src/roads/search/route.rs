//! The route from one place to another.

use super::{
    super::{Costs, Drive, NEVER, RoadGraph, RoadNetwork, RoadPlace, Travel},
    Candidate, Search,
    toward::{Comer, END},
};
use crate::geodesy::{LatLng, haversine_m};

/// A way from a place to another that takes the least time.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// How long it takes, milliseconds.
    pub ms: u32,
    /// How long it is, metres.
    pub length_m: f64,
    /// Where it begins, on the edge of the first drive.
    pub from: RoadPlace,
    /// Where it ends, on the edge of the last drive.
    pub to: RoadPlace,
    /// The drives in order, the first and the last of them in part; one or more.
    pub drives: Vec<Drive>,
}

impl Search {
    /// A route of least time; none when there is no way. Its time is the arrival of [`Search::earliest`] without delay. Backwards
    /// from `to`, in the direction of `from` where there are [`Costs::landmarks`]: linear in what is looked at.
    #[must_use]
    pub fn route(
        &mut self,
        network: &RoadNetwork,
        graph: &RoadGraph,
        costs: &Costs,
        travel: Travel,
        from: RoadPlace,
        to: RoadPlace,
    ) -> Option<Route> {
        let comer = Comer::new(Candidate { who: 0, place: from, travel, delay_ms: 0 }, graph, costs);
        let best = self.toward(graph, &comer, to, NEVER - 1)?;
        let mut drives = vec![best.first];
        let mut node = if best.is_straight { END } else { graph.head(best.first.no())? };
        while node != END {
            let link = *self.onward.get(node as usize)?;
            drives.push(Drive::from_no(link.drive));
            node = link.node;
        }
        let mut route = Route { ms: best.ms, length_m: 0.0, from, to, drives };
        route.length_m = route.stretches(network).map(|stretch| stretch.end_m - stretch.start_m).sum();
        Some(route)
    }
}

/// What is driven of a drive, metres from its start.
struct Stretch {
    drive: Drive,
    start_m: f64,
    end_m: f64,
    /// Whether it starts, and ends, where the drive does.
    is_whole: [bool; 2],
}

impl Route {
    fn stretches(&self, network: &RoadNetwork) -> impl Iterator<Item = Stretch> {
        let last = self.drives.len().saturating_sub(1);
        self.drives.iter().enumerate().filter_map(move |(n, &drive)| {
            let length_m = network.length_m(drive.edge)?;
            let along_m = |place: RoadPlace| {
                let share = if drive.backward { 1.0 - place.share() } else { place.share() };
                share * length_m
            };
            let start_m = if n == 0 { along_m(self.from) } else { 0.0 };
            let end_m = if n == last { along_m(self.to) } else { length_m };
            Some(Stretch { drive, start_m, end_m, is_whole: [n != 0, n != last] })
        })
    }

    /// Its line, both ends included; two points or more. Linear in the shape points.
    #[must_use]
    pub fn line(&self, network: &RoadNetwork) -> Vec<LatLng> {
        let mut line = Vec::new();
        for stretch in self.stretches(network) {
            stretch.draw(network, &mut line);
        }
        line
    }
}

impl Stretch {
    fn draw(&self, network: &RoadNetwork, line: &mut Vec<LatLng>) {
        let cut = |at_m| network.spot(self.drive, at_m).map(|spot| spot.at);
        let [starts, ends] = self.is_whole;
        if !starts {
            line.extend(cut(self.start_m));
        }
        let mut shape: Vec<LatLng> = network.edges().get(self.drive.edge as usize).into_iter().flat_map(|edge| edge.shape.iter()).collect();
        if self.drive.backward {
            shape.reverse();
        }
        let (mut at_m, mut before) = (0.0, None);
        for at in shape {
            at_m += before.map_or(0.0, |before| haversine_m(before, at));
            before = Some(at);
            let is_driven = (starts || at_m > self.start_m) && (ends || at_m < self.end_m);
            // Where two stretches meet one point is enough.
            if is_driven && line.last() != Some(&at) {
                line.push(at);
            }
        }
        if !ends {
            line.extend(cut(self.end_m));
        }
    }
}
