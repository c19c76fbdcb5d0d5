//! The line to a wall: what it shows and its socket, shared by the thread that writes each tick and the wall's own task, which reads.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    hub::Hub,
    wall::{Behind, Wall},
    wire::Wire,
};
use crate::engine::World;

/// Why a line was cut.
#[derive(Debug)]
pub(super) enum Cut {
    /// It took nothing for too long: nothing more would reach it.
    Stuck,
    /// It is too far behind.
    Behind,
    Broken(io::Error),
}

/// One wall and its socket. Where both are locked, the wall is first.
#[derive(Debug)]
pub(super) struct Line {
    seat: Mutex<Seat>,
    /// Held while it is written or read, which never blocks: nobody else's socket waits for it.
    end: Mutex<End>,
    write_timeout: Duration,
}

#[derive(Debug)]
struct Seat {
    wall: Wall,
    /// Nothing more is shown: what comes next is a goodbye.
    is_over: bool,
    cut: Option<Cut>,
}

#[derive(Debug)]
struct End {
    wire: Wire<TokioIo<Upgraded>>,
    /// Wakes the wall's task.
    task: Waker,
}

/// The line as the WebSocket's stream.
#[derive(Debug)]
pub(super) struct Ends(pub(super) Arc<Line>);

impl Line {
    pub(super) fn new(socket: TokioIo<Upgraded>, wall: Wall, write_timeout: Duration) -> Arc<Self> {
        let end = End { wire: Wire::new(socket), task: Waker::noop().clone() };
        Arc::new(Self { seat: Mutex::new(Seat { wall, is_over: false, cut: None }), end: Mutex::new(end), write_timeout })
    }

    /// Changes what the wall shows.
    pub(super) fn with_wall(&self, change: impl FnOnce(&mut Wall)) {
        change(&mut self.seat.lock().wall);
    }

    /// Brings the wall up to date with the last tick, as far as its socket takes it now. What does not fit is made up for when everything
    /// is out. Never blocks.
    pub(super) fn show(&self, hub: &Hub, world: &World) {
        let mut seat = self.seat.lock();
        if seat.is_over {
            return;
        }
        let mut end = self.end.lock();
        let End { wire, task } = &mut *end;
        let cut = if wire.is_empty() {
            match seat.wall.next(hub, world) {
                Ok(None) => return,
                Ok(Some((first, then))) => {
                    hub.counters.bytes.increment((first.len() + then.len()) as u64);
                    hub.counters.messages.increment(1);
                    wire.put(first, then);
                    // Where the socket is full, it wakes the task when it is not.
                    match wire.poll_empty(&mut Context::from_waker(task)) {
                        Poll::Ready(Err(error)) => Cut::Broken(error),
                        Poll::Ready(Ok(())) | Poll::Pending => return,
                    }
                }
                Err(Behind) => Cut::Behind,
            }
        } else if wire.took().elapsed() > self.write_timeout {
            Cut::Stuck
        } else {
            return;
        };
        (seat.is_over, seat.cut) = (true, Some(cut));
        task.wake_by_ref();
    }

    /// Shows nothing from now on.
    pub(super) fn leave(&self) {
        self.seat.lock().is_over = true;
    }

    /// Why it was cut, where it was.
    pub(super) fn cut(&self) -> Option<Cut> {
        self.seat.lock().cut.take()
    }

    /// Writes what waits. Ready when that is out; where nothing waited, never.
    pub(super) fn poll_out(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut end = self.end(cx);
        if end.wire.is_empty() {
            return Poll::Pending;
        }
        end.wire.poll_empty(cx)
    }

    /// Whether everything is out.
    pub(super) fn is_empty(&self) -> bool {
        self.end.lock().wire.is_empty()
    }

    /// The socket, for the task that now waits for it.
    fn end(&self, cx: &Context<'_>) -> parking_lot::MutexGuard<'_, End> {
        let mut end = self.end.lock();
        end.task.clone_from(cx.waker());
        end
    }
}

impl AsyncRead for Ends {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.end(cx).wire.socket).poll_read(cx, buf)
    }
}

impl AsyncWrite for Ends {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut end = self.0.end(cx);
        if !end.wire.say(bytes) {
            ready!(end.wire.poll_empty(cx))?;
            end.wire.say(bytes);
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.end(cx).wire.poll_empty(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut end = self.0.end(cx);
        ready!(end.wire.poll_empty(cx))?;
        Pin::new(&mut end.wire.socket).poll_shutdown(cx)
    }
}
