//! How far does one come from here?

use geo::{Coord, MapCoords};
use serde::Serialize;

use super::{
    App,
    problem::{Problem, ProblemDocument, ProblemKind},
    question::{Asked, write},
};
use crate::{
    engine::Roads,
    geodesy::LatLng,
    model::ZoneShape,
    reach::{Isochrone, Outline, Start, Stretch},
    roads::{NEVER, RoadNetwork, Travel},
};

/// The parameters of `GET /v1/reach`.
pub const PARAMS: &[&str] = &["lat", "lon", "minutes", "travel", "delay_s", "width_m", "max_m"];

/// The longest time, minutes.
pub const MINUTES_MAX: f64 = 15.0;
/// The most times in one question.
pub const TIMES_MAX: usize = 8;
/// The latest start, seconds.
const DELAY_S_MAX: f64 = 900.0;
/// How wide the areas may be drawn, metres.
const WIDTH_M: std::ops::RangeInclusive<f64> = 20.0..=500.0;
/// And when nothing is said.
const WIDTH_M_DEFAULT: f64 = 60.0;
/// The farthest that a road is looked for, metres.
const MAX_M_MAX: f64 = 10_000.0;
/// And when nothing is said.
const MAX_M_DEFAULT: f64 = 200.0;
/// Degrees of latitude and longitude are given to 0.1 m.
const GRAINS_A_DEG: f64 = 1e6;

/// The road that one sets out from.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FromJson {
    /// The number of the edge.
    edge: u32,
    /// The nearest place on it.
    lat: f64,
    lon: f64,
    /// Metres from the place asked for.
    off_m: f64,
}

/// What is reached within a time, as a GeoJSON feature.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReachFeature {
    #[serde(rename = "type")]
    #[schema(example = "Feature")]
    kind: &'static str,
    properties: ReachProperties,
    /// A `MultiPolygon`; null where nothing is reached.
    #[schema(value_type = Option<Object>)]
    geometry: Option<ZoneShape>,
}

/// What is known of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReachProperties {
    minutes: f64,
    /// Metres of road that are reached, a road that leads both ways counted once.
    road_m: f64,
    /// The area is drawn around what is within so many metres of a reached road: what is within half of it is inside, what is further than one and a
    /// half times is outside. More than was asked for where the area is very large.
    width_m: f64,
}

/// The answer: a GeoJSON feature collection, the longest time first, so that drawn in turn the shorter lie on top.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReachJson {
    #[serde(rename = "type")]
    #[schema(example = "FeatureCollection")]
    kind: &'static str,
    from: FromJson,
    #[schema(example = "urgent_car")]
    travel: Travel,
    features: Vec<ReachFeature>,
}

/// The times in minutes, longest first.
fn times(minutes: Option<Vec<f64>>) -> Result<Vec<f64>, Problem> {
    let mut minutes = minutes.unwrap_or_else(|| vec![1.0, 3.0, 5.0]);
    let expected = format!("1 to {TIMES_MAX} numbers above 0, at most {MINUTES_MAX}, separated by commas");
    if minutes.len() > TIMES_MAX {
        return Err(Problem::out_of_range("minutes", &format!("{} numbers", minutes.len()), &expected));
    }
    if let Some(wrong) = minutes.iter().find(|minutes| !(**minutes > 0.0 && **minutes <= MINUTES_MAX)) {
        return Err(Problem::out_of_range("minutes", &wrong.to_string(), &expected));
    }
    minutes.sort_unstable_by(|a, b| b.total_cmp(a));
    minutes.dedup();
    Ok(minutes)
}

fn feature(network: &RoadNetwork, minutes: f64, stretches: &[Stretch], width_m: f64) -> ReachFeature {
    let Outline { width_m, area } = Outline::new(network, stretches, width_m);
    let grain = |deg: f64| (deg * GRAINS_A_DEG).round() / GRAINS_A_DEG;
    let geometry = (!area.0.is_empty()).then(|| ZoneShape::Polygon(area.map_coords(|Coord { x, y }| Coord { x: grain(x), y: grain(y) })));
    let road_m = stretches.iter().map(|stretch| stretch.length_m(network)).sum();
    ReachFeature { kind: "Feature", properties: ReachProperties { minutes, road_m, width_m }, geometry }
}

