//! Roads as bytes: what `citygate import roads` writes and the server opens.
//!
//! All numbers are little-endian. A head of 44 bytes, then eight sections, nothing after them. Each section is followed by the
//! CRC-32 (ISO-HDLC) of its bytes, 4 bytes.
//!
//! | byte of the head | what |
//! |---|---|
//! | 0 | `CITYROAD` |
//! | 8 | version, `u32`: 1 |
//! | 12 | how many junctions, `u32` |
//! | 16 | how many edges, `u32` |
//! | 20 | how many points of lines, `u32` |
//! | 24 | how many names, `u32` |
//! | 28 | how many bytes of names, `u32` |
//! | 32 | how many banned turns, `u32` |
//! | 36 | how many bytes of attribution, `u32` |
//! | 40 | CRC-32 of bytes 0 to 39 |
//!
//! | section | bytes each | what |
//! |---|---|---|
//! | attribution | 1 | whom the roads are owed to, UTF-8 |
//! | junctions | 8 | latitude, then longitude, `i32`, 1e-7 degrees |
//! | order | 4 | the junctions as a k-d tree: the middle of a range (its length halved, rounded down) splits it along an axis of the unit sphere (x, then y, then z, then x again, one a level), `u32` |
//! | edges | 24 | from, to (junctions), name, length in millimetres, where its points end (they start where those of the edge before end): `u32` each; class, speed in km/h, flags (1 one-way, 2 bridge), 0: a byte each. Classes by number: the order of [`RoadClass::ALL`] |
//! | points | 8 | as junctions: the points of the edges' lines between their ends, edge by edge |
//! | ends of names | 8 | where in the text its Chinese ends and where its English ends, `u32` each; the Chinese starts where the name before ends |
//! | text of names | 1 | UTF-8 |
//! | banned turns | 8 | the drive before, the drive after, `u32` each: twice the edge, and one more when against its line |
//!
//! A million junctions with 1.3 million edges are some 80 MB. They are read section by section: beside the network there is never
//! more than the largest section in memory.

use std::io::{self, Read, Write};

use super::{
    Ban, Drive, EDGES_MAX, JUNCTIONS_MAX, NAME_BYTES_MAX, POINTS_MAX, RoadClass, RoadError, RoadNetwork,
    line::Point,
    names::Names,
    packed::{BRIDGE, ONE_WAY, PackedEdge},
};

/// What a file of roads starts with.
pub const MAGIC: [u8; 8] = *b"CITYROAD";
/// The version that is written and read.
pub const VERSION: u32 = 1;
/// The most bytes of an attribution.
pub const ATTRIBUTION_BYTES_MAX: usize = 1_024;
/// The most banned turns.
pub const BANS_MAX: usize = 20_000_000;

const HEAD_BYTES: usize = 44;

/// Roads, and whom they are owed to.
#[derive(Debug)]
pub struct RoadFile {
    /// The roads.
    pub network: RoadNetwork,
    /// Whom a map that shows them must name, e.g. `© OpenStreetMap contributors`; may be empty.
    pub attribution: String,
}

