//! Cordons and plans as JSON. All seconds are from now, and may be below 0.

use std::collections::HashSet;

use geo::{Coord, MapCoords, MultiPolygon};
use serde::Serialize;

use super::{desk::Desk, strength::StrengthJson};
use crate::{
    cordon::Objective,
    engine::{
        CordonEnd, CordonState, CordonView, Force, GateState, GateView, Hunt, Leak, LostWhy, PlanAnswer, Planned, PlannedGuard,
        PlannedPartial, Protect, SeenWorld, Suspect,
    },
    geodesy::LatLng,
    model::{CordonId, GatePlanId, Name, OrderId, OrgId, Timestamp, UnitId, UnitKind, ZoneId, ZoneShape},
    roads::JunctionNo,
};

/// Degrees are given to 0.1 m.
const GRAINS_A_DEG: f64 = 1e6;

/// Longitude and latitude of each point.
pub type LineJson = Vec<[f64; 2]>;

fn grain(deg: f64) -> f64 {
    (deg * GRAINS_A_DEG).round() / GRAINS_A_DEG
}

/// A line for a map.
pub fn line(points: impl IntoIterator<Item = LatLng>) -> LineJson {
    points.into_iter().map(|at| [grain(at.lng_deg()), grain(at.lat_deg())]).collect()
}

/// An area for a map; none where there is none.
pub fn area(area: &MultiPolygon<f64>) -> Option<ZoneShape> {
    (!area.0.is_empty()).then(|| ZoneShape::Polygon(area.map_coords(|Coord { x, y }| Coord { x: grain(x), y: grain(y) })))
}

/// From now to an instant, seconds.
pub fn seconds(now: Timestamp, at: Timestamp) -> f64 {
    at.ms_since(now) as f64 / 1_000.0
}

fn of_ms(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

/// One unit at one junction of a plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PlannedGuardJson {
    junction: JunctionNo,
    /// `{"lat", "lon"}`.
    #[schema(value_type = Object)]
    at: LatLng,
    /// Which way the road leads out, degrees clockwise from north.
    bearing_deg: Option<f64>,
    place: Option<Name>,
    /// The city's gate that it is.
    #[schema(value_type = Option<String>)]
    gate: Option<ZoneId>,
    /// The innermost is 1.
    ring: u8,
    #[schema(value_type = String)]
    unit: UnitId,
    callsign: String,
    kind: UnitKind,
    /// When it is ready.
    unit_s: f64,
    /// The earliest that he comes there; null where he cannot.
    suspect_s: Option<f64>,
    /// The one from the other.
    slack_s: Option<f64>,
    /// Its way: longitude and latitude.
    #[schema(value_type = Vec<Vec<f64>>)]
    line: LineJson,
}

/// A plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PlanJson {
    objective: Objective,
    /// When the last guard of the inner ring is ready.
    closed_s: f64,
    units: usize,
    /// The junctions that he can be at.
    enclosed_junctions: usize,
    enclosed_road_m: u64,
    /// What the objective counts: milliseconds since he was seen, metres enclosed, units, or the price of both.
    value: u64,
    /// No plan has less.
    bound: u64,
    optimal: bool,
    /// The least of its guards.
    slack_s: Option<f64>,
    /// Whether it holds when he is a tenth faster than was said.
    if_10_percent_faster: bool,
    /// Whether it holds when every unit is half a minute later.
    if_30_s_more: bool,
    /// It holds when every unit is later by so much, at most an hour, and not when it is by a millisecond more.
    spare_s: Option<f64>,
    /// It holds when he is so much faster, and not by one percent more.
    spare_percent: Option<u32>,
    /// How many rings it has.
    rings: u8,
    /// By ring, the innermost first.
    strength: Vec<StrengthJson>,
    guards: Vec<PlannedGuardJson>,
    /// The ground that he cannot leave: GeoJSON `Polygon` or `MultiPolygon`.
    #[schema(value_type = Option<Object>)]
    inside: Option<ZoneShape>,
}

/// A junction of a way out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PassedJson {
    junction: JunctionNo,
    /// `{"lat", "lon"}`.
    #[schema(value_type = Object)]
    at: LatLng,
    /// When he is there.
    suspect_s: f64,
    /// When the first unit could be ready there; null where none can.
    first_unit_s: Option<f64>,
}

/// A way out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LeakJson {
    escape: Vec<PassedJson>,
    #[schema(value_type = Vec<Vec<f64>>)]
    line: LineJson,
}

