//! Which moves to make: greedy, with a bound on the best there is.
//!
//! Maximal covering location (R. Church, C. ReVelle, "The maximal covering location problem", Papers of the Regional Science Association 32,
//! 1974), but that who moves leaves a place where it counted.
//!
//! # What is proved
//! Let F(M) be the road reached after moves M, and G(M) that if whoever moves still counted where it was, too. G is the weight of a union:
//! monotone and submodular in the arrivals. Let l(u) be the road that of all units only u reaches, and nobody could from any post: it
//! is lost with u, whatever else moves, and no piece of it is lost with two. So for all M of at most n moves and any set S of arrivals
//! ```text
//! F(M) <= G(M) - sum l(u) <= G(S) + sum over M of (G(S + arrival) - G(S) - l(u))
//! ```
//! by submodularity (G. Nemhauser, L. Wolsey, M. Fisher, "An analysis of approximations for maximizing submodular set functions",
//! Mathematical Programming 14, 1978), and the last sum is at most that of the n best posts, each with its best unit, and that of the n best
//! units, each with its best post. The bound is the least of these over S = the arrivals of the first moves chosen, from none to all.
//! It holds for this question, with its own numbers. No share of the best is promised beforehand: only where nobody loses anything and
//! any unit may take any post with the same gain does the greedy choice have (1 - 1/e) of it by the same paper; with leaving, F is
//! neither monotone nor submodular.
//!
//! # Lazily
//! After M, a unit that moves to a post gains at most what the post's set adds to all that is reached now. Each move can add to that at most what
//! it uncovered. So an old figure plus what was uncovered since is a bound, and an offer is only computed when its bound is not below the best found
//! (M. Minoux, "Accelerated greedy algorithms for maximizing submodular set functions", 1978, whose figures only fall): the choice is
//! that of computing all.

use std::cmp::Reverse;

use super::{atoms::Atoms, share::Amount};

/// A unit that could stand at a post.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) unit: usize,
    pub(super) post: usize,
    /// What it would reach from there: a set of the atoms.
    pub(super) set: usize,
    /// When it would be there, milliseconds.
    pub(super) ms: u32,
}

impl Offer {
    /// Of equal ones the least is taken.
    const fn rank(&self) -> (u32, usize, usize) {
        (self.ms, self.unit, self.post)
    }
}

/// The question.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) atoms: Atoms,
    /// By unit: what it reaches from where it is, a set of the atoms.
    pub(super) homes: Vec<usize>,
    pub(super) offers: Vec<Offer>,
    pub(super) posts: usize,
}

impl Choice {
    fn set(&self, set: usize) -> impl Iterator<Item = (usize, Amount)> {
        let atoms = self.atoms.sets.get(set).map_or(&[][..], |atoms| atoms);
        atoms.iter().filter_map(|atom| Some((*atom as usize, *self.atoms.weights.get(*atom as usize)?)))
    }

    /// How many units reach each atom when all are at home.
    fn at_home(&self) -> Vec<u32> {
        let mut counts = vec![0; self.atoms.weights.len()];
        self.homes.iter().for_each(|home| {
            self.put(&mut counts, *home);
        });
        counts
    }

    /// One more reaches a set. What nobody did before.
    fn put(&self, counts: &mut [u32], set: usize) -> Amount {
        let mut added = 0;
        for (atom, weight) in self.set(set) {
            if let Some(count) = counts.get_mut(atom) {
                added += if *count == 0 { weight } else { 0 };
                *count += 1;
            }
        }
        added
    }

    /// One fewer reaches a set. What nobody does any more.
    fn take(&self, counts: &mut [u32], set: usize) -> Amount {
        let mut lost = 0;
        for (atom, weight) in self.set(set) {
            if let Some(count) = counts.get_mut(atom) {
                *count = count.saturating_sub(1);
                lost += if *count == 0 { weight } else { 0 };
            }
        }
        lost
    }

    /// What a set would add.
    fn added(&self, counts: &[u32], set: usize) -> Amount {
        self.set(set).map(|(atom, weight)| if counts.get(atom) == Some(&0) { weight } else { 0 }).sum()
    }

    /// What is reached.
    fn reached(&self, counts: &[u32]) -> Amount {
        counts.iter().zip(&self.atoms.weights).map(|(count, weight)| if *count > 0 { *weight } else { 0 }).sum()
    }

    /// What is reached with everybody at home.
    pub(super) fn before(&self) -> Amount {
        self.reached(&self.at_home())
    }

