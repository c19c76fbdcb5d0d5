//! The city: its names, organisations and layers. Files that never change are compressed once, at start.

use std::{
    collections::{BTreeMap, HashMap},
    io::{Read, Write},
    path::Path as FilePath,
    sync::Arc,
};

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    App,
    base_map::header::About,
    problem::{Problem, ProblemDocument},
    question::{Asked, write},
};
use crate::{
    access::Pass,
    city::{City, CityError, CityMeta, layer_geojson, roads_geojson},
    engine::SeenWorld,
    geodesy::LatLng,
    geography::Geography,
    model::{DeviceKind, Layer, LayerSet, Name, OrgLevel, Zone, ZoneId, ZoneShape},
};

/// Layers that are files alone: nobody changes them while the server runs.
pub const STILL_LAYERS: [&str; 7] = ["stations", "service_stations", "gates", "cameras", "river", "parks", "roads"];

/// Once at start, read by every wall: smaller is worth a second.
const COMPRESSION: Compression = Compression::new(7);

/// The city's files, ready to be sent.
#[derive(Debug)]
pub struct CityPages {
    about: CityMeta,
    attribution: String,
    /// Street posts and service stations.
    stands: Vec<LatLng>,
    /// Compressed GeoJSON, and how many features.
    still: HashMap<&'static str, (Bytes, usize)>,
    /// What the files say of zones beyond what the engine keeps, e.g. the kind of a post.
    columns: HashMap<ZoneId, Map<String, Value>>,
    /// Layers of zones as they were last asked for, with the geography that they were made from: made again when a zone
    /// changed, and not for each wall that fetches it.
    zones: Mutex<HashMap<Layer, (Arc<Geography>, Bytes)>>,
}

impl CityPages {
    /// Compresses the roads of a city, and reads and compresses the other layers of its folder.
    ///
    /// # Errors
    /// [`CityError`] names the file.
    pub fn load(folder: &FilePath, city: &City) -> Result<Self, CityError> {
        let mut still = HashMap::new();
        for layer in STILL_LAYERS {
            // Roads may be others than those of the folder.
            let geojson = if layer == "roads" { roads_geojson(&city.roads) } else { layer_geojson(folder, layer)? };
            still.insert(layer, (compress(&geojson), features(&geojson).len()));
        }
        let mut columns = HashMap::new();
        for layer in Layer::ALL {
            for Feature { properties } in features(&layer_geojson(folder, layer.as_str())?) {
                if let Some(id) = properties.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()) {
                    columns.insert(id, properties);
                }
            }
        }
        let posts = city.posts.iter().map(|post| &post.place);
        let stands = posts.chain(&city.service_stations).map(|place| place.at).collect();
        Ok(Self { about: city.meta.clone(), attribution: city.attribution.clone(), stands, still, columns, zones: Mutex::default() })
    }

    /// Where units stand when they wait: street posts and service stations.
    #[must_use]
    pub fn stands(&self) -> &[LatLng] {
        &self.stands
    }

    /// A layer as compressed GeoJSON: of the zones that stand still. Those that follow a unit would be wrong tomorrow.
    fn layer(&self, name: &str, seen: &SeenWorld<'_>) -> Option<Bytes> {
        if let Some((bytes, _)) = self.still.get(name) {
            return Some(bytes.clone());
        }
        let layer: Layer = name.parse().ok()?;
        let zones = || seen.zones(LayerSet::EMPTY.with(layer), None, usize::MAX).zones;
        // Kept for those who see all: most walls.
        let Some(geography) = seen.whole_geography() else { return Some(self.collection(&zones())) };
        if let Some((made_from, bytes)) = self.zones.lock().get(&layer)
            && Arc::ptr_eq(made_from, &geography)
        {
            return Some(bytes.clone());
        }
        // Made outside the lock: another wall may make it too, and both are right.
        let bytes = self.collection(&zones());
        self.zones.lock().insert(layer, (geography, bytes.clone()));
        Some(bytes)
    }

    fn collection(&self, zones: &[Zone]) -> Bytes {
        let features: Vec<_> = zones.iter().filter(|zone| zone.follows.is_none()).map(|zone| self.feature(zone)).collect();
        compress(json!({"type": "FeatureCollection", "features": features}).to_string().as_bytes())
    }

    /// A zone as a feature with the columns of its file. A circle is a point with its reach, as GeoJSON has no circles.
    fn feature(&self, zone: &Zone) -> Value {
        let mut properties = self.columns.get(&zone.id).cloned().unwrap_or_default();
        properties.insert("id".into(), json!(zone.id));
        properties.insert("name_zh".into(), json!(zone.name.zh));
        properties.insert("name_en".into(), json!(zone.name.en));
        properties.insert("org".into(), json!(zone.org));
        let geometry = match &zone.shape {
            ZoneShape::Circle { centre, radius_m } => {
                properties.insert("reach_m".into(), json!(radius_m));
                json!({"type": "Point", "coordinates": [centre.lng_deg(), centre.lat_deg()]})
            }
            shape @ ZoneShape::Polygon(_) => json!(shape),
        };
        json!({"type": "Feature", "id": zone.id, "properties": properties, "geometry": geometry})
    }
}

