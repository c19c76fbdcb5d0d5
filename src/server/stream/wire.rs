//! A socket on which whole messages that are bytes already go out between those of the WebSocket: one write for all of a tick, no copy.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

/// A socket, and bytes on their way into it. What the WebSocket itself writes, pongs and closes, waits until they are out: no message is
/// cut in two.
#[derive(Debug)]
pub struct Wire<S> {
    socket: S,
    waiting: Bytes,
    /// What follows.
    then: Bytes,
    /// When it last took anything, or there was nothing to take.
    took: Instant,
    unflushed: bool,
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// A socket on which nothing waits.
    pub fn new(socket: S) -> Self {
        Self { socket, waiting: Bytes::new(), then: Bytes::new(), took: Instant::now(), unflushed: false }
    }

    /// Whether everything is out.
    pub fn is_empty(&self) -> bool {
        !self.unflushed
    }

    /// When it last took anything.
    pub const fn took(&self) -> Instant {
        self.took
    }

    /// Puts whole messages on their way, and others after them; only when everything before them is out.
    pub fn put(&mut self, messages: Bytes, then: Bytes) {
        self.took = Instant::now();
        self.unflushed = true;
        (self.waiting, self.then) = (messages, then);
    }

    /// Writes until everything is out, or the socket takes no more.
    pub fn poll_empty(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.waiting.is_empty() {
                // What is out is no longer held.
                self.waiting = std::mem::take(&mut self.then);
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

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_empty(cx))?;
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_empty(cx))?;
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_empty(cx))?;
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_is_written_beside_waits_for_the_whole_message() {
        let (ours, mut theirs) = tokio::io::duplex(8);
        let mut wire = Wire::new(ours);
        wire.put(Bytes::from(vec![1; 40]), Bytes::from(vec![1; 60]));
        assert!(!wire.is_empty());
        let read = tokio::spawn(async move {
            let mut read = vec![0; 103];
            theirs.read_exact(&mut read).await.unwrap();
            read
        });
        wire.write_all(&[2; 3]).await.unwrap();
        assert!(wire.is_empty());
        let read = read.await.unwrap();
        assert!(read[..100].iter().all(|byte| *byte == 1) && read[100..] == [2; 3]);
    }

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_known() {
        let (ours, _theirs) = tokio::io::duplex(8);
        let mut wire = Wire::new(ours);
        wire.put(Bytes::new(), Bytes::from(vec![1; 100]));
        let first = std::future::poll_fn(|cx| Poll::Ready(wire.poll_empty(cx))).await;
        assert!(first.is_pending());
        let took = wire.took();
        let second = std::future::poll_fn(|cx| Poll::Ready(wire.poll_empty(cx))).await;
        assert!(second.is_pending() && wire.took() == took && !wire.is_empty());
    }
}
