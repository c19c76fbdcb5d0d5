//! Which few idle units to shift where, so that the promise is kept for more of the road.

use std::collections::HashMap;

use super::{
    Coverage, Isochrone, LIMIT_MS_MAX, MOVES_MAX, POSTS_MAX, ReachError, Source, Start, Stretch, UNITS_MAX,
    atoms::Atoms,
    choice::{Choice, Offer},
    share::{Amount, amount, metres},
};
use crate::roads::{RoadPlace, Travel};

/// The question.
#[derive(Debug, Clone, Copy)]
pub struct MoveUp<'a> {
    /// The units that may be moved; the others stay and count.
    pub units: &'a [u32],
    /// Where they may be moved to, each place for one unit.
    pub posts: &'a [RoadPlace],
    /// At most so many moves.
    pub most_moves: usize,
    /// The promise: road counts that somebody reaches within this, at most the longest limit of the coverage, milliseconds.
    pub limit_ms: u32,
    /// Whoever moves is at its post within this, turn-out included, milliseconds.
    pub within_ms: u32,
}

/// One unit shifted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Move {
    /// The unit.
    pub who: u32,
    /// The place of its post in the question.
    pub post: usize,
    /// When it is there, turn-out included, milliseconds.
    pub there_ms: u32,
    /// Road reached after it that was not before, less what was and is not any more, after the moves before it, metres.
    pub gain_m: f64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The moves, the one that gains most first.
    pub moves: Vec<Move>,
    /// Road that is reached now, metres.
    pub before_m: f64,
    /// Road that is reached when all have moved, metres.
    pub after_m: f64,
    /// No plan within the question's limits reaches more than this, metres.
    pub bound_m: f64,
    /// All road, metres.
    pub total_m: f64,
}

impl Coverage {
    /// A good plan, and how good the best could be: greedy. The module `choice` says what is proved. Costs one
    /// search a unit, and one a post for every way of travelling and turn-out among the units.
    ///
    /// # Errors
    /// [`ReachError`] for a unit that is not there, a post on no edge, too many of anything, or a time out of range.
    pub fn move_up(&self, ask: &MoveUp<'_>) -> Result<Plan, ReachError> {
        let units = self.check(ask)?;
        let mut others = self.clone();
        units.iter().for_each(|unit| {
            others.remove(unit.who);
        });
        let rest = others.stretches(ask.limit_ms, true);
        let reach = |travel, start, within_ms| Isochrone::new(self.graph(), self.costs(), travel, &[start], within_ms);

        let mut sets: Vec<Vec<Stretch>> = Vec::new();
        let mut stations: HashMap<(Travel, u32, usize), usize> = HashMap::new();
        let mut offers = Vec::new();
        for (no, unit) in units.iter().enumerate() {
            let start = Start { place: unit.place, delay_ms: unit.delay_ms };
            sets.push(reach(unit.travel, start, ask.limit_ms)?.stretches(ask.limit_ms));
            let way = reach(unit.travel, start, ask.within_ms)?;
            let there = ask.posts.iter().enumerate().filter_map(|(post, place)| Some((post, way.ms_to(*place)?)));
            offers.extend(there.map(|(post, ms)| Offer { unit: no, post, set: 0, ms }));
        }
        for offer in &mut offers {
            let Some((unit, place)) = units.get(offer.unit).zip(ask.posts.get(offer.post)) else { continue };
            let station = (unit.travel, unit.delay_ms, offer.post);
            offer.set = match stations.get(&station) {
                Some(set) => *set,
                None => {
                    let start = Start { place: *place, delay_ms: unit.delay_ms };
                    sets.push(reach(unit.travel, start, ask.limit_ms)?.stretches(ask.limit_ms));
                    stations.insert(station, sets.len() - 1);
                    sets.len() - 1
                }
            };
        }

        let atoms = Atoms::new(&sets, &rest, |edge| self.weight(edge));
        let choice = Choice { atoms, homes: (0..units.len()).collect(), offers, posts: ask.posts.len() };
        let chosen = choice.greedy(ask.most_moves);
        let rest: Amount = rest.iter().map(|stretch| amount(self.weight(stretch.edge), stretch.span.count())).sum();
        let before = rest + choice.before();
        let after = before + chosen.iter().map(|(_, gain)| gain).sum::<Amount>();
        let made = |(offer, gain): &(Offer, Amount)| {
            let who = units.get(offer.unit)?.who;
            Some(Move { who, post: offer.post, there_ms: offer.ms, gain_m: metres(*gain) })
        };
        Ok(Plan {
            moves: chosen.iter().filter_map(made).collect(),
            before_m: metres(before),
            after_m: metres(after),
            bound_m: metres(rest + choice.bound(ask.most_moves, &chosen)),
            total_m: self.city().first().map_or(0.0, |share| share.total_m),
        })
    }

    /// The units, each once, in the order of their numbers.
    fn check(&self, ask: &MoveUp<'_>) -> Result<Vec<Source>, ReachError> {
        let counts = [("units", ask.units.len(), UNITS_MAX), ("posts", ask.posts.len(), POSTS_MAX), ("moves", ask.most_moves, MOVES_MAX)];
        for (what, count, max) in counts {
            if count > max {
                return Err(ReachError::TooMany { what, count, max });
            }
        }
        for (what, ms, max) in [("limit_ms", ask.limit_ms, self.most_ms()), ("within_ms", ask.within_ms, LIMIT_MS_MAX)] {
            if ms == 0 || ms > max {
                return Err(ReachError::Time { what, ms, max });
            }
        }
        if let Some(post) = ask.posts.iter().find(|post| post.edge as usize >= self.edges()) {
            return Err(ReachError::NoEdge { edge: post.edge, count: self.edges() });
        }
        let mut who = ask.units.to_vec();
        who.sort_unstable();
        who.dedup();
        who.into_iter().map(|who| self.unit(who).ok_or(ReachError::NoUnit { who })).collect()
    }
}
