//! Which bytes of a file a request asks for (RFC 9110, 14).

use std::ops::Range;

use super::RANGE_BYTES_MAX;
use crate::server::problem::{Problem, ProblemKind};

/// The bytes that a `Range` of a file of `size` bytes means; all of them where there is none.
///
/// # Errors
/// A problem for more than one range, one that the file does not have, and more than [`RANGE_BYTES_MAX`] at once.
pub(super) fn asked(range: Option<&str>, size: u64) -> Result<Range<u64>, Problem> {
    let wrong = |detail: &str| {
        let right = format!("one range of at most {RANGE_BYTES_MAX} bytes, bytes=FIRST-LAST, of a file of {size}");
        let problem = Problem::new(ProblemKind::BadRange, format!("{detail}: give {right}")).field("range").expected(right);
        if let Some(range) = range { problem.value(range) } else { problem }
    };
    let bytes = match range {
        None => 0..size,
        Some(text) => parse(text, size).ok_or_else(|| wrong(&format!("range `{text}` is none that the file has")))?,
    };
    if bytes.end - bytes.start > RANGE_BYTES_MAX {
        return Err(wrong(if range.is_some() { "the range is too long" } else { "the file is not given as a whole" }));
    }
    Ok(bytes)
}

/// `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`: never empty, never beyond the end.
fn parse(text: &str, size: u64) -> Option<Range<u64>> {
    let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>().ok())?;
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first, last) {
        ("", count) => size.saturating_sub(number(count)?)..size,
        (first, "") => number(first)?..size,
        (first, last) => number(first)?..number(last)?.checked_add(1)?.min(size),
    };
    (range.start < range.end).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        for (text, bytes) in [
            ("bytes=0-0", 0..1),
            ("bytes=10-19", 10..20),
            ("bytes=990-2000", 990..1000),
            ("bytes=999-", 999..1000),
            ("bytes=-1", 999..1000),
            ("bytes=-5000", 0..1000),
        ] {
            assert_eq!(asked(Some(text), 1000), Ok(bytes), "{text}");
        }
        assert_eq!(asked(None, 1000), Ok(0..1000));
        for text in
            ["bytes=1000-", "bytes=-0", "bytes=5-4", "bytes=a-", "bytes=+1-2", "bytes=", "bytes=-", "bytes=0-1,5-6", "0-1", "rows=0-1"]
        {
            let problem = asked(Some(text), 1000).unwrap_err();
            assert_eq!(problem.kind(), ProblemKind::BadRange);
            assert!(problem.detail().contains(text) && problem.detail().contains("of a file of 1000"), "{problem:?}");
        }
        assert!(asked(Some("bytes=0-18446744073709551615"), 1000).is_err(), "a number beyond all numbers");
    }

    #[test]
    fn a_range_has_a_bound() {
        let size = 2 * RANGE_BYTES_MAX;
        let to = |last: u64| format!("bytes=1-{last}");
        assert_eq!(asked(Some(&to(RANGE_BYTES_MAX)), size), Ok(1..RANGE_BYTES_MAX + 1));
        assert!(asked(Some(&to(RANGE_BYTES_MAX + 1)), size).unwrap_err().detail().contains("too long"));
        assert!(asked(None, size).unwrap_err().detail().contains("not given as a whole"));
        assert_eq!(asked(None, RANGE_BYTES_MAX), Ok(0..RANGE_BYTES_MAX));
    }
}
