//! Which few idle units to shift where, so that the promise is kept for more of the city?
//!
//! Units come to where they are missed from near by: for each post the nearest idle units are considered, the first of all posts
//! before the second of any. The choice among them is that of [`Coverage::move_up`].

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{
    App, body,
    coverage::{Kept, ShareJson, internal, limit_of},
    problem::{Problem, ProblemDocument},
    question::{Asked, write},
};
use crate::{
    engine::SeenWorld,
    geodesy::{LatLng, haversine_m},
    model::{KindSet, Layer, Purpose, Timestamp, UnitId, UnitKind, UnitNo},
    reach::{Coverage, Hole, LIMIT_MS_MAX, MOVES_MAX, MoveUp, Plan, ReachError, Share, Source},
    roads::{NEVER, RoadPlace, Search, Travel},
};

/// Moves when nothing is said.
pub const MOVES_DEFAULT: usize = 3;
/// Within how many seconds whoever moves is there, when nothing is said.
pub const WITHIN_S_DEFAULT: f64 = 600.0;
/// The most idle units that are considered.
pub const UNITS_CONSIDERED_MAX: usize = 60;
/// The most posts that are considered: the middles of the worst holes first.
pub const POSTS_CONSIDERED_MAX: usize = 160;
/// The most holes among them.
pub const HOLES_CONSIDERED_MAX: usize = 60;
/// A post that is farther than this from every road is none, metres.
const TO_ROAD_M_MAX: f64 = 350.0;

/// Which units to shift where?
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveUpAsk {
    /// At most so many moves: 1 to 20, 3 when not given.
    #[serde(default)]
    moves: Option<usize>,
    /// The promise: somebody within 1, 3 or 5 minutes; 3 when not given.
    #[serde(default)]
    limit_min: Option<u8>,
    /// Whoever moves is there within so many seconds, moving off included: 1 to 3600, 600 when not given.
    #[serde(default)]
    within_s: Option<f64>,
    /// The kinds that may be moved; cars and motorcycles when not given.
    #[serde(default)]
    #[schema(value_type = Option<Vec<UnitKind>>)]
    kinds: Option<KindSet>,
    /// Only to posts in zones of this layer.
    #[serde(default)]
    layer: Option<Layer>,
}

/// The question, checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// At most so many moves.
    pub moves: usize,
    /// The place of the promise among the limits of the coverage.
    pub limit: usize,
    /// Whoever moves is there within this, milliseconds.
    pub within_ms: u32,
    /// The kinds that may be moved.
    pub kinds: KindSet,
    /// Only to posts in zones of this layer.
    pub layer: Option<Layer>,
}

impl MoveUpAsk {
    /// Checks the question.
    ///
    /// # Errors
    /// A 400 problem names the field, the value and what is right.
    pub fn wanted(&self) -> Result<Wanted, Problem> {
        let moves = self.moves.unwrap_or(MOVES_DEFAULT);
        if !(1..=MOVES_MAX).contains(&moves) {
            return Err(Problem::out_of_range("moves", &moves.to_string(), &format!("a whole number from 1 to {MOVES_MAX}")));
        }
        let limit_min = self.limit_min.unwrap_or(3).to_string();
        let limit = limit_of(&limit_min).ok_or_else(|| Problem::out_of_range("limit_min", &limit_min, "1, 3 or 5"))?;
        let within_s = self.within_s.unwrap_or(WITHIN_S_DEFAULT);
        let most_s = f64::from(LIMIT_MS_MAX) / 1_000.0;
        if !(1.0..=most_s).contains(&within_s) {
            return Err(Problem::out_of_range("within_s", &within_s.to_string(), &format!("1 to {most_s} seconds")));
        }
        let vehicles = || [UnitKind::PatrolCar, UnitKind::ArmedCar, UnitKind::Motorcycle].into_iter().collect();
        let within_ms = (within_s * 1_000.0).round() as u32;
        Ok(Wanted { moves, limit, within_ms, kinds: self.kinds.unwrap_or_else(vehicles), layer: self.layer })
    }
}

/// A unit shifted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MoveJson {
    #[schema(value_type = String)]
    unit: UnitId,
    callsign: String,
    kind: UnitKind,
    /// Where it is on the roads: `{"lat", "lon"}`.
    #[schema(value_type = Object)]
    from: LatLng,
    /// Its post.
    #[schema(value_type = Object)]
    to: LatLng,
    /// When it is there, moving off included, seconds.
    there_s: f64,
    /// Road reached after it that was not before, less what was and is not any more, after the moves before it, metres.
    gain_m: f64,
    /// Its way: longitude and latitude.
    line: Vec<[f64; 2]>,
}

