//! What is well and what is not, in words: what is wrong, and what to do.

use serde::Serialize;

use super::watch::Moment;
use crate::model::Name;

/// Less room on the disk is a warning, bytes: the journal of months.
const DISK_WARN_BYTES: u64 = 2 << 30;
/// Less is bad: the journal of days.
const DISK_BAD_BYTES: u64 = 256 << 20;
/// A clock that was set by more than this within a minute is a warning, milliseconds.
const CLOCK_SET_MS_MAX: i64 = 1_000;

/// How well something is; the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Well.
    Ok,
    /// Somebody should look.
    Warn,
    /// Something does not work.
    Bad,
}

impl State {
    /// In a word.
    #[must_use]
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Ok => ("正常", "well"),
            Self::Warn => ("注意", "look"),
            Self::Bad => ("故障", "bad"),
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How well it is.
    pub state: State,
    /// How it is, in words.
    pub says: Name,
    /// What to do; null where nothing is to be done.
    pub advice: Option<Name>,
}

/// What there is to look at.
#[derive(Debug, Clone, Copy)]
pub struct Sight {
    /// Now.
    pub now: Moment,
    /// A minute ago, or at the start.
    pub then: Moment,
    /// Whether the writer ticks.
    pub ticks: bool,
    /// Bytes that are free, and all.
    pub disk: Option<(u64, u64)>,
    /// Whether searches by road look in the right direction.
    pub has_landmarks: bool,
    /// Units that could be sent now.
    pub senders: usize,
    /// Units that are known.
    pub units: usize,
}

fn name(zh: impl Into<String>, en: impl Into<String>) -> Name {
    Name { zh: zh.into(), en: en.into() }
}

fn well(name: &'static str, says: Name) -> Check {
    Check { name, state: State::Ok, says, advice: None }
}

fn ill(name: &'static str, state: State, says: Name, advice: Name) -> Check {
    Check { name, state, says, advice: Some(advice) }
}

/// Looks at everything.
#[must_use]
pub fn look(sight: &Sight) -> Vec<Check> {
    vec![
        writer(sight),
        journal(sight),
        disk(sight),
        queue(sight),
        fixes(sight),
        sources(sight),
        clock(sight),
        roads(sight),
        coverage(sight),
        walls(sight),
    ]
}

fn writer(sight: &Sight) -> Check {
    if sight.ticks {
        return well("writer", name("写入线程在运行。", "The writer runs."));
    }
    ill(
        "writer",
        State::Bad,
        name("写入线程几秒钟没有动静：位置和状态不再更新。", "The writer made no tick within the last seconds: nothing moves any more."),
        name(
            "查看服务日志；若不恢复就重启服务，已确认的内容不会丢。",
            "See the log; restart when it stays so: nothing that was acknowledged is lost.",
        ),
    )
}

fn journal(sight: &Sight) -> Check {
    let (now, then) = (sight.now.readings.journal_failures, sight.then.readings.journal_failures);
    let advice = || {
        name(
            "检查磁盘：空间、是否只读、硬件错误。没写入的操作没有执行，发出的人已被告知。",
            "Look at the disk: room, read-only, faults. What was not kept was not done, and whoever asked was told.",
        )
    };
    if now > then {
        let count = now - then;
        let says = name(
            format!("最近一分钟有 {count} 批操作没能写入操作日志。"),
            format!("The journal could not keep {count} groups of events in the last minute."),
        );
        return ill("journal", State::Bad, says, advice());
    }
    if now > 0.0 {
        let says = name(
            format!("启动以来有 {now} 批操作没能写入操作日志，最近一分钟没有。"),
            format!("The journal could not keep {now} groups of events since the start, none in the last minute."),
        );
        return ill("journal", State::Warn, says, advice());
    }
    well("journal", name("操作日志写入正常。", "The journal keeps what is done."))
}

fn disk(sight: &Sight) -> Check {
    let Some((free, all)) = sight.disk else {
        let says = name("无法得知状态目录所在磁盘的剩余空间。", "The system does not say how much room the state folder's disk has.");
        return ill("disk", State::Warn, says, name("检查状态目录是否还在。", "See whether the state folder is still there."));
    };
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let says = name(
        format!("状态目录所在磁盘剩余 {:.1} GiB，共 {:.1} GiB。", gib(free), gib(all)),
        format!("The state folder's disk has {:.1} GiB free of {:.1} GiB.", gib(free), gib(all)),
    );
    let state = match free {
        ..DISK_BAD_BYTES => State::Bad,
        DISK_BAD_BYTES..DISK_WARN_BYTES => State::Warn,
        _ => return well("disk", says),
    };
    let advice = name(
        "腾出空间，或把状态目录移到更大的磁盘；写满后操作会被拒绝。",
        "Make room, or move the state folder to a larger disk; when it is full, commands are refused.",
    );
    ill("disk", state, says, advice)
}

