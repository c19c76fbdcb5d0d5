//! How far it is at least, without a search: from times to and from a few places far out.
//!
//! Going from `a` to `b` takes at least what going from a landmark to `b` takes longer than to `a`, and at least what going to it
//! takes longer from `a` than from `b`: otherwise there were a shorter way by the other. With landmarks at the rim of the
//! network one of them lies nearly behind `a` or `b`, and says nearly the whole time.
//!
//! # Why it stays true
//! The times are those of free roads. A jam makes a drive slower and a closure takes it away, so all ways become slower still. A
//! factor `f` below 1 makes it faster, to `max(1, round(f t))` milliseconds for a free time `t`; that is at least `2/3 f t`, since
//! where `f t < 1.5` it is at least 1, and elsewhere rounding takes at most 0.5 off, a third. So once a factor below 1 has
//! been set, two thirds of the least one ever set, times the free times, say how far it is at least. Both bounds are consistent: along
//! a drive they change by no more than it costs, also when they are rounded down, since costs are whole; so is the greater or
//! the lesser of several, and a search in their order settles every node once, exactly.

use super::{
    super::{Costs, Link, NodeNo, RoadGraph, TRAVELS, Travel},
    frontier::Frontier,
    plus,
    way::Way,
};

/// Landmarks for each way of travelling. With times to and from each they fill a cache line a node.
pub const LANDMARKS: usize = 8;
/// The longest time that is kept, milliseconds (12 days); what takes longer counts as this, which keeps the bounds true.
const MS_MAX: u32 = 1 << 30;

/// Of a node, the time from each landmark, and less than nothing by the time to it, milliseconds.
type Row = [i32; 2 * LANDMARKS];

/// Times to and from landmarks, by way of travelling: what makes searches for few candidates look in the right direction. Built
/// once for a network; 64 bytes for each node and way of travelling.
#[derive(Debug, Default)]
pub struct Landmarks {
    /// Empty for a way that they were not built for, of which nothing is known then.
    rows: [Box<[Row]>; TRAVELS],
}

impl Landmarks {
    /// Finds landmarks and the times to and from them on free roads, for some ways of travelling. Seventeen searches over the whole
    /// graph a way: some 50 ms for 14,000 junctions, a second for 250,000.
    #[must_use]
    pub fn new(graph: &RoadGraph, costs: &Costs, travels: impl IntoIterator<Item = Travel>) -> Self {
        let mut landmarks = Self::default();
        let mut frontier = Frontier::default();
        for travel in travels {
            if let Some(rows) = landmarks.rows.get_mut(usize::from(travel.code())) {
                let free = costs.free_of(travel);
                *rows = table(&mut frontier, graph, &Way { travel, least_ms: 0, costs: &free });
            }
        }
        landmarks
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|rows| rows.is_empty())
    }
}

impl Costs {
    /// How far it is at least by a way of travelling, as things are now.
    pub(super) fn bounds(&self, travel: Travel) -> Bounds<'_> {
        let factor = f64::from(self.least_factor());
        let share = if factor < 1.0 { factor * 2.0 / 3.0 } else { 1.0 };
        Bounds { rows: self.landmarks().rows.get(usize::from(travel.code())).map_or(&[], |rows| rows), share }
    }
}

fn table(frontier: &mut Frontier, graph: &RoadGraph, way: &Way<'_>) -> Box<[Row]> {
    let nodes = || 0..graph.len() as NodeNo;
    let mut rows = vec![[0; 2 * LANDMARKS]; graph.len()].into_boxed_slice();
    // By node, the time from the landmark nearest to it; at first from anywhere.
    walk(frontier, graph, way, 0, RoadGraph::ways_out);
    let mut apart: Vec<u32> = nodes().map(|node| frontier.ms(node).unwrap_or_default()).collect();
    for n in 0..LANDMARKS {
        // The next one is what lies farthest from all; of what is cut off nothing is known, so that it is never one.
        let Some((_, landmark)) = apart.iter().zip(nodes()).max() else { break };
        walk(frontier, graph, way, landmark, RoadGraph::ways_out);
        for ((row, apart), node) in rows.iter_mut().zip(&mut apart).zip(nodes()) {
            let ms = frontier.ms(node);
            *apart = if n == 0 { ms.unwrap_or_default() } else { ms.map_or(0, |ms| ms.min(*apart)) };
            if let Some(from) = row.get_mut(n) {
                *from = ms.map_or(MS_MAX, |ms| ms.min(MS_MAX)) as i32;
            }
        }
        walk(frontier, graph, way, landmark, RoadGraph::ways_in);
        for (row, node) in rows.iter_mut().zip(nodes()) {
            if let Some(to) = row.get_mut(LANDMARKS + n) {
                *to = -(frontier.ms(node).map_or(MS_MAX, |ms| ms.min(MS_MAX)) as i32);
            }
        }
    }
    rows
}

/// The times between a node and all others, left in the frontier.
fn walk(frontier: &mut Frontier, graph: &RoadGraph, way: &Way<'_>, from: NodeNo, ways: fn(&RoadGraph, NodeNo) -> &[Link]) {
    frontier.begin(graph.len());
    frontier.offer(from, 0);
    while let Some((ms, node)) = frontier.settle() {
        for link in ways(graph, node) {
            if let Some(cost) = way.cost(link.drive) {
                frontier.offer(link.node, plus(ms, cost));
            }
        }
    }
}

/// How far it is at least, for one way of travelling.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds<'a> {
    rows: &'a [Row],
    /// What of the time on free roads is certain.
    share: f64,
}

/// Where a bound is counted from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Post<'a>(Option<&'a Row>);

impl<'a> Bounds<'a> {
    pub(super) fn post(&self, node: NodeNo) -> Post<'a> {
        Post(self.rows.get(node as usize))
    }

    /// The least time that going from one node to another can take, milliseconds.
    pub(super) fn least_ms(&self, from: Post<'a>, to: Post<'a>) -> u32 {
        let (Some(from), Some(to)) = (from.0, to.0) else { return 0 };
        let most = from.iter().zip(to).map(|(from, to)| to - from).fold(0, i32::max) as u32;
        if self.share < 1.0 { (f64::from(most) * self.share) as u32 } else { most }
    }
}
