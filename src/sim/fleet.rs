//! All units of the city with their motion: pure, one step a unit at a time.

use rand::{Rng, rngs::SmallRng};

use super::{
    chance::dice,
    movement::{Flier, GpsNoise, Ground, Guide, Motion, Pace, habits},
};
use crate::{
    engine::Closure,
    geodesy::LatLng,
    model::{Status, Timestamp, UnitKind, UnitSpec},
    roads::RoadNetwork,
};

/// One position report, before a protocol writes it. Rounded once, to a millionth of a degree (0.1 m), so that every
/// protocol carries the same position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimFix {
    /// When.
    pub time: Timestamp,
    /// Latitude, millionths of a degree.
    pub lat_udeg: i32,
    /// Longitude, millionths of a degree.
    pub lng_udeg: i32,
    /// Ground speed, metres a second.
    pub speed_mps: f64,
    /// Course, degrees clockwise from north, 0 to 359.9 in tenths.
    pub heading_deg: f64,
    /// What the receiver thinks of its error, metres.
    pub accuracy_m: f64,
    /// The alarm button is pressed.
    pub alarm: bool,
}

/// Degrees as text with six decimals, without going through a float.
#[derive(Debug, Clone, Copy)]
pub struct Degrees(
    /// Millionths of a degree.
    pub i32,
);

impl std::fmt::Display for Degrees {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
    }
}

#[derive(Debug)]
enum Mover {
    Ground(Ground),
    Flier(Flier),
    /// A post, or a unit in a city without roads.
    Fixed(LatLng),
}

#[derive(Debug)]
struct Actor {
    kind: UnitKind,
    status: Status,
    mover: Mover,
    noise: GpsNoise,
    rng: SmallRng,
    /// Where a unit that stands faces: what stands has no course of its own.
    heading_deg: f64,
    last: Option<SimFix>,
    /// It has an order: it goes where it is sent and stands otherwise, whatever its status.
    is_ordered: bool,
}

/// The units, numbered as they were given.
#[derive(Debug)]
pub struct Fleet {
    guide: Guide,
    actors: Vec<Actor>,
}

/// What a unit of a status is about.
#[must_use]
pub const fn pace(status: Status) -> Pace {
    match status {
        Status::Available | Status::Assigned => Pace::Patrol,
        Status::EnRoute => Pace::Urgent,
        Status::OffDuty | Status::OnScene | Status::Busy | Status::OutOfService => Pace::Still,
    }
}

impl Actor {
    const fn is_sent(&self) -> bool {
        matches!(&self.mover, Mover::Ground(ground) if ground.is_sent())
    }

    const fn pace(&self) -> Pace {
        match (self.is_ordered, self.is_sent()) {
            (true, true) => Pace::Urgent,
            (true, false) => Pace::Still,
            (false, _) => pace(self.status),
        }
    }
}

