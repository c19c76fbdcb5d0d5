//! A gateway in a hundred lines: reads fixes as CSV from standard input and sends them to Citygate in binary frames.
//!
//! ```sh
//! cargo run --example gateway < fixes.csv        # or: cargo run --example gateway -- 127.0.0.1:8809 < fixes.csv
//! ```
//!
//! Each line is `device,time,lat,lon,speed,heading`: RFC 3339, degrees, metres a second, degrees clockwise from north; the
//! last two may be empty. Devices become handles as they turn up. What is refused is shown with the reason.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to a terminal")]

use std::{
    collections::HashMap,
    error::Error,
    io::{self, BufRead, Read, Write},
    net::TcpStream,
};

use citygate::ingest::{
    Datum, Report, Source,
    binary::frame::{self, FixRecord, Reply},
};

/// Fixes are sent when so many have gathered.
const BATCH: usize = 1_000;

/// A connection: what is to be sent, and what was read.
struct Gateway {
    stream: TcpStream,
    handles: HashMap<String, u32>,
    records: Vec<FixRecord>,
    batch: u32,
    out: Vec<u8>,
    read: Vec<u8>,
}

impl Gateway {
    fn connect(address: &str) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let mut out = Vec::new();
        frame::hello(&mut out, None);
        let mut gateway = Self { stream, handles: HashMap::new(), records: Vec::new(), batch: 0, out, read: Vec::new() };
        gateway.converse()?;
        Ok(gateway)
    }

    /// The handle of a device; a new one gets the next.
    fn handle(&mut self, device: &str) -> Result<u32, Box<dyn Error>> {
        if let Some(handle) = self.handles.get(device) {
            return Ok(*handle);
        }
        let (handle, name) = (self.handles.len() as u32, Source::Device(device.parse()?));
        if frame::names(&mut self.out, handle, &[name]) == 0 {
            return Err("there is no room for the name".into());
        }
        self.converse()?;
        self.handles.insert(device.to_owned(), handle);
        Ok(handle)
    }

    fn take(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let fields: Vec<_> = line.split(',').map(str::trim).collect();
        let [device, time, lat, lon, speed, heading] = fields[..] else {
            return Err("give device,time,lat,lon,speed,heading".into());
        };
        let number = |text: &str| if text.is_empty() { Ok(None) } else { text.parse().map(Some) };
        let report = Report {
            lat_deg: lat.parse()?,
            lng_deg: lon.parse()?,
            datum: Datum::Wgs84,
            time: time.parse()?,
            speed_mps: number(speed)?,
            heading_deg: number(heading)?,
            accuracy_m: None,
        };
        let handle = self.handle(device)?;
        self.records.push(FixRecord::new(handle, &report));
        if self.records.len() == BATCH { self.send() } else { Ok(()) }
    }

    /// Sends what has gathered and waits for its answer. One that is in more of a hurry sends on and reads the answers later.
    fn send(&mut self) -> Result<(), Box<dyn Error>> {
        let taken = frame::fixes(&mut self.out, self.batch, &self.records);
        self.records.drain(..taken);
        self.batch += 1;
        self.converse()
    }

    /// Writes a frame, and reads and shows the one that answers it.
    fn converse(&mut self) -> Result<(), Box<dyn Error>> {
        self.stream.write_all(&self.out)?;
        self.out.clear();
        loop {
            let mut bytes = self.read.as_slice();
            if let Some(reply) = Reply::next(&mut bytes)? {
                let left = bytes.len();
                show(&reply)?;
                self.read.drain(..self.read.len() - left);
                return Ok(());
            }
            let mut buffer = [0; 65_536];
            match self.stream.read(&mut buffer)? {
                0 => return Err("the server closed the connection".into()),
                count => self.read.extend_from_slice(&buffer[..count]),
            }
        }
    }
}

fn show(reply: &Reply<'_>) -> Result<(), Box<dyn Error>> {
    match reply {
        Reply::Welcome { version, .. } => println!("connected, version {version}"),
        Reply::Named(named) => named.iter().for_each(|name| println!("handle {} refused: {}", name.handle, name.text)),
        Reply::Ack(ack) => {
            println!("batch {}: {} accepted, {} refused", ack.batch, ack.accepted, ack.refused);
            ack.iter().for_each(|fix| println!("  {}: {} ({})", fix.place, fix.text, fix.reason));
        }
        Reply::Error(text) => return Err((*text).into()),
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8809".to_owned());
    let mut gateway = Gateway::connect(&address)?;
    for (number, line) in io::stdin().lock().lines().enumerate() {
        if let Err(error) = gateway.take(&line?) {
            eprintln!("line {}: {error}", number + 1);
        }
    }
    gateway.send()
}