    /// At most `most` moves, each the one that gains most after those before it, and what it gains: of equal ones the soonest there, then the lowest
    /// unit and post. Ends where none gains.
    pub(super) fn greedy(&self, most: usize) -> Vec<(Offer, Amount)> {
        let mut counts = self.at_home();
        let mut bounds: Vec<Amount> = (0..self.atoms.sets.len()).map(|set| self.added(&counts, set)).collect();
        let mut by_unit = vec![Vec::new(); self.homes.len()];
        for offer in &self.offers {
            if let Some(offers) = by_unit.get_mut(offer.unit) {
                offers.push(*offer);
            }
        }
        let mut moves: Vec<(Offer, Amount)> = Vec::new();
        while moves.len() < most {
            let mut best: Option<(Amount, Offer)> = None;
            for (home, offers) in self.homes.iter().zip(&mut by_unit) {
                offers.retain(|offer| moves.iter().all(|(made, _)| made.unit != offer.unit && made.post != offer.post));
                if offers.is_empty() {
                    continue;
                }
                let bound = |bounds: &[Amount], offer: &Offer| bounds.get(offer.set).copied().unwrap_or(0);
                offers.sort_by_key(|offer| Reverse(bound(&bounds, offer)));
                let loss = self.take(&mut counts, *home);
                for offer in offers.iter() {
                    // None with less to hope for follows.
                    if bound(&bounds, offer) < best.map_or(1, |(gain, _)| gain) {
                        break;
                    }
                    let added = self.added(&counts, offer.set);
                    if let Some(bound) = bounds.get_mut(offer.set) {
                        *bound = added.min(*bound);
                    }
                    let gain = added.saturating_sub(loss);
                    if gain > 0 && best.is_none_or(|(most, other)| (gain, Reverse(offer.rank())) > (most, Reverse(other.rank()))) {
                        best = Some((gain, *offer));
                    }
                }
                self.put(&mut counts, *home);
            }
            let Some((gain, offer)) = best else { break };
            let lost = self.homes.get(offer.unit).map_or(0, |home| self.take(&mut counts, *home));
            self.put(&mut counts, offer.set);
            // Of what was lost a part may be won back at once: the bound is no less a bound.
            for bound in &mut bounds {
                *bound += lost;
            }
            moves.push((offer, gain));
        }
        moves
    }

    /// No `most` moves reach more than this. `chosen` are moves to bound it by.
    pub(super) fn bound(&self, most: usize, chosen: &[(Offer, Amount)]) -> Amount {
        let mut counts = self.at_home();
        let certain = self.certain_losses(&counts);
        let mut least = Amount::MAX;
        for arrival in std::iter::once(None).chain(chosen.iter().map(|(offer, _)| Some(offer.set))) {
            if let Some(set) = arrival {
                self.put(&mut counts, set);
            }
            let added: Vec<Amount> = (0..self.atoms.sets.len()).map(|set| self.added(&counts, set)).collect();
            let (mut by_unit, mut by_post) = (vec![0; self.homes.len()], vec![0; self.posts]);
            for offer in &self.offers {
                let (Some(added), Some(certain)) = (added.get(offer.set), certain.get(offer.unit)) else { continue };
                let gain = added.saturating_sub(*certain);
                for (of, at) in [(&mut by_unit, offer.unit), (&mut by_post, offer.post)] {
                    if let Some(slot) = of.get_mut(at) {
                        *slot = gain.max(*slot);
                    }
                }
            }
            let top = |mut gains: Vec<Amount>| {
                gains.sort_unstable_by_key(|gain| Reverse(*gain));
                gains.iter().take(most).sum::<Amount>()
            };
            least = least.min(self.reached(&counts) + top(by_unit).min(top(by_post)));
        }
        least
    }

    /// By unit: what is lost when it moves, whatever else moves.
    fn certain_losses(&self, at_home: &[u32]) -> Vec<Amount> {
        let mut counts = at_home.to_vec();
        for offer in &self.offers {
            self.put(&mut counts, offer.set);
        }
        let alone = |home: &usize| self.set(*home).map(|(atom, weight)| if counts.get(atom) == Some(&1) { weight } else { 0 }).sum();
        self.homes.iter().map(alone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two units: the first reaches atom 0 from home, the second nothing.
    fn choice(sets: &[&[u32]], offers: &[(usize, usize, usize)]) -> Choice {
        let sets = [&[0_u32][..], &[]].iter().chain(sets).map(|set| set.to_vec()).collect();
        let offers = offers.iter().map(|(unit, post, set)| Offer { unit: *unit, post: *post, set: *set, ms: 1_000 });
        Choice { atoms: Atoms { weights: vec![10, 30, 5], sets }, homes: vec![0, 1], offers: offers.collect(), posts: 3 }
    }

    #[test]
    fn what_a_move_uncovers_is_there_to_be_won() {
        // At first a post that reaches atom 0 adds nothing; when the first unit has left for atom 1, it adds more than atom 2.
        let choice = choice(&[&[1], &[0], &[2]], &[(0, 0, 2), (1, 1, 3), (1, 2, 4)]);
        let moves: Vec<_> = choice.greedy(3).into_iter().map(|(offer, gain)| (offer.unit, offer.post, gain)).collect();
        assert_eq!((choice.before(), moves), (10, vec![(0, 0, 20), (1, 1, 10)]));
        // The best is 40; the bound lets the second unit have atom 2 while atom 0 counts.
        assert_eq!(choice.bound(3, &choice.greedy(3)), 45);
    }

    #[test]
    fn nobody_moves_for_nothing_and_the_soonest_of_equal_ones_does() {
        let still = choice(&[&[2]], &[(0, 0, 2)]);
        assert!(still.greedy(3).is_empty());
        // What it would lose is certain, so the bound knows that nothing can be gained.
        assert_eq!(still.bound(3, &[]), 10);
        let mut equal = choice(&[&[1]], &[(1, 0, 2), (1, 1, 2)]);
        equal.offers[1].ms = 999;
        assert_eq!(equal.greedy(1)[0].0.post, 1);
    }
}
