//! The two passes: what is kept of ways, then where their nodes are, then the edges between junctions.

use super::{
    PbfError,
    block::{Relation, Visit, Way},
    turns::{self, Restriction, Restrictions},
};
use crate::{
    import::{
        ids::Ids,
        report::{Extras, Report, Why},
        tags::{self, Direction},
    },
    roads::{JunctionNo, NetworkBuilder, POINTS_MAX, Point, Road, RoadError, RoadName},
};

/// Tags of a way that are looked at; OpenStreetMap allows more, and none of them is about driving.
const TAGS_MAX: usize = 256;

/// A road of the file.
#[derive(Debug, Clone, Copy)]
struct Row {
    id: i64,
    road: Road,
    /// Where its nodes end in `nodes`; they start where those of the road before end.
    end: u32,
}

/// What the first pass keeps.
#[derive(Debug)]
pub(super) struct Ways<'a> {
    extras: Extras,
    report: &'a mut Report,
    builder: NetworkBuilder,
    rows: Vec<Row>,
    /// The ids of the nodes of all roads, in the direction of driving.
    nodes: Vec<i64>,
    restrictions: Restrictions,
}

impl<'a> Ways<'a> {
    pub(super) fn new(extras: Extras, report: &'a mut Report) -> Self {
        let (builder, restrictions) = (NetworkBuilder::default(), Restrictions::default());
        Self { extras, report, builder, rows: Vec::new(), nodes: Vec::new(), restrictions }
    }

    /// Ready for the second pass: which nodes are wanted, and which are junctions.
    pub(super) fn places(self) -> Places<'a> {
        let Self { report, builder, rows, nodes, restrictions, .. } = self;
        // Ends count twice: they are junctions even where no other road meets them.
        let mut all = Vec::with_capacity(nodes.len() + 2 * rows.len());
        all.extend_from_slice(&nodes);
        let mut start = 0;
        for row in &rows {
            let of_row = nodes.get(start..row.end as usize).unwrap_or_default();
            all.extend(of_row.first().into_iter().chain(of_row.last()));
            start = row.end as usize;
        }
        let (ids, counts) = Ids::count(all);
        let marks = counts.into_iter().map(|count| if count > 1 { JUNCTION } else { 0 }).collect();
        let places = vec![Point::default(); ids.len()];
        Places { report, builder, rows, nodes, restrictions, ids, marks, places, next: 0 }
    }
}

impl Visit for Ways<'_> {
    const NODES: bool = false;

    fn way(&mut self, way: Way<'_, '_>) -> Result<(), PbfError> {
        let mut all = [("", ""); TAGS_MAX];
        let mut count = 0;
        for (slot, pair) in all.iter_mut().zip(way.tags.iter()) {
            *slot = pair;
            count += 1;
        }
        let all = all.get(..count).unwrap_or_default();
        let tag = |key: &str| all.iter().find(|(k, _)| *k == key).map(|(_, value)| *value);
        let word = tag("highway").or_else(|| tag("route")).unwrap_or_default();
        let tagged = match tags::read(tag, self.extras) {
            None => return Ok(()),
            Some(Err(why)) => {
                self.report.leave(why, word);
                return Ok(());
            }
            Some(Ok(tagged)) => tagged,
        };
        let start = self.nodes.len();
        for node in way.nodes() {
            // A node twice in a row is one.
            if self.nodes.len() == start || self.nodes.last() != Some(&node) {
                self.nodes.push(node);
            }
        }
        if self.nodes.len() > POINTS_MAX {
            return Err(RoadError::TooMany { what: "points of roads", count: self.nodes.len(), max: POINTS_MAX }.into());
        }
        if self.nodes.len() - start < 2 {
            self.nodes.truncate(start);
            self.report.leave(Why::Short, word);
            return Ok(());
        }
        if tagged.direction == Direction::Backward
            && let Some(of_way) = self.nodes.get_mut(start..)
        {
            of_way.reverse();
        }
        let road = Road {
            class: tagged.class,
            speed_kmh: tagged.speed_kmh,
            one_way: tagged.direction != Direction::Both,
            bridge: tagged.bridge,
            name: self.builder.name(RoadName { zh: tagged.zh, en: tagged.en })?,
        };
        self.rows.push(Row { id: way.id, road, end: self.nodes.len() as u32 });
        Ok(())
    }

    fn relation(&mut self, relation: Relation<'_, '_>) -> Result<(), PbfError> {
        self.restrictions.read(relation, &mut self.report.turns)
    }
}

/// Roads meet here, or one ends.
const JUNCTION: u8 = 1;
/// It is in the file.
const FOUND: u8 = 2;
/// Nobody drives through.
const BLOCKED: u8 = 4;

/// What the second pass fills.
#[derive(Debug)]
pub(super) struct Places<'a> {
    report: &'a mut Report,
    builder: NetworkBuilder,
    rows: Vec<Row>,
    nodes: Vec<i64>,
    restrictions: Restrictions,
    ids: Ids,
    marks: Vec<u8>,
    places: Vec<Point>,
    /// The number of the node that came last: they mostly come in order.
    next: usize,
}

