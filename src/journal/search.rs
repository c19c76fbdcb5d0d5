//! What is on record of somebody or something, a page at a time.

use std::{ops::ControlFlow, path::Path};

use rusqlite::{Connection, config::DbConfig, params_from_iter, types::Value};

use super::{
    JournalError, Kind, Row, sqlite,
    trail::{self, Trail},
};
use crate::model::{Actor, Timestamp, closed_set};

/// The most rows of a page.
pub const LIMIT_MAX: usize = 1_000;
/// Up to so many rows the trail's lists find what is searched; of more than that one in few is right, and the journal is walked.
const FEW: i64 = 10_000;

closed_set! {
    /// Which rows come first.
    First, "order" {
        /// The last ones.
        Newest = "newest",
        /// The first ones.
        Oldest = "oldest",
    }
}

/// Which rows are searched.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Of whom.
    pub actor: Option<Actor>,
    /// About what: `unit/car-1`; with a slash at its end all that begins so, `unit/`.
    pub subject: Option<String>,
    /// Of these names; of any where there is none.
    pub events: Vec<String>,
    /// Of one kind.
    pub kind: Option<Kind>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Which come first.
    pub order: First,
    /// In that order after the row of this number.
    pub after: Option<u64>,
    /// No more than these; at most [`LIMIT_MAX`].
    pub limit: usize,
}

impl Default for Search {
    /// The newest hundred.
    fn default() -> Self {
        Self {
            actor: None,
            subject: None,
            events: Vec::new(),
            kind: None,
            from: None,
            until: None,
            order: First::Newest,
            after: None,
            limit: 100,
        }
    }
}

/// A part of what is searched.
struct Part {
    field: &'static str,
    /// What must hold of a word in that field.
    condition: String,
    words: Vec<Value>,
}

fn text(value: impl ToString) -> Value {
    Value::Text(value.to_string())
}

impl Search {
    /// What must hold of a row, its kind, time and number apart.
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        if let Some(actor) = &self.actor {
            parts.push(Part { field: "actor", condition: "word = ?".to_owned(), words: vec![text(actor)] });
        }
        if let Some(subject) = &self.subject {
            // What begins with `unit/` lies between it and `unit0`: 0 follows the slash.
            let (condition, words) = match subject.strip_suffix('/') {
                None => ("word = ?", vec![text(subject)]),
                Some(begin) => ("word >= ? AND word < ?", vec![text(subject), text(format!("{begin}0"))]),
            };
            parts.push(Part { field: "subject", condition: condition.to_owned(), words });
        }
        if !self.events.is_empty() {
            let condition = format!("word IN ({})", vec!["?"; self.events.len()].join(", "));
            parts.push(Part { field: "event", condition, words: self.events.iter().map(text).collect() });
        }
        parts
    }

    /// The rows that a trail knows and that can be right: the first and the last of each run of them, ascending.
    fn runs(&self, trail: &Trail<'_>, parts: &[Part]) -> rusqlite::Result<Vec<(i64, i64)>> {
        let mut bounds = (1, trail.last());
        if self.from.is_some() || self.until.is_some() {
            // Nothing comes before every time, and the colon, which follows the digits, after.
            let text = |at: Option<Timestamp>, open: &str| at.map_or(open.to_owned(), |at| at.to_string());
            let Some(stretch) = trail.stretch(&text(self.from, ""), &text(self.until, ":"))? else { return Ok(Vec::new()) };
            bounds = stretch;
        }
        let mut fewest: Option<Vec<i64>> = None;
        for Part { field, condition, words } in parts {
            let most = fewest.as_ref().map_or(FEW, |few| few.len() as i64);
            fewest = trail.rows(field, condition, words, self.kind, most)?.or(fewest);
        }
        Ok(match fewest {
            Some(seqs) => seqs.into_iter().filter(|seq| (bounds.0..=bounds.1).contains(seq)).map(|seq| (seq, seq)).collect(),
            None => vec![bounds],
        })
    }
}

/// Visits a page of the journal of a state folder, beside the server that writes it: a reader holds up no writer. Opens the files anew.
/// Milliseconds where the trail finds few rows, or rows that are searched are frequent; otherwise a walk, about half a second a million rows.
/// Rows that the trail does not know yet are walked.
///
/// # Errors
/// [`JournalError`] when the journal cannot be read.
pub fn search(state: &Path, search: &Search, visit: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>) -> Result<(), JournalError> {
    let (connection, path) = sqlite::open_to_read(state)?;
    page(state, &connection, search, visit).map_err(|source| JournalError::Sqlite { path, source })
}

fn page(
    state: &Path,
    connection: &Connection,
    search: &Search,
    visit: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    // One plan for all runs: otherwise each is planned anew by its first and its last row.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // One moment for all questions.
    let transaction = connection.unchecked_transaction()?;
    let parts = search.parts();
    let (mut runs, known) = trail::ask(state, &transaction, |trail| Ok((search.runs(trail, &parts)?, trail.last()))).unwrap_or_default();
    runs.push((known + 1, i64::MAX));
    let after = search.after.map(|after| i64::try_from(after).unwrap_or(i64::MAX));
    let (order, bounds) = match (search.order, after) {
        (First::Newest, after) => ("DESC", (1, after.map_or(i64::MAX, |after| after - 1))),
        (First::Oldest, after) => ("ASC", (after.map_or(1, |after| after.saturating_add(1)), i64::MAX)),
    };
    if search.order == First::Newest {
        runs.reverse();
    }
    let (mut conditions, mut values) = (String::new(), Vec::new());
    for Part { field, condition, words } in parts {
        conditions += &format!(" AND {}", condition.replace("word", field));
        values.extend(words);
    }
    let rest = [
        search.kind.map(|kind| (" AND kind = ?", text(kind))),
        search.from.map(|from| (" AND at >= ?", text(from))),
        search.until.map(|until| (" AND at < ?", text(until))),
    ];
    for (condition, value) in rest.into_iter().flatten() {
        conditions += condition;
        values.push(value);
    }
    let columns = sqlite::COLUMNS;
    let sql = format!("SELECT {columns} FROM journal WHERE seq BETWEEN ? AND ?{conditions} ORDER BY seq {order} LIMIT ?");
    let mut select = transaction.prepare(&sql)?;
    let (mut left, mut is_over) = (search.limit.min(LIMIT_MAX), false);
    for (first, last) in runs {
        let (first, last) = (first.max(bounds.0), last.min(bounds.1));
        if first > last {
            continue;
        }
        if is_over || left == 0 {
            break;
        }
        let (run, limit) = ([first, last].map(Value::Integer), Value::Integer(left as i64));
        let asked = run.iter().chain(&values).chain([&limit]);
        let mut take = |row: &Row<'_>| {
            left -= 1;
            let flow = visit(row);
            is_over = flow.is_break();
            flow
        };
        sqlite::visit_all(&mut select.query(params_from_iter(asked))?, &mut take)?;
    }
    Ok(())
}
