//! One gateway's conversation, without sockets: bytes in, fixes to the gate, answers out.

use std::sync::Arc;

use tokio::sync::watch;

use super::frame::{self, DETAILED_MAX, Fixes, Frame, FrameError, HANDLES_MAX, Names, Request, TEXT_BYTES_MAX, VERSION};
use crate::{
    engine::UnitFix,
    ingest::{Gate, Moment, Protocol, Refusal, RefusalReason, Reporter, Source, gate::overflow},
};

/// Answers that are gathered before they must be written: a gateway that only errs gets no more at a time.
pub const OUT_BYTES_MAX: usize = 1 << 20;

/// Says true when the token is over.
type Ends = watch::Receiver<bool>;
/// Gives that of a token which opens the door.
type Knows = dyn Fn(&str) -> Option<Ends> + Send + Sync;

/// Knows by a token who may send fixes, and then when that is over.
#[derive(Clone)]
pub struct Doorkeeper(pub Arc<Knows>);

impl std::fmt::Debug for Doorkeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Doorkeeper")
    }
}

/// One connection of one gateway.
///
/// A driver loops: read; [`Session::feed`] until it says [`Fed::All`], doing between what it asks for; write. Whatever one
/// call was fed goes to the engine's queue at once, and is acknowledged after that.
///
/// Holds the handles of the connection and the fixes of one read. Once these have grown, a good fix allocates nothing.
#[derive(Debug, Default)]
pub struct Session {
    /// None where whoever is here was let in before.
    doorkeeper: Option<Doorkeeper>,
    greeted: bool,
    /// Says true when what let it in is over.
    ends: Option<Ends>,
    /// By handle; none where the name was no name.
    reporters: Vec<Option<Reporter>>,
    frames: u64,
    batches: Batches,
}

/// The FIXES frames that were read and not yet acknowledged.
#[derive(Debug, Default)]
struct Batches {
    pending: Vec<Batch>,
    /// The good fixes of all of them, in order.
    good: Vec<UnitFix>,
    /// The place of each of `good` in its batch.
    places: Vec<u16>,
    /// Of each batch the first refusals, in order.
    refused: Vec<(u16, Refusal)>,
}

#[derive(Debug)]
struct Batch {
    number: u32,
    /// Where its fixes end in [`Batches::good`].
    good_end: usize,
    accepted: u16,
    refused: u16,
    /// How many of [`Batches::refused`] are its.
    detailed: usize,
}

/// What a session wants after it was fed.
#[derive(Debug)]
pub enum Fed {
    /// Every whole frame was taken; what is left is the beginning of one.
    All,
    /// Names came. Have unknown devices adopted, if they are, then [`Session::bind`], and feed what is left.
    Names(NewNames),
    /// There are [`OUT_BYTES_MAX`] of answers: write them, and feed what is left.
    Full,
    /// The end of a frame cannot be found: write the answers, and close.
    Lost(FrameError),
}

/// Names on their way to their handles.
#[derive(Debug)]
pub struct NewNames {
    first_handle: u32,
    names: Vec<Result<Source, Refusal>>,
}

impl Session {
    /// A session that nothing was said on, of somebody whom the door has let in.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same of somebody whom a doorkeeper asks for a token, where there is one.
    #[must_use]
    pub fn with(doorkeeper: Option<Doorkeeper>) -> Self {
        Self { doorkeeper, ..Self::default() }
    }

    /// Whether it was let in and may send.
    #[must_use]
    pub const fn is_greeted(&self) -> bool {
        self.greeted
    }

    /// Waits until what let it in is over.
    pub async fn ends(&self) {
        if let Some(mut ends) = self.ends.clone()
            && ends.wait_for(|over| *over).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }

    /// Takes what was read, in pieces of any size, off the front of `bytes`; appends the answers to `out`, in the order of
    /// the frames. About 0.1 us a fix.
    pub fn feed(&mut self, bytes: &mut &[u8], gate: &Gate, out: &mut Vec<u8>) -> Fed {
        let moment = gate.moment();
        let fed = loop {
            if out.len() + self.batches.refused.len() * TEXT_BYTES_MAX >= OUT_BYTES_MAX {
                break Fed::Full;
            }
            let request = match Frame::next(bytes) {
                Ok(None) => break Fed::All,
                Ok(Some(frame)) => Request::decode(frame).and_then(|request| self.admit(request)),
                Err(error) => Err(error),
            };
            if let Ok(Request::Fixes(fixes)) = request {
                self.batches.check(&fixes, &mut self.reporters, gate, moment);
                continue;
            }
            // What is answered at once must not overtake what was asked before it.
            self.batches.settle(gate, out);
            match request {
                Ok(Request::Names(names)) => break Fed::Names(NewNames::read(&names)),
                Ok(_) => frame::welcome(out),
                Err(error) => {
                    gate.count_refusal(Protocol::Binary, RefusalReason::Malformed);
                    frame::error(out, &error);
                    if error.is_fatal() {
                        break Fed::Lost(error);
                    }
                }
            }
        };
        self.batches.settle(gate, out);
        fed
    }

