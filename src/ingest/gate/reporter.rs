//! A source that was looked up once, for doors on which the same sources report over and over.

use futures_util::{StreamExt, stream};

use super::{CheckLimits, Gate, Protocol, Refusal, RefusalReason, Report, Source, tracks::Past, unknown};
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

/// Where a source's reports go: its unit and its past.
#[derive(Debug)]
pub(super) struct Seat {
    carrier: Carrier,
    past: Past,
}

impl Seat {
    #[inline]
    pub(super) fn check(&self, source: &Source, report: &Report, limits: &CheckLimits, now: Timestamp) -> Result<UnitFix, Refusal> {
        let Carrier { unit, device, flies } = self.carrier;
        let mut track = self.past.lock().ok_or_else(|| unknown(source))?;
        Ok(UnitFix { unit, device, fix: track.check(report, flies, limits, now)? })
    }
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

    pub(super) fn seat(&self, source: &Source) -> Option<Seat> {
        self.carrier(source).map(|carrier| Seat { carrier, past: self.tracks.of(source, carrier.unit) })
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
        let seat = reporter.seat.as_ref().ok_or_else(|| unknown(&reporter.source))?;
        seat.check(&reporter.source, report, &self.limits.check, moment.now)
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
