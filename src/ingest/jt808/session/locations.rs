//! What a session does with locations, alone and in batches.

use super::Talk;
use crate::{
    ingest::{
        RefusalReason,
        jt808::{
            Answer, Batch, DecodeError, Header, Location, Receiver, Verdict, answer_to,
            location::emergency_of,
            receiver::{BatchOutcome, Event},
        },
    },
    model::{DeviceId, Timestamp},
};

impl Talk {
    /// One location. The emergency button is passed on before anything else is looked at, and whoever
    /// pressed it gets success whatever became of the position, so that the terminal lets it go.
    pub(super) fn location(
        &mut self,
        header: &Header,
        body: &[u8],
        device: &DeviceId,
        now: Timestamp,
        receiver: &mut impl Receiver,
    ) -> Result<Answer, DecodeError> {
        let location = match Location::decode(body, self.config.strict) {
            Ok(location) => location,
            Err(error) if emergency_of(body) && receiver.emergency(device, now) => {
                receiver.note(Event::Malformed { device: Some(device), id: Some(header.id), error: &error });
                return Ok(Answer::Success);
            }
            Err(error) => return Err(error),
        };
        let (verdict, raised) = self.take(&location, header.serial, device, now, receiver);
        Ok(if raised { Answer::Success } else { answer_to(verdict) })
    }

    /// A batch. It is history: what could be read is taken or refused by reason, and the answer is success, for
    /// to send it again would change nothing. Only a batch of which nothing could be read is answered with
    /// malformed.
    pub(super) fn batch(
        &mut self,
        header: &Header,
        body: &[u8],
        device: &DeviceId,
        now: Timestamp,
        receiver: &mut impl Receiver,
    ) -> Result<Answer, DecodeError> {
        let mut batch = Batch::decode(body, self.config.strict)?;
        let mut outcome = BatchOutcome { kind: batch.kind, announced: batch.announced, accepted: 0, refused: 0, malformed: 0 };
        while let Some(item) = batch.next_body() {
            if let Err(error) = item.and_then(|item| self.batch_item(item, header, device, now, receiver, &mut outcome)) {
                outcome.malformed += 1;
                receiver.note(Event::Malformed { device: Some(device), id: Some(header.id), error: &error });
            }
        }
        receiver.note(Event::Batch { device, serial: header.serial, outcome });
        let nothing_read = outcome.malformed > 0 && outcome.accepted + outcome.refused == 0;
        Ok(if nothing_read { Answer::Malformed } else { Answer::Success })
    }

    fn batch_item(
        &self,
        item: &[u8],
        header: &Header,
        device: &DeviceId,
        now: Timestamp,
        receiver: &mut impl Receiver,
        outcome: &mut BatchOutcome,
    ) -> Result<(), DecodeError> {
        let location = Location::decode(item, self.config.strict);
        if location.is_err() && emergency_of(item) {
            receiver.emergency(device, now);
        }
        match self.take(&location?, header.serial, device, now, receiver).0 {
            Verdict::Accepted => outcome.accepted += 1,
            Verdict::Refused(_) => outcome.refused += 1,
        }
        Ok(())
    }

    /// What becomes of one location, and whether an emergency was raised.
    fn take(&self, location: &Location, serial: u16, device: &DeviceId, now: Timestamp, receiver: &mut impl Receiver) -> (Verdict, bool) {
        let report = location.report(self.config.datum, self.config.strict);
        let pressed_at = if location.positioned() { report.time } else { now };
        let raised = location.emergency() && receiver.emergency(device, pressed_at);
        let verdict = if location.positioned() { receiver.location(device, &report) } else { Verdict::Refused(RefusalReason::NoPosition) };
        receiver.note(Event::Location { device, serial, location, report: &report, verdict });
        (verdict, raised)
    }
}
