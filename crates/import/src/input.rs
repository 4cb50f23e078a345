//! A source file as a stream of bytes: unpacked, without a byte order mark, with bounded values.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::Path;
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;

use crate::ReadError;

/// The most bytes that one record, or one XML tag, may take.
pub(crate) const RECORD_BYTES_MAX: u64 = 4 * 1024 * 1024;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const UTF8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// How many bytes may still be read before the record that is being read counts as too large.
///
/// Shared with the parser that reads through it, which refills it before each record.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Rc<Cell<u64>>);

impl Budget {
    fn full() -> Self {
        Self(Rc::new(Cell::new(RECORD_BYTES_MAX)))
    }

    /// Allows the next record its full size.
    pub(crate) fn refill(&self) {
        self.0.set(RECORD_BYTES_MAX);
    }
}

/// Lines and quotes of a text on their way to a parser that tells neither well.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Whether the number of double quotes so far is odd.
    quotes_odd: Cell<bool>,
    seen: Cell<u64>,
    /// Where lines end that lie ahead of the last place asked for, and how many lie before it.
    ends: RefCell<VecDeque<u64>>,
    lines_before: Cell<u64>,
}

impl Scan {
    fn see(&self, bytes: &[u8]) {
        let mut ends = self.ends.borrow_mut();
        for (at, byte) in (self.seen.get()..).zip(bytes) {
            match byte {
                b'\n' => ends.push_back(at),
                b'"' => self.quotes_odd.set(!self.quotes_odd.get()),
                _ => {}
            }
        }
        self.seen.set(self.seen.get() + bytes.len() as u64);
    }

    /// Whether a quote was opened and never closed.
    pub(crate) fn is_inside_quotes(&self) -> bool {
        self.quotes_odd.get()
    }

    /// The line, from 1, of a record that begins at this byte or at the line feed that stands there.
    pub(crate) fn line_at(&self, byte: u64) -> u64 {
        let mut ends = self.ends.borrow_mut();
        while ends.front().is_some_and(|end| *end <= byte) {
            ends.pop_front();
            self.lines_before.set(self.lines_before.get() + 1);
        }
        self.lines_before.get() + 1
    }
}

/// What went wrong below a parser; travels through it inside an [`io::Error`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("one record takes more than {RECORD_BYTES_MAX} bytes")]
    TooLarge,
    #[error("{0}")]
    Gzip(String),
}

/// The bytes of a source file.
pub(crate) struct Input {
    inner: Chain<Cursor<Vec<u8>>, Box<dyn BufRead>>,
    gzip: bool,
    budget: Budget,
    scan: Option<Rc<Scan>>,
}

impl Input {
    /// Opens a file, packed with gzip or not: its first bytes tell, not its name.
    pub(crate) fn open(path: &Path) -> Result<Self, ReadError> {
        let opened = File::open(path).and_then(|file| {
            let mut raw = BufReader::with_capacity(64 * 1024, file);
            let head = take_up_to(&mut raw, GZIP_MAGIC.len())?;
            let gzip = head == GZIP_MAGIC;
            let whole = Cursor::new(head).chain(raw);
            Ok((whole, gzip))
        });
        let (whole, gzip) = opened.map_err(|source| ReadError::Open {
            path: path.to_owned(),
            source,
        })?;
        if gzip {
            let unpacked = BufReader::with_capacity(64 * 1024, MultiGzDecoder::new(whole));
            Self::new(Box::new(unpacked), true)
        } else {
            Self::new(Box::new(whole), false)
        }
    }

    /// What is wrong with the gzip layer of a file, where anything is.
    pub(crate) fn damage(path: &Path) -> Option<ReadError> {
        let mut input = Self::open(path).ok()?;
        while input.gzip {
            input.budget.refill();
            match input.fill_buf().map(<[u8]>::len) {
                Ok(0) => return None,
                Ok(amount) => input.consume(amount),
                Err(error) => return Some(ReadError::io(error)),
            }
        }
        None
    }

    fn new(mut from: Box<dyn BufRead>, gzip: bool) -> Result<Self, ReadError> {
        let mut head = take_up_to(&mut from, UTF8_MARK.len())
            .map_err(|error| ReadError::io(below(error, gzip)))?;
        if head == UTF8_MARK {
            head.clear();
        }
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
            return Err(ReadError::Utf16);
        }
        Ok(Self {
            inner: Cursor::new(head).chain(from),
            gzip,
            budget: Budget::full(),
            scan: None,
        })
    }

    /// A handle on the budget of this input.
    pub(crate) fn budget(&self) -> Budget {
        self.budget.clone()
    }

    /// Keeps an eye on lines and quotes from here on; for input that is taken with [`Read::read`].
    pub(crate) fn scan(&mut self) -> Rc<Scan> {
        Rc::clone(self.scan.insert(Rc::default()))
    }
}

/// Reads up to `wanted` bytes, fewer only at the end.
fn take_up_to(from: &mut impl Read, wanted: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(wanted);
    from.take(wanted as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// An error of the file, or of its gzip layer.
fn below(error: io::Error, gzip: bool) -> io::Error {
    let of_gzip = matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidData
            | io::ErrorKind::Other
    );
    if gzip && of_gzip && error.raw_os_error().is_none() {
        let what = if error.kind() == io::ErrorKind::UnexpectedEof {
            "it ends too early, so it was cut off".to_owned()
        } else {
            error.to_string()
        };
        return io::Error::other(Fault::Gzip(what));
    }
    error
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = usize::try_from(self.budget.0.get()).unwrap_or(usize::MAX);
        let gzip = self.gzip;
        let filled = self.inner.fill_buf().map_err(|error| below(error, gzip))?;
        if left == 0 && !filled.is_empty() {
            return Err(io::Error::other(Fault::TooLarge));
        }
        Ok(&filled[..filled.len().min(left)])
    }

    fn consume(&mut self, amount: usize) {
        self.budget
            .0
            .set(self.budget.0.get().saturating_sub(amount as u64));
        self.inner.consume(amount);
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let filled = self.fill_buf()?;
        let amount = filled.len().min(into.len());
        into[..amount].copy_from_slice(&filled[..amount]);
        if let Some(scan) = &self.scan {
            scan.see(&into[..amount]);
        }
        self.consume(amount);
        Ok(amount)
    }
}