fn queue(sight: &Sight) -> Check {
    let count = sight.now.readings.merged - sight.then.readings.merged;
    if count <= 0.0 {
        return well("queue", name("没有位置在队列里积压。", "No fix waits so long that a newer one replaces it."));
    }
    ill(
        "queue",
        State::Warn,
        name(
            format!("最近一分钟有 {count} 条位置在队列里被同一警力的更新位置取代。"),
            format!("In the last minute {count} fixes were replaced in the queue by newer ones of the same units."),
        ),
        name(
            "处理器跟不上：看是否有别的程序占用，或让设备少报一些；bus.fixes_max 只能延缓。",
            "The processor does not keep up: see what else it does, or have devices report less often; bus.fixes_max only delays it.",
        ),
    )
}

fn fixes(sight: &Sight) -> Check {
    let (now, then) = (sight.now.readings.accepted, sight.then.readings.accepted);
    let count = now - then;
    if count > 0.0 {
        return well("fixes", name(format!("最近一分钟收到 {count} 条位置。"), format!("{count} fixes were taken in the last minute.")));
    }
    let advice = name(
        "检查终端、网关和它们到这里的网络；/metrics 里 citygate_fixes_refused_total 说明被拒绝的原因。",
        "Look at terminals, gateways and the network between; citygate_fixes_refused_total in /metrics says why fixes are refused.",
    );
    if now > 0.0 {
        return ill("fixes", State::Bad, name("最近一分钟没有收到任何位置。", "No fix was taken in the last minute."), advice);
    }
    ill("fixes", State::Warn, name("启动以来还没有收到位置。", "No fix was taken since the start."), advice)
}

fn sources(sight: &Sight) -> Check {
    let (now, then) = (sight.now.readings.sources, sight.then.readings.sources);
    if now >= then {
        return well("sources", name(format!("{now} 个网关和终端在线。"), format!("{now} gateways and terminals are connected.")));
    }
    ill(
        "sources",
        State::Warn,
        name(
            format!("在线的网关和终端从一分钟前的 {then} 个减少到 {now} 个。"),
            format!("{now} gateways and terminals are connected; a minute ago there were {then}."),
        ),
        name("日志写明了每条连接为何断开；检查网关。", "The log says why each connection ended; look at the gateways."),
    )
}

fn clock(sight: &Sight) -> Check {
    let set_ms = sight.now.set_ms(&sight.then);
    let future = sight.now.readings.future - sight.then.readings.future;
    let advice = || {
        name(
            "检查这台机器的时间同步（timedatectl），再检查设备的时钟。",
            "Look at this machine's time synchronisation (timedatectl), then at the devices' clocks.",
        )
    };
    if set_ms.abs() > CLOCK_SET_MS_MAX {
        let says = name(
            format!("这台机器的时钟在最近一分钟被拨动了 {set_ms} 毫秒。"),
            format!("This machine's clock was set by {set_ms} ms in the last minute."),
        );
        return ill("clock", State::Warn, says, advice());
    }
    if future > 0.0 {
        let says = name(
            format!("最近一分钟有 {future} 条位置的时间超前于这台机器的时钟。"),
            format!("In the last minute {future} fixes came from ahead of this machine's clock."),
        );
        return ill("clock", State::Warn, says, advice());
    }
    well("clock", name("时钟平稳。", "The clock runs evenly."))
}

fn roads(sight: &Sight) -> Check {
    if sight.has_landmarks {
        return well("roads", name("路网就绪。", "The roads are ready."));
    }
    ill(
        "roads",
        State::Warn,
        name(
            "路网的地标还在计算：按道路的查询较慢，结果一样。",
            "Landmarks of the roads are still being found: questions by road are slower, their answers the same.",
        ),
        name("启动后几秒钟即可；若一直如此，查看日志。", "It takes some seconds after the start; when it stays so, see the log."),
    )
}

