//! One kept connection of HTTP/1.1, blocking and thin: what it costs counts as the server's latency.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::LoadError;
use crate::sim::doors::bearer;

/// The longest that an answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What usual answers fit into.
const READ_BYTES: usize = 64 * 1024;
/// The longest answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// An open connection. One request at a time.
#[derive(Debug)]
pub struct HttpLink {
    stream: TcpStream,
    host: String,
    authorization: String,
    /// Grows to the longest answer and stays so: to make room at each read would cost more than many an answer.
    read: Vec<u8>,
}

/// Connects to the server's HTTP.
///
/// # Errors
/// [`LoadError::Connect`].
pub fn connect(address: SocketAddr) -> Result<TcpStream, LoadError> {
    let wrong = |source| LoadError::Connect { flag: "--http", address: address.to_string(), source };
    let stream = TcpStream::connect(address).map_err(wrong)?;
    stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(TIMEOUT))).map_err(wrong)?;
    Ok(stream)
}

impl HttpLink {
    /// Connects, with a program's token where there is one.
    ///
    /// # Errors
    /// [`LoadError::Connect`].
    pub fn open(address: SocketAddr, token: Option<&str>) -> Result<Self, LoadError> {
        let authorization = token.map_or_else(String::new, |token| format!("Authorization: {}\r\n", bearer(token)));
        Ok(Self { stream: connect(address)?, host: address.to_string(), authorization, read: vec![0; READ_BYTES] })
    }

    /// A request as it goes over the wire, to be sent as often as one likes.
    #[must_use]
    pub fn request(&self, method: &str, target: &str, json: Option<&str>) -> Vec<u8> {
        let body = json.unwrap_or_default();
        let about_body = json.map_or_else(String::new, |_| format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n{}{about_body}\r\n{body}", self.host, self.authorization).into_bytes()
    }

    /// Sends a request and gives the status and the body of the answer.
    ///
    /// # Errors
    /// [`LoadError`]; the connection is then of no more use.
    pub fn ask(&mut self, request: &[u8]) -> Result<(u16, &[u8]), LoadError> {
        let broken = |error| LoadError::Broken("HTTP", error);
        self.stream.write_all(request).map_err(broken)?;
        let mut length = 0;
        loop {
            if length == self.read.len() {
                self.read.resize(2 * length, 0);
            }
            match self.stream.read(self.read.get_mut(length..).unwrap_or_default()) {
                Ok(0) => return Err(broken(io::ErrorKind::UnexpectedEof.into())),
                Ok(bytes) => length += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(error)),
            }
            if let Some((status, head, end)) = answer(self.read.get(..length).unwrap_or_default())? {
                return Ok((status, self.read.get(head..end).unwrap_or_default()));
            }
        }
    }
}

/// Status, end of the head and end of the body of the answer at the front; `None` while it is not whole.
fn answer(bytes: &[u8]) -> Result<Option<(u16, usize, usize)>, LoadError> {
    let wrong = |why: &str| LoadError::Answer { what: "HTTP answer", why: why.to_owned() };
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default()).map_err(|_| wrong("its head is no text"))?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or_else(|| wrong("it has no status"))?;
    let is_length = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case("content-length");
    let length = lines.filter_map(|line| line.split_once(':')).find(is_length).map(|(_, value)| value.trim().parse::<usize>());
    match length {
        Some(Ok(length)) if length <= ANSWER_BYTES_MAX => {
            let body = end + 4;
            Ok((bytes.len() >= body + length).then_some((status, body, body + length)))
        }
        _ => Err(wrong("it says no length, or one that is too long")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_cut_at_their_length() {
        let whole = b"HTTP/1.1 404 Not Found\r\ndate: x\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1";
        let head = whole.len() - 3 - 8;
        assert_eq!(answer(whole).unwrap(), Some((404, head, head + 3)));
        for cut in 0..head + 3 {
            assert_eq!(answer(&whole[..cut]).unwrap(), None, "{cut}");
        }
        assert!(answer(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(answer(b"nonsense\r\ncontent-length: 1\r\n\r\n").is_err());
    }
}
