//! What a cordon is, as it is asked for and as the journal keeps it.

use serde::{Deserialize, Serialize};

use super::Suspect;
use crate::{
    cordon::{Objective, RINGS_MAX},
    geodesy::LatLng,
    model::{CordonId, GatePlanId, KindSet, Name, OrderId, OrgId, Timestamp, UnitId, UnitKind, ZoneId},
    roads::JunctionNo,
};

/// The most places where he may have been seen.
pub const STARTS_MAX: usize = 16;
/// The longest since he was seen, seconds.
pub const SEEN_S_MAX: u32 = 6 * 3_600;
/// The most that he may outrun the paces by, times.
pub const FASTER_MAX: f64 = 5.0;
/// The longest margin, and the longest that it takes to set up, seconds.
pub const SPARE_S_MAX: u32 = 1_800;
/// The farthest that he may be kept within, metres.
pub const RADIUS_M_MAX: f64 = 100_000.0;
/// The most units of an organisation that can be told to stay behind.
pub const RESERVE_MAX: u32 = 1_000;
/// The most guards of a cordon.
pub const GUARDS_MAX: usize = 1_000;
/// The most cordons that run at once.
pub const CORDONS_MAX: usize = 100;
/// How many cordons that are over are kept: the last ones.
pub const CORDONS_ENDED_MAX: usize = 1_000;
/// The most characters of a name, in each language.
pub const CORDON_NAME_CHARS_MAX: usize = 100;

/// Where he was seen, and when.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Where.
    pub at: LatLng,
    /// When.
    pub time: Timestamp,
}

/// What he must not come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Protect {
    /// All that the city's gates separate from where he was seen. False says nothing and is refused.
    Gates(bool),
    /// All outside of a zone.
    Zone(ZoneId),
    /// All that is farther than this, straight, from wherever he may have been seen, metres.
    RadiusM(f64),
}

/// Who is sought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hunt {
    /// Where he was seen: in one of these places. A new sighting takes the place of all.
    pub starts: Vec<Seen>,
    /// How he goes.
    pub suspect: Suspect,
    /// By how much he outruns the paces, 1 at least.
    pub faster: f64,
    /// What he must not come to.
    pub protect: Protect,
    /// A unit is ready so long before he comes, milliseconds.
    pub margin_ms: u32,
}

/// Who may be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Force {
    /// Of these kinds.
    pub kinds: KindSet,
    /// Of these organisations and those below them; of any when there is none.
    pub orgs: Vec<OrgId>,
    /// So many available units of each organisation stay behind: those that are farthest.
    pub reserve: u32,
    /// Under blue light.
    pub urgent: bool,
    /// How long it takes to set up, milliseconds.
    pub set_up_ms: u32,
    /// How many units hold a junction of a ring road or motorway; any other takes one.
    pub wide: u8,
    /// How many times as many hold each ring, the innermost first; once where nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strength: Vec<u8>,
}

impl Default for Force {
    /// Cars, motorcycles and officers on foot, under blue light. Posts and volunteers stay where they are.
    fn default() -> Self {
        let kinds = [UnitKind::PatrolCar, UnitKind::ArmedCar, UnitKind::Motorcycle, UnitKind::Foot].into_iter().collect();
        Self { kinds, orgs: Vec::new(), reserve: 0, urgent: true, set_up_ms: 30_000, wide: 1, strength: Vec::new() }
    }
}

/// One unit at one junction, as somebody wants it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// The junction.
    pub junction: JunctionNo,
    /// Where it is: on other roads the junction is the nearest to this.
    pub at: LatLng,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Name>,
    /// The city's gate that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<ZoneId>,
    /// Of which ring, the innermost being 1.
    pub ring: u8,
    /// Who holds it.
    pub unit: UnitId,
    /// When the unit should be ready.
    pub due: Timestamp,
}

/// One unit at one junction, and its order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posted {
    /// Where, and who.
    pub post: Post,
    /// The order that sends it there.
    pub order: OrderId,
}

/// A cordon as it was ordered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CordonSpec {
    /// Its id.
    pub id: CordonId,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Who is sought; nobody where gates are closed without a suspect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hunt: Option<Hunt>,
    /// Who may be sent.
    pub force: Force,
    /// What its plan was best at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Objective>,
    /// The standing plan that it was run from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate_plan: Option<GatePlanId>,
    /// Whose it is; the city's where none. Those whose units hold it see it too, and do not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
}

