//! A vehicle terminal over JT/T 808: it registers, authenticates, then reports.

use std::{cell::RefCell, io};

use tokio::{io::AsyncWriteExt, net::TcpStream, sync::mpsc};

use super::{Door, DoorError, Order, Shared, within};
use crate::{
    geodesy::LatLng,
    ingest::jt808::{
        ALARM_EMERGENCY, Answer, Authentication, FrameDecoder, GENERAL_ANSWER, Header, Location, Phone as PhoneNumber, PlatformMessage,
        REGISTRATION_ANSWER, RegisterVerdict, Registration, TerminalEncoder, Version, id,
    },
    model::Timestamp,
    sim::fleet::SimFix,
};

/// So many locations in a row that are refused make a terminal register again.
const REFUSALS_MAX: u32 = 10;
/// So many locations without an answer tell that nobody is there.
const UNANSWERED_MAX: u32 = 30;
/// Bytes of one read: many answers.
const READ_BYTES: usize = 4096;

thread_local! {
    /// One buffer for all terminals: it is filled and emptied without a pause.
    static READ: RefCell<[u8; READ_BYTES]> = const { RefCell::new([0; READ_BYTES]) };
}

/// What a terminal heard.
#[derive(Debug)]
enum Heard {
    Registered(RegisterVerdict, Vec<u8>),
    Authenticated(Answer),
    Location(Answer),
    Other,
}

/// An open connection.
#[derive(Debug)]
struct Line {
    stream: TcpStream,
    decoder: FrameDecoder,
}

