//! The city's files, read once at start: `FlatGeobuf` layers, the organisations, the units.
//!
//! `data/README.md` lists the files and their columns. Everything is checked here, so that past this door
//! each reference leads somewhere; a refusal names file, row, column, value and what is right.

mod error;
mod geojson;
mod layers;
mod papers;
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;

use geo::Polygon;
use serde::{Deserialize, Serialize};

pub use error::CityError;
pub use geojson::{layer_geojson, roads_geojson};

use crate::{
    geodesy::LatLng,
    model::{Layer, Name, OrgId, Organisation, UnitSpec, Zone, ZoneId},
    roads::{JunctionNo, RoadNetwork, file::RoadFile},
};

/// The most rows that a layer may have.
pub const ROWS_MAX: usize = 5_000_000;
/// The largest JSON file, bytes.
pub const JSON_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The most units.
pub const UNITS_MAX: usize = 1_000_000;

/// Every layer that has a file, by the name of the file without `.fgb`.
pub const LAYERS: [&str; 12] = [
    "districts",
    "rapid",
    "responsibility",
    "beats",
    "posts",
    "stations",
    "service_stations",
    "gates",
    "cameras",
    "river",
    "parks",
    "roads",
];

/// What `city.json` says of the city.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CityMeta {
    /// The city's name.
    pub name: Name,
    /// The city bureau's name.
    pub bureau: Name,
    /// Whether nothing of it is real.
    pub synthetic: bool,
    /// The seed that a synthetic city was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// West, south, east, north in degrees.
    pub bbox: [f64; 4],
    /// Longitude and latitude of where a map opens.
    pub center: [f64; 2],
    /// What a reader of the map must be told.
    pub notice: Name,
}

/// A point of a layer: a station, a service station, a camera.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its id.
    pub id: ZoneId,
    /// Its name.
    pub name: Name,
    /// Where it is.
    pub at: LatLng,
    /// The organisation that it belongs to.
    pub org: OrgId,
}

/// A post; as a [`Zone`] it is the circle that it reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// Its place.
    pub place: Place,
    /// Whether its people carry long arms.
    pub armed: bool,
    /// It is the first responder within this distance, metres.
    pub reach_m: f64,
}

/// A point where a road crosses the ring and can be closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Its id.
    pub id: ZoneId,
    /// Its name.
    pub name: Name,
    /// Where it is.
    pub at: LatLng,
    /// The name of the road that leaves the city here.
    pub road: Name,
    /// The direction of that road outwards, degrees clockwise from north.
    pub bearing_deg: f64,
    /// Its junction in [`City::roads`].
    pub junction: JunctionNo,
}

/// Water or a park.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its id.
    pub id: ZoneId,
    /// Its name.
    pub name: Name,
    /// Its outline in degrees, x longitude, y latitude.
    pub outline: Polygon<f64>,
}

/// A city.
#[derive(Debug)]
pub struct City {
    /// What it is called and where it is.
    pub meta: CityMeta,
    /// The city bureau, the districts, the stations; a parent comes before its children.
    pub organisations: Vec<Organisation>,
    /// The force's units.
    pub units: Vec<UnitSpec>,
    /// The zones of every layer, layer by layer, sorted by id; posts as circles.
    pub zones: Vec<Zone>,
    /// The stations.
    pub stations: Vec<Place>,
    /// The police service stations.
    pub service_stations: Vec<Place>,
    /// The fixed cameras: points, nothing more.
    pub cameras: Vec<Place>,
    /// The posts.
    pub posts: Vec<Post>,
    /// The gates of the ring road.
    pub gates: Vec<Gate>,
    /// The river and other water.
    pub waters: Vec<Area>,
    /// The parks.
    pub parks: Vec<Area>,
    /// The roads.
    pub roads: RoadNetwork,
    /// Whom a map of the roads must name; empty when nobody.
    pub attribution: String,
}

/// Reads and checks every file of a city. Blocks on the disk: some 100 ms for the sample city.
///
/// # Errors
/// [`CityError`] names the first file, row, column and value that is wrong, and what is right.
pub fn load(dir: &Path) -> Result<City, CityError> {
    read(dir, RoadFile { network: layers::roads(dir)?, attribution: String::new() }, layers::Junctions::Numbered)
}

/// The same on other roads than those of `roads.fgb`: gates stand at their nearest junctions.
///
/// # Errors
/// As [`load`].
pub fn load_with(dir: &Path, roads: RoadFile) -> Result<City, CityError> {
    read(dir, roads, layers::Junctions::Nearest)
}

fn read(dir: &Path, roads: RoadFile, junctions: layers::Junctions) -> Result<City, CityError> {
    let meta = papers::meta(dir)?;
    let organisations = papers::organisations(dir)?;
    let orgs = papers::Orgs::new(&organisations);
    let units = papers::units(dir, &orgs)?;
    let mut zones = Vec::new();
    for layer in [Layer::Districts, Layer::Rapid, Layer::Responsibility, Layer::Beats] {
        zones.extend(layers::zones(dir, layer, &orgs)?);
    }
    let posts = layers::posts(dir, &orgs)?;
    zones.extend(posts.iter().map(layers::post_zone));
    layers::distinct(&zones)?;
    let RoadFile { network: roads, attribution } = roads;
    Ok(City {
        meta,
        units,
        zones,
        stations: layers::places(dir, "stations", &orgs)?,
        service_stations: layers::places(dir, "service_stations", &orgs)?,
        cameras: layers::places(dir, "cameras", &orgs)?,
        posts,
        gates: layers::gates(dir, &roads, junctions)?,
        waters: layers::areas(dir, "river")?,
        parks: layers::areas(dir, "parks")?,
        roads,
        attribution,
        organisations,
    })
}
