//! What is shown: text on stdout, notes on stderr, tables as wide as the terminal.

use std::io::{self, ErrorKind, Write as _};

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width,
};
use serde::Serialize;

/// The width where there is no terminal.
const WIDTH_DEFAULT: u16 = 100;

/// Prints text on stdout.
///
/// A reader that has seen enough (`wijk report | head`) ends the program in peace.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Enough.into()),
        other => Ok(other?),
    }
}

/// Prints a document as JSON on one line.
pub(crate) fn print_json(document: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string(document)?;
    text.push('\n');
    print(&text)
}

/// Says something beside the answer, on stderr.
pub(crate) fn note(text: &str) {
    // Nobody to tell it to is no reason to stop.
    let _nobody_reads = writeln!(io::stderr().lock(), "{text}");
}

/// The reader of stdout has gone, which is no failure.
#[derive(Debug)]
pub(crate) struct Enough;

impl std::fmt::Display for Enough {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nobody reads the output any more")
    }
}

impl std::error::Error for Enough {}

/// How many columns there are: `COLUMNS`, else those of the terminal, else 100.
pub(crate) fn width() -> u16 {
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    told.or_else(|| terminal_size::terminal_size().map(|(columns, _rows)| columns.0))
        .filter(|columns| *columns >= 40)
        .unwrap_or(WIDTH_DEFAULT)
}

/// A line below the header, and air between columns.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Air after each column of a table, beside the one character that is always there.
pub(crate) const AIR: u16 = 1;

/// A table with these columns; those whose name begins with `>` are numbers and stand to the right.
pub(crate) fn table(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width())
        .set_header(
            columns
                .iter()
                .map(|name| Cell::new(name.trim_start_matches('>'))),
        );
    for (column, name) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, AIR));
        if name.starts_with('>') {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Gives columns of a table, by their place, room for exactly so many characters and the air beside them.
pub(crate) fn fix(table: &mut Table, air: u16, columns: impl IntoIterator<Item = (usize, u16)>) {
    for (place, characters) in columns {
        if let Some(column) = table.column_mut(place) {
            column
                .set_padding((0, air))
                .set_constraint(ColumnConstraint::Absolute(Width::Fixed(characters + air)));
        }
    }
}

/// The lines of a table, without spaces at their ends.
pub(crate) fn lines(table: &Table) -> String {
    table
        .lines()
        .fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

/// Breaks a text into lines that fit beside `indent`, which every line begins with.
pub(crate) fn wrapped(indent: &str, text: &str) -> String {
    let room = usize::from(width())
        .saturating_sub(indent.chars().count())
        .max(20);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.iter().fold(String::new(), |all, line| {
        all + (indent.to_owned() + line).trim_end() + "\n"
    })
}
