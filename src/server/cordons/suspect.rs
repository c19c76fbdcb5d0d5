//! Where may he be by now, and soon? `GET /v1/suspect`.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    ask::{StartAsk, wrong},
    json::area,
};
use crate::{
    access::Pass,
    engine::{AskError, FASTER_MAX, Roads, Suspect, TO_ROAD_M_MAX},
    model::{Timestamp, ZoneShape},
    reach::{Isochrone, LIMIT_MS_MAX, Outline, Start},
    roads::RoadGraph,
    server::{
        App,
        problem::{Problem, ProblemDocument, ProblemKind},
        query::Params,
    },
};

/// The parameters of `GET /v1/suspect`.
pub const PARAMS: &[&str] = &["lat", "lon", "seen_s_ago", "suspect", "faster"];
/// From now, seconds: a map grows the area from one to the next.
const STEPS_S: [u32; 11] = [0, 15, 30, 60, 90, 120, 180, 240, 300, 420, 600];
/// How wide the areas are drawn around the roads, metres.
const WIDTH_M: f64 = 80.0;

/// Where he may be at a time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StepJson {
    /// From now, seconds.
    s: u32,
    /// Metres of road, a road that leads both ways counted once.
    road_m: f64,
    /// GeoJSON `Polygon` or `MultiPolygon`; null where he is nowhere yet.
    #[schema(value_type = Option<Object>)]
    polygon: Option<ZoneShape>,
}

/// Where he may be.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SuspectJson {
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
    suspect: Suspect,
    faster: f64,
    seen_s_ago: f64,
    /// Each holds those before. Beyond an hour since he was seen there are none.
    steps: Vec<StepJson>,
}

fn steps(roads: &Roads, suspect: Suspect, faster: f64, start: &StartAsk, now: Timestamp) -> Result<Vec<StepJson>, Problem> {
    let seen = start.seen(now)?;
    let (travel, at) = (suspect.travel(), seen.at);
    let costs = roads.costs().unruled(travel, faster);
    let may_go = |edge: u32| costs.of(travel).get(2 * edge as usize).is_some_and(|ms| *ms != crate::roads::NEVER);
    let (place, _) = roads.snapper.nearest(at, TO_ROAD_M_MAX, may_go).ok_or_else(|| wrong(&AskError::NoRoad { at }))?;
    let seen_ms = (start.seen_s_ago * 1_000.0).round() as u32;
    let times = STEPS_S.into_iter().map(|s| (s, seen_ms + s * 1_000)).filter(|(_, ms)| *ms <= LIMIT_MS_MAX).collect::<Vec<_>>();
    let most_ms = times.last().map_or(0, |(_, ms)| *ms);
    // Banned turns are not for him.
    let unruled = (!roads.network.bans().is_empty()).then(|| RoadGraph::without_bans(&roads.network));
    let graph = unruled.as_ref().unwrap_or(&roads.graph);
    let reached = Isochrone::new(graph, &costs, travel, &[Start { place, delay_ms: 0 }], most_ms)
        .map_err(|error| Problem::new(ProblemKind::Internal, error.to_string()))?;
    let step = |(s, ms): (u32, u32)| {
        let stretches = reached.stretches(ms);
        StepJson {
            s,
            road_m: stretches.iter().map(|stretch| stretch.length_m(&roads.network)).sum::<f64>().round(),
            polygon: area(&Outline::new(&roads.network, &stretches, WIDTH_M).area),
        }
    };
    Ok(times.into_iter().map(step).collect())
}

/// Where he may be by now and at some times within ten minutes, as areas for a map. One-way streets, banned turns, jams and closures are
/// not for him.
#[utoipa::path(get, path = "/v1/suspect", tag = "cordons",
    params(("lat" = f64, Query, description = "degrees, WGS-84"), ("lon" = f64, Query, description = "degrees, WGS-84"),
        ("seen_s_ago" = Option<f64>, Query, description = "how long ago, seconds: 0 to 21600, 0 when not given"),
        ("suspect" = Option<String>, Query, description = "`car` (when not given), `motorcycle` or `foot`"),
        ("faster" = Option<f64>, Query, description = "how many times as fast as everybody goes, 1 to 5: 1.25 when not given, 2 on foot")),
    responses((status = 200, body = SuspectJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub async fn suspect(State(app): State<App>, pass: Pass, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let params = Params::read(query.as_deref().unwrap_or_default())?;
    let at = params.position()?;
    let seen_s_ago = params.number("seen_s_ago", 0.0..=f64::from(crate::engine::SEEN_S_MAX), "seconds")?.unwrap_or(0.0);
    let suspect: Suspect = params.parse("suspect")?.unwrap_or(Suspect::Car);
    let faster = params.number("faster", 1.0..=FASTER_MAX, "a number")?.unwrap_or_else(|| suspect.faster());
    let start = StartAsk { lat: at.lat_deg(), lon: at.lng_deg(), seen_s_ago };
    let now = app.bus.now();
    let steps = app.desks.clone().work(move |_| steps(app.seen(&pass).roads(), suspect, faster, &start, now)).await?;
    Ok(Json(SuspectJson { server_time: now, suspect, faster, seen_s_ago, steps }).into_response())
}
