//! The suspect: where he is, and where he goes next.

use std::collections::VecDeque;

use rand::{Rng, rngs::SmallRng};

use super::{
    flight::{Held, Here, Streets},
    journey::{Point, Stretch},
    scenario::{self, Behaviour, OnTheRun},
};
use crate::{
    geodesy::{LatLng, bearing_deg, haversine_m},
    roads::{Drive, DriveNo, JunctionNo},
    sim::chance::dice,
};

/// One who keeps out of the way looks again after so long, milliseconds.
const LOOKS_MS: i64 = 2_000;

/// What he does until something changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Doing {
    /// He stands.
    Stands { until_ms: i64 },
    /// He goes along a drive, to its end.
    Goes(Stretch),
}

/// The suspect.
#[derive(Debug)]
pub(super) struct Suspect<'a> {
    scenario: &'a scenario::Suspect,
    streets: Streets<'a>,
    pub(super) travel: OnTheRun,
    here: Here,
    /// The drive that he came to his junction along.
    came: Option<Drive>,
    pub(super) doing: Doing,
    /// Drives that he means to take.
    way: VecDeque<DriveNo>,
    /// The junctions that he goes to first, and how long he stays there.
    legs: VecDeque<(JunctionNo, i64)>,
    /// When one who hides comes out again; set when he goes into hiding.
    comes_out_ms: Option<i64>,
    rng: SmallRng,
    track: Vec<Point>,
}

/// What he may know: who is where from when on, and what is out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knows<'k> {
    pub(super) held: &'k Held,
    pub(super) is_out: &'k [bool],
}

impl Knows<'_> {
    fn is_out(&self, junction: JunctionNo) -> bool {
        self.is_out.get(junction as usize).copied().unwrap_or_default()
    }
}

impl<'a> Suspect<'a> {
    /// Where he begins, standing until he leaves.
    pub(super) fn new(scenario: &'a scenario::Suspect, streets: Streets<'a>, here: Here, seed: u64) -> Self {
        let network = streets.network;
        let legs = scenario.legs.iter().filter_map(|leg| Some((network.nearest_junction(leg.to)?, leg.wait_ms))).collect();
        let mut this = Self {
            scenario,
            streets,
            travel: scenario.travel,
            here,
            came: None,
            doing: Doing::Stands { until_ms: scenario.leaves_ms },
            way: VecDeque::new(),
            legs,
            comes_out_ms: None,
            rng: dice(seed, "suspect"),
            track: Vec::new(),
        };
        let at = this.at(0);
        this.track.push((0, at));
        this
    }

    /// Until when he does what he does.
    pub(super) const fn until_ms(&self) -> i64 {
        match &self.doing {
            Doing::Stands { until_ms } => *until_ms,
            Doing::Goes(stretch) => stretch.end_ms,
        }
    }

    /// Where he is.
    pub(super) fn at(&self, now_ms: i64) -> LatLng {
        let network = self.streets.network;
        match (self.doing, self.here) {
            (Doing::Goes(stretch), _) => network.position(stretch.place(network, now_ms)),
            (Doing::Stands { .. }, Here::Junction(junction)) => network.junctions().get(junction as usize),
            (Doing::Stands { .. }, Here::Edge(place, _)) => network.position(place),
        }
        .unwrap_or_default()
    }

    /// Where on the roads he is.
    pub(super) fn here(&self, now_ms: i64) -> Here {
        match self.doing {
            Doing::Goes(stretch) => Here::Edge(stretch.place(self.streets.network, now_ms), stretch.drive),
            Doing::Stands { .. } => self.here,
        }
    }

    /// The edge that he is on, and how far along its line, metres.
    pub(super) fn on(&self, now_ms: i64) -> Option<(u32, f64)> {
        let network = self.streets.network;
        match (self.doing, self.here) {
            (Doing::Goes(stretch), _) => Some((stretch.drive.edge, stretch.along_edge_m(network, now_ms))),
            (Doing::Stands { .. }, Here::Edge(place, _)) => Some((place.edge, place.share() * network.length_m(place.edge)?)),
            (Doing::Stands { .. }, Here::Junction(_)) => None,
        }
    }

