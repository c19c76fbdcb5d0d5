//! Overlapping sets of stretches cut into pieces, each of which is wholly in a set or not at all.

use super::{
    share::{Amount, amount},
    span::{Span, Stretch, gaps},
};
use crate::roads::EdgeNo;

/// Pieces of road, and which of them each set has.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    /// How much road each is.
    pub(super) weights: Vec<Amount>,
    /// By set: its pieces, in order.
    pub(super) sets: Vec<Vec<u32>>,
}

impl Atoms {
    /// Cuts sets, each in the order of edges and joined; what `rest` has, joined too, is of no interest and left out. O(n log n) in the
    /// stretches that are not in `rest` with their whole edge.
    pub(super) fn new(sets: &[Vec<Stretch>], rest: &[Stretch], weight: impl Fn(EdgeNo) -> u32) -> Self {
        let on = |edge: EdgeNo| {
            let start = rest.partition_point(|stretch| stretch.edge < edge);
            let here = rest.get(start..).unwrap_or_default();
            here.get(..here.partition_point(|stretch| stretch.edge == edge)).unwrap_or_default()
        };
        let mut rows: Vec<(Stretch, usize)> = Vec::new();
        for (set, stretches) in sets.iter().enumerate() {
            // Both are in the order of edges: the whole edges of the rest are met on the way.
            let mut whole = rest.iter().filter(|stretch| stretch.span == Span::WHOLE).peekable();
            for stretch in stretches {
                while whole.next_if(|rest| rest.edge < stretch.edge).is_some() {}
                if whole.peek().is_none_or(|rest| rest.edge != stretch.edge) {
                    rows.push((*stretch, set));
                }
            }
        }
        rows.sort_unstable();
        let mut atoms = Self { weights: Vec::new(), sets: vec![Vec::new(); sets.len()] };
        for rows in rows.chunk_by(|a, b| a.0.edge == b.0.edge) {
            let Some(edge) = rows.first().map(|(stretch, _)| stretch.edge) else { continue };
            let rest: Vec<Span> = on(edge).iter().map(|stretch| stretch.span).collect();
            let free: Vec<Span> = gaps(&rest).collect();
            let spans = || rows.iter().map(|(stretch, _)| stretch.span).chain(free.iter().copied());
            let mut cuts: Vec<u32> = spans().flat_map(|span| [span.from, span.to]).collect();
            cuts.sort_unstable();
            cuts.dedup();
            // The pieces between the cuts; none where the rest is.
            let mut numbers: Vec<Option<u32>> = Vec::with_capacity(cuts.len());
            for pair in cuts.windows(2) {
                let [from, to] = *pair else { continue };
                let is_free = free.iter().any(|span| span.from <= from && to <= span.to);
                numbers.push(is_free.then_some(atoms.weights.len() as u32));
                if is_free {
                    atoms.weights.push(amount(weight(edge), to - from));
                }
            }
            for (Stretch { span, .. }, set) in rows {
                let (start, end) = (cuts.partition_point(|cut| *cut < span.from), cuts.partition_point(|cut| *cut < span.to));
                if let Some((set, pieces)) = atoms.sets.get_mut(*set).zip(numbers.get(start..end)) {
                    set.extend(pieces.iter().flatten());
                }
            }
        }
        atoms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_cut_where_any_begins_or_ends() {
        let at = |edge, from, to| Stretch { edge, span: Span { from, to } };
        let sets = [vec![at(0, 0, 10), at(2, 5, 8)], vec![at(0, 5, 20), at(1, 0, 65_536)], vec![at(0, 0, 65_536)]];
        let rest = [at(0, 8, 15), Stretch { edge: 1, span: Span::WHOLE }];
        let atoms = Atoms::new(&sets, &rest, |edge| edge + 1);
        // Of edge 0: 0 to 5, 5 to 8, 15 to 20, 20 on; of edge 2 what is before 5, 5 to 8, what is after.
        assert_eq!(atoms.sets, [vec![0, 1, 5], vec![1, 2], vec![0, 1, 2, 3]]);
        assert_eq!(atoms.weights.get(..4), Some(&[5, 3, 5, 65_516][..]));
        assert_eq!(atoms.weights.get(5), Some(&9));
    }
}
