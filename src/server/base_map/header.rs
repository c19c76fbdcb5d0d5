//! The header of a PMTiles file, version 3: what the tiles are, and where its parts lie.

use serde::Serialize;

/// The length of a header, bytes.
pub const HEADER_BYTES: usize = 127;
/// Header and root directory are within the first so many bytes: readers ask for these at once.
const FIRST_BYTES: u64 = 16_384;
/// The deepest zoom of a PMTiles file.
const ZOOM_MAX: u8 = 26;

const MAGIC: &[u8] = b"PMTiles";
const VERSION: u8 = 3;

/// What the tiles are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tiles {
    /// Mapbox vector tiles.
    Vector,
    /// Images.
    Raster,
}

/// What a wall must know of a file before it asks for tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = BaseMap)]
pub struct About {
    /// What its tiles are.
    pub tiles: Tiles,
    /// The zoom of its coarsest tiles.
    pub zoom_min: u8,
    /// The zoom of its finest.
    pub zoom_max: u8,
}

/// Why a file is no base map.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// It is shorter than a header.
    #[error("it has {0} bytes, and a PMTiles file has {HEADER_BYTES} at least")]
    Short(u64),
    /// It is of another format.
    #[error("it begins with {0:?}: give a PMTiles file, which begins with \"PMTiles\"")]
    Magic(String),
    /// It is of another version.
    #[error("version = {0}: give a PMTiles file of version 3 (`pmtiles convert` makes it of an older one)")]
    Version(u8),
    /// A field of the header has a value that the wall cannot use.
    #[error("{field} = {value}: give {expected}")]
    Field {
        /// The field, as the specification calls it.
        field: &'static str,
        /// Its value.
        value: u8,
        /// What is right.
        expected: &'static str,
    },
    /// A part lies where it cannot.
    #[error("{part} lies from {from}, {length} bytes long: it must end by {end}; the file is cut or damaged")]
    Part {
        /// The part.
        part: &'static str,
        /// Where it begins.
        from: u64,
        /// Its length, bytes.
        length: u64,
        /// Where it must end.
        end: u64,
    },
}

/// Reads the header of a file of `size` bytes.
///
/// # Errors
/// [`HeaderError`] for the first thing that is wrong.
pub fn read(bytes: &[u8], size: u64) -> Result<About, HeaderError> {
    let short = || HeaderError::Short(size);
    let bytes: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or_else(short)?;
    let begins = &bytes[..MAGIC.len()];
    if begins != MAGIC {
        return Err(HeaderError::Magic(String::from_utf8_lossy(begins).into_owned()));
    }
    if bytes[7] != VERSION {
        return Err(HeaderError::Version(bytes[7]));
    }
    // Parts stand in the header as offset and length, little-endian.
    let word = |at: usize| bytes[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    for (part, at, end) in [
        ("the root directory", 8, FIRST_BYTES.min(size)),
        ("the metadata", 24, size),
        ("the leaf directories", 40, size),
        ("the tiles", 56, size),
    ] {
        let (from, length) = (word(at), word(at + 8));
        // A part that is not there may stand anywhere.
        let fits = length == 0 || (from >= HEADER_BYTES as u64 && from.checked_add(length).is_some_and(|to| to <= end));
        if !fits {
            return Err(HeaderError::Part { part, from, length, end });
        }
    }
    let field = |field, value, right: bool, expected| if right { Ok(()) } else { Err(HeaderError::Field { field, value, expected }) };
    let [inner, outer, kind, zoom_min, zoom_max] = [97, 98, 99, 100, 101].map(|at: usize| bytes[at]);
    let tiles = if kind == 1 { Tiles::Vector } else { Tiles::Raster };
    field("tile type", kind, (1..=5).contains(&kind), "1 (vector tiles, MVT) or 2, 3, 4, 5 (PNG, JPEG, WebP, AVIF)")?;
    field("internal compression", inner, [1, 2].contains(&inner), "1 (none) or 2 (gzip), which browsers read")?;
    field("tile compression", outer, [1, 2].contains(&outer), "1 (none) or 2 (gzip), which browsers read")?;
    field("max zoom", zoom_max, zoom_max <= ZOOM_MAX, "a zoom from 0 to 26")?;
    field("min zoom", zoom_min, zoom_min <= zoom_max, "a zoom from 0 to max zoom")?;
    Ok(About { tiles, zoom_min, zoom_max })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: u64 = 20_000;

    /// A header with a root directory of 100 bytes, metadata of 50 and tiles up to the end.
    fn header() -> Vec<u8> {
        let mut bytes = b"PMTiles\x03".to_vec();
        for word in [127, 100, 227, 50, 0, 0, 277, SIZE - 277, 0, 0, 0_u64] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend([1, 2, 2, 1, 0, 15]);
        bytes.resize(HEADER_BYTES, 0);
        bytes
    }

    #[test]
    fn right_headers_say_what_the_tiles_are() {
        let mut bytes = header();
        let about = |tiles| Ok(About { tiles, zoom_min: 0, zoom_max: 15 });
        assert_eq!(read(&bytes, SIZE), about(Tiles::Vector));
        for raster in 2..=5 {
            bytes[99] = raster;
            assert_eq!(read(&bytes, SIZE), about(Tiles::Raster));
        }
    }

    #[test]
    fn wrong_ones_are_told() {
        let told = |at: usize, wrong: &[u8]| {
            let mut bytes = header();
            bytes[at..at + wrong.len()].copy_from_slice(wrong);
            read(&bytes, SIZE).unwrap_err().to_string()
        };
        assert!(told(0, b"GIF89a ").contains("begins with \"GIF89a \""));
        assert!(told(7, &[2]).contains("version = 2"));
        assert!(told(99, &[0]).contains("tile type = 0") && told(99, &[6]).contains("tile type = 6"));
        assert!(told(97, &[3]).contains("internal compression = 3") && told(98, &[4]).contains("tile compression = 4"));
        assert!(told(100, &[16]).contains("min zoom = 16") && told(101, &[27]).contains("max zoom = 27"));
        // A root directory beyond what is asked for at once, one within the header, parts beyond the end, a sum beyond all numbers.
        assert!(told(16, &16_258_u64.to_le_bytes()).contains("the root directory lies from 127, 16258 bytes long: it must end by 16384"));
        assert!(told(8, &126_u64.to_le_bytes()).contains("the root directory"));
        assert!(told(24, &(SIZE - 49).to_le_bytes()).contains("the metadata"));
        assert!(told(48, &1_u64.to_le_bytes()).contains("the leaf directories"));
        assert!(told(64, &u64::MAX.to_le_bytes()).contains("the tiles"));
        assert_eq!(read(&header()[..126], 126), Err(HeaderError::Short(126)));
        assert_eq!(read(&[], 0), Err(HeaderError::Short(0)));
    }
}
