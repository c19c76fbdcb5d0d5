//! Writes a large OpenStreetMap PBF of a town that is nowhere, for measuring: the same bytes for the same seed.
//!
//! ```sh
//! cargo run --release --example make_pbf -- OUT.osm.pbf --mb 100
//! ```
//!
//! Streets on a bent grid, each with bends; as in a real file, most nodes belong to buildings, ways have other ways' tags between
//! them, and every block of 8,000 is compressed with zlib.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::{
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use clap::Parser;
use flate2::{Compression, write::ZlibEncoder};
use rand::{Rng, SeedableRng, rngs::SmallRng};

#[derive(Parser)]
struct Arguments {
    /// Where it is written.
    out: PathBuf,
    /// About how large it is, MB.
    #[arg(long, default_value_t = 100)]
    mb: u64,
    /// What decides all chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Elements of a block.
const BLOCK: usize = 8_000;
/// Bends of a street between two junctions.
const BENDS: i64 = 4;
/// Corners of a building.
const CORNERS: i64 = 6;
/// Buildings for each junction.
const BUILDINGS: i64 = 3;
/// Bytes a junction costs with all that belongs to it, measured.
const BYTES_A_JUNCTION: u64 = 122;

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

fn differences(values: impl Iterator<Item = i64>) -> Vec<u8> {
    let (mut out, mut last) = (Vec::new(), 0);
    for value in values {
        varint(&mut out, zigzag(value - last));
        last = value;
    }
    out
}

/// A file that grows block by block.
struct Pbf {
    out: BufWriter<File>,
    written: u64,
}

impl Pbf {
    fn blob(&mut self, kind: &str, block: &[u8]) -> Result<(), Box<dyn Error>> {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(6));
        packed.write_all(block)?;
        let mut blob = Vec::new();
        number(&mut blob, 2, block.len() as u64);
        bytes(&mut blob, 3, &packed.finish()?);
        let mut head = Vec::new();
        bytes(&mut head, 1, kind.as_bytes());
        number(&mut head, 3, blob.len() as u64);
        self.out.write_all(&(head.len() as u32).to_be_bytes())?;
        self.out.write_all(&head)?;
        self.out.write_all(&blob)?;
        self.written += (4 + head.len() + blob.len()) as u64;
        Ok(())
    }

    fn block(&mut self, strings: &[String], groups: &[Vec<u8>]) -> Result<(), Box<dyn Error>> {
        let (mut table, mut block) = (Vec::new(), Vec::new());
        for text in strings {
            bytes(&mut table, 1, text.as_bytes());
        }
        bytes(&mut block, 1, &table);
        for group in groups {
            bytes(&mut block, 2, group);
        }
        self.blob("OSMData", &block)
    }

    fn nodes(&mut self, nodes: &[(i64, i64, i64)]) -> Result<(), Box<dyn Error>> {
        let mut dense = Vec::new();
        bytes(&mut dense, 1, &differences(nodes.iter().map(|node| node.0)));
        bytes(&mut dense, 8, &differences(nodes.iter().map(|node| node.1)));
        bytes(&mut dense, 9, &differences(nodes.iter().map(|node| node.2)));
        let mut group = Vec::new();
        bytes(&mut group, 2, &dense);
        self.block(&[String::new()], &[group])
    }
}

