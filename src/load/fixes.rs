//! Fixes by the binary protocol: connections that are let in and know their units, batches, acknowledgements.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use super::{
    LoadError,
    drive::{Answers, Batches},
    fleet::Fleet,
    units,
};
use crate::{
    bus,
    ingest::{
        Source,
        binary::frame::{self, FixRecord, NAMES_MAX, Reply},
    },
};

const ANSWER: &str = "answer to fixes";

/// One connection to the door of gateways.
#[derive(Debug)]
pub struct Gateway {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Gateway {
    /// Connects and says hello, with a program's token where there is one.
    ///
    /// # Errors
    /// [`LoadError`] when nobody is there or somebody else answers.
    pub fn open(address: SocketAddr, token: Option<&str>) -> Result<Self, LoadError> {
        let wrong = |source| LoadError::Connect { flag: "--gateway", address: address.to_string(), source };
        let stream = TcpStream::connect(address).map_err(wrong)?;
        stream.set_nodelay(true).map_err(wrong)?;
        let mut this = Self { stream, read: Vec::new() };
        let mut out = Vec::new();
        frame::hello(&mut out, token);
        this.write(&out)?;
        this.reply(|reply| matches!(reply, Reply::Welcome { .. }).then_some(()))?;
        Ok(this)
    }

    /// Gives units `first..first + count` the handles from 0; tells which of them the server does not know, by number.
    ///
    /// # Errors
    /// [`LoadError`] when the connection breaks.
    pub fn name(&mut self, first: usize, count: usize) -> Result<Vec<usize>, LoadError> {
        let mut unknown = Vec::new();
        let mut out = Vec::new();
        for start in (0..count).step_by(NAMES_MAX) {
            let names = (start..count.min(start + NAMES_MAX)).map(|n| units::id(first + n).map(Source::Unit));
            let names = names.collect::<Result<Vec<_>, _>>()?;
            let mut rest = names.as_slice();
            while !rest.is_empty() {
                out.clear();
                let taken = frame::names(&mut out, (start + names.len() - rest.len()) as u32, rest);
                rest = rest.get(taken.max(1)..).unwrap_or_default();
                self.write(&out)?;
                self.reply(|reply| match reply {
                    Reply::Named(named) => {
                        unknown.extend(named.iter().map(|refused| first + refused.handle as usize));
                        Some(())
                    }
                    _ => None,
                })?;
            }
        }
        Ok(unknown)
    }

    /// The socket, for [`super::drive::drive`].
    #[must_use]
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        self.stream.write_all(bytes).map_err(|error| LoadError::Broken("the door of gateways", error))
    }

    /// Reads one reply, which `take` must know.
    fn reply<T>(&mut self, mut take: impl FnMut(&Reply<'_>) -> Option<T>) -> Result<T, LoadError> {
        let mut chunk = [0; 16 * 1024];
        loop {
            let mut rest = self.read.as_slice();
            let reply = Reply::next(&mut rest).map_err(|error| LoadError::Answer { what: ANSWER, why: error.to_string() })?;
            if let Some(reply) = reply {
                let taken = take(&reply).ok_or_else(|| unexpected(&reply));
                let used = self.read.len() - rest.len();
                self.read.drain(..used);
                return taken;
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(LoadError::Broken("the door of gateways", std::io::ErrorKind::UnexpectedEof.into())),
                Ok(bytes) => self.read.extend_from_slice(chunk.get(..bytes).unwrap_or_default()),
                Err(error) => return Err(LoadError::Broken("the door of gateways", error)),
            }
        }
    }
}

fn unexpected(reply: &Reply<'_>) -> LoadError {
    LoadError::Answer { what: ANSWER, why: format!("{reply:?}") }
}

/// The batches of all connections.
#[derive(Debug)]
pub struct FixBatches {
    fleets: Vec<Fleet>,
    batch: usize,
    numbers: Vec<u32>,
    records: Vec<FixRecord>,
    /// Fixes that were accepted, from the first on.
    pub accepted: u64,
    /// Fixes that were refused.
    pub refused: u64,
    /// What the first refusal said.
    pub first_refusal: Option<String>,
}

impl FixBatches {
    /// Batches of so many fixes; each connection has its own fleet.
    #[must_use]
    pub fn new(fleets: Vec<Fleet>, batch: usize) -> Self {
        let numbers = vec![0; fleets.len()];
        Self { fleets, batch, numbers, records: Vec::with_capacity(batch), accepted: 0, refused: 0, first_refusal: None }
    }
}

impl Batches for FixBatches {
    fn batch(&mut self, line: usize, out: &mut Vec<u8>) {
        let (Some(fleet), Some(number)) = (self.fleets.get_mut(line), self.numbers.get_mut(line)) else { return };
        let now_ms = bus::now().unix_ms();
        self.records.clear();
        self.records.extend((0..self.batch).map(|_| fleet.fix(now_ms)));
        // A batch of at most `BATCH_MAX` always fits into a frame.
        let _all = frame::fixes(out, *number, &self.records);
        *number = number.wrapping_add(1);
    }

    fn answers(&mut self, _: usize, bytes: &[u8]) -> Result<Answers, LoadError> {
        let (mut rest, mut answers) = (bytes, Answers::default());
        while let Some(reply) = Reply::next(&mut rest).map_err(|error| LoadError::Answer { what: ANSWER, why: error.to_string() })? {
            let Reply::Ack(ack) = reply else { return Err(unexpected(&reply)) };
            answers.accepted += u64::from(ack.accepted);
            answers.batches += 1;
            self.refused += u64::from(ack.refused);
            if self.first_refusal.is_none() {
                self.first_refusal = ack.iter().next().map(|refused| refused.text.to_owned());
            }
        }
        self.accepted += answers.accepted;
        answers.bytes = bytes.len() - rest.len();
        Ok(answers)
    }
}
