use citygate::{
    geodesy::haversine_m,
    reach::{Isochrone, LIMIT_MS_MAX, Outline, ReachError, STARTS_MAX, Source, Span, Start, Stretch},
    roads::{RoadPlace, Travel},
};
use geo::{Contains, Distance, Haversine, LinesIter, Validation};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

use crate::{
    brute::Brute,
    small::{LIMITS_MS, small},
};

#[test]
fn it_equals_brute_force() {
    for seed in 0..60 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let small = small(&mut rng);
        let travel = *Travel::ALL.choose(&mut rng).unwrap();
        let starts: Vec<Start> =
            (0..rng.random_range(0..4)).map(|_| Start { place: small.place(&mut rng), delay_ms: rng.random_range(0..20_000) }).collect();
        let all: Vec<Brute<'_>> = starts
            .iter()
            .map(|start| Brute::new(&small.network, &small.costs, Source { who: 0, place: start.place, travel, delay_ms: start.delay_ms }))
            .collect();
        let most_ms = LIMITS_MS[2];
        let isochrone = Isochrone::new(&small.graph, &small.costs, travel, &starts, most_ms).unwrap();
        let first = |place: RoadPlace| all.iter().filter_map(|brute| brute.ms_to(place)).min();
        for _ in 0..50 {
            let place = small.place(&mut rng);
            assert_eq!(isochrone.ms_to(place).map(u64::from), first(place).filter(|ms| *ms <= u64::from(most_ms)));
        }
        for limit_ms in LIMITS_MS {
            let stretches = isochrone.stretches(limit_ms);
            for edge in 0..small.network.edges().len() as u32 {
                for along in (0..=65_535).step_by(257) {
                    let is_reached = first(RoadPlace { edge, along }).is_some_and(|ms| ms <= u64::from(limit_ms));
                    let holds = |span: Span| (span.from..span.to).contains(&u32::from(along));
                    assert_eq!(stretches.iter().any(|stretch| stretch.edge == edge && holds(stretch.span)), is_reached);
                }
            }
        }
    }
}

#[test]
fn a_stretch_has_its_part_of_the_line() {
    for seed in 0..40 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let small = small(&mut rng);
        let edge = rng.random_range(0..small.network.edges().len() as u32);
        let length_m = small.network.length_m(edge).unwrap();
        let (from, to) = (rng.random_range(0..30_000), rng.random_range(30_001..65_536));
        let line = Stretch { edge, span: Span { from, to } }.line(&small.network);
        let line_m: f64 = line.windows(2).map(|pair| haversine_m(pair[0], pair[1])).sum();
        assert!((line_m - length_m * f64::from(to - 1 - from) / 65_535.0).abs() < 0.01, "{line_m} {from} {to} of {length_m}");
        let spot = |place: u32| {
            let at_m = length_m * f64::from(place) / 65_535.0;
            small.network.spot(citygate::roads::Drive { edge, backward: false }, at_m).unwrap().at
        };
        assert!(haversine_m(line[0], spot(from)) < 0.01 && haversine_m(*line.last().unwrap(), spot(to - 1)) < 0.01);
        assert_eq!(
            Stretch { edge, span: Span::WHOLE }.line(&small.network),
            small.network.edges().get(edge as usize).unwrap().shape.iter().collect::<Vec<_>>()
        );
    }
}

/// What is within half the width is inside, what is beyond one and a half is outside, the rings are those of valid polygons.
#[test]
fn an_outline_is_as_wide_as_it_says() {
    let mut corners = 0;
    for seed in 0..60 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let small = small(&mut rng);
        let start = Start { place: small.place(&mut rng), delay_ms: 0 };
        let isochrone = Isochrone::new(&small.graph, &small.costs, Travel::Car, &[start], 60_000).unwrap();
        let stretches = isochrone.stretches(rng.random_range(1_000..60_000));
        let width_m = rng.random_range(8.0..120.0);
        let outline = Outline::new(&small.network, &stretches, width_m);
        assert_eq!(outline, Outline::new(&small.network, &stretches, width_m));
        assert_eq!(outline.width_m, width_m);
        assert!(outline.area.is_valid(), "{seed}: {:?}", outline.area.validation_errors());
        corners += outline.area.lines_iter().count();
        let lines: Vec<geo::LineString> =
            stretches.iter().map(|stretch| stretch.line(&small.network).iter().map(|at| at.to_point().0).collect()).collect();
        for _ in 0..300 {
            let edge = rng.random_range(0..small.network.edges().len() as u32);
            let line = Stretch { edge, span: Span::WHOLE }.line(&small.network);
            let at = line.choose(&mut rng).unwrap().offset(rng.random_range(0.0..300.0), rng.random_range(0.0..360.0));
            // Straight in degrees and along the ground are the same over some hundred metres.
            let distance_m = lines
                .iter()
                .flat_map(|line| line.lines().map(|part| nearest_m(at.to_point(), part)).collect::<Vec<_>>())
                .fold(f64::INFINITY, f64::min);
            let is_inside = outline.area.contains(&at.to_point());
            assert!(is_inside || distance_m > 0.5 * width_m, "{seed}: {distance_m} of {width_m}");
            assert!(!is_inside || distance_m < 1.5 * width_m, "{seed}: {distance_m} of {width_m}");
        }
    }
    assert!(corners < 60 * 600, "{corners}");
}

/// The distance of a point from a part of a line, metres.
fn nearest_m(p: geo::Point, line: geo::Line) -> f64 {
    let scale = p.y().to_radians().cos();
    let [dx, dy] = [line.dx() * scale, line.dy()];
    let [px, py] = [(p.x() - line.start.x) * scale, p.y() - line.start.y];
    let square = dx * dx + dy * dy;
    let along = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    Haversine.distance(p, geo::Point::new(line.start.x + along * line.dx(), line.start.y + along * line.dy()))
}

#[test]
fn of_nothing_there_is_no_outline() {
    let small = small(&mut SmallRng::seed_from_u64(1));
    assert!(Outline::new(&small.network, &[], 50.0).area.0.is_empty());
}

#[test]
fn limits_are_named() {
    let small = small(&mut SmallRng::seed_from_u64(1));
    let start = Start { place: RoadPlace { edge: 0, along: 0 }, delay_ms: 0 };
    let new = |starts: &[Start], most_ms| Isochrone::new(&small.graph, &small.costs, Travel::Car, starts, most_ms).err();
    assert_eq!(new(&vec![start; STARTS_MAX], LIMIT_MS_MAX), None);
    assert_eq!(new(&vec![start; STARTS_MAX + 1], 1), Some(ReachError::TooMany { what: "starts", count: STARTS_MAX + 1, max: STARTS_MAX }));
    assert_eq!(new(&[start], LIMIT_MS_MAX + 1), Some(ReachError::Time { what: "most_ms", ms: LIMIT_MS_MAX + 1, max: LIMIT_MS_MAX }));
    let nowhere = Start { place: RoadPlace { edge: 9_999, along: 0 }, delay_ms: 0 };
    assert!(matches!(new(&[nowhere], 1), Some(ReachError::NoEdge { edge: 9_999, .. })));
}
