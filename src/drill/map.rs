//! The ground of a replay: the roads, waters and parks around all that happened.

use geo::BoundingRect;
use serde::Serialize;

use super::{
    Stage,
    report::{CordonReport, SuspectReport, UnitReport},
};
use crate::{
    geodesy::{LatLng, haversine_m},
    roads::RoadClass,
};

/// How far around what happened is drawn, metres.
const AROUND_M: f64 = 1_200.0;
/// How far around the suspect small streets are drawn where much ground is shown, metres.
const STREETS_M: f64 = 2_500.0;
/// A box with a longer diagonal than this is much ground, metres.
const MUCH_M: f64 = 14_000.0;
/// Corners are in this part of a degree: 1.1 m.
const UNITS_PER_DEG: f64 = 1e5;

/// A line: a corner, then the steps to the next ones; longitude and latitude in 100,000ths of a degree.
type Line = Vec<i32>;

/// What is drawn under a replay.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Map {
    /// West, south, east, north of what happened, degrees.
    pub bbox: [f64; 4],
    /// Small streets.
    pub streets: Vec<Line>,
    /// Roads between main roads.
    pub secondary: Vec<Line>,
    /// Main roads.
    pub arterial: Vec<Line>,
    /// The ring road, highways and motorways.
    pub ring: Vec<Line>,
    /// Water.
    pub water: Vec<Line>,
    /// Parks.
    pub parks: Vec<Line>,
}

fn line(corners: impl Iterator<Item = (f64, f64)>) -> Line {
    let mut last: Option<(i32, i32)> = None;
    let mut line = Line::new();
    for (lng, lat) in corners {
        let here = ((lng * UNITS_PER_DEG).round() as i32, (lat * UNITS_PER_DEG).round() as i32);
        match last {
            None => line.extend([here.0, here.1]),
            Some(before) if before != here => line.extend([here.0 - before.0, here.1 - before.1]),
            Some(_) => {}
        }
        last = Some(here);
    }
    line
}

impl Map {
    /// Around a suspect's way, the drives of units and the junctions of cordons.
    pub(super) fn new(stage: &Stage, suspect: &SuspectReport, units: &[UnitReport], cordons: &[CordonReport]) -> Self {
        let drives = suspect.track.iter().chain(units.iter().flat_map(|unit| &unit.track)).map(|(_, lng, lat)| (*lng, *lat));
        let gates = cordons.iter().flat_map(|cordon| &cordon.gates).map(|gate| (gate.at.lng_deg(), gate.at.lat_deg()));
        let mut bbox = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for (lng, lat) in drives.chain(gates) {
            bbox = [bbox[0].min(lng), bbox[1].min(lat), bbox[2].max(lng), bbox[3].max(lat)];
        }
        let [west, south, east, north] = bbox;
        let at = |lat, lng| LatLng::new(lat, lng).unwrap_or_default();
        let is_much = haversine_m(at(south, west), at(north, east)) > MUCH_M;
        let (up, right) = (AROUND_M / 111_195.0, AROUND_M / 111_195.0 / south.to_radians().cos().max(0.1));
        let is_near = |lng: f64, lat: f64| (west - right..=east + right).contains(&lng) && (south - up..=north + up).contains(&lat);
        let way: Vec<LatLng> = suspect.track.iter().map(|(_, lng, lat)| at(*lat, *lng)).collect();
        let is_by_the_way = |place: LatLng| way.iter().any(|step| haversine_m(*step, place) < STREETS_M);
        let mut map = Self { bbox, ..Self::default() };
        for edge in stage.city.roads.edges().iter() {
            if !edge.shape.iter().any(|at| is_near(at.lng_deg(), at.lat_deg())) {
                continue;
            }
            let lines = match edge.class {
                RoadClass::Ring | RoadClass::Highway | RoadClass::Motorway => &mut map.ring,
                RoadClass::Arterial => &mut map.arterial,
                RoadClass::Secondary => &mut map.secondary,
                RoadClass::Street | RoadClass::Service | RoadClass::Path if !is_much || is_by_the_way(edge.shape.first()) => {
                    &mut map.streets
                }
                RoadClass::Street | RoadClass::Service | RoadClass::Path | RoadClass::Ferry => continue,
            };
            lines.push(line(edge.shape.iter().map(|at| (at.lng_deg(), at.lat_deg()))));
        }
        let areas = |areas: &[crate::city::Area]| {
            let meets = |area: &&crate::city::Area| {
                let Some(rect) = area.outline.bounding_rect() else { return false };
                rect.min().x <= east + right && rect.max().x >= west - right && rect.min().y <= north + up && rect.max().y >= south - up
            };
            areas.iter().filter(meets).map(|area| line(area.outline.exterior().coords().map(|corner| (corner.x, corner.y)))).collect()
        };
        (map.water, map.parks) = (areas(&stage.city.waters), areas(&stage.city.parks));
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_corner_and_steps() {
        assert_eq!(line([(1.0, 2.0), (1.000_01, 2.0), (1.000_011, 2.0), (1.0, 2.000_02)].into_iter()), [100_000, 200_000, 1, 0, -1, 2]);
    }
}