/// The ids of the nodes of a street and of a building lie behind those of their junction.
const NODES_A_JUNCTION: i64 = 1 + 2 * BENDS + BUILDINGS * CORNERS;

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { out, mb, seed } = Arguments::parse();
    let side = ((mb * 1_000_000 / BYTES_A_JUNCTION) as f64).sqrt() as i64;
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut pbf = Pbf { out: BufWriter::new(File::create(&out)?), written: 0 };
    let mut header = Vec::new();
    for feature in ["OsmSchema-V0.6", "DenseNodes"] {
        bytes(&mut header, 4, feature.as_bytes());
    }
    bytes(&mut header, 5, b"Sort.Type_then_ID");
    pbf.blob("OSMHeader", &header)?;

    let mut nodes = Vec::with_capacity(BLOCK);
    for junction in 0..side * side {
        let (lat, lng) = (600_000_000 + junction / side * 9_000, 240_000_000 + junction % side * 18_000);
        let first = 1 + junction * NODES_A_JUNCTION;
        let mut near = |node: i64, dlat: i64, dlng: i64| {
            (first + node, lat + dlat + rng.random_range(-300..300), lng + dlng + rng.random_range(-300..300))
        };
        nodes.push(near(0, 0, 0));
        for bend in 1..=BENDS {
            nodes.push(near(bend, 0, bend * 3_600));
        }
        for bend in 1..=BENDS {
            nodes.push(near(BENDS + bend, bend * 1_800, 0));
        }
        for corner in 0..BUILDINGS * CORNERS {
            nodes.push(near(2 * BENDS + 1 + corner, 3_000 + corner / CORNERS * 2_000, 4_000));
        }
        if nodes.len() + NODES_A_JUNCTION as usize > BLOCK {
            pbf.nodes(&nodes)?;
            nodes.clear();
        }
    }
    pbf.nodes(&nodes)?;

    let mut strings: Vec<String> =
        ["", "highway", "residential", "secondary", "primary", "service", "name", "oneway", "yes", "maxspeed", "50", "building"]
            .map(str::to_owned)
            .into();
    let fixed = strings.len() as u64;
    strings.extend((0..500).map(|n| format!("Street {n}")));
    let (mut group, mut in_block, mut id) = (Vec::new(), 0, 0);
    let mut way = |pbf: &mut Pbf, keys: &[u64], values: &[u64], refs: &mut dyn Iterator<Item = i64>| -> Result<(), Box<dyn Error>> {
        let list = |numbers: &[u64]| {
            let mut out = Vec::new();
            numbers.iter().for_each(|number| varint(&mut out, *number));
            out
        };
        let mut way = Vec::new();
        id += 1;
        number(&mut way, 1, id);
        bytes(&mut way, 2, &list(keys));
        bytes(&mut way, 3, &list(values));
        bytes(&mut way, 8, &differences(refs));
        bytes(&mut group, 3, &way);
        in_block += 1;
        if in_block == BLOCK {
            pbf.block(&strings, &[std::mem::take(&mut group)])?;
            in_block = 0;
        }
        Ok(())
    };
    let first = |row: i64, column: i64| 1 + (row * side + column) * NODES_A_JUNCTION;
    for row in 0..side {
        for column in 0..side {
            let here = first(row, column);
            let class = if column % 10 == 0 {
                4
            } else if row % 5 == 0 {
                3
            } else {
                2 + 3 * u64::from(rng.random_bool(0.2))
            };
            let name = fixed + rng.random_range(0..500);
            let (keys, values) = ([1, 6, 9, 7], [class, name, 10, 8]);
            // Every tenth is one-way.
            let tags = 3 + usize::from(rng.random_bool(0.1));
            if column + 1 < side {
                let mut refs = (0..=BENDS).map(|bend| here + bend).chain([first(row, column + 1)]);
                way(&mut pbf, &keys[..tags], &values[..tags], &mut refs)?;
            }
            if row + 1 < side {
                let mut refs = [here].into_iter().chain((1..=BENDS).map(|bend| here + BENDS + bend)).chain([first(row + 1, column)]);
                way(&mut pbf, &keys[..3], &values[..3], &mut refs)?;
            }
            for building in 0..BUILDINGS {
                let corner = here + 2 * BENDS + 1 + building * CORNERS;
                way(&mut pbf, &[11], &[8], &mut (0..CORNERS).map(|n| corner + n).chain([corner]))?;
            }
        }
    }
    if in_block > 0 {
        pbf.block(&strings, &[group])?;
    }
    pbf.out.flush()?;
    println!(
        "{}: {:.1} MB, {} junctions, {} nodes, {id} ways",
        out.display(),
        pbf.written as f64 / 1e6,
        side * side,
        side * side * NODES_A_JUNCTION
    );
    Ok(())
}
