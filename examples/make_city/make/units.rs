//! The 3,500 units: kind, home, crew, capabilities, devices, first status.

use serde::Serialize;

use super::dice::Dice;
use super::mesh::Class;
use super::network::Net;
use super::organisations::{CITY, Force};
use super::places::{Places, STREET_POSTS};
use super::plan::reach;
use super::space::{P, along, dist, length, lon_lat};
use super::zones::Division;

/// A device that reports positions.
#[derive(Debug, Serialize)]
pub(crate) struct Device {
    pub id: String,
    pub kind: &'static str,
}

/// One line of `units.ndjson`.
#[derive(Debug, Serialize)]
pub(crate) struct Unit {
    pub id: String,
    pub callsign: String,
    pub kind: &'static str,
    pub org: String,
    pub capabilities: Vec<&'static str>,
    pub crew: u32,
    pub status: &'static str,
    pub devices: Vec<Device>,
    pub home: [f64; 2],
}

/// Kind, letter of the callsign, digits, how many.
const KINDS: [(&str, &str, usize, usize); 8] = [
    ("patrol_car", "C", 3, 759),
    ("armed_car", "A", 3, 82),
    ("motorcycle", "M", 3, 800),
    ("foot", "F", 4, 1354),
    ("helicopter", "H", 1, 2),
    ("drone", "D", 2, 24),
    ("post", "P", 2, 74),
    ("volunteers", "V", 3, 405),
];
const FOOT_PAIRS: usize = 446;
const STATUSES: [(&str, usize); 7] =
    [("available", 1972), ("assigned", 9), ("en_route", 27), ("on_scene", 34), ("busy", 507), ("off_duty", 871), ("out_of_service", 80)];
/// Two units on duty do not begin nearer to each other while there is room.
const APART_KM: f64 = 0.11;

/// Capabilities and how likely each is.
fn skills(kind: &str, armed_post: bool) -> &'static [(&'static str, f64)] {
    match kind {
        "patrol_car" => &[
            ("first_aid", 0.5),
            ("traffic_control", 0.4),
            ("evidence", 0.15),
            ("motorway", 0.12),
            ("bilingual", 0.1),
            ("dog", 0.04),
            ("negotiator", 0.03),
            ("water_rescue", 0.03),
        ],
        "armed_car" => &[("armed", 1.0), ("riot", 0.6), ("breaching", 0.4), ("first_aid", 0.5), ("negotiator", 0.15), ("dog", 0.1)],
        "motorcycle" => &[("traffic_control", 0.7), ("first_aid", 0.25), ("bilingual", 0.1), ("motorway", 0.08)],
        "foot" => {
            &[("first_aid", 0.3), ("bilingual", 0.12), ("evidence", 0.05), ("dog", 0.04), ("drone_pilot", 0.03), ("negotiator", 0.02)]
        }
        "helicopter" => &[("first_aid", 1.0), ("water_rescue", 1.0), ("armed", 1.0)],
        "drone" => &[("drone_pilot", 1.0), ("evidence", 0.4)],
        "post" if armed_post => &[("armed", 1.0), ("riot", 0.5), ("first_aid", 0.5)],
        "post" => &[("traffic_control", 0.9), ("first_aid", 0.3), ("bilingual", 0.2)],
        _ => &[("first_aid", 0.15), ("bilingual", 0.08), ("water_rescue", 0.02)],
    }
}

fn crew(kind: &str, n: usize, dice: &mut Dice) -> u32 {
    match kind {
        "patrol_car" => 2 + u32::from(dice.chance(0.15)),
        "armed_car" => 4 + u32::from(dice.chance(0.4)),
        // Pairs first: with the single officers 1,800 together.
        "foot" => 1 + u32::from(n < FOOT_PAIRS),
        "helicopter" => 3,
        "post" if n < STREET_POSTS => 2,
        "post" => 4,
        "volunteers" => 3 + dice.below(4) as u32,
        _ => 1,
    }
}

struct Homes<'a> {
    net: &'a Net,
    cumulated: Vec<f64>,
    taken: Vec<P>,
}

impl<'a> Homes<'a> {
    fn new(net: &'a Net) -> Self {
        let mut sum = 0.0;
        let cumulated = net
            .edges
            .iter()
            .map(|e| {
                let k = reach(e.pts[e.pts.len() / 2]);
                let part = if k < 1.0 { 0.35 + 1.25 * (-2.4 * k * k).exp() } else { 0.06 };
                let class = match e.class {
                    Class::Arterial => 1.8,
                    Class::Secondary => 1.2,
                    Class::Ring => 0.15,
                    _ => 0.8,
                };
                sum += length(&e.pts) * part * class;
                sum
            })
            .collect();
        Self { net, cumulated, taken: Vec::new() }
    }

