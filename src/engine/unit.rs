//! What is known of one unit, and its last fix, readable while it is written.

use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
    fence,
};

use super::Profile;
use crate::{
    geodesy::LatLng,
    index::Tag,
    model::{Contact, DeviceKind, Fix, Timestamp, UnitNo},
};

/// One unit as it is now. Cheap to clone: nothing is allocated.
#[derive(Debug, Clone)]
pub struct UnitView {
    /// Its number in records.
    pub no: UnitNo,
    /// What is known of it.
    pub spec: Profile,
    /// Its last fix.
    pub fix: Option<Fix>,
    /// The kind of device that gave the fix.
    pub device: DeviceKind,
    /// How old the fix is against the limits, when it was last looked at: within a second.
    pub contact: Contact,
}

impl UnitView {
    /// The number of its organisation.
    #[must_use]
    pub const fn org_no(&self) -> u16 {
        self.spec.org_no()
    }

    /// The age of the fix in milliseconds, never below zero.
    #[must_use]
    pub fn age_ms(&self, now: Timestamp) -> Option<i64> {
        self.fix.map(|fix| now.ms_since(fix.time).max(0))
    }
}

/// A unit of the world: changed by commands under the write lock, but for its fix.
///
/// All that a fix touches, [`Last`] and what queries filter on, is in the first of its two cache lines.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Unit {
    pub(super) last: Last,
    spec: Profile,
}

const _: () = assert!(size_of::<Unit>() == 128 && size_of::<Last>() == 48 && size_of::<Profile>() == 72);

impl Unit {
    /// A unit without a fix.
    pub(super) fn new(spec: Profile) -> Self {
        Self { last: Last::default(), spec }
    }

    /// Describes it anew; its fix stays.
    pub(super) fn describe(&mut self, spec: Profile) {
        self.spec = spec;
    }

    pub(super) const fn spec(&self) -> &Profile {
        &self.spec
    }

    pub(super) fn view(&self, no: UnitNo) -> UnitView {
        let (fix, device, contact) = self.last.read();
        UnitView { no, spec: self.spec.clone(), fix, device, contact }
    }

    /// What queries filter on, where the unit's last fix is of `seen` and came from `device`.
    pub(super) const fn tag(&self, device: DeviceKind, seen: Timestamp) -> Tag {
        let Profile { kind, status, capabilities, .. } = self.spec;
        Tag { kind, status, device, org: self.spec.org_no(), capabilities, seen }
    }
}

/// The last fix of a unit in words that are each written whole; the version is odd while the writer is at them.
#[derive(Debug)]
pub(super) struct Last {
    version: AtomicU32,
    /// The device's code, the contact's, and whether there is a fix: a byte each.
    state: AtomicU32,
    time: AtomicU64,
    lat: AtomicU64,
    lng: AtomicU64,
    /// Speed and heading as the bits of an `f32` each; not a number where there is none.
    motion: AtomicU64,
    accuracy: AtomicU32,
}

impl Default for Last {
    fn default() -> Self {
        let state = AtomicU32::new(state(DeviceKind::Radio, Contact::Never, false));
        Self {
            version: AtomicU32::new(0),
            state,
            time: AtomicU64::new(0),
            lat: AtomicU64::new(0),
            lng: AtomicU64::new(0),
            motion: AtomicU64::new(0),
            accuracy: AtomicU32::new(0),
        }
    }
}

fn state(device: DeviceKind, contact: Contact, is_there: bool) -> u32 {
    u32::from(device.code()) | u32::from(contact.code()) << 8 | u32::from(is_there) << 16
}

fn bits(value: Option<f32>) -> u32 {
    value.unwrap_or(f32::NAN).to_bits()
}

fn value(bits: u32) -> Option<f32> {
    let value = f32::from_bits(bits);
    (!value.is_nan()).then_some(value)
}

