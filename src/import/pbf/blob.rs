//! The blobs of a file: each a head, then a block of some thousand nodes, ways or relations, compressed
//! (<https://wiki.openstreetmap.org/wiki/PBF_Format>).

use std::io::{self, Read};

use flate2::{Decompress, FlushDecompress, Status};

use super::{
    PbfError,
    wire::{Fields, Value},
};

/// The longest head of a blob, bytes, as the format says.
pub(super) const HEAD_BYTES_MAX: u32 = 64 * 1024;
/// The largest block, compressed or not, bytes, as the format says.
pub(super) const BLOCK_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What a blob holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Header,
    Data,
    Other,
}

/// The blobs of a file, one after the other. At most two blocks are in memory.
#[derive(Debug)]
pub(super) struct Blobs<R> {
    input: R,
    packed: Vec<u8>,
    block: Vec<u8>,
}

/// The head of a blob.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) kind: Kind,
    pub(super) bytes: usize,
    /// Of the head itself, with its length.
    pub(super) head_bytes: usize,
}

impl<R: Read> Blobs<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { input, packed: Vec::new(), block: Vec::new() }
    }

    pub(super) const fn input(&mut self) -> &mut R {
        &mut self.input
    }

    /// The head of the next blob; none at the end of the file.
    pub(super) fn head(&mut self) -> Result<Option<Head>, PbfError> {
        let mut length = [0; 4];
        match self.input.read(&mut length)? {
            0 => return Ok(None),
            got => self.input.read_exact(length.get_mut(got..).unwrap_or_default()).map_err(cut)?,
        }
        let length = u32::from_be_bytes(length);
        if length > HEAD_BYTES_MAX {
            return Err(PbfError::Foreign);
        }
        fill(&mut self.input, &mut self.packed, length as usize)?;
        let (mut kind, mut bytes) = (Kind::Other, None);
        for field in Fields::new(&self.packed) {
            match field.map_err(|_| PbfError::Foreign)? {
                (1, Value::Bytes(b"OSMHeader")) => kind = Kind::Header,
                (1, Value::Bytes(b"OSMData")) => kind = Kind::Data,
                (3, Value::Number(size)) => bytes = usize::try_from(size).ok().filter(|size| *size <= BLOCK_BYTES_MAX),
                _ => {}
            }
        }
        let bytes = bytes.ok_or(PbfError::Foreign)?;
        Ok(Some(Head { kind, bytes, head_bytes: 4 + length as usize }))
    }

    /// The block of the blob whose head was read last.
    pub(super) fn block(&mut self, head: Head) -> Result<&[u8], PbfError> {
        fill(&mut self.input, &mut self.packed, head.bytes)?;
        let (mut size, mut packed) = (0, None);
        for field in Fields::new(&self.packed) {
            match field.map_err(|_| PbfError::Broken("a blob"))? {
                (1, Value::Bytes(raw)) => {
                    self.block.clear();
                    self.block.extend_from_slice(raw);
                    return Ok(&self.block);
                }
                (2, Value::Number(number)) => size = usize::try_from(number).unwrap_or(usize::MAX),
                (3, Value::Bytes(bytes)) => packed = Some(bytes),
                (4..=7, _) => return Err(PbfError::Compression),
                _ => {}
            }
        }
        let packed = packed.ok_or(PbfError::Broken("a blob"))?;
        if size > BLOCK_BYTES_MAX {
            return Err(PbfError::Broken("a blob's size"));
        }
        self.block.clear();
        self.block.reserve(size);
        // The checksum of the compressed bytes is checked with them.
        let ended = Decompress::new(true).decompress_vec(packed, &mut self.block, FlushDecompress::Finish);
        if !matches!(ended, Ok(Status::StreamEnd)) || self.block.len() != size {
            return Err(PbfError::Broken("a blob's compressed bytes"));
        }
        Ok(&self.block)
    }
}

/// Reads so many bytes; memory is asked for as they come.
fn fill(input: &mut impl Read, into: &mut Vec<u8>, count: usize) -> Result<(), PbfError> {
    into.clear();
    if input.take(count as u64).read_to_end(into)? < count { Err(PbfError::Cut) } else { Ok(()) }
}

fn cut(error: io::Error) -> PbfError {
    if error.kind() == io::ErrorKind::UnexpectedEof { PbfError::Cut } else { error.into() }
}
