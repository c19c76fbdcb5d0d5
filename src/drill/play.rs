//! One drill, from the offence to its end.

use super::{
    DrillError, Report, ScenarioError, Stage,
    agenda::{Agenda, What},
    cordons::{Cordon, Seen, Streetwise, protected},
    flight::{Held, Here, Streets},
    force::Force,
    orders::{Orders, Task},
    report::{self, Ending, Event, EventKind},
    scenario::{Protect, Scenario},
    suspect::{Doing, Knows, Suspect},
    tell,
};
use crate::{
    geodesy::{LatLng, haversine_m},
    model::UnitNo,
    roads::{Costs, JunctionNo, Paces},
};

/// How long units patrol before the offence, milliseconds.
const WARM_UP_MS: i64 = 60_000;
/// How often is looked whether somebody meets him, milliseconds.
const MEETS_MS: i64 = 100;
/// Whoever is farther than this cannot meet him within a second, metres.
const FAR_M: f64 = 200.0;
/// How often is asked whether a cordon was possible, milliseconds.
pub(super) const HINDSIGHT_MS: i64 = 15_000;
/// Whoever stands this near to a junction stands at it, metres.
const GUARD_M: f64 = 30.0;
/// How far from the roads a place of a scenario may be, metres.
const TO_ROAD_M_MAX: f64 = 500.0;

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct End {
    pub(super) ending: Ending,
    pub(super) ms: i64,
    pub(super) at: LatLng,
    pub(super) junction: Option<JunctionNo>,
    /// Who stopped him.
    pub(super) by: Vec<UnitNo>,
}

/// When a cordon could have been ordered, and when it would have been closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Possible {
    pub(super) ms: i64,
    pub(super) closed_ms: i64,
}

/// A drill while it is played.
pub(super) struct Drill<'a> {
    pub(super) stage: &'a Stage,
    pub(super) scenario: &'a Scenario,
    pub(super) force: Force,
    pub(super) streetwise: Streetwise,
    pub(super) orders: Orders,
    pub(super) suspect: Suspect<'a>,
    /// Grows whenever the suspect does something else.
    version: u64,
    pub(super) agenda: Agenda,
    pub(super) now_ms: i64,
    /// What is known of him: the incident, then the sightings.
    pub(super) seen: Vec<Seen>,
    pub(super) cordons: Vec<Cordon>,
    /// What he must not reach in this drill.
    pub(super) is_out: Vec<bool>,
    /// Somebody moved off who holds a junction: what was reckoned may not be so.
    pub(super) news: bool,
    pub(super) possible: Option<Possible>,
    pub(super) end: Option<End>,
    pub(super) flows_ms: Option<i64>,
    pub(super) events: Vec<Event>,
    tell: &'a mut dyn FnMut(&Event),
}

/// Plays a scenario.
pub(super) fn play(stage: &Stage, scenario: &Scenario, seed: u64, tell: &mut dyn FnMut(&Event)) -> Result<Report, DrillError> {
    check(stage, scenario)?;
    let mut force = Force::new(stage, scenario.begins.at, seed)?;
    let world = force.world().clone();
    let (roads, start) = (world.roads(), scenario.incident.at);
    let (place, _) = roads
        .snapper
        .nearest(start, TO_ROAD_M_MAX, |_| true)
        .ok_or_else(|| ScenarioError::wrong("incident.at", format_args!("{start:?}"), "give a place on the roads of the city"))?;
    let given = &scenario.suspect;
    let costs = Costs::new(&roads.network, &Paces::default());
    let streets = Streets::new(&roads.network, &roads.graph, &costs, given.travel.travel(), given.faster, given.keeps_one_way);
    let suspect = Suspect::new(given, streets, Here::Edge(place, place.drive(false)), seed);
    let mut is_first = true;
    for second in -WARM_UP_MS / 1_000..0 {
        force.report(second * 1_000, scenario.report_every_s, std::mem::take(&mut is_first));
    }
    let mut drill = Drill {
        stage,
        scenario,
        streetwise: Streetwise::new(&force),
        force,
        orders: Orders::new(scenario, seed),
        suspect,
        version: 0,
        agenda: Agenda::default(),
        now_ms: 0,
        seen: vec![Seen { at: start, place, ms: 0, told_ms: scenario.incident.reported_ms }],
        cordons: Vec::new(),
        is_out: protected(stage, &scenario.protect, start),
        news: false,
        possible: None,
        end: None,
        flows_ms: None,
        events: Vec::new(),
        tell,
    };
    drill.run()?;
    Ok(report::write(drill, seed))
}

