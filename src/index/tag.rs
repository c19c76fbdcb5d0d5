//! What queries filter on, packed into a word beside each position.

use super::{Filter, OrgRange};
use crate::model::{Capabilities, Capability, DeviceKind, KindSet, Status, StatusSet, Timestamp, UnitKind, UnitNo};

/// What a query may ask about a unit, copied into its entry so that a search touches no other memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// The unit's kind.
    pub kind: UnitKind,
    /// What it is doing.
    pub status: Status,
    /// The kind of device that gave the fix: sets when it is stale.
    pub device: DeviceKind,
    /// Its organisation's number in depth-first order.
    pub org: u16,
    /// What it can do.
    pub capabilities: Capabilities,
    /// The time of its fix, from 1970 to 2248; what lies outside counts as the nearer of the two.
    pub seen: Timestamp,
}

/// A tag without its time, as one word: status, kind and device as one bit each, a bit for each capability that is *not* there,
/// the organisation on top. So one `and` with what is not wanted tells whether anything stands against a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Word(pub(super) u64);

const KIND_AT: u32 = 8;
const DEVICE_AT: u32 = 16;
const CAPABILITIES_AT: u32 = 20;
const CAPABILITIES_MASK: u32 = 0x0FFF_FFFF;
const ORG_AT: u32 = 48;
const STATUS_BITS: u64 = 0xFF;
const KIND_BITS: u64 = 0xFF << KIND_AT;

// A new word in the vocabulary must find its bit.
const _: () =
    assert!(PAIRS <= 64 && Status::ALL.len() <= 8 && UnitKind::ALL.len() <= 8 && DeviceKind::ALL.len() <= 4 && Capability::ALL.len() <= 28);

/// Pairs of kind and status: how many counters a total has.
pub(super) const PAIRS: usize = UnitKind::ALL.len() * Status::ALL.len();

impl Word {
    #[inline]
    pub(super) fn of(tag: &Tag) -> Self {
        Self(
            1 << tag.status.code()
                | 1 << (KIND_AT + u32::from(tag.kind.code()))
                | 1 << (DEVICE_AT + u32::from(tag.device.code()))
                | u64::from(!tag.capabilities.bits() & CAPABILITIES_MASK) << CAPABILITIES_AT
                | u64::from(tag.org) << ORG_AT,
        )
    }

    pub(super) fn tag(self, seen: Timestamp) -> Tag {
        let status = Status::from_code((self.0 & STATUS_BITS).trailing_zeros() as u8);
        let kind = UnitKind::from_code(((self.0 & KIND_BITS) >> KIND_AT).trailing_zeros() as u8);
        let device = DeviceKind::from_code(self.device() as u8);
        Tag {
            // A word that is read while it is written may hold no bit; whoever reads it so reads again.
            status: status.unwrap_or(Status::OutOfService),
            kind: kind.unwrap_or(UnitKind::Foot),
            device: device.unwrap_or(DeviceKind::Radio),
            org: self.org(),
            capabilities: Capabilities::from_bits(!(self.0 >> CAPABILITIES_AT) as u32 & CAPABILITIES_MASK),
            seen,
        }
    }

    const fn device(self) -> u32 {
        (self.0 >> DEVICE_AT & 0xF).trailing_zeros()
    }

    const fn org(self) -> u16 {
        (self.0 >> ORG_AT) as u16
    }

    /// The place of the kind and the status among the counters of a total.
    pub(super) const fn pair(self) -> usize {
        let kind = ((self.0 & KIND_BITS) >> KIND_AT).trailing_zeros();
        let status = (self.0 & STATUS_BITS).trailing_zeros();
        (kind as usize) * Status::ALL.len() + status as usize
    }
}

/// The bits of a unit's number in a stamp: as many as units may be registered.
const UNIT_BITS: u32 = 21;
const _: () = assert!(crate::model::UNITS_MAX <= 1 << UNIT_BITS);
const MS_MAX: i64 = (1 << (64 - UNIT_BITS)) - 1;

/// The time of a fix and the unit's number, as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stamp(pub(super) u64);

fn packed_ms(time: Timestamp) -> u64 {
    time.unix_ms().clamp(0, MS_MAX) as u64
}

impl Stamp {
    pub(super) fn of(unit: UnitNo, seen: Timestamp) -> Self {
        Self(packed_ms(seen) << UNIT_BITS | u64::from(unit.0))
    }

