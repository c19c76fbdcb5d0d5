//! Registration (0x0100) and authentication (0x0102), in the layouts of 2011, 2013 and 2019.

use std::borrow::Cow;

use encoding_rs::GBK;

use super::{DecodeError, Version, reader::Reader};

/// The most bytes of an authentication code: the length field of 2019 has one byte.
pub const AUTH_CODE_LEN_MAX: usize = 255;
/// The most bytes of a number plate, GBK. A plate has 8 to 10, a vehicle identification number 17.
pub const PLATE_LEN_MAX: usize = 32;

/// Bytes of province and city.
const REGION_LEN: usize = 4;
const WIDTHS_2011: Widths = Widths { manufacturer: 5, model: 8, terminal: 7 };
const WIDTHS_2013: Widths = Widths { manufacturer: 5, model: 20, terminal: 7 };
const WIDTHS_2019: Widths = Widths { manufacturer: 11, model: 30, terminal: 30 };

#[derive(Debug, Clone, Copy)]
struct Widths {
    manufacturer: usize,
    model: usize,
    terminal: usize,
}

impl Widths {
    /// The place of the plate colour.
    const fn colour_at(self) -> usize {
        REGION_LEN + self.manufacturer + self.model + self.terminal
    }
}

/// What a terminal says of itself when it registers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registration {
    /// Province, GB/T 2260.
    pub province: u16,
    /// City and county, GB/T 2260.
    pub city: u16,
    /// The maker's code.
    pub manufacturer: String,
    /// The terminal's model.
    pub model: String,
    /// The maker's number of the terminal.
    pub terminal: String,
    /// Colour of the plate, JT/T 415: 0 not licensed yet.
    pub plate_colour: u8,
    /// The number plate; the vehicle identification number when there is no plate yet.
    pub plate: String,
}

/// Text of a fixed or last field: up to the first NUL, without blanks at its ends.
fn text(bytes: &[u8], what: &'static str, strict: bool) -> Result<String, DecodeError> {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let (text, damaged) = GBK.decode_without_bom_handling(bytes.get(..end).unwrap_or_default());
    if damaged && strict {
        return Err(DecodeError::Text { what });
    }
    Ok(text.trim_matches(' ').to_owned())
}

/// Text as GBK with NULs up to `width`.
fn push_text(out: &mut Vec<u8>, value: &str, what: &'static str, width: usize) -> Result<(), DecodeError> {
    let (bytes, _, unmappable) = GBK.encode(value);
    if unmappable {
        return Err(DecodeError::Text { what });
    }
    let padding = width.checked_sub(bytes.len()).ok_or(DecodeError::TooLong { what, got: bytes.len(), max: width })?;
    out.extend_from_slice(&bytes);
    out.extend(std::iter::repeat_n(0, padding));
    Ok(())
}

/// Whether a byte may be a plate colour: JT/T 415 has 0 to 9, JT/T 697.7 adds 91 to 94. A letter or a digit
/// of a plate is none of them.
const fn is_colour(byte: u8) -> bool {
    byte <= 9 || matches!(byte, 91..=94)
}

impl Registration {
    /// Reads the body of 0x0100.
    ///
    /// 2011 and 2013 share a header and differ in the width of the model: the layout is the one in which a
    /// plate colour stands at the colour's place, 2013 first.
    ///
    /// # Errors
    /// [`DecodeError::Registration`] for a body that fits no layout; [`DecodeError::TooLong`] for a plate over
    /// [`PLATE_LEN_MAX`]; with `strict` on, [`DecodeError::Text`].
    pub fn decode(body: &[u8], version: Version, strict: bool) -> Result<Self, DecodeError> {
        let fits = |widths: &Widths| body.get(widths.colour_at()).is_some_and(|colour| is_colour(*colour));
        let candidates: &[Widths] = if version.is_2019() { &[WIDTHS_2019] } else { &[WIDTHS_2013, WIDTHS_2011] };
        let widths = candidates.iter().find(|widths| fits(widths)).ok_or(DecodeError::Registration { got: body.len() })?;
        let mut reader = Reader::new(body);
        let (province, city) = (reader.u16("province")?, reader.u16("city")?);
        let mut field = |what, width| text(reader.take(what, width)?, what, strict);
        let manufacturer = field("manufacturer", widths.manufacturer)?;
        let model = field("terminal model", widths.model)?;
        let terminal = field("terminal number", widths.terminal)?;
        let plate_colour = reader.u8("plate colour")?;
        let plate = reader.rest();
        if plate.len() > PLATE_LEN_MAX {
            return Err(DecodeError::TooLong { what: "plate", got: plate.len(), max: PLATE_LEN_MAX });
        }
        Ok(Self { province, city, manufacturer, model, terminal, plate_colour, plate: text(plate, "plate", strict)? })
    }