/// What is wrong with a file of roads.
#[derive(Debug, thiserror::Error)]
pub enum RoadFileError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("is no file of roads: give one that `citygate import roads` wrote")]
    Foreign,
    /// Of another version.
    #[error("is of version {found}, and this Citygate reads version {VERSION}: import the roads anew")]
    Version {
        /// Its version.
        found: u32,
    },
    /// It ends too early.
    #[error("is cut off in its {0}: copy it again, or import the roads anew")]
    Cut(&'static str),
    /// Its bytes are not those that were written.
    #[error("is damaged in its {0}: copy it again, or import the roads anew")]
    Damaged(&'static str),
    /// There is more behind its end.
    #[error("has bytes behind its end: copy it again, or import the roads anew")]
    Longer,
    /// More than there may be.
    #[error("has {count} {what}: at most {max} are read")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// Its numbers do not fit one another.
    #[error("has wrong {what} (number {no}): import the roads anew")]
    Wrong {
        /// What is wrong.
        what: &'static str,
        /// Which one.
        no: usize,
    },
    /// A turn that is none.
    #[error(transparent)]
    Roads(#[from] RoadError),
}

/// Writes roads. An attribution longer than [`ATTRIBUTION_BYTES_MAX`] is cut.
///
/// # Errors
/// What `out` says.
pub fn write(network: &RoadNetwork, attribution: &str, out: &mut impl Write) -> io::Result<()> {
    let attribution = attribution.get(..attribution.floor_char_boundary(ATTRIBUTION_BYTES_MAX)).unwrap_or_default();
    let RoadNetwork { junctions, edges, points, names, bans, order, .. } = network;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    head.extend(MAGIC);
    let counts = [junctions.len(), edges.len(), points.len(), names.ends.len(), names.text.len(), bans.len(), attribution.len()];
    for number in std::iter::once(VERSION).chain(counts.iter().map(|count| *count as u32)) {
        head.extend(number.to_le_bytes());
    }
    head.extend(crc32fast::hash(&head).to_le_bytes());
    out.write_all(&head)?;
    let pair = |a: u32, b: u32| two(a.to_le_bytes(), b.to_le_bytes());
    let point = |point: &Point| two(point.lat.to_le_bytes(), point.lng.to_le_bytes());
    section(out, attribution.bytes().map(|byte| [byte]))?;
    section(out, junctions.iter().map(point))?;
    section(out, order.iter().map(|no| no.to_le_bytes()))?;
    section(out, edges.iter().map(edge_bytes))?;
    section(out, points.iter().map(point))?;
    section(out, names.ends.iter().map(|[zh, en]| pair(*zh, *en)))?;
    section(out, names.text.bytes().map(|byte| [byte]))?;
    section(out, bans.iter().map(|ban| pair(ban.from.no(), ban.to.no())))?;
    out.flush()
}

/// Pieces that are gathered before they are written.
const CHUNK_BYTES: usize = 1 << 16;

fn section<const N: usize>(out: &mut impl Write, items: impl Iterator<Item = [u8; N]>) -> io::Result<()> {
    let (mut sum, mut chunk) = (crc32fast::Hasher::new(), Vec::with_capacity(CHUNK_BYTES + N));
    for item in items {
        chunk.extend(item);
        if chunk.len() >= CHUNK_BYTES {
            sum.update(&chunk);
            out.write_all(&chunk)?;
            chunk.clear();
        }
    }
    sum.update(&chunk);
    out.write_all(&chunk)?;
    out.write_all(&sum.finalize().to_le_bytes())
}

const fn two([a, b, c, d]: [u8; 4], [e, f, g, h]: [u8; 4]) -> [u8; 8] {
    [a, b, c, d, e, f, g, h]
}

fn edge_bytes(edge: &PackedEdge) -> [u8; 24] {
    let mut bytes = [0; 24];
    let numbers = [edge.from, edge.to, edge.name, edge.length_mm, edge.points_end];
    let all = numbers.into_iter().flat_map(u32::to_le_bytes).chain([edge.class.code(), edge.speed_kmh, edge.flags, 0]);
    for (slot, byte) in bytes.iter_mut().zip(all) {
        *slot = byte;
    }
    bytes
}

/// Reads roads. Some 0.3 s for a million junctions.
///
/// # Errors
/// [`RoadFileError`] says what is wrong, and what to do.
pub fn read(input: &mut impl Read) -> Result<RoadFile, RoadFileError> {
    let [junctions, edges, points, names, text, bans, attribution] = head(input)?;
    let attribution = String::from_utf8(bytes(input, "attribution", attribution)?).map_err(|_| wrong("attribution", 0))?;
    let junctions = positions(input, "junctions", junctions)?;
    let order = all::<4, _>(input, "order", junctions.len(), |no, bytes| {
        let junction = u32::from_le_bytes(*bytes);
        if (junction as usize) < junctions.len() { Ok(junction) } else { Err(wrong("order", no)) }
    })?;
    let mut start = 0;
    let edges = all::<24, _>(input, "edges", edges, |no, bytes| {
        let edge = edge(bytes).filter(|edge| {
            let joins = [edge.from, edge.to].iter().all(|end| (*end as usize) < junctions.len());
            joins && edge.speed_kmh > 0 && (edge.name as usize) < names && (start..=points as u32).contains(&edge.points_end)
        });
        let edge = edge.ok_or_else(|| wrong("edges", no))?;
        start = edge.points_end;
        Ok(edge)
    })?;
    if start as usize != points {
        return Err(wrong("edges", edges.len()));
    }
    let points = positions(input, "points", points)?;
    let ends = all::<8, _>(input, "ends of names", names, |_, bytes| Ok(numbers(bytes)))?;
    let text = String::from_utf8(bytes(input, "text of names", text)?).map_err(|_| wrong("text of names", 0))?;
    let mut end = 0;
    for (no, name) in ends.iter().enumerate() {
        let fits = end <= name[0] && name[0] <= name[1] && name.iter().all(|end| text.is_char_boundary(*end as usize));
        if !fits {
            return Err(wrong("ends of names", no));
        }
        end = name[1];
    }
    let bans = all::<8, _>(input, "banned turns", bans, |_, bytes| {
        let [from, to] = numbers(bytes);
        Ok(Ban { from: Drive::from_no(from), to: Drive::from_no(to) })
    })?;
    if input.read(&mut [0])? > 0 {
        return Err(RoadFileError::Longer);
    }
    let network = RoadNetwork::of(junctions.into(), edges.into(), points.into(), Names { text, ends }, order.into()).with_bans(bans)?;
    Ok(RoadFile { network, attribution })
}

const fn wrong(what: &'static str, no: usize) -> RoadFileError {
    RoadFileError::Wrong { what, no }
}

/// How many of each there are.
fn head(input: &mut impl Read) -> Result<[usize; 7], RoadFileError> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    input.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    if !head.starts_with(&MAGIC) {
        return Err(RoadFileError::Foreign);
    }
    match number(8) {
        None => return Err(RoadFileError::Cut("head")),
        Some(VERSION) => {}
        Some(found) => return Err(RoadFileError::Version { found }),
    }
    let sum = number(40).ok_or(RoadFileError::Cut("head"))?;
    if crc32fast::hash(head.get(..40).unwrap_or_default()) != sum {
        return Err(RoadFileError::Damaged("head"));
    }
    let limits = [
        ("junctions", JUNCTIONS_MAX),
        ("edges", EDGES_MAX),
        ("points", POINTS_MAX),
        ("names", EDGES_MAX),
        ("bytes of names", NAME_BYTES_MAX),
        ("banned turns", BANS_MAX),
        ("bytes of attribution", ATTRIBUTION_BYTES_MAX),
    ];
    let mut counts = [0; 7];
    for ((n, count), (what, max)) in counts.iter_mut().enumerate().zip(limits) {
        *count = number(12 + 4 * n).unwrap_or_default() as usize;
        if *count > max {
            return Err(RoadFileError::TooMany { what, count: *count, max });
        }
    }
    Ok(counts)
}

/// A section. Memory is asked for as bytes come: a head that lies does not make it large.
fn bytes(input: &mut impl Read, what: &'static str, count: usize) -> Result<Vec<u8>, RoadFileError> {
    let mut bytes = Vec::new();
    input.take(count as u64).read_to_end(&mut bytes)?;
    let mut sum = [0; 4];
    if bytes.len() < count {
        return Err(RoadFileError::Cut(what));
    }
    input.read_exact(&mut sum).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => RoadFileError::Cut(what),
        _ => error.into(),
    })?;
    if crc32fast::hash(&bytes) == u32::from_le_bytes(sum) { Ok(bytes) } else { Err(RoadFileError::Damaged(what)) }
}