    /// The junction that he stands at.
    pub(super) const fn stands_at(&self) -> Option<JunctionNo> {
        match (&self.doing, self.here) {
            (Doing::Stands { .. }, Here::Junction(junction)) => Some(junction),
            _ => None,
        }
    }

    /// He is where he was going: the junction, where it is one.
    pub(super) fn arrive(&mut self, now_ms: i64) -> Option<JunctionNo> {
        if let Doing::Goes(stretch) = self.doing {
            stretch.track(self.streets.network, now_ms, &mut self.track);
            if let Some((_, to)) = self.streets.network.ends(stretch.drive.no()) {
                self.here = Here::Junction(to);
                self.doing = Doing::Stands { until_ms: now_ms };
                self.came = Some(stretch.drive);
                return Some(to);
            }
        }
        self.came = None;
        let at = self.at(now_ms);
        self.track.push((now_ms, at));
        None
    }

    /// He stops where he is, and thinks again.
    pub(super) fn halt(&mut self, now_ms: i64) {
        if let Doing::Goes(stretch) = self.doing {
            stretch.track(self.streets.network, now_ms, &mut self.track);
        }
        let at = self.at(now_ms);
        if self.track.last().is_none_or(|(ms, _)| *ms < now_ms) {
            self.track.push((now_ms, at));
        }
        self.here = self.here(now_ms);
        self.doing = Doing::Stands { until_ms: now_ms };
        self.way.clear();
    }

    /// He goes on another way from here on.
    pub(super) fn change(&mut self, travel: OnTheRun, now_ms: i64) {
        self.halt(now_ms);
        let Streets { network, graph, all, .. } = self.streets;
        self.travel = travel;
        self.streets = Streets::new(network, graph, all, travel.travel(), self.scenario.faster, self.scenario.keeps_one_way);
    }

    /// Whether what he knows of others changes what he does.
    pub(super) const fn listens(&self) -> bool {
        matches!(self.scenario.behaviour, Behaviour::KnowsThePlan)
    }

    /// Whether he hides: nobody sees him.
    pub(super) const fn hides(&self, now_ms: i64) -> bool {
        matches!(self.comes_out_ms, Some(comes_out_ms) if now_ms < comes_out_ms)
    }

    /// Where he was at a time that is past.
    pub(super) fn was_at(&self, ms: i64, now_ms: i64) -> LatLng {
        if let Doing::Goes(stretch) = self.doing
            && ms >= stretch.start_ms
        {
            return self.at(ms);
        }
        let after = self.track.partition_point(|(at_ms, _)| *at_ms < ms);
        let before = after.checked_sub(1).and_then(|before| self.track.get(before));
        match (before, self.track.get(after)) {
            (Some((from_ms, from)), Some((to_ms, to))) => {
                let share = (ms - from_ms) as f64 / (to_ms - from_ms).max(1) as f64;
                from.offset(haversine_m(*from, *to) * share, bearing_deg(*from, *to))
            }
            (None, Some((_, at))) => *at,
            (_, None) => self.at(now_ms),
        }
    }

    /// Where he has been.
    pub(super) fn track(&self) -> &[Point] {
        &self.track
    }

    /// Decides what he does now.
    pub(super) fn decide(&mut self, now_ms: i64, knows: Knows<'_>) {
        self.doing = self.next(now_ms, knows);
    }

