//! The life of a cordon in the engine: planned, ordered, closed, lost and replaced, sighted, ended, and the same after a replay. Time is an
//! argument, so nothing waits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::sync::Arc;

use citygate::{
    cordon::{Objective, Planner},
    delta::Notice,
    engine::{
        CITY_GATES, CityGate, Command, ContactLimits, Cordon, CordonCommand, CordonEnd, CordonSpec, CordonState, CordonView, Engine, Event,
        Force, GateState, Ground, Hunt, LostWhy, Movement, Organisations, PlanAsk, Planned, Post, Protect, Rejection, Roads, Seen, Sight,
        Suspect, UnitFix, UnitPatch, Wanted, World,
    },
    geodesy::LatLng,
    geography::Geography,
    model::{CordonId, DeviceKind, Fix, Name, OrderState, OrgLevel, Organisation, Status, Timestamp, UnitId, UnitSpec},
    roads::{Paces, RoadClass, RoadEdge, RoadNetwork, Search},
};

const T0: Timestamp = Timestamp::from_unix_ms(1_764_000_000_000);
/// Junctions on each side of the town.
const SIDE: u32 = 9;

fn at(row: u32, column: u32) -> LatLng {
    LatLng::new(22.80 + 0.002 * f64::from(row), 108.30 + 0.002 * f64::from(column)).unwrap()
}

/// Streets in squares of some 200 m; 36 km/h everywhere.
fn town() -> RoadNetwork {
    let no = |row, column| row * SIDE + column;
    let corners = (0..SIDE).flat_map(|row| (0..SIDE).map(move |column| (row, column)));
    let street = |from: (u32, u32), to: (u32, u32)| RoadEdge {
        from: no(from.0, from.1),
        to: no(to.0, to.1),
        class: RoadClass::Street,
        speed_kmh: 36,
        one_way: false,
        bridge: false,
        name: Arc::new(Name { zh: format!("{}路", from.0), en: format!("Road {}", from.1) }),
        shape: [at(from.0, from.1), at(to.0, to.1)].into(),
    };
    let east = corners.clone().filter(|(_, column)| column + 1 < SIDE).map(|(row, column)| street((row, column), (row, column + 1)));
    let north = corners.clone().filter(|(row, _)| row + 1 < SIDE).map(|(row, column)| street((row, column), (row + 1, column)));
    RoadNetwork::new(corners.clone().map(|(row, column)| at(row, column)).collect(), east.chain(north).collect()).unwrap()
}

fn engine() -> Engine {
    let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
    let world = World::new(Organisations::new(vec![top]).unwrap(), Geography::default(), ContactLimits::default());
    let gate = |(n, junction): (u32, u32)| CityGate {
        id: format!("K{n}").parse().unwrap(),
        name: Name { zh: format!("{n}号卡口"), en: format!("Gate {n}") },
        at: at(junction / SIDE, junction % SIDE),
        bearing_deg: 90.0,
        junction,
    };
    let gates = (1..).zip([SIDE / 2, SIDE * SIDE - SIDE / 2 - 1]).map(gate).collect();
    let roads = Roads::new(town(), &Paces::default(), Movement::default());
    Engine::new(Arc::new(world.with_roads(roads).with_gates(gates)))
}

fn id(n: usize) -> UnitId {
    format!("car-{n:02}").parse().unwrap()
}

/// An engine, what was done, and the time.
struct Town {
    engine: Engine,
    journal: Vec<(Timestamp, Event)>,
    now: Timestamp,
    ground: Ground,
    planner: Planner,
    search: Search,
}

