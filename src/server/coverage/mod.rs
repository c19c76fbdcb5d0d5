//! Where is the promise of one, three and five minutes kept by road, and where is it not?

mod keeper;

use h3o::{CellIndex, LatLng};
use serde::Serialize;
use serde_json::json;

pub use keeper::{Keeper, Kept, Looked};

use super::{
    App,
    problem::{Problem, ProblemDocument, ProblemKind},
    query::Params,
    question::{Asked, write},
};
use crate::{
    engine::SeenWorld,
    model::{Layer, Name, ZoneId},
    reach::{GroupNo, Hole, LIMITS, Share},
};
use keeper::RESOLUTION;

/// The parameters of `GET /v1/coverage`.
pub const PARAMS: &[&str] = &["layer", "minutes", "holes"];
/// The most holes in an answer.
pub const HOLES_MAX: usize = 100;
/// Holes in an answer when nothing is said.
const HOLES_DEFAULT: usize = 10;

/// How much of some road is reached in time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ShareJson {
    /// Metres of road that somebody reaches in time.
    reached_m: f64,
    /// Metres of road.
    total_m: f64,
    /// The one by the other, 0 to 1.
    share: f64,
}

impl ShareJson {
    /// Metres to a decimetre, the share to four decimals.
    #[must_use]
    pub fn of(share: &Share) -> Self {
        let rounded = |m: f64| (m * 10.0).round() / 10.0;
        Self { reached_m: rounded(share.reached_m), total_m: rounded(share.total_m), share: (share.share() * 1e4).round() / 1e4 }
    }
}

/// The cells of the map's coverage.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CellsJson {
    /// The H3 resolution.
    res: u8,
    /// Of which grid: `GET /v1/coverage/grid` has it.
    version: u64,
    /// A digit for each cell of the grid, in its order: 0, 1, 2 for the first, second, third limit within which at least half of its
    /// road is reached; 3 where not even within the last.
    #[schema(example = "0012231")]
    within: String,
}

/// A cell with road that nobody reaches in time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HoleJson {
    /// The H3 cell.
    #[schema(example = "89415d2a4c3ffff")]
    cell: String,
    /// Its middle.
    lat: f64,
    lon: f64,
    /// Metres of road that nobody reaches in time.
    missing_m: f64,
    /// Metres of road.
    total_m: f64,
}

/// A zone's coverage.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ZoneCoverageJson {
    #[schema(value_type = String)]
    id: ZoneId,
    name: Name,
    /// Within each limit.
    within: Vec<ShareJson>,
}

/// The coverage of the city.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CoverageJson {
    /// The limits, seconds.
    #[schema(example = json!([60.0, 180.0, 300.0]))]
    limits_s: Vec<f64>,
    /// How many units can be sent: available, live and on a road.
    units: usize,
    /// All roads, within each limit.
    city: Vec<ShareJson>,
    cells: CellsJson,
    /// The cells with the most road that nobody reaches within `minutes`, worst first.
    holes: Vec<HoleJson>,
    /// The zones of the layer that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    zones: Option<Vec<ZoneCoverageJson>>,
}

/// What is asked for.
struct Wanted {
    layer: Option<Layer>,
    limit: usize,
    holes: usize,
}

/// The place of a limit, in minutes, among those of the coverage.
pub(super) fn limit_of(minutes: &str) -> Option<usize> {
    ["1", "3", "5"].iter().position(|known| *known == minutes)
}

fn wanted(params: &Params<'_>) -> Result<Wanted, Problem> {
    let minutes = params.text("minutes").unwrap_or("5");
    Ok(Wanted {
        layer: params.parse("layer")?,
        limit: limit_of(minutes).ok_or_else(|| Problem::bad_value("minutes", minutes, "1, 3 or 5"))?,
        holes: params.number("holes", 0..=HOLES_MAX, "a whole number")?.unwrap_or(HOLES_DEFAULT),
    })
}

pub(super) fn internal(error: impl std::fmt::Display) -> Problem {
    Problem::new(ProblemKind::Internal, error.to_string())
}

