//! Roads in: `OpenStreetMap`'s files and `FlatGeobuf` lines become the file of roads that the server opens.
//!
//! A source ([`pbf`], [`lines`]) fills a [`NetworkBuilder`]; both read tags the same way (`tags`). Then the largest part in which
//! every junction reaches every other is kept, and written ([`crate::roads::file`]).

mod ids;
pub mod lines;
pub mod pbf;
mod report;
mod speed;
mod tags;

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read},
    path::{Path, PathBuf},
    time::Instant,
};

use indicatif::{ProgressBar, ProgressStyle};

pub use crate::roads::file::RoadFile;
pub use report::{Extras, ISLANDS_TOLD, Report, Turns, Why};

use self::{
    lines::{Columns, LinesError},
    pbf::PbfError,
};
use crate::roads::{
    NetworkBuilder, RoadNetwork,
    file::{self, ATTRIBUTION_BYTES_MAX, RoadFileError},
};

/// What to import.
#[derive(Debug, Clone)]
pub struct Options {
    /// `*.osm.pbf`, or `*.fgb` with lines; told apart by what is in it.
    pub file: PathBuf,
    /// Where the roads are written.
    pub out: PathBuf,
    /// Which column of a `FlatGeobuf` says what.
    pub columns: Columns,
    /// What is left out otherwise.
    pub extras: Extras,
    /// Whom a map of these roads must name; for `OpenStreetMap` its contributors, otherwise nobody.
    pub attribution: Option<String>,
}

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file of `OpenStreetMap`.
    #[error("{}: {source}", file.display())]
    Pbf {
        /// The file.
        file: PathBuf,
        /// Why.
        source: PbfError,
    },
    /// A file of lines.
    #[error("{}: {source}", file.display())]
    Lines {
        /// The file.
        file: PathBuf,
        /// Why.
        source: LinesError,
    },
    /// A file that is neither.
    #[error("{} is neither OpenStreetMap PBF nor FlatGeobuf: give a *.osm.pbf or a *.fgb", .0.display())]
    Foreign(PathBuf),
    /// There is no road in it.
    #[error("{} has no road that can be driven: see what was left out\n{report}", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
        /// What was left out.
        report: Box<Report>,
    },
    /// The attribution is too long.
    #[error("--attribution has {0} bytes: give at most {ATTRIBUTION_BYTES_MAX}")]
    Attribution(usize),
    /// A file cannot be opened or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Imports roads. Blocks; some 10 s for 100 MB of PBF. The file that is there is replaced when the new one is complete.
///
/// # Errors
/// [`ImportError`] names the file, what is wrong with it and what is right.
pub fn run(options: &Options) -> Result<Report, ImportError> {
    let started = Instant::now();
    let Options { file, columns, extras, .. } = options;
    if let Some(attribution) = options.attribution.as_ref().filter(|text| text.len() > ATTRIBUTION_BYTES_MAX) {
        return Err(ImportError::Attribution(attribution.len()));
    }
    let io_wrong = |file: &Path| {
        let file = file.to_owned();
        move |source| ImportError::Io { file, source }
    };
    let mut input = File::open(file).map_err(io_wrong(file))?;
    let progress = bar(input.metadata().map_err(io_wrong(file))?.len());
    let mut start = Vec::new();
    Read::by_ref(&mut input).take(16).read_to_end(&mut start).map_err(io_wrong(file))?;
    let input = File::open(file).map_err(io_wrong(file))?;
    let mut report = Report::default();
    let (mut builder, attribution) = if start.starts_with(b"fgb") {
        let read = lines::read(input, columns, *extras, &mut report, &progress);
        (read.map_err(|source| ImportError::Lines { file: file.clone(), source })?, "")
    } else if start.windows(9).any(|word| word == b"OSMHeader") {
        let read = pbf::read(input, *extras, &mut report, &progress);
        (read.map_err(|source| ImportError::Pbf { file: file.clone(), source })?, pbf::ATTRIBUTION)
    } else {
        return Err(ImportError::Foreign(file.clone()));
    };
    report.attribution = options.attribution.clone().unwrap_or_else(|| attribution.to_owned());
    report.islands = builder.keep_strongest();
    let network = finish(builder, &mut report);
    progress.finish_and_clear();
    if network.edges().is_empty() {
        return Err(ImportError::Empty { file: file.clone(), report: Box::new(report) });
    }
    report.file_bytes = write(&options.out, &network, &report.attribution).map_err(io_wrong(&options.out))?;
    report.took = started.elapsed();
    report.peak_bytes = peak_bytes();
    Ok(report)
}

fn finish(builder: NetworkBuilder, report: &mut Report) -> RoadNetwork {
    let network = builder.finish();
    let mut degrees = vec![0_u8; network.junctions().len()];
    for edge in network.edges().iter() {
        for end in [edge.from, edge.to] {
            if let Some(degree) = degrees.get_mut(end as usize) {
                *degree = degree.saturating_add(1);
            }
        }
    }
    report.junctions = network.junctions().len();
    report.edges = network.edges().len();
    report.length_m = (0..report.edges as u32).filter_map(|edge| network.length_m(edge)).sum();
    report.dead_ends = degrees.into_iter().filter(|degree| *degree == 1).count();
    report.turns.banned = network.bans().len();
    network
}

/// Writes roads beside their place, then moves them there: nobody opens half a file.
///
/// # Errors
/// What the system says.
pub fn write(out: &Path, network: &RoadNetwork, attribution: &str) -> io::Result<u64> {
    let mut beside = out.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let written = File::create(&beside).and_then(|part| {
        let mut part = BufWriter::new(part);
        file::write(network, attribution, &mut part)?;
        let part = part.into_inner().map_err(io::IntoInnerError::into_error)?;
        part.sync_all()?;
        Ok(part.metadata()?.len())
    });
    let moved = written.and_then(|bytes| fs::rename(&beside, out).map(|()| bytes));
    if moved.is_err() {
        let _gone = fs::remove_file(&beside);
    }
    moved
}

/// A file of roads that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", file.display())]
pub struct OpenError {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub source: RoadFileError,
}

/// Opens a file of roads: some 0.3 s for a million junctions.
///
/// # Errors
/// [`OpenError`] names the file, what is wrong and what to do.
pub fn open(path: &Path) -> Result<RoadFile, OpenError> {
    let read = || file::read(&mut BufReader::new(File::open(path)?));
    read().map_err(|source| OpenError { file: path.to_owned(), source })
}

/// Hidden where standard error is no terminal.
fn bar(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    // The template is a constant that parses; a bar without it is a bar too.
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}") {
        bar.set_style(style);
    }
    bar.with_message("roads")
}

/// The most memory that this process ever had, where the system tells (Linux).
fn peak_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
