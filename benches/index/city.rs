//! The city that the benches move units in: seeded, in the box of the sample city, uniform or in clusters.

use citygate::{
    geodesy::{EARTH_RADIUS_M, LatLng},
    index::{IndexWriter, Tag},
    model::{Capabilities, Capability, DeviceKind, Status, Timestamp, UnitKind, UnitNo},
};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::SliceRandom};

const SEED: u64 = 20_261_122;
/// The box, degrees; its north-eastern tenth is empty: nobody lives in the quarter from which `EMPTY_QUARTER` is asked.
pub const SOUTH_NORTH: std::ops::Range<f64> = 22.7..23.0;
pub const WEST_EAST: std::ops::Range<f64> = 108.2..108.6;
pub const STEP_M: f64 = 20.0;
/// Precomputed moves and questions, gone through round and round.
pub const PREPARED: usize = 1 << 16;
const HOT_SPOTS: usize = 20;
const HOT_SPOT_M: f64 = 1_000.0;

/// How units lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Evenly in the whole box.
    Uniform,
    /// Nine in ten within a kilometre or two of one of twenty hot spots.
    Clustered,
}

pub struct City {
    pub rng: SmallRng,
    pub at: Vec<LatLng>,
    pub tags: Vec<Tag>,
    lie: Lie,
    hot_spots: Vec<LatLng>,
}

/// A unit that moves, with its tag at hand, as a fix has it: no look-up is measured that nobody makes.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    pub unit: u32,
    pub from: LatLng,
    pub to: LatLng,
    pub tag: Tag,
}

/// Metres in a plane around the middle of the box.
pub fn flat(at: LatLng) -> [f64; 2] {
    let scale = 22.85_f64.to_radians().cos();
    [(at.lng_deg() - 108.4).to_radians() * EARTH_RADIUS_M * scale, (at.lat_deg() - 22.85).to_radians() * EARTH_RADIUS_M]
}

fn inside(at: LatLng) -> bool {
    SOUTH_NORTH.contains(&at.lat_deg()) && WEST_EAST.contains(&at.lng_deg()) && !is_empty_quarter(at)
}

/// The quarter without units: 10 by 10 km.
pub fn is_empty_quarter(at: LatLng) -> bool {
    at.lat_deg() > 22.91 && at.lng_deg() > 108.5
}

impl City {
    /// Of the units 30 % are available, 1 % on scene, and each has each of three capabilities by three in ten, so that 2.7 %
    /// have all three. All are shuffled, so that no branch predictor learns them.
    pub fn new(size: usize, lie: Lie) -> Self {
        let mut rng = SmallRng::seed_from_u64(SEED);
        let hot_spots = (0..HOT_SPOTS).map(|_| anywhere(&mut rng)).collect();
        let mut statuses: Vec<Status> = (0..size)
            .map(|n| match n * 100 / size {
                0..30 => Status::Available,
                30..31 => Status::OnScene,
                _ => Status::Busy,
            })
            .collect();
        statuses.shuffle(&mut rng);
        let tags = statuses.into_iter().map(|status| tag(status, &mut rng)).collect();
        let mut city = Self { rng, at: Vec::new(), tags, lie, hot_spots };
        city.at = (0..size).map(|_| city.somewhere()).collect();
        city
    }

    /// A place as units have them.
    pub fn somewhere(&mut self) -> LatLng {
        loop {
            if self.lie == Lie::Uniform || self.rng.random_bool(0.1) {
                return anywhere(&mut self.rng);
            }
            let spot = self.hot_spots[self.rng.random_range(0..HOT_SPOTS)];
            // The distance of a two-dimensional normal distribution.
            let distance_m = HOT_SPOT_M * (-2.0 * self.rng.random_range(f64::MIN_POSITIVE..1.0).ln()).sqrt();
            let at = spot.offset(distance_m, self.rng.random_range(0.0..360.0));
            if inside(at) {
                return at;
            }
        }
    }

    /// The next random move, within the box.
    pub fn step(&mut self) -> Move {
        loop {
            let unit = self.rng.random_range(0..self.at.len());
            let from = self.at[unit];
            let to = from.offset(STEP_M, self.rng.random_range(0.0..360.0));
            if inside(to) {
                self.at[unit] = to;
                return Move { unit: unit as u32, from, to, tag: self.tags[unit] };
            }
        }
    }

    /// There and back again, so that the round can start over: every move is a real one from where the unit is.
    pub fn round(&mut self) -> Vec<Move> {
        let there: Vec<_> = (0..PREPARED / 2).map(|_| self.step()).collect();
        let back = there.iter().rev().map(|step| Move { from: step.to, to: step.from, ..*step });
        there.iter().copied().chain(back).collect()
    }

    /// Places that are asked from: as units lie.
    pub fn questions(&mut self) -> Vec<LatLng> {
        (0..PREPARED).map(|_| self.somewhere()).collect()
    }

    pub fn index(&self) -> IndexWriter {
        let mut index = IndexWriter::default();
        let mut turn = index.turn();
        for (n, (at, tag)) in self.at.iter().zip(&self.tags).enumerate() {
            turn.place_unit(UnitNo(n as u32), *at, tag);
        }
        drop(turn);
        index
    }
}

fn tag(status: Status, rng: &mut SmallRng) -> Tag {
    let asked = [Capability::Armed, Capability::FirstAid, Capability::Motorway];
    Tag {
        kind: UnitKind::ALL[rng.random_range(0..UnitKind::ALL.len())],
        status,
        device: DeviceKind::VehicleTerminal,
        org: rng.random_range(0..71),
        capabilities: asked.into_iter().filter(|_| rng.random_bool(0.3)).collect::<Capabilities>(),
        seen: Timestamp::from_unix_ms(1_764_000_000_000),
    }
}

pub fn anywhere(rng: &mut SmallRng) -> LatLng {
    loop {
        let at = LatLng::new(rng.random_range(SOUTH_NORTH), rng.random_range(WEST_EAST)).unwrap();
        if !is_empty_quarter(at) {
            return at;
        }
    }
}
