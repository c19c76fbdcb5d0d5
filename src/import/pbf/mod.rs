//! `OpenStreetMap`'s files: two passes, and no more in memory than roads need.
//!
//! The first pass keeps what the tags of ways say of roads, the ids of their nodes, and turn restrictions. Then the ids are sorted:
//! a node that is there more than once, or at an end, is a junction. The second pass reads positions, of those nodes alone, and
//! skips blobs without nodes. Then ways are cut into edges at junctions, so that roads meet where they share a node and nowhere
//! else: a bridge does not touch what it crosses.
//!
//! Memory: two blocks of the file (32 MiB at most), 16 bytes a node of a kept road as often as a road has it, 22 bytes more for each
//! such node, 24 bytes a way, and the network. What else is in the file counts for nothing; a planet's buildings cost no byte.

mod blob;
mod block;
mod pass;
mod turns;
mod wire;

use std::{
    fs::File,
    io::{self, BufReader, Seek, SeekFrom},
};

use indicatif::ProgressBar;

use self::{
    blob::{Blobs, Head, Kind},
    block::Block,
    pass::{Places, Ways},
    wire::{Fields, Value},
};
use super::report::{Extras, Report};
use crate::roads::{NetworkBuilder, RoadError};

/// Whom every map made of `OpenStreetMap` must name (<https://www.openstreetmap.org/copyright>).
pub const ATTRIBUTION: &str = "© OpenStreetMap contributors";

/// What is wrong with a file of `OpenStreetMap`.
#[derive(Debug, thiserror::Error)]
pub enum PbfError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("is no OpenStreetMap PBF: give a *.osm.pbf")]
    Foreign,
    /// It ends in the middle of something.
    #[error("is cut off: fetch it again")]
    Cut,
    /// Something in it is not as the format says.
    #[error("is damaged: {0} cannot be read; fetch it again")]
    Broken(&'static str),
    /// Compressed in a way that is not read.
    #[error("is not compressed with zlib: write it anew with `osmium cat -o out.osm.pbf`")]
    Compression,
    /// It needs a reader that knows more.
    #[error("needs `{0}`, which is not known here: write it anew with `osmium cat`, without history")]
    Feature(String),
    /// A node is nowhere on Earth.
    #[error("is damaged: node {0} has a position out of range")]
    Place(i64),
    /// The roads do not make a network.
    #[error(transparent)]
    Roads(#[from] RoadError),
}

/// What this program knows that a file may require.
const FEATURES: [&str; 2] = ["OsmSchema-V0.6", "DenseNodes"];

/// Reads the roads of a file.
pub(super) fn read(file: File, extras: Extras, report: &mut Report, progress: &ProgressBar) -> Result<NetworkBuilder, PbfError> {
    let mut blobs = Blobs::new(BufReader::new(file));
    let mut ways = Ways::new(extras, report);
    // Where blobs with nodes start, and the head of each.
    let (mut with_nodes, mut at) = (Vec::new(), 0);
    let mut known = false;
    while let Some(head) = blobs.head()? {
        let start = at + head.head_bytes as u64;
        at = start + head.bytes as u64;
        progress.set_position(at / 2);
        match head.kind {
            Kind::Header => {
                check_header(blobs.block(head)?)?;
                known = true;
            }
            Kind::Data if !known => return Err(PbfError::Foreign),
            Kind::Data => {
                if Block::new(blobs.block(head)?)?.visit(&mut ways)? {
                    with_nodes.push((start, head));
                }
            }
            Kind::Other => {
                blobs.input().seek_relative(head.bytes as i64)?;
            }
        }
    }
    if !known {
        return Err(PbfError::Foreign);
    }
    let mut places = ways.places();
    second_pass(&mut blobs, &with_nodes, &mut places, progress, at)?;
    places.into_network()
}

fn second_pass(
    blobs: &mut Blobs<BufReader<File>>,
    with_nodes: &[(u64, Head)],
    places: &mut Places<'_>,
    progress: &ProgressBar,
    size: u64,
) -> Result<(), PbfError> {
    blobs.input().seek(SeekFrom::Start(0))?;
    let mut here = 0;
    for (start, head) in with_nodes {
        // Within the buffer where it can: most blobs follow one another.
        blobs.input().seek_relative((start - here) as i64)?;
        let block = Block::new(blobs.block(*head)?)?;
        block.visit(places)?;
        here = start + head.bytes as u64;
        progress.set_position((size + here) / 2);
    }
    Ok(())
}

fn check_header(header: &[u8]) -> Result<(), PbfError> {
    for field in Fields::new(header) {
        if let (4, Value::Bytes(feature)) = field.map_err(|_| PbfError::Foreign)?
            && !FEATURES.iter().any(|known| known.as_bytes() == feature)
        {
            return Err(PbfError::Feature(String::from_utf8_lossy(feature).chars().take(64).collect()));
        }
    }
    Ok(())
}
