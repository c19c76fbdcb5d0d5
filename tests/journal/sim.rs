//! A seeded simulation of engine, journal and clients in one thread, without a clock: requests and answers are delayed, doubled, reordered
//! and lost, and the server crashes anywhere between them.
//!
//! What must hold, whatever happens:
//! 1. What was acknowledged is in the journal, after any number of crashes.
//! 2. A key is in the journal once at most, however often it was asked for.
//! 3. A command that was decided by what its client saw is done only if nothing else was done to the thing in between.
//! 4. The same answer comes to the same request, before and after a crash: the thing and whether it was made.
//! 5. Sequences have no gap, and the chain of hashes holds.
//! 6. The state of the server that ran is that of a replay of its journal, byte for byte.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, VecDeque},
    ops::ControlFlow,
    path::Path,
    sync::Arc,
};

use citygate::{
    bus::{Applied, CommandError, Decided, Decider, Expected, Request, refused},
    engine::{Command, ContactLimits, CordonCommand, Event, OrderSpec, OrderStep, Organisations, Sight, Subject, UnitPatch, World},
    geodesy::LatLng,
    geography::Geography,
    journal::{ASK_BYTES, Draft, HASH_BYTES, JournalError, Key, Log, Note, Row, What},
    model::{Actor, Layer, Name, OrderEnd, OrgLevel, Organisation, Purpose, Status, Timestamp, Zone, ZoneShape},
};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

/// So many seeds in `make test`.
const SEEDS: u64 = 300;
const STEPS: usize = 800;
const CLIENTS: usize = 5;
const UNITS: usize = 4;
const T0: Timestamp = Timestamp::from_unix_ms(1_764_000_000_000);

/// A row that is kept.
#[derive(Debug, Clone)]
struct Kept {
    at: String,
    subject: String,
    event: &'static str,
    version: u32,
    kind: &'static str,
    body: String,
    actor: String,
    key: Option<Key>,
    hash: [u8; HASH_BYTES],
}

/// A journal in memory: another home of the same log.
#[derive(Debug, Default)]
struct Memory {
    rows: Vec<Kept>,
}

impl Kept {
    fn with<T>(&self, seq: u64, look: impl FnOnce(&Row<'_>) -> T) -> T {
        let text = self.key.as_ref().map(ToString::to_string);
        look(&Row {
            seq,
            at: &self.at,
            kind: self.kind,
            subject: &self.subject,
            event: self.event,
            version: self.version,
            body: &self.body,
            actor: &self.actor,
            key: text.as_deref(),
            ask: self.key.as_ref().map(|key| key.ask().as_slice()),
            hash: &self.hash,
        })
    }
}

impl Log for Memory {
    fn last(&self) -> u64 {
        self.rows.len() as u64
    }

    fn hash(&self) -> [u8; HASH_BYTES] {
        self.rows.last().map_or([0; HASH_BYTES], |row| row.hash)
    }

    fn append(&mut self, drafts: &mut dyn Iterator<Item = Cow<'_, Draft>>) -> Result<u64, JournalError> {
        let before = self.rows.len();
        for draft in drafts {
            let Draft { at, what, actor, key, expected } = draft.into_owned();
            let (kind, subject, event, version, body) = match &what {
                What::Event(event) => {
                    ("event", event.subject().to_string(), event.name(), event.version(), serde_json::to_string(event).unwrap())
                }
                What::Note(note) => ("note", note.subject.clone(), note.event.as_str(), Note::VERSION, note.body.to_string()),
            };
            let newest = self.rows.iter().rposition(|row| row.kind == "event" && row.subject == subject).map_or(0, |at| at as u64 + 1);
            if let Some(expected) = expected.filter(|expected| *expected != newest) {
                self.rows.truncate(before);
                return Err(JournalError::Expected { subject, expected, found: newest });
            }
            let (last, seq) = (self.hash(), self.last() + 1);
            let (at, actor) = (at.to_string(), actor.to_string());
            let mut row = Kept { at, subject, event, version, kind, body, actor, key, hash: [0; HASH_BYTES] };
            row.hash = row.with(seq, |row| row.digest(&last));
            self.rows.push(row);
        }
        Ok(self.last())
    }

