//! What is still to be looked at: plans told apart by which spots they hold and which they do not.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::ground::{NONE, SpotNo};

/// The most branches that wait to be looked at, and half the choices remembered. Beyond, no more are made: what was proved stays so.
const BRANCHES_MAX: usize = 1 << 20;

/// What a branch says of a spot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mark {
    #[default]
    Any,
    /// It does not stop him.
    Open,
    /// It stops him.
    Held,
}

#[derive(Debug, Clone, Copy)]
struct Choice {
    before: u32,
    spot: SpotNo,
    mark: Mark,
}

/// All plans that agree with some choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Branch {
    /// None of them has less.
    pub(super) bound: u64,
    pub(super) depth: u32,
    last: u32,
}

impl Branch {
    /// The same plans, of which more is proved.
    pub(super) fn with(self, bound: u64) -> Self {
        Self { bound: self.bound.max(bound), ..self }
    }
}

/// Least bound first; of equal ones the deepest, then the one made first.
type Key = Reverse<(u64, Reverse<u32>, u32, u32)>;

/// The branches that wait.
#[derive(Debug, Default)]
pub(super) struct Tree {
    choices: Vec<Choice>,
    waiting: BinaryHeap<Key>,
    made: u32,
    /// By spot, for the branch last marked.
    marks: Vec<Mark>,
    marked: Vec<SpotNo>,
    /// A branch could not be kept: nothing is exhausted any more.
    is_cut_short: Option<u64>,
}

impl Tree {
    /// One branch, of all plans.
    pub(super) fn new(spots: usize) -> Self {
        let mut tree = Self { marks: vec![Mark::Any; spots], ..Self::default() };
        tree.put(Branch { bound: 0, depth: 0, last: NONE });
        tree
    }

    /// Puts a branch back, or in.
    pub(super) fn put(&mut self, branch: Branch) {
        if self.waiting.len() >= BRANCHES_MAX {
            self.is_cut_short = Some(self.is_cut_short.map_or(branch.bound, |bound| bound.min(branch.bound)));
            return;
        }
        self.waiting.push(Reverse((branch.bound, Reverse(branch.depth), self.made, branch.last)));
        self.made += 1;
    }

    /// The next branch, marked.
    pub(super) fn take(&mut self) -> Option<Branch> {
        let Reverse((bound, Reverse(depth), _, last)) = self.waiting.pop()?;
        for spot in self.marked.drain(..) {
            if let Some(mark) = self.marks.get_mut(spot as usize) {
                *mark = Mark::Any;
            }
        }
        let mut at = last;
        while let Some(choice) = self.choices.get(at as usize) {
            if let Some(mark) = self.marks.get_mut(choice.spot as usize) {
                *mark = choice.mark;
                self.marked.push(choice.spot);
            }
            at = choice.before;
        }
        Some(Branch { bound, depth, last })
    }

    /// What the branch last taken says of each spot.
    pub(super) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// What the branch last taken says of a spot.
    pub(super) fn mark(&self, spot: SpotNo) -> Mark {
        self.marks.get(spot as usize).copied().unwrap_or_default()
    }

    /// The spots that the branch last taken holds.
    pub(super) fn held(&self) -> impl Iterator<Item = SpotNo> {
        self.marked.iter().copied().filter(|spot| self.mark(*spot) == Mark::Held)
    }

    fn choose(&mut self, before: u32, spot: SpotNo, mark: Mark) -> u32 {
        self.choices.push(Choice { before, spot, mark });
        (self.choices.len() - 1) as u32
    }

    /// The plans of a branch in which not all of some spots have one mark: by the first that has the other. Spots that have a mark
    /// already are none of them. Answers with the branch in which all have it, which is not put in.
    pub(super) fn split(&mut self, branch: Branch, spots: &[SpotNo], all: Mark) -> Branch {
        let other = if all == Mark::Held { Mark::Open } else { Mark::Held };
        let (mut last, mut depth) = (branch.last, branch.depth);
        for spot in spots {
            depth += 1;
            if self.waiting.len() >= BRANCHES_MAX || self.choices.len() >= 2 * BRANCHES_MAX {
                self.is_cut_short = Some(self.is_cut_short.map_or(branch.bound, |bound| bound.min(branch.bound)));
                break;
            }
            let without = self.choose(last, *spot, other);
            self.put(Branch { bound: branch.bound, depth, last: without });
            last = self.choose(last, *spot, all);
        }
        Branch { bound: branch.bound, depth, last }
    }

    /// No plan that is still to be looked at has less; none when there is none.
    pub(super) fn bound(&self) -> Option<u64> {
        let waiting = self.waiting.peek().map(|Reverse(key)| key.0);
        match (waiting, self.is_cut_short) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Whether there is nothing to look at.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
