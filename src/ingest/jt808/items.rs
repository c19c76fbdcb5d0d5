//! The additional items of a location report: id, length, value.

use super::{DecodeError, reader::Reader};

/// Ids of unknown items that are kept by name; the ones after it are only counted.
pub const SKIPPED_KEPT: usize = 8;

/// Where a speeding alarm or an area alarm happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// 0 none, 1 circle, 2 rectangle, 3 polygon, 4 road section.
    pub kind: u8,
    /// The area or road section; `None` when `kind` is 0.
    pub id: Option<u32>,
}

/// Entering or leaving an area or a route (0x12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crossing {
    /// Which area or route.
    pub place: Place,
    /// Whether it was left, not entered.
    pub left: bool,
}

/// A road section driven too fast or too slowly (0x13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoadTime {
    /// The road section.
    pub id: u32,
    /// How long it took, seconds.
    pub time_s: u16,
    /// 0 too short, 1 too long.
    pub result: u8,
}

/// The additional items that Citygate reads. An item that comes twice counts as it came last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Items {
    /// 0x01: the odometer, tenths of a kilometre.
    pub mileage_tenth_km: Option<u32>,
    /// 0x02: fuel, tenths of a litre.
    pub fuel_tenth_l: Option<u16>,
    /// 0x03: the speed that the recorder measures, tenths of a kilometre an hour.
    pub recorder_speed_tenth_kmh: Option<u16>,
    /// 0x04: the number of an alarm that a person must confirm.
    pub alarm_to_confirm: Option<u16>,
    /// 0x11: the area of a speeding alarm.
    pub speeding: Option<Place>,
    /// 0x12: entering or leaving an area or a route.
    pub crossing: Option<Crossing>,
    /// 0x13: the time on a road section.
    pub road_time: Option<RoadTime>,
    /// 0x25: lights, brakes, doors: the extended vehicle signals.
    pub vehicle_signals: Option<u32>,
    /// 0x2A: deep sleep and sleep bits.
    pub io: Option<u16>,
    /// 0x2B: two analog values of 16 bits, the second in the high half.
    pub analog: Option<u32>,
    /// 0x30: radio signal strength, as the terminal counts.
    pub signal_strength: Option<u8>,
    /// 0x31: satellites in the fix.
    pub satellites: Option<u8>,
    /// How many items were not known.
    pub skipped: u8,
    /// The ids of the first of them; the rest is 0.
    pub skipped_ids: [u8; SKIPPED_KEPT],
}

fn word(value: &[u8], what: &'static str) -> Result<u16, DecodeError> {
    whole(value, what).map(u16::from_be_bytes)
}

fn double(value: &[u8], what: &'static str) -> Result<u32, DecodeError> {
    whole(value, what).map(u32::from_be_bytes)
}

fn whole<const N: usize>(value: &[u8], what: &'static str) -> Result<[u8; N], DecodeError> {
    value.try_into().map_err(|_| DecodeError::Count { what, declared: value.len(), got: N })
}

impl Items {
    /// Reads items up to the end of `bytes`.
    ///
    /// # Errors
    /// With `strict` on, [`DecodeError::Short`] when an item is longer than what is left and
    /// [`DecodeError::Count`] when a known item has another length than the standard gives it. With it off
    /// the list ends at the first, and the second counts as an unknown item.
    pub fn decode(bytes: &[u8], strict: bool) -> Result<Self, DecodeError> {
        let mut items = Self::default();
        let mut reader = Reader::new(bytes);
        while reader.left() > 0 {
            match items.decode_one(&mut reader, strict) {
                Err(error) if strict => return Err(error),
                Err(_) => break,
                Ok(()) => {}
            }
        }
        Ok(items)
    }

    fn decode_one(&mut self, reader: &mut Reader<'_>, strict: bool) -> Result<(), DecodeError> {
        let id = reader.u8("item id")?;
        let len = reader.u8("item length")?;
        let value = reader.take("item value", len.into())?;
        match self.set(id, value) {
            Ok(true) => Ok(()),
            Err(error) if strict => Err(error),
            Ok(false) | Err(_) => {
                if let Some(kept) = self.skipped_ids.get_mut(usize::from(self.skipped)) {
                    *kept = id;
                }
                self.skipped = self.skipped.saturating_add(1);
                Ok(())
            }
        }
    }

