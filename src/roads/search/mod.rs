//! Searches over the roads: who is there first, by which route, and how far somebody gets.
//!
//! # What is asked, and what a way is
//! A way from a place to another, for one way of travelling, goes either straight along one drive of the edge that both stand
//! on; or to the end of a drive of the first edge, from node to node of the [`RoadGraph`], and along the last drive as far as the
//! place. Who stands on an edge may leave it by either of its drives that it may drive. All times are whole milliseconds, added
//! without rounding, so that an arrival, a route and a reach that mean the same way say the same time to the millisecond. Sums
//! end one below [`NEVER`] (49 days).
//!
//! # Why the answers are exact
//! [`Search::earliest`] runs Dijkstra's algorithm backwards from the place asked for, at once for every way of travelling: a
//! *state* is a node and a way of travelling, its time the least delay of that way and the time from the node to the place. States
//! are settled in order of time, so that when one is settled its time is exact. Nobody of that way whose drive ends at the node
//! arrives sooner than the state's time, since to it come what is left of the drive and what the delay is above the least; so
//! once states come that are later than the k-th best arrival found, nobody who is still unmet can be among the k, nor tie with
//! the last of them. With all ways in one order, no way is followed a step farther than the answer needs, whichever way
//! the k are found by: the work is the states that are nearer than the k-th arrival, and no others. Nodes know banned
//! turns ([`RoadGraph`]), so the search need not.
//!
//! Where few are wanted the ball that holds k of them is large. [`Search::earliest_of`] searches for one after another, each in
//! its direction, in the order of the times that [`Landmarks`] prove nobody can beat; once the next of those is later than the
//! k-th found, nobody who is left can be among the k. [`Search::route`] is such a search for one. Why the bounds hold under jams,
//! closures and faster roads is proved in `landmarks.rs`.
//!
//! # Cost
//! Each state settled costs a look at the drives into its node: some 50 ns where they lie in a cache near by. Nothing is allocated
//! but the answer, and nothing cleared: a [`Search`] is the scratch, one for each thread, and grows with the largest
//! graph asked (20 bytes a node, or 8 a state). Which of the two: [`Search::earliest`] where the wanted are many, some hundred in
//! a city, or where no landmarks are known; [`Search::earliest_of`] where they are some dozens. Figures: `benches/RESULTS.md`.

mod best;
mod earliest;
mod few;
mod frontier;
mod labels;
mod landmarks;
mod queue;
mod reach;
mod route;
mod toward;
mod way;

pub use landmarks::{LANDMARKS, Landmarks};
pub use reach::Reach;
pub use route::Route;

pub(crate) use self::frontier::Frontier;
use self::way::Way;
use super::{Link, NEVER, NodeNo, RoadPlace, Travel};

#[cfg(doc)]
use super::RoadGraph;

/// Somebody on an edge who may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Their number; of two that arrive at once the lower goes first.
    pub who: u32,
    /// Where they are.
    pub place: RoadPlace,
    /// How they go.
    pub travel: Travel,
    /// How long until they move off, milliseconds.
    pub delay_ms: u32,
}

/// When somebody can be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Their number.
    pub who: u32,
    /// How long until then, milliseconds, the delay included.
    pub eta_ms: u32,
    /// How they go.
    pub travel: Travel,
}

/// Who is there first?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Where to.
    pub to: RoadPlace,
    /// How many are wanted.
    pub k: usize,
    /// Nobody is wanted who arrives later than this, milliseconds.
    pub most_ms: u32,
    /// The ways that anybody goes by, each with a delay that is at most that of anybody who goes by it, milliseconds; the nearer
    /// it is to the least of them, the less there is to search. Who goes by another way is not wanted.
    pub ways: &'a [(Travel, u32)],
}

/// The scratch of searches: one for each thread, used again and again.
#[derive(Debug, Default)]
pub struct Search {
    frontier: Frontier,
    /// How a route goes on from each node that it reached.
    onward: Vec<Link>,
    /// By node that a search for one looked at: when that one is there at the earliest, milliseconds.
    ahead_ms: Vec<u32>,
    /// What a reach settled, in order.
    settled: Vec<(NodeNo, u32)>,
}

/// A sum of times, one below [`NEVER`] at most.
fn plus(a_ms: u32, b_ms: u32) -> u32 {
    a_ms.saturating_add(b_ms).min(NEVER - 1)
}

/// The time from a place straight on to another on the same edge, and whether backward; none where that may not be driven.
fn straight_ms(from: RoadPlace, to: RoadPlace, way: &Way<'_>) -> Option<(u32, bool)> {
    if from.edge != to.edge {
        return None;
    }
    let along = |backward| Some((from.ms_to(to, backward, way.cost(to.drive(backward).no())?)?, backward));
    [false, true].into_iter().filter_map(along).min()
}
