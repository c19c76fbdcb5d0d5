//! The last positions of units, so that they are known after a restart, with their age.
//!
//! One file, `positions`, replaced whole every few seconds. Whole numbers and floats have their lowest byte first:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `CGPOS 1` and a line feed |
//! | 4 | CRC-32 of what follows |
//! | each unit: 1, then so many | its id |
//! | 1 | the code of the kind of device |
//! | 8 | the time of the fix, milliseconds since 1970 |
//! | 8, 8 | latitude and longitude, degrees, `f64` |
//! | 4, 4, 4 | speed (m/s), heading (degrees), accuracy (m), `f32`; not a number where there is none |

use std::{io, path::Path};

use super::snapshot::replace;
use crate::{
    engine::{UnitFix, World},
    geodesy::LatLng,
    model::{DeviceKind, Fix, Timestamp, UnitId, UnitNo},
};

/// The file in the state folder.
pub const POSITIONS_FILE: &str = "positions";
/// What it begins with.
const MAGIC: &[u8; 8] = b"CGPOS 1\n";
/// The bytes before the first unit.
const HEAD_BYTES: usize = MAGIC.len() + 4;
/// A fix that is further ahead of the clock than this is not taken back: the clock was wrong, and no newer fix would count, milliseconds.
const AHEAD_MS_MAX: i64 = 60_000;

/// Writes positions; keeps its buffer.
#[derive(Debug, Default)]
pub(super) struct Positions {
    bytes: Vec<u8>,
    written: Option<u32>,
}

impl Positions {
    /// Writes where everybody is, where that has changed. Looks at one unit at a time: no fix waits for it.
    pub(super) fn write(&mut self, world: &World, folder: &Path) -> io::Result<()> {
        let bytes = &mut self.bytes;
        bytes.clear();
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[0; 4]);
        for no in 0..world.count().0 as u32 {
            let Some(unit) = world.unit_by_no(UnitNo(no)) else { continue };
            if let Some(fix) = unit.fix {
                put(bytes, &unit.spec.id, unit.device, &fix);
            }
        }
        let sum = crc32fast::hash(bytes.get(HEAD_BYTES..).unwrap_or_default());
        if self.written == Some(sum) {
            return Ok(());
        }
        if let Some(place) = bytes.get_mut(MAGIC.len()..HEAD_BYTES) {
            place.copy_from_slice(&sum.to_le_bytes());
        }
        replace(&folder.join(POSITIONS_FILE), &[bytes])?;
        self.written = Some(sum);
        Ok(())
    }
}

fn put(bytes: &mut Vec<u8>, id: &UnitId, device: DeviceKind, fix: &Fix) {
    let Fix { at, time, speed_mps, heading_deg, accuracy_m } = *fix;
    bytes.push(id.as_str().len() as u8);
    bytes.extend_from_slice(id.as_str().as_bytes());
    bytes.push(device.code());
    bytes.extend_from_slice(&time.unix_ms().to_le_bytes());
    for degrees in [at.lat_deg(), at.lng_deg()] {
        bytes.extend_from_slice(&degrees.to_le_bytes());
    }
    for value in [speed_mps, heading_deg, accuracy_m] {
        bytes.extend_from_slice(&value.unwrap_or(f32::NAN).to_le_bytes());
    }
}

/// The positions of a state folder, of the units that the world knows; none where there is no file. One that is damaged is told and ignored.
pub(super) fn read(world: &World, folder: &Path, now: Timestamp) -> Vec<UnitFix> {
    let path = folder.join(POSITIONS_FILE);
    let read = match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => Err(error.to_string()),
        Ok(bytes) => parse(world, &bytes, now).ok_or_else(|| "it is damaged".to_owned()),
    };
    read.unwrap_or_else(|why| {
        tracing::warn!(path = %path.display(), why, "the positions are ignored: units are where their next fix says");
        Vec::new()
    })
}

fn parse(world: &World, bytes: &[u8], now: Timestamp) -> Option<Vec<UnitFix>> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let sum = u32::from_le_bytes(take(&mut rest)?);
    if sum != crc32fast::hash(rest) {
        return None;
    }
    let mut fixes = Vec::new();
    while !rest.is_empty() {
        let [length] = take(&mut rest)?;
        let (id, after) = rest.split_at_checked(usize::from(length))?;
        rest = after;
        let id: UnitId = std::str::from_utf8(id).ok()?.parse().ok()?;
        let device = DeviceKind::from_code(u8::from_le_bytes(take(&mut rest)?))?;
        let time = Timestamp::from_unix_ms(i64::from_le_bytes(take(&mut rest)?));
        let (lat, lng) = (f64::from_le_bytes(take(&mut rest)?), f64::from_le_bytes(take(&mut rest)?));
        let mut value = || take(&mut rest).map(f32::from_le_bytes).map(|value| (!value.is_nan()).then_some(value));
        let (speed_mps, heading_deg, accuracy_m) = (value()?, value()?, value()?);
        let fix = Fix { at: LatLng::new(lat, lng).ok()?, time, speed_mps, heading_deg, accuracy_m };
        if time <= now.plus_ms(AHEAD_MS_MAX)
            && let Some(unit) = world.unit(&id)
        {
            fixes.push(UnitFix { unit: unit.no, device, fix });
        }
    }
    Some(fixes)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}
