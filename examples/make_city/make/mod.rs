//! Makes the sample city out of a seed: the same seed gives the same files, byte for byte.
//!
//! `plan` lays down ring, river and arterials; `arrangement` cuts them where they cross; `mesh` and
//! `blocks` cut the town into blocks; `regions` and `zones` join blocks into zones; `network` makes
//! junctions and edges of what is left, with `outskirts` beyond the ring; then names, organisations,
//! places and units; `write` puts it all into files. Lengths are kilometres on a plane.

mod arrangement;
mod arterials;
mod blocks;
mod dice;
mod layer;
mod mesh;
mod names;
mod network;
mod one_way;
mod organisations;
mod outskirts;
mod parks;
mod places;
mod plan;
mod regions;
mod river;
mod space;
mod town;
mod units;
mod words;
mod write;
mod zones;

use std::path::{Path, PathBuf};

/// The seed of the city in `data/`.
pub(crate) const SEED: u64 = 1;
/// A plan that cannot be divided as asked is drawn again, at most so often.
const DRAFTS: u64 = 16;

/// Why there is no city.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MakeError {
    /// No draft allowed the gates, bridges and zones that were asked for.
    #[error("seed {seed}: none of {DRAFTS} drafts gives 26 gates, 8 bridges and all zones; take another seed")]
    NoPlan {
        /// The seed.
        seed: u64,
    },
    /// A file could not be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A layer could not be encoded.
    #[error("layer {name}: {what}")]
    Layer {
        /// The layer.
        name: &'static str,
        /// Why.
        what: String,
    },
}

/// Everything, before it is written.
#[derive(Debug)]
pub(crate) struct City {
    plan: plan::Plan,
    town: town::Town,
    net: network::Net,
    names: names::Names,
    division: zones::Division,
    force: organisations::Force,
    places: places::Places,
    units: Vec<units::Unit>,
}

fn draft(seed: u64) -> Option<City> {
    let plan = plan::draw(seed)?;
    let mut town = town::build(seed, &plan)?;
    let net = network::build(seed, &plan, &mut town)?;
    let division = zones::divide(&plan, &town)?;
    let names = names::name(seed, &plan, &town);
    let force = organisations::Force::new(seed);
    let places = places::place(seed, &plan, &net, &names, &division, &force)?;
    let units = units::muster(seed, &net, &places, &division, &force);
    Some(City { plan, town, net, names, division, force, places, units })
}

/// Makes the city of this seed and writes it into `dir`. Gives the numbers of junctions and edges.
pub(crate) fn make(seed: u64, dir: &Path) -> Result<(usize, usize), MakeError> {
    let city = (0..DRAFTS).find_map(|n| draft(seed.wrapping_add(n.wrapping_mul(1_000_003)))).ok_or(MakeError::NoPlan { seed })?;
    write::files(&city, seed, dir)?;
    Ok((city.net.nodes.len(), city.net.edges.len()))
}
