//! Grows zones out of blocks: neighbours are joined two by two, and only where the whole stays
//! one piece without a hole. So every zone is a simple polygon, and together they leave no gap.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::PI;

use super::mesh::{Class, Mesh};
use super::space::{P, dist};

/// No zone.
pub(crate) const NOBODY: usize = usize::MAX;

/// A division of the blocks; region numbers are those of a block in it.
#[derive(Debug, Clone)]
pub(crate) struct Regions<'a> {
    mesh: &'a Mesh,
    /// Region of each face.
    owner: Vec<usize>,
    members: BTreeMap<usize, Vec<usize>>,
    size: BTreeMap<usize, f64>,
}

/// What two neighbours have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contact {
    /// Length of the common border in kilometres.
    pub km: f64,
    /// The part of it that is the middle of the river.
    pub river_km: f64,
    /// The part of it that is an arterial.
    pub arterial_km: f64,
}

impl<'a> Regions<'a> {
    /// Each of these faces is a region of its own; the others are nobody's.
    pub(crate) fn new(mesh: &'a Mesh, faces: impl IntoIterator<Item = usize>) -> Self {
        let mut it = Self { mesh, owner: vec![NOBODY; mesh.face_count()], members: BTreeMap::new(), size: BTreeMap::new() };
        for f in faces {
            it.owner[f] = f;
            it.members.insert(f, vec![f]);
            it.size.insert(f, mesh.area(f));
        }
        it
    }

    pub(crate) fn owner(&self, face: usize) -> usize {
        self.owner[face]
    }
    pub(crate) fn ids(&self) -> Vec<usize> {
        self.members.keys().copied().collect()
    }
    pub(crate) fn faces(&self, region: usize) -> &[usize] {
        self.members.get(&region).map_or(&[], Vec::as_slice)
    }
    pub(crate) fn size(&self, region: usize) -> f64 {
        self.size.get(&region).copied().unwrap_or(0.0)
    }

    /// The half-edges around a region, counter-clockwise.
    pub(crate) fn border(&self, region: usize) -> Vec<usize> {
        let foreign = |h: usize| self.owner[self.mesh.face(h ^ 1)] != region;
        let Some(start) = self.faces(region).iter().flat_map(|&f| self.mesh.cycle(f)).find(|&h| foreign(h)) else {
            return Vec::new();
        };
        let mut out = vec![start];
        loop {
            let mut h = self.mesh.next(out[out.len() - 1]);
            while !foreign(h) {
                h = self.mesh.next(h ^ 1);
            }
            if h == start {
                return out;
            }
            out.push(h);
        }
    }

    /// The region's outline, counter-clockwise, first point not repeated.
    pub(crate) fn outline(&self, region: usize) -> Vec<P> {
        self.border(region).into_iter().map(|h| self.mesh.point(h)).collect()
    }

    /// Centre of gravity of the region's faces.
    pub(crate) fn centre(&self, region: usize) -> P {
        super::space::centroid(&self.outline(region))
    }

    pub(crate) fn perimeter(&self, region: usize) -> f64 {
        let o = self.outline(region);
        (0..o.len()).map(|i| dist(o[i], o[(i + 1) % o.len()])).sum()
    }

    pub(crate) fn neighbours(&self, region: usize) -> BTreeSet<usize> {
        let mut out: BTreeSet<usize> = self.border(region).into_iter().map(|h| self.owner[self.mesh.face(h ^ 1)]).collect();
        out.remove(&NOBODY);
        out
    }

    /// `Some` when the two touch along one unbroken line, so that together they are one simple piece.
    pub(crate) fn contact(&self, a: usize, b: usize) -> Option<Contact> {
        let border = self.border(a);
        let mut out = Contact { km: 0.0, river_km: 0.0, arterial_km: 0.0 };
        // Corners and edges in turn: does each touch the other region?
        let mut touches = Vec::with_capacity(border.len() * 2);
        for &h in &border {
            touches.push(self.mesh.around(h).into_iter().any(|g| self.owner[self.mesh.face(g)] == b));
            let edge = self.owner[self.mesh.face(h ^ 1)] == b;
            touches.push(edge);
            if edge {
                let way = self.mesh.ways[h / 2];
                let km = dist(self.mesh.point(h), self.mesh.point(h ^ 1));
                out.km += km;
                match way.class {
                    Class::Border => out.river_km += km,
                    Class::Arterial | Class::Ring => out.arterial_km += km,
                    _ => {}
                }
            }
        }
        let starts = (0..touches.len()).filter(|&i| touches[i] && !touches[(i + touches.len() - 1) % touches.len()]).count();
        (out.km > 0.0 && starts == 1).then_some(out)
    }

    /// Joins `from` into `into`.
    pub(crate) fn join(&mut self, from: usize, into: usize) {
        let faces = self.members.remove(&from).unwrap_or_default();
        let size = self.size.remove(&from).unwrap_or(0.0);
        for &f in &faces {
            self.owner[f] = into;
        }
        self.members.entry(into).or_default().extend(faces);
        *self.size.entry(into).or_default() += size;
    }

    /// Joins regions, the smallest first, until `count` of those in `group` are left. `weight` is the
    /// size of a face. Gives how many are left: more than `count` when no more fit together.
    pub(crate) fn gather(&mut self, count: usize, group: &dyn Fn(usize) -> bool, weight: &dyn Fn(usize) -> f64) -> usize {
        let mut left: BTreeSet<usize> = self.ids().into_iter().filter(|&r| group(r)).collect();
        let mut weights: BTreeMap<usize, f64> = left.iter().map(|&r| (r, self.faces(r).iter().map(|&f| weight(f)).sum())).collect();
        let target = weights.values().sum::<f64>() / count.max(1) as f64;
        while left.len() > count {
            let mut order: Vec<usize> = left.iter().copied().collect();
            order.sort_by(|a, b| weights[a].total_cmp(&weights[b]).then(a.cmp(b)));
            let found = order.iter().find_map(|&r| {
                self.neighbours(r)
                    .into_iter()
                    .filter(|n| left.contains(n))
                    .filter_map(|n| Some((self.worth(r, n, (weights[&r] + weights[&n]) / target)?, n)))
                    .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
                    .map(|(_, n)| (r, n))
            });
            let Some((from, into)) = found else { break };
            self.join(from, into);
            left.remove(&from);
            let w = weights.remove(&from).unwrap_or(0.0);
            *weights.entry(into).or_default() += w;
        }
        left.len()
    }

    /// Round, evenly sized, on one bank and within arterials is good.
    fn worth(&self, a: usize, b: usize, share: f64) -> Option<f64> {
        let c = self.contact(a, b)?;
        let around = self.perimeter(a) + self.perimeter(b) - 2.0 * c.km;
        let round = 4.0 * PI * (self.size(a) + self.size(b)) / (around * around);
        Some(round - 0.45 * (share - 1.0).max(0.0) - 0.25 * share - 0.6 * c.river_km / c.km - 0.12 * c.arterial_km / c.km)
    }
}
