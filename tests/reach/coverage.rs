use std::collections::BTreeMap;

use citygate::{
    reach::{Coverage, Groups, PLACES, ReachError, Source},
    roads::{Costs, RoadPlace, Travel},
};
use rand::{Rng, SeedableRng, rngs::SmallRng};

use crate::{
    brute::Brute,
    small::{LIMITS_MS, Small, small},
};

fn same(live: &Coverage, fresh: &Coverage, small: &Small) {
    assert_eq!(live.units(), fresh.units());
    for edge in 0..small.network.edges().len() as u32 {
        assert_eq!(live.edge(edge), fresh.edge(edge), "edge {edge}");
    }
    for node in 0..small.graph.len() as u32 {
        for travel in Travel::ALL {
            assert_eq!(live.first_at(node, *travel), fresh.first_at(node, *travel), "node {node} {travel}");
        }
    }
    // Bit for bit: the sums are whole numbers.
    assert_eq!(live.city(), fresh.city());
    for group in 0..small.groups.len() as u32 {
        assert_eq!(live.group(group), fresh.group(group), "group {group}");
    }
}

/// The sources of a coverage against brute force: who is where first, and what is reached of some edges.
fn equals_brute_force(live: &Coverage, small: &Small, costs: &Costs, sources: &[Source], rng: &mut SmallRng) {
    let all: Vec<Brute<'_>> = sources.iter().map(|source| Brute::new(&small.network, costs, *source)).collect();
    let first = |place: RoadPlace| all.iter().zip(sources).filter_map(|(brute, source)| Some((brute.ms_to(place)?, source.who))).min();
    for _ in 0..50 {
        let place = small.place(rng);
        let expected = first(place).filter(|(ms, _)| *ms <= u64::from(LIMITS_MS[2]));
        assert_eq!(live.first(place).map(|first| (u64::from(first.ms), first.who)), expected, "{place:?}");
    }
    let edge = rng.random_range(0..small.network.edges().len() as u32);
    let mut counts = [0; 3];
    for along in 0..=u16::MAX {
        let ms = first(RoadPlace { edge, along }).map_or(u64::MAX, |(ms, _)| ms);
        for (count, limit_ms) in counts.iter_mut().zip(LIMITS_MS) {
            *count += u32::from(ms <= u64::from(limit_ms));
        }
    }
    assert_eq!(live.edge(edge), Some(counts), "edge {edge}");
}

#[test]
fn kept_live_it_equals_from_nothing_and_brute_force() {
    for seed in 0..40 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let small = small(&mut rng);
        let (mut costs, mut sources) = (small.costs.clone(), BTreeMap::new());
        let mut live = small.coverage(&costs, &[]);
        for step in 0..80 {
            let who = rng.random_range(0..8);
            match rng.random_range(0..10) {
                0..=4 => {
                    let source = small.source(&mut rng, who);
                    live.put(who, source.place, source.travel, source.delay_ms).unwrap();
                    sources.insert(who, source);
                }
                5..=6 => assert_eq!(live.remove(who), sources.remove(&who).is_some()),
                _ => {
                    let (drive, factor) = (rng.random_range(0..2 * small.network.edges().len() as u32), Small::factor(&mut rng));
                    live.set_factor(drive, factor);
                    costs.set_factor(drive, factor);
                }
            }
            let all: Vec<Source> = sources.values().copied().collect();
            same(&live, &small.coverage(&costs, &all), &small);
            if step % 40 == 39 {
                equals_brute_force(&live, &small, &costs, &all, &mut rng);
            }
        }
    }
}

#[test]
fn many_at_once_are_as_one_by_one() {
    let mut rng = SmallRng::seed_from_u64(7);
    for _ in 0..50 {
        let small = small(&mut rng);
        let first: Vec<Source> = (0..12).map(|who| small.source(&mut rng, who % 6)).collect();
        let second: Vec<Source> = (0..12).map(|who| small.source(&mut rng, who % 7)).collect();
        let mut at_once = small.coverage(&small.costs, &first);
        at_once.put_all(&second).unwrap();
        let mut one_by_one = small.coverage(&small.costs, &[]);
        for source in first.iter().chain(&second) {
            one_by_one.put(source.who, source.place, source.travel, source.delay_ms).unwrap();
        }
        same(&at_once, &one_by_one, &small);
    }
}

