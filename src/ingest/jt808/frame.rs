//! Frames: 0x7e, the escaped message and its XOR checksum, 0x7e.
//!
//! Every 0x7e is taken as the end of one frame and the start of the next. Two frames may share one, two may
//! stand back to back, and the end of a damaged frame may be the start of a good one: in none of these is a
//! good frame lost. What stands between two frames comes out as one damaged frame.

use super::header::HEADER_LEN_MIN;

/// The byte before and after each frame.
pub const DELIMITER: u8 = 0x7e;
/// The byte that announces an escaped one.
const ESCAPE: u8 = 0x7d;
/// What follows [`ESCAPE`] for an 0x7d.
const ESCAPED_ESCAPE: u8 = 0x01;
/// What follows [`ESCAPE`] for an 0x7e.
const ESCAPED_DELIMITER: u8 = 0x02;

/// The most bytes between two delimiters, unescaped: the longest header, a body of ten bits, the checksum.
pub const FRAME_LEN_MAX: usize = super::header::HEADER_LEN_MAX + super::header::BODY_LEN_MAX + 1;

/// Why the bytes between two delimiters are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The checksum is another one.
    #[error("checksum 0x{found:02x}: the bytes give 0x{computed:02x}")]
    Checksum {
        /// The last byte of the frame.
        found: u8,
        /// The XOR of all bytes before it.
        computed: u8,
    },
    /// An 0x7d that is not followed by 0x01 or 0x02.
    #[error("0x7d 0x{0:02x}: after 0x7d comes 0x01 or 0x02")]
    Escape(u8),
    /// More than [`FRAME_LEN_MAX`] bytes.
    #[error("frame is longer than {FRAME_LEN_MAX} bytes")]
    TooLong,
    /// Too short for a header and a checksum.
    #[error("{0} bytes are too short for a frame: a header and the checksum have at least {min}", min = HEADER_LEN_MIN + 1)]
    TooShort(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No delimiter was seen yet.
    Outside,
    Inside,
    /// After an [`ESCAPE`].
    Escaping,
    /// The frame is lost: wait for its end, so that it is told once.
    Damaged(FrameError),
}

/// Finds frames in a stream that comes in pieces of any size. One buffer of at most [`FRAME_LEN_MAX`] bytes
/// is kept and used again: no allocation after the first frames.
#[derive(Debug)]
pub struct FrameDecoder {
    content: Vec<u8>,
    state: State,
    skipped_bytes: u64,
    /// The content was handed out and goes at the next call.
    emitted: bool,
}

impl Default for FrameDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl FrameDecoder {
    /// A decoder that waits for the first delimiter.
    #[must_use]
    pub const fn new() -> Self {
        Self { content: Vec::new(), state: State::Outside, skipped_bytes: 0, emitted: false }
    }

    /// Bytes that came before the first delimiter.
    #[must_use]
    pub const fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes
    }

    /// Reads from `chunk` up to the end of the next frame and takes what it read off its front.
    ///
    /// Gives header and body, unescaped and without the checksum; `None` when the chunk is used up. About
    /// 2 ns a byte.
    ///
    /// # Errors
    /// [`FrameError`] for a damaged frame; call again for the ones after it.
    pub fn next_frame(&mut self, chunk: &mut &[u8]) -> Option<Result<&[u8], FrameError>> {
        if self.emitted {
            self.emitted = false;
            self.content.clear();
        }
        loop {
            match self.state {
                State::Outside => {
                    let skipped = find(chunk, |byte| byte == DELIMITER);
                    self.skipped_bytes = self.skipped_bytes.saturating_add(skipped as u64);
                    *chunk = chunk.get(skipped..).unwrap_or_default();
                    take_first(chunk)?;
                    self.state = State::Inside;
                }
                State::Inside => {
                    let plain = find(chunk, |byte| byte == DELIMITER || byte == ESCAPE);
                    let (run, rest) = chunk.split_at_checked(plain)?;
                    *chunk = rest;
                    if self.content.len() + run.len() > FRAME_LEN_MAX {
                        self.state = State::Damaged(FrameError::TooLong);
                        continue;
                    }
                    self.content.extend_from_slice(run);
                    match take_first(chunk)? {
                        ESCAPE => self.state = State::Escaping,
                        _ if self.content.is_empty() => {}
                        _ => {
                            self.emitted = true;
                            return Some(checked(&self.content));
                        }
                    }
                }
                State::Escaping => match take_first(chunk)? {
                    _ if self.content.len() == FRAME_LEN_MAX => self.state = State::Damaged(FrameError::TooLong),
                    ESCAPED_ESCAPE => self.unescaped(ESCAPE),
                    ESCAPED_DELIMITER => self.unescaped(DELIMITER),
                    DELIMITER => {
                        self.state = State::Inside;
                        self.emitted = true;
                        return Some(Err(FrameError::Escape(DELIMITER)));
                    }
                    other => self.state = State::Damaged(FrameError::Escape(other)),
                },
                State::Damaged(error) => {
                    let lost = find(chunk, |byte| byte == DELIMITER);
                    *chunk = chunk.get(lost..).unwrap_or_default();
                    take_first(chunk)?;
                    self.state = State::Inside;
                    self.emitted = true;
                    return Some(Err(error));
                }
            }
        }
    }

    fn unescaped(&mut self, byte: u8) {
        self.content.push(byte);
        self.state = State::Inside;
    }
}

/// The place of the first byte that fits, or the length.
fn find(bytes: &[u8], fits: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| fits(byte)).unwrap_or(bytes.len())
}

fn take_first(chunk: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = chunk.split_first()?;
    *chunk = rest;
    Some(first)
}

fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

fn checked(content: &[u8]) -> Result<&[u8], FrameError> {
    match content.split_last() {
        Some((&found, message)) if message.len() >= HEADER_LEN_MIN => {
            let computed = xor(message);
            if computed == found { Ok(message) } else { Err(FrameError::Checksum { found, computed }) }
        }
        _ => Err(FrameError::TooShort(content.len())),
    }
}

/// Appends one frame to `out`: the pieces of the message one after the other, escaped, with its checksum.
pub fn encode_frame(out: &mut Vec<u8>, pieces: &[&[u8]]) {
    out.push(DELIMITER);
    let mut checksum = 0;
    for piece in pieces {
        checksum ^= xor(piece);
        for &byte in *piece {
            push_escaped(out, byte);
        }
    }
    push_escaped(out, checksum);
    out.push(DELIMITER);
}

fn push_escaped(out: &mut Vec<u8>, byte: u8) {
    match byte {
        ESCAPE => out.extend_from_slice(&[ESCAPE, ESCAPED_ESCAPE]),
        DELIMITER => out.extend_from_slice(&[ESCAPE, ESCAPED_DELIMITER]),
        _ => out.push(byte),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(message: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode_frame(&mut out, &[message]);
        out
    }

    fn decode(decoder: &mut FrameDecoder, mut chunk: &[u8]) -> Vec<Result<Vec<u8>, FrameError>> {
        let mut found = Vec::new();
        while let Some(next) = decoder.next_frame(&mut chunk) {
            found.push(next.map(<[u8]>::to_vec));
        }
        assert!(chunk.is_empty());
        found
    }

    fn all(bytes: &[u8]) -> Vec<Result<Vec<u8>, FrameError>> {
        decode(&mut FrameDecoder::new(), bytes)
    }

    const MESSAGE: [u8; 14] = [0, 2, 0, 2, 1, 0x38, 0, 0, 0, 1, 0, 7, 0x7e, 0x7d];

    #[test]
    fn escapes_there_and_back() {
        let bytes = frame(&MESSAGE);
        assert_eq!(&bytes[13..17], &[0x7d, 0x02, 0x7d, 0x01]);
        assert_eq!(all(&bytes), vec![Ok(MESSAGE.to_vec())]);
        let mut odd = vec![0; 13];
        odd[0] = 0x7e;
        assert_eq!(all(&frame(&odd)), vec![Ok(odd)], "the checksum itself is escaped");
    }

    #[test]
    fn good_frames_survive_what_stands_around_them() {
        let good = frame(&MESSAGE);
        let inner = &good[1..good.len() - 1];
        let mut damaged = good.clone();
        damaged[5] ^= 1;
        let cases: [(Vec<u8>, usize); 8] = [
            ([b"GET / HTTP/1.1".as_slice(), &good].concat(), 0),
            ([good.as_slice(), &[DELIMITER; 5], &good].concat(), 0),
            ([good.as_slice(), inner, &[DELIMITER]].concat(), 0),
            ([good.as_slice(), b"garbage", &good].concat(), 1),
            ([&damaged[..damaged.len() - 1], &good].concat(), 1),
            ([&good[..9], &good].concat(), 1),
            ([&[DELIMITER, 1, ESCAPE], good.as_slice()].concat(), 1),
            ([&[DELIMITER, 1, ESCAPE, 9, 9], good.as_slice()].concat(), 1),
        ];
        for (bytes, damaged) in cases {
            let found = all(&bytes);
            assert_eq!(found.iter().filter(|frame| frame.is_err()).count(), damaged, "{bytes:02x?}");
            assert_eq!(found.last(), Some(&Ok(MESSAGE.to_vec())), "{bytes:02x?}");
        }
    }

    #[test]
    fn the_length_limit_holds_to_the_byte() {
        let longest = vec![1; FRAME_LEN_MAX - 1];
        assert_eq!(all(&frame(&longest)), vec![Ok(longest)]);
        for too_long in [vec![1; FRAME_LEN_MAX], vec![ESCAPE; FRAME_LEN_MAX], vec![7; 10 * FRAME_LEN_MAX]] {
            let bytes = [frame(&too_long), frame(&MESSAGE)].concat();
            let mut decoder = FrameDecoder::new();
            let found: Vec<_> = bytes.chunks(100).flat_map(|chunk| decode(&mut decoder, chunk)).collect();
            assert_eq!(found, vec![Err(FrameError::TooLong), Ok(MESSAGE.to_vec())]);
            assert!(decoder.content.capacity() <= 2 * FRAME_LEN_MAX);
        }
        assert_eq!(all(&frame(&[1; HEADER_LEN_MIN - 1])), vec![Err(FrameError::TooShort(HEADER_LEN_MIN))]);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_frames(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 13..60), 1..6),
            cut in 1..40usize,
        ) {
            let stream: Vec<u8> = messages.iter().flat_map(|message| frame(message)).collect();
            let mut decoder = FrameDecoder::new();
            let found: Vec<_> = stream.chunks(cut).flat_map(|chunk| decode(&mut decoder, chunk)).collect();
            prop_assert_eq!(found, messages.into_iter().map(Ok).collect::<Vec<_>>());
        }

        #[test]
        fn a_changed_byte_costs_one_frame(at in 0..100usize, value in any::<u8>()) {
            let mut stream: Vec<u8> = (0..5u8).flat_map(|n| frame(&[n; 15])).collect();
            let at = at % stream.len();
            stream[at] = value;
            let good = all(&stream).iter().filter(|frame| frame.is_ok()).count();
            prop_assert!(good >= 4, "{} of 5", good);
        }
    }
}
