//! A view, for all walls that have the same: what they are sent after a tick is put together once.

use std::sync::{Arc, atomic::Ordering};

use axum::body::Bytes;
use h3o::{CellIndex, LatLng as H3LatLng, Resolution};
use parking_lot::Mutex;

use super::{
    audience::Audience,
    form::{Format, put_binary, put_text},
    hub::State,
    message,
    notices::{About, Told},
    picture::{Picture, Wanted},
    view::{TOTALS_RES_MAX, TOTALS_RES_MIN, View},
};
use crate::{
    engine::World,
    frames::{self, FrameKind, Step, TOTALS},
    model::Status,
};

/// Answers of one tick that are kept for the next wall: those who are up to date, and a few who are not.
const KEPT_MAX: usize = 8;

/// From where a wall goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct From {
    /// The tick that it shows; none where it is to be shown everything.
    pub(super) shown: Option<u64>,
    /// The last tick whose notices it has; none where it has asked for nothing yet.
    pub(super) told: Option<u64>,
    /// The last tick whose roster it has; none where it has no roster.
    pub(super) roster: Option<u64>,
}

/// What a wall asks for is forgotten: it was away for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Forgotten;

/// The parts of the map in a view, as far as the picture has them.
#[derive(Debug, Default)]
struct Cells {
    /// How many of the picture's were looked at.
    looked: usize,
    list: Vec<u32>,
    bits: Vec<u64>,
}

/// A view of so many units or more is looked at for it so often, ticks.
const COUNT_EVERY: u64 = 16;
/// Totals that nobody asked for are of cells so coarse that there are about so many.
const TOTALS_WISHED: usize = 400;
/// A view that was told totals is told units again below this share of the limit: it does not flicker.
const UNITS_AGAIN: f64 = 0.8;

#[derive(Debug, Default)]
struct Desk {
    cells: Cells,
    /// What is told in place of units, when that was looked at, and since when it is so.
    totals: Option<u8>,
    counted: u64,
    since: u64,
    /// The tick of which answers are kept.
    seq: u64,
    kept: Vec<(From, Bytes)>,
}

/// A view in a form, for those who may see the same.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) audience: Arc<Audience>,
    view: View,
    format: Format,
    desk: Mutex<Desk>,
}

impl Cells {
    fn look(&mut self, picture: &Picture, view: &View) {
        let new = picture.cells.get(self.looked..).unwrap_or_default();
        for (n, cell) in (self.looked as u32..).zip(new) {
            // Who never had a fix is seen where no box is asked for.
            let is_in = if cell.id.is_some() { view.touches(cell.bounds) } else { view.bbox.is_none() };
            if is_in {
                self.list.push(n);
                self.bits.resize(n as usize / 64 + 1, 0);
                if let Some(word) = self.bits.get_mut(n as usize / 64) {
                    *word |= 1 << (n % 64);
                }
            }
        }
        self.looked = picture.cells.len();
    }

    fn has(&self, cell: u32) -> bool {
        self.bits.get(cell as usize / 64).is_some_and(|word| word & (1 << (cell % 64)) != 0)
    }
}

impl Channel {
    pub(super) fn new(audience: Arc<Audience>, view: View, format: Format) -> Self {
        Self { audience, view, format, desk: Mutex::default() }
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted { sight: &self.audience.sight, kinds: self.view.kinds }
    }

    /// The messages for a wall that goes on from somewhere, to be written as they are, in two pieces: a whole roster is far larger than
    /// what follows it, and the same for all who see the same. Put together once a tick for all walls that go on
    /// from the same: for those that are up to date a copy of what was encoded.
    ///
    /// # Errors
    /// [`Forgotten`] where notices that it misses are.
    pub(super) fn messages(&self, state: &State, world: &World, from: From) -> Result<(Bytes, Bytes), Forgotten> {
        let roster = from.roster.map_or_else(|| self.audience.roster(self.format, state, world), |_| Bytes::new());
        let mut desk = self.desk.lock();
        desk.cells.look(&state.picture, &self.view);
        if desk.seq != state.picture.seq {
            desk.seq = state.picture.seq;
            desk.kept.clear();
        }
        if let Some((_, bytes)) = desk.kept.iter().find(|(kept, _)| *kept == from) {
            return Ok((roster, bytes.clone()));
        }
        self.count(&mut desk, state);
        // Who was told the other, units or totals, is told everything anew.
        let (shown, totals) = (from.shown.filter(|shown| *shown >= desk.since), desk.totals);
        if totals != self.view.totals {
            state.crowded.fetch_max(state.picture.seq, Ordering::Relaxed);
        }
        let mut out = Vec::new();
        if let Some(since) = from.roster {
            self.audience.put_roster(&mut out, self.format, state, world, since);
        }
        match self.format {
            Format::Binary => self.put_frame(&mut out, state, &desk.cells, totals, shown),
            Format::Json | Format::Events => self.put_json(&mut out, state, world, &desk.cells, totals, shown),
        }
        if let Some(told) = from.told {
            self.put_notices(&mut out, state, world, &desk.cells, told)?;
        }
        let bytes = Bytes::from(out);
        if desk.kept.len() < KEPT_MAX {
            desk.kept.push((from, bytes.clone()));
        }
        Ok((roster, bytes))
    }