/// Whether a scenario speaks of what the city has.
fn check(stage: &Stage, scenario: &Scenario) -> Result<(), ScenarioError> {
    let city = &stage.city;
    let zone = |field: String, protect: &Protect| match protect {
        Protect::Zone(id) if !city.zones.iter().any(|zone| zone.id == *id) => {
            Err(ScenarioError::wrong(field, id, "give the id of a zone of the city"))
        }
        Protect::Gates if city.gates.is_empty() => Err(ScenarioError::wrong(field, "gates", "the city has none: give a zone or a radius")),
        _ => Ok(()),
    };
    zone("protect".to_owned(), &scenario.protect)?;
    let org =
        |field: String, orgs: &[crate::model::OrgId]| match orgs.iter().find(|id| !city.organisations.iter().any(|org| org.id == **id)) {
            Some(id) => Err(ScenarioError::wrong(field, id, "give the id of an organisation of the city")),
            None => Ok(()),
        };
    for (n, call) in scenario.calls.iter().enumerate() {
        org(format!("calls[{n}].orgs"), &call.orgs)?;
        if let Some(id) = call.units.iter().find(|id| !city.units.iter().any(|unit| unit.id == **id)) {
            return Err(ScenarioError::wrong(format!("calls[{n}].units"), id, "give the id of a unit of the city"));
        }
    }
    for (n, ask) in scenario.cordons.iter().enumerate() {
        org(format!("cordons[{n}].orgs"), &ask.orgs)?;
        if let Some(protect) = &ask.protect {
            zone(format!("cordons[{n}].protect"), protect)?;
        }
    }
    for (n, sighting) in scenario.sightings.iter().enumerate() {
        if sighting.seen_ms_ago > sighting.at_ms {
            let seconds = sighting.seen_ms_ago as f64 / 1_000.0;
            return Err(ScenarioError::wrong(
                format!("sightings[{n}].seen_s_ago"),
                seconds,
                "he was not seen before the offence: give less than at_s",
            ));
        }
    }
    Ok(())
}

