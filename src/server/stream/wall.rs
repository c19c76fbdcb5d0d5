//! One wall: what it shows, and the bytes that bring it up to date. No sockets here.

use std::sync::{Arc, atomic::Ordering};

use axum::body::Bytes;

use super::{
    channel::{Channel, Forgotten, From},
    form::Format,
    hub::Hub,
    view::View,
};
use crate::{engine::World, model::OrgId, server::measure};

/// Where a wall goes on that was here before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The run of the server.
    pub run: u32,
    /// The last tick that it shows, with the view that it asks for again.
    pub seq: u64,
}

impl std::str::FromStr for Mark {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (run, seq) = text.split_once('-').ok_or("not a mark: run and seq with a hyphen between them")?;
        let (Ok(run), Ok(seq)) = (run.parse(), seq.parse()) else { return Err("not a mark: run and seq are numbers") };
        Ok(Self { run, seq })
    }
}

/// Why a snapshot is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The view is new.
    Subscribe,
    /// The client asked.
    Asked,
    /// What its organisation may see is another.
    Sight,
    /// It was here before, too long ago.
    Late,
}

impl Cause {
    /// The cause as a metric's label.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Asked => "asked",
            Self::Sight => "sight",
            Self::Late => "late",
        }
    }
}

/// A wall that is too far behind to be told all that happened: it is cut off, and comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too far behind to be told all that happened: connect again")]
pub struct Behind;

/// One wall.
#[derive(Debug)]
pub struct Wall {
    format: Format,
    /// The organisation that it shows what is seen of; the whole city where there is none.
    org: Option<OrgId>,
    view: View,
    /// None until the first subscribe: nothing is sent before.
    channel: Option<Arc<Channel>>,
    from: From,
    /// A snapshot to be sent after a tick that it does not show. Asks between two ticks become one: asking fast costs the server nothing.
    due: Option<Cause>,
    /// The last tick that it was sent.
    seq: u64,
}

impl Wall {
    /// A wall that has subscribed to nothing yet.
    #[must_use]
    pub const fn new(format: Format, org: Option<OrgId>) -> Self {
        let from = From { shown: None, told: None, roster: None };
        Self { format, org, view: View::ALL, channel: None, from, due: None, seq: 0 }
    }

    /// This view from the next tick on; one that was here before goes on where it was, if that is known yet.
    pub fn subscribe(&mut self, view: View, mark: Option<Mark>, hub: &Hub, world: &World) {
        self.view = view;
        self.channel = Some(hub.channel(self.org.as_ref(), view, self.format, world));
        self.due = Some(Cause::Subscribe);
        let Some(Mark { seq, .. }) = mark.filter(|mark| mark.run == hub.run) else { return };
        let state = hub.state();
        // What was lent meanwhile, or is no longer, no change of a unit tells of; and a wall that was told totals in place of too many
        // units does not say so.
        let is_crowded = view.totals.is_none() && state.crowded.load(Ordering::Relaxed) >= seq;
        let is_known = !is_crowded
            && seq >= state.picture.oldest()
            && seq <= state.picture.seq
            && state.notices.after(seq).is_some()
            && seq >= state.lent(self.org.as_ref());
        if is_known {
            self.from = From { shown: Some(seq), told: Some(seq), roster: Some(seq) };
            self.due = None;
        } else {
            self.due = Some(Cause::Late);
        }
    }

    /// A snapshot with the next tick.
    pub fn resync(&mut self) {
        if self.channel.is_some() {
            self.due.get_or_insert(Cause::Asked);
        }
    }

    /// The bytes that bring it up to date with the last tick, in two pieces of whole messages; none where it is, or asked for nothing yet. Where it missed ticks, each unit
    /// is in it once, as it is now, and all that happened.
    ///
    /// # Errors
    /// [`Behind`] where it cannot be told all that happened.
    pub fn next(&mut self, hub: &Hub, world: &World) -> Result<Option<(Bytes, Bytes)>, Behind> {
        let Some(mut channel) = self.channel.clone() else { return Ok(None) };
        if !channel.audience.is_of(world) {
            channel = hub.channel(self.org.as_ref(), self.view, self.format, world);
            self.channel = Some(channel.clone());
            self.due = Some(Cause::Sight);
            self.from.roster = None;
        }
        let state = hub.state();
        let seq = state.picture.seq;
        if seq == self.seq || seq == 0 {
            return Ok(None);
        }
        if self.from.shown.is_some_and(|shown| shown < state.picture.oldest()) {
            return Err(Behind);
        }
        let cause = self.due.take();
        if let Some(cause) = cause {
            self.from.shown = None;
            metrics::counter!(measure::SNAPSHOTS, "cause" => cause.as_str()).increment(1);
        }
        let bytes = channel.messages(&state, world, self.from).map_err(|Forgotten| Behind)?;
        drop(state);
        self.from = From { shown: Some(seq), told: Some(seq), roster: Some(seq) };
        self.seq = seq;
        Ok(Some(bytes))
    }

    /// The last tick that it was sent.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }
}