/// The answer: what is reached of the city's roads, and the moves.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MoveUpJson {
    #[schema(value_type = String, format = DateTime)]
    server_time: Timestamp,
    /// The promise, seconds.
    limit_s: f64,
    before: ShareJson,
    /// When all have moved.
    after: ShareJson,
    /// No moves of the units and posts considered reach more than this.
    bound: ShareJson,
    /// The one that gains most first.
    moves: Vec<MoveJson>,
    /// How many units and posts were considered.
    units: usize,
    posts: usize,
}

/// The moves that may be made, in a coverage where whoever is ordered to move up already counts where it will be.
#[derive(Debug)]
pub struct Scene {
    /// The coverage.
    pub coverage: Coverage,
    /// Who may be moved.
    pub units: Vec<u32>,
    /// Where to.
    pub posts: Vec<RoadPlace>,
    wanted: Wanted,
}

impl Scene {
    /// Looks for posts (the middles of the worst holes, then `stands`) and for units that are idle near them. Linear in the units times the
    /// posts: some milliseconds for the sample city.
    ///
    /// # Errors
    /// None but a fault of the server's own.
    pub fn new(world: &SeenWorld<'_>, kept: &Kept, stands: &[LatLng], wanted: Wanted) -> Result<Self, ReachError> {
        let mut scene = Self { coverage: kept.coverage.clone(), units: Vec::new(), posts: Vec::new(), wanted };
        let idle = scene.idle(world, &kept.units)?;
        scene.posts = scene.posts(world, kept, stands);
        let position = |place: RoadPlace| world.roads().network.position(place);
        let near: Vec<Vec<(f64, u32)>> = scene.posts.iter().filter_map(|post| Some(nearest(position(*post)?, &idle))).collect();
        let mut taken = HashSet::new();
        let by_round = (0..UNITS_CONSIDERED_MAX).flat_map(|round| near.iter().filter_map(move |units| units.get(round)));
        scene.units = by_round.map(|(_, who)| *who).filter(|who| taken.insert(*who)).take(UNITS_CONSIDERED_MAX).collect();
        Ok(scene)
    }

    /// The units that have nothing to do, and where they are. Whoever has a place to go to is put there.
    fn idle(&mut self, world: &SeenWorld<'_>, senders: &[u32]) -> Result<Vec<(u32, LatLng)>, ReachError> {
        let (roads, mut idle, mut moved) = (world.roads(), Vec::new(), Vec::new());
        for who in senders {
            let (Some(source), Some(unit)) = (self.coverage.unit(*who), world.unit_by_no(UnitNo(*who))) else { continue };
            match world.order_of(UnitNo(*who)) {
                Some(order) if order.spec.purpose == Purpose::MoveUp => {
                    let place = roads.snapper.nearest(order.spec.to, TO_ROAD_M_MAX, |edge| self.is_open(source.travel, edge));
                    moved.extend(place.map(|(place, _)| Source { place, ..source }));
                }
                Some(_) => {}
                None if self.wanted.kinds.contains(unit.spec.kind) => {
                    idle.extend(roads.network.position(source.place).map(|at| (*who, at)))
                }
                None => {}
            }
        }
        self.coverage.put_all(&moved)?;
        Ok(idle)
    }

    fn is_open(&self, travel: Travel, edge: u32) -> bool {
        [0, 1].iter().any(|way| self.coverage.costs().of(travel).get((2 * edge + way) as usize).is_some_and(|cost| *cost != NEVER))
    }

    fn posts(&self, world: &SeenWorld<'_>, kept: &Kept, stands: &[LatLng]) -> Vec<RoadPlace> {
        let middle = |hole: Hole| {
            let middle = h3o::LatLng::from(kept.cell(hole.group)?);
            LatLng::new(middle.lat(), middle.lng()).ok()
        };
        let holes = self.coverage.holes(self.wanted.limit, kept.cell_groups(), HOLES_CONSIDERED_MAX).into_iter().filter_map(middle);
        let mut zones = Vec::new();
        let is_in_layer = |at: &LatLng| {
            self.wanted.layer.is_none_or(|layer| {
                kept.geography.zones_at(*at, &mut zones);
                zones.iter().any(|no| kept.geography.zone_by_no(*no).is_some_and(|zone| zone.layer == layer))
            })
        };
        let on_roads = |at: LatLng| Some(world.roads().snapper.nearest(at, TO_ROAD_M_MAX, |edge| self.is_open(Travel::UrgentCar, edge))?.0);
        let mut taken = HashSet::new();
        let places = holes.chain(stands.iter().copied()).filter(is_in_layer).filter_map(on_roads);
        places.filter(|place| taken.insert(*place)).take(POSTS_CONSIDERED_MAX).collect()
    }

