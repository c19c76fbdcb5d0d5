//! The batch of locations (0x0704): what a terminal kept while it had no network, or sends in groups.

use super::{DecodeError, Location, reader::Reader};

/// The most locations of one batch: what the longest message that is put together from parts holds.
pub const BATCH_ITEMS_MAX: usize = super::parts::ASSEMBLY_BYTES_MAX / (2 + super::location::LOCATION_LEN_MIN);

/// Why a terminal sends a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchKind {
    /// Its ordinary reports, several at a time.
    Ordinary,
    /// What it kept where there was no network.
    BlindSpot,
    /// A kind that the standard does not name.
    Other(u8),
}

impl BatchKind {
    const fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::Ordinary,
            1 => Self::BlindSpot,
            other => Self::Other(other),
        }
    }

    const fn byte(self) -> u8 {
        match self {
            Self::Ordinary => 0,
            Self::BlindSpot => 1,
            Self::Other(other) => other,
        }
    }
}

/// The body of 0x0704: items are read one at a time, so that one bad item does not cost the others.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    /// Why it is sent.
    pub kind: BatchKind,
    /// The number of items that the terminal announces.
    pub announced: u16,
    reader: Reader<'a>,
    strict: bool,
}

impl<'a> Batch<'a> {
    /// Reads the head of a batch and, with `strict` on, walks over the lengths of its items.
    ///
    /// # Errors
    /// [`DecodeError::Short`] when the head is not whole; [`DecodeError::Count`] when more than
    /// [`BATCH_ITEMS_MAX`] are announced and, with `strict` on, when the lengths do not fill the body exactly.
    pub fn decode(body: &'a [u8], strict: bool) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(body);
        let announced = reader.u16("number of locations")?;
        let kind = BatchKind::from_byte(reader.u8("kind of batch")?);
        let batch = Self { kind, announced, reader, strict };
        if usize::from(announced) > BATCH_ITEMS_MAX {
            return Err(DecodeError::Count { what: "locations", declared: announced.into(), got: BATCH_ITEMS_MAX });
        }
        if strict {
            let mut walk = batch.reader;
            let mut got = 0;
            while walk.left() > 0 {
                let len = walk.u16("length of a location")?;
                walk.take("location", len.into())?;
                got += 1;
            }
            if got != usize::from(announced) {
                return Err(DecodeError::Count { what: "locations", declared: announced.into(), got });
            }
        }
        Ok(batch)
    }

    /// The body of the next item.
    pub(super) fn next_body(&mut self) -> Option<Result<&'a [u8], DecodeError>> {
        if self.reader.left() == 0 {
            return None;
        }
        let body = self.reader.u16("length of a location").and_then(|len| self.reader.take("location", len.into()));
        if body.is_err() {
            // Where the next item starts is not known any more.
            self.reader.rest();
        }
        Some(body)
    }

    /// Appends the body of 0x0704 to `out`.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] for more than [`BATCH_ITEMS_MAX`] locations.
    pub fn encode(kind: BatchKind, locations: &[Location], out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let too_long = DecodeError::TooLong { what: "batch", got: locations.len(), max: BATCH_ITEMS_MAX };
        let count = u16::try_from(locations.len()).ok().filter(|count| usize::from(*count) <= BATCH_ITEMS_MAX).ok_or(too_long)?;
        out.extend_from_slice(&count.to_be_bytes());
        out.push(kind.byte());
        for location in locations {
            let start = out.len();
            out.extend_from_slice(&[0; 2]);
            location.encode(out);
            let len = (out.len() - start - 2) as u16;
            if let Some(place) = out.get_mut(start..start + 2) {
                place.copy_from_slice(&len.to_be_bytes());
            }
        }
        Ok(())
    }
}

impl Iterator for Batch<'_> {
    type Item = Result<Location, DecodeError>;
    fn next(&mut self) -> Option<Self::Item> {
        let strict = self.strict;
        Some(self.next_body()?.and_then(|body| Location::decode(body, strict)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::location::tests::any_location, *};

    #[test]
    fn the_count_is_checked() {
        let mut body = Vec::new();
        Batch::encode(BatchKind::BlindSpot, &[], &mut body).unwrap();
        assert_eq!(body, [0, 0, 1]);
        assert_eq!(Batch::decode(&body, true).unwrap().count(), 0);
        assert!(matches!(Batch::decode(&[0, 2, 0], true), Err(DecodeError::Count { declared: 2, got: 0, .. })));
        let most = (BATCH_ITEMS_MAX as u16).to_be_bytes();
        assert!(Batch::decode(&[most[0], most[1], 0], false).is_ok());
        let over = (BATCH_ITEMS_MAX as u16 + 1).to_be_bytes();
        assert!(Batch::decode(&[over[0], over[1], 0], false).is_err());
    }

    #[test]
    fn a_bad_item_does_not_cost_the_others() {
        let body = [[0, 3, 0].as_slice(), &[0, 28], &[0; 28], &[0, 4, 1, 2, 3, 4], &[0, 28], &[0; 28], &[0, 9, 1]].concat();
        assert!(Batch::decode(&body, true).is_err());
        let items: Vec<_> = Batch::decode(&body, false).unwrap().map(|item| item.is_ok()).collect();
        assert_eq!(items, [true, false, true, false]);
    }

    proptest! {
        #[test]
        fn there_and_back(locations in prop::collection::vec(any_location(), 0..20), kind in 0..4u8) {
            let mut body = Vec::new();
            Batch::encode(BatchKind::from_byte(kind), &locations, &mut body).unwrap();
            let batch = Batch::decode(&body, true).unwrap();
            prop_assert_eq!(batch.kind.byte(), kind);
            prop_assert_eq!(batch.collect::<Result<Vec<_>, _>>().unwrap(), locations);
        }
    }
}
