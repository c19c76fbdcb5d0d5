//! Protocol buffers, as far as `OpenStreetMap`'s files need them: fields of a message, lists of numbers
//! (<https://protobuf.dev/programming-guides/encoding/>). Nothing is copied.

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    /// Text, bytes, a message, a packed list, or a fixed number.
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    pub(super) const fn number(self) -> u64 {
        if let Value::Number(number) = self { number } else { 0 }
    }

    pub(super) const fn bytes(self) -> &'a [u8] {
        if let Value::Bytes(bytes) = self { bytes } else { &[] }
    }
}

/// The fields of a message, until its end or the first that is broken.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

/// A message that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

impl<'a> Fields<'a> {
    pub(super) const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let key = varint(&mut self.rest)?;
        let length = match key & 7 {
            0 => return Some((key >> 3, Value::Number(varint(&mut self.rest)?))),
            1 => 8,
            2 => usize::try_from(varint(&mut self.rest)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some((key >> 3, Value::Bytes(bytes)))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field.ok_or(Broken))
    }
}

/// A packed list of numbers, until its end or the first that is broken.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Numbers<'a>(pub(super) &'a [u8]);

impl Iterator for Numbers<'_> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        varint(&mut self.0)
    }
}

impl<'a> Numbers<'a> {
    /// The sums of a list of signed differences.
    pub(super) fn sums(self) -> impl Iterator<Item = i64> + Clone + use<'a> {
        self.scan(0_i64, |sum, number| {
            *sum = sum.wrapping_add(signed(number));
            Some(*sum)
        })
    }
}

/// A number in zigzag form: 0, -1, 1, -2, 2 and so on.
pub(super) const fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

#[inline]
fn varint(from: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for (n, byte) in from.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            *from = from.get(n + 1..)?;
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_kind() {
        // 1: 150; 2: "testing"; 3: fixed 32; 4: fixed 64, as the documentation of the encoding writes them.
        let mut bytes = vec![0x08, 0x96, 0x01, 0x12, 0x07];
        bytes.extend(b"testing");
        bytes.extend([0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8]);
        let fields: Result<Vec<_>, _> = Fields::new(&bytes).collect();
        let fields = fields.unwrap();
        assert_eq!(fields[0], (1, Value::Number(150)));
        assert_eq!(fields[1], (2, Value::Bytes(b"testing")));
        assert_eq!((fields[2].1.bytes().len(), fields[3].1.bytes().len()), (4, 8));
        for cut in 1..bytes.len() {
            let whole = Fields::new(&bytes[..cut]).take_while(Result::is_ok).count();
            assert!(whole < 4 && Fields::new(&bytes[..cut]).count() <= whole + 1, "{cut}");
        }
    }

    #[test]
    fn lists_of_differences() {
        // 3, then 270 more, then one less: zigzag 6, 540, 1.
        assert_eq!(Numbers(&[6, 0x9c, 0x04, 1]).sums().collect::<Vec<_>>(), [3, 273, 272]);
        assert_eq!(Numbers(&[6, 0x80]).count(), 1);
        assert_eq!(Numbers(&[0xff; 11]).count(), 0);
        assert_eq!((signed(0), signed(1), signed(2), signed(u64::MAX)), (0, -1, 1, i64::MIN));
    }
}
