//! Batches over many connections from one thread: at a fixed rate, or as fast as answers come.
//!
//! What a batch is and how it is answered is the peer's ([`Batches`]); everything else, the clock above all, is the same
//! for every peer.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{LoadError, report::histogram, window::Window};

/// Batches that are due within one go together: a wake-up for each would cost more than sending it.
const ROUND: Duration = Duration::from_millis(1);
/// The most bytes that wait for one connection; a batch for which there is no room is missed.
const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long answers may take after the end.
const DRAIN: Duration = Duration::from_secs(3);
/// Read at once.
const READ_BYTES: usize = 64 * 1024;

/// A protocol of batches.
pub trait Batches {
    /// Appends the next batch of a connection.
    fn batch(&mut self, line: usize, out: &mut Vec<u8>);

    /// Takes the whole answers at the front of `bytes`.
    ///
    /// # Errors
    /// When they are no answers.
    fn answers(&mut self, line: usize, bytes: &[u8]) -> Result<Answers, LoadError>;
}

/// Answers to batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    /// How many bytes they have.
    pub bytes: usize,
    /// How many batches they answer.
    pub batches: usize,
    /// How many fixes of those batches the server took.
    pub accepted: u64,
}

/// How fast.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// So many batches a second, each due at its moment.
    Steady(f64),
    /// Always so many batches in flight on each connection.
    FlatOut(usize),
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Driven {
    /// Batches that were due in the window.
    pub due: u64,
    /// Of those, batches that had no room: the server did not take what came before.
    pub missed: u64,
    /// Fixes that the server took, by answers that came in the window.
    pub accepted: u64,
    /// Batches of the window that were not answered within three seconds of its end.
    pub unanswered: u64,
    /// From the moment that a batch of the window was due to its answer, nanoseconds.
    pub latency: Histogram<u64>,
}

struct Line {
    stream: TcpStream,
    out: Vec<u8>,
    written: usize,
    read: Vec<u8>,
    /// When the batches that are not answered were due, in order.
    in_flight: VecDeque<Instant>,
}

/// Drives batches over connections until the window closes and the last answers came.
///
/// # Errors
/// [`LoadError`] when a connection breaks or an answer is none.
pub fn drive<B: Batches>(streams: Vec<TcpStream>, batches: &mut B, pace: Pace, window: &Window) -> Result<Driven, LoadError> {
    let mut lines = Vec::with_capacity(streams.len());
    for stream in streams {
        stream.set_nonblocking(true)?;
        lines.push(Line { stream, out: Vec::new(), written: 0, read: Vec::new(), in_flight: VecDeque::new() });
    }
    let mut driven = Driven { due: 0, missed: 0, accepted: 0, unanswered: 0, latency: histogram()? };
    let mut sent: u64 = 0;
    loop {
        let now = Instant::now();
        let over = now >= window.closes;
        if over && (now > window.closes + DRAIN || lines.iter().all(|line| line.in_flight.is_empty())) {
            break;
        }
        let mut wake = window.closes + DRAIN;
        if !over {
            wake = window.closes;
            match pace {
                Pace::FlatOut(most) => {
                    for (n, line) in lines.iter_mut().enumerate() {
                        while line.in_flight.len() < most {
                            driven.due += u64::from(window.counts(now));
                            line.batch(n, now, batches);
                        }
                    }
                }
                Pace::Steady(per_s) => loop {
                    let due = due(window.starts, sent, per_s);
                    if due > now {
                        wake = wake.min(due);
                        break;
                    }
                    let n = (sent % lines.len().max(1) as u64) as usize;
                    sent += 1;
                    let Some(line) = lines.get_mut(n) else { break };
                    driven.due += u64::from(window.counts(due));
                    if line.out.len() < WAITING_BYTES_MAX {
                        line.batch(n, due, batches);
                    } else {
                        driven.missed += u64::from(window.counts(due));
                    }
                },
            }
        }
        for line in &mut lines {
            line.write()?;
        }
        let ready = wait(&lines, wake)?;
        for (n, line) in lines.iter_mut().enumerate().filter(|(n, _)| ready & (1 << n) != 0) {
            line.read()?;
            let answers = batches.answers(n, &line.read)?;
            line.read.drain(..answers.bytes);
            let now = Instant::now();
            driven.accepted += if window.counts(now) { answers.accepted } else { 0 };
            for due in line.in_flight.drain(..answers.batches.min(line.in_flight.len())) {
                if window.counts(due) {
                    driven.latency.saturating_record(now.saturating_duration_since(due).as_nanos() as u64);
                }
            }
        }
    }
    driven.unanswered = lines.iter().flat_map(|line| &line.in_flight).filter(|due| window.counts(**due)).count() as u64;
    Ok(driven)
}

