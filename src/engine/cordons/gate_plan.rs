//! Standing plans: gates that are closed together, laid down in advance.

use serde::{Deserialize, Serialize};

use super::CORDON_NAME_CHARS_MAX;
use crate::{
    cordon::NEED_MAX,
    engine::Roads,
    geodesy::{LatLng, haversine_m},
    model::{GatePlanId, Name, OrgId, UnitId, ZoneId},
    roads::JunctionNo,
};

/// The most standing plans.
pub const GATE_PLANS_MAX: usize = 1_000;
/// The most gates of one.
pub const GATES_MAX: usize = 1_000;
/// A gate that is farther than this from every junction is none, metres.
pub const TO_JUNCTION_M_MAX: f64 = 200.0;
/// The standing plan that a city with gates has from the start.
pub const CITY_GATES: &str = "city-gates";

/// A gate of the city: where a road crosses the ring and can be closed.
#[derive(Debug, Clone, PartialEq)]
pub struct CityGate {
    /// Its id.
    pub id: ZoneId,
    /// Its name.
    pub name: Name,
    /// Where it is.
    pub at: LatLng,
    /// Which way its road leads out, degrees clockwise from north.
    pub bearing_deg: f64,
    /// Its junction.
    pub junction: JunctionNo,
}

/// A gate of a standing plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanGate {
    /// Where it is: at the nearest junction.
    pub at: LatLng,
    /// The city's gate that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<ZoneId>,
    /// How many units hold it.
    pub need: u8,
    /// Whose duty it is; whoever is nearest where this one is not free, and beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
}

/// A standing plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatePlan {
    /// Its id.
    pub id: GatePlanId,
    /// Its name.
    pub name: Name,
    /// Its gates.
    pub gates: Vec<PlanGate>,
    /// Whose it is; the city's where none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
}

/// What is wrong with a standing plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GatePlanError {
    /// None or too many.
    #[error("{0} gates are wrong: give 1 to {GATES_MAX}")]
    Count(usize),
    /// The name is empty or too long.
    #[error("name `{0}` is wrong: give 1 to {CORDON_NAME_CHARS_MAX} characters without control characters in each language")]
    Name(String),
    /// No junction near.
    #[error("gate {n} at {lat}, {lon} is off the roads: give a place within {TO_JUNCTION_M_MAX} m of a junction", lat = .at.lat_deg(), lon = .at.lng_deg())]
    OffRoads {
        /// Which, from 0.
        n: usize,
        /// Where.
        at: LatLng,
    },
    /// Two gates are one.
    #[error("gates {first} and {second} are at one junction: give each once, with the units that it needs")]
    Twice {
        /// The one, from 0.
        first: usize,
        /// The other.
        second: usize,
    },
    /// So many units hold no gate.
    #[error("gate {n} needs {need} units: give 1 to {NEED_MAX}")]
    Need {
        /// Which, from 0.
        n: usize,
        /// How many.
        need: u8,
    },
    /// One unit has two duties.
    #[error("unit `{unit}` has two gates: give it one")]
    UnitTwice {
        /// Which.
        unit: UnitId,
    },
}

impl GatePlanError {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Name(_) => "name",
            Self::Count(_) | Self::Twice { .. } => "gates",
            Self::OffRoads { .. } => "at",
            Self::Need { .. } => "need",
            Self::UnitTwice { .. } => "unit",
        }
    }
}

impl Roads {
    /// The junction that is meant by a place: the nearest, within [`TO_JUNCTION_M_MAX`].
    #[must_use]
    pub fn junction_at(&self, at: LatLng) -> Option<JunctionNo> {
        let junction = self.network.nearest_junction(at)?;
        let is_near = |there: LatLng| haversine_m(at, there) <= TO_JUNCTION_M_MAX;
        self.network.junctions().get(junction as usize).filter(|there| is_near(*there)).map(|_| junction)
    }
}

/// Checks the name of a plan or a cordon.
pub(super) fn wrong_name(name: &Name) -> Option<String> {
    let is_wrong = |text: &&String| {
        let length = text.chars().count();
        length == 0 || length > CORDON_NAME_CHARS_MAX || text.chars().any(char::is_control)
    };
    [&name.zh, &name.en].into_iter().find(is_wrong).map(|wrong| wrong.chars().take(CORDON_NAME_CHARS_MAX).collect())
}

impl GatePlan {
    /// The plan of the city's own gates.
    pub(super) fn of_city(gates: &[CityGate]) -> Option<Self> {
        let gate = |gate: &CityGate| PlanGate { at: gate.at, gate: Some(gate.id.clone()), need: 1, unit: None };
        Some(Self {
            id: CITY_GATES.parse().ok().filter(|_| !gates.is_empty())?,
            name: Name { zh: "关城门".to_owned(), en: "Close the city gates".to_owned() },
            gates: gates.iter().map(gate).collect(),
            org: None,
        })
    }

    /// Checks what the fields mean on these roads.
    ///
    /// # Errors
    /// [`GatePlanError`] names the first that is wrong.
    pub fn check(&self, roads: &Roads) -> Result<(), GatePlanError> {
        if let Some(wrong) = wrong_name(&self.name) {
            return Err(GatePlanError::Name(wrong));
        }
        if self.gates.is_empty() || self.gates.len() > GATES_MAX {
            return Err(GatePlanError::Count(self.gates.len()));
        }
        let (mut junctions, mut units) = (std::collections::HashMap::new(), std::collections::HashSet::new());
        for (n, gate) in self.gates.iter().enumerate() {
            if !(1..=NEED_MAX).contains(&gate.need) {
                return Err(GatePlanError::Need { n, need: gate.need });
            }
            let junction = roads.junction_at(gate.at).ok_or(GatePlanError::OffRoads { n, at: gate.at })?;
            if let Some(first) = junctions.insert(junction, n) {
                return Err(GatePlanError::Twice { first, second: n });
            }
            if let Some(unit) = gate.unit.as_ref().filter(|unit| !units.insert(*unit)) {
                return Err(GatePlanError::UnitTwice { unit: unit.clone() });
            }
        }
        Ok(())
    }

    /// Its gates with their junctions; those that are off the roads are left out.
    pub(super) fn junctions<'a>(&'a self, roads: &'a Roads) -> impl Iterator<Item = (JunctionNo, &'a PlanGate)> {
        self.gates.iter().filter_map(|gate| Some((roads.junction_at(gate.at)?, gate)))
    }
}
