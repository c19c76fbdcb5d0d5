//! Which closures are on which drive: lists in one table.

use crate::roads::DriveNo;

/// The end of a list.
const NONE: u32 = u32::MAX;

/// A closure on a drive, and the next one there. 12 bytes.
#[derive(Debug, Clone, Copy)]
struct Link {
    closure: u32,
    factor: f32,
    next: u32,
}

/// The closures on every drive. A change costs what is on the drive, and allocates nothing once the tables have grown: 4 bytes
/// a drive, 12 for each closure on it.
#[derive(Debug, Default)]
pub(super) struct OnDrives {
    /// By drive: its first link.
    first: Vec<u32>,
    links: Vec<Link>,
    /// Links that are not used.
    unused: Vec<u32>,
}

impl OnDrives {
    /// Puts a closure on a drive that it is not on: so many times as slow. How slow all that are there make it.
    pub(super) fn put(&mut self, drive: DriveNo, closure: u32, factor: f32) -> Option<f32> {
        if self.first.len() <= drive as usize {
            self.first.resize(drive as usize + 1, NONE);
        }
        let first = self.first.get_mut(drive as usize)?;
        let link = Link { closure, factor, next: *first };
        *first = self.unused.pop().unwrap_or(self.links.len() as u32);
        match self.links.get_mut(*first as usize) {
            Some(unused) => *unused = link,
            None => self.links.push(link),
        }
        self.factor(drive)
    }

    /// Takes a closure off a drive. How slow those that stay make it.
    pub(super) fn lift(&mut self, drive: DriveNo, closure: u32) -> Option<f32> {
        let Self { first, links, unused } = self;
        let first = first.get_mut(drive as usize)?;
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
        self.factor(drive)
    }

    /// Of several closures the slowest counts; none where there is none.
    pub(super) fn factor(&self, drive: DriveNo) -> Option<f32> {
        let first = self.first.get(drive as usize).copied().unwrap_or(NONE);
        let on_drive = std::iter::successors(self.links.get(first as usize), |link| self.links.get(link.next as usize));
        on_drive.map(|link| link.factor).reduce(f32::max)
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
            changes in prop::collection::vec((0..6_u32, 0..5_u32, prop::sample::select(vec![0.5_f32, 1.0, 3.0, f32::INFINITY])), 0..200),
        ) {
            let (mut on_drives, mut right) = (OnDrives::default(), BTreeMap::<(u32, u32), f32>::new());
            for (drive, closure, factor) in changes {
                let found = if right.remove(&(drive, closure)).is_some() {
                    on_drives.lift(drive, closure)
                } else {
                    right.insert((drive, closure), factor);
                    on_drives.put(drive, closure, factor)
                };
                let here = right.range((drive, 0)..(drive + 1, 0)).map(|(_, factor)| *factor);
                prop_assert_eq!(found, here.reduce(f32::max));
            }
            prop_assert_eq!(on_drives.lift(99, 1), None);
            prop_assert_eq!(on_drives.links.len(), on_drives.unused.len() + right.len());
        }
    }
}
