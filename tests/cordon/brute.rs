//! Times and plans without any search: relaxed until nothing changes, and every plan tried.

use citygate::cordon::{Guard, Scene, Streets};

/// Times at all points, from some on: relaxed until nothing changes. Only points that are `open` at their time lead on.
fn relaxed(streets: &Streets, starts: impl Iterator<Item = (u32, u64)>, open: impl Fn(u32, u64) -> bool) -> Vec<Option<u64>> {
    let mut times: Vec<Option<u64>> = vec![None; streets.len()];
    for (point, ms) in starts {
        let time = &mut times[point as usize];
        *time = Some(time.map_or(ms, |known| known.min(ms)));
    }
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for point in 0..streets.len() as u32 {
            let Some(ms) = times[point as usize].filter(|ms| open(point, *ms)) else { continue };
            for step in streets.steps_out(point) {
                let (time, ms) = (&mut times[step.point as usize], ms + u64::from(step.ms));
                if time.is_none_or(|known| ms < known) {
                    (*time, changed) = (Some(ms), true);
                }
            }
        }
    }
    times
}

/// When each unit is ready at each junction.
pub(crate) struct Ready(Vec<Vec<Option<u64>>>);

impl Ready {
    pub(crate) fn new(scene: &Scene) -> Self {
        let of_unit = |unit: &citygate::cordon::Unit| {
            let going = &scene.goings[usize::from(unit.going)];
            let starts = unit.entries.iter().flatten().map(|entry| (entry.point, u64::from(entry.ms)));
            let times = relaxed(&going.streets, starts, |_, _| true);
            let mut ready = vec![None; scene.junctions()];
            for (point, ms) in times.into_iter().enumerate().filter_map(|(point, ms)| Some((point, ms?))) {
                let at: &mut Option<u64> = &mut ready[going.junction(point as u32).unwrap() as usize];
                *at = Some(at.map_or(ms, |known| known.min(ms)));
            }
            ready
        };
        Self(scene.units.iter().map(of_unit).collect())
    }

    pub(crate) fn ms(&self, unit: u32, junction: u32) -> Option<u64> {
        self.0[unit as usize][junction as usize]
    }

    /// When a junction could be held at the earliest, were it alone to be held.
    pub(crate) fn first_ms(&self, scene: &Scene, junction: u32) -> Option<u64> {
        let mut times: Vec<u64> = (0..scene.units.len() as u32).filter_map(|unit| self.ms(unit, junction)).collect();
        times.sort_unstable();
        times.get(scene.need(junction).checked_sub(1)?).copied()
    }

    pub(crate) fn guard(&self, junction: u32, unit: u32) -> Option<Guard> {
        Some(Guard { junction, unit, unit_ms: self.ms(unit, junction)? as u32, suspect_ms: None })
    }
}

/// From when on each junction is held: by as many of its guards as it takes, the earliest.
pub(crate) fn held(scene: &Scene, guards: &[Guard]) -> Vec<Option<u64>> {
    let of_junction = |junction: u32| {
        let mut times: Vec<u64> = guards.iter().filter(|guard| guard.junction == junction).map(|guard| u64::from(guard.unit_ms)).collect();
        times.sort_unstable();
        times.get(scene.need(junction).checked_sub(1)?).copied()
    };
    (0..scene.junctions() as u32).map(of_junction).collect()
}

/// Whether a junction that is held from then on stops him who comes at a time.
pub(crate) fn stops(scene: &Scene, held_ms: Option<u64>, ms: u64) -> bool {
    held_ms.is_some_and(|held| held + u64::from(scene.margin_ms) <= ms)
}

/// Where the suspect can be past what is held: by junction the earliest that he comes there.
pub(crate) fn comes(scene: &Scene, held: &[Option<u64>]) -> Vec<Option<u64>> {
    let starts = scene.starts.iter().map(|start| (start.point, u64::from(start.ms)));
    relaxed(&scene.suspect, starts, |at, ms| !stops(scene, held[at as usize], ms) && !scene.is_protected(at))
}

/// What is so of some guards.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Truth {
    pub(crate) holds: bool,
    pub(crate) enclosed: Vec<u32>,
    pub(crate) enclosed_weight: u64,
}

pub(crate) fn truth(scene: &Scene, held: &[Option<u64>]) -> Truth {
    let comes = comes(scene, held);
    let is_at = |at: &u32| comes[*at as usize].is_some_and(|ms| !stops(scene, held[*at as usize], ms));
    let (out, enclosed): (Vec<u32>, Vec<u32>) = (0..scene.junctions() as u32).filter(is_at).partition(|at| scene.is_protected(*at));
    Truth { holds: out.is_empty(), enclosed_weight: enclosed.iter().map(|at| u64::from(scene.weights[*at as usize])).sum(), enclosed }
}
