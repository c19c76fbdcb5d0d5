//! Districts, stations and the three layers of zones, all made of the same superblocks.

use super::mesh::Mesh;
use super::plan::{Plan, reach};
use super::regions::Regions;
use super::space::{P, centroid, dist, inside};
use super::town::{Ground, Town};

/// The district in the middle of the town; the two south of the river come last.
const SEATS: [(P, f64); 7] = [
    ([0.3, 1.0], 1.3),
    ([-2.6, 5.8], 1.0),
    ([5.0, 5.0], 1.0),
    ([7.2, 0.0], 1.0),
    ([-7.0, 3.4], 1.0),
    ([-5.6, -4.2], 1.0),
    ([3.4, -6.4], 1.0),
];
/// How many districts lie north of the river.
const NORTH: usize = 5;
const STATIONS: usize = 9;
/// 148 together.
const BEATS: [usize; 7] = [22, 21, 21, 21, 21, 21, 21];
/// 31 together.
const RESPONSIBILITY: [usize; 7] = [4, 4, 4, 5, 4, 5, 5];
const RAPID: usize = 11;

/// One zone and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    /// Counter-clockwise, first point not repeated.
    pub outline: Vec<P>,
    /// District for a district or a responsibility zone, station (`0..63`) for a beat; 0 for a rapid zone.
    pub of: usize,
}

/// The division of the city.
#[derive(Debug)]
pub(crate) struct Division {
    /// With the land outside the ring.
    pub districts: Vec<Zone>,
    pub rapid: Vec<Zone>,
    pub responsibility: Vec<Zone>,
    pub beats: Vec<Zone>,
    /// The ground of each station; nine to a district, in its order.
    pub stations: Vec<Zone>,
}

impl Division {
    /// The district of any point in the box; the nearest one for a point on its edge.
    pub(crate) fn district_at(&self, p: P) -> usize {
        self.districts.iter().position(|d| inside(&d.outline, p)).unwrap_or(0)
    }

    /// The station whose ground this is; outside the ring the nearest one of the district.
    pub(crate) fn station_at(&self, p: P) -> usize {
        if let Some(s) = self.stations.iter().position(|s| inside(&s.outline, p)) {
            return s;
        }
        let district = self.district_at(p);
        (district * STATIONS..(district + 1) * STATIONS)
            .min_by(|&a, &b| {
                let d = |s: usize| dist(centroid(&self.stations[s].outline), p);
                d(a).total_cmp(&d(b))
            })
            .unwrap_or(district * STATIONS)
    }
}

fn seat(plan: &Plan, p: P) -> usize {
    let bank = if plan.river.off(p) > 0.0 { 0..NORTH } else { NORTH..SEATS.len() };
    bank.min_by(|&a, &b| (dist(SEATS[a].0, p) * SEATS[a].1).total_cmp(&(dist(SEATS[b].0, p) * SEATS[b].1))).unwrap_or(0)
}

/// From north to south in bands, each from west to east.
fn reading_order(ids: &mut [usize], centre: impl Fn(usize) -> P) {
    ids.sort_by_key(|&r| {
        let c = centre(r);
        ((-c[1] / 1.6).floor() as i64, (c[0] * 1e4) as i64, r)
    });
}

/// Joins the strips along the ring and the river to the block beside them, on their own bank.
fn take_in_strips(plan: &Plan, town: &Town, regions: &mut Regions<'_>) {
    let side = |p: P| plan.river.off(p) > 0.0;
    for face in 0..town.ground.len() {
        if town.ground[face] != Ground::Empty {
            continue;
        }
        let own = side(centroid(&town.blocks.polygon(face)));
        let best = regions
            .neighbours(face)
            .into_iter()
            .filter(|&r| town.ground[r] == Ground::Town && side(centroid(&town.blocks.polygon(r))) == own)
            .filter_map(|r| Some((regions.contact(face, r)?.km, r)))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        if let Some((_, r)) = best {
            regions.join(face, r);
        }
    }
}

