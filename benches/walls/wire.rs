//! What a server writes into a WebSocket, cut into messages; what nobody looks into is skipped without a copy.

use citygate::frames::{self, FrameError, FrameKind, HEADER_BYTES, VERSION};

/// The opcodes of messages; others (8 to 10) are of the connection itself.
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;

/// The longest head of a frame that is not masked.
const HEAD_BYTES_MAX: usize = 10;
/// A snapshot of a million units is smaller: what says that it is longer is read wrongly.
const PAYLOAD_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bytes that no server of ours writes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    #[error("a server masks nothing")]
    Masked,
    #[error("a message in pieces: the servers of this bench send whole ones")]
    Pieces,
    #[error("a message of {0} bytes")]
    Long(u64),
    #[error("the connection is closed")]
    Closed,
    #[error("a frame of {0} bytes: its header has {HEADER_BYTES}")]
    Short(usize),
    #[error("a frame of version {0}: this bench reads {VERSION}")]
    Version(u8),
    #[error("a frame that cannot be read: {0}")]
    Frame(#[from] FrameError),
}

/// A message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    pub(crate) opcode: u8,
    /// Its bytes on the wire.
    pub(crate) wire_bytes: u64,
    /// The first bytes of it, as many as the header of a frame has.
    pub(crate) front: &'a [u8],
    /// All of it, where it is kept.
    pub(crate) payload: Option<&'a [u8]>,
}

/// Reads one socket.
#[derive(Debug)]
pub(crate) struct Reader {
    /// The head of the message and the front of its payload.
    front: [u8; HEAD_BYTES_MAX + HEADER_BYTES],
    held: usize,
    /// Bytes of the payload behind the front that did not come yet; none while the front is not whole.
    rest: Option<u64>,
    /// The payload; none for a wall that is not looked into.
    kept: Option<Vec<u8>>,
}

/// Where the payload begins and how long it is; none while the head is not whole.
fn head(bytes: &[u8]) -> Result<Option<(usize, u64)>, WireError> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & 0x80 == 0 || first & 0x0f == 0 {
        return Err(WireError::Pieces);
    }
    let (at, length) = match second {
        0x80.. => return Err(WireError::Masked),
        126 => (4, rest.first_chunk().map(|length| u64::from(u16::from_be_bytes(*length)))),
        127 => (10, rest.first_chunk().map(|length| u64::from_be_bytes(*length))),
        length => (2, Some(u64::from(*length))),
    };
    match length {
        Some(length) if length > PAYLOAD_BYTES_MAX => Err(WireError::Long(length)),
        length => Ok(length.map(|length| (at, length))),
    }
}

impl Reader {
    /// A reader that keeps payloads, or skips them.
    pub(crate) fn new(keeps: bool) -> Self {
        Self { front: [0; _], held: 0, rest: None, kept: keeps.then(Vec::new) }
    }

    /// Takes what was read, and tells each message that is whole.
    pub(crate) fn take(&mut self, mut bytes: &[u8], mut tell: impl FnMut(&Message<'_>) -> Result<(), WireError>) -> Result<(), WireError> {
        while !bytes.is_empty() {
            if self.rest.is_none() {
                self.take_front(&mut bytes)?;
            }
            let Some(rest) = &mut self.rest else { return Ok(()) };
            let (taken, after) = bytes.split_at((*rest).min(bytes.len() as u64) as usize);
            bytes = after;
            *rest -= taken.len() as u64;
            if let Some(kept) = &mut self.kept {
                kept.extend_from_slice(taken);
            }
            if *rest == 0 {
                self.end(&mut tell)?;
            }
        }
        Ok(())
    }

    /// Takes bytes until head and front are whole.
    fn take_front(&mut self, bytes: &mut &[u8]) -> Result<(), WireError> {
        loop {
            let wanted = match head(&self.front[..self.held])? {
                Some((at, length)) => at + length.min(HEADER_BYTES as u64) as usize,
                None if self.held < 2 => 2,
                None if self.front[1] == 126 => 4,
                None => HEAD_BYTES_MAX,
            };
            let (taken, after) = bytes.split_at((wanted - self.held).min(bytes.len()));
            self.front[self.held..self.held + taken.len()].copy_from_slice(taken);
            self.held += taken.len();
            *bytes = after;
            if self.held < wanted {
                return Ok(());
            }
            if let Some((at, length)) = head(&self.front[..self.held])?
                && self.held == at + length.min(HEADER_BYTES as u64) as usize
            {
                self.rest = Some(length - (self.held - at) as u64);
                if let Some(kept) = &mut self.kept {
                    kept.extend_from_slice(&self.front[at..self.held]);
                }
                return Ok(());
            }
        }
    }

    fn end(&mut self, tell: &mut impl FnMut(&Message<'_>) -> Result<(), WireError>) -> Result<(), WireError> {
        let whole = &self.front[..self.held];
        let (at, length) = head(whole)?.unwrap_or_default();
        let opcode = whole[0] & 0x0f;
        if opcode == 8 {
            return Err(WireError::Closed);
        }
        tell(&Message { opcode, wire_bytes: at as u64 + length, front: &whole[at..], payload: self.kept.as_deref() })?;
        (self.held, self.rest) = (0, None);
        if let Some(kept) = &mut self.kept {
            kept.clear();
        }
        Ok(())
    }
}

/// The header of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Whether it replaces everything.
    pub(crate) is_snapshot: bool,
    /// How many ticks changes stand for.
    pub(crate) ticks: u64,
    pub(crate) seq: u64,
    /// The server's clock at its tick.
    pub(crate) at_ms: i64,
}

impl Header {
    /// Reads the front of a binary message.
    pub(crate) fn read(front: &[u8]) -> Result<Self, WireError> {
        let short = || WireError::Short(front.len());
        let header: &[u8; HEADER_BYTES] = front.first_chunk().ok_or_else(short)?;
        let [version, kind, low, high, ..] = *header;
        if version != VERSION {
            return Err(WireError::Version(version));
        }
        let is_snapshot = match kind {
            1 | 3 => true,
            2 | 4 => false,
            other => return Err(FrameError::Kind(other).into()),
        };
        let u48 = |at: usize| header[at..at + 6].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        let ticks = u64::from(u16::from_le_bytes([low, high]));
        Ok(Self { is_snapshot, ticks, seq: u48(4), at_ms: u48(10).cast_signed() })
    }
}

/// What a frame says of units.
pub(crate) fn records(payload: &[u8]) -> Result<(FrameKind, Vec<frames::Record>), WireError> {
    let frame = frames::decode(payload)?;
    Ok((frame.kind, frame.records().copied().collect()))
}

/// A masked text message of a client, at most 125 bytes.
pub(crate) fn client_text(text: &str) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    assert!(text.len() <= 125, "{text}");
    let mut bytes = vec![0x80 | TEXT, 0x80 | text.len() as u8];
    bytes.extend(MASK);
    bytes.extend(text.bytes().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}
