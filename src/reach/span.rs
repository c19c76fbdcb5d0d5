//! Stretches of edges, in places.
//!
//! An edge has [`PLACES`] places, those that a [`RoadPlace`](crate::roads::RoadPlace) can name. What is reached of it is a set of
//! them, found in integers; how much is how many, which adds up exactly whatever the order.

use crate::{
    geodesy::{LatLng, haversine_m},
    roads::{EdgeNo, RoadNetwork},
};

/// The places of an edge.
pub const PLACES: u32 = 65_536;

/// Places of an edge from its `from` on: `from` is the first, `to` the first beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first, 0 to 65,535.
    pub from: u32,
    /// The first beyond, `from` to 65,536.
    pub to: u32,
}

impl Span {
    /// The whole edge.
    pub const WHOLE: Self = Self { from: 0, to: PLACES };

    /// How many places.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.to.saturating_sub(self.from)
    }

    /// Places `from` to `to` of a drive, as places of its edge.
    pub(super) const fn of_drive(backward: bool, from: u32, to: u32) -> Self {
        if backward { Self { from: PLACES - to, to: PLACES - from } } else { Self { from, to } }
    }

    /// As shares of the edge's length, 0 to 1.
    fn shares(self) -> (f64, f64) {
        let share = |place: u32| f64::from(place) / f64::from(PLACES - 1);
        (share(self.from), share(self.to.saturating_sub(1)).max(share(self.from)))
    }
}

/// A stretch of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// The edge.
    pub edge: EdgeNo,
    /// Its places.
    pub span: Span,
}

impl Stretch {
    /// Its length, metres; 0 for an edge that does not exist.
    #[must_use]
    pub fn length_m(self, network: &RoadNetwork) -> f64 {
        network.length_m(self.edge).unwrap_or(0.0) * f64::from(self.span.count()) / f64::from(PLACES)
    }

    /// Its line, both ends included; empty for an edge that does not exist. Linear in the edge's shape points.
    #[must_use]
    pub fn line(self, network: &RoadNetwork) -> Vec<LatLng> {
        let Some((edge, length_m)) = network.edges().get(self.edge as usize).zip(network.length_m(self.edge)) else { return Vec::new() };
        if self.span == Span::WHOLE {
            return edge.shape.iter().collect();
        }
        let (from, to) = self.span.shares();
        let (from_m, to_m) = (from * length_m, to * length_m);
        let (mut line, mut behind_m) = (Vec::new(), 0.0);
        for (a, b) in edge.shape.steps() {
            let step_m = haversine_m(a, b);
            let end_m = behind_m + step_m;
            let between = |at_m: f64| {
                let share = if step_m > 0.0 { ((at_m - behind_m) / step_m).clamp(0.0, 1.0) } else { 0.0 };
                let mix = |a: f64, b: f64| a + (b - a) * share;
                LatLng::new(mix(a.lat_deg(), b.lat_deg()), mix(a.lng_deg(), b.lng_deg())).unwrap_or(a)
            };
            if line.is_empty() && end_m >= from_m {
                line.push(between(from_m));
            }
            if end_m >= to_m {
                line.push(between(to_m));
                return line;
            }
            if !line.is_empty() {
                line.push(b);
            }
            behind_m = end_m;
        }
        line.push(edge.shape.last());
        line
    }
}

/// How many of the first places of a drive that takes `drive_ms` are at most `rest_ms` from its start, by
/// [`RoadPlace::ms_from_start`](crate::roads::RoadPlace::ms_from_start): place `a` is `floor((a * drive_ms + 32767) / 65535)` from it, and
/// that is at most `rest_ms` where `a * drive_ms <= rest_ms * 65535 + 32767`.
pub(super) fn places_within(drive_ms: u32, rest_ms: u32) -> u32 {
    let last = u64::from(PLACES - 1);
    if rest_ms >= drive_ms {
        return PLACES;
    }
    let places = (u64::from(rest_ms) * last + last / 2) / u64::from(drive_ms.max(1));
    places.min(last) as u32 + 1
}

/// Sorts spans and joins those that touch or overlap. O(n log n).
pub(super) fn join(spans: &mut Vec<Span>) {
    spans.sort_unstable();
    spans.dedup_by(|next, kept| {
        let touches = next.from <= kept.to;
        if touches {
            kept.to = kept.to.max(next.to);
        }
        touches
    });
}

/// What joined spans leave out.
pub(super) fn gaps(joined: &[Span]) -> impl Iterator<Item = Span> {
    let starts = std::iter::once(0).chain(joined.iter().map(|span| span.to));
    let ends = joined.iter().map(|span| span.from).chain(std::iter::once(PLACES));
    starts.zip(ends).map(|(from, to)| Span { from, to }).filter(|span| span.count() > 0)
}

/// How many places joined spans have.
pub(super) fn count(joined: &[Span]) -> u32 {
    joined.iter().map(|span| span.count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roads::RoadPlace;

    #[test]
    fn the_places_within_a_time_are_those_of_the_road_places() {
        for drive_ms in [1, 2, 3, 999, 1_000, 65_534, 65_535, 65_536, 70_001, 4_000_000, u32::MAX - 1] {
            for rest_ms in [0, 1, drive_ms / 3, drive_ms / 2, drive_ms - 1, drive_ms, drive_ms.saturating_add(1)] {
                let by_place = |along: u16| RoadPlace { edge: 0, along }.ms_from_start(false, drive_ms) <= rest_ms;
                let counted = places_within(drive_ms, rest_ms);
                assert!(by_place((counted - 1) as u16), "{drive_ms} {rest_ms}");
                assert!(counted == PLACES || !by_place(counted as u16), "{drive_ms} {rest_ms}");
            }
        }
    }

    #[test]
    fn spans_join_and_leave_gaps() {
        let span = |from, to| Span { from, to };
        let mut spans = vec![span(50, 60), span(0, 10), span(10, 20), span(15, 17), span(65_000, PLACES)];
        join(&mut spans);
        assert_eq!(spans, [span(0, 20), span(50, 60), span(65_000, PLACES)]);
        assert_eq!(count(&spans), 30 + 536);
        assert_eq!(gaps(&spans).collect::<Vec<_>>(), [span(20, 50), span(60, 65_000)]);
        assert_eq!(gaps(&[]).collect::<Vec<_>>(), [Span::WHOLE]);
        assert_eq!(Span::of_drive(true, 0, 10), span(PLACES - 10, PLACES));
    }
}
