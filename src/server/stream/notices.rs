//! What happened, once and in order: kept for the window, so that no wall misses any of it while it catches up.

use std::collections::VecDeque;

use super::{message, picture::Picture};
use crate::{
    delta::{Notice, Tick},
    engine::World,
    model::{CordonId, Layer, LayerSet, OrgId, RoomName, UnitKind, UnitNo, ZoneId},
};

/// The most bytes of notices that are kept. A wall that wants older ones is cut off.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a notice is about: who is told of it.
#[derive(Debug)]
pub(super) enum About {
    /// A unit that stood there: those who have it in their view.
    Unit(Place),
    /// A unit and a zone: of those the ones who see that zone, too, and want its layer.
    Crossing(Place, ZoneId, Layer),
    /// An order of a unit of an organisation: all who see the unit, wherever it is.
    Order(UnitNo, u16),
    /// A cordon: all who see it.
    Cordon(CordonId),
    /// A room of an organisation: its walls.
    Room(Option<OrgId>, RoomName),
    /// Zones of a layer, to be fetched again: everybody.
    Layer,
    /// The roads' closures, to be fetched again: everybody.
    Closures,
}

/// A unit when something befell it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) no: UnitNo,
    pub(super) org: u16,
    pub(super) kind: UnitKind,
    /// The part of the map in which it stood, and the one it came from.
    pub(super) cells: [u32; 2],
}

/// A notice, as JSON.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) seq: u64,
    pub(super) about: About,
    pub(super) json: String,
}

/// The notices of the window.
#[derive(Debug, Default)]
pub(super) struct Notices {
    told: VecDeque<Told>,
    bytes: usize,
    /// All after this tick are kept.
    from: u64,
}

impl Notices {
    /// Takes in what happened in a tick, and forgets what is older than `oldest`.
    pub(super) fn take(&mut self, tick: &Tick, seen: &[Notice], picture: &Picture, world: &World) {
        for notice in tick.notices.iter().chain(seen) {
            if let Some(about) = about(notice, picture, world) {
                self.push(tick.seq, about, message::event(notice));
            }
        }
        for layer in tick.layers.iter() {
            self.push(tick.seq, About::Layer, message::text(&message::Say::Zones { layer }));
        }
        if tick.closures {
            self.push(tick.seq, About::Closures, message::text(&message::Say::Closures { at: tick.at }));
        }
        let oldest = picture.oldest();
        while self.told.front().is_some_and(|told| told.seq <= oldest || self.bytes > BYTES_MAX) {
            if let Some(told) = self.told.pop_front() {
                self.bytes -= told.json.len();
                self.from = told.seq;
            }
        }
        self.from = self.from.max(oldest);
    }

    /// Ticks were lost, and what happened in them: nobody can be told.
    pub(super) fn lost(&mut self, tick: &Tick) {
        self.told.clear();
        (self.bytes, self.from) = (0, tick.seq - 1);
        for layer in LayerSet::ALL.iter() {
            self.push(tick.seq, About::Layer, message::text(&message::Say::Zones { layer }));
        }
        self.push(tick.seq, About::Closures, message::text(&message::Say::Closures { at: tick.at }));
    }

    fn push(&mut self, seq: u64, about: About, json: String) {
        self.bytes += json.len();
        self.told.push_back(Told { seq, about, json });
    }

    /// Those after a tick, in order; none where some of them are forgotten.
    pub(super) fn after(&self, seq: u64) -> Option<impl Iterator<Item = &Told>> {
        let first = self.told.partition_point(|told| told.seq <= seq);
        (seq >= self.from).then(|| self.told.range(first..))
    }
}

fn about(notice: &Notice, picture: &Picture, world: &World) -> Option<About> {
    let place = |no: &UnitNo| {
        let unit = picture.unit(no.0)?;
        Some(Place { no: *no, org: unit.org, kind: unit.kind, cells: picture.cells_of(no.0)? })
    };
    Some(match notice {
        Notice::Zone { no, zone, layer, .. } => About::Crossing(place(no)?, zone.clone(), *layer),
        Notice::Contact { no, .. } | Notice::Status { no, .. } => About::Unit(place(no)?),
        Notice::Order { order, .. } => About::Order(order.unit_no, world.unit_by_no(order.unit_no)?.org_no()),
        Notice::Cordon { id, .. } => About::Cordon(id.clone()),
        Notice::Room { org, room, .. } => About::Room(org.clone(), room.room),
    })
}
