//! What is on record of somebody or something, a page at a time.

use std::{ops::ControlFlow, path::Path};

use rusqlite::{Connection, params_from_iter, types::Value};

use super::{JournalError, Kind, Row, sqlite};
use crate::model::{Actor, Timestamp, closed_set};

/// The most rows of a page.
pub const LIMIT_MAX: usize = 1_000;
/// Up to so many rows an index finds what is searched; of more than that one in few is right, and the journal is walked.
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

/// A part of what is searched, and the index that finds it.
struct Part {
    index: &'static str,
    sql: String,
    values: Vec<Value>,
}

fn text(value: impl ToString) -> Value {
    Value::Text(value.to_string())
}

impl Search {
    /// What must hold of a row, its time and number apart.
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        if let Some(actor) = &self.actor {
            parts.push(Part { index: "journal_by_actor", sql: "actor = ?".to_owned(), values: vec![text(actor)] });
        }
        if let Some(subject) = &self.subject {
            let index = "journal_by_subject_and_kind";
            // What begins with `unit/` lies between it and `unit0`: 0 follows the slash.
            parts.push(match subject.strip_suffix('/') {
                None => Part { index, sql: "subject = ?".to_owned(), values: vec![text(subject)] },
                Some(begin) => {
                    Part { index, sql: "subject >= ? AND subject < ?".to_owned(), values: vec![text(subject), text(format!("{begin}0"))] }
                }
            });
        }
        if !self.events.is_empty() {
            let sql = format!("event IN ({})", vec!["?"; self.events.len()].join(", "));
            parts.push(Part { index: "journal_by_event", sql, values: self.events.iter().map(text).collect() });
        }
        parts
    }

    /// The first and the last number that a row can have.
    fn bounds(&self, connection: &Connection) -> rusqlite::Result<(i64, i64)> {
        let (mut first, mut last) = (0, i64::MAX);
        if self.from.is_some() || self.until.is_some() {
            // The clock may have been set back: the numbers of a stretch of time are bounds, and its rows are looked at.
            let sql = "SELECT min(seq), max(seq) FROM journal INDEXED BY journal_by_at WHERE at >= ? AND at < ?";
            // Nothing comes before every time, and the colon, which follows the digits, after.
            let text = |at: Option<Timestamp>, open: &str| at.map_or(open.to_owned(), |at| at.to_string());
            (first, last) = connection.query_row(sql, [text(self.from, ""), text(self.until, ":")], |row| {
                Ok((row.get::<_, Option<i64>>(0)?.unwrap_or(i64::MAX), row.get::<_, Option<i64>>(1)?.unwrap_or(0)))
            })?;
        }
        let after = self.after.map(|after| i64::try_from(after).unwrap_or(i64::MAX));
        Ok(match (self.order, after) {
            (_, None) => (first, last),
            (First::Newest, Some(after)) => (first, last.min(after.saturating_sub(1))),
            (First::Oldest, Some(after)) => (first.max(after.saturating_add(1)), last),
        })
    }
}

/// The index that finds the fewest rows, where it finds few.
fn best<'a>(connection: &Connection, parts: &'a [Part]) -> rusqlite::Result<Option<&'a Part>> {
    let mut best = (FEW, None);
    for part in parts {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM journal INDEXED BY {} WHERE {} LIMIT {FEW})", part.index, part.sql);
        let count = connection.query_row(&sql, params_from_iter(&part.values), |row| row.get(0))?;
        if count < best.0 {
            best = (count, Some(part));
        }
    }
    Ok(best.1)
}

/// Visits a page of the journal of a state folder, beside the server that writes it: a reader holds up no writer. Opens the file anew.
/// Milliseconds where an index finds few rows, or rows that are searched are frequent; otherwise a walk, about half a second a million rows.
///
/// # Errors
/// [`JournalError`] when the journal cannot be read.
pub fn search(state: &Path, search: &Search, visit: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>) -> Result<(), JournalError> {
    let (connection, path) = sqlite::open_to_read(state)?;
    page(&connection, search, visit).map_err(|source| JournalError::Sqlite { path, source })
}

fn page(connection: &Connection, search: &Search, visit: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>) -> rusqlite::Result<()> {
    // One moment for all questions.
    let transaction = connection.unchecked_transaction()?;
    let (parts, (first, last)) = (search.parts(), search.bounds(&transaction)?);
    let by = best(&transaction, &parts)?.map_or("NOT INDEXED".to_owned(), |part| format!("INDEXED BY {}", part.index));
    let (mut sql, mut values) = (String::from("seq BETWEEN ? AND ?"), vec![Value::Integer(first), Value::Integer(last)]);
    let rest = [
        search.kind.map(|kind| ("kind = ?", text(kind.as_str()))),
        search.from.map(|from| ("at >= ?", text(from))),
        search.until.map(|until| ("at < ?", text(until))),
    ];
    for part in parts {
        sql += &format!(" AND {}", part.sql);
        values.extend(part.values);
    }
    for (condition, value) in rest.into_iter().flatten() {
        sql += &format!(" AND {condition}");
        values.push(value);
    }
    let order = match search.order {
        First::Newest => "DESC",
        First::Oldest => "ASC",
    };
    let (columns, limit) = (sqlite::COLUMNS, search.limit.min(LIMIT_MAX));
    let sql = format!("SELECT {columns} FROM journal {by} WHERE {sql} ORDER BY seq {order} LIMIT {limit}");
    let mut select = transaction.prepare(&sql)?;
    sqlite::visit_all(&mut select.query(params_from_iter(values))?, visit)
}
