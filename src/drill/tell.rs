//! Events in words, both languages. Call signs first, times as `m:ss`.

use super::{
    orders::{Order, Task},
    places::name,
    play::Drill,
    report::{Ending, Event, EventKind},
    scenario::OnTheRun,
    steps::LATE_MS,
};
use crate::{
    geodesy::LatLng,
    model::{Name, UnitId, UnitNo},
    roads::JunctionNo,
};

/// A time as `m:ss`.
pub(super) fn clock(ms: i64) -> String {
    let seconds = (ms.abs() + 500) / 1_000;
    format!("{}{}:{:02}", if ms < 0 && seconds > 0 { "\u{2212}" } else { "" }, seconds / 60, seconds % 60)
}

/// So many call signs are named, the others counted.
const NAMED_MAX: usize = 3;

fn callsigns(drill: &Drill<'_>, units: &[UnitNo]) -> Name {
    let sign = |unit: &UnitNo| drill.force.member(*unit).map(|member| member.view.spec.callsign.to_string());
    let first: Vec<String> = units.iter().take(NAMED_MAX).filter_map(sign).collect();
    let more = units.len().saturating_sub(NAMED_MAX);
    if more == 0 {
        return name(first.join("、"), first.join(", "));
    }
    name(format!("{} 等 {} 个单元", first.join("、"), units.len()), format!("{} and {more} more", first.join(", ")))
}

fn ids(drill: &Drill<'_>, units: &[UnitNo]) -> Vec<UnitId> {
    units.iter().filter_map(|unit| Some(drill.force.member(*unit)?.view.spec.id.clone())).collect()
}

fn event(drill: &Drill<'_>, kind: EventKind, title: Name, detail: Name) -> Event {
    Event { at_s: drill.now_ms as f64 / 1_000.0, kind, title, detail, units: Vec::new(), at: None, late_s: None }
}

fn at_junction(drill: &Drill<'_>, junction: JunctionNo) -> Option<LatLng> {
    drill.stage.city.roads.junctions().get(junction as usize)
}

/// The offence becomes known.
pub(super) fn reported(drill: &Drill<'_>) -> Event {
    let incident = &drill.scenario.incident;
    let road = drill.stage.road_at(incident.at);
    let ago = clock(incident.reported_ms);
    let detail = name(format!("{}，{ago} 前", road.zh), format!("{}, {ago} ago", road.en));
    Event { at: Some(incident.at), ..event(drill, EventKind::Reported, incident.what.clone(), detail) }
}

/// He goes on another way.
pub(super) fn changed(drill: &Drill<'_>, travel: OnTheRun) -> Event {
    let title = match travel {
        OnTheRun::Foot => name("嫌疑人改为步行", "Suspect goes on on foot"),
        OnTheRun::Car => name("嫌疑人改乘汽车", "Suspect takes a car"),
        OnTheRun::Motorcycle => name("嫌疑人改乘摩托车", "Suspect takes a motorcycle"),
    };
    let at = drill.suspect.at(drill.now_ms);
    Event { at: Some(at), ..event(drill, EventKind::Changed, title, drill.stage.road_at(at)) }
}

/// Somebody saw him.
pub(super) fn sighting(drill: &Drill<'_>, n: usize, at: LatLng) -> Event {
    let sighting = drill.scenario.sightings.get(n);
    let what = sighting.map(|sighting| sighting.what.clone()).unwrap_or_default();
    let road = drill.stage.road_at(at);
    let ago_ms = sighting.map_or(0, |sighting| sighting.seen_ms_ago);
    let (zh, en) = if ago_ms > 0 { (format!("，{} 前", clock(ago_ms)), format!(", {} ago", clock(ago_ms))) } else { Default::default() };
    let detail = name(format!("{}，{}{zh}", what.zh, road.zh), format!("{}, {}{en}", what.en, road.en));
    Event { at: Some(at), ..event(drill, EventKind::Sighting, name("线索", "Sighting"), detail) }
}

/// Units are sent.
pub(super) fn sent(drill: &Drill<'_>, what: &Name, units: &[UnitNo], to: LatLng) -> Event {
    if units.is_empty() {
        return nobody(drill, what);
    }
    let who = callsigns(drill, units);
    let title = name(format!("派 {}", who.zh), format!("{} sent", who.en));
    Event { units: ids(drill, units), at: Some(to), ..event(drill, EventKind::Sent, title, what.clone()) }
}

