//! The replay: one HTML file with everything in it, that asks nobody for anything.

use serde_json::json;

use super::Report;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
/// The wall's own colours and sizes.
const TOKENS: &str = include_str!("../../web/src/styles/tokens.css");

/// JSON that may stand in a script element: `<` is written so that no tag can begin.
fn embedded(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// The page of a report. Its content security policy lets nothing in from anywhere.
///
/// # Errors
/// When the report cannot be written as JSON.
pub fn html(report: &Report) -> Result<String, serde_json::Error> {
    let data = json!({"report": serde_json::to_value(report)?, "map": serde_json::to_value(&report.map)?});
    // The data last: what it says is never taken for a place to put something.
    let page = PAGE.replace("/*TOKENS*/", TOKENS).replace("/*STYLE*/", STYLE).replace("/*SCRIPT*/", SCRIPT);
    Ok(page.replacen("/*DATA*/", &embedded(&data), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_begins_in_what_is_embedded() {
        let text = embedded(&json!({"name": "</script><script>alert(1)</script>"}));
        assert!(!text.contains('<'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["name"], "</script><script>alert(1)</script>");
    }

    #[test]
    fn the_page_asks_nobody() {
        for word in ["http://", "https://", "//cdn", "fetch(", "XMLHttpRequest", "@import", "url(", "eval("] {
            for part in [PAGE, STYLE, SCRIPT] {
                assert!(!part.contains(word), "{word}");
            }
        }
        assert!(PAGE.contains("default-src 'none'") && !PAGE.contains("unsafe-inline"));
        assert!(!SCRIPT.contains(".innerHTML") && !PAGE.contains(" style=") && !PAGE.contains(" onclick="));
        for place in ["/*TOKENS*/", "/*STYLE*/", "/*SCRIPT*/", "/*DATA*/"] {
            assert_eq!(PAGE.matches(place).count(), 1, "{place}");
        }
    }
}