/// How far one comes from a place by road within some minutes, as areas for a map.
#[utoipa::path(get, path = "/v1/reach", tag = "roads",
    params(("lat" = f64, Query, description = "degrees, WGS-84"), ("lon" = f64, Query, description = "degrees, WGS-84"),
        ("minutes" = Option<String>, Query, description = "1 to 8 times in minutes, each at most 15, separated by commas; `1,3,5` when not given"),
        ("travel" = Option<String>, Query, description = "how: `car`, `motorcycle`, `urgent_car`, `urgent_motorcycle`, `foot`; `urgent_car` when not given"),
        ("delay_s" = Option<f64>, Query, description = "until one moves off, seconds: 0 to 900, 0 when not given"),
        ("width_m" = Option<f64>, Query, description = "how wide around the roads the areas are drawn, metres: 20 to 500, 60 when not given"),
        ("max_m" = Option<f64>, Query, description = "the road to set out from is not farther than this, metres: 0 to 10000, 200 when not given")),
    responses((status = 200, body = ReachJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn reach(app: &App, Asked { pass, params, .. }: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let at = params.position()?;
    let times = times(params.list("minutes")?)?;
    let travel = params.parse("travel")?.unwrap_or(Travel::UrgentCar);
    let delay_s = params.number("delay_s", 0.0..=DELAY_S_MAX, "seconds")?.unwrap_or(0.0);
    let width_m = params.number("width_m", WIDTH_M, "metres")?.unwrap_or(WIDTH_M_DEFAULT);
    let max_m = params.number("max_m", 0.0..=MAX_M_MAX, "metres")?.unwrap_or(MAX_M_DEFAULT);

    let seen = app.seen(pass);
    let roads = seen.roads();
    let Roads { network, graph, snapper, .. } = roads;
    let whole_ms = |minutes: &f64| (minutes * 60_000.0).round() as u32;
    let (from, reached) = {
        let costs = roads.costs();
        let may_go =
            |edge: u32| [0, 1].iter().any(|way| costs.of(travel).get((2 * edge + way) as usize).is_some_and(|cost| *cost != NEVER));
        let here = format!("{},{}", at.lat_deg(), at.lng_deg());
        let nowhere =
            || Problem::not_found("road that may be used within max_m of", &here).field("lat").expected("a place nearer to a road");
        let (place, off_m) = snapper.nearest(at, max_m, may_go).ok_or_else(nowhere)?;
        let position: LatLng = network.position(place).ok_or_else(nowhere)?;
        let start = Start { place, delay_ms: (delay_s * 1_000.0).round() as u32 };
        let most_ms = times.first().map_or(0, whole_ms);
        let isochrone = Isochrone::new(graph, &costs, travel, &[start], most_ms)
            .map_err(|error| Problem::new(ProblemKind::Internal, error.to_string()))?;
        let reached: Vec<_> = times.iter().map(|minutes| (*minutes, isochrone.stretches(whole_ms(minutes)))).collect();
        (FromJson { edge: place.edge, lat: position.lat_deg(), lon: position.lng_deg(), off_m }, reached)
    };
    let features = reached.iter().map(|(minutes, stretches)| feature(network, *minutes, stretches, width_m)).collect();
    write(out, &ReachJson { kind: "FeatureCollection", from, travel, features })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_limits_and_an_order() {
        assert_eq!(times(None).unwrap(), [5.0, 3.0, 1.0]);
        assert_eq!(times(Some(vec![0.5, MINUTES_MAX, 0.5])).unwrap(), [MINUTES_MAX, 0.5]);
        assert_eq!(times(Some((1..=8).map(f64::from).collect())).unwrap().len(), TIMES_MAX);
        for bad in [vec![0.0], vec![-1.0], vec![f64::NAN], vec![MINUTES_MAX + 0.1], vec![1.0; TIMES_MAX + 1]] {
            assert_eq!(times(Some(bad.clone())).unwrap_err().document().field, Some("minutes"), "{bad:?}");
        }
    }
}
