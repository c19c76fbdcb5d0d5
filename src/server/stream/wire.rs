//! The way out of a socket: whole messages that are bytes already go out between those that the WebSocket says itself, and none is cut in
//! two. One write for all of a tick, no copy.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::Bytes;
use tokio::{io::AsyncWrite, time::Instant};

/// What the WebSocket says itself, pongs and answers to nonsense, is taken up to this while it waits; what does not fit waits with the
/// WebSocket, which keeps one pong alone.
const BESIDE_MAX: usize = 4 * 1024;

/// A socket, and what is on its way into it: bytes for many walls, then what the WebSocket said meanwhile.
#[derive(Debug)]
pub(super) struct Wire<S> {
    pub(super) socket: S,
    waiting: Bytes,
    /// What follows.
    then: Bytes,
    /// Whole messages of the WebSocket itself.
    beside: Vec<u8>,
    /// When it last took anything, or there was nothing to take.
    took: Instant,
    unflushed: bool,
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// A socket on which nothing waits.
    pub(super) fn new(socket: S) -> Self {
        Self { socket, waiting: Bytes::new(), then: Bytes::new(), beside: Vec::new(), took: Instant::now(), unflushed: false }
    }

    /// Whether everything is out.
    pub(super) const fn is_empty(&self) -> bool {
        !self.unflushed
    }

    /// When it last took anything.
    pub(super) const fn took(&self) -> Instant {
        self.took
    }

    /// Puts whole messages on their way, and others after them; only when everything before them is out.
    pub(super) fn put(&mut self, messages: Bytes, then: Bytes) {
        self.begin();
        (self.waiting, self.then) = (messages, then);
    }

    /// Takes messages of the WebSocket itself, all of them or, where others wait already, none.
    pub(super) fn say(&mut self, messages: &[u8]) -> bool {
        let is_taken = self.beside.is_empty() || self.beside.len() + messages.len() <= BESIDE_MAX;
        if is_taken {
            self.begin();
            self.beside.extend_from_slice(messages);
        }
        is_taken
    }

    fn begin(&mut self) {
        if self.is_empty() {
            self.took = Instant::now();
            self.unflushed = true;
        }
    }

    /// Writes until everything is out, or the socket takes no more.
    pub(super) fn poll_empty(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.waiting.is_empty() {
                // What is out is no longer held.
                self.waiting = std::mem::take(&mut self.then);
            }
            if self.waiting.is_empty() && !self.beside.is_empty() {
                self.waiting = std::mem::take(&mut self.beside).into();
            }
            if self.waiting.is_empty() {
                break;
            }
            let taken = ready!(Pin::new(&mut self.socket).poll_write(cx, &self.waiting))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            // All of a message for a wall is shared by many: cutting off its front copies nothing.
            self.waiting = self.waiting.slice(taken..);
            self.took = Instant::now();
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.socket).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt, DuplexStream};

    use super::*;

    async fn push(wire: &mut Wire<DuplexStream>) -> Poll<io::Result<()>> {
        poll_fn(|cx| Poll::Ready(wire.poll_empty(cx))).await
    }

    #[tokio::test]
    async fn what_is_said_beside_waits_for_the_whole_message() {
        let (ours, mut theirs) = tokio::io::duplex(8);
        let mut wire = Wire::new(ours);
        wire.put(Bytes::from(vec![1; 40]), Bytes::from(vec![1; 60]));
        assert!(push(&mut wire).await.is_pending() && !wire.is_empty());
        assert!(wire.say(&[2; 3]));
        let read = tokio::spawn(async move {
            let mut read = vec![0; 103];
            theirs.read_exact(&mut read).await.unwrap();
            read
        });
        poll_fn(|cx| wire.poll_empty(cx)).await.unwrap();
        assert!(wire.is_empty());
        let read = read.await.unwrap();
        assert!(read[..100].iter().all(|byte| *byte == 1) && read[100..] == [2; 3]);
    }

    #[tokio::test]
    async fn what_is_said_to_a_reader_that_takes_nothing_is_bounded() {
        let (ours, mut theirs) = tokio::io::duplex(8);
        let mut wire = Wire::new(ours);
        assert!(wire.say(&[1; 2 * BESIDE_MAX]), "one message goes, whatever its length");
        assert!(push(&mut wire).await.is_pending());
        let said = (0..).take_while(|_| wire.say(&[2; 100])).count();
        assert_eq!(said, BESIDE_MAX / 100);
        let read = tokio::spawn(async move {
            let mut read = vec![0; 2 * BESIDE_MAX + said * 100];
            theirs.read_exact(&mut read).await.unwrap();
            read
        });
        poll_fn(|cx| wire.poll_empty(cx)).await.unwrap();
        let read = read.await.unwrap();
        assert!(read[..2 * BESIDE_MAX].iter().all(|byte| *byte == 1) && read[2 * BESIDE_MAX..].iter().all(|byte| *byte == 2));
        assert!(wire.say(&[3; 2 * BESIDE_MAX]), "and again");
    }

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_known() {
        let (ours, _theirs) = tokio::io::duplex(8);
        let mut wire = Wire::new(ours);
        wire.put(Bytes::new(), Bytes::from(vec![1; 100]));
        assert!(push(&mut wire).await.is_pending());
        let took = wire.took();
        assert!(push(&mut wire).await.is_pending());
        wire.say(&[1]);
        assert!(wire.took() == took && !wire.is_empty());
    }
}
