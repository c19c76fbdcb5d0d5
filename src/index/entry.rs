//! Entries in runs: the memory that searches walk through.
//!
//! Everything is an atomic word, so that readers may look while the one writer writes. A word by itself is never torn;
//! whether several belong together is for the version of their tile to say.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::tag::{Stamp, Want, Word};
use crate::{geodesy::LatLng, model::UnitNo};

/// One unit's place, time and number.
#[derive(Debug, Default)]
pub(super) struct Spot {
    /// Degrees, as the bits of an `f64`.
    lat: AtomicU64,
    lng: AtomicU64,
    stamp: AtomicU64,
}

impl Spot {
    pub(super) fn stamp(&self) -> Stamp {
        Stamp(self.stamp.load(Relaxed))
    }

    /// Latitude and longitude, degrees.
    pub(super) fn lat_lng(&self) -> (f64, f64) {
        (f64::from_bits(self.lat.load(Relaxed)), f64::from_bits(self.lng.load(Relaxed)))
    }

    pub(super) fn write(&self, at: LatLng, stamp: Stamp) {
        self.lat.store(at.lat_deg().to_bits(), Relaxed);
        self.lng.store(at.lng_deg().to_bits(), Relaxed);
        self.stamp.store(stamp.0, Relaxed);
    }

    pub(super) fn set_stamp(&self, stamp: Stamp) {
        self.stamp.store(stamp.0, Relaxed);
    }

    fn copy_from(&self, other: &Self) {
        self.lat.store(other.lat.load(Relaxed), Relaxed);
        self.lng.store(other.lng.load(Relaxed), Relaxed);
        self.stamp.store(other.stamp.load(Relaxed), Relaxed);
    }
}

/// All entries: what queries filter on apart from the rest, since a search reads the rest of few, and a move seldom changes
/// it. A bucket's lie side by side, so that a search walks memory in order.
#[derive(Debug, Default)]
pub(super) struct Entries {
    words: Vec<AtomicU64>,
    spots: Vec<Spot>,
}

/// The entries of a bucket.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slice<'a> {
    /// Where the first is among all.
    first: u32,
    words: &'a [AtomicU64],
    spots: &'a [Spot],
}

impl<'a> Slice<'a> {
    pub(super) fn words(self) -> impl DoubleEndedIterator<Item = Word> + 'a {
        self.words.iter().map(|word| Word(word.load(Relaxed)))
    }

    pub(super) fn iter(self) -> impl Iterator<Item = (Word, &'a Spot)> {
        self.words().zip(self.spots)
    }

    /// Has memory bring the words, and the spots if they are wanted, too: reads one of each line.
    pub(super) fn fetch(self, and_spots: bool) {
        let (mut sum, mut n) = (0, 0);
        while let Some(word) = self.words.get(n) {
            sum ^= word.load(Relaxed);
            n += LINE_BYTES / size_of::<AtomicU64>();
        }
        n = if and_spots { 0 } else { self.spots.len() };
        while let Some(spot) = self.spots.get(n) {
            sum ^= spot.stamp().0;
            n += LINE_BYTES / size_of::<Spot>();
        }
        std::hint::black_box(sum);
    }

    /// In parts of at most [`PART`].
    pub(super) fn parts(self) -> impl Iterator<Item = Self> {
        let parts = self.words.chunks(PART).zip(self.spots.chunks(PART)).zip((self.first..).step_by(PART));
        parts.map(|((words, spots), first)| Self { first, words, spots })
    }

    /// Which entries of a part are wanted by their words, a bit each.
    #[inline]
    pub(super) fn wanted(self, want: &Want) -> u64 {
        let bits = |wants: fn(&Want, Word) -> bool| self.words().rev().fold(0, |bits, word| bits << 1 | u64::from(wants(want, word)));
        if want.any_org() { bits(Want::wants_but_org) } else { bits(Want::wants) }
    }

    /// The entries of a part whose bits are set: the number in the part, and the spot.
    #[inline]
    pub(super) fn each(self, mut bits: u64) -> impl Iterator<Item = (u32, &'a Spot)> {
        std::iter::from_fn(move || {
            let n = bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
            Some((n, self.spots.get(n as usize)?))
        })
    }

    /// Where an entry of a part is among all.
    pub(super) const fn entry(self, n: u32) -> u32 {
        self.first + n
    }

    pub(super) fn word(self, n: u32) -> Word {
        self.words.get(n as usize).map_or_else(Word::default, |word| Word(word.load(Relaxed)))
    }
}

