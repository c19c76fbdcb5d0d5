//! Looks at the cordons that run, once a second, and tells the walls of what changed by itself: a unit that comes too late, one that is
//! lost, one that could take its place.

use std::{collections::HashMap, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use crate::{
    delta::Notice,
    engine::{CordonState, CordonView, GateState, World},
    model::{CordonId, UnitNo},
    roads::JunctionNo,
    server::{App, cordons::desk::Desk},
};

/// How often.
const EVERY: Duration = Duration::from_secs(1);

/// What a wall shows otherwise than a second ago.
#[derive(Debug, PartialEq, Eq)]
struct Sight {
    state: CordonState,
    holds: bool,
    leaks: Vec<Option<JunctionNo>>,
    gates: Vec<(GateState, Option<UnitNo>)>,
}

impl Sight {
    fn of(view: &CordonView) -> Self {
        let gates = view.gates.iter().map(|gate| (gate.state, gate.replacement.as_ref().map(|other| other.unit.no)));
        let leaks = view.leaks.iter().map(|leak| leak.passed.last().map(|(junction, ..)| *junction));
        Self { state: view.state, holds: view.holds, leaks: leaks.collect(), gates: gates.collect() }
    }
}

/// Watches until it is dropped.
pub async fn watch(app: App) {
    let mut times = interval(EVERY);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen: HashMap<CordonId, Sight> = HashMap::new();
    loop {
        times.tick().await;
        let (world, now) = (app.bus.world().clone(), app.bus.now());
        if world.running_cordons().is_empty() {
            seen.clear();
            continue;
        }
        let look = move |desk: &mut Desk| Ok(looks(&world, desk, now));
        let Ok(looks) = app.desks.clone().apart(look).await else { continue };
        for (id, sight) in &looks {
            // What was ordered just now is told by its event.
            if seen.get(id).is_some_and(|before| before != sight) {
                app.hub.tell(&Notice::Cordon { id: id.clone(), at: now });
            }
        }
        seen = looks;
    }
}

fn looks(world: &World, desk: &mut Desk, now: crate::model::Timestamp) -> HashMap<CordonId, Sight> {
    let Desk { ground, search, .. } = desk;
    let running = world.running_cordons();
    running.iter().map(|cordon| (cordon.spec.id.clone(), Sight::of(&world.look(ground, search, cordon, now)))).collect()
}