/// Nobody could be sent.
pub(super) fn nobody(drill: &Drill<'_>, what: &Name) -> Event {
    event(drill, EventKind::Nobody, name("无警力可派", "Nobody to send"), what.clone())
}

/// A unit is where it was sent.
pub(super) fn arrived(drill: &Drill<'_>, order: &Order) -> Event {
    let who = callsigns(drill, &[order.unit]);
    let title = name(format!("{} 到场", who.zh), format!("{} on scene", who.en));
    let late_ms = order.real.arrives_ms - order.planned.arrives_ms;
    let place = if order.task == Task::Scene { name("案发地", "scene") } else { drill.stage.road_at(order.to) };
    let is_late = late_ms >= LATE_MS;
    let detail = if is_late { name(format!("晚 {} 秒", late_ms / 1_000), format!("{} s late", late_ms / 1_000)) } else { place };
    let late_s = is_late.then_some(late_ms as f64 / 1_000.0);
    Event { units: ids(drill, &[order.unit]), at: Some(order.to), late_s, ..event(drill, EventKind::Arrived, title, detail) }
}

/// A cordon is ordered, or moved.
pub(super) fn ordered(drill: &Drill<'_>, kind: EventKind, cordon: usize, units: &[UnitNo]) -> Event {
    let Some(running) = drill.cordons.get(cordon) else { return event(drill, kind, Name::default(), Name::default()) };
    let called = drill.scenario.cordons.get(running.ask).map(|ask| ask.name.clone()).unwrap_or_default();
    let title = match kind {
        EventKind::Moved => name(format!("{}：调整", called.zh), format!("{}: moved", called.en)),
        _ => name(format!("{}：下令", called.zh), format!("{}: ordered", called.en)),
    };
    let (gates, new, at) = (running.gates.len(), units.len(), clock(running.planned_closed_ms));
    let detail = name(
        format!("复核无漏口 · {gates} 处，新派 {new} 个单元，预计 {at} 全部到位"),
        format!("Verified, no leak · {gates} gates, {new} units sent, all held by {at}"),
    );
    Event { units: ids(drill, units), ..event(drill, kind, title, detail) }
}

/// No plan, and why.
pub(super) fn impossible(drill: &Drill<'_>, n: usize, way: &[JunctionNo]) -> Event {
    let called = drill.scenario.cordons.get(n).map(|ask| ask.name.clone()).unwrap_or_default();
    let title = name(format!("{}：封不住", called.zh), format!("{}: cannot be closed", called.en));
    let detail = way.last().map_or_else(
        || name("没有通过复核的方案", "No plan passed the verifier"),
        |last| {
            let place = drill.stage.junction_name(*last);
            name(format!("嫌疑人可先于任何警力到{}", place.zh), format!("He can be at {} before any unit", place.en))
        },
    );
    let at = way.last().and_then(|last| at_junction(drill, *last));
    Event { at, ..event(drill, EventKind::Impossible, title, detail) }
}

/// The running cordon holds after a sighting, and none is better.
pub(super) fn kept(drill: &Drill<'_>) -> Event {
    let ask = drill.running().and_then(|running| drill.scenario.cordons.get(drill.cordons.get(running)?.ask));
    let called = ask.map(|ask| ask.name.clone()).unwrap_or_default();
    let title = name(format!("{}：不变", called.zh), format!("{}: stays", called.en));
    event(
        drill,
        EventKind::Kept,
        title,
        name("复核仍无漏口，没有更好的可及时闭合", "Verified, no leak; no better one could be closed in time"),
    )
}

/// A junction is held.
pub(super) fn held(drill: &Drill<'_>, cordon: usize, junction: JunctionNo) -> Event {
    let gate =
        drill.cordons.get(cordon).and_then(|cordon| cordon.gates.iter().find(|gate| gate.junction == junction && gate.opened_ms.is_none()));
    let units: Vec<UnitNo> =
        gate.into_iter().flat_map(|gate| &gate.orders).filter_map(|order| Some(drill.orders.get(*order)?.unit)).collect();
    let (place, who) = (drill.stage.junction_name(junction), callsigns(drill, &units));
    let late_ms = gate.map_or(0, |gate| drill.now_ms - gate.planned_ms);
    let is_late = late_ms >= LATE_MS;
    let (zh, en) =
        if is_late { (format!("，晚 {} 秒", late_ms / 1_000), format!(", {} s late", late_ms / 1_000)) } else { Default::default() };
    let detail = name(format!("{}{zh}", place.zh), format!("{}{en}", place.en));
    Event {
        units: ids(drill, &units),
        at: at_junction(drill, junction),
        late_s: is_late.then_some(late_ms as f64 / 1_000.0),
        ..event(drill, EventKind::Held, name(format!("{} 封住路口", who.zh), format!("{} holds", who.en)), detail)
    }
}

