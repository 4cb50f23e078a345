//! How far a long import is, on stderr.

use std::io::{IsTerminal as _, Write as _};

use import::Progress;

/// Where no terminal overwrites the last line, one is printed for so many records or cases.
const LINE_EVERY: u64 = 10_000;

/// On a terminal the line is written again for so many cases.
const AGAIN_EVERY: u64 = 50;

/// What was told so far.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    terminal: bool,
}

impl Shown {
    pub(super) fn new() -> Self {
        Self {
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// Tells it, unless it was told a moment ago.
    pub(super) fn tell(&mut self, progress: Progress) {
        let (done, last) = match progress {
            Progress::Reading { records } => (records, false),
            Progress::Checking { cases } => (cases, false),
            Progress::Appending { cases, of } => (cases, cases == of),
        };
        let every = if self.terminal {
            AGAIN_EVERY
        } else {
            LINE_EVERY
        };
        if done % every != 0 && !last {
            return;
        }
        let text = match progress {
            Progress::Reading { records } => format!("read {records} records"),
            Progress::Checking { cases } => format!("checked {cases} cases"),
            Progress::Appending { cases, of } => format!("appended {cases} of {of} cases"),
        };
        let mut err = std::io::stderr().lock();
        // Nobody to tell it to is no reason to stop.
        let _nobody_reads = if self.terminal {
            write!(err, "\r{text:<60}").and_then(|()| err.flush())
        } else {
            writeln!(err, "{text}")
        };
    }

    /// Leaves the line that was written again and again.
    pub(super) fn end(&self) {
        if self.terminal {
            crate::screen::note("");
        }
    }
}