/// What is read of a feature: its columns; the shape is skipped.
#[derive(Deserialize)]
struct Feature {
    properties: Map<String, Value>,
}

/// The features of a layer that the loader wrote, so it can be read.
fn features(geojson: &[u8]) -> Vec<Feature> {
    #[derive(Deserialize)]
    struct Collection {
        features: Vec<Feature>,
    }
    serde_json::from_slice(geojson).map_or_else(|_| Vec::new(), |Collection { features }| features)
}

/// Writing to memory does not fail.
fn compress(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), COMPRESSION);
    let written = encoder.write_all(text);
    written.and_then(|()| encoder.finish()).unwrap_or_default().into()
}

/// When a fix is stale and when contact is lost.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Threshold {
    stale_s: u32,
    lost_s: u32,
}

/// An organisation of the force.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Organisation)]
pub struct OrganisationJson {
    id: String,
    name: Name,
    level: OrgLevel,
    parent: Option<String>,
}

/// The city.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CityJson {
    /// What `city.json` says: `name`, `bureau`, `synthetic`, `seed`, `bbox`, `center`, `notice`.
    #[serde(flatten)]
    #[schema(value_type = Object, additional_properties)]
    about: CityMeta,
    /// The base map, `/v1/map/base.pmtiles`; none where the site has none.
    base_map: Option<About>,
    /// Whom a map that shows these roads must name; empty when nobody.
    #[schema(example = "© OpenStreetMap contributors")]
    attribution: String,
    /// How many features each layer has.
    #[schema(value_type = Object, example = json!({"beats": 148}))]
    counts: BTreeMap<&'static str, usize>,
    /// The city bureau and all below it.
    organisations: Vec<OrganisationJson>,
    /// By kind of device.
    #[schema(value_type = Object)]
    thresholds: BTreeMap<&'static str, Threshold>,
    /// Of Citygate.
    version: &'static str,
}

/// The city: names, counts, organisations, when a fix is old.
#[utoipa::path(get, path = "/v1/city", tag = "city",
    responses((status = 200, body = CityJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn city(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let seen = app.seen(asked.pass);
    let zones = Layer::ALL.iter().map(|layer| (layer.as_str(), seen.zone_count(*layer)));
    let still = app.city.still.iter().map(|(layer, (_, count))| (*layer, *count));
    let organisation = |org: &crate::model::Organisation| OrganisationJson {
        id: org.id.to_string(),
        name: org.name.clone(),
        level: org.level,
        parent: org.parent.as_ref().map(ToString::to_string),
    };
    let threshold = |kind: &DeviceKind| {
        let limit = seen.limits().of(*kind);
        (kind.as_str(), Threshold { stale_s: limit.stale_s, lost_s: limit.lost_s })
    };
    write(
        out,
        &CityJson {
            about: app.city.about.clone(),
            base_map: app.base_map.as_ref().map(|base| base.about()),
            attribution: app.city.attribution.clone(),
            counts: zones.chain(still).collect(),
            organisations: seen.organisations().all().iter().map(organisation).collect(),
            thresholds: DeviceKind::ALL.iter().map(threshold).collect(),
            version: env!("CARGO_PKG_VERSION"),
        },
    )
}

/// A layer as GeoJSON, compressed. Posts are points with `reach_m`.
#[utoipa::path(get, path = "/v1/layers/{layer}", tag = "city",
    params(("layer" = String, Path, description = "`districts`, `rapid`, `responsibility`, `beats`, `posts`, `stations`, `service_stations`, `gates`, `cameras`, `river`, `parks` or `roads`")),
    responses((status = 200, description = "A FeatureCollection", content_type = "application/geo+json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn layer(State(app): State<App>, pass: Pass, Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(bytes) = app.city.layer(&name, &app.seen(&pass)) else {
        let names = LayerSet::ALL.iter().map(Layer::as_str).chain(STILL_LAYERS).collect::<Vec<_>>().join(", ");
        return Err(Problem::not_found("layer", &name).field("layer").expected(names));
    };
    let takes_gzip = headers.get_all(header::ACCEPT_ENCODING).iter().any(|value| value.to_str().is_ok_and(accepts_gzip));
    let mut response = if takes_gzip {
        ([(header::CONTENT_ENCODING, "gzip")], bytes).into_response()
    } else {
        let mut plain = Vec::new();
        GzDecoder::new(&*bytes)
            .read_to_end(&mut plain)
            .map_err(|error| Problem::new(super::problem::ProblemKind::Internal, error.to_string()))?;
        plain.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

fn accepts_gzip(value: &str) -> bool {
    value.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = matches!(parts.next(), Some("gzip" | "x-gzip" | "*"));
        is_gzip && !parts.any(|part| matches!(part.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_whom_takes_it() {
        assert!(accepts_gzip("gzip") && accepts_gzip("br, gzip;q=0.5") && accepts_gzip("*"));
        assert!(!accepts_gzip("br") && !accepts_gzip("gzip;q=0") && !accepts_gzip("gzip; q=0.0") && !accepts_gzip(""));
    }
}
