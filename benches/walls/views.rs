//! What each wall looks at: some the whole city, the others a district or less around places of the sample city.

use std::fs;

use citygate::geodesy::LatLng;
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

/// How long and wide what is looked at is, metres.
const SIDE_M: std::ops::Range<f64> = 2_000.0..8_000.0;
/// Walls that are looked into, of all.
const SAMPLES: usize = 20;

/// The two kinds of walls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    City = 0,
    District = 1,
}

/// What a wall looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct View {
    /// West, south, east, north in degrees; none is the whole city.
    pub(crate) bbox: Option<[f64; 4]>,
    /// Whether all that it is sent is looked into.
    pub(crate) is_sample: bool,
}

/// A wall of the whole city.
pub(crate) const CITY: View = View { bbox: None, is_sample: false };

impl View {
    pub(crate) const fn extent(&self) -> Extent {
        if self.bbox.is_none() { Extent::City } else { Extent::District }
    }

    /// What asks for it.
    pub(crate) fn subscribe(&self) -> String {
        let bbox = self
            .bbox
            .map_or_else(|| "null".to_owned(), |[west, south, east, north]| format!("[{west:.6},{south:.6},{east:.6},{north:.6}]"));
        format!(r#"{{"type":"subscribe","bbox":{bbox},"kinds":null,"layers":[]}}"#)
    }
}

/// Where units of the sample city are at home.
pub(crate) fn places(units: &std::path::Path) -> Vec<LatLng> {
    let home = |line: &str| {
        let unit: serde_json::Value = serde_json::from_str(line).unwrap();
        let degrees = |n: usize| unit["home"][n].as_f64().unwrap();
        LatLng::new(degrees(1), degrees(0)).unwrap()
    };
    fs::read_to_string(units).unwrap().lines().map(home).collect()
}

fn around(place: LatLng, rng: &mut SmallRng) -> [f64; 4] {
    let (wide_m, high_m) = (rng.random_range(SIDE_M), rng.random_range(SIDE_M));
    let at = |half_m: f64, bearing_deg| place.offset(half_m, bearing_deg);
    [
        at(wide_m / 2.0, 270.0).lng_deg(),
        at(high_m / 2.0, 180.0).lat_deg(),
        at(wide_m / 2.0, 90.0).lng_deg(),
        at(high_m / 2.0, 0.0).lat_deg(),
    ]
}

/// The views of so many walls, those of the whole city spread evenly among the others; so are those that are looked into.
pub(crate) fn of(count: usize, city_share: f64, places: &[LatLng], seed: u64) -> Vec<View> {
    let mut rng = SmallRng::seed_from_u64(seed);
    let cities = |walls: usize| (walls as f64 * city_share).round() as usize;
    let view = |n: usize| {
        let is_city = cities(n + 1) > cities(n);
        View { bbox: (!is_city).then(|| around(*places.choose(&mut rng).unwrap(), &mut rng)), is_sample: false }
    };
    let mut views: Vec<View> = (0..count).map(view).collect();
    for extent in [Extent::City, Extent::District] {
        let all: Vec<usize> = (0..count).filter(|n| views[*n].extent() == extent).collect();
        // At least one of each kind that there is.
        let samples = (SAMPLES * all.len()).div_ceil(count.max(1)).min(all.len());
        for n in 0..samples {
            views[all[n * all.len() / samples]].is_sample = true;
        }
    }
    views
}