/// When a batch is due: at the end of its round.
fn due(starts: Instant, batch: u64, per_s: f64) -> Instant {
    let rounds = (batch as f64 / per_s / ROUND.as_secs_f64()).ceil();
    starts + ROUND.mul_f64(rounds)
}

/// Waits for an answer, for room where something waits, or for the moment; gives a bit for each line that can be read.
fn wait(lines: &[Line], until: Instant) -> Result<u64, LoadError> {
    let events = |line: &Line| if line.written < line.out.len() { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
    let mut polled: Vec<PollFd<'_>> = lines.iter().map(|line| PollFd::new(&line.stream, events(line))).collect();
    let left = until.saturating_duration_since(Instant::now());
    let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
    match poll(&mut polled, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(io::Error::from(error).into()),
    }
    let readable = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
    Ok((0..).zip(&polled).filter(|(_, line)| line.revents().intersects(readable)).fold(0, |bits, (n, _): (u32, _)| bits | (1 << n)))
}

impl Line {
    fn batch<B: Batches>(&mut self, n: usize, due: Instant, batches: &mut B) {
        batches.batch(n, &mut self.out);
        self.in_flight.push_back(due);
    }

    /// Writes what there is room for.
    fn write(&mut self) -> Result<(), LoadError> {
        while let Some(rest) = self.out.get(self.written..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Ok(bytes) => self.written += bytes,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(LoadError::Broken("the door of fixes", error)),
            }
        }
        self.out.clear();
        self.written = 0;
        Ok(())
    }

    /// Reads what is there: once, since whatever is left is told again.
    fn read(&mut self) -> Result<(), LoadError> {
        let length = self.read.len();
        self.read.resize(length + READ_BYTES, 0);
        let read = self.stream.read(self.read.get_mut(length..).unwrap_or_default());
        self.read.truncate(length + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => Err(LoadError::Broken("the door of fixes", io::ErrorKind::UnexpectedEof.into())),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(LoadError::Broken("the door of fixes", error)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// A byte a batch; each byte back is an answer.
    struct Echo;

    impl Batches for Echo {
        fn batch(&mut self, line: usize, out: &mut Vec<u8>) {
            out.push(line as u8);
        }

        fn answers(&mut self, line: usize, bytes: &[u8]) -> Result<Answers, LoadError> {
            assert!(bytes.iter().all(|byte| usize::from(*byte) == line));
            Ok(Answers { bytes: bytes.len(), batches: bytes.len(), accepted: bytes.len() as u64 })
        }
    }

    fn echo(count: usize) -> Vec<TcpStream> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let streams = (0..count).map(|_| TcpStream::connect(listener.local_addr().unwrap()).unwrap()).collect();
        for stream in listener.incoming().take(count) {
            let mut stream = stream.unwrap();
            thread::spawn(move || io::copy(&mut stream.try_clone().unwrap(), &mut stream));
        }
        streams
    }

    #[test]
    fn a_steady_pace_is_kept_and_everything_is_answered() {
        let driven = drive(echo(3), &mut Echo, Pace::Steady(1_000.0), &Window::new(0.1, 0.5)).unwrap();
        assert!((495..=505).contains(&driven.due), "{driven:?}");
        assert_eq!((driven.missed, driven.unanswered, driven.latency.len()), (0, 0, driven.due));
    }

    #[test]
    fn flat_out_is_as_fast_as_answers_come() {
        let driven = drive(echo(2), &mut Echo, Pace::FlatOut(4), &Window::new(0.0, 0.2)).unwrap();
        assert!(driven.accepted > 1_000 && driven.unanswered == 0, "{driven:?}");
    }

    #[test]
    fn batches_are_due_at_the_end_of_their_round() {
        let start = Instant::now();
        let ms = |batch| due(start, batch, 4_000.0).duration_since(start).as_micros();
        assert_eq!([ms(0), ms(1), ms(4), ms(5), ms(4_000)], [0, 1_000, 1_000, 2_000, 1_000_000]);
    }
}
