//! What an import did: what is there, what was left out and why.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::roads::Island;

/// Islands that are told by their place.
pub const ISLANDS_TOLD: usize = 5;

/// What is taken that is left out unless somebody asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extras {
    /// Roads for walkers.
    pub paths: bool,
    /// Ferries.
    pub ferries: bool,
}

/// Why a road was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// For walkers and bicycles.
    Walkers,
    /// Somebody's own.
    Private,
    /// Closed to cars.
    NoEntry,
    /// For deliveries alone.
    Deliveries,
    /// For buses alone.
    Buses,
    /// For farmers and foresters alone.
    Fields,
    /// A ferry.
    Ferry,
    /// One-way, and which way changes by the hour.
    Reversible,
    /// An area, not a line.
    Area,
    /// Not built, or not there any more.
    NotThere,
    /// A word that is no class of road.
    UnknownClass,
    /// It has fewer than two points in the file.
    Short,
    /// Its geometry is no line.
    NoLine,
    /// Its line does not end at the junctions that it names.
    Gap,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Walkers => "for walkers and bicycles (--paths takes them)",
            Self::Private => "private",
            Self::NoEntry => "closed to cars",
            Self::Deliveries => "for deliveries alone",
            Self::Buses => "for buses alone",
            Self::Fields => "for farmers and foresters alone",
            Self::Ferry => "ferries (--ferries takes them)",
            Self::Reversible => "one-way, which way changes by the hour",
            Self::Area => "areas, not lines",
            Self::NotThere => "not built, or not there any more",
            Self::UnknownClass => "of a class that is not known",
            Self::Short => "fewer than two points in the file",
            Self::NoLine => "no line",
            Self::Gap => "their lines do not end at their junctions",
        })
    }
}

/// What became of the turn restrictions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turns {
    /// Kept: turns that are banned.
    pub banned: usize,
    /// Left out: over a way, not a junction.
    pub via_way: usize,
    /// Left out: at certain times, or for certain vehicles.
    pub conditional: usize,
    /// Left out: of roads that are not there, or whose members do not meet.
    pub apart: usize,
}

/// What an import did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Junctions that were kept.
    pub junctions: usize,
    /// Edges that were kept.
    pub edges: usize,
    /// Their length, metres.
    pub length_m: f64,
    /// Junctions with one edge.
    pub dead_ends: usize,
    /// Turns.
    pub turns: Turns,
    /// Roads that were left out, and a word of the first that says why.
    pub left_out: BTreeMap<Why, (usize, String)>,
    /// Points of roads that the file does not have: cut off at its border.
    pub missing_points: usize,
    /// Bollards and the like that cut a road in two.
    pub barriers: usize,
    /// Parts that could not be reached or left, and were taken out, the longest first.
    pub islands: Vec<Island>,
    /// Whom the roads are owed to.
    pub attribution: String,
    /// Bytes that were written.
    pub file_bytes: u64,
    /// How long it took.
    pub took: Duration,
    /// The most memory that this process ever had, bytes, where the system tells.
    pub peak_bytes: Option<u64>,
}

impl Report {
    /// Counts a road that is left out.
    pub(super) fn leave(&mut self, why: Why, word: &str) {
        let (count, _) = self.left_out.entry(why).or_insert_with(|| (0, word.chars().take(40).collect()));
        *count += 1;
    }
}

const MB: f64 = 1e6;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} junctions, {} edges, {:.1} km", self.junctions, self.edges, self.length_m / 1_000.0)?;
        writeln!(f, "{} dead ends, {} banned turns, {} barriers that cut a road", self.dead_ends, self.turns.banned, self.barriers)?;
        if !self.left_out.is_empty() {
            writeln!(f, "roads left out:")?;
            for (why, (count, word)) in &self.left_out {
                let word = if word.is_empty() { String::new() } else { format!(", e.g. {word}") };
                writeln!(f, "{count:>9}  {why}{word}")?;
            }
        }
        let Turns { via_way, conditional, apart, .. } = self.turns;
        if via_way + conditional + apart > 0 {
            writeln!(f, "turn restrictions left out:")?;
            for (count, why) in [(via_way, "over a way"), (conditional, "at times, or for some"), (apart, "of roads that are not there")] {
                if count > 0 {
                    writeln!(f, "{count:>9}  {why}")?;
                }
            }
        }
        if self.missing_points > 0 {
            writeln!(f, "{} points of roads are not in the file", self.missing_points)?;
        }
        if !self.islands.is_empty() {
            let (edges, length_m) = self.islands.iter().fold((0, 0.0), |(edges, m), island| (edges + island.edges, m + island.length_m));
            writeln!(
                f,
                "{} islands left out, {edges} edges, {:.1} km: no way there, or no way back",
                self.islands.len(),
                length_m / 1_000.0
            )?;
            for island in self.islands.iter().take(ISLANDS_TOLD) {
                let (km, at) = (island.length_m / 1_000.0, island.at);
                writeln!(f, "{:>9.1}  km at {:.5}, {:.5} ({} edges)", km, at.lat_deg(), at.lng_deg(), island.edges)?;
            }
        }
        if !self.attribution.is_empty() {
            writeln!(f, "to be named on the map: {}", self.attribution)?;
        }
        write!(f, "{:.1} MB written in {:.1} s", self.file_bytes as f64 / MB, self.took.as_secs_f64())?;
        match self.peak_bytes {
            Some(bytes) => write!(f, ", {:.0} MB of memory at most", bytes as f64 / MB),
            None => Ok(()),
        }
    }
}