impl Fleet {
    /// Puts every unit near its home; one without a home stands in the middle of the city, `centre`.
    #[must_use]
    pub fn new<'a>(units: impl IntoIterator<Item = &'a UnitSpec>, roads: RoadNetwork, centre: LatLng, seed: u64) -> Self {
        let guide = Guide::new(roads);
        let actor = |unit: &UnitSpec| {
            let mut rng = dice(seed, unit.id.as_str());
            let home = unit.home.unwrap_or(centre);
            let mover = match unit.kind {
                UnitKind::Post => Mover::Fixed(home),
                kind if kind.flies() => Mover::Flier(Flier::new(kind, home, &mut rng)),
                kind => Ground::new(habits(kind), home, guide.network(), &mut rng).map_or(Mover::Fixed(home), Mover::Ground),
            };
            let (noise, heading_deg) = (GpsNoise::new(&mut rng), rng.random_range(0.0..360.0));
            Actor { kind: unit.kind, status: unit.status, mover, noise, rng, heading_deg, last: None, is_ordered: false }
        };
        let actors = units.into_iter().map(actor).collect();
        Self { guide, actors }
    }

    /// How many units there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.actors.len()
    }

    /// Whether there is no unit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actors.is_empty()
    }

    /// A unit's kind.
    #[must_use]
    pub fn kind(&self, unit: usize) -> Option<UnitKind> {
        self.actors.get(unit).map(|actor| actor.kind)
    }

    /// What a unit is doing.
    #[must_use]
    pub fn status(&self, unit: usize) -> Option<Status> {
        self.actors.get(unit).map(|actor| actor.status)
    }

    /// Tells a unit what to do from its next step on.
    pub fn set_status(&mut self, unit: usize, status: Status) {
        if let Some(actor) = self.actors.get_mut(unit) {
            actor.status = status;
        }
    }

    /// A unit has an order and waits for what comes of it.
    pub fn order(&mut self, unit: usize) {
        if let Some(actor) = self.actors.get_mut(unit) {
            actor.is_ordered = true;
        }
    }

    /// Sends a unit that has an order to a place along the roads, in a hurry; false when it cannot go there.
    pub fn send(&mut self, unit: usize, to: LatLng) -> bool {
        let Self { guide, actors } = self;
        let Some(Actor { kind, mover: Mover::Ground(ground), .. }) = actors.get_mut(unit) else { return false };
        let Some(route) = guide.way(*kind, ground.place(), to) else { return false };
        ground.send(&route, guide.network());
        true
    }

    /// Hears what is closed or slow now, all of it; whether that is news.
    pub fn hear(&mut self, closures: Vec<Closure>) -> bool {
        self.guide.hear(closures)
    }

    /// Whether a unit has an order.
    #[must_use]
    pub fn is_ordered(&self, unit: usize) -> bool {
        self.actors.get(unit).is_some_and(|actor| actor.is_ordered)
    }

    /// Whether a unit is on its way to where it was sent.
    #[must_use]
    pub fn is_sent(&self, unit: usize) -> bool {
        self.actors.get(unit).is_some_and(Actor::is_sent)
    }

    /// A unit has no order any more and goes on with what its status says.
    pub fn release(&mut self, unit: usize) {
        if let Some(actor) = self.actors.get_mut(unit) {
            actor.is_ordered = false;
            if let Mover::Ground(ground) = &mut actor.mover {
                ground.release();
            }
        }
    }

    /// The same, and from now on about a place.
    pub fn settle(&mut self, unit: usize, home: LatLng) {
        self.release(unit);
        if let Some(Actor { mover: Mover::Ground(ground), .. }) = self.actors.get_mut(unit) {
            ground.settle(home);
        }
    }

    /// The last fix of a unit.
    #[must_use]
    pub fn last(&self, unit: usize) -> Option<SimFix> {
        self.actors.get(unit)?.last
    }

    /// Moves one unit on by `dt_s` seconds and gives its fix. About 1 us.
    pub fn step(&mut self, unit: usize, dt_s: f64, time: Timestamp) -> Option<SimFix> {
        let Self { guide, actors } = self;
        let actor = actors.get_mut(unit)?;
        let pace = actor.pace();
        let motion = match &mut actor.mover {
            Mover::Ground(ground) => ground.step(dt_s, pace, guide, &mut actor.rng)?,
            Mover::Flier(flier) => flier.step(dt_s, pace, &mut actor.rng)?,
            Mover::Fixed(at) => Motion { at: *at, speed_mps: 0.0, heading_deg: actor.heading_deg },
        };
        if motion.speed_mps > 0.0 {
            actor.heading_deg = motion.heading_deg;
        }
        let at = actor.noise.apply(motion.at, dt_s, &mut actor.rng);
        let udeg = |degrees: f64| (degrees * 1e6).round() as i32;
        let fix = SimFix {
            time,
            lat_udeg: udeg(at.lat_deg()),
            lng_udeg: udeg(at.lng_deg()),
            speed_mps: motion.speed_mps,
            heading_deg: (actor.heading_deg * 10.0).round() % 3_600.0 / 10.0,
            accuracy_m: actor.noise.accuracy_m(),
            alarm: false,
        };
        actor.last = Some(fix);
        Some(fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::movement::town::town;

    fn units() -> Vec<UnitSpec> {
        let unit = |(n, kind): (usize, &UnitKind)| -> UnitSpec {
            let line =
                format!(r#"{{"id":"u{n}","callsign":"U{n}","kind":"{kind}","org":"o","status":"available","home":[108.305,22.805]}}"#);
            serde_json::from_str(&line).unwrap()
        };
        UnitKind::ALL.iter().cycle().take(40).enumerate().map(unit).collect()
    }

    fn run(seed: u64, seconds: i64) -> Vec<SimFix> {
        let mut fleet = Fleet::new(&units(), town(8), LatLng::new(22.8, 108.3).unwrap(), seed);
        let mut fixes = Vec::new();
        for second in 0..seconds {
            for unit in 0..fleet.len() {
                if second == 100 && unit % 3 == 0 {
                    fleet.set_status(unit, Status::EnRoute);
                }
                fixes.push(fleet.step(unit, 1.0, Timestamp::from_unix_ms(second * 1_000)).unwrap());
            }
        }
        fixes
    }

    #[test]
    fn the_same_seed_gives_the_same_positions() {
        assert_eq!(run(1, 300), run(1, 300));
        assert_ne!(run(1, 300), run(2, 300));
    }

    #[test]
    fn no_unit_depends_on_another() {
        let together = run(1, 99);
        let mut fleet = Fleet::new(&units(), town(8), LatLng::new(22.8, 108.3).unwrap(), 1);
        for unit in (0..fleet.len()).rev() {
            for second in 0..99 {
                let alone = fleet.step(unit, 1.0, Timestamp::from_unix_ms(second as i64 * 1_000)).unwrap();
                assert_eq!(alone, together[second * fleet.len() + unit]);
            }
        }
    }

    #[test]
    fn posts_stand_and_who_is_off_duty_stands() {
        let mut fleet = Fleet::new(&units(), town(8), LatLng::new(22.8, 108.3).unwrap(), 1);
        for unit in 0..fleet.len() {
            if fleet.kind(unit) != Some(UnitKind::Post) {
                fleet.set_status(unit, Status::OffDuty);
            }
        }
        let first: Vec<_> = (0..fleet.len()).map(|unit| fleet.step(unit, 1.0, Timestamp::default()).unwrap()).collect();
        for second in 1..200 {
            for (unit, first) in first.iter().enumerate() {
                let fix = fleet.step(unit, 1.0, Timestamp::from_unix_ms(second * 1_000)).unwrap();
                assert_eq!(fix.speed_mps, 0.0);
                assert!((fix.lat_udeg - first.lat_udeg).abs() < 250 && (fix.lng_udeg - first.lng_udeg).abs() < 250);
            }
        }
    }

    #[test]
    fn degrees_are_written_exactly() {
        for (udeg, text) in [(22_800_001, "22.800001"), (-5, "-0.000005"), (0, "0.000000"), (-179_999_999, "-179.999999")] {
            assert_eq!(Degrees(udeg).to_string(), text);
        }
    }
}
