//! What a map shows of a cordon: names, directions, lines and the ground inside.

use std::collections::HashSet;

use geo::{MultiPolygon, Polygon};

use super::{CityGate, Ground};
use crate::{
    engine::{ORDER_PLACE_CHARS_MAX, Roads, SeenWorld, UnitView, Way, World},
    geodesy::LatLng,
    model::Name,
    reach::{Outline, Span, Stretch},
    roads::{Drive, EdgeNo, JunctionNo, NEVER, RoadName, RoadPlace, Search, Travel},
};

/// How wide the ground inside is drawn around its roads, metres.
const WIDTH_M: f64 = 150.0;

/// A place on the roads that is at a junction, by an edge on which a car may leave it where there is one.
pub(super) fn place_at(roads: &Roads, junction: JunctionNo) -> Option<RoadPlace> {
    let costs = roads.costs();
    let leaves = |drive: u32| costs.free_ms(drive, Travel::Car) != NEVER;
    let links = roads.graph.ways_out(junction);
    let link = links.iter().find(|link| leaves(link.drive)).or(links.first())?;
    let Drive { edge, backward } = Drive::from_no(link.drive);
    Some(RoadPlace::new(edge, if backward { 1.0 } else { 0.0 }))
}

impl World {
    /// The city's gates.
    #[must_use]
    pub fn gates(&self) -> &[CityGate] {
        &self.gates
    }

    /// The city's gate at a junction.
    #[must_use]
    pub fn gate_at(&self, junction: JunctionNo) -> Option<&CityGate> {
        self.gates.iter().find(|gate| gate.junction == junction)
    }

    /// What people call a junction: the gate that it is, or the roads that meet there. None where no road has a name.
    #[must_use]
    pub fn junction_name(&self, junction: JunctionNo) -> Option<Name> {
        if let Some(gate) = self.gate_at(junction) {
            return Some(gate.name.clone());
        }
        let roads = self.roads();
        let mut names: Vec<RoadName<'_>> = Vec::new();
        for link in roads.graph.ways_out(junction) {
            let name = roads.network.edges().get(Drive::from_no(link.drive).edge as usize).map(|edge| edge.name);
            let is_new = |name: &RoadName<'_>| *name != RoadName::default() && !names.contains(name);
            if let Some(name) = name.filter(is_new) {
                names.push(name);
            }
        }
        let cut = |text: String| text.chars().take(ORDER_PLACE_CHARS_MAX).collect::<String>();
        match *names.as_slice() {
            [] => None,
            [one] => Some(Name { zh: cut(either(one.zh, one.en).to_owned()), en: cut(either(one.en, one.zh).to_owned()) }),
            [one, other, ..] => Some(Name {
                zh: cut(format!("{}与{}路口", either(one.zh, one.en), either(other.zh, other.en))),
                en: cut(format!("{} / {}", either(one.en, one.zh), either(other.en, other.zh))),
            }),
        }
    }

    /// Which way a road leads out of a held junction, degrees clockwise from north: that of the gate, or of the first road to a
    /// junction that is not inside.
    #[must_use]
    pub fn bearing_out(&self, junction: JunctionNo, inside: &HashSet<JunctionNo>) -> Option<f64> {
        if let Some(gate) = self.gate_at(junction) {
            return Some(gate.bearing_deg);
        }
        let roads = self.roads();
        let is_out = |node: u32| roads.graph.junction(node).is_some_and(|to| to != junction && !inside.contains(&to));
        let links = roads.graph.ways_out(junction);
        let link = links.iter().find(|link| is_out(link.node)).or(links.first())?;
        roads.network.spot(Drive::from_no(link.drive), 0.0).map(|spot| spot.heading_deg)
    }
}

impl SeenWorld<'_> {
    /// The city's gates: everybody's.
    #[must_use]
    pub fn gates(&self) -> &[CityGate] {
        self.world.gates()
    }

    /// The city's gate at a junction.
    #[must_use]
    pub fn gate_at(&self, junction: JunctionNo) -> Option<&CityGate> {
        self.world.gate_at(junction)
    }

    /// See [`World::junction_name`].
    #[must_use]
    pub fn junction_name(&self, junction: JunctionNo) -> Option<Name> {
        self.world.junction_name(junction)
    }

    /// See [`World::bearing_out`].
    #[must_use]
    pub fn bearing_out(&self, junction: JunctionNo, inside: &HashSet<JunctionNo>) -> Option<f64> {
        self.world.bearing_out(junction, inside)
    }

    /// A unit's way to a junction by the roads as they are; empty where there is none.
    #[must_use]
    pub fn way_to(&self, ground: &Ground, search: &mut Search, unit: &UnitView, junction: JunctionNo, urgent: bool) -> Vec<LatLng> {
        let roads = self.roads();
        let Way::Road(travel) = roads.movement.way(unit.spec.kind, urgent) else { return Vec::new() };
        let ends = roads.on_roads().place(unit.no.0).zip(place_at(roads, junction));
        let route = ends.and_then(|(from, to)| search.route(&roads.network, &roads.graph, ground.costs(), travel, from, to));
        route.map(|route| route.line(&roads.network)).unwrap_or_default()
    }
}

fn either<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

impl Roads {
    /// The ground around the roads between some junctions, and those from there to held ones. Without holes.
    #[must_use]
    pub fn ground_inside(&self, inside: &HashSet<JunctionNo>, held: &HashSet<JunctionNo>) -> MultiPolygon<f64> {
        let mut edges: Vec<EdgeNo> = Vec::new();
        for junction in inside {
            let to = |node| self.graph.junction(node).is_some_and(|to| inside.contains(&to) || held.contains(&to));
            edges.extend(self.graph.ways_out(*junction).iter().filter(|link| to(link.node)).map(|link| link.drive / 2));
        }
        edges.sort_unstable();
        edges.dedup();
        let stretches: Vec<Stretch> = edges.into_iter().map(|edge| Stretch { edge, span: Span::WHOLE }).collect();
        let Outline { area, .. } = Outline::new(&self.network, &stretches, WIDTH_M);
        MultiPolygon(area.0.into_iter().map(|polygon| Polygon::new(polygon.into_inner().0, Vec::new())).collect())
    }

    /// The line along junctions that follow each other, by the quickest road between each two.
    #[must_use]
    pub fn line_along(&self, junctions: &[JunctionNo]) -> Vec<LatLng> {
        let mut line: Vec<LatLng> = junctions.first().and_then(|first| self.network.junctions().get(*first as usize)).into_iter().collect();
        let costs = self.costs();
        let free_ms = |drive: u32| costs.free_ms(drive, Travel::Car).min(costs.free_ms(drive ^ 1, Travel::Car));
        for pair in junctions.windows(2) {
            let [from, to] = *pair else { continue };
            let links = self.graph.ways_out(from).iter().filter(|link| self.graph.junction(link.node) == Some(to));
            let Some(link) = links.min_by_key(|link| free_ms(link.drive)) else { continue };
            let Drive { edge, backward } = Drive::from_no(link.drive);
            let mut shape: Vec<LatLng> = self.network.edges().get(edge as usize).into_iter().flat_map(|edge| edge.shape.iter()).collect();
            if backward {
                shape.reverse();
            }
            line.extend(shape.into_iter().skip(1));
        }
        line
    }
}