    /// Looks from time to time whether there are too many units in the view to be told one by one.
    fn count(&self, desk: &mut Desk, state: &State) {
        let seq = state.picture.seq;
        if desk.counted != 0 && seq < desk.counted + COUNT_EVERY {
            return;
        }
        desk.counted = seq;
        let totals = self.view.totals.or_else(|| {
            // Who never had a fix is on no map.
            let cells = desk.cells.list.iter().filter_map(|cell| state.picture.cells.get(*cell as usize)).filter(|cell| cell.id.is_some());
            let units: u32 = cells.map(|cell| state.picture.totals(cell, self.wanted()).iter().take(Status::ALL.len()).sum::<u32>()).sum();
            let limit = if desk.totals.is_some() { f64::from(state.units_max) * UNITS_AGAIN } else { f64::from(state.units_max) };
            let coarser = |res: &u8| desk.cells.list.len() / 7_usize.pow(u32::from(TOTALS_RES_MAX - res)) <= TOTALS_WISHED;
            let coarse = || (TOTALS_RES_MIN..=TOTALS_RES_MAX).rev().find(coarser).unwrap_or(TOTALS_RES_MIN);
            (f64::from(units) > limit).then(|| desk.totals.unwrap_or_else(coarse))
        });
        if totals != desk.totals {
            (desk.totals, desk.since) = (totals, seq);
        }
    }

    fn put_frame(&self, out: &mut Vec<u8>, state: &State, cells: &Cells, totals: Option<u8>, shown: Option<u64>) {
        let picture = &state.picture;
        let mut frame = Vec::new();
        let ticks = shown.map_or(0, |shown| picture.seq.saturating_sub(shown) as u16);
        let kind = match (totals, shown) {
            (None, None) => FrameKind::Units,
            (None, Some(_)) => FrameKind::UnitChanges,
            (Some(_), None) => FrameKind::Totals,
            (Some(_), Some(_)) => FrameKind::TotalChanges,
        };
        frames::begin(&mut frame, kind, ticks, picture.seq, picture.at.unix_ms());
        if let Some(resolution) = totals {
            for (_, middle, totals) in self.totals(state, cells, resolution, shown) {
                frames::block_of_totals(&mut frame, middle, &totals);
            }
        } else if self.wanted().is_all() && shown == Some(picture.seq.saturating_sub(1)) {
            for cell in picture.changed.iter().filter(|cell| cells.has(**cell)).filter_map(|cell| picture.cells.get(*cell as usize)) {
                frame.extend_from_slice(picture.blocks.get(cell.block.clone()).unwrap_or_default());
            }
        } else {
            for cell in self.cells_since(picture, cells, shown) {
                picture.put_block(&mut frame, cell, shown, self.wanted());
            }
        }
        put_binary(out, &frame);
    }

    /// The parts of the view in which something changed since a tick, or all.
    fn cells_since<'a>(&self, picture: &'a Picture, cells: &'a Cells, since: Option<u64>) -> impl Iterator<Item = u32> + use<'a> {
        let is_new = move |cell: &u32| picture.cells.get(*cell as usize).is_some_and(|cell| since.is_none_or(|since| cell.changed > since));
        let last_tick = since == Some(picture.seq.saturating_sub(1));
        let list = if last_tick { &picture.changed } else { &cells.list };
        list.iter().copied().filter(move |cell| cells.has(*cell) && is_new(cell))
    }

