//! Exact in time: where somebody is who drives a route, and the line that it leaves.

use crate::{
    geodesy::{LatLng, haversine_m},
    roads::{Drive, NEVER, RoadNetwork, RoadPlace, Route},
};

/// A point of a track: milliseconds since the offence, and where.
pub(super) type Point = (i64, LatLng);

/// A part of a drive, at an even speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) drive: Drive,
    /// Metres from the drive's start.
    pub(super) start_m: f64,
    pub(super) end_m: f64,
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
}

impl Stretch {
    /// How far along the drive one is, metres.
    pub(super) fn along_m(&self, ms: i64) -> f64 {
        let whole_ms = (self.end_ms - self.start_ms).max(1) as f64;
        let share = ((ms - self.start_ms) as f64 / whole_ms).clamp(0.0, 1.0);
        self.start_m + (self.end_m - self.start_m) * share
    }

    /// How far along the edge's own line one is, metres.
    pub(super) fn along_edge_m(&self, network: &RoadNetwork, ms: i64) -> f64 {
        let along_m = self.along_m(ms);
        if self.drive.backward { network.length_m(self.drive.edge).unwrap_or_default() - along_m } else { along_m }
    }

    /// Where one is on the roads.
    pub(super) fn place(&self, network: &RoadNetwork, ms: i64) -> RoadPlace {
        let length_m = network.length_m(self.drive.edge).unwrap_or_default().max(0.001);
        RoadPlace::new(self.drive.edge, self.along_edge_m(network, ms) / length_m)
    }

    /// Metres a second.
    pub(super) fn speed_mps(&self) -> f64 {
        (self.end_m - self.start_m) / ((self.end_ms - self.start_ms).max(1) as f64 / 1_000.0)
    }

    /// The corners of its line until a time, both ends included. Between two of them one goes straight at an even speed.
    pub(super) fn track(&self, network: &RoadNetwork, until_ms: i64, track: &mut Vec<Point>) {
        let spot = |at_m| network.spot(self.drive, at_m).map(|spot| spot.at);
        let end_ms = until_ms.clamp(self.start_ms, self.end_ms);
        let end_m = self.along_m(end_ms);
        let mut push = |ms: i64, at: Option<LatLng>| {
            if let Some(at) = at
                && track.last() != Some(&(ms, at))
            {
                track.push((ms, at));
            }
        };
        push(self.start_ms, spot(self.start_m));
        let Some(edge) = network.edges().get(self.drive.edge as usize) else { return };
        let mut line: Vec<LatLng> = edge.shape.iter().collect();
        if self.drive.backward {
            line.reverse();
        }
        let mps = self.speed_mps().max(1e-6);
        let (mut at_m, mut before) = (0.0, None);
        for at in line {
            at_m += before.map_or(0.0, |before| haversine_m(before, at));
            before = Some(at);
            if at_m > self.start_m && at_m < end_m {
                let ms = self.start_ms + ((at_m - self.start_m) / mps * 1_000.0).round() as i64;
                push(ms.min(end_ms), Some(at));
            }
        }
        push(end_ms, spot(end_m));
    }
}

/// A way from a place to another, with its times.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Journey {
    /// When one sets off.
    pub(super) departs_ms: i64,
    /// When one is there.
    pub(super) arrives_ms: i64,
    from: LatLng,
    to: LatLng,
    /// Empty through the air, or for somebody who is there already.
    stretches: Vec<Stretch>,
}

/// How somebody moves at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    pub(super) at: LatLng,
    pub(super) speed_mps: f64,
    pub(super) heading_deg: f64,
    /// The edge, and how far along its line, metres.
    pub(super) on: Option<(u32, f64)>,
}

impl Journey {
    /// Along a route. Each drive takes `factor` times its cost, rounded up.
    pub(super) fn along(network: &RoadNetwork, route: &Route, costs: &[u32], departs_ms: i64, factor: f64) -> Self {
        let last = route.drives.len().saturating_sub(1);
        let mut stretches = Vec::with_capacity(route.drives.len());
        // Costs are summed before they are slowed: what is rounded is rounded once.
        let mut cost_ms = 0_u64;
        let at_ms = |cost_ms: u64| departs_ms + (cost_ms as f64 * factor).ceil() as i64;
        for (n, &drive) in route.drives.iter().enumerate() {
            let length_m = network.length_m(drive.edge).unwrap_or_default();
            let cost = costs.get(drive.no() as usize).copied().filter(|cost| *cost != NEVER).unwrap_or_default();
            let share = |place: RoadPlace| if drive.backward { 1.0 - place.share() } else { place.share() };
            let from_ms = if n == 0 { route.from.ms_from_start(drive.backward, cost) } else { 0 };
            let to_ms = if n == last { route.to.ms_from_start(drive.backward, cost) } else { cost };
            let start_ms = at_ms(cost_ms);
            cost_ms += u64::from(to_ms.saturating_sub(from_ms));
            stretches.push(Stretch {
                drive,
                start_m: if n == 0 { share(route.from) * length_m } else { 0.0 },
                end_m: if n == last { share(route.to) * length_m } else { length_m },
                start_ms,
                end_ms: at_ms(cost_ms),
            });
        }
        let at = |place| network.position(place).unwrap_or_default();
        Self { departs_ms, arrives_ms: at_ms(cost_ms), from: at(route.from), to: at(route.to), stretches }
    }

