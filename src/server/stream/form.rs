//! The forms of the stream: frames of a WebSocket, or an event stream of HTTP.

/// The form of a wall's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A WebSocket: positions in [`crate::frames`], everything else in JSON.
    Binary,
    /// A WebSocket: JSON.
    Json,
    /// Server-sent events: JSON.
    Events,
}

impl std::str::FromStr for Format {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "binary" => Ok(Self::Binary),
            "json" => Ok(Self::Json),
            _ => Err("not a format of the stream: binary or json"),
        }
    }
}

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;

/// Appends a whole message of a WebSocket in one frame (RFC 6455, 5.2). A server's frames are not masked: the same bytes are for every wall.
fn put_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(opcode);
    match payload.len() {
        length @ 0..=125 => out.push(length as u8),
        length @ 126..=0xffff => {
            out.push(126);
            out.extend((length as u16).to_be_bytes());
        }
        length => {
            out.push(127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

/// Appends a binary message.
pub(super) fn put_binary(out: &mut Vec<u8>, payload: &[u8]) {
    put_frame(out, BINARY, payload);
}

/// Appends a message of JSON, which has no line breaks. `mark` is where an event stream may be taken up again.
pub(super) fn put_text(out: &mut Vec<u8>, format: Format, kind: &str, mark: Option<&str>, json: &str) {
    if format != Format::Events {
        return put_frame(out, TEXT, json.as_bytes());
    }
    for part in ["event: ", kind, "\ndata: ", json] {
        out.extend_from_slice(part.as_bytes());
    }
    for part in mark.into_iter().flat_map(|mark| ["\nid: ", mark]) {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_the_rfc_says() {
        for (length, head) in
            [(0, vec![0x82, 0]), (125, vec![0x82, 125]), (126, vec![0x82, 126, 0, 126]), (65_535, vec![0x82, 126, 0xff, 0xff])]
        {
            let mut out = Vec::new();
            put_binary(&mut out, &vec![7; length]);
            assert_eq!((&out[..head.len()], out.len()), (head.as_slice(), head.len() + length));
        }
        let mut out = Vec::new();
        put_binary(&mut out, &vec![7; 65_536]);
        assert_eq!(out[..10], [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn events_have_a_name_and_a_mark() {
        let mut out = Vec::new();
        put_text(&mut out, Format::Events, "delta", Some("7-12"), r#"{"a":1}"#);
        put_text(&mut out, Format::Events, "events", None, "{}");
        put_text(&mut out, Format::Json, "events", None, "{}");
        assert_eq!(out, b"event: delta\ndata: {\"a\":1}\nid: 7-12\n\nevent: events\ndata: {}\n\n\x81\x02{}");
    }
}