    /// The totals of the coarse cells that changed since a tick, or of all.
    fn totals(&self, state: &State, cells: &Cells, resolution: u8, since: Option<u64>) -> Vec<(CellIndex, Step, [u32; TOTALS])> {
        let picture = &state.picture;
        let Ok(resolution) = Resolution::try_from(resolution) else { return Vec::new() };
        let parent = |cell: u32| {
            let cell = picture.cells.get(cell as usize)?;
            Some((cell.id?.parent(resolution)?, cell))
        };
        // Who wants a part of the units alone cannot tell by a total whether one of his changed.
        let is_new = |cell: &super::cell::Cell| {
            since.is_none_or(|since| if self.wanted().is_all() { cell.recounted > since } else { cell.changed > since })
        };
        let mut found: Vec<CellIndex> =
            cells.list.iter().filter_map(|cell| parent(*cell)).filter(|(_, cell)| is_new(cell)).map(|(id, _)| id).collect();
        found.sort_unstable();
        found.dedup();
        let mut all: Vec<(CellIndex, [u32; TOTALS])> = found.iter().map(|id| (*id, [0; TOTALS])).collect();
        for (id, cell) in cells.list.iter().filter_map(|cell| parent(*cell)) {
            let at = found.binary_search(&id).ok().and_then(|n| all.get_mut(n));
            let Some((_, totals)) = at else { continue };
            totals.iter_mut().zip(picture.totals(cell, self.wanted())).for_each(|(total, more)| *total += more);
        }
        let middle = |id: CellIndex| {
            let middle = H3LatLng::from(id);
            Step::of(middle.lat(), middle.lng())
        };
        // A snapshot has nothing to take away.
        let all = all.into_iter().filter(|(_, totals)| since.is_some() || totals.iter().any(|total| *total > 0));
        all.map(|(id, totals)| (id, middle(id), totals)).collect()
    }

    fn put_json(&self, out: &mut Vec<u8>, state: &State, world: &World, cells: &Cells, totals: Option<u8>, shown: Option<u64>) {
        let picture = &state.picture;
        let kind = if shown.is_none() { "snapshot" } else { "delta" };
        let mark = state.mark();
        let mut text = message::frame_start(kind, picture, shown);
        if let Some(resolution) = totals {
            message::totals(&mut text, resolution, self.totals(state, cells, resolution, shown).iter());
        } else {
            let (mut units, mut gone) = (Vec::new(), Vec::new());
            for cell in self.cells_since(picture, cells, shown) {
                let Some(cell) = picture.cells.get(cell as usize) else { continue };
                let (here, left) = picture.changes(cell, shown, self.wanted());
                units.extend(here);
                gone.extend(left);
            }
            units.sort_unstable();
            gone.retain(|no| units.binary_search(no).is_err());
            gone.sort_unstable();
            gone.dedup();
            message::units(&mut text, picture, world, &units, &gone);
        }
        put_text(out, self.format, kind, Some(&mark), &text);
    }

    /// Notices after a tick: of units that are in the view, or have just left it, orders and cordons that are seen; what must be fetched again.
    fn put_notices(&self, out: &mut Vec<u8>, state: &State, world: &World, cells: &Cells, told: u64) -> Result<(), Forgotten> {
        let sight = &self.audience.sight;
        let is_here = |place: &super::notices::Place| {
            self.wanted().has(place.no.0, place.org, place.kind) && place.cells.iter().any(|cell| cells.has(*cell))
        };
        let is_told = |told: &&Told| match &told.about {
            About::Unit(place) => is_here(place),
            About::Crossing(place, zone, layer) => {
                self.view.layers.contains(*layer) && is_here(place) && (sight.is_all() || world.seen_by(sight.clone()).has_zone(zone))
            }
            About::Order(unit, org) => sight.sees(*unit, *org),
            About::Cordon(id) => sight.is_all() || world.seen_by(sight.clone()).cordon(id).is_some(),
            About::Room(org, room) => self.view.room == Some(*room) && self.audience.org == *org,
            About::Layer | About::Closures => false,
        };
        let seq = state.picture.seq;
        let events: Vec<&str> = state.notices.after(told).ok_or(Forgotten)?.filter(is_told).map(|told| told.json.as_str()).collect();
        if !events.is_empty() {
            put_text(out, self.format, "events", None, &message::events(seq, events.into_iter()));
        }
        for told in state.notices.after(told).ok_or(Forgotten)? {
            match told.about {
                About::Layer => put_text(out, self.format, "zones", None, &told.json),
                About::Closures => put_text(out, self.format, "closures", None, &told.json),
                _ => {}
            }
        }
        Ok(())
    }
}