impl Town {
    /// Two cars at each corner of the streets that lie three blocks around the middle.
    fn new() -> Self {
        let (ground, planner, search) = (Ground::default(), Planner::default(), Search::default());
        let mut town = Self { engine: engine(), journal: Vec::new(), now: T0, ground, planner, search };
        let edge = |n: u32| n == 1 || n == SIDE - 2;
        let corners: Vec<_> = (1..SIDE - 1).flat_map(|row| (1..SIDE - 1).map(move |column| (row, column))).collect();
        let around = corners.into_iter().filter(|(row, column)| edge(*row) || edge(*column)).map(|(row, column)| at(row, column));
        let places: Vec<_> = around.flat_map(|at| [at, at.offset(20.0, 0.0)]).collect();
        for (n, place) in places.iter().enumerate() {
            let device = format!(r#"[{{"id":"d-{n}","kind":"vehicle_terminal"}}]"#);
            let json = format!(
                r#"{{"id":"{}","callsign":"C-{n}","kind":"patrol_car","org":"city","status":"available","devices":{device}}}"#,
                id(n)
            );
            town.run(Command::RegisterUnit(serde_json::from_str::<UnitSpec>(&json).unwrap())).unwrap();
            town.fix(&id(n), *place);
        }
        town
    }

    fn world(&self) -> Arc<World> {
        self.engine.world().clone()
    }

    fn run(&mut self, command: Command) -> Result<Vec<Event>, Rejection> {
        let events = self.engine.decide(&command)?;
        self.engine.apply(events.iter().map(|event| (self.now, event))).unwrap();
        self.journal.extend(events.iter().cloned().map(|event| (self.now, event)));
        Ok(events)
    }

    fn fix(&mut self, unit: &UnitId, at: LatLng) {
        // A fix must be newer than the last.
        self.now = self.now.plus_ms(1);
        let unit = self.world().unit(unit).unwrap().no;
        let fix = Fix { at, time: self.now, speed_mps: None, heading_deg: None, accuracy_m: None };
        self.engine.fixes(&[UnitFix { unit, device: DeviceKind::VehicleTerminal, fix }], self.now);
        for command in self.engine.proposals() {
            self.run(command).unwrap();
        }
    }

    /// Lets time pass; everybody is heard where he was.
    fn wait(&mut self, seconds: i64) {
        self.now = self.now.plus_ms(seconds * 1_000);
        let (world, mut places) = (self.world(), Vec::new());
        world.for_each_unit(|unit| places.extend(unit.fix.map(|fix| (unit.spec.id.clone(), fix.at))));
        for (unit, at) in places {
            self.fix(&unit, at);
        }
    }

    fn hunt(&self) -> Hunt {
        Hunt {
            starts: vec![Seen { at: at(SIDE / 2, SIDE / 2), time: self.now.plus_ms(-5_000) }],
            suspect: Suspect::Car,
            faster: 1.25,
            protect: Protect::RadiusM(650.0),
            margin_ms: 2_000,
        }
    }

    fn plans(&mut self, rings: u8) -> Vec<Planned> {
        let ask = PlanAsk { hunt: self.hunt(), force: force(), objectives: Objective::ALL.to_vec(), rings, decide_ms: 0 };
        let world = self.world();
        let answer =
            world.seen_by(Sight::ALL).plan(&mut self.ground, &mut self.planner, &ask, self.now, &mut |_| false, &mut |_, _| {}).unwrap();
        assert_eq!((answer.impossible, answer.refused), (None, Vec::new()));
        answer.plans
    }

    fn order(&mut self) -> (CordonId, Vec<Post>) {
        let fewest = self.plans(1).into_iter().find(|plan| plan.objective == Objective::Fewest).unwrap();
        let (id, posts): (CordonId, _) = ("cordon-1".parse().unwrap(), self.world().seen_by(Sight::ALL).posts(&fewest.guards));
        let spec = CordonSpec {
            id: id.clone(),
            name: Some(Name { zh: "围堵".into(), en: "Cordon".into() }),
            hunt: Some(self.hunt()),
            force: force(),
            objective: Some(Objective::Fewest),
            gate_plan: None,
            org: None,
        };
        self.run(Command::Cordon(CordonCommand::Order { cordon: Box::new(spec), posts: posts.clone() })).unwrap();
        (id, posts)
    }

    fn cordon(&self, id: &CordonId) -> Arc<Cordon> {
        self.world().cordon(id).unwrap()
    }

    fn look(&mut self, id: &CordonId) -> CordonView {
        let (world, cordon) = (self.world(), self.cordon(id));
        world.seen_by(Sight::ALL).look(&mut self.ground, &mut self.search, &cordon, self.now)
    }

    fn status(&self, unit: &UnitId) -> Status {
        self.world().unit(unit).unwrap().spec.status
    }
}

fn force() -> Force {
    Force { set_up_ms: 0, ..Force::default() }
}

fn states(view: &CordonView) -> Vec<GateState> {
    view.gates.iter().map(|gate| gate.state).collect()
}

#[test]
fn plans_are_verified_and_rings_stand_one_around_the_other() {
    let mut town = Town::new();
    let plans = town.plans(2);
    assert_eq!(plans.iter().map(|plan| plan.objective).collect::<Vec<_>>(), Objective::ALL);
    let fewest = plans.iter().map(|plan| plan.guards.iter().filter(|guard| guard.ring == 1).count()).min().unwrap();
    let of = |objective| plans.iter().find(|plan| plan.objective == objective).unwrap();
    assert_eq!(of(Objective::Fewest).value, fewest as u64);
    let mut has_outer = false;
    for plan in &plans {
        let units: std::collections::HashSet<_> = plan.guards.iter().map(|guard| guard.unit).collect();
        assert_eq!(units.len(), plan.guards.len(), "nobody twice");
        let inner: Vec<_> = plan.guards.iter().filter(|guard| guard.ring == 1).map(|guard| guard.junction).collect();
        for outer in plan.guards.iter().filter(|guard| guard.ring == 2) {
            has_outer = true;
            assert!(!inner.contains(&outer.junction) && !plan.enclosed.contains(&outer.junction), "outside");
        }
        assert!(plan.guards.iter().all(|guard| guard.slack_ms().is_none_or(|slack| slack >= 2_000)), "{plan:?}");
    }
    assert!(has_outer, "{plans:?}");
}

#[test]
fn a_cordon_is_ordered_closed_and_ended_with_its_orders() {
    let mut town = Town::new();
    let (cordon, posts) = town.order();
    assert_eq!(town.cordon(&cordon).state(), CordonState::Ordered);
    assert!(posts.iter().all(|post| town.status(&post.unit) == Status::Assigned && post.place.is_some()));
    let view = town.look(&cordon);
    assert!(view.holds && view.leaks.is_empty(), "{view:?}");
    assert_eq!(states(&view), vec![GateState::Coming; posts.len()]);

    // They come, one after another.
    town.wait(5);
    for (n, post) in posts.iter().enumerate() {
        town.fix(&post.unit, post.at);
        let all = n + 1 == posts.len();
        assert_eq!(town.cordon(&cordon).state(), if all { CordonState::Closed } else { CordonState::Closing });
    }
    assert_eq!(town.cordon(&cordon).closed_at, Some(town.now));
    let view = town.look(&cordon);
    assert!(view.holds, "{view:?}");
    assert_eq!((states(&view), view.closed), (vec![GateState::Held; posts.len()], Some(town.now)));
    assert!(posts.iter().all(|post| town.status(&post.unit) == Status::OnScene));
    assert!(town.engine.tick(town.now).notices.iter().any(|notice| matches!(notice, Notice::Cordon { id, .. } if *id == cordon)));

    // An hour later it still holds.
    for _ in 0..6 {
        town.wait(600);
    }
    assert!(town.look(&cordon).holds);

    town.run(Command::Cordon(CordonCommand::End(cordon.clone()))).unwrap();
    let ended = town.cordon(&cordon);
    assert_eq!((ended.state(), ended.ended), (CordonState::Ended, Some((town.now, CordonEnd::Ended))));
    assert!(posts.iter().all(|post| town.status(&post.unit) == Status::Available));
    assert!(town.run(Command::Cordon(CordonCommand::End(cordon.clone()))).unwrap().is_empty(), "once is enough");
    let change = Command::Cordon(CordonCommand::Change { id: cordon, posts });
    assert!(town.run(change).unwrap_err().to_string().contains("is over"));
}

#[test]
fn what_was_done_gives_the_same_cordons_again() {
    let mut town = Town::new();
    let (cordon, posts) = town.order();
    town.wait(5);
    for post in &posts {
        town.fix(&post.unit, post.at);
    }
    let seen = Seen { at: at(SIDE / 2, SIDE / 2), time: town.now };
    town.run(Command::Cordon(CordonCommand::Sight { id: cordon.clone(), seen, posts: None })).unwrap();
    let again = |journal: &[(Timestamp, Event)]| {
        let mut engine = engine();
        // As the journal keeps them.
        for (at, event) in journal {
            let event: Event = serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap();
            engine.apply([(*at, &event)]).unwrap();
        }
        engine.world().clone()
    };
    assert_eq!(again(&town.journal).cordon(&cordon), Some(town.cordon(&cordon)));
    assert_eq!(town.cordon(&cordon).state(), CordonState::Closed);

    // Taken away: over when the last has left.
    town.run(Command::Cordon(CordonCommand::Open(cordon.clone()))).unwrap();
    assert_eq!(town.cordon(&cordon).state(), CordonState::Opening);
    for (n, posted) in town.cordon(&cordon).guards.iter().enumerate() {
        assert_eq!(town.cordon(&cordon).state(), CordonState::Opening, "{n}");
        let step = citygate::engine::OrderStep::Ended(citygate::model::OrderEnd::Done);
        town.run(Command::StepOrder { unit: posted.post.unit.clone(), id: posted.order.clone(), step }).unwrap();
    }
    let ended = town.cordon(&cordon);
    assert_eq!(ended.ended, Some((town.now, CordonEnd::Opened)));
    assert_eq!(again(&town.journal).cordon(&cordon), Some(ended));
}

#[test]
fn a_lost_unit_leaks_until_another_takes_its_place() {
    let mut town = Town::new();
    let (cordon, posts) = town.order();
    let before = town.cordon(&cordon);
    let (lost, gate) = (posts[0].unit.clone(), posts[0].junction);
    let alarm = |alarm| UnitPatch { alarm: Some(alarm), ..UnitPatch::default() };
    town.run(Command::EditUnit { id: lost.clone(), patch: alarm(true) }).unwrap();
    let view = town.look(&cordon);
    assert!(!view.holds && !view.leaks.is_empty(), "one of the fewest is missed");
    let red = view.gates.iter().find(|red| red.posted.post.unit == lost).unwrap();
    assert_eq!((red.state, red.why, red.ready), (GateState::Lost, Some(LostWhy::Alarm), None));
    assert!(view.leaks[0].passed.iter().any(|(junction, ..)| *junction == gate));
    let other = red.replacement.clone().expect("somebody is free");
    assert!(posts.iter().all(|post| post.unit != other.unit.spec.id) && other.slack_ms.is_some());

    let wanted: Vec<Wanted> = posts
        .iter()
        .map(|post| Wanted {
            junction: post.junction,
            unit: if post.unit == lost { other.unit.spec.id.clone() } else { post.unit.clone() },
            ring: 1,
        })
        .collect();
    let (world, hunt) = (town.world(), town.hunt());
    let sent = world.seen_by(Sight::ALL).send(&mut town.ground, (Some(&hunt), &force()), Some(&before), &wanted, town.now).unwrap();
    assert!(sent.holds, "{sent:?}");
    let due = sent.posts.iter().find(|post| post.unit == other.unit.spec.id).unwrap().due;
    assert!((due.ms_since(other.ready)).abs() <= 1_000, "as it was proposed");
    town.run(Command::Cordon(CordonCommand::Change { id: cordon.clone(), posts: sent.posts })).unwrap();
    let after = town.cordon(&cordon);
    for posted in after.guards.iter() {
        let kept = before.guards.iter().any(|known| known.order == posted.order);
        assert_eq!(kept, posted.post.unit != other.unit.spec.id, "who stays keeps his order");
    }
    let world = town.world();
    assert!(
        before
            .guards
            .iter()
            .filter(|known| known.post.unit == lost)
            .all(|known| world.order(&known.order).unwrap().state == OrderState::Ended)
    );
    assert!(town.look(&cordon).holds);

    // One who was there and goes away is lost, too.
    town.wait(2);
    let (gone, home) = (posts[1].unit.clone(), posts[1].at);
    town.fix(&gone, home);
    town.wait(2);
    town.fix(&gone, at(0, 0));
    let view = town.look(&cordon);
    let red = view.gates.iter().find(|red| red.posted.post.unit == gone).unwrap();
    assert_eq!((red.state, red.why), (GateState::Lost, Some(LostWhy::Left)));
}

#[test]
fn what_leaks_is_repaired_and_who_is_in_time_stays() {
    let mut town = Town::new();
    let (id, posts) = town.order();
    let mend = |town: &mut Town| {
        let (world, cordon, now) = (town.world(), town.cordon(&id), town.now);
        world.seen_by(Sight::ALL).mend((&mut town.ground, &mut town.planner), &cordon, (now, now), &mut || false)
    };
    assert_eq!(mend(&mut town), None, "it holds");
    let alarm = |unit: &UnitId| Command::EditUnit { id: unit.clone(), patch: UnitPatch { alarm: Some(true), ..UnitPatch::default() } };
    let (lost, gate) = (posts[0].unit.clone(), posts[0].junction);
    town.run(alarm(&lost)).unwrap();
    let planned = mend(&mut town).expect("two cars stand at each corner");
    let now_posted = town.world().seen_by(Sight::ALL).posts(&planned.guards);
    assert!(now_posted.iter().any(|post| post.junction == gate && post.unit != lost), "{now_posted:?}");
    for post in posts.iter().skip(1) {
        assert!(now_posted.iter().any(|now| (now.junction, &now.unit) == (post.junction, &post.unit)), "{post:?} need not go");
    }
    town.run(Command::Cordon(CordonCommand::Change { id: id.clone(), posts: now_posted.clone() })).unwrap();
    assert!(town.look(&id).holds);
    assert_eq!(mend(&mut town), None, "it holds again");

    // Nobody is left who is free, and the others are too few, from nothing too.
    let mut free = Vec::new();
    town.world().for_each_unit(|unit| free.extend((unit.spec.status == Status::Available).then(|| unit.spec.id.clone())));
    free.iter().for_each(|unit| drop(town.run(alarm(unit)).unwrap()));
    town.run(alarm(&now_posted[0].unit)).unwrap();
    assert!(!town.look(&id).holds);
    assert_eq!(mend(&mut town), None, "it was of the fewest units");
    town.run(Command::Cordon(CordonCommand::Open(id.clone()))).unwrap();
    assert_eq!(mend(&mut town), None, "nothing may change any more");
}

#[test]
fn gates_are_closed_by_whose_duty_they_are_and_whoever_is_first() {
    let mut town = Town::new();
    let world = town.world();
    let mut plan = (*world.gate_plan(&CITY_GATES.parse().unwrap()).unwrap()).clone();
    let posts = world.seen_by(Sight::ALL).close(&mut town.ground, &plan, &force(), town.now, &mut || false).unwrap();
    assert_eq!(posts.len(), 2);
    assert!(posts.iter().all(|post| post.gate.is_some()), "{posts:?}");
    let last = posts.iter().map(|post| post.due).max().unwrap();

    // Whose duty it is goes, though another were sooner there; another one beside it.
    plan.id = "evening".parse().unwrap();
    (plan.gates[0].unit, plan.gates[0].need) = (Some(id(23)), 2);
    town.run(Command::Cordon(CordonCommand::PutPlan(plan.clone()))).unwrap();
    let posts = world.seen_by(Sight::ALL).close(&mut town.ground, &plan, &force(), town.now, &mut || false).unwrap();
    assert_eq!(posts.len(), 3);
    assert!(posts.iter().any(|post| post.unit == id(23)) && posts.iter().map(|post| post.due).max() >= Some(last));
    let spec = CordonSpec {
        id: "gates".parse().unwrap(),
        name: None,
        hunt: None,
        force: force(),
        objective: None,
        gate_plan: Some(plan.id.clone()),
        org: None,
    };
    town.run(Command::Cordon(CordonCommand::Order { cordon: Box::new(spec.clone()), posts: posts.clone() })).unwrap();
    let view = town.look(&spec.id);
    assert!(view.holds && view.gates.iter().all(|gate| gate.suspect.is_none()), "{view:?}");
    let twice =
        Command::Cordon(CordonCommand::Order { cordon: Box::new(CordonSpec { id: "more".parse().unwrap(), ..spec.clone() }), posts });
    assert!(town.run(twice).unwrap_err().to_string().contains("open order"), "they have orders");
    // Nobody comes: late after half a minute.
    town.wait(600);
    let view = town.look(&spec.id);
    assert!(!view.holds && view.gates.iter().all(|gate| gate.state == GateState::Late), "{view:?}");
    assert!(view.gates.iter().any(|gate| gate.replacement.is_some()));

    // What does not fit is named.
    let mut wrong = plan.clone();
    wrong.gates[0].at = LatLng::new(23.5, 108.3).unwrap();
    let refused = town.run(Command::Cordon(CordonCommand::PutPlan(wrong))).unwrap_err();
    assert_eq!(refused.field(), "at");
    plan.gates[1].at = plan.gates[0].at;
    assert_eq!(town.run(Command::Cordon(CordonCommand::PutPlan(plan.clone()))).unwrap_err().field(), "gates");
    town.run(Command::Cordon(CordonCommand::RemovePlan(plan.id.clone()))).unwrap();
    assert!(matches!(town.run(Command::Cordon(CordonCommand::RemovePlan(plan.id))), Err(Rejection::UnknownGatePlan(_))));
}

#[test]
fn a_sighting_moves_the_cordon_and_who_is_in_place_stays() {
    let mut town = Town::new();
    let (cordon, posts) = town.order();
    town.wait(5);
    for post in &posts {
        town.fix(&post.unit, post.at);
    }
    let known = town.cordon(&cordon);
    let hunt = Hunt { starts: vec![Seen { at: at(SIDE / 2, SIDE / 2), time: town.now }], ..town.hunt() };
    let (world, now) = (town.world(), town.now);
    let tools = (&mut town.ground, &mut town.planner, &mut town.search);
    let (view, planned) = world.seen_by(Sight::ALL).replan(tools, &known, &hunt, (now, now), &mut || false).unwrap();
    assert!(view.holds, "seen again in the middle: it holds");
    if let Some(planned) = planned {
        assert!(planned.enclosed_m > 0, "a tighter one");
    }
    // An older sighting is refused.
    let seen = Seen { at: at(1, 1), time: T0.plus_ms(-60_000) };
    let old = Command::Cordon(CordonCommand::Sight { id: cordon.clone(), seen, posts: None });
    assert_eq!(town.run(old).unwrap_err().field(), "seen_s_ago");
}
