//! One wall: what it is shown, and the bytes that it is sent for a tick. No sockets here.

use std::borrow::Cow;

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    message,
    record::{self, HEADER_BYTES, MessageKind, RECORD_BYTES},
    tick::{About, ChangedUnit, EncodedTick, Hub, RosterLine},
    view::{UnitBits, View},
};
use crate::{
    engine::{Sight, UnitView, World},
    model::{OrgId, Timestamp, UnitId, UnitNo},
};

/// How many units a roster message holds: a city in one message would make every wall keep a buffer of that size.
const ROSTER_UNITS_MAX: usize = 256;

/// The form of snapshots and deltas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Records of 24 bytes.
    Binary,
    /// JSON.
    Json,
}

/// A message to a wall.
#[derive(Debug, Clone, PartialEq)]
pub enum Out {
    /// Records.
    Binary(Bytes),
    /// JSON.
    Text(String),
}

impl Out {
    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Binary(bytes) => bytes.len(),
            Self::Text(text) => text.len(),
        }
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Why a snapshot is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The view is new.
    Subscribe,
    /// The client asked.
    Asked,
    /// The wall fell too far behind.
    Lagged,
}

impl Cause {
    /// The cause as a metric's label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Asked => "asked",
            Self::Lagged => "lagged",
        }
    }
}

/// What becomes of a unit on a wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// It is shown as it is now.
    Shown,
    /// It is taken off.
    Gone,
    /// It was not there and is not.
    None,
}

/// What one wall is shown.
#[derive(Debug)]
pub struct Wall {
    format: Format,
    /// The organisation that it shows what is seen of; the whole city where there is none.
    org: Option<OrgId>,
    /// What it may show, and by which loans: no byte of anything else leaves the server.
    sight: Option<(u64, Sight)>,
    /// None until the first subscribe: nothing is sent before.
    view: Option<View>,
    /// A snapshot to be sent with the next tick. Asks between two ticks become one: asking fast costs the server nothing.
    due: Option<Cause>,
    /// The units that the client has on its map.
    shown: UnitBits,
    /// The units whose roster line the client has.
    rostered: UnitBits,
    /// The last tick whose roster the client has.
    roster_seq: u64,
    /// Reused for every message.
    buffer: BytesMut,
}

impl Wall {
    /// A wall that has subscribed to nothing yet.
    #[must_use]
    pub fn new(format: Format, org: Option<OrgId>) -> Self {
        Self {
            format,
            org,
            sight: None,
            view: None,
            due: None,
            shown: UnitBits::default(),
            rostered: UnitBits::default(),
            roster_seq: 0,
            buffer: BytesMut::new(),
        }
    }

    /// This view from the next tick on.
    pub fn subscribe(&mut self, view: View) {
        self.view = Some(view);
        self.due = Some(Cause::Subscribe);
    }

    /// A snapshot with the next tick.
    pub fn resync(&mut self, cause: Cause) {
        if self.view.is_some() {
            self.due.get_or_insert(cause);
        }
    }

    /// Writes the messages of a tick into `out`: roster, then one snapshot or delta, then events. Says why, when it was a
    /// snapshot. The buffers of `out` must be dropped before the next tick, so that their memory is used again.
    pub fn tick(&mut self, tick: &EncodedTick, world: &World, hub: &Hub, out: &mut Vec<Out>) -> Option<Cause> {
        let view = self.view?;
        // The loans first: a sight taken after is of those or newer ones.
        let loans = world.loans_version();
        let sight = match self.sight.take() {
            Some((of, sight)) if of == loans => sight,
            _ => world.sight(self.org.as_ref()),
        };
        if tick.after_gap {
            self.resync(Cause::Lagged);
        }
        let cause = self.due.take();
        let mut gone = Vec::new();
        if cause.is_some() {
            self.snapshot(tick, view, &sight, world, hub, out);
        } else {
            self.roster(tick, &sight, world, out);
            match self.format {
                Format::Binary => self.delta(tick, view, &sight, &mut gone, out),
                Format::Json => self.delta_json(tick, view, &sight, &mut gone, out),
            }
        }
        self.roster_seq = tick.seq;
        self.events(tick, view, &sight, &gone, world, out);
        self.sight = Some((loans, sight));
        cause
    }

    /// The roster's lines of those who are seen, and of those whom it has not yet: they were lent, or came from another organisation.
    fn roster(&mut self, tick: &EncodedTick, sight: &Sight, world: &World, out: &mut Vec<Out>) {
        let mut lines: Vec<Cow<'_, str>> = Vec::new();
        for RosterLine { no, org, json } in &tick.roster {
            if sight.sees(*no, *org) {
                self.rostered.insert(*no);
                lines.push(json.into());
            } else {
                self.rostered.remove(*no);
            }
        }
        if !sight.is_all() {
            for ChangedUnit { view, .. } in &tick.changed {
                if sight.sees(view.no, view.org_no()) && !self.rostered.contains(view.no) {
                    self.rostered.insert(view.no);
                    lines.push(message::roster_unit(view.no.0, &view.spec, world.organisations()).into());
                }
            }
        }
        put_roster(&lines, out);
    }

    /// What becomes of a unit that changed.
    fn change(&mut self, unit: &UnitView, view: View, sight: &Sight, gone: &mut Vec<UnitNo>) -> Change {
        let is_seen = sight.sees(unit.no, unit.org_no());
        if is_seen && view.sees(unit.spec.kind, unit.fix.map(|fix| fix.at)) {
            self.shown.insert(unit.no);
            return Change::Shown;
        }
        if !self.shown.remove(unit.no) {
            return Change::None;
        }
        // What befell one that is out of sight is not for this wall.
        if is_seen {
            gone.push(unit.no);
        }
        Change::Gone
    }