    /// Appends the body of 0x0100, in the layout of 2013 or 2019, to `out`.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] and [`DecodeError::Text`]; `out` may then hold a part of the body.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let widths = if version.is_2019() { WIDTHS_2019 } else { WIDTHS_2013 };
        out.extend_from_slice(&self.province.to_be_bytes());
        out.extend_from_slice(&self.city.to_be_bytes());
        push_text(out, &self.manufacturer, "manufacturer", widths.manufacturer)?;
        push_text(out, &self.model, "terminal model", widths.model)?;
        push_text(out, &self.terminal, "terminal number", widths.terminal)?;
        out.push(self.plate_colour);
        let (plate, _, unmappable) = GBK.encode(&self.plate);
        match plate {
            _ if unmappable => Err(DecodeError::Text { what: "plate" }),
            plate if plate.len() > PLATE_LEN_MAX => Err(DecodeError::TooLong { what: "plate", got: plate.len(), max: PLATE_LEN_MAX }),
            plate => {
                out.extend_from_slice(&plate);
                Ok(())
            }
        }
    }
}

/// What a terminal shows to be let in.
#[derive(Clone, PartialEq, Eq)]
pub struct Authentication<'a> {
    /// The code that it got when it registered. Not shown by `Debug`.
    pub code: &'a [u8],
    /// 2019 only: the modem's IMEI.
    pub imei: Option<Cow<'a, str>>,
    /// 2019 only: the version of the terminal's software.
    pub software: Option<Cow<'a, str>>,
}

impl std::fmt::Debug for Authentication<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authentication").field("imei", &self.imei).field("software", &self.software).finish_non_exhaustive()
    }
}

const IMEI_LEN: usize = 15;
const SOFTWARE_LEN: usize = 20;

fn ascii(bytes: &[u8]) -> Cow<'_, str> {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default())
}

impl<'a> Authentication<'a> {
    /// Reads the body of 0x0102. A NUL after the code of 2013 is not a part of it.
    ///
    /// # Errors
    /// [`DecodeError::Short`] when the body of 2019 ends inside its code or, with `strict` on, before the
    /// software version; [`DecodeError::TooLong`] for a code over [`AUTH_CODE_LEN_MAX`].
    pub fn decode(body: &'a [u8], version: Version, strict: bool) -> Result<Self, DecodeError> {
        if !version.is_2019() {
            let end = body.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            let code = body.get(..end).unwrap_or_default();
            if code.len() > AUTH_CODE_LEN_MAX {
                return Err(DecodeError::TooLong { what: "authentication code", got: code.len(), max: AUTH_CODE_LEN_MAX });
            }
            return Ok(Self { code, imei: None, software: None });
        }
        let mut reader = Reader::new(body);
        let len = reader.u8("authentication code length")?;
        let code = reader.take("authentication code", len.into())?;
        let mut extra = |what, len| match reader.take(what, len) {
            Err(error) if strict => Err(error),
            bytes => Ok(bytes.ok().map(ascii)),
        };
        Ok(Self { code, imei: extra("IMEI", IMEI_LEN)?, software: extra("software version", SOFTWARE_LEN)? })
    }

