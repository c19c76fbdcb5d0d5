//! When a fix is live, stale or lost.

use serde::{Deserialize, Serialize};

use crate::{
    index::SeenSince,
    model::{Contact, DeviceKind, Timestamp},
};

/// The limits of one kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactLimit {
    /// A fix older than this is stale, seconds.
    pub stale_s: u32,
    /// A fix older than this is lost, seconds.
    pub lost_s: u32,
}

/// The limits of every kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContactLimits {
    /// Vehicle terminals.
    pub vehicle_terminal: ContactLimit,
    /// Radios.
    pub radio: ContactLimit,
    /// Mobile police terminals.
    pub mobile_terminal: ContactLimit,
}

impl Default for ContactLimits {
    fn default() -> Self {
        Self {
            vehicle_terminal: ContactLimit { stale_s: 30, lost_s: 180 },
            radio: ContactLimit { stale_s: 60, lost_s: 300 },
            mobile_terminal: ContactLimit { stale_s: 30, lost_s: 180 },
        }
    }
}

impl ContactLimits {
    /// The limits of a kind of device.
    #[must_use]
    pub const fn of(&self, device: DeviceKind) -> ContactLimit {
        match device {
            DeviceKind::VehicleTerminal => self.vehicle_terminal,
            DeviceKind::Radio => self.radio,
            DeviceKind::MobileTerminal => self.mobile_terminal,
        }
    }

    /// How a fix of `seen` stands at `now`. A fix exactly as old as a limit is still within it.
    #[must_use]
    pub fn contact(&self, device: DeviceKind, seen: Timestamp, now: Timestamp) -> Contact {
        let age_ms = now.ms_since(seen);
        let limit = self.of(device);
        if age_ms <= i64::from(limit.stale_s) * 1_000 {
            Contact::Live
        } else if age_ms <= i64::from(limit.lost_s) * 1_000 {
            Contact::Stale
        } else {
            Contact::Lost
        }
    }

    /// The oldest fixes that are live at `now`.
    #[must_use]
    pub fn live_since(&self, now: Timestamp) -> SeenSince {
        let mut since = SeenSince::ANY;
        for (slot, device) in since.0.iter_mut().zip(DeviceKind::ALL) {
            *slot = now.plus_ms(-(i64::from(self.of(*device).stale_s) * 1_000));
        }
        since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_at_the_limit() {
        let limits = ContactLimits::default();
        let now = Timestamp::from_unix_ms(1_000_000_000);
        let contact = |age_ms: i64| limits.contact(DeviceKind::VehicleTerminal, now.plus_ms(-age_ms), now);
        assert_eq!(
            [contact(-5_000), contact(30_000), contact(30_001), contact(180_000), contact(180_001)],
            [Contact::Live, Contact::Live, Contact::Stale, Contact::Stale, Contact::Lost]
        );
    }
}
