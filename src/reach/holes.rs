//! Where the promise is broken worst.

use super::{Coverage, GroupNo, Share, share::metres};

/// A group with road that nobody reaches in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hole {
    /// The group.
    pub group: GroupNo,
    /// What of its road is reached.
    pub share: Share,
}

impl Coverage {
    /// The groups of `among` with the most road that nobody reaches within the limit of this place in
    /// [`Coverage::limits_ms`]: at most `most` of them, worst first, equal ones by number; none that is reached wholly. Linear in `among`, but for
    /// sorting those that are shown.
    #[must_use]
    pub fn holes(&self, limit: usize, among: impl IntoIterator<Item = GroupNo>, most: usize) -> Vec<Hole> {
        let missing = |group: GroupNo| {
            let sum = self.sums().get(group as usize)?;
            let reached = *sum.reached.get(limit)?;
            (sum.total > reached).then_some((sum.total - reached, group, sum.total, reached))
        };
        let worst_first = |a: &(u64, GroupNo, u64, u64), b: &(u64, GroupNo, u64, u64)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
        let mut found: Vec<_> = among.into_iter().filter_map(missing).collect();
        if most < found.len() {
            found.select_nth_unstable_by(most, worst_first);
            found.truncate(most);
        }
        found.sort_unstable_by(worst_first);
        let hole = |(_, group, total, reached)| Hole { group, share: Share { reached_m: metres(reached), total_m: metres(total) } };
        found.into_iter().map(hole).collect()
    }
}