/// Why there is no plan.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ImpossibleJson {
    /// `fence`: on this way he is before everybody at every junction. `search`: every way to share out the units was ruled out, and this
    /// leaks from the best of them.
    proof: &'static str,
    escape: Vec<PassedJson>,
    #[schema(value_type = Vec<Vec<f64>>)]
    line: LineJson,
}

/// What can be closed where no plan holds.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PartialJson {
    guards: Vec<PlannedGuardJson>,
    /// Ways out, the earliest first.
    leaks: Vec<LeakJson>,
}

/// Plans.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PlansJson {
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
    /// How long ago he was seen first.
    now_s: f64,
    plans: Vec<PlanJson>,
    impossible: Option<ImpossibleJson>,
    /// Where there is no plan: guards past whom he comes to as few protected junctions as could be found, and of equals to the first of them as
    /// late; null when nobody is of any use, or the time was over before.
    partial: Option<PartialJson>,
    /// Ways out that share no junction: at least so many units are needed.
    #[schema(value_type = Vec<Vec<Vec<f64>>>)]
    routes: Vec<LineJson>,
}

/// What JSON is written with.
#[derive(Debug)]
pub struct Writer<'a> {
    /// The world as whoever reads it sees it.
    pub seen: &'a SeenWorld<'a>,
    /// What seconds are counted from.
    pub now: Timestamp,
    /// Who may be sent.
    pub force: &'a Force,
}

impl Writer<'_> {
    fn at(&self, junction: JunctionNo) -> LatLng {
        self.seen.roads().network.junctions().get(junction as usize).unwrap_or_default()
    }

    /// A way out.
    #[must_use]
    pub fn leak(&self, leak: &Leak) -> LeakJson {
        let passed = |(junction, suspect, first): &(JunctionNo, Timestamp, Option<Timestamp>)| PassedJson {
            junction: *junction,
            at: self.at(*junction),
            suspect_s: seconds(self.now, *suspect),
            first_unit_s: first.map(|first| seconds(self.now, first)),
        };
        let junctions: Vec<JunctionNo> = leak.passed.iter().map(|(junction, ..)| *junction).collect();
        LeakJson { escape: leak.passed.iter().map(passed).collect(), line: line(self.seen.roads().line_along(&junctions)) }
    }

    fn guard(&self, desk: &mut Desk, guard: &PlannedGuard, inside: &HashSet<JunctionNo>) -> Option<PlannedGuardJson> {
        let unit = self.seen.unit_by_no(guard.unit)?;
        let Desk { ground, search, .. } = desk;
        Some(PlannedGuardJson {
            junction: guard.junction,
            at: self.at(guard.junction),
            bearing_deg: self.seen.bearing_out(guard.junction, inside),
            place: self.seen.junction_name(guard.junction),
            gate: self.seen.gate_at(guard.junction).map(|gate| gate.id.clone()),
            ring: guard.ring,
            unit_s: seconds(self.now, guard.ready),
            suspect_s: guard.suspect.map(|at| seconds(self.now, at)),
            slack_s: guard.slack_ms().map(of_ms),
            line: line(self.seen.way_to(ground, search, &unit, guard.junction, self.force.urgent)),
            unit: unit.spec.id,
            callsign: unit.spec.callsign.to_string(),
            kind: unit.spec.kind,
        })
    }

    fn strength(&self, desk: &mut Desk, is_hunt: bool, guards: impl Iterator<Item = (u8, JunctionNo, GateState)>) -> Vec<StrengthJson> {
        let strength = self.seen.strength(&mut desk.ground, is_hunt.then_some(self.force), &guards.collect::<Vec<_>>());
        strength.into_iter().map(StrengthJson::from).collect()
    }

    /// A plan, where all its guards are seen.
    pub fn plan_if_seen(&self, desk: &mut Desk, plan: &Planned) -> Option<PlanJson> {
        plan.guards.iter().all(|guard| self.seen.unit_by_no(guard.unit).is_some()).then(|| self.plan(desk, plan))
    }

    /// A plan.
    pub fn plan(&self, desk: &mut Desk, plan: &Planned) -> PlanJson {
        let inside: HashSet<JunctionNo> = plan.enclosed.iter().copied().collect();
        let held: HashSet<JunctionNo> = plan.guards.iter().filter(|guard| guard.ring == 1).map(|guard| guard.junction).collect();
        PlanJson {
            objective: plan.objective,
            closed_s: seconds(self.now, plan.closed),
            units: plan.guards.len(),
            enclosed_junctions: plan.enclosed.len(),
            enclosed_road_m: plan.enclosed_m,
            value: plan.value,
            bound: plan.bound,
            optimal: plan.value <= plan.bound,
            slack_s: plan.guards.iter().filter_map(PlannedGuard::slack_ms).min().map(of_ms),
            if_10_percent_faster: plan.tolerance.faster.is_empty(),
            if_30_s_more: plan.tolerance.later.is_empty(),
            spare_s: plan.tolerance.extra_margin_ms.map(|ms| of_ms(i64::from(ms))),
            spare_percent: plan.tolerance.speed_up_percent,
            rings: plan.guards.iter().map(|guard| guard.ring).max().unwrap_or(1),
            strength: self.strength(desk, true, plan.guards.iter().map(|guard| (guard.ring, guard.junction, GateState::Coming))),
            guards: plan.guards.iter().filter_map(|guard| self.guard(desk, guard, &inside)).collect(),
            inside: area(&self.seen.roads().ground_inside(&inside, &held)),
        }
    }

    fn partial(&self, desk: &mut Desk, partial: &PlannedPartial) -> PartialJson {
        let inside: HashSet<JunctionNo> = partial.enclosed.iter().copied().collect();
        PartialJson {
            guards: partial.guards.iter().filter_map(|guard| self.guard(desk, guard, &inside)).collect(),
            leaks: partial.leaks.iter().map(|leak| self.leak(leak)).collect(),
        }
    }

    /// All plans.
    pub fn plans(&self, desk: &mut Desk, answer: &PlanAnswer) -> PlansJson {
        let impossible = answer.impossible.as_ref().map(|(leak, is_fence)| {
            let LeakJson { escape, line } = self.leak(leak);
            ImpossibleJson { proof: if *is_fence { "fence" } else { "search" }, escape, line }
        });
        PlansJson {
            server_time: self.now,
            now_s: -seconds(self.now, answer.zero),
            plans: answer.plans.iter().map(|plan| self.plan(desk, plan)).collect(),
            impossible,
            partial: answer.partial.as_ref().map(|partial| self.partial(desk, partial)),
            routes: answer.routes.iter().map(|route| line(self.seen.roads().line_along(route))).collect(),
        }
    }
}