    fn read(&self, from: u64, visit: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>) -> Result<(), JournalError> {
        for (row, seq) in self.rows.iter().zip(1..).filter(|(_, seq)| *seq >= from) {
            if row.with(seq, |row| visit(row)).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn folder(&self) -> Option<&Path> {
        None
    }
}

fn world() -> Arc<World> {
    let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
    let zones = (0..2).map(|n| zone(n, 50.0));
    Arc::new(World::new(Organisations::new(vec![top]).unwrap(), Geography::new(zones), ContactLimits::default()))
}

fn zone(n: usize, radius_m: f64) -> Zone {
    let shape = ZoneShape::Circle { centre: LatLng::new(22.8, 108.3).unwrap(), radius_m };
    Zone { id: format!("z-{n}").parse().unwrap(), layer: Layer::Beats, name: Name::default(), org: None, shape, follows: None, dwell_s: 0 }
}

fn unit(n: usize) -> String {
    format!("u-{n}")
}

/// What a client asks for: the request, and by what it was decided.
#[derive(Debug, Clone)]
struct Wish {
    request: Request,
}

/// One client: one wish at a time, asked for again and again until it is answered.
#[derive(Debug, Default)]
struct Client {
    wish: Option<Wish>,
    count: usize,
}

/// All there is.
struct Sim {
    rng: SmallRng,
    log: Memory,
    decider: Decider,
    /// Requests on their way; any may come next, or come twice.
    network: Vec<(usize, Request)>,
    /// Requests that the server has.
    waiting: VecDeque<(Request, usize)>,
    /// Answers on their way; any may be lost.
    answers: Vec<(usize, Key, Result<Applied, CommandError>)>,
    clients: Vec<Client>,
    acknowledged: HashMap<(usize, Key), Applied>,
    /// By key: the thing, and the last event that the client saw of it.
    seen: HashMap<Key, (Subject, u64)>,
    now: Timestamp,
    crashes: usize,
}

impl Sim {
    fn new(seed: u64) -> Self {
        let mut log = Memory::default();
        let register = |n: usize| {
            let unit = serde_json::from_value(serde_json::json!({"id": unit(n), "callsign": unit(n), "kind": "foot", "org": "city"}));
            let what = What::Event(Event::UnitRegistered { unit: unit.unwrap() });
            Cow::Owned(Draft { at: T0, what, actor: Actor::Machine, key: None, expected: None })
        };
        log.append(&mut (0..UNITS).map(register)).unwrap();
        let decider = Decider::replay(world(), &log).unwrap();
        let clients = (0..CLIENTS).map(|_| Client::default()).collect();
        let (network, waiting, answers, acknowledged) = (Vec::new(), VecDeque::new(), Vec::new(), HashMap::new());
        let seen = HashMap::new();
        Self {
            rng: SmallRng::seed_from_u64(seed),
            log,
            decider,
            network,
            waiting,
            answers,
            clients,
            acknowledged,
            seen,
            now: T0,
            crashes: 0,
        }
    }

    fn actor(client: usize) -> Actor {
        // Two of them use one name, and keys of their own.
        Actor::Program(format!("client-{}", client.max(1)).parse().unwrap())
    }

    fn wish(&mut self, client: usize) -> Request {
        let count = self.clients[client].count;
        self.clients[client].count += 1;
        let (n, rng) = (self.rng.random_range(0..UNITS), &mut self.rng);
        let order = format!("o-{client}-{count}").parse().unwrap();
        let unit_id = unit(n).parse().unwrap();
        let command = match rng.random_range(0..8) {
            0 | 1 => Command::EditUnit {
                id: unit_id,
                patch: UnitPatch { crew: Some(rng.random_range(0..3)), status: Status::ALL.choose(rng).copied(), ..UnitPatch::default() },
            },
            2 => Command::PutZone(zone(rng.random_range(0..4), f64::from(rng.random_range(5..8)))),
            3 => Command::RemoveZone(format!("z-{}", rng.random_range(0..4)).parse().unwrap()),
            4 | 5 => Command::IssueOrder {
                order: OrderSpec {
                    id: order,
                    unit: unit_id,
                    purpose: if rng.random() { Purpose::Gate } else { Purpose::MoveUp },
                    to: LatLng::new(22.8, 108.3).unwrap(),
                    place: None,
                    radius_m: 60.0,
                    due: None,
                    cordon: None,
                    gate: None,
                },
                replace: rng.random(),
            },
            6 => {
                let orders = self.decider.engine().world().seen_by(Sight::ALL).orders(None, true, None, 100).orders;
                match orders.choose(rng) {
                    Some(order) => Command::StepOrder {
                        unit: order.spec.unit.clone(),
                        id: order.spec.id.clone(),
                        step: *[OrderStep::Accepted, OrderStep::Arrived, OrderStep::Ended(OrderEnd::Done)].choose(rng).unwrap(),
                    },
                    None => Command::RemoveZone("z-0".parse().unwrap()),
                }
            }
            _ => Command::Cordon(CordonCommand::RemovePlan("none".parse().unwrap())),
        };
        let subject = command.subject();
        let expected = match rng.random_range(0..4) {
            0 if self.decider.engine().world().knows(&subject) => Expected::Last(vec![self.decider.last_event(&subject)]),
            1 if !self.decider.engine().world().knows(&subject) => Expected::Absent,
            _ => Expected::Any,
        };
        let mut ask = [0; ASK_BYTES];
        ask[..8].copy_from_slice(&(client as u64 + 100 * count as u64).to_le_bytes());
        let key = Key::new(&format!("k-{client}-{count}"), ask).unwrap();
        if let Expected::Last(last) = &expected {
            self.seen.insert(key.clone(), (subject, last[0]));
        }
        Request { command, actor: Self::actor(client), key: Some(key), expected }
    }

    fn step(&mut self) {
        self.now = self.now.plus_ms(self.rng.random_range(-500..1_000));
        match self.rng.random_range(0..100) {
            0..30 => self.client_asks(),
            30..60 => self.network_delivers(),
            60..75 => self.server_commits(),
            75..99 => self.answer_arrives(),
            _ => self.crash(),
        }
    }

    /// A client asks, or asks again: what it asked for may still be on its way.
    fn client_asks(&mut self) {
        let client = self.rng.random_range(0..CLIENTS);
        if self.clients[client].wish.is_none() {
            let request = self.wish(client);
            self.clients[client].wish = Some(Wish { request });
        }
        let request = self.clients[client].wish.as_ref().unwrap().request.clone();
        self.network.push((client, request));
    }

    fn network_delivers(&mut self) {
        if self.network.is_empty() {
            return;
        }
        let which = self.rng.random_range(0..self.network.len());
        let (client, request) = match self.rng.random_range(0..10) {
            // It comes now, and again later.
            0..2 => self.network[which].clone(),
            2 => return drop(self.network.swap_remove(which)),
            _ => self.network.swap_remove(which),
        };
        self.waiting.push_back((request, client));
    }

    /// Decides what waits, makes it durable and applies it; the power may go before or after it is durable.
    fn server_commits(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let mut waiting: VecDeque<(Request, (usize, Key))> = waiting
            .into_iter()
            .map(|(request, client)| {
                let key = request.key.clone().unwrap();
                (request, (client, key))
            })
            .collect();
        let Decided { rows, doing, answers } = self.decider.next(&mut waiting, self.now);
        self.waiting = waiting.into_iter().map(|(request, (client, _))| (request, client)).collect();
        let mut told = answers;
        if !rows.is_empty() {
            match self.rng.random_range(0..40) {
                0 => return self.crash(),
                1 => {
                    self.log.append(&mut rows.iter().map(Cow::Borrowed)).unwrap();
                    return self.crash();
                }
                // The disk is full.
                2 => told.extend(refused(doing, "full")),
                _ => {
                    let last = self.log.append(&mut rows.iter().map(Cow::Borrowed)).unwrap();
                    told.extend(self.decider.apply(&rows, doing, last + 1 - rows.len() as u64));
                }
            }
        }
        self.answers.extend(told.into_iter().map(|((client, key), answer)| (client, key, answer)));
    }

    fn answer_arrives(&mut self) {
        if self.answers.is_empty() {
            return;
        }
        let which = self.rng.random_range(0..self.answers.len());
        let (client, key, answer) = self.answers.swap_remove(which);
        if self.rng.random_range(0..5) == 0 {
            return;
        }
        let is_awaited = self.clients[client].wish.as_ref().is_some_and(|wish| wish.request.key.as_ref() == Some(&key));
        match answer {
            Ok(applied) => {
                let place = self.acknowledged.entry((client, key)).or_insert_with(|| applied.clone());
                assert_eq!((&place.subject, place.made, &place.event), (&applied.subject, applied.made, &applied.event), "invariant 4");
            }
            // Asked for again, as it is.
            Err(CommandError::Journal(_)) => return,
            Err(CommandError::KeyUsed(key)) => panic!("nobody used {key} for two requests"),
            Err(_) => {}
        }
        if is_awaited {
            self.clients[client].wish = None;
        }
    }

    /// All that is not in the journal is gone: the state, what waits, every answer that is on its way.
    fn crash(&mut self) {
        self.crashes += 1;
        self.waiting.clear();
        self.answers.clear();
        self.decider = Decider::replay(world(), &self.log).unwrap();
    }

    fn check(&mut self) {
        let mut last = [0; HASH_BYTES];
        let mut keys = HashSet::new();
        for (row, seq) in self.log.rows.iter().zip(1..) {
            last = row.with(seq, |row| row.digest(&last));
            assert_eq!(row.hash, last, "invariant 5");
            if let Some((subject, seen)) = row.key.as_ref().and_then(|key| self.seen.get(key)).filter(|_| row.kind == "event") {
                let is_between = |(other, at): &(&Kept, u64)| *at > *seen && other.kind == "event" && other.subject == subject.to_string();
                let between: Vec<u64> = self.log.rows.iter().zip(1..seq).filter(is_between).map(|(_, at)| at).collect();
                // A command's first event may come right before the one that has its key.
                assert!(
                    between.is_empty() || between == [seq - 1],
                    "invariant 3: row {seq} was decided by {seen}, and {between:?} came before"
                );
            }
            if let Some(key) = &row.key {
                assert!(keys.insert((row.actor.clone(), key.clone())), "invariant 2: {key} twice");
            }
        }
        for ((client, key), applied) in &self.acknowledged {
            let is_kept = keys.contains(&(Self::actor(*client).to_string(), key.clone()));
            assert!(is_kept, "invariant 1: {key} was acknowledged and is lost: {applied:?}");
        }
        let live = serde_json::to_vec(&self.decider.engine().world().state()).unwrap();
        let mut again = Decider::replay(world(), &self.log).unwrap();
        let replayed = serde_json::to_vec(&again.engine().world().state()).unwrap();
        assert!(live == replayed, "invariant 6: a replay gives another state");
        for n in 0..UNITS {
            let subject = Subject::Unit(unit(n).parse().unwrap());
            assert_eq!(self.decider.last_event(&subject), again.last_event(&subject));
        }
    }
}

/// Runs one seed; the journal's last hash, how much was acknowledged and how often it crashed.
fn run(seed: u64) -> ([u8; HASH_BYTES], usize, usize) {
    let mut sim = Sim::new(seed);
    for _ in 0..STEPS {
        sim.step();
    }
    sim.check();
    (sim.log.hash(), sim.acknowledged.len(), sim.crashes)
}

#[test]
fn nothing_is_lost_or_done_twice_whatever_happens() {
    let (mut acknowledged, mut crashes) = (0, 0);
    for seed in 0..SEEDS {
        let result = std::panic::catch_unwind(|| run(seed));
        let (_, more, crashed) = result.unwrap_or_else(|_| panic!("seed {seed}"));
        (acknowledged, crashes) = (acknowledged + more, crashes + crashed);
    }
    assert!(
        acknowledged > 20 * SEEDS as usize && crashes > 5 * SEEDS as usize,
        "{acknowledged} acknowledged, {crashes} crashes: too little to see"
    );
}

#[test]
fn the_same_seed_is_the_same_journal() {
    for seed in 0..10 {
        assert_eq!(run(seed), run(seed));
    }
    assert_ne!(run(1).0, run(2).0);
}

#[test]
fn of_two_who_saw_the_same_one_is_first() {
    let mut sim = Sim::new(0);
    let subject = Subject::Unit("u-0".parse().unwrap());
    let seen = sim.decider.last_event(&subject);
    let edit = |crew: u16| Request {
        command: Command::EditUnit { id: "u-0".parse().unwrap(), patch: UnitPatch { crew: Some(crew), ..UnitPatch::default() } },
        actor: Actor::Machine,
        key: None,
        expected: Expected::Last(vec![seen]),
    };
    let mut waiting: VecDeque<(Request, u16)> = [(edit(1), 1), (edit(2), 2)].into();
    let first = sim.decider.next(&mut waiting, T0);
    assert_eq!((first.rows.len(), waiting.len()), (1, 1), "they touch the same: one after the other");
    let last = sim.log.append(&mut first.rows.iter().map(Cow::Borrowed)).unwrap();
    assert!(sim.decider.apply(&first.rows, first.doing, last).iter().all(|(_, answer)| answer.is_ok()));
    let second = sim.decider.next(&mut waiting, T0);
    assert!(second.rows.is_empty());
    assert!(matches!(&second.answers[..], [(2, Err(CommandError::Unexpected { last: Some(now), .. }))] if *now == last), "invariant 3");
}