    fn delta(&mut self, tick: &EncodedTick, view: View, sight: &Sight, gone: &mut Vec<UnitNo>, out: &mut Vec<Out>) {
        record::put_header(&mut self.buffer, MessageKind::Delta, tick.seq, tick.at);
        for unit in &tick.changed {
            match self.change(&unit.view, view, sight, gone) {
                Change::Shown => self.buffer.put_slice(&unit.record),
                Change::Gone => self.buffer.put_slice(&record::gone(unit.view.no)),
                Change::None => {}
            }
        }
        self.finish(out);
    }

    /// Ends the message in the buffer: its count is what was written after the header.
    fn finish(&mut self, out: &mut Vec<Out>) {
        let count = (self.buffer.len() - HEADER_BYTES) / RECORD_BYTES;
        record::set_count(&mut self.buffer, count as u32);
        out.push(Out::Binary(self.buffer.split().freeze()));
    }

    fn delta_json(&mut self, tick: &EncodedTick, view: View, sight: &Sight, gone: &mut Vec<UnitNo>, out: &mut Vec<Out>) {
        let mut text = message::frame_start("delta", tick.seq, tick.at);
        let mut gone_ids: Vec<&UnitId> = Vec::new();
        let mut seen = Vec::new();
        for (unit, json) in tick.changed.iter().zip(tick.json()) {
            match self.change(&unit.view, view, sight, gone) {
                Change::Shown => seen.push(json.as_str()),
                Change::Gone => gone_ids.push(&unit.view.spec.id),
                Change::None => {}
            }
        }
        message::join(&mut text, seen.into_iter());
        message::frame_end(&mut text, gone_ids.into_iter());
        out.push(Out::Text(text));
    }

    /// The state of the world is at least as new as the tick: what is newer comes again with the next tick.
    fn snapshot(&mut self, tick: &EncodedTick, view: View, sight: &Sight, world: &World, hub: &Hub, out: &mut Vec<Out>) {
        let told = hub.told_after(self.roster_seq);
        let (mut units, mut roster): (Vec<UnitView>, Vec<UnitView>) = (Vec::new(), Vec::new());
        // Copied under the lock, encoded after it.
        world.for_each_unit(|unit| {
            if !sight.sees(unit.no, unit.org_no()) {
                self.rostered.remove(unit.no);
                return;
            }
            if told.contains(unit.no) || !self.rostered.contains(unit.no) {
                self.rostered.insert(unit.no);
                roster.push(unit.clone());
            }
            if view.sees(unit.spec.kind, unit.fix.map(|fix| fix.at)) {
                units.push(unit.clone());
            }
        });
        let lines: Vec<String> = roster.iter().map(|unit| message::roster_unit(unit.no.0, &unit.spec, world.organisations())).collect();
        put_roster(&lines, out);
        self.shown.clear();
        for unit in &units {
            self.shown.insert(unit.no);
        }
        match self.format {
            Format::Binary => self.put_snapshot(tick.seq, tick.at, &units, out),
            Format::Json => {
                let mut text = message::frame_start("snapshot", tick.seq, tick.at);
                let units: Vec<String> = units.iter().map(|unit| message::moved(unit, tick.at)).collect();
                message::join(&mut text, units.iter().map(String::as_str));
                message::frame_end(&mut text, std::iter::empty());
                out.push(Out::Text(text));
            }
        }
    }

    fn put_snapshot(&mut self, seq: u64, at: Timestamp, units: &[UnitView], out: &mut Vec<Out>) {
        self.buffer.reserve(HEADER_BYTES + RECORD_BYTES * units.len());
        record::put_header(&mut self.buffer, MessageKind::Snapshot, seq, at);
        for unit in units {
            self.buffer.put_slice(&record::encode(unit, at));
        }
        self.finish(out);
    }

    /// Events of units that are in the view, or have just left it, orders and cordons that are seen; what must be fetched again.
    fn events(&self, tick: &EncodedTick, view: View, sight: &Sight, gone: &[UnitNo], world: &World, out: &mut Vec<Out>) {
        let is_here = |unit: UnitNo, org: u16| sight.sees(unit, org) && (self.shown.contains(unit) || gone.contains(&unit));
        let all = sight.is_all();
        let wanted = tick.notices.iter().filter(|notice| match &notice.about {
            About::Unit(unit, org) => is_here(*unit, *org),
            About::Crossing(unit, org, zone, layer) => {
                view.layers.contains(*layer) && is_here(*unit, *org) && (all || world.seen_by(sight.clone()).has_zone(zone))
            }
            About::Order(unit, org) => sight.sees(*unit, *org),
            About::Cordon(id) => all || world.seen_by(sight.clone()).cordon(id).is_some(),
        });
        let mut wanted = wanted.map(|notice| notice.json.as_str()).peekable();
        if wanted.peek().is_some() {
            out.push(Out::Text(message::events(tick.seq, wanted)));
        }
        out.extend(tick.layers.iter().map(|layer| Out::Text(message::text(&message::Say::Zones { layer }))));
        if tick.closures {
            out.push(Out::Text(message::text(&message::Say::Closures { at: tick.at })));
        }
    }
}

fn put_roster<T: AsRef<str>>(lines: &[T], out: &mut Vec<Out>) {
    out.extend(lines.chunks(ROSTER_UNITS_MAX).map(|chunk| Out::Text(message::roster(chunk.iter().map(AsRef::as_ref)))));
}