impl Last {
    /// The time of the fix; for the writer, which alone changes it.
    pub(super) fn time(&self) -> Option<Timestamp> {
        let is_there = self.state.load(Relaxed) >> 16 == 1;
        is_there.then(|| Timestamp::from_unix_ms(self.time.load(Relaxed) as i64))
    }

    /// The device and the contact; for the writer.
    pub(super) fn state(&self) -> (DeviceKind, Contact) {
        let state = self.state.load(Relaxed);
        let device = DeviceKind::from_code(state as u8).unwrap_or(DeviceKind::Radio);
        (device, Contact::from_code((state >> 8) as u8).unwrap_or(Contact::Never))
    }

    fn write_between(&self, write: impl FnOnce()) {
        let version = self.version.load(Relaxed);
        self.version.store(version.wrapping_add(1), Relaxed);
        fence(Release);
        write();
        self.version.store(version.wrapping_add(2), Release);
    }

    pub(super) fn write(&self, fix: &Fix, device: DeviceKind, contact: Contact) {
        self.write_between(|| {
            self.time.store(fix.time.unix_ms() as u64, Relaxed);
            self.lat.store(fix.at.lat_deg().to_bits(), Relaxed);
            self.lng.store(fix.at.lng_deg().to_bits(), Relaxed);
            self.motion.store(u64::from(bits(fix.speed_mps)) << 32 | u64::from(bits(fix.heading_deg)), Relaxed);
            self.accuracy.store(bits(fix.accuracy_m), Relaxed);
            self.state.store(state(device, contact, true), Relaxed);
        });
    }

    pub(super) fn set_contact(&self, contact: Contact) {
        let (device, _) = self.state();
        let is_there = self.time().is_some();
        self.write_between(|| self.state.store(state(device, contact, is_there), Relaxed));
    }

    /// The fix, the device and the contact, all of one moment. Waits for a write under way, which takes a few nanoseconds.
    fn read(&self) -> (Option<Fix>, DeviceKind, Contact) {
        loop {
            let version = self.version.load(Acquire);
            let at = LatLng::new(f64::from_bits(self.lat.load(Relaxed)), f64::from_bits(self.lng.load(Relaxed)));
            let motion = self.motion.load(Relaxed);
            let (speed_mps, heading_deg) = (value((motion >> 32) as u32), value(motion as u32));
            let (time, accuracy_m) = (self.time(), value(self.accuracy.load(Relaxed)));
            let (device, contact) = self.state();
            fence(Acquire);
            if version.is_multiple_of(2) && self.version.load(Relaxed) == version {
                let fix = time.zip(at.ok()).map(|(time, at)| Fix { at, time, speed_mps, heading_deg, accuracy_m });
                return (fix, device, contact);
            }
            std::hint::spin_loop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_is_read_whole_while_it_is_written() {
        let last = Last::default();
        assert_eq!(last.read(), (None, DeviceKind::Radio, Contact::Never));
        let fix = |n: u32| Fix {
            at: LatLng::new(f64::from(n % 90), f64::from(n % 180)).unwrap(),
            time: Timestamp::from_unix_ms(i64::from(n)),
            speed_mps: (!n.is_multiple_of(3)).then_some(n as f32),
            heading_deg: (!n.is_multiple_of(5)).then_some(n as f32),
            accuracy_m: (!n.is_multiple_of(7)).then_some(n as f32),
        };
        last.write(&fix(0), DeviceKind::Radio, Contact::Live);
        std::thread::scope(|scope| {
            scope.spawn(|| (0..200_000).for_each(|n| last.write(&fix(n), DeviceKind::Radio, Contact::Live)));
            for _ in 0..200_000 {
                let (read, ..) = last.read();
                let read = read.unwrap();
                assert_eq!(read, fix(read.time.unix_ms() as u32));
            }
        });
        last.set_contact(Contact::Lost);
        assert_eq!(last.read(), (Some(fix(199_999)), DeviceKind::Radio, Contact::Lost));
    }
}
