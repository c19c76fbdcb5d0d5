//! Streets, starts and entries of a city's roads.

use super::{Entry, Going, Streets};
use crate::roads::{Costs, Drive, NEVER, RoadGraph, RoadNetwork, RoadPlace, Travel};

/// The time below which he takes no drive, milliseconds: the road free, he `faster` times as fast as the paces say, one-way streets and
/// banned turns not for him. None where nobody goes who travels so.
fn least_ms(costs: &Costs, travel: Travel, faster: f64, drive: Drive) -> Option<u32> {
    let ms = |backward| costs.free_ms(Drive { backward, ..drive }.no(), travel);
    let ms = Some(ms(false).min(ms(true))).filter(|ms| *ms != NEVER)?;
    // Conversions saturate.
    Some((f64::from(ms) / faster.max(1.0)).floor() as u32)
}

/// How a suspect goes: along every road that is open to his way of travelling, in both directions, with every turn, and no step takes
/// him less than this. `faster`, at least 1, is by how much he outruns the paces. Linear.
#[must_use]
pub fn suspect_streets(network: &RoadNetwork, costs: &Costs, travel: Travel, faster: f64) -> Streets {
    let of_edge = |edge| {
        let drive = Drive { edge, backward: false };
        let ((from, to), ms) = network.ends(drive.no()).zip(least_ms(costs, travel, faster, drive))?;
        Some([(from, to, ms), (to, from, ms)])
    };
    let steps: Vec<_> = (0..network.edges().len() as u32).filter_map(of_edge).flatten().collect();
    Streets::new(network.junctions().len(), steps.into_iter())
}

/// Where he starts who was seen on an edge at a moment of the scene's clock: at both its ends.
#[must_use]
pub fn starts(network: &RoadNetwork, costs: &Costs, travel: Travel, faster: f64, seen: RoadPlace, at_ms: u32) -> Vec<Entry> {
    let to_end = |backward| {
        let drive = seen.drive(backward);
        let ((_, end), ms) = network.ends(drive.no()).zip(least_ms(costs, travel, faster, drive))?;
        Some(Entry { point: end, ms: at_ms.saturating_add(seen.ms_to_end(backward, ms)) })
    };
    [false, true].into_iter().filter_map(to_end).collect()
}

/// How units go who travel so, now. Linear.
#[must_use]
pub fn going(graph: &RoadGraph, costs: &Costs, travel: Travel) -> Going {
    let costs = costs.of(travel);
    let nodes = 0..graph.len() as u32;
    let extra = nodes.clone().filter_map(|node| graph.junction(node).filter(|junction| *junction != node)).collect();
    let steps = nodes.flat_map(|node| {
        graph.ways_out(node).iter().filter_map(move |link| {
            let ms = costs.get(link.drive as usize).copied().filter(|ms| *ms != NEVER)?;
            Some((node, link.node, ms))
        })
    });
    let streets = Streets::new(graph.len(), steps).into();
    Going { streets, extra }
}

/// Where a unit that stands on an edge may begin, given when it moves off and what it takes to set up, together: at the ends that
/// it may drive to, and at the one that it stands at.
#[must_use]
pub fn entries(graph: &RoadGraph, costs: &Costs, travel: Travel, place: RoadPlace, ms: u32) -> [Option<Entry>; 2] {
    let costs = costs.of(travel);
    [false, true].map(|backward| {
        let drive = place.drive(backward).no();
        let head = graph.head(drive)?;
        if place.along(!backward) == 0 {
            return Some(Entry { point: graph.junction(head)?, ms });
        }
        let cost = costs.get(drive as usize).copied().filter(|cost| *cost != NEVER)?;
        Some(Entry { point: head, ms: ms.saturating_add(place.ms_to_end(backward, cost)) })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        cordon::Step,
        geodesy::LatLng,
        model::Name,
        roads::{Ban, Paces, RoadClass, RoadEdge},
    };

    /// Three junctions in a row, 1,112 m apart, at 36 km/h; the second stretch is one-way. Who comes along the first may not turn
    /// round at its end.
    fn network() -> RoadNetwork {
        let at = |n: u32| LatLng::new(22.80 + 0.01 * f64::from(n), 108.3).unwrap();
        let edge = |from, to, one_way| RoadEdge {
            from,
            to,
            class: RoadClass::Street,
            speed_kmh: 36,
            one_way,
            bridge: false,
            name: Arc::new(Name::default()),
            shape: [at(from), at(to)].into(),
        };
        let first = |backward| Drive { edge: 0, backward };
        let network = RoadNetwork::new((0..3).map(at).collect(), vec![edge(0, 1, false), edge(1, 2, true)]).unwrap();
        network.with_bans(vec![Ban { from: first(false), to: first(true) }]).unwrap()
    }

    #[test]
    fn he_goes_against_one_way_streets_and_never_slower_than_the_paces() {
        let network = network();
        let costs = Costs::new(&network, &Paces::default());
        let streets = suspect_streets(&network, &costs, Travel::Car, 1.0);
        assert_eq!(streets.steps_out(1), [Step { point: 0, ms: 138_994 }, Step { point: 2, ms: 138_994 }]);
        assert_eq!(streets.steps_out(2), [Step { point: 1, ms: 138_994 }]);
        let faster = suspect_streets(&network, &costs, Travel::Car, 1.5);
        assert_eq!(faster.steps_out(2), [Step { point: 1, ms: 92_662 }]);
        // A faster slower than the paces is none.
        assert_eq!(suspect_streets(&network, &costs, Travel::Car, f64::NAN).steps_out(2), streets.steps_out(2));
        let found = starts(&network, &costs, Travel::Car, 1.0, RoadPlace::new(1, 0.25), 1_000);
        assert_eq!(found.iter().map(|entry| (entry.point, entry.ms)).collect::<Vec<_>>(), [(2, 105_245), (1, 35_749)]);
    }

    #[test]
    fn units_keep_to_one_way_streets_and_banned_turns() {
        let network = network();
        let (graph, costs) = (RoadGraph::new(&network), Costs::new(&network, &Paces::default()));
        let going = going(&graph, &costs, Travel::UrgentCar);
        assert_eq!((going.streets.len(), &*going.extra, going.junction(3)), (4, &[1][..], Some(1)));
        // At the node of those who come along the first stretch only the way on is left.
        assert_eq!(going.streets.steps_out(3), [Step { point: 2, ms: 85_535 }]);
        assert!(going.streets.steps_out(2).is_empty());
        let of = |edge, share| entries(&graph, &costs, Travel::UrgentCar, RoadPlace::new(edge, share), 10_000);
        assert_eq!(of(0, 0.0), [Some(Entry { point: 3, ms: 95_535 }), Some(Entry { point: 0, ms: 10_000 })]);
        // On a one-way street: only on, unless it stands where it begins.
        assert_eq!(of(1, 0.5)[1], None);
        assert_eq!(of(1, 0.0), [Some(Entry { point: 2, ms: 95_535 }), Some(Entry { point: 1, ms: 10_000 })]);
        assert_eq!(of(9, 0.5), [None, None]);
    }
}
