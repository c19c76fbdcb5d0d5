//! Which closures are on which edge: lists in one table.

use crate::roads::EdgeNo;

/// So many times as slow, forward and backward along an edge; 0 where nothing is said of a direction.
pub(super) type Factors = [f32; 2];

/// The end of a list.
const NONE: u32 = u32::MAX;

/// A closure on an edge, and the next one there. 16 bytes.
#[derive(Debug, Clone, Copy)]
struct Link {
    closure: u32,
    factors: Factors,
    next: u32,
}

/// The closures on every edge. A change costs what is on the edge, and allocates nothing once the tables have grown: 4 bytes
/// an edge, 16 for each closure on it.
#[derive(Debug, Default)]
pub(super) struct OnEdges {
    /// By edge: its first link.
    first: Vec<u32>,
    links: Vec<Link>,
    /// Links that are not used.
    unused: Vec<u32>,
}

/// Of several closures the slowest counts.
fn slower(a: Factors, b: Factors) -> Factors {
    [a[0].max(b[0]), a[1].max(b[1])]
}

impl OnEdges {
    /// Puts a closure on an edge that it is not on. The factors of all that are there now.
    pub(super) fn put(&mut self, edge: EdgeNo, closure: u32, factors: Factors) -> Factors {
        if self.first.len() <= edge as usize {
            self.first.resize(edge as usize + 1, NONE);
        }
        let Some(first) = self.first.get_mut(edge as usize) else { return [0.0; 2] };
        let link = Link { closure, factors, next: *first };
        *first = self.unused.pop().unwrap_or(self.links.len() as u32);
        match self.links.get_mut(*first as usize) {
            Some(unused) => *unused = link,
            None => self.links.push(link),
        }
        self.factors(edge)
    }

    /// Takes a closure off an edge. The factors of all that stay.
    pub(super) fn lift(&mut self, edge: EdgeNo, closure: u32) -> Factors {
        let Self { first, links, unused } = self;
        let Some(first) = first.get_mut(edge as usize) else { return [0.0; 2] };
        let (mut before, mut at) = (NONE, *first);
        while let Some(link) = links.get(at as usize).copied() {
            if link.closure == closure {
                match links.get_mut(before as usize) {
                    Some(before) => before.next = link.next,
                    None => *first = link.next,
                }
                unused.push(at);
                break;
            }
            (before, at) = (at, link.next);
        }
        self.factors(edge)
    }

    fn factors(&self, edge: EdgeNo) -> Factors {
        let mut factors = [0.0; 2];
        let mut at = self.first.get(edge as usize).copied().unwrap_or(NONE);
        while let Some(link) = self.links.get(at as usize) {
            factors = slower(factors, link.factors);
            at = link.next;
        }
        factors
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_slowest_that_is_there_counts(
            changes in prop::collection::vec((0..6_u32, 0..5_u32, prop::sample::select(vec![0.0_f32, 0.5, 1.0, 3.0, f32::INFINITY])), 0..200),
        ) {
            let (mut on_edges, mut right) = (OnEdges::default(), BTreeMap::<(u32, u32), Factors>::new());
            for (edge, closure, factor) in changes {
                let found = if right.remove(&(edge, closure)).is_some() {
                    on_edges.lift(edge, closure)
                } else {
                    right.insert((edge, closure), [factor, 0.0]);
                    on_edges.put(edge, closure, [factor, 0.0])
                };
                let here = right.range((edge, 0)..(edge + 1, 0)).map(|(_, factors)| *factors);
                prop_assert_eq!(found, here.fold([0.0; 2], slower));
            }
            prop_assert_eq!(on_edges.lift(99, 1), [0.0; 2]);
            prop_assert_eq!(on_edges.links.len(), on_edges.unused.len() + right.len());
        }
    }
}
