//! What a session does with locations, alone and in batches: taken first, answered when the gate has spoken.

use super::Talk;
use crate::{
    ingest::{
        Refusal, RefusalReason, Source,
        jt808::{
            Answer, Batch, DecodeError, Header, Location, Receiver, Verdict, answer_to,
            location::emergency_of,
            receiver::{BatchOutcome, Event},
        },
    },
    model::DeviceId,
};

/// A message whose answer depends on what becomes of its locations.
#[derive(Debug)]
pub(super) struct Pending {
    header: Header,
    device: DeviceId,
    locations: Locations,
}

#[derive(Debug)]
enum Locations {
    /// One location.
    One(Location),
    /// One whose body could not be read but for its emergency button.
    Unreadable,
    /// A batch: what is known of it already, and how many of the reports are its.
    Batch { outcome: BatchOutcome, reports: usize, emergency: bool },
}

impl Talk {
    /// One location. Its emergency button counts whatever becomes of the rest.
    pub(super) fn location(
        &mut self,
        header: &Header,
        body: &[u8],
        device: &DeviceId,
        receiver: &mut impl Receiver,
    ) -> Result<(), DecodeError> {
        let locations = match Location::decode(body, self.config.strict) {
            Ok(location) => {
                self.take(&location, device);
                Locations::One(location)
            }
            Err(error) if emergency_of(body) => {
                self.emergency(device);
                receiver.note(Event::Malformed { device: Some(device), id: Some(header.id), error: &error });
                Locations::Unreadable
            }
            Err(error) => return Err(error),
        };
        self.pending.push(Pending { header: *header, device: device.clone(), locations });
        Ok(())
    }

    /// A batch: each location by itself.
    pub(super) fn batch(
        &mut self,
        header: &Header,
        body: &[u8],
        device: &DeviceId,
        receiver: &mut impl Receiver,
    ) -> Result<(), DecodeError> {
        let mut batch = Batch::decode(body, self.config.strict)?;
        let mut outcome = BatchOutcome { kind: batch.kind, announced: batch.announced, accepted: 0, refused: 0, malformed: 0 };
        let (mut reports, mut emergency) = (0, false);
        while let Some(item) = batch.next_body() {
            if item.as_ref().is_ok_and(|item| emergency_of(item)) {
                emergency = true;
                self.emergency(device);
            }
            match item.and_then(|item| Location::decode(item, self.config.strict)) {
                Ok(location) if self.take(&location, device) => reports += 1,
                Ok(location) => {
                    outcome.refused += 1;
                    let verdict = Verdict::Refused(RefusalReason::NoPosition);
                    receiver.note(Event::Location { device, serial: header.serial, location: Some(&location), verdict });
                }
                Err(error) => {
                    outcome.malformed += 1;
                    receiver.note(Event::Malformed { device: Some(device), id: Some(header.id), error: &error });
                }
            }
        }
        self.pending.push(Pending { header: *header, device: device.clone(), locations: Locations::Batch { outcome, reports, emergency } });
        Ok(())
    }

    fn emergency(&mut self, device: &DeviceId) {
        if !self.emergencies.contains(device) {
            self.emergencies.push(device.clone());
        }
    }

    /// Keeps the report and the emergency button of a location; false when it has no position to report.
    fn take(&mut self, location: &Location, device: &DeviceId) -> bool {
        if location.emergency() {
            self.emergency(device);
        }
        if location.positioned() {
            let report = location.report(self.config.datum, self.config.strict);
            self.reports.push((Source::Device(device.clone()), report));
        }
        location.positioned()
    }

    /// Answers what waits. Whoever pressed the emergency button gets success as soon as the alarm is raised, and
    /// failure before, whatever became of the position, so that the terminal lets the button go or presses it again.
    ///
    /// A batch is history: to send it again would change nothing, so the answer is success. Only a batch of which
    /// nothing could be read is answered with malformed.
    pub(super) fn settle(&mut self, results: &[Result<(), Refusal>], raised: bool, receiver: &mut impl Receiver, out: &mut Vec<u8>) {
        let overflow = Verdict::Refused(RefusalReason::Overflow);
        let mut verdicts = results.iter().map(|result| match result {
            Ok(()) => Verdict::Accepted,
            Err(refusal) => Verdict::Refused(refusal.reason),
        });
        let mut pending = std::mem::take(&mut self.pending);
        for Pending { header, device, locations } in pending.drain(..) {
            let device = &device;
            let on_emergency = if raised { Answer::Success } else { Answer::Failure };
            let answer = match locations {
                Locations::Unreadable => on_emergency,
                Locations::One(location) => {
                    let unpositioned = Verdict::Refused(RefusalReason::NoPosition);
                    let verdict = if location.positioned() { verdicts.next().unwrap_or(overflow) } else { unpositioned };
                    receiver.note(Event::Location { device, serial: header.serial, location: Some(&location), verdict });
                    if location.emergency() { on_emergency } else { answer_to(verdict) }
                }
                Locations::Batch { mut outcome, reports, emergency } => {
                    for verdict in verdicts.by_ref().chain(std::iter::repeat(overflow)).take(reports) {
                        let taken = if verdict == Verdict::Accepted { &mut outcome.accepted } else { &mut outcome.refused };
                        *taken += 1;
                        receiver.note(Event::Location { device, serial: header.serial, location: None, verdict });
                    }
                    receiver.note(Event::Batch { device, serial: header.serial, outcome });
                    let read = outcome.accepted + outcome.refused;
                    match read {
                        _ if emergency => on_emergency,
                        0 if outcome.malformed > 0 => Answer::Malformed,
                        _ => Answer::Success,
                    }
                }
            };
            self.answer(&header, answer, out);
        }
        self.pending = pending;
        self.reports.clear();
        self.emergencies.clear();
    }
}
