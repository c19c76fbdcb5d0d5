//! The one gate behind every protocol: who is this, is the fix good, into the queue.

mod reporter;
mod tracks;

use std::collections::HashSet;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{
    Refusal, RefusalReason, Report,
    check::{CheckLimits, Track},
};
use crate::{
    bus::{Bus, CommandError, Request},
    engine::{Carrier, Command, UnitPatch},
    model::{Actor, Capabilities, Device, DeviceId, DeviceKind, Status, UnitId, UnitKind, UnitSpec},
};
pub(super) use reporter::overflow;
pub use reporter::{Moment, Reporter};
use tracks::Tracks;

/// How a report came in. Counters carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Protocol {
    /// JT/T 808 over TCP.
    Jt808,
    /// OsmAnd and Traccar clients over HTTP.
    Osmand,
    /// The native JSON, over HTTP or WebSocket.
    Native,
    /// The native binary frames, over TCP or WebSocket.
    Binary,
}

impl Protocol {
    const ALL: [Self; 4] = [Self::Jt808, Self::Osmand, Self::Native, Self::Binary];

    /// The name in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jt808 => "jt808",
            Self::Osmand => "osmand",
            Self::Native => "native",
            Self::Binary => "binary",
        }
    }

    /// What an adopted device is, and what carries it.
    const fn adopts(self) -> (DeviceKind, UnitKind) {
        match self {
            Self::Jt808 => (DeviceKind::VehicleTerminal, UnitKind::PatrolCar),
            Self::Osmand => (DeviceKind::MobileTerminal, UnitKind::Foot),
            Self::Native | Self::Binary => (DeviceKind::Radio, UnitKind::Foot),
        }
    }
}

/// What happens to a device that no unit carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownDevices {
    /// Its reports are refused.
    #[default]
    Refuse,
    /// A unit is registered for it, out of service until somebody says otherwise.
    Adopt,
}

/// The limits of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestLimits {
    /// What happens to a device that no unit carries.
    pub unknown_devices: UnknownDevices,
    /// The most units that are registered for unknown devices while the server runs.
    pub adopted_max: usize,
    /// The checks of each report.
    pub check: CheckLimits,
}

impl Default for IngestLimits {
    fn default() -> Self {
        Self { unknown_devices: UnknownDevices::Refuse, adopted_max: 1_000, check: CheckLimits::default() }
    }
}

/// Who a report is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// A device; the unit that carries it is looked up.
    Device(DeviceId),
    /// A unit: from gateways that know units only.
    Unit(UnitId),
}

/// Counters made once: finding one by its name costs more than checking a fix.
struct Counters {
    accepted: Vec<metrics::Counter>,
    refused: Vec<Vec<metrics::Counter>>,
}

impl Counters {
    fn new() -> Self {
        let accepted = |protocol: &Protocol| metrics::counter!("citygate_fixes_accepted_total", "protocol" => protocol.as_str());
        let refused = |protocol: &Protocol| {
            let counter = |reason: &RefusalReason| metrics::counter!("citygate_fixes_refused_total", "protocol" => protocol.as_str(), "reason" => reason.as_str());
            RefusalReason::ALL.iter().map(counter).collect()
        };
        Self { accepted: Protocol::ALL.iter().map(accepted).collect(), refused: Protocol::ALL.iter().map(refused).collect() }
    }
}

/// The gate. One for all doors; every method may be called from any thread.
pub struct Gate {
    bus: Bus,
    limits: IngestLimits,
    /// The past of each source, for the checks that need it.
    tracks: Tracks,
    /// Devices adopted while the server runs, so that their number has an end.
    adopted: Mutex<HashSet<DeviceId>>,
    counters: Counters,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn unknown(source: &Source) -> Refusal {
    let (field, detail) = match source {
        Source::Device(id) => ("device", format!("`{id}` is carried by no unit: register it with a unit first")),
        Source::Unit(id) => ("unit", format!("there is no unit `{id}`: register it first")),
    };
    Refusal { reason: RefusalReason::UnknownDevice, field, detail }
}

impl Gate {
    /// A gate before a bus. Make it after the metrics recorder is installed.
    #[must_use]
    pub fn new(bus: Bus, limits: IngestLimits) -> Self {
        Self { bus, limits, tracks: Tracks::default(), adopted: Mutex::default(), counters: Counters::new() }
    }

    /// Whether a unit carries the device.
    #[must_use]
    pub fn knows(&self, device: &DeviceId) -> bool {
        self.bus.world().carrier(device).is_some()
    }