    /// Straight through the air, or nowhere at all.
    pub(super) const fn straight(from: LatLng, to: LatLng, departs_ms: i64, arrives_ms: i64) -> Self {
        Self { departs_ms, arrives_ms, from, to, stretches: Vec::new() }
    }

    /// How one moves at a time.
    pub(super) fn at(&self, network: &RoadNetwork, ms: i64) -> Moment {
        let next = self.stretches.partition_point(|stretch| stretch.end_ms < ms).min(self.stretches.len().saturating_sub(1));
        let moves = ms > self.departs_ms && ms < self.arrives_ms;
        let Some(stretch) = self.stretches.get(next) else {
            let share = (ms - self.departs_ms) as f64 / (self.arrives_ms - self.departs_ms).max(1) as f64;
            let (whole_m, heading_deg) = (haversine_m(self.from, self.to), crate::geodesy::bearing_deg(self.from, self.to));
            let at = self.from.offset(whole_m * share.clamp(0.0, 1.0), heading_deg);
            let speed_mps = whole_m / ((self.arrives_ms - self.departs_ms).max(1) as f64 / 1_000.0);
            return Moment { at, speed_mps: if moves { speed_mps } else { 0.0 }, heading_deg, on: None };
        };
        let along_m = stretch.along_m(ms);
        let spot = network.spot(stretch.drive, along_m);
        Moment {
            at: spot.map_or(self.to, |spot| spot.at),
            speed_mps: if moves { stretch.speed_mps() } else { 0.0 },
            heading_deg: spot.map_or(0.0, |spot| spot.heading_deg),
            on: Some((stretch.drive.edge, stretch.along_edge_m(network, ms))),
        }
    }

    /// Its line until a time, with the times of its corners.
    pub(super) fn track(&self, network: &RoadNetwork, until_ms: i64) -> Vec<Point> {
        let mut track = vec![(self.departs_ms, self.from)];
        for stretch in self.stretches.iter().take_while(|stretch| stretch.start_ms < until_ms) {
            stretch.track(network, until_ms, &mut track);
        }
        if self.stretches.is_empty() {
            track.push((self.arrives_ms.min(until_ms), self.at(network, until_ms.min(self.arrives_ms)).at));
        }
        track
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        roads::{Costs, Paces, RoadGraph, Search, Travel},
        sim::movement::town::town,
    };

    #[test]
    fn a_journey_takes_as_long_as_its_route_and_is_where_its_line_is() {
        let network = town(8);
        let (graph, costs) = (RoadGraph::new(&network), Costs::new(&network, &Paces::default()));
        let mut search = Search::default();
        for (from, to) in [(RoadPlace::new(3, 0.3), RoadPlace::new(90, 0.6)), (RoadPlace::new(3, 0.2), RoadPlace::new(3, 0.9))] {
            let route = search.route(&network, &graph, &costs, Travel::UrgentCar, from, to).unwrap();
            let journey = Journey::along(&network, &route, costs.of(Travel::UrgentCar), 5_000, 1.0);
            assert_eq!(journey.arrives_ms - journey.departs_ms, i64::from(route.ms));
            let (first, last) = (journey.at(&network, 0), journey.at(&network, i64::MAX / 2));
            assert!(haversine_m(first.at, network.position(from).unwrap()) < 0.5 && first.speed_mps == 0.0);
            assert!(haversine_m(last.at, network.position(to).unwrap()) < 0.5 && last.speed_mps == 0.0);
            let track = journey.track(&network, i64::MAX);
            assert!(track.windows(2).all(|pair| pair[0].0 <= pair[1].0));
            for (ms, at) in track {
                assert!(haversine_m(journey.at(&network, ms).at, at) < 1.0);
            }
        }
    }
}