#[test]
fn stretches_and_gaps_make_the_whole_and_groups_their_edges() {
    let mut rng = SmallRng::seed_from_u64(9);
    for _ in 0..50 {
        let small = small(&mut rng);
        let sources: Vec<Source> = (0..4).map(|who| small.source(&mut rng, who)).collect();
        let coverage = small.coverage(&small.costs, &sources);
        for (limit, limit_ms) in LIMITS_MS.into_iter().enumerate() {
            let (reached, missing) = (coverage.stretches(limit_ms, true), coverage.stretches(limit_ms, false));
            for edge in 0..small.network.edges().len() as u32 {
                let places = |stretches: &[citygate::reach::Stretch]| -> u32 {
                    stretches.iter().filter(|stretch| stretch.edge == edge).map(|stretch| stretch.span.count()).sum()
                };
                assert_eq!(places(&reached), coverage.edge(edge).unwrap()[limit]);
                assert_eq!(places(&reached) + places(&missing), PLACES);
            }
            for group in 0..small.groups.len() as u32 {
                let (mut reached_m, mut total_m) = (0.0, 0.0);
                for edge in (0..small.network.edges().len() as u32).filter(|edge| small.groups.of(*edge).contains(&group)) {
                    let length_m = small.network.length_m(edge).unwrap();
                    reached_m += length_m * f64::from(coverage.edge(edge).unwrap()[limit]) / f64::from(PLACES);
                    total_m += length_m;
                }
                let share = coverage.group(group).unwrap()[limit];
                // Lengths are counted in whole millimetres.
                assert!((share.reached_m - reached_m).abs() < 0.1 && (share.total_m - total_m).abs() < 0.1);
            }
            let holes = coverage.holes(limit, 0..small.groups.len() as u32, 3);
            let missing_m = |group: u32| coverage.group(group).unwrap()[limit].missing_m();
            // Metres are rounded from sums that are not.
            assert!(holes.is_sorted_by(|a, b| b.share.missing_m() <= a.share.missing_m() + 1e-6));
            let least = if holes.len() == 3 { holes[2].share.missing_m() } else { 0.0 };
            let left_out = (0..small.groups.len() as u32).filter(|group| holes.iter().all(|hole| hole.group != *group));
            left_out.for_each(|group| assert!(missing_m(group) <= least + 1e-6));
        }
    }
}

#[test]
fn what_does_not_fit_is_named_and_changes_nothing() {
    let mut rng = SmallRng::seed_from_u64(1);
    let small = small(&mut rng);
    let sources = [Source { delay_ms: 0, ..small.source(&mut rng, 0) }];
    let mut coverage = small.coverage(&small.costs, &sources);
    let nowhere = Source { place: RoadPlace { edge: 9_999, along: 0 }, ..sources[0] };
    let count = small.network.edges().len();
    assert_eq!(coverage.put_all(&[small.source(&mut rng, 1), nowhere]), Err(ReachError::NoEdge { edge: 9_999, count }));
    coverage.set_factor(99_999, 2.0);
    same(&coverage, &small.coverage(&small.costs, &sources), &small);
    for limits_ms in [[0, 1, 2], [1, 1, 2], [1, 2, 3_600_001]] {
        let refused = Coverage::new(&small.network, small.graph.clone(), small.costs.clone(), small.groups.clone(), limits_ms);
        assert_eq!(refused.err(), Some(ReachError::Limits { limits_ms }));
    }
}

#[test]
fn groups_have_an_edge_once() {
    let groups = Groups::new([vec![3, 1, 3], vec![], vec![3]]);
    assert_eq!((groups.len(), groups.of(0), groups.of(1), groups.of(2), groups.of(3)), (4, &[1, 3][..], &[][..], &[3][..], &[][..]));
    assert!(Groups::default().is_empty());
}