    /// Makes unknown devices known where the config says so: each a unit of its own, out of service. Returns when they are
    /// durable. Devices that are known cost one look-up.
    ///
    /// # Errors
    /// [`Refusal`] of a device that is not adopted: the config forbids it, there are too many, or the journal cannot be written.
    pub async fn prepare(&self, source: &Source, protocol: Protocol) -> Result<(), Refusal> {
        let Source::Device(device) = source else {
            return if self.carrier(source).is_some() { Ok(()) } else { Err(unknown(source)) };
        };
        if self.knows(device) {
            return Ok(());
        }
        if self.limits.unknown_devices == UnknownDevices::Refuse {
            return Err(unknown(source));
        }
        {
            let mut adopted = self.adopted.lock();
            if adopted.len() >= self.limits.adopted_max && !adopted.contains(device) {
                let detail = format!("`{device}` is not adopted: {} devices were already, which is the most", self.limits.adopted_max);
                return Err(Refusal { reason: RefusalReason::UnknownDevice, field: "device", detail });
            }
            adopted.insert(device.clone());
        }
        match self.bus.command(Request::new(Command::RegisterUnit(self.adoption(device, protocol)?), Actor::Machine)).await {
            Ok(_) => {
                tracing::info!(%device, protocol = protocol.as_str(), "adopted a device: its unit is out of service until somebody says otherwise");
                Ok(())
            }
            // Two connections of one device may adopt it at once: the second finds it taken, which is well.
            Err(CommandError::Rejected(_)) if self.knows(device) => Ok(()),
            Err(error) => {
                self.adopted.lock().remove(device);
                Err(Refusal {
                    reason: RefusalReason::UnknownDevice,
                    field: "device",
                    detail: format!("`{device}` was not adopted: {error}"),
                })
            }
        }
    }

    fn adoption(&self, device: &DeviceId, protocol: Protocol) -> Result<UnitSpec, Refusal> {
        let top = self.bus.world().organisations().top().map(|organisation| organisation.id.clone());
        let id = format!("adopted-{device}").chars().take(crate::model::ID_LEN_MAX).collect::<String>().parse();
        let (Some(org), Ok(id)) = (top, id) else { return Err(unknown(&Source::Device(device.clone()))) };
        let (device_kind, kind) = protocol.adopts();
        Ok(UnitSpec {
            id,
            callsign: device.as_str().chars().take(crate::model::CALLSIGN_LEN_MAX).collect(),
            kind,
            org,
            capabilities: Capabilities::EMPTY,
            crew: 0,
            status: Status::OutOfService,
            alarm: false,
            devices: vec![Device { id: device.clone(), kind: device_kind }],
            home: None,
        })
    }

    fn carrier(&self, source: &Source) -> Option<Carrier> {
        match source {
            Source::Device(id) => self.bus.world().carrier(id),
            Source::Unit(id) => self.bus.world().carrier_of_unit(id),
        }
    }

    /// Checks reports and queues the good ones: one result each in `results`, in order. What one read of a socket gave is
    /// best handed over at once. Never waits.
    pub fn accept(&self, reports: &[(Source, Report)], protocol: Protocol, results: &mut Vec<Result<(), Refusal>>) {
        results.clear();
        let now = self.bus.now();
        let mut good = Vec::with_capacity(reports.len());
        for (source, report) in reports {
            let checked = match self.seat(source) {
                None => Err(unknown(source)),
                Some(seat) => seat.check(source, report, &self.limits.check, now),
            };
            results.push(checked.map(|fix| good.push(fix)));
        }
        let left_out = self.bus.submit(&good);
        if !left_out.is_empty() {
            let queued = results.iter_mut().filter(|result| result.is_ok()).enumerate();
            queued.filter(|(place, _)| left_out.binary_search(place).is_ok()).for_each(|(_, result)| *result = Err(overflow()));
        }
        self.count(protocol, results);
    }

    /// Counts a report that never became one.
    pub fn count_refusal(&self, protocol: Protocol, reason: RefusalReason) {
        if let Some(counter) = self.counters.refused.get(protocol as usize).and_then(|reasons| reasons.get(usize::from(reason.code()))) {
            counter.increment(1);
        }
    }

    fn count(&self, protocol: Protocol, results: &[Result<(), Refusal>]) {
        let mut accepted = 0;
        for result in results {
            match result {
                Ok(()) => accepted += 1,
                Err(refusal) => self.count_refusal(protocol, refusal.reason),
            }
        }
        self.count_accepted(protocol, accepted);
    }

    fn count_accepted(&self, protocol: Protocol, accepted: usize) {
        if let Some(counter) = self.counters.accepted.get(protocol as usize) {
            counter.increment(accepted as u64);
        }
    }

    /// Raises the alarm of the unit that carries a device. Returns when it is durable.
    ///
    /// # Errors
    /// [`CommandError`] when it was not done; an unknown device raises nothing.
    pub async fn raise_alarm(&self, device: &DeviceId) -> Result<(), CommandError> {
        let view = self.bus.world().carrier(device).and_then(|carrier| self.bus.world().unit_by_no(carrier.unit));
        if let Some(view) = view.filter(|view| !view.spec.alarm) {
            let patch = UnitPatch { alarm: Some(true), ..UnitPatch::default() };
            let id = view.spec.id;
            self.bus.command(Request::new(Command::EditUnit { id: id.clone(), patch }, Actor::Unit(id))).await?;
        }
        Ok(())
    }
}