/// Divides the city. `None` when the blocks allow no such division.
pub(crate) fn divide(plan: &Plan, town: &Town) -> Option<Division> {
    let mesh: &Mesh = &town.blocks;
    let within = |f: usize| town.ground[f] != Ground::Outside;
    let mut base = Regions::new(mesh, (0..mesh.face_count()).filter(|&f| within(f) || mesh.area(f) > 0.0));
    take_in_strips(plan, town, &mut base);
    let label: Vec<usize> =
        (0..mesh.face_count()).map(|f| if within(f) { seat(plan, centroid(&mesh.polygon(f))) } else { usize::MAX }).collect();

    let mut whole = inner_districts(town, &base, &label);
    let inner: Vec<usize> = whole.ids().into_iter().filter(|&r| within(r)).collect();
    let district: Vec<usize> = (0..SEATS.len()).map(|d| inner.iter().copied().find(|&r| label[r] == d)).collect::<Option<_>>()?;
    if inner.len() != SEATS.len() {
        return None;
    }
    take_in_outskirts(&mut whole, town)?;
    let home: Vec<usize> =
        (0..mesh.face_count()).map(|f| district.iter().position(|&d| d == whole.owner(f)).unwrap_or(usize::MAX)).collect();

    // Inside a district: beats, then stations of beats, then responsibility zones of stations.
    let mut beats = base.clone();
    for (d, &count) in BEATS.iter().enumerate() {
        let size = |f: usize| mesh.area(f) * (1.7 - 0.8 * reach(centroid(&mesh.polygon(f))));
        if beats.gather(count, &|r| within(r) && home[r] == d, &size) != count {
            return None;
        }
    }
    let mut stations = beats.clone();
    for d in 0..SEATS.len() {
        let share = |f: usize| 1.0 / beats.faces(beats.owner(f)).len().max(1) as f64;
        if stations.gather(STATIONS, &|r| within(r) && home[r] == d, &share) != STATIONS {
            return None;
        }
    }
    let mut responsibility = stations.clone();
    for (d, &count) in RESPONSIBILITY.iter().enumerate() {
        if responsibility.gather(count, &|r| within(r) && home[r] == d, &|f| mesh.area(f)) != count {
            return None;
        }
    }
    let mut rapid = stations.clone();
    if rapid.gather(RAPID, &within, &|f| mesh.area(f)) != RAPID {
        return None;
    }

    let list = |regions: &Regions<'_>| -> Vec<usize> {
        let mut ids: Vec<usize> = regions.ids().into_iter().filter(|&r| within(r)).collect();
        reading_order(&mut ids, |r| regions.centre(r));
        ids.sort_by_key(|&r| home[r]);
        ids
    };
    let station_ids = list(&stations);
    let zones = |regions: &Regions<'_>, of: &dyn Fn(usize) -> usize| -> Vec<Zone> {
        list(regions).into_iter().map(|r| Zone { outline: regions.outline(r), of: of(r) }).collect()
    };
    let station_of = |r: usize| station_ids.iter().position(|&s| s == stations.owner(r)).unwrap_or(0);
    let mut beat_zones = zones(&beats, &station_of);
    beat_zones.sort_by_key(|z| z.of);
    let mut rapid_ids: Vec<usize> = rapid.ids().into_iter().filter(|&r| within(r)).collect();
    reading_order(&mut rapid_ids, |r| rapid.centre(r));
    Some(Division {
        districts: district.iter().map(|&d| Zone { outline: whole.outline(d), of: home[d] }).collect(),
        rapid: rapid_ids.into_iter().map(|r| Zone { outline: rapid.outline(r), of: 0 }).collect(),
        responsibility: zones(&responsibility, &|r| home[r]),
        beats: beat_zones,
        stations: zones(&stations, &|r| home[r]),
    })
}

/// The seven districts inside the ring; the land outside is still in pieces.
fn inner_districts<'a>(town: &Town, base: &Regions<'a>, label: &[usize]) -> Regions<'a> {
    let within = |r: usize| town.ground[r] != Ground::Outside;
    let mut regions = base.clone();
    for d in 0..SEATS.len() {
        regions.gather(1, &|r| label[r] == d, &|_| 1.0);
    }
    // Blocks that the others of their district do not reach go to a neighbour.
    loop {
        let ids: Vec<usize> = regions.ids().into_iter().filter(|&r| within(r)).collect();
        let main = |r: usize| ids.iter().all(|&o| o == r || label[o] != label[r] || regions.size(o) < regions.size(r));
        let found = ids.iter().filter(|&&r| !main(r)).find_map(|&r| {
            regions
                .neighbours(r)
                .into_iter()
                .filter(|&n| within(n) && main(n))
                .filter_map(|n| Some((regions.contact(r, n)?, n)))
                .max_by(|a, b| (a.0.km - 2.0 * a.0.river_km).total_cmp(&(b.0.km - 2.0 * b.0.river_km)))
                .map(|(_, n)| (r, n))
        });
        let Some((from, into)) = found else {
            return regions;
        };
        regions.join(from, into);
    }
}

/// Gives the land outside the ring to the district that it borders most.
fn take_in_outskirts(regions: &mut Regions<'_>, town: &Town) -> Option<()> {
    let outside = |r: usize| town.ground[r] == Ground::Outside;
    loop {
        let open: Vec<usize> = regions.ids().into_iter().filter(|&r| outside(r)).collect();
        if open.is_empty() {
            return Some(());
        }
        let (from, into) = open.iter().find_map(|&r| {
            regions
                .neighbours(r)
                .into_iter()
                .filter(|&n| !outside(n))
                // Along the ring, that is: beside other land the borders are longer.
                .filter_map(|n| Some((regions.contact(r, n)?.arterial_km, n)))
                .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
                .map(|(_, n)| (r, n))
        })?;
        regions.join(from, into);
    }
}