fn all<const N: usize, T>(
    input: &mut impl Read,
    what: &'static str,
    count: usize,
    mut item: impl FnMut(usize, &[u8; N]) -> Result<T, RoadFileError>,
) -> Result<Vec<T>, RoadFileError> {
    let bytes = bytes(input, what, count * N)?;
    bytes.as_chunks::<N>().0.iter().enumerate().map(|(no, bytes)| item(no, bytes)).collect()
}

const fn numbers([a, b, c, d, e, f, g, h]: &[u8; 8]) -> [u32; 2] {
    [u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h])]
}

fn positions(input: &mut impl Read, what: &'static str, count: usize) -> Result<Vec<Point>, RoadFileError> {
    all::<8, _>(input, what, count, |no, bytes| {
        let [lat, lng] = numbers(bytes).map(u32::cast_signed);
        Point::new(lat, lng).ok_or_else(|| wrong(what, no))
    })
}

fn edge(bytes: &[u8; 24]) -> Option<PackedEdge> {
    let (numbers, [class, speed_kmh, flags, rest]) = bytes.split_first_chunk::<20>().and_then(|(a, b)| Some((a, b.first_chunk::<4>()?)))?;
    let [from, to, name, length_mm, points_end] =
        std::array::from_fn(|n| numbers.as_chunks::<4>().0.get(n).map_or(0, |bytes| u32::from_le_bytes(*bytes)));
    let class = RoadClass::from_code(*class).filter(|_| *flags & !(ONE_WAY | BRIDGE) == 0 && *rest == 0)?;
    Some(PackedEdge { from, to, name, length_mm, points_end, class, speed_kmh: *speed_kmh, flags: *flags })
}
