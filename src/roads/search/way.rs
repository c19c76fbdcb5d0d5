//! The ways of travelling that a question allows.

use super::super::{Costs, DriveNo, NEVER, TRAVELS, Travel};

/// One way of travelling.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) travel: Travel,
    /// Nobody who goes by it moves off sooner.
    pub(super) least_ms: u32,
    pub(super) costs: &'a [u32],
}

impl Way<'_> {
    /// What a drive costs; none when it may not be driven.
    pub(super) fn cost(&self, drive: DriveNo) -> Option<u32> {
        self.costs.get(drive as usize).copied().filter(|ms| *ms != NEVER)
    }
}

/// The ways of a question, each once.
#[derive(Debug)]
pub(super) struct Ways<'a> {
    ways: [Way<'a>; TRAVELS],
    count: usize,
}

impl<'a> Ways<'a> {
    /// Of a way that is named twice the lesser delay counts.
    pub(super) fn new(costs: &'a Costs, asked: impl IntoIterator<Item = (Travel, u32)>) -> Self {
        let mut ways = Self { ways: [Way { travel: Travel::Car, least_ms: 0, costs: &[] }; TRAVELS], count: 0 };
        for (travel, least_ms) in asked {
            if let Some(way) = ways.ways.iter_mut().take(ways.count).find(|way| way.travel == travel) {
                way.least_ms = way.least_ms.min(least_ms);
            } else if let Some(free) = ways.ways.get_mut(ways.count) {
                *free = Way { travel, least_ms, costs: costs.of(travel) };
                ways.count += 1;
            }
        }
        ways
    }

    pub(super) fn all(&self) -> &[Way<'a>] {
        self.ways.get(..self.count).unwrap_or_default()
    }

    /// A way and its place among them.
    pub(super) fn find(&self, travel: Travel) -> Option<(usize, &Way<'a>)> {
        self.all().iter().enumerate().find(|(_, way)| way.travel == travel)
    }
}