    pub(super) const fn unit(self) -> UnitNo {
        UnitNo((self.0 & ((1 << UNIT_BITS) - 1)) as u32)
    }

    pub(super) const fn seen(self) -> Timestamp {
        Timestamp::from_unix_ms((self.0 >> UNIT_BITS) as i64)
    }
}

/// A filter made ready for words: a few `and`s an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    /// No unit with one of these bits is wanted.
    against: u64,
    /// The first organisation, and how many follow.
    org: (u16, u16),
    /// The least stamp by device code.
    since: [u64; 4],
    /// Whether any fix is recent enough.
    pub(super) any_age: bool,
    /// The counters of the kinds and statuses that are wanted, a bit each; none when all are.
    pairs: Option<u64>,
}

impl Want {
    pub(super) fn of(filter: &Filter) -> Self {
        let mut since = [0; 4];
        for (slot, time) in since.iter_mut().zip(filter.seen_since.0) {
            *slot = packed_ms(time) << UNIT_BITS;
        }
        // Every word has a bit.
        let nobody = if filter.org.is_some_and(OrgRange::is_none) { u64::MAX } else { 0 };
        Self {
            against: nobody
                | (!u64::from(filter.statuses.bits()) & STATUS_BITS)
                | (!(u64::from(filter.kinds.bits()) << KIND_AT) & KIND_BITS)
                | u64::from(filter.capabilities.bits()) << CAPABILITIES_AT,
            org: filter.org.map_or((0, u16::MAX), |org| (org.first, org.last.saturating_sub(org.first))),
            since,
            any_age: since == [0; 4],
            pairs: (filter.kinds != KindSet::ALL || filter.statuses != StatusSet::ALL).then(|| {
                let of = |kind: UnitKind| u64::from(filter.statuses.bits()) << (usize::from(kind.code()) * Status::ALL.len());
                filter.kinds.iter().map(of).sum()
            }),
        }
    }

    /// The places of the wanted counters; none when all are.
    pub(super) fn pairs(&self) -> Option<impl Iterator<Item = usize> + Clone> {
        let left = self.pairs?;
        Some(
            std::iter::successors((left != 0).then_some(left), |left| Some(left & (left - 1)).filter(|left| *left != 0))
                .map(|left| left.trailing_zeros() as usize),
        )
    }

    /// Whether a unit is wanted by all but the time of its fix.
    #[inline]
    pub(super) const fn wants(&self, word: Word) -> bool {
        self.wants_but_org(word) & (word.org().wrapping_sub(self.org.0) <= self.org.1)
    }

    /// The same, whatever its organisation.
    #[inline]
    pub(super) const fn wants_but_org(&self, word: Word) -> bool {
        word.0 & self.against == 0
    }

    /// Whether most units of a wanted kind and status are wanted.
    pub(super) const fn is_common(&self) -> bool {
        self.any_org() && self.against >> CAPABILITIES_AT == 0
    }

    /// Whether every organisation is wanted.
    pub(super) const fn any_org(&self) -> bool {
        self.org.1 == u16::MAX
    }

    /// Whether the fix of a unit is recent enough.
    #[inline]
    pub(super) fn is_recent(&self, word: Word, stamp: Stamp) -> bool {
        // A word has one device bit of three; a torn one is any of four.
        stamp.0 >= self.since.get((word.device() & 3) as usize).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_survives_its_word() {
        for (n, kind) in UnitKind::ALL.iter().enumerate() {
            for status in Status::ALL {
                let tag = Tag {
                    kind: *kind,
                    status: *status,
                    device: DeviceKind::ALL[n % 3],
                    org: 65_535 - n as u16,
                    capabilities: [Capability::Armed, Capability::ALL[n]].into_iter().collect(),
                    seen: Timestamp::from_unix_ms(1_764_000_000_123),
                };
                let stamp = Stamp::of(UnitNo(1_999_999), tag.seen);
                assert_eq!(Word::of(&tag).tag(stamp.seen()), tag);
                assert_eq!(stamp.unit(), UnitNo(1_999_999));
                assert_eq!(Word::of(&tag).pair(), n * Status::ALL.len() + usize::from(status.code()));
            }
        }
        let seen = |ms| Stamp::of(UnitNo(0), Timestamp::from_unix_ms(ms)).seen().unix_ms();
        assert_eq!((seen(i64::MIN), seen(i64::MAX)), (0, MS_MAX));
    }
}