    /// The plan.
    ///
    /// # Errors
    /// None but a fault of the server's own.
    pub fn plan(&self) -> Result<Plan, ReachError> {
        self.coverage.move_up(&MoveUp {
            units: &self.units,
            posts: &self.posts,
            most_moves: self.wanted.moves,
            limit_ms: self.limit_ms(),
            within_ms: self.wanted.within_ms,
        })
    }

    fn limit_ms(&self) -> u32 {
        self.coverage.limits_ms().get(self.wanted.limit).copied().unwrap_or_default()
    }

    fn moves(&self, world: &SeenWorld<'_>, plan: &Plan) -> Vec<MoveJson> {
        let (roads, mut search) = (world.roads(), Search::default());
        let mut shown = |step: &crate::reach::Move| {
            let (source, to) = (self.coverage.unit(step.who)?, *self.posts.get(step.post)?);
            let unit = world.unit_by_no(UnitNo(step.who))?;
            let costs = self.coverage.costs();
            let route = search.route(&roads.network, &roads.graph, costs, source.travel, source.place, to)?;
            Some(MoveJson {
                unit: unit.spec.id.clone(),
                callsign: unit.spec.callsign.to_string(),
                kind: unit.spec.kind,
                from: roads.network.position(source.place)?,
                to: roads.network.position(to)?,
                there_s: f64::from(step.there_ms) / 1_000.0,
                gain_m: (step.gain_m * 10.0).round() / 10.0,
                line: route.line(&roads.network).iter().map(|at| [at.lng_deg(), at.lat_deg()]).collect(),
            })
        };
        plan.moves.iter().filter_map(&mut shown).collect()
    }
}

/// The units that are nearest to a place as the crow flies, nearest first: as many as may be considered.
fn nearest(at: LatLng, idle: &[(u32, LatLng)]) -> Vec<(f64, u32)> {
    let mut near: Vec<(f64, u32)> = idle.iter().map(|(who, there)| (haversine_m(at, *there), *who)).collect();
    let by_distance = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if near.len() > UNITS_CONSIDERED_MAX {
        near.select_nth_unstable_by(UNITS_CONSIDERED_MAX, by_distance);
        near.truncate(UNITS_CONSIDERED_MAX);
    }
    near.sort_unstable_by(by_distance);
    near
}

/// Which few idle units to shift where, so that more of the city's road is reached in time, and how much more there is to gain at
/// most. Idle is who is available, live, on a road and without an open order; whoever is ordered to move up counts where it
/// goes to. Posts are the middles of the worst holes, street posts and service stations. It changes nothing: order the moves with
/// `POST /v1/orders`.
#[utoipa::path(post, path = "/v1/move-up", tag = "roads", request_body = MoveUpAsk,
    responses((status = 200, body = MoveUpJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn move_up(app: &App, asked: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let wanted = body::parse_json::<MoveUpAsk>(asked.body)?.wanted()?;
    let (seen, now) = (app.seen(asked.pass), app.bus.now());
    let kept = app.covered(asked.pass).map_err(internal)?;
    let scene = Scene::new(&seen, &kept, app.city.stands(), wanted).map_err(internal)?;
    // Others may have it while the moves are chosen.
    drop(kept);
    let plan = scene.plan().map_err(internal)?;
    let share = |reached_m: f64| ShareJson::of(&Share { reached_m, total_m: plan.total_m });
    let answer = MoveUpJson {
        server_time: now,
        limit_s: f64::from(scene.limit_ms()) / 1_000.0,
        before: share(plan.before_m),
        after: share(plan.after_m),
        bound: share(plan.bound_m),
        moves: scene.moves(&seen, &plan),
        units: scene.units.len(),
        posts: scene.posts.len(),
    };
    write(out, &answer)
}