impl Drill<'_> {
    /// Notes all that the scenario sets, then lets it happen.
    fn run(&mut self) -> Result<(), DrillError> {
        let Scenario { lasts_ms, incident, suspect, sightings, calls, cordons, .. } = self.scenario;
        self.agenda.add(incident.reported_ms, What::Reported);
        for (n, change) in suspect.changes.iter().enumerate() {
            self.agenda.add(change.at_ms, What::Change(n));
        }
        for (n, sighting) in sightings.iter().enumerate() {
            self.agenda.add(sighting.at_ms, What::Sighting(n));
        }
        for (n, call) in calls.iter().enumerate() {
            self.agenda.add(call.at_ms, What::Call(n));
        }
        for (n, cordon) in cordons.iter().enumerate() {
            self.agenda.add(cordon.at_ms, What::Cordon(n));
        }
        if !cordons.is_empty() {
            self.agenda.add(incident.reported_ms, What::Hindsight);
        }
        self.agenda.add(0, What::Second);
        self.agenda.add(*lasts_ms, What::End);
        self.schedule_suspect();
        while let Some((ms, what)) = self.agenda.next() {
            self.now_ms = ms;
            if what == What::End {
                break;
            }
            self.happens(what)?;
        }
        if self.end.is_none() {
            let (ms, at) = (self.now_ms, self.suspect.at(self.now_ms));
            self.suspect.halt(ms);
            self.end = Some(End { ending: Ending::Inside, ms, at, junction: None, by: Vec::new() });
            self.say(tell::over(self))?;
        }
        self.force.finish(self.now_ms);
        Ok(())
    }

    fn happens(&mut self, what: What) -> Result<(), DrillError> {
        match what {
            What::Second => self.second(),
            What::Reported => self.say(tell::reported(self)),
            What::Change(n) => self.change(n),
            What::SuspectDone { version } if version == self.version => self.suspect_done(),
            What::SuspectDone { .. } => Ok(()),
            What::Sighting(n) => self.sighting(n),
            What::Call(n) => self.call(n),
            What::Cordon(n) => self.cordon(n),
            What::Hindsight => self.hindsight(),
            What::Departs(order) => self.departs(order),
            What::Arrives(order) => self.arrives(order),
            What::Ready(order) => self.ready(order),
            What::Release => self.release(),
            What::End => Ok(()),
        }
    }

    /// Writes an event down.
    pub(super) fn say(&mut self, event: Event) -> Result<(), DrillError> {
        (self.tell)(&event);
        self.events.push(event);
        Ok(())
    }

    fn second(&mut self) -> Result<(), DrillError> {
        self.force.report(self.now_ms, self.scenario.report_every_s, false);
        self.meet()?;
        self.look()?;
        self.agenda.add(self.now_ms + 1_000, What::Second);
        Ok(())
    }

    fn schedule_suspect(&mut self) {
        self.version += 1;
        let until_ms = self.suspect.until_ms();
        if until_ms < i64::MAX {
            self.agenda.add(until_ms, What::SuspectDone { version: self.version });
        }
    }

    fn change(&mut self, n: usize) -> Result<(), DrillError> {
        let Some(change) = self.scenario.suspect.changes.get(n).filter(|_| self.end.is_none()) else { return Ok(()) };
        self.suspect.change(change.travel, self.now_ms);
        self.schedule_suspect();
        self.say(tell::changed(self, change.travel))
    }

    /// From when on junctions are held by those who are sent now, as it will truly be.
    pub(super) fn held(&self) -> Held {
        let mut held = Held::new();
        for cordon in self.cordons.iter().filter(|cordon| cordon.ended_ms.is_none()) {
            for gate in cordon.gates.iter().filter(|gate| gate.opened_ms.is_none()) {
                let ready = gate.orders.iter().filter_map(|order| self.orders.get(*order).filter(|order| order.ended_ms.is_none()));
                if let Some(ms) = ready.map(|order| order.real.ready_ms).max() {
                    let known = held.entry(gate.junction).or_insert(ms);
                    *known = ms.min(*known);
                }
            }
        }
        held
    }

    /// He is at the end of what he did.
    fn suspect_done(&mut self) -> Result<(), DrillError> {
        if self.end.is_some() {
            return Ok(());
        }
        let held = self.held();
        if let Some(junction) = self.suspect.arrive(self.now_ms) {
            if held.get(&junction).is_some_and(|ready_ms| *ready_ms <= self.now_ms) {
                return self.stop_at(junction);
            }
            self.passes(junction)?;
            if self.is_out.get(junction as usize).copied().unwrap_or_default() {
                let at = self.suspect.at(self.now_ms);
                self.suspect.halt(self.now_ms);
                self.end = Some(End { ending: Ending::Out, ms: self.now_ms, at, junction: Some(junction), by: Vec::new() });
                self.agenda.add(self.now_ms + self.scenario.release_ms, What::Release);
                return self.say(tell::out(self, junction));
            }
        }
        self.suspect.decide(self.now_ms, Knows { held: &held, is_out: &self.is_out });
        self.schedule_suspect();
        Ok(())
    }

    /// He is at a junction that nobody holds yet.
    fn passes(&mut self, junction: JunctionNo) -> Result<(), DrillError> {
        let now_ms = self.now_ms;
        let mut events = Vec::new();
        for n in 0..self.cordons.len() {
            let Some(cordon) = self.cordons.get_mut(n).filter(|cordon| cordon.ended_ms.is_none()) else { continue };
            let gate = cordon.gates.iter_mut().find(|gate| gate.junction == junction && gate.opened_ms.is_none());
            if let Some(gate) = gate.filter(|gate| gate.passed_ms.is_none()) {
                gate.passed_ms = Some(now_ms);
                events.push((EventKind::Passed, junction));
            }
            if cordon.broken_ms.is_none() && cordon.protected.get(junction as usize).copied().unwrap_or_default() {
                cordon.broken_ms = Some(now_ms);
                events.push((EventKind::Broken, junction));
            }
        }
        events.into_iter().try_for_each(|(kind, junction)| self.say(tell::passed(self, kind, junction)))
    }

    /// He is at a junction that is held.
    pub(super) fn stop_at(&mut self, junction: JunctionNo) -> Result<(), DrillError> {
        let at = self.suspect.at(self.now_ms);
        let stands = |unit| {
            self.force.sent_at(unit, self.now_ms).is_some_and(|moment| moment.speed_mps == 0.0 && haversine_m(moment.at, at) < GUARD_M)
        };
        let by: Vec<UnitNo> = self.orders.open().map(|(_, order)| order.unit).filter(|unit| stands(*unit)).collect();
        self.stopped(End { ending: Ending::Stopped, ms: self.now_ms, at, junction: Some(junction), by })
    }

    fn stopped(&mut self, end: End) -> Result<(), DrillError> {
        self.suspect.halt(end.ms);
        self.version += 1;
        self.end = Some(end);
        self.agenda.add(self.now_ms + self.scenario.release_ms, What::Release);
        self.say(tell::stopped(self))
    }

    /// Whether somebody who was sent meets him within the last second.
    fn meet(&mut self) -> Result<(), DrillError> {
        let meets_m = self.scenario.meets_m;
        if self.end.is_some() || meets_m == 0.0 || self.suspect.hides(self.now_ms) {
            return Ok(());
        }
        let here = self.suspect.at(self.now_ms);
        // Who stands at a junction that is held stops him there, not before it.
        let junctions = self.stage.city.roads.junctions();
        let held: Vec<LatLng> = self.held().into_keys().filter_map(|junction| junctions.get(junction as usize)).collect();
        let may_meet = |unit: &UnitNo| {
            let Some(moment) = self.force.sent_at(*unit, self.now_ms) else { return false };
            let stands_guard = moment.speed_mps == 0.0 && held.iter().any(|at| haversine_m(*at, moment.at) <= GUARD_M);
            haversine_m(moment.at, here) < FAR_M && !stands_guard
        };
        let sent = self.orders.open().filter(|(_, order)| order.task != Task::Scene && order.real.departs_ms < self.now_ms);
        let near: Vec<UnitNo> = sent.map(|(_, order)| order.unit).filter(may_meet).collect();
        if near.is_empty() {
            return Ok(());
        }
        // Since then he does what he does now.
        let since_ms = match self.suspect.doing {
            Doing::Goes(stretch) => stretch.start_ms,
            Doing::Stands { .. } => self.now_ms - 1_000,
        };
        let mut ms = since_ms.max(self.now_ms - 1_000);
        while ms <= self.now_ms {
            let (on, at) = (self.suspect.on(ms), self.suspect.at(ms));
            let meets = |unit: &UnitNo| {
                let Some(moment) = self.force.sent_at(*unit, ms) else { return false };
                match (on, moment.on) {
                    (Some((edge, along_m)), Some((other, other_m))) => edge == other && (along_m - other_m).abs() <= meets_m,
                    (None, _) => haversine_m(moment.at, at) <= meets_m,
                    _ => false,
                }
            };
            let by: Vec<UnitNo> = near.iter().copied().filter(meets).collect();
            if !by.is_empty() {
                return self.stopped(End { ending: Ending::Stopped, ms, at, junction: self.suspect.stands_at(), by });
            }
            ms += MEETS_MS;
        }
        Ok(())
    }

    /// What is known of him has changed, or what others do: one who knows thinks again.
    pub(super) fn rethink(&mut self) {
        if self.end.is_none()
            && self.suspect.listens()
            && self.suspect.until_ms() > self.now_ms
            && self.now_ms >= self.scenario.suspect.leaves_ms
        {
            self.suspect.halt(self.now_ms);
            self.schedule_suspect();
        }
    }

    /// Everybody is released.
    fn release(&mut self) -> Result<(), DrillError> {
        let open: Vec<usize> = self.orders.open().map(|(order, _)| order).collect();
        let held = open.iter().any(|order| self.orders.get(*order).is_some_and(|order| matches!(order.task, Task::Gate { .. })));
        for order in open {
            self.orders.end(&mut self.force, order, self.now_ms)?;
        }
        for cordon in &mut self.cordons {
            cordon.end(self.now_ms);
        }
        if held {
            self.flows_ms = Some(self.now_ms);
        }
        self.agenda.add(self.now_ms + 10_000, What::End);
        self.say(tell::released(self))
    }
}