fn coverage_of(kept: &Kept, seen: &SeenWorld<'_>, wanted: &Wanted) -> CoverageJson {
    let coverage = &kept.coverage;
    let shares = |shares: [Share; LIMITS]| shares.iter().map(ShareJson::of).collect::<Vec<_>>();
    let class = |group: GroupNo| {
        let within = coverage.group(group).and_then(|shares| shares.iter().position(|share| share.share() >= 0.5));
        char::from_digit(within.unwrap_or(LIMITS) as u32, 10).unwrap_or('3')
    };
    let cells = kept.cell_groups();
    let hole = |hole: Hole| {
        let cell = kept.cell(hole.group)?;
        let middle = LatLng::from(cell);
        let ShareJson { total_m, .. } = ShareJson::of(&hole.share);
        Some(HoleJson {
            cell: cell.to_string(),
            lat: middle.lat(),
            lon: middle.lng(),
            missing_m: (hole.share.missing_m() * 10.0).round() / 10.0,
            total_m,
        })
    };
    let zones = wanted.layer.map(|layer| {
        let of_layer = kept.geography.zones().filter(|zone| zone.layer == layer && seen.has_zone(&zone.id));
        let zone = |zone: &crate::model::Zone| {
            let group = kept.geography.no(&zone.id)?;
            Some(ZoneCoverageJson { id: zone.id.clone(), name: zone.name.clone(), within: shares(coverage.group(group)?) })
        };
        of_layer.filter_map(zone).collect()
    });
    CoverageJson {
        limits_s: coverage.limits_ms().iter().map(|ms| f64::from(*ms) / 1_000.0).collect(),
        units: coverage.units(),
        city: shares(coverage.city()),
        cells: CellsJson { res: RESOLUTION.into(), version: kept.version, within: cells.clone().map(class).collect() },
        holes: coverage.holes(wanted.limit, cells, wanted.holes).into_iter().filter_map(hole).collect(),
        zones,
    }
}

/// How much of the road is reached within one, three and five minutes by a unit that is available, live and on a road, under blue
/// light, moving off included: of the city, by H3 cell, by zone; and the worst holes.
#[utoipa::path(get, path = "/v1/coverage", tag = "roads",
    params(("layer" = Option<String>, Query, description = "the zones of this layer, too"),
        ("minutes" = Option<u8>, Query, description = "1, 3 or 5: what counts as a hole; 5 when not given"),
        ("holes" = Option<usize>, Query, description = "0 to 100, 10 when not given")),
    responses((status = 200, body = CoverageJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn coverage(app: &App, Asked { pass, params, .. }: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let wanted = wanted(params)?;
    let kept = app.covered(pass).map_err(internal)?;
    let answer = coverage_of(&kept, &app.seen(pass), &wanted);
    drop(kept);
    write(out, &answer)
}

/// The cells that `GET /v1/coverage` speaks of, as GeoJSON hexagons in its order.
#[utoipa::path(get, path = "/v1/coverage/grid", tag = "roads",
    responses((status = 200, description = "GeoJSON; `version` is that of the coverage", content_type = "application/json"),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn grid(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let kept = app.covered(asked.pass).map_err(internal)?;
    let (version, cells) = (kept.version, kept.cells.clone());
    drop(kept);
    let features: Vec<_> = cells.into_iter().map(hexagon).collect();
    write(out, &json!({"type": "FeatureCollection", "version": version, "features": features}))
}

fn hexagon(cell: CellIndex) -> serde_json::Value {
    let rounded = |deg: f64| (deg * 1e6).round() / 1e6;
    let mut ring: Vec<[f64; 2]> = cell.boundary().iter().map(|at| [rounded(at.lng()), rounded(at.lat())]).collect();
    ring.extend(ring.first().copied());
    json!({"type": "Feature", "properties": {"cell": cell.to_string()}, "geometry": {"type": "Polygon", "coordinates": [ring]}})
}
