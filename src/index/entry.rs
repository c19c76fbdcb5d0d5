//! Entries in blocks: the memory that searches walk through.
//!
//! Everything is an atomic word, so that readers may look while the one writer writes. A word by itself is never torn;
//! whether several belong together is for the version of their tile to say.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use super::{
    read::Torn,
    tag::{Stamp, Word},
};
use crate::geodesy::LatLng;

/// Entries in a block.
pub(super) const BLOCK_LEN: usize = 8;
/// No block.
pub(super) const NO_BLOCK: u32 = u32::MAX;

/// One unit's place and what queries filter on: half a cache line.
#[derive(Debug, Default)]
#[repr(align(32))]
pub(super) struct Entry {
    /// Degrees, as the bits of an `f64`.
    lat: AtomicU64,
    lng: AtomicU64,
    word: AtomicU64,
    stamp: AtomicU64,
}

impl Entry {
    pub(super) fn word(&self) -> Word {
        Word(self.word.load(Relaxed))
    }

    pub(super) fn stamp(&self) -> Stamp {
        Stamp(self.stamp.load(Relaxed))
    }

    /// Latitude and longitude, degrees.
    pub(super) fn lat_lng(&self) -> (f64, f64) {
        (f64::from_bits(self.lat.load(Relaxed)), f64::from_bits(self.lng.load(Relaxed)))
    }

    pub(super) fn write(&self, at: LatLng, word: Word, stamp: Stamp) {
        self.lat.store(at.lat_deg().to_bits(), Relaxed);
        self.lng.store(at.lng_deg().to_bits(), Relaxed);
        self.word.store(word.0, Relaxed);
        self.stamp.store(stamp.0, Relaxed);
    }

    pub(super) fn set_tag(&self, word: Word, stamp: Stamp) {
        self.word.store(word.0, Relaxed);
        self.stamp.store(stamp.0, Relaxed);
    }

    pub(super) fn copy_from(&self, other: &Self) {
        self.lat.store(other.lat.load(Relaxed), Relaxed);
        self.lng.store(other.lng.load(Relaxed), Relaxed);
        self.word.store(other.word.load(Relaxed), Relaxed);
        self.stamp.store(other.stamp.load(Relaxed), Relaxed);
    }
}

/// A few entries of one bucket, and the block that follows.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Block([Entry; BLOCK_LEN]);

/// All blocks. Blocks are handed out by number and never move but when all grow.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    blocks: Vec<Block>,
    /// The block after each block of a chain.
    next: Vec<AtomicU32>,
}

impl Blocks {
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    pub(super) fn grow_to(&mut self, len: usize) {
        self.blocks.resize_with(len, Block::default);
        self.next.resize_with(len, || AtomicU32::new(NO_BLOCK));
    }

    pub(super) fn entry(&self, block: u32, slot: usize) -> Option<&Entry> {
        self.blocks.get(block as usize)?.0.get(slot)
    }

    /// The first `len` entries of a block.
    pub(super) fn entries(&self, block: u32, len: usize) -> Option<&[Entry]> {
        self.blocks.get(block as usize)?.0.get(..len)
    }

    pub(super) fn next(&self, block: u32) -> u32 {
        self.next.get(block as usize).map_or(NO_BLOCK, |next| next.load(Relaxed))
    }

    pub(super) fn set_next(&self, block: u32, next: u32) {
        if let Some(slot) = self.next.get(block as usize) {
            slot.store(next, Relaxed);
        }
    }
}

/// A bucket: its chain of blocks, of which the first alone may be part full, and what may be in it.
#[derive(Debug)]
pub(super) struct Bucket {
    /// The first block above, the number of entries below.
    chain: AtomicU64,
    /// The `or` of the traits of its words, and at times of some that left.
    sum: AtomicU64,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { chain: AtomicU64::new(u64::from(NO_BLOCK) << 32), sum: AtomicU64::new(0) }
    }
}

impl Bucket {
    /// The first block and the number of entries.
    pub(super) fn chain(&self) -> (u32, usize) {
        let chain = self.chain.load(Relaxed);
        ((chain >> 32) as u32, (chain & 0xFFFF_FFFF) as usize)
    }

    pub(super) fn set_chain(&self, head: u32, len: usize) {
        self.chain.store(u64::from(head) << 32 | len as u64, Relaxed);
    }

    pub(super) fn sum(&self) -> u64 {
        self.sum.load(Relaxed)
    }

    pub(super) fn set_sum(&self, sum: u64) {
        self.sum.store(sum, Relaxed);
    }

    pub(super) fn add_to_sum(&self, word: Word) {
        self.set_sum(self.sum() | word.traits());
    }

    /// Visits every entry until one is torn.
    pub(super) fn try_each(&self, blocks: &Blocks, mut visit: impl FnMut(&Entry) -> Result<(), Torn>) -> Result<(), Torn> {
        let mut result = Ok(());
        self.for_each(blocks, |entry| {
            if result.is_ok() {
                result = visit(entry);
            }
        })
        .ok_or(Torn::NOW)?;
        result
    }

    /// Visits every entry. Ends early, with none, when what it reads makes no sense: it is being written.
    pub(super) fn for_each(&self, blocks: &Blocks, mut visit: impl FnMut(&Entry)) -> Option<()> {
        let (mut block, mut left) = self.chain();
        let mut len = head_len(left);
        while left > 0 {
            for entry in blocks.entries(block, len)? {
                visit(entry);
            }
            left -= len;
            if left == 0 {
                break;
            }
            block = blocks.next(block);
            len = BLOCK_LEN;
        }
        Some(())
    }
}

/// How many entries the first block of a chain holds.
pub(super) const fn head_len(len: usize) -> usize {
    if len == 0 { 0 } else { (len - 1) % BLOCK_LEN + 1 }
}
