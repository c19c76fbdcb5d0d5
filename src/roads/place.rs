//! Where somebody is on the roads.

use super::{Drive, EdgeNo};

/// The end of an edge's line, as [`RoadPlace::along`] counts.
const END: u16 = u16::MAX;

/// A place on an edge: as exact as 8 cm on 5 km.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RoadPlace {
    /// The edge.
    pub edge: EdgeNo,
    /// How far along its line, in 65,535ths of its length, from its `from`.
    pub along: u16,
}

/// A share of a time, rounded to the nearest millisecond.
fn part(ms: u32, share: u16) -> u32 {
    ((u64::from(ms) * u64::from(share) + u64::from(END / 2)) / u64::from(END)) as u32
}

impl RoadPlace {
    /// A place a share of the way along an edge, held to 0 to 1.
    #[must_use]
    pub fn new(edge: EdgeNo, share: f64) -> Self {
        // Conversions saturate.
        Self { edge, along: (share * f64::from(END)).round() as u16 }
    }

    /// The share of the line that lies behind it, 0 to 1.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.along) / f64::from(END)
    }

    /// How far along a drive of its edge, in 65,535ths.
    #[must_use]
    pub const fn along(self, backward: bool) -> u16 {
        if backward { END - self.along } else { self.along }
    }

    /// A drive of its edge.
    #[must_use]
    pub const fn drive(self, backward: bool) -> Drive {
        Drive { edge: self.edge, backward }
    }

    /// Of a drive of its edge that takes so long, the time from its start to the place, milliseconds.
    #[must_use]
    pub fn ms_from_start(self, backward: bool, drive_ms: u32) -> u32 {
        part(drive_ms, self.along(backward))
    }

    /// Of a drive of its edge that takes so long, the time from the place to its end, milliseconds. With
    /// [`Self::ms_from_start`] it makes the whole.
    #[must_use]
    pub fn ms_to_end(self, backward: bool, drive_ms: u32) -> u32 {
        drive_ms - self.ms_from_start(backward, drive_ms)
    }

    /// The time from here on to a place ahead on the same edge, along a drive that takes so long; none when it is behind.
    #[must_use]
    pub fn ms_to(self, ahead: Self, backward: bool, drive_ms: u32) -> Option<u32> {
        ahead.ms_from_start(backward, drive_ms).checked_sub(self.ms_from_start(backward, drive_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_along_an_edge_add_up() {
        let (a, b) = (RoadPlace::new(0, 0.25), RoadPlace::new(0, 0.75));
        for backward in [false, true] {
            assert_eq!(a.ms_from_start(backward, 1_001) + a.ms_to_end(backward, 1_001), 1_001);
        }
        assert_eq!((a.ms_from_start(false, 1_000), a.ms_from_start(true, 1_000)), (250, 750));
        assert_eq!((a.ms_to(b, false, 1_000), a.ms_to(b, true, 1_000), b.ms_to(a, true, 1_000)), (Some(500), None, Some(500)));
        assert_eq!((RoadPlace::new(1, -3.0).along, RoadPlace::new(1, 7.0).along, RoadPlace::new(1, 1.0).share()), (0, END, 1.0));
    }
}