    /// Appends the body of 0x0102 to `out`.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`]; `out` may then hold a part of the body.
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let too_long = || DecodeError::TooLong { what: "authentication code", got: self.code.len(), max: AUTH_CODE_LEN_MAX };
        let len = u8::try_from(self.code.len()).map_err(|_| too_long())?;
        if version.is_2019() {
            out.push(len);
        }
        out.extend_from_slice(self.code);
        if version.is_2019() {
            push_text(out, self.imei.as_deref().unwrap_or_default(), "IMEI", IMEI_LEN)?;
            push_text(out, self.software.as_deref().unwrap_or_default(), "software version", SOFTWARE_LEN)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn car() -> Registration {
        Registration {
            province: 45,
            city: 102,
            manufacturer: "CGSIM".into(),
            model: "CG-808".into(),
            terminal: "0000007".into(),
            plate_colour: 1,
            plate: "桂A12345".into(),
        }
    }

    /// The layout of 2011: a model of 8 bytes.
    fn body_2011(colour: u8, plate: &[u8]) -> Vec<u8> {
        [&[0, 45, 0, 102], b"CGSIM".as_slice(), b"CG-808\0\0", b"0000007", &[colour], plate].concat()
    }

    #[test]
    fn the_layout_is_found() {
        for version in [Version::V2013, Version::V2019] {
            let mut body = Vec::new();
            car().encode(version, &mut body).unwrap();
            assert_eq!(Registration::decode(&body, version, true).unwrap(), car());
        }
        let plate = [0xb9, 0xf0, b'A', b'1', b'2', b'3', b'4', b'5'];
        assert_eq!(Registration::decode(&body_2011(1, &plate), Version::V2013, true).unwrap(), car());
        let unlicensed = Registration::decode(&body_2011(0, b"LSVAA4187C2184847"), Version::V2013, true).unwrap();
        assert_eq!(unlicensed.plate, "LSVAA4187C2184847");
    }

    #[test]
    fn what_fits_no_layout_is_refused() {
        for len in 0..25 {
            assert_eq!(
                Registration::decode(&vec![0; len][..len.min(24)], Version::V2013, false),
                Err(DecodeError::Registration { got: len.min(24) })
            );
        }
        assert!(Registration::decode(&[0x41; 90], Version::V2019, false).is_err());
        let torn = body_2011(1, &[0xb9, 0xf0, 0xff, 0xff]);
        assert_eq!(Registration::decode(&torn, Version::V2013, true), Err(DecodeError::Text { what: "plate" }));
        assert!(Registration::decode(&torn, Version::V2013, false).unwrap().plate.starts_with('桂'));
        let at_limit = body_2011(1, &[b'A'; PLATE_LEN_MAX]);
        assert!(Registration::decode(&at_limit, Version::V2013, true).is_ok());
        let over = body_2011(1, &[b'A'; PLATE_LEN_MAX + 1]);
        assert!(matches!(Registration::decode(&over, Version::V2013, true), Err(DecodeError::TooLong { .. })));
        let wide = Registration { manufacturer: "CGSIMS".into(), ..car() };
        assert!(matches!(wide.encode(Version::V2013, &mut Vec::new()), Err(DecodeError::TooLong { max: 5, .. })));
    }

    #[test]
    fn codes_of_both_layouts() {
        let old = Authentication::decode(b"abc123\0", Version::V2013, true).unwrap();
        assert_eq!(old.code, b"abc123");
        let shown = Authentication { code: b"abc123", imei: Some("860000000000001".into()), software: Some("1.2".into()) };
        let mut body = Vec::new();
        shown.encode(Version::V2019, &mut body).unwrap();
        assert_eq!(body.len(), 1 + 6 + 15 + 20);
        assert_eq!(Authentication::decode(&body, Version::V2019, true).unwrap(), shown);
        assert!(Authentication::decode(&body[..20], Version::V2019, true).is_err());
        assert_eq!(Authentication::decode(&body[..20], Version::V2019, false).unwrap().code, b"abc123");
        assert!(Authentication::decode(&body[..6], Version::V2019, false).is_err());
        assert!(Authentication::decode(&[b'x'; AUTH_CODE_LEN_MAX], Version::V2013, true).is_ok());
        assert!(Authentication::decode(&[b'x'; AUTH_CODE_LEN_MAX + 1], Version::V2013, true).is_err());
        assert!(!format!("{shown:?}").contains("abc"));
    }

    proptest! {
        #[test]
        fn there_and_back(
            province in any::<u16>(), city in any::<u16>(), manufacturer in "[A-Z0-9]{0,5}", model in "[A-Z0-9-]{0,20}",
            terminal in "[A-Z0-9]{0,7}", plate_colour in 0..=9u8, plate in "[京沪桂粤川][A-Z][A-Z0-9]{5,6}", is_2019 in any::<bool>(),
        ) {
            let version = if is_2019 { Version::V2019 } else { Version::V2013 };
            let said = Registration { province, city, manufacturer, model, terminal, plate_colour, plate };
            let mut body = Vec::new();
            said.encode(version, &mut body).unwrap();
            prop_assert_eq!(Registration::decode(&body, version, true).unwrap(), said);
        }
    }
}