fn coverage(sight: &Sight) -> Check {
    let Sight { senders, units, .. } = *sight;
    if senders > 0 {
        return well(
            "coverage",
            name(format!("{units} 个警力中有 {senders} 个可派。"), format!("{senders} of {units} units could be sent.")),
        );
    }
    ill(
        "coverage",
        State::Warn,
        name(
            format!("{units} 个警力中没有一个可派：覆盖图是空的。"),
            format!("None of {units} units could be sent: the map of coverage is empty."),
        ),
        name(
            "可派的警力须待命、位置新鲜、在道路上：检查状态和位置来源。",
            "A unit that can be sent is available, has a live fix and is on a road: look at statuses and at where fixes come from.",
        ),
    )
}

fn walls(sight: &Sight) -> Check {
    let (now, then) = (sight.now.readings, sight.then.readings);
    let (behind, stuck) = (now.behind - then.behind, now.stuck - then.stuck);
    if behind <= 0.0 && stuck <= 0.0 {
        return well(
            "walls",
            name(format!("{} 面大屏在线，都跟得上。", now.walls), format!("{} walls are connected and keep up.", now.walls)),
        );
    }
    ill(
        "walls",
        State::Warn,
        name(
            format!("最近一分钟 {behind} 面大屏因太慢被断开，{stuck} 条连接因不接收而关闭。"),
            format!(
                "In the last minute {behind} walls were cut off because they were too slow, and {stuck} sockets were closed because they took nothing."
            ),
        ),
        name("检查那些大屏的电脑和网络。", "Look at the computers of those walls and at their network."),
    )
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::server::health::watch::Readings;

    fn sight(change: impl FnOnce(&mut Sight)) -> Sight {
        let start = Instant::now();
        let readings = Readings { accepted: 100.0, sources: 4.0, ..Readings::default() };
        let then = Moment { readings, wall_ms: 0, at: start };
        let now = Moment { readings: Readings { accepted: 700.0, ..readings }, wall_ms: 60_000, at: start + Duration::from_secs(60) };
        let mut sight = Sight { now, then, ticks: true, disk: Some((9 << 30, 10 << 30)), has_landmarks: true, senders: 5, units: 9 };
        change(&mut sight);
        sight
    }

    #[test]
    fn what_is_well_needs_no_advice() {
        let checks = look(&sight(|_| {}));
        assert!(checks.iter().all(|check| check.state == State::Ok && check.advice.is_none()), "{checks:?}");
    }

    #[test]
    fn each_fault_is_one_check_with_what_to_do_in_both_languages() {
        type Fault = fn(&mut Sight);
        let faults: [(&str, State, Fault); 15] = [
            ("writer", State::Bad, |sight| sight.ticks = false),
            ("journal", State::Bad, |sight| sight.now.readings.journal_failures = 2.0),
            ("journal", State::Warn, |sight| {
                sight.now.readings.journal_failures = 2.0;
                sight.then.readings.journal_failures = 2.0;
            }),
            ("disk", State::Warn, |sight| sight.disk = Some((1 << 30, 10 << 30))),
            ("disk", State::Bad, |sight| sight.disk = Some((1 << 20, 10 << 30))),
            ("disk", State::Warn, |sight| sight.disk = None),
            ("queue", State::Warn, |sight| sight.now.readings.merged = 1.0),
            ("fixes", State::Bad, |sight| sight.now.readings.accepted = 100.0),
            ("sources", State::Warn, |sight| sight.now.readings.sources = 3.0),
            ("clock", State::Warn, |sight| sight.now.wall_ms += 2_000),
            ("clock", State::Warn, |sight| sight.now.readings.future = 1.0),
            ("roads", State::Warn, |sight| sight.has_landmarks = false),
            ("coverage", State::Warn, |sight| sight.senders = 0),
            ("walls", State::Warn, |sight| sight.now.readings.behind = 1.0),
            ("walls", State::Warn, |sight| sight.now.readings.stuck = 1.0),
        ];
        for (name, state, fault) in faults {
            let bad: Vec<_> = look(&sight(fault)).into_iter().filter(|check| check.state != State::Ok).collect();
            assert_eq!(bad.iter().map(|check| (check.name, check.state)).collect::<Vec<_>>(), [(name, state)]);
            let advice = bad[0].advice.as_ref().unwrap();
            assert!(!advice.zh.is_ascii() && advice.en.is_ascii() && bad[0].says.en.is_ascii() && !bad[0].says.zh.is_ascii(), "{bad:?}");
        }
    }
}