    /// A place on a road, apart from the others; the denser the nearer to the middle.
    fn next(&mut self, dice: &mut Dice) -> P {
        let total = self.cumulated.last().copied().unwrap_or(0.0);
        let mut p = [0.0, 0.0];
        for _ in 0..14 {
            let at = dice.unit() * total;
            let e = self.cumulated.partition_point(|&c| c <= at).min(self.net.edges.len() - 1);
            p = along(&self.net.edges[e].pts, dice.unit()).0;
            if self.taken.iter().all(|&q| dist(p, q) > APART_KM) {
                break;
            }
        }
        self.taken.push(p);
        p
    }
}

/// Every kind's first statuses; the sums are those of [`STATUSES`].
fn statuses(dice: &mut Dice) -> Vec<&'static str> {
    let kinds: Vec<&str> = KINDS.iter().flat_map(|k| std::iter::repeat_n(k.0, k.3)).collect();
    let mut pool: Vec<&'static str> = STATUSES.iter().flat_map(|s| std::iter::repeat_n(s.0, s.1)).collect();
    dice.shuffle(&mut pool);
    for n in 0..kinds.len() {
        let wrong = |kind: &str, status: &str| match kind {
            "post" | "helicopter" => status != "available",
            "volunteers" | "drone" => matches!(status, "assigned" | "en_route" | "on_scene"),
            _ => false,
        };
        while wrong(kinds[n], pool[n]) {
            let other = dice.below(kinds.len());
            if matches!(kinds[other], "patrol_car" | "motorcycle" | "foot") && !wrong(kinds[n], pool[other]) {
                pool.swap(n, other);
            }
        }
    }
    pool
}

/// Makes the units, in the order of [`KINDS`].
pub(crate) fn muster(seed: u64, net: &Net, places: &Places, division: &Division, force: &Force) -> Vec<Unit> {
    let mut dice = Dice::new(seed, "units");
    let mut homes = Homes::new(net);
    homes.taken.extend(places.posts.iter().map(|p| p.at));
    let status = statuses(&mut dice);
    let mut units: Vec<Unit> = Vec::new();
    let mut terminal = 13_800_000_000_u64;
    for (kind, letter, digits, count) in KINDS {
        for n in 0..count {
            let id = format!("{letter}-{:0digits$}", n + 1);
            let home = match kind {
                "post" => places.posts[n].at,
                // Both fields of the flying squad, and a drone box on the roof of every second or third station.
                "helicopter" => places.service_stations[n * 11].at,
                "drone" => places.stations[n * 63 / 24].at,
                _ => homes.next(&mut dice),
            };
            let (district, station) = (division.district_at(home), division.station_at(home));
            let org = match kind {
                "helicopter" => CITY,
                // One in seven armed cars and every sixth drone belong to the whole city.
                "armed_car" if n % 7 == 0 => CITY,
                "drone" if n % 6 == 0 => CITY,
                "armed_car" | "drone" => force.district(district),
                _ => force.station(station),
            };
            let mut devices = Vec::new();
            match kind {
                "patrol_car" | "armed_car" | "motorcycle" => {
                    terminal += 1;
                    devices.push(Device { id: terminal.to_string(), kind: "vehicle_terminal" });
                    if kind == "armed_car" {
                        devices.push(Device { id: format!("radio-{id}"), kind: "radio" });
                    }
                }
                "foot" | "volunteers" => devices.push(Device { id: format!("mdt-{id}"), kind: "mobile_terminal" }),
                _ => devices.push(Device { id: format!("radio-{id}"), kind: "radio" }),
            }
            let armed_post = kind == "post" && n >= STREET_POSTS;
            let mut capabilities = Vec::new();
            for &(skill, chance) in skills(kind, armed_post) {
                if dice.chance(chance) {
                    capabilities.push(skill);
                }
            }
            units.push(Unit {
                callsign: id.clone(),
                id,
                kind,
                org: org.to_owned(),
                capabilities,
                crew: crew(kind, n, &mut dice),
                status: status[units.len()],
                devices,
                home: lon_lat(home),
            });
        }
    }
    units
}
