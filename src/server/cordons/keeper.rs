//! Looks at the cordons that run, once a second, and tells the walls of what changed by itself: a unit that comes too late, one that is
//! lost, one that could take its place, what the cordon should be so that it holds again.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    delta::Notice,
    engine::{Cordon, CordonState, CordonView, GateState, Planned, SeenWorld, Sight},
    model::{CordonId, Timestamp, UnitNo},
    roads::JunctionNo,
    server::{
        App,
        cordons::{desk::Desk, life::CHOOSE_MS},
    },
};

/// How often.
const EVERY: Duration = Duration::from_secs(1);
/// How long a cordon that cannot be repaired may be planned from nothing, each time.
const ANEW: Duration = Duration::from_millis(100);

/// By cordon: as it was when it leaked, and what it should be.
type Mended = HashMap<CordonId, (Arc<Cordon>, Arc<Planned>)>;

/// What the cordons that leak should be, by the last look.
#[derive(Debug, Default)]
pub struct Proposals(Mutex<Mended>);

impl Proposals {
    /// What a cordon should be; none when it was changed since.
    #[must_use]
    pub fn of(&self, cordon: &Arc<Cordon>) -> Option<Arc<Planned>> {
        let proposals = self.0.lock();
        let (of, planned) = proposals.get(&cordon.spec.id)?;
        Arc::ptr_eq(of, cordon).then(|| planned.clone())
    }
}

/// What a wall shows otherwise than a second ago.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    state: CordonState,
    holds: bool,
    leaks: Vec<Option<JunctionNo>>,
    gates: Vec<(GateState, Option<UnitNo>)>,
    proposal: Vec<(JunctionNo, UnitNo)>,
}

impl Shown {
    fn of(view: &CordonView, planned: Option<&Planned>) -> Self {
        let gates = view.gates.iter().map(|gate| (gate.state, gate.replacement.as_ref().map(|other| other.unit.no)));
        let leaks = view.leaks.iter().map(|leak| leak.passed.last().map(|(junction, ..)| *junction));
        let proposal = planned.iter().flat_map(|planned| &planned.guards).map(|guard| (guard.junction, guard.unit));
        Self { state: view.state, holds: view.holds, leaks: leaks.collect(), gates: gates.collect(), proposal: proposal.collect() }
    }
}

/// Watches until it is dropped.
pub async fn watch(app: App) {
    let mut times = interval(EVERY);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen: HashMap<CordonId, Shown> = HashMap::new();
    loop {
        times.tick().await;
        let (world, now) = (app.bus.world().clone(), app.bus.now());
        if world.seen_by(Sight::ALL).running_cordons().is_empty() {
            seen.clear();
            app.proposals.0.lock().clear();
            continue;
        }
        let look = move |desk: &mut Desk| Ok(looks(&world.seen_by(Sight::ALL), desk, now));
        let Ok((looks, proposals)) = app.desks.clone().apart(look).await else { continue };
        *app.proposals.0.lock() = proposals;
        for (id, sight) in &looks {
            // What was ordered just now is told by its event.
            if seen.get(id).is_some_and(|before| before != sight) {
                app.hub.tell(Notice::Cordon { id: id.clone(), at: now });
            }
        }
        seen = looks;
    }
}

fn looks(world: &SeenWorld<'_>, desk: &mut Desk, now: Timestamp) -> (HashMap<CordonId, Shown>, Mended) {
    let Desk { ground, search, planner } = desk;
    let (mut looks, mut proposals) = (HashMap::new(), HashMap::new());
    for cordon in world.running_cordons() {
        let view = world.look(ground, search, &cordon, now);
        let begun = Instant::now();
        let mut spent = || begun.elapsed() >= ANEW;
        let leaks = !view.holds;
        // Who is asked needs time to answer.
        let planned = leaks.then(|| world.mend((ground, planner), &cordon, (now, now.plus_ms(CHOOSE_MS)), &mut spent)).flatten();
        looks.insert(cordon.spec.id.clone(), Shown::of(&view, planned.as_ref()));
        if let Some(planned) = planned {
            proposals.insert(cordon.spec.id.clone(), (cordon, Arc::new(planned)));
        }
    }
    (looks, proposals)
}
