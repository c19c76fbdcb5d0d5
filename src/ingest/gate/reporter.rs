//! A source that was looked up once, for doors on which the same sources report over and over.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use parking_lot::Mutex;

use super::{Gate, Protocol, Refusal, RefusalReason, Report, Source, Track, unknown};
use crate::{
    engine::{Carrier, UnitFix},
    model::Timestamp,
};

/// The most devices of one call that are on their way into the journal at once: they share a commit.
const ADOPTIONS_AT_ONCE: usize = 64;

/// Why a fix that [`Gate::queue`] left out was refused.
pub(in crate::ingest) fn overflow() -> Refusal {
    let detail = "the queue to the engine is full: send the next fix as usual".to_owned();
    Refusal { reason: RefusalReason::Overflow, field: "device", detail }
}

/// A source with its unit and its past at hand. Looks them up again when the registry has changed.
#[derive(Debug)]
pub struct Reporter {
    source: Source,
    /// None while no unit carries it.
    seat: Option<Seat>,
    /// Of the directory, when it was looked up.
    version: u64,
}

#[derive(Debug)]
struct Seat {
    carrier: Carrier,
    track: Arc<Mutex<Track>>,
}

/// The clock and the registry as they were when a batch came: read once for all its fixes.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    now: Timestamp,
    version: u64,
}

impl Gate {
    /// The clock and the registry as they are now.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment { now: self.bus.now(), version: self.bus.world().directory_version() }
    }

    /// Looks a source up. It need not be known: it reports as soon as it is.
    #[must_use]
    pub fn reporter(&self, source: Source) -> Reporter {
        let version = self.bus.world().directory_version();
        Reporter { seat: self.seat(&source), source, version }
    }

    fn seat(&self, source: &Source) -> Option<Seat> {
        self.carrier(source).map(|carrier| Seat { carrier, track: self.track(source) })
    }

    /// Checks one report. About 40 ns; allocates nothing when it is good.
    ///
    /// # Errors
    /// [`Refusal`] says why it is not; counting it is the caller's ([`Gate::count_refusal`]).
    #[inline]
    pub fn check(&self, reporter: &mut Reporter, report: &Report, moment: Moment) -> Result<UnitFix, Refusal> {
        if reporter.version != moment.version {
            reporter.seat = self.seat(&reporter.source);
            reporter.version = moment.version;
        }
        let Some(Seat { carrier, track }) = &reporter.seat else { return Err(unknown(&reporter.source)) };
        let fix = track.lock().check(report, carrier.flies, &self.limits.check, moment.now)?;
        Ok(UnitFix { unit: carrier.unit, device: carrier.device, fix })
    }

    /// Queues what [`Gate::check`] gave, best all that one read of a socket gave at once, and counts it. Gives the places of
    /// those that found no room, ascending; each is an overflow. Never waits.
    pub fn queue(&self, good: &[UnitFix], protocol: Protocol) -> Vec<usize> {
        let left_out = self.bus.submit(good);
        self.count_accepted(protocol, good.len() - left_out.len());
        left_out.iter().for_each(|_| self.count_refusal(protocol, RefusalReason::Overflow));
        left_out
    }

    /// [`Bus::room`](crate::bus::Bus::room): a door whose senders can wait awaits it before it reads on.
    pub async fn room(&self) {
        self.bus.room().await;
    }

    /// [`Gate::prepare`] for many at once: one result each, in order.
    pub async fn prepare_all(&self, sources: Vec<Source>, protocol: Protocol) -> Vec<Result<(), Refusal>> {
        let prepare = |source: Source| async move { self.prepare(&source, protocol).await };
        stream::iter(sources).map(prepare).buffered(ADOPTIONS_AT_ONCE).collect().await
    }
}
