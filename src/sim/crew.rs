//! Who sends what: the devices of all units become senders, each with a task of its own.

use std::rc::Rc;

use tokio::{sync::mpsc, task::spawn_local};

use super::{
    SimError,
    chance::mix_name,
    doors::{Batch, ORDERS_MAX, Order, Phone, Radio, Shared, Terminal, keep},
};
use crate::{
    ingest::jt808::Version,
    model::{Device, DeviceId, DeviceKind, UnitSpec},
};

/// How many gateways carry the radios.
const GATEWAYS: usize = 2;
/// Of a hundred terminals so many speak the header of 2013, the others that of 2019.
const HEADERS_2013: u64 = 60;
/// Of a hundred phones so many send JSON by POST, the others a query by GET.
const PHONES_JSON: u64 = 35;

/// One who sends.
#[derive(Debug)]
pub(super) enum Sender {
    /// A terminal or a phone.
    Device {
        /// Whose fixes.
        unit: usize,
        /// Whether the unit moves on when this sends: one device of a unit moves it, the others repeat.
        moves: bool,
        /// To its task.
        orders: mpsc::Sender<Order>,
    },
    /// A radio gateway.
    Gateway {
        /// The radios: unit, device, whether it moves the unit.
        radios: Vec<(usize, DeviceId, bool)>,
        /// To its task.
        orders: mpsc::Sender<Batch>,
    },
}

/// How many sockets the units need.
pub(super) fn sockets(units: &[UnitSpec]) -> usize {
    GATEWAYS + units.iter().flat_map(|unit| &unit.devices).filter(|device| device.kind != DeviceKind::Radio).count()
}

/// Starts a task for every sender.
///
/// # Errors
/// [`SimError::Device`] for a vehicle terminal whose id is no phone number.
pub(super) fn muster(units: &[UnitSpec], shared: &Rc<Shared>) -> Result<Vec<Sender>, SimError> {
    let mut senders = Vec::new();
    let mut gateways: Vec<Vec<(usize, DeviceId, bool)>> = vec![Vec::new(); GATEWAYS];
    for (unit, spec) in units.iter().enumerate() {
        for (place, device) in spec.devices.iter().enumerate() {
            let moves = place == 0;
            if device.kind == DeviceKind::Radio {
                if let Some(gateway) = gateways.get_mut(unit % GATEWAYS) {
                    gateway.push((unit, device.id.clone(), moves));
                }
                continue;
            }
            let orders = open(unit, device, shared).map_err(|source| SimError::Device {
                unit: spec.id.clone(),
                device: device.id.clone(),
                source,
            })?;
            senders.push(Sender::Device { unit, moves, orders });
        }
    }
    for (number, radios) in gateways.into_iter().enumerate().filter(|(_, radios)| !radios.is_empty()) {
        let (orders, inbox) = mpsc::channel(ORDERS_MAX);
        spawn_local(keep(Radio::new(number, shared.http), shared.clone(), inbox));
        senders.push(Sender::Gateway { radios, orders });
    }
    Ok(senders)
}

fn open(unit: usize, device: &Device, shared: &Rc<Shared>) -> Result<mpsc::Sender<Order>, super::doors::DoorError> {
    let (orders, inbox) = mpsc::channel(ORDERS_MAX);
    let drawn = mix_name(shared.seed, device.id.as_str()) % 100;
    if device.kind == DeviceKind::VehicleTerminal {
        let version = if drawn < HEADERS_2013 { Version::V2013 } else { Version::V2019 };
        let terminal = Terminal::new(unit, device.id.as_str().parse()?, version)?;
        spawn_local(keep(terminal, shared.clone(), inbox));
    } else {
        let phone = Phone::new(unit, device.id.clone(), drawn < PHONES_JSON, shared.http);
        spawn_local(keep(phone, shared.clone(), inbox));
    }
    Ok(orders)
}
