//! CSV with a head, read whole.

use std::{
    array,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};

use super::{
    FILE_BYTES_MAX, InstanceError,
    cell::{Cell, Names, Spot},
};

/// What some programs begin UTF-8 with.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A whole file; also a pipe, whose size nobody knows before.
pub(super) fn bytes(file: &Path) -> Result<Vec<u8>, InstanceError> {
    let wrong = |source| InstanceError::Io { file: file.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(file).and_then(|opened| opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)).map_err(wrong)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(InstanceError::TooMany { file: file.to_owned(), what: "bytes", max: FILE_BYTES_MAX });
    }
    Ok(bytes)
}

/// A table and where its columns are.
pub(super) struct Table<const N: usize> {
    file: PathBuf,
    bytes: Vec<u8>,
    head: StringRecord,
    columns: [Names; N],
    /// By column asked for: the number of the one that is there.
    found: [Option<usize>; N],
}

impl<const N: usize> Table<N> {
    /// Opens a table that has the first `needed` columns at least.
    pub(super) fn open(file: &Path, columns: [Names; N], needed: usize) -> Result<Self, InstanceError> {
        let mut bytes = bytes(file)?;
        if bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        let head = reader(&bytes).headers().map_err(|error| wrong(file, &error))?.clone();
        let found = columns.map(|names| names.iter().find_map(|name| head.iter().position(|there| there.eq_ignore_ascii_case(name))));
        for (names, at) in columns.iter().zip(found).take(needed) {
            if let (None, Some(name)) = (at, names.first()) {
                let list =
                    |names: &mut dyn Iterator<Item = &str>| names.map(|name| name.chars().take(80).collect()).collect::<Vec<String>>();
                let (there, known) = (
                    list(&mut head.iter().take(20)).join(","),
                    list(&mut columns.iter().filter_map(|names| names.first().copied())).join(","),
                );
                let what = format!("its first line has no column `{name}`: it is `{there}`; columns are: {known}");
                return Err(InstanceError::format(file, what));
            }
        }
        for (_, name) in head.iter().enumerate().filter(|(n, name)| !name.is_empty() && !found.contains(&Some(*n))) {
            tracing::warn!(file = %file.display(), column = name, "a column is not known and not read");
        }
        Ok(Self { file: file.to_owned(), bytes, head, columns, found })
    }

    /// Whether a column is there.
    pub(super) fn has(&self, column: usize) -> bool {
        self.found.get(column).is_some_and(Option::is_some)
    }

    /// Hands on each row, at most `max` of them.
    pub(super) fn each(
        &self,
        what: &'static str,
        max: usize,
        mut take: impl FnMut([Cell<'_>; N]) -> Result<(), InstanceError>,
    ) -> Result<(), InstanceError> {
        let (mut reader, mut record, mut rows) = (reader(&self.bytes), StringRecord::new(), 0);
        while reader.read_record(&mut record).map_err(|error| wrong(&self.file, &error))? {
            if rows == max {
                return Err(InstanceError::TooMany { file: self.file.clone(), what, max: max as u64 });
            }
            rows += 1;
            let spot = Spot { file: &self.file, kind: "line", number: self.line(&record) };
            take(array::from_fn(|n| {
                let at = self.found.get(n).copied().flatten();
                let usual = self.columns.get(n).and_then(|names| names.first()).copied();
                let column = at.and_then(|at| self.head.get(at)).or(usual).unwrap_or_default();
                Cell { spot, column, text: at.and_then(|at| record.get(at)).unwrap_or_default() }
            }))?;
        }
        Ok(())
    }

    /// The line of a record. Its position is where the one before ends; empty lines may follow.
    fn line(&self, record: &StringRecord) -> u64 {
        let Some(position) = record.position() else { return 0 };
        let rest = self.bytes.get(position.byte() as usize..).unwrap_or_default();
        let empty = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).filter(|byte| **byte == b'\n').count();
        position.line() + empty as u64
    }
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().trim(Trim::All).from_reader(bytes)
}

fn wrong(file: &Path, error: &csv::Error) -> InstanceError {
    let line = error.position().map_or(1, csv::Position::line);
    let what = match error.kind() {
        ErrorKind::Utf8 { .. } => format!("line {line} is not UTF-8: save the table as CSV in UTF-8"),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!(
                "line {line} has {len} values where the first line names {expected_len}: give {expected_len}, empty ones where there is nothing"
            )
        }
        _ => format!("line {line}: {error}; give CSV with a head"),
    };
    InstanceError::format(file, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.csv");
        std::fs::write(&file, "A, b \n1,\"2\n3\"\n\n 4 ,5\n").unwrap();
        let table = Table::open(&file, [&["b"], &["a"], &["c", "d"]], 2).unwrap();
        assert!(table.has(0) && !table.has(2) && !table.has(9));
        let rows = |max| {
            let mut rows = Vec::new();
            table
                .each("things", max, |cells| {
                    rows.push((cells[0].spot.number, cells.map(|cell| (cell.column.to_owned(), cell.text.to_owned()))));
                    Ok(())
                })
                .map(|()| rows)
        };
        let cells = |b: &str, a: &str| [("b", b), ("A", a), ("c", "")].map(|(column, text)| (column.to_owned(), text.to_owned()));
        assert_eq!(rows(2).unwrap(), [(2, cells("2\n3", "1")), (5, cells("5", "4"))]);
        assert!(matches!(rows(1), Err(InstanceError::TooMany { what: "things", max: 1, .. })));
    }
}
