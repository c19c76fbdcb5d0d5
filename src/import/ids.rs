//! Ids that are somewhere in a very large range, each with a number from 0.

/// Ids in order.
#[derive(Debug, Default)]
pub(super) struct Ids {
    sorted: Vec<i64>,
    /// Where the ids of each part of the range start: the part is the upper bits of the distance from the first.
    starts: Vec<u32>,
    shift: u32,
}

impl Ids {
    /// Sorts ids, and counts how often each is there, up to 255. In place: 8 bytes an id, and 5 for each that is another.
    pub(super) fn count(mut all: Vec<i64>) -> (Self, Vec<u8>) {
        all.sort_unstable();
        let counts = all.chunk_by(|a, b| a == b).map(|same| u8::try_from(same.len()).unwrap_or(u8::MAX)).collect();
        all.dedup();
        (Self::new(all), counts)
    }

    /// Of ids in order, each once.
    fn new(sorted: Vec<i64>) -> Self {
        let range = sorted.first().zip(sorted.last()).map_or(0, |(first, last)| last.wrapping_sub(*first).cast_unsigned());
        // About as many parts as ids.
        let parts_bits = usize::BITS - sorted.len().leading_zeros();
        let shift = (u64::BITS - range.leading_zeros()).saturating_sub(parts_bits);
        let mut ids = Self { sorted, starts: Vec::new(), shift };
        ids.starts.reserve((range >> shift) as usize + 2);
        for (n, id) in ids.sorted.iter().enumerate() {
            let part = ids.part(*id).unwrap_or_default();
            while ids.starts.len() <= part {
                ids.starts.push(n as u32);
            }
        }
        ids.starts.push(ids.sorted.len() as u32);
        ids
    }

    fn part(&self, id: i64) -> Option<usize> {
        let first = *self.sorted.first()?;
        (id >= first).then(|| (id.wrapping_sub(first).cast_unsigned() >> self.shift) as usize)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.sorted.len()
    }

    /// The number of an id; about constant time where ids are spread evenly, logarithmic otherwise.
    pub(super) fn no(&self, id: i64) -> Option<usize> {
        let part = self.part(id)?;
        let start = *self.starts.get(part)? as usize;
        let end = *self.starts.get(part + 1)? as usize;
        self.sorted.get(start..end)?.binary_search(&id).ok().map(|n| start + n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_and_counted() {
        for ids in [vec![], vec![7], vec![7, 7], vec![5, -3, 5, 9, 12_000_000_000, 5, 9], vec![i64::MIN, i64::MAX, 0, 0]] {
            let (found, counts) = Ids::count(ids.clone());
            let mut each = ids.clone();
            each.sort_unstable();
            each.dedup();
            assert_eq!((found.len(), counts.len()), (each.len(), each.len()), "{ids:?}");
            for (n, id) in each.iter().enumerate() {
                assert_eq!(found.no(*id), Some(n), "{ids:?}");
                assert_eq!(usize::from(counts[n]), ids.iter().filter(|other| *other == id).count(), "{ids:?}");
            }
            assert_eq!((found.no(6), found.no(-4), found.no(12_000_000_001)), (None, None, None));
        }
        let (many, counts) = Ids::count((0..10_000).flat_map(|n| [n * n, n]).collect());
        assert!((0..10_000).all(|n| many.no(n).is_some() && many.no(n * n).is_some()));
        assert_eq!(counts[3], 1);
        assert_eq!(counts[4], 2);
    }
}