    /// Keeps one item; false when the id is not known.
    fn set(&mut self, id: u8, value: &[u8]) -> Result<bool, DecodeError> {
        match id {
            0x01 => self.mileage_tenth_km = Some(double(value, "mileage")?),
            0x02 => self.fuel_tenth_l = Some(word(value, "fuel")?),
            0x03 => self.recorder_speed_tenth_kmh = Some(word(value, "recorder speed")?),
            0x04 => self.alarm_to_confirm = Some(word(value, "alarm to confirm")?),
            0x11 => self.speeding = Some(speeding(value)?),
            0x12 => {
                let [kind, a, b, c, d, direction] = whole(value, "area crossing")?;
                let place = Place { kind, id: Some(u32::from_be_bytes([a, b, c, d])) };
                self.crossing = Some(Crossing { place, left: direction != 0 });
            }
            0x13 => {
                let [a, b, c, d, time_high, time_low, result] = whole(value, "road time")?;
                let time_s = u16::from_be_bytes([time_high, time_low]);
                self.road_time = Some(RoadTime { id: u32::from_be_bytes([a, b, c, d]), time_s, result });
            }
            0x25 => self.vehicle_signals = Some(double(value, "vehicle signals")?),
            0x2a => self.io = Some(word(value, "io")?),
            0x2b => self.analog = Some(double(value, "analog")?),
            0x30 => self.signal_strength = Some(whole(value, "signal strength").map(u8::from_be_bytes)?),
            0x31 => self.satellites = Some(whole(value, "satellites").map(u8::from_be_bytes)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Appends the known items to `out`; each skipped id that is kept goes out with an empty value.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut item = |id: u8, value: &[u8]| {
            out.extend_from_slice(&[id, value.len() as u8]);
            out.extend_from_slice(value);
        };
        let words = [(0x02, self.fuel_tenth_l), (0x03, self.recorder_speed_tenth_kmh), (0x04, self.alarm_to_confirm), (0x2a, self.io)];
        for (id, value) in words {
            value.inspect(|value| item(id, &value.to_be_bytes()));
        }
        for (id, value) in [(0x01, self.mileage_tenth_km), (0x25, self.vehicle_signals), (0x2b, self.analog)] {
            value.inspect(|value| item(id, &value.to_be_bytes()));
        }
        match self.speeding {
            Some(Place { kind, id: None }) => item(0x11, &[kind]),
            Some(Place { kind, id: Some(id) }) => item(0x11, &with_id(kind, id)),
            None => {}
        }
        if let Some(Crossing { place, left }) = self.crossing {
            let [kind, a, b, c, d] = with_id(place.kind, place.id.unwrap_or(0));
            item(0x12, &[kind, a, b, c, d, left.into()]);
        }
        if let Some(RoadTime { id, time_s, result }) = self.road_time {
            let ([a, b, c, d], [high, low]) = (id.to_be_bytes(), time_s.to_be_bytes());
            item(0x13, &[a, b, c, d, high, low, result]);
        }
        for (id, value) in [(0x30, self.signal_strength), (0x31, self.satellites)] {
            value.inspect(|value| item(id, &[*value]));
        }
        for id in self.skipped_ids.iter().take(self.skipped.into()) {
            item(*id, &[]);
        }
    }
}

fn speeding(value: &[u8]) -> Result<Place, DecodeError> {
    match value {
        [kind] => Ok(Place { kind: *kind, id: None }),
        _ => {
            let [kind, a, b, c, d] = whole(value, "speeding")?;
            Ok(Place { kind, id: Some(u32::from_be_bytes([a, b, c, d])) })
        }
    }
}

fn with_id(kind: u8, id: u32) -> [u8; 5] {
    let [a, b, c, d] = id.to_be_bytes();
    [kind, a, b, c, d]
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::{option, prelude::*};

    use super::*;

    prop_compose! {
        pub(in crate::ingest::jt808) fn any_items()(
            (mileage_tenth_km, vehicle_signals, analog) in any::<(Option<u32>, Option<u32>, Option<u32>)>(),
            (fuel_tenth_l, recorder_speed_tenth_kmh) in any::<(Option<u16>, Option<u16>)>(),
            (alarm_to_confirm, io) in any::<(Option<u16>, Option<u16>)>(),
            (signal_strength, satellites) in any::<(Option<u8>, Option<u8>)>(),
            speeding in option::of(any::<(u8, Option<u32>)>().prop_map(|(kind, id)| Place { kind, id })),
            crossing in option::of(any::<(u8, u32, bool)>().prop_map(|(kind, id, left)| Crossing { place: Place { kind, id: Some(id) }, left })),
            road_time in option::of(any::<(u32, u16, u8)>().prop_map(|(id, time_s, result)| RoadTime { id, time_s, result })),
            unknown in prop::collection::vec(0xe0..=0xffu8, 0..SKIPPED_KEPT),
        ) -> Items {
            let mut skipped_ids = [0; SKIPPED_KEPT];
            skipped_ids[..unknown.len()].copy_from_slice(&unknown);
            Items {
                mileage_tenth_km, fuel_tenth_l, recorder_speed_tenth_kmh, alarm_to_confirm, speeding, crossing, road_time,
                vehicle_signals, io, analog, signal_strength, satellites, skipped: unknown.len() as u8, skipped_ids,
            }
        }
    }

    #[test]
    fn items_of_a_real_shape() {
        let bytes = [0x01, 4, 0, 0, 0x27, 0x10, 0xe1, 2, 9, 9, 0x30, 1, 31, 0x31, 1, 14, 0x11, 1, 0];
        let items = Items::decode(&bytes, true).unwrap();
        assert_eq!(items.mileage_tenth_km, Some(10_000));
        assert_eq!((items.signal_strength, items.satellites), (Some(31), Some(14)));
        assert_eq!(items.speeding, Some(Place { kind: 0, id: None }));
        assert_eq!((items.skipped, items.skipped_ids[0]), (1, 0xe1));
    }

    #[test]
    fn wrong_lengths() {
        let cut = [0x31, 1, 9, 0x01, 4, 0, 0];
        assert!(matches!(Items::decode(&cut, true), Err(DecodeError::Short { needed: 4, got: 2, .. })));
        assert_eq!(Items::decode(&cut, false).unwrap().satellites, Some(9));
        let odd = [0x02, 3, 1, 1, 1, 0x31, 1, 9];
        assert!(matches!(Items::decode(&odd, true), Err(DecodeError::Count { what: "fuel", declared: 3, got: 2 })));
        let items = Items::decode(&odd, false).unwrap();
        assert_eq!((items.skipped, items.skipped_ids[0], items.satellites), (1, 0x02, Some(9)));
        let many: Vec<u8> = (0..200).flat_map(|_| [0xff, 0]).collect();
        assert_eq!(Items::decode(&[many.clone(), many].concat(), true).unwrap().skipped, 255);
    }
}