/// A line of a processor's cache.
const LINE_BYTES: usize = 64;
/// So few entries lie in the caches of a processor as a whole.
pub(super) const CACHED_ENTRIES: usize = 32_768;
/// As many entries as a word has bits.
pub(super) const PART: usize = u64::BITS as usize;

impl Entries {
    pub(super) fn len(&self) -> usize {
        self.spots.len()
    }

    /// Makes exactly so many: what a vector would make in advance is as much again.
    pub(super) fn grow_to(&mut self, len: usize) {
        let more = len.saturating_sub(self.len());
        self.words.reserve_exact(more);
        self.spots.reserve_exact(more);
        self.words.resize_with(len, AtomicU64::default);
        self.spots.resize_with(len, Spot::default);
    }

    pub(super) fn spot(&self, place: usize) -> Option<&Spot> {
        self.spots.get(place)
    }

    pub(super) fn set_word(&self, place: usize, word: Word) {
        if let Some(slot) = self.words.get(place) {
            slot.store(word.0, Relaxed);
        }
    }

    /// Copies an entry; tells whose it is.
    pub(super) fn copy(&self, from: usize, to: &Self, place: usize) -> Option<UnitNo> {
        to.words.get(place)?.store(self.words.get(from)?.load(Relaxed), Relaxed);
        let spot = self.spots.get(from)?;
        to.spots.get(place)?.copy_from(spot);
        Some(spot.stamp().unit())
    }
}

/// How many entries there is room for in a run of a class: 4, 6, 8, 12, 16, 24 and so on.
pub(super) const fn room(class: u32) -> usize {
    (4 + 2 * (class as usize % 2)) << (class / 2)
}

/// Classes of runs: the last has room for every unit.
pub(super) const CLASSES: usize = 40;
const _: () = assert!(room(CLASSES as u32 - 1) > crate::model::UNITS_MAX);

/// Where a bucket's entries are: the first, how many, and the class of their run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: u32,
    pub(super) len: usize,
    pub(super) class: u32,
}

/// A bucket: its run in one word, so that it is never read torn. The first entry, then 24 bits of length, 8 of class.
#[derive(Debug, Default)]
pub(super) struct Bucket(AtomicU64);

impl Bucket {
    /// The run; none when the bucket is empty and has none.
    pub(super) fn run(&self) -> Option<Run> {
        let run = self.0.load(Relaxed);
        (run != 0).then_some(Run { first: (run >> 32) as u32, len: (run >> 8 & 0xFF_FFFF) as usize, class: run as u32 & 0xFF })
    }

    /// An empty run is none.
    pub(super) fn set_run(&self, run: Run) {
        let bits = if run.len == 0 { 0 } else { u64::from(run.first) << 32 | (run.len as u64) << 8 | u64::from(run.class) };
        self.0.store(bits, Relaxed);
    }

    /// The entries; none when what is read makes no sense, since it is being written.
    #[inline]
    pub(super) fn entries<'a>(&self, all: &'a Entries) -> Option<Slice<'a>> {
        let Some(Run { first, len, .. }) = self.run() else { return Some(Slice { first: 0, words: &[], spots: &[] }) };
        let range = first as usize..first as usize + len;
        Some(Slice { first, words: all.words.get(range.clone())?, spots: all.spots.get(range)? })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.load(Relaxed) == 0
    }
}
