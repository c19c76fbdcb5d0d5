//! Which units a query wants.

use super::Tag;
use crate::model::{Capabilities, DeviceKind, KindSet, StatusSet, Timestamp};

/// An organisation and all below it: consecutive numbers, since organisations are numbered depth first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrgRange {
    /// The organisation itself.
    pub first: u16,
    /// The last organisation below it.
    pub last: u16,
}

impl OrgRange {
    /// No organisation.
    pub const NONE: Self = Self { first: 1, last: 0 };

    /// Whether it is none.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.first > self.last
    }

    /// Whether an organisation is in the subtree.
    #[must_use]
    pub const fn contains(self, org: u16) -> bool {
        self.first <= org && org <= self.last
    }
}

/// The oldest fix that still counts, for each kind of device (in code order).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenSince(pub [Timestamp; DeviceKind::ALL.len()]);

impl SeenSince {
    /// Any fix counts.
    pub const ANY: Self = Self([Timestamp::from_unix_ms(i64::MIN); DeviceKind::ALL.len()]);
}

/// Which units a query wants. The default wants every unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Any of these kinds.
    pub kinds: KindSet,
    /// Any of these statuses.
    pub statuses: StatusSet,
    /// All of these capabilities.
    pub capabilities: Capabilities,
    /// In this organisation or below.
    pub org: Option<OrgRange>,
    /// With a fix at least this new.
    pub seen_since: SeenSince,
}

impl Default for Filter {
    fn default() -> Self {
        Self { kinds: KindSet::ALL, statuses: StatusSet::ALL, capabilities: Capabilities::EMPTY, org: None, seen_since: SeenSince::ANY }
    }
}

impl Filter {
    /// Whether a unit is wanted.
    #[must_use]
    pub fn wants(&self, tag: &Tag) -> bool {
        self.statuses.contains(tag.status)
            && self.kinds.contains(tag.kind)
            && tag.capabilities.contains_all(self.capabilities)
            && self.org.is_none_or(|org| org.contains(tag.org))
            && self.is_recent(tag)
    }

    /// Whether a unit's fix is new enough.
    #[must_use]
    pub fn is_recent(&self, tag: &Tag) -> bool {
        self.seen_since.0.get(usize::from(tag.device.code())).is_none_or(|since| tag.seen >= *since)
    }
}
