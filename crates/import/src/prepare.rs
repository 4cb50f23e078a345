//! The first pass: a whole file read and checked before anything is appended.

use std::path::{Path, PathBuf};

use casework::WijkCode;
use jiff::Timestamp;

use crate::facts::{CaseFacts, Reading};
use crate::ids::ImportKey;
use crate::mapping::Mapping;
use crate::read::{ReadError, read_records};
use crate::report::Report;
use crate::spool::{Spool, SpoolError, Spooled};

/// What an import is told beside its file and mapping.
pub struct Options {
    /// The wijken that a case without one is given to, in any order. Empty: its wijk stays unknown.
    pub wijken: Vec<WijkCode>,
    /// Now: what lies later cannot have happened.
    pub now: Timestamp,
    /// Where the temporary file goes.
    pub temporary: PathBuf,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many records were read into the spool.
    Reading {
        /// How many.
        records: u64,
    },
    /// So many cases were checked.
    Checking {
        /// How many.
        cases: u64,
    },
    /// So many cases were appended, of all there are.
    Appending {
        /// How many.
        cases: u64,
        /// Of how many.
        of: u64,
    },
}

/// How often progress is told, in records or cases.
pub(crate) const PROGRESS_EVERY: u64 = 1000;

/// A file that was read to its end and whose facts are known.
pub struct Prepared {
    mapping: Mapping,
    key: ImportKey,
    wijken: Vec<WijkCode>,
    now: Timestamp,
    spooled: Spooled,
    report: Report,
}

/// Reads and checks a file. Nothing is appended, whatever is wrong with it.
///
/// # Errors
/// When the file cannot be read to its end. Records with problems are no error: the report has them.
pub fn prepare(
    path: &Path,
    mapping: Mapping,
    key: ImportKey,
    options: Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Prepared, ReadError> {
    let mut spool = Spool::new(&options.temporary)?;
    let mut records: u64 = 0;
    read_records(path, &mapping.layout, &mut |record| {
        records += 1;
        if records.is_multiple_of(PROGRESS_EVERY) {
            progress(Progress::Reading { records });
        }
        Ok(spool.push(record)?)
    })?;
    let mut wijken = options.wijken;
    wijken.sort();
    wijken.dedup();
    let mut prepared = Prepared {
        report: Report {
            source: mapping.source.clone(),
            records,
            ..Report::default()
        },
        mapping,
        key,
        wijken,
        now: options.now,
        spooled: spool.finish()?,
    };
    prepared.check(progress)?;
    Ok(prepared)
}

impl Prepared {
    /// Reads every case once, so that all there is to say of the file is known.
    fn check(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<(), SpoolError> {
        let mut report = std::mem::take(&mut self.report);
        let reading = self.reading();
        for (nth, case) in self.spooled.cases()?.enumerate() {
            reading.facts(&case?, &mut report);
            let cases = nth as u64 + 1;
            if cases.is_multiple_of(PROGRESS_EVERY) {
                progress(Progress::Checking { cases });
            }
        }
        self.report = report;
        Ok(())
    }

    fn reading(&self) -> Reading<'_> {
        Reading {
            mapping: &self.mapping,
            key: &self.key,
            wijken: &self.wijken,
            now: self.now,
        }
    }

    /// What was found. Nothing was appended yet.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The mapping it was read by.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The key its ids come from.
    pub fn key(&self) -> &ImportKey {
        &self.key
    }

    /// The moment it was read at.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The cases with their facts, in order of case id.
    pub fn cases(
        &self,
    ) -> Result<impl Iterator<Item = Result<CaseFacts, SpoolError>> + Send, SpoolError> {
        let reading = self.reading();
        let mut uncounted = Report::default();
        Ok(self.spooled.cases()?.map(move |case| {
            let case = case?;
            uncounted.problems.clear();
            Ok(reading.facts(&case, &mut uncounted))
        }))
    }
}
