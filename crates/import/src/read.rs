//! Reading a source file, whatever its format, one record at a time.

use std::io;
use std::path::{Path, PathBuf};

use crate::input::{Fault, Input};
use crate::record::{Column, Place, Record};

mod csv;
mod json;
mod xes;

/// The formats that can be read, each packed with gzip or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// IEEE 1849 event logs.
    Xes,
    /// Comma-separated values with a header. Columns that begin with `case:` are the case's.
    Csv,
    /// A JSON array of cases, each with its records in an array inside it.
    Json,
}

impl Format {
    /// The format that a file's name says: `log.xes.gz` is XES.
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "xes" => Some(Self::Xes),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// What a reader has to know of a source beforehand.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The format, where the file's name does not say it.
    pub format: Option<Format>,
    /// The column that holds the case id.
    pub case: Column,
    /// The separator of a CSV file.
    pub delimiter: u8,
    /// The name of the array of records inside each element of a JSON file. None: an element is one record.
    pub records: Option<String>,
}

/// A file that cannot be read to its end. Nothing of it was appended.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be opened.
    #[error("cannot open {path}: {source}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Its name does not say what it is.
    #[error("{path} is none of .xes, .csv or .json (or one of these with .gz); add `format = \"…\"` to the mapping", path = path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The disk failed.
    #[error("reading failed: {0}")]
    Io(io::Error),
    /// The gzip layer is broken.
    #[error("the gzip file is broken: {0}; fetch it again")]
    Gzip(String),
    /// It is UTF-16.
    #[error("the file is UTF-16; save it as UTF-8")]
    Utf16,
    /// The file ends before its last element is closed.
    #[error("the file ends at byte {byte} inside <{inside}>, so it was cut off; fetch it again")]
    Truncated {
        /// How long it is.
        byte: u64,
        /// The element that is open.
        inside: String,
    },
    /// It is not XML, or not XES.
    #[error("byte {byte}: {what}")]
    Xes {
        /// Where.
        byte: u64,
        /// What is wrong.
        what: String,
    },
    /// It is no CSV file with a header.
    #[error("line {line}: {what}")]
    Csv {
        /// Where.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// It is not a JSON array of cases.
    #[error("element {element}: {what}")]
    Json {
        /// Where.
        element: u64,
        /// What is wrong.
        what: String,
    },
    /// One record is too large to be one.
    #[error("{place}: {}", Fault::TooLarge)]
    TooLarge {
        /// Where.
        place: Place,
    },
    /// A record that does not say to which case it belongs.
    #[error("{place}: no value for `{column}`, the column of the case id")]
    NoCase {
        /// Where.
        place: Place,
        /// The column.
        column: Column,
    },
    /// Whoever takes the records could not go on.
    #[error(transparent)]
    Sink(#[from] crate::spool::SpoolError),
}

impl ReadError {
    /// Whether it is the text that cannot be read, not what lies below or above it.
    fn is_of_the_text(&self) -> bool {
        !matches!(
            self,
            Self::Open { .. }
                | Self::UnknownFormat { .. }
                | Self::Io(_)
                | Self::Gzip(_)
                | Self::Sink(_)
        )
    }

    /// An I/O error, or what a lower layer hid in one.
    pub(crate) fn io(error: io::Error) -> Self {
        match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Fault>())
        {
            Some(Fault::Gzip(what)) => Self::Gzip(what.clone()),
            _ => Self::Io(error),
        }
    }

    /// The same, at a place: a record can be too large there.
    pub(crate) fn io_at(error: &io::Error, place: Place) -> Self {
        match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Fault>())
        {
            Some(Fault::TooLarge) => Self::TooLarge { place },
            Some(Fault::Gzip(what)) => Self::Gzip(what.clone()),
            None => Self::Io(io::Error::new(error.kind(), error.to_string())),
        }
    }
}

/// Takes records one after another.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(Record) -> Result<(), ReadError>;

/// Reads a whole file, handing each record to `sink` as soon as it is complete.
///
/// # Errors
/// At the first thing that is wrong with the file; what `sink` got until then is to be thrown away.
pub fn read_records(
    path: &Path,
    layout: &Layout,
    sink: &mut dyn FnMut(Record) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let Some(format) = layout.format.or_else(|| Format::of(path)) else {
        return Err(ReadError::UnknownFormat {
            path: path.to_owned(),
        });
    };
    let input = Input::open(path)?;
    let read = match format {
        Format::Xes => xes::read(input, &layout.case, sink),
        Format::Csv => csv::read(input, &layout.case, layout.delimiter, sink),
        Format::Json => json::read(input, &layout.case, layout.records.as_deref(), sink),
    };
    match read {
        // A damaged packed file unpacks to rubbish until its checksum is reached: then that is the cause.
        Err(error) if error.is_of_the_text() => Err(Input::damage(path).unwrap_or(error)),
        other => other,
    }
}

#[cfg(test)]
mod tests;