impl Visit for Places<'_> {
    const NODES: bool = true;

    fn wants(&mut self, id: i64) -> bool {
        let found = self.ids.no(id);
        self.next = found.unwrap_or(self.next);
        found.is_some()
    }

    fn node(&mut self, _id: i64, at: Point, tags: &mut dyn Iterator<Item = (&str, &str)>) {
        let mark = if is_barrier(tags) { FOUND | BLOCKED } else { FOUND };
        if let (Some(place), Some(marks)) = (self.places.get_mut(self.next), self.marks.get_mut(self.next)) {
            *place = at;
            *marks |= mark;
        }
    }
}

/// Whether a car cannot pass: a bollard, or a gate that is closed; unless somebody says that cars may
/// (<https://wiki.openstreetmap.org/wiki/Key:barrier>).
fn is_barrier(tags: &mut dyn Iterator<Item = (&str, &str)>) -> bool {
    let (mut solid, mut gate, mut open, mut closed) = (false, false, false, false);
    for (key, value) in tags {
        match (key, value) {
            ("barrier", "bollard" | "block" | "jersey_barrier" | "debris" | "log" | "planter" | "turnstile" | "cycle_barrier") => {
                solid = true
            }
            ("barrier", "gate" | "lift_gate" | "swing_gate" | "sliding_gate" | "chain") => gate = true,
            ("emergency", "yes" | "designated") => open = true,
            ("motorcar" | "motor_vehicle" | "vehicle" | "access", "yes" | "permissive" | "designated" | "destination") => open = true,
            ("motorcar" | "motor_vehicle" | "vehicle" | "access", "no" | "private") => closed = true,
            _ => {}
        }
    }
    !open && (solid || gate && closed)
}

/// No junction.
const NONE: JunctionNo = JunctionNo::MAX;

/// The junction of a node. Where nobody passes each road ends in one of its own.
fn here(builder: &mut NetworkBuilder, junctions: &[JunctionNo], no: usize, place: Point) -> Result<JunctionNo, RoadError> {
    match junctions.get(no).copied().filter(|junction| *junction != NONE) {
        Some(junction) => Ok(junction),
        None => builder.junction(place),
    }
}

impl Places<'_> {
    fn mark(&self, no: usize) -> u8 {
        self.marks.get(no).copied().unwrap_or_default()
    }

    /// Cuts roads into edges.
    pub(super) fn into_network(mut self) -> Result<NetworkBuilder, PbfError> {
        self.end_at_gaps();
        let mut junctions = vec![NONE; self.ids.len()];
        for (no, junction) in junctions.iter_mut().enumerate() {
            let mark = self.mark(no);
            if mark & JUNCTION != 0 && mark & FOUND != 0 && mark & BLOCKED == 0 {
                *junction = self.builder.junction(self.places.get(no).copied().unwrap_or_default())?;
            }
            self.report.barriers += usize::from(mark & BLOCKED != 0);
        }
        let of_turns = self.restrictions.ways();
        let mut edges_of_turns = Vec::new();
        let (mut start, mut line): (usize, Vec<Point>) = (0, Vec::new());
        for n in 0..self.rows.len() {
            let Some(Row { id, road, end }) = self.rows.get(n).copied() else { break };
            let is_of_turn = of_turns.binary_search(&id).is_ok();
            let mut from = None;
            for at in start..end as usize {
                let Some(no) = self.nodes.get(at).and_then(|node| self.ids.no(*node)) else { continue };
                let (mark, place) = (self.mark(no), self.places.get(no).copied().unwrap_or_default());
                if mark & FOUND == 0 {
                    from = None;
                    line.clear();
                    continue;
                }
                if mark & (JUNCTION | BLOCKED) == 0 {
                    line.push(place);
                    continue;
                }
                if let Some(from) = from {
                    let to = here(&mut self.builder, &junctions, no, place)?;
                    let edge = self.builder.push([from, to], road, line.drain(..))?;
                    if is_of_turn {
                        edges_of_turns.push((id, edge));
                    }
                }
                line.clear();
                let is_last = at + 1 == end as usize;
                from = if is_last { None } else { Some(here(&mut self.builder, &junctions, no, place)?) };
            }
            line.clear();
            start = end as usize;
        }
        edges_of_turns.sort_unstable();
        let junction = |node: i64| self.ids.no(node).and_then(|no| junctions.get(no)).copied().filter(|junction| *junction != NONE);
        let ways_out = self.builder.ways_out();
        for Restriction { from, via, to, only } in self.restrictions.kept() {
            let Some(via) = junction(*via) else {
                self.report.turns.apart += 1;
                continue;
            };
            turns::ban(&mut self.builder, &ways_out, &edges_of_turns, [*from, *to], via, *only, &mut self.report.turns)?;
        }
        Ok(self.builder)
    }

    /// A road ends before a node that the file does not have.
    fn end_at_gaps(&mut self) {
        let Self { rows, nodes, ids, marks, report, .. } = self;
        let mut start = 0;
        for row in rows {
            let of_row = nodes.get(start..row.end as usize).unwrap_or_default();
            start = row.end as usize;
            let (mut before, mut gap) = (None, false);
            for no in of_row.iter().filter_map(|node| ids.no(*node)) {
                let found = marks.get(no).is_some_and(|mark| mark & FOUND != 0);
                let end = if found { gap.then_some(no) } else { before };
                if let Some(mark) = end.and_then(|no: usize| marks.get_mut(no)) {
                    *mark |= JUNCTION;
                }
                report.missing_points += usize::from(!found);
                (before, gap) = (found.then_some(no), !found);
            }
        }
    }
}