/// Where he was seen.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeenJson {
    lat: f64,
    lon: f64,
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    seen_s_ago: f64,
}

/// Who could take the place of a guard.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ReplacementJson {
    #[schema(value_type = String)]
    unit: UnitId,
    callsign: String,
    kind: UnitKind,
    /// When it would be ready.
    unit_s: f64,
    slack_s: Option<f64>,
}

/// A gate of a cordon.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GateJson {
    junction: JunctionNo,
    /// `{"lat", "lon"}`.
    #[schema(value_type = Object)]
    at: LatLng,
    bearing_deg: Option<f64>,
    place: Option<Name>,
    #[schema(value_type = Option<String>)]
    gate: Option<ZoneId>,
    ring: u8,
    /// Who holds it; null, as all that is of the unit alone, where whoever asks does not see it.
    #[schema(value_type = Option<String>)]
    unit: Option<UnitId>,
    callsign: Option<String>,
    kind: Option<UnitKind>,
    #[schema(value_type = Option<String>)]
    order: Option<OrderId>,
    state: GateState,
    /// Why its unit is lost.
    why: Option<LostWhy>,
    /// When it was to be ready.
    due_s: f64,
    /// When its unit is ready, or was; null for one that is lost.
    unit_s: Option<f64>,
    /// The earliest that he comes there past the other gates; null where he cannot, or nobody is sought.
    suspect_s: Option<f64>,
    slack_s: Option<f64>,
    /// Who could be there sooner, where it is late or lost.
    replacement: Option<ReplacementJson>,
}

