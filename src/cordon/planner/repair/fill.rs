//! Units for places that are open.

use super::super::{
    super::{Guard, Scene},
    cheapest::Cheapest,
    matching::Matching,
    readiness::Readiness,
    work::Meter,
};
use crate::roads::JunctionNo;

/// A junction that wants so many units more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) junction: JunctionNo,
    pub(super) missing: usize,
    /// When he comes there.
    pub(super) suspect_ms: u32,
}

/// Scratch of [`Fill::all`].
#[derive(Debug, Default)]
pub(super) struct Fill {
    matching: Matching,
    cheapest: Cheapest,
}

impl Fill {
    /// Free units for all that is open, each in time: the last as early as can be, then with the least total of times.
    ///
    /// # Errors
    /// The places in `open` that nobody was left for.
    pub(super) fn all(&mut self, scene: &Scene, readiness: &mut Readiness, open: &[Open]) -> Result<Vec<Guard>, Vec<usize>> {
        let mut never = || false;
        let meter = &mut Meter::new(&mut never);
        // More units than there are places cannot be wanted anywhere.
        let most = open.iter().map(|open| open.missing).sum();
        let mut places = Vec::with_capacity(most);
        self.matching.begin(scene.units.len());
        for (n, Open { junction, missing, suspect_ms }) in open.iter().enumerate() {
            let options = match suspect_ms.checked_sub(scene.margin_ms) {
                Some(limit_ms) => readiness.nearest.at(&scene.goings, *junction, most, limit_ms, meter).unwrap_or_default(),
                None => &[],
            };
            for _ in 0..*missing {
                self.matching.add(options);
                places.push(n);
            }
        }
        let filled: Vec<bool> = (0..places.len() as u32).map(|place| self.matching.fill(place, u32::MAX)).collect();
        let mut unfilled: Vec<usize> = places.iter().zip(filled).filter(|(_, is_filled)| !is_filled).map(|(n, _)| *n).collect();
        if !unfilled.is_empty() {
            unfilled.dedup();
            return Err(unfilled);
        }
        let latest_ms = self.matching.bottleneck().unwrap_or(u32::MAX);
        self.cheapest.assign(&mut self.matching, scene.units.len(), latest_ms);
        let guard = |(place, n): (u32, &usize)| {
            let (ready, open) = (self.matching.holder(place)?, open.get(*n)?);
            Some(Guard { junction: open.junction, unit: ready.unit, unit_ms: ready.ms, suspect_ms: None })
        };
        Ok((0..).zip(&places).filter_map(guard).collect())
    }
}
