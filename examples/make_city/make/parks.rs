//! Parks: superblocks without streets, some of them joined.

use super::mesh::{Class, Mesh};
use super::plan::polar;
use super::regions::Regions;
use super::space::{P, add, centroid, crossing, dist, scale};
use super::town::{Ground, Park};

/// Parks near these places (share of the ring's radius, angle in degrees), with so many blocks; the third has a lake.
const PARKS: [(f64, f64, usize); 16] = [
    (0.12, 40.0, 1),
    (0.62, 165.0, 5),
    (0.62, 45.0, 4),
    (0.35, 105.0, 1),
    (0.75, 95.0, 2),
    (0.55, -15.0, 1),
    (0.85, 10.0, 2),
    (0.45, -100.0, 1),
    (0.8, -65.0, 3),
    (0.7, -140.0, 2),
    (0.4, 200.0, 1),
    (0.88, 135.0, 2),
    (0.3, -30.0, 1),
    (0.55, 75.0, 1),
    (0.85, -110.0, 1),
    (0.85, 185.0, 1),
];

pub(crate) fn parks(blocks: &Mesh, ground: &[Ground], streets: &mut Mesh) -> (Vec<Park>, Vec<bool>) {
    let mut green = vec![false; blocks.face_count()];
    let mut parks = Vec::new();
    for (n, &(share, degrees, count)) in PARKS.iter().enumerate() {
        let want = polar(degrees.to_radians(), share);
        let free = |green: &[bool], f: usize| ground[f] == Ground::Town && !green[f] && blocks.area(f) > 0.12;
        let Some(start) = (0..blocks.face_count()).filter(|&f| free(&green, f)).min_by(|&a, &b| {
            let d = |f: usize| dist(centroid(&blocks.polygon(f)), want);
            d(a).total_cmp(&d(b))
        }) else {
            continue;
        };
        let mut region = Regions::new(blocks, (0..blocks.face_count()).filter(|&f| free(&green, f)));
        for _ in 1..count {
            // Only across streets that the park may swallow.
            let next = region
                .neighbours(start)
                .into_iter()
                .filter_map(|r| region.contact(start, r).map(|c| (c, r)))
                .filter(|(c, r)| c.arterial_km + c.river_km == 0.0 && swallows(blocks, &region, start, *r))
                .max_by(|a, b| a.0.km.total_cmp(&b.0.km));
            if let Some((_, r)) = next {
                region.join(r, start);
            }
        }
        for &f in region.faces(start) {
            green[f] = true;
            for h in blocks.cycle(f) {
                if region.owner(blocks.face(h ^ 1)) == start {
                    streets.ways[h / 2].class = Class::Border;
                }
            }
        }
        let outline = region.outline(start);
        let lake = (n == 2).then(|| lake(&outline));
        parks.push(Park { outline, lake });
    }
    (parks, green)
}

/// The border between the two carries cut streets only, no line of the plan.
fn swallows(blocks: &Mesh, region: &Regions<'_>, a: usize, b: usize) -> bool {
    region.border(a).into_iter().filter(|&h| region.owner(blocks.face(h ^ 1)) == b).all(|h| {
        let way = blocks.ways[h / 2];
        way.class == Class::Secondary && !way.bridge
    })
}

/// Water well inside a park, its shore smooth though the park has corners.
fn lake(outline: &[P]) -> Vec<P> {
    const RAYS: usize = 48;
    let c = centroid(outline);
    let ray = |i: usize| {
        let angle = i as f64 * std::f64::consts::TAU / RAYS as f64;
        [angle.cos(), angle.sin()]
    };
    let wall: Vec<f64> = (0..RAYS)
        .map(|i| {
            let far = add(c, scale(ray(i), 9.0));
            (0..outline.len())
                .filter_map(|j| crossing(c, far, outline[j], outline[(j + 1) % outline.len()]))
                .map(|(t, _)| t * 9.0)
                .fold(9.0, f64::min)
        })
        .collect();
    let near = |i: usize| (0..9).map(move |k| (i + RAYS + k - 4) % RAYS);
    let tight: Vec<f64> = (0..RAYS).map(|i| near(i).map(|k| wall[k]).fold(9.0, f64::min)).collect();
    (0..RAYS).map(|i| add(c, scale(ray(i), 0.8 * near(i).map(|k| tight[k]).sum::<f64>() / 9.0))).collect()
}
