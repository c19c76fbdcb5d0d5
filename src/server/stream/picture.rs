//! The units as they are after each tick, by the part of the map in which they stand: what walls are shown.
//!
//! A tick is taken in once, and each part of the map in which something changed is encoded once; what a view shows is put together from
//! those pieces. Since each unit knows in which tick it last changed and each part who left it lately, what changed since any tick of the
//! window is found without a record of each wall: a wall that missed ticks is shown each unit once, as it is now.

use std::collections::HashMap;

use h3o::{CellIndex, LatLng as H3LatLng, Resolution};

use super::cell::{Cell, Departure};
use crate::{
    delta::Tick,
    engine::{Sight, UnitView, World},
    frames::{self, Record, Spot, Step, TOTALS},
    geodesy::LatLng,
    model::{Contact, KindSet, Status, Timestamp, UnitKind, UnitNo},
};

/// Units are streamed in cells of this resolution: some 5 km².
pub(super) const RESOLUTION: Resolution = Resolution::Seven;
/// The number of no cell.
const NONE: u32 = u32::MAX;

/// A unit as walls are shown it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) at: LatLng,
    pub(super) time: Timestamp,
    pub(super) speed_mps: Option<f32>,
    pub(super) heading_deg: Option<f32>,
    pub(super) status: Status,
    pub(super) contact: Contact,
    pub(super) alarm: bool,
    pub(super) has_fix: bool,
    pub(super) kind: UnitKind,
    pub(super) org: u16,
    /// The part of the map, and the place among those in it.
    cell: u32,
    place: u32,
    /// The last tick in which anything of it changed.
    changed: u64,
    /// The last tick in which it had a new fix, or came to where it is.
    moved: u64,
}

/// Whom a view shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) sight: &'a Sight,
    pub(super) kinds: KindSet,
}

impl Wanted<'_> {
    pub(super) fn has(&self, no: u32, org: u16, kind: UnitKind) -> bool {
        self.kinds.contains(kind) && self.sight.sees(UnitNo(no), org)
    }

    /// Whether everybody is shown: the bytes are then the same for all such views.
    pub(super) fn is_all(&self) -> bool {
        self.sight.is_all() && self.kinds == KindSet::ALL
    }
}

/// The units after a tick.
#[derive(Debug)]
pub(super) struct Picture {
    /// The tick's number.
    pub(super) seq: u64,
    /// The server's clock at the tick.
    pub(super) at: Timestamp,
    /// By number; a unit that no tick told of yet is in no cell.
    units: Vec<Shown>,
    /// The first is the place of units without a fix.
    pub(super) cells: Vec<Cell>,
    by_id: HashMap<CellIndex, u32, foldhash::fast::RandomState>,
    /// Those in which something changed in the last tick.
    pub(super) changed: Vec<u32>,
    /// The blocks of the last tick.
    pub(super) blocks: Vec<u8>,
    /// Records on their way into a block: kept for their room.
    room: (Vec<Record>, Vec<u32>),
    /// Who came from which other part of the map in the last tick, by number.
    moved: Vec<(u32, u32)>,
    /// How many ticks are remembered.
    window: u64,
}

impl Picture {
    /// Nobody, before the first tick.
    #[must_use]
    pub(super) fn new(window: u64) -> Self {
        Self {
            seq: 0,
            at: Timestamp::default(),
            units: Vec::new(),
            cells: vec![Cell::new(None)],
            by_id: HashMap::default(),
            changed: Vec::new(),
            blocks: Vec::new(),
            room: Default::default(),
            moved: Vec::new(),
            window,
        }
    }

    /// The unit of a number, where a tick told of it.
    pub(super) fn unit(&self, no: u32) -> Option<&Shown> {
        self.units.get(no as usize).filter(|unit| unit.cell != NONE)
    }

    /// The parts of the map in which a unit stands, and stood before the last tick.
    pub(super) fn cells_of(&self, no: u32) -> Option<[u32; 2]> {
        let now = self.unit(no)?.cell;
        let before = self.moved.binary_search_by_key(&no, |moved| moved.0).ok().and_then(|n| self.moved.get(n));
        Some([now, before.map_or(now, |moved| moved.1)])
    }

    /// The first tick since which everything is remembered.
    pub(super) fn oldest(&self) -> u64 {
        self.seq.saturating_sub(self.window)
    }