    fn next(&mut self, now_ms: i64, knows: Knows<'_>) -> Doing {
        while let Some(&(to, wait_ms)) = self.legs.front() {
            if self.here == Here::Junction(to) {
                self.legs.pop_front();
                self.way.clear();
                if wait_ms > 0 {
                    return Doing::Stands { until_ms: now_ms + wait_ms };
                }
            } else if let Some(stretch) = self.along(now_ms, &Held::new(), |junction| junction == to) {
                return Doing::Goes(stretch);
            } else {
                self.legs.pop_front();
            }
        }
        let stays = Doing::Stands { until_ms: i64::MAX };
        match self.scenario.behaviour {
            Behaviour::Itinerary => stays,
            Behaviour::ShortestWayOut => self.out(now_ms, knows).unwrap_or(stays),
            Behaviour::Random => self.anywhere(now_ms, &Held::new()).map_or(stays, Doing::Goes),
            Behaviour::Hides => {
                if now_ms < self.scenario.leaves_ms + self.scenario.hides_after_ms {
                    return self.anywhere(now_ms, &Held::new()).map_or(stays, Doing::Goes);
                }
                let comes_out_ms = *self.comes_out_ms.get_or_insert(now_ms + self.scenario.hides_ms);
                if now_ms < comes_out_ms {
                    return Doing::Stands { until_ms: comes_out_ms };
                }
                self.out(now_ms, knows).unwrap_or(stays)
            }
            Behaviour::KnowsThePlan => {
                // What is known may have changed since the last junction.
                self.way.clear();
                if let Some(stretch) = self.along(now_ms, knows.held, |junction| knows.is_out(junction)) {
                    return Doing::Goes(stretch);
                }
                // Sometimes he waits, sometimes he looks elsewhere.
                let goes = if self.rng.random_bool(0.5) { self.anywhere(now_ms, knows.held) } else { None };
                goes.map_or(Doing::Stands { until_ms: now_ms + LOOKS_MS }, Doing::Goes)
            }
        }
    }

    fn out(&mut self, now_ms: i64, knows: Knows<'_>) -> Option<Doing> {
        self.along(now_ms, &Held::new(), |junction| knows.is_out(junction)).map(Doing::Goes)
    }

    /// The next stretch of the way that he means to take to a junction that is wanted.
    fn along(&mut self, now_ms: i64, held: &Held, is_wanted: impl Fn(JunctionNo) -> bool) -> Option<Stretch> {
        if self.way.is_empty() {
            self.way = self.streets.way(self.here, now_ms, held, is_wanted)?.into();
        }
        let drive = self.way.pop_front()?;
        self.stretch(drive, now_ms)
    }

    /// Any way on by chance, not back unless there is no other, and not to where somebody is before him.
    fn anywhere(&mut self, now_ms: i64, held: &Held) -> Option<Stretch> {
        if let Here::Edge(_, drive) = self.here {
            return self.stretch(drive.no(), now_ms).filter(|stretch| self.is_free(drive.no(), stretch.end_ms, held));
        }
        let Here::Junction(junction) = self.here else { return None };
        let back = self.came.map(|came| Drive { backward: !came.backward, ..came }.no());
        let free = |(drive, _, ms): &(DriveNo, JunctionNo, u32)| self.is_free(*drive, now_ms + i64::from(*ms), held);
        let mut ways: Vec<DriveNo> = self.streets.ways(junction).filter(free).map(|(drive, ..)| drive).collect();
        if ways.len() > 1 {
            ways.retain(|drive| Some(*drive) != back);
        }
        let nth = self.rng.random_range(0..ways.len().max(1));
        self.stretch(*ways.get(nth)?, now_ms)
    }

    fn is_free(&self, drive: DriveNo, comes_ms: i64, held: &Held) -> bool {
        let to = self.streets.network.ends(drive).map(|(_, to)| to);
        to.and_then(|to| held.get(&to)).is_none_or(|ready_ms| *ready_ms > comes_ms)
    }

    /// From here to the end of a drive.
    fn stretch(&self, drive: DriveNo, now_ms: i64) -> Option<Stretch> {
        let (whole_ms, drive) = (self.streets.cost(drive)?, Drive::from_no(drive));
        let length_m = self.streets.network.length_m(drive.edge)?;
        let (start_m, ms) = match self.here {
            Here::Junction(_) => (0.0, whole_ms),
            Here::Edge(place, _) => {
                let share = if drive.backward { 1.0 - place.share() } else { place.share() };
                (share * length_m, place.ms_to_end(drive.backward, whole_ms))
            }
        };
        Some(Stretch { drive, start_m, end_m: length_m, start_ms: now_ms, end_ms: now_ms + i64::from(ms) })
    }
}