    /// What cannot be said of a frame by itself.
    fn admit<'a>(&mut self, request: Request<'a>) -> Result<Request<'a>, FrameError> {
        match request {
            Request::Hello { version: VERSION, token } => self.let_in(token)?,
            Request::Hello { version, .. } => return Err(FrameError::Version(version)),
            _ if !self.greeted => return Err(FrameError::NoHello),
            Request::Names(names) => {
                let (first, count, free) = (names.first_handle, names.count(), self.reporters.len() as u32);
                if first > free || first + u32::from(count) > HANDLES_MAX {
                    return Err(FrameError::Handles { first, count, free });
                }
            }
            Request::Fixes(_) => {}
        }
        self.frames += 1;
        Ok(request)
    }

    fn let_in(&mut self, token: &[u8]) -> Result<(), FrameError> {
        if let Some(Doorkeeper(knows)) = &self.doorkeeper {
            let ends = std::str::from_utf8(token).ok().and_then(|token| knows(token));
            self.ends = Some(ends.ok_or(FrameError::NotLetIn)?);
        }
        self.greeted = true;
        Ok(())
    }

    /// Binds names to their handles and says which are known: `known` has one result for each of [`NewNames::sources`], in
    /// order. A name that is not known yet keeps its handle, and reports as soon as it is.
    pub fn bind(&mut self, names: NewNames, known: Vec<Result<(), Refusal>>, gate: &Gate, out: &mut Vec<u8>) {
        let NewNames { first_handle, names } = names;
        let (mut refused, count, mut known) = (Vec::new(), names.len(), known.into_iter());
        for (handle, name) in (first_handle..).zip(names) {
            let (reporter, verdict) = match name {
                Ok(source) => (Some(gate.reporter(source)), known.next().unwrap_or(Ok(()))),
                Err(refusal) => (None, Err(refusal)),
            };
            refused.extend(verdict.err().map(|refusal| (handle, refusal)));
            match self.reporters.get_mut(handle as usize) {
                Some(bound) => *bound = reporter,
                None => self.reporters.push(reporter),
            }
        }
        frame::named(out, first_handle, (count - refused.len()) as u16, &refused);
    }

    /// Frames that could be read, so far. A peer that never has one is no gateway.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }
}

impl NewNames {
    fn read(names: &Names<'_>) -> Self {
        Self { first_handle: names.first_handle, names: names.iter().collect() }
    }

    /// The names that can be read.
    pub fn sources(&self) -> impl Iterator<Item = &Source> + Send {
        self.names.iter().filter_map(|name| name.as_ref().ok())
    }
}

impl Batches {
    /// Checks the fixes of a frame.
    fn check(&mut self, fixes: &Fixes<'_>, reporters: &mut [Option<Reporter>], gate: &Gate, moment: Moment) {
        let (good_before, told_before, mut refused) = (self.good.len(), self.refused.len(), 0);
        for (place, record) in (0..).zip(fixes.iter()) {
            let checked = record.report().and_then(|report| match reporters.get_mut(record.handle as usize) {
                Some(Some(reporter)) => gate.check(reporter, &report, moment),
                _ => Err(no_name(record.handle)),
            });
            match checked {
                Ok(fix) => {
                    self.good.push(fix);
                    self.places.push(place);
                }
                Err(refusal) => {
                    gate.count_refusal(Protocol::Binary, refusal.reason);
                    refused += 1;
                    if self.refused.len() - told_before < DETAILED_MAX {
                        self.refused.push((place, refusal));
                    }
                }
            }
        }
        self.pending.push(Batch {
            number: fixes.batch,
            good_end: self.good.len(),
            accepted: (self.good.len() - good_before) as u16,
            refused,
            detailed: self.refused.len() - told_before,
        });
    }

    /// Queues all that was checked, then acknowledges each frame.
    fn settle(&mut self, gate: &Gate, out: &mut Vec<u8>) {
        if self.pending.is_empty() {
            return;
        }
        let left_out = gate.queue(&self.good, Protocol::Binary);
        let why = if left_out.is_empty() { None } else { Some(overflow()) };
        let (mut left_out, mut refused) = (left_out.as_slice(), self.refused.as_slice());
        for batch in self.pending.drain(..) {
            let (late, later) = left_out.split_at(left_out.partition_point(|at| *at < batch.good_end));
            let (wrong, others) = refused.split_at_checked(batch.detailed).unwrap_or_default();
            (left_out, refused) = (later, others);
            let late_details = late.iter().filter_map(|at| Some((*self.places.get(*at)?, why.as_ref()?)));
            let details = wrong.iter().map(|(place, refusal)| (*place, refusal)).chain(late_details);
            let lost = late.len() as u16;
            frame::ack(out, batch.number, batch.accepted - lost, batch.refused + lost, details);
        }
        self.good.clear();
        self.places.clear();
        self.refused.clear();
    }
}

#[cold]
fn no_name(handle: u32) -> Refusal {
    let detail = format!("{handle} has no name: bind it with a NAMES frame first");
    Refusal { reason: RefusalReason::UnknownDevice, field: "handle", detail }
}