impl Line {
    /// Gives all that was heard to `take`, once something was.
    async fn hear(&mut self, mut take: impl FnMut(Heard)) -> Result<(), DoorError> {
        loop {
            self.stream.readable().await?;
            let read: io::Result<usize> = READ.with_borrow_mut(|buffer| {
                let count = self.stream.try_read(buffer)?;
                let mut bytes = buffer.get(..count).unwrap_or_default();
                while let Some(frame) = self.decoder.next_frame(&mut bytes) {
                    // What is damaged or unknown says nothing; a lost answer is noticed as such.
                    if let Ok(heard) = frame.map_err(|_| ()).and_then(|frame| read_frame(frame).map_err(|_| ())) {
                        take(heard);
                    }
                }
                Ok(count)
            });
            match read {
                Ok(0) => return Err(DoorError::Closed),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn read_frame(frame: &[u8]) -> Result<Heard, DoorError> {
    let (header, body) = Header::split(frame)?;
    if !matches!(header.id, GENERAL_ANSWER | REGISTRATION_ANSWER) {
        return Ok(Heard::Other);
    }
    Ok(match PlatformMessage::decode(header.id, header.version, body)? {
        PlatformMessage::Registered { verdict, code, .. } => Heard::Registered(verdict, code.to_vec()),
        PlatformMessage::General { id: id::AUTHENTICATION, answer, .. } => Heard::Authenticated(answer),
        PlatformMessage::General { id: id::LOCATION, answer, .. } => Heard::Location(answer),
        _ => Heard::Other,
    })
}

/// One terminal.
#[derive(Debug)]
pub struct Terminal {
    unit: usize,
    phone: PhoneNumber,
    encoder: TerminalEncoder,
    registration: Registration,
    /// What the server gave at registration; kept over connections, forgotten when it is refused.
    code: Option<Vec<u8>>,
    line: Option<Line>,
    out: Vec<u8>,
    /// The last second that was reported: the protocol's times have no finer grain, and each is sent once.
    last_s: Option<i64>,
}

impl Terminal {
    /// A terminal that reports fixes of `unit`.
    ///
    /// # Errors
    /// [`DoorError::Jt808`] for a number that the header does not hold.
    pub fn new(unit: usize, phone: PhoneNumber, version: Version) -> Result<Self, DoorError> {
        let encoder = TerminalEncoder::new(version, phone)?;
        let registration = Registration {
            province: 45,
            city: 100,
            manufacturer: "CGSIM".to_owned(),
            model: "CG-808".to_owned(),
            terminal: format!("{:07}", unit % 10_000_000),
            plate_colour: 2,
            // A plate that no vehicle has.
            plate: format!("测A{unit:05}"),
        };
        Ok(Self { unit, phone, encoder, registration, code: None, line: None, out: Vec::new(), last_s: None })
    }

    /// Writes what stands in `out`.
    async fn write(&mut self) -> Result<(), DoorError> {
        let line = self.line.as_mut().ok_or(DoorError::Closed)?;
        let written = within(line.stream.write_all(&self.out)).await;
        self.out.clear();
        Ok(written??)
    }

    /// Waits for the answer that `wanted` picks out.
    async fn await_answer<T>(&mut self, wanted: impl Fn(Heard) -> Option<T>) -> Result<T, DoorError> {
        let line = self.line.as_mut().ok_or(DoorError::Closed)?;
        let waits = async {
            loop {
                let mut found = None;
                line.hear(|heard| found = wanted(heard).or(found.take())).await?;
                if let Some(found) = found {
                    return Ok(found);
                }
            }
        };
        within(waits).await?
    }

    async fn register(&mut self) -> Result<Vec<u8>, DoorError> {
        self.encoder.register(&self.registration, &mut self.out)?;
        self.write().await?;
        let answer = |heard| if let Heard::Registered(verdict, code) = heard { Some((verdict, code)) } else { None };
        match self.await_answer(answer).await? {
            (RegisterVerdict::Accepted, code) => Ok(code),
            (verdict, _) => Err(DoorError::Refused(format!("registration: {verdict:?}"))),
        }
    }

    async fn authenticate(&mut self, code: Vec<u8>) -> Result<(), DoorError> {
        let imei = Some(format!("86{:013}", self.unit).into());
        let authentication = Authentication { code: &code, imei, software: Some("CGSIM-1".into()) };
        self.encoder.authenticate(&authentication, &mut self.out)?;
        self.write().await?;
        let answer = |heard| if let Heard::Authenticated(answer) = heard { Some(answer) } else { None };
        match self.await_answer(answer).await? {
            Answer::Success => {
                self.code = Some(code);
                Ok(())
            }
            answer => Err(DoorError::Refused(format!("authentication: {answer:?}"))),
        }
    }

    /// Writes one location into `out`; false and nothing when this second was reported already.
    fn locate(&mut self, fix: &SimFix, shared: &Shared) -> Result<bool, DoorError> {
        let second = fix.time.unix_ms().div_euclid(1_000);
        if self.last_s == Some(second) {
            return Ok(false);
        }
        self.last_s = Some(second);
        let degrees = |udeg: i32| f64::from(udeg) / 1e6;
        let at = LatLng::new(degrees(fix.lat_udeg), degrees(fix.lng_udeg)).unwrap_or(LatLng::NORTH_POLE);
        let mut location = Location::at(at, Timestamp::from_unix_ms(second * 1_000), fix.speed_mps, fix.heading_deg);
        if fix.alarm {
            location.alarm |= ALARM_EMERGENCY;
        }
        self.encoder.location(&location, &mut self.out)?;
        shared.note(self.unit, fix, second * 1_000);
        Ok(true)
    }
}

impl Door for Terminal {
    type Order = Order;

    fn name(&self) -> String {
        self.phone.to_string()
    }

    async fn open(&mut self, shared: &Shared) -> Result<(), DoorError> {
        let stream = shared.connect(shared.jt808).await?;
        self.line = Some(Line { stream, decoder: FrameDecoder::new() });
        let code = match self.code.take() {
            Some(code) => code,
            None => self.register().await?,
        };
        self.authenticate(code).await
    }

    async fn serve(&mut self, shared: &Shared, orders: &mut mpsc::Receiver<Order>) -> Result<(), DoorError> {
        let (mut refusals, mut unanswered) = (0, 0);
        loop {
            let line = self.line.as_mut().ok_or(DoorError::Closed)?;
            tokio::select! {
                order = orders.recv() => match order {
                    None => return Ok(()),
                    Some(Order::Fix(fix)) => {
                        if self.locate(&fix, shared)? {
                            unanswered += 1;
                            self.write().await?;
                        }
                    }
                    Some(Order::Heartbeat) => {
                        self.encoder.heartbeat(&mut self.out)?;
                        self.write().await?;
                    }
                },
                heard = line.hear(|heard| match heard {
                    Heard::Location(Answer::Success | Answer::AlarmConfirmed) => {
                        shared.stats.accepted.add(1);
                        (refusals, unanswered) = (0, 0);
                    }
                    Heard::Location(_) => {
                        shared.stats.refused.add(1);
                        (refusals, unanswered) = (refusals + 1, 0);
                    }
                    _ => {}
                }) => heard?,
            }
            if refusals >= REFUSALS_MAX {
                self.code = None;
                return Err(DoorError::Refused(format!("{refusals} locations in a row")));
            }
            if unanswered >= UNANSWERED_MAX {
                return Err(DoorError::Closed);
            }
        }
    }

    fn close(&mut self) {
        self.line = None;
        self.out.clear();
    }
}