/// A cordon.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Cordon)]
pub struct CordonJson {
    #[schema(value_type = String)]
    id: CordonId,
    name: Option<Name>,
    state: CordonState,
    /// How he goes; null where gates are closed against nobody in particular.
    suspect: Option<Suspect>,
    faster: Option<f64>,
    #[schema(value_type = Option<Object>)]
    protect: Option<Protect>,
    margin_s: Option<f64>,
    starts: Vec<SeenJson>,
    objective: Option<Objective>,
    /// The standing plan that it was run from.
    #[schema(value_type = Option<String>)]
    gate_plan: Option<GatePlanId>,
    /// Whose it is, who may change and end it; null: the city's.
    #[schema(value_type = Option<String>)]
    org: Option<OrgId>,
    #[schema(value_type = String, format = DateTime)]
    ordered_at: Timestamp,
    /// Since when all are there.
    #[schema(value_type = Option<String>, format = DateTime)]
    closed_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Why it is over.
    end: Option<CordonEnd>,
    /// Whether he cannot get out, if all goes on as it does; where nobody is sought, whether all gates are held or will be in time.
    holds: bool,
    /// When the last gate is held, or was; null while one is lost.
    closed_s: Option<f64>,
    gates: Vec<GateJson>,
    /// By ring, the innermost first.
    strength: Vec<StrengthJson>,
    /// Ways out, the earliest first.
    leaks: Vec<LeakJson>,
    /// The ground that he cannot leave: GeoJSON `Polygon` or `MultiPolygon`.
    #[schema(value_type = Option<Object>)]
    inside: Option<ZoneShape>,
    /// What it should be so that it holds again, by the last second's look: who is in time stays. Null when it holds, when nobody is
    /// sought, and when there is no plan.
    pub(super) proposal: Option<PlanJson>,
}

impl Writer<'_> {
    fn gate(&self, view: &GateView, inside: &HashSet<JunctionNo>) -> GateJson {
        let post = &view.posted.post;
        GateJson {
            junction: post.junction,
            at: post.at,
            bearing_deg: self.seen.bearing_out(post.junction, inside),
            place: post.place.clone(),
            gate: post.gate.clone(),
            ring: post.ring,
            unit: view.unit.as_ref().map(|unit| unit.spec.id.clone()),
            callsign: view.unit.as_ref().map(|unit| unit.spec.callsign.to_string()),
            kind: view.unit.as_ref().map(|unit| unit.spec.kind),
            order: view.unit.as_ref().map(|_| view.posted.order.clone()),
            state: view.state,
            why: view.why,
            due_s: seconds(self.now, post.due),
            unit_s: view.ready.map(|at| seconds(self.now, at)),
            suspect_s: view.suspect.map(|at| seconds(self.now, at)),
            slack_s: view.slack_ms.map(of_ms),
            replacement: view.replacement.as_ref().map(|other| ReplacementJson {
                unit: other.unit.spec.id.clone(),
                callsign: other.unit.spec.callsign.to_string(),
                kind: other.unit.spec.kind,
                unit_s: seconds(self.now, other.ready),
                slack_s: other.slack_ms.map(of_ms),
            }),
        }
    }

    /// A cordon, and what it should be.
    pub fn cordon(&self, desk: &mut Desk, view: &CordonView, proposal: Option<PlanJson>) -> CordonJson {
        let (cordon, spec) = (&view.cordon, &view.cordon.spec);
        let inside: HashSet<JunctionNo> = view.enclosed.iter().copied().collect();
        let held: HashSet<JunctionNo> = cordon.guards.iter().map(|posted| posted.post.junction).collect();
        let hunt = spec.hunt.as_ref();
        let seen = |hunt: &Hunt| {
            let one = |seen: &crate::engine::Seen| SeenJson {
                lat: seen.at.lat_deg(),
                lon: seen.at.lng_deg(),
                seen_at: seen.time,
                seen_s_ago: -seconds(self.now, seen.time),
            };
            hunt.starts.iter().map(one).collect()
        };
        let stood = |gate: &GateView| (gate.posted.post.ring, gate.posted.post.junction, gate.state);
        CordonJson {
            id: spec.id.clone(),
            name: spec.name.clone(),
            state: view.state,
            suspect: hunt.map(|hunt| hunt.suspect),
            faster: hunt.map(|hunt| hunt.faster),
            protect: hunt.map(|hunt| hunt.protect.clone()),
            margin_s: hunt.map(|hunt| f64::from(hunt.margin_ms) / 1_000.0),
            starts: hunt.map(seen).unwrap_or_default(),
            objective: spec.objective,
            gate_plan: spec.gate_plan.clone(),
            org: spec.org.clone(),
            ordered_at: cordon.ordered_at,
            closed_at: cordon.closed_at,
            ended_at: cordon.ended.map(|(at, _)| at),
            end: cordon.ended.map(|(_, why)| why),
            holds: view.holds,
            closed_s: view.closed.map(|at| seconds(self.now, at)),
            gates: view.gates.iter().map(|gate| self.gate(gate, &inside)).collect(),
            strength: self.strength(desk, hunt.is_some(), view.gates.iter().map(stood)),
            leaks: view.leaks.iter().map(|leak| self.leak(leak)).collect(),
            // What is not closed has no inside.
            inside: if view.holds { area(&self.seen.roads().ground_inside(&inside, &held)) } else { None },
            proposal,
        }
    }
}