/// What is wrong with what is asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AskError {
    /// None or too many.
    #[error("{0} starts are wrong: give 1 to {STARTS_MAX} places where he may have been seen")]
    Starts(usize),
    /// Seen in the future or too long ago.
    #[error("seen_s_ago {0} is out of range: give seconds from 0 to {SEEN_S_MAX}")]
    SeenAgo(f64),
    /// No road near.
    #[error(
        "no road that he may use is near {lat}, {lon}: give a place within {max_m} m of one",
        lat = .at.lat_deg(), lon = .at.lng_deg(), max_m = crate::engine::TO_ROAD_M_MAX
    )]
    NoRoad {
        /// Where.
        at: LatLng,
    },
    /// He is too slow or too fast.
    #[error("faster {0} is out of range: give how many times as fast as everybody he may be, 1 to {FASTER_MAX}")]
    Faster(f64),
    /// Too long.
    #[error("{field} {value} is out of range: give seconds from 0 to {SPARE_S_MAX}")]
    Spare {
        /// Which.
        field: &'static str,
        /// What was given.
        value: f64,
    },
    /// Not a protection.
    #[error("gates is false: give true, or a zone or a radius_m in its place")]
    NotGates,
    /// The city has no gates.
    #[error("the city has no gates: protect what is outside of a zone or a radius")]
    NoGates,
    /// There is a way round.
    #[error("the city's gates separate nothing from where he was seen: protect what is outside of a zone or a radius")]
    NotSeparated,
    /// No such zone.
    #[error("there is no zone `{0}` that stands still: /v1/zones lists the zones")]
    Zone(ZoneId),
    /// He is out already.
    #[error("he was seen outside of zone `{0}`: give a zone around where he was seen")]
    Outside(ZoneId),
    /// Nothing is outside.
    #[error("no road leads out of there: give what he can come to")]
    NothingProtected,
    /// A radius out of range.
    #[error("radius_m {0} is out of range: give metres above 0, at most {RADIUS_M_MAX}")]
    Radius(f64),
    /// Who flies holds nothing.
    #[error("{0} flies and cannot hold a junction: give kinds that go along roads")]
    Flies(UnitKind),
    /// Nobody may be used.
    #[error("no kind of unit is given: give one at least")]
    NoKinds,
    /// No such organisation.
    #[error("there is no organisation `{0}`: /v1/city lists them")]
    Organisation(OrgId),
    /// Too many stay behind.
    #[error("reserve {0} is out of range: give 0 to {RESERVE_MAX} units of each organisation")]
    Reserve(u32),
    /// A junction takes so many.
    #[error("wide {0} is out of range: give 1 to {max} units", max = crate::cordon::NEED_MAX)]
    Wide(u8),
    /// A ring takes so many times as many.
    #[error("strength {0:?} is wrong: give 1 to {max} times for each of 1 to {RINGS_MAX} rings", max = crate::cordon::NEED_MAX)]
    Strength(Vec<u8>),
    /// Rings.
    #[error("rings {0} is out of range: give 1 to {RINGS_MAX}")]
    Rings(u8),
}

impl AskError {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Starts(_) | Self::NoRoad { .. } => "starts",
            Self::SeenAgo(_) => "seen_s_ago",
            Self::Faster(_) => "faster",
            Self::Spare { field, .. } => field,
            Self::NotGates | Self::NoGates | Self::NotSeparated | Self::NothingProtected => "protect",
            Self::Zone(_) | Self::Outside(_) => "zone",
            Self::Radius(_) => "radius_m",
            Self::Flies(_) | Self::NoKinds => "kinds",
            Self::Organisation(_) => "orgs",
            Self::Reserve(_) => "reserve",
            Self::Wide(_) => "wide",
            Self::Strength(_) => "strength",
            Self::Rings(_) => "rings",
        }
    }
}

impl Hunt {
    /// Checks what can be checked without the roads.
    ///
    /// # Errors
    /// [`AskError`] names the first field that is wrong.
    pub fn check(&self, now: Timestamp) -> Result<(), AskError> {
        if self.starts.is_empty() || self.starts.len() > STARTS_MAX {
            return Err(AskError::Starts(self.starts.len()));
        }
        for Seen { time, .. } in &self.starts {
            let ago_ms = now.ms_since(*time);
            if !(0..=i64::from(SEEN_S_MAX) * 1_000).contains(&ago_ms) {
                return Err(AskError::SeenAgo(ago_ms as f64 / 1_000.0));
            }
        }
        if !(1.0..=FASTER_MAX).contains(&self.faster) {
            return Err(AskError::Faster(self.faster));
        }
        spare("margin_s", self.margin_ms)?;
        match self.protect {
            Protect::Gates(false) => Err(AskError::NotGates),
            Protect::RadiusM(radius_m) if !(radius_m > 0.0 && radius_m <= RADIUS_M_MAX) => Err(AskError::Radius(radius_m)),
            Protect::Gates(true) | Protect::Zone(_) | Protect::RadiusM(_) => Ok(()),
        }
    }

    /// When he was seen first: where a clock of his begins.
    #[must_use]
    pub fn zero(&self) -> Timestamp {
        self.starts.iter().map(|seen| seen.time).min().unwrap_or_default()
    }
}

impl Force {
    /// Checks what can be checked without the city.
    ///
    /// # Errors
    /// [`AskError`] names the first field that is wrong.
    pub fn check(&self) -> Result<(), AskError> {
        if let Some(flies) = self.kinds.iter().find(|kind| kind.flies()) {
            return Err(AskError::Flies(flies));
        }
        if self.kinds.is_empty() {
            return Err(AskError::NoKinds);
        }
        if self.reserve > RESERVE_MAX {
            return Err(AskError::Reserve(self.reserve));
        }
        if !(1..=crate::cordon::NEED_MAX).contains(&self.wide) {
            return Err(AskError::Wide(self.wide));
        }
        let is_wrong = |times: &u8| !(1..=crate::cordon::NEED_MAX).contains(times);
        if self.strength.len() > usize::from(RINGS_MAX) || self.strength.iter().any(is_wrong) {
            return Err(AskError::Strength(self.strength.clone()));
        }
        spare("set_up_s", self.set_up_ms)
    }

    /// How many times as many hold a ring, the innermost being 1.
    #[must_use]
    pub fn times(&self, ring: u8) -> u8 {
        self.strength.get(usize::from(ring.saturating_sub(1))).copied().unwrap_or(1)
    }
}

pub(super) fn spare(field: &'static str, ms: u32) -> Result<(), AskError> {
    if ms > SPARE_S_MAX * 1_000 { Err(AskError::Spare { field, value: f64::from(ms) / 1_000.0 }) } else { Ok(()) }
}
