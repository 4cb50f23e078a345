//! Records of a whole file, sorted by case on encrypted temporary disk space.
//!
//! A cut-off file shows only at its end and the rows of a case need not stand together: so everything
//! is read here before anything is appended. Memory stays bounded: sorted runs, then one merge.
//! The file has no name and its key never leaves memory, so nothing stays behind, also after a crash.

use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::record::{Attributes, Place, Record};

mod chunks;
mod coding;

use chunks::{ChunkFile, RunReader};

/// How much of a file is held in memory before it is sorted and written out, in bytes.
pub const RUN_BYTES: usize = 32 * 1024 * 1024;

/// The most that the records of one case may take, in bytes of memory.
pub const CASE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why the temporary disk space cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// No room, or no such folder.
    #[error("temporary files in {folder} failed: {source}; TMPDIR names another folder", folder = folder.display())]
    Disk {
        /// The folder.
        folder: PathBuf,
        /// What failed.
        source: std::io::Error,
    },
    /// What was read back is not what was written.
    #[error("the temporary file was changed by something else while it was in use")]
    Altered,
    /// No random key could be made.
    #[error("no random numbers to be had for the key of the temporary file")]
    Random,
    /// A case that cannot be held in memory.
    #[error(
        "case `{case}` has more than {CASE_BYTES_MAX} bytes of records; the column of the case id may be wrong"
    )]
    CaseTooLarge {
        /// Its id.
        case: String,
    },
}

/// All records of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its id in the source.
    pub id: String,
    /// What is known of it as a whole: the last record's, in file order.
    pub attributes: Arc<Attributes>,
    /// Whether earlier records said something else of the case as a whole.
    pub attributes_vary: bool,
    /// Where its first record stands.
    pub place: Place,
    /// Its events, in file order. None where it has none.
    pub records: Vec<Record>,
}

/// The spool while it is being filled.
pub struct Spool {
    file: ChunkFile,
    pending: Vec<Record>,
    pending_bytes: usize,
    run_bytes: usize,
    records: u64,
}

impl Spool {
    /// Makes an empty one in `folder`.
    pub fn new(folder: &Path) -> Result<Self, SpoolError> {
        Self::with_run_bytes(folder, RUN_BYTES)
    }

    pub(crate) fn with_run_bytes(folder: &Path, run_bytes: usize) -> Result<Self, SpoolError> {
        Ok(Self {
            file: ChunkFile::new(folder)?,
            pending: Vec::new(),
            pending_bytes: 0,
            run_bytes,
            records: 0,
        })
    }

    /// Takes one record.
    pub fn push(&mut self, record: Record) -> Result<(), SpoolError> {
        let shared = self
            .pending
            .last()
            .is_some_and(|last| Arc::ptr_eq(&last.case_attributes, &record.case_attributes));
        let case_weight = if shared {
            0
        } else {
            record.case_attributes.weight()
        };
        self.pending_bytes += weight(&record) + case_weight;
        self.pending.push(record);
        self.records += 1;
        if self.pending_bytes >= self.run_bytes {
            self.write_run()?;
        }
        Ok(())
    }

    fn write_run(&mut self) -> Result<(), SpoolError> {
        self.pending
            .sort_by(|a, b| a.case.cmp(&b.case).then(a.order.cmp(&b.order)));
        let mut run = self.file.start_run();
        let mut coder = coding::Writer::default();
        for record in self.pending.drain(..) {
            coder.write(&record, &mut run)?;
        }
        run.finish()?;
        self.pending_bytes = 0;
        Ok(())
    }

    /// Ends the filling: from here on the cases can be read, as often as wanted.
    pub fn finish(mut self) -> Result<Spooled, SpoolError> {
        if !self.pending.is_empty() {
            self.write_run()?;
        }
        Ok(Spooled {
            file: Arc::new(self.file),
            records: self.records,
        })
    }
}

fn weight(record: &Record) -> usize {
    record.case.len() + record.attributes.as_ref().map_or(0, Attributes::weight) + 96
}

/// A file that was read to its end without an error, sorted by case.
pub struct Spooled {
    file: Arc<ChunkFile>,
    records: u64,
}

impl Spooled {
    /// How many records it holds, a case without events counting as one.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The cases in order of their id.
    pub fn cases(&self) -> Result<Cases, SpoolError> {
        let mut runs = Vec::new();
        let mut heads = BinaryHeap::new();
        for nth in 0..self.file.runs() {
            let mut run = coding::Reader::new(RunReader::new(Arc::clone(&self.file), nth));
            if let Some(record) = run.read()? {
                heads.push(Head { record, run: nth });
            }
            runs.push(run);
        }
        Ok(Cases { runs, heads })
    }
}

/// The next record of one run; the heap gives the smallest first.
struct Head {
    record: Record,
    run: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&other.record.case, other.record.order).cmp(&(&self.record.case, self.record.order))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

/// The cases of a spool, one at a time.
pub struct Cases {
    runs: Vec<coding::Reader>,
    heads: BinaryHeap<Head>,
}

impl Cases {
    fn pop(&mut self) -> Result<Option<Record>, SpoolError> {
        let Some(Head { record, run }) = self.heads.pop() else {
            return Ok(None);
        };
        if let Some(next) = self.runs[run].read()? {
            self.heads.push(Head { record: next, run });
        }
        Ok(Some(record))
    }

    fn next_case(&mut self) -> Result<Option<Case>, SpoolError> {
        let Some(first) = self.pop()? else {
            return Ok(None);
        };
        let mut case = Case {
            id: first.case.clone(),
            attributes: Arc::clone(&first.case_attributes),
            attributes_vary: false,
            place: first.place,
            records: Vec::new(),
        };
        let mut bytes = 0;
        let mut next = first;
        loop {
            bytes += weight(&next);
            if bytes > CASE_BYTES_MAX {
                return Err(SpoolError::CaseTooLarge { case: case.id });
            }
            if next.case_attributes != case.attributes {
                case.attributes_vary = true;
                case.attributes = Arc::clone(&next.case_attributes);
            }
            if next.attributes.is_some() {
                case.records.push(next);
            }
            if self
                .heads
                .peek()
                .is_none_or(|head| head.record.case != case.id)
            {
                return Ok(Some(case));
            }
            match self.pop()? {
                Some(record) => next = record,
                None => return Ok(Some(case)),
            }
        }
    }
}

impl Iterator for Cases {
    type Item = Result<Case, SpoolError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_case().transpose()
    }
}

#[cfg(test)]
mod tests;
