//! The rows of the table, and the targets.

/// What each group calls ours.
pub(crate) const OURS: &str = "citygate";

pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) group: &'static str,
    /// The size, as criterion knows it.
    pub(crate) size: &'static str,
    /// How often it is done in one iteration.
    pub(crate) times: f64,
    pub(crate) against: Vec<Against>,
}

/// What ours is compared with: a bench of the same size.
pub(crate) struct Against {
    pub(crate) name: &'static str,
    /// Of this group; none when it is the row's own.
    pub(crate) group: Option<&'static str>,
    pub(crate) peer: &'static str,
    pub(crate) target: Target,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Target {
    None,
    /// Ours is at least so many times faster.
    TimesFaster(f64),
    /// Ours takes at most so much of the other's time.
    TimesTheTime(f64),
}

use Target::{None as Any, TimesFaster, TimesTheTime};

const CITIES: [&str; 5] = ["3500", "100000", "1000000", "100000_clustered", "1000000_clustered"];
/// Moves in an iteration of `move_20m`.
const MOVES: f64 = 64.0;
/// Fixes in an iteration of `road_position`.
const FIXES: f64 = 3_500.0;
const USUAL: &str = "nearest_10_of_30_percent";

const fn peer(name: &'static str, peer: &'static str, target: Target) -> Against {
    Against { name, group: None, peer, target }
}

fn of_cities(what: &'static str, group: &'static str, times: f64, against: impl Fn() -> Vec<Against>) -> impl Iterator<Item = Row> {
    CITIES.into_iter().map(move |size| Row { what, group, size, times, against: against() })
}

/// All rows, in the order of the table.
pub(crate) fn all() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(of_cities("one move of 20 m", "move_20m", MOVES, || {
        vec![peer("rstar", "rstar", TimesFaster(25.0)), peer("flat grid", "flat_grid", TimesTheTime(1.0)), peer("kiddo", "kiddo", Any)]
    }));
    rows.extend(of_cities("nearest 10 of 30 %", USUAL, 1.0, || {
        vec![
            peer("rstar", "rstar", TimesFaster(6.0)),
            peer("flat grid", "flat_grid", TimesTheTime(0.8)),
            peer("kiddo, of all", "kiddo_unfiltered", Any),
        ]
    }));
    for (what, group) in [
        ("nearest 10 of 1 %", "nearest_10_of_1_percent"),
        ("nearest 10 with three capabilities", "nearest_10_three_capabilities"),
        ("nearest 10 from an empty quarter", "nearest_10_from_empty_quarter"),
    ] {
        rows.extend(of_cities(what, group, 1.0, || {
            let usual = Against { name: "our 30 %", group: Some(USUAL), peer: OURS, target: TimesTheTime(10.0) };
            vec![usual, peer("rstar", "rstar", Any), peer("flat grid", "flat_grid", Any)]
        }));
    }
    rows.extend(of_cities("three rings counted", "three_rings_counted", 1.0, || vec![peer("rstar", "rstar", TimesFaster(10.0))]));
    for (size, target) in
        [("sample_city", TimesFaster(7.0)), ("10000_tiled", TimesFaster(4.0)), ("10000_scattered", Any), ("25000_scattered", Any)]
    {
        let against = vec![peer("rstar and geo", "rstar_geo", target)];
        rows.push(Row { what: "zones at a point", group: "zones_at", size, times: 1.0, against });
    }
    for size in ["264", "25000", "100000"] {
        rows.push(Row { what: "one zone changed", group: "change_one_zone", size, times: 1.0, against: Vec::new() });
    }
    for size in ["all_stand", "some_follow"] {
        let against = vec![peer("rstar and geo", "rstar_geo", TimesFaster(3.5))];
        rows.push(Row { what: "one move among 25,000 fences", group: "move_20m_among_fences", size, times: 1.0, against });
    }
    for (what, group, size, times) in [
        ("a fix's update of the road position", "road_position", "driving", FIXES),
        ("the same for units that wander off the roads", "road_position", "wandering", FIXES),
        ("a road closed and opened", "close_and_open", "road", 1.0),
        ("the same for all roads across a line", "close_and_open", "line", 1.0),
        ("the same for 10,000 edges", "close_and_open", "10000_edges", 1.0),
        ("the first 5 of 30 % of 3,500 by road, with routes", "first_5_as_answered", "bare", 1.0),
        ("the same, and why not 5 who are nearer", "first_5_as_answered", "explained", 1.0),
    ] {
        rows.push(Row { what, group, size, times, against: Vec::new() });
    }
    for size in ["p50", "p99"] {
        let against = vec![Against { name: "nobody writes", group: Some("nearest_while_nobody_writes"), peer: OURS, target: Any }];
        rows.push(Row {
            what: "nearest 10 of 30 % beside 1,000,000 moves/s",
            group: "nearest_beside_1000000_moves",
            size,
            times: 1.0,
            against,
        });
    }
    for (what, group, times_faster) in [
        ("nearest 5 by arrival, of 30 %", "nearest_5_by_eta", TimesFaster(20.0)),
        ("nearest 5 by arrival, of 1 %", "nearest_5_by_eta_of_1_percent", Any),
    ] {
        for size in ["sample_city_p50", "sample_city_p99", "250000_junctions_p50", "250000_junctions_p99"] {
            let target = if size == "sample_city_p50" { times_faster } else { Any };
            let against = vec![peer("one to all, one way", "one_to_all", target), peer("petgraph, one way", "petgraph", Any)];
            rows.push(Row { what, group, size, times: 1.0, against });
        }
    }
    rows
}

/// How many targets there are.
pub(crate) fn targets(rows: &[Row]) -> usize {
    rows.iter().flat_map(|row| &row.against).filter(|against| against.target != Any).count()
}
