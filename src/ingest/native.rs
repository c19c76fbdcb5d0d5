//! The native JSON protocol: one fix an object, alone, in an array, or one a line (NDJSON).
//!
//! `{"device": "radio-H-1", "lat": 22.81, "lon": 108.36, "time": "2026-11-22T14:32:07Z"}`, and optionally
//! `speed_mps`, `heading_deg`, `accuracy_m`, `datum`; `unit` may stand for `device`. Each item is cut out of
//! the body and read by itself, so that a wrong one does not cost the others.

mod item;
mod split;

use serde::Serialize;

pub use item::parse_one;
pub use split::items;

use super::{Refusal, Report, Source};

/// The most bytes of one body.
pub const BODY_BYTES_MAX: usize = 4 << 20;
/// The most items of one body.
pub const ITEMS_MAX: usize = 20_000;
/// The most bytes of one item. The longest that is right has about 400.
pub const ITEM_BYTES_MAX: usize = 4096;

/// A body that is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Longer than [`BODY_BYTES_MAX`].
    #[error("the body has {0} bytes: send at most {BODY_BYTES_MAX} at a time")]
    TooLong(usize),
    /// More items than [`ITEMS_MAX`].
    #[error("the body has more than {ITEMS_MAX} fixes: send at most {ITEMS_MAX} at a time")]
    TooMany,
    /// Nothing but blanks.
    #[error("the body is empty: send a fix, an array of fixes, or one fix a line")]
    Empty,
}

/// Reads a body and gives each item with its place to `take`, in order. About 1 us an item.
///
/// The number of items is checked before the first is given.
///
/// # Errors
/// [`BodyError`] when the whole body is refused; `take` is then not called.
pub fn parse(body: &[u8], mut take: impl FnMut(usize, Result<(Source, Report), Refusal>)) -> Result<usize, BodyError> {
    if body.len() > BODY_BYTES_MAX {
        return Err(BodyError::TooLong(body.len()));
    }
    // An item and its comma have at least two bytes: a short body needs no counting.
    if body.len() / 2 >= ITEMS_MAX && items(body).nth(ITEMS_MAX).is_some() {
        return Err(BodyError::TooMany);
    }
    let mut count = 0;
    for (index, item) in items(body).enumerate() {
        take(index, parse_one(item));
        count += 1;
    }
    if count == 0 && body.iter().all(u8::is_ascii_whitespace) { Err(BodyError::Empty) } else { Ok(count) }
}

/// What became of a body.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Answer {
    /// Fixes that were accepted.
    pub accepted: usize,
    /// Fixes that were not, in the order of the body.
    pub refused: Vec<RefusedItem>,
}

/// One fix that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RefusedItem {
    /// Its place in the body, from 0.
    pub index: usize,
    /// The field that is wrong.
    pub field: String,
    /// The value, and what is right.
    pub reason: String,
    /// The reason in one word, as the metrics count it.
    pub code: super::RefusalReason,
}

impl Answer {
    /// Adds a refused item.
    pub fn refuse(&mut self, index: usize, refusal: Refusal) {
        let Refusal { reason, field, detail } = refusal;
        self.refused.push(RefusedItem { index, field: field.to_owned(), reason: detail, code: reason });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(body: &str) -> Vec<Result<(Source, Report), Refusal>> {
        let mut found = Vec::new();
        parse(body.as_bytes(), |index, item| {
            assert_eq!(index, found.len());
            found.push(item);
        })
        .unwrap();
        found
    }

    fn fix(device: &str) -> String {
        format!(r#"{{"device":"{device}","lat":22.5,"lon":108.25,"time":"2026-11-22T14:32:07Z"}}"#)
    }

    #[test]
    fn the_three_shapes() {
        let (a, b) = (fix("a"), fix("b"));
        for body in [a.clone(), format!("\n {a}\r\n"), a.replace(',', ",\n  ").replace('{', "{\n  ")] {
            assert!(matches!(all(&body).as_slice(), [Ok(_)]), "{body}");
        }
        for body in
            [format!("[{a},{b}]"), format!(" [\n{a} , {b}\n]\n"), format!("{a}\n{b}"), format!("{a}\r\n\r\n{b}\r\n"), format!("{a}{b}")]
        {
            let found = all(&body);
            assert!(
                matches!(found.as_slice(), [Ok((Source::Device(a), _)), Ok((Source::Device(b), _))] if a.as_str() == "a" && b.as_str() == "b"),
                "{body}"
            );
        }
        assert_eq!(all("[]").len(), 0);
        assert_eq!(parse(b" \n", |_, _| ()), Err(BodyError::Empty));
    }

    #[test]
    fn a_wrong_item_does_not_cost_the_others() {
        let (a, b) = (fix("a"), fix("b"));
        for bad in ["7", r#""x""#, "null", "{}", r#"{"lat":NaN}"#, r#"{"lat":1e999}"#, r#"{"device":"]}"}"#, "[1,[2]]", "nonsense"] {
            let found = all(&format!("[{a},{bad},{b}]"));
            assert_eq!(found.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true], "{bad}");
        }
        for bad in ["7", "{}", "{", r#"{"device":"unfinished"#, r#"{"a":{"#, "nonsense", "}"] {
            let found = all(&format!("{a}\n{bad}\n{b}\n"));
            assert_eq!(found.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true], "{bad}");
        }
    }

    #[test]
    fn limits_at_the_limit() {
        let most = vec!["{}"; ITEMS_MAX].join(",");
        assert_eq!(parse(format!("[{most}]").as_bytes(), |_, item| assert!(item.is_err())), Ok(ITEMS_MAX));
        assert_eq!(parse(format!("[{most},{{}}]").as_bytes(), |_, _| unreachable!()), Err(BodyError::TooMany));
        let mut body = fix("a").into_bytes();
        body.resize(BODY_BYTES_MAX, b' ');
        assert_eq!(parse(&body, |_, item| assert!(item.is_ok())), Ok(1));
        body.push(b' ');
        assert_eq!(parse(&body, |_, _| unreachable!()), Err(BodyError::TooLong(BODY_BYTES_MAX + 1)));
    }

    #[test]
    fn the_answer_names_what_is_wrong() {
        let mut answer = Answer { accepted: 1, ..Answer::default() };
        let wrong = all(&format!("{}\n{}", fix("a"), fix("b").replace('}', r#","heading_deg":360}"#))).remove(1);
        answer.refuse(1, wrong.unwrap_err());
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"accepted":1,"refused":[{"index":1,"field":"heading_deg","reason":"360 is out of range: give degrees from 0 to below 360","code":"out_of_range"}]}"#
        );
    }
}
