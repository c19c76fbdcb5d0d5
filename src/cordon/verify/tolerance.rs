//! How wrong the scene may be before a plan leaks.

use super::{
    super::{Guard, Passed, Scene},
    Approach, Fault, Held, Walk, Wrong, held,
};

/// He is tried so much faster, percent.
pub const FASTER_PERCENT: u32 = 10;
/// Everybody is tried so much later, milliseconds.
pub const LATER_MS: u32 = 30_000;
/// No larger margin is looked for, milliseconds: an hour.
pub const EXTRA_MARGIN_MS_MAX: u32 = 3_600_000;
/// No faster suspect is looked for, percent: ten times as fast.
pub const SPEED_UP_PERCENT_MAX: u32 = 900;

/// How wrong may we be?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerance {
    /// The ways out when he is [`FASTER_PERCENT`] faster; none when it still holds.
    pub faster: Vec<Vec<Passed>>,
    /// The ways out when the margin is [`LATER_MS`] larger; none when it still holds.
    pub later: Vec<Vec<Passed>>,
    /// With so much more margin it still holds, and with a millisecond more it does not; at most [`EXTRA_MARGIN_MS_MAX`]. None when
    /// it does not hold as it is.
    pub extra_margin_ms: Option<u32>,
    /// When all his times, those that he starts with too, are divided by 1 and so many hundredths it still holds, and with one more
    /// it does not; at most [`SPEED_UP_PERCENT_MAX`]. None when it does not hold as it is.
    pub speed_up_percent: Option<u32>,
}

/// How wrong the scene may be before some guards leak. Larger margins and faster suspects only open walls, so that the limits
/// are found by halving; a walk that holds or leaks tells of others that do as well, so that it takes some ten walks.
#[must_use]
pub fn tolerance(scene: &Scene, guards: &[Guard]) -> Tolerance {
    let mut approach = Approach::new(scene);
    let (held, faults) = held(scene, guards, &mut approach);
    let mut leaks = |wrong: Wrong| Walk::new(scene, &held, wrong, usize::MAX).leaks(wrong, &mut approach);
    let is_somewhere = !faults.contains(&Fault::Nowhere);
    let holds = is_somewhere && Walk::new(scene, &held, Wrong::default(), 1).escapes.is_empty();
    Tolerance {
        faster: leaks(Wrong { faster_percent: u64::from(FASTER_PERCENT), ..Wrong::default() }),
        later: leaks(Wrong { later_ms: u64::from(LATER_MS), ..Wrong::default() }),
        extra_margin_ms: holds.then(|| extra_margin_ms(scene, &held)),
        speed_up_percent: holds.then(|| speed_up_percent(scene, &held)),
    }
}

/// The largest that holds, given that none holds.
fn extra_margin_ms(scene: &Scene, held: &[Held]) -> u32 {
    let held_ms = |at| held.iter().find(|held| held.junction == at);
    let (mut holds, mut leaks) = (0, u64::from(EXTRA_MARGIN_MS_MAX) + 1);
    while holds + 1 < leaks {
        let later_ms = u64::midpoint(holds, leaks);
        let wrong = Wrong { later_ms, ..Wrong::default() };
        let walk = Walk::new(scene, held, wrong, 1);
        // How much later than it must be he is at a wall, or how much too soon.
        let spare_ms = |at, sign: i64| {
            let stops_ms = wrong.stops_ms(scene, *held_ms(at)?);
            u64::try_from(sign * super::between(stops_ms, walk.ms(at)?)).ok()
        };
        match walk.escapes.first() {
            // The walls that he comes to stay walls until the first of them runs out.
            None => {
                holds =
                    walk.walls.iter().filter_map(|at| spare_ms(*at, 1)).min().map_or(leaks - 1, |spare| (later_ms + spare).min(leaks - 1))
            }
            // The same way out stays open until at one of its junctions he is not too soon any more.
            Some(escape) => {
                let spare = walk.way(*escape).into_iter().filter_map(|at| spare_ms(at, -1)).min().unwrap_or(1);
                leaks = (later_ms + 1).saturating_sub(spare.max(1)).max(holds + 1);
            }
        }
    }
    holds as u32
}

/// The largest that holds, given that none holds.
fn speed_up_percent(scene: &Scene, held: &[Held]) -> u32 {
    let (mut holds, mut leaks) = (0, u64::from(SPEED_UP_PERCENT_MAX) + 1);
    while holds + 1 < leaks {
        let faster_percent = u64::midpoint(holds, leaks);
        match Walk::new(scene, held, Wrong { faster_percent, ..Wrong::default() }, 1).escapes.first() {
            None => holds = faster_percent,
            Some(_) => leaks = faster_percent,
        }
    }
    holds as u32
}