    /// Takes in a tick: some 0.2 us for each unit that changed, and 0.4 us more for one that is near a border of its cell. Where ticks
    /// before it were lost, `world` says how everybody is.
    pub(super) fn take(&mut self, tick: &Tick, lost: Option<&World>) {
        (self.seq, self.at) = (tick.seq, tick.at);
        self.moved.clear();
        for cell in std::mem::take(&mut self.changed) {
            if let Some(cell) = self.cells.get_mut(cell as usize) {
                cell.now.clear();
                cell.block = 0..0;
            }
        }
        match lost {
            Some(world) => world.for_each_unit(|unit| self.show(unit)),
            None => tick.changed.iter().for_each(|unit| self.show(unit)),
        }
        self.moved.sort_unstable();
        self.encode();
    }

    fn show(&mut self, view: &UnitView) {
        let no = view.no.0;
        if self.units.len() <= no as usize {
            self.units.resize(no as usize + 1, ABSENT);
        }
        let before = self.units.get(no as usize).copied().unwrap_or(ABSENT);
        let mut unit = Shown {
            status: view.spec.status,
            contact: view.contact,
            alarm: view.spec.alarm,
            kind: view.spec.kind,
            org: view.org_no(),
            changed: self.seq,
            ..before
        };
        if let Some(fix) = &view.fix {
            if !before.has_fix || (before.at, before.time) != (fix.at, fix.time) {
                unit.moved = self.seq;
            }
            (unit.at, unit.time, unit.has_fix) = (fix.at, fix.time, true);
            (unit.speed_mps, unit.heading_deg) = (fix.speed_mps, fix.heading_deg);
        }
        let cell = self.cell_for(&unit, before.cell);
        let is_other = cell != before.cell || (unit.kind, unit.org) != (before.kind, before.org);
        if is_other {
            unit.moved = self.seq;
            self.leave(no, &before, cell);
        }
        unit.cell = cell;
        let seq = self.seq;
        if let Some(cell) = self.cells.get_mut(cell as usize) {
            if before.cell != unit.cell {
                unit.place = cell.members.len() as u32;
                cell.members.push(no);
            }
            // What was counted of it here until now is taken back.
            let old = if before.cell == unit.cell { counted(&before) } else { [0; TOTALS] };
            let new = counted(&unit);
            if old != new {
                cell.recounted = seq;
                for (total, (old, new)) in cell.totals.iter_mut().zip(old.into_iter().zip(new)) {
                    *total = *total + new - old;
                }
            }
            cell.now.push(no);
        }
        self.touch(cell);
        if let Some(slot) = self.units.get_mut(no as usize) {
            *slot = unit;
        }
    }

    /// The part of the map for a unit that was in another, or the same.
    fn cell_for(&mut self, unit: &Shown, before: u32) -> u32 {
        if !unit.has_fix {
            return 0;
        }
        if self.cells.get(before as usize).is_some_and(|cell| cell.surely_holds(unit.at)) {
            return before;
        }
        // Every position of ours is one of h3o's.
        let Ok(at) = H3LatLng::new(unit.at.lat_deg(), unit.at.lng_deg()) else { return 0 };
        let id = at.to_cell(RESOLUTION);
        *self.by_id.entry(id).or_insert_with(|| {
            self.cells.push(Cell::new(Some(id)));
            self.cells.len() as u32 - 1
        })
    }

    /// Notes that a unit is no longer where, or what, it was; `to` is where it is now.
    fn leave(&mut self, no: u32, before: &Shown, to: u32) {
        let (seq, oldest) = (self.seq, self.oldest());
        let Some(cell) = self.cells.get_mut(before.cell as usize) else { return };
        while cell.left.front().is_some_and(|left| left.seq <= oldest) {
            cell.left.pop_front();
        }
        cell.left.push_back(Departure { seq, no, kind: before.kind, org: before.org });
        if to != before.cell {
            cell.members.swap_remove(before.place as usize);
            let filled = cell.members.get(before.place as usize).copied();
            cell.recounted = seq;
            cell.totals.iter_mut().zip(counted(before)).for_each(|(total, one)| *total -= one);
            if let Some(unit) = filled.and_then(|no| self.units.get_mut(no as usize)) {
                unit.place = before.place;
            }
            self.moved.push((no, before.cell));
        }
        self.touch(before.cell);
    }

    fn touch(&mut self, cell: u32) {
        if let Some(at) = self.cells.get_mut(cell as usize)
            && at.changed < self.seq
        {
            at.changed = self.seq;
            self.changed.push(cell);
        }
    }