/// All of a cordon is held.
pub(super) fn closed(drill: &Drill<'_>, cordon: usize) -> Event {
    let running = drill.cordons.get(cordon);
    let called = running.and_then(|cordon| drill.scenario.cordons.get(cordon.ask)).map(|ask| ask.name.clone()).unwrap_or_default();
    let ms = running.map_or(0, |cordon| drill.now_ms - cordon.planned_closed_ms);
    let detail = if ms > 0 {
        name(format!("比方案晚 {} 秒", (ms + 500) / 1_000), format!("{} s after the plan", (ms + 500) / 1_000))
    } else {
        name("按方案到位", "as planned")
    };
    event(drill, EventKind::Closed, name(format!("{}：全部已封", called.zh), format!("{}: closed", called.en)), detail)
}

/// Somebody is later than reckoned, and he may get out.
pub(super) fn leaks(drill: &Drill<'_>, cordon: usize) -> Event {
    let called = drill.cordons.get(cordon).and_then(|cordon| drill.scenario.cordons.get(cordon.ask)).map(|ask| ask.name.clone());
    let called = called.unwrap_or_default();
    let title = name(format!("{}：出现漏口", called.zh), format!("{}: leaks", called.en));
    event(drill, EventKind::Leak, title, name("有单元比方案晚，重新规划", "A unit is later than planned: planned anew"))
}

/// He is through before somebody held it, or left a ring.
pub(super) fn passed(drill: &Drill<'_>, kind: EventKind, junction: JunctionNo) -> Event {
    let place = drill.stage.junction_name(junction);
    let title = match kind {
        EventKind::Broken => name("嫌疑人出圈", "Suspect left the ring"),
        _ => name("嫌疑人先过卡口", "Suspect passed before it was held"),
    };
    Event { at: at_junction(drill, junction), ..event(drill, kind, title, place) }
}

/// He is stopped.
pub(super) fn stopped(drill: &Drill<'_>) -> Event {
    let Some(end) = &drill.end else { return over(drill) };
    let place = end.junction.map_or_else(|| drill.stage.road_at(end.at), |junction| drill.stage.junction_name(junction));
    let who = callsigns(drill, &end.by);
    let detail = name(format!("{}，{}", place.zh, who.zh), format!("{}, by {}", place.en, who.en));
    let stopped = event(drill, EventKind::Stopped, name("截停", "Stopped"), detail);
    Event { units: ids(drill, &end.by), at: Some(end.at), at_s: end.ms as f64 / 1_000.0, ..stopped }
}

/// He is out.
pub(super) fn out(drill: &Drill<'_>, junction: JunctionNo) -> Event {
    let detail = drill.stage.junction_name(junction);
    Event { at: at_junction(drill, junction), ..event(drill, EventKind::Out, name("嫌疑人逃出", "Suspect got out"), detail) }
}

/// Everybody is released.
pub(super) fn released(drill: &Drill<'_>) -> Event {
    let since = drill.end.as_ref().map_or(0, |end| drill.now_ms - end.ms);
    let title = name("撤封，恢复通行", "Released, traffic flows");
    let detail = match drill.end.as_ref().map(|end| end.ending) {
        Some(Ending::Stopped) => name(format!("截停后 {}", clock(since)), format!("{} after he was stopped", clock(since))),
        _ => name("警力全部撤回", "all units are free"),
    };
    event(drill, EventKind::Released, title, detail)
}

/// The time is over.
pub(super) fn over(drill: &Drill<'_>) -> Event {
    let at = drill.suspect.at(drill.now_ms);
    let detail = name("嫌疑人仍在圈内", "He is still inside");
    Event { at: Some(at), ..event(drill, EventKind::Over, name("演练时间到", "Time is over"), detail) }
}
