//! What places are called.

use super::Stage;
use crate::{
    geodesy::LatLng,
    model::Name,
    roads::{EdgeNo, JunctionNo},
};

/// A name in both languages.
pub(super) fn name(zh: impl Into<String>, en: impl Into<String>) -> Name {
    Name { zh: zh.into(), en: en.into() }
}

impl Stage {
    /// The gate of the city at a junction.
    pub(super) fn gate(&self, junction: JunctionNo) -> Option<&str> {
        self.city.gates.iter().find(|gate| gate.junction == junction).map(|gate| gate.id.as_str())
    }

    /// A junction's gate, else the roads that meet there.
    pub(super) fn junction_name(&self, junction: JunctionNo) -> Name {
        if let Some(gate) = self.city.gates.iter().find(|gate| gate.junction == junction) {
            return name(format!("{} {}", gate.id, gate.name.zh), format!("{} {}", gate.id, gate.name.en));
        }
        let mut roads: Vec<Name> = Vec::new();
        for link in self.graph.ways_out(junction) {
            let road = self.road_name(link.drive / 2);
            if !road.en.is_empty() && !roads.contains(&road) {
                roads.push(road);
            }
        }
        match roads.as_slice() {
            [] => name("无名路口", "unnamed junction"),
            [one] => one.clone(),
            [one, other, ..] => name(format!("{}与{}路口", one.zh, other.zh), format!("{} and {}", one.en, other.en)),
        }
    }

    /// A road's name.
    pub(super) fn road_name(&self, edge: EdgeNo) -> Name {
        self.city.roads.edges().get(edge as usize).map(|edge| Name::from(edge.name)).unwrap_or_default()
    }

    /// The road nearest to a place.
    pub(super) fn road_at(&self, at: LatLng) -> Name {
        let near = self.city.roads.nearest_junction(at);
        near.and_then(|junction| self.graph.ways_out(junction).first()).map(|link| self.road_name(link.drive / 2)).unwrap_or_default()
    }
}