    /// Encodes each part in which something changed.
    fn encode(&mut self) {
        let mut blocks = std::mem::take(&mut self.blocks);
        let (mut here, mut left) = std::mem::take(&mut self.room);
        blocks.clear();
        for n in 0..self.changed.len() {
            let Some(number) = self.changed.get(n).copied() else { continue };
            if let Some(cell) = self.cells.get_mut(number as usize) {
                cell.now.sort_unstable();
            }
            let Some(cell) = self.cells.get(number as usize) else { continue };
            here.clear();
            here.extend(cell.now.iter().filter_map(|no| self.record(*no, self.seq - 1)));
            left.clear();
            left.extend(cell.left.iter().rev().take_while(|left| left.seq == self.seq).map(|left| left.no));
            left.sort_unstable();
            let from = blocks.len();
            frames::block_of_units(&mut blocks, cell.origin, &here, &left);
            let block = from..blocks.len();
            if let Some(cell) = self.cells.get_mut(number as usize) {
                cell.block = block;
            }
        }
        (self.blocks, self.room) = (blocks, (here, left));
    }

    /// What a frame says of a unit to who saw it as it was after a tick.
    fn record(&self, no: u32, after: u64) -> Option<Record> {
        let unit = self.unit(no)?;
        let spot = || Spot {
            at: Step::of(unit.at.lat_deg(), unit.at.lng_deg()),
            speed: frames::speed_steps(unit.speed_mps),
            heading: frames::heading_steps(unit.heading_deg),
            age: Spot::age_of(self.at.ms_since(unit.time)),
        };
        let spot = (unit.has_fix && unit.moved > after).then(spot);
        Some(Record { no, status: unit.status.code(), contact: unit.contact.code(), alarm: unit.alarm, spot })
    }

    /// Appends the block of a part of the map to a frame: what changed in it since a tick, or everything; nothing where there is none.
    pub(super) fn put_block(&self, out: &mut Vec<u8>, number: u32, since: Option<u64>, wanted: Wanted<'_>) {
        let Some(cell) = self.cells.get(number as usize) else { return };
        let (here, left) = self.changes(cell, since, wanted);
        let here: Vec<Record> = here.into_iter().filter_map(|no| self.record(no, since.unwrap_or(0))).collect();
        if !here.is_empty() || !left.is_empty() {
            frames::block_of_units(out, cell.origin, &here, &left);
        }
    }

    /// The numbers of the units in a part of the map that changed since a tick, or of all; and of those that left since then. Both ascend.
    pub(super) fn changes(&self, cell: &Cell, since: Option<u64>, wanted: Wanted<'_>) -> (Vec<u32>, Vec<u32>) {
        let is_new = |no: &u32| {
            self.unit(*no).is_some_and(|unit| since.is_none_or(|since| unit.changed > since) && wanted.has(*no, unit.org, unit.kind))
        };
        let last_tick = since == Some(self.seq.saturating_sub(1));
        let mut here: Vec<u32> = if last_tick { &cell.now } else { &cell.members }.iter().copied().filter(is_new).collect();
        here.sort_unstable();
        let Some(since) = since else { return (here, Vec::new()) };
        let recent = cell.left.iter().rev().take_while(|left| left.seq > since);
        let mut left: Vec<u32> = recent.filter(|left| wanted.has(left.no, left.org, left.kind)).map(|left| left.no).collect();
        left.sort_unstable();
        left.dedup();
        (here, left)
    }

    /// How many units of a part of the map are wanted, by status, in alarm, stale or lost. Linear in its units but for who wants all.
    pub(super) fn totals(&self, cell: &Cell, wanted: Wanted<'_>) -> [u32; TOTALS] {
        if wanted.is_all() {
            return cell.totals;
        }
        let mut totals = [0; TOTALS];
        let units = cell.members.iter().filter_map(|no| self.unit(*no).filter(|unit| wanted.has(*no, unit.org, unit.kind)));
        for unit in units {
            totals.iter_mut().zip(counted(unit)).for_each(|(total, one)| *total += one);
        }
        totals
    }
}

/// A unit that no tick told of.
const ABSENT: Shown = Shown {
    at: LatLng::NORTH_POLE,
    time: Timestamp::from_unix_ms(0),
    speed_mps: None,
    heading_deg: None,
    status: Status::OffDuty,
    contact: Contact::Never,
    alarm: false,
    has_fix: false,
    kind: UnitKind::Foot,
    org: 0,
    cell: NONE,
    place: 0,
    changed: 0,
    moved: 0,
};

/// What a unit adds to the totals of its part of the map.
fn counted(unit: &Shown) -> [u32; TOTALS] {
    let mut totals = [0; TOTALS];
    let is_old = matches!(unit.contact, Contact::Stale | Contact::Lost);
    for (n, total) in totals.iter_mut().enumerate() {
        *total = u32::from(match n {
            7 => unit.alarm,
            8 => is_old,
            status => status == usize::from(unit.status.code()),
        });
    }
    totals
}
