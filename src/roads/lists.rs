//! Lists of the links of a graph, one a node, side by side in one table.

/// A list for each node.
#[derive(Debug, Clone)]
pub(crate) struct Lists<T> {
    /// By node: where its list begins; and the end.
    offsets: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { offsets: Vec::new(), items: Vec::new() }
    }
}

impl<T: Copy + Default> Lists<T> {
    /// From items with the node whose list each belongs to; in a list they stand in the order given. Linear.
    pub(crate) fn new(nodes: usize, items: impl Iterator<Item = (u32, T)> + Clone) -> Self {
        let mut offsets = vec![0_u32; nodes + 1];
        for (node, _) in items.clone() {
            if let Some(count) = offsets.get_mut(node as usize) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut offsets {
            sum += std::mem::replace(slot, sum);
        }
        let (mut free, mut sorted) = (offsets.clone(), vec![T::default(); sum as usize]);
        for (node, item) in items {
            if let Some(at) = free.get_mut(node as usize) {
                if let Some(slot) = sorted.get_mut(*at as usize) {
                    *slot = item;
                }
                *at += 1;
            }
        }
        Self { offsets, items: sorted }
    }
}

impl<T> Lists<T> {
    /// How many lists there are.
    pub(crate) const fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// The list of a node; empty where there is no such node.
    pub(crate) fn of(&self, node: u32) -> &[T] {
        let node = node as usize;
        match (self.offsets.get(node), self.offsets.get(node + 1)) {
            (Some(&start), Some(&end)) => self.items.get(start as usize..end as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}
