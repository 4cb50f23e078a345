//! CSV with a header, row by row.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{ReadError, Sink};
use crate::input::{Input, Scan};
use crate::record::{Attributes, Column, Place, Record};

pub(super) fn read(
    mut input: Input,
    case: &Column,
    delimiter: u8,
    sink: Sink<'_>,
) -> Result<(), ReadError> {
    let budget = input.budget();
    let scan = input.scan();
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(input);
    let header = reader
        .byte_headers()
        .map_err(|error| broken(error, &scan, 1))?
        .clone();
    let columns = columns(&header)?;
    if !columns.contains(case) {
        return Err(ReadError::Csv {
            line: 1,
            what: format!(
                "the header has no column `{case}`, which the mapping names as the case id"
            ),
        });
    }
    let mut row = ::csv::ByteRecord::new();
    let mut known: Arc<Attributes> = Arc::default();
    let mut order = 0;
    let mut line = 1;
    loop {
        budget.refill();
        let next = reader.read_byte_record(&mut row);
        if !next.map_err(|error| broken(error, &scan, line + 1))? {
            break;
        }
        // The parser's own count of lines is one behind where lines end in carriage return and line feed.
        line = row
            .position()
            .map_or(line, |position| scan.line_at(position.byte()));
        let (case_attributes, attributes) = split(&columns, &row, line)?;
        // Rows of one case mostly stand together and repeat what is known of it: keep one copy.
        if *known != case_attributes {
            known = Arc::new(case_attributes);
        }
        let place = Place::Line(line);
        let Some(id) = case.of(&known, Some(&attributes)) else {
            return Err(ReadError::NoCase {
                place,
                column: case.clone(),
            });
        };
        sink(Record {
            case: id.to_owned(),
            order,
            place,
            case_attributes: Arc::clone(&known),
            attributes: Some(attributes),
        })?;
        order += 1;
    }
    if scan.is_inside_quotes() {
        return Err(ReadError::Csv {
            line,
            what: "a double quote is opened and never closed; the record there may run to the end of the file".to_owned(),
        });
    }
    Ok(())
}

fn columns(header: &::csv::ByteRecord) -> Result<Vec<Column>, ReadError> {
    let wrong = |what: String| ReadError::Csv { line: 1, what };
    if header.is_empty() {
        return Err(wrong(
            "the file is empty; its first line must name the columns".to_owned(),
        ));
    }
    let mut seen = BTreeSet::new();
    let mut columns = Vec::with_capacity(header.len());
    for name in header {
        let name =
            std::str::from_utf8(name).map_err(|_| wrong("the header is not UTF-8".to_owned()))?;
        if name.is_empty() {
            return Err(wrong(format!(
                "column {} of the header has no name",
                columns.len() + 1
            )));
        }
        if !seen.insert(name) {
            return Err(wrong(format!("the header names column `{name}` twice")));
        }
        columns.push(Column::parse(name));
    }
    Ok(columns)
}

fn split(
    columns: &[Column],
    row: &::csv::ByteRecord,
    line: u64,
) -> Result<(Attributes, Attributes), ReadError> {
    let mut case = Attributes::default();
    let mut event = Attributes::default();
    for (column, value) in columns.iter().zip(row) {
        let value = std::str::from_utf8(value).map_err(|_| ReadError::Csv {
            line,
            what: format!("the value of `{column}` is not UTF-8"),
        })?;
        match column {
            Column::Case(name) => case.push(name, value.to_owned()),
            Column::Event(name) => event.push(name, value.to_owned()),
        }
    }
    Ok((case, event))
}

/// An error at the place it names, or at about line `near`.
fn broken(error: ::csv::Error, scan: &Scan, near: u64) -> ReadError {
    let line = error
        .position()
        .map_or(near, |position| scan.line_at(position.byte()));
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => ReadError::io_at(&error, Place::Line(line)),
        ::csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => ReadError::Csv {
            line,
            what: format!("{len} values where the header names {expected_len} columns"),
        },
        other => ReadError::Csv {
            line,
            what: format!("{other:?}"),
        },
    }
}
