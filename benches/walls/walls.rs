//! Many walls on one thread: plain sockets and one epoll. They shake hands, subscribe, and then only read.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

use rustix::event::{
    Timespec,
    epoll::{self, CreateFlags, Event, EventData, EventFlags},
};

use crate::{
    eyes::{Book, Eyes},
    feed::now_us,
    views::View,
    wire::{Reader, WireError, client_text},
};

/// Walls that wait for their first map at once: what they are sent is long, and one thread reads it.
const OPENING_MAX: usize = 256;
/// How long a handshake, or all walls that wait for their map, may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Read at once.
const READ_BYTES: usize = 256 * 1024;
/// Sockets that are told of at once.
const EVENTS: usize = 1_024;
/// The head of an answer to a handshake is far shorter.
const ANSWER_BYTES: usize = 4 * 1024;

struct Wall {
    stream: TcpStream,
    reader: Reader,
    eyes: Eyes,
}

/// All walls. Those that broke stay in the list, closed.
pub(crate) struct Walls {
    epoll: OwnedFd,
    walls: Vec<Wall>,
    pub(crate) book: Book,
    /// Walls that broke, and why the first did.
    pub(crate) broken: usize,
    pub(crate) first_broken: Option<WireError>,
    buffer: Vec<u8>,
    events: Vec<Event>,
}

/// Connects, shakes hands and subscribes. What the server says then is not read.
pub(crate) fn subscribe(server: SocketAddr, view: &View) -> TcpStream {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "GET /v1/stream HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; ANSWER_BYTES];
    // Looked at before it is taken: what comes behind the head is of the stream.
    let head = loop {
        let bytes = stream.peek(&mut answer).unwrap();
        if let Some(end) = answer[..bytes].windows(4).position(|four| four == b"\r\n\r\n") {
            break &mut answer[..end + 4];
        }
        assert!(bytes > 0, "the server hung up at a handshake");
    };
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(head));
    stream.read_exact(head).unwrap();
    stream.write_all(&client_text(&view.subscribe())).unwrap();
    stream
}

impl Walls {
    /// No walls yet.
    pub(crate) fn new(book: Book) -> Self {
        let no_event = Event { flags: EventFlags::empty(), data: EventData::new_u64(0) };
        Self {
            epoll: epoll::create(CreateFlags::CLOEXEC).unwrap(),
            walls: Vec::new(),
            book,
            broken: 0,
            first_broken: None,
            buffer: vec![0; READ_BYTES],
            events: vec![no_event; EVENTS],
        }
    }

    /// Opens walls; returns when each has its map.
    pub(crate) fn open(&mut self, server: SocketAddr, views: &[View]) {
        let all = self.walls.len() + views.len();
        for view in views {
            let stream = subscribe(server, view);
            stream.set_nonblocking(true).unwrap();
            epoll::add(&self.epoll, &stream, EventData::new_u64(self.walls.len() as u64), EventFlags::IN).unwrap();
            let eyes = Eyes::new(view.extent(), view.is_sample, &self.book);
            self.walls.push(Wall { stream, reader: Reader::new(view.is_sample), eyes });
            self.wait_for(self.walls.len().saturating_sub(OPENING_MAX));
            self.read_ready(Duration::ZERO);
        }
        self.wait_for(all);
    }

    fn wait_for(&mut self, opened: usize) {
        let start = Instant::now();
        while self.book.opened < opened {
            self.read_ready(PATIENCE);
            if let Some(why) = &self.first_broken {
                panic!("a wall could not be opened: {why}");
            }
            assert!(start.elapsed() < PATIENCE, "{} of {} walls have no map", self.walls.len() - self.book.opened, self.walls.len());
        }
    }

    /// Reads until that moment.
    pub(crate) fn read_until(&mut self, end: Instant) {
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.read_ready(left);
        }
    }

    /// Reads what is there, once each; waits for the first at most so long.
    pub(crate) fn read_ready(&mut self, longest: Duration) {
        let timeout = Timespec { tv_sec: longest.as_secs() as i64, tv_nsec: i64::from(longest.subsec_nanos()) };
        let ready = match epoll::wait(&self.epoll, self.events.as_mut_slice(), Some(&timeout)) {
            Ok(ready) => ready,
            Err(rustix::io::Errno::INTR) => 0,
            Err(error) => panic!("epoll: {error}"),
        };
        for event in &self.events[..ready] {
            let Wall { stream, reader, eyes } = &mut self.walls[event.data.u64() as usize];
            let read = match stream.read(&mut self.buffer) {
                Ok(0) => Err(WireError::Closed),
                Ok(bytes) => {
                    let now_us = now_us();
                    reader.take(&self.buffer[..bytes], |message| eyes.see(message, now_us, &mut self.book))
                }
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(()),
                Err(_) => Err(WireError::Closed),
            };
            if let Err(why) = read {
                epoll::delete(&self.epoll, &*stream).unwrap();
                self.broken += 1;
                self.first_broken.get_or_insert(why);
            }
        }
    }
}
