//! Plan against drill: what was better, what was worse, and why.

use super::{Ending, Hindsight, Late, Outcome, Row, s, tracks::labelled};
use crate::{
    drill::{
        cordons::{Cordon, Gate},
        orders::{Order, Task},
        places::name,
        play::Drill,
        steps::LATE_MS,
        tell::clock,
    },
    model::{Name, UnitId, UnitKind},
};

/// So many gates have a line of their own, besides the one that stopped him.
const GATE_ROWS_MAX: usize = 4;
/// So many who were late are told of.
const LATE_MAX: usize = 8;

/// How it ended.
pub(super) fn outcome(drill: &Drill<'_>) -> Outcome {
    let end = drill.end.as_ref();
    let (ms, at) = end.map_or((drill.now_ms, drill.scenario.incident.at), |end| (end.ms, end.at));
    let junction = end.and_then(|end| end.junction);
    let by = end.map(|end| end.by.as_slice()).unwrap_or_default();
    let specs = || by.iter().filter_map(|unit| drill.force.member(*unit)).map(|member| &member.view.spec);
    let mut kinds: Vec<UnitKind> = specs().map(|spec| spec.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Outcome {
        ending: end.map_or(Ending::Inside, |end| end.ending),
        at_s: s(ms),
        at,
        place: junction.map_or_else(|| drill.stage.road_at(at), |junction| drill.stage.junction_name(junction)),
        junction,
        gate: junction.and_then(|junction| drill.stage.gate(junction)).map(str::to_owned),
        by: specs().map(|spec| spec.id.clone()).collect(),
        kinds,
        flows_again_s: drill.flows_ms.map(s),
    }
}

fn row(what: Name, plan_ms: Option<i64>, drill_ms: Option<i64>) -> Row {
    let good = match (plan_ms, drill_ms) {
        (Some(plan), Some(drill)) => drill < plan + LATE_MS,
        (Some(_), None) => false,
        (None, _) => true,
    };
    Row { what, is_time: true, plan: plan_ms.map(s), drill: drill_ms.map(s), good }
}

/// The cordon that was to stop him at the end: the last that was ordered before it.
fn last<'a>(drill: &'a Drill<'_>) -> Option<&'a Cordon> {
    drill.cordons.last()
}

/// Plan and drill side by side.
pub(super) fn rows(drill: &Drill<'_>) -> Vec<Row> {
    let (targets, end) = (drill.scenario.targets, drill.end.as_ref());
    let first = drill.orders.list.iter().filter(|order| order.task == Task::Scene).min_by_key(|order| order.real.arrives_ms);
    let reached = first.filter(|order| order.ended_ms.is_none_or(|ended_ms| ended_ms >= order.real.arrives_ms));
    let mut rows = Vec::new();
    if first.is_some() || targets.first_on_scene_ms.is_some() {
        let plan_ms = targets.first_on_scene_ms.or(first.map(|order| order.planned.arrives_ms));
        rows.push(row(name("首个警力到场", "First unit on scene"), plan_ms, reached.map(|order| order.real.arrives_ms)));
    }
    let told = drill.cordons.first().map(|cordon| cordon.ordered_ms);
    if told.is_some() || targets.told_to_block_ms.is_some() {
        let plan_ms = targets.told_to_block_ms.or(drill.possible.map(|possible| possible.ms)).or(told);
        rows.push(row(name("下令封控", "Ring told to block"), plan_ms, told));
    }
    if let Some(cordon) = last(drill) {
        rows.push(row(name("圈闭合", "Ring closed"), Some(cordon.planned_closed_ms), cordon.closed_ms));
        rows.extend(gates(drill, cordon));
    }
    let stopped = end.filter(|end| end.ending == Ending::Stopped).map(|end| end.ms);
    let reckoned = || last(drill)?.gates.iter().filter_map(|gate| gate.suspect_ms).min();
    rows.push(row(name("截停", "Stopped"), targets.stopped_ms.or_else(reckoned), stopped));
    let count = |what, plan: Option<usize>, drill: usize| Row {
        what,
        is_time: false,
        plan: plan.map(|plan| plan as f64),
        drill: Some(drill as f64),
        good: plan.is_none_or(|plan| drill <= plan),
    };
    let asked: usize = drill.scenario.calls.iter().map(|call| call.count.max(call.units.len())).sum();
    // What is planned anew is not planned for.
    let first_of = |ask| drill.cordons.iter().find(|cordon| cordon.ask == ask);
    let firsts = (0..drill.scenario.cordons.len()).filter_map(first_of);
    let ringed: usize = firsts.flat_map(|cordon| &cordon.gates).map(|gate| gate.orders.len()).sum();
    let mut used: Vec<_> = drill.orders.list.iter().map(|order| order.unit).collect();
    used.sort_unstable();
    used.dedup();
    rows.push(count(name("动用单元", "Units used"), Some(asked + ringed), used.len()));
    rows.push(count(name("重复派警", "Double orders"), Some(0), drill.orders.doubles));
    rows
}

/// The gate that stopped him, then those with the least slack.
fn gates(drill: &Drill<'_>, cordon: &Cordon) -> Vec<Row> {
    let at = drill.end.as_ref().and_then(|end| end.junction);
    let mut gates = labelled(drill, cordon);
    gates.sort_by_key(|(_, gate)| Some(gate.junction) != at);
    let row = |(label, gate): &(String, &Gate)| {
        row(name(format!("卡口 {label} 已封"), format!("Gate {label} held")), Some(gate.planned_ms), gate.held_ms)
    };
    gates.iter().take(GATE_ROWS_MAX).map(row).collect()
}

/// Who was late, and why: what the crew took, and what the drive took. The latest first.
pub(super) fn late(drill: &Drill<'_>) -> Vec<Late> {
    let late_ms = |order: &Order| order.real.ready_ms - order.planned.ready_ms;
    let arrived =
        |order: &&Order| order.ended_ms.is_none_or(|ended_ms| ended_ms >= order.real.ready_ms) && order.real.ready_ms <= drill.now_ms;
    let mut late: Vec<&Order> = drill.orders.list.iter().filter(arrived).filter(|order| late_ms(order) >= LATE_MS).collect();
    late.sort_by_key(|order| std::cmp::Reverse(late_ms(order)));
    late.iter()
        .take(LATE_MAX)
        .filter_map(|order| Some(Late { unit: id(drill, order)?, late_s: s(late_ms(order)), why: why(drill, order)? }))
        .collect()
}

fn id(drill: &Drill<'_>, order: &Order) -> Option<UnitId> {
    Some(drill.force.member(order.unit)?.view.spec.id.clone())
}

fn why(drill: &Drill<'_>, order: &Order) -> Option<Name> {
    let sign = &drill.force.member(order.unit)?.view.spec.callsign;
    let waited_ms = order.real.departs_ms - order.planned.departs_ms;
    let drive = |times: &crate::drill::orders::Times| times.arrives_ms - times.departs_ms;
    let slower_ms = drive(&order.real) - drive(&order.planned);
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    if waited_ms >= 1_000 {
        zh.push(format!("多用 {} 秒才出发", waited_ms / 1_000));
        en.push(format!("moved off {} s later than usual", waited_ms / 1_000));
    }
    if slower_ms >= 1_000 {
        zh.push(format!("路上多走 {} 秒（方案 {}）", slower_ms / 1_000, clock(drive(&order.planned))));
        en.push(format!("took {} s longer on the road than the {} planned", slower_ms / 1_000, clock(drive(&order.planned))));
    }
    Some(name(format!("{sign} {}。", zh.join("，")), format!("{sign} {}.", en.join(", and "))))
}

/// The earliest cordon that was possible, against the one that was ordered.
pub(super) fn hindsight(drill: &Drill<'_>) -> Option<Hindsight> {
    let first = drill.cordons.first();
    let possible = drill.possible.map(|possible| (possible.ms, possible.closed_ms));
    let (ms, closed_ms) = possible.or(first.map(|cordon| (cordon.ordered_ms, cordon.planned_closed_ms)))?;
    Some(Hindsight {
        possible_s: s(ms),
        closed_s: s(closed_ms),
        ordered_s: first.map(|cordon| s(cordon.ordered_ms)),
        sooner_s: first.map(|cordon| s(cordon.planned_closed_ms - closed_ms)),
    })
}

/// What would have been better, in sentences.
pub(super) fn better(drill: &Drill<'_>, hindsight: Option<&Hindsight>, late: &[Late]) -> Vec<Name> {
    let mut better = Vec::new();
    let ms = |seconds: f64| (seconds * 1_000.0) as i64;
    match hindsight {
        Some(Hindsight { possible_s, closed_s, ordered_s: Some(ordered_s), sooner_s: Some(sooner_s) }) if ordered_s - possible_s >= 1.0 => {
            let waited = clock(ms(ordered_s - possible_s));
            let closed = clock(ms(*closed_s));
            let gain = clock(ms(sooner_s.abs()));
            let (zh, en) = if *sooner_s > 0.0 {
                (format!("早 {gain}"), format!("{gain} sooner"))
            } else {
                ("不更早".to_owned(), "no sooner".to_owned())
            };
            better.push(name(
                format!("{} 已有复核无漏口的方案，下令晚了 {waited}。当时下令可在 {closed} 闭合，{zh}。", clock(ms(*possible_s))),
                format!(
                    "A verified cordon existed at {}, {waited} before the order. Ordered then it closes at {closed}, {en}.",
                    clock(ms(*possible_s))
                ),
            ));
        }
        Some(Hindsight { possible_s, closed_s, ordered_s: None, .. }) => better.push(name(
            format!("{} 已有复核无漏口的方案，但从未下令；可在 {} 闭合。", clock(ms(*possible_s)), clock(ms(*closed_s))),
            format!(
                "A verified cordon existed at {} and was never ordered; it closes at {}.",
                clock(ms(*possible_s)),
                clock(ms(*closed_s))
            ),
        )),
        Some(_) => better.push(name(
            "一有可行方案就已下令，封控无法更早。",
            "The cordon was ordered as soon as there was one: none was possible sooner.",
        )),
        None => {}
    }
    for cordon in &drill.cordons {
        for gate in cordon.gates.iter().filter(|gate| gate.passed_ms.is_some()) {
            let place = drill.stage.junction_name(gate.junction);
            let (planned, passed) = (clock(gate.planned_ms), clock(gate.passed_ms.unwrap_or_default()));
            better.push(name(
                format!("嫌疑人 {passed} 过{}，方案应在 {planned} 封住。", place.zh),
                format!("He passed {} at {passed}; the plan held it at {planned}.", place.en),
            ));
        }
    }
    if let Some(worst) = late.first() {
        better.push(name(
            format!("最晚的是 {}，晚 {} 秒；留足安全余量才不影响闭合。", worst.unit, worst.late_s.round()),
            format!("{} was the latest, by {} s; the margin is there for that.", worst.unit, worst.late_s.round()),
        ));
    }
    better
}
