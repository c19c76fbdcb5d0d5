//! One wall: what it is shown, and the bytes that it is sent for a tick. No sockets here.

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    message,
    record::{self, HEADER_BYTES, MessageKind, RECORD_BYTES},
    tick::{EncodedTick, Hub},
    view::{UnitBits, View},
};
use crate::{
    engine::{UnitView, World},
    model::{Timestamp, UnitId, UnitNo},
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

/// What one wall is shown.
#[derive(Debug)]
pub struct Wall {
    format: Format,
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
    pub fn new(format: Format) -> Self {
        Self {
            format,
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
        if tick.after_gap {
            self.resync(Cause::Lagged);
        }
        let cause = self.due.take();
        let mut gone = Vec::new();
        if cause.is_some() {
            self.snapshot(tick, view, world, hub, out);
        } else {
            let roster = tick.roster.iter().map(|(no, json)| {
                self.rostered.insert(*no);
                json.as_str()
            });
            put_roster(&roster.collect::<Vec<_>>(), out);
            match self.format {
                Format::Binary => self.delta(tick, view, &mut gone, out),
                Format::Json => self.delta_json(tick, view, &mut gone, out),
            }
        }
        self.roster_seq = tick.seq;
        self.events(tick, view, &gone, out);
        cause
    }

    fn delta(&mut self, tick: &EncodedTick, view: View, gone: &mut Vec<UnitNo>, out: &mut Vec<Out>) {
        record::put_header(&mut self.buffer, MessageKind::Delta, tick.seq, tick.at);
        for unit in &tick.changed {
            let no = unit.view.no;
            if view.sees(unit.view.spec.kind, unit.view.fix.map(|fix| fix.at)) {
                self.shown.insert(no);
                self.buffer.put_slice(&unit.record);
            } else if self.shown.remove(no) {
                gone.push(no);
                self.buffer.put_slice(&record::gone(no));
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

    fn delta_json(&mut self, tick: &EncodedTick, view: View, gone: &mut Vec<UnitNo>, out: &mut Vec<Out>) {
        let mut text = message::frame_start("delta", tick.seq, tick.at);
        let mut gone_ids: Vec<&UnitId> = Vec::new();
        let mut seen = Vec::new();
        for (unit, json) in tick.changed.iter().zip(tick.json()) {
            let no = unit.view.no;
            if view.sees(unit.view.spec.kind, unit.view.fix.map(|fix| fix.at)) {
                self.shown.insert(no);
                seen.push(json.as_str());
            } else if self.shown.remove(no) {
                gone.push(no);
                gone_ids.push(&unit.view.spec.id);
            }
        }
        message::join(&mut text, seen.into_iter());
        message::frame_end(&mut text, gone_ids.into_iter());
        out.push(Out::Text(text));
    }

    /// The state of the world is at least as new as the tick: what is newer comes again with the next tick.
    fn snapshot(&mut self, tick: &EncodedTick, view: View, world: &World, hub: &Hub, out: &mut Vec<Out>) {
        let told = hub.told_after(self.roster_seq);
        let (mut units, mut roster): (Vec<UnitView>, Vec<UnitView>) = (Vec::new(), Vec::new());
        // Copied under the lock, encoded after it.
        world.for_each_unit(|unit| {
            if told.contains(unit.no) || !self.rostered.contains(unit.no) {
                self.rostered.insert(unit.no);
                roster.push(unit.clone());
            }
            if view.sees(unit.spec.kind, unit.fix.map(|fix| fix.at)) {
                units.push(unit.clone());
            }
        });
        let lines: Vec<String> = roster.iter().map(|unit| message::roster_unit(unit.no.0, &unit.spec, world.organisations())).collect();
        put_roster(&lines.iter().map(String::as_str).collect::<Vec<_>>(), out);
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

    /// Events of units that are in the view, or have just left it, and those for everybody; what must be fetched again.
    fn events(&self, tick: &EncodedTick, view: View, gone: &[UnitNo], out: &mut Vec<Out>) {
        let wanted = tick.notices.iter().filter(|notice| {
            notice.layer.is_none_or(|layer| view.layers.contains(layer))
                && notice.unit.is_none_or(|unit| self.shown.contains(unit) || gone.contains(&unit))
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

fn put_roster(lines: &[&str], out: &mut Vec<Out>) {
    out.extend(lines.chunks(ROSTER_UNITS_MAX).map(|chunk| Out::Text(message::roster(chunk.iter().copied()))));
}
